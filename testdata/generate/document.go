package generate

import (
	"fmt"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Document is a letter, report or form on paper, with its truth.
type Document struct {
	Papers []*Paper
	Truth  TrueDocument // without its pages, which depend on how it is sent
	facts  *facts
}

// A DocumentSpec asks for a document.
type DocumentSpec struct {
	Type  postroom.TypeCode
	Split Split // Train or Test
	Sent  time.Time
	// Patient is whose it is. Printed, when set, is how the letter has him:
	// with an old surname, a wrong number or none.
	Patient    Person
	Printed    *Person
	InRegister bool
	Hold       string // overrides what follows from the type
	American   bool
	// Urgent stamps it so.
	Urgent bool
	// Wording and Look choose by number instead of by chance; from 1.
	Wording int
}

// urgentTypes are urgent by nature.
func urgentByNature(t postroom.TypeCode) bool {
	d, ok := postroom.TypeOf(t)
	return ok && d.Urgency == postroom.AtOnce
}

// MakeDocument sets a document. The same seed and label give the same one.
func MakeDocument(seed uint64, label string, spec DocumentSpec) (*Document, error) {
	r := NewRand(seed, "document "+label)
	all := wordingsOf(spec.Type, spec.Split)
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no %s wording of the type %q", spec.Split, spec.Type)
	}
	// Long letters come more often, or nearly all would be of one page.
	var urn []wording
	for _, w := range all {
		urn = append(urn, w)
		if len(w.lines) >= 24 {
			urn = append(urn, w, w)
		}
	}
	w := pick(r, urn)
	if spec.Wording > 0 {
		w = all[(spec.Wording-1)%len(all)]
	}
	f := newFacts(r, spec.Type, spec.Split, spec.Patient, spec.Sent, spec.American)
	if spec.Printed != nil {
		f.printed = *spec.Printed
	}
	l := newLook(r, pick(r, w.looks), spec.Split)
	c := &composer{f: f, l: l, fields: map[postroom.FieldName]string{}, lists: map[postroom.FieldName][]string{}}
	c.newPage()
	c.set(w.lines)
	c.finish()
	if r.Chance(0.1) && l.family != "home" {
		c.pages[0].stamp(r, "RECEIVED "+strings.ToUpper(f.letter.AddDate(0, 0, 1).Format("02 Jan 2006")))
	}
	if spec.Urgent {
		c.pages[0].Marks = append(c.pages[0].Marks, Mark{Kind: TextMark, X: c.p.W/2 - 30, Y: 26, Face: SansBold, Size: 15, Text: "URGENT"})
	}
	for name, lines := range c.lists {
		c.fields[name] = strings.Join(lines, "\n")
	}
	d := &Document{Papers: c.pages, facts: f}
	d.Truth = TrueDocument{
		Type: spec.Type, Fields: c.fields, Urgent: urgentByNature(spec.Type) || spec.Urgent || f.urgent, Hold: spec.Hold,
		Layout: w.name + "/" + l.name(), Split: string(spec.Split),
		Patient: TruePatient{spec.InRegister, spec.Patient.Number, spec.Patient.Family, spec.Patient.Given, spec.Patient.BirthDate},
	}
	if spec.American {
		d.Truth.Patient.NHSNumber = ""
	}
	switch {
	case spec.Hold != "":
	case !spec.InRegister:
		d.Truth.Hold = HoldNotInRegister
	case d.Truth.Urgent:
		d.Truth.Hold = HoldUrgent
	case c.fields[postroom.NHSNumberField] == "":
		d.Truth.Hold = HoldNoNumber
	}
	return d, nil
}
