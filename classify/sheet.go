package classify

import (
	"strings"

	"github.com/postroom/postroom"
)

// A sheet is a page made ready: its rows without the fax header line, the
// phrases in them and the facts read from it.
type sheet struct {
	page   *postroom.Page
	index  int     // in the input
	body   []row   // ask rows
	pieces []token // ask tokens
	light  bool    // it was laid down: page's words, body and pieces are made again when they are asked for
	of     *sheaf  // which makes them; nil for a sheet that is never light
	hits   []hit
	labels []labelHit
	heads  []headHit

	header     count   // of the fax header line: "P. 2/5"
	headerSure float64 // how well its figures were read
	station    string  // letters of the fax header line, where machines put their sender's name
	printed    count   // printed on the page itself: "Page 2 of 3"
	// Hardly legible counts of a page that ends like a document's last say nothing of pages that did not come.
	headerGuessed, printedGuessed bool
	year                          int // in which its document was written, or came where that is not known

	numbers []numberHit
	dates   []dateHit
	births  []reading // birth dates of the patient
	names   []reading

	role   role
	cover  cover // what a cover sheet announces
	folded bool  // it holds only what a sheaf keeps of it

	marked       bool // dear and closed are known
	dear, closed int  // rows of the salutation and the closing, -1 for none

	said []saidStatement // while its urgency is looked for
}

// A labelHit is a label with the place where its value may begin.
type labelHit struct {
	label   label
	row     int
	start   int // of the label itself, in the row's text
	end     int
	strong  bool // a colon follows, or the phrase is a label wherever it stands
	fromTok int
	toTok   int
	cell    int
}

// A headHit is a heading of a section.
type headHit struct {
	part part
	row  int
	cell int
	end  int
	text string
	// inline is set when a value stands beside it: it says what its own row
	// is, and nothing about those below.
	inline bool
}

func newSheet(p *postroom.Page, index int) *sheet {
	s := &sheet{index: index}
	s.lay(p)
	return s
}

// lay makes the sheet of its page.
func (s *sheet) lay(p *postroom.Page) {
	s.layRows(p)
	s.hits = words().hits(s.pieces)
	s.findLabels()
	s.findHeads()
	s.markInline()
	s.countPrinted()
}

func (s *sheet) layRows(p *postroom.Page) {
	s.page, s.body = p, layOut(p)
	s.takeHeader()
	s.pieces = words().tokenise(s.body)
}

// rows are what stands side by side on the page, top to bottom, without the fax header line.
func (s *sheet) rows() []row {
	s.takeUp()
	return s.body
}

// tokens are the words of the rows.
func (s *sheet) tokens() []token {
	s.takeUp()
	return s.pieces
}

// words are those of the page, as they were read.
func (s *sheet) words() []postroom.Word {
	s.takeUp()
	return s.page.Words
}

func (s *sheet) takeUp() {
	if s.light {
		s.of.takeUp(s)
	}
}

// anywhere are labels that are taken for one wherever they stand; the others
// must begin a cell or be followed by a colon.
var anywhere = map[label]bool{
	labelNHS: true, labelCHI: true, labelHC: true, labelBirth: true, labelGMC: true, labelMRN: true, labelNPI: true, labelPostcode: true,
	labelPhone: true, labelFax: true, labelEDD: true, labelFamily: true, labelGiven: true,
}

