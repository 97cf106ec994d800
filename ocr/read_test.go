package ocr

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// sharedReader is for tests that do nothing to its children.
var sharedReader = sync.OnceValue(func() *Reader {
	r, err := Open(Config{Workers: 2})
	if err != nil {
		panic(err)
	}
	return r
})

func readOne(t *testing.T, mediaType string, data []byte, n int) postroom.Page {
	t.Helper()
	page, err := sharedReader().Read(t.Context(), attach(t, mediaType, data), n)
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	return page
}

// checkPage checks what holds for every page.
func checkPage(t *testing.T, p postroom.Page) {
	t.Helper()
	if p.Width <= 0 || p.Height <= 0 || !(p.DPIX > 0) || !(p.DPIY > 0) || p.Engine == "" || p.Hash == "" || p.Number < 1 {
		t.Errorf("the page lacks something: %+v", p)
	}
	if !(p.Confidence >= 0 && p.Confidence <= 1) || !(p.Ink >= 0 && p.Ink <= 1) {
		t.Errorf("confidence %v, ink %v", p.Confidence, p.Ink)
	}
	line, block := 0, 0
	for i, w := range p.Words {
		if w.Text == "" || strings.TrimSpace(w.Text) != w.Text || w.Box.Empty() || !(w.Confidence >= 0 && w.Confidence <= 1) {
			t.Errorf("impossible word %+v", w)
		}
		if w.Box[0] < 0 || w.Box[1] < 0 || w.Box[2] > p.Frame.Width || w.Box[3] > p.Frame.Height {
			t.Errorf("word %d lies outside of the frame", i)
		}
		if w.Line != line && w.Line != line+1 || w.Block != block && w.Block != block+1 || w.Block > block && w.Line == line && i > 0 {
			t.Errorf("word %d has line %d and block %d after %d and %d", i, w.Line, w.Block, line, block)
		}
		line, block = w.Line, w.Block
	}
}

func TestReadLetter(t *testing.T) {
	page := readOne(t, postroom.TIFF, tiff(204, 204, newSheet().letter()), 1)
	score := Compare(strings.Join(letterLines, "\n"), page.PlainText())
	if score.Errors > 3 || page.Confidence < 0.9 || page.Blank || page.Rotation != 0 || math.Abs(page.Skew) > 0.2 {
		t.Errorf("%+v, confidence %v, turned %d, skew %v: %s", score, page.Confidence, page.Rotation, page.Skew, page.PlainText())
	}
	if page.Width != 1728 || page.Height != 2385 || page.DPIX != 204 {
		t.Errorf("arrived as %d by %d at %g", page.Width, page.Height, page.DPIX)
	}
}

// A clean black and white page at 300 dpi needs neither turning nor squaring, and stays as it is until its lines are found.
func TestReadBilevelAsItIs(t *testing.T) {
	bits, truth, _, err := generate.Page(generate.PageOptions{Seed: 3, DPIX: 300, DPIY: 300, Channel: &generate.Channel{DPIX: 300, DPIY: 300}})
	if err != nil {
		t.Fatal(err)
	}
	page := readOne(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{bits}, generate.TIFFOptions{Coding: generate.G4, DPIX: 300, DPIY: 300}), 1)
	if len(page.Words) < 60 || page.Confidence < 0.9 {
		t.Errorf("%d words of %d lines, confidence %.2f: %q", len(page.Words), len(truth.Lines), page.Confidence, page.PlainText())
	}
}

