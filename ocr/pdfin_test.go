package ocr

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// letterText is the content of a page of text, in Helvetica of 12 points.
const letterText = `BT /F1 12 Tf 72 760 Td (Discharge summary) Tj
0 -30 Td (NHS number 999 012 3454) Tj
0 -15 Td (The patient was admitted with a fever and went home after two days.) Tj
0 -15 Td (Please see her again in six weeks.) Tj ET
`

func plain(words []postroom.Word) string {
	p := postroom.Page{Words: words}
	return p.PlainText()
}

func TestBornDigitalText(t *testing.T) {
	raw := firstPage(t, textPDF(letterText, ""))
	if raw.Text != postroom.TextPDF {
		t.Fatalf("the text was not used: %q", raw.Notes)
	}
	want := "Discharge summary\n\nNHS number 999 012 3454\nThe patient was admitted with a fever and went home after two days.\nPlease see her again in six weeks."
	if got := plain(raw.Words); got != want {
		t.Errorf("text is\n%s\nwant\n%s", got, want)
	}
	// A4 at 300 dpi.
	if raw.Width < 2479 || raw.Width > 2481 || raw.Height < 3508 || raw.Height > 3510 || raw.DPIX != 300 {
		t.Errorf("page is %dx%d at %v", raw.Width, raw.Height, raw.DPIX)
	}
	// "Discharge" stands at 72, 760: 300 pixels from the left, 342 from the top.
	box := raw.Words[0].Box
	if math.Abs(float64(box[0]-300)) > 6 || math.Abs(float64(box[3]-342)) > 14 || box.Height() < 25 || box.Height() > 55 {
		t.Errorf("the first word stands at %v", box)
	}
	if c := raw.Words[0].Confidence; c < 0.98 || c >= 1 {
		t.Errorf("its confidence is %v", c)
	}
	for i, w := range raw.Words {
		if i > 0 && (w.Line < raw.Words[i-1].Line || w.Block < raw.Words[i-1].Block) {
			t.Errorf("lines or blocks run backwards at %d", i)
		}
	}
}

// The page as a picture has the size that its words stand in.
func TestPictureOfTextHasTheSameSize(t *testing.T) {
	f := openSample(t, textPDF(letterText, ""))
	text, err := f.Page(1)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := f.Picture(1)
	if err != nil {
		t.Fatal(err)
	}
	if picture.Text != "" || picture.Image == nil {
		t.Fatal("no picture came")
	}
	if b := picture.Image.Bounds(); b.Dx() != text.Width || b.Dy() != text.Height || picture.Width != text.Width {
		t.Errorf("picture %v, text %dx%d", b, text.Width, text.Height)
	}
	// The words' boxes hold ink.
	for _, w := range text.Words {
		dark := 0
		for y := w.Box[1]; y < w.Box[3]; y++ {
			for x := w.Box[0]; x < w.Box[2]; x++ {
				if r, _, _, _ := picture.Image.At(x, y).RGBA(); r < 0x8000 {
					dark++
				}
			}
		}
		if dark*20 < w.Box.Width()*w.Box.Height() {
			t.Errorf("there is no ink where word %d stands: %v", w.Line, w.Box)
		}
	}
}

// Words stand where a viewer shows them, on turned and cropped pages too.
func TestTextOnTurnedPages(t *testing.T) {
	content := func(cm string) string {
		return cm + " cm BT /F1 12 Tf 72 760 Td (Discharge) Tj 0 -15 Td (" + strings.Repeat("summary of the stay ", 3) + ") Tj ET"
	}
	for name, c := range map[string]struct{ content, page string }{
		"upright":           {content("1 0 0 1 0 0"), ""},
		"turned and back":   {content("0 1 -1 0 842 0"), "/MediaBox[0 0 842 595]/Rotate 90"},
		"upside down twice": {content("-1 0 0 -1 595 842"), "/Rotate 180"},
		"three quarters":    {content("0 -1 1 0 0 595"), "/MediaBox[0 0 842 595]/Rotate 270"},
		"moved":             {content("1 0 0 1 1000 500"), "/MediaBox[1000 500 1595 1342]"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := firstPage(t, textPDF(c.content, c.page))
			if raw.Text != postroom.TextPDF || len(raw.Words) != 13 {
				t.Fatalf("%d words, notes %q", len(raw.Words), raw.Notes)
			}
			box := raw.Words[0].Box
			if raw.Words[0].Text != "Discharge" || math.Abs(float64(box[0]-300)) > 6 || math.Abs(float64(box[3]-342)) > 14 {
				t.Errorf("the first word stands at %v", box)
			}
		})
	}
}

