package ocr

import (
	"image/color"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

const ditherNote = "the dots of gray grounds removed"

// tintedLetter has gray grounds behind its middle lines and its head, and a line between two of them.
func tintedLetter() sheet {
	s := newSheet()
	s.fill(0.6, 0.95, 7.9, 1.5, 190)
	s.fill(0.6, 1.9, 7.9, 2.9, 215)
	s.fill(0.6, 3.35, 7.9, 4.15, 170)
	return s.letter()
}

// bayer is the order in which a screen of four by four gets its dots.
var bayer = [4][4]int{{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}

// screened makes the sheet's grays dots of a screen.
func (s sheet) screened() sheet {
	for y := range s.Rect.Dy() {
		for x := range s.Rect.Dx() {
			s.SetGray(x, y, color.Gray{Y: boolGray(int(s.GrayAt(x, y).Y) >= (2*bayer[y%4][x%4]+1)*255/32)})
		}
	}
	return s
}

// strewn makes the sheet's grays dots by error diffusion (R. Floyd and L. Steinberg 1976).
func (s sheet) strewn() sheet {
	w, h := s.Rect.Dx(), s.Rect.Dy()
	row, next := make([]int, w+2), make([]int, w+2)
	for y := range h {
		for x := range w {
			v := int(s.GrayAt(x, y).Y) + row[x+1]/16
			white := v >= 128
			s.SetGray(x, y, color.Gray{Y: boolGray(white)})
			if white {
				v -= 255
			}
			row[x+2] += 7 * v
			next[x] += 3 * v
			next[x+1] += 5 * v
			next[x+2] += v
		}
		row, next = next, row
		clear(next)
	}
	return s
}

func boolGray(white bool) uint8 {
	if white {
		return 255
	}
	return 0
}

// Print on grounds of dots is read, whatever pattern the dots make.
func TestDither(t *testing.T) {
	for name, make := range map[string]func(sheet) sheet{"screen": sheet.screened, "error diffusion": sheet.strewn} {
		for _, rows := range []float64{98, 196} {
			page := readOne(t, postroom.TIFF, tiff(204, rows, make(tintedLetter().rows(rows))), 1)
			score := Compare(strings.Join(letterLines, "\n"), page.PlainText())
			if !slices.Contains(page.Notes, ditherNote) {
				t.Errorf("%s, %.0f rows: notes %q", name, rows, page.Notes)
			}
			t.Logf("%s, %.0f rows: %+v", name, rows, score)
			if score.CharacterErrorRate() > 0.05 {
				t.Errorf("%s, %.0f rows: %+v: %q", name, rows, score, page.PlainText())
			}
		}
	}
}

// Specks, and print with no ground, are none.
func TestNoDither(t *testing.T) {
	for name, s := range map[string]sheet{
		"a letter":           newSheet().letter(),
		"specks":             newSheet().letter().specks(0.004),
		"print in gray dots": newSheet().letter().lighter(110).strewn(),
	} {
		for _, rows := range []float64{98, 196} {
			page := readOne(t, postroom.TIFF, tiff(204, rows, s.rows(rows)), 1)
			if slices.Contains(page.Notes, ditherNote) {
				t.Errorf("%s, %.0f rows: notes %q", name, rows, page.Notes)
			}
		}
	}
}

// lighter returns the sheet with its darkest parts no darker than gray.
func (s sheet) lighter(gray uint8) sheet {
	for i, v := range s.Pix {
		s.Pix[i] = max(v, gray)
	}
	return s
}
