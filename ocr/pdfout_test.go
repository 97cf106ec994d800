package ocr

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

var testMeta = DocumentMeta{
	Title: "Discharge summary", Language: "en-GB", ID: "0123456789abcdef",
	Created: time.Date(2026, 3, 12, 9, 14, 0, 0, time.UTC),
}

// each gives the pages one after the other, as writeSearchable takes them.
func each(pages ...searchablePage) iter.Seq2[searchablePage, error] {
	return func(yield func(searchablePage, error) bool) {
		for _, p := range pages {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func searchable(t *testing.T, pages ...searchablePage) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := writeSearchable(&b, testMeta, each(pages...), testOptions()); err != nil {
		t.Fatal(err)
	}
	tool(t, b.Bytes(), "qpdf", "--check", "FILE")
	return b.Bytes()
}

// sampleWords are words over a page of w by h pixels, in lines.
func sampleWords(w, h int) []postroom.Word {
	var out []postroom.Word
	x := func(v int) int { return v * w / 1000 }
	y := func(v int) int { return v * h / 1000 }
	add := func(line, left, top, right, bottom int, text string) {
		out = append(out, postroom.Word{Text: text, Line: line, Box: postroom.Box{x(left), y(top), x(right), y(bottom)}, Confidence: 0.9})
	}
	add(0, 100, 50, 290, 75, "Marlfield")
	add(0, 310, 50, 420, 75, "Royal")
	add(0, 440, 50, 640, 75, "Infirmary")
	add(1, 100, 200, 160, 215, "NHS")
	add(1, 180, 200, 280, 215, "Number")
	add(1, 600, 200, 660, 215, "(999")
	add(1, 675, 200, 725, 215, "012")
	add(1, 740, 200, 820, 215, `34\54)`)
	add(2, 100, 500, 900, 512, "stretched")
	add(3, 100, 600, 130, 640, "squeezed")
	add(4, 850, 960, 960, 985, "end.")
	return out
}

type textBox struct {
	text                     string
	left, top, right, bottom float64
}

var bboxWord = regexp.MustCompile(`<word xMin="([-0-9.]+)" yMin="([-0-9.]+)" xMax="([-0-9.]+)" yMax="([-0-9.]+)">(.*?)</word>`)

// wordsOf asks pdftotext where it finds words, in points from the top left.
func wordsOf(t *testing.T, data []byte) []textBox {
	t.Helper()
	return boxesIn(t, tool(t, data, "pdftotext", "-bbox", "FILE", "-"))
}

// boxesIn reads what pdftotext -bbox prints.
func boxesIn(t *testing.T, printed string) []textBox {
	t.Helper()
	var out []textBox
	for _, m := range bboxWord.FindAllStringSubmatch(printed, -1) {
		n := func(s string) float64 {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		text := strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'").Replace(m[5])
		out = append(out, textBox{text, n(m[1]), n(m[2]), n(m[3]), n(m[4])})
	}
	return out
}

// expectedBox is where a word of the page should stand in the upright PDF, by
// way of Page.Original: in points from the top left.
func expectedBox(p *postroom.Page, b postroom.Box) textBox {
	o := p.Original(b)
	kx, ky := 72/p.DPIX, 72/p.DPIY
	l, tp, r, bt := float64(o[0])*kx, float64(o[1])*ky, float64(o[2])*kx, float64(o[3])*ky
	w, h := float64(p.Width)*kx, float64(p.Height)*ky
	switch p.Rotation {
	case 90:
		l, tp, r, bt = h-bt, l, h-tp, r
	case 180:
		l, tp, r, bt = w-r, h-bt, w-l, h-tp
	case 270:
		l, tp, r, bt = tp, w-r, bt, w-l
	}
	return textBox{"", l, tp, r, bt}
}

// checkWords looks for every word of the page where it should be. slack is in
// points; the right edge of large letters may be off by half a letter.
func checkWords(t *testing.T, p *postroom.Page, data []byte, slack float64) {
	t.Helper()
	found := wordsOf(t, data)
	for _, w := range p.Words {
		want := expectedBox(p, w.Box)
		ok := false
		var near []textBox
		for _, f := range found {
			if f.text != w.Text {
				continue
			}
			near = append(near, f)
			if math.Abs(f.left-want.left) <= slack && math.Abs(f.right-want.right) <= max(slack, 0.3*(want.bottom-want.top)) &&
				math.Abs((f.top+f.bottom-want.top-want.bottom)/2) <= slack {
				ok = true
			}
		}
		if !ok {
			t.Errorf("%q is not at %.1f,%.1f to %.1f,%.1f; found %v", w.Text, want.left, want.top, want.right, want.bottom, near)
		}
	}
	if len(found) != len(p.Words) {
		t.Errorf("pdftotext finds %d words, not %d", len(found), len(p.Words))
	}
}

// faxPage is a page of a fax as it was read: turned and skewed as given, with words
// all over it.
func faxPage(b *generate.Bits, dpiX, dpiY float64, turn int, skew float64) postroom.Page {
	p := postroom.Page{Number: 1, Width: b.W, Height: b.H, DPIX: dpiX, DPIY: dpiY, Rotation: turn, Skew: skew, Text: postroom.TextOCR}
	square := max(dpiX, dpiY)
	sx, sy := square/dpiX, square/dpiY
	w, h := int(math.Round(float64(b.W)*sx)), int(math.Round(float64(b.H)*sy))
	back := unscaled(sx, sy).after(unturned(turn, w, h))
	if turn%180 != 0 {
		w, h = h, w
	}
	if skew != 0 {
		back = back.after(unrotated(skew, w, h))
	}
	p.Frame = postroom.Frame{Width: w, Height: h, DPI: square, Matrix: back}
	p.Words = sampleWords(w, h)
	return p
}

func TestFaxBecomesSearchable(t *testing.T) {
	for _, c := range []struct {
		dpiX, dpiY float64
		w, h       int
		turn       int
		skew       float64
	}{
		{204, 98, 1728, 1146, 0, 0},
		{204, 196, 1728, 2292, 0, 0},
		{204, 98, 1728, 1146, 180, 0},
		{204, 98, 1728, 1146, 90, 0},
		{204, 98, 1728, 1146, 270, 0},
		{204, 196, 1728, 2292, 0, 1.5},
		{204, 98, 1728, 1146, 180, -2},
		{200, 200, 1654, 2339, 90, 1},
	} {
		t.Run(fmt.Sprintf("%vx%v turned %d skewed %v", c.dpiX, c.dpiY, c.turn, c.skew), func(t *testing.T) {
			b := markedPicture(c.w, c.h)
			tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: c.dpiX, DPIY: c.dpiY})
			p := faxPage(b, c.dpiX, c.dpiY, c.turn, c.skew)
			data := searchable(t, searchablePage{tiff, postroom.TIFF, p})
			slack := 3.0
			if c.skew != 0 {
				slack = 6 // a tilted word's upright box is larger than the word
			}
			checkWords(t, &p, data, slack)
			checkPictures(t, data, []image.Image{grayOf(b)}, "ccitt")
			// A4 whatever the resolution, standing or lying.
			info := tool(t, data, "pdfinfo", "FILE")
			want := "595"
			if c.turn%180 != 0 {
				want = "842"
			}
			if m := regexp.MustCompile(`Page size:\s+(\d+)`).FindStringSubmatch(info); m == nil || absInt(atoi(m[1])-atoi(want)) > 16 {
				t.Errorf("page size: %v, want about %s wide", m, want)
			}
			if !strings.Contains(info, "Page rot:        0") {
				t.Error("the page is turned by /Rotate")
			}
			// Shown upright.
			prefix := t.TempDir() + "/p"
			tool(t, data, "pdftoppm", "-r", "50", "-gray", "-singlefile", "FILE", prefix)
			checkLooksLike(t, readPGM(t, prefix+".pgm"), oriented(grayOf(b), c.turn, false))
		})
	}
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }

func absInt(n int) int { return max(n, -n) }

// checkLooksLike compares a small picture with a large one, cell by cell.
func checkLooksLike(t *testing.T, small *image.Gray, large image.Image) {
	t.Helper()
	const cells = 20
	mean := func(m *image.Gray, cx, cy int) float64 {
		b := m.Rect
		x0, x1, y0, y1 := b.Dx()*cx/cells, b.Dx()*(cx+1)/cells, b.Dy()*cy/cells, b.Dy()*(cy+1)/cells
		sum := 0.0
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				sum += float64(m.Pix[y*m.Stride+x])
			}
		}
		return sum / float64((x1-x0)*(y1-y0))
	}
	whole := inGray(large)
	off := 0
	for cy := range cells {
		for cx := range cells {
			if math.Abs(mean(small, cx, cy)-mean(whole, cx, cy)) > 60 {
				off++
			}
		}
	}
	if off > 8 {
		t.Errorf("%d of %d parts of the page look different", off, cells*cells)
	}
}