func (s *sheet) findLabels() {
	var found []labelHit
	for _, h := range s.hits {
		first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if first.row != last.row {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind != kindLabel {
				continue
			}
			l := label(n.code)
			strong := last.colon
			if !strong && h.from > 0 && s.tokens()[h.from-1].row == first.row && hasDigit(s.rows()[first.row].text[s.tokens()[h.from-1].start:s.tokens()[h.from-1].end]) && digitFollows(s.rows()[first.row].text[last.end:]) {
				strong = true // "Dictated 6 March 2026 Typed 10 March 2026"
			}
			if !strong && !first.first && !(first.opens && (h.to-h.from > 1 || anywhere[l])) && !(anywhere[l] && (h.to-h.from > 1 || len(h.phrase.text) <= 4 || l == labelBirth)) {
				continue
			}
			if strong && !first.first && !first.opens && h.to-h.from == 1 && !anywhere[l] && s.partOfPhrase(h) {
				continue
			}
			found = append(found, labelHit{
				label: l, row: first.row, start: first.start, end: last.end, strong: strong || h.to-h.from > 1,
				fromTok: h.from, toTok: h.to, cell: s.rows()[first.row].cellAt(first.start),
			})
		}
	}
	// A label inside a longer phrase is none: "GP" in "GP actions".
	// A cue for a type covers single words only: "my date of birth" is one,
	// and a date of birth follows it.
	longest, longestCue := make([]int, len(s.tokens())), make([]int, len(s.tokens()))
	for _, h := range s.hits {
		if s.brokenByColon(h) {
			continue
		}
		cueOnly := true
		for _, n := range h.phrase.notes {
			cueOnly = cueOnly && n.kind == kindType
		}
		for i := h.from; i < h.to; i++ {
			if cueOnly {
				longestCue[i] = max(longestCue[i], h.to-h.from)
			} else {
				longest[i] = max(longest[i], h.to-h.from)
			}
		}
	}
	for _, a := range found {
		inside := false
		for i := a.fromTok; i < a.toTok; i++ {
			inside = inside || longest[i] > a.toTok-a.fromTok || a.toTok-a.fromTok == 1 && !anywhere[a.label] && longestCue[i] > 1
		}
		if !inside && !s.isValue(a) {
			s.labels = append(s.labels, a)
		}
	}
}

func digitFollows(s string) bool {
	s = strings.TrimLeft(s, " \t")
	return s != "" && isDigit(s[0])
}

// isValue reports whether what looks like a label is the value of the label in
// the cell before: "Ward:" and beside it "Ward 6".
func (s *sheet) isValue(l labelHit) bool {
	r := &s.rows()[l.row]
	if l.cell == 0 || s.tokens()[l.toTok-1].colon {
		return false
	}
	before := strings.TrimRight(r.cellText(l.cell-1), " ")
	return strings.HasSuffix(before, ":") && l.start == r.cells[l.cell].start
}

// brokenByColon reports whether a colon or a cell's edge stands inside a phrase.
func (s *sheet) brokenByColon(h hit) bool {
	for i := h.from; i < h.to; i++ {
		if i < h.to-1 && s.tokens()[i].colon || i > h.from && (s.tokens()[i].first || s.tokens()[i].row != s.tokens()[h.from].row) {
			return true
		}
	}
	return false
}

// partOfPhrase reports whether the word before stands too close for the hit
// to be a label of its own: "Hospital Name:" is not "Name:".
func (s *sheet) partOfPhrase(h hit) bool {
	if h.from == 0 {
		return false
	}
	before, t := &s.tokens()[h.from-1], &s.tokens()[h.from]
	if before.row != t.row || t.first || t.opens {
		return false
	}
	return !hasDigit(s.rows()[t.row].text[before.start:before.end])
}

// findHeads finds headings: a cell that is a heading phrase and nothing more,
// or begins with one and a colon.
func (s *sheet) findHeads() {
	for _, h := range s.hits {
		first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if first.row != last.row || !first.first {
			continue
		}
		r := &s.rows()[first.row]
		c := r.cellAt(first.start)
		if last.end > r.cells[c].end {
			continue // its words stand in two cells
		}
		rest := strings.Trim(r.text[last.end:r.cells[c].end], " .:-–()*")
		if strings.HasPrefix(strings.TrimLeft(r.text[last.end:r.cells[c].end], " "), "(") && len(rest) < 14 {
			rest = "" // "Discharge prescription (TTA)"
		}
		if rest != "" && !last.colon && !s.allHeads(h.from, first.row, r.cells[c].end) {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind == kindHead {
				s.addHead(headHit{part: part(n.code), row: first.row, cell: c, end: last.end, text: h.phrase.text})
			}
		}
	}
}

// markInline finds the headings that have a value beside them.
func (s *sheet) markInline() {
	for i := range s.heads {
		h := &s.heads[i]
		r := &s.rows()[h.row]
		rest := strings.Trim(r.text[h.end:r.cells[h.cell].end], " .:;-–()*/")
		beside := h.cell+1 < len(r.cells) && !s.headAt(h.row, h.cell+1) && !s.labelAt(h.row, h.cell+1)
		h.inline = beside || rest != "" && !s.allHeadsText(rest)
	}
}

func (s *sheet) allHeadsText(rest string) bool {
	p := words().byText[strings.ToLower(rest)]
	if p == nil {
		return len(rest) < 6
	}
	for _, n := range p.notes {
		if n.kind == kindHead {
			return true
		}
	}
	return false
}

