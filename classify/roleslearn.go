package classify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A RoleExample is a document of which the fields are known.
type RoleExample struct {
	Pages    []postroom.Page
	Fields   map[postroom.FieldName]string // normal forms of what is printed
	Config   Config
	Received time.Time
	// Covers and Begins say of each page whether it is a cover sheet and whether
	// a document begins with it; empty when the pages are one document.
	Covers, Begins []bool
	// Single is set where the pages are one whole document that came alone: it says nothing of cover sheets and little of where documents
	// begin.
	Single bool
	// Undated is set where nobody said of which day the document is: its latest day may be the letter's or only that of what
	// it tells, and is no example of either.
	Undated bool
	// HeldBack examples fit the calibration; they train the final model too.
	HeldBack bool
}

// A roleLesson is a candidate with the parts that it plays.
type roleLesson struct {
	x      []uint32
	target []float64
	held   bool
}

// RoleLessons is how training went.
type RoleLessons struct {
	Candidates [slotCount]int
	Right      [slotCount]float64 // on the held-back examples
	Temper     [slotCount]float64
	Surety     [len(suretyFields)][2]float64
	LastSurety [2]float64
}

func (l RoleLessons) String() string {
	return fmt.Sprintf("candidates %v; right on held-back: dates %.2f%%, names %.2f%%, lines %.2f%%, postcodes %.2f%%, covers %.2f%%, cuts %.2f%%, temper %.2f; surety %.2f, of last days %.2f",
		l.Candidates, 100*l.Right[slotDate], 100*l.Right[slotName], 100*l.Right[slotLine], 100*l.Right[slotCode], 100*l.Right[slotPage], 100*l.Right[slotCut], l.Temper, l.Surety, l.LastSurety)
}

// LearnRoles trains the model that tells which part a date, a name or a line
// plays. The same examples in the same order give the same model.
func LearnRoles(ctx context.Context, examples []RoleExample) (*Roles, RoleLessons, error) {
	var lessons [slotCount][]roleLesson
	var out RoleLessons
	type whole struct { // a held-back document, to fit the confidence of its fields
		c       *collector
		want    map[postroom.FieldName]string
		undated bool
	}
	var wholes []whole
	for i := range examples {
		if err := ctx.Err(); err != nil {
			return nil, out, fmt.Errorf("prepare example %d: %w", i+1, err)
		}
		e := &examples[i]
		if err := e.Config.Check(); err != nil {
			return nil, out, fmt.Errorf("prepare example %d: %w", i+1, err)
		}
		var sheets []*sheet
		for k := range e.Pages {
			sh := newSheet(&e.Pages[k], k)
			sh.read(e.Config.DateOrder == "mdy", e.Received)
			sheets = append(sheets, sh)
		}
		if !e.Single {
			lessons[slotPage] = append(lessons[slotPage], pageLessons(e, sheets)...)
			lessons[slotCut] = append(lessons[slotCut], cutLessons(e, sheets)...)
		}
		if len(e.Covers) > 0 {
			continue
		}
		c := &collector{sheets: sheets, config: &e.Config, received: e.Received}
		c.gather("")
		if e.HeldBack {
			wholes = append(wholes, whole{c, e.Fields, e.Undated})
		}
		for s := range slotCount {
			for k := range c.candidates[s] {
				cand := &c.candidates[s][k]
				if e.Undated && s == slotDate && cand.iso == c.newest {
					continue
				}
				lessons[s] = append(lessons[s], roleLesson{cand.x, cand.target(s, e.Fields), e.HeldBack})
			}
		}
	}
	m := &Roles{}
	for s := range slotCount {
		out.Candidates[s] = len(lessons[s])
		n := len(slotRoles[s])
		var train, held []roleLesson
		for _, l := range lessons[s] {
			if l.held {
				held = append(held, l)
			} else {
				train = append(train, l)
			}
		}
		m.temper[s] = 1
		if len(train) == 0 || len(held) == 0 {
			train, held = lessons[s], nil
		}
		t := newRoleTrainer(n)
		if err := t.learn(ctx, train, uint64(s)); err != nil {
			return nil, out, err
		}
		if len(held) > 0 {
			m.temper[s], out.Right[s] = t.fit(held)
		}
		m.scale[s], m.bias[s], m.weights[s] = t.bytes()
		out.Temper[s] = m.temper[s]
	}
	for i := range m.surety {
		m.surety[i] = [2]float64{1, 0}
	}
	m.lastSurety = [2]float64{1, 0}
	// The confidence of fields, by what the model of the others says of
	// held-back documents.
	var said [len(suretyFields)][]sayingRight
	var lastDays []sayingRight
	for _, w := range wholes {
		w.c.roles, w.c.said = m, map[postroom.FieldName]saying{}
		for s := range slotCount {
			w.c.ask(s, w.c.candidates[s])
		}
		w.c.fields = map[postroom.FieldName]postroom.Field{}
		w.c.births()
		w.c.names()
		w.c.address("")
		w.c.dates()
		w.c.sender()
		for i, name := range suretyFields {
			// All examples came soon after they were written: of one that did not they say nothing.
			old := func(day string) bool { return day < w.c.received.AddDate(0, 0, -recentLetter).Format(time.DateOnly) }
			if s, ok := w.c.said[name]; ok && !(name == postroom.LetterDate && (w.undated || old(s.value))) {
				want, printed := w.want[name]
				v := sayingRight{s.p, printed && SameField(name, want, s.value)}
				if s.last {
					lastDays = append(lastDays, v)
				} else {
					said[i] = append(said[i], v)
				}
			}
		}
	}
	for i := range said {
		m.surety[i] = fitSurety(said[i])
	}
	m.lastSurety = fitSurety(lastDays)
	if len(wholes) > 0 { // the calibration stands: now learn from everything
		for s := range slotCount {
			t := newRoleTrainer(len(slotRoles[s]))
			if err := t.learn(ctx, lessons[s], uint64(s)+10); err != nil {
				return nil, out, err
			}
			m.scale[s], m.bias[s], m.weights[s] = t.bytes()
		}
	}
	out.Surety, out.LastSurety = m.surety, m.lastSurety
	sum := sha256.Sum256(m.rawBytes())
	m.version = "roles-" + hex.EncodeToString(sum[:4])
	return m, out, nil
}

