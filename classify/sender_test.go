package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// What the machine that sent a fax calls itself, and what stands around names in letterheads.
func TestSenderForms(t *testing.T) {
	s := func(lines ...string) *sheet {
		p := typeset(lines...)
		return newSheet(&p, 0)
	}
	for line, want := range map[string]bool{"FROM:BRACKENFORD HOSPITAL 01632 960749 P.01": true, "FROM:BRACKENF0RD HOSPITAL 01632 960749 P.01": true, "10-Mar-2026 BRACKENFORD HOSP": true, "Mar 10 2026 01632960216 PAGE 1 OF 1": false, "KELFORD SURGERY": false} {
		if got := calls(stationIn(line), "Brackenford Hospital"); got != want {
			t.Errorf("%q is that hospital's: %v", line, got)
		}
	}
	for line, want := range map[string]string{
		"Brackenford Clinic OPERATION RECORD": "Brackenford Clinic", "Microbiology Report Brackenford Laboratories": "Brackenford Laboratories", "Brackenford Hospital, 3 High Street": "Brackenford Hospital", "Brackenford Referral Management Centre": "Brackenford Referral Management Centre",
	} {
		sh := s(line)
		if got := sh.text(organisationPart(sh, span{0, 0, len(sh.rows()[0].text)})); got != want {
			t.Errorf("%q names %q, want %q", line, got, want)
		}
	}
	for lines, want := range map[[2]string]string{
		{"Brackenford Moor", "University Hospital"}: "Brackenford Moor University Hospital", {"Brackenford Partnership NHS", "Foundation Trust"}: "Brackenford Partnership NHS Foundation Trust",
		{"Brackenford Hospital", "General Hospital"}: "Brackenford Hospital", {"Brackenford General", "Physiotherapy Department"}: "Brackenford General", {"Brackenford Moor", "Kelford Hospital"}: "Brackenford Moor",
	} {
		sh := s(lines[0], lines[1])
		r := sh.newReading(span{0, 0, len(sh.rows()[0].text)}, lines[0], 1, "")
		if sh.goOn(&r); r.value != want {
			t.Errorf("%q is %q, want %q", lines, r.value, want)
		}
	}
}

// A name of which the common word stands alone begins in the line above.
func TestNameInTwoLines(t *testing.T) {
	for lines, want := range map[[2]string]string{
		{"Wharfedale Royal", "Hospital"}: "Wharfedale Royal Hospital", {"Priory Lane Diagnostic", "Centre"}: "Priory Lane Diagnostic Centre", {"Calderwick and", "Haddon Council"}: "Calderwick and Haddon Council",
		{"Tel: 01632 960001", "Hospital"}: "Hospital", {"Dr Ann Bell", "Clinic"}: "Clinic",
	} {
		p := typeset(lines[0], lines[1])
		sh := newSheet(&p, 0)
		row := 1
		if sh.named(span{1, 0, len(sh.rows()[1].text)}) {
			row = 0
		}
		r := sh.newReading(span{row, 0, len(sh.rows()[row].text)}, lines[row], 1, "")
		sh.goOn(&r)
		if sh.startsAbove(&r); r.value != want {
			t.Errorf("%q is %q, want %q", lines, r.value, want)
		}
	}
}

// It may begin two lines above, and before a comma; where its column ends, so does the name.
func TestNameInColumn(t *testing.T) {
	for want, lines := range map[string][]string{
		"Lyme Bay Private Hospital":      {"Lyme Bay\tExample Surgery", "Private\t14 Mill Lane", "Hospital\tTamerstoke"},
		"Luscombe & Daughter, Opticians": {"22 Fore Street", "Luscombe & Daughter, Opticians"},
		"Hospital":                       {"Example Surgery", "Date: 10 March 2026", "Hospital"},
		"Opticians":                      {"Tel 01632 960001, Opticians"},
	} {
		p := typeset(lines...)
		sh := newSheet(&p, 0)
		row := len(sh.rows()) - 1
		word := want[strings.LastIndex(want, " ")+1:]
		at := strings.Index(sh.rows()[row].text, word)
		r := sh.newReading(span{row, at, at + len(word)}, word, 1, "")
		if sh.startsAbove(&r); r.value != want {
			t.Errorf("%q is %q, want %q", lines, r.value, want)
		}
	}
}

