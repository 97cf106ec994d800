package classify

import (
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// A numberHit is a ten-digit number of a health service, or what looks like one.
type numberHit struct {
	span
	more     span   // where it goes on, when that is the next line
	digits   string // as read, without separators; may hold letters when mended
	proposal string // what would pass the check digit, when the digits do not
	valid    bool
	mended   bool // letters stand where digits should: never valid by itself
	labelled bool
	label    label
	grouped  bool // printed 3 3 4
}

// grouped is a number printed 3 3 4, whatever a bar before it was read as.
var grouped = regexp.MustCompile(`(?:^|[^\d.\-/+])(\d{3}[ \-]\d{3}[ \-]\d{4})(?:[^\d]|$)`)

var tenDigits = regexp.MustCompile(`\d(?:[ \t\-.]{0,3}\d){9}`)

// findNumbers finds the NHS, CHI and H&C numbers on the sheet: ten digits
// after their label, to its right or below it, or a valid number printed 3 3 4.
func (s *sheet) findNumbers() {
	taken := map[[2]int]bool{}
	for _, l := range s.labels {
		if l.label != labelNHS && l.label != labelCHI && l.label != labelHC {
			continue
		}
		look := append([]span{s.right(l)}, s.below(l, 2)...)
		for k, sp := range look {
			if k > 0 && hasDigit(s.text(look[0])) {
				break
			}
			n, ok := s.numberIn(sp, k == 0)
			if !ok && k == 0 {
				if n, ok = s.brokenNumber(l); !ok {
					n, ok = s.numberOnNext(l)
				}
			}
			if !ok || taken[[2]int{n.row, n.start}] {
				continue
			}
			n.labelled, n.label = true, l.label
			if n.valid && n.digits[0] >= '4' && besideNHS.MatchString(s.rows()[l.row].text[:l.start]) {
				n.label = labelNHS // "NHS/H&C": those of the other kind begin with 0 to 3
			}
			taken[[2]int{n.row, n.start}] = true
			s.numbers = append(s.numbers, n)
			break
		}
	}
	for i := range s.rows() {
		r := &s.rows()[i]
		for at := 0; ; {
			m := tenDigits.FindStringIndex(r.shadow[at:])
			if m == nil {
				break
			}
			m[0], m[1] = m[0]+at, m[1]+at
			// The digits of a date before a number must not swallow its beginning:
			// "11/07/1968 - 9990123454".
			at = m[0] + len(digitRun.FindString(r.shadow[m[0]:m[1]]))
			if taken[[2]int{i, m[0]}] {
				at = m[1]
				continue
			}
			n := s.readNumber(span{i, m[0], m[1]})
			birth := s.besideBirth(n.span)
			if !standsAlone(r.shadow, m[0], m[1]) && !s.afterDate(i, m[0]) || !plainGroups(r.shadow[m[0]:m[1]]) && !(birth && speckled.MatchString(r.shadow[m[0]:m[1]])) || s.isPhone(i, m[0], birth) {
				continue
			}
			beside := birth || misreadLabel.MatchString(r.shadow[:m[0]])
			if !n.valid || !n.grouped && !s.fillsCell(n.span) && !beside {
				continue // an unlabelled number counts only if nothing is wrong with it
			}
			if !n.grouped && !beside && !s.near(i, labelBirth, 3) && !s.nearBirth(i) {
				continue
			}
			at = m[1]
			n.label = labelNHS
			taken[[2]int{i, m[0]}] = true
			s.numbers = append(s.numbers, n)
		}
	}
}

// besideNHS is in front of another label for the same number.
var besideNHS = regexp.MustCompile(`(?i)\bNHS(?: (?:no|number))?\.?\s?/\s?$`)

// speckled are ten digits with one dot among them, which is dirt.
var speckled = regexp.MustCompile(`^\d{2,8}\.\d{2,8}$|^\d{9}\.\d$`)

var digitRun = regexp.MustCompile(`^\d+`)

// plainGroups reports whether ten digits are printed without a break or 3 3 4: others
// that stand in a row are hardly one number.
func plainGroups(s string) bool {
	return len(strings.Trim(s, "0123456789")) == 0 && len(onlyDigits(s)) == len(s) || grouped334(s)
}

// misreadLabel is the end of a text that was hardly anything but "NHS number:".
var misreadLabel = regexp.MustCompile(`(?i)(?:^|[^a-z0-9])(?:(?:[hmw]h[s5]|n[nh]5|nh[e3g]|nns)(?: ?(?:n[o0]|number|num|id)\.?)?|n[il1][s5] ?(?:n[o0]|number|num)\.?)[ \t:.#\-]{0,4}$`)

// afterDate reports whether a date ends just before an offset: its year does not
// belong to the number that follows.
func (s *sheet) afterDate(row, start int) bool {
	for _, d := range s.dates {
		if d.row == row && d.iso != "" && d.end <= start && strings.Trim(s.rows()[row].shadow[d.end:start], " \t-|,;:/") == "" {
			return true
		}
	}
	return false
}

// besideBirth reports whether a date of some years ago stands in the same row within
// a few characters: "Amara Okafor - 07/03/1951 - 9990123454".
func (s *sheet) besideBirth(sp span) bool {
	newest := ""
	for _, d := range s.dates {
		newest = max(newest, d.iso)
	}
	for _, d := range s.dates {
		if d.row != sp.row || len(d.iso) != 10 || d.iso[:4] >= newest[:4] {
			continue
		}
		gap := ""
		if d.end <= sp.start {
			gap = s.rows()[sp.row].shadow[d.end:sp.start]
		} else if sp.end <= d.start {
			gap = s.rows()[sp.row].shadow[sp.end:d.start]
		}
		if gap != "" && len(gap) < 6 && strings.Trim(gap, " \t-|,;:/") == "" {
			return true
		}
	}
	return false
}

var (
	digitsAtEnd   = regexp.MustCompile(`^[^\d]{0,12}(\d{3}(?:[ \-]?\d{3})?)[ \-]*$`)
	digitsAtStart = regexp.MustCompile(`^(?:\d{3}[ \-]?)?\d{4}(?:[^\d/.\-]|[.\-](?:[^\d]|$)|$)`)
)

// brokenNumber reads a number that begins after its label at the end of a line and
// goes on with the next one, as prose breaks it between its groups.
func (s *sheet) brokenNumber(l labelHit) (numberHit, bool) {
	sp := s.right(l)
	if sp.row+1 >= len(s.rows()) || sp.end < len(strings.TrimRight(s.rows()[sp.row].text, " \t")) {
		return numberHit{}, false
	}
	first := digitsAtEnd.FindStringSubmatchIndex(s.rows()[sp.row].shadow[sp.start:sp.end])
	next := &s.rows()[sp.row+1]
	rest := digitsAtStart.FindString(next.shadow)
	if first == nil || rest == "" {
		return numberHit{}, false
	}
	rest = strings.TrimRightFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	a, b := span{sp.row, sp.start + first[2], sp.start + first[3]}, span{sp.row + 1, 0, len(rest)}
	if s.rows()[a.row].text[a.start:a.end] != s.rows()[a.row].shadow[a.start:a.end] || next.text[:b.end] != rest {
		return numberHit{}, false // letters among the digits: too little is sure
	}
	digits := onlyDigits(s.text(a) + rest)
	if _, err := postroom.ParseNHSNumber(digits); err != nil || len(digits) != 10 {
		return numberHit{}, false
	}
	return numberHit{span: a, more: b, digits: digits, valid: true, grouped: true}, true
}

// numberOnNext reads a number that begins the line below its label, which ends a line: "(NHS" over "9990123454)".
func (s *sheet) numberOnNext(l labelHit) (numberHit, bool) {
	sp := s.right(l)
	if sp.row+1 >= len(s.rows()) || strings.Trim(s.rows()[l.row].text[l.end:], " \t:.#-") != "" {
		return numberHit{}, false
	}
	m := startingNumber.FindStringIndex(s.rows()[sp.row+1].text)
	if m == nil {
		return numberHit{}, false
	}
	n := s.readNumber(span{sp.row + 1, m[0], m[0] + len(strings.TrimRight(s.rows()[sp.row+1].text[m[0]:m[1]], " ,.;:)"))})
	return n, n.valid
}

var startingNumber = regexp.MustCompile(`^(?:\d{10}|\d{3}[ \-]\d{3}[ \-]\d{4})(?:[ ,.;:)]|$)`)

// numberIn reads the ten-digit number at the beginning of a span.
func (s *sheet) numberIn(sp span, right bool) (numberHit, bool) {
	shadow := s.rows()[sp.row].shadow[sp.start:sp.end]
	if m := grouped.FindStringSubmatchIndex(shadow); m != nil && m[2] < 28 {
		return s.readNumber(span{sp.row, sp.start + m[2], sp.start + m[3]}), true
	}
	if m := tenDigits.FindStringIndex(shadow); m != nil && m[0] < 28 {
		n := s.readNumber(span{sp.row, sp.start + m[0], sp.start + m[1]})
		// Behind a label, what follows a whole number that is right begins something else: the
		// house in "NHS number 9990123454 12 High Street".
		whole := n.valid && plainGroups(shadow[m[0]:m[1]]) && m[1] < len(shadow) && !isDigit(shadow[m[1]]) && standsAlone(shadow[:m[1]], m[0], m[1])
		return n, whole || standsAlone(shadow, m[0], m[1])
	}
	// A misread digit: nearly ten characters of which most are digits.
	text := s.rows()[sp.row].text[sp.start:sp.end]
	start := strings.IndexAny(shadow, "0123456789")
	if start < 0 || start > 16 {
		return numberHit{}, false
	}
	for start > 0 && shadow[start-1] != ' ' && shadow[start-1] != '\t' && shadow[start-1] != ':' {
		start--
	}
	kept, digits, end := 0, 0, start
	for end < len(shadow) && kept < 12 {
		c := shadow[end]
		if isDigit(c) {
			digits++
			kept++
		} else if c == ' ' || c == '-' || c == '.' {
			if strings.HasPrefix(shadow[end:], "  ") {
				break
			}
		} else if digitFor(c) != 0 || c == '?' || c == '/' || c == ')' || c == '(' {
			kept++
		} else {
			break
		}
		end++
	}
	end = start + len(strings.TrimRight(shadow[start:end], " -.()"))
	if digits < 8 || kept > 11 || kept < 9 {
		return numberHit{}, false
	}
	n := numberHit{span: span{sp.row, sp.start + start, sp.start + end}, digits: strings.NewReplacer(" ", "", "-", "", ".", "").Replace(text[start:end]), mended: true}
	if kept == 10 {
		mended := strings.Map(func(r rune) rune {
			switch {
			case r < 128 && isDigit(byte(r)):
				return r
			case r < 128 && digitFor(byte(r)) != 0:
				return rune(digitFor(byte(r)))
			}
			return -1
		}, shadow[start:end])
		if v, err := postroom.ParseNHSNumber(mended); err == nil {
			n.proposal = v.Digits()
		}
	}
	return n, true
}

func (s *sheet) readNumber(sp span) numberHit {
	r := &s.rows()[sp.row]
	shadow, text := r.shadow[sp.start:sp.end], r.text[sp.start:sp.end]
	n := numberHit{span: sp, mended: shadow != text}
	digits := onlyDigits(shadow)
	_, err := postroom.ParseNHSNumber(digits)
	n.grouped = grouped334(shadow)
	switch {
	case n.mended:
		n.digits = strings.Map(func(c rune) rune {
			if c == ' ' || c == '-' || c == '\t' || c == '.' {
				return -1
			}
			return c
		}, text)
		if onlyDigits(strings.NewReplacer("–", "-", "\u00a0", " ").Replace(text)) == digits {
			n.mended, n.digits = false, digits // only a dash of another kind
			n.valid = err == nil
		} else if err == nil {
			n.proposal = digits
		}
	default:
		n.digits, n.valid = digits, err == nil
	}
	return n
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// grouped334 reports whether ten digits are printed in groups of 3, 3 and 4.
func grouped334(s string) bool {
	var groups []int
	n := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		} else if n > 0 {
			groups = append(groups, n)
			n = 0
		}
	}
	groups = append(groups, n)
	return len(groups) == 3 && groups[0] == 3 && groups[1] == 3 && groups[2] == 4
}

