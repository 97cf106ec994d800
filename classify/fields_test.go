package classify

import (
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// fieldsOf sorts one page and returns its fields.
func fieldsOf(t *testing.T, lines ...string) map[postroom.FieldName]postroom.Field {
	t.Helper()
	out := sortPages(t, nil, typeset(lines...))
	return out.Documents[0].Fields
}

func want(t *testing.T, fields map[postroom.FieldName]postroom.Field, name postroom.FieldName, value string) {
	t.Helper()
	if f := fields[name]; f.Value != value {
		t.Errorf("%s is %q, want %q (%s)", name, f.Value, value, f.Why)
	}
}

func TestNameForms(t *testing.T) {
	for printed, value := range map[string]string{
		"Patient: Mrs Amara OKAFOR": "Amara OKAFOR", "Name: OKAFOR, Amara (Mrs)": "Amara OKAFOR", "Patient name: OKAFOR, Amara": "Amara OKAFOR", "Re: Amara Okafor": "Amara Okafor",
		"Re: Mr John Smith, DOB 01/02/1950": "John Smith", "RE: OKAFOR Amara Mrs": "Amara OKAFOR", "Patient: Séan O'Brien": "Séan O'Brien", "Name: Mary-Jane McDonald": "Mary-Jane McDonald",
		"Name: Ludwig van der Berg": "Ludwig van der Berg", "Patient: SMITH-JONES, Anna Maria": "Anna Maria SMITH-JONES", "Name: John Park": "John Park", "Surname: OKAFOR\tForename: Amara": "Amara OKAFOR",
		"Our client: Ms Amara Okafor": "Amara Okafor", "Name: Baby Okafor": "Okafor", "Our client: Mr Chidi Okafor_": "Chidi Okafor", "Patient: lan OKAFOR": "Ian OKAFOR", "Name: OKAFOR, lrene (Mrs)": "Irene OKAFOR", "Patient: Mr lan McDonald": "Ian McDonald",
		"Re HILL, Rebecca\tDate of Birth: 27-Dec-1938": "Rebecca HILL", "Re Rebecca Hill, DOB 27-Dec-1938": "Rebecca Hill", "Pupil: Amara Okafor": "Amara Okafor",
		"Patient: Amara Okafor lorazepam allergy": "Amara Okafor", "Re: complaint Amara Okafor": "",
		"Patient: Pawel lonescu": "Pawel Ionescu", "Re: Mr Pawel lonescu": "Pawel Ionescu", "Patient: imogen Chapple": "Imogen Chapple", "Re: Mrs Amara Okafor longer than": "Amara Okafor",
		"Dear Parent or Guardian of Amara Okafor (girl)": "Amara Okafor",
	} {
		f := fieldsOf(t, "# Example Hospital", "Clinic letter", printed, "Date of birth: 07/03/1951", "I reviewed this patient.")[postroom.PatientName]
		if f.Value != value {
			t.Errorf("%q gave %q, want %q (%s)", printed, f.Value, value, f.Why)
		}
	}
}

func TestNameBeneathItsLabels(t *testing.T) {
	want(t, fieldsOf(t, "# Example Hospital", "Surname\tForename(s)\tDate of birth", "OKAFOR\tAmara Ngozi\t07/03/1951"), postroom.PatientName, "Amara Ngozi OKAFOR")
	want(t, fieldsOf(t, "# Example Hospital", "Surname:", "OKAFOR", "First name:", "Amara"), postroom.PatientName, "Amara OKAFOR")
	want(t, fieldsOf(t, "# Example Hospital", "Dear Dr Marsh", "Mrs Amara Okafor   DOB 07/03/1951", "4 Mill Lane, ZZ99 1AA"), postroom.PatientName, "Amara Okafor")
	want(t, fieldsOf(t, "# Example Hospital", "Dear Dr Marsh", "Mrs Amara Okafor", "DOB 07/03/1951   NHS No 999 012 3454"), postroom.PatientName, "Amara Okafor")
}

// The next of kin, the clinician and the practice are not the patient.
func TestOtherPeople(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Dr Helen Marsh", "Larchfield Surgery", "",
		"Patient details", "Name: Amara OKAFOR", "Date of birth: 07/03/1951", "Tel: 01632 960123", "",
		"Next of kin", "Name: Chidi OKAFOR", "Date of birth: 01/01/1949", "Tel: 01632 960999", "",
		"GP details", "Name: Dr Helen Marsh", "",
		"Consultant: Mr Rex Stone")
	want(t, f, postroom.PatientName, "Amara OKAFOR")
	want(t, f, postroom.BirthDate, "1951-03-07")
	want(t, f, postroom.PatientPhone, "01632960123")
	want(t, f, postroom.SenderClinician, "Mr Rex Stone")
	out := sortPages(t, sampleRegister, typeset("# Example Hospital", "Patient details\tGP details", "Name: Amara OKAFOR\tName: Dr Helen Marsh", "DOB: 07/03/1951\tPractice: Larchfield Surgery", "NHS No: 999 012 3454"))
	want(t, out.Documents[0].Fields, postroom.PatientName, "Amara OKAFOR")
	if m := out.Documents[0].Match; m.Kind != postroom.MatchExact {
		t.Errorf("match %s %v", m.Kind, m.Reasons)
	}
}

