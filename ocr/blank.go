package ocr

import (
	"fmt"
	"image"
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// joinFaint closes the gaps of faint print, of which a page has little but dots, and reports
// whether there was any: dots that stand as close together as those of a word's letters, in the
// shape of words, as dirt does not.
func (w *workpiece) joinFaint() bool {
	if w.err != nil {
		return false
	}
	reach := max(3, int(w.dpiX/40))
	down := max(2, int(w.dpiY/50))
	joined, err := w.pix.Join(reach, down)
	if err != nil {
		w.err = err
		return false
	}
	defer joined.Close()
	words := 0
	for _, r := range joined.Components() {
		wide, high := float64(r.Dx())/w.dpiX, float64(r.Dy())/w.dpiY
		if high >= 0.05 && high <= 0.4 && wide >= 0.06 && wide < 4 {
			words++
		}
	}
	inches := float64(w.pix.Width()) / w.dpiX * float64(w.pix.Height()) / w.dpiY
	// Where dirt is dense, some of it lies together by chance, all over the page.
	if words < faintWords || float64(len(w.pix.Components())) > 15*inches {
		return false
	}
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) {
		return p.Join(max(3, int(w.dpiX/50)), max(2, int(w.dpiY/65)))
	})
	w.note("faint print: dots joined to strokes")
	return w.err == nil
}

// faintWords is how many pieces of letters or words faint print has at least.
const faintWords = 5

const (
	edgeBand    = 0.55  // inches from the edge within which fax machines print their line, skew included
	dirtSize    = 0.025 // inches that a piece of dirt measures at most
	dirtPixels  = 3     // or so many pixels, on coarse faxes
	dirtParts   = 8     // pieces at the other edge that are no specks
	dirtInch    = 1.7   // pieces of dirt on each square inch of a dirty page
	dirtApart   = 0.07  // inches between the pieces of a mark at most
	mostStreaks = 2     // that a scanner draws down one page
	sideWide    = 0.15  // inches that the shadow of a sheet's side is wide at most
)

