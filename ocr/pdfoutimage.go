package ocr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image/png"
	"math/bits"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// An outImage is an image as it goes into a PDF: an image XObject (ISO 32000-1
// section 8.9.5) and how its stored pixels become the page as it arrived.
type outImage struct {
	width, height int    // stored pixels
	entries       string // of the dictionary, without Type, Subtype, Width and Height
	data          []byte
	turn          int // as rawPage.Turn
	mirror        bool
	// archival is false when PDF/A-2b does not allow the image without a CMYK
	// output intent.
	archival bool
	colour   bool
}

// unitToArrived leads from the unit square, in which a PDF draws an image, to
// pixels of the page as it arrived, y downwards.
func (i *outImage) unitToArrived() matrix {
	return matrix{float64(i.width), 0, 0, -float64(i.height), 0, float64(i.height)}.then(storedToArrived(i.width, i.height, i.turn, i.mirror))
}

// storedToArrived leads from stored pixels to those of the page as it arrived.
func storedToArrived(width, height, turn int, mirror bool) matrix {
	w, h := float64(width), float64(height)
	m := unitMatrix
	if mirror {
		m = matrix{-1, 0, 0, 1, w, 0}
	}
	switch turn {
	case 90:
		m = m.then(matrix{0, 1, -1, 0, h, 0})
	case 180:
		m = m.then(matrix{-1, 0, 0, -1, w, h})
	case 270:
		m = m.then(matrix{0, -1, 1, 0, 0, w})
	}
	return m
}

// outTIFF returns page n of a TIFF: the fax data as they are when they are one
// strip of G4, else the same pixels coded anew.
func outTIFF(data []byte, f tiffFile, n int, maxPixels int64) (*outImage, error) {
	if n < 1 || n > len(f.Images) {
		return nil, fmt.Errorf("the TIFF has no page %d", n)
	}
	m := f.Images[n-1]
	if strip, blackIs1, ok := g4Strip(data, m); ok {
		out := faxImage(m.Width, m.Height, strip, blackIs1)
		if m.Orientation >= 5 {
			out = faxImage(m.Height, m.Width, strip, blackIs1)
		}
		out.turn, out.mirror = turnOf(m.Orientation)
		return out, nil
	}
	return outDecoded(rawPage{Encoded: data, Directory: n - 1, tiff: &m}, maxPixels)
}

// outDecoded decodes a page and codes its pixels anew, without a loss.
func outDecoded(raw rawPage, maxPixels int64) (*outImage, error) {
	s, err := decode(raw, maxPixels)
	if err != nil {
		return nil, err
	}
	defer s.pix.Close()
	return outPix(s.pix)
}

func outPix(pix *tesseract.Pix) (*outImage, error) {
	if pix.Depth() == 1 {
		file, err := pix.TIFF()
		if err != nil {
			return nil, fmt.Errorf("code a page as G4: %w", err)
		}
		f, err := parseTIFF(file)
		if err != nil {
			return nil, fmt.Errorf("code a page as G4: %w", err)
		}
		strip, blackIs1, ok := g4Strip(file, f.Images[0])
		if !ok {
			return nil, errors.New("code a page as G4: it came out in another form")
		}
		return faxImage(pix.Width(), pix.Height(), strip, blackIs1), nil
	}
	file, err := pix.PNG()
	if err != nil {
		return nil, fmt.Errorf("code a page without a loss: %w", err)
	}
	return outPNG(file, 1<<62)
}

func faxImage(width, height int, strip []byte, blackIs1 bool) *outImage {
	is1 := ""
	if blackIs1 {
		is1 = "/BlackIs1 true"
	}
	columns := ""
	if width != 1728 { // which it is when nothing is said
		columns = fmt.Sprintf("/Columns %d", width)
	}
	data, filters := faxFilters(strip, fmt.Sprintf("<</K -1%s/Rows %d%s>>", columns, height, is1))
	return &outImage{
		width: width, height: height, data: data, archival: true,
		entries: "/ColorSpace/DeviceGray/BitsPerComponent 1" + filters,
	}
}

// packedFax is the size in bytes up to which fax data are packed once more. What a PDF
// adds to an image is less than a tenth of larger ones, which stand in the file as they came.
const packedFax = 96 << 10

// faxFilters returns how fax data with these parameters go into a stream. The same
// letters come again and again on a page and leave the same bits, of which the
// fax's own coding takes no advantage: packed once more, by the filter of all other streams, most
// faxes lose 5 to 25%. Those that would lose less than a fiftieth, since they are full of noise, stay
// as they are. What comes out of the outer filter is the fax data, byte for byte.
func faxFilters(data []byte, parms string) (packed []byte, entries string) {
	if len(data) <= packedFax {
		if small := deflate(data); len(small) < len(data)*49/50 {
			return small, "/Filter[/FlateDecode/CCITTFaxDecode]/DecodeParms[null" + parms + "]"
		}
	}
	return data, "/Filter/CCITTFaxDecode/DecodeParms" + parms
}

