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
		"only 80% sure; 85%": func(d *Document, _ *[]Page, _ *string, _ *Rule) { d.Type.Confidence = 0.8 },
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
	// A report of an attendance is dated by its day.
	event, pages := fileable()
	event.Type.Code = EDAttendance
	event.Fields[EventDate] = Field{Value: "2026-03-02", Confidence: 0.95, Valid: true}
	delete(event.Fields, LetterDate)
	if got := Decide(event, pages, "", SafeRule()); got.Status != Filed {
		t.Errorf("dated by its event: %+v", got)
	}
	letter, _ := fileable()
	letter.Fields[EventDate] = event.Fields[EventDate]
	delete(letter.Fields, LetterDate)
	if got := Decide(letter, pages, "", SafeRule()); got.Status != InReview {
		t.Errorf("a letter whose date could not be read was dated by a visit: %+v", got)
	}
	event.Fields[LetterDate] = Field{Value: "2026-03-04", Confidence: 0.45, Valid: true}
	if got := Decide(event, pages, "", SafeRule()); got.Status != InReview {
		t.Errorf("a doubtful letter date that is another day: %+v", got)
	}
	dated, pages := fileable()
	dated.Fields[LetterDate] = Field{Value: "2026-03-04", Confidence: 0.8, Valid: true}
	if got := Decide(dated, pages, "", SafeRule()); got.Status != Filed {
		t.Errorf("a letter date that is sure enough for a date: %+v", got)
	}
	strict := SafeRule()
	strict.ByType = map[TypeCode]TypeRule{dated.Type.Code: {FieldConfidence: 0.9}}
	if got := Decide(dated, pages, "", strict); got.Status != InReview {
		t.Errorf("a type's own field confidence is not asked of its date: %+v", got)
	}
	named, pages := fileable()
	named.Fields[PatientName] = Field{Value: "Amara Okafor", Confidence: 0.8, Valid: true}
	if got := Decide(named, pages, "", SafeRule()); got.Status != InReview {
		t.Errorf("a doubtful name: %+v", got)
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

// What a practice says about one type counts for that type alone.
func TestDecideByType(t *testing.T) {
	d, pages := fileable()
	rule := SafeRule()
	rule.ByType = map[TypeCode]TypeRule{OutpatientLetter: {TypeConfidence: 0.99, Require: []FieldName{NHSNumberField}}}
	got := Decide(d, pages, "", rule)
	if reasons := strings.Join(got.Reasons, "\n"); got.Status != InReview || !strings.Contains(reasons, "99% are needed") || !strings.Contains(reasons, "nhs_number was not found") {
		t.Errorf("%+v", got)
	}
	d.Type.Code = DNALetter
	if got := Decide(d, pages, "", rule); got.Status != Filed {
		t.Errorf("another type: %+v", got)
	}
}

// About the share is drawn, always the same documents, and a larger share
// draws those of a smaller one as well.
func TestDrawn(t *testing.T) {
	n := 0
	for i := range 20_000 {
		id := string(HashOf([]byte{byte(i), byte(i >> 8)})[:32])
		if Drawn(id, 0.02) {
			n++
			if !Drawn(id, 0.05) || !Drawn(id, 1) {
				t.Fatal("a larger share leaves a document out")
			}
		}
		if Drawn(id, 0) {
			t.Fatal("something was drawn of nothing")
		}
	}
	if n < 300 || n > 500 {
		t.Errorf("%d of 20000 drawn, not about 400", n)
	}
	d, pages := fileable()
	got := Decide(d, pages, "", SafeRule()).Sampled()
	if got.Status != InReview || !got.Drawn || len(got.Reasons) < 2 {
		t.Errorf("%+v", got)
	}
}

func TestAddTypes(t *testing.T) {
	defer func(before []DocumentType) { Types = before }(append([]DocumentType(nil), Types...))
	for _, bad := range []DocumentType{{Code: "travel", Title: "x"}, {Code: "practice_", Title: "x"}, {Code: "practice_Travel", Title: "x"}, {Code: "practice_travel"}} {
		if AddTypes([]DocumentType{bad}) == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if err := AddTypes([]DocumentType{{Code: "practice_travel", Title: "Travel form", Urgency: Routine}}); err != nil {
		t.Fatal(err)
	}
	if got, ok := TypeOf("practice_travel"); !ok || got.Title != "Travel form" {
		t.Errorf("%+v %v", got, ok)
	}
	d, pages := fileable()
	d.Type.Code = "practice_travel"
	if got := Decide(d, pages, "", SafeRule()); got.Status != InReview {
		t.Errorf("a practice's own type is filed before the practice says so: %+v", got)
	}
}
