package ocr

import (
	"image"
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// feed makes the page gray, smooth, square, upright and straight.
func (w *workpiece) feed(rotation int, skew float64) {
	if w.err != nil {
		return
	}
	hard := w.pix.Depth() == 1
	fine := max(w.dpiX, w.dpiY)
	whole := frame{w.pix.Width(), w.pix.Height(), w.back}
	target, coarse := max(feedLeast, min(feedMost, fine)), !hard && fine < feedCoarse
	switch {
	case coarse:
		target = feedEnlarged
	case !hard:
		target = min(feedMost, fine)
	}
	sx, sy := target/w.dpiX, target/w.dpiY
	trimmed := hard && w.trim(sx, sy)
	if hard && fine >= feedMost-40 && math.Abs(w.dpiX/w.dpiY-1) < 0.02 && math.Abs(skew) < 0.1 {
		// Fine enough as it is.
	} else {
		w.step((*tesseract.Pix).Gray)
		w.scale(sx, sy, (*tesseract.Pix).Resample)
		whole = whole.scaled(sx, sy)
		if hard {
			w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Blur(1, 1) })
		}
		if w.coarse = coarse; coarse {
			w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Tone(1.6) })
			w.note("enlarged from %.0f to %.0f dots per inch", fine, target)
		}
	}
	if w.err != nil {
		return
	}
	if rotation != 0 {
		width, height := w.pix.Width(), w.pix.Height()
		w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(rotation) })
		w.back, whole = w.back.after(unturned(rotation, width, height)), whole.turned(rotation)
		if rotation%180 != 0 {
			w.dpiX, w.dpiY = w.dpiY, w.dpiX
		}
	}
	if math.Abs(skew) > 2 && w.err == nil {
		// What stands in the corners would be turned out of the picture.
		left, top := corners(w.pix.Width(), w.pix.Height(), skew)
		w.pad(left, top, left, top)
		left, top = corners(whole.width, whole.height, skew)
		whole = whole.padded(left, top)
	}
	if skew != 0 && w.err == nil {
		width, height := w.pix.Width(), w.pix.Height()
		w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Rotate(skew) })
		w.back, whole = w.back.after(unrotated(skew, width, height)), whole.rotated(skew)
	}
	if trimmed && w.err == nil {
		w.untrim(whole)
	}
	if w.err == nil {
		w.pix.SetResolution(w.dpiX, w.dpiY)
	}
}

// corners is how far the corners of an image move inward when it is turned by so many degrees.
func corners(width, height int, degrees float64) (left, top int) {
	sin := math.Sin(math.Abs(degrees) * math.Pi / 180)
	return int(float64(height) / 2 * sin), int(float64(width) / 2 * sin)
}

// pad adds so many white pixels at each side.
func (w *workpiece) pad(left, top, right, bottom int) {
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Padded(left, top, right, bottom) })
	w.back = w.back.after(affine{1, 0, -float64(left), 0, 1, -float64(top)})
}

// Margins are white on most pages, and each step costs as much for white as for print.
// trimKeep is how much white stays around the ink, in inches: more than steps reach, and than
// turning moves the corners of a page that is hardly askew.
const trimKeep = 0.25

// trim cuts off the white around the ink of a page of black and white that will be enlarged by the factors, and
// reports whether it did.
func (w *workpiece) trim(sx, sy float64) bool {
	kx, ky := int(trimKeep*w.dpiX), int(trimKeep*w.dpiY)
	box := w.pix.Bounds()
	if box.Empty() {
		return false
	}
	nx, ny := period(sx), period(sy)
	box = image.Rect((box.Min.X-kx)/nx*nx, (box.Min.Y-ky)/ny*ny, (box.Max.X+kx+nx)/nx*nx, (box.Max.Y+ky+ny)/ny*ny).
		Intersect(image.Rect(0, 0, w.pix.Width(), w.pix.Height()))
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Crop(box) })
	w.back = w.back.after(affine{1, 0, float64(box.Min.X), 0, 1, float64(box.Min.Y)})
	return true
}

// period is the least number of pixels that a factor makes a whole number of pixels: a part of an image that begins and
// ends at such pixels is enlarged to what it is within the whole.
func period(factor float64) int {
	for n := 1; n <= 64; n++ {
		if k := float64(n) * factor; math.Abs(k-math.Round(k)) < 1e-6 {
			return n
		}
	}
	return 1
}

// untrim puts white around the image again, so that it has the frame that the whole page would have.
func (w *workpiece) untrim(whole frame) {
	there, ok := whole.back.inverse()
	if !ok {
		return
	}
	x, y := there.apply(w.back.apply(0, 0))
	left, top := max(0, int(math.Round(x))), max(0, int(math.Round(y)))
	w.pad(left, top, max(0, whole.width-left-w.pix.Width()), max(0, whole.height-top-w.pix.Height()))
}

// A frame is what becomes of a page's size in the steps, and the way back to the page as it arrived.
type frame struct {
	width, height int
	back          affine
}

func (f frame) scaled(sx, sy float64) frame {
	width, height := int(float64(f.width)*sx+0.5), int(float64(f.height)*sy+0.5)
	return frame{width, height, f.back.after(unscaled(float64(width)/float64(f.width), float64(height)/float64(f.height)))}
}

func (f frame) turned(degrees int) frame {
	back := f.back.after(unturned(degrees, f.width, f.height))
	if degrees%180 != 0 {
		return frame{f.height, f.width, back}
	}
	return frame{f.width, f.height, back}
}

func (f frame) padded(left, top int) frame {
	return frame{f.width + 2*left, f.height + 2*top, f.back.after(affine{1, 0, -float64(left), 0, 1, -float64(top)})}
}

func (f frame) rotated(degrees float64) frame {
	return frame{f.width, f.height, f.back.after(unrotated(degrees, f.width, f.height))}
}
