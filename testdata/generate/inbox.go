package generate

import (
	"bytes"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// InboxSeed is the seed of the sample inbox and of its patients.
const InboxSeed = 2026

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
	// The same patient for two mails, and people who are taken for each other.
	first := of(postroom.DischargeSummary)
	first.Wording = 1
	alike := g.register.Alike[0]
	one, other := of(postroom.OutpatientLetter), of(postroom.RadiologyReport)
	one.Patient, other.Patient = g.register.People[alike[0]], g.register.People[alike[1]]
	stranger := of(postroom.EDAttendance)
	stranger.Patient, stranger.InRegister = g.register.Strangers[0], false

	add(plan{form: faxTIFF, coding: G4, fine: true, cover: true}, first)
	add(plan{form: faxTIFF, coding: G3}, of(postroom.LabReport))
	_, _ = one, other
	add(plan{notice: noticeLink})
	_ = stranger
	return plans
}
