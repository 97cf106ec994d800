package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// filedRecord is a complete record of a filed document, as pipeline hands it to File.
func filedRecord() postroom.Record {
	message := postroom.HashOf([]byte("message"))
	attachment := postroom.HashOf([]byte("attachment"))
	pages := []postroom.PageID{{Attachment: 0, Page: 2}, {Attachment: 0, Page: 3}}
	box := postroom.Box{412, 310, 655, 342}
	field := func(v, text string) postroom.Field {
		return postroom.Field{Value: v, Text: text, Confidence: 0.997, Page: 1, Box: box, Valid: true, Why: "after its label"}
	}
	return postroom.Record{
		Schema:     postroom.RecordSchema,
		DocumentID: postroom.DocumentID(message, pages),
		Version:    1,
		Status:     postroom.Filed,
		Type:       postroom.TypeGuess{Code: postroom.DischargeSummary, Confidence: 0.991, Why: []string{"discharge summary"}},
		Pages: []postroom.RecordPage{
			{Attachment: "fax0012.tif", Hash: attachment, Page: 2, Confidence: 0.94, Width: 1728, Height: 1146, DPIX: 204, DPIY: 98},
			{Attachment: "fax0012.tif", Hash: attachment, Page: 3, Rotation: 180, Confidence: 0.91, Width: 1728, Height: 1146, DPIX: 204, DPIY: 98, Notes: []string{"turned upright"}},
		},
		OtherPages: []postroom.OtherPage{{Attachment: "fax0012.tif", Hash: attachment, Page: 1, Fate: postroom.FateCover}},
		Patient:    postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000018", Family: "O'Example", Given: "Ann Marie", BirthDate: "1948-03-02"},
		Fields: map[postroom.FieldName]postroom.Field{
			postroom.NHSNumberField:     field("9990000018", "999 000 0018"),
			postroom.PatientName:        field("O'EXAMPLE, Ann Marie", "O'EXAMPLE, Ann Marie"),
			postroom.BirthDate:          field("1948-03-02", "02/03/1948"),
			postroom.LetterDate:         field("2026-03-11", "11th March 2026"),
			postroom.AdmissionDate:      field("2026-03-01", "1/3/26"),
			postroom.DischargeDate:      field("2026-03-09", "9/3/26"),
			postroom.SenderOrganisation: field("Example General Hospital", "EXAMPLE GENERAL HOSPITAL"),
			postroom.SenderDepartment:   field("Cardiology", "Cardiology"),
			postroom.SenderClinician:    field("Dr B Invented", "Dr B Invented"),
			postroom.GMCNumber:          field("7654321", "GMC 7654321"),
			postroom.ODSCode:            {Value: "RXX", Text: "RX X", Confidence: 0.4, Page: 1, Box: box, Why: "looks like one"},
			postroom.Medications: {Value: "Aspirin 75 mg\nRamipril 2.5 mg", Text: "Aspirin 75 mg\nRamipril 2.5 mg", Confidence: 0.8, Page: 2, Box: box, Valid: true,
				Items: []postroom.Field{field("Aspirin 75 mg", "Aspirin 75 mg"), field("Ramipril 2.5 mg", "Ramipril 2.5 mg")}},
		},
		Reasons:   []string{"Discharge summary, 99% sure"},
		Message:   postroom.RecordMessage{ID: "<1@fax.example>", Hash: message, Source: "inbox", From: "fax@example.nhs.uk", Subject: "Fax from 01632 960123", Received: time.Date(2026, 3, 12, 9, 14, 0, 0, time.UTC)},
		Leftovers: []postroom.Leftover{{Name: "logo.png", MediaType: postroom.PNG, Hash: attachment, Size: 812, Reason: "a logo in the signature"}},
		Text:      []string{"Discharge summary\nDear Doctor", "Yours sincerely"},
		Objects:   postroom.RecordObjects{Originals: []string{postroom.OriginalKey(message), postroom.OriginalKey(attachment)}},
		DecidedBy: "postroom",
		DecidedAt: time.Date(2026, 3, 12, 9, 15, 30, 0, time.UTC),
		Engine:    postroom.RecordEngine{OCR: "tesseract 5.3.0", Model: "builtin 1"},
	}
}

// withObjects is filedRecord as File returns it.
func withObjects() postroom.Record {
	rec := filedRecord()
	rec.Objects.PDF, rec.Objects.FHIR = fileKey(rec, "document", ".pdf", ""), fileKey(rec, "fhir", ".json", "")
	rec.Objects.PDFHash, rec.Objects.FHIRHash = postroom.HashOf([]byte("pdf")), postroom.HashOf([]byte("fhir"))
	rec.Objects.PDFSize, rec.Objects.FHIRSize = 3, 4
	return rec
}

