package classify

import (
	"testing"

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