// checkPictures takes the images out of a PDF and compares them pixel by pixel.
func checkPictures(t *testing.T, data []byte, want []image.Image, encoding string) {
	t.Helper()
	list := strings.Split(strings.TrimSpace(tool(t, data, "pdfimages", "-list", "FILE")), "\n")[2:]
	if len(list) != len(want) {
		t.Fatalf("%d images in the PDF, want %d", len(list), len(want))
	}
	prefix := filepath.Join(t.TempDir(), "i")
	tool(t, data, "pdfimages", "-png", "FILE", prefix)
	for i, w := range want {
		if fields := strings.Fields(list[i]); fields[8] != encoding {
			t.Errorf("image %d is stored as %s, want %s", i, fields[8], encoding)
		}
		f, err := os.ReadFile(fmt.Sprintf("%s-%03d.png", prefix, i))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(f))
		if err != nil {
			t.Fatal(err)
		}
		if n := differing(w, m); n != 0 {
			t.Errorf("image %d: %d pixels differ", i, n)
		}
	}
}

// Whatever coding, strips, bit order and polarity a fax TIFF has, its pixels
// reach the PDF unchanged, as G4.
func TestEveryFaxTIFFKeepsItsPixels(t *testing.T) {
	b := markedPicture(816, 392)
	for _, o := range []generate.TIFFOptions{
		{Coding: generate.G4}, {Coding: generate.G3}, {Coding: generate.G3Two}, {Coding: generate.Plain},
		{Coding: generate.G4, LowFirst: true}, {Coding: generate.G4, BlackIsZero: true}, {Coding: generate.G4, BigEndian: true},
		{Coding: generate.G4, RowsPerStrip: 50}, {Coding: generate.G3, LowFirst: true, RowsPerStrip: 64},
		{Coding: generate.G4, LowFirst: true, BlackIsZero: true, BigEndian: true}, {Coding: generate.G3, BlackIsZero: true},
	} {
		o.DPIX, o.DPIY = 204, 98
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			tiff := generate.EncodeTIFF([]*generate.Bits{b, complement(b)}, o)
			one, two := faxPage(b, 204, 98, 0, 0), faxPage(b, 204, 98, 0, 0)
			two.Number = 2
			data := searchable(t, searchablePage{tiff, postroom.TIFF, one}, searchablePage{tiff, postroom.TIFF, two})
			checkPictures(t, data, []image.Image{grayOf(b), grayOf(complement(b))}, "ccitt")
		})
	}
}

