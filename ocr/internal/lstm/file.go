package lstm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The parts of a .traineddata file by their place in its table (TessdataType in
// Tesseract's src/ccutil/tessdatamanager.h).
const (
	partNetwork    = 17
	partPunctDawg  = 18
	partWordDawg   = 19
	partNumberDawg = 20
	partCharset    = 21
	partRecoder    = 22
)

// parts splits a .traineddata file: a count, an offset for each part (-1 where it
// is missing), and the parts. All numbers are little-endian.
func parts(file []byte) (map[int][]byte, error) {
	r := reader{b: file}
	n := int(r.uint32())
	if r.err != nil || n < partRecoder+1 || n > 64 {
		return nil, errors.New("it is no file of a tesseract model")
	}
	offsets := make([]int64, n)
	for i := range offsets {
		offsets[i] = int64(r.uint64())
	}
	if r.err != nil {
		return nil, r.err
	}
	out := map[int][]byte{}
	for i, from := range offsets {
		if from < 0 {
			continue
		}
		to := int64(len(file))
		for _, next := range offsets[i+1:] {
			if next >= 0 {
				to = next
				break
			}
		}
		if from > to || to > int64(len(file)) {
			return nil, fmt.Errorf("part %d lies outside of the file", i)
		}
		out[i] = file[from:to]
	}
	return out, nil
}

// A reader reads numbers from the front of its bytes. After the first error it gives zeros.
type reader struct {
	b   []byte
	err error
}

var errShort = errors.New("the file breaks off")

func (r *reader) bytes(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b) {
		if r.err == nil {
			r.err = errShort
		}
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) uint8() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) float64() float64 { return math.Float64frombits(r.uint64()) }

func (r *reader) string() string { return string(r.bytes(int(r.uint32()))) }