// Every way in which fax machines and servers write the same page is read the
// same: x/image and pdfcpu turn some of these into white on black.
func TestEveryKindOfFaxTIFF(t *testing.T) {
	s := newSheet()
	s.write(12, 1, 1, "The quick brown fox jumps over the lazy dog")
	bits := s.bits()
	for _, o := range []generate.TIFFOptions{
		{Coding: generate.G3}, {Coding: generate.G3Two}, {Coding: generate.G4},
		{Coding: generate.G3, LowFirst: true}, {Coding: generate.G4, LowFirst: true},
		{Coding: generate.G3, BlackIsZero: true}, {Coding: generate.G3Two, BlackIsZero: true}, {Coding: generate.G4, BlackIsZero: true},
		{Coding: generate.G4, BigEndian: true}, {Coding: generate.G4, Centimetres: true}, {Coding: generate.G4, NoResolution: true},
		{Coding: generate.G4, RowsPerStrip: 64}, {Coding: generate.G3Two, RowsPerStrip: 100, BigEndian: true, LowFirst: true},
	} {
		o.DPIX, o.DPIY = 204, 204
		page := readOne(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{bits}, o), 1)
		if got := page.PlainText(); got != "The quick brown fox jumps over the lazy dog" {
			t.Errorf("%+v: read %q", o, got)
		}
		if math.Abs(page.DPIX-204) > 1 || page.Ink > 0.01 {
			t.Errorf("%+v: %g dpi, ink %g", o, page.DPIX, page.Ink)
		}
	}
}

func TestPagesOfAFileKeepTheirOrder(t *testing.T) {
	var sheets []sheet
	for i := range 3 {
		s := newSheet()
		s.write(14, 1, 2, fmt.Sprintf("This is page number %d", i+1))
		sheets = append(sheets, s)
	}
	a := attach(t, postroom.TIFF, tiff(204, 204, sheets...))
	info, err := sharedReader().Inspect(t.Context(), a)
	if err != nil || info.Pages != 3 {
		t.Fatalf("%+v, %v", info, err)
	}
	for _, n := range []int{2, 3, 1} {
		page, err := sharedReader().Read(t.Context(), a, n)
		if err != nil || !strings.HasSuffix(page.PlainText(), fmt.Sprint(n)) || page.Number != n || page.Hash != a.Hash {
			t.Errorf("page %d: %q, %v", n, page.PlainText(), err)
		}
	}
	if _, err := sharedReader().Read(t.Context(), a, 4); kindOf(err) != postroom.BadInput {
		t.Errorf("page 4 of 3 gave %v", err)
	}
}

// A cut file decodes silently up to the cut: the missing pages have to be missed.
func TestFaxThatBreaksOff(t *testing.T) {
	s := newSheet()
	s.write(14, 1, 2, "The first page ends")
	data := tiff(204, 204, s, s, s)
	f, _ := parseTIFF(data)
	t.Run("between pages", func(t *testing.T) {
		cut := attach(t, postroom.TIFF, data[:f.Images[1].Offset+4])
		info, err := sharedReader().Inspect(t.Context(), cut)
		if err != nil || info.Pages < 2 {
			t.Fatalf("%+v, %v", info, err)
		}
		if page, err := sharedReader().Read(t.Context(), cut, 1); err != nil || page.PlainText() != "The first page ends" {
			t.Errorf("the page before the cut gave %q, %v", page.PlainText(), err)
		}
		if _, err := sharedReader().Read(t.Context(), cut, 2); kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), "breaks off") {
			t.Errorf("the page after the cut gave %v", err)
		}
	})
	t.Run("within a page", func(t *testing.T) {
		// The directory stands before the cut, the image behind it: as if the strip
		// were longer than the file.
		long := bytes.Clone(data)
		at := f.Images[2].Offset
		for i := range int64(binary.LittleEndian.Uint16(long[at:])) {
			if e := long[at+2+12*i:]; binary.LittleEndian.Uint16(e) == tagStripLengths {
				binary.LittleEndian.PutUint32(e[8:], uint32(len(long)))
			}
		}
		a := attach(t, postroom.TIFF, long)
		if _, err := sharedReader().Read(t.Context(), a, 3); kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), "breaks off") {
			t.Errorf("the cut page gave %v", err)
		}
	})
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	var small bytes.Buffer
	png.Encode(&small, image.NewGray(image.Rect(0, 0, 300, 300)))
	huge := generate.EncodeTIFF([]*generate.Bits{generate.NewBits(20_000, 20_000)}, generate.TIFFOptions{Coding: generate.G4, DPIX: 300, DPIY: 300})
	for _, c := range []struct {
		what, mediaType string
		data            []byte
		reason          string
	}{
		{"empty", postroom.TIFF, nil, "empty"},
		{"empty", postroom.PNG, nil, "empty"},
		{"no TIFF", postroom.TIFF, []byte("this is a letter of no kind at all"), "damaged"},
		{"half a header", postroom.TIFF, []byte("II*\x00"), "damaged"},
		{"BigTIFF", postroom.TIFF, []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), "BigTIFF"},
		{"no PNG", postroom.PNG, []byte("\x89PNG\r\n\x1a\n and nothing"), "damaged"},
		{"half a PNG", postroom.PNG, small.Bytes()[:small.Len()/2], "damaged"},
		{"no JPEG", postroom.JPEG, []byte("\xff\xd8\xff\xe0"), "damaged"},
		{"no PDF", postroom.PDF, []byte("this is no PDF"), ""},
		{"20,000 pixels", postroom.TIFF, huge, "more than the limit"},
		{"spreadsheet", "application/vnd.ms-excel", []byte("table"), "can't be read"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := sharedReader().Read(t.Context(), attach(t, c.mediaType, c.data), 1)
			if kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("it gave %v", err)
			}
			if hint := postroom.ReasonOf(err, ""); !strings.Contains(hint, "; ") {
				t.Errorf("%q says nothing of what to do", hint)
			}
		})
	}
}

