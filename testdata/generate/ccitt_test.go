package generate

import (
	"bytes"
	"io"
	"testing"

	"golang.org/x/image/ccitt"
)

func noisyBits(r *Rand, w, h int) *Bits {
	b := NewBits(w, h)
	for y := range h {
		if y%5 == 0 {
			continue // white rows
		}
		if y%7 == 1 && y > 0 {
			copy(b.Row(y), b.Row(y-1)) // rows like the one above
			b.Set(r.Intn(w), y, true)
			continue
		}
		for x := 0; x < w; {
			run := r.Between(1, 1+r.Intn(1+r.Intn(w)))
			black := r.Chance(0.5)
			for i := x; i < x+run && i < w; i++ {
				b.Set(i, y, black)
			}
			x += run
		}
	}
	return b
}

// The pixels must come back from a decoder that others wrote.
func TestCCITTReadByAnotherDecoder(t *testing.T) {
	r := NewRand(1, "ccitt")
	for _, size := range [][2]int{{1728, 60}, {2432, 20}, {1, 9}, {7, 9}, {8, 9}, {65, 40}, {5300, 12}} {
		b := noisyBits(r, size[0], size[1])
		for coding, mode := range map[Coding]ccitt.SubFormat{G3: ccitt.Group3, G4: ccitt.Group4} {
			data := EncodeCCITT(b, 0, b.H, coding, 0)
			got, err := io.ReadAll(ccitt.NewReader(bytes.NewReader(data), ccitt.MSB, mode, b.W, b.H, nil))
			if err != nil {
				t.Fatalf("%v %v: %v", coding, size, err)
			}
			for i := range got {
				got[i] = ^got[i] // the decoder gives 1 for white
			}
			want := append([]byte(nil), b.Pix...)
			if b.W%8 != 0 {
				for y := range b.H {
					got[(y+1)*b.Stride-1] &= 0xFF << (8 - b.W%8)
				}
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%v %v: pixels differ", coding, size)
			}
		}
	}
}
