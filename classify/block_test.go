package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// Addresses are blocks of lines at one edge: who opens one and whether it is greeted tells whom a letter goes to.
func TestBlocks(t *testing.T) {
	p := typeset("# Brackenford Hospital", "", "", "Dr H Marsh\tCardiology", "Larchfield Surgery\tConsultant: Dr R Stone", "4 Mill Lane", "ZZ99 1AA", "", "Dear Dr Marsh", "", "I reviewed this lady in clinic.")
	s := newSheet(&p, 0)
	row := -1
	for i := range s.rows() {
		if strings.HasPrefix(s.rows()[i].text, "Larchfield") {
			row = i
		}
	}
	b := s.blockAt(row, 0)
	if len(b.lines) != 4 || b.place != 1 {
		t.Fatalf("the address has %d lines, and the practice is number %d", len(b.lines), b.place)
	}
	if opened, greeted := s.openedOrGreeted(b); !opened || !greeted {
		t.Errorf("opened by somebody %v, greeted %v", opened, greeted)
	}
	if other := s.blockAt(row, 1); len(other.lines) != 2 {
		t.Errorf("the column beside it has %d lines", len(other.lines))
	}
	if opened, greeted := s.openedOrGreeted(s.blockAt(0, 0)); opened || greeted {
		t.Error("the letterhead is taken for an address")
	}
}

// A name may go on below a row of another column, and a line may hold two names.
func TestNamesApart(t *testing.T) {
	p := typeset("# Brackenford Moor", "\tSt John's Road", "# University Hospital")
	for i := range p.Words { // the other column's row lies between the lines of the name
		switch p.Words[i].Text {
		case "St", "John's", "Road":
			p.Words[i].Box[1], p.Words[i].Box[3] = 175, 197
		case "University", "Hospital":
			p.Words[i].Box[1], p.Words[i].Box[3] = 185, 225
		}
	}
	s := newSheet(&p, 0)
	r := s.newReading(s.cellSpan(0, 0), s.rows()[0].cellText(0), 1, "")
	if s.goOn(&r); r.value != "Brackenford Moor University Hospital" {
		t.Errorf("the name is %q", r.value)
	}
	for line, want := range map[string][]string{
		"Brackenford Community Trust - School Nurses": {"Brackenford Community Trust", "School Nurses"},
		"Brackenford Fold (CAMHS)":                    {"Brackenford Fold", "CAMHS"},
		"Heart Failure Nurses, Brackenford Hospital":  {"Heart Failure Nurses", "Brackenford Hospital"},
		"Brackenford-Moor Hospital":                   nil,
	} {
		p := typeset(line)
		s := newSheet(&p, 0)
		var got []string
		for _, part := range s.nameParts(s.cellSpan(0, 0)) {
			got = append(got, s.text(part))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q has the parts %q, not %q", line, got, want)
		}
	}
}

// Who sends a letter is not the practice that it goes to, nobody's sentence, and may stand at the end alone.
func TestSenderElsewhere(t *testing.T) {
	patient := []string{"Patient: Amara OKAFOR", "Date of birth: 07/03/1951", "NHS No: 999 012 3454"}
	for want, lines := range map[string][]string{
		"Brackenford Community NHS Trust":          append(append([]string{"# REPORT OF A VISIT", "Larchfield Surgery"}, patient...), "Visited at home on 6 March 2026, dressing changed, wound clean.", "She will be seen again in a week.", "", "Seen by: R Stone, Community Nurse", "", "Brackenford Community NHS Trust"),
		"Brackenford Medical Center":               append([]string{"# Brackenford Medical Center", "Discharge summary", "Admitted 03/01/2026, discharged 03/04/2026"}, patient...),
		"Brackenford Teaching Hospitals NHS Trust": append(append([]string{"REPORT OF A BONE SCAN"}, patient...), "Region\tBMD\tT score", "Hip\t0.71\t-2.6", "Conclusion: osteoporosis of the spine. Repeat scan in 3 years.", "Seen by R Stone", "", "", "Brackenford Teaching Hospitals NHS Trust", "", "Larchfield Surgery", "4 Mill Lane"),
		"Brackenford Pathology Service":            append([]string{"# Larchfield Surgery", "BIOCHEMISTRY REPORT", "Specimen: serum, collected 09/03/2026, reported 10/03/2026", "Sodium\t139\tmmol/L\t133 - 146", "Potassium\t4.4\tmmol/L\t3.5 - 5.3", "Brackenford Pathology Service"}, patient...),
		"Brackenford Infirmary":                    append([]string{"# Brackenford Infirmary 10/03/2026", "Outpatient letter"}, append(patient, "I reviewed this lady in clinic and she is well.")...),
		"Brackenford Hospital":                     append(append([]string{"# Brackenford Hospital", "Memory clinic letter", "10 March 2026"}, patient...), "From here: day centre twice weekly. The hospital will write again."),
	} {
		if f := sortPages(t, nil, typeset(lines...)).Documents[0].Fields[postroom.SenderOrganisation]; f.Value != want {
			t.Errorf("the sender is %q (%s), not %q", f.Value, f.Why, want)
		}
	}
	// Where the model thinks little of all lines, the body for which most speaks; never the practice that a report goes to.
	page := typeset("Larchfield Surgery", "", "", "Sodium\t139", "", "", "Brackenford Pathology Partnership", "", "", "Brackenford Healthy Living")
	sh := newSheet(&page, 0)
	little := func(p ...float64) *collector {
		c := &collector{sheets: []*sheet{sh}, config: &Config{}, code: postroom.LabReport}
		for i, row := range []int{0, 2, 3} { // of which one has a word that bodies have
			c.candidates[slotLine] = append(c.candidates[slotLine], candidate{span: sh.cellSpan(row, 0), sheet: sh, text: sh.rows()[row].cellText(0), p: []float64{0, p[i], 0}})
		}
		return c
	}
	if got := little(0.19, 0.06, 0.04).likeliestSender(); len(got) != 1 || got[0].value != "Brackenford Pathology Partnership" || got[0].strength != weakSender {
		t.Errorf("the likeliest sender is %v", got)
	}
	if got := little(0.19, 0, 0).likeliestSender(); len(got) == 1 && got[0].value != "Brackenford Pathology Partnership" {
		t.Errorf("the likeliest sender is %v", got)
	}
	if got := little(0.19, 0.01, 0.18).likeliestSender(); len(got) != 1 || got[0].value != "Brackenford Healthy Living" {
		t.Errorf("the likeliest sender is %v", got)
	}
	for code, want := range map[postroom.TypeCode]bool{postroom.LabReport: true, postroom.DischargeSummary: true, postroom.ReferralLetter: false, postroom.PatientLetter: false} {
		if reachesPractices(code) != want {
			t.Errorf("%s is written to practices: %v", code, !want)
		}
	}
	for text, want := range map[string]bool{"Larchfield Surgery": true, "Larchfield Medical Centre": true, "Larchfield Medical Center": false, "Day Unit": false} {
		if isSurgery(text) != want {
			t.Errorf("%q is a practice: %v", text, !want)
		}
	}
	for text, want := range map[string]bool{"Clinic 03.11.2026 Typed 05.11.2026": true, "Assessed 1 Aug 2026 in the unit": true, "Discharge Summary": true, "Ward 7, Brackenford Hospital": false} {
		if noSender(text) != want {
			t.Errorf("%q can be a sender: %v", text, want)
		}
	}
}
