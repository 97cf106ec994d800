package pipeline

import (
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

func TestValuesAsPeopleTypeThem(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC) }
	uk, us := &Pipeline{opt: Options{}, now: now}, &Pipeline{opt: Options{MonthFirst: true}, now: now}
	for text, want := range map[string]string{"14/3/2026": "2026-03-14", "14/3/26": "2026-03-14", "14.03.26": "2026-03-14", "14 3 2026": "2026-03-14", "14032026": "2026-03-14", "2026-03-14": "2026-03-14", "2026-3-4": "2026-03-04",
		"14 March 2026": "2026-03-14", "14th March, 2026": "2026-03-14", "14-Mar-26": "2026-03-14", "1st Mar 2026": "2026-03-01", " 29/2/2024 ": "2024-02-29", "March 14, 2026": "2026-03-14",
		"29/2/2025": "", "31/4/2026": "", "3/14/2026": "", "0/1/2026": "", "00/00/00": "", "1403202": "", "soon": "", "14/3": "", "14/3/026": "", "": "-"} {
		got, err := uk.TypedValue(postroom.LetterDate, text)
		if want == "-" {
			want, err = "", nil
		} else if want == "" && err == nil || want != "" && err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		if got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"3/14/2026": "2026-03-14", "03142026": "2026-03-14", "3/14/26": "2026-03-14", "14/3/2026": "", "2026-03-14": "2026-03-14"} {
		if got, err := us.TypedValue(postroom.LetterDate, text); got != want || (err == nil) != (want != "") {
			t.Errorf("month first, %q is %q, %v", text, got, err)
		}
	}
	// A birth date's century is taken from nowhere where both are possible.
	for text, want := range map[string]string{"5/8/46": "1946-08-05", "5/8/20": "", "5/8/27": "1927-08-05", "5/8/06": "2006-08-05", "5/8/2006": "2006-08-05", "13/3/2026": "", "12/3/2026": "2026-03-12"} {
		if got, err := uk.TypedValue(postroom.BirthDate, text); got != want || (err == nil) != (want != "") {
			t.Errorf("the birth date %q is %q, %v", text, got, err)
		}
	}
	for name, values := range map[postroom.FieldName][2]string{postroom.NHSNumberField: {"999 000 0018", "999 000 0019"}, postroom.NPIField: {"1234567893", "1234567890"}, postroom.Postcode: {"cv31 6bg", "CV31"},
		postroom.MRN: {"M3060187", strings.Repeat("M", longestValue+1)}} {
		if _, err := us.TypedValue(name, values[0]); err != nil {
			t.Errorf("%s %q: %v", name, values[0], err)
		}
		if _, err := us.TypedValue(name, values[1]); err == nil {
			t.Errorf("%s %.40q is taken", name, values[1])
		}
	}
}
