package ocr

import (
	"image"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Where capitals and figures lie upside down below upright header lines of fax machines, what letters look like tells nothing, and
// the lines that are looked at are the machines'.
func TestPagesOfWhichNothingIsReadAreTurnedOver(t *testing.T) {
	s := newSheet()
	for i, line := range []string{"CLINIC 31/10/2026 AT 10:40", "NO 999 012 3454", "BORN 12/06/1951", "UNIT 4A BED 17", "RESULT 139 4.6 88 5.1", "REPEAT ON 14/11/2026", "SEEN BY SISTER ABIOLA ON WARD 12"} {
		for k := range 4 { // in two columns, twice
			s.write(11, 1+1.6*float64(k%2), 2+0.25*float64(i)+3*float64(k/2), line[:min(len(line), 16)])
		}
	}
	s = s.turned(180)
	for i, line := range []string{"04/03/2026 04:12  ASHCOMBE SWITCH  0161 496 0200  P. 05/05", "04-Mar-2026 16:47  VALEDOC URGENT CARE -> 0114 496 0432  PAGE 5 OF 5"} {
		s.write(10, 0.4, 0.3+0.2*float64(i), line)
	}
	page := readOne(t, postroom.TIFF, tiff(204, 196, s.rows(196)), 1)
	text := page.PlainText()
	if page.Rotation != 180 || !strings.Contains(strings.Join(page.Notes, " "), "nearly nothing could be read") || !strings.Contains(text, "999 012 3454") {
		t.Errorf("turned by %d degrees, read with %.2f: %v\n%s", page.Rotation, page.Confidence, page.Notes, text)
	}
}

// A badReader reads a page badly, and the second time as it is told.
type badReader struct {
	readings int
	first    float64 // how sure it is the first time
	words    int
	sure     float64
}

func (*badReader) Close() error { return nil }

func (r *badReader) Recognise(*tesseract.Pix) (out []tesseract.Word, notes []string, err error) {
	n, sure := 40, r.first
	if r.readings++; r.readings > 1 {
		n, sure = r.words, r.sure
	}
	for i := range n { // all over the page, so that they cover its letters
		high := 2385 / (n / 5)
		x, y := 345*(i%5), high*(i/5)
		out = append(out, tesseract.Word{Text: "Whitcombe", Confidence: 100 * sure, Box: image.Rect(x, y, x+345, y+high), Line: i / 5, Block: 1})
	}
	return out, notes, nil
}

// The second reading counts only when it is far better, and is made only when there is time for it.
func TestTheFirstReadingStands(t *testing.T) {
	for name, c := range map[string]struct {
		first    float64
		words    int
		sure     float64
		time     time.Duration
		readings int
		turned   bool
	}{
		"far better":       {0.3, 40, 0.95, time.Hour, 2, true},
		"twice as good":    {0.15, 40, 0.35, time.Hour, 2, true},
		"bad either way":   {0.08, 40, 0.2, time.Hour, 2, false},
		"a little better":  {0.3, 40, 0.4, time.Hour, 2, false},
		"a few sure words": {0.3, 10, 0.95, time.Hour, 2, false},
		"no time is left":  {0.3, 40, 0.95, time.Nanosecond, 1, false},
	} {
		r := &badReader{first: c.first, words: c.words, sure: c.sure}
		page, err := readPage(rawPage{Encoded: tiff(204, 204, newSheet().letter()), pageTime: c.time}, r, nil, 1e8)
		if err != nil {
			t.Fatal(err)
		}
		if r.readings != c.readings || (page.Rotation == 180) != c.turned || !c.turned && len(page.Words) != 40 {
			t.Errorf("%s: read %d times, turned by %d, %d words", name, r.readings, page.Rotation, len(page.Words))
		}
	}
	// Nor is a page turned over of which a person has said how it lies.
	r, upright := &badReader{first: 0.3, words: 40, sure: 0.95}, 0
	if page, err := readPage(rawPage{Encoded: tiff(204, 204, newSheet().letter()), upright: &upright, why: personSaid}, r, nil, 1e8); err != nil || r.readings != 1 || page.Rotation != 0 {
		t.Errorf("read %d times, turned by %d, %v", r.readings, page.Rotation, err)
	}
}