// A name stands in its own column of a letterhead, however near the next one is; its second line may reach lower than the first.
func TestNameBesideAnother(t *testing.T) {
	p := typeset("Kelford Surgery", "Mill Lane", "Some words of a letter that is set in the size of the text below", "and some more of them here so that the size is known")
	large := func(text string, x, y, width, height int) {
		p.Words = append(p.Words, postroom.Word{Text: text, Box: postroom.Box{x, y, x + width, y + height}, Confidence: 0.93, Line: 90})
	}
	large("Brackenford", 120, 30, 190, 30)
	large("Community", 325, 30, 160, 30)
	large("Blood", 530, 36, 60, 22)
	large("Sciences", 600, 36, 90, 22)
	sh := newSheet(&p, 0)
	columns := sh.columns(span{0, 0, len(sh.rows()[0].text)})
	if len(columns) != 2 || sh.text(columns[0]) != "Brackenford Community" || sh.text(columns[1]) != "Blood Sciences" {
		t.Errorf("%q is in %d columns", sh.rows()[0].text, len(columns))
	}
	lower := typeset("Kelford Surgery")
	lower.Words = nil
	for _, w := range []postroom.Word{{Text: "Royal", Box: postroom.Box{120, 30, 260, 66}}, {Text: "Infirmary", Box: postroom.Box{290, 30, 520, 66}}, {Text: "at", Box: postroom.Box{564, 42, 600, 66}}, {Text: "Brackenford", Box: postroom.Box{644, 30, 900, 66}}} {
		w.Confidence = 0.9
		lower.Words = append(lower.Words, w)
	}
	if sh := newSheet(&lower, 0); len(sh.columns(span{0, 0, len(sh.rows()[0].text)})) != 1 {
		t.Error("a name is cut before a small word")
	}
	q := typeset("Brackenford", "Community Hospital")
	for i := range q.Words {
		if w := &q.Words[i]; w.Line == 1 {
			w.Box[3] += 11
		}
	}
	sh = newSheet(&q, 0)
	r := sh.newReading(span{0, 0, len(sh.rows()[0].text)}, "Brackenford", 1, "")
	if sh.goOn(&r); r.value != "Brackenford Community Hospital" {
		t.Errorf("the name is %q", r.value)
	}
}

// Names made of words that forms are made of, which are told apart by one of them.
func TestTellsApart(t *testing.T) {
	for name, want := range map[string]bool{
		"Retinal Screening Centre": true, "Older Adults Memory Service": true, "NHS Foundation Trust": false, "Community Hospital": false, "Date of clinic": false, "Patient Feedback Survey": false, "The Royal Hospital": false, "Clinic: Eye Unit West": false,
	} {
		if got := tellsApart(name); got != want {
			t.Errorf("%q tells a body from others: %v", name, got)
		}
	}
	p := typeset("# Retinal Screening Centre", "Brackenford and Moors Screening Service", "12 North Parade, Brackenford\t\tTelephone 01632 960352", "", "Dr A Hall", "Kelford Surgery", "", "Dear Dr Hall", "Mr Peter Lowe, born 3 May 1950, was screened on 2 March 2026.", "No retinopathy was found. He will be asked again in a year.", "Yours sincerely", "Screening Manager")
	got := sortPages(t, nil, p)
	if f := got.Documents[0].Fields[postroom.SenderOrganisation]; f.Value != "Retinal Screening Centre" {
		t.Errorf("the sender is %q", f.Value)
	}
}

// Who gets a report is not who sends it.
func TestSentTo(t *testing.T) {
	f := fieldsOf(t, "Clinical Biochemistry", "FINAL REPORT", "To Copperfield Road Surgery, 118 Copperfield Road, Marshbank", "MCCABE, Gordon (Mr)\tDOB 1 May 1949", "NHS 999 488 2619", "Sample\tSerum", "Taken\t10 March 2026", "TSH\t2.1 mU/L\t0.27 - 4.2", "Authorised by K Muldoon")
	if v := f[postroom.SenderOrganisation].Value; strings.Contains(v, "Surgery") {
		t.Errorf("%q sent it", v)
	}
}

