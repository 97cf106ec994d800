package generate

// Bits is a picture of one bit a pixel, as a fax machine sends it: eight
// pixels a byte, the first in the highest bit, 1 for black.
type Bits struct {
	W, H   int // pixels
	Stride int // bytes a row
	Pix    []byte
}

// NewBits returns a white picture.
func NewBits(w, h int) *Bits {
	stride := (w + 7) / 8
	return &Bits{W: w, H: h, Stride: stride, Pix: make([]byte, stride*h)}
}

// Black reports whether the pixel is black; what lies outside is white.
func (b *Bits) Black(x, y int) bool {
	if x < 0 || y < 0 || x >= b.W || y >= b.H {
		return false
	}
	return b.Pix[y*b.Stride+x>>3]&(0x80>>(x&7)) != 0
}

// Set makes a pixel black or white; what lies outside is ignored.
func (b *Bits) Set(x, y int, black bool) {
	if x < 0 || y < 0 || x >= b.W || y >= b.H {
		return
	}
	mask := byte(0x80 >> (x & 7))
	if black {
		b.Pix[y*b.Stride+x>>3] |= mask
	} else {
		b.Pix[y*b.Stride+x>>3] &^= mask
	}
}

// Row returns the bytes of row y.
func (b *Bits) Row(y int) []byte { return b.Pix[y*b.Stride : (y+1)*b.Stride] }

// changes appends to out the columns at which the row changes colour, starting
// from white, and ends it with the width three times: the changing elements of
// ITU-T T.4 section 4.2.1.1.
func changes(row []byte, w int, out []int) []int {
	out = out[:0]
	var last byte
	for i, c := range row {
		if (c == 0 && last == 0) || (c == 0xFF && last == 1) {
			continue
		}
		for bit := range 8 {
			x := i*8 + bit
			if x >= w {
				break
			}
			if v := c >> (7 - bit) & 1; v != last {
				out = append(out, x)
				last = v
			}
		}
	}
	return append(out, w, w, w)
}
