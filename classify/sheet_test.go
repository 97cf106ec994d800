package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// The line that the fax machine prints is none of the letter's, however its clock
// and page number were read: its date is never the letter's.
func TestFaxHeaderLines(t *testing.T) {
	for _, line := range []string{
		"19-Feb-2026 07 27 HADDON DOCTORS ON CA 01632 960355 pi", "06-Feb-2026 0747 CALDERWICKROYALINF 01632960386 pl", "18/02/2026 1517 FROM THE HADDON CLINIC TO 01632960471 P 01/01",
		"17/02/2026 13.47 FROM: HADDONSHIRE PARTNERS TO:01632960471 P.O/OL", "2026-02-10 0740 01632 960231 >> +44 1632 960471", "Feb 10 2026 14:06 01632960458 PAGE 1 OF 1",
	} {
		p := typeset("^"+line, "# Example Hospital", "12 February 2026", "Dear Dr Marsh")
		if s := newSheet(&p, 0); s.rows()[0].text != "Example Hospital" {
			t.Errorf("%q was left in the letter as %q", line, s.rows()[0].text)
		}
	}
	for _, line := range []string{"12 February 2026", "Date: 12/02/2026", "Tel 01632 960471", "Clinic date 12/02/2026 10:30"} {
		p := typeset(line, "# Example Hospital", "Dear Dr Marsh")
		if s := newSheet(&p, 0); s.rows()[0].text != line {
			t.Errorf("%q was taken for the fax machine's line", line)
		}
	}
}

// A letter with both days was issued on the one of its typing.
func TestDictatedAndTyped(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Dr Helen Marsh", "Date dictated: 08/03/2026", "Date typed: 10/03/2026", "Dear Dr Marsh", "Re: Amara Okafor, DOB 07/03/1951", "I reviewed this lady in clinic.")
	if d := f[postroom.LetterDate]; d.Value != "2026-03-10" || d.Confidence < 0.9 {
		t.Errorf("the letter's date is %q, %.2f sure (%s)", d.Value, d.Confidence, d.Why)
	}
}

// A dotted zero in the fax machine's line is read as a six; acuities are no page numbers.
func TestPageCountsAsRead(t *testing.T) {
	one, two := typeset("^10/03/26 09:14 HOSPITAL 01632960001 P. 61/62", "# Example Hospital", "Clinic letter", "Patient: Amara OKAFOR", "Dear Dr Marsh", "I reviewed him in clinic."), typeset("^10/03/26 09:15 HOSPITAL 01632960001 P. 62/62", "He will be seen again.", "Yours sincerely")
	two.Number = 2
	for _, d := range sortPages(t, nil, one, two).Documents {
		for _, n := range d.Notes {
			t.Errorf("nothing is missing: %s", n)
		}
	}
	out := sortPages(t, nil, typeset("# Example Opticians", "Referral to GP", "Patient: Amara OKAFOR", "Right\t+1.25\t6/12", "Left\t+1.50\t6/9"))
	if n := out.Documents[0].Notes; len(n) > 0 {
		t.Errorf("an acuity counts as a page: %v", n)
	}
	out = sortPages(t, nil, typeset("# Example Travel Clinic", "Vaccines given", "Patient: Amara OKAFOR", "Product\tBatch\tExpires\tSite", "Stamaril\tX3855\t08/27\tleft arm", "Typhim Vi\tU121A\t05/28\tright arm"))
	if n := out.Documents[0].Notes; len(n) > 0 {
		t.Errorf("a month of expiry counts as a page: %v", n)
	}
}

// The back of a sheet bears the fax machine's line alone; what could not be read is no blank.
func TestBackOfASheet(t *testing.T) {
	letter := amara("Page 1 of 1")
	back := typeset("^10/03/26 09:14 HOSPITAL 01632960001 P. 2/2")
	back.Number, back.TopOnly = 2, true
	out := sortPages(t, nil, letter, back)
	if len(out.Documents) != 1 || len(out.Others) != 1 || out.Others[0].Fate != postroom.FateBlank {
		t.Errorf("the back of a sheet: %d documents, others %v", len(out.Documents), out.Others)
	}
	back.TopOnly = false
	if out := sortPages(t, nil, letter, back); len(out.Others) != 0 {
		t.Errorf("writing that was not read was taken for nothing: %v", out.Others)
	}
}

// A fax header that was not known for one is no count that the page itself prints.
func TestStrayFaxHeader(t *testing.T) {
	letter := func(number int, header, name string) postroom.Page {
		p := typeset(header, "# Example Hospital", "12 February 2026", "Dear Dr Marsh", "Re: "+name+", DOB 07/03/1951", "I reviewed this patient in clinic.", "Yours sincerely", "Dr Rex Stone")
		p.Number = number
		return p
	}
	out := sortPages(t, nil,
		letter(1, "^12/02/26 09:14 HOSPITAL 01632960001 PAGE 1 OF 3", "Amara Okafor"),
		letter(2, "HOSPITAL PAGE 2 OF 3", "Grace Lindley"),
		letter(3, "^12/02/26 09:15 HOSPITAL 01632960001 PAGE 3 OF 3", "Jude Marlow"))
	for _, d := range out.Documents {
		for _, n := range d.Notes {
			t.Errorf("nothing is missing: %s", n)
		}
	}
}

// Rows of dashes that divide a typed page say nothing of how high its letters are.
func TestRowsOfDashes(t *testing.T) {
	p := typeset("NHS No : 999 012 3454", "Born : 7 Mar 1951", strings.Repeat("- ", 40), strings.Repeat("- ", 40))
	for i := range p.Words {
		for k := range p.Words[i].Box {
			p.Words[i].Box[k] *= 2
		}
		if w := &p.Words[i]; w.Text == "-" {
			w.Box[1], w.Box[3] = w.Box[1]+8, w.Box[1]+10
		}
	}
	if s := newSheet(&p, 0); strings.Contains(s.rows()[0].text, "\t") || strings.Contains(s.rows()[1].text, "\t") {
		t.Errorf("words are cells: %q", s.rows()[0].text)
	}
}
