package generate

// A Coding is how the pixels of a fax page are coded.
type Coding int

const (
	G3    Coding = iota // ITU-T T.4, Modified Huffman, one dimension
	G3Two               // ITU-T T.4, Modified READ, two dimensions
	G4                  // ITU-T T.6, Modified Modified READ
	Plain               // not coded: TIFF compression 1
)

func (c Coding) String() string { return [...]string{"g3", "g3-2d", "g4", "plain"}[c] }

// EncodeCCITT codes the rows from top to bottom-1 of a picture.
//
// G3 writes an end-of-line code before each row and the six that end a page
// after the last, aligned to nothing, as machines send it; G3Two repeats a
// one-dimensional row every k rows (2 for standard, 4 for fine resolution,
// T.4 section 4.2.2). G4 ends with its end-of-block code.
// The bits come highest first; see ReverseBits for FillOrder 2.
func EncodeCCITT(b *Bits, top, bottom int, coding Coding, k int) []byte {
	w := &codeWriter{}
	reference := []int{b.W, b.W, b.W}
	var current []int
	if coding == Plain {
		return append([]byte(nil), b.Pix[top*b.Stride:bottom*b.Stride]...)
	}
	for y := top; y < bottom; y++ {
		current = changes(b.Row(y), b.W, current)
		switch coding {
		case G3:
			w.put(eol)
			w.rowOne(current, b.W)
		case G3Two:
			w.put(eol)
			if (y-top)%max(k, 1) == 0 {
				w.put(code{1, 1})
				w.rowOne(current, b.W)
			} else {
				w.put(code{0, 1})
				w.rowTwo(current, reference, b.W)
			}
		case G4:
			w.rowTwo(current, reference, b.W)
		}
		reference, current = current, reference
	}
	switch coding {
	case G3, G3Two:
		for range 6 {
			w.put(eol)
			if coding == G3Two {
				w.put(code{1, 1})
			}
		}
	case G4:
		w.put(eol)
		w.put(eol)
	}
	return w.finish()
}

// ReverseBits turns the bits of each byte round: FillOrder 2 of TIFF 6.0.
func ReverseBits(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		c = c>>4 | c<<4
		c = c>>2&0x33 | c<<2&0xCC
		out[i] = c>>1&0x55 | c<<1&0xAA
	}
	return out
}

type code struct {
	bits   uint32
	length uint
}

type codeWriter struct {
	out  []byte
	acc  uint64
	held uint
}

func (w *codeWriter) put(c code) {
	w.acc = w.acc<<c.length | uint64(c.bits)
	w.held += c.length
	for w.held >= 8 {
		w.held -= 8
		w.out = append(w.out, byte(w.acc>>w.held))
	}
}

func (w *codeWriter) finish() []byte {
	if w.held > 0 {
		w.put(code{0, 8 - w.held})
	}
	return w.out
}

func (w *codeWriter) run(length int, black bool) {
	terminating, makeUp := &whiteCodes, &whiteMakeUp
	if black {
		terminating, makeUp = &blackCodes, &blackMakeUp
	}
	for length >= 2560+64 {
		w.put(longMakeUp[12])
		length -= 2560
	}
	if length >= 1792 {
		w.put(longMakeUp[(length-1792)/64])
		length %= 64
	} else if length >= 64 {
		w.put(makeUp[length/64-1])
		length %= 64
	}
	w.put(terminating[length])
}

func (w *codeWriter) rowOne(current []int, width int) {
	at, black := 0, false
	for _, next := range current {
		w.run(next-at, black)
		at, black = next, !black
		if at >= width {
			return
		}
	}
}

// rowTwo codes a row against the row above it: T.4 section 4.2.1.3.
func (w *codeWriter) rowTwo(current, reference []int, width int) {
	a0, black := -1, false
	c, r := 0, 0 // the next changing elements
	for a0 < width {
		for c < len(current)-1 && current[c] <= a0 && current[c] < width {
			c++
		}
		// On a coded row, changes with an even index turn to black.
		if c%2 == 1 != black && current[c] < width {
			c++
		}
		a1 := current[c]
		// b1: the first change on the reference row right of a0 and to the colour opposite to a0's.
		for r > 0 && reference[r-1] > a0 {
			r--
		}
		for r < len(reference)-1 && reference[r] < width && (reference[r] <= a0 || (r%2 == 1) != black) {
			r++
		}
		b1 := reference[r]
		b2 := width
		if r+1 < len(reference) {
			b2 = reference[r+1]
		}
		switch d := a1 - b1; {
		case b2 < a1:
			w.put(code{1, 4}) // pass
			a0 = b2
		case d >= -3 && d <= 3:
			w.put(vertical[d+3])
			a0, black = a1, !black
		default:
			a2 := width
			if c+1 < len(current) {
				a2 = current[c+1]
			}
			w.put(code{1, 3}) // horizontal
			w.run(a1-max(a0, 0), black)
			w.run(a2-a1, !black)
			a0 = a2
		}
	}
}

var (
	eol      = code{1, 12}
	vertical = [7]code{{2, 7}, {2, 6}, {2, 3}, {1, 1}, {3, 3}, {3, 6}, {3, 7}} // VL3 to VR3
)
