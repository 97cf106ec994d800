package ocr

import (
	"image"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// The banner of an electronic record: a name in large letters, and small rows beside it that the analysis of the layout
// takes for one line.
func TestSmallRowsBesideLargeName(t *testing.T) {
	s := newSheet()
	s.write(17, 0.8, 1.0, "Joseph HUSSAIN")
	s.write(8, 5.2, 0.92, "Born 02 Feb 1965 Gender Male")
	s.write(8, 5.5, 1.06, "NHS No. 999 266 0988")
	s.write(8, 5.8, 1.2, "MRN 1113258")
	s.write(9, 0.8, 1.2, "Flat 4, 71 Windermere Avenue, Marshbank")
	for i, line := range []string{"Thank you for referring this gentleman, who was seen in clinic on 12 March.", "He describes three weeks of breathlessness on climbing stairs, no chest pain,", "and he sleeps on two pillows. Blood pressure was 138 over 76 and the pulse", "was regular. There was no swelling of the ankles and the chest was clear."} {
		s.write(10, 0.8, 2+0.2*float64(i), line)
	}
	for _, dpi := range []float64{98, 196} {
		text := readOne(t, postroom.TIFF, tiff(204, dpi, s.rows(dpi)), 1)
		plain := text.PlainText()
		for _, w := range []string{"Joseph HUSSAIN", "02 Feb 1965", "999 266 0988", "1113258", "breathlessness"} {
			if !strings.Contains(plain, w) {
				t.Errorf("%.0f rows an inch: %q is not read: %q", dpi, w, plain[:min(len(plain), 300)])
			}
		}
	}
}

// Dots over letters, a word alone above another and one row of print are no two rows.
func TestTwoRows(t *testing.T) {
	row := func(n, x, y, w, h int) (out []image.Rectangle) {
		for i := range n {
			out = append(out, image.Rect(x+2*w*i, y, x+2*w*i+w, y+h))
		}
		return out
	}
	area := image.Rect(0, 0, 400, 40)
	for name, c := range map[string]struct {
		letters [][]image.Rectangle
		two     bool
	}{
		"two rows":      {[][]image.Rectangle{row(12, 5, 2, 8, 14), row(10, 20, 22, 8, 14)}, true},
		"one row":       {[][]image.Rectangle{row(20, 5, 10, 8, 20)}, false},
		"dots above":    {[][]image.Rectangle{row(12, 5, 2, 3, 3), row(12, 5, 8, 8, 24)}, false},
		"side by side":  {[][]image.Rectangle{row(8, 5, 2, 8, 14), row(8, 220, 22, 8, 14)}, false},
		"a letter each": {[][]image.Rectangle{row(1, 5, 2, 8, 14), row(12, 5, 22, 8, 14)}, false},
		"touching rows": {[][]image.Rectangle{row(12, 5, 2, 8, 20), row(12, 5, 20, 8, 18)}, false},
	} {
		var all []image.Rectangle
		for _, l := range c.letters {
			all = append(all, l...)
		}
		upper, lower, ok := twoRows(area, all)
		if ok != c.two || ok && (upper.Max.Y > lower.Min.Y || upper.Min.Y != 2 || lower.Max.Y != 36) {
			t.Errorf("%s: %v, %v over %v", name, ok, upper, lower)
		}
	}
}
