package classify

import (
	"regexp"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A reading is a value found on a sheet with what speaks for it.
type reading struct {
	span
	more      span // where the value goes on, when that is another line
	sheet     *sheet
	value     string
	other     string     // another reading of the same text
	name      personName // names only
	strength  float64    // how sure its place makes it, 0 to 1, before recognition's own doubt
	conf      float64    // of the worst word
	valid     bool
	mended    bool
	announced bool    // a label, a greeting or what was done says whose it is
	ruled     float64 // how sure the rule is that found it, 0 for none
	why       string
}

func (s *sheet) newReading(sp span, value string, strength float64, why string) reading {
	_, conf := s.rows[sp.row].area(sp.start, sp.end)
	return reading{span: sp, sheet: s, value: value, strength: strength, conf: conf, valid: true, why: why}
}

// read takes the facts of a sheet that do not depend on other sheets.
func (s *sheet) read(monthFirst bool, now time.Time) {
	for i := range s.rows {
		s.dates = append(s.dates, findDates(&s.rows[i], i, monthFirst, now)...)
	}
	s.boxedDates(monthFirst)
	s.findNumbers()
	s.findBirths(now)
	s.findNames()
}

// datesIn returns the dates inside a span.
func (s *sheet) datesIn(sp span) []dateHit {
	var out []dateHit
	for _, d := range s.dates {
		if d.row == sp.row && d.start >= sp.start && d.end <= sp.end {
			out = append(out, d)
		}
	}
	return out
}

// dateOf returns the date that a label introduces: to its right or below it.
func (s *sheet) dateOf(l labelHit) (dateHit, bool) {
	sp := s.right(l)
	if dates := s.datesIn(sp); len(dates) > 0 {
		d := dates[0]
		reach := 40
		if l.strong {
			reach = 70
		}
		// More than three words between them are prose that goes on.
		if d.start-l.end <= reach && len(strings.Fields(s.rows[sp.row].text[l.end:d.start])) <= 3 {
			return d, true
		}
	}
	right := strings.Trim(s.text(sp), " \t:;.-–()*/")
	if i := strings.IndexByte(right, '\t'); i >= 0 && s.rows[l.row].cells[l.cell].end <= l.end+2 {
		right = "" // the next column is not this label's value
	}
	if len(right) > 3 {
		return dateHit{}, false
	}
	for _, under := range s.below(l, 1) {
		for _, d := range s.datesIn(under) {
			if d.start-under.start < 12 {
				return d, true
			}
		}
	}
	return dateHit{}, false
}

// findBirths finds the patient's birth dates: labelled ones, but not the next
// of kin's or the baby's.
func (s *sheet) findBirths(now time.Time) {
	for _, l := range s.labels {
		if l.label != labelBirth {
			continue
		}
		if p, ok := s.partAt(l.row, l.cell); ok && (p == partKin) {
			continue
		}
		if s.kinBefore(l) || s.relative(l.row, l.start) {
			continue
		}
		d, ok := s.dateOf(l)
		if !ok {
			d, ok = s.gluedDate(l, now)
		}
		if !ok {
			continue
		}
		strength := 0.985
		if !l.strong {
			strength = 0.96
		}
		s.births = append(s.births, s.birthReading(d, strength, "stands after the label "+quote(s.rows[l.row].text[l.start:l.end]), now))
	}
	if len(s.births) == 0 {
		s.looseBirths(now)
	}
}

// birthReading reads a date as one of birth.
func (s *sheet) birthReading(d dateHit, strength float64, why string, now time.Time) reading {
	r := s.newReading(d.span, d.iso, strength, why)
	r.mended = d.mended
	switch {
	case d.iso == "":
		r.valid = false
		r.value = strings.TrimSpace(s.text(d.span))
	case !plausibleBirth(d.iso, now.AddDate(0, 0, 1)):
		if d.other != "" && plausibleBirth(d.other, now.AddDate(0, 0, 1)) {
			r.value = d.other
		} else {
			r.valid = false
		}
	case d.other != "" && plausibleBirth(d.other, now.AddDate(0, 0, 1)):
		// Both centuries are possible: the older one, as most letters are
		// about adults; the other is kept for the clerk and the register.
		r.value, r.other = d.other, d.iso
	}
	return r
}

// looseBirths finds birth dates whose label could not be read: a date long
// past among the patient's number and name, with no more than a short word
// before it.
func (s *sheet) looseBirths(now time.Time) {
	for _, d := range s.dates {
		if d.iso == "" || d.twoDigitYear || !plausibleBirth(d.iso, now.AddDate(-1, 0, 0)) {
			continue
		}
		if !s.near(d.row, labelNHS, 2) && !s.near(d.row, labelName, 2) && !s.near(d.row, labelPatient, 2) && !s.nearNumber(d.row) {
			continue
		}
		before := s.rows[d.row].text[:d.start]
		labelled := false
		for _, l := range s.labels {
			if l.row == d.row && l.end <= d.start {
				switch l.label {
				case labelNHS, labelName, labelPatient, labelFamily, labelGiven, labelMRN, labelCHI:
				default:
					labelled = true
				}
			}
		}
		if p, ok := s.partAt(d.row, s.rows[d.row].cellAt(d.start)); labelled || ok && (p == partKin || p == partGP || p == partSender) {
			continue
		}
		for _, mark := range []string{"\t", ",", " - ", " – ", "(", ";"} {
			if i := strings.LastIndex(before, mark); i >= 0 {
				before = before[i+len(mark):]
			}
		}
		if letters(before) > 8 {
			continue
		}
		r := s.newReading(d.span, d.iso, 0.68, "stands among the patient's number and name")
		r.mended = d.mended
		s.births = append(s.births, r)
	}
}

// nearNumber reports whether a valid number stands within two rows.
func (s *sheet) nearNumber(r int) bool {
	for _, n := range s.numbers {
		if n.valid && n.row >= r-2 && n.row <= r+2 {
			return true
		}
	}
	return false
}

// kinBefore reports whether the label's row says that it is about somebody
// else: "Mother's date of birth", "Baby DOB".
func (s *sheet) kinBefore(l labelHit) bool {
	before := strings.ToLower(s.rows[l.row].text[s.rows[l.row].cells[l.cell].start:l.start])
	words := strings.Fields(strings.NewReplacer("'", "", "’", "", ":", " ").Replace(before))
	if len(words) == 0 {
		return s.kinAbove(l)
	}
	switch words[len(words)-1] {
	case "baby", "babys", "mothers", "fathers", "partners", "kin", "nok", "carers", "spouse", "sibling", "husbands", "wifes", "perpetrator", "father", "partner":
		return true
	}
	for _, o := range s.labels {
		if o.row == l.row && o.label == labelKin && o.end <= l.start {
			return true
		}
	}
	return false
}

// kinAbove reports whether the column in which a label stands is about somebody else: under the
// heading "Partner", or right under "Ms Jane Doe, mother".
func (s *sheet) kinAbove(l labelHit) bool {
	box := s.rows[l.row].cells[l.cell].box
	height := max(box.Height(), 8)
	for row := l.row - 1; row >= 0 && row >= l.row-7; row-- {
		at := -1
		for ci, cl := range s.rows[row].cells {
			if abs(cl.box[0]-box[0]) <= height {
				at = ci
			}
		}
		if at < 0 || box[1]-s.rows[row].cells[at].box[3] > 3*height {
			return false
		}
		text := s.rows[row].cellText(at)
		if row == l.row-1 && kinAfterName.MatchString(text) {
			return true
		}
		labelled := s.labelAt(row, at)
		if word := s.begins(row, s.rows[row].cells[at].start); contains(relatives, word) && !strings.HasPrefix(word, "mother") && len(strings.Fields(text)) <= 2 {
			return true
		}
		if !labelled {
			return false
		}
		box = s.rows[row].cells[at].box
	}
	return false
}

var kinAfterName = regexp.MustCompile(`(?i)^(?:mrs?|ms|miss|dr)\.? [^:]*[,(] ?(?:mother|father|mum|dad|parent|guardian|carer|partner|wife|husband|spouse|sister|brother|grandmother|grandfather|foster (?:mother|father|carer)|next of kin|son|daughter)\b`)

// relatives are words that begin a line about somebody of the patient's family.
var relatives = []string{"mother", "father", "mum", "dad", "parent", "parents", "guardian", "carer", "partner", "wife", "husband", "spouse", "sister", "brother", "sibling", "grandmother", "grandfather",

	"stepmother", "stepfather", "stepfather's", "nok", "mother's", "father's", "parent's"}

// relative reports whether a place is in a line about somebody of the patient's
// family: "Mother: Jane Doe (DOB 1/2/1990)". A mother is that only where another
// line gives a birth date too: on maternity forms she is the patient.
func (s *sheet) relative(row, start int) bool {
	word := s.begins(row, start)
	if !contains(relatives, word) {
		return false
	}
	if !strings.HasPrefix(word, "mother") {
		return true
	}
	for _, l := range s.labels {
		if l.label == labelBirth && l.row != row && !contains(relatives, s.begins(l.row, l.start)) && !s.kinBefore(l) {
			return true
		}
	}
	return false
}

// kinBorn is what stands before the birth date of somebody whom a letter only tells of: "her
// mother (born 4/7/1931)".
var kinBorn = regexp.MustCompile(`(?i)\b(?:his|her|their|the|whose) (?:mother|father|mum|dad|wife|husband|partner|sister|brother|son|daughter|baby|carer|guardian|grandmother|grandfather)[ ,(]{1,3}(?:was )?(?:born|dob|d\.o\.b\.?)[ :]{0,2}(?:on )?$`)

// bornOther reports whether a date is the birth date of somebody else, by its label or the words before
// it, where another label gives the patient's: the mother, or the baby, may be the patient.
func (s *sheet) bornOther(sp span) bool {
	of, own := kinBorn.MatchString(strings.ReplaceAll(s.rows[sp.row].text[:sp.start], "\t", " ")), false
	for _, l := range s.labels {
		if l.label != labelBirth {
			continue
		}
		d, ok := s.dateOf(l)
		switch {
		case !ok:
		case s.kinBefore(l):
			of = of || d.span == sp
		default:
			own = own || d.span != sp
		}
	}
	return of && own
}

const kinWords = `(?:mother|father|mum|dad|parent|wife|husband|spouse|partner|sister|brother|sibling|son|daughter|carer|guardian|cousin|niece|nephew|aunt|uncle|neighbour|friend|boyfriend|girlfriend|flatmate|housemate|contact|grandmother|grandfather|next of kin|nok)`

// kinBehind is what makes the name before it that of somebody of the family: on a form
// "Relationship: next of kin", in prose "(her son)".
var kinBehind = regexp.MustCompile(`(?i)^[ \t,;.(:–-]{0,6}relationship\b[^a-z]*(?:to (?:the )?patient[^a-z]*)?` + kinWords + `\b|^[ \t,;.(–-]{1,4}(?:his|her|their|the patient['’]s) ` + kinWords + `\s*(?:[,.;)]|$)`)

// kinAhead is what makes the name behind it that of somebody of the family or of a helper in prose: "his wife
// Amara Okafor", "daughter of Amara Okafor".
var kinAhead = regexp.MustCompile(`(?i)\b(?:(?:his|her|their|your|my|our|whose|an?|the|patient['’]s)(?: \w+)? ` + kinWords + `|` + kinWords + ` (?:of|to))[,:]? \(?(?:(?:mrs?|ms|miss|dr)\.? )?$`)

// kinOf reports whether what stands before a name, over the line break, says that it is not the patient's.
func (s *sheet) kinOf(row, start int) bool {
	before := s.rows[row].text[:start]
	if row > 0 && len(before) < 40 {
		before = s.rows[row-1].text + " " + before
	}
	return kinAhead.MatchString(before)
}

// related reports whether what stands behind a name says that it is not the patient's.
func (s *sheet) related(row, end int) bool { return kinBehind.MatchString(s.rows[row].text[end:]) }

// begins is the first word of the cell at a place, in small letters.
func (s *sheet) begins(row, start int) string {
	r := &s.rows[row]
	cl := r.cells[r.cellAt(start)]
	words := strings.Fields(strings.ToLower(r.text[cl.start:cl.end]))
	if len(words) == 0 {
		return ""
	}
	return strings.ReplaceAll(strings.Trim(words[0], ".,:;()-–*"), "’", "'")
}

// gluedDate reads a birth date of eight digits without separators, or with
// blanks between them, as boxed forms give it.
func (s *sheet) gluedDate(l labelHit, now time.Time) (dateHit, bool) {
	look := append([]span{s.right(l)}, s.below(l, 1)...)
	for _, sp := range look {
		shadow := s.rows[sp.row].shadow[sp.start:sp.end]
		digits, first, last := "", -1, 0
		for i := 0; i < len(shadow) && len(digits) < 9; i++ {
			c := shadow[i]
			if isDigit(c) {
				if first < 0 {
					first = i
				}
				last = i + 1
				digits += string(c)
			} else if isLetter(c) {
				break
			}
		}
		if len(digits) != 8 {
			continue
		}
		n := func(a, b int) int {
			v := 0
			for _, c := range digits[a:b] {
				v = 10*v + int(c-'0')
			}
			return v
		}
		iso := isoDate(n(4, 8), n(2, 4), n(0, 2))
		if plausibleBirth(iso, now) {
			return dateHit{span: span{sp.row, sp.start + first, sp.start + last}, iso: iso}, true
		}
	}
	return dateHit{}, false
}

// near reports whether a label stands within some rows of a row.
func (s *sheet) near(r int, want label, reach int) bool {
	for _, l := range s.labels {
		if l.label == want && l.row >= r-reach && l.row <= r+reach {
			return true
		}
	}
	return false
}

// validNumbers returns the distinct valid numbers of a sheet that count as the
// patient's.
func (s *sheet) validNumbers() []string {
	var out []string
	for _, n := range s.numbers {
		if n.valid && !contains(out, n.digits) {
			out = append(out, n.digits)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func quote(s string) string { return "“" + strings.TrimSpace(s) + "”" }

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// original is where a span stands on the page as it arrived.
func (s *sheet) original(sp span) (postroom.Box, float64) {
	box, conf := s.rows[sp.row].area(sp.start, sp.end)
	return s.page.Original(box), conf
}