// onlyEdge returns by how many degrees a page has to be turned for its writing to stand at the
// top edge alone, 0 or 180, or -1 when there is other writing, strong or faint, or none. parts are
// the image's, without specks.
func (w *workpiece) onlyEdge(parts []image.Rectangle) (int, error) {
	band := int(edgeBand * w.dpiY)
	top, bottom := image.Rect(0, 0, w.pix.Width(), band), image.Rect(0, w.pix.Height()-band, w.pix.Width(), w.pix.Height())
	letters, specks := map[int]int{}, map[int]int{} // by the degrees that bring their band to the top
	dirt, streaks := 0, 0
	var spots []image.Point
	for _, r := range parts {
		small := float64(r.Dx()) <= max(dirtSize*w.dpiX, dirtPixels) && float64(r.Dy()) <= max(dirtSize*w.dpiY, dirtPixels)
		turn := 180
		if r.In(top) {
			turn = 0
		}
		switch {
		case (r.In(top) || r.In(bottom)) && !small:
			letters[turn]++
		case small && r.Dx() <= 2 && r.Dy() <= 2:
		case r.In(top) || r.In(bottom):
			specks[turn]++
		case small:
			dirt++
			spots = append(spots, image.Pt((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2))
		case w.streak(r):
			streaks++
		case !w.sideOfSheet(r):
			return -1, nil
		}
	}
	side := 0
	if letters[180] > letters[0] {
		side = 180
	}
	inches := float64(w.pix.Width()) / w.dpiX * float64(w.pix.Height()) / w.dpiY
	if float64(dirt+specks[180-side]) > dirtInch*inches || letters[side] < fewLetters || letters[180-side] > dirtParts {
		return -1, nil
	}
	// Dots that lie like the letters of a word, or close together, are faint print, and several lines those of a form.
	if streaks > mostStreaks || w.together(spots, inches) || w.crowded(side, inches) {
		return -1, nil
	}
	joined, err := w.pix.Join(max(3, int(w.dpiX/40)), max(2, int(w.dpiY/50)))
	if err != nil {
		return -1, err
	}
	defer joined.Close()
	words := 0
	for _, r := range joined.Components() {
		wide, high := float64(r.Dx())/w.dpiX, float64(r.Dy())/w.dpiY
		if !r.In(top) && !r.In(bottom) && wide >= 0.06 && high >= 0.05 {
			words++
		}
	}
	if words >= faintWords {
		return -1, nil
	}
	return side, nil
}

// sideOfSheet tells of a dark strip down one side of the page that it is no writing: where the sheet ended under the scanner's lid, the
// fax machine's line not included.
func (w *workpiece) sideOfSheet(r image.Rectangle) bool {
	return (r.Min.X <= 1 || r.Max.X >= w.pix.Width()-1) && float64(r.Dx()) <= sideWide*w.dpiX && 2*r.Dy() >= w.pix.Height()
}

// crowded reports whether some half inch of a page holds far more than its share of dots, away
// from the edge with the fax machine's line: dirt lies everywhere alike, the rest of faint print in lines.
func (w *workpiece) crowded(side int, inches float64) bool {
	cells, all := map[image.Point]int{}, 0
	for _, r := range w.pix.Components() {
		x, y := float64(r.Min.X+r.Max.X)/2/w.dpiX, float64(r.Min.Y+r.Max.Y)/2/w.dpiY
		if side == 0 && y < edgeBand || side == 180 && y > float64(w.pix.Height())/w.dpiY-edgeBand {
			continue
		}
		cells[image.Pt(int(2*x), int(2*y))]++
		all++
	}
	for _, n := range cells {
		if float64(n) > 8+4*float64(all)/(4*inches) {
			return true
		}
	}
	return false
}

// together reports whether far more spots have another beside them than dirt has by chance: the dots of a
// mark, or of small print, lie together.
func (w *workpiece) together(spots []image.Point, inches float64) bool {
	pairs := 0
	for i, a := range spots {
		for _, b := range spots[i+1:] {
			if x, y := float64(a.X-b.X)/w.dpiX, float64(a.Y-b.Y)/w.dpiY; x*x+y*y < dirtApart*dirtApart {
				pairs++
			}
		}
	}
	chance := float64(len(spots)*len(spots)) / 2 * math.Pi * dirtApart * dirtApart / inches
	return float64(pairs) > 5+3*chance
}

// streak tells of a thin line down nearly the whole page that a speck on a scanner's glass drew it.
func (w *workpiece) streak(r image.Rectangle) bool {
	return float64(r.Dx()) <= dirtPixels*max(1, w.dpiX/204) && 10*r.Dy() >= 8*w.pix.Height()
}

// withoutStreaks leaves out what are pieces of a scanner's streak: thin and one below
// the other, far down the page. It is for pages with hardly anything else.
func withoutStreaks(letters []image.Rectangle, dpiX, dpiY float64) []image.Rectangle {
	thin := func(r image.Rectangle) bool { return float64(r.Dx()) <= 0.025*dpiX }
	column := func(r image.Rectangle) int { return int(float64(r.Min.X+r.Max.X) / 2 / (0.03 * dpiX)) }
	type streak struct{ n, top, bottom int }
	streaks := map[int]streak{}
	for _, r := range letters {
		if !thin(r) {
			continue
		}
		s, ok := streaks[column(r)]
		if !ok {
			s.top = r.Min.Y
		}
		streaks[column(r)] = streak{s.n + 1, min(s.top, r.Min.Y), max(s.bottom, r.Max.Y)}
	}
	var out []image.Rectangle
	for _, r := range letters {
		s := streaks[column(r)]
		if !thin(r) || s.n < 6 || float64(s.bottom-s.top) < 2*dpiY {
			out = append(out, r)
		}
	}
	return out
}

// withoutGrain gives another threshold to bits, the black and white of a gray page, when nothing but
// the paper's grain was told apart: far too much is black, and little of it is much darker than the paper.
func withoutGrain(gray, bits *tesseract.Pix) (*tesseract.Pix, error) {
	ink := bits.Ink()
	if ink < grainInk {
		return bits, nil
	}
	dark, err := gray.Threshold(gray.Median() * 85 / 100)
	if err != nil {
		bits.Close()
		return nil, fmt.Errorf("look for what is darker than the paper: %w", err)
	}
	if dark.Ink() > ink/4 {
		dark.Close()
		return bits, nil
	}
	bits.Close()
	if !speckled(dark) {
		return dark, nil
	}
	// Coarse grain is as dark as faint print, but smoothed it is gone.
	dark.Close()
	smooth, err := gray.Blur(1, 1)
	if err != nil {
		return nil, fmt.Errorf("smooth the paper's grain: %w", err)
	}
	defer smooth.Close()
	if dark, err = smooth.Threshold(gray.Median() * 88 / 100); err != nil {
		return nil, fmt.Errorf("look for what is darker than the smoothed paper: %w", err)
	}
	return dark, nil
}

// grainInk is the share of a gray page that is black where nothing but its paper's grain was told apart; print is a tenth at most.
const grainInk = 0.2

// speckled reports whether dots of one or two pixels lie all over an image of black and white, a hundred and more on a square inch of
// 200 dpi.
func speckled(p *tesseract.Pix) bool {
	specks := 0
	for _, r := range p.Components() {
		specks += btoi(r.Dx() <= 2 && r.Dy() <= 2)
	}
	return 400*specks > p.Width()*p.Height()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
