package classify

import (
	"context"
	"fmt"
	"math"
	"sort"
	"strings"
)

// A cut is the judgement of whether a document begins at a sheet: above 0 it
// does. The reasons are for the clerk.
type cut struct {
	score float64
	why   []string
}

func (c *cut) add(weight float64, why string) {
	c.score += weight
	if why != "" && weight != 0 {
		c.why = append(c.why, why)
	}
}

// confidence of the judgement, whichever way it went.
func (c cut) confidence() float64 {
	return 1 / (1 + math.Exp(-math.Abs(c.score)))
}

// beginning is how much a sheet looks like the first page of a document.
type beginning struct {
	dear       bool
	letterhead bool
	title      string // the heading that names a type
	titleClass int
	patient    bool // a block with the patient's data at the top
	address    bool
	date       bool
	continued  bool // says itself that it continues
	lowerStart bool
	signed     bool // ends with a signature
	goesOn     bool // ends in the middle of a sentence
}

func (s *sheet) look() beginning {
	b := beginning{titleClass: -1}
	best := 0.0
	for _, h := range s.hits {
		first := &s.tokens()[h.from]
		d := s.depth(first.row)
		for _, n := range h.phrase.notes {
			switch {
			case n.kind == kindOrg && n.code < 2 && first.row < 6 && d < 0.22:
				if n.code == 0 || s.isTitle(h) {
					b.letterhead = true
				}
			case n.kind == kindType && n.weight == titleWeight && first.row < 16 && d < 0.42 && s.isTitle(h):
				w := float64(len(h.phrase.text))
				if s.rows()[first.row].big {
					w += 20
				}
				if w > best {
					best, b.title, b.titleClass = w, h.phrase.text, n.code
				}
			case n.kind == kindClose && first.first:
				b.signed = true
			}
		}
	}
	for i := range s.rows() {
		lower := strings.ToLower(strings.TrimLeft(s.rows()[i].text, " \t"))
		if s.depth(i) < 0.65 && (strings.HasPrefix(lower, "dear ") || strings.HasPrefix(lower, "to whom it may")) {
			b.dear = true
		}
		if i < 4 && (strings.Contains(lower, "continued from") || strings.Contains(lower, "(continued") || strings.Contains(lower, "continuation sheet") || strings.Contains(lower, "(cont") || strings.HasPrefix(lower, "continued")) {
			b.continued = true
		}
		if i >= len(s.rows())-4 && (strings.Contains(lower, "continued on") || strings.Contains(lower, "continued over") || strings.Contains(lower, "please turn over") || lower == "pto" || lower == "cont.") {
			b.goesOn = true
		}
	}
	for _, group := range [][]reading{s.births} {
		for _, r := range group {
			if s.depth(r.row) < 0.45 && r.row > 1 {
				b.patient = true
			}
		}
	}
	for _, n := range s.numbers {
		if s.depth(n.row) < 0.45 && n.row > 1 {
			b.patient = true
		}
	}
	for _, l := range s.labels {
		switch l.label {
		case labelLetterDate, labelTyped, labelDictated:
			if s.depth(l.row) < 0.4 {
				b.date = true
			}
		case labelAddress, labelPractice, labelGP, labelTo:
			if s.depth(l.row) < 0.4 {
				b.address = true
			}
		}
	}
	if n := len(s.rows()); n > 0 {
		if first := strings.TrimSpace(s.rows()[0].text); first != "" && first[0] >= 'a' && first[0] <= 'z' {
			b.lowerStart = true
		}
		last := strings.TrimSpace(s.rows()[n-1].text)
		if s.printed.n > 0 && n > 1 && printedPages.MatchString(s.rows()[n-1].shadow) {
			last = strings.TrimSpace(s.rows()[n-2].text)
		}
		if len(last) > 30 {
			if c := last[len(last)-1]; c >= 'a' && c <= 'z' || c == ',' {
				b.goesOn = true
			}
		}
	}
	return b
}