// A strip of G4 goes into the PDF byte for byte: a small one, which is packed once more, and a large one, which is not.
func TestG4StripIsKept(t *testing.T) {
	noise := markedPicture(1728, 1146)
	for i := 0; i < len(noise.Pix); i += 7 {
		noise.Pix[i] ^= 0x24
	}
	for name, b := range map[string]*generate.Bits{"small": markedPicture(816, 392), "large": noise} {
		strip := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
		tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
		data := searchable(t, searchablePage{tiff, postroom.TIFF, faxPage(b, 204, 98, 0, 0)})
		if got := faxData(t, data); len(got) != 1 || !bytes.Equal(got[0], strip) {
			t.Errorf("%s: the fax data were coded anew", name)
		}
		if name == "large" && !bytes.Contains(data, strip) {
			t.Errorf("%s: the fax data do not stand in the file as they are", name)
		}
		if name == "small" && len(data) > len(strip)+3000 {
			t.Errorf("%s: %d bytes of fax became %d", name, len(strip), len(data))
		}
	}
}

// faxData returns the fax data of each picture of a PDF, as pdfimages finds them.
func faxData(t *testing.T, pdf []byte) [][]byte {
	t.Helper()
	prefix := filepath.Join(t.TempDir(), "fax")
	tool(t, pdf, "pdfimages", "-ccitt", "FILE", prefix)
	files, err := filepath.Glob(prefix + "-*.ccitt")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// withOrientation adds the Orientation tag to a little-endian TIFF of one page
// made by the generator, in place of its tag Software.
func withOrientation(t *testing.T, b *generate.Bits, orientation uint16) []byte {
	t.Helper()
	tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 100, DPIY: 100})
	le := binary.LittleEndian
	at := int(le.Uint32(tiff[4:]))
	n := int(le.Uint16(tiff[at:]))
	// The directory moves to the end with one entry more.
	var entries [][]byte
	for i := range n {
		e := tiff[at+2+12*i : at+14+12*i]
		if le.Uint16(e) != 274 {
			entries = append(entries, e)
		}
	}
	extra := le.AppendUint16(nil, 274)
	extra = le.AppendUint16(extra, 3)
	extra = le.AppendUint32(extra, 1)
	extra = le.AppendUint32(extra, uint32(orientation))
	out := append([]byte{}, tiff...)
	if len(out)%2 == 1 {
		out = append(out, 0)
	}
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, uint16(len(entries)+1))
	placed := false
	for _, e := range entries {
		if !placed && le.Uint16(e) > 274 {
			out = append(out, extra...)
			placed = true
		}
		out = append(out, e...)
	}
	return append(out, 0, 0, 0, 0)
}

