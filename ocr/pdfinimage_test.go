package ocr

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// bitsOf spreads bytes into bits.
func bitsOf(coded []byte) []byte {
	var bits []byte
	for _, c := range coded {
		for k := 7; k >= 0; k-- {
			bits = append(bits, c>>k&1)
		}
	}
	return bits
}

// bytesOf packs rows of bits, each beginning on a byte when aligned.
func bytesOf(rows [][]byte, aligned bool) []byte {
	var out []byte
	used := 8 // bits of the last byte
	for _, row := range rows {
		if aligned {
			used = 8
		}
		for _, bit := range row {
			if used == 8 {
				out, used = append(out, 0), 0
			}
			out[len(out)-1] |= bit << (7 - used)
			used++
		}
	}
	return out
}

// rowsOne codes each row for itself, without end-of-line codes. Rows of T.4 come out
// of the coder behind one of 12 bits, and with six at the end.
func rowsOne(b *generate.Bits) [][]byte {
	var rows [][]byte
	for y := range b.H {
		bits := bitsOf(generate.EncodeCCITT(b, y, y+1, generate.G3, 0))
		rows = append(rows, bits[12:bytes.LastIndexByte(bits, 1)+1-6*12])
	}
	return rows
}

// rowsTwo codes rows as T.6 does, without the block's end of 24 bits.
func rowsTwo(b *generate.Bits) [][]byte {
	var rows [][]byte
	before := 0
	for y := range b.H {
		bits := bitsOf(generate.EncodeCCITT(b, 0, y+1, generate.G4, 0))
		bits = bits[:bytes.LastIndexByte(bits, 1)+1-24]
		rows = append(rows, bits[before:])
		before = len(bits)
	}
	return rows
}

// jbig2 wraps G4 data into an embedded JBIG2 stream of one generic region (ITU-T
// T.88 sections 7.4.6 and 7.4.8), which may hold T.6 data as they are.
func jbig2(b *generate.Bits) []byte {
	be := binary.BigEndian
	page := be.AppendUint32(nil, uint32(b.W))
	page = be.AppendUint32(page, uint32(b.H))
	page = append(page, make([]byte, 8+1+2)...)
	region := be.AppendUint32(nil, uint32(b.W))
	region = be.AppendUint32(region, uint32(b.H))
	region = append(region, make([]byte, 8)...)
	region = append(region, 0, 1) // combined by OR; MMR
	region = append(region, generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)...)
	segment := func(number uint32, kind byte, data []byte) []byte {
		out := append(be.AppendUint32(nil, number), kind, 0, 1)
		return append(be.AppendUint32(out, uint32(len(data))), data...)
	}
	return append(segment(0, 48, page), segment(1, 38, region)...)
}

