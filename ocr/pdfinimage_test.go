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

	"github.com/postroom/postroom/testdata/generate"
)

// alignedRows codes each row for itself, beginning on a byte: what
// EncodedByteAlign says of data without end-of-line codes. Rows of T.4 come out
// of the coder behind an end-of-line code of 12 bits.
func alignedRows(b *generate.Bits) []byte {
	var out []byte
	for y := range b.H {
		coded := generate.EncodeCCITT(b, y, y+1, generate.G3, 0)
		var bits []byte
		for _, c := range coded {
			for k := 7; k >= 0; k-- {
				bits = append(bits, c>>k&1)
			}
		}
		bits = bits[12:]
		// The six end-of-line codes after the row are cut off again.
		end := bytes.LastIndexByte(bits, 1) + 1 - 6*12
		bits = bits[:end]
		for len(bits)%8 != 0 {
			bits = append(bits, 0)
		}
		for k := 0; k < len(bits); k += 8 {
			v := byte(0)
			for _, bit := range bits[k : k+8] {
				v = v<<1 | bit
			}
			out = append(out, v)
		}
	}
	return out
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
	noEOL := alignedRows(b)
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
		{"G3 on bytes without end-of-line codes", fax("/K 0/EncodedByteAlign true"), noEOL, true},
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
