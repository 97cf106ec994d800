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
	over := append(append([]string{}, letter...), "Please change her medicines as follows:", "Continued overleaf", "Page 1 of 3")
	next := append([]string{"^10/03/26 09:14 HOSPITAL 01632960001 P. 1/2"}, append(append([]string{}, letter...), "The changes to her medicines are on the next page.")...)
	second := []string{"and the blood pressure was normal on the day as well.", "Re: Amara OKAFOR", "NHS No: 999 012 3454\tDOB: 07/03/1951", "Yours sincerely", "Dr T Bell", "Page 2 of 2"}
	for _, c := range []struct {
		name string
		page postroom.Page
		want bool
	}{
		{"a count hardly read where the page goes on overleaf", hardlyRead(typeset(over...), len(over)-1, 0.5), true},
		{"a header hardly read where the next page is named", hardlyRead(typeset(next...), 0, 0.5), true},
		{"a second page", hardlyRead(typeset(second...), len(second)-1, 0.5), true},
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
		{typeset("# TRANSMISSION REPORT", "Result: Complete", "Re: Amara Okafor", "Please stop her warfarin today, INR 9.2."), ""},
		{typeset("# Transmission report", "Amara Okafor, Mill Lane", "HIV test", "Reactive", "Code 00"), ""},
		{typeset("# Communication report", "Child: Chidi Okafor", "Hearing: profound loss left ear", "Speech:", "OK"), ""},
		{typeset("# Confirmation report", "Amara Okafor", "Chlamydia", "Result: sent"), ""},
		{report("TRANSMISSION REPORT", "PAGES SENT\t1 of 3\tRESULT\tOK"), ""},
		{typeset("# TRANSMISSION REPORT", "TIME\t10:44", "FAX NO\t01632 960735", "PAGES\t1/3", "RESULT\tOK", "MODE\tECM"), ""},
		{report("TX REPORT", "RESULT\tOK\tNO CARRIER"), ""},
		{report("TX REPORT", "RESULT\t01632 960001 OK\t01632 960002 NO ANS"), ""},
		{report("TX REPORT", "RESULT\tOK\tINTERRUPTED"), ""},
	} {
		out := sortPages(t, sampleRegister, amara(), c.page)
		if got := fatesOf(out)[1]; got != c.want {
			t.Errorf("fate %q, want %q: %s", got, c.want, (&c.page).PlainText())
		}
	}
}

// A sheet that calls itself a fax front sheet is one, however little else it has of one.
func TestTitledCovers(t *testing.T) {
	lines := []string{"Riverside Mental Health NHS Trust", "# Fax front sheet", "For: Duty doctor", "Sent by: Team administrator", "Hi, here is the letter you asked for. Thanks, Bea"}
	if got := fatesOf(sortPages(t, sampleRegister, typeset(lines...), amara()))[0]; got != postroom.FateCover {
		t.Errorf("fate %q", got)
	}
	for _, more := range []string{"Please see attached letter and pass it on.", "Biopsy results follow, as discussed by phone."} {
		page := append(lines[:4:4], more)
		if got := fatesOf(sortPages(t, sampleRegister, typeset(page...), amara()))[0]; got != postroom.FateCover {
			t.Errorf("%q: fate %q", more, got)
		}
	}
	slip := typeset("# With compliments", "Dear reception team,", "As asked for on the phone this morning, please pass what follows to the doctor named.", "Thank you, Bev", "Edgeway Consulting Rooms")
	if got := fatesOf(sortPages(t, sampleRegister, slip, amara()))[0]; got != postroom.FateCover {
		t.Errorf("a compliments slip: fate %q", got)
	}
	for _, page := range [][]string{
		{"# Example Hospital", "Dear Dr Marsh,", "Mrs Amara Okafor of 14 Mill Lane has a new cancer of the colon. Please refer urgently.", "With compliments,", "Dr T Bell"},
		{"Mrs Amara Okafor", "Her biopsy shows melanoma. Please refer her under the two week rule.", "With compliments", "Dr T Bell"},
		{"Mrs Amara Okafor", "She came today. I stopped her bisoprolol.", "With compliments", "Dr T Bell"},
		{"# With compliments", "Mrs Amara Okafor: INR 9.2, stop warfarin today, see today."},
		{"# Fax front sheet", "To: Dr Marsh", "Patient: Mrs Amara Okafor, 14 Mill Lane", "Blood cultures grew E. coli. Please admit urgently."},
		{"# Fax message", "Amara Okafor died at home on 9 March 2026."},
		{"# Fax front sheet", "To: Dr Marsh", "Amara Okafor came on Monday and is much better now than she was"},
	} {
		if out := sortPages(t, sampleRegister, typeset(page...)); len(out.Documents) != 1 {
			t.Errorf("%q is no document: %v", page, fatesOf(out))
		}
	}
	lines = append(lines, "Amara Okafor, NHS 999 012 3454, born 07/03/1951: please stop her warfarin today.")
	if got := fatesOf(sortPages(t, sampleRegister, typeset(lines...), amara()))[0]; got != "" {
		t.Errorf("with a message about a patient: fate %q", got)
	}
}