func flateBytes(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func ascii85Bytes(b []byte) []byte {
	out := make([]byte, ascii85.MaxEncodedLen(len(b)))
	return append(out[:ascii85.Encode(out, b)], "~>"...)
}

func complement(b *generate.Bits) *generate.Bits {
	out := generate.NewBits(b.W, b.H)
	for y := range b.H {
		for x := range b.W {
			out.Set(x, y, !b.Black(x, y))
		}
	}
	return out
}

func plainSamples(b *generate.Bits) []byte {
	out := generate.EncodeCCITT(b, 0, b.H, generate.Plain, 0)
	for i := range out {
		out[i] = ^out[i] // a PDF's 0 is black
	}
	return out
}

// Each way in which a PDF can hold a bilevel page gives the same pixels, bit for bit.
func TestBilevelImagesComeOutExactly(t *testing.T) {
	b := markedPicture(816, 392)
	want := grayOf(b)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	inverse := generate.EncodeCCITT(complement(b), 0, b.H, generate.G4, 0)
	g3 := generate.EncodeCCITT(b, 0, b.H, generate.G3, 0)
	g32 := generate.EncodeCCITT(b, 0, b.H, generate.G3Two, 4)
	noEOL := rowsOne(b)
	fax := func(parms string) string {
		return "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</Columns 816" + parms + ">>"
	}
	cases := []struct {
		name, entries string
		data          []byte
		encoded       bool // comes out without pdfium
	}{
		{"G4", fax("/K -1/Rows 392"), g4, true},
		{"G4 without Rows", fax("/K -1"), g4, true},
		{"G4, BlackIs1 and black coded as white", fax("/K -1/BlackIs1 true"), inverse, true},
		{"G4, Decode turned round and black coded as white", fax("/K -1") + "/Decode[1 0]", inverse, true},
		{"G4, BlackIs1 and Decode undo each other", fax("/K -1/BlackIs1 true") + "/Decode[1 0]", g4, true},
		{"G4 as a stencil mask", "/ImageMask true/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 816>>", g4, true},
		{"G4 in calibrated gray", "/ColorSpace[/CalGray<</WhitePoint[.95 1 1.09]>>]/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 816>>", g4, true},
		{"G4 in ASCII85", "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter[/ASCII85Decode/CCITTFaxDecode]/DecodeParms[null<</K -1/Columns 816>>]", ascii85Bytes(g4), true},
		{"G4 in Flate", "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter[/FlateDecode/CCITTFaxDecode]/DecodeParms[null<</K -1/Columns 816>>]", flateBytes(g4), true},
		{"G3 with end-of-line codes", fax("/K 0/EndOfLine true"), g3, true},
		{"G3 with end-of-line codes that nobody announces", fax(""), g3, true},
		{"G3 2-D", fax("/K 4/EndOfLine true"), g32, true},
		{"G3 on bytes without end-of-line codes", fax("/K 0/EncodedByteAlign true"), bytesOf(noEOL, true), true},
		{"G3 without end-of-line codes, bit after bit", fax("/K 0/Rows 392/EndOfBlock false"), bytesOf(noEOL, false), false},
		{"G3 without end-of-line codes, BlackIs1 and inverse", fax("/K 0/Rows 392/EndOfBlock false/BlackIs1 true"), bytesOf(rowsOne(complement(b)), false), false},
		{"G4 on bytes", fax("/K -1/Rows 392/EncodedByteAlign true/EndOfBlock false"), bytesOf(rowsTwo(b), true), false},
		{"G4 without the block's end", fax("/K -1/Rows 392/EndOfBlock false"), bytesOf(rowsTwo(b), false), true},
		{"G3, white after its last row", fax("/K 0/Rows 392/EndOfLine true/EndOfBlock false"), append(append([]byte{}, g3...), 0, 0, 0, 0), true},
		{"plain samples", "/ColorSpace/DeviceGray/BitsPerComponent 1", plainSamples(b), true},
		{"plain samples turned round", "/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]", plainSamples(complement(b)), true},
		{"Flate samples", "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode", flateBytes(plainSamples(b)), true},
		{"two colours of a palette", "/ColorSpace[/Indexed/DeviceRGB 1<FFFFFF000000>]/BitsPerComponent 1/Filter/FlateDecode", flateBytes(plainSamples(complement(b))), false},
		{"JBIG2", "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode", jbig2(b), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw := firstPage(t, imagePDF("/Width 816/Height 392 "+c.entries, c.data, "288 0 0 288 0 0", "/MediaBox[0 0 288 288]"))
			if got := raw.Encoded != nil; got != c.encoded {
				t.Errorf("taken out without decoding: %v, want %v", got, c.encoded)
			}
			if n := differing(want, pixelsOf(t, raw)); n != 0 {
				t.Errorf("%d pixels differ", n)
			}
			// 816 pixels over 4 inches, 392 rows over 4 inches.
			if math.Abs(raw.DPIX-204) > 0.01 || math.Abs(raw.DPIY-98) > 0.01 {
				t.Errorf("resolution %v by %v, want 204 by 98", raw.DPIX, raw.DPIY)
			}
		})
	}
}

