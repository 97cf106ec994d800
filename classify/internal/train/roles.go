package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/classify/internal/study"
	"github.com/postroom/postroom/testdata/generate"
)

// trainRoles makes the model that tells which part a date or a name plays:
// from documents put together freely, from whole letters, and from those of the generator's
// training layouts. The calibration is fitted on wordings that were kept back.
func trainRoles(ctx context.Context, out string, each int, hold string) error {
	examples, err := roleExamples(each)
	if err != nil {
		return err
	}
	learned, _, err := letters(partTimes, true, hold)
	if err != nil {
		return err
	}
	examples = append(examples, partsOf(learned)...)
	sheets, err := sheetExamples(hold)
	if err != nil {
		return err
	}
	examples = append(examples, sheets...)
	start := time.Now()
	m, lessons, err := classify.LearnRoles(ctx, examples)
	if err != nil {
		return err
	}
	fmt.Printf("%s in %s\n%s\n", m.Version(), time.Since(start).Round(time.Millisecond), lessons)
	return save(out, "the roles", m)
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
			out = append(out, faxExample(m.Message(pick(r, qualities)), held))
		}
	}
	faxes(study.New(13, study.Learn), 12*each, false)
	faxes(study.New(14, study.Check), 4*each, true)
	out = append(out, strangeFaxes(study.New(15, study.Learn), 12*each, false)...)
	out = append(out, strangeFaxes(study.New(16, study.Check), 4*each, true)...)
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

// partsOf are whole letters whose fields are known. Every fourth one fits the calibration: what is set of one letter stays together.
func partsOf(letters []letter) []classify.RoleExample {
	var out []classify.RoleExample
	for n, l := range letters {
		if len(l.Fields) > 0 {
			out = append(out, classify.RoleExample{Pages: l.pages, Fields: l.Fields, Received: receivedOn(l.Letter, n), HeldBack: l.held, Single: true, Undated: l.Fields[postroom.LetterDate] == ""})
		}
	}
	return out
}

// strangeFaxes are faxes in which a share of the words is like no word that was
// ever learned, as in letters to come: what they leave is how pages are laid
// out, and that has to tell cover sheets and first pages as well.
func strangeFaxes(m *study.Maker, n int, held bool) []classify.RoleExample {
	r := rand.New(rand.NewPCG(2026, 5))
	var out []classify.RoleExample
	for range n {
		e := faxExample(m.Message(pick(r, []string{"clean", "typical", "bad"})), held)
		share := pick(r, []float64{0.1, 0.25, 0.45})
		for i := range e.Pages {
			e.Pages[i] = strange(e.Pages[i], share, r)
		}
		out = append(out, e)
		if r.IntN(2) == 0 { // what is laid out like a cover sheet and is none
			p := m.Memo(pick(r, []string{"clean", "typical", "bad"}))
			if r.IntN(2) == 0 {
				p = strange(p, share, r)
			}
			out = append(out, classify.RoleExample{Pages: []postroom.Page{p}, Received: study.Day, HeldBack: held, Covers: []bool{false}, Begins: []bool{true}})
		}
	}
	return out
}

// strange replaces the letters of a share of a page's words; figures and marks stay.
func strange(p postroom.Page, share float64, r *rand.Rand) postroom.Page {
	p.Words = append([]postroom.Word(nil), p.Words...)
	for i := range p.Words {
		if r.Float64() >= share {
			continue
		}
		b := []byte(p.Words[i].Text)
		for k, c := range b {
			switch {
			case c >= 'a' && c <= 'z':
				b[k] = byte('a' + r.IntN(26))
			case c >= 'A' && c <= 'Z':
				b[k] = byte('A' + r.IntN(26))
			}
		}
		p.Words[i].Text = string(b)
	}
	return p
}

// faxExample is a fax of which the cover sheet and the first pages are known.
func faxExample(msg study.Message, held bool) classify.RoleExample {
	e := classify.RoleExample{Pages: msg.Pages, Received: study.Day, HeldBack: held, Covers: make([]bool, len(msg.Pages)), Begins: make([]bool, len(msg.Pages))}
	for i := range msg.Others {
		e.Covers[i] = true
	}
	for _, d := range msg.Documents {
		e.Begins[d.At[0]] = true
	}
	return e
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
