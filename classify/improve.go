package classify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Confirmed is a document as a person confirmed or corrected it.
type Confirmed struct {
	Pages []postroom.Page // of the document alone, in reading order
	Type  postroom.TypeCode
	// Fields are the values that the person saw and left or put right, in
	// normal form. A field that is not here was not looked at.
	Fields map[postroom.FieldName]string
	// Message keeps together what must not be torn apart when decisions are held back.
	Message string
	// New is set when the model in use has not learned from it.
	New bool
}

// A Trial is how a new model did beside the one in use, on decisions that
// neither had seen.
type Trial struct {
	Decisions int `json:"decisions"` // that were learned from
	HeldBack  int `json:"held_back"` // each predicted by a model that had not seen it
	// Of the held-back decisions.
	OldTypes                       int                       `json:"old_types_right"`
	NewTypes                       int                       `json:"new_types_right"`
	OldSureWrong                   int                       `json:"old_sure_and_wrong"` // with a confidence of 0.9 and more
	NewSureWrong                   int                       `json:"new_sure_and_wrong"`
	OldLoss                        float64                   `json:"old_loss"` // mean logarithmic loss of the type
	NewLoss                        float64                   `json:"new_loss"`
	Fields                         int                       `json:"fields"` // confirmed values
	OldFields                      int                       `json:"old_fields_right"`
	NewFields                      int                       `json:"new_fields_right"`
	OldFieldsWrong, NewFieldsWrong int                       `json:"-"`
	Layouts                        int                       `json:"layouts"` // of senders that are remembered
	NewTypesOf                     map[postroom.TypeCode]int `json:"types_learned,omitempty"`
}

// NotWorse reports whether the new model may take over: it names at least as
// many types rightly, is not more often sure and wrong, and reads at least as
// many fields.
func (t Trial) NotWorse() bool {
	return t.NewTypes >= t.OldTypes && t.NewSureWrong <= t.OldSureWrong && t.NewLoss <= t.OldLoss+0.01 &&
		t.NewFields >= t.OldFields && t.NewFieldsWrong <= t.OldFieldsWrong
}

// Enough reports whether enough was held back to compare at all.
func (t Trial) Enough() bool { return t.HeldBack >= leastHeldBack }

// leastHeldBack is how many new decisions a comparison needs.
const leastHeldBack = 10

func (t Trial) String() string {
	if !t.Enough() {
		return fmt.Sprintf("%d decisions, of which %d are new: at least %d are needed to compare models", t.Decisions, t.HeldBack, leastHeldBack)
	}
	return fmt.Sprintf("learned from %d decisions; on %d held back: types right %d, before %d; sure and wrong %d, before %d; fields right %d of %d, before %d; layouts of senders remembered %d",
		t.Decisions, t.HeldBack, t.NewTypes, t.OldTypes, t.NewSureWrong, t.OldSureWrong, t.NewFields, t.Fields, t.OldFields, t.Layouts)
}

// mostTried bounds the decisions that are held back, newest first: reading
// them again takes most of the time.
const mostTried = 400

