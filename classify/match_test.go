package classify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// matched sorts a letter with the lines about its patient.
func matched(t *testing.T, patients []postroom.Patient, lines ...string) postroom.Match {
	t.Helper()
	page := append([]string{"# Example General Hospital", "Clinic letter", ""}, lines...)
	page = append(page, "", "I reviewed this patient in clinic today. Follow up in six months.", "", "Yours sincerely", "Dr Helen Marsh")
	out := sortPages(t, patients, typeset(page...))
	if len(out.Documents) != 1 {
		t.Fatalf("%d documents", len(out.Documents))
	}
	m := out.Documents[0].Match
	if len(m.Reasons) == 0 {
		t.Error("a match without a reason")
	}
	for _, reason := range m.Reasons {
		for _, p := range patients {
			for _, secret := range []string{p.Family, p.Number, p.BirthDate} {
				if len(secret) > 3 && strings.Contains(strings.ToLower(reason), strings.ToLower(secret)) {
					t.Errorf("a reason holds patient data: %q", reason)
				}
			}
		}
	}
	return m
}

// matchRegister has a case for each row of the matching table.
var matchRegister = append([]postroom.Patient{
	{ID: "t1", Number: "9990000026", Family: "Larkin", Given: "Rose", BirthDate: "2012-05-06", Postcode: "ZZ99 4EE"},
	{ID: "t2", Number: "9434765919", Family: "Larkin", Given: "Lily", BirthDate: "2012-05-06", Postcode: "ZZ99 4EE"},
	{ID: "d", Number: "9434765870", Family: "Holloway", Given: "Peter", BirthDate: "1933-04-05", Deceased: true},
	{ID: "l", Number: "9876543210", Family: "Ferris", Given: "Una", BirthDate: "1977-07-17", Left: true},
	{ID: "r", Number: "3201234567", Family: "Quill", Given: "Tamsin", BirthDate: "1984-08-18", Restricted: true},
	{ID: "n1", Family: "Brown", Given: "David", BirthDate: "1960-01-02", Postcode: "ZZ99 5FF"},
	{ID: "n2", Family: "Brown", Given: "David", BirthDate: "1960-01-02", Postcode: "ZZ99 6GG"},
}, sampleRegister...)

