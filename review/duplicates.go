package review

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
)

// copyBit is the bit of Item.Why for what looks like another document.
const copyBit = 1 << 4

type copiesPage struct {
	Items []Item
	Blind map[string]bool // whose patient is not shown, by document
}

func (s *server) copies(w http.ResponseWriter, r *http.Request) {
	items, err := s.Desk.Queue(r.Context(), Filter{Why: copyBit, Sources: s.sources(r), Limit: 200})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := copiesPage{Blind: map[string]bool{}}
	for _, it := range items {
		shield, err := ShieldOf(r.Context(), s.Desk, it)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		d.Items, d.Blind[it.Record.DocumentID] = append(d.Items, shield.Item(it)), shield.Any()
	}
	s.show(w, r, http.StatusOK, "copies", page{Title: "Possible copies", Data: d})
}

type comparePage struct {
	Item    Item
	Other   Item
	Sides   [2]side
	Rows    []valueRow
	Same    bool // every word is the same
	Blind   bool // values are left out that somebody is to key without seeing them
	Claimed bool // somebody else has it open
}

// Differing are the values in which the two disagree.
func (p comparePage) Differing() (out []valueRow) {
	for _, r := range p.Rows {
		if r.A != r.B {
			out = append(out, r)
		}
	}
	return out
}

// A side is one of the two documents.
type side struct {
	Title string
	Item  Item
	Pages []shownPage
	Only  []string // words that stand only here, at most a few
	More  int      // how many others
}

// A valueRow is a value as the two documents have it.
type valueRow struct {
	Name postroom.FieldName
	A, B string
}

// mostWords is how many differing words are listed beside the images, where all are marked.
const mostWords = 30