// standsAlone reports whether no further digits belong to the run.
func standsAlone(text string, start, end int) bool {
	if start > 0 {
		if c := text[start-1]; isDigit(c) || c == '+' || c == '/' || (c == '-' || c == '.') && start > 1 && isDigit(text[start-2]) {
			return false
		}
		if start > 1 && text[start-1] == ' ' && isDigit(text[start-2]) {
			return false
		}
	}
	if end < len(text) {
		c := text[end]
		if isDigit(c) || c == '/' {
			return false
		}
		if end+1 < len(text) && (c == ' ' || c == '-') && isDigit(text[end+1]) {
			return false
		}
	}
	return true
}

// isPhone reports whether a number is introduced as a telephone or fax number, or as one of another kind: behind a birth date a
// reference before both is not the number's.
func (s *sheet) isPhone(r, start int, behindBirth bool) bool {
	if strings.HasPrefix(s.rows()[r].shadow[start:], "0") {
		return true
	}
	nearest, phone := -1, false
	for _, l := range s.labels {
		if l.row == r && l.end <= start && l.end > nearest {
			nearest, phone = l.end, l.label == labelPhone || l.label == labelFax || l.label == labelOther && !behindBirth || l.label == labelMRN || l.label == labelGMC
		}
	}
	return phone
}

// fillsCell reports whether nothing else stands in a span's cell.
func (s *sheet) fillsCell(sp span) bool {
	r := &s.rows()[sp.row]
	c := r.cells[r.cellAt(sp.start)]
	return strings.Trim(r.text[c.start:sp.start]+r.text[min(sp.end, c.end):c.end], " .,:;-|*") == ""
}

// nearBirth reports whether a date long past stands within three rows.
func (s *sheet) nearBirth(r int) bool {
	newest := ""
	for _, d := range s.dates {
		newest = max(newest, d.iso)
	}
	for _, d := range s.dates {
		if d.row >= r-3 && d.row <= r+3 && len(d.iso) == 10 && len(newest) == 10 && d.iso[:4] < newest[:4] {
			return true
		}
	}
	return false
}