// g4Strip returns the fax data of an image that is one strip of G4; false when it
// is anything else. blackIs1 is what a PDF has to say about it.
func g4Strip(data []byte, m tiffImage) (strip []byte, blackIs1, ok bool) {
	if m.Compression != 4 || m.CutOff || m.Width <= 0 || m.Height <= 0 {
		return nil, false, false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	var offsets, lengths tiffEntry
	photometric, tiled, options, depth := 0, false, 0, 1
	n := int(order.Uint16(data[m.Offset:]))
	for i := range n {
		raw := data[m.Offset+2+12*int64(i):]
		e := tiffEntry{data: data, order: order, kind: order.Uint16(raw[2:]), count: order.Uint32(raw[4:]), raw: raw[8:12]}
		switch order.Uint16(raw) {
		case 258:
			depth = e.integer(0)
		case 262:
			photometric = e.integer(0)
		case tagStripOffsets:
			offsets = e
		case tagStripLengths:
			lengths = e
		case 277:
			depth *= max(1, e.integer(0))
		case 293:
			options = e.integer(0)
		case tagTileOffsets:
			tiled = true
		}
	}
	if tiled || options != 0 || depth != 1 || photometric > 1 || offsets.count != 1 || lengths.count != 1 {
		return nil, false, false
	}
	from, long := offsets.integer(0), lengths.integer(0)
	if long <= 0 || from <= 0 || from > len(data) || long > len(data)-from {
		return nil, false, false
	}
	strip = data[from : from+long]
	if m.FillOrder == 2 {
		turned := make([]byte, len(strip))
		for i, b := range strip {
			turned[i] = bits.Reverse8(b)
		}
		strip = turned
	}
	return strip, photometric == 1, true
}

// outJPEG returns a JPEG as it is. What a PDF can't hold (lossless or arithmetic
// coding, 12 bits) is decoded.
func outJPEG(data []byte, maxPixels int64) (*outImage, error) {
	h, ok := readJPEG(data)
	raw := rawPage{Encoded: data}
	raw.Turn, raw.Mirror = turnOf(exifOrientation(data))
	if !ok || h.precision != 8 || h.kind > 0xc2 {
		return outDecoded(raw, maxPixels)
	}
	out := &outImage{width: h.width, height: h.height, data: data, turn: raw.Turn, mirror: raw.Mirror, archival: true}
	switch h.components {
	case 1:
		out.entries = "/ColorSpace/DeviceGray"
	case 3:
		out.entries, out.colour = "/ColorSpace/DeviceRGB", true
	case 4:
		out.entries = "/ColorSpace/DeviceCMYK"
		if h.adobe { // such files hold the inverse of the ink
			out.entries += "/Decode[1 0 1 0 1 0 1 0]"
		}
		out.archival = false
	default:
		return outDecoded(raw, maxPixels)
	}
	out.entries += "/BitsPerComponent 8/Filter/DCTDecode"
	return out, nil
}

// outPNG returns a PNG's compressed data as they are: a PDF decodes them in the
// same way. A bilevel one becomes G4, and transparency or interlacing is
// resolved first.
func outPNG(data []byte, maxPixels int64) (*outImage, error) {
	p, err := readPNG(data)
	if err != nil {
		return nil, err
	}
	colours := 1
	space := "/DeviceGray"
	switch {
	case p.interlaced || p.transparent || p.depth == 1:
		raw := rawPage{Encoded: data}
		if p.depth != 1 || p.transparent || p.interlaced {
			return outFlattened(data, maxPixels)
		}
		return outDecoded(raw, maxPixels)
	case p.colour == 2:
		colours, space = 3, "/DeviceRGB"
	case p.colour == 3:
		space = fmt.Sprintf("[/Indexed/DeviceRGB %d<%x>]", len(p.palette)/3-1, p.palette)
	}
	return &outImage{
		width: p.width, height: p.height, data: p.data, archival: true, colour: p.colour != 0,
		entries: fmt.Sprintf("/ColorSpace%s/BitsPerComponent %d/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors %d/BitsPerComponent %d/Columns %d>>",
			space, p.depth, colours, p.depth, p.width),
	}, nil
}

// outFlattened lets Leptonica put a PNG on white and take it apart again.
func outFlattened(data []byte, maxPixels int64) (*outImage, error) {
	s, err := decode(rawPage{Encoded: data}, maxPixels)
	if err != nil {
		return nil, err
	}
	defer s.pix.Close()
	return outPix(s.pix)
}

// A pngFile is a PNG taken apart (ISO/IEC 15948).
type pngFile struct {
	width, height, depth, colour int
	interlaced, transparent      bool
	palette                      []byte
	data                         []byte // the IDAT chunks joined: one zlib stream
}

var errPNG = errors.New("the PNG is damaged")

// readPNG reads a PNG's chunks and checks those that count.
func readPNG(b []byte) (pngFile, error) {
	var p pngFile
	if !bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) {
		return p, errPNG
	}
	var parts [][]byte
	ended := false
	for at := 8; at+12 <= len(b) && !ended; {
		n := int64(binary.BigEndian.Uint32(b[at:]))
		if n > int64(len(b)-at-12) {
			return p, errPNG
		}
		kind, body := string(b[at+4:at+8]), b[at+8:at+8+int(n)]
		if crc32.ChecksumIEEE(b[at+4:at+8+int(n)]) != binary.BigEndian.Uint32(b[at+8+int(n):]) {
			return p, errPNG
		}
		switch kind {
		case "IHDR":
			if len(body) < 13 {
				return p, errPNG
			}
			p.width, p.height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
			p.depth, p.colour, p.interlaced = int(body[8]), int(body[9]), body[12] != 0
			p.transparent = p.colour == 4 || p.colour == 6
		case "PLTE":
			p.palette = body
		case "tRNS":
			p.transparent = true
		case "IDAT":
			parts = append(parts, body)
		case "IEND":
			ended = true
		}
		at += 12 + int(n)
	}
	p.data = bytes.Join(parts, nil)
	if p.width <= 0 || p.height <= 0 || p.width > 1<<20 || p.height > 1<<20 || len(p.data) == 0 || !ended {
		return p, errPNG
	}
	if p.colour == 3 && (len(p.palette) == 0 || len(p.palette)%3 != 0 || len(p.palette) > 768) {
		return p, errPNG
	}
	if _, err := png.DecodeConfig(bytes.NewReader(b)); err != nil {
		return p, errPNG
	}
	return p, nil
}
