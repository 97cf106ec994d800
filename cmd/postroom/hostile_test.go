package main

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata"
	"github.com/postroom/postroom/testdata/generate"
)

var longFax = flag.Int("long-fax", 60, "pages of the longest fax of TestBadInputEndsWithAReason")

// Files that are broken in one way each, a very long fax, and sound files
// between them, all from one folder: each bad one ends in quarantine or in a
// result, with a plain reason, and the batch goes on.
func TestBadInputEndsWithAReason(t *testing.T) {
	scans, data := t.TempDir(), t.TempDir()
	put := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(scans, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := fs.ReadDir(testdata.Hostile, ".")
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]bool{}
	for _, f := range files {
		b, err := fs.ReadFile(testdata.Hostile, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		put(f.Name(), b)
		bad[f.Name()] = true
	}
	long, err := generate.LongFax(5, *longFax)
	if err != nil {
		t.Fatal(err)
	}
	put("0-long.tif", long)
	sound, err := generate.FaxTIFF(9, 1, generate.Clean, generate.TIFFOptions{Coding: generate.G4})
	if err != nil {
		t.Fatal(err)
	}
	put("zz-sound.tif", sound)

	r := must(t, "batch", "--data", data, "--from", scans)
	t.Logf("%s", r.stdout)
	rec := must(t, "reconcile", "--data", data, "--deep")
	if !strings.Contains(rec.stdout, "everything is accounted for") {
		t.Errorf("reconcile says:\n%s", rec.stdout)
	}
	bySource := map[postroom.Hash][]postroom.Record{}
	for _, r := range exported(t, "--data", data) {
		bySource[r.Message.Hash] = append(bySource[r.Message.Hash], r)
		if len(r.Reasons) == 0 {
			t.Errorf("%s of message %.12s has no reason", r.Status, r.Message.Hash)
		}
		for _, reason := range append(append([]string{}, r.Reasons...), reasonsOf(r)...) {
			if strings.Contains(reason, "/tmp") || strings.Contains(reason, "internal error") || strings.Contains(reason, "panic") || strings.Contains(reason, "0x") {
				t.Errorf("not a plain reason: %q", reason)
			}
		}
	}
	for name := range bad {
		b, err := os.ReadFile(filepath.Join(scans, name))
		if err != nil {
			t.Fatal(err)
		}
		rs := bySource[postroom.HashOf(b)]
		if len(rs) == 0 {
			t.Errorf("%s: no record", name)
		}
		for _, r := range rs {
			t.Logf("%-32s %-11s %s", name, r.Status, strings.Join(r.Reasons, "; "))
			if r.Status == postroom.Filed {
				t.Errorf("%s was filed", name)
			}
		}
	}
	pages := 0
	for _, r := range bySource[postroom.HashOf(long)] {
		pages += len(r.Pages) + len(r.OtherPages)
	}
	if pages != *longFax {
		t.Errorf("the long fax is accounted for with %d pages", pages)
	}
	if rs := bySource[postroom.HashOf(sound)]; len(rs) != 1 || rs[0].Status != postroom.InReview || len(rs[0].Text) != 1 || len(rs[0].Text[0]) < 100 {
		t.Errorf("the sound file came out as %+v", rs)
	}
}

func reasonsOf(r postroom.Record) []string {
	var out []string
	for _, p := range r.OtherPages {
		out = append(out, p.Reason)
	}
	for _, l := range r.Leftovers {
		out = append(out, l.Reason)
	}
	return out
}
