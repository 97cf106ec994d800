package ocr

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/postroom/postroom"
)

// patch draws a patch code with bars of two inches, lying across the page, its top left corner at the point in inches.
func (s sheet) patch(x, y float64, bars string) image.Rectangle {
	at := y
	for _, b := range bars {
		wide := 0.08
		if b == 'w' {
			wide = 0.2
		}
		s.fill(x, at, x+2, at+wide, 0)
		at += wide + 0.08
	}
	return image.Rect(int(x*sheetDPI), int(y*sheetDPI), int((x+2)*sheetDPI), int((at-0.08)*sheetDPI))
}

// code draws a code with modules of so many pixels, high pixels high when it has one row.
func (s sheet) code(t *testing.T, w gozxing.Writer, format gozxing.BarcodeFormat, text string, x, y float64, module, high int) image.Rectangle {
	t.Helper()
	none := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0}
	m, err := w.Encode(text, format, 0, 0, none)
	if err != nil {
		t.Fatal(err)
	}
	x0, y0, tall := int(x*sheetDPI), int(y*sheetDPI), m.GetHeight()*module
	if m.GetHeight() == 1 {
		tall = high
	}
	for dy := range tall {
		for dx := range m.GetWidth() * module {
			if m.Get(dx/module, min(m.GetHeight()-1, dy/module)) {
				s.SetGray(x0+dx, y0+dy, color.Gray{})
			}
		}
	}
	return image.Rect(x0, y0, x0+m.GetWidth()*module, y0+tall)
}

// onlyCode checks that the page has one code, what it says, and that its box leads back to where it was drawn.
func onlyCode(t *testing.T, p *prepared, width, height int, format, text string, where image.Rectangle) {
	t.Helper()
	if len(p.codes) != 1 || p.codes[0].Format != format || p.codes[0].Text != text {
		t.Errorf("found %d codes %+v, not one %s", len(p.codes), p.codes, format)
		return
	}
	page := postroom.Page{Width: width, Height: height, Frame: postroom.Frame{Matrix: p.matrix}}
	box := page.Original(p.codes[0].Box)
	for i, v := range []int{where.Min.X, where.Min.Y, where.Max.X, where.Max.Y} {
		if math.Abs(float64(box[i]-v)) > 0.2*sheetDPI {
			t.Errorf("%s stands in %v, drawn in %v", format, box, where)
			return
		}
	}
	if p.blank {
		t.Error("a page with a code is called blank")
	}
}

func TestPatchCodes(t *testing.T) {
	for bars, name := range patchNames {
		s := newSheet()
		where := s.patch(3, 0.5, bars)
		onlyCode(t, prepareSheet(t, s.specks(0.001), 204, 204), 1728, 2385, formatPatch, name, where)
	}
	// By whichever edge the sheet was fed, the code is read from that edge; faxed, and not quite straight.
	s := newSheet()
	s.patch(3, 0.5, "nwnw")
	for _, turn := range []int{90, 180, 270} {
		if p := prepareSheet(t, s.turned(turn), 204, 204); len(p.codes) != 1 || p.codes[0].Text != "PATCH T" {
			t.Errorf("turned by %d: %+v", turn, p.codes)
		}
	}
	for _, skew := range []float64{-2, 1} {
		if p := prepareSheet(t, s.askew(skew).rows(98).specks(0.002), 204, 98); len(p.codes) != 1 || p.codes[0].Text != "PATCH T" {
			t.Errorf("askew by %g: %+v", skew, p.codes)
		}
	}
}

func TestBarCodes(t *testing.T) {
	for _, c := range []struct {
		writer gozxing.Writer
		format gozxing.BarcodeFormat
		text   string
		module int
	}{
		{oned.NewCode39Writer(), gozxing.BarcodeFormat_CODE_39, "PATCHT", 3},
		{oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "ASN00123", 2},
		{oned.NewITFWriter(), gozxing.BarcodeFormat_ITF, "01234567", 3},
		{oned.NewEAN13Writer(), gozxing.BarcodeFormat_EAN_13, "5901234123457", 3},
		{qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "DOCUMENT SEPARATOR 17", 6},
	} {
		s := newSheet().letter()
		where := s.code(t, c.writer, c.format, c.text, 2, 6, c.module, 100)
		for _, turn := range []int{0, 90, 180, 270} {
			t.Run(fmt.Sprintf("%s turned %d", c.format, turn), func(t *testing.T) {
				turned := s.turned(turn)
				to := where
				if back, ok := unturned(turn, 1728, 2385).inverse(); ok {
					x0, y0 := back.apply(float64(where.Min.X), float64(where.Min.Y))
					x1, y1 := back.apply(float64(where.Max.X), float64(where.Max.Y))
					to = image.Rect(int(x0), int(y0), int(x1), int(y1)) // in order by itself
				}
				onlyCode(t, prepareSheet(t, turned, 204, 204), turned.Rect.Dx(), turned.Rect.Dy(), c.format.String(), c.text, to)
			})
		}
		t.Run(c.format.String()+" by standard fax", func(t *testing.T) {
			onlyCode(t, prepareSheet(t, s.rows(98).specks(0.001), 204, 98), 1728, 1145, c.format.String(), c.text,
				image.Rect(where.Min.X, where.Min.Y*98/204, where.Max.X, where.Max.Y*98/204))
		})
	}
}

