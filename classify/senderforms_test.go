package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// What forms and signatures say of who sends and to whom.
func TestSendersOnForms(t *testing.T) {
	dear := []string{"", "Dear Dr Marsh", "Re: Amara OKAFOR, DOB 07/03/1951, NHS No 999 012 3454", "Many thanks for asking me to see this lady.", "I reviewed her in clinic on 6 March 2026.", "", "She sleeps badly.", "", "Her weight is steady.", "", "She does not smoke.", "", "Her tests are normal.", "", "She drives a bus.", "", "There is nothing else to tell.", "", "I shall see her again.", "", "", "Yours sincerely", "", "Dr Rex Stone"}
	for _, x := range []struct {
		field postroom.FieldName
		want  string
		lines []string
	}{
		{postroom.SenderDepartment, "Sleep Medicine", append(append([]string{"# Royal Example Infirmary", "10 March 2026"}, dear...), "Consultant, Sleep Medicine")},
		{postroom.SenderDepartment, "Cardiology", append(append([]string{"# Royal Example Infirmary", "10 March 2026"}, dear...), "Consultant in Cardiology")},
		{postroom.SenderDepartment, "Renal Medicine", []string{"# Royal Example Infirmary", "10 March 2026", "", "Dear Dr Marsh", "Renal Medicine clinic 6 March 2026", "Re: Amara OKAFOR, DOB 07/03/1951", "She is well.", "Yours sincerely", "Dr Rex Stone"}},
		{postroom.Recipient, "Duty Doctor", []string{"# NHS 111 Report", "For the attention of: Duty Doctor, Larchfield Surgery", "Patient's details", "Name: Amara OKAFOR", "Date of birth: 07/03/1951"}},
		{postroom.Recipient, "Dr Helen Marsh", []string{"# Example Urgent Treatment Centre", "Surname\tForename\tDate of birth", "OKAFOR\tAmara\t07/03/1951", "Registered GP\tOccupation", "Dr Helen Marsh, Larchfield Surgery\tDriver", "Diagnosis", "Sprain of the ankle"}},
	} {
		f := sortPages(t, sampleRegister, typeset(x.lines...)).Documents[0].Fields[x.field]
		if f.Value != x.want {
			t.Errorf("%s is %q (%s), not %q", x.field, f.Value, f.Why, x.want)
		}
	}
	// Nobody is greeted by these, and what the practice is asked is no addressee.
	for _, lines := range [][]string{
		{"# Royal Example Infirmary", "10 March 2026", "", "Dear Colleague", "I reviewed this patient in clinic."},
		{"# Example Out of Hours", "Pt: Amara Okafor, 07/03/51", "For GP: routine review if no better."},
	} {
		if f, ok := sortPages(t, nil, typeset(lines...)).Documents[0].Fields[postroom.Recipient]; ok {
			t.Errorf("%q is taken for the recipient (%s)", f.Value, f.Why)
		}
	}
	// What a logo was read as is none of the sender's name.
	page := typeset("# Saltmarsh and Coastal University Hospitals [7", "10 March 2026", "Saltmarsh", "", "Dear Dr Marsh", "I reviewed this patient in clinic.")
	for i := range page.Words {
		if page.Words[i].Text == "[7" {
			page.Words[i].Confidence = 0.1
		}
	}
	if f := sortPages(t, nil, page).Documents[0].Fields[postroom.SenderOrganisation]; f.Value != "Saltmarsh and Coastal University Hospitals" {
		t.Errorf("sender %q (%s)", f.Value, f.Why)
	}
}

// Who completed a summary wrote it, not the consultant in its head; a post is no name.
func TestWhoWroteIt(t *testing.T) {
	for _, x := range []struct {
		want  string
		lines []string
	}{
		{"Dr B Quigley", []string{"# Royal Example Infirmary", "Discharge summary", "Patient name: Amara OKAFOR", "Date of birth: 07/03/1951", "Consultant: Ms Ruth Abernethy", "Admitted: 01/03/2026", "Discharged: 04/03/2026", "Diagnosis: Asthma", "Completed by: Dr B Quigley"}},
		{"Dr S Iyer", []string{"# Royal Example Infirmary", "Discharge summary", "Patient name: Amara OKAFOR", "Date of birth: 07/03/1951", "Admitted: 01/03/2026", "Discharged: 04/03/2026", "Diagnosis: Asthma", "Completed by: Dr S lyer"}},
		{"Ms Ruth Abernethy", []string{"# Royal Example Infirmary", "Discharge summary", "Patient name: Amara OKAFOR", "Date of birth: 07/03/1951", "Consultant: Ms Ruth Abernethy", "Admitted: 01/03/2026", "Discharged: 04/03/2026", "Diagnosis: Asthma"}},
	} {
		if f := sortPages(t, nil, typeset(x.lines...)).Documents[0].Fields[postroom.SenderClinician]; !SameField(postroom.SenderClinician, x.want, f.Value) {
			t.Errorf("%q (%s), not %q", f.Value, f.Why, x.want)
		}
	}
	for _, text := range []string{"Orthopaedic Surgeon", "Consultant Radiologist"} {
		if n, ok := readName(text); ok && n.given != "" {
			t.Errorf("%q is taken for a name: %q", text, n.String())
		}
	}
}

