package ocr

import (
	"cmp"
	"image"
	"math"
	"slices"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A strip is a part of a line that is read as one: its letters stand close
// enough together that what is between them is a space of the line.
type strip struct {
	area        image.Rectangle // of the page
	block, line int
	guessed     bool // the analysis of the layout did not take it for text
}

// findStrips returns the strips of a page in the order in which they are read: those that
// the analysis of its layout found, and those that it took for something else; and the page's letters. Of a coarse scan,
// light are its letters as [coarseLetters] finds them.
func findStrips(p *tesseract.Pix, runs []tesseract.Run, light []image.Rectangle) ([]strip, []image.Rectangle, error) {
	page := image.Rect(0, 0, p.Width(), p.Height())
	found := strips(withoutFrames(runs), page)
	parts, err := partsOf(p)
	if err != nil {
		return nil, nil, err
	}
	dpi, _ := p.Resolution()
	letters := letterBoxes(parts, dpi, dpi)
	found = unstacked(found, letters, page)
	if light == nil { // letters of a coarse scan fall into dots, too
		found = partedBy(leadersOf(parts, dpi), letters, found)
	}
	left := outside(letters, found)
	// On a page full of dirt, most of what is left over is dirt.
	if 4*len(left) < len(letters) {
		left = join(found, left, page)
	}
	if light != nil {
		left = outside(light, found)
	}
	return insert(found, missed(left, page)), letters, nil
}

// join makes strips longer by the letters that stand right before or behind them, which are
// the numbers of lists and lone letters at a line's end. It returns the letters that are left.
func join(found []strip, letters []image.Rectangle, page image.Rectangle) []image.Rectangle {
	var left []image.Rectangle
	for _, l := range letters {
		joined := false
		for i := range found {
			a := found[i].area
			inner := a.Dy() - 2*margin
			if found[i].guessed || l.Min.Y < a.Min.Y-2 || l.Max.Y > a.Max.Y+2 || 3*l.Dy() < inner {
				continue
			}
			if gap := max(l.Min.X-a.Max.X, a.Min.X-l.Max.X); gap < inner {
				found[i].area = a.Union(l.Inset(-margin)).Intersect(image.Rect(0, a.Min.Y, page.Max.X, a.Max.Y))
				joined = true
				break
			}
		}
		if !joined {
			left = append(left, l)
		}
	}
	return left
}

// withoutFrames leaves out the runs that are ruled lines or frames: those that are far
// higher than the page's lines and thin, or have other runs inside.
func withoutFrames(runs []tesseract.Run) []tesseract.Run {
	heights := make([]int, 0, len(runs))
	for _, r := range runs {
		heights = append(heights, r.Box.Dy())
	}
	slices.Sort(heights)
	var out []tesseract.Run
	for i, r := range runs {
		if usual := heights[len(heights)/2]; r.Box.Dy() > 2*usual {
			inside := 0
			for k, other := range runs {
				if k != i && centre(other.Box).In(r.Box) {
					inside++
				}
			}
			if r.Box.Dx()*4 < r.Box.Dy() || inside > 1 {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

func centre(r image.Rectangle) image.Point {
	return image.Pt((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2)
}

// margin is how many pixels of white the network was taught to have around a line.
const margin = 4

// strips puts the runs of letters together to lines, and parts them where the gap
// is wider than a space: table columns, tabulated fields.
func strips(runs []tesseract.Run, page image.Rectangle) []strip {
	var out []strip
	for i := 0; i < len(runs); {
		box := runs[i].Box
		height, base, n := runs[i].XHeight+runs[i].Ascender+runs[i].Descender, runs[i].Baseline, 1.0
		tall := func(r tesseract.Run) bool { return float64(r.Box.Dy()) > 1.25*height }
		j := i + 1
		for ; j < len(runs) && runs[j].Line == runs[i].Line; j++ {
			if float64(runs[j].Box.Min.X-box.Max.X) > 2*math.Max(height, 8) || tall(runs[i]) || tall(runs[j]) {
				break
			}
			box = box.Union(runs[j].Box)
			base += runs[j].Baseline
			n++
		}
		base /= n
		r := runs[i]
		// As high as the line's letters can be. What reaches further, a ruled line or dirt, is cut off:
		// else the letters would be made small to fit it in.
		top, bottom := base-r.XHeight-r.Ascender, base+r.Descender
		slack := 0.3 * r.XHeight
		box.Min.Y = min(max(box.Min.Y, int(top-slack)), int(top))
		box.Max.Y = max(min(box.Max.Y, int(math.Ceil(bottom+slack))), int(math.Ceil(bottom)))
		box = box.Inset(-margin).Intersect(page)
		if !box.Empty() {
			out = append(out, strip{area: box, block: r.Block, line: r.Line})
		}
		i = j
	}
	return out
}

// outside returns the letters that stand in no strip.
func outside(letters []image.Rectangle, found []strip) []image.Rectangle {
	// By rows of 32 pixels, so that each letter looks at few of the strips.
	rows := map[int][]image.Rectangle{}
	for _, s := range found {
		for y := s.area.Min.Y / 32; y <= s.area.Max.Y/32; y++ {
			rows[y] = append(rows[y], s.area)
		}
	}
	var left []image.Rectangle
	for _, l := range letters {
		m := centre(l)
		if !slices.ContainsFunc(rows[m.Y/32], func(r image.Rectangle) bool { return m.In(r) }) {
			left = append(left, l)
		}
	}
	return left
}

// missed returns strips of letters that stand in no other strip, though they stand in
// a row: cells of tables, and lines beside pictures, that the analysis of the layout takes
// for a part of the frame or of the picture.
func missed(left []image.Rectangle, page image.Rectangle) []strip {
	left = slices.SortedFunc(slices.Values(left), func(a, b image.Rectangle) int { return cmp.Compare(a.Min.X, b.Min.X) })
	type row struct {
		box     image.Rectangle
		last    image.Rectangle
		heights []int
	}
	var open []*row
	for _, l := range left {
		var best *row
		for _, r := range open {
			gap := l.Min.X - r.last.Max.X
			high := max(l.Dy(), r.last.Dy())
			overlap := min(l.Max.Y, r.last.Max.Y) - max(l.Min.Y, r.last.Min.Y)
			if gap < 2*high && gap > -high && 2*overlap > min(l.Dy(), r.last.Dy()) && high < 3*min(l.Dy(), r.last.Dy()) &&
				(best == nil || r.last.Max.X > best.last.Max.X) {
				best = r
			}
		}
		if best == nil {
			best = &row{box: l}
			open = append(open, best)
		}
		best.box, best.last = best.box.Union(l), l
		best.heights = append(best.heights, l.Dy())
	}
	var out []strip
	for _, r := range open {
		slices.Sort(r.heights)
		usual := r.heights[len(r.heights)/2]
		// Dirt, dots and dashes also stand in rows, of two or three.
		if len(r.heights) < 3 || r.box.Dx() < 2*usual || r.box.Dy() > 3*usual {
			continue
		}
		out = append(out, strip{area: r.box.Inset(-margin).Intersect(page), guessed: true})
	}
	return out
}

// insert puts the strips among the others, each before the first that is below it, or beside it and
// further right.
func insert(found, more []strip) []strip {
	slices.SortFunc(more, func(a, b strip) int {
		return cmp.Or(cmp.Compare(a.area.Min.Y/16, b.area.Min.Y/16), cmp.Compare(a.area.Min.X, b.area.Min.X))
	})
	block, line := 0, 0
	for _, s := range found {
		block, line = max(block, s.block+1), max(line, s.line+1)
	}
	for _, m := range more {
		m.block, m.line = block, line
		block, line = block+1, line+1
		c := centre(m.area)
		at := slices.IndexFunc(found, func(s strip) bool {
			return s.area.Min.Y > c.Y || c.Y < s.area.Max.Y && s.area.Min.X > c.X
		})
		if at < 0 {
			at = len(found)
		}
		found = slices.Insert(found, at, m)
	}
	return found
}
