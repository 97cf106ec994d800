package pipeline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

var dateFields = []postroom.FieldName{postroom.BirthDate, postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate}

// typedFields brings what a person typed into normal form, or says what is wrong with it.
func (p *Pipeline) typedFields(in map[postroom.FieldName]string) (map[postroom.FieldName]string, error) {
	out := map[postroom.FieldName]string{}
	for name, value := range in {
		if !slices.Contains(postroom.FieldNames, name) {
			return nil, postroom.Bad(nil, fmt.Sprintf("there is no field %q", name), "the record schema lists the fields")
		}
		value, err := p.TypedValue(name, value)
		if err != nil {
			return nil, postroom.Bad(err, strings.ReplaceAll(string(name), "_", " ")+": "+err.Error(), "put it right, or strike it out")
		}
		out[name] = value
	}
	return out, nil
}

// longestValue bounds a value, in bytes: far more than a letter's list of medicines.
const longestValue = 10_000

// TypedValue returns what a person typed into a field as records keep it. Dates may be written
// as quickly as people do: 14/3/26, 14032026.
func (p *Pipeline) TypedValue(name postroom.FieldName, value string) (string, error) {
	if len(value) > longestValue {
		return "", errors.New("this is too long")
	}
	if !slices.Contains(dateFields, name) || strings.TrimSpace(value) == "" {
		return NormalValue(name, value)
	}
	if t, ok := typedDate(strings.TrimSpace(value), p.opt.MonthFirst, name == postroom.BirthDate, p.now()); ok {
		if name == postroom.BirthDate && t.After(p.now()) {
			return "", errors.New("this day is still to come")
		}
		return t.Format(time.DateOnly), nil
	}
	if p.opt.MonthFirst {
		return "", errors.New("this is no date: write it as 12/31/1980")
	}
	return "", errors.New("this is no date: write it as 31/12/1980")
}

var (
	numericDate = regexp.MustCompile(`^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})$`)
	compactDate = regexp.MustCompile(`^(\d{2})(\d{2})(\d{4})$`)
	ordinal     = regexp.MustCompile(`(?i)^(\d{1,2})(?:st|nd|rd|th)\b`)
)

// typedDate reads a date as people type and letters print them. The year of two figures is one
// of this century, for a birth date only where it cannot be one of the last.
func typedDate(text string, monthFirst, birth bool, now time.Time) (time.Time, bool) {
	year := func(two int) (int, bool) {
		this, last := 2000+two, 1900+two
		if !birth {
			return this, true
		}
		switch old := last > now.Year()-120; {
		case this > now.Year():
			return last, old
		default:
			return this, !old
		}
	}
	for _, form := range []*regexp.Regexp{numericDate, compactDate} {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if monthFirst {
			m[1], m[2] = m[2], m[1]
		}
		var d, month, y int
		fmt.Sscan(strings.TrimLeft(m[1], "0")+" "+strings.TrimLeft(m[2], "0"), &d, &month)
		fmt.Sscanf(m[3], "%d", &y)
		if len(m[3]) == 2 {
			var sure bool
			if y, sure = year(y); !sure {
				return time.Time{}, false
			}
		}
		t := time.Date(y, time.Month(month), d, 0, 0, 0, 0, time.UTC)
		return t, t.Day() == d && int(t.Month()) == month
	}
	text = ordinal.ReplaceAllString(text, "$1")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }), " ")
	for _, form := range []string{time.DateOnly, "2006-1-2", "2 January 2006", "2 Jan 2006", "2-Jan-2006", "2-January-2006", "January 2 2006", "Jan 2 2006", "2 January 06", "2 Jan 06", "2-Jan-06"} {
		t, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		if strings.HasSuffix(form, " 06") || strings.HasSuffix(form, "-06") {
			y, sure := year(t.Year() % 100)
			if !sure {
				return time.Time{}, false
			}
			t = t.AddDate(y-t.Year(), 0, 0)
		}
		return t, true
	}
	return time.Time{}, false
}

// NormalValue returns a field's value as records keep it: ISO 8601 dates, digits
// only for NHS numbers, postcodes with a space. Nothing stays nothing.
func NormalValue(name postroom.FieldName, value string) (string, error) {
	value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	if value == "" {
		return "", nil
	}
	number := func(n postroom.NHSNumber, err error) (string, error) { return n.Digits(), err }
	switch name {
	case postroom.NHSNumberField:
		return number(postroom.ParseNHSNumber(value))
	case postroom.CHINumberField:
		return number(postroom.ParseCHI(value, ""))
	case postroom.HCNumberField:
		return number(postroom.ParseHC(value))
	case postroom.Postcode:
		return postroom.ParsePostcode(value)
	case postroom.NPIField:
		if !postroom.ValidNPI(value) {
			return "", errors.New("the check digit of the NPI does not hold")
		}
	}
	if slices.Contains(dateFields, name) {
		for _, form := range []string{time.DateOnly, "2/1/2006", "2.1.2006", "2-1-2006", "2 January 2006", "2 Jan 2006"} {
			if t, err := time.Parse(form, value); err == nil {
				return t.Format(time.DateOnly), nil
			}
		}
		return "", errors.New("this is no date: write it as 31/12/1980")
	}
	return value, nil
}
