package ocr

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// Headings that are white on black are read on faxes and on gray scans, and so is what stands beside them.
func TestWhiteOnBlackBoxes(t *testing.T) {
	s := newSheet()
	head := func(x0, y, x1 float64, text string) {
		white := newSheet()
		white.write(11, x0+0.2, y+0.18, text)
		for py := int(y * sheetDPI); py < int((y+0.25)*sheetDPI); py++ {
			for px := int(x0 * sheetDPI); px < int(x1*sheetDPI); px++ {
				s.Pix[s.PixOffset(px, py)] = 255 - white.GrayAt(px, py).Y
			}
		}
	}
	head(0.9, 0.6, 7.3, "Description of the problem")
	s.letter()
	head(0.9, 6, 3.5, "Current treatment")
	head(4, 6, 7, "Allergies known")
	s.write(11, 0.9, 6.6, "Ramipril and bisoprolol")
	for name, page := range map[string]postroom.Page{
		"fax":  readOne(t, postroom.TIFF, tiff(204, 196, s.rows(196)), 1),
		"scan": readOne(t, postroom.JPEG, generate.EncodeJPEG(s.Gray, 85, 204), 1),
	} {
		text := page.PlainText()
		for _, w := range []string{"Description", "problem", "Current", "treatment", "Allergies", "known", "Ramipril", "breathlessness"} {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not read: %q", name, w, text)
			}
		}
	}
}
