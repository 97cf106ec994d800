package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// hardlyRead lowers how well the words with figures of a row were read.
func hardlyRead(p postroom.Page, line int, sure postroom.Confidence) postroom.Page {
	for i := range p.Words {
		if w := &p.Words[i]; w.Line == line && hasDigit(w.Text) {
			w.Confidence = sure
		}
	}
	return p
}

// A count of pages that is hardly legible on a page that looks complete says nothing of others; on a page
// that breaks off it does.
func TestHardlyLegibleCounts(t *testing.T) {
	letter := []string{"# Example General Hospital", "Date: 10/03/2026", "Re: Amara OKAFOR", "NHS No: 999 012 3454\tDOB: 07/03/1951", "Dear Dr Marsh,", "I reviewed this patient in clinic today."}
	header := append([]string{"^10/03/26 09:14 HOSPITAL 01632960001 P. 1/4"}, letter...)
	printed := append(append([]string{}, letter...), "Yours sincerely", "Dr T Bell", "Page 1 of 2")
	long := append([]string{"^10/03/26 09:14 HOSPITAL 01632960001 P. 1/4"}, letter...)
	for range 70 {
		long = append(long, "and the blood pressure was normal on the day of the visit as well.")
	}
	for _, c := range []struct {
		name string
		page postroom.Page
		want bool
	}{
		{"a header well read", typeset(header...), true},
		{"a header hardly read", hardlyRead(typeset(header...), 0, 0.4), false},
		{"a header hardly read over a full page", hardlyRead(typeset(long...), 0, 0.4), true},
		{"a printed count well read", typeset(printed...), true},
		{"a printed count hardly read", hardlyRead(typeset(printed...), len(printed)-1, 0.4), false},
	} {
		out := sortPages(t, sampleRegister, c.page)
		if len(out.Documents) != 1 {
			t.Fatalf("%s: %d documents", c.name, len(out.Documents))
		}
		notes := strings.Join(out.Documents[0].Notes, "\n")
		if got := strings.Contains(notes, "pages, 1 came") || strings.Contains(notes, "is missing"); got != c.want {
			t.Errorf("%s: notes %q", c.name, notes)
		}
	}
}

// A header line that lies askew is read as two rows; the count at its end is no page's own.
func TestHeaderOverTwoRows(t *testing.T) {
	page := typeset("^04-Mar-2026 09:01 CAREWELL LATE NIGHT -> 0116 496 0849", "# Example General Hospital", "Re: Amara OKAFOR", "NHS No: 999 012 3454\tDOB: 07/03/1951", "Dear Dr Marsh,", "I reviewed this patient in clinic today.", "Yours sincerely", "Dr T Bell", "1/1")
	for i, text := range []string{"PAGE", "2", "OF", "2"} {
		page.Words = append(page.Words, postroom.Word{Text: text, Box: postroom.Box{1000 + 60*i, 32, 1040 + 60*i, 54}, Confidence: 0.9, Line: 90, Block: 90})
	}
	cover := typeset("^04-Mar-2026 09:01 CAREWELL LATE NIGHT -> 0116 496 0849 PAGE 1 OF 2", "# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example General Hospital", "Pages: 2 including cover", "Confidentiality notice: intended only for the addressee.")
	s := newSheet(&page, 0)
	if s.header != (count{2, 2}) || s.printed != (count{1, 1}) {
		t.Errorf("header %v, printed %v", s.header, s.printed)
	}
	out := sortPages(t, sampleRegister, cover, page)
	if len(out.Documents) != 1 || len(out.Documents[0].Notes) > 0 {
		t.Errorf("%d documents, notes %q", len(out.Documents), out.Documents[0].Notes)
	}
}

// What a fax machine prints about itself is no document, unless a fax did not go.
func TestMachineReports(t *testing.T) {
	report := func(title, result string) postroom.Page {
		return typeset("# "+title, "TIME : 19/11/2026 10:44", "NAME : LEWIS YARD", "FAX NO. : 01632 960735", "DURATION\t00:00:52", "PAGE(S)\t02", result, "MODE\tFINE ECM")
	}
	for _, c := range []struct {
		page postroom.Page
		want postroom.Fate
	}{
		{report("TRANSMISSION VERIFICATION REPORT", "RESULT\tOK"), postroom.FateJunk},
		{report("TX RESULT REPORT", "Result: OK"), postroom.FateJunk},
		{report("Fax Confirmation Report", "Status  Successful"), postroom.FateJunk},
		{report("TRANSMISSION VERIFICATION REPORT", "RESULT\tBUSY"), ""},
		{report("TRANSMISSION VERIFICATION REPORT", "RESULT\tNG"), ""},
		{report("ULTRASOUND REPORT", "RESULT\tOK"), ""},
		{typeset("# Transmission report", "Re: Amara OKAFOR", "NHS No: 999 012 3454\tDOB: 07/03/1951", "Result: OK"), ""},
	} {
		out := sortPages(t, sampleRegister, amara(), c.page)
		if got := fatesOf(out)[1]; got != c.want {
			t.Errorf("%s: fate %q, want %q", (&c.page).PlainText(), got, c.want)
		}
	}
}

// A sheet that calls itself a fax front sheet is one, however little else it has of one.
func TestTitledCovers(t *testing.T) {
	lines := []string{"Riverside Mental Health NHS Trust", "# Fax front sheet", "For: Duty doctor", "Sent by: Team administrator", "Hi, here is the letter you asked for. Thanks, Bea"}
	if got := fatesOf(sortPages(t, sampleRegister, typeset(lines...), amara()))[0]; got != postroom.FateCover {
		t.Errorf("fate %q", got)
	}
	slip := typeset("# With compliments", "Dear reception team,", "As asked for on the phone this morning, please pass what follows to the doctor named.", "Thank you, Bev", "Edgeway Consulting Rooms")
	if got := fatesOf(sortPages(t, sampleRegister, slip, amara()))[0]; got != postroom.FateCover {
		t.Errorf("a compliments slip: fate %q", got)
	}
	lines = append(lines, "Amara Okafor, NHS 999 012 3454, born 07/03/1951: please stop her warfarin today.")
	if got := fatesOf(sortPages(t, sampleRegister, typeset(lines...), amara()))[0]; got != "" {
		t.Errorf("with a message about a patient: fate %q", got)
	}
}