// Ruled tables, four bars of other proportions and rows of strokes are no codes.
func TestWhatLooksLikeACode(t *testing.T) {
	ruled := newSheet().letter()
	for i := range 30 {
		ruled.fill(1, 5+0.16*float64(i), 7, 5.012+0.16*float64(i), 0)
		ruled.fill(1+0.2*float64(i), 5, 1.012+0.2*float64(i), 9.64, 0)
	}
	even := newSheet()
	for i := range 4 {
		even.fill(3, 1+0.2*float64(i), 5, 1.1+0.2*float64(i), 0)
	}
	strokes := newSheet()
	for i := range 60 {
		strokes.fill(1+0.05*float64(i), 3, 1.02+0.05*float64(i), 3.5, 0)
	}
	five := newSheet()
	five.patch(3, 1, "nwnww")
	for name, s := range map[string]sheet{"ruled": ruled, "even bars": even, "strokes": strokes, "five bars": five, "letter": newSheet().letter()} {
		for _, turn := range []int{0, 90} {
			if p := prepareSheet(t, s.turned(turn), 204, 204); len(p.codes) > 0 {
				t.Errorf("%s, turned by %d: %+v", name, turn, p.codes)
			}
		}
	}
}

// Codes on a page whose own text is used are read too, drawn in one path or as an image.
func TestCodesBesideText(t *testing.T) {
	drawn := func(m *gozxing.BitMatrix, x, y, module, high float64) string {
		var b strings.Builder
		for j := range m.GetHeight() {
			for i := range m.GetWidth() {
				if m.Get(i, j) {
					fmt.Fprintf(&b, "%g %g %g %g re\n", x+float64(i)*module, y-float64(j)*high, module, high)
				}
			}
		}
		return " 0 g " + b.String() + "f "
	}
	none := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0}
	qr, err := qrcode.NewQRCodeWriter().Encode("REF-20481-77", gozxing.BarcodeFormat_QR_CODE, 0, 0, none)
	if err != nil {
		t.Fatal(err)
	}
	bars, err := oned.NewCode128Writer().Encode("K20481", gozxing.BarcodeFormat_CODE_128, 0, 0, none)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		codes   map[string]string // what they say, by format
		box     postroom.Box      // of the QR code, at 300 dots per inch
	}{
		"none":      {letterText, nil, postroom.Box{}},
		"few rules": {letterText + " 72 400 m 500 400 l S 72 380 m 500 380 l S", nil, postroom.Box{}},
		"both": {
			letterText + drawn(qr, 360, 300, 2.4, 2.4) + drawn(bars, 72, 200, 1.2, 40),
			map[string]string{"QR_CODE": "REF-20481-77", "CODE_128": "K20481"},
			postroom.Box{1500, 2248, 1500 + 21*10, 2248 + 21*10},
		},
	} {
		t.Run(name, func(t *testing.T) {
			raw := firstPage(t, textPDF(c.content, ""))
			page, err := readPage(raw, nil, nil, 80_000_000)
			if err != nil {
				t.Fatal(err)
			}
			if page.Text != postroom.TextPDF || len(page.Words) < 5 {
				t.Errorf("the page's text was not used: %q", page.Notes)
			}
			if name != "both" && raw.Image != nil {
				t.Error("the page was drawn for nothing")
			}
			if len(page.Barcodes) != len(c.codes) {
				t.Fatalf("found %+v", page.Barcodes)
			}
			for _, b := range page.Barcodes {
				if c.codes[b.Format] != b.Text {
					t.Errorf("found %+v", b)
				}
				for i, v := range c.box {
					if b.Format == "QR_CODE" && abs(b.Box[i]-v) > 60 {
						t.Errorf("the QR code stands in %v, not in %v", b.Box, c.box)
						break
					}
				}
			}
		})
	}
}