// Letters to a patient or to another hospital go to whom they greet, not to who has a copy.
func TestGreetedAddressee(t *testing.T) {
	for who, lines := range map[string][]string{
		"Mr Neville Akhtar": {"Mr Neville Akhtar", "4 Alma Road", "Calderwick", "", "Dear Mr Akhtar"},
		"Mr T Yamamoto":     {"Mr T Yamamoto", "The Beaumont Eye Practice", "Great Haddon", "", "Dear Mr Yamamoto"},
	} {
		f := fieldsOf(t, append(append([]string{"# Example Hospital", "Clinic letter", ""}, lines...), "Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "I reviewed this patient in clinic.", "Yours sincerely", "Dr Ann Bell", "Copy: Dr Y Adegoke, Fernhill Medical Centre")...)[postroom.Recipient]
		if f.Value != who {
			t.Errorf("it goes to %q (%s), not to %q", f.Value, f.Why, who)
		}
	}
}

func TestAddressWithoutLabel(t *testing.T) {
	for name, lines := range map[string][]string{
		"in its line":     {"Re: Amara Okafor, 156 Station Road, Ottersby, CW8 9GQ. DOB 07/03/1951"},
		"behind a number": {"Patient: Okafor, Amara DOB 12 May 2015 NHS Number: 9990123454 156 Station Road, Ottersby, CW8 9GQ"},
		"in a block":      {"Re: Mrs Amara Okafor", "156 Station Road", "Ottersby", "CW8 9GQ"},
	} {
		f := fieldsOf(t, append(append([]string{"# Example Hospital", "Clinic letter"}, lines...), "I reviewed this patient.")...)[postroom.Address]
		if f.Value != "156 Station Road, Ottersby" {
			t.Errorf("%s: the address is %q (%s)", name, f.Value, f.Why)
		}
	}
}

// Whom a letter goes to is seen without knowing the practice, and is never its sender.
func TestAddressedPractice(t *testing.T) {
	for name, lines := range map[string][]string{
		"in a line":  {"Dr Imogen Farthing, Fernhill Medical Centre, Calderwick", "# Wharfedale Royal Hospital", "Clinic letter"},
		"in a block": {"Dr Imogen Farthing", "Fernhill Medical Centre\tWharfedale Royal Hospital", "Calderwick\tCotton Street", "", "Dear Dr Farthing"},
	} {
		f := fieldsOf(t, append(lines, "Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "I reviewed this patient in clinic.", "Yours sincerely", "Dr Ann Bell")...)
		if got := f[postroom.Recipient].Value; got != "Dr Imogen Farthing" {
			t.Errorf("%s: it goes to %q", name, got)
		}
		if got := f[postroom.SenderOrganisation].Value; got != "Wharfedale Royal Hospital" {
			t.Errorf("%s: it comes from %q", name, got)
		}
	}
}

// A practice's list of doctors has a heading where other letterheads have the department.
func TestListsOfDoctorsAreNoDepartment(t *testing.T) {
	for _, heading := range []string{"Partners", "Cardiology"} {
		out := sortPages(t, nil, typeset("# Example Hill Surgery", heading, "14 Example Road, Exampleton", "Telephone: 01632 960123", "12 March 2026", "Patient: Amara OKAFOR", "Dear Dr Marsh", "I reviewed him in clinic.", "Yours sincerely"))
		if got := out.Documents[0].Fields[postroom.SenderDepartment].Value; (got == heading) != (heading == "Cardiology") {
			t.Errorf("under the name stands %q: the department is %q", heading, got)
		}
	}
}

// A closing may be broken over two lines, of which the first is the shorter.
func TestClosingInTwoLines(t *testing.T) {
	for _, lines := range [][]string{{"Many", "thanks", "Dr Ruth Abernethy"}, {"With", "kind regards", "Dr Ruth Abernethy"}, {"Yours", "sincerely", "Dr Ruth Abernethy"}} {
		f := fieldsOf(t, append([]string{"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara OKAFOR, DOB 07/03/1951, NHS No: 999 012 3454", "Dear Dr Marsh,", "I reviewed her in clinic. She is well.", "She will come again in June and have her bloods taken before that."}, lines...)...)
		if got := f[postroom.SenderClinician].Value; got != "Dr Ruth Abernethy" {
			t.Errorf("%q: %q", lines, got)
		}
	}
}