// An image that is placed turned or mirrored, on a page that is turned, arrives
// as a viewer shows it.
func TestPlacementDecidesHowAPageArrives(t *testing.T) {
	b := markedPicture(400, 200)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	entries := "/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>"
	wide, tall := "/MediaBox[0 0 288 144]", "/MediaBox[0 0 144 288]"
	cases := []struct {
		name, cm, page string
		turn           int
		mirror         bool
	}{
		{"upright", "288 0 0 144 0 0", wide, 0, false},
		{"page turned 90", "288 0 0 144 0 0", wide + "/Rotate 90", 90, false},
		{"page turned 180", "288 0 0 144 0 0", wide + "/Rotate 180", 180, false},
		{"page turned -90", "288 0 0 144 0 0", wide + "/Rotate -90", 270, false},
		{"page turned 450", "288 0 0 144 0 0", wide + "/Rotate 450", 90, false},
		{"image turned 90 clockwise", "0 -288 144 0 0 288", tall, 90, false},
		{"image turned 180", "-288 0 0 -144 288 144", wide, 180, false},
		{"image turned 270 clockwise", "0 288 -144 0 144 0", tall, 270, false},
		{"image and page undo each other", "0 -288 144 0 0 288", tall + "/Rotate 270", 0, false},
		{"image mirrored left to right", "-288 0 0 144 288 0", wide, 0, true},
		{"image upside down as in a mirror", "288 0 0 -144 0 144", wide, 180, true},
		{"box away from the origin", "288 0 0 144 1000 -500", "/MediaBox[1000 -500 1288 -356]", 0, false},
		{"crop box is what is seen", "288 0 0 144 100 100", "/MediaBox[0 0 600 600]/CropBox[100 100 388 244]", 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw := firstPage(t, imagePDF(entries, g4, c.cm, c.page))
			if raw.Turn != c.turn || raw.Mirror != c.mirror {
				t.Errorf("turn %d, mirror %v; want %d, %v", raw.Turn, raw.Mirror, c.turn, c.mirror)
			}
			got := pixelsOf(t, raw)
			if n := differing(oriented(grayOf(b), c.turn, c.mirror), got); n != 0 {
				t.Errorf("%d pixels differ", n)
			}
			if got.Bounds().Dx() != raw.Width || got.Bounds().Dy() != raw.Height {
				t.Errorf("page says %dx%d, image is %v", raw.Width, raw.Height, got.Bounds())
			}
			// pdftoppm, another program, shows it in the same way.
			checkAgainstPoppler(t, imagePDF(entries, g4, c.cm, c.page), got)
		})
	}
}

// checkAgainstPoppler compares a page at 100 dpi with what pdftoppm makes of it.
func checkAgainstPoppler(t *testing.T, data []byte, got image.Image) {
	t.Helper()
	prefix := t.TempDir() + "/p"
	tool(t, data, "pdftoppm", "-cropbox", "-r", "100", "-gray", "-singlefile", "FILE", prefix)
	shown := readPGM(t, prefix+".pgm")
	if shown.Bounds().Dx() != got.Bounds().Dx() || shown.Bounds().Dy() != got.Bounds().Dy() {
		t.Fatalf("pdftoppm shows %v, we have %v", shown.Bounds(), got.Bounds())
	}
	if n, all := differing(shown, got), got.Bounds().Dx()*got.Bounds().Dy(); n*50 > all {
		t.Errorf("%d of %d pixels differ from what pdftoppm shows", n, all)
	}
}

// Where the page shows only a part of its image, only that part arrives.
func TestCroppedImage(t *testing.T) {
	b := markedPicture(400, 200)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	data := imagePDF("/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>",
		g4, "288 0 0 144 0 0", "/MediaBox[0 0 288 144]/CropBox[36 36 288 144]")
	raw := firstPage(t, data)
	want := grayOf(b).SubImage(image.Rect(50, 0, 400, 150))
	if n := differing(want, pixelsOf(t, raw)); n != 0 {
		t.Errorf("%d pixels differ", n)
	}
	if raw.Width != 350 || raw.Height != 150 || math.Abs(raw.DPIX-100) > 0.01 {
		t.Errorf("%dx%d at %v dpi", raw.Width, raw.Height, raw.DPIX)
	}
}

// UserUnit makes the page larger than its numbers say.
func TestUserUnitScalesResolution(t *testing.T) {
	b := markedPicture(400, 200)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	raw := firstPage(t, imagePDF("/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>",
		g4, "144 0 0 72 0 0", "/MediaBox[0 0 144 72]/UserUnit 2"))
	if math.Abs(raw.DPIX-100) > 0.01 || math.Abs(raw.DPIY-100) > 0.01 {
		t.Errorf("resolution %v by %v, want 100", raw.DPIX, raw.DPIY)
	}
}

func jpegOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func shades(w, h int) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Pix[y*m.Stride+x] = byte(255 * x / w * (y + h) / (2 * h))
		}
	}
	return m
}

func colours(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{byte(255 * x / w), byte(255 * y / h), 128, 255})
		}
	}
	return m
}

// JPEGs come out byte for byte when that means the same, and decoded when the PDF
// says something about their samples that the file itself does not.
func TestJPEGInPDF(t *testing.T) {
	gray, rgb := jpegOf(t, shades(300, 150)), jpegOf(t, colours(300, 150))
	cases := []struct {
		name, entries string
		data, stored  []byte
	}{
		{"gray", "/ColorSpace/DeviceGray/Filter/DCTDecode", gray, gray},
		{"colour", "/ColorSpace/DeviceRGB/Filter/DCTDecode", rgb, rgb},
		{"in Flate", "/ColorSpace/DeviceRGB/Filter[/FlateDecode/DCTDecode]", flateBytes(rgb), rgb},
		{"inverted", "/ColorSpace/DeviceGray/Decode[1 0]/Filter/DCTDecode", gray, nil},
		{"as shades of one ink", "/ColorSpace[/Separation/Black/DeviceGray<</FunctionType 2/Domain[0 1]/C0[1]/C1[0]/N 1>>]/Filter/DCTDecode", gray, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw := firstPage(t, imagePDF("/Width 300/Height 150/BitsPerComponent 8 "+c.entries, c.data, "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"))
			if c.stored != nil {
				if !bytes.Equal(raw.Encoded, c.stored) {
					t.Error("the JPEG did not come out as it is stored")
				}
				return
			}
			if raw.Image == nil {
				t.Fatal("the JPEG came out as it is stored, although the PDF shows it otherwise")
			}
			want := image.NewGray(image.Rect(0, 0, 300, 150))
			plain, _ := jpeg.Decode(bytes.NewReader(gray))
			for y := range 150 {
				for x := range 300 {
					want.Pix[y*want.Stride+x] = 255 - plain.(*image.Gray).GrayAt(x, y).Y
				}
			}
			far := 0
			for y := range 150 {
				for x := range 300 {
					a := int(want.GrayAt(x, y).Y)
					b := int(color.GrayModel.Convert(raw.Image.At(x, y)).(color.Gray).Y)
					if a-b > 8 || b-a > 8 {
						far++
					}
				}
			}
			if far > 0 {
				t.Errorf("%d pixels are another shade", far)
			}
		})
	}
}

// Samples of 8 bits come out exactly, gray and in colour.
func TestFlateSamples(t *testing.T) {
	gray := shades(120, 60)
	raw := firstPage(t, imagePDF("/Width 120/Height 60/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode", flateBytes(gray.Pix), "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"))
	if n := differing(gray, raw.Image); n != 0 {
		t.Errorf("gray: %d pixels differ", n)
	}
	rgb := colours(120, 60)
	var samples []byte
	for i := 0; i < len(rgb.Pix); i += 4 {
		samples = append(samples, rgb.Pix[i:i+3]...)
	}
	raw = firstPage(t, imagePDF("/Width 120/Height 60/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode", flateBytes(samples), "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"))
	if n := differing(rgb, raw.Image); n != 0 {
		t.Errorf("colour: %d pixels differ", n)
	}
	// A palette is pdfium's.
	raw = firstPage(t, imagePDF("/Width 2/Height 1/BitsPerComponent 8/ColorSpace[/Indexed/DeviceRGB 1<FF00000000FF>]", []byte{0, 1}, "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"))
	if r, _, b, _ := raw.Image.At(0, 0).RGBA(); r != 0xffff || b != 0 {
		t.Errorf("the palette's red came out as %v", raw.Image.At(0, 0))
	}
}

