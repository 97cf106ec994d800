package generate

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
)

// pngChunk writes a chunk of a PNG (PNG third edition, 5.3).
func pngChunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// Gray returns the picture in grey levels, black 0 and white 255.
func (b *Bits) Gray() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, b.W, b.H))
	for y := range b.H {
		for x := range b.W {
			if !b.Black(x, y) {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
	return img
}

// Paletted returns the picture with a palette of white and black, which PNG
// stores at one bit a pixel.
func (b *Bits) Paletted() *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, b.W, b.H), color.Palette{color.White, color.Black})
	for y := range b.H {
		for x := range b.W {
			if b.Black(x, y) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	return img
}
