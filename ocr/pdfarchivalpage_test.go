package ocr

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/charmap"

	"github.com/postroom/postroom"
)

// sansWidths are the widths of the codes 32 to 255 in Liberation Sans, as x/image has them.
func sansWidths(t *testing.T) (widths []string, glyphs map[byte]int) {
	t.Helper()
	f, err := sfnt.Parse(liberationsansregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	glyphs = map[byte]int{}
	var b sfnt.Buffer
	for code := 32; code < 256; code++ {
		g, err := f.GlyphIndex(&b, charmap.Windows1252.DecodeByte(byte(code)))
		if err != nil {
			t.Fatal(err)
		}
		w, err := f.GlyphAdvance(&b, g, fixed.I(1000), font.HintingNone)
		if err != nil {
			t.Fatal(err)
		}
		widths = append(widths, fmt.Sprintf("%.0f", float64(w)/64))
		glyphs[byte(code)] = int(g)
	}
	return widths, glyphs
}

// A programPage is a page as programs make them, for a test to spoil in one way.
type programPage struct {
	samplePDF
	content   string
	resources map[string]string
	page      string
}

// newProgramPage is a page with an embedded simple font /F1 and a composite one /F2.
func newProgramPage(t *testing.T) *programPage {
	t.Helper()
	p := &programPage{resources: map[string]string{}}
	widths, _ := sansWidths(t)
	program := p.stream(fmt.Sprintf("/Length1 %d", len(liberationsansregular.TTF)), liberationsansregular.TTF)
	descriptor := p.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/LiberationSans/Flags 32/FontBBox[-544 -303 1302 980]/ItalicAngle 0/Ascent 905/Descent -212/CapHeight 729/StemV 80/CharSet(/A)/FontFile2 %d 0 R>>", program))
	simple := p.add(fmt.Sprintf("<</Type/Font/Subtype/TrueType/BaseFont/LiberationSans/Encoding/WinAnsiEncoding/FirstChar 32/LastChar 255/Widths[%s]/FontDescriptor %d 0 R>>", strings.Join(widths, " "), descriptor))
	cid := p.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/LiberationSans/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/DW 1000/W[36[667 667]]/FontDescriptor %d 0 R>>", descriptor))
	composite := p.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/LiberationSans/Encoding/Identity-H/DescendantFonts[%d 0 R]>>", cid))
	bare := p.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	p.resources["Font"] = fmt.Sprintf("/F1 %d 0 R/F2 %d 0 R/F3 %d 0 R", simple, composite, bare)
	p.content = "BT /F1 12 Tf 20 250 Td (Discharge summary of caf\\351) Tj 0 -20 Td /F2 12 Tf <00240025> Tj ET 20 200 100 1 re f "
	return p
}

// font makes a font with another dictionary /F1.
func (p *programPage) font(change func(string) string) {
	for i, o := range p.objects {
		if strings.Contains(o, "/Subtype/TrueType") {
			p.objects[i] = change(o)
		}
	}
}

func (p *programPage) resource(kind, name string, object int) {
	p.resources[kind] += fmt.Sprintf("/%s %d 0 R", name, object)
}

func (p *programPage) bytes() []byte {
	c := p.stream("", []byte(p.content))
	r := ""
	for _, kind := range resourceKinds {
		if p.resources[kind] != "" {
			r += "/" + kind + "<<" + p.resources[kind] + ">>"
		}
	}
	return p.file(fmt.Sprintf("/MediaBox[0 0 300 300]/Resources<<%s>>/Contents %d 0 R %s", r, c, p.page))
}

// made returns the searchable PDF of a sender's page, which pages of it were drawn, and how much of
// the page looks otherwise than what was sent.
func made(t *testing.T, data []byte, w, h int) (out []byte, drawn []DrawnPage, different float64) {
	t.Helper()
	page := postroom.Page{Number: 1, Width: w, Height: h, DPIX: 300, DPIY: 300, Text: postroom.TextPDF}
	for i, w := range strings.Fields("Discharge summary of café") {
		page.Words = append(page.Words, postroom.Word{Text: w, Box: postroom.Box{100 + 200*i, 200, 290 + 200*i, 250}})
	}
	var b bytes.Buffer
	drawn, err := writeSearchable(&b, testMeta, each(searchablePage{data, postroom.PDF, page}), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	tool(t, b.Bytes(), "qpdf", "--check", "FILE")
	checkArchival(t, b.Bytes(), 2, 1)
	was, is := shadesOf(t, data), shadesOf(t, b.Bytes())
	if was.Rect != is.Rect {
		t.Fatal("the page has another size")
	}
	return b.Bytes(), drawn, float64(alone(was, is)+alone(is, was)) / float64(len(was.Pix))
}

// alone counts the dark pixels of one picture where the other is white all around.
func alone(a, b *image.Gray) (n int) {
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if a.GrayAt(x, y).Y > 150 {
				continue
			}
			near := false
			for dy := -2; dy <= 2 && !near; dy++ {
				for dx := -2; dx <= 2 && !near; dx++ {
					p := image.Pt(x+dx, y+dy)
					near = p.In(b.Rect) && b.GrayAt(p.X, p.Y).Y < 220
				}
			}
			if !near {
				n++
			}
		}
	}
	return n
}

