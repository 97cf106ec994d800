package ocr

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/klippa-app/go-pdfium/requests"

	"github.com/postroom/postroom"
)

// writtenSheet is a letter whose words' boxes are known: each is written on its own.
func writtenSheet() (sheet, []postroom.Word) {
	s := newSheet()
	var words []postroom.Word
	line := 0
	write := func(points, x, y float64, text string) {
		for _, part := range strings.Fields(text) {
			b := s.write(points, x, y, part)
			words = append(words, postroom.Word{Text: part, Line: line, Confidence: 0.9, Box: postroom.Box{b.Min.X, b.Min.Y, b.Max.X, b.Max.Y}})
			x = float64(b.Max.X)/sheetDPI + 0.28*points/72
		}
		line++
	}
	write(18, 0.9, 0.8, "Northmoor General Hospital")
	write(7, 5.5, 0.8, "Tel. 0114 496 0099 (ward 7)")
	for i, text := range letterLines {
		write([]float64{11, 9, 12}[i%3], 0.9, 1.4+0.26*float64(i), text)
	}
	for i, text := range []string{"NHS number: 999 012 3454", "Born: 03.12.1958", `Path C:\\ward\\(7) 142/86`} {
		write(10, 0.9+2.4*float64(i), 5.4, text)
	}
	return s, words
}

// A place is where a program finds a word, in points from the page's top left.
type place struct{ left, top, right, bottom float64 }

func (p place) holds(x, y float64) bool {
	return x >= p.left && x <= p.right && y >= p.top && y <= p.bottom
}

// searchPDFium asks pdfium, which is in Chrome, where it finds a text.
func searchPDFium(t *testing.T, d *pdfium, page requests.Page, height float64, text string) []place {
	t.Helper()
	loaded, err := d.instance.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		t.Fatal(err)
	}
	defer d.instance.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage})
	search, err := d.instance.FPDFText_FindStart(&requests.FPDFText_FindStart{TextPage: loaded.TextPage, Find: text, Flags: requests.FPDFText_FindStartFlag_MATCHCASE})
	if err != nil {
		t.Fatal(err)
	}
	defer d.instance.FPDFText_FindClose(&requests.FPDFText_FindClose{Search: search.Search})
	var out []place
	for {
		next, err := d.instance.FPDFText_FindNext(&requests.FPDFText_FindNext{Search: search.Search})
		if err != nil {
			t.Fatal(err)
		}
		if !next.GotMatch {
			return out
		}
		at, err := d.instance.FPDFText_GetSchResultIndex(&requests.FPDFText_GetSchResultIndex{Search: search.Search})
		if err != nil {
			t.Fatal(err)
		}
		n, err := d.instance.FPDFText_GetSchCount(&requests.FPDFText_GetSchCount{Search: search.Search})
		if err != nil {
			t.Fatal(err)
		}
		rects, err := d.instance.FPDFText_CountRects(&requests.FPDFText_CountRects{TextPage: loaded.TextPage, StartIndex: at.Index, Count: n.Count})
		if err != nil {
			t.Fatal(err)
		}
		whole := place{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
		for i := range rects.Count {
			r, err := d.instance.FPDFText_GetRect(&requests.FPDFText_GetRect{TextPage: loaded.TextPage, Index: i})
			if err != nil {
				t.Fatal(err)
			}
			whole = place{min(whole.left, r.Left), min(whole.top, height-r.Top), max(whole.right, r.Right), max(whole.bottom, height-r.Bottom)}
		}
		out = append(out, whole)
	}
}

