package classify

import (
	"bytes"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// calmLetter is a long letter that asks for nothing, with one more sentence in its middle.
func calmLetter(more string) []string {
	return []string{
		"# Brackenford Hospital", "Department of Psychiatry", "10 March 2026", "", "Dear Dr Marsh", "Re: Amara OKAFOR, DOB 07/03/1951, NHS No 999 012 3454", "",
		"I reviewed this lady in my clinic on 6 March 2026, four months after her last visit.",
		"She has been well in herself and has gone back to her allotment and to her choir.",
		"She sleeps seven hours a night and her appetite is good.",
		more,
		"Her mood was bright today and she talked about a holiday with her sister in June.",
		"She takes her tablets every morning and has had no side effects from them.",
		"Her husband came with her and agrees that she is much more like her old self.",
		"I have made no change to her treatment and we have agreed to meet again in six months.",
		"She knows how to reach our team in office hours if she has any questions.",
		"She is happy for a copy of this letter to be kept in her records.",
		"", "Yours sincerely", "", "Dr Rex Stone", "Consultant Psychiatrist",
	}
}

// In a letter that is calm from end to end a phrase of long ago does not count; one sentence that is urgent is enough
// to make any letter so, and what stands in no sentence always counts.
func TestWholeDocument(t *testing.T) {
	for more, want := range map[string]bool{
		"The overdose came up once more.": false,
		"Please ring her today, since the potassium from this morning is 6.9 and she has to come in at once.": true,
		"She has thoughts of suicide every night and has written a letter to her children.":                   true,
		"URGENT": true,
		// An urgent sentence without a phrase counts beside a calm one with a phrase.
		"The overdose came up once more. Her left calf is swollen and hot and she has become short of breath since yesterday evening.": true,
		// What a phrase names may be graver than its sentence sounds.
		"She has spoken again of taking her own life.":                           true,
		"Please stop her warfarin for the time being.":                           true,
		"The blood film shows features of acute leukaemia with many cells.":      true,
		"He was not brought to the last two visits and nobody rang us about it.": false, // she is an adult
	} {
		d := sortPages(t, sampleRegister, typeset(calmLetter(more)...)).Documents[0]
		if d.Urgent != want {
			t.Errorf("with %q it is urgent: %v %v", more, d.Urgent, d.UrgentWhy)
		}
	}
}

// A phrase that was misread counts, since the model cannot judge what it does not know; so does a child whom nobody brought.
func TestCertainMarks(t *testing.T) {
	m, err := ShippedUrgency()
	if err != nil {
		t.Fatal(err)
	}
	for more, x := range map[string]struct {
		code    postroom.TypeCode
		certain bool
	}{
		"The overdose came up once more.":                                        {postroom.OutpatientLetter, false},
		"She has felt sulcldol again since her last visit to us.":                {postroom.OutpatientLetter, true},
		"He was not brought to the last two visits and nobody rang us about it.": {postroom.OutpatientLetter, true},
		"The nodule is most likely a carcinoma of the bronchus on these views.":  {postroom.RadiologyReport, true},
	} {
		p := typeset(calmLetter(more)...)
		a := urgentIn([]*sheet{newSheet(&p, 0)}, x.code, "", false, &Config{}, m)
		if len(a.why) == 0 || a.certain != x.certain {
			t.Errorf("%q: %v, certain %v", more, a.why, a.certain)
		}
	}
}

// Each mark that counts always does so by itself, in a sentence that the model finds rather calm.
func TestWeigh(t *testing.T) {
	p := typeset("We went through all of this with him and his family in the clinic.")
	for _, x := range []struct {
		mark    mark
		code    postroom.TypeCode
		p       float64
		certain bool
	}{
		{mark{"clinic", 0, 60, true}, postroom.OutpatientLetter, 0.2, false},
		{mark{"clinic", 0, 60, true}, postroom.OutpatientLetter, likelySaid, true},
		{mark{"sepsis", 0, 60, true}, postroom.OutpatientLetter, 0.2, true},
		{mark{"sepsis of the wound", 0, 60, false}, postroom.OutpatientLetter, 0.2, false},
		{mark{"was not brought", 0, 60, false}, postroom.OutpatientLetter, 0.2, true},
		{mark{"shows a carcinoma", 0, 60, false}, postroom.RadiologyReport, 0.2, true},
		{mark{"shows a carcinoma", 0, 60, false}, postroom.OutpatientLetter, 0.2, false},
		{mark{"an overdose", 0, 60, false}, postroom.OutpatientLetter, 0.2, true},
		{mark{"an overdose", 0, 60, false}, postroom.OutpatientLetter, 0.1, false},
		{mark{"potassium of 6.9", noPlace, 0, false}, postroom.OutpatientLetter, 0.2, true},
	} {
		s := newSheet(&p, 0)
		m, err := ShippedUrgency()
		if err != nil {
			t.Fatal(err)
		}
		if s.weigh(m); len(s.said) != 1 {
			t.Fatalf("%d sentences", len(s.said))
		}
		s.said[0].p = x.p
		var a alarm
		if a.weigh(s, x.mark, x.code); a.certain != x.certain {
			t.Errorf("%q in a %s at %.2f is certain: %v", x.mark.phrase, x.code, x.p, a.certain)
		}
	}
}

func FuzzReadUrgency(f *testing.F) {
	f.Add(shippedUrgency)
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ReadUrgency(bytes.NewReader(b)); err == nil {
			m.calm(alarm{marked: []float64{0.1}, said: make([]float64, fewestSaid)}, postroom.OutpatientLetter)
		}
	})
}