// A sayingRight is a probability and whether it came true.
type sayingRight struct {
	p     float64
	right bool
}

// fitSurety finds slope and offset of the log odds with the least loss.
func fitSurety(list []sayingRight) [2]float64 {
	best := [2]float64{1, 0}
	if len(list) < 50 {
		return best
	}
	loss := func(s [2]float64) float64 {
		sum := 0.01 * ((s[0]-1)*(s[0]-1) + s[1]*s[1])
		for _, v := range list {
			p := platt(s, v.p)
			if !v.right {
				p = 1 - p
			}
			sum -= math.Log(math.Max(p, 1e-6))
		}
		return sum
	}
	least := loss(best)
	for step := 0.5; step > 0.01; step /= 2 {
		for improved := true; improved; {
			improved = false
			for _, d := range [][2]float64{{step, 0}, {-step, 0}, {0, step}, {0, -step}, {step, -step}, {-step, step}} {
				try := [2]float64{best[0] + d[0], best[1] + d[1]}
				if try[0] < 0.6 || try[0] > 4 || try[1] < -2 || try[1] > 1.5 {
					continue
				}
				if l := loss(try); l < least-1e-6 {
					best, least, improved = try, l, true
				}
			}
		}
	}
	return best
}

func pageLessons(e *RoleExample, sheets []*sheet) []roleLesson {
	var out []roleLesson
	for i, s := range sheets {
		l := roleLesson{x: s.pageFeatures(), target: []float64{1, 0}, held: e.HeldBack}
		if len(e.Covers) > i && e.Covers[i] {
			l.target = []float64{0, 1}
		}
		out = append(out, l)
	}
	return out
}

func cutLessons(e *RoleExample, sheets []*sheet) []roleLesson {
	var out []roleLesson
	var before *sheet
	for i, s := range sheets {
		if len(e.Covers) > i && e.Covers[i] {
			before = nil
			continue
		}
		if before != nil {
			pb, b := before.look(), s.look()
			l := roleLesson{x: cutFeatures(before, s, pb, b, judge(before, s, pb, b)), target: []float64{1, 0}, held: e.HeldBack}
			if len(e.Begins) > i && e.Begins[i] {
				l.target = []float64{0, 1}
			}
			out = append(out, l)
		}
		before = s
	}
	return out
}

// target are the parts that a candidate plays by the truth, shared evenly.
func (c *candidate) target(s slot, truth map[postroom.FieldName]string) []float64 {
	out := make([]float64, len(slotRoles[s]))
	n := 0.0
	for i, name := range slotRoles[s] {
		want, ok := truth[name]
		if i == 0 || !ok || want == "" {
			continue
		}
		same := false
		switch s {
		case slotDate:
			same = c.iso == want
		case slotName:
			a, b := likeness(nameKey(want)), likeness(nameKey(c.name.String()))
			if name != postroom.PatientName {
				a, b = likeness(nameKey(want)), likeness(nameKey(c.name.title+c.name.String()))
				same = editDistance(a, b, 2) <= min(2, len(a)/5)
				break
			}
			reverse := likeness(nameKey(c.name.family + c.name.given))
			same = editDistance(a, b, 2) <= min(2, len(a)/5) || editDistance(a, reverse, 2) <= min(2, len(a)/5) || c.name.given != "" && SameField(name, want, c.name.String())
		case slotLine:
			a, b := likeness(nameKey(want)), likeness(nameKey(c.text))
			same = a == b || editDistance(a, b, 2) <= min(2, len(a)/8) || len(a) > 5 && strings.Contains(b, a) && 3*len(a) > 2*len(b)
		case slotCode:
			same = postcodeKey(want) == postcodeKey(c.text)
		}
		if same {
			out[i] = 1
			n++
		}
	}
	if n == 0 {
		out[0] = 1
		return out
	}
	for i := range out {
		out[i] /= n
	}
	return out
}

