package ocr

import (
	"fmt"
	"image"
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Black boxes with white letters are at least so high and wide, in inches, and the letters' strokes thinner than so much.
const (
	reversedHigh   = 0.1
	reversedWide   = 0.25
	reversedStroke = 0.06
	reversedGap    = 0.6 // white that is so wide is no letter's
)

// How black such a box is in all, how black along its edge, and how much of what lies around it. Lines of print that hang
// together, as on scans of few dots, are black along less than 0.92 of their edge, and less black in all than a band with a name in it;
// a band that stands askew has ragged edges.
const (
	reversedInk      = 0.5
	reversedMost     = 0.996
	reversedEdge     = 0.95
	reversedBand     = 0.85 // black in all: a band
	reversedBandEdge = 0.91
	reversedFull     = 0.55  // a band across the page that stands a degree askew has as much
	reversedRim      = 0.035 // inches of black around the letters
)

// A reversedBox is a black box with white letters. It may stand askew, and bands as wide as the page then reach over rows that
// are none of theirs: so it is known by its shape.
type reversedBox struct {
	area  image.Rectangle
	shape *tesseract.Pix // of its area, at half the size
}

// turnReversed makes the black boxes of a page of black and white that hold white letters, as headings of tables and forms
// do, white with black letters. It returns the boxes, which the caller closes.
func (w *workpiece) turnReversed() []reversedBox {
	if w.err != nil {
		return nil
	}
	var b bench
	defer b.clear()
	half := b.put(func() (*tesseract.Pix, error) { return w.pix.Halve(2) }) // half of the dots are enough for finding them
	odd := func(inches, dpi float64) int { return max(3, int(inches*dpi/2)|1) }
	solid := b.put(func() (*tesseract.Pix, error) {
		return half.Morph(fmt.Sprintf("c%d.%d", odd(reversedStroke, w.dpiX), odd(reversedStroke, w.dpiY)))
	})
	// The strokes of letters are filled by then, and so is the gap to the frame of a table close below: it is wide.
	ground := b.put(half.Inverted)
	gaps := b.put(func() (*tesseract.Pix, error) { return ground.Open(odd(reversedGap, w.dpiX), 1) })
	solid = b.put(func() (*tesseract.Pix, error) { return solid.Minus(gaps) })
	solid = b.put(func() (*tesseract.Pix, error) {
		return solid.Morph(fmt.Sprintf("o%d.%d", odd(reversedWide, w.dpiX), odd(reversedHigh, w.dpiY)))
	})
	if w.err = b.err; b.err != nil {
		return nil
	}
	var out []reversedBox
	for _, r := range solid.Components() {
		shape, err := solid.Crop(r)
		if err != nil {
			w.err = err
			return out
		}
		if !w.isReversed(&b, half, shape, r.Min) {
			shape.Close()
			continue
		}
		box := reversedBox{image.Rect(2*r.Min.X, 2*r.Min.Y, 2*r.Max.X, 2*r.Max.Y).Intersect(image.Rect(0, 0, w.pix.Width(), w.pix.Height())), shape}
		w.turnOver(box, box.area)
		out = append(out, box)
	}
	if w.err == nil {
		w.err = b.err
	}
	if len(out) > 0 {
		w.note("%d boxes white on black: turned into black on white", len(out))
	}
	return out
}

// isReversed tells that what has this shape on the page, both at half the size, is black to its edges, and holds something white.
// Lines of print that hang together are as black, but not for so far around.
func (w *workpiece) isReversed(b *bench, page, shape *tesseract.Pix, at image.Point) bool {
	black := b.put(func() (*tesseract.Pix, error) {
		return page.Crop(image.Rectangle{at, at.Add(image.Pt(shape.Width(), shape.Height()))})
	})
	rim := func(dpi float64, across int) int { return 2*max(1, min(int(reversedRim*dpi/2+0.5), across/5)) + 1 }
	inner := b.put(func() (*tesseract.Pix, error) {
		return shape.Morph(fmt.Sprintf("e%d.%d", rim(w.dpiX, shape.Width()), rim(w.dpiY, shape.Height())))
	})
	edge := b.put(func() (*tesseract.Pix, error) { return shape.Minus(inner) })
	onEdge := b.put(func() (*tesseract.Pix, error) { return edge.And(black) })
	inside := b.put(func() (*tesseract.Pix, error) { return inner.And(black) })
	if b.err != nil || shape.Ink() < reversedFull || inner.Ink() == 0 {
		return false
	}
	share := inside.Ink() / inner.Ink()
	least := reversedEdge
	if share >= reversedBand {
		least = reversedBandEdge
	}
	return onEdge.Ink() >= least*edge.Ink() && share >= reversedInk && share <= reversedMost
}

// turnOver exchanges black and white in a box that has this area here, but for its edge, which becomes white.
func (w *workpiece) turnOver(box reversedBox, area image.Rectangle) {
	if w.err != nil || area.Empty() {
		return
	}
	var b bench
	defer b.clear()
	wide := area.Inset(-3).Intersect(image.Rect(0, 0, w.pix.Width(), w.pix.Height()))
	left, top := area.Min.X-wide.Min.X, area.Min.Y-wide.Min.Y
	shape := b.put(func() (*tesseract.Pix, error) { return box.shape.ScaleTo(area.Dx(), area.Dy()) })
	shape = b.put(func() (*tesseract.Pix, error) {
		return shape.Padded(left, top, wide.Max.X-area.Max.X, wide.Max.Y-area.Max.Y)
	})
	outer := b.put(func() (*tesseract.Pix, error) { return shape.Grow(5, 5) })
	inner := b.put(func() (*tesseract.Pix, error) { return shape.Morph("e3.3") })
	part := b.put(func() (*tesseract.Pix, error) { return w.pix.Crop(wide) })
	turned := b.put(part.Inverted)
	edge := b.put(func() (*tesseract.Pix, error) { return outer.Minus(inner) })
	if b.err == nil {
		part.Combine(turned, inner)
		part.Whiten(edge, white(part))
		w.pix.Put(part, wide.Min)
	}
	w.err = b.err
}

// scaled returns the box in an image of which a pixel is so many times as many, inside it.
func scaled(r image.Rectangle, fx, fy float64) image.Rectangle {
	return image.Rect(int(math.Ceil(float64(r.Min.X)*fx)), int(math.Ceil(float64(r.Min.Y)*fy)), int(float64(r.Max.X)*fx), int(float64(r.Max.Y)*fy))
}
