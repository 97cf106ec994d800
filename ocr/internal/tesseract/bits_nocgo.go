//go:build !cgo

package tesseract

func (*Pix) Bits() Bits { return Bits{} }