func TestMatchTable(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    []string
		kind     postroom.MatchKind
		conflict bool
		patient  string // number or ID of the register's entry
	}{
		{"exact", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, postroom.MatchExact, false, "1"},
		{"exact with initial", []string{"Patient: A OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, postroom.MatchExact, false, "1"},
		{"exact with a short name", []string{"Patient: Jack WHITCOMBE", "NHS No: 999 555 1233", "DOB: 02/03/1948"}, postroom.MatchExact, false, "2"},
		{"accents and hyphen folded", []string{"Patient: Elodie SMITH JONES", "NHS No: 999 000 0018", "DOB: 11/12/1990"}, postroom.MatchExact, false, "3"},
		{"previous name folded", []string{"Patient: Elodie MARCHANT", "NHS No: 999 000 0018", "DOB: 11/12/1990"}, postroom.MatchExact, false, "3"},
		{"family name first, no comma", []string{"Patient: OKAFOR AMARA", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, postroom.MatchExact, false, "1"},
		{"two-digit year", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/51"}, postroom.MatchExact, false, "1"},

		{"day and month exchanged", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 03/07/1951"}, postroom.MatchProbable, false, "1"},
		{"one part of the birth date differs", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1957"}, postroom.MatchProbable, false, "1"},
		{"surname near", []string{"Patient: Amara OKAFORE", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, postroom.MatchProbable, false, "1"},
		{"surname near, birth date near", []string{"Patient: A OKAFORE", "NHS No: 999 012 3454", "DOB: 03/07/1951"}, postroom.MatchProbable, false, "1"},
		{"number without birth date", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454"}, postroom.MatchProbable, false, "1"},

		{"no number, one person", []string{"Patient: Amara OKAFOR", "DOB: 07/03/1951"}, postroom.MatchProbable, false, "1"},
		{"no number, two persons", []string{"Patient: David BROWN", "DOB: 02/01/1960"}, postroom.MatchNone, true, ""},
		{"no number, two persons, one postcode", []string{"Patient: David BROWN", "DOB: 02/01/1960", "Address: 1 High Street, Ashby, ZZ99 6GG"}, postroom.MatchProbable, false, "n2"},
		{"no number, nobody", []string{"Patient: David GREEN", "DOB: 02/01/1960"}, postroom.MatchNone, false, ""},

		{"birth date conflicts", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 19/11/1988"}, postroom.MatchNone, true, ""},
		{"surname conflicts", []string{"Patient: Amara WINTERTON", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, postroom.MatchNone, true, ""},
		{"given name contradicts", []string{"Patient: Bernard OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, postroom.MatchNone, true, ""},
		{"two numbers", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951", "", "NHS No: 999 555 1233"}, postroom.MatchNone, true, ""},
		{"two birth dates", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951", "", "Date of birth: 09/09/1981"}, postroom.MatchNone, true, ""},
		{"a second number that fails its check digit", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951", "", "NHS No: 485 777 3456"}, postroom.MatchNone, true, ""},
		{"twins", []string{"Patient: Rose LARKIN", "NHS No: 999 000 0026", "DOB: 06/05/2012"}, postroom.MatchProbable, true, "t1"},

		{"wrong check digit", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3455", "DOB: 07/03/1951"}, postroom.MatchNone, false, ""},
		{"not in the register", []string{"Patient: Noel STRANGER", "NHS No: 320 123 4575", "DOB: 07/03/1971"}, postroom.MatchNone, false, ""},
		{"not in the register, but name and birth date are", []string{"Patient: Amara OKAFOR", "NHS No: 350 000 0010", "DOB: 07/03/1951"}, postroom.MatchNone, true, ""},
		{"deceased", []string{"Patient: Peter HOLLOWAY", "NHS No: 943 476 5870", "DOB: 05/04/1933"}, postroom.MatchProbable, true, "d"},
		{"left", []string{"Patient: Una FERRIS", "NHS No: 987 654 3210", "DOB: 17/07/1977"}, postroom.MatchProbable, true, "l"},
		{"restricted", []string{"Patient: Tamsin QUILL", "NHS No: 320 123 4567", "DOB: 18/08/1984"}, postroom.MatchProbable, true, "r"},

		{"name alone", []string{"Patient: Amara OKAFOR"}, postroom.MatchNone, false, ""},
		{"birth date and postcode alone", []string{"DOB: 07/03/1951", "Address: 4 Mill Lane, ZZ99 1AA"}, postroom.MatchNone, false, ""},
		{"number alone", []string{"NHS No: 999 012 3454"}, postroom.MatchProbable, false, "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := matched(t, matchRegister, c.lines...)
			if m.Kind != c.kind || m.Conflict != c.conflict {
				t.Errorf("%s, conflict %v: %v", m.Kind, m.Conflict, m.Reasons)
			}
			switch {
			case c.patient == "" && m.Patient != nil:
				t.Errorf("patient %s", m.Patient.ID)
			case c.patient != "" && (m.Patient == nil || m.Patient.ID != c.patient):
				t.Errorf("patient %v", m.Patient)
			}
			if (m.Kind == postroom.MatchNone) != (m.Patient == nil) {
				t.Error("a patient without a match, or a match without a patient")
			}
		})
	}
}

func TestNotOurPatient(t *testing.T) {
	m := matched(t, matchRegister, "Patient: Noel STRANGER", "NHS No: 943 476 5919", "DOB: 07/03/1971")
	if m.Kind != postroom.MatchNone || !m.Conflict {
		t.Errorf("a number of somebody else: %s %v", m.Kind, m.Reasons)
	}
	m = matched(t, sampleRegister, "Patient: Noel STRANGER", "NHS No: 943 476 5919", "DOB: 07/03/1971")
	if !strings.Contains(strings.Join(m.Reasons, " "), "not our patient") {
		t.Errorf("reasons %v", m.Reasons)
	}
}

// A number with a wrong digit still leads the clerk to the patient.
func TestCandidates(t *testing.T) {
	m := matched(t, matchRegister, "Patient: Amara OKAFOR", "NHS No: 999 012 3445", "DOB: 07/03/1951")
	if len(m.Candidates) == 0 || m.Candidates[0].Patient.ID != "1" || len(m.Candidates[0].Why) == 0 {
		t.Fatalf("candidates %d", len(m.Candidates))
	}
	if m.Candidates[0].Confidence < 0.9 {
		t.Errorf("the right candidate is %.3f sure", m.Candidates[0].Confidence)
	}
	for i := 1; i < len(m.Candidates); i++ {
		if m.Candidates[i].Confidence > m.Candidates[i-1].Confidence {
			t.Error("the candidates are not in order")
		}
	}
}

// Who is no patient of the practice is an outcome of its own, with what is
// needed to send the document back.
func TestNotOurs(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		why   string
	}{
		{"not in the list", []string{"Patient: Noel STRANGER", "NHS No: 320 123 4575", "DOB: 17/09/1971"}, NotInList},
		{"not in the list, no number", []string{"Patient: Noel STRANGER", "DOB: 17/09/1971"}, NotInList},
		{"left", []string{"Patient: Una FERRIS", "NHS No: 987 654 3210", "DOB: 17/07/1977"}, Left},
		{"deceased", []string{"Patient: Peter HOLLOWAY", "NHS No: 943 476 5870", "DOB: 05/04/1933"}, Deceased},
		{"somebody may be meant", []string{"Patient: Amara OKAFOR", "NHS No: 350 000 0010", "DOB: 07/03/1957"}, ""},
		{"conflict", []string{"Patient: Amara WINTERTON", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, ""},
		{"ours", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951"}, ""},
		{"number misread", []string{"Patient: Amara OKAFOR", "NHS No: 999 012 3455", "DOB: 07/03/1951"}, ""},
		{"nothing can be read", []string{"Patient:"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := append([]string{"# Example General Hospital", "Tel: 01632 960123   Fax: 01632 960124", "Clinic letter", "Date: 03/03/2026", ""}, c.lines...)
			page = append(page, "", "I reviewed this patient in clinic today. Follow up in six months.", "", "Yours sincerely", "Dr Helen Marsh")
			d := sortPages(t, matchRegister, typeset(page...)).Documents[0]
			if d.Match.NotOurs != c.why || (d.Return != nil) != (c.why != "") {
				t.Fatalf("%q, %+v: %v", d.Match.NotOurs, d.Return, d.Match.Reasons)
			}
			if d.Return == nil {
				return
			}
			if d.Return.Organisation == "" || d.Return.Received == "" || d.Return.LetterDate != "2026-03-03" || d.Return.Priority == "" || d.Return.Fax != "01632960124" || d.Return.Phone != "01632960123" {
				t.Errorf("%+v", *d.Return)
			}
		})
	}
}

func TestNoRegister(t *testing.T) {
	m := matched(t, nil, "Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951")
	if m.Kind != postroom.MatchNone {
		t.Errorf("%s without a register", m.Kind)
	}
}

// A document costs less than 5 ms at 100,000 patients, whatever is known of
// its patient; in a list where very many share name and postcode, too.
func TestRegisterIsFast(t *testing.T) {
	patients := manyPatients(100_000)
	r := NewRegister(patients)
	const n = 300
	start := cpuTime()
	for i := range n {
		p := &patients[(i*7919)%len(patients)]
		d := subject{numbers: []string{p.Number}, births: []birth{{p.BirthDate, ""}}, names: []personName{{family: p.Family, given: p.Given}}, postcode: p.Postcode}
		switch i % 6 {
		case 1:
			d.numbers = nil
		case 2:
			d.numbers, d.broken = nil, []string{p.Number[:8] + "00"}
		case 3:
			d.births = nil
		case 4:
			d.numbers, d.births = nil, []birth{{swapped(p.BirthDate), ""}}
		case 5:
			d.numbers, d.names = nil, []personName{{family: p.Family}}
		}
		r.match(d)
	}
	each := (cpuTime() - start) / n
	t.Logf("%v of computing a document", each)
	if each > 5*time.Millisecond {
		t.Errorf("matching takes %v a document", each)
	}
}

func manyPatients(n int) []postroom.Patient {
	families := []string{"Smith", "Jones", "Taylor", "Brown", "Williams", "Patel", "Khan", "Evans", "Thomas", "Okafor", "Whitcombe", "Nowak", "Murphy", "O'Brien", "Larkin", "Begum", "Singh", "Wright", "Green", "Hall"}
	given := []string{"Mary", "John", "Anna", "David", "Fatima", "Peter", "Rose", "Tom", "Aisha", "Ewa", "Sean", "Grace", "Omar", "Jane", "Paul", "Lily"}
	out := make([]postroom.Patient, 0, n)
	for i := 0; len(out) < n; i++ {
		nine := fmt.Sprintf("999%06d", i%1_000_000)
		if i >= 1_000_000 {
			nine = fmt.Sprintf("998%06d", i%1_000_000)
		}
		check, ok := postroom.Modulus11(nine)
		if !ok {
			continue
		}
		day := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, (i*37)%33000)
		out = append(out, postroom.Patient{
			ID: fmt.Sprint(i), Number: nine + string(check), Family: families[i%len(families)] + []string{"", "son", "ley", "by"}[(i/20)%4], Given: given[(i/3)%len(given)],
			BirthDate: day.Format(time.DateOnly), Postcode: fmt.Sprintf("ZZ99 %dAA", i%10),
		})
	}
	return out
}

func BenchmarkMatch(b *testing.B) {
	patients := manyPatients(100_000)
	r := NewRegister(patients)
	for i := 0; b.Loop(); i++ {
		p := &patients[(i*7919)%len(patients)]
		r.match(subject{numbers: []string{p.Number}, births: []birth{{p.BirthDate, ""}}, names: []personName{{family: p.Family, given: p.Given}}})
	}
}
