package study

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// facts are what one document is about.
type facts struct {
	r     *rand.Rand
	code  postroom.TypeCode
	pools *pools

	title, given, family string
	female               bool
	birth                time.Time
	number               string // NHS number
	mrn                  string
	street, town, code2  string // address
	phone                string
	age                  int

	org, parent, dept string
	orgAddress        []string
	orgPhone, orgFax  string
	author, role, gmc string
	gp                string
	kin               string
	us                bool

	letter, event, admission, discharge time.Time
	sent                                time.Time // the day it arrives
	style                               int       // of dates
	nameStyle, numberStyle              int

	surgery, surgeryTown, surgeryCode string
	dx, drug, symptom, procedure      string
	spec                              string
	told                              map[string]bool // days that the text names
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// newNumber returns a valid NHS number of the range for tests.
func newNumber(r *rand.Rand) string {
	for {
		s := "999" + digits(r, 7)
		if _, err := postroom.ParseNHSNumber(s); err == nil {
			return s
		}
	}
}

func postcode(r *rand.Rand) string {
	const in = "ABDEFGHJLNPQRSTUWXYZ"
	area := pick(r, []string{"KY", "BX", "EX", "HS", "WR", "FK", "OX", "LE", "SR", "ME", "RG", "AL", "CT", "GU", "TQ", "DN", "N", "B", "G", "S", "SW", "EC", "JE"})
	return fmt.Sprintf("%s%d %d%c%c", area, 1+r.IntN(40), r.IntN(10), in[r.IntN(len(in))], in[r.IntN(len(in))])
}

func newFacts(r *rand.Rand, p *pools, code postroom.TypeCode, sent time.Time) *facts {
	f := &facts{r: r, code: code, pools: p, sent: sent, told: map[string]bool{}}
	f.female = r.IntN(2) == 0
	for {
		i := r.IntN(len(givens))
		if (i >= 28) == f.female {
			f.given = givens[i]
			break
		}
	}
	f.family = pick(r, families)
	f.age = r.IntN(95)
	switch code {
	case postroom.Maternity:
		f.female, f.age, f.given = true, 18+r.IntN(26), givens[28+r.IntN(len(givens)-28)]
	case postroom.FitNote, postroom.OperationNote, postroom.ReportRequest, postroom.PatientLetter, postroom.SubjectAccessRequest:
		f.age = 18 + r.IntN(60)
	case postroom.SocialCare, postroom.AdvancePlan, postroom.ReferralUrgentCancer:
		f.age = 45 + r.IntN(50)
	}
	f.title = pick(r, map[bool][]string{true: {"Mrs", "Miss", "Ms", "Mrs"}, false: {"Mr", "Mr", "Mr", "Master"}}[f.female])
	f.letter = sent.AddDate(0, 0, -r.IntN(6))
	f.event = f.letter.AddDate(0, 0, -r.IntN(12))
	f.discharge = f.letter.AddDate(0, 0, -r.IntN(3))
	f.admission = f.discharge.AddDate(0, 0, -1-r.IntN(14))
	f.birth = f.letter.AddDate(-f.age, 0, -1-r.IntN(360))
	f.number, f.mrn = newNumber(r), pick(r, []string{"", "M", "H", "RX", "S", "MR"})+digits(r, 6+r.IntN(2))
	f.street, f.town, f.code2 = fmt.Sprintf("%d %s", 1+r.IntN(200), pick(r, streets)), pick(r, places), postcode(r)
	f.phone = pick(r, []string{"0161 496 0", "07700 900", "020 7946 0", "0117 496 0", "01632 960"}) + digits(r, 3)
	f.style, f.nameStyle, f.numberStyle = r.IntN(14), r.IntN(9), r.IntN(6)
	kind := senderKinds[string(code)]
	if kind == "" {
		kind = "hospital"
	}
	kind = pick(r, strings.Fields(kind))
	f.us = kind == "us"
	f.org = f.fill(pick(r, senderNames[kind]))
	if kind == "hospital" || kind == "mental" {
		f.parent = f.fill(pick(r, []string{"{place} University Hospitals NHS Foundation Trust", "{place} NHS Trust", "", "{place} Healthcare NHS Foundation Trust", "{place} and {place2} Health and Care Partnership"}))
		if strings.Contains(f.org, "Trust") {
			f.parent = ""
		}
	}
	f.spec = pick(r, specs)
	f.dept = f.spec
	switch code {
	case postroom.LabReport:
		f.dept = pick(r, list("Department of Clinical Biochemistry; Haematology; Blood Sciences; Microbiology Department; Pathology Directorate; Department of Laboratory Medicine"))
	case postroom.HistologyReport:
		f.dept = pick(r, list("Cellular Pathology; Department of Histopathology; Histology Department; Cytology"))
	case postroom.RadiologyReport:
		f.dept = pick(r, list("Radiology Department; Department of Diagnostic Imaging; X-ray Department; Medical Imaging; Department of Radiology"))
	case postroom.EDAttendance:
		f.dept = pick(r, list("Emergency Department; Accident and Emergency; Urgent Care Centre; A&E Department"))
	}
	f.orgAddress = []string{pick(r, streets), pick(r, places), postcode(r)}
	f.orgPhone, f.orgFax = "0"+digits(r, 3)+" 496 0"+digits(r, 3), "0"+digits(r, 3)+" 496 0"+digits(r, 3)
	f.author, f.role = f.doctor(), pick(r, roles)
	f.gmc = digits(r, 7)
	f.gp = "Dr " + pick(r, []string{"A", "S", "R J", "Helen", "Thomas", "N", "Priti"}) + " " + pick(r, families)
	f.kin = pick(r, []string{"Mr", "Mrs", "Ms"}) + " " + pick(r, givens) + " " + pick(r, []string{f.family, pick(r, families)})
	f.surgery, f.surgeryTown, f.surgeryCode = f.fill(pick(r, list("{place} Surgery; {place} Health Centre; {street} Medical Centre; The {place} Practice"))), pick(r, places), postcode(r)
	f.dx, f.drug, f.symptom, f.procedure = pick(r, diagnoses), pick(r, drugs), pick(r, symptoms), pick(r, procs)
	return f
}

func (f *facts) doctor() string {
	r := f.r
	title := pick(r, []string{"Dr", "Dr", "Dr", "Mr", "Miss", "Prof", "Professor"})
	given := pick(r, givens)
	switch r.IntN(3) {
	case 0:
		given = string([]rune(given)[0])
	case 1:
		given = string([]rune(given)[0]) + " " + string([]rune(pick(r, givens))[0])
	}
	return title + " " + given + " " + pick(r, families)
}

func (f *facts) date(t time.Time) string {
	if f.us {
		// Months in words: 3/4/2026 is the third of April wherever the site does not say otherwise.
		return t.Format([]string{"January 2, 2006", "Jan 2, 2006"}[f.style%2])
	}
	switch f.style {
	case 0, 1, 2:
		return t.Format("02/01/2006")
	case 3, 4:
		return t.Format("2 January 2006")
	case 5:
		return t.Format("02-Jan-2006")
	case 6:
		return t.Format("02 Jan 2006")
	case 7:
		return t.Format("02.01.2006")
	case 8:
		return t.Format("02/01/06")
	case 9:
		suffix := "th"
		switch t.Day() {
		case 1, 21, 31:
			suffix = "st"
		case 2, 22:
			suffix = "nd"
		case 3, 23:
			suffix = "rd"
		}
		return fmt.Sprint(t.Day(), suffix, t.Format(" January 2006"))
	case 10:
		return t.Format("02-01-2006")
	case 11:
		return t.Format("Monday, 2 January 2006")
	case 12:
		return t.Format("02 January 2006")
	}
	return t.Format("2/1/2006")
}

func (f *facts) born() string {
	if f.style == 8 || f.style == 11 {
		return f.birth.Format("02/01/2006")
	}
	return f.date(f.birth)
}

func (f *facts) nhs() string {
	n := f.number
	switch f.numberStyle {
	case 0, 1, 2:
		return n[:3] + " " + n[3:6] + " " + n[6:]
	case 3:
		return n[:3] + "-" + n[3:6] + "-" + n[6:]
	}
	return n
}

func (f *facts) name() string {
	upper := strings.ToUpper(f.family)
	switch f.nameStyle {
	case 0:
		return f.title + " " + f.given + " " + f.family
	case 1:
		return f.title + " " + f.given + " " + upper
	case 2:
		return upper + ", " + f.given + " (" + f.title + ")"
	case 3:
		return upper + ", " + f.given
	case 4:
		return f.given + " " + f.family
	case 5:
		return f.given + " " + upper
	case 6:
		return upper + " " + f.given + " (" + f.title + ")"
	case 7:
		return f.family + ", " + f.given
	}
	return f.title + ". " + f.given + " " + f.family
}

// fill fills the slots of a text.
func (f *facts) fill(s string) string {
	for range 40 {
		start := strings.IndexByte(s, '{')
		if start < 0 {
			break
		}
		end := strings.IndexByte(s[start:], '}')
		if end < 0 {
			break
		}
		s = s[:start] + f.slot(s[start+1:start+end]) + s[start+end+1:]
	}
	return s
}

func (f *facts) slot(name string) string {
	r := f.r
	he, him, his := "he", "him", "his"
	if f.female {
		he, him, his = "she", "her", "her"
	}
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "n", "dec":
		low, high, _ := strings.Cut(rest, "-")
		a, _ := strconv.Atoi(low)
		b, _ := strconv.Atoi(high)
		v := a + r.IntN(max(b-a, 0)+1)
		if kind == "dec" {
			return fmt.Sprintf("%d.%d", v/10, v%10)
		}
		return strconv.Itoa(v)
	case "digits":
		n, _ := strconv.Atoi(rest)
		return digits(r, n)
	}
	switch name {
	case "he":
		return he
	case "He":
		return strings.ToUpper(he[:1]) + he[1:]
	case "him":
		return him
	case "his":
		return his
	case "His":
		return strings.ToUpper(his[:1]) + his[1:]
	case "himself":
		return map[bool]string{true: "herself", false: "himself"}[f.female]
	case "man":
		if f.age < 16 {
			return map[bool]string{true: "girl", false: "boy"}[f.female]
		}
		return pick(r, map[bool][]string{true: {"lady", "woman"}, false: {"gentleman", "man"}}[f.female])
	case "surname":
		if f.age < 16 {
			return f.given
		}
		return f.title + " " + f.family
	case "fullname":
		return f.given + " " + f.family
	case "age":
		return strconv.Itoa(f.age)
	case "dx":
		return f.dx
	case "drug":
		return pick(r, append([]string{f.drug}, drugs...))
	case "symptom":
		return f.symptom
	case "sign":
		return pick(r, signs)
	case "test":
		return pick(r, tests)
	case "procedure":
		return f.procedure
	case "scan":
		return pick(r, scans)
	case "biopsy":
		return pick(r, biopsies)
	case "site":
		return pick(r, sites)
	case "vaccine":
		return pick(r, vaccines)
	case "spec":
		return f.spec
	case "ward":
		return pick(r, wards)
	case "doctor":
		return f.doctor()
	case "person":
		return pick(r, givens) + " " + pick(r, families)
	case "family", "family2":
		return pick(r, families)
	case "practice":
		return f.surgery
	case "place", "place2":
		return pick(r, places)
	case "street":
		return pick(r, streets)
	case "saint":
		return pick(r, saints)
	case "upper":
		return string(rune('A' + r.IntN(26)))
	case "time":
		return fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(60))
	case "event", "admission", "discharge":
		f.told[name] = true
		return f.date(map[string]time.Time{"event": f.event, "admission": f.admission, "discharge": f.discharge}[name])
	case "past":
		return f.date(f.letter.AddDate(0, 0, -3-r.IntN(120)))
	case "future":
		return f.date(f.letter.AddDate(0, 0, 4+r.IntN(180)))
	}
	return "?" + name + "?"
}
