package classify

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/postroom/postroom"
)

// A candidate is a place on a sheet that may play a part.
type candidate struct {
	span
	sheet *sheet
	x     []uint32
	iso   string     // dates
	name  personName // names
	text  string
	// mended counts the characters that are known by their place only; more is
	// where the value goes on, when that is another line.
	mended int
	more   span
	part   bool      // lines: it is a part of the one before
	p      []float64 // of each role, once it is asked
}

// A featureBag gathers hashed features.
type featureBag []uint32

func (f *featureBag) add(parts ...string) { *f = append(*f, hashOf(parts...)%roleBuckets) }

// hashOf is the FNV-1a of some words, without the allocations of hash/fnv.
func hashOf(parts ...string) uint32 {
	h := uint32(2166136261)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint32(p[i])) * 16777619
		}
		h = (h ^ 0xff) * 16777619
	}
	return h ^ h>>15
}

func (f *featureBag) num(name string, n int) { f.add(name, strconv.Itoa(n)) }

// wordsBefore are the last n words of a text, the nearest first, folded so that
// misread characters matter little.
func wordsBefore(text string, n int) []string {
	words := cutWords(text)
	var out []string
	for i := len(words) - 1; i >= 0 && len(out) < n; i-- {
		out = append(out, foldedWord(words[i]))
	}
	return out
}

func wordsFrom(text string, n int) []string {
	words := cutWords(text)
	var out []string
	for i := 0; i < len(words) && len(out) < n; i++ {
		out = append(out, foldedWord(words[i]))
	}
	return out
}

func foldedWord(w string) string {
	if hasDigit(w) && letters(w) < 2 {
		return "#" + strconv.Itoa(min(len(w), 5))
	}
	return likeness(w)
}