// Who writes for a body names it behind a comma, and a group of doctors that heads a request is no practice that it goes to.
func TestSenderBehindPerson(t *testing.T) {
	for want, lines := range map[string][]string{
		"Tweedside Community Nursing":    {"TELEPHONE MESSAGE", "For Dr Marsh", "From: Gail Stothert, Tweedside Community Nursing", "Patient: Amara OKAFOR 07/03/1951 999 012 3454", "Visited this morning for her catheter. Draining well."},
		"Exmoor Licensing Medical Group": {"Exmoor Licensing Medical Group", "for medical enquiries about fitness to drive", "4 March 2026", "Dr Marsh", "Driver: Amara Okafor", "Date of birth: 07/03/1951", "Please complete the enclosed questionnaire and return it to us with your fee.", "We need this report to decide whether she may hold a licence."},
	} {
		if got := fieldsOf(t, lines...)[postroom.SenderOrganisation]; got.Value != want {
			t.Errorf("%q (%s), want %q", got.Value, got.Why, want)
		}
	}
}

// What stands in one line with a sender's name is no part of it, and an address on the net or the patient is no sender.
func TestSendersNameAlone(t *testing.T) {
	for line, want := range map[string]string{
		"The Ludgate Clinic 31 Old Seacoal Row London EC4M 9XX":      "The Ludgate Clinic",
		"Magnetar Imaging Centre on behalf of NHS Exampleshire ICB":  "Magnetar Imaging Centre",
		"St Botolph's Hospital":                                      "St Botolph's Hospital",
		"Example 24 Hour Clinic":                                     "Example 24 Hour Clinic",
		"Botolph Moor Hospital imaging Department Tel. 01632 960700": "Botolph Moor Hospital",
		"Botolph Hall Hospital Transfer home of mother and baby":     "Botolph Hall Hospital",
		"Botolph Moor NHS Trust Older People's Community Team":       "Botolph Moor NHS Trust",
		"Magnetar Imaging Alliance ref line 01632 960377":            "Magnetar Imaging Alliance",
		"Botolph Moor Infirmary Urology Whitehall Street":            "Botolph Moor Infirmary",
		"Royal Hospital for Neurodisability Outpatients":             "Royal Hospital for Neurodisability Outpatients",
		"Botolph Moor Hospice at Home Team":                          "Botolph Moor Hospice at Home Team",
		"Botolph Open Access Clinic":                                 "Botolph Open Access Clinic",
		"Botolph Telephone Triage Service":                           "Botolph Telephone Triage Service",
		"Queen Anne Hospital Wessex":                                 "Queen Anne Hospital Wessex",
		"Botolph Moor Hospital Trust Fund":                           "Botolph Moor Hospital Trust Fund",
	} {
		f := fieldsOf(t, line, "Clinic letter", "Date: 10/03/2026", "Re: Amara OKAFOR", "NHS No: 999 012 3454\tDOB: 07/03/1951", "Dear Dr Marsh,", "I reviewed her in clinic.", "Yours sincerely", "Dr T Bell")
		if got := f[postroom.SenderOrganisation].Value; got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	for _, line := range []string{"cardiology.secs@botolphs-hospital.example", "www.botolphs-hospital.example", "OKAFOR, Amara"} {
		f := fieldsOf(t, line, "Clinic letter", "Date: 10/03/2026", "Re: Amara OKAFOR", "NHS No: 999 012 3454\tDOB: 07/03/1951", "Dear Dr Marsh,", "I reviewed her in clinic.", "Yours sincerely", "Dr T Bell")
		if got := f[postroom.SenderOrganisation].Value; got == line {
			t.Errorf("%q is the sender", line)
		}
	}
}