// A TIFF's Orientation decides how the page is shown, without touching the data.
func TestTIFFOrientationIsShown(t *testing.T) {
	b := markedPicture(400, 200)
	for orientation := uint16(1); orientation <= 8; orientation++ {
		t.Run(fmt.Sprint(orientation), func(t *testing.T) {
			tiff := withOrientation(t, b, orientation)
			f, err := openTIFF(tiff, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			raw, err := f.Page(1)
			if err != nil {
				t.Fatal(err)
			}
			arrived := pixelsOf(t, raw)
			p := postroom.Page{Number: 1, Width: arrived.Bounds().Dx(), Height: arrived.Bounds().Dy(), DPIX: 100, DPIY: 100, Text: postroom.TextOCR}
			p.Words = sampleWords(p.Width, p.Height)[:3]
			data := searchable(t, searchablePage{tiff, postroom.TIFF, p})
			checkPictures(t, data, []image.Image{grayOf(b)}, "ccitt")
			prefix := t.TempDir() + "/p"
			tool(t, data, "pdftoppm", "-r", "100", "-gray", "-singlefile", "FILE", prefix)
			shown := readPGM(t, prefix+".pgm")
			if n := differing(shown, arrived); n < 0 || n*50 > p.Width*p.Height {
				t.Errorf("%d pixels differ from the page as it arrived", n)
			}
			checkWords(t, &p, data, 3)
		})
	}
}

func picturePage(m image.Image, dpi float64) postroom.Page {
	p := postroom.Page{Number: 1, Width: m.Bounds().Dx(), Height: m.Bounds().Dy(), DPIX: dpi, DPIY: dpi, Text: postroom.TextOCR}
	p.Words = sampleWords(p.Width, p.Height)[:3]
	return p
}

// Scans keep their data: JPEGs byte for byte, PNGs pixel by pixel.
func TestScansKeepTheirPixels(t *testing.T) {
	gray, rgb := shades(301, 150), colours(300, 151)
	bilevel := image.NewPaletted(image.Rect(0, 0, 303, 100), color.Palette{color.White, color.Black})
	palette := image.NewPaletted(image.Rect(0, 0, 300, 100), color.Palette{color.White, color.RGBA{200, 0, 0, 255}, color.RGBA{0, 90, 0, 255}})
	for i := range bilevel.Pix {
		bilevel.Pix[i] = byte(i * i / 77 % 2)
	}
	for i := range palette.Pix {
		palette.Pix[i] = byte(i / 9 % 3)
	}
	deep := image.NewGray16(image.Rect(0, 0, 50, 40))
	for i := range deep.Pix {
		deep.Pix[i] = byte(i * 7)
	}
	flat := image.NewRGBA(image.Rect(0, 0, 60, 50))
	glass := image.NewNRGBA(image.Rect(0, 0, 60, 50))
	for y := range 50 {
		for x := range 60 {
			if x < 30 {
				glass.Set(x, y, color.NRGBA{0, 0, 0, 0})
				flat.Set(x, y, color.White)
			} else {
				glass.Set(x, y, color.NRGBA{10, 20, 30, 255})
				flat.Set(x, y, color.RGBA{10, 20, 30, 255})
			}
		}
	}
	encode := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		data     []byte
		media    string
		want     image.Image
		encoding string
	}{
		"gray PNG":        {encode(gray), postroom.PNG, gray, "image"},
		"colour PNG":      {encode(rgb), postroom.PNG, rgb, "image"},
		"bilevel PNG":     {encode(bilevel), postroom.PNG, bilevel, "ccitt"},
		"palette PNG":     {encode(palette), postroom.PNG, palette, "image"},
		"transparent PNG": {encode(glass), postroom.PNG, flat, "image"},
		"gray JPEG":       {jpegOf(t, gray), postroom.JPEG, nil, "jpeg"},
		"colour JPEG":     {jpegOf(t, rgb), postroom.JPEG, nil, "jpeg"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _, err := image.Decode(bytes.NewReader(c.data))
			if err != nil {
				t.Fatal(err)
			}
			p := picturePage(m, 72)
			data := searchable(t, searchablePage{c.data, c.media, p})
			checkWords(t, &p, data, 3)
			if c.want == nil {
				if !bytes.Contains(data, c.data) {
					t.Error("the JPEG is not in the PDF as it was")
				}
				return
			}
			checkPictures(t, data, []image.Image{c.want}, c.encoding)
		})
	}
	// Sixteen bits: pdfimages gives only eight of them back.
	data := searchable(t, searchablePage{encode(deep), postroom.PNG, picturePage(deep, 72)})
	if p, err := readPNG(encode(deep)); err != nil || !bytes.Contains(data, p.data) || !bytes.Contains(data, []byte("/BitsPerComponent 16")) {
		t.Errorf("the samples of 16 bits are not in the PDF as they were (%v)", err)
	}
}