// samplesOf packs values of so many bits, each row beginning on a byte.
func samplesOf(values []int, width, bits int) []byte {
	var out []byte
	for len(values) >= width {
		row, used := []byte{}, 8
		for _, v := range values[:width] {
			for k := bits - 1; k >= 0; k-- {
				if used == 8 {
					row, used = append(row, 0), 0
				}
				row[len(row)-1] |= byte(v>>k&1) << (7 - used)
				used++
			}
		}
		out, values = append(out, row...), values[width:]
	}
	return out
}

// predicted puts rows of bytes through PNG's predictor "Up" or TIFF's, which PDFs use
// for Flate (ISO 32000-1 section 7.4.4.4), for samples of 8 bits and one colour.
func predicted(rows []byte, width int, tiff bool) []byte {
	var out []byte
	before := make([]byte, width)
	for len(rows) >= width {
		row := rows[:width]
		if !tiff {
			out = append(out, 2)
		}
		for i, v := range row {
			switch {
			case !tiff:
				v -= before[i]
			case i > 0:
				v -= row[i-1]
			}
			out = append(out, v)
		}
		before, rows = row, rows[width:]
	}
	return out
}

// Samples of every depth, filter, predictor and colour space come out as the shades
// that they mean.
func TestSampledImages(t *testing.T) {
	const w, h = 48, 24
	shade := func(levels int) ([]int, *image.Gray) {
		values, m := make([]int, w*h), image.NewGray(image.Rect(0, 0, w, h))
		for i := range values {
			values[i] = (i%w + i/w/3) % levels
			m.Pix[i] = byte(values[i] * 255 / (levels - 1))
		}
		return values, m
	}
	inverse := func(m *image.Gray) *image.Gray {
		out := image.NewGray(m.Rect)
		for i, v := range m.Pix {
			out.Pix[i] = 255 - v
		}
		return out
	}
	v2, m2 := shade(4)
	v4, m4 := shade(16)
	v8, m8 := shade(256)
	v16 := make([]int, len(v8))
	for i, v := range v8 {
		v16[i] = v * 257
	}
	b2, b4, b8, b16 := samplesOf(v2, w, 2), samplesOf(v4, w, 4), samplesOf(v8, w, 8), samplesOf(v16, w, 16)
	palette := "<"
	for v := range 16 {
		palette += fmt.Sprintf("%02X%02[1]X%02[1]X", 255-17*v)
	}
	palette += ">"
	var cmyk []byte
	for _, v := range v8 {
		cmyk = append(cmyk, 0, 0, 0, byte(255-v))
	}
	mask := func(s *samplePDF) string { // the left half is seen, the rest is white paper
		seen := make([]byte, w*h)
		for i := range seen {
			if i%w < w/2 {
				seen[i] = 255
			}
		}
		return fmt.Sprintf("/SMask %d 0 R", s.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8", w, h), seen))
	}
	half := inverse(inverse(m8))
	for i := range half.Pix {
		if i%w >= w/2 {
			half.Pix[i] = 255
		}
	}
	profile := func(s *samplePDF) string {
		return fmt.Sprintf("/ColorSpace[/ICCBased %d 0 R]", s.stream("/N 1/Alternate/DeviceGray", grayProfile()))
	}
	none := func(*samplePDF) string { return "" }
	for _, c := range []struct {
		name, entries string
		data          []byte
		more          func(*samplePDF) string
		want          *image.Gray
		near          int // shades
	}{
		{"2 bits", "/ColorSpace/DeviceGray/BitsPerComponent 2", b2, none, m2, 1},
		{"4 bits", "/ColorSpace/DeviceGray/BitsPerComponent 4", b4, none, m4, 1},
		{"8 bits", "/ColorSpace/DeviceGray/BitsPerComponent 8", b8, none, m8, 0},
		{"16 bits", "/ColorSpace/DeviceGray/BitsPerComponent 16", b16, none, m8, 1},
		{"2 bits inverted", "/ColorSpace/DeviceGray/BitsPerComponent 2/Decode[1 0]", b2, none, inverse(m2), 1},
		{"8 bits inverted", "/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[1 0]", b8, none, inverse(m8), 0},
		{"8 bits, half as dark", "/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[.5 1]", b8, none, nil, 0},
		{"Flate, PNG predictor", "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 48>>", flateBytes(predicted(b8, w, false)), none, m8, 0},
		{"Flate, TIFF predictor", "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 48>>", flateBytes(predicted(b8, w, true)), none, m8, 0},
		{"Flate of 4 bits, PNG predictor", "/ColorSpace/DeviceGray/BitsPerComponent 4/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 48/BitsPerComponent 4>>", flateBytes(predicted(b4, w/2, false)), none, m4, 1},
		{"hexadecimal", "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/ASCIIHexDecode", fmt.Appendf(nil, "%X>", b8), none, m8, 0},
		{"palette", "/ColorSpace[/Indexed/DeviceRGB 15 " + palette + "]/BitsPerComponent 4", b4, none, inverse(m4), 1},
		{"gray profile", "/BitsPerComponent 8", b8, profile, m8, 0},
		{"CMYK", "/ColorSpace/DeviceCMYK/BitsPerComponent 8", cmyk, none, m8, 40}, // no black is as dark in ink
		{"soft mask", "/ColorSpace/DeviceGray/BitsPerComponent 8", b8, mask, half, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &samplePDF{}
			more := c.more(s)
			x := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d%s%s", w, h, c.entries, more), c.data)
			content := s.stream("", []byte("q 48 0 0 24 0 0 cm /X Do Q"))
			data := s.file(fmt.Sprintf("/MediaBox[0 0 48 24]/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R", x, content))
			raw := firstPage(t, data)
			got := inGray(pixelsOf(t, raw))
			if c.want == nil {
				c.want = image.NewGray(m8.Rect)
				for i, v := range m8.Pix {
					c.want.Pix[i] = 128 + v/2
				}
				c.near = 2
			}
			k := got.Rect.Dx() / w // drawn pages are larger
			off, worst := 0, 0
			for y := range h {
				for x := range w {
					d := absInt(int(got.Pix[(y*k+k/2)*got.Stride+x*k+k/2]) - int(c.want.Pix[y*w+x]))
					worst = max(worst, d)
					// Where a drawn page blends neighbours, the middle is near.
					if d > c.near+4*min(1, k-1) {
						off++
					}
				}
			}
			if off*100 > 3*w*h { // the edge of a mask is blended
				t.Errorf("%d of %d pixels are another shade, by up to %d", off, w*h, worst)
			}
			// The searchable PDF shows the same.
			p := picturePage(got, raw.DPIX)
			p.Words = nil
			out := firstPage(t, searchable(t, searchablePage{data, postroom.PDF, p}))
			if n := differing(got, pixelsOf(t, out)); n != 0 {
				t.Errorf("%d pixels differ in the searchable PDF", n)
			}
		})
	}
}

