package ocr

import (
	"image"
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Rings and large letters in outlines that lie over print are known by strokes that are longer than those of letters
// and run in all directions, with pieces of print hanging on them.
const (
	// So long, in inches, are a stroke and one that is nearly level or upright.
	strokeLong, strokeLevel = 0.16, 0.26
	strokesLeast            = 1.2 // inches, both ways: less may be handwriting
	strokesCross            = 8   // letters of print
	strokesAskew            = 0.4 // of the strokes' ink
)

// longStrokes returns where straight lines that are longer than strokes of letters fit into a picture of so many dots per inch: those
// that run rather across, those that run rather down, and of both those that are far from level and upright.
func longStrokes(b *bench, p *tesseract.Pix, dpi float64) (across, down, askew *tesseract.Pix) {
	blank := b.put(func() (*tesseract.Pix, error) { return p.Minus(p) })
	across, down, askew = blank, blank, blank
	for d := -84; d <= 90; d += 6 {
		sin, cos := math.Sincos(float64(d) * math.Pi / 180)
		slant := min(max(d, -d), 90-max(d, -d))
		long := strokeLong * dpi
		if slant < 10 {
			long = strokeLevel * dpi // letters that hang together with a stroke make level and upright ones longer
		}
		line := b.put(func() (*tesseract.Pix, error) {
			return p.Along(int(math.Round(long*cos)), int(math.Round(long*sin)))
		})
		into := &across
		if d > 45 || d < -45 {
			into = &down
		}
		*into = b.put(func() (*tesseract.Pix, error) { return (*into).Or(line) })
		if slant >= 15 {
			askew = b.put(func() (*tesseract.Pix, error) { return askew.Or(line) })
		}
	}
	return across, down, askew
}

// anyAskew tells, at little cost, whether there are long strokes in four directions.
func anyAskew(b *bench, p *tesseract.Pix, dpi float64) bool {
	for _, d := range []float64{-60, -30, 30, 60} {
		sin, cos := math.Sincos(d * math.Pi / 180)
		long := strokeLong * dpi
		line := b.put(func() (*tesseract.Pix, error) { return p.Along(int(math.Round(long*cos)), int(math.Round(long*sin))) })
		if b.err != nil || line.Ink() == 0 {
			return false
		}
	}
	return true
}

// withoutStrokes takes the long strokes in a part of the page out of it, and reports whether they cross print as a stamp's do.
// small is what is tall there, in half the size.
func (p *prepared) withoutStrokes(small *tesseract.Pix, area image.Rectangle) (bool, error) {
	var b bench
	defer b.clear()
	w := &workpiece{pix: p.feed, dpiX: p.dpi, dpiY: p.dpi}
	if area = area.Intersect(image.Rect(0, 0, p.feed.Width(), p.feed.Height())); min(area.Dx(), area.Dy()) < w.inches(strokesLeast) {
		return false, nil
	}
	if !anyAskew(&b, small, p.dpi/2) {
		return false, b.err
	}
	across, down, askew := longStrokes(&b, small, p.dpi/2)
	if b.err != nil {
		return false, b.err
	}
	all := b.put(func() (*tesseract.Pix, error) { return across.Or(down) })
	if b.err != nil || askew.Ink() < strokesAskew*all.Ink() {
		return false, b.err
	}
	rule := w.inches(ruleLeast)
	gray := b.put(func() (*tesseract.Pix, error) { return p.feed.Crop(area) })
	whole := b.put(func() (*tesseract.Pix, error) { return p.bitsOf(area) })
	black := b.put(func() (*tesseract.Pix, error) { return whole.WithoutRuns(rule, rule) })
	high := b.put(func() (*tesseract.Pix, error) { return black.Tall(w.inches(tallLeast)) })
	across, down, _ = longStrokes(&b, high, p.dpi)
	all = b.put(func() (*tesseract.Pix, error) { return across.Or(down) })
	all = b.put(func() (*tesseract.Pix, error) { return all.Grow(3, 3) })
	all = b.put(func() (*tesseract.Pix, error) { return all.And(high) })
	others := b.put(func() (*tesseract.Pix, error) { return high.Minus(all) })
	print := b.put(func() (*tesseract.Pix, error) { return black.Minus(high) })
	if b.err != nil {
		return false, b.err
	}
	n := w.crossed(others.Components(), print.Components())
	if n < strokesCross {
		return false, nil
	}
	thick := strokeOf(&b, all) * 3 / 2
	mask := w.withoutCrossing(&b, black, across, down, thick, thick)
	if b.err != nil {
		return false, b.err
	}
	w.erase(&b, gray, whole, mask)
	p.feed.Put(gray, area.Min)
	return true, nil
}

// crossed counts the pieces that have the size of letters and stand in a line with letters of print.
func (w *workpiece) crossed(pieces, print []image.Rectangle) (n int) {
	letters := letterBoxes(print, w.dpiX, w.dpiY)
	near, level := w.inches(0.35), w.inches(0.035)
	for _, r := range pieces {
		if max(r.Dx(), r.Dy()) < w.inches(printLeast) || r.Dy() > w.inches(tallLeast) || r.Dx() > w.inches(tallLeast) {
			continue
		}
		beside := 0
		for _, l := range letters {
			if l.Min.X < r.Max.X+near && l.Max.X > r.Min.X-near && l.Min.Y < r.Max.Y && l.Max.Y > r.Min.Y &&
				(abs(l.Max.Y-r.Max.Y) <= level || abs(l.Min.Y-r.Min.Y) <= level) && l.Dy() < 4*w.inches(printLeast) {
				beside++
			}
		}
		if beside >= 2 {
			n++
		}
	}
	return n
}