// Teach makes a new model from a practice's decisions, oldest first, and
// compares it with the one in use. It always starts from the model that the
// program ships, so errors of earlier nights do not add up. The same decisions
// give the same model.
func (s *Sorter) Teach(ctx context.Context, decisions []Confirmed) (*Trained, Trial, error) {
	trial := Trial{Decisions: len(decisions), NewTypesOf: map[postroom.TypeCode]int{}}
	shipped, err := ShippedModel()
	if err != nil {
		return nil, trial, fmt.Errorf("read the model of the program: %w", err)
	}
	var lessons []lesson
	var learned []*Confirmed
	classes := shipped.Classes()
	classAt := map[postroom.TypeCode]int{}
	for i, c := range classes {
		classAt[c] = i
	}
	for i := range decisions {
		d := &decisions[i]
		if len(d.Pages) == 0 || d.Type == "" || d.Type == postroom.UnknownType || d.Type == postroom.FaxCover {
			continue
		}
		at, ok := classAt[d.Type]
		if !ok {
			at = len(classes)
			classAt[d.Type] = at
			classes = append(classes, d.Type)
		}
		if at >= len(shipped.classes) {
			trial.NewTypesOf[d.Type]++
		}
		lessons = append(lessons, makeLesson(d.Pages, at, 1))
		learned = append(learned, d)
	}
	if len(lessons) == 0 {
		return nil, trial, postroom.Bad(nil, "there is no decision to learn from", "confirm some documents first")
	}
	var rehearsed []lesson
	for _, e := range rehearsal(24) {
		if at, ok := classAt[e.Type]; ok {
			rehearsed = append(rehearsed, makeLesson(e.Pages, at, e.Weight))
		}
	}
	balance(lessons, len(classes), len(shipped.classes))

	make := func(leftOut func(i int) bool) (*Trained, error) {
		t := newTuner(shipped, classes)
		for i := range rehearsed {
			rehearsed[i].target = t.predict(&rehearsed[i])
		}
		var use []lesson
		memory := newMemory()
		for i := range lessons {
			if leftOut == nil || !leftOut(i) {
				use = append(use, lessons[i])
				memory.learn(learned[i].Pages, learned[i].Fields, &s.config)
			}
		}
		memory.settle()
		use = append(use, rehearsed...)
		random := rand.New(rand.NewPCG(41, 17))
		for range tuneRounds {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("train: %w", err)
			}
			t.round(use, random)
		}
		return &Trained{Model: t.model(shipped), Memory: memory}, nil
	}

	// Hold back what the model in use has not seen, in five parts.
	var held []int
	for i := len(learned) - 1; i >= 0 && len(held) < mostTried; i-- {
		if learned[i].New {
			held = append(held, i)
		}
	}
	sort.Ints(held)
	part := map[int]int{}
	const parts = 5
	byMessage := map[string]int{}
	for n, i := range held {
		p := n % parts
		if m := learned[i].Message; m != "" {
			if known, ok := byMessage[m]; ok {
				p = known
			} else {
				byMessage[m] = p
			}
		}
		part[i] = p
	}
	trial.HeldBack = len(held)
	if trial.Enough() {
		for p := range parts {
			trained, err := make(func(i int) bool { q, ok := part[i]; return ok && q == p })
			if err != nil {
				return nil, trial, err
			}
			fresh := s.WithTrained(trained)
			for _, i := range held {
				if part[i] != p {
					continue
				}
				if err := ctx.Err(); err != nil {
					return nil, trial, fmt.Errorf("compare: %w", err)
				}
				before, after := s.readOne(learned[i].Pages), fresh.readOne(learned[i].Pages)
				trial.count(learned[i], before, after)
			}
		}
		trial.OldLoss /= float64(len(held))
		trial.NewLoss /= float64(len(held))
	}
	trained, err := make(nil)
	if err != nil {
		return nil, trial, err
	}
	trial.Layouts = trained.Memory.Len()
	return trained, trial, nil
}

func (t *Trial) count(want *Confirmed, before, after postroom.Document) {
	one := func(got postroom.Document, types, sureWrong, fields, wrong *int, loss *float64) {
		p := float64(got.Type.Confidence)
		if got.Type.Code == want.Type {
			*types++
		} else {
			if p >= 0.9 && got.Type.Code != postroom.UnknownType {
				*sureWrong++
			}
			p = math.Min(1-p, 0.5)
		}
		*loss -= math.Log(math.Max(p, 1e-4))
		for name, value := range want.Fields {
			f, ok := got.Fields[name]
			switch {
			case !ok || !f.Valid || listField(name):
			case SameField(name, value, f.Value):
				*fields++
			case f.Confidence >= 0.9:
				*wrong++
			}
		}
	}
	for name := range want.Fields {
		if !listField(name) {
			t.Fields++
		}
	}
	one(before, &t.OldTypes, &t.OldSureWrong, &t.OldFields, &t.OldFieldsWrong, &t.OldLoss)
	one(after, &t.NewTypes, &t.NewSureWrong, &t.NewFields, &t.NewFieldsWrong, &t.NewLoss)
}

