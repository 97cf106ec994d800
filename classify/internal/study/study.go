// Package study makes documents to learn from: pages of words with what is
// true of them, put together freely from the titles, labels, headings and
// sentences that letters to practices use, in layouts that are drawn by chance.
// No two look alike, so that what is learned from them does not lean on any
// one layout. Nothing is drawn or recognised; the noise of recognition is simulated.
//
//	m := study.New(seed, study.Learn)
//	d := m.Document(postroom.LabReport, "typical")
//
// Beside them stand whole letters as several authors wrote them (see Letter), with what each prints; they are set as they are, or with
// the letterhead or the address in another place.
//
// All patients are invented.
package study

import (
	"cmp"
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
)

// A Part is which of the wordings are used: one part is kept back, to see how
// well the rest prepares for wordings that nobody has seen.
type Part int

const (
	All   Part = iota
	Learn      // three quarters of all phrases
	Check      // the other quarter
)

//go:embed words
var wordFiles embed.FS

// words are the pools of one type.
type words struct {
	titles, rows, heads, sentences, tests, signers []string
	lists                                          map[string][]string // "dx", "rx", "al", "ac": headings
}

type pools struct {
	part  Part
	wide  bool // with what only the types are told by
	types map[postroom.TypeCode]*words
	order []postroom.TypeCode
}

// kept reports whether a phrase belongs to the part.
func (p *pools) kept(phrase string) bool {
	if p.part == All {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(phrase))
	v := h.Sum32()
	v ^= v >> 13
	return (v%4 == 0) == (p.part == Check)
}