// around adds what stands around a span.
func (s *sheet) around(f *featureBag, sp span, order int) {
	r := &s.rows()[sp.row]
	ci := r.cellAt(sp.start)
	cl := r.cells[ci]
	left := r.text[min(cl.start, sp.start):sp.start]
	lw := wordsBefore(left, 5)
	if len(lw) == 0 {
		f.add("left none")
	}
	for i, w := range lw {
		f.add("left", w)
		if i < 3 {
			f.num("left at "+w, i)
		}
	}
	if len(lw) > 1 {
		f.add("left two", lw[0], lw[1])
	}
	if trimmed := strings.TrimRight(left, " \t"); trimmed != "" {
		if c := trimmed[len(trimmed)-1]; !isLetter(c) && !isDigit(c) {
			f.add("mark", string(c))
		} else {
			f.add("mark none")
		}
	}
	if ci > 0 {
		before := r.cellText(ci - 1)
		cw := wordsBefore(before, 4)
		for i, w := range cw {
			f.add("cell", w)
			if i == 0 && len(lw) == 0 {
				f.add("cell next", w)
			}
		}
		if len(lw) == 0 && len(cw) > 0 {
			f.add("cell all", strings.Join(cw, " "))
			if strings.HasSuffix(strings.TrimRight(before, " "), ":") {
				f.add("cell colon")
			}
		}
	}
	f.num("cells", min(len(r.cells), 4))
	f.num("cell", min(ci, 3))
	after := r.text[min(sp.end, len(r.text)):max(min(sp.end, len(r.text)), cl.end)]
	for i, w := range wordsFrom(after, 2) {
		f.num("right "+w, i)
	}
	if strings.Trim(after, " .,;:)-") == "" {
		f.add("ends cell")
	}
	if ci+1 < len(r.cells) {
		for _, w := range wordsFrom(r.cellText(ci+1), 2) {
			f.add("right cell", w)
		}
	}
	// Above and below, in the same column.
	for _, step := range []int{-1, 1} {
		name := "above"
		if step > 0 {
			name = "below"
		}
		last := cl.box
		for hop := 1; hop <= 2; hop++ {
			k := sp.row + step*hop
			if k < 0 || k >= len(s.rows()) {
				f.num(name+" edge", hop)
				break
			}
			q := &s.rows()[k]
			gap := q.box[1] - last[3]
			if step < 0 {
				gap = last[1] - q.box[3]
			}
			if gap > 3*max(last.Height(), 8) {
				f.num(name+" gap", hop)
				break
			}
			for c := range q.cells {
				if q.cells[c].box[0] < cl.box[2] && cl.box[0] < q.cells[c].box[2] {
					words := wordsFrom(q.cellText(c), 4)
					if hop == 1 {
						for _, w := range words {
							f.add(name, w)
						}
						if len(words) < 4 {
							f.add(name+" all", strings.Join(words, " "))
						}
						if s.labelAt(k, c) {
							f.add(name + " label")
						}
					} else if len(words) > 0 {
						f.add(name+" two", words[0])
					}
					break
				}
			}
			last = q.box
		}
	}
	// What the lexicon knows.
	nearest, at := -1, -1
	for _, l := range s.labels {
		if l.row == sp.row && l.end <= sp.start && l.end > at {
			nearest, at = int(l.label), l.end
		}
	}
	if nearest >= 0 {
		f.num("label", nearest)
		gap := len(strings.Fields(r.text[at:sp.start]))
		f.num("label "+strconv.Itoa(nearest), min(gap, 3))
	} else {
		f.add("label none")
		for _, l := range s.labels {
			if l.row != sp.row-1 {
				continue
			}
			box, _ := s.rows()[l.row].area(l.start, l.end)
			if box[0] < cl.box[2] && cl.box[0] < box[2] {
				f.num("label above", int(l.label))
			}
		}
	}
	if p, ok := s.partAt(sp.row, ci); ok {
		f.num("section", int(p))
	}
	f.num("depth", int(s.depth(sp.row)*10))
	f.num("sheet", min(order, 2))
	if s.page.Frame.Width > 0 {
		f.num("across", 4*cl.box[0]/s.page.Frame.Width)
	}
	f.num("row", min(sp.row, 6))
	f.num("from the end", min(len(s.rows())-1-sp.row, 6))
	for _, want := range []label{labelNHS, labelBirth, labelAddress, labelFax, labelGMC, labelKin, labelGP} {
		best := 9
		for _, l := range s.labels {
			if l.label == want {
				best = min(best, abs(l.row-sp.row))
			}
		}
		if best <= 4 {
			f.num("near "+strconv.Itoa(int(want)), (best+1)/2)
		}
	}
	dear, closed := s.landmarks()
	switch {
	case dear < 0:
		f.add("no dear")
	case sp.row < dear:
		f.add("before dear")
	case sp.row == dear:
		f.add("dear")
	default:
		f.add("after dear")
	}
	switch {
	case closed >= 0 && sp.row >= closed:
		f.num("after closing", min(sp.row-closed, 5))
	case closed >= 0:
		f.add("before closing")
	}
	if len(r.text) > 75 && len(r.cells) == 1 {
		f.add("prose")
	}
}

// landmarks are the rows of the salutation and of the closing, -1 for none.
func (s *sheet) landmarks() (dear, closed int) {
	if !s.marked {
		s.marked, s.dear, s.closed = true, -1, -1
		for i := range s.rows() {
			if s.dear < 0 && strings.HasPrefix(strings.ToLower(strings.TrimLeft(s.rows()[i].text, " ")), "dear ") {
				s.dear = i
			}
			if s.closed < 0 && s.isClosing(i) && s.depth(i) > 0.25 {
				s.closed = i
			}
		}
	}
	return s.dear, s.closed
}

// ruled adds the opinion of the rules: the strongest of their readings at a span.
func ruled(f *featureBag, sp span, name postroom.FieldName, list []reading) {
	best := 0.0
	for _, r := range list {
		if r.row == sp.row && r.start < sp.end && sp.start < r.end {
			best = max(best, r.strength)
		}
	}
	switch {
	case best == 0:
	case best > 0.9:
		f.add("rule", string(name), "sure")
	case best > 0.7:
		f.add("rule", string(name), "likely")
	default:
		f.add("rule", string(name), "weak")
	}
	if best > 0 {
		f.add("rule", string(name))
	}
}

