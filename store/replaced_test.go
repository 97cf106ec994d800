package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// A corrected version names the one that replaces it, and a filing that was cut off
// before the link was written is completed by the next try.
func TestReplacedLinksForward(t *testing.T) {
	objects := withOriginals(t, openFolder(t))
	f := &Filer{Objects: objects}
	body := "%PDF-1.7"
	first := filedRecord()
	if _, err := f.file(t.Context(), first, strings.NewReader(body), int64(len(body))); err != nil {
		t.Fatal(err)
	}
	if _, err := objects.Stat(t.Context(), ReplacementKey(first)); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("nothing replaces it yet:", err)
	}
	second := filedRecord()
	second.Version, second.Replaces, second.DecidedBy = 2, 1, "user:7"
	for range 2 {
		if _, err := f.file(t.Context(), second, strings.NewReader(body), int64(len(body))); err != nil {
			t.Fatal(err)
		}
		b := mustRead(t, objects, ReplacementKey(first))
		var r Replacement
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if r != (Replacement{ReplacementSchema, first.DocumentID, 1, 2, RecordKey(second)}) || bytes.Contains(b, []byte("9990000018")) {
			t.Errorf("%+v", r)
		}
		if err := Purge(t.Context(), objects, ReplacementKey(first)); err != nil {
			t.Fatal(err)
		}
	}
}
