package pipeline

import (
	"slices"
	"testing"

	"github.com/postroom/postroom"
)

// A record says which of its pages were drawn; a later version says it anew, and no more.
func TestDrawnPagesAreNoted(t *testing.T) {
	pages := []postroom.RecordPage{{Page: 1, Notes: []string{"the page is large"}}, {Page: 2}}
	first := postroom.Record{Pages: pages}
	noteDrawn(&first, map[int]string{0: "a font is not embedded", 1: "it has layers"})
	if want := []string{"the page is large", "the sender's page is drawn in the PDF: a font is not embedded"}; !slices.Equal(first.Pages[0].Notes, want) {
		t.Errorf("the first page has the notes %q", first.Pages[0].Notes)
	}
	if len(pages[0].Notes) != 1 || len(pages[1].Notes) != 0 {
		t.Error("the notes of the record that it was made of were changed")
	}
	second := postroom.Record{Pages: first.Pages}
	noteDrawn(&second, map[int]string{1: "it has layers"})
	if !slices.Equal(second.Pages[0].Notes, []string{"the page is large"}) || len(second.Pages[1].Notes) != 1 {
		t.Errorf("the second version has the notes %q and %q", second.Pages[0].Notes, second.Pages[1].Notes)
	}
}