// Nor is who signs, nor the family of a child.
func TestSignersAndFamily(t *testing.T) {
	f := fieldsOf(t, "Seagrove Assurance", "Medical Underwriting, PO Box 12, Norwich", "", "Date: 16 February 2026", "", "The Medical Officer", "Larchfield Surgery", "",
		"Dear Doctor", "", "Life to be assured: Miss Amara Okafor", "Date of birth: 7 March 1951", "Address: 4 Mill Lane", "",
		"Your patient has applied for life cover. We should be grateful if you would complete", "the enclosed report. Signed consent is attached. Our fee will be paid on receipt.", "", "Yours faithfully", "Ruth Stone, Chief Underwriter")
	want(t, f, postroom.PatientName, "Amara Okafor")
	f = fieldsOf(t, "Multi-Agency Safeguarding Hub", "Request for information", "Date: 24/02/2026", "", "Child: Chidi OKAFOR DOB 15/05/2021 Address 4 Mill Lane", "Mother: Amara Okafor (DOB 07/03/1991)", "",
		"A strategy discussion is to be held. Please give a summary of health concerns.")
	want(t, f, postroom.PatientName, "Chidi OKAFOR")
	want(t, f, postroom.BirthDate, "2021-05-15")
	f = fieldsOf(t, "Maternity Services", "Booking notification", "Mother: Amara Okafor (DOB 07/03/1991)", "EDD by scan 02/09/2026")
	want(t, f, postroom.PatientName, "Amara Okafor")
	want(t, f, postroom.BirthDate, "1991-03-07")
	if d := f[postroom.LetterDate]; d.Value == "2026-09-02" {
		t.Errorf("the day of the expected birth is the letter's: %s", d.Why)
	}
}

// A name that its column breaks, or whose capital or last letter is misread, is whole.
func TestBrokenNames(t *testing.T) {
	for name, lines := range map[string][]string{
		"Owain Greenhalgh": {"Surname, forename: Mr Owain", "Greenhalgh", "dob: 18 Jan 1952"},
		"Chidinma HUGHES":  {"Surname, forename: Ms Chidinma", "HUGHES", "dob: 18 Jan 1952"},
		"Arthur Johnson":   {"Surname, forename: Mr Arthur johnson", "dob: 18 Jan 1952"},
		"Niamh Patel":      {"Full name: Ms Niamh Pate!", "dob: 18 Jan 1952"},
		"Okafor":           {"Surname, forename: Mrs Okafor", "Diagnosis", "Gout"},
		// In a table of labels and values, or under labels in a row, what has no label of its own goes on with the name.
		"Hassan Owain Gupta":     {"Patient's name:\tMr Hassan Owain", "\tGupta", "Date of birth:\t18 January 1952"},
		"Clive Owain HARGREAVES": {"Full name:\tMr Clive Owain", "\tHARGREAVES", "dob:\t18 Jan 1952"},
		"Anna-Marie Zoe McLeod":  {"Full name\tBirth date", "Miss Anna-Marie Zoe\t18 Jan 1952", "McLeod", "Patient address"},
		"Matthew WRIGHT":         {"Surname, forename:\tWRIGHT,", "\tMatthew", "Date of birth:\t18 January 1952"},
		"Thomas CADWALLADER":     {"Surname, forename:\tCADWALLADER,", "\tThomas (Mr)", "Date of birth:\t18 January 1952"},
		"Stanley Hargreaves":     {"Surname, forename:\tStanley", "\tHargreaves", "Date of birth:\t18 January 1952"},
		// Villages and houses stand below names, too; a surname in capitals and one before a comma have ended.
		"Edith Turner":       {"Patient: Mrs Edith Turner", "Marlfield", "Date of birth: 18 January 1952"},
		"Joan Turner":        {"Patient's name: Mrs Joan Turner", "Rosewood", "12 High Street", "Date of birth: 18 January 1952"},
		"Mary Jane Abbott":   {"Patient's name:\tMrs Mary Jane Abbott", "Address:\tRosewood", "Date of birth:\t18 January 1952"},
		"Mary Jane CHANDLER": {"Patient's name:\tMrs Mary Jane CHANDLER", "\tWidow", "Date of birth:\t18 January 1952"},
		"Oliver James Piper": {"Patient's name:\tPIPER, Oliver James", "\tBrookside", "Date of birth:\t18 January 1952"},
	} {
		words := strings.Fields(name)
		got := fieldsOf(t, append(append([]string{"# Example Hospital", "Clinic letter"}, lines...), "NHS: 999 012 3454", "I reviewed Mx "+words[len(words)-1]+" in clinic.")...)[postroom.PatientName]
		if !strings.EqualFold(got.Value, name) {
			t.Errorf("%q is read as %q (%s)", name, got.Value, got.Why)
		}
	}
}

