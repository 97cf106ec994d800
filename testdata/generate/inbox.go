package generate

import (
	"bytes"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// InboxSeed is the seed of the sample inbox and of its patients.
const InboxSeed = 2026

// longWording is the number of the wording of a discharge summary that fills several pages.
const longWording = 4

// InboxPatients is the number of patients in the sample's list.
const InboxPatients = 200

// InboxFiles makes the sample inbox: its mails, truth.jsonl and patients.csv.
func InboxFiles() ([]File, error) {
	g, err := New(Options{Seed: InboxSeed, Patients: InboxPatients})
	if err != nil {
		return nil, err
	}
	var out []File
	var truth []byte
	for _, p := range g.inboxPlans() {
		m, err := g.make(p)
		if err != nil {
			return nil, fmt.Errorf("make %s of the sample inbox: %w", p.name, err)
		}
		out = append(out, File{m.Name, m.Raw})
		if truth, err = AppendTruth(truth, m.Truth); err != nil {
			return nil, err
		}
	}
	var list bytes.Buffer
	if err := WriteRegister(&list, g.register.People); err != nil {
		return nil, fmt.Errorf("write the sample patients: %w", err)
	}
	return append(out, File{"truth.jsonl", truth}, File{"patients.csv", list.Bytes()}), nil
}

// inboxPlans are the mails of the sample inbox in the order of their arrival.
func (g *Generator) inboxPlans() []plan {
	var plans []plan
	at := time.Date(2026, 3, 12, 7, 42, 0, 0, time.UTC)
	r := NewRand(InboxSeed, "inbox")
	add := func(p plan, docs ...DocumentSpec) {
		n := len(plans) + 1
		p.name = fmt.Sprintf("%04d.eml", n)
		p.seed, p.label = InboxSeed, fmt.Sprintf("inbox %d", n)
		if p.content == "" {
			p.content = p.label
		}
		p.received = at.Add(time.Duration(n*9+r.Intn(7)) * time.Minute)
		if p.quality == "" {
			p.quality = Typical
		}
		if p.split == "" {
			p.split = Train
		}
		if p.wrap == "" {
			p.wrap = wrapPlain
		}
		if p.subject == 0 {
			p.subject = n
		}
		for _, d := range docs {
			d.Sent, d.Split = p.received, p.split
			p.docs = append(p.docs, d)
		}
		plans = append(plans, p)
	}
	of := func(kind postroom.TypeCode) DocumentSpec {
		p := plan{split: Train, received: at}
		for {
			if s := g.spec(r, kind, p); s.Printed == nil && s.Hold == "" && s.InRegister && !s.Urgent {
				return s
			}
		}
	}
	// People who are taken for each other, and one who is not a patient.
	alike := g.register.Alike[0]
	whose := func(kind postroom.TypeCode, p Person) DocumentSpec {
		s := of(kind)
		s.Patient = p
		return s
	}
	printed := func(s DocumentSpec, hold string, change func(*Person)) DocumentSpec {
		p := s.Patient
		change(&p)
		s.Printed, s.Hold = &p, hold
		return s
	}
	renamed := of(postroom.ScreeningResult)
	for g.register.Before[g.index(renamed.Patient)] == "" {
		renamed = of(postroom.PatientLetter)
	}
	stranger := whose(postroom.EDAttendance, g.register.Strangers[0])
	stranger.InRegister = false
	american := whose(postroom.DischargeSummary, g.register.Strangers[3])
	american.InRegister, american.American = false, true
	long, incomplete := of(postroom.DischargeSummary), of(postroom.DischargeSummary)
	long.Wording, incomplete.Wording = longWording, longWording
	theatre := of(postroom.OperationNote)
	first := of(postroom.DischargeSummary)
	first.Wording = 1

	add(plan{form: faxTIFF, coding: G4, fine: true, cover: true, content: "first"}, first)
	add(plan{form: faxTIFF, coding: G3}, of(postroom.LabReport))
	add(plan{form: textPDF, wrap: wrapHTML}, of(postroom.OutpatientLetter))
	add(plan{form: scanPDF, dpi: 150}, of(postroom.RadiologyReport))
	add(plan{form: faxPDF, coding: G4, fine: true}, of(postroom.ReferralUrgentCancer))
	add(plan{form: faxTIFF, coding: G3Two, wrap: wrapForward, split: Test}, of(postroom.EDAttendance))
	add(plan{form: faxTIFF, coding: G4, fine: true, cover: true}, of(postroom.OutpatientLetter), of(postroom.DNALetter), of(postroom.MentalHealthLetter))
	add(plan{form: faxTIFF, coding: G3, quality: Bad, cover: true, resendOf: "0001.eml", content: "first"}, first)
	add(plan{form: faxTIFF, coding: G3, junk: true})
	add(plan{form: faxTIFF, coding: G4, blanks: true, split: Test}, of(postroom.OOH111Report))
	add(plan{form: lockedPDF}, of(postroom.OutpatientLetter))
	add(plan{form: faxTIFF, coding: G4, broken: "corrupt"}, of(postroom.LabReport))
	add(plan{notice: noticeNone})
	add(plan{form: textPDF, wrap: wrapTNEF, split: Test}, of(postroom.MentalHealthLetter))
	add(plan{form: faxPDF, coding: G3, fine: true, wrap: wrapZip}, of(postroom.Maternity))
	add(plan{notice: noticeLink})
	add(plan{notice: noticeFailed})
	add(plan{notice: noticePartial})
	add(plan{notice: noticeAway})
	add(plan{form: faxTIFF, coding: G4, fine: true}, american)
	add(plan{form: faxPDF, coding: G4, fine: true, split: Test}, of(postroom.Safeguarding))
	add(plan{form: faxTIFF, coding: G4, fine: true}, stranger)
	add(plan{form: faxTIFF, coding: G4, fine: true}, whose(postroom.OutpatientLetter, g.register.People[alike[0]]))
	add(plan{form: faxTIFF, coding: G3Two, fine: true}, whose(postroom.RadiologyReport, g.register.People[alike[1]]))
	add(plan{form: scanPNG, dpi: 150, quality: Clean}, of(postroom.ImmunisationRecord))
	add(plan{form: scanJPEG, dpi: 150}, of(postroom.PatientLetter))
	add(plan{form: faxTIFF, coding: G4, wrap: wrapOctet}, of(postroom.HistologyReport))
	add(plan{form: scanPDF, dpi: 150, wrap: wrapNames}, of(postroom.FitNote))
	add(plan{form: faxTIFF, coding: G4, fine: true, upended: true}, long)
	add(plan{form: ownerPDF, split: Test}, of(postroom.MedicationRequest))
	add(plan{form: faxTIFF, coding: G4, fine: true, lose: 2}, incomplete)
	add(plan{form: faxTIFF, coding: G3Two, wrap: wrapNested}, of(postroom.AdminLetter))
	add(plan{form: faxTIFF, coding: G4, fine: true}, printed(of(postroom.OutpatientLetter), HoldConflict, func(p *Person) { p.Number = g.register.People[150].Number }))
	add(plan{form: faxTIFF, coding: G4, fine: true, split: Test}, printed(of(postroom.AmbulanceReport), HoldNoNumber, func(p *Person) { p.Number = "" }))
	add(plan{form: faxPDF, coding: G3Two}, printed(whose(postroom.ScreeningResult, renamed.Patient), HoldConflict, func(p *Person) { p.Family = g.register.Before[g.index(*p)] }))
	add(plan{form: faxTIFF, coding: G4, fine: true, sheets: true}, whose(postroom.ConsentForm, theatre.Patient), theatre)
	add(plan{form: faxTIFF, coding: G4, fine: true, split: Test}, of(postroom.AdvancePlan))
	add(plan{form: scanPDF, dpi: 150, quality: Clean}, of(postroom.ReportRequest))
	add(plan{form: faxTIFF, coding: G4, broken: "foreign"}, of(postroom.OutpatientLetter))
	add(plan{form: faxTIFF, coding: G3, broken: "zero"}, of(postroom.OutpatientLetter))
	add(plan{form: textPDF}, of(postroom.SubjectAccessRequest))
	add(plan{form: faxTIFF, coding: G3, quality: Bad, split: Test}, of(postroom.ReferralLetter))
	add(plan{form: faxTIFF, coding: G3, blank: true})
	add(plan{form: faxTIFF, coding: G4, fine: true, split: Test}, of(postroom.SocialCare))
	return plans
}

// index returns where in the register a person stands.
func (g *Generator) index(p Person) int {
	for i, q := range g.register.People {
		if q.Number == p.Number {
			return i
		}
	}
	return -1
}