// shadesOf is what poppler draws of a file's first page.
func shadesOf(t *testing.T, data []byte) *image.Gray {
	t.Helper()
	cmd := exec.Command("pdftoppm", "-gray", "-r", "150", "-singlefile", "-")
	cmd.Stdin = bytes.NewReader(data)
	pgm, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var w, h, most int
	if n, err := fmt.Sscanf(string(pgm[:min(len(pgm), 64)]), "P5\n%d %d\n%d\n", &w, &h, &most); n != 3 || err != nil || len(pgm) < w*h {
		t.Fatalf("pdftoppm gives %.64q", pgm)
	}
	return &image.Gray{Pix: pgm[len(pgm)-w*h:], Stride: w, Rect: image.Rect(0, 0, w, h)}
}

// A sender's page that keeps the rules stays as it came, and looks as it did.
func TestArchivalPagesAreKept(t *testing.T) {
	cmyk := make([]byte, 132)
	copy(cmyk, "\x00\x00\x00\x84")
	copy(cmyk[8:], "\x02\x40\x00\x00prtrCMYKLab ")
	copy(cmyk[36:], "acsp")
	for name, change := range map[string]func(p *programPage){
		"text and lines":   func(p *programPage) {},
		"gray":             func(p *programPage) { p.content += "0.5 g 10 10 20 20 re f" },
		"RGB":              func(p *programPage) { p.content += "1 0 0 rg 10 10 20 20 re f" },
		"RGB by its space": func(p *programPage) { p.content += "/DeviceRGB cs 1 0 0 sc 10 10 20 20 re f" },
		"spot colour": func(p *programPage) {
			p.resource("ColorSpace", "S", p.add("[/Separation/Spot/DeviceRGB<</FunctionType 2/Domain[0 1]/N 1/C0[1 1 1]/C1[0 0 1]>>]"))
			p.content += "/S cs 1 scn 10 10 20 20 re f"
		},
		"RGB by a profile": func(p *programPage) {
			p.resource("ColorSpace", "C", p.add(fmt.Sprintf("[/ICCBased %d 0 R]", p.stream("/N 3", srgbProfile()))))
			p.content += "/C cs 1 0 0 sc 10 10 20 20 re f"
		},
		"CMYK by a profile": func(p *programPage) {
			p.resource("ColorSpace", "DefaultCMYK", p.add(fmt.Sprintf("[/ICCBased %d 0 R]", p.stream("/N 4", cmyk))))
			p.content += "0 0 0 1 k 10 10 20 20 re f"
		},
		"form": func(p *programPage) {
			p.resource("XObject", "X", p.stream("/Type/XObject/Subtype/Form/BBox[0 0 50 50]/Resources<<>>/Metadata 1 0 R/PieceInfo<</Some<<>>>>/Group<</S/Transparency/CS/DeviceRGB>>", []byte("0 0 20 20 re f")))
			p.content += "q 1 0 0 1 50 50 cm /X Do Q"
		},
		"pattern": func(p *programPage) {
			p.resource("Pattern", "P", p.stream("/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 10 10]/XStep 10/YStep 10/Resources<<>>", []byte("0 0 5 5 re f")))
			p.content += "/Pattern cs /P scn 50 50 100 100 re f"
		},
		"shading": func(p *programPage) {
			p.resource("Shading", "H", p.add("<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 100 0]/Function<</FunctionType 2/Domain[0 1]/N 1/C0[1 1 1]/C1[0 0 1]>>>>"))
			p.content += "q 10 10 100 50 re W n /H sh Q"
		},
		"blending": func(p *programPage) {
			p.resource("ExtGState", "G", p.add("<</Type/ExtGState/ca .5/BM/Multiply/SMask/None>>"))
			p.content += "q /G gs 10 10 100 50 re f Q"
		},
		"what is for printers only": func(p *programPage) {
			p.resource("ExtGState", "G", p.add("<</TR/Identity/HT/Default/UCR2/Default/AAPL:AA true/LW 2>>"))
			p.content += "q /G gs 10 10 m 100 50 l S Q"
		},
		"LZW": func(p *programPage) {
			p.resource("XObject", "I", p.stream("/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/LZWDecode", []byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01}))
			p.content += "q 20 0 0 20 10 10 cm /I Do Q"
		},
		"image to be smoothed": func(p *programPage) {
			p.resource("XObject", "I", p.stream("/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/Interpolate true/Alternates[]", []byte{0, 80, 160, 255}))
			p.content += "q 20 0 0 20 10 10 cm /I Do Q"
		},
		"image with a mask": func(p *programPage) {
			mask := p.stream("/Type/XObject/Subtype/Image/Width 2/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", []byte{0, 255})
			p.resource("XObject", "I", p.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width 2/Height 1/ColorSpace/DeviceRGB/BitsPerComponent 8/SMask %d 0 R", mask), []byte{0, 80, 160, 255, 0, 0}))
			p.content += "q 20 0 0 20 10 10 cm /I Do Q"
		},
		"image in the content": func(p *programPage) {
			p.content += "q 20 0 0 20 10 10 cm BI /W 2 /H 2 /CS /G /BPC 8 ID 1234 EI Q"
		},
		"letters that are drawn": func(p *programPage) {
			glyph := p.stream("", []byte("500 0 0 0 400 700 d1 0 0 400 700 re f"))
			p.resource("Font", "T", p.add(fmt.Sprintf("<</Type/Font/Subtype/Type3/FontBBox[0 0 500 700]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<</box %d 0 R>>/Encoding<</Differences[65/box]>>/FirstChar 65/LastChar 65/Widths[500]/Resources<<>>>>", glyph)))
			p.content += "BT /T 20 Tf 20 100 Td (AA) Tj ET"
		},
		"hidden text in a font that is not there": func(p *programPage) { p.content += "BT /F3 12 Tf 3 Tr 20 100 Td (hidden) Tj ET" },
		"stamp": func(p *programPage) {
			looks := p.stream("/Type/XObject/Subtype/Form/BBox[0 0 50 20]/Resources<<>>", []byte("0 0 50 20 re f"))
			p.page = fmt.Sprintf("/Annots[%d 0 R]", p.add(fmt.Sprintf("<</Type/Annot/Subtype/Stamp/Rect[100 100 200 140]/F 4/AP<</N %d 0 R>>/A<</S/JavaScript/JS(app.alert)>>>>", looks)))
		},
		"ticked box": func(p *programPage) {
			yes := p.stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]/Resources<<>>", []byte("5 5 10 10 re f"))
			no := p.stream("/Type/XObject/Subtype/Form/BBox[0 0 20 20]/Resources<<>>", nil)
			p.page = fmt.Sprintf("/Annots[%d 0 R]", p.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Btn/Rect[100 100 120 120]/F 4/AS/Yes/V/Yes/AP<</N<</Yes %d 0 R/Off %d 0 R>>>>>>", yes, no)))
		},
		"link": func(p *programPage) {
			p.page = fmt.Sprintf("/Annots[%d 0 R]", p.add("<</Type/Annot/Subtype/Link/Rect[10 10 90 30]/Border[0 0 0]/A<</S/URI/URI(https://nhs.uk)>>>>"))
		},
		"page in a group": func(p *programPage) {
			p.page = "/Group<</S/Transparency/CS/DeviceRGB>>/AA<</O<</S/JavaScript/JS(app.alert)>>>>/Metadata 1 0 R"
		},
		"turned page": func(p *programPage) { p.page = "/Rotate 90" },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgramPage(t)
			change(p)
			data := p.bytes()
			out, drawn, different := made(t, data, 1250, 1250)
			if len(drawn) > 0 {
				t.Errorf("the page was drawn: %s", drawn[0].Why)
			}
			if different > 0.0001 {
				t.Errorf("%.5f of the page looks otherwise", different)
			}
			if text := tool(t, out, "pdftotext", "FILE", "-"); !strings.Contains(text, "Discharge summary of café") {
				t.Errorf("its text is %q", text)
			}
		})
	}
}

