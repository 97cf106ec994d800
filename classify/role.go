package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// A role is what a page is in its message.
type role int

const (
	roleBody role = iota
	roleCover
	roleSeparator
	roleBlank
	roleUnread // not blank, but no word could be read
	roleReport // what a fax machine prints of its own
)

// findRole says what a page is in its message. Without a model the rules decide alone.
func (s *sheet) findRole(m *Roles) role {
	p := s.page
	textual := 0
	for i := range s.rows() {
		textual += len(s.rows()[i].words)
	}
	for _, b := range p.Barcodes {
		if separatorCode(b) && textual < 60 {
			return roleSeparator
		}
	}
	if p.Blank && textual < 4 {
		return roleBlank
	}
	if textual == 0 && p.TopOnly && len(p.Words) > 0 {
		return roleBlank // the back of a sheet: nothing but the fax machine's own line
	}
	if textual == 0 {
		return roleUnread
	}
	if textual < 40 {
		for i := range s.rows() {
			// More words than these are a sentence that happens to hold one.
			if len(s.rows()[i].words) <= 6 && separatorText(s.rows()[i].text) {
				return roleSeparator
			}
		}
	}
	if textual > 320 || s.printed.n > 1 { // a front sheet is the first of its pages
		return roleBody
	}
	if titled, well := s.machineReport(textual); well {
		return roleReport
	} else if titled {
		return roleBody
	}
	if s.pagesSaid() == 1 || s.page.Number > 1 && !s.isCover(textual) { // nothing comes behind it, or it stands in a letter's middle
		return roleBody
	}
	if s.titledCover(textual) && !s.message() || s.countsPages(textual) {
		return roleCover
	}
	if m != nil {
		if s.frontSheet(m) {
			return roleCover
		}
		return roleBody
	}
	if s.isCover(textual) {
		return roleCover
	}
	return roleBody
}

// machineReport reports whether a page is what a fax machine prints about a fax that it sent or received well: that
// title over the machine's own labels. One that failed, in part or whole, is somebody's business, and so is a page
// that only bears such a title.
func (s *sheet) machineReport(textual int) (titled, well bool) {
	labels, others, failed := 0, 0, textual > 70 || s.hasPatient() || s.tells() || s.orders()
	for i := range s.rows() {
		text := s.rows()[i].text
		if !titled && i < 4 && reportTitle.MatchString(text) {
			titled = true
			continue
		}
		failed = failed || failedFax.MatchString(text) || lostPages(text)
		well = well || sentWell.MatchString(text)
		if machineLabel.MatchString(text) {
			labels++
		} else {
			others++
		}
	}
	return titled, titled && well && !failed && labels >= 4 && others <= 2
}

// lostPages reports whether a machine counts fewer pages than there were: "PAGES 1/3".
func lostPages(text string) bool {
	m := sentOf.FindStringSubmatch(text)
	return m != nil && m[1] != m[2]
}

var (
	reportTitle  = regexp.MustCompile(`(?i)^\W*(?:fax |facsimile )?(?:transmission|transmit|tx|rx|memory tx|fax (?:send|reception|communication|confirmation))(?: (?:verification|result|confirmation|status|tx|rx|memory|ok))* report\W*(?:ok)?\W*$`)
	machineLabel = regexp.MustCompile(`(?i)^\W*(?:\d|(?:date|time|name|fax|tel|phone|telephone|ser|serial|duration|dur|pages?|result|results|mode|status|job|no|number|destination|remote|start|started|end|session|file|usage|resolution|line|speed|ecm|id|csid|tsi|station|total|sent|to|from|fine|standard|ok)\b)`)
	sentWell     = regexp.MustCompile(`(?i)\b(?:results?|status)\b\W*(?:ok|success(?:ful)?|complete[d]?)\b|^\W*ok\W*$`)
	failedFax    = regexp.MustCompile(`(?i)\b(?:ng|n\.g|errors?|busy|fail(?:ed|ure)?|no ans(?:wer)?|no response|no carrier|incomplete|not|cancel(?:led)?|poor|abort(?:ed)?|interrupt(?:ed)?|stop(?:ped)?|remaining|retr(?:y|ies)|unsent|pending|partial)\b`)
	sentOf       = regexp.MustCompile(`(?i)\b(?:pages?|pgs?|sent)\b\D{0,20}0*(\d{1,3})\s*(?:/|of)\s*0*(\d{1,3})\b`)
)

// hasPatient reports whether a page gives a birth date or a patient's number.
func (s *sheet) hasPatient() bool {
	return len(s.births) > 0 || slices.ContainsFunc(s.numbers, func(h numberHit) bool { return h.valid || h.labelled })
}

// patchCode is the format of the bars that document scanners obey (Kodak,
// Patch Code Information A-61599); its texts are PATCH 1, 2, 3, 4, 6 and T.
const patchCode = "PATCH_CODE"

// separatorCode reports whether a bar code marks a separator sheet.
func separatorCode(b postroom.Barcode) bool {
	return b.Format == patchCode || separatorText(b.Text)
}

// opensDocument reports whether a page says by a patch code that a document
// begins with it. Patch T stands on the first page itself as well as on sheets
// of their own; the other codes steer the scanner.
func (s *sheet) opensDocument() bool {
	for _, b := range s.page.Barcodes {
		if b.Format == patchCode && b.Text == "PATCH T" {
			return true
		}
	}
	return false
}

// separatorMark is what separator sheets say: the patch codes by name, or that
// they part documents. A patch of skin, lung or fentanyl is none.
var separatorMark = regexp.MustCompile(`(?i)\bPATCH[ -]?(?:CODE[ -]?)?(?:T|I{1,3}|IV|VI|[1-46])(?:\W|$)|\bSEPARATOR\b|\bDOCUMENT (?:BREAK|DIVIDER)\b|\bBATCH (?:BREAK|SHEET)\b|\bSEPARATION SHEET\b|\b(?:NEW|NEXT|END OF) DOCUMENT\b|\bNEXT LETTER\b|\bDOC-?SEP`)

// separatorText reports whether a bar code's text or a line marks a separator sheet.
func separatorText(s string) bool {
	return separatorMark.MatchString(strings.Join(strings.Fields(s), " "))
}

// legible reports whether the words of a page are words. Recognition of an
// upside-down or ruined page gives letters, and few of them are words that
// letters are made of.
func (s *sheet) legible() bool {
	long, known := 0, 0
	for _, t := range s.tokens() {
		if t.end-t.start >= 4 && letters(s.rows()[t.row].text[t.start:t.end]) == t.end-t.start {
			long++
			known += btoi(t.id >= 0)
		}
	}
	return long < 8 || known*8 >= long
}