// A roleTrainer learns with AdaGrad, one candidate at a time.
type roleTrainer struct {
	n                int
	weights, squares []float32
	bias             []float64
}

func newRoleTrainer(n int) *roleTrainer {
	return &roleTrainer{n: n, weights: make([]float32, n*roleBuckets), squares: make([]float32, n*roleBuckets), bias: make([]float64, n)}
}

func (t *roleTrainer) logits(x []uint32) []float64 {
	z := make([]float64, t.n)
	norm := featureNorm(len(x))
	for _, b := range x {
		row := t.weights[int(b)*t.n : int(b)*t.n+t.n]
		for c, w := range row {
			z[c] += float64(w)
		}
	}
	for c := range z {
		z[c] = z[c]*norm + t.bias[c]
	}
	return z
}

const (
	roleRounds = 9
	roleRate   = 0.12
	roleDecay  = 3e-6
	// roleDropout is the share of features left out of each step, so that none
	// is leant on: letters to come lack what these have.
	roleDropout = 0.25
)

func (t *roleTrainer) learn(ctx context.Context, lessons []roleLesson, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 23))
	order := make([]int, len(lessons))
	for i := range order {
		order[i] = i
	}
	kept := make([]uint32, 0, 128)
	for range roleRounds {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("train: %w", err)
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			l := &lessons[i]
			kept = kept[:0]
			for _, b := range l.x {
				if r.Float32() >= roleDropout {
					kept = append(kept, b)
				}
			}
			p := t.logits(kept)
			softmax(p)
			norm := float32(featureNorm(len(kept)))
			target := sharpened(l.target, p)
			for c := range p {
				p[c] -= target[c]
				t.bias[c] -= 0.005 * p[c]
			}
			for _, b := range kept {
				at := int(b) * t.n
				for c, g := range p {
					grad := float32(g)*norm + roleDecay*t.weights[at+c]
					t.squares[at+c] += grad * grad
					t.weights[at+c] -= roleRate * grad / (float32(math.Sqrt(float64(t.squares[at+c]))) + 0.1)
				}
			}
		}
	}
	return nil
}

// sharpened shares a target among the parts that fit the truth as the model
// has it so far: where two days are the same, the words around each say which
// of the two it is.
func sharpened(target, p []float64) []float64 {
	several, sum := 0, 0.0
	for c, v := range target {
		if v > 0 {
			several++
			sum += p[c]
		}
	}
	if several < 2 || sum < 1e-9 {
		return target
	}
	out := make([]float64, len(target))
	for c, v := range target {
		if v > 0 {
			out[c] = p[c] / sum
		}
	}
	return out
}

// fit finds the temper with the least loss on held-back candidates, and how
// many are right.
func (t *roleTrainer) fit(held []roleLesson) (temper, right float64) {
	logits := make([][]float64, len(held))
	ok := 0
	for i, l := range held {
		logits[i] = t.logits(l.x)
		ok += btoi(l.target[best(logits[i])] > 0)
	}
	least := math.Inf(1)
	for try := 0.3; try < 2; try *= 1.05 {
		loss := 0.0
		for i, l := range held {
			p := make([]float64, t.n)
			for c := range p {
				p[c] = try * logits[i][c]
			}
			softmax(p)
			for c, want := range sharpened(l.target, p) {
				if want > 0 {
					loss -= want * math.Log(math.Max(p[c], 1e-9))
				}
			}
		}
		if loss < least {
			least, temper = loss, try
		}
	}
	return temper, ratio(ok, len(held))
}

// bytes rounds the weights, each role by its own scale.
func (t *roleTrainer) bytes() (scale, bias []float32, weights []int8) {
	scale, bias, weights = make([]float32, t.n), make([]float32, t.n), make([]int8, len(t.weights))
	for c := range t.n {
		top := float32(1e-6)
		for b := range roleBuckets {
			top = max(top, float32(math.Abs(float64(t.weights[b*t.n+c]))))
		}
		scale[c], bias[c] = top/127, float32(t.bias[c])
		for b := range roleBuckets {
			weights[b*t.n+c] = int8(math.Round(float64(t.weights[b*t.n+c] / scale[c])))
		}
	}
	return scale, bias, weights
}