func (p *pools) keep(list []string) []string {
	var out []string
	for _, s := range list {
		if p.kept(s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}

func readPools(part Part, wide bool) *pools {
	p := &pools{part: part, wide: wide, types: map[postroom.TypeCode]*words{}}
	names, _ := fs.Glob(wordFiles, "words/*.txt") // the pattern is valid
	if wide {
		more, _ := fs.Glob(wordFiles, "words/types/*.txt")
		names = append(names, more...)
	}
	for _, name := range names {
		b, _ := wordFiles.ReadFile(name) // it is compiled in
		code := postroom.TypeCode(strings.TrimSuffix(path.Base(name), ".txt"))
		w := p.types[code]
		if w == nil {
			w = &words{lists: map[string][]string{}}
			p.types[code] = w
			p.order = append(p.order, code)
		}
		for line := range strings.Lines(string(b)) {
			mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch mark {
			case "T":
				w.titles = append(w.titles, bars(rest)...)
			case "K":
				w.rows = append(w.rows, rest)
			case "H":
				w.heads = append(w.heads, bars(rest)...)
			case "S":
				w.sentences = append(w.sentences, rest)
			case "G":
				w.signers = append(w.signers, bars(rest)...)
			case "R":
				w.tests = append(w.tests, rest)
			case "L":
				name, heads, _ := strings.Cut(rest, " ")
				w.lists[name] = append(w.lists[name], bars(heads)...)
			}
		}
	}
	// As the domain reference has them, junk last: what is drawn hangs on it.
	place := func(code postroom.TypeCode) int {
		if i := slices.IndexFunc(postroom.Types, func(t postroom.DocumentType) bool { return t.Code == code }); i >= 0 {
			return i
		}
		return len(postroom.Types)
	}
	slices.SortFunc(p.order, func(a, b postroom.TypeCode) int { return cmp.Compare(place(a), place(b)) })
	for _, w := range p.types {
		w.titles, w.rows, w.heads, w.sentences = p.keep(w.titles), p.keep(w.rows), p.keep(w.heads), p.keep(w.sentences)
		for k, l := range w.lists {
			w.lists[k] = p.keep(l)
		}
	}
	return p
}

func bars(s string) []string {
	var out []string
	for x := range strings.SplitSeq(s, "|") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}

// A Maker makes documents. It is not safe for use by several goroutines.
type Maker struct {
	r     *rand.Rand
	pools *pools
	sent  time.Time
}

// New returns a Maker. The same seed gives the same documents in the same order.
func New(seed uint64, part Part) *Maker {
	return &Maker{r: rand.New(rand.NewPCG(seed, uint64(part)+5)), pools: readPools(part, false), sent: Day}
}

// ForTypes returns a Maker of documents to tell types by. It knows more wordings and who signs
// what, and sets some letters plainly. Roles of values are told by what stands beside them,
// and are learned without these, so that the one model can change and the other stay as it is.
func ForTypes(seed uint64, part Part) *Maker {
	m := New(seed, part)
	m.pools = readPools(part, true)
	return m
}

// Day is when the documents arrive.
var Day = time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)

// Types are the types that can be made, junk among them.
func (m *Maker) Types() []postroom.TypeCode { return m.pools.order }

// A Document is what was made.
type Document struct {
	Type   postroom.TypeCode
	Pages  []postroom.Page
	Fields map[postroom.FieldName]string // normal forms of what is printed
	// Practice and PracticePostcode are the recipient's.
	Practice, PracticePostcode string
}

// Document makes a document of a type, read with the noise of a quality.
func (m *Maker) Document(code postroom.TypeCode, quality string) Document {
	d, s, f := m.set(code, 0)
	if chance(m.r, 0.5) {
		m.headers(f, []*setter{s}, 0, len(s.papers), false)
	}
	d.Pages = s.done(fmt.Sprintf("study-%d.tif", m.r.IntN(1<<30)), 1, simulate.Noises[quality])
	return d
}

// A Message is several pages with the documents among them.
type Message struct {
	Pages     []postroom.Page
	Documents []MessageDocument
	Others    map[int]postroom.Fate
}

// A MessageDocument is a document with its pages in the message.
type MessageDocument struct {
	Document
	At []int
}

// Message makes a fax of some documents, now and then with a cover sheet.
func (m *Maker) Message(quality string) Message {
	r := m.r
	n := pick(r, []int{1, 1, 2, 2, 3, 4})
	out := Message{Others: map[int]postroom.Fate{}}
	name := fmt.Sprintf("study-%d.tif", r.IntN(1<<30))
	noise := simulate.Noises[quality]
	var facts []*facts
	var setters []*setter
	var docs []Document
	total := 0
	for range n {
		var code postroom.TypeCode
		for code == "" || code == postroom.Junk {
			code = pick(r, m.pools.order)
		}
		long := 0
		if chance(r, 0.4) {
			long = 1 + r.IntN(3)
		}
		d, s, f := m.set(code, long)
		facts, setters, docs = append(facts, f), append(setters, s), append(docs, d)
		total += len(s.papers)
	}
	if chance(r, 0.45) {
		out.Others[0] = postroom.FateCover
		out.Pages = append(out.Pages, m.cover(facts[0], total+1, n).done(name, 1, noise)...)
	}
	if chance(r, 0.6) {
		m.headers(facts[0], setters, len(out.Pages), total+len(out.Pages), chance(r, 0.2))
	}
	for i, s := range setters {
		d := MessageDocument{Document: docs[i]}
		for _, p := range s.done(name, len(out.Pages)+1, noise) {
			d.At = append(d.At, len(out.Pages))
			out.Pages = append(out.Pages, p)
		}
		d.Pages = nil
		out.Documents = append(out.Documents, d)
	}
	return out
}

// headers sets the fax machine's own line at the top of each page, counting the
// pages of the whole fax, or of each document when they were sent apart.
func (m *Maker) headers(f *facts, setters []*setter, from, total int, apart bool) {
	r := m.r
	form := pick(r, []string{"%s %s  %s  %s   P. %02d/%02d", "%s %s FROM: %s %s PAGE %d OF %d", "%s %s %s -> %s Pg %d/%d", "%s  %s  %s  Fax: %s   p.%d/%d", "%s %s %s TEL:%s P%02d/%02d"})
	day, clock := m.sent.Format(pick(r, []string{"02/01/2006", "02-Jan-2006", "2006-01-02", "Jan 02 2006", "02.01.06"})), f.slot("time")
	if chance(r, 0.25) { // the colon is the first to go
		clock = strings.ReplaceAll(clock, ":", pick(r, []string{" ", "", "."}))
	}
	// Machines call themselves after their house, the body that runs it, whoever passed the fax
	// on, or nothing.
	station := f.org
	switch n := r.IntN(20); {
	case n < 3 && f.parent != "":
		station = f.parent
	case n == 3:
		station = f.surgery
	case n == 4:
		station = f.fill(pick(r, senderNames["hospital"]))
	case n == 5:
		station = f.dept
	case n < 9:
		station = ""
	}
	if chance(r, 0.7) {
		station = strings.ToUpper(station)
	}
	station = station[:min(len(station), 16+r.IntN(8))]
	x, size := 40+r.IntN(100), 18+r.IntN(5)
	n := from
	for _, s := range setters {
		if apart {
			n, total = 0, len(s.papers)
		}
		for _, p := range s.papers {
			n++
			s.p = p
			s.at(x, 8+r.IntN(14), size, fmt.Sprintf(form, day, clock, station, f.orgFax, n, total))
		}
	}
}