// readOne reads pages that are known to be one document.
func (s *Sorter) readOne(pages []postroom.Page) postroom.Document {
	now := time.Now()
	g := &group{conf: 1}
	for i := range pages {
		sh := newSheet(&pages[i], i)
		sh.read(s.config.DateOrder == "mdy", now)
		g.sheets = append(g.sheets, sh)
	}
	return s.document(g, time.Time{})
}

func makeLesson(pages []postroom.Page, class int, weight float64) lesson {
	var sheets []*sheet
	for k := range pages {
		sheets = append(sheets, newSheet(&pages[k], k))
	}
	return lesson{x: features(sheets), scores: weigh(sheets).scores, class: class, weight: max(weight, 0.01)}
}

// balance lets no type that arrives every day drown the others, and makes the
// few examples of a type that the shipped model does not know count: they
// speak against all that it does.
func balance(lessons []lesson, classes, known int) {
	n := make([]int, classes)
	for _, l := range lessons {
		n[l.class]++
	}
	for i := range lessons {
		most := 1.0
		if lessons[i].class >= known {
			most = 3
		}
		lessons[i].weight *= math.Min(most, math.Sqrt(60/float64(n[lessons[i].class])))
	}
}

// rehearsal is what keeps a model from forgetting: pages of each type's cues
// among what stands on any letter, so that a practice's own types are not told
// by having a letterhead or a date of birth. What the shipped model says of them is
// what the new one is to say (Li and Hoiem, Learning without Forgetting, 2016).
func rehearsal(each int) []Example {
	random := rand.New(rand.NewPCG(11, 13))
	var labels []string
	for l := label(0); l < labelCount; l++ {
		labels = append(labels, cutList(labelPhrases[l])...)
	}
	examples := cueExamples(each)
	for i := range examples {
		e := &examples[i]
		var lines []string
		for n := range 3 + random.IntN(4) {
			lines = append(lines, ordinary[(random.IntN(len(ordinary))+n)%len(ordinary)])
		}
		var cues []string
		page := &e.Pages[0]
		for at := 0; at < len(page.Words); {
			var words []string
			line := page.Words[at].Line
			for at < len(page.Words) && page.Words[at].Line == line {
				words = append(words, page.Words[at].Text)
				at++
			}
			cues = append(cues, strings.Join(words, " "))
		}
		for range 6 + random.IntN(8) {
			lines = append(lines, labels[random.IntN(len(labels))]+": x")
		}
		lines = append(lines, cues...)
		for range 4 + random.IntN(5) {
			lines = append(lines, ordinary[random.IntN(len(ordinary))])
		}
		*page = plainPage(lines)
	}
	return examples
}

// ordinary are lines that stand on letters of any type.
var ordinary = []string{
	"University Hospitals NHS Foundation Trust", "General Hospital", "Community Health Services", "Department of Medicine", "Outpatient Department", "The Surgery, High Street", "Medical Centre", "Health Centre",
	"Tel: 01632 960000", "Fax: 01632 960001", "Private and confidential", "Strictly confidential", "Our ref: AB/CD", "Your ref:", "Date: 12 March 2026", "Dear Dr", "Dear Doctor", "Dear colleague", "Dear Sir or Madam",
	"Re: patient name date of birth NHS number", "Patient name", "Date of birth", "NHS number", "Address", "Postcode", "Telephone number", "GP name and practice", "Thank you for", "Thank you very much", "Please find enclosed",
	"I would be grateful if you could", "Please do not hesitate to contact us", "If you have any questions please contact the department", "Please note that", "Please complete this form", "Name in full", "Signature", "Signed", "Print name", "Position", "Date",
	"Yours sincerely", "Yours faithfully", "Kind regards", "With best wishes", "Consultant", "Specialist nurse", "Secretary to", "Practice manager", "Electronically signed", "cc patient", "Copy to GP", "Page 1 of 2", "Page 1 of 1",
	"This information is confidential", "If you have received this in error please notify the sender", "yes no", "not applicable", "further information", "details", "reason", "comments", "For office use only", "Reference number",
	"The patient was seen", "She is well", "He is well", "no known allergies", "current medication", "past medical history", "next appointment", "follow up", "as discussed", "the above named patient", "your patient", "was born on", "lives with", "family", "weeks", "months", "years",
}