// dayCandidates are the dates of a sheet. newest is the latest day of the
// whole document up to received.
func (s *sheet) dayCandidates(order int, received time.Time, newest string) []candidate {
	var out []candidate
	for _, d := range s.dates {
		if d.iso == "" {
			continue
		}
		c := candidate{span: d.span, sheet: s, iso: d.iso}
		f := featureBag(make([]uint32, 0, 80))
		s.around(&f, d.span, order)
		if !received.IsZero() {
			if t, err := time.Parse(time.DateOnly, d.iso); err == nil {
				f.num("age", ageClass(int(received.Sub(t).Hours()/24)))
			}
		}
		if d.iso == newest {
			f.add("newest")
		}
		times := 0
		for _, o := range s.dates {
			if o.iso == d.iso {
				times++
			}
		}
		f.num("times", min(times, 3))
		f.num("dates", min(len(s.dates), 6))
		if d.twoDigitYear {
			f.add("short year")
		}
		r := &s.rows()[d.row]
		cl := r.cells[r.cellAt(d.start)]
		if strings.Trim(r.text[cl.start:d.start]+r.text[min(d.end, cl.end):cl.end], " .,:-") == "" {
			f.add("alone")
			if len(r.cells) == 1 {
				f.add("alone in row")
			}
		}
		if rest := r.text[min(d.end, cl.end):cl.end]; clockPattern.MatchString(rest) {
			f.add("clock")
		}
		c.x = f
		out = append(out, c)
	}
	return out
}

func ageClass(days int) int {
	for i, most := range []int{-2, 1, 3, 7, 14, 30, 60, 120, 365, 3 * 365, 10 * 365, 18 * 365, 40 * 365} {
		if days <= most {
			return i
		}
	}
	return 13
}

// nameCandidates are the places of a sheet where a person's name can begin.
func (s *sheet) nameCandidates(order int) []candidate {
	var out []candidate
	families := map[string]int{}
	for i := range s.rows() {
		r := &s.rows()[i]
		seen := map[int]bool{}
		for ci := range r.cells {
			cl := r.cells[ci]
			text := r.text[cl.start:cl.end]
			try := func(at int) {
				n, ok := readNameAs(text[at:], true)
				if !ok || n.family == "" || len(nameKey(n.family)) < 2 || n.given == "" && n.title == "" {
					return
				}
				start := cl.start + at + n.start
				if seen[start] {
					return
				}
				seen[start] = true
				if first := text[at+n.start]; first >= 'a' && first <= 'z' {
					return
				}
				families[likeness(nameKey(n.family))]++
				out = append(out, candidate{span: span{i, start, cl.start + at + n.end}, sheet: s, name: n})
			}
			try(0)
			for k := 1; k < len(text); k++ {
				if text[k-1] == ':' || text[k-1] == '(' || text[k-1] == ';' || k > 1 && text[k-1] == ' ' && (text[k-2] == '-' || text[k-2] == '|' || text[k-2] == ',' || text[k-2] == '.') {
					try(k)
				}
			}
			for _, l := range s.labels {
				if l.row == i && l.end > cl.start && l.end < cl.end {
					try(l.end - cl.start)
				}
			}
			eachWord(text, func(start, end int) {
				w := strings.ToLower(strings.Trim(text[start:end], ".,:"))
				switch {
				case titles[w] && start > 0 && isUpper(text[start]):
					try(start)
				case end < len(text)-1 && (w == "re" || w == "patient" || w == "dear" || w == "by" || w == "to" || w == "cc" || w == "name" || w == "regarding"):
					try(end)
				}
			})
		}
	}
	for k := range out {
		c := &out[k]
		f := featureBag(make([]uint32, 0, 80))
		s.around(&f, c.span, order)
		r := &s.rows()[c.row]
		n := c.name
		switch title := strings.ToLower(n.title); title {
		case "":
			f.add("title none")
		case "dr", "prof", "professor":
			f.add("title dr")
		default:
			f.add("title other")
		}
		if n.given != "" {
			f.add("given")
			if len(nameWords(n.given)) > 0 && len(nameWords(n.given)[0]) == 1 {
				f.add("initial")
			}
		}
		if allCaps(n.family) {
			f.add("capitals")
		}
		if strings.Contains(r.text[c.start:min(c.end, len(r.text))], ",") {
			f.add("comma")
		}
		f.num("same family", min(families[likeness(nameKey(n.family))], 4))
		cl := r.cells[r.cellAt(c.start)]
		if s.organisationIn(span{c.row, cl.start, cl.end}) > 0 {
			f.add("organisation beside")
		}
		if r.cells[r.cellAt(c.start)].big {
			f.add("big")
		}
		strange := 0
		for i := range s.tokens() {
			if t := &s.tokens()[i]; t.row == c.row && t.start >= c.start && t.end <= c.end && t.id >= 0 && t.end-t.start > 2 {
				strange++
			}
		}
		f.num("known words", min(strange, 3))
		f.num("words", min(len(strings.Fields(n.given+" "+n.family)), 5))
		s.inBlock(&f, c.row, r.cellAt(c.start))
		around := strings.ToLower(r.text[max(0, c.start-26):c.start]) + " " + strings.ToLower(r.text[min(c.end, len(r.text)):min(c.end+22, len(r.text))])
		for _, w := range cutWords(around) {
			if contains(notThePatient, w) {
				f.add("somebody else")
				break
			}
		}
		c.x = f
	}
	return out
}