// allHeads reports whether a cell is made of heading phrases and the words
// between them: "TTO / Discharge medication".
func (s *sheet) allHeads(from, rowIndex, end int) bool {
	until := from
	for _, h := range s.hits {
		if h.from > until {
			if t := &s.tokens()[until]; t.row == rowIndex && t.start < end {
				switch w := strings.ToLower(s.rows()[rowIndex].text[t.start:t.end]); w {
				case "and", "&", "or", "for", "on", "at", "the":
					until++
				}
			}
		}
		if h.from != until || h.to <= until {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind == kindHead && h.to > until {
				until = h.to
			}
		}
		if until >= len(s.tokens()) || s.tokens()[until].row != rowIndex || s.tokens()[until].start >= end {
			return true
		}
	}
	return false
}

func (s *sheet) addHead(h headHit) {
	for i := range s.heads {
		if o := &s.heads[i]; o.row == h.row && o.cell == h.cell {
			if h.end > o.end {
				*o = h
			}
			return
		}
	}
	s.heads = append(s.heads, h)
}

// valueEnd returns the offset at which the value of a label ends: the next
// label in the row, or the row's end.
func (s *sheet) valueEnd(l labelHit) int {
	end := len(s.rows()[l.row].text)
	for _, o := range s.labels {
		if o.row == l.row && o.start >= l.end && o.start < end {
			end = o.start
		}
	}
	return end
}

// right returns what stands to the right of a label, up to the next label.
func (s *sheet) right(l labelHit) span { return span{l.row, l.end, s.valueEnd(l)} }

// below returns the cells under a label that begin about where it does, at
// most n, nearest first; a label among them ends it.
func (s *sheet) below(l labelHit, n int) []span {
	r := &s.rows()[l.row]
	at, _ := r.area(l.start, l.end)
	var out []span
	for i := l.row + 1; i < len(s.rows()) && i <= l.row+n+1 && len(out) < n; i++ {
		q := &s.rows()[i]
		if q.box[1]-r.box[3] > (n+2)*max(at.Height(), 8)*2 {
			break
		}
		for c := range q.cells {
			box := q.cells[c].box
			left := box[0] - at[0]
			if left > -3*at.Height() && left < max(at.Width(), 2*at.Height()) {
				if s.labelAt(i, c) {
					return out
				}
				out = append(out, span{i, q.cells[c].start, q.cells[c].end})
				break
			}
		}
	}
	return out
}

// labelAt reports whether the cell begins with a label.
func (s *sheet) labelAt(r, c int) bool {
	for _, l := range s.labels {
		if l.row == r && l.cell == c && (l.start == s.rows()[r].cells[c].start) {
			return true
		}
	}
	return false
}

func (s *sheet) text(sp span) string { return s.rows()[sp.row].text[sp.start:sp.end] }

// partAt returns the section in which a cell stands: the nearest heading above
// it, in the same column, or a heading across the page.
func (s *sheet) partAt(rowIndex, cellIndex int) (part, bool) {
	here := s.rows()[rowIndex].cells[min(cellIndex, len(s.rows()[rowIndex].cells)-1)].box
	best, found := partOther, false
	for _, h := range s.heads {
		if h.row > rowIndex || h.row == rowIndex && h.cell > cellIndex || h.inline && h.row != rowIndex {
			continue
		}
		box := s.rows()[h.row].cells[h.cell].box
		alone := len(s.rows()[h.row].cells) == 1
		if !alone {
			// The heading's column reaches to the next cell.
			right := s.page.Frame.Width
			if right == 0 {
				right = 1 << 30
			}
			if h.cell+1 < len(s.rows()[h.row].cells) {
				right = s.rows()[h.row].cells[h.cell+1].box[0]
			}
			slack := 2 * box.Height()
			if here[0] < box[0]-slack || here[0] >= right-slack/2 {
				continue
			}
		}
		best, found = h.part, true
	}
	return best, found
}

// depth returns how far down the page a row stands, 0 to 1.
func (s *sheet) depth(r int) float64 {
	height := s.page.Frame.Height
	if height == 0 {
		if n := len(s.rows()); n > 0 {
			height = s.rows()[n-1].box[3]
		}
	}
	return float64(s.rows()[r].box[1]) / float64(max(height, 1))
}
