package pipeline

import (
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestMarksAreWhatWasLookedFor(t *testing.T) {
	page := postroom.Page{}
	for line, text := range []string{"Mrs Eve O'Ash, born 3 February 1950,", "NHS 999 000 0018 (ash)", "DOB: 03/02/1950 Häusler"} {
		for _, w := range strings.Fields(text) {
			page.Words = append(page.Words, postroom.Word{Text: w, Line: line})
		}
	}
	for _, c := range []struct {
		s    DeskSearch
		want string
	}{
		{DeskSearch{Words: "oash"}, "O'Ash,"},
		{DeskSearch{Words: "ash"}, "(ash)"},
		{DeskSearch{Patient: "3/2/1950"}, "3 February 1950, 03/02/1950"},
		{DeskSearch{Words: "999 000 0018"}, "999 000 0018"},
		{DeskSearch{Patient: "9990000018"}, "999 000 0018"},
		{DeskSearch{Words: "haus"}, "Häusler"},
		{DeskSearch{Words: "nothing"}, ""},
		{DeskSearch{Type: postroom.LabReport}, ""},
	} {
		var got []string
		for _, i := range c.s.Marks([]postroom.Page{page})[0] {
			got = append(got, page.Words[i].Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v marks %q, want %q", c.s, got, c.want)
		}
	}
}

func TestExcerptsShowTheLine(t *testing.T) {
	r := postroom.Record{Text: []string{"one line\nanother of the letter", "the second page"}}
	got := DeskSearch{Words: "letter another"}.Excerpt(r)
	if want := []DeskPart{{"another", true}, {"of the", false}, {"letter", true}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := (DeskSearch{Words: "absent"}).Excerpt(r); got != nil {
		t.Errorf("%+v", got)
	}
	if got := (DeskSearch{Type: "x"}).Excerpt(r); got != nil {
		t.Errorf("%+v", got)
	}
}

func FuzzMarks(f *testing.F) {
	f.Add("999 000", "a 999 000 0018 b")
	f.Fuzz(func(t *testing.T, query, text string) {
		s := DeskSearch{Words: query}
		words := strings.Fields(text)
		page := postroom.Page{}
		for _, w := range words {
			page.Words = append(page.Words, postroom.Word{Text: w})
		}
		for _, i := range s.Marks([]postroom.Page{page})[0] {
			if i < 0 || i >= len(words) {
				t.Fatal(i)
			}
		}
		s.Excerpt(postroom.Record{Text: []string{text}})
	})
}
