package classify

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A dateHit is a date on a sheet.
type dateHit struct {
	span
	iso          string // empty when there is no such day
	other        string // the other reading of a two-digit year, or of day and month
	mended       bool   // letters were read as digits
	guess        string // how the figures had to be taken to make a day of them at all, empty as a rule
	twoDigitYear bool
}

var (
	datePattern = regexp.MustCompile(`(?i)` +
		`\b(\d{4})[-/.](\d{2})[-/.](\d{2})\b` +
		`|(?:^|[^\d/])(\d{1,2})\s?[/.\-]\s?(\d{1,2})\s?[/.\-]\s?(\d{4}|\d{2})(?:[^\d/]|$)` +
		`|(?:^|[^\da-z])([23]?[1il|!])\s?st(?:\s+of)?[\s\-./,]{0,3}([a-z01|]{3,9})[\s\-./,']{0,3}(\d{4}|\d{2})(?:\D|$)` +
		`|(?:^|[^\d.,])(\d{1,2})[.,](\d{1,2})[.,](\d{4})(?:[^\d.,]|[.,]\D|[.,]?$)` +
		`|(?:^|[^\d])(\d[.,]\d|\d{1,2})\s*(?:st|nd|rd|th)?(?:\s+of)?[\s\-./,]{0,3}([a-z01|]{3,9})[\s\-./,']{0,3}(\d{4}|[12][.,]?\d[.,]?\d[.,]?\d|\d{2})(?:\D|$)` +
		`|(?:^|[\s:;,(])([0-9oqdsilbz|!]{1,2}(?:th|nd|rd)?|[0-9il|!] [0-9oqdsilbz|!]th)[\s\-./]{1,2}([a-z]{3,9})[\s\-./,]{1,3}((?:19|20)\d{2})(?:\D|$)` +
		`|\b([a-z01|]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b`)
	months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
)

// monthOf reads a month's name or its first letters, allowing for one misread
// character in the full names.
func monthOf(s string) int {
	key := likeness(s)
	for i, m := range months {
		name := likeness(m)
		if key == name || len(s) >= 3 && strings.HasPrefix(name, key) || m == "september" && key == likeness("sept") {
			return i + 1
		}
	}
	if len(key) >= 5 {
		for i, m := range months {
			if nearlyEqual(key, likeness(m)) {
				return i + 1
			}
		}
	}
	return 0
}

// misreadMonth is the month of whose first three letters one was read as its likeness, 0 if that is none or several: "27 Scp 2026".
func misreadMonth(s string) int {
	if len(s) != 3 {
		return 0
	}
	month := 0
	for i, m := range months {
		wrong := 0
		for k := range 3 {
			if a, b := strings.ToLower(s)[k], m[k]; a != b {
				wrong++
				if !alikeLetters[[2]byte{a, b}] && !alikeLetters[[2]byte{b, a}] {
					wrong = 3
				}
			}
		}
		if wrong == 1 {
			if month > 0 {
				return 0
			}
			month = i + 1
		}
	}
	return month
}

// alikeLetters are small letters that are read for each other.
var alikeLetters = map[[2]byte]bool{
	{'e', 'c'}: true, {'e', 'o'}: true, {'c', 'o'}: true, {'a', 'o'}: true, {'a', 'e'}: true, {'u', 'n'}: true, {'u', 'v'}: true, {'u', 'o'}: true, {'n', 'h'}: true, {'r', 't'}: true, {'l', 't'}: true, {'l', 'i'}: true,
	{'f', 't'}: true, {'b', 'h'}: true, {'p', 'g'}: true, {'p', 'n'}: true, {'y', 'v'}: true, {'c', 't'}: true,
}

