package ocr

import (
	"fmt"
	"image"
	"math"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A code is a machine-readable mark, where it stands in the image in which it was found.
type code struct {
	format, text string
	box          image.Rectangle
}

// findCodes finds patch codes, bar codes and QR codes in a page of black and white, whichever way
// they lie. Places that look like one are looked for in coarse copies of the page, and only what
// lies there is decoded. It comes before any cleaning, which takes thin bars for streaks.
func findCodes(p *tesseract.Pix, dpiX, dpiY float64) ([]code, error) {
	out, err := findPatches(p, dpiX, dpiY)
	if err != nil {
		return nil, err
	}
	bars, err := findBars(p, dpiX, dpiY)
	if err != nil {
		return nil, err
	}
	squares, err := findQR(p, dpiX, dpiY)
	if err != nil {
		return nil, err
	}
	return append(append(out, bars...), squares...), nil
}

// noteOfCodes is what a page's notes say of its codes. What these say stands elsewhere: it may name a patient.
func noteOfCodes(n int) []string {
	switch n {
	case 0:
		return nil
	case 1:
		return []string{"a bar code was found"}
	}
	return []string{fmt.Sprintf("%d bar codes were found", n)}
}

// placeCodes gives the codes' boxes in the frame. fx and fy lead from their pixels to those of
// the page as it arrived, and back from the frame to there.
func placeCodes(codes []code, fx, fy float64, back affine, width, height int) []postroom.Barcode {
	there, ok := back.inverse()
	if !ok {
		return nil
	}
	var out []postroom.Barcode
	for _, c := range codes {
		minX, minY, maxX, maxY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, p := range [4][2]int{{c.box.Min.X, c.box.Min.Y}, {c.box.Max.X, c.box.Min.Y}, {c.box.Min.X, c.box.Max.Y}, {c.box.Max.X, c.box.Max.Y}} {
			x, y := there.apply(float64(p[0])*fx, float64(p[1])*fy)
			minX, minY, maxX, maxY = min(minX, x), min(minY, y), max(maxX, x), max(maxY, y)
		}
		in := func(v float64, most int) int { return max(0, min(most, int(math.Round(v)))) }
		out = append(out, postroom.Barcode{
			Format: c.format, Text: c.text,
			Box: postroom.Box{in(minX, width), in(minY, height), in(maxX, width), in(maxY, height)},
		})
	}
	return out
}

// grown returns r with so much more on each side, cut at the page's edges.
func grown(r image.Rectangle, x, y float64, p *tesseract.Pix) image.Rectangle {
	return image.Rect(r.Min.X-int(x), r.Min.Y-int(y), r.Max.X+int(x), r.Max.Y+int(y)).
		Intersect(image.Rect(0, 0, p.Width(), p.Height()))
}

// chain takes an image through steps, closes what lies between, and leaves p alone.
func chain(p *tesseract.Pix, steps ...func(*tesseract.Pix) (*tesseract.Pix, error)) (*tesseract.Pix, error) {
	at := p.Clone()
	for _, step := range steps {
		next, err := step(at)
		at.Close()
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}
