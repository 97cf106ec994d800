package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A run is what a practice may file in a night: every type, with and without
// each field, by the program and by people, urgent or not.
func runOf(n int) []postroom.Record {
	r := rand.New(rand.NewPCG(7, 7))
	var out []postroom.Record
	for i := range n {
		rec := filedRecord()
		message := postroom.HashOf(fmt.Appendf(nil, "message %d", i))
		rec.Message.Hash = message
		rec.Message.Received = rec.Message.Received.Add(time.Duration(i) * time.Minute)
		rec.DecidedAt = rec.Message.Received.Add(time.Minute)
		rec.DocumentID = postroom.DocumentID(message, []postroom.PageID{{Attachment: 0, Page: 1}})
		rec.Type.Code = postroom.Types[r.IntN(len(postroom.Types))].Code
		for name := range rec.Fields {
			if r.IntN(3) == 0 {
				delete(rec.Fields, name)
			}
		}
		if r.IntN(3) == 0 {
			rec.DecidedBy = "user:clerk-7"
			rec.Fields[postroom.Actions] = postroom.Field{Value: "Please repeat the blood test\nPlease review", Text: "x", Valid: true, Page: 1, Confidence: 0.9}
			for name, f := range rec.Fields {
				if f.ConfirmedBy = ""; r.IntN(2) == 0 {
					f.ConfirmedBy = "user:clerk-7"
				}
				rec.Fields[name] = f
			}
			rec.Urgent = r.IntN(2) == 0
			if r.IntN(3) == 0 {
				rec.Patient.NHSNumber = ""
			}
			if r.IntN(8) == 0 {
				rec.Patient = postroom.RecordPatient{Match: postroom.MatchNone}
			}
		}
		out = append(out, rec)
	}
	return out
}

func TestBundlesAreJudgedByOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		o    FHIROptions
		// How many patients, practitioners and organisations the server has at the end.
		parties [3]int
	}{
		{"UK Core", 500, FHIROptions{PracticeODS: "A81001", PracticeName: "Example Surgery"}, [3]int{}},
		{"US Core", 60, FHIROptions{Profile: USCore, PracticeName: "Example Surgery"}, [3]int{}},
		{"MHD", 60, FHIROptions{Profile: MHD, PracticeODS: "A81001", BaseURL: "https://files.example"}, [3]int{}},
		// The server has one of the two patients already, and keeps them as they are.
		{"parties as entries", 60, FHIROptions{PracticeODS: "A81001", PracticeName: "Example Surgery", Parties: true}, [3]int{2, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var in bytes.Buffer
			want := map[string]string{}
			resources := 0
			for i, rec := range runOf(c.n) {
				if c.o.Parties {
					// Medplum takes no transaction of more than eight entries that makes something on a condition.
					delete(rec.Fields, postroom.Actions)
					rec.Fields[postroom.ODSCode] = postroom.Field{Value: "RXX01", Text: "RXX01", Valid: true, Page: 1, Confidence: 0.9, ConfirmedBy: rec.Fields[postroom.GMCNumber].ConfirmedBy}
				}
				pdf := fmt.Sprintf("%%PDF-1.7 %d", i)
				if i%50 == 1 {
					pdf += strings.Repeat(" ", 1<<20) // a scan in gray
				}
				b, err := FHIR(rec, strings.NewReader(pdf), nil, c.o)
				if err != nil {
					t.Fatal(err)
				}
				in.Write(b)
				want[fhirID(rec.DocumentID, 1)] = "current"
				if i%10 != 0 {
					continue
				}
				// One in ten is corrected, every other one of these because of its patient.
				second := rec
				second.Version, second.Replaces, second.DecidedBy = 2, 1, "user:clerk-7"
				want[fhirID(rec.DocumentID, 1)] = "superseded"
				if i%20 == 0 {
					second.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000026", Family: "Other", Given: "Bo", BirthDate: "1950-01-02"}
					want[fhirID(rec.DocumentID, 1)] = "entered-in-error"
				}
				want[fhirID(rec.DocumentID, 2)] = "current"
				if i%40 == 10 { // about nobody of the practice: taken back, with nothing in its place
					second.Return, second.Patient = &postroom.Return{Why: "left"}, postroom.RecordPatient{Match: postroom.MatchNone}
					want[fhirID(rec.DocumentID, 1)] = "entered-in-error"
					delete(want, fhirID(rec.DocumentID, 2))
				}
				b2, err := FHIR(second, strings.NewReader(fmt.Sprintf("%%PDF-1.7 %d again", i)), b, c.o)
				if err != nil {
					t.Fatal(err)
				}
				in.Write(b2)
			}
			resources = len(want)
			arg := "unknown"
			if c.o.Parties {
				arg = "known"
			}
			judge := servers.Judge(t, "fhir.mjs", arg)
			judge.Stdin, judge.Stderr = &in, os.Stderr
			out, err := judge.Output()
			if err != nil {
				t.Fatalf("the judge: %v", err)
			}
			var got struct {
				Bundles  int
				Problems []string
				Same     bool
				Kept     bool // what the server had before
				Dangling int  // references that lead nowhere
				Status   map[string]string
				Counts   map[string]int
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			for i, p := range got.Problems {
				if i < 10 {
					t.Error(p)
				}
			}
			if !got.Same {
				t.Error("the server's state after the second time is not the one after the first")
			}
			if got.Counts["DocumentReference"] != resources || got.Counts["Provenance"] < 2*resources {
				t.Errorf("%d documents gave %v", resources, got.Counts)
			}
			if !got.Kept || got.Dangling != 0 {
				t.Errorf("the server's own patient is kept: %t; %d references lead nowhere", got.Kept, got.Dangling)
			}
			if made := [3]int{got.Counts["Patient"], got.Counts["Practitioner"], got.Counts["Organization"]}; made != c.parties {
				t.Errorf("the server has %v patients, practitioners and organisations, not %v", made, c.parties)
			}
			for _, kind := range []string{"Condition", "MedicationRequest", "Observation"} {
				if got.Counts[kind] != 0 {
					t.Errorf("%d resources of type %s, which nobody confirmed", got.Counts[kind], kind)
				}
			}
			for id, status := range want {
				if got.Status[id] != status {
					t.Errorf("%s is %q, not %q", id, got.Status[id], status)
				}
			}
			t.Logf("%d bundles, %v", got.Bundles, got.Counts)
		})
	}
}