// jpxSample is a JPEG 2000 code stream of 16 by 8 gray pixels: 200 on the left
// half, 40 on the right (OpenJPEG 2.5).
const jpxSample = "/0//UQApAAAAAAAQAAAACAAAAAAAAAAAAAAAEAAAAAgAAAAAAAAAAAABBwEB/1IADAAAAAEAAwQEAAH/XAANQEBISFBISFBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAAAsAAH/k8+wDAKwd8fYBgAC42/HxBANCEUYx9gMACIaHOtGQP/Z"

func TestJPEG2000(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString(jpxSample)
	if err != nil {
		t.Fatal(err)
	}
	raw := firstPage(t, imagePDF("/Width 16/Height 8/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/JPXDecode", data, "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"))
	for x, want := range map[int]byte{2: 200, 13: 40} {
		if got := color.GrayModel.Convert(raw.Image.At(x, 4)).(color.Gray).Y; got < want-1 || got > want+1 {
			t.Errorf("pixel %d is %d, want %d", x, got, want)
		}
	}
}

// A page is drawn when there is more to it than one image.
func TestMoreThanOneImageIsDrawn(t *testing.T) {
	b := markedPicture(400, 200)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	entries := "/Type/XObject/Subtype/Image/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>"
	page := func(t *testing.T, content string, more string) rawPage {
		s := &samplePDF{}
		x := s.stream(entries, g4)
		c := s.stream("", []byte(content))
		gs := s.add("<</ca .5>>")
		return firstPage(t, s.file(fmt.Sprintf("/MediaBox[0 0 288 288]/Resources<</XObject<</A %d 0 R>>/ExtGState<</G %d 0 R>>>>/Contents %d 0 R %s", x, gs, c, more)))
	}
	whole := "q 288 0 0 288 0 0 cm /A Do Q "
	for name, c := range map[string]struct {
		content, more string
		drawn         bool
	}{
		"one image":                      {whole, "", false},
		"white under it":                 {"1 g 0 0 288 288 re f " + whole, "", false},
		"anything under it":              {"0 0 100 100 re f 1 0 0 rg 5 5 m 10 10 l S " + whole, "", false},
		"clipped to the page":            {"q 0 0 288 288 re W n " + whole + "Q", "", false},
		"a line over it":                 {whole + "0 0 m 100 100 l S", "", true},
		"two strips":                     {"q 288 0 0 144 0 144 cm /A Do Q q 288 0 0 144 0 0 cm /A Do Q", "", true},
		"half transparent":               {"/G gs " + whole, "", true},
		"clipped to a triangle":          {"q 0 0 m 288 0 l 0 288 l h W n " + whole + "Q", "", true},
		"askew":                          {"q 288 20 -20 288 0 0 cm /A Do Q", "", true},
		"a logo on a page":               {"q 50 0 0 30 20 250 cm /A Do Q", "", true},
		"a comment on it":                {whole, "/Annots[<</Type/Annot/Subtype/Square/Rect[10 10 50 50]/C[1 0 0]>>]", true},
		"a link on it":                   {whole, "/Annots[<</Type/Annot/Subtype/Link/Rect[10 10 50 50]>>]", false},
		"an image in line":               {"q 288 0 0 288 0 0 cm BI /W 2 /H 1 /BPC 8 /CS /G ID \x00\xff EI Q", "", true},
		"optional content":               {"/OC /X BDC " + whole + "EMC", "", true},
		"unbalanced and broken operands": {"Q Q ] ) >> 1 2 xyz " + whole, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			raw := page(t, c.content, c.more)
			if drawn := raw.Encoded == nil; drawn != c.drawn {
				t.Errorf("drawn: %v, want %v", drawn, c.drawn)
			}
			if c.drawn && (raw.Width != 1200 || raw.Height != 1200 || raw.DPIX != 300) {
				t.Errorf("drawn as %dx%d at %v dpi", raw.Width, raw.Height, raw.DPIX)
			}
		})
	}
}