// A note that says how many pages come is a cover sheet, whatever it looks like; one that says anything else is none.
func TestCountingNotes(t *testing.T) {
	for _, lines := range [][]string{
		{"WEARSIDE PATHOLOGY", "Results not sent electronically because the link failed on Monday.", "Three reports follow. 4 pages in all. Queries to the duty secretary."},
		{"Fax message", "Tressingham Outpatients to Larchfield Surgery", "3 pages in total. Copies go by post until the system is mended."},
		{"Larchfield Day Hospital", "To the practice manager. Summary attached (3 pages + this one).", "The electronic copy was rejected on Monday. Please telephone if not legible."},
	} {
		if got := fatesOf(sortPages(t, sampleRegister, typeset(lines...), amara()))[0]; got != postroom.FateCover {
			t.Errorf("%q: fate %q", lines, got)
		}
	}
	for _, text := range []string{
		"Wearside Blood Sciences/Mrs Amara Okafor: potassium 6.9, please ring./4 pages in all.", "Example Hospice/To Dr Marsh. He died at home this morning. 2 pages follow.", "Example Hospital/Suspected melanoma, see overleaf, 3 pages attached.",
		"Example pharmacy/Please stop warfarin. 2 pages to follow.", "Ward book of 12 pages of notes kept for the family/Walking with a frame, eating well, sleeping badly.",
		"Example Nursing Home, Room 4/Unresponsive since breakfast, family informed, DNACPR in place. 2 pages attached.", "Ward 4/AMARA OKAFOR not safe to go home alone. Needs a visit. 2 pages attached",
		"Please visit Edith Smith today at Rosewood, 2 pages follow", "Out of hours/Chest pain, declined ambulance, wants call back. 2 pages", "Haematology/Film reported: blasts seen, bleep registrar. 2 pages follow",
		"Oncology/Neutropenic, temp 38.9 at home. 2 sheets follow", "Blood cultures positive, gram negative rods. 3 pages follow", "Optician/Swollen discs both eyes, please refer today. 2 pages enclosed",
		"Pharmacy/Allergic to penicillin, you prescribed amoxicillin. 2 pages follow", "Fax/PHQ-9 total 22. Thoughts of being better off dead most days.", "Weight 62kg. Bilirubin total 98/Jaundiced since Monday",
		"Dear Dr Marsh,/Thank you for seeing this man who has lost two stone since Christmas./Yours sincerely, T Bell/2 pages", "Okafor, Mill Lane, stop the methotrexate, WCC 1.2. 2 pages follow",
	} {
		out := sortPages(t, sampleRegister, typeset(strings.Split(text, "/")...), amara())
		if got := fatesOf(out)[0]; got == postroom.FateCover {
			t.Errorf("%q is a cover", text)
		}
	}
}
