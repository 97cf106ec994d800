package ocr

import (
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

const blackStampNote = "a stamp taken out of the print"

// over is the sheet with the black of another over it.
func (s sheet) over(t sheet) sheet {
	for i, v := range t.Pix {
		s.Pix[i] = min(s.Pix[i], v)
	}
	return s
}

// ring draws a ring; all in inches.
func (s sheet) ring(x, y, radius, pen float64) sheet {
	for row := int((y - radius) * sheetDPI); row < int((y+radius)*sheetDPI); row++ {
		for column := int((x - radius) * sheetDPI); column < int((x+radius)*sheetDPI); column++ {
			if d := math.Hypot(float64(column)/sheetDPI-x, float64(row)/sheetDPI-y); d < radius && d > radius-pen {
				s.SetGray(column, row, color.Gray{})
			}
		}
	}
	return s
}

func wideLetter() sheet {
	s := newSheet()
	for i, line := range letterLines {
		s.write(11, 0.9, 1.2+0.4*float64(i), line)
	}
	return s
}

// stampedLetter is a letter with a stamp nine degrees askew below it, whose frame crosses its last lines.
func stampedLetter() sheet {
	stamp := newSheet()
	stamp.write(22, 2.6, 6.3, "RECEIVED")
	stamp.write(16, 2.6, 6.62, "12 MAR 2026")
	stamp.frame(2.2, 5.55, 4.9, 6.92)
	return wideLetter().over(stamp.askew(-9))
}

// A stamp on a fax is read, and so is the print that its frame crosses.
func TestBlackStamp(t *testing.T) {
	for _, rows := range []float64{98, 196} {
		page := readOne(t, postroom.TIFF, tiff(204, rows, stampedLetter().rows(rows)), 1)
		if !slices.Contains(page.Notes, blackStampNote) {
			t.Errorf("%.0f rows: notes %q", rows, page.Notes)
		}
		score := Compare(strings.Join(letterLines, "\n")+"\nRECEIVED 12 MAR 2026", page.PlainText())
		t.Logf("%.0f rows: %+v", rows, score)
		if score.CharacterErrorRate() > 0.04 || !strings.Contains(page.PlainText(), "RECEIVED") {
			t.Errorf("%.0f rows: %+v: %q", rows, score, page.PlainText())
		}
	}
}

// A ring over print is taken out of it.
func TestRingOverPrint(t *testing.T) {
	for _, rows := range []float64{98, 196} {
		page := readOne(t, postroom.TIFF, tiff(204, rows, newSheet().letter().ring(3.5, 2.5, 0.8, 0.02).rows(rows)), 1)
		score := Compare(strings.Join(letterLines, "\n"), page.PlainText())
		if !slices.Contains(page.Notes, blackStampNote) {
			t.Errorf("%.0f rows: notes %q", rows, page.Notes)
		}
		t.Logf("%.0f rows: %+v", rows, score)
		if score.CharacterErrorRate() > 0.04 {
			t.Errorf("%.0f rows: %+v: %q", rows, score, page.PlainText())
		}
	}
}

// Level frames, headings, tables and a signature are no stamps.
func TestNoBlackStamp(t *testing.T) {
	framed := newSheet().letter()
	for _, y := range []float64{1.9, 2.4, 2.9} {
		framed.fill(0.7, y, 7.6, y+0.015, 0)
	}
	for _, x := range []float64{0.7, 3, 7.6} {
		framed.fill(x, 1.9, x+0.015, 2.915, 0)
	}
	headed := newSheet().letter()
	headed.write(30, 0.9, 0.8, "Northmoor General")
	signed := newSheet().letter()
	signed.write(10, 0.9, 5.4, "Doctor Featherstone")
	for x := 0.9; x < 2.4; x += 0.001 {
		y := 5.1 + 0.2*math.Sin(9*x)
		signed.fill(x, y, x+0.01, y+0.012, 0)
	}
	for name, s := range map[string]sheet{"frames": framed, "a heading": headed, "a signature": signed, "askew": wideLetter().askew(3)} {
		for _, rows := range []float64{98, 196} {
			page := readOne(t, postroom.TIFF, tiff(204, rows, s.rows(rows)), 1)
			if slices.Contains(page.Notes, blackStampNote) {
				t.Errorf("%s, %.0f rows: notes %q", name, rows, page.Notes)
			}
		}
	}
}
