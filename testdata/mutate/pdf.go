package mutate

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
)

// A pdf is written object by object; number 1 is the catalog, 2 the pages.
type pdf struct {
	b       bytes.Buffer
	offsets []int
}

func newPDF() *pdf {
	p := &pdf{}
	p.b.WriteString("%PDF-1.7\n")
	return p
}

func (p *pdf) add(body string) int {
	p.offsets = append(p.offsets, p.b.Len())
	fmt.Fprintf(&p.b, "%d 0 obj\n%s\nendobj\n", len(p.offsets), body)
	return len(p.offsets)
}

func (p *pdf) stream(dict string, data []byte) int {
	return p.add(fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data))
}

func (p *pdf) end(trailer string) []byte {
	at := p.b.Len()
	fmt.Fprintf(&p.b, "xref\n0 %d\n0000000000 65535 f \n", len(p.offsets)+1)
	for _, o := range p.offsets {
		fmt.Fprintf(&p.b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&p.b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(p.offsets)+1, strings.ReplaceAll(trailer, "SELF", fmt.Sprint(at)), at)
	return p.b.Bytes()
}

// onePage begins a file with one page: object 3, whose entries and content are given. Objects from 5 on are the caller's.
func onePage(entries, content string) *pdf {
	p := newPDF()
	p.add("<</Type/Catalog/Pages 2 0 R>>")
	p.add("<</Type/Pages/Kids[3 0 R]/Count 1>>")
	p.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R" + entries + ">>")
	p.stream("", []byte(content))
	return p
}

var pdfNumber = regexp.MustCompile(`/(Length|Width|Height|Columns|Rows|K|BitsPerComponent|Count|Predictor|Colors|Rotate|Size|Prev|N|First|FirstChar|LastChar|V|R|P) -?\d+`)

// hostilePDF mixes changed numbers of sound files with files that only a hostile
// hand writes.
func hostilePDF(r *source) ([]byte, string) {
	deep := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	image := func(dict string, data []byte) []byte {
		p := onePage("/Resources<</XObject<</I 5 0 R>>>>", "q 300 0 0 200 0 0 cm /I Do Q")
		p.stream("/Type/XObject/Subtype/Image"+dict, data)
		return p.end("")
	}
	switch r.IntN(26) {
	case 0, 1, 2, 3:
		b := Samples()["pdf"][r.IntN(4)]
		found := pdfNumber.FindAllIndex(b, -1)
		if len(found) == 0 {
			return b[:len(b)/2], "cut off"
		}
		at := found[r.IntN(len(found))]
		name, _, _ := bytes.Cut(b[at[0]:at[1]], []byte(" "))
		value := pick(r, fmt.Sprint(r.number()), fmt.Sprint(r.number()), "-1", "-2147483648", "99999999999999999999", "0.5", "3 0 R", "null", "(x)", "[1]")
		return append(b[:at[0]:at[0]], append([]byte(string(name)+" "+value), b[at[1]:]...)...), fmt.Sprintf("%s is %s", name, value)
	case 4:
		b := Samples()["pdf"][r.IntN(3)]
		return bytes.Replace(b, []byte(" 0 obj"), []byte(pick(r, " 1 obj", " 0 objx", " 65536 obj")), 1+r.IntN(5)), "objects called otherwise"
	case 5:
		return onePage("", "").end(fmt.Sprintf("/Prev %s", pick(r, "SELF", "0", "1", "99999999", "-1"))), "a table that follows itself"
	case 6:
		p := newPDF()
		p.add("<</Type/Catalog/Pages 2 0 R>>")
		n := 200 + r.IntN(5000)
		for i := range n {
			p.add(fmt.Sprintf("<</Type/Pages/Count 1/Kids[%d 0 R]>>", i+3))
		}
		p.add("<</Type/Page/MediaBox[0 0 300 200]>>")
		return p.end(""), fmt.Sprintf("a tree of pages %d deep", n)
	case 7:
		n := 3000 + r.IntN(50000)
		p := newPDF()
		p.add("<</Type/Catalog/Pages 2 0 R>>")
		p.add(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", n, strings.Repeat("3 0 R ", n)))
		p.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>")
		return p.end(""), fmt.Sprintf("the same page %d times", n)
	case 8:
		n := 1000 + r.IntN(200_000)
		p := onePage("/X "+deep("[", "]", n), "")
		return p.end(""), fmt.Sprintf("%d lists within each other", n)
	case 9:
		n := 1000 + r.IntN(100_000)
		return onePage("/X "+deep("<</A ", ">>", n), "").end(""), fmt.Sprintf("%d dictionaries within each other", n)
	case 10:
		bomb := deflated(make([]byte, 100<<20))
		filter := "/Filter/FlateDecode"
		if r.IntN(2) == 0 {
			bomb, filter = deflated(bomb), "/Filter[/FlateDecode/FlateDecode]"
		}
		return image(filter+"/Width 30000/Height 26000/ColorSpace/DeviceGray/BitsPerComponent 1", bomb), "a picture that unfolds to 100 MB"
	case 11:
		p := newPDF()
		p.add("<</Type/Catalog/Pages 2 0 R>>")
		p.add("<</Type/Pages/Kids[3 0 R]/Count 1>>")
		p.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R>>")
		p.stream("/Filter/FlateDecode", deflated(bytes.Repeat([]byte(pick(r, "q ", "0 0 m ", "BT ET ", "1 0 0 1 0 0 cm ", "[")), 8<<20)))
		return p.end(""), "content that unfolds to megabytes"
	case 12:
		n := 5 + r.IntN(100)
		return image("/Filter["+strings.Repeat(pick(r, "/FlateDecode", "/ASCIIHexDecode", "/RunLengthDecode", "/LZWDecode"), n)+"]/Width 10/Height 10/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("48656c6c6f>")), fmt.Sprintf("%d filters", n)
	case 13:
		filter := pick(r, "/JBIG2Decode", "/JPXDecode", "/DCTDecode", "/CCITTFaxDecode", "/LZWDecode", "/Crypt")
		return image("/Filter"+filter+fmt.Sprintf("/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent %d", pick(r, 100, 5000, r.number()), pick(r, 100, 5000, r.number()), pick(r, 0, 1, 3, 8, 64)), r.bytes(2000)), "noise behind " + filter
	case 14:
		return image(fmt.Sprintf("/Filter/CCITTFaxDecode/DecodeParms<</K %d/Columns %d/Rows %d/EndOfLine %v/EncodedByteAlign %v>>/Width 1728/Height 2000/ColorSpace/DeviceGray/BitsPerComponent 1", pick(r, -1, 0, 4, 99999), pick(r, 1728, 0, 1, r.number()), pick(r, 0, 2000, r.number()), r.IntN(2) == 0, r.IntN(2) == 0), r.bytes(3000)), "fax parameters"
	case 15:
		p := onePage("/Resources<</XObject<</F 5 0 R>>>>", "/F Do")
		p.stream("/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F 5 0 R/G 5 0 R>>>>", []byte("/F Do /G Do /F Do"))
		return p.end(""), "a form that draws itself"
	case 16:
		// Each form draws the next one ten times: ten to the n.
		n := 6 + r.IntN(20)
		p := onePage("/Resources<</XObject<</F 5 0 R>>>>", "/F Do")
		for i := range n {
			p.stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</F %d 0 R>>>>", i+6), []byte(strings.Repeat("/F Do ", 10)))
		}
		p.stream("/Type/XObject/Subtype/Form/BBox[0 0 300 200]", []byte("0 0 10 10 re f"))
		return p.end(""), fmt.Sprintf("ten to the %d forms", n)
	case 17:
		box := pick(r, "[0 0 1e9 1e9]", "[0 0 0 0]", "[0 0 -5 -5]", "[0 0 1 14400]", "[]", "[0 0 300]", "[0 0 (a) 5]", "[9 9 1 1]", "5 0 R", fmt.Sprintf("[0 0 %f 10]", math.MaxFloat32))
		return []byte(strings.Replace(string(onePage("", "0 0 10 10 re f").end("")), "[0 0 300 200]", box, 1)), "a page of the size " + box
	case 18:
		p := newPDF()
		p.add("<</Type/Catalog/Pages 2 0 R>>")
		p.add("<</Type/Pages/Kids[3 0 R]/Count 1>>")
		p.add("3 0 R")
		return p.end(""), "an object that is itself"
	case 19:
		p := onePage("/Contents[4 0 R 4 0 R 5 0 R]", "BT")
		p.stream("/Length 5 0 R/Filter 5 0 R", []byte("x"))
		return p.end("/Info 3 0 R/Encrypt 5 0 R"), "a lock that is a stream"
	case 20:
		objects := fmt.Sprintf("%d 0 ", 7) + strings.Repeat("<</A 1>>", 1000)
		p := onePage("/X 7 0 R", "")
		p.stream(fmt.Sprintf("/Type/ObjStm/N %d/First %d/Extends 5 0 R", r.number(), r.number()), []byte(objects))
		return p.end(""), "a stream of objects that claims too much"
	case 21:
		p := newPDF()
		p.add("<</Type/Catalog/Pages 2 0 R>>")
		p.add("<</Type/Pages/Kids[3 0 R]/Count 1>>")
		p.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>")
		fmt.Fprintf(&p.b, "4 0 obj\n<</Type/XRef/Size %d/W[%d %d %d]/Index[%d %d]/Root 1 0 R/Length 20>>\nstream\n%s\nendstream\nendobj\n", r.number(), r.IntN(9), r.number(), r.IntN(9), r.number(), r.number(), r.bytes(20))
		fmt.Fprintf(&p.b, "startxref\n%d\n%%%%EOF\n", bytes.Index(p.b.Bytes(), []byte("4 0 obj")))
		return p.b.Bytes(), "a table that is a stream of noise"
	case 22:
		content := "BI /W " + fmt.Sprint(r.number()) + " /H " + fmt.Sprint(r.number()) + " /CS /G /BPC " + pick(r, "1", "8", "77") + " /F /" + pick(r, "Fl", "CCF", "DCT", "AHx") + " ID " + string(r.bytes(200)) + pick(r, " EI", "")
		return onePage("", content).end(""), "a picture within the content"
	case 23:
		p := onePage("/Resources<</Font<</F 5 0 R>>>>", "BT /F 12 Tf 10 10 Td (AAAA) Tj ET")
		p.add("<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 65/LastChar 65/Widths[1]/Encoding<</Differences[65/A]>>/CharProcs<</A 6 0 R>>/Resources<</Font<</F 5 0 R>>>>>>")
		p.stream("", []byte("BT /F 12 Tf (AAAA) Tj ET"))
		return p.end(""), "a letter that is written with itself"
	case 24:
		return onePage("/Annots[5 0 R 3 0 R]/AA<</O<</S/JavaScript/JS(app.alert(1))>>>>", "").end("/Info<</Title " + deep("(", ")", 50000) + ">>"), "a title of brackets"
	default:
		n := 20000 + r.IntN(100_000)
		return onePage("/Resources<</XObject<<"+strings.Repeat("/A 4 0 R", 10)+">>>>", strings.Repeat(pick(r, "q ", "0 0 m 9 9 l S ", "BT /F 9 Tf (x) Tj ET ", "W n ", "/P sh "), n)).end(""), fmt.Sprintf("%d operators", n)
	}
}
