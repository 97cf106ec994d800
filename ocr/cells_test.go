package ocr

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// cells draws text with a box around each character, as forms have them.
func (s sheet) cells(x, y, wide, high float64, text string) {
	const pen = 0.011
	for i, c := range text {
		left := x + float64(i)*wide
		s.fill(left, y, left+pen, y+high, 0)
		s.write(12, left+wide*0.28, y+high*0.76, string(c))
	}
	right := x + float64(len(text))*wide
	s.fill(right, y, right+pen, y+high, 0)
	s.fill(x, y, right, y+pen, 0)
	s.fill(x, y+high-pen, right+pen, y+high, 0)
}

// A form's boxes for single digits are no letters, and what stands in them is kept.
func TestDigitsInBoxesAreRead(t *testing.T) {
	for _, skew := range []float64{0, 1.3} {
		s := newSheet().letter()
		s.write(11, 1, 6.2, "NHS number:")
		s.cells(2.2, 6.0, 0.24, 0.28, "9990051234")
		s.write(11, 1, 7.2, "Date of birth:")
		s.cells(2.2, 7.0, 0.24, 0.28, "14071958")
		page := readOne(t, postroom.TIFF, tiff(204, 204, s.askew(skew)), 1)
		got := strings.Join(strings.Fields(page.PlainText()), "")
		if !strings.Contains(got, "9990051234") || !strings.Contains(got, "14071958") {
			t.Errorf("askew by %g: read %q", skew, page.PlainText())
		}
		if !strings.Contains(strings.Join(page.Notes, " "), "boxes around single digits removed") {
			t.Errorf("notes %q", page.Notes)
		}
	}
}

// Letters that look like lines are no sides of boxes, even under a rule.
func TestThinLettersStay(t *testing.T) {
	const text = "Ill will fill 1111 Hill-fit till llI11"
	s := newSheet().letter()
	s.fill(0.9, 5.985, 6.5, 5.995, 0)
	s.write(20, 1, 6.3, text)
	s.fill(0.9, 6.32, 6.5, 6.33, 0)
	p := prepareSheet(t, s, 204, 204)
	for _, n := range p.notes {
		if strings.Contains(n, "boxes") {
			t.Errorf("took letters for boxes: %q", p.notes)
		}
	}
}