// Text of every script can be found in the file.
func TestEveryScript(t *testing.T) {
	words := []string{
		"Größe", "naïve", "Ωμέγα", "Кириллица", "Ελλάδα", "שלום", "العربية", "日本語", "中文", "한국어", "हिन्दी", "ไทย", "😀", "𝔄", "ﬁn", "€5", "“quoted”", "½",
	}
	b := generate.NewBits(1728, 2292)
	p := postroom.Page{Number: 1, Width: 1728, Height: 2292, DPIX: 204, DPIY: 196, Text: postroom.TextOCR}
	for i, w := range words {
		n := len([]rune(w))
		p.Words = append(p.Words, postroom.Word{Text: w, Line: i, Box: postroom.Box{200, 100 + 100*i, 200 + 25*n, 140 + 100*i}})
	}
	tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 196})
	data := searchable(t, searchablePage{tiff, postroom.TIFF, p})
	text := tool(t, data, "pdftotext", "FILE", "-")
	for _, w := range words {
		want := strings.ReplaceAll(w, "ﬁ", "fi") // pdftotext writes ligatures out
		if !strings.Contains(strings.ReplaceAll(text, "ﬁ", "fi"), want) {
			t.Errorf("%q is not found in\n%s", w, text)
		}
	}
	// And by another program.
	f := openSample(t, data)
	if raw, err := f.Page(1); err != nil || len(raw.Words) != 0 {
		t.Errorf("our own invisible text counts as the page's: %v %v", raw.Words, err)
	}
}

// A line of two scripts, with words in the order in which they are read.
func TestRightToLeftWords(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "שלום": "םולש", "(العربية": "ةيبرعلا(", "שנת2026": "2026תנש", "بَيت": "تيبَ", "": "",
	} {
		if got := visual(in); got != want {
			t.Errorf("%q is laid out as %q, want %q", in, got, want)
		}
	}
}

// The same pages give the same bytes, at any time; another document differs in its ID.
func TestSearchableIsReproducible(t *testing.T) {
	b := markedPicture(816, 392)
	tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G3, DPIX: 204, DPIY: 98})
	scan := jpegOf(t, shades(100, 50))
	text := textPDF(letterText, "")
	pages := []searchablePage{
		{tiff, postroom.TIFF, faxPage(b, 204, 98, 0, 0)},
		{scan, postroom.JPEG, picturePage(shades(100, 50), 72)},
		{text, postroom.PDF, postroom.Page{Number: 1, Width: 2480, Height: 3508, DPIX: 300, DPIY: 300, Text: postroom.TextPDF}},
	}
	first := searchable(t, pages...)
	time.Sleep(1100 * time.Millisecond) // times in PDFs count seconds
	if !bytes.Equal(first, searchable(t, pages...)) {
		t.Error("the same pages gave other bytes")
	}
	other := testMeta
	other.ID = "another"
	var b2 bytes.Buffer
	if _, err := writeSearchable(&b2, other, each(pages...), testOptions()); err != nil {
		t.Fatal(err)
	}
	id := func(data []byte) string {
		ctx, err := api.ReadContext(bytes.NewReader(data), pdfConfiguration(""))
		if err != nil || len(ctx.ID) != 2 {
			t.Fatalf("the file has no ID: %v, %v", ctx, err)
		}
		return ctx.ID[0].PDFString()
	}
	if len(id(first)) < 18 || id(first) == id(b2.Bytes()) {
		t.Error("two documents share an ID, or have none")
	}
}

// A page of a PDF that is one image gives its own data, and nothing else of the file.
func TestFaxPDFKeepsItsData(t *testing.T) {
	b := markedPicture(1728, 1146)
	for _, coding := range []generate.Coding{generate.G4, generate.G3, generate.G3Two} {
		pdf := generate.EncodeFaxPDF([]*generate.Bits{b, complement(b)}, coding, 204, 98, false)
		one, two := faxPage(b, 204, 98, 180, 0), faxPage(b, 204, 98, 0, 0)
		two.Number = 2
		data := searchable(t, searchablePage{pdf, postroom.PDF, one}, searchablePage{pdf, postroom.PDF, two})
		checkPictures(t, data, []image.Image{grayOf(b), grayOf(complement(b))}, "ccitt")
		k := map[generate.Coding]int{generate.G3Two: 2}[coding]
		if coded := generate.EncodeCCITT(b, 0, b.H, coding, k); coding != generate.G3Two && !bytes.Equal(faxData(t, data)[0], coded) {
			t.Errorf("%v: the fax data were coded anew", coding)
		}
		if archivalPart(t, data) != "2" {
			t.Errorf("%v: the file does not say that it is PDF/A", coding)
		}
		if float64(len(data)) > 1.1*float64(len(pdf))+4500 {
			t.Errorf("%v: %d bytes became %d", coding, len(pdf), len(data))
		}
	}
}

