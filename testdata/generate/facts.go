package generate

import (
	"fmt"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Split keeps what a model may learn from apart from what it is tested on:
// looks and wordings of one split never occur in the other.
type Split string

const (
	Train Split = "train"
	Test  Split = "test"
	All   Split = "all" // of a corpus: both
)

// An organisation sends letters.
type organisation struct {
	name    string // large, in the letterhead
	parent  string // the trust or company above it
	address []string
	phone   string
	fax     string
	web     string
	ods     string
}

// A clinician signs letters.
type clinician struct {
	name  string // "Dr Anita Desai"
	role  string
	gmc   string
	after string // letters after the name
}

// facts are what one letter is about. Wording asks them for slots.
type facts struct {
	r       *Rand
	kind    postroom.TypeCode
	split   Split
	person  Person
	printed Person // as the letter has him: an old surname, a wrong digit
	org     organisation
	dept    string
	author  clinician
	other   clinician // another doctor who is named
	gp      clinician
	surgery organisation

	letter, event, admission, discharge, received time.Time
	dates                                         int // how this sender writes dates
	names                                         int // and names
	numbers                                       int // and NHS numbers
	us                                            bool
	mrn, npi                                      string

	ill   condition
	also  []string // other diagnoses
	meds  []string
	slots map[string]string // what was chosen once and is said again

	urgent bool // the letter says something urgent
}

// A condition is an illness with what is said of it.
type condition struct {
	department, role, name, symptom, sign, drug, procedure, test string
}

func (f *facts) he() (he, him, his string) {
	if f.person.Female {
		return "she", "her", "her"
	}
	return "he", "him", "his"
}

func (f *facts) age() int {
	born, _ := time.Parse(time.DateOnly, f.person.BirthDate)
	years := f.letter.Year() - born.Year()
	if f.letter.YearDay() < born.YearDay() {
		years--
	}
	return max(years, 0)
}

// date writes a date as this sender does.
func (f *facts) date(t time.Time) string { return writeDate(t, f.dates, f.us) }

func writeDate(t time.Time, style int, us bool) string {
	if us {
		return t.Format([]string{"01/02/2006", "January 2, 2006", "1/2/2006", "Jan 2, 2006"}[style%4])
	}
	switch style % 10 {
	case 0:
		return t.Format("02/01/2006")
	case 1:
		return t.Format("2 January 2006")
	case 2:
		return t.Format("02-Jan-2006")
	case 3:
		return ordinal(t.Day()) + t.Format(" January 2006")
	case 4:
		return t.Format("02.01.2006")
	case 5:
		return t.Format("2 Jan 2006")
	case 6:
		return t.Format("02/01/06")
	case 7:
		return t.Format("Monday 2 January 2006")
	case 8:
		return t.Format("2.1.06")
	default:
		return t.Format("02 January 2006")
	}
}

func ordinal(n int) string {
	suffix := "th"
	switch {
	case n%10 == 1 && n != 11:
		suffix = "st"
	case n%10 == 2 && n != 12:
		suffix = "nd"
	case n%10 == 3 && n != 13:
		suffix = "rd"
	}
	return fmt.Sprint(n, suffix)
}

// birthDate writes the printed birth date; two-digit years and weekdays are not used for it.
func (f *facts) birthDate() string {
	t, _ := time.Parse(time.DateOnly, f.printed.BirthDate)
	style := f.dates
	if style%10 >= 6 && style%10 <= 8 {
		style = 0
	}
	return writeDate(t, style, f.us)
}

// nhs writes the printed NHS number.
func (f *facts) nhs() string {
	n := f.printed.Number
	if len(n) != 10 {
		return n
	}
	switch f.numbers % 6 {
	case 0, 1, 2:
		return n[:3] + " " + n[3:6] + " " + n[6:]
	case 3:
		return n[:3] + "-" + n[3:6] + "-" + n[6:]
	default:
		return n
	}
}

// name writes the patient's name.
func (f *facts) name() string {
	p := f.printed
	switch f.names % 7 {
	case 0:
		return fmt.Sprintf("%s %s %s", p.Title, p.Given, strings.ToUpper(p.Family))
	case 1:
		return fmt.Sprintf("%s %s %s", p.Title, p.Given, p.Family)
	case 2:
		return fmt.Sprintf("%s, %s (%s)", strings.ToUpper(p.Family), p.Given, p.Title)
	case 3:
		return fmt.Sprintf("%s %s", p.Given, p.Family)
	case 4:
		return fmt.Sprintf("%s, %s", strings.ToUpper(p.Family), p.Given)
	case 5:
		return fmt.Sprintf("%s %s %s %s", p.Title, p.Given, p.Middle, p.Family)
	default:
		return fmt.Sprintf("%s %s", p.Given, strings.ToUpper(p.Family))
	}
}

func (f *facts) address() string { return f.printed.Address + ", " + f.printed.Postcode }

// normal is the normal form of the fields that have but one value.
func (f *facts) normal(name postroom.FieldName) string {
	iso := func(t time.Time) string { return t.Format(time.DateOnly) }
	p := f.printed
	switch name {
	case postroom.PatientName:
		return p.Given + " " + p.Family
	case postroom.BirthDate:
		return p.BirthDate
	case postroom.NHSNumberField:
		return p.Number
	case postroom.MRN:
		return f.mrn
	case postroom.NPIField:
		return f.npi
	case postroom.Address:
		return p.Address
	case postroom.Postcode:
		return p.Postcode
	case postroom.PatientPhone:
		return strings.ReplaceAll(p.Phone, " ", "")
	case postroom.SenderOrganisation:
		return f.org.name
	case postroom.SenderDepartment:
		return f.dept
	case postroom.SenderClinician:
		return f.author.name
	case postroom.GMCNumber:
		return f.author.gmc
	case postroom.ODSCode:
		return f.org.ods
	case postroom.Recipient:
		return f.gp.name
	case postroom.LetterDate:
		return iso(f.letter)
	case postroom.EventDate:
		return iso(f.event)
	case postroom.AdmissionDate:
		return iso(f.admission)
	case postroom.DischargeDate:
		return iso(f.discharge)
	}
	return ""
}

// newFacts draws what a letter of the kind is about. sent is the day on which it was sent.
func newFacts(r *Rand, kind postroom.TypeCode, split Split, person Person, sent time.Time, us bool) *facts {
	f := &facts{r: r, kind: kind, split: split, person: person, printed: person, us: us, slots: map[string]string{}}
	f.dates, f.names, f.numbers = r.Intn(10), r.Intn(7), r.Intn(6)
	if us {
		f.dates = r.Intn(4)
		f.mrn, f.npi = "MR"+r.digits(7), newNPI(r)
		if r.Chance(0.5) {
			f.mrn = r.digits(8)
		}
	}
	f.letter = sent.AddDate(0, 0, -r.Between(0, 3))
	f.event = f.letter.AddDate(0, 0, -r.Between(0, 9))
	f.discharge = f.letter.AddDate(0, 0, -r.Between(0, 2))
	f.admission = f.discharge.AddDate(0, 0, -r.Between(1, 12))
	f.received = f.event.AddDate(0, 0, 1)
	if f.received.After(f.letter) {
		f.received = f.letter
	}
	age := f.age()
	f.ill = pickCondition(r, kind, age, person.Female)
	f.org, f.dept = newOrganisation(r, kind, split, f.ill, us)
	f.author = newClinician(r, split, authorRole(r, kind, f.ill), us)
	f.other = newClinician(r, split, "Consultant", us)
	f.surgery = thePractice
	f.gp = clinician{name: pick(r, practiceDoctors), role: "General Practitioner"}
	if us {
		f.surgery = usPractice
		f.gp.name = pick(r, []string{"Emily Carter, MD", "Robert Nguyen, MD", "Dr. Lauren Price"})
	}
	for _, c := range shuffled(r, chronic) {
		if len(f.also) < r.Between(0, 4) && c.name != f.ill.name && age > 30 {
			f.also = append(f.also, c.name)
			f.meds = append(f.meds, c.drug)
		}
	}
	for len(f.meds) < 2 {
		f.meds = append(f.meds, pick(r, []string{"Paracetamol 1 g four times daily when required", "Cetirizine 10 mg once daily", "Omeprazole 20 mg once daily",
			"Colecalciferol 800 units once daily", "Salbutamol 100 micrograms inhaler, two puffs when required", "Ibuprofen 400 mg three times daily with food"}))
	}
	return f
}

func newNPI(r *Rand) string {
	for {
		s := "1" + r.digits(9)
		if postroom.ValidNPI(s) {
			return s
		}
	}
}
