package ocr

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
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
