package classify

import (
	"regexp"
	"slices"
	"strconv"
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
	if textual > 320 {
		return roleBody
	}
	if s.machineReport(textual) {
		return roleReport
	}
	if s.titledCover(textual) {
		return roleCover
	}
	if m != nil {
		if q := m.probabilities(slotPage, s.pageFeatures())[1]; q > 0.97 || q > 0.5 && !s.tells() {
			return roleCover
		}
		return roleBody
	}
	if s.isCover(textual) {
		return roleCover
	}
	return roleBody
}

// tells reports whether a page says something about a patient in a sentence. What is taken for
// a cover sheet reaches nobody's record.
func (s *sheet) tells() bool {
	for i := range s.rows() {
		if about.MatchString(s.rows()[i].text) {
			return true
		}
	}
	return false
}

var about = regexp.MustCompile(`(?i)\b(?:this|your|our|the above) patient\b|\b(?:is|was|of) \d{1,3}\.\d\b`)

// machineReport reports whether a page is what a fax machine prints about a fax that it sent or received well: a few
// labels under that title. One that failed is somebody's business.
func (s *sheet) machineReport(textual int) bool {
	if textual > 70 || s.hasPatient() {
		return false
	}
	titled, well := false, false
	for i := range s.rows() {
		text := s.rows()[i].text
		switch {
		case i < 4 && reportTitle.MatchString(text):
			titled = true
		case failedFax.MatchString(text):
			return false
		case sentWell.MatchString(text):
			well = true
		}
	}
	return titled && well
}

var (
	reportTitle = regexp.MustCompile(`(?i)^\W*(?:fax |facsimile )?(?:transmission|transmit|tx|send|reception|rx|transaction|communication|confirmation|memory tx|broadcast)(?: (?:verification|result|confirmation|status|tx|rx|memory|ok))* report\W*(?:ok)?\W*$`)
	sentWell    = regexp.MustCompile(`(?i)\b(?:result|status|results|memo|note|code)\b\W*(?:ok|success(?:ful)?|complete[d]?|sent|received|00)\b|^\W*(?:ok|complete[d]?|success(?:ful)?)\W*$`)
	failedFax   = regexp.MustCompile(`(?i)\b(?:ng|error|busy|fail(?:ed|ure)?|no answer|no response|incomplete|cancel(?:led)?|poor line|not sent|abort(?:ed)?)\b`)
)

// complimentsSlip is the heading of a slip that goes with something else.
var complimentsSlip = regexp.MustCompile(`(?i)^\W*with (?:the )?compliments\b`)

// hasPatient reports whether a page gives a birth date or a patient's number.
func (s *sheet) hasPatient() bool {
	return len(s.births) > 0 || slices.ContainsFunc(s.numbers, func(h numberHit) bool { return h.valid || h.labelled })
}