// findDates finds the dates of a row. monthFirst is the site's order of
// numeric dates; now bounds the reading of two-digit years.
func findDates(r *row, index int, monthFirst bool, now time.Time) []dateHit {
	text := r.shadow
	if !strings.ContainsAny(text, "0123456789") {
		return nil
	}
	var out []dateHit
	for at := 0; at < len(text); {
		d, ok, resume := nextDate(r, at, monthFirst, now)
		if d.start >= d.end {
			if resume <= at {
				break
			}
			at = resume
			continue
		}
		if !ok {
			// What looks like a date and is none may hide the beginning of one:
			// "D.0.8. 02-Apr-1965".
			if later, good, _ := nextDate(r, d.start+1, monthFirst, now); good && later.start < d.end && strings.IndexByte(" \t", r.shadow[later.start-1]) >= 0 {
				d, resume = later, later.end
			}
		}
		d.row = index
		for i := d.start; i < d.end; i++ { // a long dash for a short one mends nothing
			d.mended = d.mended || r.text[i] != r.shadow[i] && isDigit(r.shadow[i])
		}
		out = append(out, d)
		at = max(resume, at+1)
	}
	return out
}

// nextDate finds the first date of a row from the offset at on, whether there is
// such a day, and where to look on. Its span is empty when none was found there.
func nextDate(r *row, at int, monthFirst bool, now time.Time) (d dateHit, ok bool, resume int) {
	text := r.shadow
	if at >= len(text) {
		return d, false, at
	}
	m := datePattern.FindStringSubmatchIndex(text[at:])
	if m == nil {
		return d, false, len(text)
	}
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[at+m[2*i] : at+m[2*i+1]]
	}
	// A speck among figures is read as a full stop: "2.3 December 19.37".
	figures := func(i int) string { return strings.NewReplacer(".", "", ",", "").Replace(group(i)) }
	number := func(i int) int { n, _ := strconv.Atoi(figures(i)); return n }
	first, last := 0, 0
	var day, month int
	named := false
	year := ""
	switch {
	case m[2] >= 0:
		day, month, year = number(3), number(2), group(1)
		first, last = m[2], m[7]
	case m[8] >= 0:
		day, month, year = number(4), number(5), group(6)
		first, last = m[8], m[13]
		if monthFirst && day <= 12 || month > 12 && day <= 12 && monthFirst {
			day, month = month, day
		}
	case m[14] >= 0:
		// Of all days only the 1st, 21st and 31st end in "st", so "Ist" and
		// "2lst" can be read in one way alone.
		tens := strings.TrimRight(group(7), "1iIlL|!")
		month, year = monthOf(group(8)), group(9)
		day = len(group(7)) - len(tens)
		if n, err := strconv.Atoi(tens); err == nil {
			day += 10 * n
		}
		first, last = m[14], m[19]
		before := byte(' ')
		if at+first > 0 {
			before = text[at+first-1]
		}
		if month == 0 || isLetter(before) || isDigit(before) {
			return d, false, at + m[15]
		}
	case m[20] >= 0: // a comma for a full stop
		day, month, year = number(10), number(11), group(12)
		first, last = m[20], m[25]
		if monthFirst && day <= 12 {
			day, month = month, day
		}
	case m[26] >= 0:
		day, month, year, named = number(13), monthOf(group(14)), figures(15), true
		first, last = m[26], m[31]
		misread := month == 0
		if misread {
			month = misreadMonth(group(14))
		}
		if month == 0 {
			return d, false, at + m[26] + len(group(13))
		}
		d.mended = misread || len(figures(13)) < len(group(13)) || len(year) < len(group(15))
	case m[32] >= 0:
		month, year = monthOf(group(17)), group(18)
		day = misreadDay(group(16))
		first, last = m[32], m[37]
		if month == 0 || len(group(17)) < 3 || day == 0 {
			return d, false, at + m[33]
		}
		d.mended = true
	default:
		day, month, year, named = number(20), monthOf(group(19)), group(21), true
		first, last = m[38], m[43]
		if month == 0 {
			return d, false, at + m[38] + len(group(19))
		}
	}
	d.span = span{0, at + first, at + last}
	// A time glued to a year, or a longer number, is no date.
	y, _ := strconv.Atoi(year)
	if len(year) == 2 {
		d.twoDigitYear = true
		century := now.Year() / 100 * 100
		late, early := isoDate(century+y, month, day), isoDate(century-100+y, month, day)
		if century+y > now.Year()+1 {
			d.iso = early
		} else {
			d.iso, d.other = late, early
		}
	} else {
		d.iso = isoDate(y, month, day)
	}
	if d.iso == "" || len(year) == 4 && y > now.Year()+1 {
		d.guessDay(day, month, year, named, now)
	}
	return d, d.iso != "", at + last
}

