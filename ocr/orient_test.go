package ocr

import (
	"fmt"
	"math"
	"testing"

	"github.com/postroom/postroom"
)

// Pages of eight words, of capitals and of figures have too few ascenders and
// descenders to tell which way is up; their lines are looked at.
func TestSparsePagesAreTurnedUpright(t *testing.T) {
	pages := map[string][]string{
		"eight words": {"Please telephone the clinic", "about the appointment tomorrow"},
		"capitals":    {"REPORT OF THE LABORATORY", "SAMPLE TAKEN ON ARRIVAL", "NO FURTHER ACTION IS NEEDED"},
	}
	for name, lines := range pages {
		for _, turn := range []int{0, 90, 180, 270} {
			s := newSheet()
			for i, line := range lines {
				s.write(11, 1.2, 3+0.3*float64(i), line)
			}
			page := readOne(t, postroom.TIFF, tiff(204, 204, s.turned(turn)), 1)
			if want := (360 - turn) % 360; page.Rotation != want {
				t.Errorf("%s, put in turned by %d: turned by %d, not %d", name, turn, page.Rotation, want)
			}
		}
	}
}

// prepareSheet prepares a fax of the sheet as a child does, with nobody to ask.
func prepareSheet(t *testing.T, s sheet, dpiX, dpiY float64) *prepared {
	t.Helper()
	page, err := decode(rawPage{Encoded: tiff(dpiX, dpiY, s)}, 1e8)
	if err != nil {
		t.Fatal(err)
	}
	p, err := prepare(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}

// Text is made level to a tenth of a degree, on coarse and on fine faxes, however dirty.
func TestSkewIsFoundToATenthOfADegree(t *testing.T) {
	for _, skew := range []float64{-14.6, -6.3, -0.4, 0.25, 2.2, 11.8} {
		for _, rows := range []float64{98, 196} {
			t.Run(fmt.Sprintf("%g degrees at %g rows", skew, rows), func(t *testing.T) {
				p := prepareSheet(t, newSheet().letter().askew(skew).rows(rows).specks(0.002), 204, rows)
				if math.Abs(p.skew+skew) > 0.1 {
					t.Errorf("straightened by %.2f, not %.2f", p.skew, -skew)
				}
			})
		}
	}
}

// Nothing is turned out of the picture of a page that lies very much askew.
func TestCornersOfASkewedPage(t *testing.T) {
	p := prepareSheet(t, newSheet().letter().askew(9), 204, 204)
	there, ok := p.matrix.inverse()
	if !ok || math.Abs(p.skew+9) > 0.1 {
		t.Fatalf("straightened by %g", p.skew)
	}
	for _, corner := range [][2]float64{{0, 0}, {1728, 0}, {0, 2385}, {1728, 2385}} {
		x, y := there.apply(corner[0], corner[1])
		if x < -2 || y < -2 || x > float64(p.feed.Width())+2 || y > float64(p.feed.Height())+2 {
			t.Errorf("the corner at %v is at %.0f,%.0f of %d by %d", corner, x, y, p.feed.Width(), p.feed.Height())
		}
	}
}

func TestWhatHasNoLinesIsLeftAsItIs(t *testing.T) {
	s := newSheet()
	for i := range 14 { // marks without any order
		x, y := 1+math.Mod(float64(i)*2.37, 6), 1+math.Mod(float64(i)*3.91, 9)
		s.fill(x, y, x+0.05, y+0.08, 0)
	}
	if p := prepareSheet(t, s, 204, 204); p.skew != 0 || p.rotation != 0 {
		t.Errorf("turned by %d and straightened by %g", p.rotation, p.skew)
	}
}
