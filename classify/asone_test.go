package classify

import (
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// Pages that sorting would part stay together when a person says so.
func TestOneDocumentOfAnyPages(t *testing.T) {
	s, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	page := func(words ...string) postroom.Page {
		p := postroom.Page{Width: 1000, Height: 1400, Frame: postroom.Frame{Width: 1000, Height: 1400, DPI: 100}, Confidence: 0.95}
		for i, w := range words {
			p.Words = append(p.Words, postroom.Word{Text: w, Line: i / 3, Block: i / 3, Confidence: 0.95, Box: postroom.Box{40 + 150*(i%3), 40 + 30*(i/3), 160 + 150*(i%3), 60 + 30*(i/3)}})
		}
		return p
	}
	in := Input{Received: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Pages: postroom.PageList{
		page("Discharge", "summary", ".", "NHS", "number:", "9990000018", "Page", "1", "of", "1"), page(), page("Radiology", "report", ".", "Page", "1", "of", "1")}}
	d, err := s.One(t.Context(), in)
	if err != nil || len(d.Pages) != 3 || d.Pages[2] != 2 || d.Junk || d.Fields[postroom.NHSNumberField].Value != "9990000018" {
		t.Errorf("one document is %v", d.Pages)
	}
}