func TestFileOfTooManyPages(t *testing.T) {
	r := openReader(t, Config{Workers: 1, Limits: Limits{MaxPages: 2}})
	_, err := r.Inspect(t.Context(), attach(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{small(), small(), small()}, generate.TIFFOptions{Coding: generate.G4})))
	if kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), "3 pages, more than the limit of 2") {
		t.Errorf("three pages gave %v", err)
	}
}

func TestFileThatIsGone(t *testing.T) {
	_, err := sharedReader().Inspect(t.Context(), postroom.Attachment{Path: "/no/such/file of Mrs Pritchard", MediaType: postroom.TIFF})
	if kindOf(err) != postroom.Temporary || strings.Contains(err.Error(), "Pritchard") {
		t.Errorf("a file that is gone gave %v", err)
	}
}

// A page is read with its place whichever way it lies: the words' boxes lead
// back to where they were drawn.
func TestBoxesLeadBack(t *testing.T) {
	for _, c := range []struct {
		name       string
		turn       int     // degrees clockwise by which the sheet was put in wrongly
		skew       float64 // and askew
		rows       float64 // per inch
		dpiX, dpiY float64
	}{
		{"upright", 0, 0, 204, 204, 204},
		{"standard fax", 0, 0, 98, 204, 98},
		{"upside down", 180, 0, 204, 204, 204},
		{"on its left side", 270, 0, 204, 204, 204},
		{"on its right side", 90, 0, 204, 204, 204},
		{"askew", 0, 2.3, 204, 204, 204},
		{"askew the other way", 0, -1.7, 204, 204, 204},
		{"standard fax, upside down and askew", 180, 1.5, 98, 204, 98},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSheet().letter()
			marks := map[string]image.Rectangle{}
			for i, word := range []string{"Anaemia", "Bronchitis", "Cholesterol", "Diabetes", "Epilepsy"} {
				marks[word] = s.write(14, 1.0+1.1*float64(i), 5+1.1*float64(i), word)
			}
			w, h := s.Rect.Dx(), s.Rect.Dy()
			s = s.askew(c.skew).turned(c.turn).rows(c.rows)
			page := readOne(t, postroom.TIFF, tiff(c.dpiX, c.dpiY, s), 1)
			if page.Rotation != (360-c.turn)%360 {
				t.Errorf("turned by %d, not %d", page.Rotation, (360-c.turn)%360)
			}
			if math.Abs(page.Skew+c.skew) > 0.15 {
				t.Errorf("straightened by %v, not %v", page.Skew, -c.skew)
			}
			for word, drawn := range marks {
				// Where the word's corners went.
				there, _ := unrotated(c.skew, w, h).inverse()
				turn, _ := unturned(c.turn, w, h).inverse()
				there = turn.after(there)
				var want postroom.Box
				for _, p := range []image.Point{drawn.Min, drawn.Max, {X: drawn.Min.X, Y: drawn.Max.Y}, {X: drawn.Max.X, Y: drawn.Min.Y}} {
					x, y := there.apply(float64(p.X), float64(p.Y))
					y *= c.rows / sheetDPI
					want = want.Union(postroom.Box{int(x), int(y), int(x) + 1, int(y) + 1})
				}
				got := postroom.Box{}
				for _, w := range page.Words {
					if w.Text == word {
						got = page.Original(w.Box)
					}
				}
				for i := range got {
					if abs(got[i]-want[i]) > 8 {
						t.Errorf("%s is at %v, not at %v", word, got, want)
						break
					}
				}
			}
		})
	}
}