// codeCandidates are the postcodes of a sheet.
func (s *sheet) codeCandidates(order int, config *Config) []candidate {
	var out []candidate
	for i := range s.rows() {
		for _, c := range s.postcodesIn(i) {
			c.sheet = s
			f := featureBag(make([]uint32, 0, 80))
			s.around(&f, c.span, order)
			if config.ownPostcode(c.text) {
				f.add("own")
			}
			best := 9
			for _, n := range s.names {
				if n.strength > 0.6 {
					best = min(best, abs(i-n.row))
				}
			}
			f.num("near the name", min((best+1)/2, 4))
			c.x = f
			out = append(out, c)
		}
	}
	return out
}

// pageFeatures are what tells a cover sheet from a page of a document.
func (s *sheet) pageFeatures() []uint32 {
	f := featureBag(make([]uint32, 0, 160))
	textual := 0
	for i := range s.rows() {
		textual += len(s.rows()[i].words)
	}
	f.num("words", min(textual/20, 12))
	f.num("rows", min(len(s.rows())/4, 10))
	seen := map[string]bool{}
	once := func(parts ...string) {
		if key := strings.Join(parts, " "); !seen[key] {
			seen[key] = true
			f.add(parts...)
		}
	}
	prose, count, telling := 0, 0, 0
	for i := range s.rows() {
		r := &s.rows()[i]
		if len(r.text) > 70 {
			prose++
		}
		n := 0
		for _, w := range strings.FieldsFunc(r.text, func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' }) {
			if lower := strings.ToLower(w); len(w) > 2 && lower == w && !coverWords[lower] {
				n++
			}
		}
		if telling += n; n > 1 {
			f.num("telling row", min(n, 5))
		}
		for ci := range r.cells {
			text := r.cellText(ci)
			for k, w := range wordsFrom(text, 12) {
				if count++; count > 140 {
					break
				}
				once("word", w)
				if k == 0 {
					once("first", w)
				}
			}
			if r.cells[ci].big {
				for _, w := range wordsFrom(text, 4) {
					once("big", w)
				}
			}
		}
	}
	f.num("prose", min(prose, 8))
	f.num("telling", min(telling, 12))
	f.num("pages said", s.pagesSaid())
	f.num("telling of ten", min(10*telling/max(textual, 1), 9))
	for _, l := range s.labels {
		once("label", strconv.Itoa(int(l.label)))
	}
	cover, clinical := 0, 0
	for _, h := range s.hits {
		for _, n := range h.phrase.notes {
			switch {
			case n.kind == kindCover:
				cover++
				once("cover phrase", h.phrase.text)
			case n.kind == kindType && n.weight == titleWeight && s.tokens()[h.from].row < 12 && s.isTitle(h):
				clinical++
			}
		}
	}
	f.num("cover phrases", min(cover, 12))
	f.num("titles", min(clinical, 3))
	f.num("numbers", min(len(s.numbers), 2))
	f.num("births", min(len(s.births), 2))
	dear, closed := s.landmarks()
	f.num("dear", min(dear, 0))
	f.num("closed", min(closed, 0))
	f.num("printed", min(s.printed.n, 3))
	if s.isCover(textual) {
		f.add("rule")
		f.add("rule yes")
	}
	return f
}

