package classify

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A mark is a phrase that asks for somebody at once, with where it stands on its sheet.
type mark struct {
	phrase  string
	row, at int
	// listed is set when the phrase is one of the lexicon's, in its own words: what it was read as may be others.
	listed bool
}

// noPlace is the row of what stands in no sentence.
const noPlace = -1

// An alarm is what of a document asks for somebody at once.
type alarm struct {
	why []string // the phrases, each with its page
	// certain is set when one of the marks counts whatever else the document says.
	certain bool
	// marked is how urgent the sentences are that hold a mark, said how urgent all are, by the model of sentences.
	marked, said []float64
}

// weigh adds what speaks for a mark. Some count whatever else a document says: stamps, headings and results, which stand in no sentence that
// the model could judge; what was misread; a child whom nobody brought; a drug that must be stopped; new growths that a report finds; and suicide
// and self-harm, unless the sentence is calm.
func (a *alarm) weigh(s *sheet, m mark, code postroom.TypeCode) {
	for i := range s.said {
		if st := &s.said[i]; m.row >= 0 && st.holds(m.row, m.at) {
			a.marked = append(a.marked, st.p)
			misread := m.listed && !strings.Contains(strings.Join(cutWords(st.text), " "), m.phrase)
			a.certain = a.certain || st.p >= likelySaid || misread || aboutChild(m.phrase) || stopsDrug.MatchString(m.phrase) || acuteGrowth.MatchString(m.phrase) || reports(code) && growth.MatchString(m.phrase) ||
				selfHarm.MatchString(m.phrase) && st.p >= someHarm
			return
		}
	}
	a.certain = true
}

var (
	growth      = regexp.MustCompile(`carcinom|malignan|cancer|melanom|tumou?r|sarcoma|lymphoma|metasta|neoplas|leuk|myeloma|mesotheliom|gliom|bi-?rads`)
	acuteGrowth = regexp.MustCompile(`acute (?:\w+ )?leuk`)
	stopsDrug   = regexp.MustCompile(`^stop [a-z]+$`)
	selfHarm    = regexp.MustCompile(`suic|\bself.?harm|\bharm(?:ing)?\b|\bkill|(?:end|tak)(?:e|ing|en)? (?:his|her|their|my|its) (?:own )?life|end(?:ing)? (?:it|things) all|\bto die\b|\bdead\b|worth living|\bsafe\b|stockpil|goodbye note|ligature|overdos`)
)

const (
	// likelySaid is from where a sentence with a phrase counts whatever the others say: one sentence in a calm letter is enough.
	likelySaid = 0.4
	// someHarm is from where a sentence about suicide or self-harm is not only one about times long past.
	someHarm = 0.15
	// fewestSaid are the sentences of a document of which the whole can be judged: in short ones each weighs much.
	fewestSaid = 8
	// calmWhole is up to where a whole document is taken for calm whatever phrases stand in it. The training tells how many urgent letters
	// that would lose, each judged by models that have not seen its author.
	calmWhole = 0.1
)

// An UrgencyCase is what a whole document with urgent phrases says of its urgency.
type UrgencyCase struct {
	Type   postroom.TypeCode
	Urgent bool // what is true of it; only to learn from
	// x are how urgent the most urgent of the sentences with a mark is, that of all and the next, as log odds, and the logarithm of how
	// many marks there are.
	x       [wholeFeatures]float64
	certain bool // it is urgent whatever else it says
}

const wholeFeatures = 4

// caseOf is what an alarm says, where a phrase stands in a sentence and there are others.
func (a *alarm) caseOf(code postroom.TypeCode) (UrgencyCase, bool) {
	if len(a.marked) == 0 || len(a.said) < fewestSaid {
		return UrgencyCase{}, false
	}
	odds := func(p float64) float64 { return math.Log((p + 0.01) / (1.01 - p)) }
	said := slices.Clone(a.said)
	slices.Sort(said)
	n := len(said)
	return UrgencyCase{Type: code, certain: a.certain || code == postroom.UnknownType || urgentByType(code), x: [wholeFeatures]float64{odds(slices.Max(a.marked)), odds(said[n-1]), odds(said[n-2]), math.Log(1 + float64(len(a.marked)))}}, true
}

// A wholeUrgency tells how likely a document with urgent phrases is to be urgent: logistic regression over few figures and the type.
type wholeUrgency struct {
	Bias    float64
	Weights [wholeFeatures]float64
	Types   map[postroom.TypeCode]float64
}

func (w *wholeUrgency) of(c *UrgencyCase) float64 {
	z := w.Bias + w.Types[c.Type]
	for i, x := range c.x {
		z += w.Weights[i] * x
	}
	return sigmoid(z)
}

// Overrules reports whether a document is calm as a whole although phrases in it ask for somebody at once.
func (m *Urgency) Overrules(c UrgencyCase) bool {
	return m != nil && m.whole != nil && !c.certain && m.whole.of(&c) < calmWhole
}

func (m *Urgency) calm(a alarm, code postroom.TypeCode) bool {
	c, ok := a.caseOf(code)
	return ok && m.Overrules(c)
}

// UrgencyCaseOf is what a document of a type says of its urgency, with a model of sentences. ok is false when no urgent phrase
// stands in a sentence of it, or it has few.
func UrgencyCaseOf(pages []postroom.Page, code postroom.TypeCode, received time.Time, m *Urgency) (c UrgencyCase, ok bool) {
	var sheets []*sheet
	for i := range pages {
		s := newSheet(&pages[i], i)
		s.read(false, received)
		s.year = received.Year()
		sheets = append(sheets, s)
	}
	a := urgentIn(sheets, code, "", false, &Config{}, m)
	return a.caseOf(code)
}

const (
	wholeSteps  = 30000
	wholeRate   = 0.08 // over the number of cases
	wholeShrink = 1.0  // of the squares of the weights, halved, beside the sum of the cases' losses
)

// LearnWhole makes the part of a model that judges whole documents. The sentences of the cases have to be judged by models that
// did not learn from them.
func (m *Urgency) LearnWhole(ctx context.Context, cases []UrgencyCase) (*Urgency, error) {
	urgent := 0
	for i := range cases {
		urgent += btoi(cases[i].Urgent)
	}
	if urgent == 0 || urgent == len(cases) {
		return nil, fmt.Errorf("learn the urgency of whole documents: %d of %d are urgent", urgent, len(cases))
	}
	w := &wholeUrgency{Types: map[postroom.TypeCode]float64{}}
	for range wholeSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		bias, slope, types := 0.0, w.Weights, map[postroom.TypeCode]float64{}
		for i := range slope {
			slope[i] *= wholeShrink
		}
		for i := range cases {
			c := &cases[i]
			d := w.of(c) - float64(btoi(c.Urgent))
			bias += d
			types[c.Type] += d
			for k, x := range c.x {
				slope[k] += d * x
			}
		}
		rate := wholeRate / float64(len(cases))
		w.Bias -= rate * bias
		for k := range slope {
			w.Weights[k] -= rate * slope[k]
		}
		for code, d := range types {
			w.Types[code] -= rate * (d + wholeShrink*w.Types[code])
		}
	}
	for code, v := range w.Types { // so that other machines get the same bytes
		w.Types[code] = rounded(v)
	}
	w.Bias = rounded(w.Bias)
	for k := range w.Weights {
		w.Weights[k] = rounded(w.Weights[k])
	}
	out := *m
	out.whole = w
	out.name()
	return &out, nil
}

func rounded(v float64) float64 { return math.Round(v*1e4) / 1e4 }
