package generate

import (
	"bytes"
	"math"
	"testing"
)

// rule is a sheet with one long line across.
func rule() *Paper {
	p := NewPaper(false)
	p.Line(60, 300, 530, 300, 3)
	return p
}

// slope returns the angle of the black pixels in degrees clockwise.
func slope(b *Bits, dpiX, dpiY float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for y := range b.H {
		for x := range b.W {
			if b.Black(x, y) {
				u, v := float64(x)/dpiX, float64(y)/dpiY
				n++
				sx, sy, sxx, sxy = sx+u, sy+v, sxx+u*u, sxy+u*v
			}
		}
	}
	return math.Atan((n*sxy-sx*sy)/(n*sxx-sx*sx)) * 180 / math.Pi
}

func TestSkewIsWhatTheTruthSays(t *testing.T) {
	for _, dpiY := range []float64{98, 196} {
		for _, skew := range []float64{-2, -0.5, 0, 1.3, 2} {
			for _, turned := range []bool{false, true} {
				c := Channel{DPIX: 204, DPIY: dpiY, Skew: skew, Turned: turned}
				b := c.send(newGlyphs(), NewRand(1, "skew"), rule())
				if got := slope(b, 204, dpiY); math.Abs(got-skew) > 0.03 {
					t.Errorf("skew %v at %v lines, turned %v: %v", skew, dpiY, turned, got)
				}
			}
		}
	}
}

func TestTurnedIsHalfATurn(t *testing.T) {
	c := Channel{DPIX: 204, DPIY: 98}
	up := c.send(newGlyphs(), NewRand(1, "x"), rule())
	c.Turned = true
	down := c.send(newGlyphs(), NewRand(1, "x"), rule())
	for y := range up.H {
		for x := range up.W {
			if up.Black(x, y) != down.Black(up.W-1-x, up.H-1-y) {
				t.Fatalf("pixel %d,%d", x, y)
			}
		}
	}
	if t1 := c.truth(rule(), PageRef{}, up.W, up.H); t1.Rotation != 180 {
		t.Errorf("rotation %d", t1.Rotation)
	}
}

// The header is written by the machine: straight, and upright on a page that lies upside down.
func TestHeaderIsNeitherTurnedNorSkewed(t *testing.T) {
	c := Channel{DPIX: 204, DPIY: 196, Header: "12/03/2026 09:14 MARLFIELD P. 01/03"}
	straight := c.send(newGlyphs(), NewRand(1, "x"), NewPaper(false))
	c.Turned, c.Skew = true, 2
	turned := c.send(newGlyphs(), NewRand(1, "x"), NewPaper(false))
	if !bytes.Equal(straight.Pix, turned.Pix) {
		t.Error("the header moved with the page")
	}
	black := 0
	for y := range straight.H {
		for x := range straight.W {
			if straight.Black(x, y) {
				black++
				if y > 60 {
					t.Fatal("there is ink below the header")
				}
			}
		}
	}
	if black < 1000 {
		t.Errorf("the header has %d pixels", black)
	}
}

// Boxes of the truth hold the ink of their text on an unskewed page.
func TestBoxesHoldTheirText(t *testing.T) {
	p := NewPaper(false)
	p.Write(Sans, 11, 100, 200, "NHS No: 999 000 0018")
	for _, dpiY := range []float64{98, 196} {
		c := Channel{DPIX: 204, DPIY: dpiY}
		b := c.send(newGlyphs(), NewRand(1, "x"), p)
		box := c.truth(p, PageRef{}, b.W, b.H).Lines[0].Box
		l, top, r, bottom := box[0]*b.W/1e4, box[1]*b.H/1e4, box[2]*b.W/1e4, box[3]*b.H/1e4
		inside := 0
		for y := range b.H {
			for x := range b.W {
				if !b.Black(x, y) {
					continue
				}
				if x < l-3 || x > r+3 || y < top-3 || y > bottom+3 {
					t.Fatalf("ink at %d,%d is outside %v", x, y, []int{l, top, r, bottom})
				}
				inside++
			}
		}
		if inside < 500 {
			t.Errorf("%d pixels of ink", inside)
		}
	}
}

func TestQualitiesDiffer(t *testing.T) {
	ink := map[Quality]int{}
	for _, q := range []Quality{Clean, Typical, Bad} {
		for seed := range uint64(12) {
			r := NewRand(seed, "q")
			c := NewChannel(r, q, 204, 98)
			c.Dither = false
			b := c.send(newGlyphs(), r, NewPaper(false))
			for y := range b.H {
				for x := range b.W {
					if b.Black(x, y) {
						ink[q]++
					}
				}
			}
		}
	}
	if ink[Clean] != 0 || ink[Typical] < 100 || ink[Bad] < 4*ink[Typical] {
		t.Errorf("ink on empty sheets: %v", ink)
	}
}
