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
)

// How black such a box is, in all and along its edges.
const (
	reversedInk  = 0.5
	reversedMost = 0.98
	reversedEdge = 0.9
)

// turnReversed makes the black boxes of a page of black and white that hold white letters, as headings of tables and forms
// do, white with black letters. It returns the boxes.
func (w *workpiece) turnReversed() []image.Rectangle {
	if w.err != nil {
		return nil
	}
	half, err := w.pix.Halve(2) // half of the dots are enough for finding them
	if err != nil {
		w.err = err
		return nil
	}
	defer half.Close()
	odd := func(inches, dpi float64) int { return max(3, int(inches*dpi/2)|1) }
	solid, err := half.Morph(fmt.Sprintf("c%d.%d + o%d.%d", odd(reversedStroke, w.dpiX), odd(reversedStroke, w.dpiY),
		odd(reversedWide, w.dpiX), odd(reversedHigh, w.dpiY)))
	if err != nil {
		w.err = err
		return nil
	}
	defer solid.Close()
	var out []image.Rectangle
	for _, r := range solid.Components() {
		r = image.Rect(2*r.Min.X, 2*r.Min.Y, 2*r.Max.X, 2*r.Max.Y)
		box, err := w.pix.Crop(r)
		if err != nil {
			w.err = err
			return nil
		}
		if isReversed(box) {
			w.turnOver(r)
			out = append(out, r)
		}
		box.Close()
	}
	if len(out) > 0 {
		w.note("%d boxes white on black: turned into black on white", len(out))
	}
	return out
}

// isReversed tells that a box is black to its edges, and has something white well inside: what is white at
// the corners is outside of a box that stands askew.
func isReversed(box *tesseract.Pix) bool {
	if box.Ink() < reversedInk {
		return false
	}
	inner, err := box.Crop(image.Rect(box.Width()/10, box.Height()/10, box.Width()*9/10, box.Height()*9/10))
	if err != nil {
		return false
	}
	defer inner.Close()
	if inner.Ink() > reversedMost {
		return false
	}
	edge := func(counts []int, length int) bool {
		k := max(1, len(counts)/20)
		return len(counts) > 2*k && min(counts[k], counts[len(counts)-1-k]) > int(reversedEdge*float64(length))
	}
	return edge(box.Rows(), box.Width()) && edge(box.Columns(), box.Height())
}

// turnOver exchanges black and white in a box, but for its edges, which become white.
func (w *workpiece) turnOver(r image.Rectangle) {
	inner := r.Inset(1)
	if w.err != nil || inner.Empty() {
		return
	}
	box, err := w.pix.Crop(inner)
	if err != nil {
		w.err = err
		return
	}
	defer box.Close()
	turned, err := box.Inverted()
	if err != nil {
		w.err = err
		return
	}
	defer turned.Close()
	w.pix.White(r.Inset(-2))
	w.pix.Put(turned, inner.Min)
}

// scaled returns the box in an image of which a pixel is so many times as many, inside it.
func scaled(r image.Rectangle, fx, fy float64) image.Rectangle {
	return image.Rect(int(math.Ceil(float64(r.Min.X)*fx)), int(math.Ceil(float64(r.Min.Y)*fy)), int(float64(r.Max.X)*fx), int(float64(r.Max.Y)*fy))
}
