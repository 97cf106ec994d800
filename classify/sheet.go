package classify

import (
	"regexp"
	"strconv"
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

	header  count  // of the fax header line: "P. 2/5"
	station string // letters of the fax header line, where machines put their sender's name
	printed count  // printed on the page itself: "Page 2 of 3"
	year    int    // in which its document was written, or came where that is not known

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

// A count is "page n of m"; m is 0 when only n is given, n is 0 for nothing.
type count struct{ n, of int }

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
	s.printed = printedCount(s.body)
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

var (
	clockPattern  = regexp.MustCompile(`(?:^|[^\d.,/])\d{1,2}[:;]\d{2}(?:[^\d/]|$)`)
	headerPages   = regexp.MustCompile(`(?i)(?:\bp(?:a?ge?|g)?s?\s*[.:,]?\s*)(\d{1,3})\s*(?:/|of|0f)\s*(\d{1,3})|(\d{1,3})\s*/\s*(\d{1,3})\s*$|\b(\d{1,3})\s+of\s+(\d{1,3})\b|(?:\bp(?:a?ge?|g)?\s*[.:,]?\s*)(\d{1,3})\s*$`)
	headerClock   = regexp.MustCompile(`(?i)(?:\d{4}-\d{2}-\d{2}|[-/. ]\d{4}|[-/.]\d{2})[ ,.]{0,3}([01]?\d|2[0-3])[ .,]?[0-5]\d(?:\D|$)`)
	headerNumber  = regexp.MustCompile(`(?:\+\d{2}|0)[ \d]{9,14}(?:\D|$)|\d{10,12}`)
	headerWords   = regexp.MustCompile(`(?i)\b(fax|from|to|tel|csid|tsi|id|xmt|rcv|rx|tx)\b|\d{5,}`)
	printedPages  = regexp.MustCompile(`(?i)\bp(?:a?ge?|g)\s*(?:no\s*)?[.:,]?\s*(\d{1,3})\s*(?:/|of|0f|ot)\s*(\d{1,3})\b`)
	plainPages    = regexp.MustCompile(`(?i)^\W*(\d{1,2})\s*(?:/|of|0f)\s*(\d{1,2})\W*$`)
	printedNumber = regexp.MustCompile(`(?i)^\W*(?:continued\s*)?p(?:a?ge?|g)\s*[.:,]?\s*(\d{1,2})\W*$|^\s*[-–]\s*(\d{1,2})\s*[-–]\s*$`)
)

// takeHeader removes the fax machine's own line from the top of the page and
// keeps its page count and its sender. Forwarded faxes have several, each with its time.
func (s *sheet) takeHeader() {
	for n := range 3 {
		last := -1
		for i := 0; i < len(s.rows()) && i < 4; i++ {
			if s.isHeader(&s.rows()[i]) && (n == 0 || clockPattern.MatchString(s.rows()[i].shadow)) {
				last = i
				break
			}
		}
		if last < 0 {
			return
		}
		// A skewed or broken line is read as several rows: what stands above
		// the header belongs to it.
		if c := countIn(headerPages, s.rows()[last].shadow); c.n > 0 {
			s.header = c // the lowest line is the last sender's
		}
		s.station = stationIn(s.rows()[last].text)
		s.body = s.body[last+1:]
	}
}

// stationIn is what a fax header line has of its sender's name, without what machines put
// around it: "FROM:BRACKENFORD HOSPITAL 01632 960749 P.01" is brackenfordhospital.
func stationIn(line string) string {
	var b strings.Builder
	for _, w := range cutWords(line) {
		switch {
		case hasDigit(w) && letters(w) < 6, len(w) < 2, headerOwn[w], len(w) == 3 && strings.Contains("janfebmaraprmayjunjulaugsepoctnovdec", w):
		default:
			b.WriteString(w)
		}
	}
	return likeness(b.String())
}

var headerOwn = map[string]bool{
	"from": true, "to": true, "fax": true, "faxno": true, "tel": true, "page": true, "pages": true, "pg": true, "of": true, "no": true, "id": true, "csid": true, "tsi": true, "xmt": true, "rcv": true, "rx": true, "tx": true, "pm": true, "am": true, "mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true, "the": true}

// readHeadersTogether takes "P. 61/62" on the first of two pages for 01/02: the dotted
// zero of fax machines is read as a six or an eight, and no fax begins with its sixty-first page.
// The pages of a message may be one transmission, or those of each attachment.
func readHeadersTogether(sheets []*sheet) {
	strayHeaders(sheets)
	if dottedZeros(sheets) {
		return
	}
	for from := 0; from < len(sheets); {
		to := from + 1
		for to < len(sheets) && sheets[to].page.Attachment == sheets[from].page.Attachment {
			to++
		}
		dottedZeros(sheets[from:to])
		from = to
	}
}

// dottedZeros reads the headers of a transmission's pages so, where that makes them fit.
func dottedZeros(sheets []*sheet) bool {
	pages := len(sheets)
	for _, s := range sheets {
		if c := s.header; c.of > 0 && (c.of == pages && c.n <= pages || withZeros(c.of) != pages || withZeros(c.n) < 1 || withZeros(c.n) > pages) {
			return false // as it is, or it does not help
		}
	}
	for _, s := range sheets {
		if s.header.of > 0 {
			s.header = count{withZeros(s.header.n), withZeros(s.header.of)}
		}
	}
	return true
}

// strayHeaders takes the count of a fax header that was not known for one, and so for what the
// page itself prints, back: on another page of the transmission the header counts as many, and as
// far before or after as the pages lie apart.
func strayHeaders(sheets []*sheet) {
	for i, s := range sheets {
		if s.header.of > 0 || s.printed.of < 2 {
			continue
		}
		like := 0
		for k, o := range sheets {
			if o.header.of == s.printed.of && o.page.Attachment == s.page.Attachment && o.header.n-s.printed.n == k-i && o.printed != o.header {
				like++
			}
		}
		if like >= 2 {
			s.header, s.printed = s.printed, count{}
		}
	}
}

// withZeros is a count of which leading sixes and eights are zeros.
func withZeros(n int) int {
	digits := []byte(strconv.Itoa(n))
	for i := range len(digits) - 1 {
		if digits[i] != '6' && digits[i] != '8' {
			break
		}
		digits[i] = '0'
	}
	n, _ = strconv.Atoi(string(digits))
	return n
}

func (s *sheet) isHeader(r *row) bool {
	height := s.page.Frame.Height
	if height > 0 && r.box[1] > height/18 {
		return false
	}
	clock, pages := clockPattern.MatchString(r.shadow), headerPages.MatchString(r.shadow)
	date, number := datePattern.MatchString(r.shadow), headerNumber.MatchString(r.shadow)
	if !clock { // one that lost its colon counts beside a date and a page, or the sender's number or name
		clock = height > 0 && headerClock.MatchString(r.shadow) && (pages || number || headerWords.MatchString(r.text))
	}
	if !clock && !pages {
		return false
	}
	signs := btoi(clock) + btoi(pages) + btoi(number || headerWords.MatchString(r.text)) + btoi(date)
	if signs < 4 && !(clock && date && number && height > 0 && r.box[1] < height/24) { // the sender may be a clinic; a row of the letter hardly has all
		lower := strings.ToLower(r.text)
		for _, own := range []string{"printed", "generated", "report", "dear", "date of birth", "dob", "clinic", "appointment", "patient"} {
			if strings.Contains(lower, own) {
				return false
			}
		}
	}
	if height > 0 && r.box[1] < height/32 && (clock || len(strings.Fields(r.text)) <= 4) {
		return true // the rest of the line was not read
	}
	return signs >= 2 && (height == 0 || r.box[1] < height/22 || signs >= 3)
}

func countIn(pattern *regexp.Regexp, text string) count {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return count{}
	}
	var got []int
	for _, g := range m[1:] {
		if g != "" {
			n, _ := strconv.Atoi(g)
			got = append(got, n)
		}
	}
	c := count{}
	if len(got) > 0 {
		c.n = got[0]
	}
	if len(got) > 1 {
		c.of = got[1]
	}
	if c.of > 0 && c.n > c.of || c.n > 200 {
		return count{}
	}
	return c
}

// snellen reports whether what looks like a page count is an acuity in a table of
// eyes: "6/9".
func snellen(c count, r *row) bool {
	switch c.of {
	case 6, 9, 12, 18, 24, 36, 60:
		return c.n == 6 && len(r.cells) > 1
	}
	return false
}

// expiry reports whether what looks like a page count is a month and a year in a row of a
// table: "Stamaril  Yellow fever  X3855  08/27".
func expiry(c count, r *row) bool {
	return c.n <= 12 && c.of > 20 && len(r.cells) > 2
}

// printedCount returns the page count that is printed on the page: foremost
// in its first and last rows.
func printedCount(rows []row) count {
	var order []int
	for i := range rows {
		if i < 5 || i >= len(rows)-5 {
			order = append(order, i)
		}
	}
	for _, pattern := range []*regexp.Regexp{printedPages, plainPages, printedNumber} {
		for k := len(order) - 1; k >= 0; k-- {
			r := &rows[order[k]]
			for _, c := range r.cells {
				if got := countIn(pattern, r.shadow[c.start:c.end]); got.n > 0 && !(pattern == plainPages && (snellen(got, r) || expiry(got, r))) {
					return got
				}
			}
		}
	}
	for i := range rows {
		if got := countIn(printedPages, rows[i].shadow); got.n > 0 {
			return got
		}
	}
	return count{}
}
