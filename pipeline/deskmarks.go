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
	whole := slices.ContainsFunc(terms, func(t searchTerm) bool { return slices.ContainsFunc(t.any, isNumber) })
	for i := range words {
		if mayMean(terms, words[i]) {
			for _, w := range searchWords(words[i]) {
				for _, t := range terms {
					hit[i] = hit[i] || t.matches(w)
				}
			}
		}
		if !whole || !figure(strings.TrimLeft(words[i], "("), 0) {
			continue // a number or a date begins with a figure
		}
		for n := 1; n <= longestRun && i+n <= len(words) && together(i, i+n-1); n++ {
			run := strings.Trim(strings.Join(words[i:i+n], " "), ".,;:()")
			if !figure(run, len(run)-1) {
				continue // and ends with one
			}
			number := strings.NewReplacer(" ", "", "-", "").Replace(run)
			if strings.Trim(number, "0123456789") != "" {
				d, err := NormalValue(postroom.BirthDate, run)
				if err != nil {
					continue
				}
				number = dateWord(d)
			}
			for _, t := range terms {
				if isNumber(number) && slices.Contains(t.any, number) {
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

func figure(s string, at int) bool { return at >= 0 && at < len(s) && s[at] >= '0' && s[at] <= '9' }

// isNumber reports whether a word is figures alone, enough of them to stand in several words.
func isNumber(w string) bool { return len(w) >= 6 && strings.Trim(w, "0123456789") == "" }

// mayMean is a quick look before words are taken apart: false where no term can stand in
// the text.
func mayMean(terms []searchTerm, text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 || text[i] == '\'' {
			return true // letters of other alphabets are compared in their normal form
		}
	}
	lower := strings.ToLower(text)
	return slices.ContainsFunc(terms, func(t searchTerm) bool {
		return slices.ContainsFunc(t.any, func(w string) bool { return strings.Contains(lower, w) })
	})
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
	numbers := slices.ContainsFunc(terms, func(t searchTerm) bool { return slices.ContainsFunc(t.any, isNumber) })
	for _, text := range r.Text {
		for line := range strings.Lines(text) {
			if !numbers && !mayMean(terms, line) {
				continue
			}
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