// What else stands in the column of the values below a name is none of it.
func TestWhatStandsBelowNames(t *testing.T) {
	for _, word := range []string{"Marlfield", "Outpatient", "Inpatient", "Widow", "Penicillin", "Housebound", "Amaka"} {
		f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Patient's name:\tMrs Edith Jane Turner", "\t"+word, "Date of birth:\t18 January 1952", "Address:\t12 Mill Lane, Marlfield", "NHS: 999 012 3454", "I reviewed Mrs Turner.")[postroom.PatientName]
		if f.Value != "Edith Jane Turner" {
			t.Errorf("%q below gave %q (%s)", word, f.Value, f.Why)
		}
		f = fieldsOf(t, "# Example Hospital", "Clinic letter", "Patient:\t"+word, "\tEdith Turner", "Date of birth:\t18 January 1952", "NHS: 999 012 3454", "I reviewed this patient.")[postroom.PatientName]
		if strings.Contains(f.Value, word) {
			t.Errorf("%q above gave %q (%s)", word, f.Value, f.Why)
		}
	}
}

// Somebody whom a sentence only mentions is not the patient for his birth date's sake.
func TestMentionedWithABirthDate(t *testing.T) {
	for _, line := range []string{"Patient lives with Joan Turner (DOB 12/05/1940).", "Patient received the results of Joan Turner (date of birth 12/05/1940) in error.", "This letter is about the care that is given by Joan Turner (DOB 12/05/1940)."} {
		if f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Dear Dr Marsh", line, "Yours sincerely", "Dr R Stone")[postroom.PatientName]; f.Value == "Joan Turner" && f.Confidence > 0.6 {
			t.Errorf("%q gave %q %.2f (%s)", line, f.Value, f.Confidence, f.Why)
		}
	}
}

// A name in a sentence is the patient's where his birth date or number stands behind it, whatever label the sentence begins with.
func TestNamesInSentences(t *testing.T) {
	for line, name := range map[string]string{
		"I am writing about WILSON, Jean (Mrs) (date of birth 24/08/1947; NHS number 999 012 3454).":             "Jean WILSON",
		"This letter is about MURPHY, Paul (date of birth 12/05/1940; NHS Num 999 012 3454) of 100 Queens Road.": "Paul MURPHY",
		"This letter concerns Paul MURPHY (date of birth 12/05/1940; NHS number 999 012 3454).":                  "Paul MURPHY",
	} {
		if f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Dear Dr Marsh", line, "Yours sincerely", "Dr R Stone")[postroom.PatientName]; f.Value != name {
			t.Errorf("%q gave %q (%s)", line, f.Value, f.Why)
		}
	}
}

// Whoever signs a patient's own letter is the patient, however the letter ends and whatever else was sent behind it.
func TestWriterOfAPatientsLetter(t *testing.T) {
	for _, closing := range []string{"Yours", "With thanks", "Thank you,", "All the best", "Yours sincerely", "Kind regards"} {
		letter := typeset("12 Mill Lane", "Marlfield", "MQ12 4AB", "", received.Format("2 January 2006"), "", "To the Practice Manager", "",
			"I have been a patient at the surgery since 2017. My tablets are no longer made.", "I was born on 5 November 1963 and my number is 0191 496 0117.", "", closing, "Dictated but not signed", "", "Hugh McCarthy")
		empty := typeset("MCM 2")
		empty.Number = 2
		for _, pages := range [][]postroom.Page{{letter}, {letter, empty}} {
			if d := sortPages(t, nil, pages...).Documents[0]; d.Type.Code != postroom.PatientLetter || d.Fields[postroom.PatientName].Value != "Hugh McCarthy" {
				t.Errorf("%q on %d pages: %s of %q (%s)", closing, len(pages), d.Type.Code, d.Fields[postroom.PatientName].Value, d.Fields[postroom.PatientName].Why)
			}
		}
	}
	letter := []string{"12 Mill Lane", "Marlfield", "MQ12 4AB", "", received.Format("2 January 2006"), "", "To the Practice Manager", "", "I have been a patient at the surgery since 2017. My tablets are no longer made.", "I was born on 5 November 1963 and my number is 0191 496 0117.", ""}
	enclosed := typeset("Harbour Mills Ltd", "We confirm that our fitter works nights.", "Yours", "Joan Turner")
	enclosed.Number = 2
	for name, pages := range map[string][]postroom.Page{
		"an enclosure that is signed":  {typeset(append(letter, "Yours sincerely", "Hugh McCarthy")...), enclosed},
		"a sentence behind the thanks": {typeset(append(letter, "Thank you", "Joan Turner will collect them on Friday.", "", "Hugh McCarthy")...)},
	} {
		if f := sortPages(t, nil, pages...).Documents[0].Fields[postroom.PatientName]; f.Value != "Hugh McCarthy" {
			t.Errorf("%s: %q (%s)", name, f.Value, f.Why)
		}
	}
	if f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Patient: Amara Okafor", "Date of birth: 7 March 1951", "Thanks for seeing her.", "Yours", "Hugh McCarthy", "Consultant")[postroom.PatientName]; f.Value != "Amara Okafor" {
		t.Errorf("who signs a clinic letter is its patient: %q", f.Value)
	}
}

