package generate

import (
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// corpusStart is when the first message of a corpus arrives.
var corpusStart = time.Date(2026, 3, 2, 7, 30, 0, 0, time.UTC)

// weights say how often types arrive.
var weights = map[postroom.TypeCode]int{
	postroom.OutpatientLetter: 4, postroom.DischargeSummary: 4, postroom.LabReport: 2, postroom.RadiologyReport: 2, postroom.EDAttendance: 2,
	postroom.OOH111Report: 2, postroom.MentalHealthLetter: 2, postroom.AdminLetter: 2, postroom.MedicationRequest: 2, postroom.DNALetter: 2,
}

func (g *Generator) pickType(r *Rand) postroom.TypeCode {
	types := g.options.Types
	if len(types) == 0 {
		types = Types()
	}
	var urn []postroom.TypeCode
	for _, t := range types {
		for range max(1, weights[t]) {
			urn = append(urn, t)
		}
	}
	return pick(r, urn)
}

// plan draws message n of a corpus.
func (g *Generator) plan(n int) plan {
	o := g.options
	r := NewRand(o.Seed, fmt.Sprintf("plan %d", n))
	p := plan{
		name: fmt.Sprintf("%06d.eml", n), label: fmt.Sprint(n), content: fmt.Sprint(n), seed: o.Seed,
		received: corpusStart.Add(time.Duration(n)*7*time.Minute + time.Duration(r.Intn(360))*time.Second).Truncate(time.Second),
		quality:  o.Quality, split: o.Layouts, fine: r.Chance(0.55), subject: r.Intn(30), coding: pick(r, []Coding{G3, G3Two, G4, G4}), wrap: wrapPlain,
	}
	if p.quality == Mixed {
		p.quality = pick(r, []Quality{Clean, Typical, Typical, Bad})
	}
	if p.split == All {
		p.split = pick(r, []Split{Train, Test})
	}
	p.form = pick(r, []form{faxTIFF, faxTIFF, faxTIFF, faxTIFF, faxTIFF, faxPDF, faxPDF, scanPDF, scanJPEG, textPDF})
	docs := 1
	if !o.Plain {
		g.unusual(r, n, &p)
		if p.notice != "" || p.junk || p.resendOf != "" {
			return p
		}
		if r.Chance(0.08) {
			docs = r.Between(2, 4)
			p.cover = true
		} else if p.form == faxTIFF || p.form == faxPDF {
			p.cover = r.Chance(0.2)
		}
		p.sheets = docs > 1 && r.Chance(0.2)
		p.blanks = r.Chance(0.03)
		p.wrap = pick(r, []packing{wrapPlain, wrapPlain, wrapPlain, wrapPlain, wrapPlain, wrapPlain, wrapHTML, wrapOctet, wrapForward, wrapZip, wrapTNEF, wrapNames, wrapNested})
	}
	for range docs {
		p.docs = append(p.docs, g.spec(r, g.pickType(r), p))
	}
	return p
}

// unusual draws the rarer things that happen to a message.
func (g *Generator) unusual(r *Rand, n int, p *plan) {
	switch d := r.Intn(100); {
	case d < 4:
		p.notice = pick(r, []notice{noticeLink, noticeFailed, noticePartial, noticeAway, noticeNone})
	case d < 6:
		p.junk = true
		p.form = faxTIFF
	case d < 7:
		p.form = lockedPDF
	case d < 8:
		p.broken = pick(r, []string{"zero", "corrupt", "foreign"})
		p.form = faxTIFF
	case d < 9:
		p.form = ownerPDF
	case d < 13 && n > 5:
		of := g.plan(n - r.Between(1, 5))
		if of.notice != "" || of.junk || of.resendOf != "" || of.broken != "" || of.form == lockedPDF {
			return
		}
		p.resendOf, p.docs, p.content, p.split = of.name, of.docs, of.content, of.split
		p.cover = of.cover
		if p.form == textPDF {
			p.form = faxTIFF
		}
	}
}

// spec draws a document: whose it is and how the letter has him.
func (g *Generator) spec(r *Rand, kind postroom.TypeCode, p plan) DocumentSpec {
	reg := g.register
	s := DocumentSpec{Type: kind, Split: p.split, Sent: p.received, InRegister: true}
	s.Patient = pick(r, reg.People)
	fits := func(q Person) bool {
		age := 2026 - year(q.BirthDate)
		switch kind {
		case postroom.Maternity:
			return q.Female && age >= 18 && age <= 44
		case postroom.FitNote:
			return age >= 18 && age <= 66
		case postroom.AdvancePlan, postroom.ScreeningResult, postroom.SocialCare:
			return age >= 50
		case postroom.MentalHealthLetter, postroom.OperationNote, postroom.ReportRequest, postroom.SubjectAccessRequest, postroom.PatientLetter:
			return age >= 18
		case postroom.ReferralUrgentCancer:
			return age >= 35
		}
		return true
	}
	for range 400 {
		if fits(s.Patient) {
			break
		}
		s.Patient = pick(r, reg.People)
	}
	switch d := r.Intn(100); {
	case d < 5 && len(reg.Strangers) > 0: // not a patient of ours
		s.Patient, s.InRegister = pick(r, reg.Strangers), false
	case d < 12 && len(reg.Alike) > 0: // somebody who is easily taken for another
		q := reg.People[pick(r, reg.Alike)[r.Intn(2)]]
		if fits(q) {
			s.Patient = q
		}
	case d < 15: // the letter has no NHS number
		printed := s.Patient
		printed.Number = ""
		s.Printed, s.Hold = &printed, HoldNoNumber
	case d < 18: // the number of somebody else
		printed := s.Patient
		printed.Number = pick(r, reg.People).Number
		if printed.Number != s.Patient.Number {
			s.Printed, s.Hold = &printed, HoldConflict
		}
	case d < 19: // a number with a wrong digit
		printed := s.Patient
		b := []byte(printed.Number)
		i := r.Between(3, 9)
		b[i] = '0' + (b[i]-'0'+1)%10
		printed.Number = string(b)
		s.Printed, s.Hold = &printed, HoldConflict
	case d < 20: // another birth date
		printed := s.Patient
		printed.BirthDate = addYears(printed.BirthDate, pick(r, []int{-1, 1, 10, -10}))
		s.Printed, s.Hold = &printed, HoldConflict
	case d < 22: // the name before she married
		printed := s.Patient
		if printed.Female {
			printed.Family = pick(r, familyNames)
			s.Printed, s.Hold = &printed, HoldConflict
		}
	case d < 24 && len(g.options.Types) == 0:
		if kind == postroom.LabReport || kind == postroom.DischargeSummary || kind == postroom.RadiologyReport || kind == postroom.OutpatientLetter || kind == postroom.ReferralLetter {
			s.American, s.InRegister = true, false
			s.Patient = pick(r, reg.Strangers)
		}
	case d < 26:
		s.Urgent = true
	}
	return s
}

func year(date string) int {
	t, _ := time.Parse(time.DateOnly, date)
	return t.Year()
}
