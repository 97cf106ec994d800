package classify

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/postroom/postroom"
)

// A filingCase is one document with what would be wrong if it were filed.
type filingCase struct {
	document                                      postroom.Document
	pages                                         []postroom.Page // without words
	original                                      string
	wrongPatient, wrongType, mustHold, wrongField bool
	// free is set when by the truth nobody needs to look at the document: a patient of
	// the list, not urgent, no copy, and nothing else to hold it for.
	free bool
}

func newCase(d *postroom.Document, pages []postroom.Page, truth []KnownDocument, original string) filingCase {
	c := filingCase{document: *d, original: original}
	c.document.Fingerprint = nil
	for _, p := range pages {
		p.Words = nil
		c.pages = append(c.pages, p)
	}
	found := false
	c.free = true
	for _, want := range truth {
		if !overlap(want.Pages, d.Pages) {
			continue
		}
		found = true
		c.free = c.free && !want.Hold && !want.Urgent && !want.Copy && (want.PatientUnknown || want.Number != "")
		if !want.PatientUnknown && (d.Match.Patient == nil || d.Match.Patient.Number != want.Number) {
			c.wrongPatient = true
		}
		c.mustHold = c.mustHold || want.Hold || pageSet(want.Pages) != pageSet(d.Pages)
		c.wrongType = c.wrongType || want.Type != d.Type.Code
		for _, name := range postroom.RequiredFields(d.Type.Code) {
			if w, printed := want.Fields[name]; printed && !SameField(name, w, d.Fields[name].Value) {
				c.wrongField = true
			}
		}
	}
	if !found {
		c.mustHold, c.free = true, false // pages that are no document at all
	}
	return c
}

// A Setting is what one choice of thresholds does.
type Setting struct {
	TypeConfidence  float64 `json:"type_confidence"`
	FieldConfidence float64 `json:"field_confidence"`
	Documents       int     `json:"documents"`
	Filed           int     `json:"filed"`
	WrongPatient    int     `json:"wrong_patient"`
	MustHold        int     `json:"must_be_held"`
	WrongType       int     `json:"wrong_type"`
	WrongField      int     `json:"wrong_field"`
	// Free are the documents that by the truth nobody needs to look at; FreeFiled of
	// them are filed.
	Free      int `json:"free"`
	FreeFiled int `json:"free_filed"`
}

// Wrong is how many of the filed documents are wrong in any way.
func (s Setting) Wrong() int { return s.WrongPatient + s.MustHold + s.WrongType + s.WrongField }

// Share is the share of documents that are filed, WrongShare of those that are wrong.
func (s Setting) Share() float64 { return share(s.Filed, s.Documents) }

// WrongShare is the share of the filed documents that are wrong.
func (s Setting) WrongShare() float64 { return share(s.Wrong(), s.Filed) }