// judge weighs whether a document begins at s, after the sheet before.
func judge(before, s *sheet, pb, b beginning) cut {
	var c cut
	if before.page.Hash != s.page.Hash || before.page.Attachment != s.page.Attachment {
		c.add(2.6, "it is in another attachment")
	}
	// What is printed on the pages.
	switch p, q := before.printed, s.printed; {
	case q.n == 1 && (q.of > 0 || p.n > 0):
		c.add(5, "it is printed as page 1")
	case q.n > 1 && p.n > 0 && q.of == p.of && q.n == p.n+1:
		c.add(-5.5, fmt.Sprintf("it is printed as page %d after page %d", q.n, p.n))
	case q.n > 1 && p.n > 0 && q.of != p.of && q.of > 0 && p.of > 0:
		c.add(2.5, "its printed page count is another")
	case q.n > 1 && p.n > 0 && q.of == p.of && q.n != p.n && q.of > 0:
		c.add(-2.5, fmt.Sprintf("it is printed as page %d of the same %d", q.n, q.of))
	case q.n > 1 && p.n > 0 && q.n == p.n:
		c.add(2.5, "the same page number stands on both")
	case q.n > 1 && p.n == 0:
		c.add(-3.5, fmt.Sprintf("it is printed as page %d", q.n))
	case q.n == 0 && p.of > 0 && p.n == p.of:
		c.add(2.2, "the page before was the last of its document")
	case q.n == 0 && p.of > 0 && p.n < p.of:
		c.add(-1.5, "the document before has more pages")
	}
	if p, q := before.header, s.header; p.n > 0 && q.n > 0 {
		if q.n == 1 {
			c.add(3, "a new fax begins")
		} else if p.of != q.of && p.of > 0 && q.of > 0 {
			c.add(2.5, "it belongs to another fax")
		}
	}
	// Whose it is.
	switch agree, known := samePatient(before, s); {
	case known && !agree:
		c.add(5.5, "it is about another patient")
	case known && agree:
		c.add(-0.8, "it is about the same patient")
	}
	// What a first page looks like.
	if b.dear {
		c.add(3.4, "it opens with a salutation")
	}
	if b.title != "" {
		weight := 1.7
		if b.titleClass == pb.titleClass {
			weight = 1.2
		}
		c.add(weight, "it has a heading: "+quote(b.title))
	}
	if b.letterhead {
		c.add(1.4, "it has a letterhead")
	}
	if b.patient {
		c.add(0.9, "the patient's details stand at its top")
	}
	if b.date {
		c.add(0.4, "it has a date at its top")
	}
	if b.address {
		c.add(0.3, "")
	}
	if !b.dear && b.title == "" && !b.letterhead && !b.patient {
		c.add(-2.2, "it has no letterhead, heading or salutation")
	}
	if b.continued {
		c.add(-4, "it says that it continues")
	}
	if b.lowerStart {
		c.add(-1.2, "it begins in the middle of a sentence")
	}
	if pb.goesOn && !pb.signed {
		c.add(-0.8, "the page before ends in the middle of a sentence")
	}
	if pb.signed {
		c.add(0.9, "the page before is signed")
	}
	c.add(-1.6, "")
	return c
}

// samePatient compares the patients of two sheets by their numbers, birth
// dates and names.
func samePatient(a, b *sheet) (same, known bool) {
	if x, y := a.validNumbers(), b.validNumbers(); len(x) > 0 && len(y) > 0 {
		for _, n := range x {
			if contains(y, n) {
				return true, true
			}
		}
		return false, true
	}
	if x, y := bestReading(a.births), bestReading(b.births); x != nil && y != nil && x.valid && y.valid {
		if x.value == y.value || x.other == y.value || x.value == y.other {
			return true, true
		}
		if x.conf > 0.5 && y.conf > 0.5 && datesDiffer(x.value, y.value) > 1 {
			return false, true
		}
	}
	if x, y := bestReading(a.names), bestReading(b.names); x != nil && y != nil && x.strength > 0.7 && y.strength > 0.7 {
		fx, fy := likeness(nameKey(x.name.family)), likeness(nameKey(y.name.family))
		if fx == fy {
			return true, true
		}
		if editDistance(fx, fy, 3) > 2 && x.conf > 0.6 && y.conf > 0.6 {
			return false, true
		}
	}
	return false, false
}

