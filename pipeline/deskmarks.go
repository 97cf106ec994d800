package pipeline

import (
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// matches reports whether a word of a text is what a person looked for.
func (t searchTerm) matches(word string) bool {
	return slices.ContainsFunc(t.any, func(w string) bool { return word == w || t.prefix && strings.HasPrefix(word, w) })
}

// said are the terms that can stand in a document's text.
func (s DeskSearch) said() (out []searchTerm) {
	for _, text := range []string{s.Words, s.Patient, s.Sender} {
		out = append(out, typedTerms("", text)...)
	}
	return out
}

// longestRun is over how many words a number or a date may be spread.
const longestRun = 4

// Marks returns, for each page, which of its words are what a person looked for:
// indexes into Page.Words, in order. Numbers and dates that stand in several words
// are found whole.
func (s DeskSearch) Marks(pages []postroom.Page) [][]int {
	terms := s.said()
	out := make([][]int, len(pages))
	for i, p := range pages {
		texts := make([]string, len(p.Words))
		for n, w := range p.Words {
			texts[n] = w.Text
		}
		out[i] = marks(terms, texts, func(a, b int) bool { return p.Words[a].Line == p.Words[b].Line })
	}
	return out
}

// marks finds the words that the terms mean; together says whether two stand on one line.
func marks(terms []searchTerm, words []string, together func(a, b int) bool) (out []int) {
	hit := make([]bool, len(words))
	for i := range words {
		for _, w := range searchWords(words[i]) {
			for _, t := range terms {
				hit[i] = hit[i] || t.matches(w)
			}
		}
		for n := 1; n <= longestRun && i+n <= len(words) && together(i, i+n-1); n++ {
			run := strings.Trim(strings.Join(words[i:i+n], " "), ".,;:()")
			whole := strings.NewReplacer(" ", "", "-", "").Replace(run)
			if strings.Trim(whole, "0123456789") != "" {
				d, err := NormalValue(postroom.BirthDate, run)
				if err != nil {
					continue
				}
				whole = dateWord(d)
			}
			for _, t := range terms {
				if len(whole) >= 6 && slices.Contains(t.any, whole) {
					for k := i; k < i+n; k++ {
						hit[k] = true
					}
				}
			}
		}
	}
	for i, h := range hit {
		if h {
			out = append(out, i)
		}
	}
	return out
}

// A DeskPart is a piece of a line of a document.
type DeskPart struct {
	Text string
	Hit  bool
}

// longestExcerpt bounds an excerpt, in words.
const longestExcerpt = 24

// Excerpt returns the first line of the document in which something stands that was
// looked for, with those words marked; nil when it stands nowhere in the text.
func (s DeskSearch) Excerpt(r postroom.Record) []DeskPart {
	terms := s.said()
	if len(terms) == 0 {
		return nil
	}
	for _, text := range r.Text {
		for line := range strings.Lines(text) {
			words := strings.Fields(line)
			found := marks(terms, words, func(int, int) bool { return true })
			if len(found) == 0 {
				continue
			}
			from := max(0, found[0]-longestExcerpt/2)
			to := min(len(words), from+longestExcerpt)
			var out []DeskPart
			for i := from; i < to; i++ {
				hit := slices.Contains(found, i)
				if n := len(out); n > 0 && out[n-1].Hit == hit {
					out[n-1].Text += " " + words[i]
				} else {
					out = append(out, DeskPart{words[i], hit})
				}
			}
			return out
		}
	}
	return nil
}
