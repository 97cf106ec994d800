package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// numberOn sorts a letter with a number as it is printed and returns its field.
func numberOn(t *testing.T, label, printed string) (postroom.Field, bool) {
	t.Helper()
	out := sortPages(t, nil, typeset("# Example Hospital NHS Trust", "Clinic letter", "Patient: Mary TESTER", label+" "+printed, "Date of birth: 01/02/1960", "", "I reviewed her in clinic."))
	f, ok := out.Documents[0].Fields[postroom.NHSNumberField]
	return f, ok
}

// A number is whole where a house follows it, and told where its label is misread.
func TestNumberAmongOthers(t *testing.T) {
	for _, line := range []string{
		"Re: Mary TESTER; Date of birth: 01/02/1960; HHS No: 9990123454", "Patient: TESTER, Mary DOB 01/02/1960 NHS number 9990123454 12 Mill Lane, Tressingham, AL1 9LD",
		"Patient: TESTER, Mary DOB 01/02/1960 NHS number: 999 012 3454 12 Mill Lane, Tressingham, AL1 9LD",
		"TESTER, Mary / Born 01/02/1960 / NIS Num 9990123454",
		"Mrs Mary TESTER, 01/02/1960, NHS/H&C 9990123454, 10 Mill Lane", "Mary TESTER   DOB 01/02/1960   NHS/CHI: 999 012 3454",
		"Ref: Mary TESTER 01/02/1960 9990123454", "TESTER Mary 01/02/1960 999012345.4",
	} {
		if f := fieldsOf(t, "# Example Hospital NHS Trust", "Clinic letter", line, "", "I reviewed her in clinic on 3 March 2026.")[postroom.NHSNumberField]; f.Value != "9990123454" || !f.Valid {
			t.Errorf("%q: %+v", line, f)
		}
	}
	if f := fieldsOf(t, "# Example Hospital NHS Trust", "Clinic letter", "Ms Mary TESTER, d.o.b. 01/02/1960, 108 Church Lane, Tressingham, TS5 5BH (NHS", "9990123454) came to see us.")[postroom.NHSNumberField]; f.Value != "9990123454" || !f.Valid {
		t.Errorf("below its label at the end of a line: %+v", f)
	}
	if f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Mary TESTER   DOB 01/02/1960   H&C No 320 123 4567")[postroom.HCNumberField]; f.Value != "3201234567" {
		t.Errorf("an H&C number: %+v", f)
	}
	for _, line := range []string{"Ref: 9990123454 12", "Batch TESTER 01/02/2026 999012345.4", "Tel 01/02/1960 9990123454", "NHS number 99901234541", "Batch 9990123454", "TNIS 9990123454", "Batch 9990 123454"} {
		if f, ok := fieldsOf(t, "# Example Hospital NHS Trust", "Clinic letter", "Patient: Mary TESTER", line, "I reviewed her in clinic.")[postroom.NHSNumberField]; ok && f.Valid {
			t.Errorf("%q: %+v", line, f)
		}
	}
}

func TestCheckDigitTable(t *testing.T) {
	for _, c := range []struct {
		printed string
		valid   bool
	}{
		{"943 476 5919", true}, {"943 476 5870", true},
		{"999 000 0018", true}, {"999 000 0026", true}, {"999 012 3454", true}, {"999 555 1233", true},
		{"999 123 4560", false}, {"999 123 4567", false}, {"999 000 0001", false},
		{"943 476 5918", false}, {"943 476 9519", false},
		{"485 777 3456", false}, {"987 654 4321", false},
		{"987 654 3210", true},
		{"000 000 0000", false}, {"111 111 1111", false},
	} {
		f, ok := numberOn(t, "NHS No:", c.printed)
		if !ok {
			t.Errorf("%s was not found: an invalid number must be shown, not dropped", c.printed)
			continue
		}
		if f.Valid != c.valid {
			t.Errorf("%s: valid is %v", c.printed, f.Valid)
		}
		if f.Text != c.printed {
			t.Errorf("%s was shown as %q", c.printed, f.Text)
		}
		if f.Value != onlyDigits(c.printed) {
			t.Errorf("%s has the normal form %q", c.printed, f.Value)
		}
		if !f.Valid && f.Confidence > 0.6 {
			t.Errorf("%s is invalid and %.2f sure", c.printed, f.Confidence)
		}
	}
}