// A date stamp on a letter that has a date of its own is not the letter's.
func TestReceivedStamp(t *testing.T) {
	day := received.Format("02 JAN 2006")
	out := sortPages(t, nil, typeset(strings.ToUpper(day)+"\t25 Hospital Lane", "\tGreat Haddon", "", received.AddDate(0, 0, -6).Format("2 January 2006"), "Dear Dr Marsh", "I am writing to ask for my repeat tablets. My number is 999 012 3454", "and I was born on 28 November 1943.", "Denise MacLeod"))
	if f := out.Documents[0].Fields[postroom.LetterDate]; f.Value != received.AddDate(0, 0, -6).Format("2006-01-02") {
		t.Errorf("dated %s (%s)", f.Value, f.Why)
	}
}

// A form that begins with the doctor's address is about the patient all the same.
func TestNameBelowTheDoctor(t *testing.T) {
	for _, line := range []string{"Patient Surname: OKAFOR First name(s): Amara Title: Mrs", "Surname: OKAFOR\tForename(s): Amara"} {
		f := fieldsOf(t, "REFERRAL TO GENERAL PRACTITIONER (GOS 18)", "To GP", "Dr A Nwosu", "Fernhill Medical Centre", "Fernhill Road", "Calderwick", "CW7 3TQ", line, "Date of birth: 07/03/1951 NHS No. 999 012 3454")[postroom.PatientName]
		if f.Value != "Amara OKAFOR" || f.Confidence < 0.7 {
			t.Errorf("%q gave %q %.2f (%s)", line, f.Value, f.Confidence, f.Why)
		}
	}
}

// The birth date of a relative in a column of its own, or under the relative's name, is not the patient's.
func TestRelativesColumn(t *testing.T) {
	for name, lines := range map[string][]string{
		"a column": {"# Example Hospital", "Booking summary", "Mother-to-be\tPartner", "Name Amara Okafor\tName Ashraf Sesay", "Date of birth 07/03/1991\tDate of birth 27/03/1986", "NHS number 999 012 3454"},
		"a name":   {"# Example Children's Hospital", "Short stay summary", "Child Amara Okafor\tBorn 07/03/1991", "NHS number 999 012 3454", "Ms Charlotte Okafor, mother", "d.o.b. 27 Aug 1964"},
		"in prose": {"# Example Hospital", "Dear Dr Marsh", "Amara Okafor, date of birth 07/03/1991, NHS number 999 012 3454", "I saw her in clinic. There is a strong family story:", "her mother (born 4/7/1961) had much the same trouble."},
	} {
		d := sortPages(t, sampleRegister, typeset(lines...)).Documents[0]
		f := d.Fields[postroom.BirthDate]
		if f.Value != "1991-03-07" || f.Confidence < 0.9 {
			t.Errorf("%s: born %s %.2f (%s)", name, f.Value, f.Confidence, f.Why)
		}
		for _, r := range d.Match.Reasons {
			if strings.Contains(r, "two different birth dates") {
				t.Errorf("%s: %s", name, r)
			}
		}
	}
}

func TestBirthDateForms(t *testing.T) {
	for _, printed := range []string{
		"DOB: 07/03/1951", "D.O.B. 7.3.1951", "Date of Birth 07-Mar-1951", "Born: 7 March 1951", "DOB 7th March 1951", "Date of birth: 07/03/51", "DOB 1951-03-07", "d.o.b. 07-03-1951", "Birth date: March 7, 1951", "DoB: O7/03/1951",
		"Date of Birth (dd/mm/yyyy): 07/03/1951", "DOB: 07 Mar 1951 (75 y)", "Date of birth: 0 7 0 3 1 9 5 1",
	} {
		f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Patient: Amara OKAFOR", printed)[postroom.BirthDate]
		if f.Value != "1951-03-07" || !f.Valid {
			t.Errorf("%q gave %q, valid %v", printed, f.Value, f.Valid)
		}
	}
	for _, printed := range []string{"DOB: 31/02/1951", "DOB: 07/03/2031", "DOB: 07/03/1851"} {
		if f := fieldsOf(t, "# Example Hospital", "Patient: Amara OKAFOR", printed)[postroom.BirthDate]; f.Valid {
			t.Errorf("%q is no birth date, but %q was taken", printed, f.Value)
		}
	}
}

// Of a two-digit year both readings are kept while both are possible.
func TestTwoDigitYears(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Patient: Amara OKAFOR", "DOB: 07/03/19")[postroom.BirthDate]
	if f.Value != "1919-03-07" || f.Proposal != "2019-03-07" || f.Confidence > 0.9 {
		t.Errorf("value %q, other %q, %.2f sure", f.Value, f.Proposal, f.Confidence)
	}
	out := sortPages(t, []postroom.Patient{{ID: "c", Number: "9990123454", Family: "Okafor", Given: "Amara", BirthDate: "2019-03-07"}},
		typeset("# Example Hospital", "Patient: Amara OKAFOR", "DOB: 07/03/19", "NHS No: 999 012 3454"))
	d := out.Documents[0]
	if d.Match.Kind != postroom.MatchExact || d.Fields[postroom.BirthDate].Value != "2019-03-07" {
		t.Errorf("the list did not decide: %s %q", d.Match.Kind, d.Fields[postroom.BirthDate].Value)
	}
}

