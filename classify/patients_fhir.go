package classify

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/postroom/postroom"
)

// nhsNumberSystem identifies NHS numbers in FHIR; the others hold CHI and H&C numbers.
const nhsNumberSystem = "https://fhir.nhs.uk/Id/nhs-number"

type fhirPatient struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Active       *bool  `json:"active"`
	Identifier   []struct {
		System string `json:"system"`
		Value  string `json:"value"`
		Use    string `json:"use"`
	} `json:"identifier"`
	Name []struct {
		Use    string   `json:"use"`
		Family string   `json:"family"`
		Given  []string `json:"given"`
	} `json:"name"`
	BirthDate        string `json:"birthDate"`
	DeceasedBoolean  bool   `json:"deceasedBoolean"`
	DeceasedDateTime string `json:"deceasedDateTime"`
	Telecom          []struct {
		System string `json:"system"`
		Value  string `json:"value"`
	} `json:"telecom"`
	Address []struct {
		Text       string   `json:"text"`
		Line       []string `json:"line"`
		City       string   `json:"city"`
		District   string   `json:"district"`
		PostalCode string   `json:"postalCode"`
		Use        string   `json:"use"`
	} `json:"address"`
	Meta struct {
		Security []struct {
			Code string `json:"code"`
		} `json:"security"`
	} `json:"meta"`
	ManagingOrganization struct {
		Display    string `json:"display"`
		Identifier struct {
			Value string `json:"value"`
		} `json:"identifier"`
	} `json:"managingOrganization"`
}

// ReadPatientsFHIR reads a FHIR R4 Bundle of Patient resources, or one Patient
// resource a line (NDJSON, as bulk export writes it). Resources of other types
// are passed over. Problems are counted by entry, from 1.
func ReadPatientsFHIR(r io.Reader) ([]postroom.Patient, []RowProblem, error) {
	dec := json.NewDecoder(&io.LimitedReader{R: r, N: maxPatientList})
	var patients []postroom.Patient
	var problems []RowProblem
	entry := 0
	take := func(raw json.RawMessage) {
		entry++
		var kind struct {
			ResourceType string `json:"resourceType"`
		}
		if json.Unmarshal(raw, &kind) != nil || kind.ResourceType != "Patient" {
			return
		}
		var fp fhirPatient
		if err := json.Unmarshal(raw, &fp); err != nil {
			problems = append(problems, RowProblem{Line: entry, Reason: "the Patient resource does not follow FHIR R4"})
			return
		}
		p, found := fp.patient()
		for _, reason := range found {
			problems = append(problems, RowProblem{Line: entry, Reason: reason, Taken: true})
		}
		if p.Family == "" {
			problems = append(problems, RowProblem{Line: entry, Reason: "the Patient resource has no family name"})
			return
		}
		if p.ID == "" {
			p.ID = fmt.Sprintf("entry-%d", entry)
		}
		patients = append(patients, p)
	}
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, problems, postroom.Bad(nil, "the patient list is not well-formed JSON", "export it again as a FHIR R4 Bundle")
		}
		var bundle struct {
			ResourceType string `json:"resourceType"`
			Entry        []struct {
				Resource json.RawMessage `json:"resource"`
			} `json:"entry"`
		}
		if err := json.Unmarshal(raw, &bundle); err != nil {
			return nil, problems, postroom.Bad(nil, "the patient list is no FHIR Bundle", "export it as a FHIR R4 Bundle of Patient resources")
		}
		if bundle.ResourceType == "Bundle" {
			for _, e := range bundle.Entry {
				take(e.Resource)
			}
		} else {
			take(raw)
		}
	}
	if len(patients) == 0 {
		return nil, problems, postroom.Bad(nil, "the FHIR file holds no patient", "export it as a FHIR R4 Bundle of Patient resources")
	}
	return patients, problems, nil
}

func (fp *fhirPatient) patient() (postroom.Patient, []string) {
	var problems []string
	p := postroom.Patient{ID: fp.ID, Deceased: fp.DeceasedBoolean || fp.DeceasedDateTime != "", Left: fp.Active != nil && !*fp.Active}
	if day, _, _ := strings.Cut(fp.DeceasedDateTime, "T"); len(day) == len("2006-01-02") {
		p.DeathDate = day
	}
	for _, id := range fp.Identifier {
		system := strings.ToLower(id.System)
		switch {
		case id.System == nhsNumberSystem || strings.Contains(system, "nhs-number") || strings.Contains(system, "chi-number") || strings.Contains(system, "hcn") || strings.Contains(system, "2.16.840.1.113883.2.1.4.1"):
			n, err := postroom.ParseNHSNumber(id.Value)
			if err != nil {
				problems = append(problems, "the number is not valid ("+err.Error()+") and was left out")
				continue
			}
			if p.Number == "" {
				p.Number = n.Digits()
			}
		case p.MRN == "":
			p.MRN = id.Value
		}
	}
	for _, n := range fp.Name {
		switch {
		case n.Use == "old" || n.Use == "maiden" || p.Family != "":
			if n.Family != "" && n.Family != p.Family {
				p.OtherNames = append(p.OtherNames, n.Family)
			}
		default:
			p.Family, p.Given = strings.TrimSpace(n.Family), strings.Join(n.Given, " ")
		}
	}
	if p.BirthDate = listDate(fp.BirthDate); p.BirthDate == "" {
		problems = append(problems, "the birth date is missing or not a full date: documents for this patient are never filed by themselves")
	}
	for _, a := range fp.Address {
		if a.Use == "old" {
			continue
		}
		p.Address = a.Text
		if len(a.Line) > 0 {
			parts := append([]string(nil), a.Line...)
			for _, x := range []string{a.City, a.District} {
				if x != "" {
					parts = append(parts, x)
				}
			}
			p.Address = strings.Join(parts, ", ")
		}
		p.Postcode = a.PostalCode
		if pc, err := parsePostcode(a.PostalCode); err == nil {
			p.Postcode = pc
		}
		break
	}
	for _, t := range fp.Telecom {
		if t.System == "phone" || t.System == "sms" {
			p.Phone = t.Value
			break
		}
	}
	for _, s := range fp.Meta.Security {
		switch strings.ToUpper(s.Code) {
		case "R", "V", "S", "Y", "REDACTED", "RESTRICTED":
			p.Restricted = true
		}
	}
	p.Organisation = fp.ManagingOrganization.Identifier.Value
	if p.Organisation == "" {
		p.Organisation = fp.ManagingOrganization.Display
	}
	if p.Number != "" {
		p.ID = p.Number
	}
	return p, problems
}
