package classify

import "testing"

// What line breaks and misreading part or run together.
func TestUrgentWordsThatAreBroken(t *testing.T) {
	for _, lines := range [][]string{
		{"He was tidy and talkative when I met him. Thoughts of self", "harm come and go without plans."},
		{"These figures lie outside of the usual limits. Result phoned", "to the surgery at ten."},
		{"She was referred by the liaison nurse after an ov erdose."},
		{"Urgency", "Witbin 48 hous"},
		{"Thoughts of sclf harm come and go."},
		{"Thoughts of 5elf harrn come and go."},
		{"Tearful at times, no odd beliefs expressed Thoughts of self harm come and go."},
	} {
		if d := urgentLetter(t, lines...); !d.Urgent {
			t.Errorf("not urgent: %q", lines)
		}
	}
	for _, lines := range [][]string{
		{"He is well and he denies any thoughts of self", "harm."},
		{"There is no evidence of Paget disease or malignancy."},
		{"The pain in his chest settled by itself within 4", "hours of his arrival."},
		{"She has no thoughts of self harm."},
	} {
		if d := urgentLetter(t, lines...); d.Urgent {
			t.Errorf("urgent: %q, %q", lines, d.UrgentWhy)
		}
	}
}

// A report of tissue says cancer with letters misread or a gap in the word.
func TestCancersThatAreMisread(t *testing.T) {
	report := func(line string) bool {
		out := sortPages(t, nil, typeset("# Example Hospital", "# Histopathology report", "Specimen: skin, left arm", "Macroscopy: an ellipse of skin 20 x 9 mm.", line, "Reported by Dr E Stone, Consultant Histopathologist"))
		return out.Documents[0].Urgent
	}
	for _, line := range []string{"Microscopy: invasive carcinoma is present.", "Microscopy: Invaslve oacinoma of no speoial type is present.", "Microscopy: invasive ca rcinoms of no special type is present.", "Microscopy: adenocarclnorna, moderately differentiated"} {
		if !report(line) {
			t.Errorf("not urgent: %q", line)
		}
	}
	for _, line := range []string{"Microscopy: inflamed skin without carcinomas.", "Microscopy: no evidence of carc1noma.", "Microscopy: an inflamed seborrhoeic keratosis."} {
		if report(line) {
			t.Errorf("urgent: %q", line)
		}
	}
}