func share(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (s Setting) String() string {
	return fmt.Sprintf("at type_confidence %.2f and field_confidence %.2f, %.1f%% are filed by themselves and %.2f%% of those are wrong (%d of %d: %d wrong patient, %d that must be held, %d wrong type, %d wrong field); of the %d that nobody needs to look at, %.1f%% are filed",
		s.TypeConfidence, s.FieldConfidence, 100*s.Share(), 100*s.WrongShare(), s.Wrong(), s.Filed, s.WrongPatient, s.MustHold, s.WrongType, s.WrongField, s.Free, 100*share(s.FreeFiled, s.Free))
}

// At says what the rule would do, over all documents or those of one type.
func (r *Report) At(rule postroom.Rule, only postroom.TypeCode) Setting {
	s := Setting{TypeConfidence: float64(rule.TypeConfidence), FieldConfidence: float64(rule.FieldConfidence)}
	for i := range r.cases {
		c := &r.cases[i]
		if c.document.Junk || only != "" && c.document.Type.Code != only {
			continue
		}
		s.Documents++
		s.Free += btoi(c.free)
		if postroom.Decide(c.document, c.pages, c.original, rule).Status != postroom.Filed {
			continue
		}
		s.Filed++
		s.FreeFiled += btoi(c.free)
		switch {
		case c.wrongPatient:
			s.WrongPatient++
		case c.mustHold:
			s.MustHold++
		case c.wrongType:
			s.WrongType++
		case c.wrongField:
			s.WrongField++
		}
	}
	return s
}

// Thresholds are the values that a sweep tries.
var Thresholds = []float64{0.30, 0.40, 0.50, 0.60, 0.70, 0.75, 0.80, 0.85, 0.90, 0.92, 0.94, 0.96, 0.98, 0.99}

// Sweep says what each threshold would do for types and fields alike; what the
// rule says about single types is left out.
func (r *Report) Sweep(rule postroom.Rule) []Setting {
	rule.ByType = nil
	var out []Setting
	for _, t := range Thresholds {
		rule.TypeConfidence, rule.FieldConfidence = postroom.Confidence(t), postroom.Confidence(t)
		rule.DateConfidence = min(rule.DateConfidence, rule.FieldConfidence)
		out = append(out, r.At(rule, ""))
	}
	return out
}

// A Summary is a report in the form that is printed as JSON.
type Summary struct {
	Messages    int     `json:"messages"`
	Documents   int     `json:"documents"`
	SplitF1     float64 `json:"split_f1"`
	OtherPages  int     `json:"other_pages"`
	OtherRight  int     `json:"other_pages_right"`
	TypeMacroF1 float64 `json:"type_macro_f1"`
	TypeECE     float64 `json:"type_ece"`
	FieldECE    float64 `json:"field_ece"`
	// What ECEByChance says of the types: half of the samples as small show more than TypeChance though every confidence holds,
	// one in twenty more than TypeRarely.
	TypeChance float64 `json:"type_ece_by_chance"`
	TypeRarely float64 `json:"type_ece_by_chance_one_in_twenty"`

	TypeF1      map[postroom.TypeCode]float64                   `json:"type_f1"`
	Confusion   map[postroom.TypeCode]map[postroom.TypeCode]int `json:"confusion"`
	Fields      []FieldJSON                                     `json:"fields"`
	Items       []FieldJSON                                     `json:"items"` // of the lists, each for itself
	TypeCurve   []Point                                         `json:"type_reliability"`
	FieldCurve  []Point                                         `json:"field_reliability"`
	Sure        int                                             `json:"fields_above_0_95"`
	SureWrong   int                                             `json:"fields_above_0_95_wrong"`
	Urgent      int                                             `json:"urgent"`
	UrgentFound int                                             `json:"urgent_found"`
	Calm        int                                             `json:"not_urgent"`
	UrgentFalse int                                             `json:"not_urgent_taken_for_urgent"`
	Copies      int                                             `json:"copies"`
	CopiesFound int                                             `json:"copies_found"`
	CopiesFalse int                                             `json:"taken_for_copies"`
	Current     Setting                                         `json:"at_the_current_setting"`
	Sweep       []Setting                                       `json:"thresholds"`
	ByType      map[postroom.TypeCode]Setting                   `json:"by_type"`
}

// FieldJSON is one field of a Summary.
type FieldJSON struct {
	Name      postroom.FieldName `json:"name"`
	Precision float64            `json:"precision"`
	Recall    float64            `json:"recall"`
	Right     int                `json:"right"`
	Wrong     int                `json:"wrong"`
	Missed    int                `json:"missed"`
	Extra     int                `json:"not_printed_but_found"`
	ECE       float64            `json:"ece"`
}

// A Point of a reliability plot: answers with this mean confidence were right so often.
type Point struct {
	Confidence float64 `json:"confidence"`
	Right      float64 `json:"right"`
	Answers    int     `json:"answers"`
}

func curve(bins []Bin) []Point {
	var out []Point
	for _, b := range bins {
		if b.N > 0 {
			out = append(out, Point{b.Sum / float64(b.N), float64(b.Right) / float64(b.N), b.N})
		}
	}
	return out
}

// Summary adds the report up under a rule.
func (r *Report) Summary(rule postroom.Rule) Summary {
	macro, each := r.TypeF1()
	s := Summary{
		Messages: r.Messages, Documents: r.Documents, SplitF1: r.SplitF1(), OtherPages: r.FateTrue, OtherRight: r.FateRight,
		TypeMacroF1: macro, TypeF1: each, TypeECE: ECE(r.TypeBins[:]), FieldECE: ECE(r.FieldBins[:]), Confusion: r.Confusion,
		TypeCurve: curve(r.TypeBins[:]), FieldCurve: curve(r.FieldBins[:]), Sure: r.Sure, SureWrong: r.SureWrong,
		Urgent: r.UrgentTrue, UrgentFound: r.UrgentFound, Calm: r.CalmTrue, UrgentFalse: r.UrgentFalse,
		Copies: r.CopyTrue, CopiesFound: r.CopyFound, CopiesFalse: r.CopyFalse,
		Current: r.At(rule, ""), Sweep: r.Sweep(rule), ByType: map[postroom.TypeCode]Setting{},
	}
	s.TypeChance, s.TypeRarely = ECEByChance(r.TypeBins[:])
	for _, name := range postroom.FieldNames {
		f := r.Fields[name]
		if f == nil || f.Right+f.Wrong+f.Missed == 0 {
			continue
		}
		j := FieldJSON{Name: name, Precision: f.Precision(), Recall: f.Recall(), Right: f.Right, Wrong: f.Wrong, Missed: f.Missed, Extra: f.Extra}
		if b := r.FieldECE[name]; b != nil {
			j.ECE = ECE(b[:])
		}
		s.Fields = append(s.Fields, j)
	}
	for _, name := range listFields {
		if f := r.Items[name]; f != nil {
			s.Items = append(s.Items, FieldJSON{Name: name, Precision: f.Precision(), Recall: f.ItemRecall(), Right: f.Right, Wrong: f.Wrong, Missed: f.Missed, Extra: f.Extra})
		}
	}
	// What opening each type alone would do, whatever the rule opens now.
	for _, c := range r.cases {
		code := c.document.Type.Code
		if _, done := s.ByType[code]; done || c.document.Junk {
			continue
		}
		if t, ok := postroom.TypeOf(code); !ok || code == postroom.UnknownType || t.Urgency == postroom.AtOnce {
			continue
		}
		open := rule
		open.FileTypes = map[postroom.TypeCode]bool{code: true}
		s.ByType[code] = r.At(open, code)
	}
	return s
}

// WriteText prints a summary for people.
func (s Summary) WriteText(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format, args...) }
	p("%d messages with %d documents\n\n", s.Messages, s.Documents)
	p("documents split right   F1 %.4f   (other pages: %d of %d right)\n", s.SplitF1, s.OtherRight, s.OtherPages)
	p("types                   macro-F1 %.4f   calibration error %.4f (so few answers show %.4f when confidences hold, one time in twenty more than %.4f)\n", s.TypeMacroF1, s.TypeECE, s.TypeChance, s.TypeRarely)
	p("urgent                  %d of %d found; %d of %d others taken for urgent\n", s.UrgentFound, s.Urgent, s.UrgentFalse, s.Calm)
	p("copies sent again       %d of %d found; %d other documents taken for copies\n", s.CopiesFound, s.Copies, s.CopiesFalse)
	p("\ntypes that are not always right\n")
	var codes []string
	for c, f1 := range s.TypeF1 {
		if f1 < 0.995 {
			codes = append(codes, string(c))
		}
	}
	sort.Strings(codes)
	for _, c := range codes {
		p("  %-24s F1 %.3f", c, s.TypeF1[postroom.TypeCode(c)])
		var wrong []string
		for got, n := range s.Confusion[postroom.TypeCode(c)] {
			if got != postroom.TypeCode(c) {
				wrong = append(wrong, fmt.Sprintf("%s %d", got, n))
			}
		}
		sort.Strings(wrong)
		if len(wrong) > 0 {
			p("   taken for %s", strings.Join(wrong, ", "))
		}
		p("\n")
	}
	p("\n%-24s %9s %9s %7s %7s %7s   calibration error (all fields %.4f)\n", "field", "precision", "recall", "right", "wrong", "missed", s.FieldECE)
	for _, f := range s.Fields {
		p("%-24s %9.4f %9.4f %7d %7d %7d   %.4f\n", f.Name, f.Precision, f.Recall, f.Right, f.Wrong, f.Missed, f.ECE)
	}
	p("of %d fields with a confidence above 0.95, %d are wrong\n", s.Sure, s.SureWrong)
	p("\n%-24s %9s %9s %7s %7s %7s   in lists that are not printed\n", "items of lists", "precision", "recall", "right", "wrong", "missed")
	for _, f := range s.Items {
		p("%-24s %9.4f %9.4f %7d %7d %7d   %d\n", f.Name, f.Precision, f.Recall, f.Right, f.Wrong, f.Missed, f.Extra)
	}
	p("\nfiling without a person\n")
	for _, x := range s.Sweep {
		p("  at %.2f  %5.1f%% are filed by themselves and %5.2f%% of those were wrong (%d of %d; wrong patient %d, must be held %d, wrong type %d, wrong field %d)\n",
			x.TypeConfidence, 100*x.Share(), 100*x.WrongShare(), x.Wrong(), x.Filed, x.WrongPatient, x.MustHold, x.WrongType, x.WrongField)
	}
	p("\nat the current setting: %s\n", s.Current)
	p("\nopening one type, at the current thresholds\n")
	codes = codes[:0]
	for c := range s.ByType {
		codes = append(codes, string(c))
	}
	sort.Strings(codes)
	for _, c := range codes {
		x := s.ByType[postroom.TypeCode(c)]
		p("  %-24s %4d of %4d filed by themselves, %d wrong\n", c, x.Filed, x.Documents, x.Wrong())
	}
}
