package ocr

import (
	"image"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestLeaders(t *testing.T) {
	dots := func(x, y int, steps ...int) []image.Rectangle {
		out := []image.Rectangle{image.Rect(x, y, x+3, y+3)}
		for _, s := range steps {
			x += s
			out = append(out, image.Rect(x, y, x+3, y+3))
		}
		return out
	}
	letter := func(x, y int) []image.Rectangle { return []image.Rectangle{image.Rect(x, y, x+14, y+20)} }
	join := func(all ...[]image.Rectangle) (out []image.Rectangle) {
		for _, a := range all {
			out = append(out, a...)
		}
		return out
	}
	for name, c := range map[string]struct {
		parts []image.Rectangle
		want  int
	}{
		"a row of dots":              {dots(100, 500, 9, 9, 9, 9, 9, 9), 1},
		"one of which is lost":       {dots(100, 500, 9, 9, 18, 9, 9, 9), 1},
		"on two lines":               {join(dots(100, 500, 9, 9, 9, 9, 9), dots(100, 540, 9, 9, 9, 9, 9)), 2},
		"an ellipsis":                {dots(100, 500, 9, 9), 0},
		"specks":                     {dots(100, 500, 9, 23, 5, 31, 14, 8), 0},
		"a screen of dots":           {dots(100, 500, 3, 3, 3, 3, 3, 3), 0},
		"points between letters":     {join(dots(100, 517, 20, 20, 20, 20, 20), letter(104, 500), letter(124, 500), letter(144, 500), letter(164, 500), letter(184, 500)), 0},
		"rows of dots and a label":   {join(letter(60, 485), letter(80, 485), dots(100, 500, 9, 9, 9, 9, 9), letter(170, 485)), 1},
		"dots far apart, as bullets": {dots(100, 500, 60, 60, 60, 60, 60), 0},
	} {
		if got := leadersOf(c.parts, 204); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Rows of dots between labels and values are nothing that was written, and spoil no word beside them.
func TestFormWithLeaders(t *testing.T) {
	s := newSheet()
	s.write(12, 1, 1.2, "Community vaccination service: record for the surgery")
	rows := [][2]string{
		{"Given on", "08/03/26"}, {"Product", "Pneumococcal polysaccharide vaccine"}, {"Lot", "379A779A"}, {"Arm", "Left"},
		{"Route", "Intramuscular"}, {"Eligibility", "Carer"}, {"Vaccinator", "Miss D Oyelaran"}, {"Use by", "April 2027"},
	}
	for i, r := range rows {
		y := 1.8 + 0.2*float64(i)
		label := s.write(10, 1, y, r[0])
		from := float64(label.Max.X)/sheetDPI + 0.06
		s.write(10, from, y, strings.Repeat(".", int((2.8-from)*72/2.78)))
		s.write(10, 2.9, y, r[1])
	}
	for _, down := range []float64{204, 98} {
		page := readOne(t, postroom.TIFF, tiff(204, down, s.rows(down)), 1)
		text := page.PlainText()
		if strings.Contains(text, "..") {
			t.Errorf("%.0f rows to the inch: dots were read:\n%s", down, text)
		}
		for _, r := range rows {
			for _, part := range r {
				if !strings.Contains(text, part) {
					t.Errorf("%.0f rows to the inch: %q was not read:\n%s", down, part, text)
				}
			}
		}
	}
}
