package generate

import (
	"image"
	"math"
	"sort"
	"strings"
)

// draw makes a picture of a paper at dpi dots per inch both ways, w pixels wide
// and h high, with the sheet in the middle from left to right and at the top.
func (g *glyphs) draw(p *Paper, dpi float64, w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	c := &canvas{img, g, dpi / 72, (float64(w) - p.W*dpi/72) / 2}
	for _, m := range p.Marks {
		c.mark(m)
	}
	return img
}

type canvas struct {
	img   *image.Gray
	g     *glyphs
	scale float64 // pixels a point
	left  float64 // pixels
}

func (c *canvas) x(v float64) float64 { return float64(v*c.scale) + c.left }
func (c *canvas) y(v float64) float64 { return v * c.scale }

func (c *canvas) mark(m Mark) {
	switch m.Kind {
	case TextMark:
		if m.Turn != 0 {
			c.turnedText(m)
			return
		}
		c.text(m)
	case LineMark:
		pen := math.Max(1, m.Pen*c.scale)
		x, y, x2, y2 := c.x(m.X), c.y(m.Y), c.x(m.X2), c.y(m.Y2)
		if m.X == m.X2 || m.Y == m.Y2 {
			if m.X == m.X2 {
				x2 = x + pen
			} else {
				y2 = y + pen
			}
			c.fill(x, y, x2, y2, m.Grey)
			return
		}
		c.stroke([][2]float64{{x, y}, {x2, y2}}, pen, m.Grey)
	case FillMark:
		c.fill(c.x(m.X), c.y(m.Y), c.x(m.X2), c.y(m.Y2), m.Grey)
	case FrameMark:
		pen := math.Max(1, m.Pen*c.scale)
		x, y, x2, y2 := c.x(m.X), c.y(m.Y), c.x(m.X2), c.y(m.Y2)
		c.fill(x, y, x2, y+pen, m.Grey)
		c.fill(x, y2-pen, x2, y2, m.Grey)
		c.fill(x, y, x+pen, y2, m.Grey)
		c.fill(x2-pen, y, x2, y2, m.Grey)
	case RoundMark:
		c.ellipse(c.x(m.X), c.y(m.Y), c.x(m.X2), c.y(m.Y2), m.Grey)
	case CurveMark:
		points := make([][2]float64, len(m.Curve))
		for i, p := range m.Curve {
			points[i] = [2]float64{c.x(p[0]), c.y(p[1])}
		}
		c.stroke(smooth(points), math.Max(1.2, m.Pen*c.scale), m.Grey)
	}
}

// blend darkens towards ink by coverage (0 to 255).
func (c *canvas) blend(x, y int, coverage, ink byte) {
	if x < 0 || y < 0 || x >= c.img.Rect.Dx() || y >= c.img.Rect.Dy() {
		return
	}
	p := &c.img.Pix[y*c.img.Stride+x]
	*p = byte((int(*p)*(255-int(coverage)) + int(ink)*int(coverage) + 127) / 255)
}

func (c *canvas) text(m Mark) {
	size := int32(math.Round(m.Size * c.scale * 64))
	face := typefaceOf(m.Face)
	pen, base := c.x(m.X), int(math.Round(c.y(m.Y)))
	step := m.Size * c.scale / 1000
	for _, r := range m.Text {
		quarter := int(math.Floor(pen*4 + 0.5))
		if r != ' ' {
			d := c.g.get(glyphKey{m.Face, size, int8(quarter & 3), r})
			c.stampGlyph(d, quarter>>2+d.at.X, base+d.at.Y, m.Grey)
		}
		pen += float64(float64(face.width(r)) * step)
	}
}

func (c *canvas) stampGlyph(d *glyph, x, y int, ink byte) {
	for j := range d.h {
		for i, a := range d.pix[j*d.w : (j+1)*d.w] {
			if a != 0 {
				c.blend(x+i, y+j, a, ink)
			}
		}
	}
}

// turnedText draws text askew, letter by letter from an upright drawing.
func (c *canvas) turnedText(m Mark) {
	w, h := int(Width(m.Face, m.Size, m.Text)*c.scale)+4, int(m.Size*c.scale*1.5)
	flat := &canvas{image.NewGray(image.Rect(0, 0, w, h)), c.g, c.scale, 0}
	for i := range flat.img.Pix {
		flat.img.Pix[i] = 255
	}
	base := m.Size * 1.1
	flat.text(Mark{X: 1, Y: base, Face: m.Face, Size: m.Size, Text: m.Text})
	sin, cos := math.Sincos(m.Turn * math.Pi / 180)
	ox, oy := c.x(m.X), c.y(m.Y)
	reach := w + h
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			u := float64(float64(dx)*cos) - float64(float64(dy)*sin)
			v := float64(float64(dx)*sin) + float64(float64(dy)*cos) + base*c.scale
			x, y := int(u), int(v)
			if u >= 0 && v >= 0 && x < w && y < h {
				if p := flat.img.Pix[y*flat.img.Stride+x]; p < 255 {
					c.blend(int(ox)+dx, int(oy)+dy, 255-p, m.Grey)
				}
			}
		}
	}
}