// A page that breaks a rule is drawn, which the file's history tells; it looks the same, and its words
// are found.
func TestPagesThatAreNotArchivalAreDrawn(t *testing.T) {
	picture := func(entries string, data []byte) func(p *programPage) {
		return func(p *programPage) {
			p.resource("XObject", "I", p.stream("/Type/XObject/Subtype/Image"+entries, data))
			p.content += "q 20 0 0 20 10 10 cm /I Do Q"
		}
	}
	annot := func(entries string) func(p *programPage) {
		return func(p *programPage) {
			p.page = fmt.Sprintf("/Annots[%d 0 R]", p.add("<</Type/Annot/Rect[100 100 200 140]/F 4"+entries+">>"))
		}
	}
	state := func(entries string) func(p *programPage) {
		return func(p *programPage) {
			p.resource("ExtGState", "G", p.add("<<"+entries+">>"))
			p.content += "q /G gs 10 10 100 50 re f Q"
		}
	}
	form := func(entries, content string) func(p *programPage) {
		return func(p *programPage) {
			p.resource("XObject", "X", p.stream("/Type/XObject/Subtype/Form/BBox[0 0 50 50]"+entries, []byte(content)))
			p.content += "q 1 0 0 1 50 50 cm /X Do Q"
		}
	}
	fontDict := func(from, to string) func(p *programPage) {
		return func(p *programPage) { p.font(func(s string) string { return strings.Replace(s, from, to, 1) }) }
	}
	for name, c := range map[string]struct {
		change func(p *programPage)
		why    string
	}{
		"6.2.11.4 a font that is not there": {func(p *programPage) { p.content += "BT /F3 12 Tf 20 100 Td (seen) Tj ET" }, fontNotEmbedded},
		"6.2.11.5 widths of another font":   {fontDict("/Widths[278", "/Widths[300"), fontWidths},
		"6.2.11.6 a symbolic font with codes": {func(p *programPage) {
			for i, o := range p.objects {
				p.objects[i] = strings.Replace(o, "/Flags 32", "/Flags 4", 1)
			}
		}, fontWrong},
		"6.2.11.6 names that nobody knows": {fontDict("/Encoding/WinAnsiEncoding", "/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[65/g65]>>"), fontWrong},
		"6.2.11.3 another way to the letters": {func(p *programPage) {
			for i, o := range p.objects {
				p.objects[i] = strings.Replace(o, "/Encoding/Identity-H", "/Encoding/UniJIS-UTF16-H", 1)
			}
		}, fontNotFollowed},
		"6.2.11.3 a composite font without a map": {func(p *programPage) {
			for i, o := range p.objects {
				p.objects[i] = strings.Replace(o, "/CIDToGIDMap/Identity", "", 1)
			}
		}, fontWrong},
		"6.2.11.8 a letter that is not there": {func(p *programPage) { p.content += "BT /F2 12 Tf 20 100 Td <0000FFF0> Tj ET" }, fontLacksGlyph},
		"6.2.11.2 a program that is none": {func(p *programPage) {
			p.objects[0] = "<</Length 4>>\nstream\nnone\nendstream"
		}, fontNotFollowed},
		"6.2.4.3 CMYK":              {func(p *programPage) { p.content += "0 1 0 0 k 10 10 20 20 re f" }, reasonColours},
		"6.2.4.3 CMYK by its space": {func(p *programPage) { p.content += "/DeviceCMYK cs 0 1 0 0 sc 10 10 20 20 re f" }, reasonColours},
		"6.2.4.3 CMYK in a form":    {form("/Resources<<>>", "0 1 0 0 k 0 0 20 20 re f"), reasonColours},
		"6.2.4.3 CMYK in an image":  {picture("/Width 1/Height 1/ColorSpace/DeviceCMYK/BitsPerComponent 8", []byte{0, 255, 0, 0}), reasonColours},
		"6.2.4.3 CMYK in a palette": {picture("/Width 1/Height 1/ColorSpace[/Indexed/DeviceCMYK 0<00FF0000>]/BitsPerComponent 8", []byte{0}), reasonColours},
		"6.2.4.3 CMYK for blending": {func(p *programPage) { p.page = "/Group<</S/Transparency/CS/DeviceCMYK>>" }, reasonColours},
		"6.2.4.2 a profile of none": {func(p *programPage) {
			p.resource("ColorSpace", "C", p.add(fmt.Sprintf("[/ICCBased %d 0 R]", p.stream("/N 3", []byte("none")))))
			p.content += "/C cs 1 0 0 sc 10 10 20 20 re f"
		}, reasonColours},
		"6.2.4.4 one name for two spot colours": {func(p *programPage) {
			for i, c := range []string{"1 0 0", "0 1 0"} {
				p.resource("ColorSpace", fmt.Sprintf("S%d", i), p.add("[/Separation/Spot/DeviceRGB<</FunctionType 2/Domain[0 1]/N 1/C0[1 1 1]/C1["+c+"]>>]"))
			}
			p.content += "/S0 cs 1 scn 10 10 20 20 re f /S1 cs 1 scn 40 10 20 20 re f"
		}, reasonColours},
		"6.2.4.4 colours without their names": {func(p *programPage) {
			p.resource("ColorSpace", "N", p.add("[/DeviceN[/Spot]/DeviceRGB<</FunctionType 2/Domain[0 1]/N 1/C0[1 1 1]/C1[0 0 1]>>]"))
			p.content += "/N cs 1 scn 10 10 20 20 re f"
		}, reasonColours},
		"6.2.5 a transfer function":         {state("/TR<</FunctionType 2/Domain[0 1]/N 2>>"), reasonTransparent},
		"6.2.6 an intent that nobody knows": {func(p *programPage) { p.content += "/Bright ri" }, reasonUnknown},
		"6.2.8 twelve bits":                 {picture("/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 12", []byte{0, 0}), reasonImage},
		"6.2.8 layers on an image":          {picture("/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/OC<</Type/OCG/Name(x)>>", []byte{0}), reasonLayers},
		"6.2.9 PostScript": {func(p *programPage) {
			p.resource("XObject", "X", p.stream("/Type/XObject/Subtype/PS", []byte("showpage")))
			p.content += "/X Do"
		}, reasonUnknown},
		"6.2.9 a form of another file":   {form("/Resources<<>>/Ref<</F(other.pdf)/Page 0>>", "0 0 20 20 re f"), reasonUnknown},
		"6.2.2 a form without resources": {form("", "BT /F1 12 Tf (of the page) Tj ET"), reasonContent},
		"6.2.2 what is not there":        {func(p *programPage) { p.content += "/None gs" }, reasonContent},
		"6.2.2 an operator of no one":    {func(p *programPage) { p.content += "1 2 paint" }, reasonContent},
		"6.1.6 half a byte":              {func(p *programPage) { p.content += "BT /F1 12 Tf 20 100 Td <414> Tj ET" }, reasonContent},
		"6.1.8 a long name":              {func(p *programPage) { p.content += "/" + strings.Repeat("a", 128) + " MP" }, reasonContent},
		"6.1.10 LZW in the content": {func(p *programPage) {
			p.content += "q 20 0 0 20 10 10 cm BI /W 2 /H 2 /CS /G /BPC 8 /F /LZW ID 1234 EI Q"
		}, reasonImage},
		"6.1.13 states within states": {func(p *programPage) { p.content += strings.Repeat("q ", 28) + strings.Repeat("Q ", 28) }, "it is too complicated"},
		"6.1.13 a state too many":     {func(p *programPage) { p.content += "Q" }, reasonContent},
		"6.2.10 blending of no one":   {state("/BM/Glow"), reasonTransparent},
		"6.3.3 a note without looks":  {annot("/Subtype/Square/C[1 0 0]"), reasonNoLooks},
		"6.4.1 a field without looks": {annot("/Subtype/Widget/FT/Tx/T(name)/V(Smith)/DA(/Helv 12 Tf)"), reasonNoLooks},
		"6.9 layers": {func(p *programPage) {
			p.resources["Properties"] = "/L<</Type/OCG/Name(x)>>"
			p.content += "/OC /L BDC 10 10 20 20 re f EMC"
		}, reasonLayers},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgramPage(t)
			c.change(p)
			out, drawn, different := made(t, p.bytes(), 1250, 1250)
			if len(drawn) != 1 || drawn[0].Page != 1 || drawn[0].Why != c.why {
				t.Errorf("drawn is %v, want %q", drawn, c.why)
			}
			// Poppler and pdfium do not make the same of a broken font, or of 12 bits.
			if different > 0.0002 && c.why != fontNotFollowed && c.why != reasonImage {
				t.Errorf("%.4f of the page looks otherwise", different)
			}
			if !strings.Contains(tool(t, out, "pdfinfo", "-meta", "FILE"), "page 1 was drawn: ") {
				t.Error("the file's history does not tell")
			}
			if text := tool(t, out, "pdftotext", "FILE", "-"); !strings.Contains(text, "Discharge summary of café") {
				t.Errorf("its text is %q", text)
			}
		})
	}
}

