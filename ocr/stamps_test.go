package ocr

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

const stampNote = "a stamp in colour read apart from the print"

// stampSheet is a stamp seven degrees askew, with a frame.
func stampSheet() sheet {
	s := newSheet()
	s.write(22, 3.1, 2.32, "RECEIVED")
	s.write(16, 3.0, 2.68, "12 MAR 2026")
	s.frame(2.8, 1.95, 5.1, 3.12)
	return s.askew(-7)
}

// inked is the sheet in black with another in coloured ink over it, as a JPEG.
func inked(t *testing.T, s, over sheet, ink color.RGBA) []byte {
	t.Helper()
	m := image.NewRGBA(s.Rect)
	mix := func(black, full uint8, cover float64) uint8 {
		return uint8(float64(black) * (1 - cover + cover*float64(full)/255) * 0.94)
	}
	for y := range s.Rect.Dy() {
		for x := range s.Rect.Dx() {
			v, cover := s.GrayAt(x, y).Y, 0.9*(1-float64(over.GrayAt(x, y).Y)/255)
			m.SetRGBA(x, y, color.RGBA{mix(v, ink.R, cover), mix(v, ink.G, cover), mix(v, ink.B, cover), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Print under a stamp is read as if there were none, and the stamp besides.
func TestStampsAreReadApart(t *testing.T) {
	letter := newSheet()
	for i, line := range letterLines {
		letter.write(11, 0.9, 1.2+0.4*float64(i), line)
	}
	for name, ink := range map[string]color.RGBA{"red": {200, 30, 45, 255}, "blue": {40, 70, 170, 255}, "green": {20, 120, 70, 255}} {
		t.Run(name, func(t *testing.T) {
			page := readOne(t, postroom.JPEG, inked(t, letter, stampSheet(), ink), 1)
			if !slices.Contains(page.Notes, stampNote) {
				t.Errorf("notes: %q", page.Notes)
			}
			text := strings.Join(strings.Fields(page.PlainText()), " ")
			for _, line := range letterLines[2:10] {
				if !strings.Contains(text, line) {
					t.Errorf("not read: %s", line)
				}
			}
			for _, word := range []string{"RECEIVED", "12 MAR 2026"} {
				if strings.Count(text, word) != 1 {
					t.Errorf("%q of the stamp was read %d times", word, strings.Count(text, word))
				}
			}
			for _, w := range page.Words {
				if x := float64(w.Box[0]+w.Box[2]) / 2 / page.Frame.DPI; w.Text == "RECEIVED" && (x < 3.2 || x > 5) {
					t.Errorf("RECEIVED stands %.1f inches from the left", x)
				}
			}
			if t.Failed() {
				t.Log(text[max(0, len(text)-160):])
			}
		})
	}
}

// Coloured letters, logos and marked lines are no stamps.
func TestColourIsNoStamp(t *testing.T) {
	blank := newSheet()
	marked := newSheet()
	for i := range 4 {
		marked.fill(0.9, 1.5+0.72*float64(i), 5, 1.7+0.72*float64(i), 0)
	}
	head := newSheet()
	head.write(20, 0.9, 0.7, "Northmoor General Hospital")
	head.fill(5.5, 0.3, 6.4, 0.9, 0)
	for name, c := range map[string]struct {
		black, over sheet
		ink         color.RGBA
	}{
		"a coloured letter": {blank, newSheet().letter(), color.RGBA{30, 50, 160, 255}},
		"a coloured head":   {newSheet().letter(), head, color.RGBA{180, 20, 30, 255}},
		"a highlighter":     {newSheet().letter(), marked, color.RGBA{255, 240, 60, 255}},
		"a stamp beside":    {blank, stampSheet(), color.RGBA{200, 30, 45, 255}},
	} {
		page, err := decode(rawPage{Encoded: inked(t, c.black, c.over, c.ink)}, 1e8)
		if err != nil {
			t.Fatal(err)
		}
		p, err := prepare(page)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.stamps) > 0 {
			t.Errorf("%s: %q", name, p.notes)
		}
		p.close()
	}
}
