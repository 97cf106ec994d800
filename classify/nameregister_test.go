package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// The name of the patient whose number and birth date a document gives is found where nothing
// announces it, also beside the names of others.
func TestNamesWithoutLabels(t *testing.T) {
	for name, lines := range map[string][]string{
		"a sticker of narrow lines": {"Consent to treatment\tOKAFOR", "Example Infirmary\tAmara", "\t07/03/1951", "\t999 012 3454", "Family and others", "Name Mr Jude Okafor Relationship next of kin Contact 01632 960 715"},
		"captions under the values": {"Okafor\tAmara\t07/03/1951\t999 012 3454", "Family name\tGiven name\tDate of birth\tNHS number"},
		"another person asked for":  {"Ask for\tAmara Okafor", "Ms Ines Quill\tDate of birth 07/03/1951", "Social worker\tNHS 999 012 3454", "I am Ms Ines Quill, and Ms Quill writes this after a visit."},
		"a ward above":              {"Inpatient Rehabilitation Ward", "NHS 999 012 3454 Amara Okafor dob 07/03/1951"},
		"a surgery above a form":    {"AXE VALE SURGERY", "Name: Amara Okafor", "Date of birth 07/03/1951", "NHS number 999 012 3454"},
		"titles in a column":        {"Patient's surname\tOther names\tTile", "OKAFOR\tAmara\tMrs", "Date of birth\tNHS number", "07/03/1951\t999 012 3454"},
	} {
		d := sortPages(t, sampleRegister, typeset(append([]string{"# Example Hospital", ""}, lines...)...)).Documents[0]
		if f := d.Fields[postroom.PatientName]; !sameTokens("Amara Okafor", f.Value) {
			t.Errorf("%s: name %q (%s)", name, f.Value, f.Why)
		}
		if d.Match.Kind != postroom.MatchExact {
			t.Errorf("%s: match %s: %v", name, d.Match.Kind, d.Match.Reasons)
		}
	}
}

// What a body is called is nobody's name, where it stands as a name might.
func TestBodiesAreNoNames(t *testing.T) {
	for _, lines := range [][]string{
		{"Short Stay Paediatric Unit", "Date of birth 07/03/1951", "NHS number 999 012 3454"},
		{"AXE VALE SURGERY", "DOB 07/03/1951", "NHS number 999 012 3454"},
		{"Example Health Care UK DOB 07/03/1951", "NHS number 999 012 3454"},
	} {
		f := fieldsOf(t, append([]string{"# Example Hospital", ""}, lines...)...)[postroom.PatientName]
		if f.Value != "" {
			t.Errorf("%q: the patient is %q (%s)", lines, f.Value, f.Why)
		}
	}
}

// A capital I that was read as an l is taken for one where the practice's list has the name so.
func TestCapitalIOfTheList(t *testing.T) {
	list := []postroom.Patient{{ID: "i", Number: "9990123454", Family: "Ivanova", Given: "Ieva", BirthDate: "1951-03-07"}}
	d := sortPages(t, list, typeset("# Example Hospital", "Clinic letter", "NHS No 999 012 3454", "", "DOB 07/03/1951", "", "Today leva lvanova was seen.")).Documents[0]
	if f := d.Fields[postroom.PatientName]; f.Value != "Ieva Ivanova" || f.Text != "leva lvanova" || d.Match.Kind != postroom.MatchExact {
		t.Errorf("name %q, read as %q, match %s %v", f.Value, f.Text, d.Match.Kind, d.Match.Reasons)
	}
}

// What is asked of a name that was read as printed is asked of one whose capital I was not, too.
func TestDonorWithCapitalI(t *testing.T) {
	list := []postroom.Patient{{ID: "i", Number: "9990123454", Family: "Ivanova", Given: "Ieva", BirthDate: "1951-03-07"}}
	d := sortPages(t, list, typeset("# Example Hospital", "Renal Transplant Unit", "Date: 10 March 2026", "Dear Dr Marsh", "Donor: leva lvanova", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "I reviewed the recipient in clinic today with his donor.", "Yours sincerely")).Documents[0]
	if d.Match.Kind == postroom.MatchExact {
		t.Errorf("filed for the donor: %v", d.Fields[postroom.PatientName])
	}
}

// A name that a label gives to somebody else stops, though the list's name stands on the page too.
func TestLabelledNameStops(t *testing.T) {
	d := sortPages(t, sampleRegister, typeset("# Example Hospital", "Patient name: Grace Lindley", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "", "Her neighbour Amara Okafor came with her.")).Documents[0]
	if d.Match.Kind == postroom.MatchExact {
		t.Errorf("filed for the person of the number: %v", d.Match.Reasons)
	}
	// Nor is a relative's name the patient's where the relationship stands behind it.
	d = sortPages(t, sampleRegister, typeset("# Example Hospital", "NHS number: 999 012 3454", "Date of birth: 07/03/1951", "", "Name: Amara Okafor\tRelationship: mother")).Documents[0]
	if d.Match.Kind == postroom.MatchExact {
		t.Errorf("the next of kin was taken for the patient: %v", d.Fields[postroom.PatientName].Why)
	}
}

