package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/classify/internal/study"
	"github.com/postroom/postroom/testdata/generate"
)

// trainRoles makes the model that tells which part a date or a name plays:
// from documents put together freely, and from those of the generator's
// training layouts. The calibration is fitted on wordings that were kept back.
func trainRoles(ctx context.Context, out string, each int) error {
	examples, err := roleExamples(each)
	if err != nil {
		return err
	}
	start := time.Now()
	m, lessons, err := classify.LearnRoles(ctx, examples)
	if err != nil {
		return err
	}
	fmt.Printf("%s in %s\n%s\n", m.Version(), time.Since(start).Round(time.Millisecond), lessons)
	f, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("write the roles: %w", err)
	}
	if _, err := m.WriteTo(f); err != nil {
		f.Close()
		return fmt.Errorf("write the roles: %w", err)
	}
	return f.Close()
}

func roleExamples(each int) ([]classify.RoleExample, error) {
	r := rand.New(rand.NewPCG(2026, 4))
	qualities := []string{"clean", "typical", "typical", "bad"}
	var out []classify.RoleExample
	add := func(m *study.Maker, n int, held bool) {
		for range n {
			for _, code := range m.Types() {
				quality := pick(r, qualities)
				if held {
					quality = "clean" // what recognition spoils is not the roles' fault
				}
				d := m.Document(code, quality)
				e := classify.RoleExample{Pages: d.Pages, Fields: d.Fields, Received: study.Day.AddDate(0, 0, r.IntN(4)), HeldBack: held}
				if r.IntN(2) == 0 { // a practice that has said who it is
					e.Config = classify.Config{PracticeNames: []string{d.Practice}, PracticePostcodes: []string{d.PracticePostcode}}
				}
				out = append(out, e)
			}
		}
	}
	faxes := func(m *study.Maker, n int, held bool) {
		for range n {
			msg := m.Message(pick(r, qualities))
			e := classify.RoleExample{Pages: msg.Pages, Received: study.Day, HeldBack: held, Covers: make([]bool, len(msg.Pages)), Begins: make([]bool, len(msg.Pages))}
			for i := range msg.Others {
				e.Covers[i] = true
			}
			for _, d := range msg.Documents {
				e.Begins[d.At[0]] = true
			}
			out = append(out, e)
		}
	}
	faxes(study.New(13, study.Learn), 12*each, false)
	faxes(study.New(14, study.Check), 4*each, true)
	add(study.New(11, study.Learn), each, false)
	add(study.New(12, study.Check), each/3, true)
	reg := generate.NewRegister(2027, 300)
	for _, code := range generate.Types() {
		for n := range each / 3 {
			spec := generate.DocumentSpec{
				Type: code, Split: generate.Train, Sent: study.Day.AddDate(0, 0, -r.IntN(700)),
				Patient: reg.People[r.IntN(len(reg.People))], InRegister: true, Wording: n + 1,
			}
			d, err := generate.MakeDocument(2027, fmt.Sprintf("roles %s %d", code, n), spec)
			if err != nil {
				return nil, fmt.Errorf("make %s %d: %w", code, n, err)
			}
			e := classify.RoleExample{Fields: map[postroom.FieldName]string{}, Received: spec.Sent}
			for k, v := range d.Truth.Fields {
				e.Fields[k] = v
			}
			noise := simulate.Noises[pick(r, qualities)]
			for i, p := range d.Papers {
				e.Pages = append(e.Pages, simulate.Paper(p, "train", i+1, noise, r))
			}
			out = append(out, e)
		}
	}
	return out, nil
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
