package ocr

import (
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Gray grounds (headings of tables, tinted boxes, bands of letterheads, pictures) come in black and
// white as dots: a screen of them, or dots strewn at random. Whatever pattern they make, they touch
// no stroke with a side, and stand as densely between the lines of text as between letters.
const (
	dotMost  = 4    // pixels: straight runs that are longer are strokes
	dotRows  = 0.02 // inches: the same down the page, where rows may be coarser
	dotShare = 0.06 // of the dots' ink: so much may be in larger ones
	dotTile  = 8    // pixels
	// Tiles of a ground are darker than these of 255 by lone dots, or by dots that touch each other or
	// letters at corners: of letters' thin parts some look like those.
	loneShade, denseShade = 240, 204
	// Dots are closer together than the ground's within so many pixels when of 9 pixels two more are black.
	groundReach, closerShade = 12, 255 * 2 / 9
	// A ground has a place of this size, in inches, that is full of dots, and elsewhere of that.
	groundWide, groundHigh = 0.3, 0.12
	betweenWide            = 0.12
	// What is no larger, in inches, may stand on it and leave a gap.
	groundGap = 0.16
)

// removeDither takes the dots of gray grounds away, and reports whether there were any. It takes an
// image of black and white.
func (w *workpiece) removeDither() (found bool) {
	if w.err != nil {
		return false
	}
	var b bench
	defer b.clear()
	short := b.put(func() (*tesseract.Pix, error) { return w.pix.WithoutRuns(dotMost+1, w.dotMostHigh()+1) })
	// Most pages have no ground, and to see that costs little.
	if w.full(&b, dotted(&b, short, loneShade)) != nil {
		if small, ground := w.grounds(&b, short); ground != nil {
			w.withoutDots(&b, small, ground)
			w.step(withoutLoneSpecks) // rules that are gray come as dots, too
			w.note("the dots of gray grounds removed")
			found = true
		}
	}
	if b.err != nil {
		w.err = b.err
	}
	return found && w.err == nil
}

func (w *workpiece) dotMostHigh() int { return max(2, int(dotRows*w.dpiY)) }

// grounds returns what can be dots, and where grounds of them are, nil where there are none. short
// is the page without runs of strokes.
func (w *workpiece) grounds(b *bench, short *tesseract.Pix) (small, ground *tesseract.Pix) {
	small = besideStrokes(b, w.pix, short)
	strokes := b.put(func() (*tesseract.Pix, error) { return w.pix.Minus(small) })
	letters := b.put(func() (*tesseract.Pix, error) { return w.pix.Connected(strokes) })
	lone := b.put(func() (*tesseract.Pix, error) { return w.pix.Minus(letters) })
	few, many := dotted(b, lone, loneShade), dotted(b, small, denseShade)
	either := b.put(func() (*tesseract.Pix, error) { return few.Or(many) })
	full := w.full(b, either)
	if full == nil {
		return nil, nil
	}
	ground = b.put(func() (*tesseract.Pix, error) { return either.Open(w.tiles(betweenWide, 0)) })
	ground = b.put(func() (*tesseract.Pix, error) { return ground.Join(w.tiles(groundGap, groundGap)) })
	ground = b.put(func() (*tesseract.Pix, error) { return ground.Connected(full) })
	ground = b.put(func() (*tesseract.Pix, error) { return ground.Grow(3, 3) }) // its edges run through tiles
	return small, b.put(func() (*tesseract.Pix, error) { return ground.Magnified(dotTile, w.pix) })
}

// withoutDots takes the dots of the ground away.
func (w *workpiece) withoutDots(b *bench, small, ground *tesseract.Pix) {
	within := b.put(func() (*tesseract.Pix, error) { return w.pix.And(ground) })
	small = b.put(func() (*tesseract.Pix, error) { return small.And(ground) })
	if b.err != nil {
		return
	}
	ink := small.Ink()
	across := dotSize(b, dotMost, ink, func(n int) (*tesseract.Pix, error) { return small.Open(n, 1) })
	down := dotSize(b, w.dotMostHigh(), ink, func(n int) (*tesseract.Pix, error) { return small.Open(1, n) })
	short := b.put(func() (*tesseract.Pix, error) { return within.WithoutRuns(across+1, down+1) })
	dots := besideStrokes(b, within, short)
	// Thin parts of letters fall into dots, too: those that are closer together than the ground's, and lead to a stroke.
	gray := b.put(func() (*tesseract.Pix, error) { return small.Gray() })
	level := b.put(func() (*tesseract.Pix, error) { return gray.Blur(groundReach, groundReach) })
	gray = b.put(func() (*tesseract.Pix, error) { return within.Gray() })
	near := b.put(func() (*tesseract.Pix, error) { return gray.Blur(1, 1) })
	if b.err != nil {
		return
	}
	level.Add(-closerShade)
	closer := b.put(func() (*tesseract.Pix, error) { return near.ThresholdBy(level) })
	closer = b.put(func() (*tesseract.Pix, error) { return closer.And(within) })
	letters := b.put(func() (*tesseract.Pix, error) { return within.Minus(dots) })
	all := b.put(func() (*tesseract.Pix, error) { return letters.Or(closer) })
	all = b.put(func() (*tesseract.Pix, error) { return all.Connected(letters) })
	dots = b.put(func() (*tesseract.Pix, error) { return dots.Minus(all) })
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Minus(dots) })
}

// besideStrokes returns the parts of an image that have no run of a stroke; short is what is in no such run.
func besideStrokes(b *bench, p, short *tesseract.Pix) *tesseract.Pix {
	strokes := b.put(func() (*tesseract.Pix, error) { return p.Minus(short) })
	whole := b.put(func() (*tesseract.Pix, error) { return p.ConnectedBySides(strokes) })
	return b.put(func() (*tesseract.Pix, error) { return p.Minus(whole) })
}

// dotSize returns how long nearly all dots are at most, of which longer has those of n and more pixels.
func dotSize(b *bench, most int, ink float64, longer func(n int) (*tesseract.Pix, error)) int {
	for n := 1; n < most; n++ {
		if p := b.put(func() (*tesseract.Pix, error) { return longer(n + 1) }); p == nil || p.Ink() <= dotShare*ink {
			return n
		}
	}
	return most
}

// dotted returns the tiles that are darker than the shade.
func dotted(b *bench, p *tesseract.Pix, shade int) *tesseract.Pix {
	cover := b.put(func() (*tesseract.Pix, error) { return p.Cover() })
	return b.put(func() (*tesseract.Pix, error) { return cover.Threshold(shade) })
}

// full returns where so many dotted tiles lie together that they are a ground, nil where none do.
func (w *workpiece) full(b *bench, dotted *tesseract.Pix) *tesseract.Pix {
	full := b.put(func() (*tesseract.Pix, error) { return dotted.Open(w.tiles(groundWide, groundHigh)) })
	if b.err != nil || full.Ink() == 0 {
		return nil
	}
	return full
}

// tiles is a size in inches as a number of tiles.
func (w *workpiece) tiles(x, y float64) (across, down int) {
	n := func(inches, dpi float64) int { return max(1, int(math.Ceil(inches*dpi/dotTile))) }
	return n(x, w.dpiX), n(y, w.dpiY)
}