func TestFamilyNamesThatBeginSmall(t *testing.T) {
	for text, want := range map[string]personName{
		"Ms De Souza":        {family: "De Souza"},
		"Ms Ayesha De Souza": {family: "De Souza", given: "Ayesha"},
		"Mr Al Smith":        {family: "Smith", given: "Al"},
	} {
		n, _ := readName(text)
		if n.family != want.family || n.given != want.given {
			t.Errorf("%q: %q, %q", text, n.family, n.given)
		}
	}
}

// A given name that was misread by a letter is not spelled as the practice's list has it, however badly it was read: what
// is extracted is copied from the page, and a person confirms it.
func TestMisreadGivenNameStaysAsRead(t *testing.T) {
	for _, conf := range []postroom.Confidence{0.3, 0.95} {
		page := typeset("# Example Hospital", "Patient: Ms Anara OKAFOR", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "", "Dear Dr Marsh")
		for i := range page.Words {
			if page.Words[i].Text == "Anara" {
				page.Words[i].Confidence = conf
			}
		}
		d := sortPages(t, sampleRegister, page).Documents[0]
		if d.Match.Kind != postroom.MatchProbable || strings.Contains(d.Fields[postroom.PatientName].Value, "Amara") {
			t.Errorf("read with %.2f: match %s, name %q", conf, d.Match.Kind, d.Fields[postroom.PatientName].Value)
		}
	}
}

// A letter about somebody else who comes with the person of the number, is of the family or is cared for by
// them is not theirs, though number, birth date and name of the list stand on it.
func TestLetterAboutTheFamilyStops(t *testing.T) {
	for name, lines := range map[string][]string{
		"greeted":           {"Ms Grace Lindley", "14 High Road", "", "Dear Ms Lindley", "Your mother, Amara Okafor, born 07/03/1951, NHS number 999 012 3454, was seen by us."},
		"wife":              {"Dear Dr Marsh", "I reviewed Mr Jude Okafor today. His wife Amara Okafor, date of birth 07/03/1951,", "NHS number 999 012 3454, cares for him. Mr Okafor is frail. I told Mr Okafor to rest."},
		"who came with him": {"Dear Dr Marsh", "I reviewed Mr Jude Okafor today, who came with Amara Okafor,", "date of birth 07/03/1951, NHS number 999 012 3454. Mr Okafor is frail. I told Mr Okafor to rest."},
		"daughter":          {"Dear Dr Marsh", "I saw Miss Grace Okafor, daughter of Amara Okafor,", "date of birth 07/03/1951, NHS number 999 012 3454. Miss Okafor is well. Miss Okafor goes to school."},
		"referred":          {"Dear Dr Marsh", "Thank you for referring Mrs Grace Lindley, who lives with Amara Okafor", "(date of birth 07/03/1951, NHS number 999 012 3454). Mrs Lindley is well. Mrs Lindley can walk."},
		"carer":             {"Grace Lindley\t14 High Road", "Carer: Amara Okafor", "Date of birth 07/03/1951\tNHS number 999 012 3454", "Dear Dr Marsh", "Grace Lindley was seen. Her friend Amara Okafor came too."},
		"attended with":     {"Dear Dr Marsh", "Mrs Grace Lindley attended today with Amara Okafor", "(date of birth 07/03/1951, NHS number 999 012 3454).", "Mrs Lindley is frail. Mrs Lindley has a cough."},
		"lives with":        {"Dear Dr Marsh", "Mr Jude Okafor attended today. He lives with Amara Okafor", "(date of birth 07/03/1951, NHS number 999 012 3454).", "Mr Okafor is frail."},
		"contact":           {"Dear Dr Marsh", "Grace Lindley was seen today. Her contact Amara Okafor", "(date of birth 07/03/1951, NHS number 999 012 3454) is well."},
		"list of people":    {"Contacts of the case", "Grace Lindley\t07/03/1951\t999 012 3454", "Amara Okafor\tneighbour", "Dear Dr Marsh"},
	} {
		d := sortPages(t, sampleRegister, typeset(append([]string{"# Example Hospital", "Clinic letter", ""}, append(lines, "Yours sincerely")...)...)).Documents[0]
		if d.Match.Kind == postroom.MatchExact {
			t.Errorf("%s: filed for the person of the number: name %q (%s)", name, d.Fields[postroom.PatientName].Value, d.Fields[postroom.PatientName].Why)
		}
	}
}