// Text that can't be relied on is read from the picture.
func TestUnsoundText(t *testing.T) {
	long := "(" + strings.Repeat("words that nobody sees ", 4) + ") Tj "
	for name, c := range map[string]struct{ content, note string }{
		"invisible":        {"BT 3 Tr /F1 12 Tf 72 700 Td " + long + "ET 0 0 m 100 100 l S", "hidden text"},
		"white":            {"1 g BT /F1 12 Tf 72 700 Td " + long + "ET 0 g 0 0 m 100 100 l S", "can't be seen"},
		"mostly invisible": {"BT /F1 12 Tf 72 760 Td (Visible) Tj 3 Tr 0 -20 Td " + long + long + "ET", "hidden text"},
		"letters without vowel": {"BT /F1 10 Tf 20 700 Td (" + strings.Repeat("qbujfou xbt benjuufe xjui gfwfs boe tzncpmt bcdf ", 2) + ") Tj 0 -20 Td (" +
			strings.Repeat("xjui npsf ufyu uibu nblft op tfotf gps sfbefst ", 2) + ") Tj 0 -20 Td (" + strings.Repeat("ptht xjpt gbdu npou ", 4) + ") Tj ET", "makes no words"},
		"signs only":     {"BT /F1 12 Tf 72 700 Td (\"7+%-&') Tj ET", "letters"},
		"nothing at all": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			raw := firstPage(t, textPDF(c.content, ""))
			if raw.Text == postroom.TextPDF || raw.Image == nil {
				t.Fatalf("the text was used: %q", plain(raw.Words))
			}
			if notes := strings.Join(raw.Notes, "; "); !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
				t.Errorf("notes %q do not say %q", notes, c.note)
			}
		})
	}
}

// A scan with a layer of text from another OCR program is read again.
func TestHiddenLayerOverAScanIsNotTrusted(t *testing.T) {
	b := markedPicture(400, 400)
	s := &samplePDF{}
	x := s.stream("/Type/XObject/Subtype/Image/Width 400/Height 400/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>",
		generate.EncodeCCITT(b, 0, b.H, generate.G4, 0))
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	for name, content := range map[string]string{
		"after the image":  "q 288 0 0 288 0 0 cm /X Do Q BT 3 Tr /F1 12 Tf 20 200 Td (wrong words) Tj ET",
		"before the image": "BT /F1 12 Tf 20 200 Td (wrong words) Tj ET q 288 0 0 288 0 0 cm /X Do Q",
	} {
		t.Run(name, func(t *testing.T) {
			p := &samplePDF{objects: append([]string{}, s.objects...)}
			c := p.stream("", []byte(content))
			raw := firstPage(t, p.file(fmt.Sprintf("/MediaBox[0 0 288 288]/Resources<</XObject<</X %d 0 R>>/Font<</F1 %d 0 R>>>>/Contents %d 0 R", x, f, c)))
			if raw.Text == postroom.TextPDF || len(raw.Words) > 0 {
				t.Fatal("the hidden text was used")
			}
			if n := differing(grayOf(b), pixelsOf(t, raw)); n != 0 {
				t.Errorf("%d pixels of the scan differ", n)
			}
			if !strings.Contains(strings.Join(raw.Notes, " "), "hidden text") {
				t.Errorf("nothing is said about it: %q", raw.Notes)
			}
		})
	}
}

