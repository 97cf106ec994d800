package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

var day = time.Date(2026, 3, 12, 23, 30, 0, 0, time.UTC)

func TestManifest(t *testing.T) {
	dir := t.TempDir()
	objects, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer objects.Close()
	filed, err := file(&Filer{Objects: withOriginals(t, objects)}, filedRecord(), "%PDF-1")
	if err != nil {
		t.Fatal(err)
	}
	held := filedRecord()
	held.DocumentID, held.Status, held.Urgent = strings.Repeat("0", 32), postroom.InReview, true

	o, err := WriteManifest(t.Context(), objects, "01JRUN", day, records(filed, held))
	if err != nil {
		t.Fatal(err)
	}
	if o.Key != "manifests/2026/03/12/01JRUN.ndjson" {
		t.Errorf("written as %s", o.Key)
	}
	b := mustRead(t, objects, o.Key)
	if postroom.HashOf(b) != o.Hash || int64(len(b)) != o.Size {
		t.Errorf("%+v for %d bytes", o, len(b))
	}
	if _, err := WriteManifest(t.Context(), objects, "01JRUN", day, records(filed, held)); err != nil {
		t.Errorf("a repeat: %v", err)
	}
	if _, err := WriteManifest(t.Context(), objects, "01JRUN", day, records(filed)); !errors.Is(err, ErrExists) {
		t.Errorf("the same run with other documents: %v", err)
	}

	var lines []ManifestLine
	end, err := ReadManifest(bytes.NewReader(b), func(l ManifestLine) error { lines = append(lines, l); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if end.Run != "01JRUN" || end.Day != "2026-03-12" || end.Documents != 2 || end.Filed != 1 || len(lines) != 2 {
		t.Errorf("the end says %+v after %d lines", end, len(lines))
	}
	for _, object := range []*ManifestObject{lines[0].Record, lines[0].PDF, lines[0].FHIR} {
		if got := mustRead(t, objects, object.Key); postroom.HashOf(got) != object.Hash || int64(len(got)) != object.Size {
			t.Errorf("%+v has %d bytes", object, len(got))
		}
	}
	if lines[1].Record != nil || lines[1].PDF != nil || lines[1].Status != postroom.InReview || !lines[1].Urgent {
		t.Errorf("the held one: %+v", lines[1])
	}
	for _, secret := range []string{"Example", "9990000018", "1948", "fax@"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the manifest tells patient data: %s", secret)
		}
	}
	if n, err := VerifyManifest(t.Context(), objects, o.Key); err != nil || n != 3 {
		t.Errorf("verified %d, %v", n, err)
	}
	if err := os.WriteFile(filepath.Join(dir, filed.Objects.FHIR), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, filed.Objects.PDF)); err != nil {
		t.Fatal(err)
	}
	if n, err := VerifyManifest(t.Context(), objects, o.Key); n != 1 || !errors.Is(err, ErrBody) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("one altered and one missing: %d, %v", n, err)
	}
}

func TestManifestAppearsWhole(t *testing.T) {
	objects := openFolder(t)
	broken := errors.New("the database went away")
	_, err := WriteManifest(t.Context(), objects, "run", day, func(yield func(postroom.Record, error) bool) {
		if yield(withObjects(), nil) {
			yield(postroom.Record{}, broken)
		}
	})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if keys := list(t, objects, ""); len(keys) != 0 {
		t.Errorf("a half manifest is there: %v", keys)
	}
	if _, err := WriteManifest(t.Context(), objects, "../run", day, records()); !postroom.IsBadInput(err) {
		t.Errorf("a run id that is a path: %v", err)
	}
	o, err := WriteManifest(t.Context(), objects, "empty", day, records())
	if err != nil {
		t.Fatal(err)
	}
	if end, err := ReadManifest(bytes.NewReader(mustRead(t, objects, o.Key)), nil); err != nil || end.Documents != 0 {
		t.Errorf("an empty run: %+v, %v", end, err)
	}
}

func TestReadManifestFindsDamage(t *testing.T) {
	objects := openFolder(t)
	o, err := WriteManifest(t.Context(), objects, "run", day, records(withObjects(), withObjects(), withObjects()))
	if err != nil {
		t.Fatal(err)
	}
	whole := mustRead(t, objects, o.Key)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for name, b := range map[string][]byte{
		"empty":          nil,
		"no end":         bytes.Join(lines[:3], nil),
		"a line is gone": bytes.Join(lines[1:], nil),
		"cut":            whole[:len(whole)/2],
		"cut in the end": whole[:len(whole)-10],
		"a bit flipped":  bytes.Replace(whole, []byte(`"size":3`), []byte(`"size":4`), 1),
		"twice":          append(bytes.Clone(whole), whole...),
		"another kind":   bytes.Replace(whole, []byte(ManifestSchema), []byte("other/1"), 1),
		"not JSON":       []byte("<html>\n"),
	} {
		if _, err := ReadManifest(bytes.NewReader(b), func(ManifestLine) error { return nil }); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stop := errors.New("enough")
	if _, err := ReadManifest(bytes.NewReader(whole), func(ManifestLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
}

// No altered manifest is taken for whole: what ReadManifest accepts, it would write.
func FuzzReadManifest(f *testing.F) {
	line := `{"document_id":"a","version":1,"status":"review","type":"","urgent":false,"received":"2026-03-12T09:14:00Z"}` + "\n"
	f.Add([]byte(fmt.Sprintf(`%s{"schema":%q,"run":"r","day":"2026-03-12","documents":1,"filed":0,"sha256":%q}`+"\n", line, ManifestSchema, postroom.HashOf([]byte(line)))))
	f.Add([]byte(fmt.Sprintf(`{"schema":%q,"sha256":%q}`, ManifestSchema, postroom.HashOf(nil))))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		end, err := ReadManifest(bytes.NewReader(b), func(ManifestLine) error { n++; return nil })
		if err == nil && n != end.Documents {
			t.Errorf("%d lines, the end says %d", n, end.Documents)
		}
	})
}
