package classify

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// typeset lays lines of text out as a page at 200 dpi: 10 pixels a character,
// a tab begins a new column 500 pixels further, "# " sets a line large.
func typeset(lines ...string) postroom.Page {
	p := postroom.Page{
		Attachment: "fax.tif", Hash: postroom.HashOf([]byte("fax")), Number: 1, Width: 1654, Height: 2339,
		Frame: postroom.Frame{Width: 1654, Height: 2339, DPI: 200}, Confidence: 0.93, Text: postroom.TextOCR, Engine: "test",
	}
	y, block := 130, 0
	for n, line := range lines {
		if strings.TrimSpace(line) == "" {
			block++
			y += 34
			continue
		}
		if y > 2250 {
			y = 2250
		}
		width, height := 10, 22
		if rest, ok := strings.CutPrefix(line, "# "); ok {
			line, width, height = rest, 18, 40
		}
		x := 120
		top := y
		if rest, ok := strings.CutPrefix(line, "^"); ok { // the fax header line
			line, top = rest, 8
		}
		for c, column := range strings.Split(line, "\t") {
			if c > 0 {
				x = max(x+80, 120+500*c)
			}
			for word := range strings.FieldsSeq(column) {
				w := len([]rune(word)) * width
				p.Words = append(p.Words, postroom.Word{
					Text: word, Box: postroom.Box{x, top, x + w, top + height}, Confidence: 0.93, Line: n, Block: block*8 + c,
				})
				x += w + width
			}
		}
		if top == y {
			y += height + 12
		}
	}
	return p
}

var received = time.Date(2026, 3, 12, 9, 14, 0, 0, time.UTC)

func sortPages(t testing.TB, patients []postroom.Patient, pages ...postroom.Page) postroom.Sorted {
	t.Helper()
	s, err := New(Config{PracticeNames: []string{"Larchfield Surgery"}, PracticePostcodes: []string{"ZZ99 3CZ"}}, NewRegister(patients))
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Pages: postroom.PageList(pages), Received: received}
	out, err := s.Sort(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if folded, err := s.sort(context.Background(), in, 1); err != nil || !reflect.DeepEqual(out, folded) {
		t.Errorf("the pages give another answer when they are not held all at once: %v", err)
	}
	checkInvariants(t, pages, out)
	return out
}

// checkInvariants asks that each page is in one document or has one fate, and
// that fields point at their pages.
func checkInvariants(t testing.TB, pages []postroom.Page, out postroom.Sorted) {
	t.Helper()
	seen := make([]int, len(pages))
	for _, d := range out.Documents {
		if len(d.Pages) == 0 {
			t.Error("a document has no pages")
		}
		for _, p := range d.Pages {
			seen[p]++
		}
		for name, f := range d.Fields {
			if f.Page < 1 || f.Page > len(d.Pages) {
				t.Errorf("%s stands on page %d of %d", name, f.Page, len(d.Pages))
			}
			if f.Confidence < 0 || f.Confidence > 1 {
				t.Errorf("%s has confidence %v", name, f.Confidence)
			}
			if f.Box.Empty() {
				t.Errorf("%s has no box", name)
			}
		}
		if d.Type.Code == "" || d.Match.Kind == "" {
			t.Errorf("a document has no type or match: %q %q", d.Type.Code, d.Match.Kind)
		}
		if d.Urgent != (len(d.UrgentWhy) > 0) {
			t.Error("urgent without a reason, or a reason without urgent")
		}
	}
	for _, f := range out.Others {
		seen[f.Page]++
		if f.Fate == "" || f.Reason == "" {
			t.Error("a page has an empty fate")
		}
	}
	for i, n := range seen {
		if n != 1 {
			t.Errorf("page %d is in %d places", i, n)
		}
	}
}

var sampleRegister = []postroom.Patient{
	{ID: "1", Number: "9990123454", Family: "Okafor", Given: "Amara", BirthDate: "1951-03-07", Postcode: "ZZ99 1AA", Address: "4 Mill Lane"},
	{ID: "2", Number: "9995551233", Family: "Whitcombe", Given: "John Arthur", BirthDate: "1948-03-02", Postcode: "ZZ99 2BB"},
	{ID: "3", Number: "9990000018", Family: "Smith-Jones", Given: "Élodie", BirthDate: "1990-12-11", OtherNames: []string{"Marchant"}, Postcode: "ZZ99 3DD"},
}
