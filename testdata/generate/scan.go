package generate

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"math"
)

// scanGrey makes a grey scan of a paper, as from a desk scanner or a telephone:
// paper that is not white, grain, and corners that are darker.
func scanGrey(g *glyphs, r *Rand, p *Paper, q Quality, dpi float64) (*image.Gray, Channel) {
	c := NewChannel(r, q, dpi, dpi)
	if q == Clean {
		c.Paper = 250
		c.Grain = 3
	}
	c.Shift = 0
	img := c.scan(g, r, p)
	if q != Clean {
		vignette(img, r.Between(6, 40))
	}
	return img, c
}

// vignette darkens towards the corners by up to depth grey levels.
func vignette(img *image.Gray, depth int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		v := (2*y - h) * 256 / h
		row := img.Pix[y*img.Stride : y*img.Stride+w]
		for x := range row {
			u := (2*x - w) * 256 / w
			row[x] = byte(max(0, int(row[x])-depth*(u*u+v*v)/131072))
		}
	}
}

// encodeJPEG writes a grey JPEG with its resolution in the JFIF header
// (ITU-T T.871).
func encodeJPEG(img *image.Gray, quality int, dpi float64) []byte {
	var b bytes.Buffer
	// Encoding into memory cannot fail for a picture below 65,536 pixels a side.
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	out := b.Bytes()
	d := int(math.Round(dpi))
	jfif := []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 1, byte(d >> 8), byte(d), byte(d >> 8), byte(d), 0, 0}
	return append(append(append([]byte(nil), out[:2]...), jfif...), out[2:]...)
}

// encodePNG writes a PNG with its resolution (pHYs, PNG third edition 11.3.4.3).
func encodePNG(img image.Image, dpi float64) []byte {
	var b bytes.Buffer
	_ = (&png.Encoder{CompressionLevel: png.DefaultCompression}).Encode(&b, img)
	out := b.Bytes()
	perMetre := uint32(math.Round(dpi / 0.0254))
	phys := pngChunk("pHYs", []byte{byte(perMetre >> 24), byte(perMetre >> 16), byte(perMetre >> 8), byte(perMetre),
		byte(perMetre >> 24), byte(perMetre >> 16), byte(perMetre >> 8), byte(perMetre), 1})
	const afterHeader = 8 + 25
	return append(append(append([]byte(nil), out[:afterHeader]...), phys...), out[afterHeader:]...)
}

// reduce takes the lowest bits of a grey picture away, as scanners do to keep PNG small.
func reduce(img *image.Gray) {
	for i, v := range img.Pix {
		img.Pix[i] = v | 15
	}
}
