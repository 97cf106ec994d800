package review

import (
	"net/http"
	"strings"

	"github.com/postroom/postroom"
)

// copyBit is the bit of Item.Why for what looks like another document.
const copyBit = 1 << 4

type copiesPage struct{ Items []Item }

func (s *server) copies(w http.ResponseWriter, r *http.Request) {
	items, err := s.Desk.Queue(r.Context(), Filter{Why: copyBit, Sources: s.sources(r), Limit: 200})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "copies", page{Title: "Possible copies", Data: copiesPage{items}})
}

type comparePage struct {
	Item    Item
	Other   Item
	Sides   [2]side
	Rows    []valueRow
	Same    bool // every word is the same
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
	for _, name := range postroom.FieldNames {
		x, y := other.Record.Fields[name].Value, it.Record.Fields[name].Value
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
// of the other: indexes into each page's words.
func differing(a, b []postroom.Page) (onlyA, onlyB [][]int) {
	type at struct{ page, word int }
	flat := func(pages []postroom.Page) (words []string, where []at, out [][]int) {
		out = make([][]int, len(pages))
		for i, p := range pages {
			for n, w := range p.Words {
				words, where = append(words, strings.ToLower(strings.Trim(w.Text, ".,;:()"))), append(where, at{i, n})
			}
		}
		return words[:min(len(words), mostCompared)], where, out
	}
	wa, pa, onlyA := flat(a)
	wb, pb, onlyB := flat(b)
	inA, inB := common(wa, wb)
	for i, in := range inA {
		if !in && wa[i] != "" {
			onlyA[pa[i].page] = append(onlyA[pa[i].page], pa[i].word)
		}
	}
	for i, in := range inB {
		if !in && wb[i] != "" {
			onlyB[pb[i].page] = append(onlyB[pb[i].page], pb[i].word)
		}
	}
	return onlyA, onlyB
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