// Searching a text lights up the word where it stands, and no other: in pdfium and
// in poppler, on pages that are upright, turned and skewed.
func TestSearchHitsTheWords(t *testing.T) {
	s, words := writtenSheet()
	upright := postroom.Page{Number: 1, Width: s.Rect.Dx(), Height: s.Rect.Dy(), DPIX: sheetDPI, DPIY: sheetDPI, Text: postroom.TextOCR, Words: words}
	turned := upright
	turned.Width, turned.Height, turned.Rotation = upright.Height, upright.Width, 90
	turned.Frame = postroom.Frame{Width: upright.Width, Height: upright.Height, DPI: sheetDPI, Matrix: unturned(90, turned.Width, turned.Height)}
	skewed := upright
	skewed.Skew = 1.2
	skewed.Frame = postroom.Frame{Width: upright.Width, Height: upright.Height, DPI: sheetDPI, Matrix: unrotated(1.2, upright.Width, upright.Height)}
	for name, p := range map[string]postroom.Page{"upright": upright, "turned": turned, "skewed": skewed} {
		t.Run(name, func(t *testing.T) {
			picture := s
			switch name {
			case "turned":
				picture = s.turned(270)
			case "skewed":
				picture = s.askew(1.2)
			}
			data := searchable(t, searchablePage{tiff(sheetDPI, sheetDPI, picture), postroom.TIFF, p})
			f := openSample(t, data).(*pdfFile)
			if err := f.draw(); err != nil {
				t.Fatal(err)
			}
			poppler := wordsOf(t, data)
			where := make([]place, len(p.Words))
			for i, w := range p.Words {
				b := expectedBox(&p, w.Box)
				where[i] = place{b.left, b.top, b.right, b.bottom}
			}
			err := f.drawer.onPage(1, func(page requests.Page) error {
				_, height, err := f.drawer.size(page)
				if err != nil {
					return err
				}
				for i, w := range p.Words {
					lit := searchPDFium(t, f.drawer, page, height, w.Text)
					if !hits(lit, where, i, w.Text, p.Words) {
						t.Errorf("pdfium finds %q at %v, not at %v", w.Text, lit, where[i])
					}
					lit = nil
					for _, b := range poppler {
						if b.text == w.Text {
							lit = append(lit, place{b.left, b.top, b.right, b.bottom})
						}
					}
					if !hits(lit, where, i, w.Text, p.Words) {
						t.Errorf("poppler finds %q at %v, not at %v", w.Text, lit, where[i])
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(strings.Fields(tool(t, data, "pdftotext", "-raw", "FILE", "-")), " "); !strings.Contains(text, "seen in clinic on 12 March 2026.") {
				t.Errorf("the words do not come in order: %s", text)
			}
		})
	}
}

// hits reports whether one of the places covers word i from edge to edge, and none
// of them the middle of a word that does not hold the text.
func hits(lit, where []place, i int, text string, words []postroom.Word) bool {
	found := false
	w := where[i]
	em := w.bottom - w.top
	for _, l := range lit {
		x, y := (w.left+w.right)/2, (w.top+w.bottom)/2
		if l.holds(x, y) && math.Abs(l.left-w.left) <= 0.4*em+1 && (math.Abs(l.right-w.right) <= 0.4*em+1 || text != words[i].Text) {
			found = true
		}
		for k, other := range where {
			if l.holds((other.left+other.right)/2, (other.top+other.bottom)/2) && !strings.Contains(words[k].Text, text) {
				return false
			}
		}
	}
	return found
}

// Words in any script are found as they are written, letter by letter, wherever the
// page's other words come from; those of scripts with many characters too.
func TestSearchInEveryScript(t *testing.T) {
	words := []string{
		"Llŷr", "ŵyr", "Łódź", "Źrebię", "Ασθενής", "ΩΜΈΓΑ", "Больной", "مريض", "חולה", "患者さん", "病历号码", "환자", "ผู้ป่วย", "रोगी", "🩺", "👩🏽‍⚕️", "𠮷田", "naïve", "½", "“ward”", "€5",
	}
	for n := range 40 { // more characters than a simple font has room for
		var b strings.Builder
		for k := range 5 {
			b.WriteRune(rune(0x5000 + 5*n + k))
		}
		words = append(words, b.String())
	}
	s := newSheet()
	p := postroom.Page{Number: 1, Width: s.Rect.Dx(), Height: s.Rect.Dy(), DPIX: sheetDPI, DPIY: sheetDPI, Text: postroom.TextOCR}
	for i, w := range words {
		x, y := 100+(i%4)*380, 100+(i/4)*60
		p.Words = append(p.Words, postroom.Word{Text: w, Line: i / 4, Box: postroom.Box{x, y, x + 25*len([]rune(w)), y + 30}})
	}
	data := searchable(t, searchablePage{tiff(sheetDPI, sheetDPI, s), postroom.TIFF, p})
	text := tool(t, data, "pdftotext", "FILE", "-")
	f := openSample(t, data).(*pdfFile)
	if err := f.draw(); err != nil {
		t.Fatal(err)
	}
	if err := f.drawer.onPage(1, func(page requests.Page) error {
		_, height, err := f.drawer.size(page)
		for i, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("poppler does not find %q", w)
			}
			if strings.ContainsFunc(w, func(r rune) bool { return r > 0xffff }) {
				continue // pdfium keeps such letters as two halves, which its search does not find in any file
			}
			lit := searchPDFium(t, f.drawer, page, height, w)
			b := expectedBox(&p, p.Words[i].Box)
			if len(lit) == 0 || !lit[0].holds((b.left+b.right)/2, (b.top+b.bottom)/2) {
				t.Errorf("pdfium finds %q at %v, not at %v", w, lit, fmt.Sprint(b))
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// What a searchable PDF adds to a fax is small: about 2.1 kB for the file and 6 bytes a
// word, so that eight pages are no more than a tenth larger than their TIFF.
func TestSearchableFaxIsSmall(t *testing.T) {
	s, words := writtenSheet()
	size := func(pages int) (tiffBytes, pdfBytes int) {
		sheets := make([]sheet, pages)
		for i := range sheets {
			sheets[i] = s
		}
		data := tiff(sheetDPI, sheetDPI, sheets...)
		var in []searchablePage
		for i := range pages {
			in = append(in, searchablePage{data, postroom.TIFF, postroom.Page{Number: i + 1, Width: s.Rect.Dx(), Height: s.Rect.Dy(), DPIX: sheetDPI, DPIY: sheetDPI, Text: postroom.TextOCR, Words: words}})
		}
		return len(data), len(searchable(t, in...))
	}
	tiff1, pdf1 := size(1)
	tiff8, pdf8 := size(8)
	file := pdf1 - tiff1 - (pdf8-tiff8-(pdf1-tiff1))/7
	page := (pdf8 - tiff8 - (pdf1 - tiff1)) / 7
	t.Logf("a TIFF of %d bytes a page; %d more for the file, %d for a page of %d words", tiff8/8, file, page, len(words))
	if file > 2200 {
		t.Errorf("the file adds %d bytes", file)
	}
	if page > 7*len(words) {
		t.Errorf("a page of %d words adds %d bytes", len(words), page)
	}
	if ratio := float64(pdf8) / float64(tiff8); ratio > 1.1 {
		t.Errorf("eight pages are %.3f times their TIFF", ratio)
	}
}
