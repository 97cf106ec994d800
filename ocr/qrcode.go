package ocr

import (
	"image"
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A finder is one of the three squares in the corners of a QR code (ISO/IEC 18004, section 6.3.3):
// along every line through its middle black and white are 1:1:3:1:1 long.
type finder struct {
	x, y float64 // the middle, in inches
	size float64 // seven modules, in inches
	n    int
}

// findQR finds QR codes by their finders.
func findQR(p *tesseract.Pix, dpiX, dpiY float64) ([]code, error) {
	finders := findFinders(p.Bits(), dpiX, dpiY)
	var out []code
	tried := 0
	for i := range finders {
	pairs:
		for j := range finders {
			for k := j + 1; k < len(finders); k++ {
				box, ok := corner(finders[i], finders[j], finders[k])
				if !ok || i == j || i == k {
					continue
				}
				r := image.Rect(int(box[0]*dpiX), int(box[1]*dpiY), int(math.Ceil(box[2]*dpiX)), int(math.Ceil(box[3]*dpiY)))
				r = r.Intersect(image.Rect(0, 0, p.Width(), p.Height()))
				if known(out, r) {
					continue
				}
				if tried++; tried > mostPlaces/2 {
					return out, nil
				}
				text, err := readQR(p, r, finders[i].size, dpiX, dpiY)
				if err != nil {
					return nil, err
				}
				if text != "" {
					out = append(out, code{gozxing.BarcodeFormat_QR_CODE.String(), text, r})
					break pairs
				}
			}
		}
	}
	return out, nil
}

// known reports whether a code was found about there.
func known(codes []code, r image.Rectangle) bool {
	for _, c := range codes {
		both := c.box.Intersect(r)
		if 2*both.Dx()*both.Dy() > r.Dx()*r.Dy() {
			return true
		}
	}
	return false
}

// corner returns the code's box in inches when a lies at the right angle between b and c.
func corner(a, b, c finder) (box [4]float64, ok bool) {
	alike := func(p, q finder) bool { return p.size < 1.35*q.size && q.size < 1.35*p.size }
	if !alike(a, b) || !alike(a, c) || !alike(b, c) {
		return box, false
	}
	ux, uy, vx, vy := b.x-a.x, b.y-a.y, c.x-a.x, c.y-a.y
	u, v := math.Hypot(ux, uy), math.Hypot(vx, vy)
	// Middles are 14 (version 1) to 170 modules (version 40) from each other.
	module := (a.size + b.size + c.size) / 21
	if u < 10*module || u > 200*module || u > 1.2*v || v > 1.2*u || math.Abs(ux*vx+uy*vy) > 0.15*u*v {
		return box, false
	}
	dx, dy := b.x+vx, b.y+vy
	reach := a.size * 0.8
	return [4]float64{
		min(a.x, b.x, c.x, dx) - reach, min(a.y, b.y, c.y, dy) - reach,
		max(a.x, b.x, c.x, dx) + reach, max(a.y, b.y, c.y, dy) + reach,
	}, true
}

// findFinders looks for finders row by row.
func findFinders(b tesseract.Bits, dpiX, dpiY float64) []finder {
	var out []finder
	var e []int
	step := max(1, int(dpiY*0.015))
	for y := 0; y < b.Height; y += step {
		e = b.Edges(y, e[:0])
		for i := 0; i+5 < len(e); i += 2 {
			if !finderLike(float64(e[i+1]-e[i]), float64(e[i+2]-e[i+1]), float64(e[i+3]-e[i+2]), float64(e[i+4]-e[i+3]), float64(e[i+5]-e[i+4])) {
				continue
			}
			size := float64(e[i+5]-e[i]) / dpiX
			x := (e[i+2] + e[i+3]) / 2
			if size < 0.08 || size > 1.2 {
				continue
			}
			top, bottom, ok := downwards(b, x, y)
			tall := float64(bottom-top) / dpiY
			if !ok || tall > 1.3*size || size > 1.3*tall {
				continue
			}
			f := finder{float64(e[i]+e[i+5]) / 2 / dpiX, float64(top+bottom) / 2 / dpiY, (size + tall) / 2, 1}
			merged := false
			for k := range out {
				if g := &out[k]; math.Hypot(g.x-f.x, g.y-f.y) < g.size/3 {
					g.n++
					merged = true
					break
				}
			}
			if !merged && len(out) < 200 {
				out = append(out, f)
			}
		}
	}
	var sure []finder
	for _, f := range out {
		if f.n > 1 {
			sure = append(sure, f)
		}
	}
	return sure
}

// finderLike reports whether runs are about 1:1:3:1:1 long.
func finderLike(a, b, c, d, e float64) bool {
	m := (a + b + c + d + e) / 7
	off := max(0.7*m, 1)
	return math.Abs(a-m) < off && math.Abs(b-m) < off && math.Abs(d-m) < off && math.Abs(e-m) < off && math.Abs(c-3*m) < 3*off*0.7
}

// downwards looks whether the column through (x, y) has a finder about there, and where it begins and ends.
func downwards(b tesseract.Bits, x, y int) (top, bottom int, ok bool) {
	var up, down [3]int // black, white, black
	walk := func(runs *[3]int, dy int) int {
		at := y + dy
		for i := range runs {
			for at >= 0 && at < b.Height && b.Black(x, at) == (i != 1) {
				runs[i]++
				at += dy
			}
		}
		return at
	}
	if !b.Black(x, y) {
		return 0, 0, false
	}
	top, bottom = walk(&up, -1)+1, walk(&down, 1)
	return top, bottom, finderLike(float64(up[2]), float64(up[1]), float64(up[0]+1+down[0]), float64(down[1]), float64(down[2]))
}

// readQR decodes the box, made square and large enough for the decoder: about four pixels a module.
func readQR(p *tesseract.Pix, r image.Rectangle, size, dpiX, dpiY float64) (string, error) {
	part, err := p.Crop(r)
	if err != nil {
		return "", err
	}
	defer func() { part.Close() }()
	for _, pixels := range []float64{4, 3, 6} {
		dpi := pixels * 7 / size
		scaled, err := part.Scale(dpi/dpiX, dpi/dpiY)
		if err != nil {
			return "", err
		}
		b := scaled.Bits()
		scaled.Close()
		quiet := int(4 * pixels)
		m, err := gozxing.NewBitMatrix(b.Width+2*quiet, b.Height+2*quiet)
		if err != nil {
			return "", nil
		}
		for y := range b.Height {
			for x := range b.Width {
				if b.Black(x, y) {
					m.Set(x+quiet, y+quiet)
				}
			}
		}
		if text := decodeQR(m); text != "" {
			return text, nil
		}
	}
	return "", nil
}

func decodeQR(m *gozxing.BitMatrix) (text string) {
	defer noDecoderEndsAPage()
	bitmap, err := gozxing.NewBinaryBitmap(bitsOnly{m})
	if err != nil {
		return ""
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return ""
	}
	return result.GetText()
}

// bitsOnly hands an image of black and white to the decoder, which expects shades of gray.
type bitsOnly struct{ *gozxing.BitMatrix }

func (b bitsOnly) GetLuminanceSource() gozxing.LuminanceSource { return nil }
func (b bitsOnly) GetBlackRow(y int, row *gozxing.BitArray) (*gozxing.BitArray, error) {
	return b.GetRow(y, row), nil
}
func (b bitsOnly) GetBlackMatrix() (*gozxing.BitMatrix, error)               { return b.BitMatrix, nil }
func (b bitsOnly) CreateBinarizer(gozxing.LuminanceSource) gozxing.Binarizer { return b }