// surelyAnother is the least evidence for a cut between pages that name different people.
const surelyAnother = 3

// differentPeople reports whether two sheets have each a number and a birth date of their own, and share neither: whatever they look
// like, they are about two people, and nobody's page is carried into another's document.
func differentPeople(a, b *sheet) bool {
	same, known := samePatient(a, b)
	x, y := bestReading(a.births), bestReading(b.births)
	return known && !same && len(a.validNumbers()) > 0 && len(b.validNumbers()) > 0 &&
		x != nil && y != nil && x.valid && y.valid && x.conf > 0.5 && y.conf > 0.5 && datesDiffer(x.value, y.value) > 1
}

// datesDiffer counts the parts (year, month, day) in which two days differ.
func datesDiffer(a, b string) int {
	if len(a) != 10 || len(b) != 10 {
		return 3
	}
	n := 0
	for _, p := range [][2]int{{0, 4}, {5, 7}, {8, 10}} {
		if a[p[0]:p[1]] != b[p[0]:p[1]] {
			n++
		}
	}
	return n
}

func bestReading(list []reading) *reading {
	var best *reading
	for i := range list {
		if best == nil || list[i].strength*(0.5+0.5*list[i].conf) > best.strength*(0.5+0.5*best.conf) {
			best = &list[i]
		}
	}
	return best
}

// A group is the sheets of one document, with why it begins where it does.
type group struct {
	sheets []*sheet
	why    []string
	conf   float64
	notes  []string
	covers []*sheet
}

// split makes groups of the body pages, in order.
func (f *sheaf) split(ctx context.Context, m *Roles) ([]*group, error) {
	var groups []*group
	var current *group
	var before *sheet
	var pb beginning
	var covers []*sheet
	forced := "" // a separator or cover stands between
	for _, s := range f.sheets {
		switch s.role {
		case roleBlank:
			continue
		case roleSeparator:
			forced = "a separator sheet stands before it"
			continue
		case roleReport:
			forced = "a fax machine's report stands before it"
			continue
		case roleCover:
			covers = append(covers, s)
			forced = "a cover sheet stands before it"
			continue
		}
		if forced == "" && s.opensDocument() {
			forced = "a patch code on it says so"
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("sort page %d: %w", s.index+1, err)
		}
		if err := f.open(s); err != nil {
			return nil, err
		}
		b := s.look()
		switch {
		case current == nil:
			current = &group{why: []string{"it is the first page"}, conf: 0.99}
			if forced != "" {
				current.why = []string{forced}
			}
			groups = append(groups, current)
		case forced != "":
			current = &group{why: []string{forced}, conf: 0.99}
			groups = append(groups, current)
		case s.role == roleUnread:
			if before.page.Hash == s.page.Hash && before.page.Attachment == s.page.Attachment {
				current.conf = min(current.conf, 0.6)
			} else {
				current = &group{why: []string{"it is in another attachment"}, conf: 0.7}
				groups = append(groups, current)
			}
		default:
			c := judge(before, s, pb, b)
			if m != nil {
				p := m.probabilities(slotCut, cutFeatures(before, s, pb, b, c))[1]
				p = max(0.001, min(0.999, p))
				c.score = math.Log(p / (1 - p))
			}
			if differentPeople(before, s) && s.printed.n < 2 && !b.continued {
				c.score = max(c.score, surelyAnother)
			}
			if c.score > 0 {
				current.conf = min(current.conf, c.confidence())
				current = &group{why: c.why, conf: c.confidence()}
				groups = append(groups, current)
			} else {
				current.conf = min(current.conf, c.confidence())
			}
		}
		if len(covers) > 0 {
			current.covers = append(current.covers, covers...)
			covers = nil
		}
		forced = ""
		current.sheets = append(current.sheets, s)
		if s.role != roleUnread || before == nil {
			if before != nil {
				f.fold(before)
			}
			before, pb = s, b
		} else {
			f.fold(s)
		}
	}
	if before != nil {
		f.fold(before)
	}
	if len(covers) > 0 && len(groups) > 0 {
		// A cover sheet that was sent last.
		g := groups[len(groups)-1]
		g.covers = append(g.covers, covers...)
	}
	groups = rejoin(groups)
	for _, g := range groups {
		g.order()
		g.missing()
	}
	return groups, nil
}

