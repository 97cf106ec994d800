package ingest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata"
	"github.com/postroom/postroom/testdata/generate"
)

// Every mail of the sample inbox gives the attachments and the exception that
// its truth names, and nothing of it is left unnamed.
func TestUnpackSampleInbox(t *testing.T) {
	truthFile, err := fs.ReadFile(testdata.Inbox, "truth.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	truths, err := generate.ReadTruths(truthFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, truth := range truths {
		t.Run(truth.Message, func(t *testing.T) {
			raw, err := fs.ReadFile(testdata.Inbox, truth.Message)
			if err != nil {
				t.Fatal(err)
			}
			checkUnpacked(t, raw, truth)
		})
	}
}

// checkUnpacked holds what Unpack makes of a mail against what is really in it.
func checkUnpacked(t *testing.T, raw []byte, truth generate.Truth) {
	t.Helper()
	dir := t.TempDir()
	c, err := Unpack(t.Context(), UnpackInput{Raw: bytes.NewReader(raw), Source: "inbox"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Exception != truth.Exception {
		t.Errorf("exception %q (%s), want %q; subject %q", c.Exception, c.Reason, truth.Exception, c.Message.Subject)
	}
	want := map[string]bool{}
	for _, p := range truth.Pages {
		want[p.Attachment] = true
	}
	for _, p := range truth.OtherPages {
		want[p.Attachment] = true
	}
	got := map[string]bool{}
	for _, a := range c.Attachments {
		got[a.Name] = true
		b, err := os.ReadFile(a.Path)
		if err != nil || postroom.HashOf(b) != a.Hash || int64(len(b)) != a.Size || filepath.Dir(a.Path) != dir {
			t.Errorf("%s: the file is not what is said of it: %v", a.Name, err)
		}
	}
	for name := range want {
		if !got[name] {
			t.Errorf("the attachment %q is missing; there are %v; leftovers %+v", name, c.Attachments, c.Leftovers)
		}
	}
	broken := map[string]bool{}
	for _, q := range truth.Quarantined {
		broken[q.Attachment] = true
		named := got[q.Attachment] || slices.ContainsFunc(c.Leftovers, func(l postroom.Leftover) bool { return l.Name == q.Attachment && l.Problem && l.Reason != "" })
		if !named {
			t.Errorf("%s (%s) is neither an attachment nor a problem: %+v", q.Attachment, q.Why, c.Leftovers)
		}
	}
	for name := range got {
		if !want[name] && !broken[name] {
			t.Errorf("%q is no document", name)
		}
	}
}
