package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// What is known of a kind of field raises it, never so far that it is believed unseen, and not
// where nothing but the model found it.
func TestSupport(t *testing.T) {
	field := func(confidence postroom.Confidence) map[postroom.FieldName]postroom.Field {
		return map[postroom.FieldName]postroom.Field{
			postroom.SenderClinician: {Value: "Dr Rex Stone", Confidence: confidence, Valid: true},
			postroom.AdmissionDate:   {Value: "2026-03-01", Confidence: confidence, Valid: true},
		}
	}
	for _, x := range []struct {
		rule             float64
		said             postroom.Confidence
		clinician, admit bool // is raised
	}{{0.9, 0.1, true, true}, {0, 0.1, false, true}, {0.9, 0.97, false, false}} {
		c := &collector{fields: field(x.said)}
		c.found(postroom.SenderClinician, &reading{value: "Dr Rex Stone", ruled: x.rule})
		c.found(postroom.AdmissionDate, &reading{value: "2026-03-01", ruled: x.rule})
		c.support()
		for name, raised := range map[postroom.FieldName]bool{postroom.SenderClinician: x.clinician, postroom.AdmissionDate: x.admit} {
			got := c.fields[name].Confidence
			if (got > x.said) != raised || got < x.said || got > 0.95 && got != x.said {
				t.Errorf("rule %.1f: %s was %.2f, is %.2f", x.rule, name, x.said, got)
			}
		}
	}
	// A value that came from elsewhere is not what the rule found.
	c := &collector{fields: field(0.3)}
	c.found(postroom.AdmissionDate, &reading{value: "2026-02-28", ruled: 1})
	c.support()
	if got := c.fields[postroom.AdmissionDate].Confidence; got != 0.3 {
		t.Errorf("another value was raised to %.2f", got)
	}
}
