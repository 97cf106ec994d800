package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// provenanceOf tells who stands for each element: the machine as "".
func provenanceOf(t *testing.T, b any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, e := range at(b, "entry").([]any) {
		if at(e, "resource", "resourceType") != "Provenance" {
			continue
		}
		extensions, _ := at(e, "resource", "target", 0, "extension").([]any)
		for _, x := range extensions {
			if at(x, "url") != extElement {
				t.Errorf("extension %v", x)
			}
			id := at(x, "valueUri").(string)
			if _, twice := out[id]; twice {
				t.Errorf("%s twice", id)
			}
			out[id] = ""
			if at(e, "resource", "agent", 0, "who", "type") == "Practitioner" {
				out[id] = at(e, "resource", "agent", 0, "who", "identifier", "value").(string)
			}
		}
	}
	return out
}

func TestProvenanceOfElements(t *testing.T) {
	rec := withObjects()
	same := func(want map[string]string) {
		t.Helper()
		got := provenanceOf(t, bundleOf(t, rec, nil, FHIROptions{}))
		for id, who := range want {
			if w, ok := got[id]; !ok || w != who {
				t.Errorf("%s: %q, %v, not %q", id, w, ok, who)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v", got)
		}
	}
	same(map[string]string{"type": "", "author-organization": "", "author-practitioner": "", "creation": "", "period": "", "patient-as-read": ""})
	confirm := func(by string, names ...postroom.FieldName) {
		for _, name := range names {
			f := rec.Fields[name]
			f.ConfirmedBy = by
			rec.Fields[name] = f
		}
	}
	// The ward's own code breaks a rule, so it is not used and nobody has to confirm it.
	confirm("user:7", postroom.LetterDate, postroom.SenderOrganisation, postroom.SenderDepartment, postroom.AdmissionDate)
	confirm("user:8", postroom.SenderClinician, postroom.GMCNumber)
	rec.DecidedBy = "user:7"
	same(map[string]string{"type": "7", "author-organization": "7", "author-practitioner": "8", "creation": "7", "period": "", "patient-as-read": ""})
	// Two people each confirmed a part of it: nobody stands for the whole.
	confirm("user:7", postroom.GMCNumber)
	same(map[string]string{"type": "7", "author-organization": "7", "author-practitioner": "", "creation": "7", "period": "", "patient-as-read": ""})
}

func tasksOf(b any) (out []string) {
	for _, e := range at(b, "entry").([]any) {
		if at(e, "resource", "resourceType") == "Task" {
			out = append(out, at(e, "resource", "id").(string)[33:]+" "+at(e, "resource", "status").(string)+" "+at(e, "resource", "priority").(string)+" "+at(e, "resource", "description").(string))
		}
	}
	return out
}

func TestTasksOfActions(t *testing.T) {
	rec := withObjects()
	rec.Fields[postroom.Actions] = postroom.Field{Value: "Please repeat the blood test\n\nPlease review", Valid: true, Page: 1}
	if got := tasksOf(bundleOf(t, rec, nil, FHIROptions{})); got != nil {
		t.Errorf("an action that nobody confirmed: %v", got)
	}
	f := rec.Fields[postroom.Actions]
	f.ConfirmedBy = "user:7"
	rec.Fields[postroom.Actions] = f
	rec.DecidedBy, rec.Urgent = "user:7", true
	first, err := FHIR(rec, strings.NewReader("%PDF"), nil, FHIROptions{})
	if err != nil {
		t.Fatal(err)
	}
	title := "Urgent: Discharge summary, 2026-03-11"
	if got, want := tasksOf(bundleOf(t, rec, nil, FHIROptions{})), []string{"1 requested urgent " + title, "1-action-1 requested urgent Please repeat the blood test", "1-action-2 requested urgent Please review"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	// Corrected: what the version before asked for is withdrawn, and asked for under the new one.
	second := rec
	second.Version, second.Replaces, second.Urgent = 2, 1, false
	want := []string{"2-action-1 requested routine Please repeat the blood test", "2-action-2 requested routine Please review",
		"1 cancelled urgent " + title, "1-action-1 cancelled urgent Please repeat the blood test", "1-action-2 cancelled urgent Please review"}
	if got := tasksOf(bundleOf(t, second, first, FHIROptions{})); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	second.Patient.NHSNumber = "9990000026"
	b, err := FHIR(second, strings.NewReader("%PDF"), first, FHIROptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := tasksOf(bundleOf(t, second, first, FHIROptions{})); len(got) != 5 || !strings.HasPrefix(got[2], "1 entered-in-error") {
		t.Errorf("another patient's task: %q", got)
	}
	// The third version has nothing more to withdraw of the first.
	third := second
	third.Version, third.Replaces = 3, 2
	if got := tasksOf(bundleOf(t, third, b, FHIROptions{})); len(got) != 4 {
		t.Errorf("%q", got)
	}
}
