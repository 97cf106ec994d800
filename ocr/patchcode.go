package ocr

import (
	"image"
	"math"
	"sort"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Patch codes are four bars, two of them 0.20 inches wide and two 0.08, with 0.08 between, at
// least 0.75 inches long (Kodak, Patch Code Information A-61599). Read from the page's edge that
// they lie nearest to; T and 3, and 1 and 6, are each other's mirror image.
var patchNames = map[string]string{
	"wwnn": "PATCH 1", "wnnw": "PATCH 2", "wnwn": "PATCH 3", "nwwn": "PATCH 4", "nnww": "PATCH 6", "nwnw": "PATCH T",
}

// formatPatch is the format of patch codes in postroom.Barcode; their texts are PATCH 1, 2, 3, 4, 6 and T.
const formatPatch = "PATCH_CODE"

// patchCoarse is the dots per inch at which patch codes are looked for.
const patchCoarse = 50

func findPatches(p *tesseract.Pix, dpiX, dpiY float64) ([]code, error) {
	small, err := p.Scale(patchCoarse/dpiX, patchCoarse/dpiY)
	if err != nil {
		return nil, err
	}
	defer small.Close()
	var out []code
	for _, upright := range []bool{false, true} { // how the bars stand
		open, join := image.Pt(30, 2), image.Pt(1, 8)
		if upright {
			open, join = image.Pt(open.Y, open.X), image.Pt(join.Y, join.X)
		}
		clusters, err := chain(small,
			func(q *tesseract.Pix) (*tesseract.Pix, error) { return q.Join(2, 2) },
			func(q *tesseract.Pix) (*tesseract.Pix, error) { return q.Open(open.X, open.Y) },
			func(q *tesseract.Pix) (*tesseract.Pix, error) { return q.Join(join.X, join.Y) })
		if err != nil {
			return nil, err
		}
		boxes := clusters.Components()
		clusters.Close()
		for _, b := range boxes {
			along, across := float64(b.Dx())/patchCoarse, float64(b.Dy())/patchCoarse
			if upright {
				along, across = across, along
			}
			if along < 0.6 || across < 0.4 || across > 2 {
				continue
			}
			kx, ky := dpiX/patchCoarse, dpiY/patchCoarse
			box := image.Rect(int(float64(b.Min.X)*kx), int(float64(b.Min.Y)*ky), int(math.Ceil(float64(b.Max.X)*kx)), int(math.Ceil(float64(b.Max.Y)*ky)))
			name, err := readPatch(p, box, upright, dpiX, dpiY)
			if err != nil {
				return nil, err
			}
			if name != "" {
				out = append(out, code{formatPatch, name, box})
			}
		}
	}
	return out, nil
}

// readPatch reads the patch code in the box, "" when it is none.
func readPatch(p *tesseract.Pix, box image.Rectangle, upright bool, dpiX, dpiY float64) (string, error) {
	reach := 0.12 // of what has to be white before and behind
	r := grown(box, 0, reach*dpiY, p)
	dpi, fromEnd := dpiY, box.Min.Y+box.Max.Y > p.Height()
	if upright {
		r = grown(box, reach*dpiX, 0, p)
		dpi, fromEnd = dpiX, box.Min.X+box.Max.X > p.Width()
	}
	part, err := p.Crop(r)
	if err != nil {
		return "", err
	}
	defer func() { part.Close() }()
	if !upright {
		turned, err := part.Turn(270) // what was above is on the left
		if err != nil {
			return "", err
		}
		part.Close()
		part = turned
	}
	b := part.Bits()
	const looks = 11
	votes := map[string]int{}
	for i := range looks {
		edges := b.Edges(b.Height*(i+2)/(looks+3), nil)
		if s := patchPattern(withoutShort(edges, 0.02*dpi), dpi); s != "" {
			votes[s]++
		}
	}
	for s, n := range votes {
		if n*3 < looks*2 {
			continue
		}
		if fromEnd {
			r := []byte(s)
			for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
				r[i], r[j] = r[j], r[i]
			}
			s = string(r)
		}
		return patchNames[s], nil
	}
	return "", nil
}

// withoutShort leaves out black and white runs that are shorter than least: noise.
func withoutShort(edges []int, least float64) []int {
	out := append([]int(nil), edges...)
	for i := 1; i+1 < len(out); { // white first: a bar with a scratch is one bar
		if i%2 == 1 && float64(out[i+1]-out[i]) < least {
			out = append(out[:i], out[i+2:]...)
			continue
		}
		i++
	}
	for i := 0; i+1 < len(out); {
		if float64(out[i+1]-out[i]) < least {
			out = append(out[:i], out[i+2:]...)
			continue
		}
		i += 2
	}
	return out
}

// patchPattern tells wide (w) from narrow (n) among exactly four bars; "" when they are no patch code's.
func patchPattern(edges []int, dpi float64) string {
	if len(edges) != 8 {
		return ""
	}
	var bars, gaps []float64
	for i := 0; i+1 < len(edges); i++ {
		w := float64(edges[i+1]-edges[i]) / dpi
		if i%2 == 0 {
			bars = append(bars, w)
		} else {
			gaps = append(gaps, w)
		}
	}
	sorted := append([]float64(nil), bars...)
	sort.Float64s(sorted)
	sort.Float64s(gaps)
	narrow, wide, gap := (sorted[0]+sorted[1])/2, (sorted[2]+sorted[3])/2, gaps[1]
	// What ink and scanner add to bars they take from gaps: together they keep to the standard's
	// proportions, 0.16 of which the wide bar is 0.20. Sheets are printed somewhat smaller or larger.
	module := (narrow + gap) / 2
	switch {
	case module < 0.045 || module > 0.15,
		sorted[1] > 1.35*sorted[0], sorted[3] > 1.3*sorted[2], gaps[2] > 1.5*gaps[0],
		narrow < 0.5*gap || narrow > 2*gap,
		wide < 1.7*narrow, (wide+gap)/(narrow+gap) < 1.45, (wide+gap)/(narrow+gap) > 2.1:
		return ""
	}
	var s []byte
	for _, b := range bars {
		if b > (narrow+wide)/2 {
			s = append(s, 'w')
		} else {
			s = append(s, 'n')
		}
	}
	return string(s)
}
