package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/store"
	"github.com/postroom/postroom/testdata"
	"github.com/postroom/postroom/testdata/generate"
)

// The demo does the main job on the sample inbox, and a second run adds nothing.
func TestDemo(t *testing.T) {
	data := t.TempDir()
	r := must(t, "demo", "--once", "--data", data)
	for _, want := range []string{"A sample inbox with", "message ", "quarantined", "filed", "Where things are:", "manifest: "} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the demo does not say %q:\n%s", want, r.stdout)
		}
	}
	if rec := must(t, "reconcile", "--data", data, "--deep"); !strings.Contains(rec.stdout, "everything is accounted for") {
		t.Errorf("reconcile says:\n%s", rec.stdout)
	}
	truthFile, err := fs.ReadFile(testdata.Inbox, "truth.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	truths, err := generate.ReadTruths(truthFile)
	if err != nil {
		t.Fatal(err)
	}
	var mails []generate.Message
	for _, truth := range truths {
		raw, err := fs.ReadFile(testdata.Inbox, truth.Message)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, generate.Message{Name: truth.Message, Raw: raw, Truth: truth})
	}
	records := exported(t, "--data", data)
	checkAgainstTruth(t, mails, records)
	right, documents, filed := 0, 0, 0
	for _, m := range mails {
		for _, d := range m.Truth.Documents {
			documents++
			for _, rec := range records {
				if rec.Message.Hash != postroom.HashOf(m.Raw) || len(rec.Pages) == 0 {
					continue
				}
				if rec.Pages[0].Attachment == d.Pages[0].Attachment && rec.Pages[0].Page == d.Pages[0].Page && rec.Type.Code == d.Type {
					right++
					break
				}
			}
		}
	}
	for _, rec := range records {
		if rec.Status != "filed" {
			continue
		}
		filed++
		if _, err := store.EncodeRecord(rec); err != nil {
			t.Errorf("record %s: %v", rec.DocumentID, err)
		}
		for _, key := range []string{rec.Objects.PDF, rec.Objects.FHIR, store.RecordKey(rec)} {
			if _, err := os.Stat(filepath.Join(data, "store", filepath.FromSlash(key))); err != nil {
				t.Errorf("filed document %s: %v", rec.DocumentID, err)
			}
		}
	}
	t.Logf("%d of %d documents have the right type, %d were filed", right, documents, filed)
	if 10*right < 9*documents {
		t.Errorf("only %d of %d documents have the right type", right, documents)
	}
	if filed == 0 {
		t.Error("nothing was filed")
	}

	before := filedObjects(tree(t, filepath.Join(data, "store")))
	again := must(t, "demo", "--once", "--data", data)
	if !strings.Contains(again.stdout, "0 new messages, 0 pages read; nothing arrived") {
		t.Errorf("the second run says:\n%s", again.stdout)
	}
	if after := filedObjects(tree(t, filepath.Join(data, "store"))); len(after) != len(before) {
		t.Errorf("%d objects before, %d after", len(before), len(after))
	}
}
