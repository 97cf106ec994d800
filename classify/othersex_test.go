package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// A letter under somebody's number, name and birth date is about somebody else where it speaks of another sex, age or year at school
// than the list has; what is said of relatives beside does not count.
func TestContentsOfAnother(t *testing.T) {
	for _, x := range []struct {
		given, birth string
		held         bool
		lines        []string
	}{
		{"Ruth", "1963-06-18", true, []string{"OPERATION RECORD", "Procedure: open mesh repair, inguinal hernia", "Testis checked in scrotum at the end."}},
		{"Ruth", "1963-06-18", true, []string{"He was in the garden. He greeted me. He took me for the man about the boiler.", "He no longer drives. He shaves with prompting. His sleep is good.", "She herself goes to the carers' group."}},
		{"Ruth", "1963-06-18", false, []string{"She was in the garden. Her husband has prostate cancer and his scrotum is sore; he sleeps badly.", "He sees his own doctor. He is well. He drives her."}},
		{"Simon", "1963-06-18", false, []string{"Chest X-ray", "Pregnant: N/A. Pregnancy test: N/A.", "Normal heart and lungs."}},
		{"Ruth", "1963-06-18", false, []string{"Her daughter is now in Year 2 and she is glad.", "She was in year 3 of the trial."}},
		{"Alex", "1963-06-18", false, []string{"Her mood is good. She sleeps well. She is back at work and her appetite is fine."}},
		{"Tom", "2014-02-25", true, []string{"Minor injuries unit", "Buckle fracture of the wrist. Now in Year 2, letter for the teacher given."}},
		{"Tom", "2019-11-25", false, []string{"Minor injuries unit", "Buckle fracture of the wrist. Now in Year 2, letter for the teacher given."}},
		{"Ruth", "1963-06-18", true, []string{"School age immunisation team", "Vaccine: live attenuated influenza vaccine, nasal", "Batch TK2290B, expiry 01/2027, site: each nostril"}},
	} {
		reg := NewRegister([]postroom.Patient{{ID: "1", Number: "9990123454", Given: x.given, Family: "Okafor", BirthDate: x.birth}})
		s, err := New(Config{}, reg)
		if err != nil {
			t.Fatal(err)
		}
		born := x.birth[8:] + "/" + x.birth[5:7] + "/" + x.birth[:4]
		page := typeset(append([]string{"# Brackenford Hospital", "10 October 2026", "Patient: " + x.given + " Okafor", "Date of birth: " + born, "NHS No: 999 012 3454", ""}, x.lines...)...)
		out, err := s.Sort(t.Context(), Input{Pages: postroom.PageList([]postroom.Page{page}), Received: received.AddDate(0, 8, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if m := out.Documents[0].Match; (m.Kind == postroom.MatchProbable) != x.held {
			t.Errorf("%s, born %s, %q: %s %v", x.given, x.birth, x.lines, m.Kind, m.Reasons)
		}
	}
	if sexByName("Ruth Mary") != "f" || sexByName("SIMON") != "m" || sexByName("Alex") != "" || sexByTitle("Mrs.") != "f" || sexByTitle("Dr") != "" {
		t.Error("names and titles tell another sex")
	}
	// Title and name do not agree.
	reg := NewRegister([]postroom.Patient{{ID: "1", Number: "9990123454", Given: "Ruth", Family: "Okafor", BirthDate: "1963-06-18"}})
	s, _ := New(Config{}, reg)
	page := typeset("# Brackenford Hospital", "10 October 2026", "Patient: Mr R Okafor", "Date of birth: 18/06/1963", "NHS No: 999 012 3454", "", "I saw this gentleman in clinic. His prostate is small and he is well.")
	if out, err := s.Sort(t.Context(), Input{Pages: postroom.PageList([]postroom.Page{page}), Received: received.AddDate(0, 8, 0)}); err != nil || out.Documents[0].Match.Kind == postroom.MatchExact {
		t.Errorf("Mr R Okafor is Ruth: %v %v", out.Documents[0].Match.Kind, err)
	}
	for text, want := range map[string]bool{"WBC 8.9 Range used (child 5 - 11 y)": true, "Reference range for adults 18 - 65 y": false, "Infants 3 to 12 months": true, "Range used (child 5–11 y)": true, "two children, 5 and 7": false} {
		if childRange.MatchString(text) != want {
			t.Errorf("%q is a child's range: %v", text, !want)
		}
	}
	for text, want := range map[string]string{"34 yrs. Irregular cycles": "34", "Clinical details: 71 yo M, cough": "71", "Pain for 34 yrs. worse": "", "Smoker 20 years": ""} {
		got := ""
		if m := ageAsked.FindStringSubmatch(text); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%q is of somebody aged %q, not %q", text, got, want)
		}
	}
}
