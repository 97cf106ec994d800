package ocr

import (
	"image"
	"math"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

func TestResolution(t *testing.T) {
	for _, c := range []struct {
		what          string
		width, height int
		x, y, aspect  float64
		wantX, wantY  float64
		noted         bool
	}{
		{"standard fax", 1728, 1146, 204, 98, 0, 204, 98, false},
		{"fine fax", 1728, 2291, 204, 196, 0, 204, 196, false},
		{"fax by the metric system", 1728, 2291, 203.2, 195.6, 0, 203.2, 195.6, false},
		{"standard fax without any", 1728, 1146, 0, 0, 0, 204, 98, true},
		{"fine fax without any", 1728, 2291, 0, 0, 0, 204, 196, true},
		{"superfine fax without any", 1728, 4571, 0, 0, 0, 204, 391, true},
		{"B4 fax", 2048, 2700, 0, 0, 0, 204, 196, true},
		{"fax with the shape of its pixels only", 1728, 1146, 0, 0, 204.0 / 98, 204, 98, true},
		{"a fax that claims a screen's", 1728, 2291, 72, 72, 0, 204, 196, true},
		{"A4 scan without any", 2480, 3508, 0, 0, 0, 300, 300, true},
		{"A4 scan that claims a screen's", 1654, 2339, 72, 72, 0, 200, 200, true},
		{"letter scan, on its side", 3300, 2550, 1, 1, 0, 300, 300, true},
		{"legal scan", 2550, 4200, 0, 0, 0, 300, 300, true},
		{"only one given", 2480, 3508, 300, 0, 0, 300, 300, false},
		{"not a number", 2480, 3508, math.NaN(), math.Inf(1), 0, 300, 300, true},
		{"A3 at 600", 7016, 9921, 600, 600, 0, 600, 600, false},
		{"cut out of a page", 600, 200, 300, 300, 0, 300, 300, false},
		{"A4 at 100 that claims 300", 827, 1169, 300, 300, 0, 100, 100, true},
		{"letter at 100, on its side, that claims 400", 1100, 850, 400, 400, 0, 100, 100, true},
		{"A5 at 300", 1748, 2480, 300, 300, 0, 300, 300, false},
		{"A6 at 300", 1240, 1748, 300, 300, 0, 300, 300, false},
		{"a card at 300", 1012, 638, 300, 300, 0, 300, 300, false},
		{"a label of A4's shape at 300", 350, 495, 300, 300, 0, 300, 300, false},
	} {
		x, y, note := resolution(c.width, c.height, c.x, c.y, c.aspect)
		if math.Abs(x-c.wantX) > 1 || math.Abs(y-c.wantY) > 1 || (note != "") != c.noted {
			t.Errorf("%s: %.1f by %.1f (%q), want %g by %g", c.what, x, y, note, c.wantX, c.wantY)
		}
	}
}

// Whatever a file says, the answer is a resolution that can be worked with.
func FuzzResolution(f *testing.F) {
	f.Add(1728, 1146, 204.0, 98.0, 0.0)
	f.Add(1, 1, 0.0, 0.0, 1e300)
	f.Fuzz(func(t *testing.T, width, height int, x, y, aspect float64) {
		if width < 1 || height < 1 || width > 32767 || height > 32767 {
			return
		}
		gx, gy, _ := resolution(width, height, x, y, aspect)
		if !(gx >= 14 && gx <= 4000 && gy >= 14 && gy <= 4000) {
			t.Errorf("%d by %d at %g by %g (%g) gave %g by %g", width, height, x, y, aspect, gx, gy)
		}
	})
}

// A part of a page says nothing by its size; its letters do.
func TestResolutionFromTheHeightOfLetters(t *testing.T) {
	part := newSheet().letter().SubImage(image.Rect(150, 150, 1650, 850))
	for _, c := range []struct{ said, least, most float64 }{
		{1200, 140, 290}, // letters of two points, if it was true
		{72, 140, 290},   // of thirty
		{0, 140, 290},
		{204, 203, 205}, // the truth stays as it is, also to the pixel
		{300, 299, 301}, // and so does what may be true
	} {
		p := readOne(t, postroom.PNG, generate.EncodePNG(part, c.said), 1)
		if p.DPIX < c.least || p.DPIX > c.most || p.DPIX != p.DPIY {
			t.Errorf("a part of a page at 204 dpi that says %.0f is taken as %.0f by %.0f: %v", c.said, p.DPIX, p.DPIY, p.Notes)
		}
		if score := Compare(strings.Join(letterLines, "\n"), p.PlainText()); score.CharacterErrorRate() > 0.02 {
			t.Errorf("said to be %.0f dpi, %.1f%% of its characters are wrong:\n%s", c.said, 100*score.CharacterErrorRate(), p.PlainText())
		}
	}
}
