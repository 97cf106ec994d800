package classify

import (
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// Recognition's doubt about a labelled day that fits everything else weighs
// less than about one that does not, and what is hardly legible is believed in neither case.
func TestFaintLetterDate(t *testing.T) {
	with := func(date string, conf postroom.Confidence) postroom.Confidence {
		p := typeset("# Example General Hospital", "Date: "+date, "Patient: Amara OKAFOR", "DOB: 07/03/1951", "NHS No: 999 012 3454", "Dear Dr Marsh", "Thank you for seeing this patient.", "Yours sincerely")
		for i := range p.Words {
			if p.Words[i].Text == date {
				p.Words[i].Confidence = conf
			}
		}
		return sortAt(t, received, p).Documents[0].Fields[postroom.LetterDate].Confidence
	}
	fits, old, faint := with("10/03/2026", 0.7), with("10/03/2024", 0.7), with("10/03/2026", 0.3)
	if fits < 0.9 || old >= 0.9 || faint >= 0.9 {
		t.Errorf("fits %.2f, two years old %.2f, hardly legible %.2f", fits, old, faint)
	}
}

// Figures that give a day long gone, and a recent one with the month first, wait for a person.
func TestLetterDateOfAnotherOrder(t *testing.T) {
	for text, sure := range map[string]bool{"3/1/2026": false, "1/3/2026": true} { // on 12 March: 3 January or 1 March, and 1 March or 3 January
		p := typeset("# Example General Hospital", "Date: "+text, "Patient: Amara OKAFOR", "DOB: 07/03/1951", "NHS No: 999 012 3454", "Dear Dr Marsh", "Thank you for seeing this patient.", "Yours sincerely")
		if f := sortAt(t, received, p).Documents[0].Fields[postroom.LetterDate]; (f.Confidence >= 0.9) != sure {
			t.Errorf("%s: %s %.2f", text, f.Value, f.Confidence)
		}
	}
}

func sortAt(t *testing.T, came time.Time, pages ...postroom.Page) postroom.Sorted {
	t.Helper()
	s, err := New(Config{}, NewRegister(sampleRegister))
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sort(t.Context(), Input{Pages: pages, Received: came})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