func (c *canvas) fill(x, y, x2, y2 float64, ink byte) {
	l, t, r, b := int(math.Round(x)), int(math.Round(y)), int(math.Round(x2)), int(math.Round(y2))
	r, b = max(r, l+1), max(b, t+1)
	l, t = max(l, 0), max(t, 0)
	r, b = min(r, c.img.Rect.Dx()), min(b, c.img.Rect.Dy())
	for ; t < b; t++ {
		row := c.img.Pix[t*c.img.Stride:]
		for i := l; i < r; i++ {
			row[i] = min(row[i], ink)
			if ink > 200 {
				row[i] = ink
			}
		}
	}
}

func (c *canvas) ellipse(x, y, x2, y2 float64, ink byte) {
	cx, cy, rx, ry := (x+x2)/2, (y+y2)/2, (x2-x)/2, (y2-y)/2
	for j := int(y); j <= int(y2); j++ {
		for i := int(x); i <= int(x2); i++ {
			u, v := (float64(i)-cx)/rx, (float64(j)-cy)/ry
			if float64(u*u)+float64(v*v) <= 1 {
				c.blend(i, j, 255, ink)
			}
		}
	}
}

// stroke draws a line of round dots, closely spaced.
func (c *canvas) stroke(points [][2]float64, pen float64, ink byte) {
	r := pen / 2
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		steps := int(math.Hypot(b[0]-a[0], b[1]-a[1])/math.Max(r/2, 0.5)) + 1
		for s := range steps {
			t := float64(s) / float64(steps)
			cx, cy := a[0]+float64((b[0]-a[0])*t), a[1]+float64((b[1]-a[1])*t)
			for y := int(cy - r - 1); y <= int(cy+r+1); y++ {
				for x := int(cx - r - 1); x <= int(cx+r+1); x++ {
					d := r + 0.5 - math.Hypot(float64(x)-cx, float64(y)-cy)
					if d > 0 {
						c.blend(x, y, byte(math.Min(1, d)*255), ink)
					}
				}
			}
		}
	}
}

// smooth puts points between those of a freehand line (Catmull-Rom).
func smooth(p [][2]float64) [][2]float64 {
	if len(p) < 3 {
		return p
	}
	at := func(i int) [2]float64 { return p[min(max(i, 0), len(p)-1)] }
	var out [][2]float64
	for i := range len(p) - 1 {
		a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
		for s := range 6 {
			t := float64(s) / 6
			t2, t3 := float64(t*t), float64(t*t*t)
			var q [2]float64
			for k := range 2 {
				q[k] = 0.5 * (2*b[k] + float64((c[k]-a[k])*t) + float64((2*a[k]-5*b[k]+4*c[k]-d[k])*t2) + float64((3*b[k]-a[k]-3*c[k]+d[k])*t3))
			}
			out = append(out, q)
		}
	}
	return append(out, p[len(p)-1])
}

// lines returns the paper's printed text with places in ten thousandths of a
// picture of the given size in points, in which the sheet lies as draw lays it.
func (p *Paper) lines(w, h float64) []TrueLine {
	type piece struct {
		m    Mark
		line TrueLine
	}
	left := (w - p.W) / 2
	var pieces []piece
	for _, m := range p.Marks {
		if m.Kind != TextMark || m.Stamped {
			continue
		}
		box := [4]int{
			int(1e4 * (m.X + left) / w), int(1e4 * (m.Y - 0.75*m.Size) / h),
			int(1e4 * (m.X + left + Width(m.Face, m.Size, m.Text)) / w), int(1e4 * (m.Y + 0.22*m.Size) / h),
		}
		pieces = append(pieces, piece{m, TrueLine{strings.TrimSpace(m.Text), box, m.Field}})
	}
	// Pieces within two points are on one height.
	sort.SliceStable(pieces, func(i, j int) bool { return pieces[i].m.Y < pieces[j].m.Y })
	for i := 0; i < len(pieces); {
		j := i + 1
		for j < len(pieces) && pieces[j].m.Y-pieces[i].m.Y < 2 {
			j++
		}
		row := pieces[i:j]
		sort.SliceStable(row, func(a, b int) bool { return row[a].m.X < row[b].m.X })
		i = j
	}
	out := make([]TrueLine, len(pieces))
	for i, q := range pieces {
		out[i] = q.line
	}
	return out
}