func (s *server) compare(w http.ResponseWriter, r *http.Request) {
	ctx, id := r.Context(), r.PathValue("id")
	it, err := s.Desk.Document(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if it.Record.DuplicateOf == nil {
		s.fail(w, r, postroom.Bad(nil, "it is not held as a copy of another document", "look at it by itself"))
		return
	}
	other, err := s.Desk.Document(ctx, *it.Record.DuplicateOf)
	if err == nil && s.sources(r) != nil && !slices.Contains(s.sources(r), other.Source) {
		err = postroom.Bad(nil, "the other document came to a mailbox that is not yours", "somebody who sees both mailboxes must compare them")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := comparePage{Item: it, Other: other, Claimed: it.ClaimedBy != "" && it.ClaimedBy != s.me(r)}
	here, err := s.Desk.Pages(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	there, err := s.Desk.Pages(ctx, other.Record.DocumentID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a, b := differing(there, here)
	d.Sides[0] = sideOf("The earlier one", other, there, a)
	d.Sides[1] = sideOf("This one", it, here, b)
	d.Same = len(d.Sides[0].Only)+len(d.Sides[1].Only) == 0
	hidden := slices.Concat(shieldOf(s.Desk, it, here).Names, shieldOf(s.Desk, other, there).Names)
	d.Blind = len(hidden) > 0
	for _, name := range postroom.FieldNames {
		if slices.Contains(hidden, name) {
			continue
		}
		x, y := s.shown(name, other.Record.Fields[name].Value), s.shown(name, it.Record.Fields[name].Value)
		if x != "" || y != "" {
			d.Rows = append(d.Rows, valueRow{name, x, y})
		}
	}
	s.show(w, r, http.StatusOK, "compare", page{Title: "Is it a copy?", Data: d})
}

func sideOf(title string, it Item, pages []postroom.Page, words [][]int) side {
	out := side{Title: title, Item: it}
	for i := range it.Record.Pages {
		one := shownPage{Number: i + 1}
		if i < len(pages) {
			one.Marks = marksOf(pages[i], words[i])
			for _, n := range words[i] {
				if len(out.Only) < mostWords {
					out.Only = append(out.Only, pages[i].Words[n].Text)
				} else {
					out.More++
				}
			}
		}
		out.Pages = append(out.Pages, one)
	}
	return out
}

// mostCompared bounds how much of two documents is compared word by word: the work grows
// with the product of what differs.
const mostCompared = 6000

// differing returns the words of each document that have none like them at the same place
// of the other: indexes into each page's words. What two readings of the same letter differ
// in, without a figure, is left out: a smudged word is no difference, another dose is.
func differing(a, b []postroom.Page) (onlyA, onlyB [][]int) {
	ta, tb := tokensOf(a), tokensOf(b)
	inA, inB := common(texts(ta), texts(tb))
	settleAlike(ta, tb, inA, inB)
	out := func(pages []postroom.Page, tokens []token, in []bool) [][]int {
		only := make([][]int, len(pages))
		for i, t := range tokens {
			if n := len(only[t.page]); !in[i] && (n == 0 || only[t.page][n-1] != t.word) {
				only[t.page] = append(only[t.page], t.word)
			}
		}
		return only
	}
	return out(a, ta, inA), out(b, tb, inB)
}

// A token is a run of letters and figures in a word.
type token struct {
	text       string
	page, word int
}

func (t token) figures() bool { return strings.ContainsAny(t.text, "0123456789") }

func tokensOf(pages []postroom.Page) (out []token) {
	for i, p := range pages {
		for n, w := range p.Words {
			for _, text := range strings.FieldsFunc(strings.ToLower(w.Text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				if len(out) < mostCompared {
					out = append(out, token{text, i, n})
				}
			}
		}
	}
	return out
}

func texts(tokens []token) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		out[i] = t.text
	}
	return out
}

// settleAlike takes words for the same that differ as two readings of one page do: a
// letter taken for one that looks like it, or a passage read in another order. Words with
// a figure in them never are, and nothing is that a change of meaning could hide behind:
// "left" and "right" that changed places differ.
func settleAlike(a, b []token, inA, inB []bool) {
	at := map[string][]int{}
	for j := range b {
		at[passage(b, j)] = append(at[passage(b, j)], j)
	}
	for i := range a {
		if inA[i] || a[i].figures() {
			continue
		}
		// The same three words in a row elsewhere, of which this is the first, second or third.
		for k := 0; k < 3 && !inA[i] && i-k >= 0; k++ {
			for _, j := range at[passage(a, i-k)] {
				if j+k < len(b) && !inB[j+k] && passage(a, i-k) != "" {
					inA[i], inB[j+k] = true, true
					break
				}
			}
		}
	}
	for i := range a {
		if inA[i] || a[i].figures() {
			continue
		}
		for j := range b {
			if !inB[j] && looksLike(a[i].text, b[j].text) {
				inA[i], inB[j] = true, true
				break
			}
		}
	}
}

// passage is three words in a row, or nothing at the end.
func passage(t []token, i int) string {
	if i+3 > len(t) {
		return ""
	}
	return t[i].text + " " + t[i+1].text + " " + t[i+2].text
}

// The letters of one group are taken for one another on a bad fax.
var lookalikes = []string{"iljtf", "ceo", "uvy", "nhmr"}

// looksLike reports whether two words differ in one letter that looks like the other one.
func looksLike(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) || len(x) < 5 {
		return false
	}
	differ := 0
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		same := slices.ContainsFunc(lookalikes, func(g string) bool { return strings.ContainsRune(g, x[i]) && strings.ContainsRune(g, y[i]) })
		if differ++; !same || differ > 1 {
			return false
		}
	}
	return differ == 1
}

// common marks the words of a longest common subsequence (Myers, "An O(ND) difference
// algorithm and its variations", 1986, the greedy form). Where the two differ in more than a
// few thousand words the rest counts as different: there is nothing to see in it then.
func common(a, b []string) (inA, inB []bool) {
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	lead := 0
	for lead < len(a) && lead < len(b) && a[lead] == b[lead] {
		inA[lead], inB[lead] = true, true
		lead++
	}
	ta, tb := len(a), len(b)
	for ta > lead && tb > lead && a[ta-1] == b[tb-1] {
		ta, tb = ta-1, tb-1
		inA[ta], inB[tb] = true, true
	}
	x, y := a[lead:ta], b[lead:tb]
	if len(x) == 0 || len(y) == 0 {
		return inA, inB
	}
	const mostSteps = 2000
	most := min(len(x)+len(y), mostSteps)
	// reach[d][k+d] is how far along x the furthest path with d differences gets on diagonal k.
	var reach [][]int
	at := func(d, k int) int {
		if d < 0 || k < -d || k > d {
			return -1
		}
		return reach[d][k+d]
	}
	endD, endK := -1, 0
steps:
	for d := 0; d <= most; d++ {
		row := make([]int, 2*d+1)
		reach = append(reach, row)
		for k := -d; k <= d; k += 2 {
			i := 0
			if d > 0 {
				down, right := at(d-1, k+1), at(d-1, k-1)+1
				if k == -d || k != d && right <= down {
					i = down
				} else {
					i = right
				}
			}
			for i < len(x) && i-k < len(y) && x[i] == y[i-k] {
				i++
			}
			row[k+d] = i
			if i >= len(x) && i-k >= len(y) {
				endD, endK = d, k
				break steps
			}
		}
	}
	if endD < 0 {
		return inA, inB
	}
	for d, k := endD, endK; d >= 0; d-- {
		i := at(d, k)
		from, before := 0, 0
		if d > 0 {
			down, right := at(d-1, k+1), at(d-1, k-1)+1
			if k == -d || k != d && right <= down {
				from, before = down, k+1
			} else {
				from, before = right, k-1
			}
		}
		for i > from {
			i--
			inA[lead+i], inB[lead+i-k] = true, true
		}
		k = before
	}
	return inA, inB
}

func (s *server) keepBoth(w http.ResponseWriter, r *http.Request) {
	d, err := s.seen(r)
	if err == nil {
		err = s.Desk.KeepBoth(r.Context(), d)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/document/"+d.Document)
}

func (s *server) isCopy(w http.ResponseWriter, r *http.Request) {
	d, err := s.seen(r)
	if err == nil {
		err = s.Desk.Discard(r.Context(), d, discardReasons["copy"])
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/copies")
}
