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
		"Continue warfarin.", "Referred to the cancer screening programme.", "History of breast cancer in 1998.",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
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