const (
	zerosGuessed = "there is no such day as it was read: a 6 or 8 in it is taken for a 0"
	monthsFirst  = "there is no such day as it was read: the month is taken to come first"
)

// guessDay makes a day of figures that give none, in the one way that there is. A zero that has a
// dot or a stroke in it, as typewriters and terminals print it, is read as a 6 or an 8: "64/01/1947",
// "2 March 2826". And Americans put the month first: "05/20/1943". Where both would do, or several
// figures might be the zero, nothing is guessed.
func (d *dateHit) guessDay(day, month int, year string, named bool, now time.Time) {
	latest := now.Year() + 1
	zeros := func(s string) (out []string) { // s with a zero at one place
		for i := range len(s) {
			if s[i] == '6' || s[i] == '8' {
				out = append(out, s[:i]+"0"+s[i+1:])
			}
		}
		return out
	}
	var found []string
	try := func(day, month, year string, why string) {
		n, _ := strconv.Atoi(day)
		k, _ := strconv.Atoi(month)
		y, _ := strconv.Atoi(year)
		if len(year) == 2 {
			if y += now.Year() / 100 * 100; y > latest {
				y -= 100
			}
		}
		if iso := isoDate(y, k, n); iso != "" && y <= latest {
			found = append(found, iso)
			d.iso, d.guess = iso, why
		}
	}
	two := func(n int) string { return fmt.Sprintf("%02d", n) }
	before := *d
	for _, v := range zeros(two(day)) {
		try(v, two(month), year, zerosGuessed)
	}
	if !named {
		for _, v := range zeros(two(month)) {
			try(two(day), v, year, zerosGuessed)
		}
		if month > 12 && day <= 12 {
			try(two(month), two(day), year, monthsFirst)
		}
	}
	if len(year) == 4 {
		for _, v := range zeros(year) {
			try(two(day), two(month), v, zerosGuessed)
		}
	}
	if len(found) != 1 {
		*d = before
		return
	}
	d.other, d.mended = "", true
}

// misreadDay returns the day of a month of which letters were read for one or
// both digits ("S June 1957", "Q8-May-1971", "Lith February"), and 0 for none.
func misreadDay(s string) int {
	figures, ending := s, ""
	for _, e := range []string{"th", "nd", "rd"} {
		if rest, ok := strings.CutSuffix(figures, e); ok {
			figures, ending = strings.ReplaceAll(rest, " ", ""), e
		}
	}
	ordinal := ending != ""
	day := 0
	for i := range len(figures) {
		c := figures[i]
		switch {
		case isDigit(c):
		case c == 'Q' || c == 'D':
			c = '0'
		case c == 'L' && ordinal:
			c = '1'
		case (isUpper(c) || c == 'l' || !isLetter(c) || ordinal) && digitFor(c) != 0: // "is June 1957" has no day
			c = digitFor(c)
		default:
			return 0
		}
		day = 10*day + int(c-'0')
	}
	if ordinal && ending != endingOf(day) {
		return 0 // there is no "1th": a figure is lost
	}
	return day
}

// endingOf is what makes an ordinal of a day of a month.
func endingOf(day int) string {
	switch {
	case day/10 == 1:
	case day%10 == 1:
		return "st"
	case day%10 == 2:
		return "nd"
	case day%10 == 3:
		return "rd"
	}
	return "th"
}

// isoDate returns the day as ISO 8601, or nothing when there is no such day
// or it lies outside 1880 to 2100.
func isoDate(year, month, day int) string {
	if year < 1880 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31 {
		return ""
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// plausibleBirth reports whether a date can be the birth date of somebody
// about whom a letter arrives on the day.
func plausibleBirth(iso string, received time.Time) bool {
	t, err := time.Parse(time.DateOnly, iso)
	return err == nil && !t.After(received) && t.After(received.AddDate(-121, 0, 0))
}
