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

// A band across the whole page, with a large name at its very edge, on a fax of few rows that lies askew.
func TestWhiteOnBlackBand(t *testing.T) {
	for _, skew := range []float64{0, 0.4, -1.1} {
		s := newSheet()
		white := newSheet()
		white.write(20, 0.62, 0.92, "Moorside Urgent Care")
		for py := 6 * sheetDPI / 10; py < sheetDPI; py++ {
			for px := sheetDPI / 2; px < 78*sheetDPI/10; px++ {
				s.Pix[s.PixOffset(px, py)] = 255 - white.GrayAt(px, py).Y
			}
		}
		s.letter()
		page := readOne(t, postroom.TIFF, tiff(204, 98, s.askew(skew).rows(98)), 1)
		text := page.PlainText()
		for _, w := range []string{"Moorside Urgent Care", "breathlessness"} {
			if !strings.Contains(text, w) {
				t.Errorf("askew by %v: %q is not read: %q", skew, w, text)
			}
		}
	}
}

// Headings white on black right above the frames of tables, as electronic discharge forms have them.
func TestWhiteOnBlackAboveTable(t *testing.T) {
	for _, skew := range []float64{0, 0.7} {
		s := newSheet()
		for i, text := range []string{"Admission and discharge", "Medicines on discharge"} {
			y := 0.7 + 3.9*float64(i)
			white := newSheet()
			white.write(10, 0.8, y+0.135, text)
			black := func(x0, y0, x1, y1 float64) {
				for py := int(y0 * sheetDPI); py < int(y1*sheetDPI); py++ {
					for px := int(x0 * sheetDPI); px < int(x1*sheetDPI); px++ {
						s.Pix[s.PixOffset(px, py)] = 255 - white.GrayAt(px, py).Y
					}
				}
			}
			black(0.7, y, 7.5, y+0.18)
			for _, line := range [][4]float64{{0.7, y + 0.215, 7.5, y + 0.225}, {0.7, y + 0.45, 7.5, y + 0.46}, {0.7, y + 0.215, 0.71, y + 0.46}, {7.49, y + 0.215, 7.5, y + 0.46}} {
				black(line[0], line[1], line[2], line[3])
			}
			s.write(10, 0.8, y+0.37, "Ramipril and bisoprolol")
		}
		s.letter()
		text := readOne(t, postroom.TIFF, tiff(204, 98, s.askew(skew).rows(98)), 1)
		for _, w := range []string{"Admission and discharge", "Medicines on discharge", "Ramipril"} {
			if plain := text.PlainText(); !strings.Contains(plain, w) {
				t.Errorf("askew by %v: %q is not read: %q", skew, w, plain)
			}
		}
	}
}

// Lines of print hang together on scans of few dots, and are no boxes.
func TestPrintIsNoBox(t *testing.T) {
	for seed := range uint64(12) {
		img, _, _, err := generate.ScanPage(generate.PageOptions{Seed: 7100 + seed, Type: postroom.LabReport, Split: generate.Train, Quality: generate.Typical, DPIX: 80})
		if err != nil {
			t.Fatal(err)
		}
		page, err := decode(rawPage{Encoded: generate.EncodeJPEG(img, 75, 80)}, 1e8)
		if err != nil {
			t.Fatal(err)
		}
		p, err := prepare(page)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(p.notes, " "), "white on black") {
			t.Errorf("seed %d: %q", seed, p.notes)
		}
		p.close()
	}
}