// JBIG2 data go along with the segments that pages share.
func TestJBIG2KeepsItsGlobals(t *testing.T) {
	b := markedPicture(816, 392)
	s := &samplePDF{}
	// A comment (ITU-T T.88 section 7.4.15), which belongs to no page.
	comment := append([]byte{0, 0, 0, 9, 62, 0, 0, 0, 0, 0, 12, 0x20, 0, 0, 0}, "shared\x00\x00"...)
	globals := s.stream("", comment)
	x := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width 816/Height 392/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode/DecodeParms<</JBIG2Globals %d 0 R>>", globals), jbig2(b))
	c := s.stream("", []byte("q 288 0 0 288 0 0 cm /X Do Q"))
	pdf := s.file(fmt.Sprintf("/MediaBox[0 0 288 288]/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R", x, c))
	if n := differing(grayOf(b), pixelsOf(t, firstPage(t, pdf))); n != 0 {
		t.Errorf("%d pixels differ as it is read", n)
	}
	data := searchable(t, searchablePage{pdf, postroom.PDF, faxPage(b, 204, 98, 0, 0)})
	checkPictures(t, data, []image.Image{grayOf(b)}, "jbig2")
	if !bytes.Contains(data, comment) || !bytes.Contains(data, []byte("/JBIG2Globals ")) {
		t.Error("the shared segments did not come along")
	}
}

// Words stand right on pages of a PDF that show their image turned, mirrored,
// scaled or cropped.
func TestWordsOnPlacedImages(t *testing.T) {
	b := markedPicture(400, 200)
	g4 := generate.EncodeCCITT(b, 0, b.H, generate.G4, 0)
	entries := "/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>"
	for name, c := range map[string]struct{ cm, page string }{
		"upright":         {"288 0 0 144 0 0", "/MediaBox[0 0 288 144]"},
		"page turned":     {"288 0 0 144 0 0", "/MediaBox[0 0 288 144]/Rotate 90"},
		"image turned":    {"0 288 -144 0 144 0", "/MediaBox[0 0 144 288]"},
		"image mirrored":  {"-288 0 0 144 288 0", "/MediaBox[0 0 288 144]"},
		"cropped":         {"288 0 0 144 0 0", "/MediaBox[0 0 288 144]/CropBox[36 36 288 144]"},
		"UserUnit":        {"144 0 0 72 0 0", "/MediaBox[0 0 144 72]/UserUnit 2"},
		"far from origin": {"288 0 0 144 1000 -500", "/MediaBox[1000 -500 1288 -356]"},
	} {
		t.Run(name, func(t *testing.T) {
			pdf := imagePDF(entries, g4, c.cm, c.page)
			raw := firstPage(t, pdf)
			arrived := pixelsOf(t, raw)
			p := postroom.Page{Number: 1, Width: raw.Width, Height: raw.Height, DPIX: raw.DPIX, DPIY: raw.DPIY, Text: postroom.TextOCR}
			p.Words = sampleWords(p.Width, p.Height)[:3]
			data := searchable(t, searchablePage{pdf, postroom.PDF, p})
			checkWords(t, &p, data, 2)
			prefix := t.TempDir() + "/p"
			tool(t, data, "pdftoppm", "-r", "100", "-gray", "-singlefile", "FILE", prefix)
			if n := differing(readPGM(t, prefix+".pgm"), arrived); n < 0 || n*50 > p.Width*p.Height {
				t.Errorf("%d pixels differ from the page as it arrived", n)
			}
		})
	}
}

// A page whose one image could not be decoded was drawn: its words stand in the
// drawing's pixels, not in the image's.
func TestWordsOnImageThatWasDrawn(t *testing.T) {
	b := markedPicture(400, 200)
	pdf := imagePDF("/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>",
		generate.EncodeCCITT(b, 0, b.H, generate.G4, 0), "288 0 0 144 0 0", "/MediaBox[0 0 288 144]")
	p := postroom.Page{Number: 1, Width: 1200, Height: 600, DPIX: 300, DPIY: 300, Text: postroom.TextOCR}
	p.Words = sampleWords(p.Width, p.Height)[:3]
	checkWords(t, &p, searchable(t, searchablePage{pdf, postroom.PDF, p}), 2)
}

