package ocr

import (
	"cmp"
	"image"
	"math"
	"slices"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Leaders are rows of dots that lead the eye from a label to its value, or are there to be written on. The network
// reads them as letters (eee, westerns) and spoils the words beside them. Sizes in inches.
const (
	leaderDot = 0.035
	// Dots of a screen stand closer together, and so do those that a pin printer makes letters of.
	leaderPitchLeast = 0.02
	leaderPitchMost  = 0.12
	leaderLevel      = 0.015 // the next dot is no further up or down
	leaderDots       = 5     // at least: four points may end a sentence
	leaderLost       = 3     // so many pitches may be between two dots: some are lost, or read as one
	// Above them and below nothing is printed for so far; broken letters fall into dots at every height.
	leaderAbove, leaderBelow = 0.07, 0.03
	// More dots on a page are dirt, and rows among them chance.
	leaderDirt = 8000
)

// leadersOf returns the boxes of rows of dots, of the boxes of all parts of an upright, level page. A letter never stands in one.
func leadersOf(parts []image.Rectangle, dpi float64) []image.Rectangle {
	var dots, others []image.Rectangle
	for _, r := range parts {
		w, h := float64(r.Dx())/dpi, float64(r.Dy())/dpi
		switch {
		case w <= leaderDot && h <= leaderDot && r.Dx() <= 2*r.Dy(): // a dash is wider
			dots = append(dots, r)
		case h <= 0.5:
			others = append(others, r)
		}
	}
	if len(dots) < leaderDots || len(dots) > leaderDirt {
		return nil
	}
	slices.SortFunc(dots, func(a, b image.Rectangle) int { return cmp.Compare(a.Min.X, b.Min.X) })
	var open, ended [][]image.Rectangle
	for _, d := range dots {
		best := -1
		kept := open[:0]
		for _, row := range open {
			last := row[len(row)-1]
			if float64(d.Min.X-last.Max.X) > leaderLost*leaderPitchMost*dpi {
				ended = append(ended, row)
				continue
			}
			if float64(centre(d).X-centre(last).X) >= leaderPitchLeast*dpi && math.Abs(float64(centre(d).Y-centre(last).Y)) <= leaderLevel*dpi {
				best = len(kept)
			}
			kept = append(kept, row)
		}
		if open = kept; best < 0 {
			open = append(open, []image.Rectangle{d})
		} else {
			open[best] = append(open[best], d)
		}
	}
	var out []image.Rectangle
	for _, row := range append(ended, open...) {
		for _, l := range evenRows(row, others, dpi) {
			if standsFree(l, parts, dpi) {
				out = append(out, l)
			}
		}
	}
	return out
}

// standsFree reports whether hardly anything stands above and below a row of dots.
func standsFree(row image.Rectangle, parts []image.Rectangle, dpi float64) bool {
	around := image.Rect(row.Min.X, row.Min.Y-int(leaderAbove*dpi), row.Max.X, row.Max.Y+int(leaderBelow*dpi))
	within, beside := 0, 0
	for _, r := range parts {
		switch c := centre(r); {
		case c.In(row):
			within++
		case c.In(around) || r.Dy() < int(0.5*dpi) && r.Overlaps(around) && !r.Overlaps(row):
			beside++
		}
	}
	return 8*beside <= within
}

// evenRows returns the parts of a row of dots in which they stand at even distances with nothing between them.
func evenRows(row, others []image.Rectangle, dpi float64) []image.Rectangle {
	if len(row) < leaderDots {
		return nil
	}
	steps := make([]float64, 0, len(row)-1)
	for i := 1; i < len(row); i++ {
		steps = append(steps, float64(row[i].Min.X+row[i].Max.X-row[i-1].Min.X-row[i-1].Max.X)/2)
	}
	slices.Sort(steps)
	pitch := steps[len(steps)/2]
	if pitch > leaderPitchMost*dpi {
		return nil
	}
	var out []image.Rectangle
	box, n := row[0], 1
	end := func() {
		if n >= leaderDots {
			out = append(out, box)
		}
	}
	for i := 1; i < len(row); i++ {
		step := float64(row[i].Min.X+row[i].Max.X-row[i-1].Min.X-row[i-1].Max.X) / 2 / pitch
		even := step < leaderLost+0.3 && math.Abs(step-math.Round(step)) <= 0.3
		between := image.Rect(row[i-1].Max.X, min(row[i-1].Min.Y, row[i].Min.Y), row[i].Min.X, max(row[i-1].Max.Y, row[i].Max.Y))
		if !even || slices.ContainsFunc(others, between.Overlaps) {
			end()
			box, n = row[i], 1
			continue
		}
		box, n = box.Union(row[i]), n+1
	}
	end()
	return out
}

// partedBy parts strips where a leader runs through them, and leaves out those that are nothing else.
func partedBy(leaders, letters []image.Rectangle, found []strip) []strip {
	if len(leaders) == 0 {
		return found
	}
	var out []strip
	for _, s := range found {
		var cuts []image.Rectangle
		for _, l := range leaders {
			if c := centre(l); c.Y >= s.area.Min.Y && c.Y < s.area.Max.Y && l.Overlaps(s.area) {
				cuts = append(cuts, l)
			}
		}
		if len(cuts) == 0 {
			out = append(out, s)
			continue
		}
		slices.SortFunc(cuts, func(a, b image.Rectangle) int { return cmp.Compare(a.Min.X, b.Min.X) })
		from := s.area.Min.X
		for _, c := range append(cuts, image.Rect(s.area.Max.X, 0, s.area.Max.X, 0)) {
			piece := image.Rectangle{Min: image.Pt(from, s.area.Min.Y), Max: image.Pt(c.Min.X, s.area.Max.Y)}
			if own, ok := lettersIn(letters, piece); ok {
				// Beside a leader a piece ends with its letters; elsewhere it stays as long as it is.
				if from > s.area.Min.X {
					piece.Min.X = max(from, own.Min.X-margin)
				}
				if c.Min.X < s.area.Max.X {
					piece.Max.X = min(c.Min.X, own.Max.X+margin)
				}
				out = append(out, strip{area: piece, block: s.block, line: s.line, guessed: s.guessed})
			}
			from = max(from, c.Max.X)
		}
	}
	return out
}

// lettersIn returns the box of the letters that stand in an area.
func lettersIn(letters []image.Rectangle, area image.Rectangle) (box image.Rectangle, ok bool) {
	for _, l := range letters {
		if centre(l).In(area) {
			box, ok = box.Union(l), true
		}
	}
	return box.Intersect(area), ok
}

// partsOf returns the boxes of all that hangs together on a page.
func partsOf(p *tesseract.Pix) ([]image.Rectangle, error) {
	if p.Depth() == 1 {
		return p.Components(), nil
	}
	bits, err := p.Threshold(128)
	if err != nil {
		return nil, err
	}
	defer bits.Close()
	return bits.Components(), nil
}