func TestNumberForms(t *testing.T) {
	for _, printed := range []string{"9990123454", "999-012-3454", "999 012 3454", "999–012–3454", "9 9 9 0 1 2 3 4 5 4", "999 0123454"} {
		f, ok := numberOn(t, "NHS Number:", printed)
		if !ok || !f.Valid || f.Value != "9990123454" {
			t.Errorf("%q gave %q, valid %v", printed, f.Value, f.Valid)
		}
	}
}

// A misread character is never mended in silence: the number is not valid, and
// what it may have been is a proposal.
func TestMisreadNumberIsAProposal(t *testing.T) {
	for printed, proposal := range map[string]string{"999 O12 3454": "9990123454", "9990l23454": "9990123454", "999 555 I233": "9995551233"} {
		f, ok := numberOn(t, "NHS No", printed)
		if !ok || f.Valid || f.Proposal != proposal {
			t.Errorf("%q gave value %q, valid %v, proposal %q", printed, f.Value, f.Valid, f.Proposal)
		}
		if f.Value == proposal {
			t.Errorf("%q was mended in silence", printed)
		}
		out := sortPages(t, sampleRegister, typeset("# Example Hospital", "Clinic letter", "Name: Amara OKAFOR", "NHS No: "+printed, "DOB: 07/03/1951"))
		if m := out.Documents[0].Match; m.Kind == postroom.MatchExact {
			t.Errorf("%q was matched exactly by a number that was not read", printed)
		}
	}
}

func TestNoNumbers(t *testing.T) {
	for _, line := range []string{
		"Tel: 999 012 3454", "Telephone 0999 012 3454", "Fax no: 999 012 3454", "Lab No: 12999 012 3454", "Account 9990123454123",
		"Invoice 9990123454", "Mobile: 07700 900123", "+44 999 012 3454",
	} {
		out := sortPages(t, nil, typeset("# Example Hospital", "Clinic letter", "I reviewed this patient in clinic today.", line))
		if f, ok := out.Documents[0].Fields[postroom.NHSNumberField]; ok {
			t.Errorf("%q gave the NHS number %q (%s)", line, f.Value, f.Why)
		}
	}
}

// Without a label only a valid number printed 3 3 4 counts.
func TestUnlabelledNumber(t *testing.T) {
	f, ok := numberOn(t, "Our patient", "999 012 3454")
	if !ok || !f.Valid || f.Confidence > 0.95 {
		t.Errorf("found %v, %+v", ok, f)
	}
	if f, ok := numberOn(t, "Our patient", "999 012 3455"); ok {
		t.Errorf("an unlabelled number with a wrong check digit was taken: %q", f.Text)
	}
}

// Prose breaks a number between its groups.
func TestNumberOverTwoLines(t *testing.T) {
	for _, lines := range [][]string{
		{"Thank you for seeing Mrs Amara Okafor (date of birth 7 March 1951, NHS number 999", "012 3454) of 4 Mill Lane, who has had pain for a year."},
		{"Thank you for seeing Mrs Amara Okafor (date of birth 7 March 1951, NHS number 999 012", "3454) of 4 Mill Lane, who has had pain for a year."},
	} {
		f := fieldsOf(t, append([]string{"# Example Hospital", "", "Dear Dr Marsh", ""}, lines...)...)[postroom.NHSNumberField]
		if f.Value != "9990123454" || !f.Valid {
			t.Errorf("%q gave %q, valid %v (%s)", lines, f.Value, f.Valid, f.Why)
		}
	}
	for _, next := range []string{"012 3455) of 4 Mill Lane", "012 34541 of 4 Mill Lane", "012/3454 of 4 Mill Lane", "of 012 3454 Mill Lane"} {
		if f, ok := fieldsOf(t, "# Example Hospital", "Mrs Amara Okafor, NHS number 999", next)[postroom.NHSNumberField]; ok && f.Valid {
			t.Errorf("%q gave %q", next, f.Value)
		}
	}
}