func TestMonthFirst(t *testing.T) {
	s, err := New(Config{DateOrder: "mdy"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sort(t.Context(), Input{Pages: postroom.PageList{typeset("# Example Clinic", "Patient: Mary TESTER", "DOB: 03/07/1951", "Date: 03/10/2026")}, Received: received})
	if err != nil {
		t.Fatal(err)
	}
	want(t, out.Documents[0].Fields, postroom.BirthDate, "1951-03-07")
	want(t, out.Documents[0].Fields, postroom.LetterDate, "2026-03-10")
}

func TestDateRoles(t *testing.T) {
	f := fieldsOf(t, "^11/03/2026 17:20 EXAMPLE HOSPITAL 01632 960001 P.1/1", "# Example Hospital", "Dictated: 8/3/2026   Typed: 10/3/2026", "Clinic date: 6 March 2026", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "Next appointment: 6 September 2026", "I reviewed her in clinic.")
	want(t, f, postroom.LetterDate, "2026-03-10")
	want(t, f, postroom.EventDate, "2026-03-06")
	f = fieldsOf(t, "# Example Hospital", "10th March 2026", "Dear Dr Marsh", "Amara Okafor was admitted on 2 March 2026 with a cough and was discharged on 9 March 2026.")
	want(t, f, postroom.LetterDate, "2026-03-10")
	want(t, f, postroom.AdmissionDate, "2026-03-02")
	want(t, f, postroom.DischargeDate, "2026-03-09")
	// The fax machine's time is never the letter's date.
	f = fieldsOf(t, "^11/03/2026 17:20 EXAMPLE HOSPITAL 01632 960001 P.1/1", "# Example Hospital", "Clinic letter", "Dear Dr Marsh", "I reviewed her in clinic.")
	if d, ok := f[postroom.LetterDate]; ok {
		t.Errorf("a letter without a date was given %q (%s)", d.Value, d.Why)
	}
}

// The only day of a document that is well read dates it; where others stand beside, or what is left of
// one, it may as well be another.
func TestTheOnlyDay(t *testing.T) {
	letter := []string{"# Example Hospital", "Urgent treatment report", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "Seen at base on 09/03/2026 at 10:40 with a sore throat that she has had before, in 2019.", "Treatment: fluids."}
	for _, c := range []struct {
		more string
		sure bool
	}{
		{"", true},
		{"She had her tonsils out on 3 May 1964.", true},
		{"Open access until Thu 02 Jul 2026.", true},
		{"She will be seen again on 01/03/2026.", false},
		{"Sunday March 2026", false},
		{"Completed on 10 Mar 7026", false},
		{"Letter date:", false},
		{"She was here on Tuesday 10th March.", false},
		{"Seen again on the 3rd of March.", false},
		{"Clinic letter 1 0/3/26", false},
		{"Clinic letter 10.3.", false},
		{"Seen in March 26", false},
		{"She may walk 26 steps and take 2 tablets of 5 mg.", true},
	} {
		f := fieldsOf(t, append(slices.Clone(letter), c.more)...)[postroom.LetterDate]
		if f.Value != "2026-03-09" || (f.Confidence >= 0.75) != c.sure {
			t.Errorf("%q: %q, %.2f, %s", c.more, f.Value, f.Confidence, f.Why)
		}
	}
	for _, line := range []string{"Thank you for your referral of 09/03/2026.", "Her last period was on 09/03/2026.", "Start date: 09/03/2026", "The scan of 09/03/2026 was normal."} {
		other := append(slices.Clone(letter[:4]), line, "Treatment: fluids.")
		if f := fieldsOf(t, other...)[postroom.LetterDate]; f.Confidence >= 0.75 {
			t.Errorf("%q: %.2f, %s", line, f.Confidence, f.Why)
		}
	}
	page := typeset(letter...)
	page.Confidence = 0.7
	if f := sortPages(t, nil, page).Documents[0].Fields[postroom.LetterDate]; f.Confidence >= 0.75 {
		t.Errorf("hardly read: %.2f, %s", f.Confidence, f.Why)
	}
}

func TestDateOrderIsChecked(t *testing.T) {
	for _, lines := range [][]string{
		{"Date of admission: 10/03/2026", "Date of discharge: 02/03/2026"},
		{"Date: 20/04/2026"},
		{"DOB: 07/03/2020", "Date of admission: 02/03/2019"},
	} {
		out := sortPages(t, nil, typeset(append([]string{"# Example Hospital", "Discharge summary", "Patient: Amara OKAFOR"}, lines...)...))
		if len(out.Documents[0].Conflicts) == 0 {
			t.Errorf("%v: nothing was noticed", lines)
		}
	}
	if c := sortPages(t, nil, dischargePages...).Documents[0].Conflicts; len(c) > 0 {
		t.Errorf("dates in order: %v", c)
	}
}

func TestSender(t *testing.T) {
	f := fieldsOf(t, "# Royal Example Infirmary", "Department of Cardiology", "1 Hospital Road, Exampleton", "", "Dr Helen Marsh", "Larchfield Surgery", "12 High Street", "", "Date: 10/03/2026",
		"Dear Dr Marsh", "I reviewed this lady in clinic.", "Yours sincerely", "", "Mr Rex Stone FRCS", "Consultant Surgeon", "GMC No: 1234567")
	want(t, f, postroom.SenderOrganisation, "Royal Example Infirmary")
	want(t, f, postroom.SenderDepartment, "Department of Cardiology")
	want(t, f, postroom.SenderClinician, "Mr Rex Stone")
	want(t, f, postroom.GMCNumber, "1234567")
	want(t, f, postroom.Recipient, "Dr Helen Marsh")
	// The practice's own name is the recipient's, even above everything.
	f = fieldsOf(t, "To: Larchfield Surgery", "From: Royal Example Infirmary", "Clinic letter", "I reviewed this lady.")
	want(t, f, postroom.SenderOrganisation, "Royal Example Infirmary")
}

func TestLists(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Discharge summary", "",
		"Diagnoses", "1. Community acquired pneumonia", "2. Asthma", "",
		"Medications", "Amoxicillin 500 mg capsules one three times daily", "Salbutamol inhaler", "",
		"Allergies: Nil known", "",
		"Actions for GP", "Repeat chest X-ray in six weeks", "", "Clinical summary", "She recovered well.")
	want(t, f, postroom.Diagnoses, "Community acquired pneumonia\nAsthma")
	want(t, f, postroom.Medications, "Amoxicillin 500 mg capsules one three times daily\nSalbutamol inhaler")
	want(t, f, postroom.Allergies, "Nil known")
	want(t, f, postroom.Actions, "Repeat chest X-ray in six weeks")
	if items := f[postroom.Medications].Items; len(items) != 2 || items[0].Box.Empty() || items[0].Box == items[1].Box {
		t.Error("the medications have no boxes of their own")
	}
	if _, ok := fieldsOf(t, "# Example Hospital", "Discharge summary", "She recovered well.")[postroom.Allergies]; ok {
		t.Error("allergies that nobody recorded were made up")
	}
}

// Doses that are easily misread go to a person.
func TestRiskyDoses(t *testing.T) {
	for dose, risky := range map[string]bool{"Warfarin 1.0 mg daily": true, "Digoxin .5 mg daily": true, "Insulin 10 U daily": true, "Levothyroxine 75 mcg daily": true, "Metformin 500 mg daily": false, "Digoxin 62.5 micrograms daily": false} {
		out := sortPages(t, nil, typeset("# Example Hospital", "Discharge summary", "Medication:", dose))
		if got := len(out.Documents[0].Notes) > 0; got != risky {
			t.Errorf("%q: noted %v", dose, got)
		}
	}
}

func TestIdentifiersAndAddress(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "Hospital No: RX123456", "Address: 4 Mill Lane,", "Ashby,", "AB1 2DE", "Practice code: A81001")
	want(t, f, postroom.MRN, "RX123456")
	want(t, f, postroom.Postcode, "AB1 2DE")
	want(t, f, postroom.ODSCode, "A81001")
	want(t, f, postroom.Address, "4 Mill Lane, Ashby, AB1 2DE")
}