// A Type 1 font and one in the Compact Font Format are read for their letters and widths.
func TestFontPrograms(t *testing.T) {
	t.Run("Type 1", func(t *testing.T) {
		crypt := func(key uint16, b []byte) []byte {
			out := []byte{}
			for _, c := range append([]byte("\x00\x00\x00\x00"), b...) {
				c ^= byte(key >> 8)
				key = (uint16(c)+key)*52845 + 22719
				out = append(out, c)
			}
			return out
		}
		number := func(v int) string { return string([]byte{255, byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}) }
		glyph := func(name string, width int) string {
			c := crypt(4330, []byte(number(0)+number(width)+"\x0d\x0e"))
			return fmt.Sprintf("/%s %d RD %s ND\n", name, len(c), c)
		}
		clear := "%!PS-AdobeFont-1.0: Sample\n/FontMatrix [0.001 0 0 0.001 0 0] readonly def\n/Encoding 256 array 0 1 255 {1 index exch /.notdef put} for\ndup 65 /A put\nreadonly def\ncurrentfile eexec\n"
		private := "dup /Private 8 dict dup begin /lenIV 4 def\n2 index /CharStrings 2 dict dup begin\n" + glyph(".notdef", 250) + glyph("A", 722) + "end end\n"
		p, err := readType1([]byte(clear+string(crypt(55665, []byte(private)))), len(clear))
		if err != nil {
			t.Fatal(err)
		}
		w, ok := p.width(p.names["A"])
		if !ok || w != 722 || p.builtin['A'] != p.names["A"] || p.names["A"] == 0 || p.glyphs != 2 {
			t.Errorf("A is glyph %d, %v wide, %v; %d glyphs", p.names["A"], w, ok, p.glyphs)
		}
	})
	t.Run("CFF", func(t *testing.T) {
		index := func(parts ...string) string {
			if len(parts) == 0 {
				return "\x00\x00"
			}
			out := fmt.Sprintf("\x00%c\x01\x01", len(parts))
			at := 1
			for _, p := range parts {
				at += len(p)
				out += string([]byte{byte(at)})
			}
			return out + strings.Join(parts, "")
		}
		short := func(v int) string { return string([]byte{28, byte(v >> 8), byte(v)}) }
		build := func(charset, private, chars int) string {
			top := short(charset) + "\x0f" + short(chars) + "\x11" + short(8) + short(private) + "\x12"
			return "\x01\x00\x04\x01" + index("Sample") + index(top) + index() + index()
		}
		head := len(build(0, 0, 0))
		charset := "\x00\x00\x22" // format 0: glyph 1 is A
		private := short(500) + "\x14" + short(600) + "\x15"
		// Glyph 1 says 122 beyond the nominal width, then moves.
		chars := index("\x0e", short(122)+short(0)+short(0)+"\x15\x0e")
		p, err := readCFF([]byte(build(head, head+len(charset), head+len(charset)+len(private)) + charset + private + chars))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]float64{"A": 722, ".notdef": 500} {
			if w, ok := p.width(p.names[name]); !ok || w != want {
				t.Errorf("%s is %v wide, %v; want %v", name, w, ok, want)
			}
		}
		if p.names["A"] != 1 || p.builtin['A'] != 1 {
			t.Errorf("A is glyph %d, by its code %d", p.names["A"], p.builtin['A'])
		}
	})
	t.Run("TrueType", func(t *testing.T) {
		widths, glyphs := sansWidths(t)
		p, err := readOpenType(liberationsansregular.TTF)
		if err != nil {
			t.Fatal(err)
		}
		for code, g := range glyphs {
			r := charmap.Windows1252.DecodeByte(code)
			if got := p.cmaps[[2]int{3, 1}](int(r)); got != g {
				t.Errorf("%q is glyph %d, not %d", r, got, g)
			}
			if w, ok := p.width(g); !ok || fmt.Sprintf("%.0f", w) != widths[code-32] {
				t.Errorf("%q is %v wide, not %s", r, w, widths[code-32])
			}
		}
	})
}

