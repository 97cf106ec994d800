package generate

import (
	"fmt"
	"image"
	"math"
)

// A Quality says how well pages are sent.
type Quality string

const (
	Clean   Quality = "clean"   // as from a fax server: no noise, no skew
	Typical Quality = "typical" // a machine in a corridor
	Bad     Quality = "bad"     // an old machine, a bad line, a copy of a copy
	Mixed   Quality = "mixed"   // of a corpus: a quarter clean, half typical, a quarter bad
)

// A Channel is what happens to a page between paper and file. Its zero value
// with DPIX and DPIY set changes nothing.
type Channel struct {
	DPIX, DPIY float64
	Turned     bool    // put in upside down
	Skew       float64 // degrees clockwise
	Shift      float64 // points to the right
	Light      float64 // 0 to 1: how much the print fades
	Blur       int     // how often a 3x3 mean runs over the scan
	Grain      int     // amplitude of the scanner's noise in grey levels
	Paper      byte    // grey of the paper; 0 counts as 255
	Cut        int     // threshold; 0 counts as 128
	Dither     bool    // error diffusion instead of a threshold
	Gain       int     // 1 makes strokes a pixel fatter, -1 thinner
	Specks     int     // a page, at 204x196
	Dropped    int     // rows repeated or lost
	BlackEdge  int     // pixels of black down one side
	Streaks    int     // vertical lines from dirt on the glass
	Header     string  // the line that the sending machine writes
	Header2    string  // and one that a relaying machine wrote above it
}

// NewChannel draws a channel of the quality at the given resolution.
func NewChannel(r *Rand, q Quality, dpiX, dpiY float64) Channel {
	c := Channel{DPIX: dpiX, DPIY: dpiY, Paper: 255, Cut: 128}
	switch q {
	case Clean:
		c.Cut = r.Between(140, 170)
	case Typical:
		c.Skew = r.Within(-0.9, 0.9)
		c.Shift = r.Within(-4, 4)
		c.Grain = r.Between(4, 14)
		c.Paper = byte(r.Between(238, 252))
		c.Cut = r.Between(130, 170)
		c.Specks = r.Between(10, 260)
		c.Blur = r.Intn(2)
		c.Dither = r.Chance(0.08)
		c.Dropped = pick(r, []int{0, 0, 0, 1, 2, 4})
		if r.Chance(0.12) {
			c.Light = r.Within(0.1, 0.3)
		}
		if r.Chance(0.1) {
			c.BlackEdge = r.Between(4, 18)
		}
		if r.Chance(0.06) {
			c.Streaks = 1
		}
		c.Turned = r.Chance(0.03)
	case Bad:
		c.Skew = r.Within(-2, 2)
		c.Shift = r.Within(-8, 8)
		c.Grain = r.Between(12, 30)
		c.Paper = byte(r.Between(222, 245))
		c.Cut = r.Between(118, 165)
		c.Specks = r.Between(300, 3000)
		c.Blur = r.Between(0, 2)
		c.Dither = r.Chance(0.15)
		c.Gain = pick(r, []int{0, 0, 0, 1, -1})
		c.Dropped = r.Between(0, 14)
		if r.Chance(0.35) {
			c.Light = r.Within(0.15, 0.45)
		}
		if r.Chance(0.35) {
			c.BlackEdge = r.Between(6, 40)
		}
		if r.Chance(0.25) {
			c.Streaks = r.Between(1, 3)
		}
		c.Turned = r.Chance(0.08)
	}
	return c
}

// FaxWidth is the pixels in a row of a fax (ITU-T T.4: A4, 215 mm).
const FaxWidth = 1728

// faxSize returns the picture's size for a sheet: fax rows are 1728 pixels at
// 204 dpi; a scan is as wide as the sheet.
func (c Channel) faxSize(p *Paper) (w, h int) {
	w = int(math.Round(p.W / 72 * c.DPIX))
	if c.DPIX == 204 {
		w = FaxWidth
	}
	return w, int(math.Round(p.H / 72 * c.DPIY))
}

// scan makes the grey picture that the sending scanner sees.
func (c Channel) scan(g *glyphs, r *Rand, p *Paper) *image.Gray {
	w, h := c.faxSize(p)
	square := int(math.Round(p.H / 72 * c.DPIX))
	src := g.draw(p, c.DPIX, w, square)
	for range c.Blur {
		blur(src)
	}
	return c.warp(r, src, w, h)
}