// Values agree with the register's, and confidence follows.
func TestRegisterRaisesConfidence(t *testing.T) {
	page := typeset("# Example Hospital", "Clinic letter", "Amara Okafor   DOB 07/03/1951   NHS No 999 012 3454")
	without := sortPages(t, nil, page).Documents[0].Fields[postroom.PatientName].Confidence
	with := sortPages(t, sampleRegister, page).Documents[0].Fields[postroom.PatientName].Confidence
	if with <= without {
		t.Errorf("%.3f with the register, %.3f without", with, without)
	}
}

// Badly read words make unsure values.
func TestConfidenceFollowsRecognition(t *testing.T) {
	good := amara()
	bad := amara()
	bad.Words = append([]postroom.Word(nil), bad.Words...)
	for i := range bad.Words {
		bad.Words[i].Confidence = 0.3
	}
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.BirthDate, postroom.PatientName, postroom.LetterDate} {
		g, b := sortPages(t, nil, good).Documents[0].Fields[name].Confidence, sortPages(t, nil, bad).Documents[0].Fields[name].Confidence
		if b >= g || b > 0.8 {
			t.Errorf("%s: %.3f well read, %.3f badly", name, g, b)
		}
	}
}

// Where no name is found by its place, that of the list is looked for on the page.
func TestNameFromRegister(t *testing.T) {
	page := typeset("# Example Hospital", "Clinic letter", "NHS No 999 012 3454", "", "DOB 07/03/1951", "", "Today Amara Okafor was seen.")
	d := sortPages(t, sampleRegister, page).Documents[0]
	if f := d.Fields[postroom.PatientName]; f.Text != "Amara Okafor" || d.Match.Kind != postroom.MatchExact {
		t.Errorf("name %q, match %s %v", f.Text, d.Match.Kind, d.Match.Reasons)
	}
	// Another person's number does not find the name.
	other := []postroom.Patient{{ID: "x", Number: "9990123454", Family: "Winter", Given: "Mary", BirthDate: "1951-03-07"}}
	if d := sortPages(t, other, page).Documents[0]; d.Match.Kind == postroom.MatchExact {
		t.Error("a name was found that does not stand on the page")
	}
}

