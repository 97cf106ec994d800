package ocr

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// scanContent scans content on a page of 100 by 100 points without resources.
func scanContent(t testing.TB, content string) *pageScan {
	t.Helper()
	f := openedForScan(t)
	s := &contentScanner{f: f, page: rect{0, 0, 100, 100}, scan: &pageScan{}}
	if err := s.run([]byte(content), types.Dict{}, scanState{ctm: unitMatrix, clip: s.page, black: true}, 0); err != nil {
		t.Fatal(err)
	}
	return s.scan
}

func openedForScan(t testing.TB) *pdfFile {
	f, err := openPDF((&samplePDF{}).file("/MediaBox[0 0 100 100]"), openOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f.(*pdfFile)
}

func TestScanCountsText(t *testing.T) {
	for content, want := range map[string][2]int{ // shown, hidden
		"BT (abc) Tj ET":                                  {3, 0},
		"BT [(ab) -120 (c) 3 <4142>] TJ ET":               {5, 0},
		"BT 3 Tr (abc) Tj ET":                             {0, 3},
		"q 3 Tr Q BT (abc) ' ET":                          {3, 0},
		"BT 3 Tr (a) Tj 0 Tr 1 2 (bc) \" ET":              {2, 1},
		`BT (a\(b\)\101\\) Tj ET`:                         {6, 0},
		"BT (a(b)c) Tj % (comment) Tj\n(d) Tj ET":         {6, 0},
		"BI /W 1 /H 1 ID (((( Tj EI BT (abc) Tj ET":       {3, 0},
		"/Span <</ActualText (zzz)>> BDC (ab) Tj EMC":     {2, 0},
		"(unterminated":                                   {0, 0},
		"7 Tr (clip) Tj":                                  {0, 4},
		"<<<<[[[(((":                                      {0, 0},
		strings.Repeat("[", 100) + strings.Repeat("]", 9): {0, 0},
	} {
		if s := scanContent(t, content); s.shown != want[0] || s.hidden != want[1] {
			t.Errorf("%q: shown %d, hidden %d; want %v", content, s.shown, s.hidden, want)
		}
	}
}

func TestScanCountsVectors(t *testing.T) {
	for content, want := range map[string]int{
		"0 0 10 10 re f":                      1,
		"0 0 10 10 re W n":                    0,
		"0 0 m 1 1 l S 0 0 m 1 1 l n":         1,
		"1 g 0 0 10 10 re f":                  0,
		"1 1 1 rg 0 0 10 10 re f 0 g f":       0,
		"0 0 0 0 k 0 0 9 9 re f":              0,
		"0 0 5 5 re f 1 g 0 0 10 10 re f":     2, // white over something hides it
		"1 0 0 rg 0 0 10 10 re B* /S sh":      2,
		"/Cs cs 1 scn 0 0 10 10 re f":         0,
		"/Cs cs .5 .5 .5 scn 0 0 10 10 re f*": 1,
	} {
		if s := scanContent(t, content); s.vectors != want {
			t.Errorf("%q: %d, want %d", content, s.vectors, want)
		}
	}
}

func TestWithoutHiddenText(t *testing.T) {
	for content, want := range map[string]string{
		"BT (a) Tj ET":                              "BT (a) Tj ET",
		"BT 3 Tr /F 9 Tf (a) Tj (b) Tj ET":          "BT 3 Tr /F 9 Tf   ET",
		"BT 3 Tr [(a) 3 (b)] TJ 0 Tr (c) Tj ET":     "BT 3 Tr  0 Tr (c) Tj ET",
		"q 3 Tr (a) ' Q (b) '":                      "q 3 Tr T* Q (b) '",
		"BI /W 1 ID (((3 Tr EI 3 Tr 1 2 (x) \" 1 w": "BI /W 1 ID (((3 Tr EI 3 Tr T* 1 w",
		"3 Tr (never closed":                        "3 Tr (never closed",
	} {
		got := string(withoutHiddenText([]byte(content)))
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%q becomes %q, want %q", content, got, want)
		}
	}
}

func TestUnbalancedStates(t *testing.T) {
	for content, want := range map[string]int{"q q Q": 1, "Q Q": 0, "q (q) Tj Q": 0, "q BI ID qq EI q": 2, "": 0} {
		if got := unbalanced([]byte(content)); got != want {
			t.Errorf("%q: %d, want %d", content, got, want)
		}
	}
}

// Whatever the bytes: the scanner ends, and taking hidden text out leaves none
// and changes nothing that can be seen.
func FuzzContent(f *testing.F) {
	for _, s := range []string{
		"q 1 0 0 1 0 0 cm BT /F 12 Tf 3 Tr (a\\)) Tj ET Q", "BI /W 1 /H 1 ID \x00\xff EI", "[(a) -1 <6>] TJ",
		"<</A[1 2]/B(x)>> BDC 0 0 1 1 re W* n", "1 2 3 4 5 6 7 8 9 m l c h B", "3 Tr [(((", "/", "<", "%", "+-.5 Tr", "q 3 Tr(a)'Q(b)'",
	} {
		f.Add([]byte(s))
	}
	file := openedForScan(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		scan := func(content []byte) *pageScan {
			s := &contentScanner{f: file, page: rect{0, 0, 100, 100}, scan: &pageScan{}}
			if err := s.run(content, types.Dict{}, scanState{ctm: unitMatrix, clip: s.page, black: true}, 0); err != nil {
				return nil
			}
			return s.scan
		}
		unbalanced(content)
		before := scan(content)
		stripped := withoutHiddenText(content)
		if before == nil || bytes.Contains(content, []byte("7")) {
			return // too long; or mode 7, which clips and stays
		}
		after := scan(stripped)
		if after == nil {
			t.Fatal("without hidden text, the content became too long")
		}
		if after.shown != before.shown || after.vectors != before.vectors || len(after.images) != len(before.images) {
			t.Fatalf("what is seen changed from %+v to %+v", before, after)
		}
	})
}

// No file, however damaged, makes what is ours of opening it panic or run on. The
// drawing of pages is pdfium's, in its sandbox.
func FuzzPDFStructure(f *testing.F) {
	f.Add(textPDF(letterText, ""))
	f.Add(imagePDF("/Width 16/Height 2/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 16>>", []byte{0, 16, 1}, "288 0 0 144 0 0", "/MediaBox[0 0 288 144]"))
	f.Add([]byte("%PDF-1.4\ntrailer<</Root 1 0 R>>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := &pdfFile{data: data, o: openOptions{MaxPages: 10, MaxPixels: 1e6}}
		if file.readStructure() != nil || file.ctx == nil {
			return
		}
		for _, p := range file.pages {
			w, h := p.shown()
			if !(w > 0 && h > 0) {
				t.Fatalf("a page is %v by %v points", w, h)
			}
			seen, err := file.scanPage(p)
			if err != nil {
				continue
			}
			if sole := file.findSoleImage(p, seen); sole != nil {
				raw, err := file.extract(sole)
				if err == nil && raw.Image == nil && raw.Encoded == nil {
					t.Fatal("the page came out empty")
				}
			}
		}
	})
}
