package ocr

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// However much white a page has, what is fed has the whole page's size, and leads back to where things stand on it.
func TestWhatIsFedHasTheWholePage(t *testing.T) {
	largest := func(p *tesseract.Pix) image.Point {
		box := slices.MaxFunc(p.Components(), func(a, b image.Rectangle) int { return a.Dx()*a.Dy() - b.Dx()*b.Dy() })
		return centre(box)
	}
	for _, rows := range []float64{196, 98} {
		for _, skew := range []float64{-1.4, 4} {
			for _, turn := range []int{0, 90} {
				s := newSheet()
				for i := range 6 {
					s.write(11, 1.5, 2.6+0.25*float64(i), "Thank you for asking us to see this patient")
				}
				s.fill(5, 5.4, 5.35, 5.75, 0)
				s = s.askew(skew).turned(turn).rows(rows)
				page, err := decode(rawPage{Encoded: tiff(204, rows, s)}, 1e8)
				if err != nil {
					t.Fatal(err)
				}
				arrived, width, height := page.pix.Clone(), float64(page.width)/204, float64(page.height)/rows
				upright := (360 - turn) % 360
				page.turn = &upright
				p, err := prepare(page)
				if err != nil {
					t.Fatal(err)
				}
				if turn%180 != 0 {
					width, height = height, width
				}
				left, top := 0, 0
				if math.Abs(p.skew) > 2 {
					left, top = corners(int(width*p.dpi), int(height*p.dpi), p.skew)
				}
				if dx, dy := float64(p.feed.Width()-2*left)-width*p.dpi, float64(p.feed.Height()-2*top)-height*p.dpi; math.Abs(dx) > 4 || math.Abs(dy) > 4 {
					t.Errorf("%v rows, askew by %v, turned by %d: %v x %v pixels more than the page has", rows, skew, turn, dx, dy)
				}
				bits, err := p.feed.Threshold(128)
				if err != nil {
					t.Fatal(err)
				}
				at, want := largest(bits), largest(arrived)
				if x, y := p.matrix.apply(float64(at.X), float64(at.Y)); math.Hypot(x-float64(want.X), y-float64(want.Y)) > 3 {
					t.Errorf("%v rows, askew by %v, turned by %d: what stands at %v is led back to %.0f, %.0f", rows, skew, turn, want, x, y)
				}
				for _, c := range []*tesseract.Pix{bits, arrived, p.feed} {
					c.Close()
				}
			}
		}
	}
}

// Looking at a quarter of the size first must not miss anything solid, wherever it lies.
func TestSolidPartsAreSeenInTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 12 {
		s := newSheet()
		x, y := 1+6*r.Float64(), 1+8*r.Float64()
		s.fill(x, y, x+0.129, y+0.134, 0)
		p := prepareBits(t, s)
		if parts, err := p.solidParts(); err != nil || len(parts) != 1 {
			t.Errorf("at %.3f, %.3f inches: %v, %v", x, y, parts, err)
		}
		p.pix.Close()
	}
	p := prepareBits(t, newSheet().letter())
	defer p.pix.Close()
	if parts, err := p.solidParts(); err != nil || len(parts) != 0 {
		t.Errorf("a letter: %v, %v", parts, err)
	}
}

func prepareBits(t *testing.T, s sheet) *workpiece {
	t.Helper()
	page, err := decode(rawPage{Encoded: tiff(204, 196, s.rows(196))}, 1e8)
	if err != nil {
		t.Fatal(err)
	}
	return &workpiece{pix: page.pix, back: inPlace, dpiX: 204, dpiY: 196}
}
