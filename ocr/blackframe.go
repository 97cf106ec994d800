package ocr

import (
	"cmp"
	"image"
	"slices"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// frameOf returns the lines of the frame of a stamp that has been turned level: those across, and those down.
func (w *workpiece) frameOf(b *bench, level *tesseract.Pix) (lines, sides []image.Rectangle) {
	across := b.put(func() (*tesseract.Pix, error) { return longRuns(level, w.inches(frameSide), 1) })
	down := b.put(func() (*tesseract.Pix, error) { return longRuns(level, 1, w.inches(frameSide)) })
	if b.err != nil {
		return nil, nil
	}
	thick, near := w.inches(frameThick), w.inches(0.03)
	type row struct {
		box   image.Rectangle
		parts []image.Rectangle
		long  int
		seed  bool
	}
	var rows []row
	flat := slices.SortedFunc(slices.Values(across.Components()), func(a, b image.Rectangle) int { return cmp.Compare(b.Dx(), a.Dx()) })
	for _, r := range flat {
		if r.Dy() > thick {
			continue
		}
		i := slices.IndexFunc(rows, func(q row) bool { return abs(centre(q.parts[0]).Y-centre(r).Y) <= near })
		if i < 0 {
			rows = append(rows, row{box: r})
			i = len(rows) - 1
		}
		rows[i].box = rows[i].box.Union(r)
		rows[i].parts = append(rows[i].parts, r)
		rows[i].long += r.Dx()
		rows[i].seed = rows[i].seed || r.Dx() >= w.inches(frameLong)
	}
	rows = slices.DeleteFunc(rows, func(q row) bool { return !q.seed || q.long < w.inches(frameRow) })
	if len(rows) < 2 {
		return nil, nil
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.box.Min.Y, b.box.Min.Y) })
	first, last := rows[0].box, rows[len(rows)-1].box
	if last.Min.Y-first.Max.Y < w.inches(frameHigh) {
		return nil, nil
	}
	box := first.Union(last)
	// Bars of letters and edges of outlines stand in rows, too.
	if 2*min(rows[0].long, rows[len(rows)-1].long) < box.Dx() {
		return nil, nil
	}
	for _, q := range rows {
		// What is further inside is as long as the frame is, or no line of it.
		if y := centre(q.box).Y; y-box.Min.Y < w.inches(frameDouble) || box.Max.Y-y < w.inches(frameDouble) || 4*q.long > 3*box.Dx() {
			lines = append(lines, q.parts...)
		}
	}
	side := w.inches(frameCorner)
	for _, r := range down.Components() {
		x := centre(r).X
		if r.Dx() <= thick && (abs(x-box.Min.X) <= side || abs(x-box.Max.X) <= side) && r.Max.Y > box.Min.Y && r.Min.Y < box.Max.Y {
			sides = append(sides, r)
		}
	}
	if len(sides) == 0 {
		return nil, nil
	}
	return lines, sides
}

// withoutCrossing returns the ink of lines that run nearly across and nearly down, without that of letters that cross them.
func (w *workpiece) withoutCrossing(b *bench, black, across, down *tesseract.Pix, high, wide int) *tesseract.Pix {
	in := func(q *tesseract.Pix) *tesseract.Pix {
		wide := b.put(func() (*tesseract.Pix, error) { return q.Grow(3, 3) })
		return b.put(func() (*tesseract.Pix, error) { return wide.And(black) })
	}
	across, down = in(across), in(down)
	if b.err != nil {
		return nil
	}
	noDown := b.put(func() (*tesseract.Pix, error) { return black.Minus(down) })
	noAcross := b.put(func() (*tesseract.Pix, error) { return black.Minus(across) })
	through := b.put(func() (*tesseract.Pix, error) { return noDown.Open(1, high+5) })
	beside := b.put(func() (*tesseract.Pix, error) { return noAcross.Open(wide+5, 1) })
	across = b.put(func() (*tesseract.Pix, error) { return across.Minus(through) })
	down = b.put(func() (*tesseract.Pix, error) { return down.Minus(beside) })
	return b.put(func() (*tesseract.Pix, error) { return across.Or(down) })
}

// thickOf is how thick lines are that are so long together.
func thickOf(p *tesseract.Pix, long int) int {
	if p == nil {
		return 0
	}
	return int(p.Ink() * float64(p.Width()*p.Height()) / float64(max(1, long)))
}

// length is how long lines are together.
func length(lines []image.Rectangle, of func(image.Rectangle) int) (sum int) {
	for _, r := range lines {
		sum += of(r)
	}
	return sum
}

// erase makes white in the gray picture, with its gray edges, what the mask has of the black.
func (w *workpiece) erase(b *bench, gray, black, mask *tesseract.Pix) {
	stay := b.put(func() (*tesseract.Pix, error) { return black.Minus(mask) })
	wide := b.put(func() (*tesseract.Pix, error) { return mask.Grow(3, 3) })
	wide = b.put(func() (*tesseract.Pix, error) { return wide.Minus(stay) })
	if b.err == nil {
		gray.Whiten(wide, white(gray))
	}
}
