package classify

import (
	"strings"
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

// A report that names one day alone, and says of what, is dated by it.
func TestOnlyDay(t *testing.T) {
	d := sortAt(t, received, typeset("# Example Out of Hours Service", "Patient Amara OKAFOR\tCall origin: Care line", "Born 07-Mar-1951 (75y)\tCall received 10-Mar-2026 19:44", "NHS 999 012 3454\tConsultation started 20:51",
		"GP out of hours report", "History", "Sore throat, 4 days.", "Outcome", "Advice given.")).Documents[0]
	if f := d.Fields[postroom.EventDate]; f.Value != "2026-03-10" || f.Confidence < 0.75 {
		t.Errorf("the call was on %q %.2f (%s)", f.Value, f.Confidence, f.Why)
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

// The day on which a document was signed or released is the letter's where nothing else says one; a
// letter's own day comes before that of its dictation, and what only begins like a label is none.
func TestLetterDateByItsWords(t *testing.T) {
	head := []string{"# Example General Hospital", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "NHS No: 999 012 3454"}
	for name, lines := range map[string][]string{
		"signed":            {"Admission date: 02/03/2026", "Discharge date: 05/03/2026", "She was well.", "Electronically signed by Dr T Abiola on 10/03/2026 at 16:42"},
		"authorised":        {"XR Pelvis", "Exam date: 05-Mar-2026", "No fracture is seen.", "Mr J R Kettering Authorised 10-Mar-2026 12:26"},
		"filled in":         {"Open access\tUntil Thu 12 Mar 2026. Mother knows what to watch for", "She was well.", "Filled in by Dr Zainab Hatimy, SHO, on Tue 10 Mar 2026 for Dr G Wetherall"},
		"after dictation":   {"Dictated: 9 March 2026", "Date: 10 March 2026", "Dear Dr Marsh", "I reviewed her in clinic."},
		"no label of a day": {"Date booked 05/03/2026", "She was well.", "Electronically authorised by Dr T Abiola on 10/03/2026"},
	} {
		f := sortAt(t, received, typeset(append(head, lines...)...)).Documents[0].Fields[postroom.LetterDate]
		if f.Value != "2026-03-10" || f.Confidence < 0.75 {
			t.Errorf("%s: %s %.2f (%s)", name, f.Value, f.Confidence, f.Why)
		}
	}
	// A label outweighs the signature.
	f := sortAt(t, received, typeset(append(head, "Date of letter: 10/03/2026", "She was well.", "Electronically signed by Dr T Abiola on 11/03/2026")...)).Documents[0].Fields[postroom.LetterDate]
	if f.Value != "2026-03-10" || f.Confidence < 0.75 {
		t.Errorf("signed later: %s %.2f (%s)", f.Value, f.Confidence, f.Why)
	}
}

func sortAt(t *testing.T, came time.Time, pages ...postroom.Page) postroom.Sorted {
	t.Helper()
	s, err := New(Config{}, NewRegister(sampleRegister))
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sort(t.Context(), Input{Pages: postroom.PageList(pages), Received: came})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A day that was hardly read is believed where the cover sheet names the same.
func TestDayOnCover(t *testing.T) {
	received := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	for cover, sure := range map[string]bool{"10 March 2026": true, "11 March 2026": false} {
		letter := typeset("# Example Hospital", "Patient: Amara OKAFOR", "Date of birth: 07/03/1951", "NHS No: 999 012 3454", "Date of issue: 10/03/2026", "", "Dear Dr Marsh", "She is well.", "Yours sincerely")
		letter.Number = 2
		for i := range letter.Words {
			if letter.Words[i].Text == "10/03/2026" {
				letter.Words[i].Confidence = 0.3
			}
		}
		out := sortAt(t, received, typeset("# FAX", "To: Larchfield Surgery", "From: Example Hospital", "Date: "+cover, "Pages (incl. cover): 2", "CONFIDENTIALITY: this fax is confidential. If you have received it in error please telephone."), letter)
		f := out.Documents[0].Fields[postroom.LetterDate]
		if f.Value != "2026-03-10" || f.Confidence >= 0.75 != sure {
			t.Errorf("cover of %s: %s is %.2f sure (%s)", cover, f.Value, f.Confidence, f.Why)
		}
	}
}

// A birth date that had to be guessed never files a document, and says how it was guessed; where
// one date of a letter has its month first, those that may be read in two ways are in doubt.
func TestGuessedDaysWait(t *testing.T) {
	letter := func(birth, date string) postroom.Document {
		return sortAt(t, received, typeset("# Example General Hospital", "Date: "+date, "Patient: Amara OKAFOR", "DOB: "+birth, "NHS No: 999 012 3454", "Dear Dr Marsh", "Thank you for seeing this patient.", "Yours sincerely")).Documents[0]
	}
	for birth, why := range map[string]string{"67/03/1951": zerosGuessed, "07/63/1951": zerosGuessed} {
		d := letter(birth, "10/03/2026")
		f := d.Fields[postroom.BirthDate]
		if f.Value != "1951-03-07" || f.Confidence >= 0.75 || !strings.Contains(f.Why, why) || d.Match.Kind == postroom.MatchExact {
			t.Errorf("%s: %q %.2f (%s), match %s", birth, f.Value, f.Confidence, f.Why, d.Match.Kind)
		}
	}
	plain, american := letter("07/03/1951", "1/3/2026").Fields[postroom.LetterDate], letter("03/17/1951", "1/3/2026").Fields[postroom.LetterDate]
	if plain.Confidence < 0.9 || american.Confidence > 0.6 || american.Proposal != "2026-01-03" {
		t.Errorf("%.2f beside a British date, %.2f beside an American one, which may be %q", plain.Confidence, american.Confidence, american.Proposal)
	}
}

// A day set as date stamps set it gives way to an earlier one with a label, whenever the letter came.
func TestStampBesideLabel(t *testing.T) {
	p := typeset("Date: 10 March 2026", "11 MAR 2026")
	s := newSheet(&p, 0)
	s.read(false, received)
	c := &collector{sheets: []*sheet{s}, received: received}
	labelled, stamp := c.dateReading(s, s.dates[0], 0.5, "label"), c.dateReading(s, s.dates[1], 0.9, "alone")
	ruled := labelled
	ruled.strength = 0.97
	c.ruledDays = map[postroom.FieldName][]reading{postroom.LetterDate: {ruled}}
	if left := c.unstamped([]reading{labelled, stamp}); len(left) != 1 || left[0].value != "2026-03-10" {
		t.Errorf("left are %v", left)
	}
	stamp.ruled = 0.97 // a label names it, too
	if left := c.unstamped([]reading{labelled, stamp}); len(left) != 2 {
		t.Errorf("left are %v", left)
	}
}
