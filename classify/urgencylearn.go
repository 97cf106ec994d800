package classify

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/postroom/postroom"
)

// An UrgencyExample is a sentence to learn from.
type UrgencyExample struct {
	Text   string
	Urgent bool
	Weight float64 // how much it counts, 1 as a rule
}

const (
	urgencyEpochs = 12
	urgencyRate   = 0.3
	urgencyShrink = 4e-4 // per step and weight: what was seen once counts little
)

// LearnUrgency makes a model of urgency from sentences. The same sentences give the same bytes.
func LearnUrgency(ctx context.Context, examples []UrgencyExample) (*Urgency, error) {
	x := make([][]uint32, len(examples))
	urgent := 0
	for i, e := range examples {
		x[i] = urgencyFeatures(e.Text)
		urgent += btoi(e.Urgent)
	}
	if urgent == 0 || urgent == len(examples) {
		return nil, fmt.Errorf("learn urgency: %d of %d sentences are urgent", urgent, len(examples))
	}
	w, slope, mean := make([]float64, urgencyBuckets), make([]float64, urgencyBuckets), make([]float64, urgencyBuckets)
	for i := range slope {
		slope[i] = 1e-8
	}
	r := rand.New(rand.NewPCG(2026, 11))
	order := r.Perm(len(examples))
	kept := 0
	for epoch := range urgencyEpochs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			k := 1 / math.Sqrt(float64(len(x[i])))
			sum := 0.0
			for _, f := range x[i] {
				sum += w[f]
			}
			d := (sigmoid(sum*k) - float64(btoi(examples[i].Urgent))) * k * examples[i].Weight
			for _, f := range x[i] {
				g := d + urgencyShrink*w[f]
				slope[f] += g * g
				w[f] -= urgencyRate * g / math.Sqrt(slope[f])
			}
		}
		if epoch >= urgencyEpochs/2 { // their mean is steadier than the last
			for i := range mean {
				mean[i] += w[i]
			}
			kept++
		}
	}
	most := 0.0
	for i := range mean {
		mean[i] /= float64(kept)
		most = max(most, math.Abs(mean[i]))
	}
	m := &Urgency{scale: float32(most / 127), weights: make([]int8, urgencyBuckets)}
	for i, v := range mean {
		m.weights[i] = int8(math.Round(v / most * 127))
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, err
	}
	return ReadUrgency(&b)
}

// StatementsByMark returns what a page says, sentence by sentence, as the model of urgency is asked about it: those
// that have an urgent phrase apart, since whether they are calm is for somebody to say who reads them.
func StatementsByMark(p *postroom.Page) (marked, unmarked []string) {
	s := newSheet(p, 0)
	for _, st := range s.statements() {
		mark := urgentPatterns.MatchString(st.text)
		for _, h := range s.hits {
			for _, n := range h.phrase.notes {
				first := &s.tokens()[h.from]
				mark = mark || n.kind == kindUrgent && st.holds(first.row, first.start)
			}
		}
		if mark {
			marked = append(marked, st.text)
		} else {
			unmarked = append(unmarked, st.text)
		}
	}
	return marked, unmarked
}