// cutFeatures are what tells a document's first page from one that goes on.
func cutFeatures(before, s *sheet, pb, b beginning, c cut) []uint32 {
	f := featureBag(make([]uint32, 0, 90))
	flag := func(name string, v bool) {
		if v {
			f.add(name)
		} else {
			f.add("no", name)
		}
	}
	score := int(c.score + 20.5)
	f.num("rule", max(10, min(score, 30)))
	for _, d := range []float64{-4, -2, -1, 0, 1, 2, 4} {
		flag("rule over "+strconv.Itoa(int(d)), c.score > d)
	}
	flag("dear", b.dear)
	flag("letterhead", b.letterhead)
	flag("title", b.title != "")
	flag("patient", b.patient)
	flag("address", b.address)
	flag("date", b.date)
	flag("continued", b.continued)
	flag("lower", b.lowerStart)
	flag("before signed", pb.signed)
	flag("before goes on", pb.goesOn)
	flag("other file", before.page.Hash != s.page.Hash)
	same, known := samePatient(before, s)
	flag("patient known", known)
	flag("same patient", known && same)
	flag("other patient", known && !same)
	p, q := before.printed, s.printed
	switch {
	case q.n == 1:
		f.add("printed first")
	case q.n > 1 && p.n > 0 && q.n == p.n+1 && q.of == p.of:
		f.add("printed next")
	case q.n > 1 && p.n > 0:
		f.add("printed other")
	case q.n > 1:
		f.add("printed later")
	case p.n > 0 && p.n == p.of:
		f.add("printed last before")
	case p.n > 0 && p.n < p.of:
		f.add("printed more to come")
	default:
		f.add("printed none")
	}
	h, g := before.header, s.header
	flag("header first", h.n > 0 && g.n == 1)
	flag("header other", h.of > 0 && g.of > 0 && h.of != g.of)
	for _, sh := range []struct {
		name string
		s    *sheet
	}{{"here", s}, {"before", before}} {
		f.num(sh.name+" rows", min(len(sh.s.rows())/5, 9))
	}
	if n := len(before.rows()); n > 0 {
		f.num("before ends", int(before.depth(n-1)*6))
		for _, w := range wordsFrom(before.rows()[n-1].text, 3) {
			f.add("before last", w)
		}
	}
	if len(s.rows()) > 0 {
		f.num("starts", int(s.depth(0)*12))
	}
	for i := 0; i < len(s.rows()) && i < 5; i++ {
		for ci := range s.rows()[i].cells {
			for _, w := range wordsFrom(s.rows()[i].cellText(ci), 4) {
				f.add("top", w)
			}
			if s.rows()[i].cells[ci].big {
				f.num("big at", i)
			}
			if s.organisationIn(span{i, s.rows()[i].cells[ci].start, s.rows()[i].cells[ci].end}) > 0 {
				f.num("organisation at", i)
			}
		}
	}
	// A letterhead like that of the page before is no news.
	if len(s.rows()) > 0 && len(before.rows()) > 0 {
		flag("same top", likeness(s.rows()[0].text) == likeness(before.rows()[0].text))
	}
	return f
}