// What stands beside a label may be misread or no value at all: a comma read as a full stop, an S as a dollar,
// with whom somebody lives.
func TestMisreadBesideLabels(t *testing.T) {
	f := fieldsOf(t, "# Example Pathology Network", "Laboratory Report", "Patient Waddington. Miss Susan\tDate of Birth 18/03/1992", "NHS Number 999 752 4454\tMRN $W4474152", "Lives with partner, two grown up children near by.", "Destination Home with partner")
	want(t, f, postroom.PatientName, "Susan Waddington")
	want(t, f, postroom.MRN, "SW4474152")
	want(t, f, postroom.Address, "")
	if c := f[postroom.MRN].Confidence; c > 0.75 {
		t.Errorf("a misread local number is %.2f sure", c)
	}
}

// A birth date of which a stroke was read as a one is read, with a word on it; a number is none.
func TestStrokeReadAsOne(t *testing.T) {
	for line, want := range map[string]string{
		"Date of birth\t22106/1934": "1934-06-22", "DOB 22/0611934 NHS no 999 012 3454": "1934-06-22", "Date of'birth\t10/10/1991": "1991-10-10",
		"DOB 2210611934": "", "Date of birth 22906/1934": "",
	} {
		f := fieldsOf(t, "# Example Hospital", "Clinic letter 3 March 2026", "Patient: Mary TESTER", line, "I saw her in clinic.")[postroom.BirthDate]
		if f.Valid && f.Value != want || !f.Valid && want != "" {
			t.Errorf("%q: %q, want %q", line, f.Value, want)
		}
		if strings.Contains(line, "22") && want != "" && !strings.Contains(f.Why, "read as a one") {
			t.Errorf("%q: nothing is said of the stroke: %s", line, f.Why)
		}
	}
}

// The mother in a row of a child's form, named in another cell than the word, is not the patient.
func TestBirthDateOfTheRowsMother(t *testing.T) {
	child := []string{"CONFIDENTIAL - CHILD PROTECTION", "London Borough of Southwark Reach\t24/11/2025", "Multi-Agency Safeguarding Hub\tMosaic ID 3587376", "To the safeguarding lead, Dr Eleanor Ashworth, Larchfield Surgery", "Child\tTyrell Morgan\tDOB\t02/04/2018",
		"NHS number\t999 012 3454\tSchool\tVerney Path Primary", "Mother\tJodie Morgan (DOB 12/12/1994)\tMother's partner\tK. Pratt", "A strategy meeting under section 47 will be held on Wednesday 25 November at 10:00 by video."}
	want(t, fieldsOf(t, child...), postroom.BirthDate, "2018-04-02")
	want(t, fieldsOf(t, "# Example Maternity Unit", "Discharge to community midwife 24/11/2025", "Mother\tMORGAN, Jodie", "NHS 999 012 3454\tDOB 12/12/1994", "Home\t4 Mill Lane"), postroom.PatientName, "Jodie MORGAN")
	want(t, fieldsOf(t, "# Example Maternity Unit", "Booking summary 24/11/2025", "Mother\tJodie Morgan\tDOB\t12/12/1994", "NHS number\t999 012 3454", "She is 12 weeks pregnant."), postroom.BirthDate, "1994-12-12")
}

// The last day that a well read document names is its own where the model of parts believes in it, unless what may be a day between it
// and the arrival was not read.
func TestTheLastDay(t *testing.T) {
	letter := []string{"# Example Hospital", "Physiotherapy", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "Seen on 03/03/2026 with a stiff shoulder.", "Exercises given.", "report generated 06/03/2026 copy to patient"}
	for _, c := range []struct {
		more string
		sure bool
	}{
		{"", true},
		{"Pain began on 9 February, after a fall in November 2025.", true},
		{"Temperature 38.2. She comes again on 15 May.", true},
		{"She rang us on 8 March.", false},
		{"Sent in March 2026.", false},
		{"Sent 1 0/3/26", false},
		{"Rang on 9/3 TB", false},
		{"Letter date:", false},
	} {
		f := fieldsOf(t, append(slices.Clone(letter), c.more)...)[postroom.LetterDate]
		if f.Value != "2026-03-06" || (f.Confidence >= 0.75) != c.sure {
			t.Errorf("%q: %q, %.2f, %s", c.more, f.Value, f.Confidence, f.Why)
		}
	}
}

// Words in another cell, or about what the sender itself wrote, take nothing from the letter's own day.
func TestTheOwnDayBesideWordsOfOthers(t *testing.T) {
	for _, line := range []string{"Hearing Services\t10 March 2026", "Your letter of 4 March 2026\t10 March 2026", "Ref your letter of\t10 March 2026", "Our letter dated 10 March 2026"} {
		f := fieldsOf(t, "# Example Hospital", line, "Patient: Amara OKAFOR", "DOB: 07/03/1951", "Dear Dr Marsh", "Exercises given for a stiff shoulder.", "Yours sincerely")[postroom.LetterDate]
		if f.Value != "2026-03-10" || f.Confidence < 0.75 {
			t.Errorf("%q: %q, %.2f, %s", line, f.Value, f.Confidence, f.Why)
		}
	}
}

