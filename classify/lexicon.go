package classify

import "strings"

// A token is a word of a row in the form in which phrases are looked up.
type token struct {
	row        int
	start, end int  // byte offsets in the row's text
	id         int  // in the lexicon's vocabulary, -1 when it is not there
	exact      bool // read as it is written
	colon      bool // a colon follows
	first      bool // begins a cell
	opens      bool // stands after "(", ",", ";" or ":"
}

// A phrase is a sequence of words that means something to sorting.
type phrase struct {
	text  string
	words []int
	notes []note
}

// A note is one of the meanings of a phrase. kind says to whom; code and
// weight are for that reader.
type note struct {
	kind   kind
	code   int
	weight float64
}

type kind uint8

const (
	kindType   kind = iota // speaks for a type of document
	kindLabel              // introduces a field
	kindHead               // heads a section
	kindUrgent             // urgent cue
	kindCalm               // holds an urgent word but is none
	kindOrg                // part of an organisation's name
	kindCover              // cover sheet
	kindJunk               // advertising
	kindClose              // ends a letter
)

// A hit is a phrase found in a sheet: tokens from to to, exclusive.
type hit struct {
	phrase   *phrase
	from, to int
}

// A lexicon finds phrases in tokens in spite of misread characters.
type lexicon struct {
	vocabulary map[string]int
	shortened  map[string][]int // a vocabulary word without one character
	spelled    []string
	phrases    []*phrase
	byText     map[string]*phrase
	byFirst    map[int][]*phrase
}

func newLexicon() *lexicon {
	return &lexicon{
		vocabulary: map[string]int{}, shortened: map[string][]int{},
		byText: map[string]*phrase{}, byFirst: map[int][]*phrase{},
	}
}

// add gives a phrase a meaning.
func (l *lexicon) add(text string, n note) {
	p := l.byText[text]
	if p == nil {
		p = &phrase{text: text}
		for _, piece := range cutWords(text) {
			p.words = append(p.words, l.word(piece))
		}
		if len(p.words) == 0 {
			return
		}
		l.byText[text] = p
		l.phrases = append(l.phrases, p)
		l.byFirst[p.words[0]] = append(l.byFirst[p.words[0]], p)
	}
	for _, have := range p.notes {
		if have == n {
			return
		}
	}
	p.notes = append(p.notes, n)
}

func (l *lexicon) word(s string) int {
	key := likeness(s)
	if id, ok := l.vocabulary[key]; ok {
		return id
	}
	id := len(l.spelled)
	l.vocabulary[key] = id
	l.spelled = append(l.spelled, key)
	if len(key) >= 5 {
		for i := range len(key) {
			cut := key[:i] + key[i+1:]
			l.shortened[cut] = append(l.shortened[cut], id)
		}
	}
	return id
}

// find returns the vocabulary word that s is, allowing for one misread
// character in words of five or more.
func (l *lexicon) find(s string) (id int, exact bool) {
	key := likeness(s)
	if id, ok := l.vocabulary[key]; ok {
		return id, true
	}
	if len(key) < 5 || len(key) > 24 {
		return -1, false
	}
	for _, id := range l.shortened[key] {
		return id, false // one character lost
	}
	for i := range len(key) {
		cut := key[:i] + key[i+1:]
		if len(cut) >= 5 {
			if id, ok := l.vocabulary[cut]; ok {
				return id, false // one character too many
			}
		}
		for _, id := range l.shortened[cut] {
			if nearlyEqual(key, l.spelled[id]) {
				return id, false
			}
		}
	}
	return -1, false
}

// hits returns the phrases in the tokens, the longest at each place and then
// all others that begin there.
func (l *lexicon) hits(tokens []token) []hit {
	var out []hit
	for i := range tokens {
		if tokens[i].id < 0 {
			continue
		}
	next:
		for _, p := range l.byFirst[tokens[i].id] {
			if i+len(p.words) > len(tokens) {
				continue
			}
			for k, id := range p.words[1:] {
				t := &tokens[i+1+k]
				// A phrase may run on into the next row, not further, and not into another cell.
				if t.id != id || t.row > tokens[i].row+1 || t.first && t.row == tokens[i+k].row {
					continue next
				}
			}
			// A single word must be well read: a near miss is another word too often.
			if len(p.words) == 1 && !tokens[i].exact && len(p.text) < 8 {
				continue
			}
			out = append(out, hit{p, i, i + len(p.words)})
		}
	}
	return out
}

// cutWords splits text into words: runs of letters, digits and "&"; an
// apostrophe inside a word is dropped.
func cutWords(text string) []string {
	var out []string
	eachWord(text, func(start, end int) { out = append(out, strings.ReplaceAll(plain(text[start:end]), "'", "")) })
	return out
}

func eachWord(text string, yield func(start, end int)) {
	start := -1
	for i := 0; i <= len(text); i++ {
		in := false
		if i < len(text) {
			c := text[i]
			switch {
			case c == 0xE2 && i+2 < len(text) && text[i+1] == 0x80:
				// dashes and quotes: U+2019 inside a word belongs to it
				in = text[i+2] == 0x99 && start >= 0 && i+3 < len(text) && isLetter(text[i+3])
				if in {
					i += 2
				}
			case c == 0xC2:
				in = false
			case isLetter(c) || isDigit(c) || c == '&':
				in = true
			case c == '|' || c == '!':
				in = start >= 0 && i+1 < len(text) && isLetter(text[i+1])
			case c == '\'':
				in = start >= 0 && i+1 < len(text) && isLetter(text[i+1])
			}
		}
		if in && start < 0 {
			start = i
		}
		if !in && start >= 0 {
			yield(start, i)
			start = -1
		}
	}
}

// tokenise makes tokens of the rows.
func (l *lexicon) tokenise(rows []row) []token {
	var out []token
	for r := range rows {
		text := rows[r].text
		eachWord(text, func(start, end int) {
			t := token{row: r, start: start, end: end, id: -1}
			w := strings.ReplaceAll(plain(text[start:end]), "'", "")
			t.id, t.exact = l.find(w)
			rest := strings.TrimLeft(text[end:], " .,)#’'*")
			t.colon = strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, ";") // a colon is often read so
			// A table's ruling is read as a bracket or bar at a cell's start.
			before := strings.TrimRight(text[:start], " [|{_'‘’~")
			if before == "" || strings.HasSuffix(before, "\t") {
				t.first = true
			} else {
				switch before[len(before)-1] {
				case '(', ',', ';', ':', '|', '[', '-', '.':
					t.opens = true
				}
			}
			out = append(out, t)
		})
	}
	return out
}
