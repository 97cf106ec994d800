package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// items are a list's values.
func items(t *testing.T, name postroom.FieldName, lines ...string) []string {
	t.Helper()
	f, ok := fieldsOf(t, append([]string{"# Example Hospital", "Clinic letter", "Patient: Amara Okafor", "Date of birth: 07/03/1951", "NHS No: 999 012 3454", ""}, lines...)...)[name]
	if !ok {
		return nil
	}
	return strings.Split(f.Value, "\n")
}

// An item that is longer than its line is one item.
func TestItemOverTwoLines(t *testing.T) {
	got := items(t, postroom.Actions, "Actions for GP", "1. Please repeat kidney function and potassium in two weeks, and",
		"   stop the tablets if either is worse", "2. Please refer to podiatry.", "", "Yours sincerely")
	if len(got) != 2 || !strings.HasSuffix(got[0], "stop the tablets if either is worse") {
		t.Errorf("got %q", got)
	}
	got = items(t, postroom.Medications, "Current medication", "Ramipril 5 mg once daily", "simvastatin 20 mg at night", "Aspirin 75 mg once daily", "", "Yours sincerely")
	if len(got) != 3 {
		t.Errorf("medicines of their own were joined: %q", got)
	}
}

// A table's row is one medicine with its dose and frequency.
func TestMedicineTable(t *testing.T) {
	got := items(t, postroom.Medications, "Medicines", "Drug\tDose\tFrequency", "Bisoprolol\t2.5 mg\tonce daily", "Apixaban\t5 mg\ttwice daily", "", "Yours sincerely")
	for _, want := range []string{"Bisoprolol 2.5 mg once daily", "Apixaban 5 mg twice daily"} {
		found := false
		for _, g := range got {
			found = found || SameField(postroom.Medications, want, g)
		}
		if !found {
			t.Errorf("%q is not among %q", want, got)
		}
	}
}

func TestMedicineRowIsNoResult(t *testing.T) {
	for line, want := range map[string]bool{
		"Bisoprolol\t2.5 mg\tonce daily": true, "Haemoglobin\t120 g/L\t115 - 165": false, "Sodium\t140 mmol/L": false,
		"Dose:\t5 mg": false, "Salbutamol\t2 puffs\twhen required": true, "Patient\tAmara Okafor": false,
	} {
		p := typeset(line)
		s := newSheet(&p, 0)
		if got := len(s.rows()) > 0 && s.medicineRow(0); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// Where a table's cell is too narrow for what it says, that goes on in its own column.
func TestCellOverTwoLines(t *testing.T) {
	got := items(t, postroom.Medications, "Medications on discharge",
		"Colecalciferol 20,000 units once\tunchanged\town supply", "weekly",
		"Ramipril 2.5 mg once daily\tstarted\t14 days", "", "Yours sincerely")
	if len(got) != 2 || !strings.HasPrefix(got[0], "Colecalciferol 20,000 units once weekly unchanged") {
		t.Errorf("got %q", got)
	}
}

// What the patient no longer takes is no medicine on the list, whatever stands above it.
func TestStoppedMedicine(t *testing.T) {
	got := items(t, postroom.Medications, "Medications on discharge",
		"- Aspirin 75 mg once daily - unchanged", "- Laxido one sachet twice daily - for 10 days then stop",
		"Medications stopped:\tIndapamide - hyponatraemia", "", "Yours sincerely")
	if len(got) != 2 || strings.Contains(strings.Join(got, " "), "Indapamide") {
		t.Errorf("got %q", got)
	}
}

// What is asked of the practice in prose is the whole sentence, over as many lines as it has.
func TestRequestOverLines(t *testing.T) {
	got := items(t, postroom.Actions, "Dear Dr Marsh", "",
		"I saw Mrs Okafor in clinic today. She is a little better and will go on with the inhalers. Please stop the",
		"lansoprazole, repeat the full blood count in six weeks and let me know if the platelets are still low. I will",
		"see her in the spring.", "Could you check her blood pressure? It was high here.", "Please do not hesitate to contact us.", "Please let us know if you have any queries.", "", "Yours sincerely")
	if len(got) != 2 || !strings.HasPrefix(got[0], "Please stop the lansoprazole") || !strings.HasSuffix(got[0], "still low.") || got[1] != "Could you check her blood pressure?" {
		t.Errorf("got %q", got)
	}
}
