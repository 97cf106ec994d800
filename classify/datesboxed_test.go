package classify

import (
	"slices"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

func TestDaysWithoutSeparators(t *testing.T) {
	for name, lines := range map[string][]string{
		"full stops lost": {"Date of birth 07 03 1951\tTaken 06 03 2026", "NHS number 999 012 3454\tReceived 06 03 2026", "Patient Amara OKAFOR\tReported 10.03 2026"},
		"boxes":           {"Surname OKAFOR First name Amara", "NHS number 9 9 9\t0 1 2\t3 4 5 4", "Dateofbirth 0 7\t0 3\t1 9 5 1", "Date 1 0\tO 3\t2 6 Time of call 19:54"},
		"boxes in part":   {"Surname OKAFOR Given names Amara", "DOB 0 7/03/19 5 1\tSex F", "NHS number 999 012 3454", "Date: 10/03/2026"},
	} {
		d := sortPages(t, sampleRegister, typeset(append([]string{"# Example Hospital", "Clinic report", ""}, lines...)...)).Documents[0]
		want(t, d.Fields, postroom.BirthDate, "1951-03-07")
		want(t, d.Fields, postroom.LetterDate, "2026-03-10")
		if d.Match.Kind != postroom.MatchExact {
			t.Errorf("%s: match %s %v", name, d.Match.Kind, d.Match.Reasons)
		}
	}
}

// A time behind a day is no part of its year, days stay in the order of the page, and where months
// are printed first they are in boxes, too.
func TestDaysWithoutSeparatorsBesideOthers(t *testing.T) {
	days := func(monthFirst bool, lines ...string) (out []string) {
		page := typeset(lines...)
		s := newSheet(&page, 0)
		s.read(monthFirst, time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC))
		for _, d := range s.dates {
			out = append(out, d.iso)
		}
		return out
	}
	for _, c := range []struct {
		monthFirst bool
		lines      []string
		want       []string
	}{
		{false, []string{"Date 12/03/20 10:15"}, []string{"2020-03-12"}},
		{false, []string{"Date of birth: 0 7/03/19 5 1", "Date: 10/03/2026"}, []string{"1951-03-07", "2026-03-10"}},
		{true, []string{"Date of birth 03 07 1951"}, []string{"1951-03-07"}},
	} {
		if got := days(c.monthFirst, c.lines...); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, not %v", c.lines, got, c.want)
		}
	}
}

// Figures that run together behind the label are a birth date in the site's order, too.
func TestBirthDateWithoutSeparators(t *testing.T) {
	for monthFirst, want := range map[bool]string{false: "1951-07-03", true: "1951-03-07"} {
		for _, lines := range [][]string{{"Date of birth: 03071951"}, {"DOB: [0][3] [0][7] [1][9][5][1]"}, {"Date of birth", "03071951"}} {
			page := typeset(lines...)
			s := newSheet(&page, 0)
			s.read(monthFirst, time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC))
			if len(s.births) != 1 || s.births[0].value != want {
				t.Errorf("%q, months first %v: %v, not %s", lines, monthFirst, s.births, want)
			}
		}
	}
}

// The ending of an ordinal must suit its figures; a lost one makes no other day.
func TestMisreadOrdinals(t *testing.T) {
	for text, want := range map[string]int{"Sth": 5, "1 ith": 11, "1 Ith": 11, "l2th": 12, "ith": 0, "2th": 0, "22nd": 22, "1Ith": 11, "S": 5} {
		if got := misreadDay(text); got != want {
			t.Errorf("%q: %d, not %d", text, got, want)
		}
	}
	for text, want := range map[string]string{"1 ith February 2026": "2026-02-11", "Sth February 2026": "2026-02-05", "ith February 2026": ""} {
		d := sortPages(t, nil, typeset("# Example Hospital", text, "", "Dear Dr Marsh", "I reviewed this patient in clinic.")).Documents[0]
		if got := d.Fields[postroom.LetterDate].Value; got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
