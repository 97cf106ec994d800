package ocr

import (
	"image"
	"slices"

	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Words whose mean sureness is below closerDoubt are looked at for themselves. What is read then counts when it is at
// least closerSure, and surer by closerGain.
const (
	closerDoubt = 0.85
	closerSure  = 0.8
	closerGain  = 0.05
)

// Of the height of its strip a word has for itself between so much and so much.
const (
	closerLeast = 0.3
	closerMost  = 1.3
)

// A doubt is a run of words of a strip of which the network is not sure, and where their letters stand.
type doubt struct {
	strip, from, to int
	area            image.Rectangle
}

// lookCloser reads words that are hard to read once more, each run of them cut out for itself, as high as its own letters are: on
// forms, a strip is as high as the print that was filled in, beside which labels are small, and as what stands a little higher or lower.
// read is what the model made of the strips.
func lookCloser(m *lstm.Model, p *tesseract.Pix, letters []image.Rectangle, strips []strip, read [][]lstm.Word) error {
	doubts := doubtsOf(strips, read, m.Height(), letters, image.Rect(0, 0, p.Width(), p.Height()))
	areas := make([]strip, len(doubts))
	for i, d := range doubts {
		areas[i].area = d.area
	}
	lines, err := cut(p, areas, m.Height())
	if err != nil {
		return err
	}
	texts, err := readTwice(m, lines)
	if err != nil {
		return err
	}
	// From behind, so that the words before keep their places.
	for i := len(doubts) - 1; i >= 0; i-- {
		d := doubts[i]
		words := read[d.strip]
		old, fresh := words[d.from:d.to], texts[i]
		if sure := sureness(fresh); len(fresh) == 0 || sure < closerSure || sure < sureness(old)+closerGain {
			continue
		}
		placeWithin(fresh, d.area, strips[d.strip].area, m.Height())
		fresh[0].From, fresh[0].Space = old[0].From, old[0].Space
		fresh[len(fresh)-1].To = old[len(old)-1].To
		read[d.strip] = slices.Concat(words[:d.from], fresh, words[d.to:])
	}
	return nil
}

// doubtsOf returns the runs of words that are looked at closer.
func doubtsOf(strips []strip, read [][]lstm.Word, height int, letters []image.Rectangle, page image.Rectangle) []doubt {
	// By rows of 32 pixels, so that each run looks at few of them.
	rows := map[int][]image.Rectangle{}
	for _, l := range letters {
		y := centre(l).Y / 32
		rows[y] = append(rows[y], l)
	}
	unsure := func(w lstm.Word) bool { return sureness([]lstm.Word{w}) < closerDoubt }
	var out []doubt
	for i, words := range read {
		s := strips[i].area
		scale := float64(s.Dy()) / float64(height)
		for j := 0; j < len(words); j++ {
			if !unsure(words[j]) {
				continue
			}
			k := j + 1
			for k < len(words) && unsure(words[k]) {
				k++
			}
			run := image.Rect(s.Min.X+int(words[j].From*scale), s.Min.Y, s.Min.X+int(words[k-1].To*scale), s.Max.Y)
			var own []image.Rectangle
			for y := s.Min.Y / 32; y <= s.Max.Y/32; y++ {
				for _, l := range rows[y] {
					if centre(l).In(run) {
						own = append(own, l)
					}
				}
			}
			area := around(own).Intersect(page)
			if part := float64(area.Dy()) / float64(s.Dy()); part > closerLeast && part < closerMost {
				out = append(out, doubt{i, j, k, area})
			}
			j = k - 1
		}
	}
	return out
}

// around returns where letters are read for themselves: from the top of the highest to below the line they
// stand on, with room for what hangs from it. It is empty for a single letter, whose size says nothing.
func around(letters []image.Rectangle) image.Rectangle {
	heights := make([]int, len(letters))
	for i, l := range letters {
		heights[i] = l.Dy()
	}
	if len(letters) < 2 {
		return image.Rectangle{}
	}
	slices.Sort(heights)
	high := heights[len(heights)*3/4]
	var all image.Rectangle
	var bottoms []int
	for _, l := range letters {
		if 3*l.Dy() >= high && l.Dy() <= 2*high { // no point, and no part of a frame
			all = all.Union(l)
			bottoms = append(bottoms, l.Max.Y)
		}
	}
	if len(bottoms) < 2 {
		return image.Rectangle{}
	}
	base := int(median(bottoms))
	all.Max.Y = max(all.Max.Y, base+(base-all.Min.Y)/4)
	return all.Inset(-margin)
}

// placeWithin gives words that were read of an area the places that they have in the strip around it.
func placeWithin(words []lstm.Word, area, strip image.Rectangle, height int) {
	own, whole := float64(area.Dy())/float64(height), float64(strip.Dy())/float64(height)
	place := func(x float64) float64 { return (float64(area.Min.X-strip.Min.X) + x*own) / whole }
	for i := range words {
		w := &words[i]
		w.From, w.To = place(w.From), place(w.To)
		for k := range w.Chars {
			w.Chars[k].X = place(w.Chars[k].X)
		}
	}
}