func TestReadJPEGHeader(t *testing.T) {
	data := jpegOf(t, colours(31, 17))
	h, ok := readJPEG(data)
	if !ok || h.width != 31 || h.height != 17 || h.components != 3 || h.precision != 8 || h.kind != 0xc0 {
		t.Errorf("%+v %v", h, ok)
	}
	for n := range 100 {
		readJPEG(data[:n]) // must not run over the end
	}
}

func FuzzFaxParms(f *testing.F) {
	f.Add(-1, false, true, 1728, 0, false, []byte{0, 16})
	f.Add(0, true, false, 8, 1, true, []byte{0, 1})
	f.Fuzz(func(t *testing.T, k int, endOfLine, align bool, columns, rows int, blackIs1 bool, data []byte) {
		p := faxParms{k: k, endOfLine: endOfLine, byteAlign: align, columns: columns, rows: rows, blackIs1: blackIs1, width: columns, height: max(1, rows), dpiX: 204, dpiY: 98}
		file, ok := p.tiff(data, false)
		if !ok {
			return
		}
		images, err := parseTIFF(file)
		if err != nil || len(images.Images) != 1 || images.Images[0].CutOff {
			t.Fatalf("the TIFF can't be read again: %v", err)
		}
		if !bytes.HasSuffix(file, data) {
			t.Fatal("the fax data were changed")
		}
	})
}

func FuzzJPEGHeader(f *testing.F) {
	var b bytes.Buffer
	jpeg.Encode(&b, shades(8, 8), nil)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, ok := readJPEG(data); ok && (h.width <= 0 || h.height <= 0) {
			t.Fatalf("%+v", h)
		}
	})
}
