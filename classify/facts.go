package classify

import (
	"fmt"
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
	guess     bool    // as it was read there is no such value
	announced bool    // a label, a greeting or what was done says whose it is
	ruled     float64 // how sure the rule is that found it, 0 for none
	why       string
}

func (s *sheet) newReading(sp span, value string, strength float64, why string) reading {
	_, conf := s.rows()[sp.row].area(sp.start, sp.end)
	return reading{span: sp, sheet: s, value: value, strength: strength, conf: conf, valid: true, why: why}
}

// guessed says of a reading how its day came about.
func (r *reading) guessed(d dateHit) {
	r.mended = d.mended
	if d.guess != "" {
		r.guess, r.why = true, r.why+"; "+d.guess
	}
}

// read takes the facts of a sheet that do not depend on other sheets.
func (s *sheet) read(monthFirst bool, now time.Time) {
	for i := range s.rows() {
		s.dates = append(s.dates, findDates(&s.rows()[i], i, monthFirst, now)...)
	}
	s.boxedDates(monthFirst)
	s.findNumbers()
	s.findBirths(monthFirst, now)
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
		if d.start-l.end <= reach && len(strings.Fields(s.rows()[sp.row].text[l.end:d.start])) <= 3 {
			return d, true
		}
	}
	right := strings.Trim(s.text(sp), " \t:;.-–()*/")
	if i := strings.IndexByte(right, '\t'); i >= 0 && s.rows()[l.row].cells[l.cell].end <= l.end+2 {
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
func (s *sheet) findBirths(monthFirst bool, now time.Time) {
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
			d, ok = s.gluedDate(l, monthFirst, now)
		}
		var more span
		if !ok {
			d, more, ok = s.tornDate(l)
		}
		if !ok {
			continue
		}
		strength := 0.985
		if !l.strong {
			strength = 0.96
		}
		r := s.birthReading(d, strength, "stands after the label "+quote(s.rows()[l.row].text[l.start:l.end]), now)
		r.more = more
		s.births = append(s.births, r)
	}
	if len(s.births) == 0 {
		s.looseBirths(now)
	}
}

var (
	dayAtEnd    = regexp.MustCompile(`^[^\dA-Za-z]{0,5}(\d{1,2})(?:st|nd|rd|th)?\s*$`)
	monthFirsts = regexp.MustCompile(`^([A-Z][a-z]{2,8})\.?,? ((?:19|20)\d\d)\b`)
)

// tornDate reads a date after its label that prose breaks behind the day: "D.o.B. 21" over "August 1996." more is what stands below.
func (s *sheet) tornDate(l labelHit) (d dateHit, more span, ok bool) {
	if l.row+1 >= len(s.rows()) {
		return d, more, false
	}
	day := dayAtEnd.FindStringSubmatchIndex(s.rows()[l.row].text[l.end:])
	rest := monthFirsts.FindStringSubmatchIndex(s.rows()[l.row+1].text)
	if day == nil || rest == nil {
		return d, more, false
	}
	below := s.rows()[l.row+1].text
	d.span = span{l.row, l.end + day[2], l.end + day[3]}
	d.iso = fmt.Sprintf("%s-%02d-%02d", below[rest[4]:rest[5]], monthOf(below[rest[2]:rest[3]]), number(s.text(d.span)))
	if _, err := time.Parse(time.DateOnly, d.iso); err != nil {
		return d, more, false // no month, or no such day of it
	}
	return d, span{l.row + 1, 0, rest[1]}, true
}

// birthReading reads a date as one of birth.
func (s *sheet) birthReading(d dateHit, strength float64, why string, now time.Time) reading {
	r := s.newReading(d.span, d.iso, strength, why)
	r.guessed(d)
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
		before := s.rows()[d.row].text[:d.start]
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
		if p, ok := s.partAt(d.row, s.rows()[d.row].cellAt(d.start)); labelled || ok && (p == partKin || p == partGP || p == partSender) {
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
		r.guessed(d)
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

// begins is the first word of the cell at a place, in small letters.
func (s *sheet) begins(row, start int) string {
	r := &s.rows()[row]
	cl := r.cells[r.cellAt(start)]
	words := strings.Fields(strings.ToLower(r.text[cl.start:cl.end]))
	if len(words) == 0 {
		return ""
	}
	return strings.ReplaceAll(strings.Trim(words[0], ".,:;()-–*"), "’", "'")
}

// gluedDate reads a birth date of eight digits without separators, or with
// blanks between them, as boxed forms give it, or with a stroke that was read as a one.
func (s *sheet) gluedDate(l labelHit, monthFirst bool, now time.Time) (dateHit, bool) {
	look := append([]span{s.right(l)}, s.below(l, 1)...)
	for _, sp := range look {
		shadow := s.rows()[sp.row].shadow[sp.start:sp.end]
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
		guess := ""
		if m := strokeAsOne.FindStringSubmatchIndex(shadow); m != nil && (shadow[m[4]] == '1') != (shadow[m[8]] == '1') {
			digits = shadow[m[2]:m[3]] + shadow[m[6]:m[7]] + shadow[m[10]:m[11]]
			first, last, guess = m[2], m[11], "a stroke between its figures was read as a one"
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
		day, month := n(0, 2), n(2, 4)
		if monthFirst && day <= 12 {
			day, month = month, day
		}
		iso := isoDate(n(4, 8), month, day)
		if plausibleBirth(iso, now) {
			return dateHit{span: span{sp.row, sp.start + first, sp.start + last}, iso: iso, guess: guess}, true
		}
	}
	return dateHit{}, false
}

// strokeAsOne is a date of which a stroke was read as a one: "22106/1934".
var strokeAsOne = regexp.MustCompile(`^[^\da-z]{0,4}([0-3]\d)([1/])([01]\d)([1/])((?:19|20)\d\d)(?:\D|$)`)

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
	box, conf := s.rows()[sp.row].area(sp.start, sp.end)
	return s.page.Original(box), conf
}