// Whatever the bytes, a font's program is read or refused.
func FuzzFontProgram(f *testing.F) {
	f.Add(liberationsansregular.TTF[:4096])
	cff, _ := hex.DecodeString("0100040100010101075361")
	f.Add(cff)
	f.Add([]byte("%!PS eexec 0123456789 /CharStrings /A 3 RD abc ND end"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) (*fontProgram, error){readOpenType, readCFF, func(b []byte) (*fontProgram, error) { return readType1(b, 0) }} {
			p, err := read(data)
			if err != nil {
				continue
			}
			for g := range min(p.glyphs, 50) {
				p.width(g)
			}
			for _, way := range p.cmaps {
				way(65)
			}
		}
	})
}

// What a drawn page is coded as: what it needs, and no more.
func TestDrawnPagesAreSmall(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		entries string
		most    int
	}{
		"black on white": {letterText, "/CCITTFaxDecode", 30 << 10},
		"nearly black":   {"0.05 g " + letterText, "/CCITTFaxDecode", 30 << 10},
		"blue on white":  {"0 0 .6 rg " + letterText, "/Indexed/DeviceRGB 1<", 30 << 10},
		"a few colours":  {letterText + " 1 0 0 rg 50 50 100 100 re f .5 g 200 50 100 100 re f", "/BitsPerComponent 2", 60 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			out, drawn, different := made(t, textPDF(c.content, ""), 2480, 3509)
			if len(drawn) != 1 || different > 0.0002 || len(out) > c.most || !bytes.Contains(out, []byte(c.entries)) {
				t.Errorf("drawn %v, %d bytes, %.4f otherwise; coded by %s: %v", drawn, len(out), different, c.entries, bytes.Contains(out, []byte(c.entries)))
			}
		})
	}
}
