//go:build cgo

package tesseract

// #include <leptonica/allheaders.h>
import "C"

import "unsafe"

// Bits returns a copy of a 1-bit image's pixels; of other images, none.
func (p *Pix) Bits() Bits {
	if p.Depth() != 1 {
		return Bits{}
	}
	C.pixSetPadBits(p.c, 0)
	wpl := int(C.pixGetWpl(p.c))
	words := unsafe.Slice((*uint32)(unsafe.Pointer(C.pixGetData(p.c))), wpl*p.Height())
	return Bits{Width: p.Width(), Height: p.Height(), words: append([]uint32(nil), words...), perLine: wpl}
}
