package classify

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestReadPatientsCSV(t *testing.T) {
	amaraInList := postroom.Patient{ID: "9990123454", Number: "9990123454", Family: "Okafor", Given: "Amara", BirthDate: "1951-03-07", Address: "4 Mill Lane, Ashby", Postcode: "AB1 2DE", Phone: "01632 960123"}
	for name, text := range map[string]string{
		"plain":               "nhs_number,family,given,dob,address,postcode,phone\n9990123454,Okafor,Amara,1951-03-07,\"4 Mill Lane, Ashby\",AB1 2DE,01632 960123\n",
		"BOM and CRLF":        "\uFEFFnhs_number,family,given,dob,address,postcode,phone\r\n999 012 3454,Okafor,Amara,07/03/1951,\"4 Mill Lane, Ashby\",ab12de,01632 960123\r\n",
		"semicolons":          "NHS Number;Surname;Forename;Date of Birth;Address;Post Code;Telephone\n999-012-3454;Okafor;Amara;07.03.1951;4 Mill Lane, Ashby;AB1 2DE;01632 960123\n",
		"tabs, another order": "Forename\tSurname\tDOB\tNHS No\tHome address\tPostcode\tMobile\tFavourite colour\nAmara\tOkafor\t7-Mar-1951\t9990123454\t4 Mill Lane, Ashby\tAB1 2DE\t01632 960123\tblue\n",
		"address in lines":    "nhs_number,family,given,dob,address line 1,town,postcode,phone\n9990123454,Okafor,Amara,1951-03-07T00:00:00,4 Mill Lane,Ashby,AB1 2DE,01632 960123\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, problems, err := ReadPatientsCSV(strings.NewReader(text))
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			if len(got) != 1 || !reflect.DeepEqual(got[0], amaraInList) {
				t.Errorf("%d patients, unlike what is in the list", len(got))
			}
		})
	}
}

func TestPatientListProblems(t *testing.T) {
	text := "nhs_number,family,given,dob,deceased,status,previous surname\n" +
		"9990123455,Okafor,Amara,1951-03-07,,,\n" + // 2: wrong check digit
		"9995551233,Whitcombe,John,31/02/1948,,,\n" + // 3: no such day
		",,,,,,\n" + // 4: empty
		"9990000018,,Nobody,1990-12-11,,,\n" + // 5: no family name
		"9990000026,Larkin,Rose,2012-05-06,yes,,\n" + // 6
		"9434765919,Ferris,Una,1977-07-17,,Deducted,Marchant; Stone\n" + // 7
		"9434765919,Ferris,Una,1977-07-17,,,\n" // 8: twice
	got, problems, err := ReadPatientsCSV(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 {
		t.Fatalf("%d patients", len(got))
	}
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
		for _, secret := range []string{"Okafor", "Whitcombe", "Larkin", "Ferris", "9990123455", "1951"} {
			if strings.Contains(p.Reason, secret) && secret != "1951" {
				t.Errorf("a problem holds patient data: %s", p.Reason)
			}
		}
	}
	if fmt.Sprint(lines) != "[2 3 5 8]" {
		t.Errorf("problems on lines %v", lines)
	}
	if got[0].Number != "" || got[1].BirthDate != "" || !got[2].Deceased || !got[3].Left || len(got[3].OtherNames) != 2 {
		t.Error("a value that is wrong was kept, or a flag was lost")
	}
}

func TestUselessPatientLists(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "only a header": "nhs_number,family,given,dob\n", "no header": "9990123454,Okafor,Amara,1951-03-07\n",
		"not text": "\x00\x01\x02", "UTF-16": "\xff\xfen\x00h\x00s\x00",
	} {
		if _, _, err := ReadPatientsCSV(strings.NewReader(text)); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadPatientsFHIR(t *testing.T) {
	bundle := `{"resourceType":"Bundle","type":"collection","entry":[
	 {"resource":{"resourceType":"Organization","id":"o"}},
	 {"resource":{"resourceType":"Patient","id":"a","active":true,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990123454"},{"system":"urn:hospital","value":"X1"}],
	  "name":[{"use":"official","family":"Okafor","given":["Amara","Ngozi"]},{"use":"maiden","family":"Eze"}],"birthDate":"1951-03-07",
	  "telecom":[{"system":"email","value":"a@example"},{"system":"phone","value":"01632 960123"}],"address":[{"line":["4 Mill Lane"],"city":"Ashby","postalCode":"ab12de"}]}},
	 {"resource":{"resourceType":"Patient","id":"b","active":false,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990123455"}],"name":[{"family":"Stone"}],"birthDate":"1951","deceasedDateTime":"2020-01-01"}},
	 {"resource":{"resourceType":"Patient","id":"c","birthDate":"1951-01-01"}}]}`
	got, problems, err := ReadPatientsFHIR(strings.NewReader(bundle))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || len(problems) != 3 {
		t.Fatalf("%d patients, problems %v", len(got), problems)
	}
	want := postroom.Patient{ID: "9990123454", Number: "9990123454", Family: "Okafor", Given: "Amara Ngozi", OtherNames: []string{"Eze"}, BirthDate: "1951-03-07", Address: "4 Mill Lane, Ashby", Postcode: "AB1 2DE", Phone: "01632 960123", MRN: "X1"}
	if !reflect.DeepEqual(got[0], want) {
		t.Error("the first patient is not as in the bundle")
	}
	if p := got[1]; p.Number != "" || !p.Left || !p.Deceased || p.BirthDate != "" {
		t.Error("the second patient is not as in the bundle")
	}
	lines := `{"resourceType":"Patient","id":"a","name":[{"family":"Okafor"}],"birthDate":"1951-03-07"}` + "\n" + `{"resourceType":"Patient","id":"b","name":[{"family":"Stone"}],"birthDate":"1952-03-07"}`
	if got, _, err := ReadPatientsFHIR(strings.NewReader(lines)); err != nil || len(got) != 2 {
		t.Errorf("one a line: %d, %v", len(got), err)
	}
	for name, text := range map[string]string{"empty": "", "no JSON": "nhs_number,family", "a list": "[1,2]", "no patient": `{"resourceType":"Bundle"}`} {
		if _, _, err := ReadPatientsFHIR(strings.NewReader(text)); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadPatients(f *testing.F) {
	f.Add("nhs_number,family,given,dob\n9990123454,Okafor,Amara,1951-03-07\n")
	f.Add("family;dob\n\"a\";\"1/1/1\"\n\"")
	f.Add(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","name":[{"family":"x"}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func() ([]postroom.Patient, []RowProblem, error){
			func() ([]postroom.Patient, []RowProblem, error) { return ReadPatientsCSV(strings.NewReader(text)) },
			func() ([]postroom.Patient, []RowProblem, error) { return ReadPatientsFHIR(strings.NewReader(text)) },
		} {
			patients, _, err := read()
			if err == nil && len(patients) == 0 {
				t.Error("neither patients nor an error")
			}
			for _, p := range patients {
				if p.Family == "" || p.ID == "" {
					t.Error("a patient without a name or key")
				}
				if p.Number != "" {
					if _, err := postroom.ParseNHSNumber(p.Number); err != nil {
						t.Error("a number that is not valid was taken")
					}
				}
			}
		}
	})
}
