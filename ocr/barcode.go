package ocr

import (
	"image"
	"math"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

const (
	barRows   = 50   // rows per inch at which bars are looked for
	barLength = 8    // of these rows a bar has at least
	barGap    = 0.16 // inches between two bars at most
	barEdges  = 24   // ends of bars that the shortest code has
)

// findBars finds bar codes: many bars side by side.
func findBars(p *tesseract.Pix, dpiX, dpiY float64) ([]code, error) {
	var out []code
	for _, lying := range []bool{false, true} { // turned by a quarter: bars lie one above the other
		sx, sy, open, join := 1.0, barRows/dpiY, image.Pt(1, barLength), image.Pt(int(barGap*dpiX), 1)
		if lying {
			sx, sy, open, join = barRows/dpiX, 1, image.Pt(barLength, 1), image.Pt(1, int(barGap*dpiY))
		}
		places, err := chain(p,
			func(q *tesseract.Pix) (*tesseract.Pix, error) { return q.Scale(sx, sy) },
			func(q *tesseract.Pix) (*tesseract.Pix, error) { return q.Open(open.X, open.Y) },
			func(q *tesseract.Pix) (*tesseract.Pix, error) { return q.Join(join.X, join.Y) })
		if err != nil {
			return nil, err
		}
		boxes := places.Components()
		places.Close()
		tried := 0
		for _, b := range boxes {
			box := image.Rect(int(float64(b.Min.X)/sx), int(float64(b.Min.Y)/sy), int(math.Ceil(float64(b.Max.X)/sx)), int(math.Ceil(float64(b.Max.Y)/sy)))
			along, tall := float64(box.Dx())/dpiX, float64(box.Dy())/dpiY
			if lying {
				along, tall = float64(box.Dy())/dpiY, float64(box.Dx())/dpiX
			}
			if along < 0.4 || tall < 0.12 || tall > 4 {
				continue
			}
			if tried++; tried > mostPlaces {
				break
			}
			c, err := readBars(p, box, lying, dpiX, dpiY)
			if err != nil {
				return nil, err
			}
			if c.text != "" {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// mostPlaces bounds the work on a page that consists of places that look like codes.
const mostPlaces = 100

// readBars decodes what stands in the box. Bands of rows are made one row each, a pixel black where
// most of the band is: that evens out noise. Two bands have to say the same, or one when the
// symbology has a check digit that it requires.
func readBars(p *tesseract.Pix, box image.Rectangle, lying bool, dpiX, dpiY float64) (code, error) {
	quiet := 0.15
	r := grown(box, quiet*dpiX, 0, p)
	if lying {
		r = grown(box, 0, quiet*dpiY, p)
	}
	part, err := p.Crop(r)
	if err != nil {
		return code{}, err
	}
	defer func() { part.Close() }()
	dpi := dpiY
	if lying {
		dpi = dpiX
		turned, err := part.Turn(270)
		if err != nil {
			return code{}, err
		}
		part.Close()
		part = turned
	}
	b := part.Bits()
	var row []int
	enough := 0
	for i := 1; i <= 5; i++ {
		if row = b.Edges(b.Height*i/6, row[:0]); len(row) >= barEdges {
			enough++
		}
	}
	if enough < 3 {
		return code{}, nil
	}
	said := map[string]int{}
	for _, high := range []float64{0.06, 0.02} {
		rows := max(1, int(high*dpi))
		step := max(rows, b.Height/12)
		for top := b.Height / 12; top+rows <= b.Height; top += step {
			format, text := decodeRow(bandOf(b, top, rows))
			if text == "" {
				continue
			}
			key := format + " " + text
			said[key]++
			if said[key] >= 2 || checked[format] && text != "" {
				return code{format, text, box}, nil
			}
		}
	}
	return code{}, nil
}

// checked are the symbologies whose check character is part of every code.
var checked = map[string]bool{
	gozxing.BarcodeFormat_CODE_128.String(): true,
}

// quietPixels is the white in pixels that is put beside a row: the quiet zone that a crop at
// the page's edge or beside a line lacks.
const quietPixels = 100

// bandOf makes one row of several.
func bandOf(b tesseract.Bits, top, rows int) *gozxing.BitArray {
	out := gozxing.NewBitArray(b.Width + 2*quietPixels)
	for x := range b.Width {
		n := 0
		for y := top; y < top+rows; y++ {
			if b.Black(x, y) {
				n++
			}
		}
		if 2*n > rows {
			out.Set(x + quietPixels)
		}
	}
	return out
}

// decodeRow decodes a row in either direction.
func decodeRow(row *gozxing.BitArray) (format, text string) {
	defer noDecoderEndsAPage()
	for range 2 {
		// The readers keep what they are at, so each row has new ones.
		for _, reader := range []gozxing.Reader{
			oned.NewCode128Reader(), oned.NewCode39Reader(), oned.NewMultiFormatUPCEANReader(nil),
			oned.NewITFReader(), oned.NewCodaBarReader(), oned.NewCode93Reader(),
		} {
			decoder, ok := reader.(oned.RowDecoder)
			if !ok {
				continue
			}
			result, err := decoder.DecodeRow(0, row, nil)
			if err != nil || len(strings.TrimSpace(result.GetText())) < 3 {
				continue
			}
			return result.GetBarcodeFormat().String(), result.GetText()
		}
		row.Reverse()
	}
	return "", ""
}

// noDecoderEndsAPage is deferred around the decoders: what they stumble over is no code, and
// no reason not to read the page.
func noDecoderEndsAPage() { _ = recover() }
