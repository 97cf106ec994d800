package classify

import (
	"strings"
	"testing"
)

// Retention counts from the date of death, so a list's date is kept and a mere yes is none.
func TestDateOfDeath(t *testing.T) {
	const csv = "nhs_number,family,given,dob,date_of_death\n9990000018,One,Ann,1940-01-02,03/04/2016\n9990000026,Two,Bo,1940-01-02,\n9990000034,Three,Cy,1940-01-02,yes\n"
	patients, _, err := ReadPatientsCSV(strings.NewReader(csv))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"2016-04-03", "", ""} {
		if p := patients[i]; p.DeathDate != want || p.Deceased != (i != 1) {
			t.Errorf("%d: %q, %v", i, p.DeathDate, p.Deceased)
		}
	}
	const bundle = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a","name":[{"family":"One","given":["Ann"]}],"birthDate":"1940-01-02","deceasedDateTime":"2016-04-03T10:00:00Z"}}]}`
	patients, _, err = ReadPatientsFHIR(strings.NewReader(bundle))
	if err != nil || patients[0].DeathDate != "2016-04-03" {
		t.Error(patients, err)
	}
}
