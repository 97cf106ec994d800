package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func urgentLetter(t *testing.T, lines ...string) postroom.Document {
	t.Helper()
	out := sortPages(t, nil, typeset(append([]string{"# Example Hospital", "Clinic letter", "Dear Dr Marsh", "I reviewed this patient in clinic today."}, lines...)...))
	return out.Documents[0]
}

func TestUrgent(t *testing.T) {
	for _, line := range []string{
		"URGENT", "Please see this patient within 48 hours.", "This was an urgent 2WW referral.", "Please arrange an ultrasound ASAP.", "There is a suspected malignancy of the colon.",
		"The biopsy is suspicious of malignancy.", "Potassium 7.1, critical result", "Result telephoned to the surgery at 10:15", "AKI stage 3", "This is thought to be sepsis.", "She expressed suicidal thoughts.",
		"He took an overdose last week.", "Please stop warfarin.", "Methotrexate was stopped today.", "The child was not brought to the appointment.", "DNACPR in place", "There are safeguarding concerns about the children.",
		"Please act on this immediately.", "PLEASE SEE THE SAME DAY", "A new cancer was found.",
	} {
		d := urgentLetter(t, line)
		if !d.Urgent {
			t.Errorf("not urgent: %q", line)
			continue
		}
		if !strings.Contains(d.UrgentWhy[0], "page 1") {
			t.Errorf("%q: the page is not said: %v", line, d.UrgentWhy)
		}
	}
}

