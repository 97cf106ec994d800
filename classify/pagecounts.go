package classify

import (
	"regexp"
	"strconv"
	"strings"
)

// A count is "page n of m"; m is 0 when only n is given, n is 0 for nothing.
type count struct{ n, of int }

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
		line := &s.rows()[last]
		s.station = stationIn(line.text)
		if last+1 < len(s.rows()) && countIn(headerPages, line.shadow).n == 0 && s.restOfHeader(line, &s.rows()[last+1]) {
			last++
			line = &s.rows()[last]
		}
		if c := countIn(headerPages, line.shadow); c.n > 0 {
			s.header = c // the lowest line is the last sender's
			s.headerSure = figuresSure(line, headerPages.FindStringIndex(line.shadow))
		}
		s.body = s.body[last+1:]
	}
}

// restOfHeader reports whether a row is the end of the header line above it, which lies askew: it
// counts pages, to the right of where the line ends and hardly lower.
func (s *sheet) restOfHeader(line, r *row) bool {
	pages := headerPages.FindString(r.shadow)
	return countIn(headerPages, r.shadow).n > 0 && len(strings.TrimSpace(r.shadow)) <= len(pages)+2 && r.box[0] > line.box[2] && r.box[1]-line.box[3] < line.box.Height()
}

// figuresSure is how well the figures in a part of a row were read: as well as the worst of them.
func figuresSure(r *row, part []int) float64 {
	sure := 1.0
	for _, w := range r.wordsIn(part[0], part[1]) {
		if hasDigit(w.Text) {
			sure = min(sure, float64(w.Confidence))
		}
	}
	return sure
}

// leastCount is how well a count of pages must have been read to say that pages are missing
// after one that looks complete. At 98 lines to the inch 1 is taken for 2, 3 or 4 in a tenth of
// all counts, and each time it was less sure than this.
const leastCount = 0.55

// countPrinted finds what the page prints of its number, and how far that and its header's count
// can be trusted.
func (s *sheet) countPrinted() {
	printed, sure := printedCount(s.rows())
	s.printed = printed
	if s.header.of > 0 && s.headerSure < leastCount || printed.of > 0 && sure < leastCount {
		ends := s.ends()
		s.headerGuessed = s.header.n == 1 && s.header.of > 0 && s.headerSure < leastCount && ends
		s.printedGuessed = printed.n == 1 && printed.of > 0 && sure < leastCount && ends
	}
}

// goesOver is what a page says that goes on with the next.
var goesOver = regexp.MustCompile(`(?i)\b(?:overleaf|(?:next|second|following|other) (?:page|sheet|side)|page (?:2|two)\b|continue[ds]?\b|cont['’]?d|cont\.|p\.?\s?t\.?\s?o\b)`)

// goesOnBelow ends a line that is not a page's last.
var goesOnBelow = regexp.MustCompile(`[:,;]\s*$`)

// ends reports whether a page looks like a document's last: a letter's closing stands on it, or
// its text does not reach the foot.
func (s *sheet) ends() bool {
	last := len(s.rows()) - 1
	if last >= 0 && countIn(printedPages, s.rows()[last].shadow).n+countIn(plainPages, s.rows()[last].shadow).n > 0 {
		last-- // the count itself
	}
	for r := range s.rows() {
		if goesOver.MatchString(s.rows()[r].text) {
			return false
		}
	}
	if last >= 0 && goesOnBelow.MatchString(s.rows()[last].text) {
		return false
	}
	if last < 0 || s.depth(last) < 0.8 {
		return true
	}
	for r := range s.rows() {
		if s.isClosing(r) && s.depth(r) > 0.3 {
			return true
		}
	}
	return false
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
			s.header, s.headerGuessed, s.printed, s.printedGuessed = s.printed, s.printedGuessed, count{}, false
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
// in its first and last rows, and how well it was read.
func printedCount(rows []row) (count, float64) {
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
					at := pattern.FindStringIndex(r.shadow[c.start:c.end])
					return got, figuresSure(r, []int{c.start + at[0], c.start + at[1]})
				}
			}
		}
	}
	for i := range rows {
		if got := countIn(printedPages, rows[i].shadow); got.n > 0 {
			return got, figuresSure(&rows[i], printedPages.FindStringIndex(rows[i].shadow))
		}
	}
	return count{}, 0
}
