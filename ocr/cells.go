package ocr

import (
	"image"
	"slices"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Sizes of rules and of boxes for single digits, in inches.
const (
	ruleLong    = 0.45 // a level line is longer
	ruleThick   = 0.03 // and thinner
	cellHigh    = 0.13
	cellHighest = 0.45
	cellWide    = 0.45
)

// removeCells takes the boxes for single digits or letters, as forms have them for
// numbers and dates, out of an upright, level gray page and leaves the writing in
// them: recognition takes their sides for letters. Other rules stay, since
// recognition leaves them out by itself as long as they are whole; with their
// remains, pages were read worse than with the rules.
//
// An upright line is the side of such a box when it is thin, joins two level lines,
// and stands in a row of them.
func (w *workpiece) removeCells() {
	if w.err != nil {
		return
	}
	dpi := w.dpiX
	bits, err := w.pix.Threshold(160)
	if err != nil {
		w.err = err
		return
	}
	defer bits.Close()
	thick := max(4, int(ruleThick*dpi+0.5))

	// Level lines.
	runs, err := longRuns(bits, int(ruleLong*dpi), 1)
	if err != nil {
		w.err = err
		return
	}
	defer runs.Close()
	var flat []image.Rectangle
	for _, r := range runs.Components() {
		if r.Dy() <= thick+2+r.Dx()/100 {
			flat = append(flat, r)
		}
	}
	if len(flat) < 2 {
		return
	}
	sides, err := longRuns(bits, 1, int(cellHigh*dpi))
	if err != nil {
		w.err = err
		return
	}
	defer sides.Close()
	slack := max(3, int(0.03*dpi))
	var upright []image.Rectangle
	for _, r := range sides.Components() {
		if r.Dx() <= thick+2 && r.Dy() <= int(cellHighest*dpi) && joins(r, flat, slack) {
			upright = append(upright, r)
		}
	}
	upright = inRows(upright, int(cellWide*dpi), slack)
	if len(upright) == 0 {
		return
	}
	flat = slices.DeleteFunc(flat, func(f image.Rectangle) bool {
		return !slices.ContainsFunc(upright, func(r image.Rectangle) bool { return meets(r, f, slack) })
	})
	high, wide := thickness(bits, flat), thickness(bits, upright)
	for i, r := range upright {
		upright[i] = image.Rect(r.Min.X-2, r.Min.Y-slack, r.Max.X+2, r.Max.Y+slack)
	}
	for i, r := range flat {
		flat[i] = r.Inset(-2)
	}
	if err := w.whiten(bits, flat, upright, high, wide); err != nil {
		w.err = err
		return
	}
	w.note("boxes around single digits removed")
}

// inRows returns those of the upright lines that stand in a row of at least four
// as high as they are, each no further from the next than the gap.
func inRows(lines []image.Rectangle, gap, slack int) []image.Rectangle {
	slices.SortFunc(lines, func(a, b image.Rectangle) int { return a.Min.X - b.Min.X })
	var rows [][]image.Rectangle
next:
	for _, r := range lines {
		for i, row := range rows {
			last := row[len(row)-1]
			if r.Min.X-last.Max.X <= gap && abs(r.Min.Y-last.Min.Y) <= slack && abs(r.Max.Y-last.Max.Y) <= slack {
				rows[i] = append(row, r)
				continue next
			}
		}
		rows = append(rows, []image.Rectangle{r})
	}
	var out []image.Rectangle
	for _, row := range rows {
		if len(row) >= 4 {
			out = append(out, row...)
		}
	}
	return out
}

// longRuns returns where a straight run of the size is, which may lie a little askew
// and miss a pixel or two.
func longRuns(bits *tesseract.Pix, across, down int) (*tesseract.Pix, error) {
	fat, err := bits.Grow(min(3, down), min(3, across))
	if err != nil {
		return nil, err
	}
	defer fat.Close()
	whole, err := fat.Join(min(3, across), min(3, down))
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	return whole.Open(across, down)
}

// joins says whether an upright line ends at level ones both ways.
func joins(r image.Rectangle, flat []image.Rectangle, slack int) bool {
	top, bottom := false, false
	for _, f := range flat {
		if x := (r.Min.X + r.Max.X) / 2; x >= f.Min.X-slack && x <= f.Max.X+slack {
			top = top || r.Min.Y >= f.Min.Y-slack && r.Min.Y <= f.Max.Y+slack
			bottom = bottom || r.Max.Y >= f.Min.Y-slack && r.Max.Y <= f.Max.Y+slack
		}
	}
	return top && bottom
}

// meets says whether an upright line ends at the level one.
func meets(r, f image.Rectangle, slack int) bool {
	x := (r.Min.X + r.Max.X) / 2
	return x >= f.Min.X-slack && x <= f.Max.X+slack &&
		(abs(r.Min.Y-f.Min.Y) <= slack || abs(r.Max.Y-f.Max.Y) <= slack)
}

// thickness returns how thick most of the lines are, in pixels.
func thickness(bits *tesseract.Pix, boxes []image.Rectangle) int {
	var sizes []int
	for _, r := range boxes {
		strip, err := bits.Crop(r.Inset(-3))
		if err != nil {
			continue
		}
		ink := strip.Ink() * float64(strip.Width()) * float64(strip.Height())
		strip.Close()
		sizes = append(sizes, int(ink/float64(max(r.Dx(), r.Dy()))+0.5))
	}
	if len(sizes) == 0 {
		return 0
	}
	slices.Sort(sizes)
	return sizes[len(sizes)*2/3]
}

// whiten makes white what is thin within the boxes of the lines.
func (w *workpiece) whiten(bits *tesseract.Pix, flat, upright []image.Rectangle, high, wide int) error {
	var made []*tesseract.Pix
	defer func() {
		for _, p := range made {
			p.Close()
		}
	}()
	var failed error
	do := func(p *tesseract.Pix, err error) *tesseract.Pix {
		if err != nil && failed == nil {
			failed = err
		}
		if err != nil {
			p = bits.Clone()
		}
		made = append(made, p)
		return p
	}
	// Where lines cross, each is longer than a stroke for the other one's eyes.
	inFlat, inUpright := do(bits.Only(flat)), do(bits.Only(upright))
	strokesDown := do(do(bits.Minus(inUpright)).Open(1, high+3))
	strokesAcross := do(do(bits.Minus(inFlat)).Open(wide+3, 1))
	rules := do(do(inFlat.Minus(strokesDown)).Or(do(inUpright.Minus(strokesAcross))))
	writing := do(do(bits.Minus(rules)).Grow(3, 3))
	mask := do(do(rules.Grow(5, 5)).Minus(writing))
	if failed != nil {
		return failed
	}
	w.pix.Whiten(mask, w.pix.Median())
	return nil
}