// What a document says as a whole overrules no mark that is certain, and nothing in a short one.
func TestWholeCases(t *testing.T) {
	a := alarm{why: []string{"“overdose” on page 1"}, marked: []float64{0.1}, said: []float64{0.01, 0.02, 0.1, 0.02, 0.01, 0.03, 0.02, 0.01, 0.05}}
	m, err := ShippedUrgency()
	if err != nil {
		t.Fatal(err)
	}
	if !m.calm(a, postroom.OutpatientLetter) {
		t.Error("a calm letter is not taken for one")
	}
	certain, short, many := a, a, a
	certain.certain = true
	short.said = a.said[:5]
	many.marked = []float64{0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3}
	many.said = []float64{0.9, 0.9, 0.8, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3}
	for name, b := range map[string]alarm{"with a certain mark": certain, "of few sentences": short, "full of marks": many, "without sentences": {why: a.why}} {
		if m.calm(b, postroom.OutpatientLetter) {
			t.Error("a letter " + name + " is taken for calm")
		}
	}
	if m.calm(a, postroom.UnknownType) || (*Urgency)(nil).calm(a, postroom.OutpatientLetter) || (&Urgency{}).calm(a, postroom.OutpatientLetter) {
		t.Error("what is not known is taken for calm")
	}
}

// The same cases give the same model, which is read as it was written; cases of one kind give none.
func TestLearnWhole(t *testing.T) {
	shipped, err := ShippedUrgency()
	if err != nil {
		t.Fatal(err)
	}
	var cases []UrgencyCase
	for i, lines := range [][]string{calmLetter("We spoke of her overdose too."), calmLetter("Please see her today, she is acutely suicidal and has a plan."), calmLetter("The overdose came up once more.")} {
		c, ok := UrgencyCaseOf([]postroom.Page{typeset(lines...)}, postroom.MentalHealthLetter, time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC), shipped)
		if !ok {
			t.Fatalf("case %d: no phrase stands in a sentence", i)
		}
		c.Urgent = i == 1
		cases = append(cases, c, c)
	}
	one, err := shipped.LearnWhole(t.Context(), cases)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := shipped.LearnWhole(t.Context(), cases)
	if one.Version() != two.Version() || one.Version() == shipped.Version() {
		t.Errorf("versions %s, %s and %s", one.Version(), two.Version(), shipped.Version())
	}
	if p, q := one.whole.of(&cases[0]), one.whole.of(&cases[2]); p > 0.5 || q < 0.5 {
		t.Errorf("a calm case is urgent by %.2f, an urgent one by %.2f", p, q)
	}
	var b bytes.Buffer
	if _, err := one.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	back, err := ReadUrgency(&b)
	if err != nil || back.Version() != one.Version() || back.whole.of(&cases[0]) != one.whole.of(&cases[0]) {
		t.Errorf("read back as %v, %v", back, err)
	}
	if _, err := shipped.LearnWhole(t.Context(), cases[:2]); err == nil {
		t.Error("calm cases alone gave a model")
	}
}
