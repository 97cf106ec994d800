package tesseract

import "math/bits"

// Bits are the pixels of a 1-bit image.
type Bits struct {
	Width, Height int
	words         []uint32 // the first pixel of 32 is the highest bit
	perLine       int
}

// Black reports whether the pixel is black; outside the image none is.
func (b Bits) Black(x, y int) bool {
	if x < 0 || y < 0 || x >= b.Width || y >= b.Height {
		return false
	}
	return b.words[y*b.perLine+x>>5]>>(31-x&31)&1 != 0
}

// Edges appends to out where the colour changes in a row, from the left: the first pixel of the
// first black run, the first after it, and so on. Their number is even.
func (b Bits) Edges(y int, out []int) []int {
	last := uint32(0) // the pixel before, in the highest bit
	for i, w := range b.words[y*b.perLine : (y+1)*b.perLine] {
		for change := w ^ (w>>1 | last); change != 0; {
			n := bits.LeadingZeros32(change)
			out = append(out, min(i*32+n, b.Width))
			change &^= 1 << (31 - n)
		}
		last = w << 31
	}
	if len(out)%2 == 1 {
		out = append(out, b.Width)
	}
	return out
}