// warp turns, shifts and scales src to w by h pixels and adds the paper's grey,
// the fading and the grain. All arithmetic on pixels is in integers, so that
// every processor makes the same bytes.
func (c Channel) warp(r *Rand, src *image.Gray, w, h int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, w, h))
	paper := int(c.Paper)
	if paper == 0 {
		paper = 255
	}
	var tone [256]byte
	light := int(c.Light * 256)
	for i := range tone {
		v := i + (255-i)*light/256
		tone[i] = byte(v * paper / 255)
	}
	noise := grain(r, c.Grain)
	sw, sh := src.Rect.Dx(), src.Rect.Dy()
	sin, cos := math.Sincos(-c.Skew * math.Pi / 180)
	ratio := float64(sh) / float64(h)
	dxx, dxy := int(cos*65536), int(sin*65536) // a step to the right
	double := ratio > 1.5
	for y := range h {
		v := (float64(y)+0.5)*ratio - float64(sh)/2
		u := 0.5 - float64(w)/2 - c.Shift*c.DPIX/72
		sx := int((float64(u*cos) - float64(v*sin) + float64(sw)/2 - 0.5) * 65536)
		sy := int((float64(u*sin) + float64(v*cos) + float64(sh)/2 - 0.5) * 65536)
		row := out.Pix[y*out.Stride : y*out.Stride+w]
		n := r.Intn(len(noise) - w)
		for x := range row {
			var p int
			ix, iy := sx>>16, sy>>16
			if ix >= 0 && iy >= 0 && ix < sw-1 && iy < sh-1 {
				at := iy*src.Stride + ix
				a, b := int(src.Pix[at]), int(src.Pix[at+1])
				d, e := int(src.Pix[at+src.Stride]), int(src.Pix[at+src.Stride+1])
				if a&b&d&e == 255 {
					p = 255
				} else {
					fx, fy := sx&0xFFFF, sy&0xFFFF
					if double {
						fy = 32768 // a coarse row sees both fine rows under it
					}
					top := a + (b-a)*fx>>16
					low := d + (e-d)*fx>>16
					p = top + (low-top)*fy>>16
				}
			} else {
				p = 255
			}
			p = int(tone[p&255]) + int(noise[n+x])
			row[x] = byte(max(0, min(255, p)))
			sx += dxx
			sy += dxy
		}
	}
	if c.Turned {
		for i, j := 0, len(out.Pix)-1; i < j; i, j = i+1, j-1 {
			out.Pix[i], out.Pix[j] = out.Pix[j], out.Pix[i]
		}
	}
	return out
}

// grain returns a strip of noise, roughly normal, to be laid over rows at random places.
func grain(r *Rand, amplitude int) []int8 {
	out := make([]int8, 1<<15)
	if amplitude == 0 {
		return out
	}
	for i := range out {
		v := r.next()
		sum := int(v&0xFF) + int(v>>8&0xFF) + int(v>>16&0xFF) + int(v>>24&0xFF) - 510
		out[i] = int8(max(-127, min(127, sum*amplitude/148)))
	}
	return out
}

func blur(img *image.Gray) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	above := append([]byte(nil), img.Pix[:w]...)
	line := make([]byte, w)
	for y := 1; y < h-1; y++ {
		row, below := img.Pix[y*img.Stride:], img.Pix[(y+1)*img.Stride:]
		copy(line, row[:w])
		left := int(above[0]) + int(line[0])*2 + int(below[0])
		here := int(above[1]) + int(line[1])*2 + int(below[1])
		for x := 1; x < w-1; x++ {
			right := int(above[x+1]) + int(line[x+1])*2 + int(below[x+1])
			row[x] = byte((left + 2*here + right) >> 4)
			left, here = here, right
		}
		above, line = line, above
	}
}

// Send puts a paper through the channel.
func (c Channel) send(g *glyphs, r *Rand, p *Paper) *Bits {
	grey := c.scan(g, r, p)
	var b *Bits
	if c.Dither {
		b = diffuse(grey, int(c.Paper)-c.Grain)
	} else {
		b = threshold(grey, c.Cut)
	}
	switch {
	case c.Gain > 0:
		b.fatten()
	case c.Gain < 0:
		b.thin()
	}
	c.dirty(r, b)
	c.header(g, b)
	c.drop(r, b)
	return b
}

