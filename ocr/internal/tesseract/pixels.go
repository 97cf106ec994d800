//go:build cgo

package tesseract

// #include <leptonica/allheaders.h>
import "C"

import (
	"fmt"
	"io"
	"unsafe"
)

// WritePixels writes the image's size, depth and pixels, and no metadata, in a
// form in which like images are alike: for a hash. The order of bytes is the machine's own.
func (p *Pix) WritePixels(w io.Writer) error {
	// What rows are filled up with is chance.
	if p.Depth() < 32 {
		C.pixSetPadBits(p.c, 0)
	}
	if _, err := fmt.Fprintf(w, "%d %d %d\n", p.Width(), p.Height(), p.Depth()); err != nil {
		return err
	}
	n := 4 * int(C.pixGetWpl(p.c)) * p.Height()
	_, err := w.Write(unsafe.Slice((*byte)(unsafe.Pointer(C.pixGetData(p.c))), n))
	return err
}