func TestRecordRoundTrip(t *testing.T) {
	rec := withObjects()
	b, err := EncodeRecord(rec)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(b, []byte("\n")) != 1 || b[len(b)-1] != '\n' {
		t.Error("a record is one line")
	}
	if bytes.Contains(b, []byte(`\u003c`)) {
		t.Error("it is escaped for HTML")
	}
	got, err := DecodeRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, rec) {
		t.Errorf("read back:\n%+v\nnot\n%+v", got, rec)
	}
	for range 20 {
		again, err := EncodeRecord(withObjects())
		if err != nil || !bytes.Equal(again, b) {
			t.Fatal("the same record gives other bytes")
		}
	}
}

func TestRecordNormalForm(t *testing.T) {
	london := time.FixedZone("BST", 3600)
	a, b := withObjects(), withObjects()
	b.Message.Received = a.Message.Received.In(london).Add(123 * time.Microsecond)
	b.Schema = ""
	a.OtherPages, b.OtherPages = nil, []postroom.OtherPage{}
	x, err := EncodeRecord(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := EncodeRecord(b)
	if err != nil || !bytes.Equal(x, y) {
		t.Errorf("what means the same has other bytes: %v", err)
	}
	if bytes.Contains(x, []byte("null,")) != bytes.Contains(x, []byte(`"duplicate_of":null,`)) || bytes.Count(x, []byte("null")) != 1 {
		t.Errorf("a list is null: %s", x)
	}
}

// A message that could not be read has a record with hardly anything in it.
func TestRecordOfAQuarantinedMessage(t *testing.T) {
	rec := postroom.Record{
		DocumentID: filedRecord().DocumentID, Version: 1, Status: postroom.Quarantined, DecidedBy: "postroom",
		Message:    filedRecord().Message,
		OtherPages: []postroom.OtherPage{{Attachment: "locked.pdf", Hash: postroom.HashOf(nil), Fate: postroom.FateQuarantined, Reason: "the PDF is locked with a password"}},
		Reasons:    []string{"the PDF is locked with a password"},
	}
	if _, err := EncodeRecord(rec); err != nil {
		t.Error(err)
	}
}

func TestSchemaRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*postroom.Record){
		"a short id":                  func(r *postroom.Record) { r.DocumentID = "abc" },
		"version 0":                   func(r *postroom.Record) { r.Version = 0 },
		"an unknown status":           func(r *postroom.Record) { r.Status = "lost" },
		"an unknown type":             func(r *postroom.Record) { r.Type.Code = "letter" },
		"an unknown field":            func(r *postroom.Record) { r.Fields["shoe_size"] = postroom.Field{} },
		"a confidence above 1":        func(r *postroom.Record) { r.Type.Confidence = 1.5 },
		"no number":                   func(r *postroom.Record) { r.Type.Confidence = postroom.Confidence(math.NaN()) },
		"an unknown fate":             func(r *postroom.Record) { r.OtherPages[0].Fate = "lost" },
		"a turn of 45 degrees":        func(r *postroom.Record) { r.Pages[0].Rotation = 45 },
		"page 0":                      func(r *postroom.Record) { r.Pages[0].Page = 0 },
		"a number with spaces":        func(r *postroom.Record) { r.Patient.NHSNumber = "999 000 0018" },
		"a British date":              func(r *postroom.Record) { r.Patient.BirthDate = "02/03/1948" },
		"no decision":                 func(r *postroom.Record) { r.DecidedBy = "" },
		"a decision by nobody":        func(r *postroom.Record) { r.DecidedBy = "user:" },
		"a document without pages":    func(r *postroom.Record) { r.Pages = nil },
		"a document without its PDF":  func(r *postroom.Record) { r.Objects.PDF = "" },
		"a document without its hash": func(r *postroom.Record) { r.Objects.PDFHash = "" },
		"a path as a key":             func(r *postroom.Record) { r.Objects.PDF = "../document.pdf" },
		"version 2 of nothing":        func(r *postroom.Record) { r.Version = 2 },
		"version 1 of something":      func(r *postroom.Record) { r.Replaces = 1 },
		"no message":                  func(r *postroom.Record) { r.Message.Hash = "" },
		"another schema":              func(r *postroom.Record) { r.Schema = "postroom.record/0" },
	} {
		rec := withObjects()
		spoil(&rec)
		_, err := EncodeRecord(rec)
		if !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, secret := range []string{"999 000 0018", "02/03/1948", "Example", "9990000018"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells patient data: %v", name, err)
			}
		}
	}
	for _, s := range []string{"", "null", "[]", "{}", `{"schema":"postroom.record/1"}`, "{", `"x"`, "\x00"} {
		if _, err := DecodeRecord([]byte(s)); !postroom.IsBadInput(err) {
			t.Errorf("%q: %v", s, err)
		}
	}
	b, err := EncodeRecord(withObjects())
	if err != nil {
		t.Fatal(err)
	}
	if err := ValidateRecord(append(bytes.TrimSpace(b), b...)); !postroom.IsBadInput(err) {
		t.Errorf("two records in one: %v", err)
	}
	extra := bytes.Replace(b, []byte(`"urgent":`), []byte(`"invented":1,"urgent":`), 1)
	if err := ValidateRecord(extra); !postroom.IsBadInput(err) {
		t.Errorf("a property too many: %v", err)
	}
}

