package ocr

import (
	"image"
	"slices"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/postroom/postroom/testdata/generate"
)

// prepareScan prepares a gray scan of the sheet.
func prepareScan(t *testing.T, s sheet) *prepared {
	t.Helper()
	page, err := decode(rawPage{Encoded: generate.EncodePNG(s.Gray, sheetDPI)}, 1e8)
	if err != nil {
		t.Fatal(err)
	}
	p, err := prepare(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}

// Under shadows with sharp edges, on stains and in gray boxes, nothing but the writing stays dark; a light that falls off
// smoothly is evened out as before, and a photograph stays what it is.
func TestShadowsAreMadeWhite(t *testing.T) {
	const white, even = "shadows and gray grounds made white", "background evened out"
	for name, c := range map[string]struct {
		shade func(x, y float64) float64 // of the paper, in inches
		note  string
	}{
		"none":     {func(x, y float64) float64 { return 1 }, even},
		"fall-off": {func(x, y float64) float64 { return 1 - 0.04*y }, even},
		"edge": {func(x, y float64) float64 {
			if x+0.3*y > 5 {
				return 0.45
			}
			return 1
		}, white},
		"gray boxes": {func(x, y float64) float64 {
			if int(y*2)%2 == 1 && x > 0.7 && x < 7.8 {
				return 0.65
			}
			return 1
		}, white},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSheet().letter()
			for y := range s.Rect.Dy() {
				for x := range s.Rect.Dx() {
					p := &s.Pix[y*s.Stride+x]
					*p = byte(float64(*p) * 0.95 * c.shade(float64(x)/sheetDPI, float64(y)/sheetDPI))
				}
			}
			pictured := c.note == white
			if pictured {
				s.fill(3, 8, 5, 10, 20) // a dark picture
			}
			p := prepareScan(t, s)
			if !slices.Contains(p.notes, c.note) {
				t.Errorf("%q", p.notes)
			}
			bits, err := p.feed.Threshold(128)
			if err != nil {
				t.Fatal(err)
			}
			defer bits.Close()
			picture := false
			for _, r := range bits.Components() {
				inches := image.Rect(int(float64(r.Min.X)/p.dpi*10), int(float64(r.Min.Y)/p.dpi*10), int(float64(r.Max.X)/p.dpi*10), int(float64(r.Max.Y)/p.dpi*10))
				switch {
				case inches.Min.Y >= 75:
					picture = picture || inches.Dx() > 15 && inches.Dy() > 15
				case r.Dy() > int(0.3*p.dpi) || r.Dx() > int(0.5*p.dpi):
					t.Errorf("dark, and no writing: %v in tenths of an inch", inches)
				}
			}
			if picture != pictured {
				t.Errorf("there is a dark picture: %v", picture)
			}
		})
	}
}

// Codes are read on such pages too, whose thin bars leave no paper between them.
func TestCodesInShadows(t *testing.T) {
	s := newSheet().letter()
	s.code(t, oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "ADMIT-20481", 1, 6, 2, 100)
	s.code(t, qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "REF-20481-77", 4.5, 6, 12, 0)
	m := *s.Gray
	m.Pix = slices.Clone(s.Pix)
	for y := 1; y+1 < m.Rect.Dy(); y++ {
		for x := 1; x+1 < m.Rect.Dx(); x++ { // as a scanner's lens does
			i := y*m.Stride + x
			v := (2*int(s.Pix[i]) + int(s.Pix[i-1]) + int(s.Pix[i+1])) / 4
			if x+y/3 > 900 {
				v = v * 11 / 20
			}
			m.Pix[i] = byte(v)
		}
	}
	p := prepareScan(t, sheet{&m})
	if len(p.codes) != 2 || p.codes[0].Text == p.codes[1].Text {
		t.Errorf("%+v, %q", p.codes, p.notes)
	}
}
