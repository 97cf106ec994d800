package ocr

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

var runOfDocuments = flag.Int("documents", 40, "how many documents TestARunOfDocuments makes searchable")

func withOriginals(t *testing.T, pages ...searchablePage) []byte {
	t.Helper()
	meta := testMeta
	for _, p := range pages {
		meta.Embed = append(meta.Embed, p.Page.Hash)
	}
	meta.Source = postroom.OriginalKey(pages[0].Page.Hash)
	var b bytes.Buffer
	if _, err := writeSearchable(&b, meta, each(pages...), testOptions()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// detached takes the embedded files out of a PDF by poppler.
func detached(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	tool(t, data, "pdfdetach", "-saveall", "-o", dir, "FILE")
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range found {
		if out[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestOriginalsAreEmbedded(t *testing.T) {
	b := markedPicture(816, 392)
	tiff := generate.EncodeTIFF([]*generate.Bits{b, b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
	scan := jpegOf(t, colours(120, 60))
	first, second, third := faxPage(b, 204, 98, 0, 0), faxPage(b, 204, 98, 0, 0), picturePage(colours(120, 60), 72)
	second.Number = 2
	first.Hash, second.Hash, third.Hash = postroom.HashOf(tiff), postroom.HashOf(tiff), postroom.HashOf(scan)
	pages := []searchablePage{{tiff, postroom.TIFF, first}, {tiff, postroom.TIFF, second}, {scan, postroom.JPEG, third}}
	data := withOriginals(t, pages...)
	checkArchival(t, data, 3, 3)
	tool(t, data, "qpdf", "--check", "FILE")
	got := detached(t, data)
	if len(got) != 2 {
		t.Fatalf("%d files are embedded, not each of the two once", len(got))
	}
	for _, want := range [][]byte{tiff, scan} {
		ok := false
		for name, f := range got {
			ok = ok || bytes.Equal(f, want) && strings.HasPrefix(name, "original-"+string(postroom.HashOf(want))[:12])
		}
		if !ok {
			t.Error("an original did not come out as it went in")
		}
	}
	// qpdf checks the MD5 and finds them by name.
	if list := tool(t, data, "qpdf", "--list-attachments", "FILE"); strings.Count(list, "original-") < 2 {
		t.Errorf("qpdf finds %s", list)
	}
	if again := withOriginals(t, pages...); !bytes.Equal(again, data) {
		t.Error("the same document gives other bytes")
	}
	// Nothing is embedded that nobody asked for, and nothing that is another file.
	if plain := searchable(t, pages...); bytes.Contains(plain, []byte("/EmbeddedFile")) || archivalPart(t, plain) != "2" {
		t.Error("a file without originals is not PDF/A-2")
	}
	pages[2].Page.Hash = postroom.HashOf([]byte("something else"))
	meta := testMeta
	meta.Embed = []postroom.Hash{pages[2].Page.Hash}
	if _, err := writeSearchable(&bytes.Buffer{}, meta, each(pages...), testOptions()); err == nil {
		t.Error("a file was embedded under a hash that it does not have")
	}
	// A page that had to be drawn leaves its original reachable all the same.
	text := textPDF(letterText, "")
	p := picturePage(image.NewGray(image.Rect(0, 0, 612, 792)), 72)
	p.Hash, p.Text = postroom.HashOf(text), postroom.TextPDF
	taken := withOriginals(t, searchablePage{text, postroom.PDF, p})
	tool(t, taken, "qpdf", "--check", "FILE")
	for _, f := range detached(t, taken) {
		if !bytes.Equal(f, text) {
			t.Error("the original PDF did not come out as it went in")
		}
	}
	checkArchival(t, taken, 3, 1)
}

// runPages makes document n of a run: pages of generated letters in the forms in which
// they arrive, with readings prepared from what was printed.
func runPages(t *testing.T, n int) []searchablePage {
	t.Helper()
	types := generate.Types()
	o := generate.PageOptions{Seed: uint64(n), Type: types[n%len(types)], Quality: generate.Clean, DPIX: 204, DPIY: []float64{98, 196}[n%2]}
	var data []byte
	var truth []generate.TruePage
	kind := postroom.TIFF
	switch n % 6 {
	case 3, 4, 5: // scans of one page
		o.DPIX, o.DPIY = 100, 100
		img, tp, _, err := generate.ScanPage(o)
		if err != nil {
			t.Fatal(err)
		}
		truth = []generate.TruePage{tp}
		switch n % 6 {
		case 3:
			data, kind = generate.EncodeJPEG(img, 70, 100), postroom.JPEG
		case 4:
			data, kind = generate.EncodePNG(img, 100), postroom.PNG
		default:
			data, kind = generate.EncodeJPEGPDF([]*image.Gray{img}, 70, 100), postroom.PDF
		}
	default:
		var bits []*generate.Bits
		for i := range 1 + n%3 {
			o.Seed = uint64(1000*n + i)
			b, tp, _, err := generate.Page(o)
			if err != nil {
				t.Fatal(err)
			}
			bits, truth = append(bits, b), append(truth, tp)
		}
		switch n % 6 {
		case 0:
			data = generate.EncodeTIFF(bits, generate.TIFFOptions{Coding: generate.G4, DPIX: o.DPIX, DPIY: o.DPIY})
		case 1:
			data = generate.EncodeTIFF(bits, generate.TIFFOptions{Coding: generate.G3, DPIX: o.DPIX, DPIY: o.DPIY})
		default:
			data, kind = generate.EncodeFaxPDF(bits, generate.G4, o.DPIX, o.DPIY, true), postroom.PDF
		}
	}
	hash := postroom.HashOf(data)
	var pages []searchablePage
	for i, tp := range truth {
		p := postroom.Page{Hash: hash, Number: i + 1, Width: tp.Width, Height: tp.Height, DPIX: o.DPIX, DPIY: o.DPIY, Rotation: tp.Rotation, Text: postroom.TextOCR}
		square := max(o.DPIX, o.DPIY)
		sx, sy := square/o.DPIX, square/o.DPIY
		w, h := int(math.Round(float64(p.Width)*sx)), int(math.Round(float64(p.Height)*sy))
		back := unscaled(sx, sy).after(unturned(p.Rotation, w, h))
		if p.Rotation%180 != 0 {
			w, h = h, w
		}
		p.Frame = postroom.Frame{Width: w, Height: h, DPI: square, Matrix: back}
		for line, l := range tp.Lines {
			left, right := float64(l.Box[0]*w)/1e4, float64(l.Box[2]*w)/1e4
			letter := (right - left) / float64(max(1, len([]rune(l.Text))))
			at := 0
			for _, word := range strings.Split(l.Text, " ") {
				n := len([]rune(word))
				if strings.TrimSpace(word) != "" {
					p.Words = append(p.Words, postroom.Word{Text: word, Line: line, Box: postroom.Box{
						int(left + letter*float64(at)), l.Box[1] * h / 1e4, int(left + letter*float64(at+n)), l.Box[3] * h / 1e4}})
				}
				at += n + 1
			}
		}
		pages = append(pages, searchablePage{data, kind, p})
	}
	return pages
}

// Every document of a run is sound PDF, follows the rules of PDF/A, has its
// words where they stand, and gives its original back. With -documents=500 it is
// the run that docs/pdf.md speaks of.
func TestARunOfDocuments(t *testing.T) {
	words, misplaced, size, original := 0, 0, 0, 0
	for n := range *runOfDocuments {
		pages := runPages(t, n)
		data := withOriginals(t, pages...)
		checkArchival(t, data, 3, len(pages))
		tool(t, data, "qpdf", "--check", "FILE")
		got := detached(t, data)
		if len(got) != 1 {
			t.Fatalf("document %d: %d files are embedded", n, len(got))
		}
		for _, f := range got {
			if !bytes.Equal(f, pages[0].Data) {
				t.Errorf("document %d: the original did not come out as it went in", n)
			}
		}
		size, original = size+len(data), original+len(pages[0].Data)
		found := strings.Split(tool(t, data, "pdftotext", "-bbox", "FILE", "-"), "<page ")[1:]
		if len(found) != len(pages) {
			t.Fatalf("document %d: pdftotext sees %d pages", n, len(found))
		}
		for i := range pages {
			p := &pages[i].Page
			boxes := boxesIn(t, found[i])
			for _, w := range p.Words {
				words++
				want := expectedBox(p, w.Box)
				ok := false
				for _, b := range boxes {
					// A word that stands close to its neighbour comes as one with it.
					ok = ok || strings.Contains(b.text, w.Text) && b.left-3 <= want.left && want.right <= b.right+3+0.3*(want.bottom-want.top) &&
						math.Abs((b.top+b.bottom-want.top-want.bottom)/2) <= 3
				}
				if !ok {
					misplaced++
					if misplaced < 5 {
						t.Logf("document %d, page %d: %q is not at %v", n, i+1, w.Text, fmt.Sprint(want))
					}
				}
			}
		}
		if t.Failed() {
			t.Fatalf("document %d (%s, %d pages)", n, pages[0].MediaType, len(pages))
		}
	}
	t.Logf("%d documents: %d words, %d not where they stand; %d kB for originals of %d kB", *runOfDocuments, words, misplaced, size>>10, original>>10)
	if words < 50**runOfDocuments || 500*misplaced > words {
		t.Errorf("%d of %d words are not where they stand", misplaced, words)
	}
}