func TestNumberBelowItsLabel(t *testing.T) {
	out := sortPages(t, sampleRegister, typeset("# Example Hospital", "Clinic letter", "",
		"Name\tDate of birth\tNHS number",
		"Amara OKAFOR\t07/03/1951\t999 012 3454", "", "I reviewed this lady in clinic."))
	d := out.Documents[0]
	if f := d.Fields[postroom.NHSNumberField]; f.Value != "9990123454" {
		t.Errorf("number %q", f.Value)
	}
	if f := d.Fields[postroom.BirthDate]; f.Value != "1951-03-07" {
		t.Errorf("birth date %q", f.Value)
	}
	if f := d.Fields[postroom.PatientName]; f.Value != "Amara OKAFOR" {
		t.Errorf("name %q", f.Value)
	}
	if d.Match.Kind != postroom.MatchExact {
		t.Errorf("match %s %v", d.Match.Kind, d.Match.Reasons)
	}
}

func TestCHI(t *testing.T) {
	for _, c := range []struct {
		number, birth string
		valid         bool
	}{
		{"010101 0001", "01/01/1901", true}, {"290200 1231", "29/02/2000", true},
		{"290201 1237", "28/02/2001", false}, {"310299 1114", "28/02/1999", false}, {"290200 1231", "28/02/2000", false},
	} {
		out := sortPages(t, nil, typeset("# NHS Example Health Board", "Clinic letter", "Patient: Mary TESTER", "CHI: "+c.number, "Date of birth: "+c.birth))
		f, ok := out.Documents[0].Fields[postroom.CHINumberField]
		if !ok || f.Valid != c.valid {
			t.Errorf("CHI %s with birth date %s: found %v, valid %v (%s)", c.number, c.birth, ok, f.Valid, f.Why)
		}
	}
}

func TestHC(t *testing.T) {
	for number, valid := range map[string]bool{"320 123 4567": true, "350 000 0010": true, "943 476 5919": false} {
		out := sortPages(t, nil, typeset("# Example HSC Trust", "Clinic letter", "Patient: Mary TESTER", "H&C No: "+number, "DOB: 01/02/1960"))
		f, ok := out.Documents[0].Fields[postroom.HCNumberField]
		if !ok || f.Valid != valid {
			t.Errorf("H&C %s: found %v, valid %v", number, ok, f.Valid)
		}
	}
}

func TestNPI(t *testing.T) {
	for number, valid := range map[string]bool{"1234567893": true, "1245319599": true, "2234567891": true, "1234567890": false, "1234567803": false} {
		out := sortPages(t, nil, typeset("# Example Clinic", "Clinic letter", "Patient: Mary TESTER", "NPI: "+number))
		f, ok := out.Documents[0].Fields[postroom.NPIField]
		if !ok || f.Valid != valid {
			t.Errorf("NPI %s: found %v, valid %v", number, ok, f.Valid)
		}
	}
}

// A number without a label stands beside the birth date, whose year is none of it.
func TestNumberBesideBirthDate(t *testing.T) {
	for _, line := range []string{
		"Amara Okafor - 07/03/1951 - 9990123454", "RE: Amara Okafor | 07/03/1951 | 999 012 3454 | SG102842", "Amara Okafor 07/03/1951 999 012 3454", "Amara Okafor | 07/03/1951 ] 999 012 3454",
	} {
		f := fieldsOf(t, "# Example Hospital NHS Trust", "10 March 2026", line, "Dear Dr Marsh", "I reviewed her in clinic.")[postroom.NHSNumberField]
		if f.Value != "9990123454" || !f.Valid {
			t.Errorf("%q gave %q, valid %v", line, f.Value, f.Valid)
		}
	}
	for _, line := range []string{"Amara Okafor 07/03/1951 Tel 0161 496 0123", "Case 9990123454 opened", "Amara Okafor, 07/03/1951, MRN 9990123454"} {
		if f := fieldsOf(t, "# Example Hospital NHS Trust", "10 March 2026", line, "Dear Dr Marsh", "I reviewed her in clinic.")[postroom.NHSNumberField]; f.Value != "" {
			t.Errorf("%q gave %q", line, f.Value)
		}
	}
	if f, ok := numberOn(t, "NHSnumber", "9 9 9 0 1 2 3 4 54"); !ok || f.Value != "9990123454" {
		t.Errorf("a number in boxes for its digits gave %q", f.Value)
	}
}
