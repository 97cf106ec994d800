package store

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func readBase64(s string) ([]byte, error) { return base64.StdEncoding.DecodeString(s) }

// bundleOf returns the bundle as any reader of JSON sees it.
func bundleOf(t *testing.T, rec postroom.Record, previous []byte, o FHIROptions) map[string]any {
	t.Helper()
	b, err := FHIR(rec, strings.NewReader("%PDF-1.7 example"), previous, o)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// at walks into parsed JSON: strings are properties, ints are indexes.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func resource(t *testing.T, bundle map[string]any, kind string) map[string]any {
	t.Helper()
	for _, e := range at(bundle, "entry").([]any) {
		if at(e, "resource", "resourceType") == kind {
			return at(e, "resource").(map[string]any)
		}
	}
	return nil
}

func TestFHIRUKCore(t *testing.T) {
	rec := withObjects()
	b := bundleOf(t, rec, nil, FHIROptions{PracticeODS: "A81001", PracticeName: "Example Surgery"})
	if at(b, "resourceType") != "Bundle" || at(b, "type") != "transaction" {
		t.Errorf("it is a %v of type %v", at(b, "resourceType"), at(b, "type"))
	}
	d := resource(t, b, "DocumentReference")
	sum := sha1.Sum([]byte("%PDF-1.7 example"))
	for _, c := range []struct {
		want any
		path []any
	}{
		{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-DocumentReference", []any{"meta", "profile", 0}},
		{"urn:ietf:rfc:3986", []any{"masterIdentifier", "system"}},
		{hashURI(rec.Objects.PDFHash), []any{"identifier", 1, "value"}},
		{"current", []any{"status"}},
		{"preliminary", []any{"docStatus"}},
		{"373942005", []any{"type", "coding", 0, "code"}},
		{"http://snomed.info/sct", []any{"type", "coding", 0, "system"}},
		{"18842-5", []any{"type", "coding", 1, "code"}},
		{"Discharge summary", []any{"type", "text"}},
		{"823651000000106", []any{"category", 0, "coding", 0, "code"}},
		{nil, []any{"category", 1}},
		{"Patient", []any{"subject", "type"}},
		{nil, []any{"subject", "reference"}},
		{"https://fhir.nhs.uk/Id/nhs-number", []any{"subject", "identifier", "system"}},
		{"9990000018", []any{"subject", "identifier", "value"}},
		{"01", []any{"subject", "identifier", "extension", 0, "valueCodeableConcept", "coding", 0, "code"}},
		{"2026-03-12T09:15:30.000Z", []any{"date"}},
		{"Example General Hospital, Cardiology", []any{"author", 0, "display"}},
		{nil, []any{"author", 0, "identifier"}}, // the code on the page breaks a rule
		{"Dr B Invented", []any{"author", 1, "display"}},
		{"7654321", []any{"author", 1, "identifier", "value"}},
		{"https://fhir.nhs.uk/Id/ods-organization-code", []any{"custodian", "identifier", "system"}},
		{"A81001", []any{"custodian", "identifier", "value"}},
		{"Discharge summary, 2026-03-11", []any{"description"}},
		{"application/pdf", []any{"content", 0, "attachment", "contentType"}},
		{base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 example")), []any{"content", 0, "attachment", "data"}},
		{nil, []any{"content", 0, "attachment", "url"}},
		{float64(16), []any{"content", 0, "attachment", "size"}},
		{base64.StdEncoding.EncodeToString(sum[:]), []any{"content", 0, "attachment", "hash"}},
		{"Discharge summary", []any{"content", 0, "attachment", "title"}},
		{"2026-03-11", []any{"content", 0, "attachment", "creation"}},
		{"2026-03-01", []any{"context", "period", "start"}},
		{"2026-03-09", []any{"context", "period", "end"}},
		{"#as-read", []any{"context", "sourcePatientInfo", "reference"}},
		{"as-read", []any{"contained", 0, "id"}},
		{"O'EXAMPLE, Ann Marie", []any{"contained", 0, "name", 0, "text"}},
		{"1948-03-02", []any{"contained", 0, "birthDate"}},
		{nil, []any{"securityLabel"}},
	} {
		if got := at(d, c.path...); got != c.want {
			t.Errorf("DocumentReference%v is %v, not %v", c.path, got, c.want)
		}
	}
	p := resource(t, b, "Provenance")
	for _, c := range []struct {
		want any
		path []any
	}{
		{"DocumentReference/" + rec.DocumentID + "-1", []any{"target", 0, "reference"}},
		{"assembler", []any{"agent", 0, "type", "coding", 0, "code"}},
		{"Postroom; tesseract 5.3.0; builtin 1", []any{"agent", 0, "who", "display"}},
		{nil, []any{"agent", 1}}, // no person had a part in it
		{"source", []any{"entity", 0, "role"}},
		{hashURI(rec.Message.Hash), []any{"entity", 0, "what", "identifier", "value"}},
		{hashURI(rec.Pages[0].Hash), []any{"entity", 1, "what", "identifier", "value"}},
		{nil, []any{"entity", 2}},
	} {
		if got := at(p, c.path...); got != c.want {
			t.Errorf("Provenance%v is %v, not %v", c.path, got, c.want)
		}
	}
	if resource(t, b, "Task") != nil {
		t.Error("a task for a document that is not urgent")
	}
}

func TestFHIRConfirmedAndUrgent(t *testing.T) {
	rec := withObjects()
	rec.DecidedBy, rec.Urgent, rec.Type.Code = "user:7", true, postroom.Safeguarding
	b := bundleOf(t, rec, nil, FHIROptions{PracticeODS: "A81001"})
	d := resource(t, b, "DocumentReference")
	if at(d, "docStatus") != "final" || at(d, "securityLabel", 0, "coding", 0, "code") != "R" {
		t.Errorf("docStatus %v, label %v", at(d, "docStatus"), at(d, "securityLabel"))
	}
	p := resource(t, b, "Provenance")
	if at(p, "agent", 1, "type", "coding", 0, "code") != "verifier" || at(p, "agent", 1, "who", "identifier", "value") != "7" {
		t.Errorf("agents %v", at(p, "agent"))
	}
	task := resource(t, b, "Task")
	if at(task, "priority") != "asap" || at(task, "focus", "reference") != "DocumentReference/"+rec.DocumentID+"-1" ||
		at(task, "status") != "requested" || at(task, "for", "identifier", "value") != "9990000018" || at(task, "owner", "identifier", "value") != "A81001" {
		t.Errorf("task %v", task)
	}
	rec.Type.Code = postroom.LabReport
	b = bundleOf(t, rec, nil, FHIROptions{})
	if got := at(resource(t, b, "Task"), "priority"); got != "urgent" {
		t.Errorf("priority %v", got)
	}
	if got := at(resource(t, b, "DocumentReference"), "category", 0, "coding", 0, "code"); got != "721981007" {
		t.Errorf("category of a laboratory report %v", got)
	}
}

func TestFHIRProfiles(t *testing.T) {
	us := resource(t, bundleOf(t, withObjects(), nil, FHIROptions{Profile: USCore}), "DocumentReference")
	if at(us, "category", 0, "coding", 0, "code") != "clinical-note" || at(us, "type", "coding", 0, "system") != sysLOINC ||
		at(us, "meta", "profile", 0) != usCore+"documentreference" || at(us, "content", 0, "attachment", "language") != "en-US" {
		t.Errorf("US Core: %v", us)
	}
	if at(us, "subject", "identifier", "extension") != nil {
		t.Error("US Core: a British extension")
	}
	mhd := resource(t, bundleOf(t, withObjects(), nil, FHIROptions{Profile: MHD, BaseURL: "https://objects.example/bucket"}), "DocumentReference")
	if at(mhd, "docStatus") != nil || at(mhd, "content", 0, "attachment", "data") != nil || at(mhd, "masterIdentifier") == nil ||
		at(mhd, "content", 0, "attachment", "url") != "https://objects.example/bucket/"+withObjects().Objects.PDF {
		t.Errorf("MHD: %v", mhd)
	}
	if _, err := FHIR(withObjects(), strings.NewReader("x"), nil, FHIROptions{Profile: MHD}); kindOf(err) != postroom.Misconfigured {
		t.Errorf("MHD without a URL: %v", err)
	}
}

func TestFHIRNumbers(t *testing.T) {
	rec := withObjects()
	rec.Patient.Match = postroom.MatchProbable
	rec.DecidedBy = "user:7"
	subject := func(o FHIROptions) any {
		return at(resource(t, bundleOf(t, rec, nil, o), "DocumentReference"), "subject")
	}
	if got := at(subject(FHIROptions{}), "identifier", "extension", 0, "valueCodeableConcept", "coding", 0, "code"); got != "02" {
		t.Errorf("a number that the list did not confirm has the status %v", got)
	}
	rec.Patient.NHSNumber, rec.Patient.BirthDate = "3201234567", "1960-05-06"
	if s := subject(FHIROptions{}); at(s, "identifier", "system") != nil || at(s, "identifier", "type", "text") != "Health and Care number" {
		t.Errorf("an H&C number: %v", s)
	}
	rec.Patient.NHSNumber, rec.Patient.BirthDate = "0101010001", "2001-01-01"
	if s := subject(FHIROptions{CHISystem: "https://chi.example"}); at(s, "identifier", "system") != "https://chi.example" {
		t.Errorf("a CHI number: %v", s)
	}
	rec.Patient.NHSNumber = ""
	if s := subject(FHIROptions{}); at(s, "reference") != "#patient" {
		t.Errorf("a patient without a number: %v", s)
	}
	rec.Patient = postroom.RecordPatient{Match: postroom.MatchNone}
	if s := subject(FHIROptions{}); s != nil {
		t.Errorf("nobody: %v", s)
	}
}

func TestFHIRReplaces(t *testing.T) {
	o := FHIROptions{PracticeODS: "A81001"}
	first, err := FHIR(withObjects(), strings.NewReader("%PDF-1.7 example"), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	second := withObjects()
	second.Version, second.Replaces, second.DecidedBy = 2, 1, "user:7"
	b := bundleOf(t, second, first, o)
	if n := len(at(b, "entry").([]any)); n != 5 {
		t.Fatalf("%d entries", n)
	}
	d := resource(t, b, "DocumentReference")
	old := at(b, "entry", 4, "resource")
	if at(d, "relatesTo", 0, "code") != "replaces" || at(d, "relatesTo", 0, "target", "reference") != "DocumentReference/"+second.DocumentID+"-1" ||
		at(d, "relatesTo", 0, "target", "identifier", "value") != at(old, "masterIdentifier", "value") {
		t.Errorf("relatesTo %v", at(d, "relatesTo"))
	}
	if at(old, "status") != "superseded" || at(old, "id") != second.DocumentID+"-1" || at(d, "id") == at(old, "id") {
		t.Errorf("the old one: status %v, id %v", at(old, "status"), at(old, "id"))
	}
	if at(d, "masterIdentifier", "value") == at(old, "masterIdentifier", "value") {
		t.Error("both versions have one master identifier")
	}

	// Filed to the wrong patient: no link from one patient's documents to the other's.
	second.Patient.NHSNumber = "9990000026"
	b = bundleOf(t, second, first, o)
	d, old = resource(t, b, "DocumentReference"), at(b, "entry", 4, "resource")
	if at(d, "relatesTo") != nil || at(old, "status") != "entered-in-error" || at(old, "docStatus") != "entered-in-error" {
		t.Errorf("a wrong patient: relatesTo %v, old status %v", at(d, "relatesTo"), at(old, "status"))
	}
	if at(old, "subject", "identifier", "value") != "9990000018" {
		t.Error("the old one changed its patient")
	}
	for _, broken := range []string{"", "{}", "null", `{"entry":[{"resource":{"resourceType":"Patient"}}]}`} {
		if _, err := FHIR(second, strings.NewReader("x"), []byte(broken), o); !postroom.IsBadInput(err) {
			t.Errorf("previous %q: %v", broken, err)
		}
	}
}

// Nothing that was read from the pages becomes a clinical statement, and
// nothing that breaks a rule is used.
// A document that was about nobody of the practice is taken back, and nothing is put in its
// place: a DocumentReference about nobody would be refused, and the correction with it.
func TestFHIRWithdrawn(t *testing.T) {
	first := withObjects()
	first.Urgent, first.DecidedBy = true, "user:7"
	b1, err := FHIR(first, strings.NewReader("%PDF"), nil, FHIROptions{})
	if err != nil {
		t.Fatal(err)
	}
	gone := first
	gone.Version, gone.Replaces, gone.Patient, gone.Return = 2, 1, postroom.RecordPatient{Match: postroom.MatchNone}, &postroom.Return{Why: "left"}
	b2, err := FHIR(gone, strings.NewReader("%PDF"), b1, FHIROptions{})
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b2, &v); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range at(v, "entry").([]any) {
		got = append(got, fmt.Sprint(at(e, "request", "url"), " ", at(e, "resource", "status")))
	}
	id := first.DocumentID
	want := []string{"Provenance/" + id + "-2 <nil>", "DocumentReference/" + id + "-1 entered-in-error", "Task/" + id + "-1 entered-in-error"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	p := resource(t, v, "Provenance")
	if at(p, "activity", "coding", 0, "code") != "NULLIFY" || at(p, "target", 1, "reference") != "Task/"+id+"-1" || at(p, "agent", 1, "who", "identifier", "value") != "7" {
		t.Errorf("%v", p)
	}
	// Theirs after all: a document of its own, and what was taken back stays so.
	back := first
	back.Version, back.Replaces = 3, 2
	v = bundleOf(t, back, b2, FHIROptions{})
	if d := resource(t, v, "DocumentReference"); at(d, "id") != id+"-3" || at(d, "status") != "current" || at(d, "relatesTo") != nil {
		t.Errorf("%v", d)
	}
	if strings.Contains(fmt.Sprint(v), "superseded") {
		t.Error("what was taken back is superseded now")
	}
}

func TestFHIRSaysNothingClinical(t *testing.T) {
	rec := withObjects()
	rec.Fields[postroom.BirthDate] = postroom.Field{Value: "1948-13-02", Text: "02/13/1948"}
	b, err := FHIR(rec, strings.NewReader("%PDF"), nil, FHIROptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"Aspirin", "Ramipril", "Condition", "MedicationRequest", "Observation", "1948-13-02", "RXX"} {
		if bytes.Contains(b, []byte(forbidden)) {
			t.Errorf("the bundle says %s", forbidden)
		}
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	d := resource(t, v, "DocumentReference")
	for _, path := range [][]any{{"description"}, {"content", 0, "attachment", "title"}} {
		if s, _ := at(d, path...).(string); strings.Contains(strings.ToLower(s), "example") || strings.Contains(s, "999") {
			t.Errorf("%v tells of the patient: %q", path, s)
		}
	}
}

var (
	fhirIDForm   = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	fhirInstant  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
	fhirUUIDForm = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

// The forms that R4 prescribes for ids, instants and strings (no empty ones,
// no empty objects), and that every entry is a PUT to its own id.
func TestFHIRForms(t *testing.T) {
	rec := withObjects()
	rec.Urgent, rec.DecidedBy = true, "user:7"
	rec.Fields[postroom.SenderClinician] = postroom.Field{Value: " Dr\x00B\n\tInvented\xff ", Valid: true}
	bare := withObjects()
	bare.Fields, bare.Type, bare.Engine = nil, postroom.TypeGuess{}, postroom.RecordEngine{}
	for _, rec := range []postroom.Record{rec, bare} {
		b := bundleOf(t, rec, nil, FHIROptions{})
		for _, e := range at(b, "entry").([]any) {
			id := at(e, "resource", "id").(string)
			if !fhirIDForm.MatchString(id) || at(e, "request", "method") != "PUT" || at(e, "request", "url") != at(e, "resource", "resourceType").(string)+"/"+id {
				t.Errorf("entry %v of id %q", at(e, "request"), id)
			}
		}
		d := resource(t, b, "DocumentReference")
		if s := at(d, "date").(string); !fhirInstant.MatchString(s) {
			t.Errorf("date %q", s)
		}
		if s := at(d, "masterIdentifier", "value").(string); !fhirUUIDForm.MatchString(s) {
			t.Errorf("master identifier %q", s)
		}
		var walk func(where string, v any)
		walk = func(where string, v any) {
			switch v := v.(type) {
			case map[string]any:
				if len(v) == 0 {
					t.Errorf("%s is empty", where)
				}
				for k, below := range v {
					walk(where+"."+k, below)
				}
			case []any:
				if len(v) == 0 {
					t.Errorf("%s is empty", where)
				}
				for _, below := range v {
					walk(where+"[]", below)
				}
			case string:
				if v == "" || strings.TrimSpace(v) != v || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' }) {
					t.Errorf("%s is %q", where, v)
				}
			case nil:
				t.Errorf("%s is null", where)
			}
		}
		walk("bundle", b)
	}
}

func TestFHIRIsDeterministic(t *testing.T) {
	first, err := FHIR(withObjects(), strings.NewReader("%PDF"), nil, FHIROptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := FHIR(withObjects(), strings.NewReader("%PDF"), nil, FHIROptions{})
		if err != nil || !bytes.Equal(again, first) {
			t.Fatal("the same record gives another bundle")
		}
	}
}
