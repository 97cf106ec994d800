//go:build !cgo

package tesseract

import "io"

// WritePixels writes the image's size, depth and pixels.
func (*Pix) WritePixels(io.Writer) error { return ErrNoCgo }