// What a TIFF says of its own orientation (TIFF 6.0, Orientation) is what a viewer
// shows, so the words' boxes and the page's size are in that.
func TestOrientationOfAFile(t *testing.T) {
	upright := newSheet().letter()
	word := upright.write(14, 5, 8, "Postscript")
	for orientation, stored := range map[int]sheet{1: upright, 3: upright.turned(180), 6: upright.turned(270), 8: upright.turned(90)} {
		page := readOne(t, postroom.TIFF, plainTIFF(stored.bits(), orientation), 1)
		if page.Width != upright.Rect.Dx() || page.Height != upright.Rect.Dy() || page.Rotation != 0 {
			t.Errorf("orientation %d: %d by %d, turned by %d", orientation, page.Width, page.Height, page.Rotation)
		}
		found := false
		for _, w := range page.Words {
			if w.Text == "Postscript" {
				b := page.Original(w.Box)
				found = abs(b[0]-word.Min.X) < 8 && abs(b[1]-word.Min.Y) < 8 && abs(b[2]-word.Max.X) < 8
			}
		}
		if !found {
			t.Errorf("orientation %d: the word is not where a viewer shows it", orientation)
		}
	}
}

// plainTIFF writes a picture without compression and with an orientation.
func plainTIFF(b *generate.Bits, orientation int) []byte {
	order := binary.LittleEndian
	out := []byte("II*\x00\x08\x00\x00\x00")
	const n = 12
	data := uint32(8 + 2 + 12*n + 4 + 16)
	out = order.AppendUint16(out, n)
	entry := func(tag, kind uint16, value uint32) {
		out = order.AppendUint16(out, tag)
		out = order.AppendUint16(out, kind)
		out = order.AppendUint32(out, 1)
		out = order.AppendUint32(out, value)
	}
	entry(256, 4, uint32(b.W))
	entry(257, 4, uint32(b.H))
	entry(258, 3, 1)
	entry(259, 3, 1)
	entry(262, 3, 0)
	entry(273, 4, data)
	entry(274, 3, uint32(orientation))
	entry(278, 4, uint32(b.H))
	entry(279, 4, uint32(len(b.Pix)))
	entry(282, 5, data-16)
	entry(283, 5, data-8)
	entry(296, 3, 2)
	out = order.AppendUint32(out, 0)
	for _, v := range []uint32{204, 1, 204, 1} {
		out = order.AppendUint32(out, v)
	}
	return append(out, b.Pix...)
}