// rejoin puts pages together that arrived out of order: parts of "page n of
// m" that fill each other and do not contradict each other's patient.
func rejoin(groups []*group) []*group {
	for i := 0; i < len(groups); i++ {
		for j := i + 1; j < len(groups) && j <= i+2; j++ {
			if groups[i].complements(groups[j]) {
				groups[i].sheets = append(groups[i].sheets, groups[j].sheets...)
				groups[i].covers = append(groups[i].covers, groups[j].covers...)
				groups[i].conf = min(groups[i].conf, groups[j].conf, 0.85)
				groups[i].why = append(groups[i].why, "its printed page numbers belong together")
				groups = append(groups[:j], groups[j+1:]...)
				i--
				break
			}
		}
	}
	return groups
}

func (g *group) complements(o *group) bool {
	of := 0
	seen := map[int]bool{}
	for _, list := range [][]*sheet{g.sheets, o.sheets} {
		for _, s := range list {
			if s.printed.n == 0 || s.printed.of == 0 || of != 0 && s.printed.of != of || seen[s.printed.n] {
				return false
			}
			of = s.printed.of
			seen[s.printed.n] = true
		}
	}
	if len(seen) > of || of < 2 {
		return false
	}
	agreed := false
	for _, a := range g.sheets {
		for _, b := range o.sheets {
			same, known := samePatient(a, b)
			if known && !same {
				return false
			}
			agreed = agreed || known && same
		}
	}
	// Without a patient on both, only a complete set in the wrong order counts.
	return agreed || len(seen) == of && len(g.sheets)+len(o.sheets) == of && g.sheets[0].printed.n != 1
}

// order sorts the sheets by their printed numbers when all have one and none
// comes twice.
func (g *group) order() {
	seen := map[int]bool{}
	for _, s := range g.sheets {
		if s.printed.n == 0 || seen[s.printed.n] {
			return
		}
		seen[s.printed.n] = true
	}
	inOrder := sort.SliceIsSorted(g.sheets, func(i, j int) bool { return g.sheets[i].printed.n < g.sheets[j].printed.n })
	if !inOrder {
		sort.SliceStable(g.sheets, func(i, j int) bool { return g.sheets[i].printed.n < g.sheets[j].printed.n })
		g.why = append(g.why, "its pages came out of order and were put in the printed one")
	}
}

// missing notes the pages that are printed as there and did not come.
func (g *group) missing() {
	of := 0
	have := map[int]bool{}
	highest := 0
	for _, s := range g.sheets {
		if s.printed.n > 0 && !(s.printedGuessed && len(g.sheets) == 1) {
			have[s.printed.n] = true
			of = max(of, s.printed.of)
			highest = max(highest, s.printed.n)
		}
	}
	if len(have) == 0 {
		return
	}
	unnumbered := len(g.sheets) - len(have)
	last := max(of, highest)
	if last > 60 || last <= len(g.sheets) && unnumbered > 0 {
		return
	}
	lost := 0
	for n := 1; n <= last; n++ {
		if !have[n] {
			lost++
		}
	}
	if lost <= unnumbered {
		return
	}
	for n := 1; n <= last; n++ {
		if !have[n] {
			if of > 0 {
				g.notes = append(g.notes, fmt.Sprintf("page %d of %d is missing", n, of))
			} else {
				g.notes = append(g.notes, fmt.Sprintf("page %d is missing", n))
			}
		}
	}
}
