package ocr

import (
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// orientationSure is the least evidence for turning a page: Leptonica gives 20 to 60
// for a page of text, and noise stays below 4.
const orientationSure = 6

// turnUpright turns the page and returns by how many degrees clockwise. A page
// with few letters stays as it is: its ascenders prove nothing.
func (w *workpiece) turnUpright(letters int) int {
	if w.err != nil || letters < 30 {
		return 0
	}
	up, left := w.pix.Orientation()
	degrees := 0
	switch {
	case math.Abs(left) > math.Abs(up) && left > orientationSure:
		degrees = 90
	case math.Abs(left) > math.Abs(up) && left < -orientationSure:
		degrees = 270
	case math.Abs(up) >= math.Abs(left) && up < -orientationSure:
		degrees = 180
	default:
		return 0
	}
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(degrees) })
	w.note("turned by %d degrees", degrees)
	return degrees
}

// straighten returns by how many degrees clockwise the page has to be turned for
// its lines to be level; 0 when they are, or when that can't be told.
func (w *workpiece) straighten() float64 {
	if w.err != nil {
		return 0
	}
	degrees, sure := w.pix.FindSkew()
	if sure < 3 || math.Abs(degrees) < 0.1 || math.Abs(degrees) > 7 {
		return 0
	}
	w.note("straightened by %.1f degrees", degrees)
	return math.Round(degrees*100) / 100
}