func threshold(img *image.Gray, cut int) *Bits {
	if cut == 0 {
		cut = 128
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	b := NewBits(w, h)
	for y := range h {
		row, out := img.Pix[y*img.Stride:y*img.Stride+w], b.Row(y)
		for x, v := range row {
			if int(v) < cut {
				out[x>>3] |= 0x80 >> (x & 7)
			}
		}
	}
	return b
}

// diffuse makes grey of black dots (Floyd and Steinberg's error diffusion).
// Grey from white on is lifted to white first, as machines do; else paper that
// is not quite white would be covered with dots.
func diffuse(img *image.Gray, white int) *Bits {
	if white <= 0 {
		white = 250
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	b := NewBits(w, h)
	here, next := make([]int, w+2), make([]int, w+2)
	for y := range h {
		row, out := img.Pix[y*img.Stride:y*img.Stride+w], b.Row(y)
		clear(next)
		for x, v := range row {
			want := min(255, int(v)*255/white) + here[x+1]/16
			got := 255
			if want < 128 {
				got = 0
				out[x>>3] |= 0x80 >> (x & 7)
			}
			e := want - got
			here[x+2] += e * 7
			next[x] += e * 3
			next[x+1] += e * 5
			next[x+2] += e
		}
		here, next = next, here
	}
	return b
}

// fatten blackens the right neighbour of each black pixel.
func (b *Bits) fatten() {
	for y := range b.H {
		row := b.Row(y)
		var carry byte
		for i, v := range row {
			row[i] = v | v>>1 | carry
			carry = v << 7
		}
	}
}

// thin whitens black pixels whose left neighbour is white.
func (b *Bits) thin() {
	for y := range b.H {
		row := b.Row(y)
		var carry byte
		for i, v := range row {
			row[i] = v & (v>>1 | carry)
			carry = v << 7
		}
	}
}

// dirty adds specks, black edges and streaks.
func (c Channel) dirty(r *Rand, b *Bits) {
	specks := int(float64(c.Specks) * float64(b.W*b.H) / (1728 * 2291))
	for range specks {
		x, y := r.Intn(b.W), r.Intn(b.H)
		black := !b.Black(x, y) || r.Chance(0.5)
		b.Set(x, y, black)
		if r.Chance(0.4) {
			b.Set(x+1, y, black)
		}
		if r.Chance(0.25) {
			b.Set(x, y+1, black)
			b.Set(x+1, y+1, black)
		}
	}
	if c.BlackEdge > 0 {
		left := r.Chance(0.5)
		width := c.BlackEdge
		for y := range b.H {
			if y%9 == 0 {
				width = max(1, min(2*c.BlackEdge, width+r.Between(-1, 1)))
			}
			for x := range width {
				if left {
					b.Set(x, y, true)
				} else {
					b.Set(b.W-1-x, y, true)
				}
			}
		}
	}
	for range c.Streaks {
		x := r.Intn(b.W)
		for y := range b.H {
			if r.Chance(0.9) {
				b.Set(x, y, true)
			}
			if r.Chance(0.01) {
				x += r.Between(-1, 1)
			}
		}
	}
}

// header writes the lines of the machines on top of the picture, over what is there.
func (c Channel) header(g *glyphs, b *Bits) {
	y := 2.5
	for _, text := range []string{c.Header2, c.Header} {
		if text == "" {
			continue
		}
		line := &Paper{W: float64(b.W) / c.DPIX * 72, H: 10}
		line.Write(MonoBold, 8, 14, 8, text)
		square := g.draw(line, c.DPIX, b.W, int(10.0/72*c.DPIX))
		rows := int(10.0 / 72 * c.DPIY)
		top := int(y / 72 * c.DPIY)
		for j := range rows {
			v := j * square.Rect.Dy() / rows
			if top+j >= b.H {
				break
			}
			clear(b.Row(top + j))
			for x := range b.W {
				if square.Pix[v*square.Stride+x] < 120 {
					b.Set(x, top+j, true)
				}
			}
		}
		y += 10
	}
}

// drop repeats the row above where a row was lost on the line, as receivers do.
func (c Channel) drop(r *Rand, b *Bits) {
	for range c.Dropped {
		y, n := r.Between(1, b.H-2), r.Between(1, 3)
		for i := y; i < min(y+n, b.H); i++ {
			copy(b.Row(i), b.Row(y-1))
		}
	}
}

// HeaderLine returns the line that a fax machine writes: ITU-T recommends date,
// time, sender and page number, and every maker arranges them otherwise.
func HeaderLine(style int, date, clock, sender, number string, page, of int) string {
	switch style % 5 {
	case 0:
		return fmt.Sprintf("%s  %s   %s   %s          P. %02d/%02d", date, clock, sender, number, page, of)
	case 1:
		return fmt.Sprintf("FROM: %s   FAX NO. :%s    %s %s   P%d", sender, number, date, clock, page)
	case 2:
		return fmt.Sprintf("%s %s FAX %s   %s      %04d/%04d", date, clock, number, sender, page, of)
	case 3:
		return fmt.Sprintf("Fax from : %s   %s      %s %s   Pg: %d/%d", number, sender, date, clock, page, of)
	default:
		return fmt.Sprintf("%s %s  %s -> %s                PAGE %d OF %d", date, clock, sender, number, page, of)
	}
}