// Where nothing in a document contradicts it, its last day is its own behind whoever wrote it, a reference, or beside nothing; what lies
// ahead in a sentence or on a form contradicts nothing.
func TestTheLastDayIsTheLettersOwn(t *testing.T) {
	for _, lines := range [][]string{
		{"Exercises given for a stiff shoulder.", "Julie Mawson, Midwife 04/03/2026"},
		{"Exercises given for a stiff shoulder.", "Mr Faisal Munir MCOptom 04/03/2026"},
		{"Notified\t04/03/2026", "Exercises given for a stiff shoulder, begun on 2 March 2026."},
		{"Please give the exercises from 1 April 2026 and see how the shoulder does.", "Written by S Hall, physiotherapist 04/03/2026"},
	} {
		f := fieldsOf(t, append([]string{"# Example Hospital", "Physiotherapy", "Patient: Amara OKAFOR", "DOB: 07/03/1951"}, lines...)...)[postroom.LetterDate]
		if f.Value != "2026-03-04" || f.Confidence < 0.75 {
			t.Errorf("%q: %q, %.2f, %s", lines, f.Value, f.Confidence, f.Why)
		}
	}
}

// A day after the arrival that tells of signing or sending is the letter's own, misread: it contradicts.
func TestTheLastDayBesideAMisreadOne(t *testing.T) {
	for _, line := range []string{"Dictated by Dr Bell and typed by the secretary on 18/03/2026", "Electronically released to the practice without signature on 18/03/2026"} {
		f := fieldsOf(t, "# Example Hospital", "Physiotherapy", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "She attended 20/02/2026", "Exercises given for a stiff shoulder.", line)[postroom.LetterDate]
		if f.Confidence >= 0.75 {
			t.Errorf("%q: %q, %.2f, %s", line, f.Value, f.Confidence, f.Why)
		}
	}
}

// A day of something else is not the letter's, though no later one is named.
func TestTheLastDayIsOfSomethingElse(t *testing.T) {
	for _, line := range []string{
		"Married 14/02/2026", "Pacemaker fitted 16/02/2026", "Echo 16/02/2026", "HbA1c 62 (16/02/2026)", "TIA 28/02/2026", "Policy began 01/03/2026", "Court hearing 10/03/2026", "Sick note expires 10/03/2026", "Dr Hall's letter of 9 March 2026 was read", "Licence lapses 9 March 2026", "The hearing will take place on 9 March 2026", "We have your letter dated 9 March 2026", "CQC rated 14/02/2026", "ECG dated 01/03/2026 showed sinus rhythm.", "Nurse 04/03/2026 rang to say that she is well.", "Cervical smear CT1 04/03/2026.", "Leaflet produced 01/03/2026", "Echocardiogram dated 20/02/2026: good function", "In hospital 01/03/2026 - 05/03/2026",
		"Date of injury 27/02/2026", "Thank you for your letter of 02/03/2026", "We offered you an appointment on 02/03/2026.", "Your appointment is on 11/03/2026.",
	} {
		f := fieldsOf(t, "# Example Hospital", "Physiotherapy", "Patient: Amara OKAFOR", "DOB: 07/03/1951", line, "Exercises given for a stiff shoulder.")[postroom.LetterDate]
		if f.Confidence >= 0.75 {
			t.Errorf("%q: %q, %.2f, %s", line, f.Value, f.Confidence, f.Why)
		}
	}
}

// What prose breaks at the end of a line is read, and for whose sake somebody is written to is the patient.
func TestBrokenByTheLine(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Our client: Mr Paul Tester, 96 Mill Lane, Tressingham, AL1 8WX. Date of birth: 08", "September 1981", "NHS number 9990123454", "I reviewed him.")
	want(t, f, postroom.BirthDate, "1981-09-08")
	f = fieldsOf(t, "# Example Hospital", "Clinic letter", "James Tester, aged 29, of 9 Mill Lane, could not give us any numbers. D.o.b. 21st", "August 1996. He was seen today.", "I reviewed him.")
	want(t, f, postroom.BirthDate, "1996-08-21")
	if f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Patient: Paul TESTER", "Date of birth: 08", "Seen in September 1981 with a cough.")[postroom.BirthDate]; f.Valid {
		t.Errorf("of another sentence: %+v", f)
	}
	for _, lines := range [][]string{{"To the parent or carer of", "Imogen Tester (date of birth 26/05/2015)"}, {"To the parent/guardian of Imogen Tester", "81 Mill Lane", "Born 26/05/2015"}, {"To the GP of Imogen Tester, 26/05/2015, NHS 9990123454"}} {
		want(t, fieldsOf(t, append(append([]string{"# Example School Age Immunisation Team", ""}, lines...), "", "A dose was given at school today.")...), postroom.PatientName, "Imogen Tester")
	}
	if f := fieldsOf(t, "# Example Hospital", "To the GP of Mill Lane Surgery", "", "Patient: Mary TESTER   DOB 01/02/1960", "She was seen.")[postroom.PatientName]; f.Value != "Mary TESTER" {
		t.Errorf("the practice: %+v", f)
	}
}