func TestBlankPages(t *testing.T) {
	line := newSheet()
	line.write(10, 1, 5, "Please telephone.")
	faint := newSheet()
	faint.write(9, 4, 10.5, "p. 2")
	holes := newSheet()
	for _, at := range [][2]float64{{0.4, 4}, {0.4, 7}} {
		for dy := -0.11; dy < 0.11; dy += 0.004 {
			dx := math.Sqrt(0.11*0.11 - dy*dy)
			holes.fill(at[0]-dx, at[1]+dy, at[0]+dx, at[1]+dy+0.006, 0)
		}
	}
	for _, c := range []struct {
		name  string
		page  sheet
		blank bool
	}{
		{"white", newSheet(), true},
		{"punch holes", holes, true},
		{"specks only", newSheet().specks(0.002), true},
		{"a single line", line, false},
		{"a single line under specks", line.specks(0.002), false},
		{"a page number", faint, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := readOne(t, postroom.TIFF, tiff(204, 204, c.page), 1)
			if page.Blank != c.blank {
				t.Errorf("blank is %v, read %q", page.Blank, page.PlainText())
			}
			if page.Blank && (len(page.Words) > 0 || page.Confidence != 1) {
				t.Errorf("a blank page has %d words and confidence %v", len(page.Words), page.Confidence)
			}
		})
	}
	t.Run("black", func(t *testing.T) {
		black := newSheet()
		black.fill(0, 0, 8.5, 11.8, 0)
		page := readOne(t, postroom.TIFF, tiff(204, 204, black), 1)
		if len(page.Words) != 0 || page.Ink < 0.9 {
			t.Errorf("a black page has %d words and ink %v", len(page.Words), page.Ink)
		}
	})
}

// Specks cost more than time: Tesseract alone reads less than half of this.
func TestSpeckledPage(t *testing.T) {
	for _, rows := range []float64{204, 98} {
		page := readOne(t, postroom.TIFF, tiff(204, rows, newSheet().letter().rows(rows).specks(0.004)), 1)
		score := Compare(strings.Join(letterLines, "\n"), page.PlainText())
		if score.CharacterErrorRate() > 0.05 {
			t.Errorf("at %g rows: %+v, %q", rows, score, page.PlainText())
		}
		if !strings.Contains(strings.Join(page.Notes, " "), "specks removed") {
			t.Errorf("notes %q", page.Notes)
		}
	}
}

func TestBlackEdgesAreNoText(t *testing.T) {
	s := newSheet().letter()
	s.fill(0, 0, 0.3, 11.69, 0)
	s.fill(0, 11.4, 8.47, 11.69, 0)
	page := readOne(t, postroom.TIFF, tiff(204, 204, s), 1)
	if score := Compare(strings.Join(letterLines, "\n"), page.PlainText()); score.Errors > 5 {
		t.Errorf("%+v: %q", score, page.PlainText())
	}
}

// A page on which a part can't be read has a low confidence, though what was
// read of it was read well.
func TestLostTextLowersTheConfidence(t *testing.T) {
	whole := readOne(t, postroom.TIFF, tiff(204, 204, newSheet().letter()), 1)
	s := newSheet().letter()
	for i := range 12 { // a second letter, as if written in a script that nobody reads
		for k := range 60 {
			x, y := 1+0.1*float64(k), 5+0.3*float64(i)
			s.fill(x, y, x+0.05, y+0.02, 0)
			s.fill(x+0.02, y, x+0.04, y+0.12, 0)
		}
	}
	half := readOne(t, postroom.TIFF, tiff(204, 204, s), 1)
	if half.Confidence > whole.Confidence-0.2 {
		t.Errorf("confidence %v with unreadable text, %v without", half.Confidence, whole.Confidence)
	}
}

func TestGrayAndColour(t *testing.T) {
	text := strings.Join(letterLines, "\n")
	letter := newSheet().letter()
	dim := image.NewGray(letter.Rect) // gray paper that darkens to the right, faint print
	for y := range letter.Rect.Dy() {
		for x := range letter.Rect.Dx() {
			paper := 210 - 90*x/letter.Rect.Dx()
			dim.Pix[y*dim.Stride+x] = uint8(paper - (255-int(letter.GrayAt(x, y).Y))*paper/400)
		}
	}
	for name, data := range map[string][]byte{
		"PNG":     generate.EncodePNG(letter.Gray, 204),
		"shadows": generate.EncodePNG(dim, 204),
	} {
		page := readOne(t, postroom.PNG, data, 1)
		if score := Compare(text, page.PlainText()); score.Errors > 6 {
			t.Errorf("%s: %+v: %q", name, score, page.PlainText())
		}
	}
	page := readOne(t, postroom.JPEG, generate.EncodeJPEG(letter.Gray, 60, 204), 1)
	if score := Compare(text, page.PlainText()); score.Errors > 6 {
		t.Errorf("JPEG: %+v: %q", score, page.PlainText())
	}
}

