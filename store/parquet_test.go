package store

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/postroom/postroom"
)

func TestParquetSaysWhatTheManifestSays(t *testing.T) {
	objects := withOriginals(t, openFolder(t))
	filed, err := file(&Filer{Objects: objects}, filedRecord(), "%PDF-1")
	if err != nil {
		t.Fatal(err)
	}
	list := []postroom.Record{filed}
	for i := range 2*parquetRows + 7 {
		held := filedRecord()
		held.DocumentID, held.Status = postroom.DocumentID(postroom.HashOf([]byte(strconv.Itoa(i))), nil), postroom.InReview
		list = append(list, held)
	}
	key, err := (&Filer{Objects: objects}).Manifest(t.Context(), "run-1", day, records(list...))
	if err != nil {
		t.Fatal(err)
	}
	b := mustRead(t, objects, ParquetKey(key))
	if again, err := WriteParquet(t.Context(), objects, key); err != nil || again.Hash != postroom.HashOf(b) {
		t.Error("a repeat:", again, err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var lines []ManifestLine
	end, err := ReadManifest(bytes.NewReader(mustRead(t, objects, key)), func(l ManifestLine) error { lines = append(lines, l); return nil })
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"schema": ManifestSchema, "run": "run-1", "day": end.Day, "documents": strconv.Itoa(len(list)), "filed": "1", "sha256": string(end.Hash)} {
		if got, ok := f.Lookup("postroom." + name); !ok || got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if n := len(f.RowGroups()); n != 3 {
		t.Errorf("%d row groups: memory is bounded by their size", n)
	}
	rows, err := parquet.Read[parquetLine](bytes.NewReader(b), int64(len(b)))
	if err != nil || len(rows) != len(lines) {
		t.Fatal(len(rows), err)
	}
	for i, l := range lines {
		r := rows[i]
		if r.DocumentID != l.DocumentID || r.Status != string(l.Status) || r.Type != string(l.Type) || !r.Received.Equal(l.Received) || (r.RecordKey != nil) != (l.Record != nil) {
			t.Fatalf("row %d: %+v, not %+v", i, r, l)
		}
	}
	if r := rows[0]; *r.RecordKey != lines[0].Record.Key || *r.PDFSHA256 != string(lines[0].PDF.Hash) || *r.FHIRSize != lines[0].FHIR.Size || r.Replaces != nil {
		t.Errorf("%+v", r)
	}
	if bytes.Contains(b, []byte("9990000018")) {
		t.Error("it holds a patient's number")
	}
}
