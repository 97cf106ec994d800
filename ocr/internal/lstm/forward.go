//go:build cgo

package lstm

// #cgo CFLAGS: -O2 -std=c11 -D_POSIX_C_SOURCE=200809L
// #cgo LDFLAGS: -lm
// #include "forward.h"
import "C"

// With -std=c11, GCC does not join a product and a sum to one rounded operation by itself,
// which it would do for one processor and not for another.

import (
	"errors"
	"runtime"
	"slices"
	"unsafe"
)

// A dense is a matrix in C's memory.
type dense struct{ c *C.lstm_dense }

func newDense(kind int, w weights) (dense, error) {
	c := C.lstm_dense_new(C.int(kind), C.int(w.ni), C.int(w.no), (*C.int8_t)(unsafe.Pointer(&w.w[0])), (*C.float)(unsafe.Pointer(&w.scale[0])))
	if c == nil {
		return dense{}, errMemory
	}
	return dense{c}, nil
}

var errMemory = errors.New("there is no memory for the network")

// An engine is a network ready to run.
type engine struct {
	net      network
	convolve dense
	down     dense
	along    []dense
	softmax  dense
}

// Kinds of processors, of which each does what those before it do.
const (
	portable = C.LSTM_PORTABLE
	avx512   = C.LSTM_AVX512
)

func bestKind() int { return int(C.lstm_best_kind()) }

func newEngine(n network, kind int) (*engine, error) {
	e := &engine{net: n}
	runtime.SetFinalizer(e, (*engine).close)
	var err error
	make := func(w weights) dense {
		d, e := newDense(kind, w)
		err = errors.Join(err, e)
		return d
	}
	e.convolve, e.down, e.softmax = make(n.convolve), make(n.down.weights), make(n.softmax)
	for _, l := range n.along {
		e.along = append(e.along, make(l.weights))
	}
	return e, err
}

func (e *engine) close() {
	for _, d := range append([]dense{e.convolve, e.down, e.softmax}, e.along...) {
		C.lstm_dense_free(d.c)
	}
	e.along, e.convolve, e.down, e.softmax = nil, dense{}, dense{}, dense{}
}

// top is how many classes of a column are kept.
const top = 8

// A column is what the network says of three columns of pixels: the classes
// that it may be, the most likely first.
type column struct {
	class [top]uint16
	prob  [top]float32
}

// run has the network look at the lines, each of the network's height, a byte (128 plus
// 127 times a value from -1 to 1) a pixel, row by row. It returns the columns of each.
func (e *engine) run(lines []pixels) ([][]column, error) {
	order := make([]int, 0, len(lines))
	out := make([][]column, len(lines))
	total := 0
	for i, l := range lines {
		if l.width >= 3 {
			order = append(order, i)
			total += l.width / 3
		}
	}
	if total == 0 {
		return out, nil
	}
	// The longest first: lines of about a length go side by side.
	slices.SortStableFunc(order, func(a, b int) int { return lines[b].width - lines[a].width })

	n := &e.net
	rows := n.height / 3
	features := n.convolve.no
	pooled := make([]byte, rows*total*features)
	columns := make([]C.lstm_sequence, total)
	along := make([]C.lstm_sequence, len(order))
	at := 0
	for k, i := range order {
		w := lines[i].width / 3
		if C.lstm_convolve_pool(e.convolve.c, bytePointer(lines[i].data), C.int(n.height), C.int(lines[i].width),
			bytePointer(pooled[at*rows*features:])) != 0 {
			return nil, errMemory
		}
		for x := range w {
			columns[at+x] = C.lstm_sequence{first: C.int32_t(at*rows + x), step: C.int32_t(w), len: C.int32_t(rows)}
		}
		along[k] = C.lstm_sequence{first: C.int32_t(at), step: 1, len: C.int32_t(w)}
		at += w
	}
	x := make([]byte, total*n.down.ns)
	if C.lstm_layer(e.down.c, C.int(n.down.ni), C.int(n.down.ns), bytePointer(pooled), &columns[0], C.int(total), 1, bytePointer(x)) != 0 {
		return nil, errMemory
	}
	for i, l := range n.along {
		seq := along
		if l.backward {
			seq = make([]C.lstm_sequence, len(along))
			for k, s := range along {
				seq[k] = C.lstm_sequence{first: s.first + s.len - 1, step: -1, len: s.len}
			}
		}
		y := make([]byte, total*l.ns)
		if C.lstm_layer(e.along[i].c, C.int(l.ni), C.int(l.ns), bytePointer(x), &seq[0], C.int(len(seq)), 0, bytePointer(y)) != 0 {
			return nil, errMemory
		}
		x = y
	}
	classes, probs := make([]uint16, total*top), make([]float32, total*top)
	if C.lstm_softmax(e.softmax.c, bytePointer(x), C.int(total), top, (*C.uint16_t)(unsafe.Pointer(&classes[0])), (*C.float)(unsafe.Pointer(&probs[0]))) != 0 {
		return nil, errMemory
	}
	runtime.KeepAlive(e)
	all := make([]column, total)
	for t := range all {
		copy(all[t].class[:], classes[t*top:])
		copy(all[t].prob[:], probs[t*top:])
	}
	at = 0
	for _, i := range order {
		w := lines[i].width / 3
		out[i] = all[at : at+w : at+w]
		at += w
	}
	return out, nil
}

func bytePointer(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(&b[0])) }
