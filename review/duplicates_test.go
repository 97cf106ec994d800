package review

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func wordsPage(text string) postroom.Page {
	p := postroom.Page{Width: 100, Height: 100}
	for _, w := range strings.Fields(text) {
		p.Words = append(p.Words, postroom.Word{Text: w})
	}
	return p
}

func TestDifferingWordsAreFound(t *testing.T) {
	a := []postroom.Page{wordsPage("Take 5 mg twice daily."), wordsPage("Yours, Dr Elm")}
	b := []postroom.Page{wordsPage("COPY Take 50 mg twice daily"), wordsPage("Yours Dr Elm")}
	onlyA, onlyB := differing(a, b)
	text := func(pages []postroom.Page, words [][]int) (out string) {
		for i, p := range words {
			for _, n := range p {
				out += pages[i].Words[n].Text + " "
			}
		}
		return out
	}
	if got := text(a, onlyA); got != "5 " {
		t.Errorf("only in the first: %q", got)
	}
	if got := text(b, onlyB); got != "COPY 50 " {
		t.Errorf("only in the second: %q", got)
	}
	for _, c := range []struct{ a, b, want string }{
		// What smudged faxes differ in is left out.
		{"Thornley Bridge, 03-Aug-1963 : Amlodipine * *", "Thorniey Bridge 03-Aug 1963 Amlodlpine", "|"},
		{"The Grange High Street Elmstead Dear Doctor thank you", "Dear Doctor thank you The Grange High Street Elmstead", "|"},
		// A figure never is, nor what means something else.
		{"take 5mg of it", "take 8mg of it", "5mg |8mg "},
		{"pain in left hip and swelling in right knee", "pain in right hip and swelling in left knee", "left right |right left "},
		{"his hypertension", "his hypotension", "hypertension |hypotension "},
		{"no abduction of it", "now adduction of it", "no abduction |now adduction "},
	} {
		x, y := []postroom.Page{wordsPage(c.a)}, []postroom.Page{wordsPage(c.b)}
		onlyX, onlyY := differing(x, y)
		if got := text(x, onlyX) + "|" + text(y, onlyY); got != c.want {
			t.Errorf("%q and %q differ in %q, want %q", c.a, c.b, got, c.want)
		}
	}
	same1, same2 := differing(a, a)
	if text(a, same1)+text(a, same2) != "" {
		t.Error("the same pages differ")
	}
}

// lcs is the length of a longest common subsequence, by the textbook.
func lcs(a, b []string) int {
	row := make([]int, len(b)+1)
	for i := range a {
		before := 0
		for j := range b {
			now := row[j+1]
			if a[i] == b[j] {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			before = now
		}
	}
	return row[len(b)]
}

func FuzzCommon(f *testing.F) {
	for _, seed := range [][2]string{{"abcabba", "cbabac"}, {"", "a"}, {"aaaa", "aa"}, {"abc", "abc"}, {"xay", "a"}, {"abcdef", "fedcba"}, {"aab", "ab"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := strings.Split(x[:min(len(x), 300)], ""), strings.Split(y[:min(len(y), 300)], "")
		inA, inB := common(a, b)
		var u, v []string
		for i, in := range inA {
			if in {
				u = append(u, a[i])
			}
		}
		for i, in := range inB {
			if in {
				v = append(v, b[i])
			}
		}
		if strings.Join(u, "") != strings.Join(v, "") || len(u) != len(v) {
			t.Fatalf("%q and %q are common of %q and %q", u, v, a, b)
		}
		if len(u) != lcs(a, b) {
			t.Fatalf("%d are common of %q and %q, want %d", len(u), a, b, lcs(a, b))
		}
	})
}