// titledCover reports whether a page calls itself a cover sheet or a compliments slip in so many words, says
// little more and nothing of a patient.
func (s *sheet) titledCover(textual int) bool {
	if textual > 80 || s.hasPatient() || s.tells() {
		return false
	}
	titled := false
	for _, h := range s.hits {
		for _, n := range h.phrase.notes {
			if n.kind == kindCover && n.code == 0 && h.to-h.from > 1 && s.tokens()[h.from].row < 8 && s.isTitle(h) {
				titled = true
			}
		}
	}
	for i := range s.rows() {
		if i < 6 && complimentsSlip.MatchString(s.rows()[i].text) {
			return true
		}
	}
	if !titled {
		return false
	}
	for i := range s.rows() {
		if strings.HasPrefix(strings.ToLower(s.rows()[i].text), "dear ") {
			return false
		}
	}
	return true
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

// isCover reports whether a page is a fax cover sheet: its words and labels,
// and little besides.
func (s *sheet) isCover(textual int) bool {
	if textual > 260 {
		return false
	}
	title, weak := 0.0, map[string]bool{}
	to, from, pages, fax := false, false, false, false
	clinical := 0.0
	for _, h := range s.hits {
		first := &s.tokens()[h.from]
		for _, n := range h.phrase.notes {
			switch {
			case n.kind == kindCover && n.code == 0:
				if first.row < 12 && (s.isTitle(h) || h.to-h.from > 1) {
					title = max(title, 1)
					if h.to-h.from > 1 {
						title = 2
					}
				}
				fax = true
			case n.kind == kindCover:
				weak[h.phrase.text] = true
			case n.kind == kindType && n.weight == titleWeight && first.row < 12 && s.isTitle(h):
				clinical++
			}
		}
	}
	for _, l := range s.labels {
		switch l.label {
		case labelTo:
			to = true
		case labelFrom:
			from = true
		case labelPages:
			pages = true
		case labelFax:
			fax = true
		}
	}
	dear, prose := false, 0
	for i := range s.rows() {
		lower := strings.ToLower(s.rows()[i].text)
		if strings.HasPrefix(lower, "dear ") {
			dear = true
		}
		if len(lower) > 70 && !strings.Contains(lower, "confiden") && !strings.Contains(lower, "error") && !strings.Contains(lower, "addressee") && !strings.Contains(lower, "intended") && !strings.Contains(lower, "tel") {
			prose++
		}
		if announced.MatchString(s.rows()[i].shadow) {
			pages = true
		}
	}
	score := title * 2
	for _, b := range []bool{to, from, pages, fax} {
		if b {
			score++
		}
	}
	if to && from && pages {
		score += 2
	}
	notices := 0.0
	for _, notice := range []string{"intended only", "intended recipient", "intended for the", "confidentiality notice", "confidentiality", "received this fax in error", "if you have received this fax in error", "including cover", "including cover sheet", "including this page", "including this one", "this fax", "this facsimile", "privileged", "in error", "the information contained in this", "confidential", "please recycle", "for the attention of"} {
		if weak[notice] {
			notices++
		}
	}
	score += 0.7 * min(notices, 4)
	if dear {
		score -= 3
	}
	score -= 1.2 * min(clinical, 1) // a department's name on the cover is no document's heading
	if s.printed.n > 0 && s.printed.of > 1 && !pages {
		score -= 2
	}
	if len(s.numbers) > 0 {
		score--
	} else if len(s.births) > 0 && !(to && from) {
		score--
	}
	if textual > 140 {
		score--
	}
	score -= 0.7 * float64(max(prose-1, 0))
	switch {
	case score < 4.8:
		return false
	case to && from, title > 0 && (to || from):
		return true
	}
	// A cover with a layout of its own: a fax's title, a notice, and no patient.
	return title > 0 && (notices > 0 || pages) && textual < 160 && len(s.numbers) == 0 && len(s.births) == 0
}

// announced is a page count in words: "3 pages", "consists of 4 sheets".
var announced = regexp.MustCompile(`(?i)\b\d{1,3}\s*(?:pages?|sheets?|pp)\b|\b(?:pages?|sheets?)\s*(?:\([^)]{0,30}\))?\s*[:;.\-]?\s*\d{1,3}\b`)

// pagesFollow is how a cover sheet leaves itself out of the count. What else follows ("posted copy to follow") is none.
var pagesFollow = regexp.MustCompile(`\b(?:pages?|sheets?|pp|\d+)[^.;a-z]{0,6}to follow|\bto follow\W{0,4}\d`)

// A cover is what a cover sheet says.
type cover struct {
	pages     int // as announced
	including bool
}

func (s *sheet) readCover() cover {
	var c cover
	for _, l := range s.labels {
		if l.label != labelPages {
			continue
		}
		for _, sp := range append([]span{s.right(l)}, s.below(l, 1)...) {
			digits := ""
			for _, ch := range s.rows()[sp.row].shadow[sp.start:sp.end] {
				if ch >= '0' && ch <= '9' {
					digits += string(ch)
				} else if digits != "" {
					break
				}
			}
			if n, err := strconv.Atoi(digits); err == nil && n > 0 && n < 500 {
				c.pages = n
				break
			}
		}
		if c.pages > 0 {
			break
		}
	}
	c.including = true // the usual meaning when nothing is said
	for _, h := range s.hits {
		if t := h.phrase.text; strings.Contains(t, "pages to follow") {
			c.including = false
		}
	}
	for i := range s.rows() {
		lower := strings.ToLower(s.rows()[i].text)
		if strings.Contains(lower, "excl") && strings.Contains(lower, "cover") || strings.Contains(lower, "not including") || strings.Contains(lower, "plus cover") || pagesFollow.MatchString(lower) {
			c.including = false
		}
	}
	return c
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