func TestNotUrgent(t *testing.T) {
	for _, line := range []string{
		"If you feel worse go to the urgent care centre.", "This is a non-urgent referral.", "There was no evidence of malignancy.", "He denies suicidal ideation.", "Safeguarding concerns: none",
		"Attended the Emergency Department last year.", "If you have received this fax in error please notify the sender immediately.", "She suffers from panic attacks.", "No sign of sepsis.",
		"Integrated urgent care: summary of a call", "Urgent and emergency care record", "Continue warfarin.", "Referred to the cancer screening programme.", "History of breast cancer in 1998.",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
}

// How soon an emergency department meant to see its patient is over when its record arrives;
// what it asks for is not.
func TestTriageGrade(t *testing.T) {
	record := func(lines ...string) postroom.Document {
		return sortPages(t, nil, typeset(append([]string{"# Example Hospital", "Emergency Department Attendance", "Arrival: 10/03/2026 09:12   Presenting complaint: wrist injury", "Triage nurse assessment and disposal as below."}, lines...)...)).Documents[0]
	}
	for line, want := range map[string]bool{"Triage category: Very urgent": false, "Acuity   Urgent": false, "Manchester triage category 2 - very urgent": false, "Please see her urgently.": true, "Urgent: please repeat the bloods.": true} {
		d := record(line)
		if d.Type.Code != postroom.EDAttendance {
			t.Fatalf("%q: a %s", line, d.Type.Code)
		}
		if d.Urgent != want {
			t.Errorf("%q: urgent %v %v", line, d.Urgent, d.UrgentWhy)
		}
	}
}

// A negation clears nothing that was set elsewhere.
func TestNegationClearsNothingElse(t *testing.T) {
	d := urgentLetter(t, "URGENT", "There was no evidence of malignancy.")
	if !d.Urgent {
		t.Error("a negation cleared the word urgent")
	}
	d = urgentLetter(t, "There was no evidence of malignancy in the first sample.", "The second sample shows a new malignancy.")
	if !d.Urgent {
		t.Error("a negation cleared another sentence")
	}
}

func TestUrgentPageIsNamed(t *testing.T) {
	out := sortPages(t, nil, amara("Page 1 of 2"), continuation("This needs urgent attention.", "Page 2 of 2"))
	if d := out.Documents[0]; !d.Urgent || !strings.Contains(strings.Join(d.UrgentWhy, " "), "page 2") {
		t.Errorf("%v %v", d.Urgent, d.UrgentWhy)
	}
}

// Recall comes first: what clinicians write in many ways is found in all of them.
func TestUrgentInOtherWords(t *testing.T) {
	for _, line := range []string{
		"This man needs to be seen today.", "Please review within 48h.", "Action A.S.A.P. please", "Emergency admission was arranged.", "These results have been telephoned.", "AKI Alert: 3", "Phoned to the surgery",
		"He has thoughts of ending his life.", "She has been self harming.", "Biopsy shows features of carcinoma.", "Malignant cells were seen.", "Imaging shows metastatic disease.", "Suspected giant cell arteritis", "?DVT left leg",
		"There were red flag symptoms.", "Positive blood culture", "There is severe hyperkalaemia.", "U R G E N T", "UR6ENT", "Please expedite her appointment.", "Her condition is deteriorating rapidly.", "Concern about FGM was raised.",
		"Potassium\t6.8\tmmol/L\t3.5 - 5.3", "K+ 2.4 mmol/L", "Sodium 112 mmol/L (133 - 146)", "INR 9.2", "INR > 8", "Haemoglobin 58 g/L", "Hb 6.1 g/dL", "Platelets * 12 10*9/L", "Neutrophils 0.3", "Glucose: 31.4 mmol/L", "Corrected calcium 3.41 mmol/L",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("not urgent: %q", line)
		}
	}
	for _, line := range []string{
		"Potassium\t4.4\tmmol/L\t3.5 - 5.3", "Sodium 139 mmol/L (133 - 146)", "INR 2.6, target 2 - 3", "Haemoglobin 128 g/L", "Hb 12.8 g/dL", "Platelets 250", "Glucose 5.4", "Potassium 20 mmol tablets", "Sodium valproate 200 mg twice daily",
		"Crisis line number given.", "Crisis Resolution and Home Treatment", "If there are safeguarding concerns please let us know.", "Do not attempt CPR form not completed this admission.",
		"Her symptoms settled over the first 48 hours.", "Telephone 0161 496 0110, 24 hours a day", "She denies self harm.", "There were no red flag symptoms.", "No thoughts of ending her life.", "Adjusted calcium 2.34", "Blood glucose monitoring leaflet given", "CRP 4 mg/L", "Creatinine 88 umol/L", "There was no evidence of malignancy.", "Lithium 0.7 mmol/L", "Check haemoglobin at 4 weeks.", "Recheck potassium 2 weeks after the change", "Lithium 400 mg at night",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
}

// A practice's own limit stands in place of the built-in one.
func TestUrgentResultLimits(t *testing.T) {
	six := 6.0
	c := Config{UrgentResults: map[string]Limit{"potassium": {Above: &six}}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	if got := c.urgentResults("Potassium 6.1", false); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := c.urgentResults("Potassium 2.1", false); len(got) != 0 {
		t.Errorf("no lower limit was set: %v", got)
	}
	c.UrgentResults["phlogiston"] = Limit{}
	if c.Check() == nil {
		t.Error("an unknown test was taken")
	}
}

// A unit before the result is no result, and hides none.
func TestUnitsAreNoResults(t *testing.T) {
	c := Config{}
	for _, text := range []string{
		"Platelets (10*9/L)\t303\t214\t150 - 450", "Platelets (10^9/L) 240", "Platelets 10*9/L 240", "Platelets (16+9/L) 297", "Haemoglobin (g/L) 128", "Potassium (mmol/L) 4.4 3.5 - 5.3",
		"Neutrophils (10*9/L)\t4.1", "CRP (mg/L) 4", "INR (ratio) 2.4", "Sodium (mmol/L) 136\t142",
	} {
		if got := c.urgentResults(text, false); len(got) != 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
	for _, text := range []string{
		"Platelets (10*9/L)\t12\t150 - 450", "Platelets 10*9/L 12", "Platelets * 12 10*9/L", "Platelets (12)", "Haemoglobin (g/L) 58", "Potassium (mmol/L) 7.1 H", "Potassium (mmol/L)\t7.1\t3.5 - 5.3",
		"Potassium (7.1) 3.5 - 5.3", "Neutrophils (10*9/L) 0.2", "CRP (mg/L): 310", "Sodium mmol/L 112", "Potassium (H) 7.1",
	} {
		if got := c.urgentResults(text, false); len(got) != 1 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// What only looks urgent, and what is nearly the same and is.
func TestUrgentCareAndSentences(t *testing.T) {
	for _, lines := range [][]string{
		{"Mercia Integrated Urgent Care CIC"}, {"From: Urgent Care"}, {"URGENT CARE"}, {"Urgent Care\tFax 01632 960001"}, {"No changes were made to his medication today. Please check the blood count in four weeks."},
		{"Risk to others low."}, {"Risk to self: low"}, {"Risk to others is low and there are no concerns."},
	} {
		if d := urgentLetter(t, lines...); d.Urgent {
			t.Errorf("urgent: %q: %v", lines, d.UrgentWhy)
		}
	}
	for _, lines := range [][]string{
		{"She needs urgent care."}, {"URGENT CARE NEEDED"}, {"Urgent Care", "URGENT: please ring"}, {"This man needs Urgent Care"}, {"Please see today please."}, {"Please act today. please"}, {"There is a risk to others."}, {"Risk to self high"}, {"Potassium critical low"},
		{"Please arrange urgent care at home."},
	} {
		if d := urgentLetter(t, lines...); !d.Urgent {
			t.Errorf("not urgent: %q", lines)
		}
	}
}

// Advice for a case that has not come is not urgent; requests in the same words are.
func TestConditionalAdvice(t *testing.T) {
	for _, line := range []string{
		"If this does not suit you please ring 01632 960 229 as soon as possible so that we can offer your place to someone else.",
		"He should seek urgent advice if any mole should change.", "If the pain gets worse go to hospital immediately.", "Should she become breathless please call 999 immediately.",
		"The call handler went through the life threatening questions.", "She presented with 24 hours of abdominal pain.", "If she develops symptoms of cauda equina she should attend the same day.",
		"( ) Urgent  O For review  (x) For your information  ( ) Please reply", "Child protection register checked: not on a plan.",
		"He has not had such thoughts since the spring of last year, when he took a small overdose.", "She took an overdose ten years ago.", "Past history of pulmonary embolism.", "Cauda equina warning signs given.",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
	for _, line := range []string{
		"I would be grateful if you could see her urgently.", "If not already done please stop warfarin immediately.", "Grateful if the practice could arrange bloods as soon as possible.",
		"Please repeat the potassium within 24 hours if you can.", "Urgent review please. If you have questions ring us.", "I wonder if you would kindly see him the same day.",
		"(x) Urgent  O For review  ( ) For your information  ( ) Please reply", "Urgent  For review  Please reply", "She took an overdose last night; there was one ten years ago.", "There is a history of depression and she is suicidal now.", "History of presenting complaint: he took an overdose.",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("not urgent: %q", line)
		}
	}
	if d := urgentLetter(t, "Allergies\tSafeguarding concerns\tClinician", "NKDA\tNone\tMr V Hennessy"); d.Urgent {
		t.Errorf("a denied cell of a table is urgent: %v", d.UrgentWhy)
	}
	if d := urgentLetter(t, "Allergies\tSafeguarding concerns\tClinician", "NKDA\tBruising seen\tMr V Hennessy"); !d.Urgent {
		t.Error("a cell of a table is not urgent")
	}
	for birth, urgent := range map[string]bool{"07/03/1951": false, "07/03/2015": true} {
		if d := urgentLetter(t, "Patient: Amara Okafor", "Date of birth: "+birth, "Was not brought to the appointment."); d.Urgent != urgent {
			t.Errorf("was not brought, born %s: urgent %v", birth, d.Urgent)
		}
	}
}

// What a call's triage told its caller is over where the report closes the call or sent them
// elsewhere; alone, it is still to be done.
func TestDisposition(t *testing.T) {
	report := func(lines ...string) postroom.Document {
		return sortPages(t, nil, typeset(append([]string{"# NHS 111 Report", "Out of hours contact report", "Call reference: 7174829", "Call started: 23 February 2026 20:39", "Caller: Relative"}, lines...)...)).Documents[0]
	}
	for _, c := range []struct {
		lines  []string
		urgent bool
	}{
		{[]string{"Pathways disposition: Dx08 Speak to GP within 6 hours", "Informational outcome: No further action"}, false},
		{[]string{"Ox18 To contact Dental Practice within 1 hour"}, false},
		{[]string{"Pathways disposition: Dx08 Speak to GP within 6 hours"}, true},
		{[]string{"Please see him within 6 hours.", "Informational outcome: No further action"}, true},
		{[]string{"Informational outcome: No further action", "Urgent: she needs to be seen"}, true},
	} {
		d := report(c.lines...)
		if d.Type.Code != postroom.OOH111Report {
			t.Fatalf("%q: a %s", c.lines, d.Type.Code)
		}
		if d.Urgent != c.urgent {
			t.Errorf("%q: urgent %v %v", c.lines, d.Urgent, d.UrgentWhy)
		}
	}
}

func TestStandingWordsAreNotUrgent(t *testing.T) {
	for line, want := range map[string]bool{
		"Hilltop Urgent Primary Care":                                                        false,
		"Urgent queries from wards only bleep 2210":                                          false,
		"The critical view was seen, and the artery clipped.":                                false,
		"Please state whether the records show any of these: dementia or acts of self harm.": false,
		"Domestic abuse: asked alone; no disclosure":                                         false,
		"Tf there are safeguarding concerns please let us know.":                             false,
		"Diagnosis: basal cell carcinoma":                                                    false,
		"Glucose 97 65-99 mg/dL":                                                             false,
		"Calcium 9.4 mg/dL":                                                                  false,
		"Potassium 6.4 3.5-5.3 mmol/L":                                                       true,
		"Glucose 560 65-99 mg/dL":                                                            true,
		"Creatinine 6.1 mg/dL":                                                               true,
		"Urgent review in clinic please":                                                     true,
		"Urgent primary care review is needed":                                               true,
		"Domestic abuse: asked alone; she told us of threats":                                true,
		"Please let us know whether you can help. The records show acts of self harm.":       true,
		"Consistent with squamous cell carcinoma":                                            true,
		"Critical potassium":                                                                 true,
	} {
		if d := urgentLetter(t, line); d.Urgent != want {
			t.Errorf("%q: urgent %v %v", line, d.Urgent, d.UrgentWhy)
		}
	}
}

// A mark read as a sign is no text and stands in no row; the row's choices are told by it.
func TestUntickedByASign(t *testing.T) {
	for line, want := range map[string]bool{
		"(Urgent  O For review  @ For your information  ( Please reply":  false,
		"Cl Urgent & For your records L Please comment  Please recycle":  false,
		"@ Urgent  O For review  O For your information  ( Please reply": true,
		"@ Urgent  O For review  @ For your information  ( Please reply": true,
		"Urgent  For review  For your information  Please reply":         true,
	} {
		page := typeset("# FAX MESSAGE", line, "No. of pages (incl. cover): 2")
		sh := newSheet(&page, 0)
		if got := len(urgentIn([]*sheet{sh}, "", "the cover sheet", false, &Config{}, nil).why) > 0; got != want {
			t.Errorf("%q: urgent %v", line, got)
		}
	}
}
