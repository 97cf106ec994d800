//go:build cgo

package tesseract

// #cgo pkg-config: tesseract lept
// #cgo CXXFLAGS: -std=c++17 -O2
// #include <stdlib.h>
// #include <leptonica/allheaders.h>
// #include "layout.h"
import "C"

import (
	"errors"
	"image"
	"unsafe"
)

// A Layout finds where text stands on pages. It needs no model.
type Layout struct{ c unsafe.Pointer }

// NewLayout makes one.
func NewLayout() (*Layout, error) {
	c := C.layout_new()
	if c == nil {
		return nil, ErrMemory
	}
	return &Layout{c}, nil
}

// Close frees what it holds.
func (l *Layout) Close() {
	if l != nil && l.c != nil {
		C.layout_free(l.c)
		l.c = nil
	}
}

// Find returns the runs of letters in the order in which they are read.
func (l *Layout) Find(p *Pix, mode Mode) ([]Run, error) {
	dpi := 0
	if x, _ := p.Resolution(); x >= 70 && x <= 2400 {
		dpi = int(x + 0.5)
	}
	var runs *C.layout_run
	n := int(C.layout_find(l.c, unsafe.Pointer(p.c), C.int(dpi), C.int(mode), &runs))
	if n < 0 {
		return nil, errors.New("the analysis of the page's layout broke off")
	}
	defer C.free(unsafe.Pointer(runs))
	out := make([]Run, n)
	for i, r := range unsafe.Slice(runs, n) {
		out[i] = Run{
			Box:   image.Rect(int(r.left), int(r.top), int(r.right), int(r.bottom)),
			Block: int(r.block), Line: int(r.line),
			Baseline: (float64(r.base_left) + float64(r.base_right)) / 2,
			XHeight:  float64(r.x_height), Ascender: float64(r.ascender), Descender: float64(r.descender),
		}
	}
	return out, nil
}

// Strip returns the part of the image in gray, row by row, brought to a height in pixels, and its width.
func (p *Pix) Strip(r image.Rectangle, height int) (width int, gray []byte, err error) {
	r = r.Intersect(image.Rect(0, 0, p.Width(), p.Height()))
	if r.Empty() {
		return 0, nil, ErrMemory
	}
	box := C.boxCreate(C.l_int32(r.Min.X), C.l_int32(r.Min.Y), C.l_int32(r.Dx()), C.l_int32(r.Dy()))
	if box == nil {
		return 0, nil, ErrMemory
	}
	defer C.boxDestroy(&box)
	c := C.pixClipRectangle(p.c, box, nil)
	defer func() { C.pixDestroy(&c) }()
	step := func(next *C.PIX) {
		C.pixDestroy(&c)
		c = next
	}
	if c != nil && C.pixGetDepth(c) != 8 {
		step(C.pixConvertTo8(c, 0))
	}
	if c != nil && int(C.pixGetHeight(c)) != height {
		k := C.l_float32(height) / C.l_float32(r.Dy())
		step(C.pixScale(c, k, k))
	}
	if c == nil {
		return 0, nil, ErrMemory
	}
	width = int(C.pixGetWidth(c))
	rows, words := int(C.pixGetHeight(c)), int(C.pixGetWpl(c))
	data := unsafe.Slice((*uint32)(unsafe.Pointer(C.pixGetData(c))), rows*words)
	gray = make([]byte, width*height)
	for y := range height {
		// Rounding may have given a row more or less.
		line := data[min(y, rows-1)*words:][:words]
		for x := range width {
			gray[y*width+x] = byte(line[x/4] >> (24 - 8*(x%4)))
		}
	}
	return width, gray, nil
}