// The schema and the types are written by hand, each in its place: they must
// agree in every property, and in every value of the closed lists.
func TestSchemaAgreesWithTypes(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	resolve := func(s map[string]any) map[string]any {
		if ref, ok := s["$ref"].(string); ok {
			return schema["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		return s
	}
	seen := map[reflect.Type]bool{}
	var compare func(where string, typ reflect.Type, s map[string]any)
	compare = func(where string, typ reflect.Type, s map[string]any) {
		s = resolve(s)
		switch typ.Kind() {
		case reflect.Pointer:
			compare(where, typ.Elem(), s)
		case reflect.Slice:
			compare(where+"[]", typ.Elem(), s["items"].(map[string]any))
		case reflect.Map:
			compare(where+"{}", typ.Elem(), s["additionalProperties"].(map[string]any))
		case reflect.Struct:
			if typ == reflect.TypeFor[time.Time]() || seen[typ] {
				return
			}
			seen[typ] = true
			properties := s["properties"].(map[string]any)
			if s["additionalProperties"] != false {
				t.Errorf("%s is open", where)
			}
			required := map[string]bool{}
			for _, name := range s["required"].([]any) {
				required[name.(string)] = true
			}
			for i := range typ.NumField() {
				name, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				p, ok := properties[name].(map[string]any)
				if !ok {
					t.Errorf("%s.%s is not in the schema", where, name)
					continue
				}
				if required[name] == strings.Contains(options, "omit") {
					t.Errorf("%s.%s: required is %t, its tag says %q", where, name, required[name], options)
				}
				if p["description"] == nil && resolve(p)["description"] == nil {
					t.Errorf("%s.%s has no description", where, name)
				}
				delete(properties, name)
				compare(where+"."+name, typ.Field(i).Type, p)
			}
			if len(properties) > 0 {
				t.Errorf("%s: only in the schema: %v", where, slices.Collect(maps.Keys(properties)))
			}
		}
	}
	names := enum(t, "properties", "fields", "propertyNames")
	types := enum(t, "properties", "type", "properties", "code", "anyOf")
	compare("record", reflect.TypeFor[postroom.Record](), schema)

	for _, name := range postroom.FieldNames {
		if !slices.Contains(names, string(name)) {
			t.Errorf("the schema lacks the field %s", name)
		}
	}
	if len(names) != len(postroom.FieldNames) {
		t.Errorf("the schema has %d fields, not %d", len(names), len(postroom.FieldNames))
	}
	for _, kind := range postroom.Types {
		if !slices.Contains(types, string(kind.Code)) {
			t.Errorf("the schema lacks the type %s", kind.Code)
		}
	}
	// And fax_cover, junk and the empty one.
	if len(types) != len(postroom.Types)+3 {
		t.Errorf("the schema has %d types", len(types))
	}
}

func enum(t *testing.T, path ...string) []string {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for _, p := range path {
		if list, ok := schema[p].([]any); ok { // the closed list stands first
			schema = list[0].(map[string]any)
			continue
		}
		schema = schema[p].(map[string]any)
	}
	var out []string
	for _, v := range schema["enum"].([]any) {
		out = append(out, v.(string))
	}
	return out
}

func TestReadRecords(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSONL(&b, records(withObjects(), withObjects())); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := ReadRecords(strings.NewReader(strings.TrimSpace(b.String())), func(r postroom.Record) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("%d records, %v", n, err)
	}
	b.WriteString("{\"schema\":\n")
	if err := ReadRecords(&b, func(postroom.Record) error { return nil }); !postroom.IsBadInput(err) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("a broken third line: %v", err)
	}
}

func records(recs ...postroom.Record) func(func(postroom.Record, error) bool) {
	return func(yield func(postroom.Record, error) bool) {
		for _, r := range recs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Whatever DecodeRecord accepts, EncodeRecord writes in a form that means the same.
func FuzzDecodeRecord(f *testing.F) {
	b, err := EncodeRecord(withObjects())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := DecodeRecord(b)
		if err != nil {
			return
		}
		once, err := EncodeRecord(rec)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := DecodeRecord(once)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := EncodeRecord(again)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("the form changes:\n%s\n%s", once, twice)
		}
	})
}

func ExampleSchema() {
	var schema struct{ Title string }
	json.Unmarshal(Schema(), &schema)
	fmt.Println(schema.Title)
	// Output: Postroom record
}
