package store

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/postroom/postroom"
)

// The records in testdata/records were written by the first program that wrote any. Whatever
// becomes of the schema under the same number, they must stay valid, be read without
// a loss, and keep their bytes, of which manifests hold the hash.
func TestRecordsOfEarlierVersions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "records", "*.json"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d records, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := ValidateRecord(b); err != nil {
				t.Fatal(err)
			}
			rec, err := DecodeRecord(b)
			if err != nil {
				t.Fatal(err)
			}
			again, err := EncodeRecord(rec)
			if err != nil || !bytes.Equal(again, b) {
				t.Errorf("it is written otherwise today: %v\n%s\n%s", err, b, again)
			}
			if rec.Status != postroom.Filed || rec.Replaces != 0 {
				return
			}
			pdf := bytes.NewReader([]byte("%PDF-1.7"))
			if _, err := FHIR(rec, pdf, nil, FHIROptions{}); err != nil {
				t.Errorf("its bundle cannot be made: %v", err)
			}
		})
	}
}

// The examples in the published schema follow it, and are what the program writes.
func TestSchemaExamples(t *testing.T) {
	var schema struct{ Examples []json.RawMessage }
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	seen := map[postroom.Status]bool{}
	for i, e := range schema.Examples {
		rec, err := DecodeRecord(e)
		if err != nil {
			t.Errorf("example %d: %v", i, err)
			continue
		}
		seen[rec.Status] = true
		written, err := EncodeRecord(rec)
		if err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer
		if err := json.Compact(&plain, e); err != nil {
			t.Fatal(err)
		}
		if got := bytes.TrimSpace(written); !bytes.Equal(got, plain.Bytes()) {
			t.Errorf("example %d is written otherwise:\n%s\n%s", i, plain.Bytes(), got)
		}
	}
	for _, status := range []postroom.Status{postroom.Filed, postroom.InReview, postroom.Quarantined} {
		if !seen[status] {
			t.Errorf("there is no example of status %s", status)
		}
	}
}