const (
	tuneRounds = 8
	tuneRate   = 0.28 // of evidence: the model's logits times their share
	tuneDecay  = 2e-4 // towards the shipped model
)

// A tuner moves a model's weights by the loss of cues and model together, so
// that it learns what the cues do not say.
type tuner struct {
	n, known      int
	weights, base []float32 // by bucket, then class
	squares       []float32
	bias          []float64
	cue           []int     // the cue class of each class, or -1
	a             []float64 // the cues' shares, 0 for new types
	b             float64
	classes       []postroom.TypeCode
}

func newTuner(shipped *Model, classes []postroom.TypeCode) *tuner {
	n, known := len(classes), len(shipped.classes)
	t := &tuner{
		n: n, known: known, weights: make([]float32, n*buckets), base: make([]float32, n*buckets), squares: make([]float32, n*buckets),
		bias: make([]float64, n), cue: make([]int, n), a: append(slices.Clone(shipped.cueShares), make([]float64, n-known)...), b: shipped.modelShare, classes: classes,
	}
	least := math.Inf(1)
	for c := range known {
		t.bias[c] = float64(shipped.bias[c])
		least = math.Min(least, t.bias[c])
		for b := range buckets {
			t.base[b*n+c] = float32(shipped.weights[b*known+c]) * shipped.scale[c]
		}
	}
	copy(t.weights, t.base)
	for c := range n {
		t.cue[c] = classOf(classes[c])
		if c >= known {
			t.bias[c] = least - 1 // a new type has to prove itself
		}
	}
	return t
}

// predict gives the probability of each class.
func (t *tuner) predict(l *lesson) []float64 {
	z := append([]float64(nil), t.bias...)
	for _, f := range l.x {
		row := t.weights[int(f.bucket)*t.n : int(f.bucket)*t.n+t.n]
		for c, w := range row {
			z[c] += float64(w * f.value)
		}
	}
	for c := range z {
		z[c] = t.b*z[c] + often(t.classes[c])
		if t.cue[c] >= 0 {
			z[c] += t.a[c] * l.scores[t.cue[c]]
		}
	}
	softmax(z)
	return z
}

func (t *tuner) round(lessons []lesson, random *rand.Rand) {
	order := random.Perm(len(lessons))
	rate := float32(tuneRate / t.b)
	var moved []int
	for _, i := range order {
		l := &lessons[i]
		z := t.predict(l)
		if l.target == nil {
			z[l.class]--
		}
		for c, p := range l.target {
			z[c] -= p
		}
		moved = moved[:0] // most classes are out of the question, and stay as they are
		for c := range z {
			z[c] *= l.weight
			t.bias[c] -= 0.01 * z[c]
			if math.Abs(z[c]) > 1e-3 {
				moved = append(moved, c)
			}
		}
		for _, f := range l.x {
			at := int(f.bucket) * t.n
			for _, c := range moved {
				g := z[c]
				grad := float32(g*t.b)*f.value + tuneDecay*(t.weights[at+c]-t.base[at+c])
				t.squares[at+c] += grad * grad
				t.weights[at+c] -= rate * grad / (float32(math.Sqrt(float64(t.squares[at+c]))) + 0.02)
			}
		}
	}
}

// model rounds the weights to bytes, as Learn's trainer does.
func (t *tuner) model(shipped *Model) *Model {
	m := inBytes(t.weights, t.bias, t.classes)
	m.cueShares, m.modelShare = t.a, shipped.modelShare
	m.version = versionOf(m.rawBytes())
	return m
}