// A camera's JPEG says in its EXIF data how it is held.
func TestJPEGOrientationIsShown(t *testing.T) {
	m := shades(300, 150)
	plain := jpegOf(t, m)
	exif := append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00"), 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0)
	data := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	data = append(data, plain[2:]...)
	p := postroom.Page{Number: 1, Width: 150, Height: 300, DPIX: 100, DPIY: 100, Text: postroom.TextOCR}
	p.Words = sampleWords(p.Width, p.Height)[:2]
	out := searchable(t, searchablePage{data, postroom.JPEG, p})
	if !bytes.Contains(out, data) {
		t.Error("the JPEG is not in the PDF as it was")
	}
	prefix := t.TempDir() + "/p"
	tool(t, out, "pdftoppm", "-r", "100", "-gray", "-singlefile", "FILE", prefix)
	checkLooksLike(t, readPGM(t, prefix+".pgm"), oriented(m, 90, false))
	checkWords(t, &p, out, 2)
}

// A born-digital page is taken over untouched where that is asked for, and no text is added to it.
// Otherwise a page whose font is not embedded is drawn, and its words stand where they stood.
func TestBornDigitalPageIsTakenOver(t *testing.T) {
	pdf := textPDF(letterText, "")
	raw := firstPage(t, pdf)
	p := postroom.Page{Number: 1, Width: raw.Width, Height: raw.Height, DPIX: raw.DPIX, DPIY: raw.DPIY, Text: raw.Text, Words: raw.Words}
	checkWords(t, &p, searchable(t, searchablePage{pdf, postroom.PDF, p}), 8)
	var kept bytes.Buffer
	meta := testMeta
	meta.Keep = true
	if drawn, err := writeSearchable(&kept, meta, each(searchablePage{pdf, postroom.PDF, p}), testOptions()); err != nil || len(drawn) > 0 {
		t.Fatal(drawn, err)
	}
	if !bytes.Contains(kept.Bytes(), []byte(letterText)) {
		t.Error("the page's content was changed")
	}
	checkWords(t, &p, kept.Bytes(), 8)
	if archivalPart(t, kept.Bytes()) != "" {
		t.Error("the file says that it is PDF/A, with a font that is not embedded")
	}
}

// A page that had to be drawn keeps all it shows and gets words on top; what text
// another program hid in it goes.
func TestDrawnPageGetsWords(t *testing.T) {
	content := "q 0 0 m 500 700 l S BT /F1 12 Tf 3 Tr 50 700 Td (rubbish) Tj ET q q"
	for _, page := range []string{"", "/Rotate 90", "/Rotate 180", "/MediaBox[100 200 695 1042]"} {
		for _, turn := range []int{0, 180} {
			t.Run(fmt.Sprintf("%s turned %d", page, turn), func(t *testing.T) {
				pdf := textPDF(content, page)
				raw := firstPage(t, pdf)
				if raw.Image == nil {
					t.Fatal("the page was not drawn")
				}
				p := postroom.Page{Number: 1, Width: raw.Width, Height: raw.Height, DPIX: raw.DPIX, DPIY: raw.DPIY, Text: postroom.TextOCR, Rotation: turn}
				p.Frame = postroom.Frame{Width: raw.Width, Height: raw.Height, DPI: raw.DPIX, Matrix: unturned(turn, raw.Width, raw.Height)}
				p.Words = sampleWords(raw.Width, raw.Height)
				data := searchable(t, searchablePage{pdf, postroom.PDF, p})
				// pdftotext gives boxes on the page as it is shown.
				checkWords(t, &p, data, 3)
				prefix := t.TempDir() + "/p"
				tool(t, data, "pdftoppm", "-r", "50", "-gray", "-singlefile", "FILE", prefix)
				checkLooksLike(t, readPGM(t, prefix+".pgm"), oriented(raw.Image, turn, false))
			})
		}
	}
}

