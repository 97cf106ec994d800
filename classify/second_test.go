package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// A clerk sees both readings of a value.
func TestSecondReadingIsShown(t *testing.T) {
	s := &sheet{body: layOut(&postroom.Page{Words: []postroom.Word{
		{Text: "NHS", Box: postroom.Box{0, 0, 30, 20}, Confidence: 0.99},
		{Text: "999", Box: postroom.Box{40, 0, 70, 20}, Confidence: 0.99},
		{Text: "123", Box: postroom.Box{80, 0, 110, 20}, Confidence: 0.5, Other: "128"},
		{Text: "4567", Box: postroom.Box{120, 0, 160, 20}, Confidence: 0.99},
	}})}
	if len(s.rows()) != 1 {
		t.Fatalf("%d rows", len(s.rows()))
	}
	if got := s.otherText(span{0, 4, len(s.rows()[0].text)}); got != "999 128 4567" {
		t.Errorf("%q of %q", got, s.rows()[0].text)
	}
	if got := s.otherText(span{0, 0, 3}); got != "" {
		t.Errorf("%q", got)
	}
}

// What a label says outright is sure where no other day has a claim to it, also in a layout that the model has never seen.
func TestDaysBehindPlainLabels(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Ward 6 Coronary Care", "", "Discharge Summary", "", "Name\tOKAFOR, Amara\tDate of Birth: 07/03/1951", "NHS No.\t999 012 3454", "",
		"Admission date\t05/03/2026\tDischarge date\t09/03/2026", "Specialty\tCardiology\tDischarged to\tHome", "", "Procedures", "Coronary angiography, 07/03/2026, right radial.")
	for name, want := range map[postroom.FieldName]string{postroom.AdmissionDate: "2026-03-05", postroom.DischargeDate: "2026-03-09"} {
		if f[name].Value != want || f[name].Confidence < 0.8 {
			t.Errorf("%s: %q, %.2f sure", name, f[name].Value, f[name].Confidence)
		}
	}
}