// A scan on which a fax server printed its header line as text is read from the
// picture, header line and all; a logo beside text is no reason to.
func TestPicturesBesideText(t *testing.T) {
	b := markedPicture(800, 800)
	build := func(cm, content string) rawPage {
		s := &samplePDF{}
		x := s.stream("/Type/XObject/Subtype/Image/Width 800/Height 800/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 800>>",
			generate.EncodeCCITT(b, 0, b.H, generate.G4, 0))
		f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
		c := s.stream("", []byte("q "+cm+" cm /X Do Q "+content))
		return firstPage(t, s.file(fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>/Font<</F1 %d 0 R>>>>/Contents %d 0 R", x, f, c)))
	}
	header := "BT /F1 8 Tf 30 830 Td (12-MAR-2026 09:14 FROM 0117 496 0099 TO 01632 960001 P.01/03) Tj ET"
	raw := build("595 0 0 842 0 0", header)
	if raw.Text == postroom.TextPDF || raw.Image == nil {
		t.Errorf("the header line alone was taken for the page: %q", plain(raw.Words))
	}
	raw = build("60 0 0 60 500 770", letterText)
	if raw.Text != postroom.TextPDF {
		t.Errorf("a logo made the text unsound: %q", raw.Notes)
	}
	raw = build("300 0 0 300 100 100", letterText)
	if raw.Text == postroom.TextPDF {
		t.Error("a large picture that may hold text was not read")
	}
}

// What is filled into a form and written on a page counts as its text.
func TestFormFieldsAndAnnotations(t *testing.T) {
	s := &samplePDF{}
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	c := s.stream("", []byte(letterText))
	look := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 %d 0 R>>>>", f), []byte("BT /F1 12 Tf 2 5 Td (Penicillin) Tj ET"))
	shown := s.add(fmt.Sprintf("<</Type/Annot/Subtype/Widget/FT/Tx/T(allergy)/V(Penicillin)/Rect[72 600 272 620]/F 4/AP<</N %d 0 R>>>>", look))
	unshown := s.add("<</Type/Annot/Subtype/Widget/FT/Tx/T(ward)/V(Ashcombe)/DA(/F1 12 Tf 0 g)/Rect[72 560 272 580]/F 4>>")
	note := s.add(fmt.Sprintf("<</Type/Annot/Subtype/FreeText/Contents(Urgent)/DA(/F1 12 Tf 0 g)/Rect[72 520 272 540]/F 4/AP<</N %d 0 R>>>>",
		s.stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 %d 0 R>>>>", f), []byte("BT /F1 12 Tf 2 5 Td (Urgent) Tj ET"))))
	s.catalog = fmt.Sprintf("/AcroForm<</Fields[%d 0 R %d 0 R]/NeedAppearances true/DR<</Font<</F1 %d 0 R>>>>/DA(/F1 12 Tf 0 g)>>", shown, unshown, f)
	data := s.file(fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R/Annots[%d 0 R %d 0 R %d 0 R]", f, c, shown, unshown, note))
	raw := firstPage(t, data)
	if raw.Text != postroom.TextPDF {
		t.Fatalf("the text was not used: %q", raw.Notes)
	}
	text := plain(raw.Words)
	for _, want := range []string{"Discharge", "Penicillin", "Ashcombe", "Urgent"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is there %d times", want, strings.Count(text, want))
		}
	}
	picture, err := openSample(t, data).Picture(1)
	if err != nil {
		t.Fatal(err)
	}
	for name, y := range map[string]float64{"Penicillin": 610, "Ashcombe": 570, "Urgent": 530} {
		dark := 0
		for py := int((842 - y - 8) * 300 / 72); py < int((842-y+8)*300/72); py++ {
			for px := 300; px < 600; px++ {
				if r, _, _, _ := picture.Image.At(px, py).RGBA(); r < 0x8000 {
					dark++
				}
			}
		}
		if dark < 200 {
			t.Errorf("%s is not to be seen on the picture", name)
		}
	}
}

// A page that has its box and its fonts from the page tree keeps both when something
// is filled in or written on it.
func TestAnnotationsOnInheritedPages(t *testing.T) {
	s := &samplePDF{}
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	c := s.stream("", []byte("BT /F1 12 Tf 72 1150 Td (Discharge) Tj ET "+letterText))
	look := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 %d 0 R>>>>", f), []byte("BT /F1 12 Tf 2 5 Td (Received) Tj ET"))
	stamp := s.add(fmt.Sprintf("<</Type/Annot/Subtype/Stamp/Rect[72 520 272 540]/F 4/AP<</N %d 0 R>>>>", look))
	bare := s.add("<</Type/Annot/Subtype/FreeText/Contents(Ashcombe)/DA(/Helv 12 Tf 0 g)/Rect[72 480 272 500]/F 4>>")
	data := s.file(fmt.Sprintf("/Contents %d 0 R/Annots[%d 0 R %d 0 R]", c, stamp, bare))
	// A3, which no default is.
	data = []byte(strings.Replace(string(data), "<</Type/Pages", fmt.Sprintf("<</MediaBox[0 0 842 1191]/Resources<</Font<</F1 %d 0 R>>>>/Type/Pages", f), 1))
	raw := firstPage(t, data)
	if w, h := float64(raw.Width)*72/raw.DPIX, float64(raw.Height)*72/raw.DPIY; math.Abs(w-842) > 1 || math.Abs(h-1191) > 1 {
		t.Errorf("the page is %.0f by %.0f points", w, h)
	}
	text := plain(raw.Words)
	for word, count := range map[string]int{"Discharge": 2, "Received": 1, "Ashcombe": 1} {
		if strings.Count(text, word) != count {
			t.Errorf("%q is there %d times, not %d, in %q", word, strings.Count(text, word), count, text)
		}
	}
}

// In a mixed PDF, each page is taken as what it is.
func TestMixedPDF(t *testing.T) {
	b := markedPicture(400, 200)
	s := &samplePDF{}
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	text := s.stream("", []byte(letterText))
	x := s.stream("/Type/XObject/Subtype/Image/Width 400/Height 200/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 400>>",
		generate.EncodeCCITT(b, 0, b.H, generate.G4, 0))
	scan := s.stream("", []byte("q 288 0 0 144 0 0 cm /X Do Q"))
	lines := s.stream("", []byte("10 10 m 200 200 l S"))
	file := openSample(t, s.file(
		fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R", f, text),
		fmt.Sprintf("/MediaBox[0 0 288 144]/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R", x, scan),
		fmt.Sprintf("/MediaBox[0 0 288 144]/Contents %d 0 R", lines)))
	if file.Pages() != 3 {
		t.Fatalf("%d pages", file.Pages())
	}
	for n, want := range []string{"text", "encoded", "drawn"} {
		raw, err := file.Page(n + 1)
		if err != nil {
			t.Fatal(err)
		}
		got := "drawn"
		if raw.Text == postroom.TextPDF {
			got = "text"
		} else if raw.Encoded != nil {
			got = "encoded"
		}
		if got != want {
			t.Errorf("page %d was taken as %s, want %s", n+1, got, want)
		}
	}
	// A fax needs no pdfium.
	fresh := openSample(t, s.file(fmt.Sprintf("/MediaBox[0 0 288 144]/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R", x, scan)))
	if _, err := fresh.Page(1); err != nil || fresh.(*pdfFile).drawer != nil {
		t.Errorf("pdfium was started for a page that is one fax image (%v)", err)
	}
}

// weaklyLocked is a file locked with RC4 and a key of 128 bits.
func weaklyLocked(t *testing.T, data []byte) []byte {
	t.Helper()
	to := filepath.Join(t.TempDir(), "locked.pdf")
	tool(t, data, "qpdf", "--allow-weak-crypto", "--encrypt", "ward7", "secret", "128", "--use-aes=n", "--", "FILE", to)
	out, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPasswords(t *testing.T) {
	sample := textPDF(letterText, "")
	cases := []struct {
		name      string
		data      []byte
		passwords []string
		ok        bool
	}{
		{"owner only, AES-256", locked(t, sample, "", "secret", "256"), nil, true},
		{"owner only, another password configured", locked(t, sample, "", "secret", "256"), []string{"other"}, true},
		{"owner only, nothing allowed", locked(t, sample, "", "secret", "128", "--use-aes=y", "--extract=n", "--print=none", "--modify=none"), []string{"other"}, true},
		{"user, known", locked(t, sample, "ward7", "secret", "256"), []string{"other", "ward7"}, true},
		{"user, the owner's known", locked(t, sample, "ward7", "secret", "256"), []string{"secret"}, true},
		{"user, nothing allowed, known", locked(t, sample, "ward7", "secret", "256", "--extract=n", "--print=none", "--modify=none"), []string{"ward7"}, true},
		{"user, RC4, known", weaklyLocked(t, sample), []string{"ward7"}, true},
		{"user, unknown", locked(t, sample, "ward7", "secret", "256"), []string{"other"}, false},
		{"user, none configured", locked(t, sample, "ward7", "secret", "256"), nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := testOptions()
			o.Passwords = c.passwords
			f, err := openPDF(c.data, o)
			if !c.ok {
				if !postroom.IsBadInput(err) || !strings.Contains(postroom.ReasonOf(err, ""), "locked with a password; add the password") {
					t.Fatalf("error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			raw, err := f.Page(1)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(plain(raw.Words), "Discharge summary") {
				t.Errorf("text is %q", plain(raw.Words))
			}
		})
	}
}

// Files that hold no page to read end with a plain reason, and never as empty.
func TestFilesThatAreNoGood(t *testing.T) {
	form := &samplePDF{catalog: "/AcroForm<</XFA[(template)(x)]/Fields[]>>"}
	font := form.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	please := form.stream("", []byte("BT /F1 12 Tf 50 700 Td (Please wait... If this message is not eventually replaced by the proper) Tj 0 -14 Td (contents of the document, your PDF viewer may not be able to display this type of document.) Tj 0 -14 Td (You can upgrade to the latest version of Adobe Reader) Tj ET"))
	loading := &samplePDF{catalog: "/NeedsRendering true/AcroForm<</XFA[(template)(x)]/Fields[]>>"}
	loadingFont := loading.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	requires := loading.stream("", []byte("BT /F1 12 Tf 50 700 Td (The document you are trying to load requires Adobe Reader 8 or higher.) Tj ET"))
	collection := &samplePDF{catalog: "/Collection<<>>"}
	bytes := textPDF(letterText, "")
	for name, c := range map[string]struct {
		data   []byte
		reason string
	}{
		"empty":                     {nil, "no PDF"},
		"text":                      {[]byte("Dear doctor"), "no PDF"},
		"the header alone":          {[]byte("%PDF-1.7\n"), "damaged"},
		"no pages":                  {(&samplePDF{}).file(), "damaged"},
		"cut off in the middle":     {bytes[:len(bytes)/3], "damaged"},
		"250 by 500 inches":         {textPDF(letterText, "/MediaBox[0 0 18000 36000]"), "250 by 500 inches"},
		"UserUnit":                  {textPDF(letterText, "/UserUnit 100"), "inches"},
		"190 by 190 inches":         {textPDF("0 0 m 9 9 l S", "/MediaBox[0 0 13680 13680]"), "too large to be read"},
		"a form for Adobe":          {form.file(fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R", font, please)), "only Adobe"},
		"another form for Adobe":    {loading.file(fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R", loadingFont, requires)), "only Adobe"},
		"a portfolio without a PDF": {collection.file("/MediaBox[0 0 595 842]"), "holds no PDF"},
		"20,000 pixels": {imagePDF("/Width 20000/Height 20000/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 20000>>",
			[]byte{0, 16, 1}, "595 0 0 842 0 0", "/MediaBox[0 0 595 842]"), "20000 by 20000 pixels"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := openPDF(c.data, testOptions())
			if err == nil {
				defer f.Close()
				_, err = f.Page(1)
			}
			if !postroom.IsBadInput(err) {
				t.Fatalf("error is %v", err)
			}
			if reason := postroom.ReasonOf(err, ""); !strings.Contains(reason, c.reason) {
				t.Errorf("reason is %q, want %q in it", reason, c.reason)
			}
		})
	}
}

func TestTooManyPages(t *testing.T) {
	pages := make([]string, 12)
	for i := range pages {
		pages[i] = "/MediaBox[0 0 100 100]"
	}
	data := (&samplePDF{}).file(pages...)
	o := testOptions()
	o.MaxPages = 11
	if _, err := openPDF(data, o); !postroom.IsBadInput(err) {
		t.Errorf("error is %v", err)
	}
	o.MaxPages = 12
	if _, err := openPDF(data, o); err != nil {
		t.Error(err)
	}
}

// A page tree that leads back to itself ends.
func TestPageTreeThatGoesRound(t *testing.T) {
	s := &samplePDF{}
	s.add("<</Type/Pages/Kids[1 0 R 2 0 R 3 0 R]/Count 1000000>>")
	s.add("<</Type/Pages/Kids[1 0 R 2 0 R]/Count 9/Parent 1 0 R>>")
	s.add("<</Type/Page/MediaBox[0 0 100 100]/Parent 1 0 R>>")
	s.add("<</Type/Catalog/Pages 1 0 R>>")
	data := s.file()
	data = []byte(strings.Replace(string(data), "/Root 6 0 R", "/Root 4 0 R", 1))
	if f := openSample(t, data); f.Pages() != 1 {
		t.Errorf("%d pages", f.Pages())
	}
}

// A large page is drawn more coarsely, and says so.
func TestLargePageIsDrawnCoarsely(t *testing.T) {
	raw := firstPage(t, textPDF("0 0 m 2000 2000 l S", "/MediaBox[0 0 2384 3370]")) // A0
	if raw.DPIX >= 300 || raw.DPIX < 60 || int64(raw.Width)*int64(raw.Height) > drawPixels*102/100 {
		t.Errorf("drawn as %dx%d at %v", raw.Width, raw.Height, raw.DPIX)
	}
	if len(raw.Notes) != 1 || !strings.Contains(raw.Notes[0], "dots per inch") {
		t.Errorf("notes %q", raw.Notes)
	}
}

// The PDFs in a portfolio are its pages; its cover sheet is not.
func TestPortfolio(t *testing.T) {
	s := &samplePDF{}
	attach := func(name string, data []byte) string {
		x := s.stream("/Type/EmbeddedFile", data)
		return fmt.Sprintf("(%s) %d 0 R ", name, s.add(fmt.Sprintf("<</Type/Filespec/F(%s)/EF<</F %d 0 R>>>>", name, x)))
	}
	names := attach("1.pdf", textPDF(letterText, "")) + attach("2.pdf", textPDF(strings.ReplaceAll(letterText, "Discharge", "Clinic"), "")) + attach("3.txt", []byte("text"))
	s.catalog = fmt.Sprintf("/Collection<</View/D>>/Names<</EmbeddedFiles<</Names[%s]>>>>", names)
	f := openSample(t, s.file("/MediaBox[0 0 595 842]"))
	if f.Pages() != 2 {
		t.Fatalf("%d pages", f.Pages())
	}
	for n, want := range []string{"Discharge summary", "Clinic summary"} {
		raw, err := f.Page(n + 1)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(plain(raw.Words), want) {
			t.Errorf("page %d begins %q", n+1, plain(raw.Words))
		}
		if n == 0 && !strings.Contains(strings.Join(raw.Notes, ";"), "1 files in the portfolio are no PDFs") {
			t.Errorf("notes %q", raw.Notes)
		}
	}
	if _, err := f.Page(3); err == nil {
		t.Error("there is a third page")
	}
}

// Files attached to an ordinary PDF are told of.
func TestAttachedFilesAreNoted(t *testing.T) {
	s := &samplePDF{}
	x := s.stream("/Type/EmbeddedFile", []byte("text"))
	spec := s.add(fmt.Sprintf("<</Type/Filespec/F(a.txt)/EF<</F %d 0 R>>>>", x))
	s.catalog = fmt.Sprintf("/Names<</EmbeddedFiles<</Names[(a) %d 0 R]>>>>", spec)
	raw := firstPage(t, s.file("/MediaBox[0 0 100 100]"))
	if len(raw.Notes) != 1 || !strings.Contains(raw.Notes[0], "1 attached files") {
		t.Errorf("notes %q", raw.Notes)
	}
}

// A file with a broken cross-reference table is repaired.
func TestRepair(t *testing.T) {
	data := textPDF(letterText, "")
	broken := []byte(strings.Replace(string(data), "startxref\n", "startxref\n9", 1))
	raw := firstPage(t, broken)
	if !strings.HasPrefix(plain(raw.Words), "Discharge") {
		t.Errorf("text is %q, notes %q", plain(raw.Words), raw.Notes)
	}
}

// The library must not write into the user's home, nor take its defaults' limits.
func TestLibraryIsFenced(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	firstPage(t, textPDF(letterText, ""))
	if entries, _ := os.ReadDir(filepath.Join(home, "config")); len(entries) > 0 {
		t.Errorf("%s was written", entries[0].Name())
	}
	api.DisableConfigDir()
	ours, theirs := pdfConfiguration("").Limits, model.DefaultResourceLimits()
	if ours.MaxStreamBytes >= theirs.MaxStreamBytes || ours.MaxDecodeBytes >= theirs.MaxDecodeBytes || ours.MaxObjectCount >= theirs.MaxObjectCount {
		t.Errorf("limits are %+v", ours)
	}
}

// A stream that unpacks to more than the limit is refused, and costs its page.
func TestDecompressionBomb(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for range 2 {
		zeros = flateBytes(append(zeros, make([]byte, 64<<20)...))
	}
	data := imagePDF("/Width 30000/Height 2000/BitsPerComponent 8/ColorSpace/DeviceGray/Filter[/FlateDecode/FlateDecode]", zeros, "595 0 0 842 0 0", "/MediaBox[0 0 595 842]")
	f := openSample(t, data)
	if raw, err := f.Page(1); err == nil && raw.Image == nil && raw.Encoded == nil {
		t.Error("a page came without an image")
	}
}

// Compiled code is kept only where nobody else can write.
func TestCodeCacheIsPrivate(t *testing.T) {
	dir := t.TempDir()
	if openCodeCache(dir) == nil {
		t.Fatal("no cache in a fresh directory")
	}
	info, err := os.Stat(filepath.Join(dir, "pdfium"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the cache's mode is %v (%v)", info.Mode(), err)
	}
	shared := t.TempDir()
	if err := os.Mkdir(filepath.Join(shared, "pdfium"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(shared, "pdfium"), 0o777); err != nil {
		t.Fatal(err)
	}
	if openCodeCache(shared) != nil {
		t.Error("a cache that others can write to is used")
	}
	link := t.TempDir()
	if err := os.Symlink(filepath.Join(dir, "pdfium"), filepath.Join(link, "pdfium")); err != nil {
		t.Fatal(err)
	}
	if openCodeCache(link) != nil {
		t.Error("a cache behind a link is used")
	}
	if openCodeCache("") != nil {
		t.Error("there is a cache without a directory")
	}
}

// A page that takes more than pdfium's memory fails by itself: the next works.
func TestPDFiumRunsOutOfMemory(t *testing.T) {
	s := &samplePDF{}
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	text := s.stream("", []byte(letterText))
	size := 14000
	rows := flateBytes(make([]byte, 3*size*size/4))
	x := s.stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode", size, size/4), rows)
	big := s.stream("", []byte("q 500 10 -10 500 0 0 cm /X Do Q"))
	file := openSample(t, s.file(
		fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>>>/Contents %d 0 R", x, big),
		fmt.Sprintf("/MediaBox[0 0 595 842]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R", f, text)))
	if _, err := file.Page(1); err != nil && !postroom.IsBadInput(err) {
		t.Errorf("error is %v", err)
	}
	raw, err := file.Page(2)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(plain(raw.Words), "Discharge") {
		t.Errorf("text is %q", plain(raw.Words))
	}
}

func TestPanicsOfLibrariesBecomeErrors(t *testing.T) {
	call := func() (err error) {
		defer rescue("try", &err)
		panic(errors.New("broken"))
	}
	if err := call(); err == nil || !strings.Contains(err.Error(), "try") {
		t.Errorf("error is %v", err)
	}
}