// What is filled in stays to be seen; what a form could do does not stay.
func TestFormIsTakenOverWithoutActions(t *testing.T) {
	s := &samplePDF{}
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	c := s.stream("", []byte(letterText))
	look := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</A %d 0 R>>>>", f), []byte("BT /A 12 Tf 2 5 Td (Penicillin) Tj ET"))
	field := s.add("<</FT/Tx/T(allergy)/V(Penicillin)>>")
	widget := s.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/Parent %d 0 R/Rect[72 600 272 620]/F 4/AP<</N %d 0 R>>/A<</S/JavaScript/JS(app.alert)>>/AA<</E<</S/Launch/F(x)>>>>>>", field, look))
	link := s.add("<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://example.org)>>>>")
	s.catalog = fmt.Sprintf("/AcroForm<</Fields[%d 0 R]>>/OpenAction<</S/JavaScript/JS(app.alert)>>", field)
	pdf := s.file(
		fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R/Annots[%d 0 R %d 0 R]", f, c, widget, link),
		"/MediaBox[0 0 100 100]")
	raw := firstPage(t, pdf)
	p := postroom.Page{Number: 1, Width: raw.Width, Height: raw.Height, DPIX: raw.DPIX, DPIY: raw.DPIY, Text: raw.Text, Words: raw.Words}
	data := searchable(t, searchablePage{pdf, postroom.PDF, p})
	open := string(expanded(t, data))
	for _, bad := range []string{"JavaScript", "Launch", "/URI", "OpenAction", "/AA"} {
		if strings.Contains(open, bad) {
			t.Errorf("%s is in the new file", bad)
		}
	}
	if strings.Count(open, "/Type /Page\n")+strings.Count(open, "/Type /Page ") > 1 {
		t.Error("another page came along")
	}
	prefix := t.TempDir() + "/p"
	tool(t, data, "pdftoppm", "-r", "100", "-gray", "-singlefile", "FILE", prefix)
	m := readPGM(t, prefix+".pgm")
	dark := 0
	for y := (842 - 620) * 100 / 72; y < (842-600)*100/72; y++ {
		for x := 100; x < 200; x++ {
			if m.GrayAt(x, y).Y < 128 {
				dark++
			}
		}
	}
	if dark < 20 {
		t.Error("what was filled in can't be seen any more")
	}
}

// expanded is the file with all streams unpacked.
func expanded(t *testing.T, data []byte) []byte {
	t.Helper()
	to := filepath.Join(t.TempDir(), "open.pdf")
	tool(t, data, "qpdf", "--qdf", "--object-streams=disable", "FILE", to)
	out, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Pages of several files, locked ones too, make one document.
func TestPagesOfSeveralFiles(t *testing.T) {
	b := markedPicture(816, 392)
	tiff := generate.EncodeTIFF([]*generate.Bits{b, b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
	open := textPDF(letterText, "")
	text, words := locked(t, open, "ward7", "secret", "256"), firstPage(t, open).Words
	o := testOptions()
	o.Passwords = []string{"ward7"}
	second := faxPage(b, 204, 98, 0, 0)
	second.Number = 2
	var out bytes.Buffer
	if _, err := writeSearchable(&out, testMeta, each(
		searchablePage{tiff, postroom.TIFF, second},
		searchablePage{text, postroom.PDF, postroom.Page{Number: 1, Width: 2480, Height: 3508, DPIX: 300, DPIY: 300, Text: postroom.TextPDF, Words: words}},
		searchablePage{tiff, postroom.TIFF, faxPage(b, 204, 98, 0, 0)},
	), o); err != nil {
		t.Fatal(err)
	}
	tool(t, out.Bytes(), "qpdf", "--check", "FILE")
	info := tool(t, out.Bytes(), "pdfinfo", "FILE")
	if !strings.Contains(info, "Pages:           3") || !strings.Contains(info, "Encrypted:       no") {
		t.Errorf("pdfinfo says\n%s", info)
	}
	if got := tool(t, out.Bytes(), "pdftotext", "-f", "2", "-l", "2", "FILE", "-"); !strings.HasPrefix(got, "Discharge summary") {
		t.Errorf("page 2 says %q", got)
	}
}

// A blank page, and one with boxes that are no good, do no harm.
func TestPagesWithoutWords(t *testing.T) {
	b := generate.NewBits(816, 392)
	tiff := generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
	p := faxPage(b, 204, 98, 0, 0)
	p.Words = nil
	searchable(t, searchablePage{tiff, postroom.TIFF, p})
	p.Words = []postroom.Word{{Text: "x", Box: postroom.Box{5, 5, 5, 9}}, {Text: "", Box: postroom.Box{1, 1, 9, 9}}, {Text: "far", Box: postroom.Box{9000, 9000, 9999, 9999}}, {Text: "a\x00b\r\n(", Box: postroom.Box{1, 1, 90, 20}}}
	data := searchable(t, searchablePage{tiff, postroom.TIFF, p})
	if text := tool(t, data, "pdftotext", "FILE", "-"); !strings.Contains(text, "(") {
		t.Errorf("text is %q", text)
	}
	if _, err := writeSearchable(&bytes.Buffer{}, testMeta, each(), testOptions()); err == nil {
		t.Error("a PDF without a page was made")
	}
}

func FuzzPNG(f *testing.F) {
	var b bytes.Buffer
	png.Encode(&b, shades(9, 5))
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := readPNG(data); err == nil && (p.width <= 0 || p.height <= 0 || len(p.data) == 0) {
			t.Fatalf("%+v", p)
		}
	})
}
