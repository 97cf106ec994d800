package postroom

import (
	"strings"
	"testing"
)

func fileable() (Document, []Page) {
	field := Field{Value: "x", Confidence: 0.99, Valid: true}
	return Document{
		Type:   TypeGuess{Code: OutpatientLetter, Confidence: 0.97},
		Fields: map[FieldName]Field{PatientName: field, BirthDate: field, LetterDate: field},
		Match:  Match{Kind: MatchExact, Reasons: []string{"number, birth date and name agree with the list"}},
	}, []Page{{Confidence: 0.9}}
}

// Each condition of the rule is broken alone: each alone must hold the document.
func TestDecide(t *testing.T) {
	d, pages := fileable()
	if got := Decide(d, pages, "", SafeRule()); got.Status != Filed || len(got.Reasons) == 0 {
		t.Fatalf("a sound document: %+v", got)
	}
	for name, spoil := range map[string]func(*Document, *[]Page, *string, *Rule){
		"is urgent":          func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Urgent = true },
		"sent again":         func(_ *Document, _ *[]Page, dup *string, _ *Rule) { *dup = "abc" },
		"could not be told":  func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Type.Code = UnknownType },
		"only 80% sure; 90%": func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Type.Confidence = 0.8 },
		"always checked":     func(d *Document, _ *[]Page, _ *string, r *Rule) { r.FileTypes = nil },
		"birth_date was not": func(d *Document, _ *[]Page, _ *string, _ *Rule) { delete(d.Fields, BirthDate) },
		"letter_date breaks": func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Fields[LetterDate] = Field{Confidence: 1} },
		"patient_name is only": func(d *Document, _ *[]Page, _ *string, _ *Rule) {
			d.Fields[PatientName] = Field{Valid: true, Confidence: 0.5}
		},
		"list by the strict": func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Match = Match{Kind: MatchProbable} },
		"two numbers":        func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Conflicts = []string{"two numbers"} },
		"page 2 of 3":        func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Notes = []string{"page 2 of 3 is missing"} },
		"hard to read":       func(_ *Document, p *[]Page, _ *string, _ *Rule) { *p = []Page{{Confidence: 0.3}} },
	} {
		d, pages := fileable()
		rule, duplicate := SafeRule(), ""
		spoil(&d, &pages, &duplicate, &rule)
		got := Decide(d, pages, duplicate, rule)
		if got.Status != InReview || !strings.Contains(strings.Join(got.Reasons, "\n"), name) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	conflict, pages := fileable()
	conflict.Match.Conflict = true
	if got := Decide(conflict, pages, "", SafeRule()); got.Status != InReview {
		t.Errorf("a conflict: %+v", got)
	}
	junk, pages := fileable()
	junk.Junk = true
	if got := Decide(junk, pages, "", SafeRule()); got.Status != Discarded {
		t.Errorf("junk: %+v", got)
	}
	if got := Decide(d, pages, "", Rule{}); got.Status != InReview {
		t.Errorf("the zero rule: %+v", got)
	}
}