func TestLowResolution(t *testing.T) {
	truth := 0
	var score Score
	for seed := range uint64(2) {
		img, want, _, err := generate.ScanPage(generate.PageOptions{Seed: seed + 5, DPIX: 100, Quality: generate.Clean})
		if err != nil {
			t.Fatal(err)
		}
		page := readOne(t, postroom.JPEG, generate.EncodeJPEG(img, 75, 100), 1)
		score = score.Add(Compare(want.Text(), page.PlainText()))
		truth += len(want.Lines)
	}
	if score.CharacterErrorRate() > 0.05 {
		t.Errorf("%+v on %d lines", score, truth)
	}
}

// The same file gives the same page, in whichever child and however often.
func TestReadingIsRepeatable(t *testing.T) {
	data, err := generate.FaxTIFF(11, 1, generate.Typical, generate.TIFFOptions{Coding: generate.G4})
	if err != nil {
		t.Fatal(err)
	}
	a := attach(t, postroom.TIFF, data)
	first := readOne(t, postroom.TIFF, data, 1)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			again, err := sharedReader().Read(t.Context(), a, 1)
			if err != nil || fmt.Sprint(again) != fmt.Sprint(first) {
				t.Errorf("read again: %v", err)
			}
		})
	}
	wait.Wait()
}

func TestImage(t *testing.T) {
	s := newSheet().letter().rows(98)
	a := attach(t, postroom.TIFF, tiff(204, 98, s))
	for _, c := range []struct {
		o             ImageOptions
		width, height int
	}{
		{ImageOptions{}, 1728, 2385},
		{ImageOptions{MaxWidth: 600}, 600, 828},
		{ImageOptions{MaxWidth: 5000}, 1728, 2385},
		{ImageOptions{Turn: 90, MaxWidth: 600}, 600, 435},
	} {
		data, err := sharedReader().Image(t.Context(), a, 1, c.o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || abs(got.Width-c.width) > 1 || abs(got.Height-c.height) > 4 {
			t.Errorf("%+v: %d by %d, %v", c.o, got.Width, got.Height, err)
		}
	}
	if _, err := sharedReader().Image(t.Context(), a, 1, ImageOptions{Turn: 45}); err == nil {
		t.Error("an image was turned by 45 degrees")
	}
}

func TestVersionNamesWhatReads(t *testing.T) {
	v := sharedReader().Version()
	for _, part := range []string{"postroom-ocr/", "tesseract/5", "leptonica/1", "eng:"} {
		if !strings.Contains(v, part) {
			t.Errorf("%q lacks %s", v, part)
		}
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Languages: []string{"eng", "xyz"}}, "apt-get install tesseract-ocr-xyz"},
		{Config{Models: t.TempDir()}, "apt-get install tesseract-ocr-eng"},
		{Config{Languages: []string{"../eng"}}, "Tesseract's names"},
		{Config{Workers: -1}, "write 0"},
		{Config{Limits: Limits{Memory: 1}}, "write bytes"},
		{Config{Limits: Limits{MaxPixels: 1}}, "at least 1000000"},
		{Config{Limits: Limits{PageTime: 1}}, "60s"},
		{Config{Limits: Limits{MaxPages: -1}}, "write 0"},
	} {
		_, err := Open(c.cfg)
		if kindOf(err) != postroom.Misconfigured || !strings.Contains(postroom.ReasonOf(err, ""), c.want) {
			t.Errorf("%+v gave %v", c.cfg, postroom.ReasonOf(err, fmt.Sprint(err)))
		}
	}
}

func TestModelsAreFoundByTheEnvironment(t *testing.T) {
	folder, _, err := findModels("", []string{"eng"})
	if err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile(folder + "/eng.traineddata")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/eng.traineddata", append(model, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TESSDATA_PREFIX", dir)
	got, version, err := findModels("", []string{"eng"})
	if err != nil || got != dir || strings.Contains(version, string(postroom.HashOf(model))[:8]) {
		t.Errorf("found %s, %s, %v", got, version, err)
	}
}
