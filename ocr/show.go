package ocr

import (
	"fmt"
	"math"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// showPage makes an image for people of a page.
func showPage(raw rawPage, o ImageOptions, maxPixels int64) ([]byte, error) {
	if o.Turn%90 != 0 {
		return nil, fmt.Errorf("an image can't be turned by %d degrees", o.Turn)
	}
	s, err := decode(raw, maxPixels)
	if err != nil {
		return nil, err
	}
	w := &workpiece{pix: s.pix, back: inPlace, dpiX: s.dpiX, dpiY: s.dpiY}
	defer func() { w.pix.Close() }()
	if o.Turn != 0 {
		w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(o.Turn) })
		if o.Turn%180 != 0 {
			w.dpiX, w.dpiY = w.dpiY, w.dpiX
		}
	}
	if w.err == nil {
		width, height := float64(w.pix.Width()), float64(w.pix.Height())
		if w.dpiX > w.dpiY {
			height *= w.dpiX / w.dpiY
		} else {
			width *= w.dpiY / w.dpiX
		}
		k := 1.0
		if o.MaxWidth > 0 {
			k = min(1, float64(o.MaxWidth)/width)
		}
		width, height = max(1, math.Round(width*k)), max(1, math.Round(height*k))
		if int64(width)*int64(height) > maxPixels {
			return nil, postroom.Bad(nil, "the page is too large to be shown", "ask for a narrower image")
		}
		if int(width) != w.pix.Width() || int(height) != w.pix.Height() {
			if w.pix.Depth() == 1 {
				// Black and white looks torn when it is made smaller.
				w.step((*tesseract.Pix).Gray)
			}
			w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.ScaleTo(int(width), int(height)) })
		}
	}
	if w.err != nil {
		return nil, noMemory(w.err)
	}
	if w.pix.Depth() == 32 {
		return w.pix.JPEG(85)
	}
	return w.pix.PNG()
}
