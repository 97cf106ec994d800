package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/study"
)

// Front sheets in words of their own are told from short messages on the same forms.
func TestFrontSheets(t *testing.T) {
	for _, c := range []struct {
		cover bool
		lines []string
	}{
		{true, []string{"Brackenford Hospice", "", "Dear all at Kelford Surgery,", "", "Herewith the three letters that Joan rang about this morning.", "The fourth is still with the typist.", "", "With thanks", "Pam, front office"}},
		{true, []string{"BRACKENFORD COUNTY COUNCIL", "POST ROOM", "", "Batch 114", "Scanned by\tKR", "Items\t9", "For\tKelford Surgery, Mill Lane"}},
		{true, []string{"Kelford Pharmacy", "TO: THE RECEPTIONIST", "FROM: ANWAR", "SHEETS WITH THIS ONE: 4", "", "IF YOU GET FEWER PLEASE RING 01632 960187"}},
		{true, []string{"Second sending of this morning's bundle. The first came out grey at your end.", "", "Brackenford Hospital, Typing Pool", "5 sheets behind this one"}},
		{false, []string{"TONER, PAPER AND CHAIRS FOR YOUR SURGERY", "", "Chairs from 89 plus VAT", "Every order wins a prize", "", "To order fax back to 0808 496 0273 with your practice's name. For prices ask for the sheets to be sent."}},
		{false, []string{"KELFORD PHARMACY\tFAX", "TO: DR HALL", "FROM: ANWAR", "PAGES  one", "", "Could I trouble you for ramipril 5 for Mr Ted Oakes. He is down to his last two."}},
		{false, []string{"X-RAY BRACKENFORD", "Fax cover", "To: Kelford Surgery", "Pages 1 of 1", "Re: Ada Tennant  K220418  chest film 2 March", "", "Normal."}},
		{false, []string{"FAX COVER SHEET", "To: Dr Hall", "From: Meadowbank", "1 page", "Bogdan found dead at six"}},
		{false, []string{"FAX COVER SHEET", "To: Kelford Surgery", "From: Path Lab", "Pages: 1", "Blood group sample mislabelled, send another"}},
		{false, []string{"FAX COVER SHEET", "To: Dr Hall", "From: Meadowbank", "Pages: 1", "Message: coughing blood"}},
		{false, []string{"FAX COVER SHEET", "To: Dr Hall", "From: Meadowbank", "Pages: 1", "Ivy gone in the night"}},
		{false, []string{"With compliments", "Started apixaban, stop aspirin", "Ward 4"}},
		{false, []string{"Community Nursing Team", "FAX", "To: Dr Hall", "Pages: 2", "Had a seizure in the unit today, letter follows."}},
		{false, []string{"FAX", "To: Dr Hall", "From: Ward 9", "Pages: 1\tEnclosed: nil", "He would like to see you when he gets home tomorrow, wife not coping."}},
		{true, []string{"FAX", "To: Dr Hall", "From: Pam", "Date: 1/1/2026", "Three letters to follow."}},
		{true, []string{"FAX", "To: Kelford Surgery", "From: Tampa Allergy & Asthma Associates", "Pages: 4", "Please find attached the letters."}},
		{false, []string{"WARD 7 to whom it concerns", "Fax - 1 sheet - Kelford practice", "", "Tom Reddy 1941 has gone from us to Ward 2 for rehab.", "Digoxin halved."}},
		{false, []string{"Mrs Ada Tennant\tpage 2 of 2", "", "Limits", "Identity of samples is taken from the form.", "", "Dr T Idle, Principal Scientist", "Copy for the file"}},
	} {
		s, err := New(Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Sort(t.Context(), Input{Pages: postroom.PageList{typeset(c.lines...)}, Received: received})
		if err != nil {
			t.Fatal(err)
		}
		if is := len(got.Others) == 1 && got.Others[0].Fate == postroom.FateCover; is != c.cover {
			t.Errorf("is a front sheet: %v, want %v:\n%s", is, c.cover, strings.Join(c.lines, "\n"))
		}
	}
}

// What the single pages say of how many there are.
func TestPagesSaid(t *testing.T) {
	for line, want := range map[string]int{
		"PAGES  one": 1, "Pages: 1 (one)": 1, "Pages 1 of 1": 1, "Fax - 1 sheet - Kelford practice": 1, "No of pages: 01": 1, "pages: just this": 1,
		"Pages: 3": 2, "No. of pages (including this one):\t6": 2, "1 page to follow": 2, "One sheet attached": 2, "Pages 1 of 3": 2, "Two sheets follow": 2, "This page only": 1, "A one-page fax": 1, "Date: 1/1/2026": 0, "Single sheet - nothing attached": 1, "1 page. See him after Monday": 1, "FAX COVER\tPages l": 1, "No. of pages: 1 (summary within 7 days)": 1, "PAGES...: 1 + THIS": 2, "Pages\t1 plus 1": 2, "Number of sheets following: 1": 2, "Total pages including this page: 17": 2, "Kelford Surgery": 0, "Sheets with this one\t3": 2,
	} {
		p := typeset("Brackenford Hospital", line)
		if got := newSheet(&p, 0).pagesSaid(); got != want {
			t.Errorf("%q says %d, want %d", line, got, want)
		}
	}
	p := typeset("Brackenford Hospital", "PAGES  one", "Spironolactone 25 for Mrs Oakes please.")
	if got := newSheet(&p, 0).pagesSaid(); got != 1 {
		t.Errorf("a dose below is taken for a count of pages: %d", got)
	}
}

// The single pages of all hands are told, and no page of a whole letter is a front sheet.
func TestStudiedSheets(t *testing.T) {
	sheets, err := study.Sheets()
	if err != nil {
		t.Fatal(err)
	}
	made := study.New(17, study.All)
	s, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	isCover := func(pages []postroom.Page) bool {
		got, err := s.Sort(t.Context(), Input{Pages: postroom.PageList(pages), Received: study.Day})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range got.Others {
			if o.Fate == postroom.FateCover {
				return true
			}
		}
		return false
	}
	var told, all [2]int
	for _, sh := range sheets {
		pages := made.Set(sh.Letter, "typical")
		if len(pages) > 1 {
			continue
		}
		k := 0
		if sh.Cover {
			k = 1
		}
		if all[k]++; isCover(pages) == sh.Cover {
			told[k]++
		}
	}
	if told[1]*100 < all[1]*90 || told[0]*100 < all[0]*99 {
		t.Errorf("%d of %d front sheets and %d of %d others are told", told[1], all[1], told[0], all[0])
	}
	letters, err := study.Letters()
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(letters); n += 5 {
		if l := letters[n]; isCover(made.Set(l, "typical")) {
			t.Errorf("a page of the letter %s (%s) is taken for a front sheet", l.Note, l.Hand)
		}
	}
}

// A front sheet that says more than who sends what is read with the document behind it, which waits for a person.
func TestMessageOnFrontSheet(t *testing.T) {
	for line, want := range map[string]bool{
		"Bogdan Oakes in room 4 had a bad night, could someone come out. Obs chart attached.": true, "Positive. Report follows.": true, "Message: changed to apixaban from rivaroxaban, please amend repeat": true, "K 6.9. Sheet attached.": true,
		"Please find attached the letter as discussed.": false, "Three reports follow, the rest will be sent by post.": false, "This fax is confidential and intended for the addressee only.": false, "Subject: clinic letter": false,
	} {
		out := sortPages(t, sampleRegister, typeset("# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example Hospital, Ward 4", "Pages: 2", "", line), amara())
		if len(out.Documents) != 1 || len(out.Documents[0].Covers) != 1 {
			t.Errorf("%q: fates %v", line, fatesOf(out))
			continue
		}
		if held := len(out.Documents[0].Notes) > 0; held != want {
			t.Errorf("%q: held for it: %v, want %v: %q", line, held, want, out.Documents[0].Notes)
		}
	}
}

// What stands behind another page of the same file is a front sheet only where it is laid out like one.
func TestNoFrontSheetWithinALetter(t *testing.T) {
	for _, lines := range [][]string{
		{"Yours sincerely", "Dr P Osei", "Copy to: Larchfield Surgery", "Enc: ECG, 2 pages"},
		{"ECG", "25mm/s 10mm/mV", "Sinus rhythm", "Sent from Ward 4"},
		{"Copy for the GP", "Sent from Ward 4 by Pam"},
	} {
		p := typeset(lines...)
		p.Number = 2
		if fates := fatesOf(sortPages(t, sampleRegister, amara(), p)); fates[1] == postroom.FateCover {
			t.Errorf("%q is a front sheet", lines)
		}
	}
	p := typeset("# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example Hospital", "Pages: 2")
	p.Number = 2
	if fates := fatesOf(sortPages(t, sampleRegister, amara(), p, amara())); fates[1] != postroom.FateCover {
		t.Errorf("a front sheet behind a letter: %v", fates)
	}
}

// What a front sheet says is not discarded with the advertising behind it.
func TestMessageBeforeAdvertising(t *testing.T) {
	junk := typeset("# SPECIAL OFFER", "Toner cartridges, lowest prices, free delivery.", "Order today. Save up to 60 per cent. No obligation.", "To be removed from our list fax back this page.")
	front := func(line string) postroom.Page {
		return typeset("# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example Hospital, Ward 4", "Pages: 2", "", line)
	}
	if out := sortPages(t, sampleRegister, front("Please find attached the letter as discussed."), junk); len(out.Documents) != 1 || !out.Documents[0].Junk {
		t.Errorf("advertising behind a plain front sheet: %v", fatesOf(out))
	}
	out := sortPages(t, sampleRegister, front("Bogdan Oakes in room 4 had a bad night, could someone come out."), junk)
	if len(out.Documents) != 1 || out.Documents[0].Junk || len(out.Documents[0].Notes) == 0 {
		t.Errorf("a message before advertising: %v", fatesOf(out))
	}
}
