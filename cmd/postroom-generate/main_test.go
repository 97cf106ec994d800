package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom/testdata/generate"
)

func corpus(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "corpus")
	var out bytes.Buffer
	if err := run(append(args, "--out", dir), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "messages with") {
		t.Errorf("it says %q", out.String())
	}
	return dir
}

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(b)
	}
	return out
}

// The number of jobs must not show in what is written.
func TestSameFlagsSameBytes(t *testing.T) {
	a := readAll(t, corpus(t, "--docs", "12", "--seed", "5", "--patients", "60", "--jobs", "1"))
	b := readAll(t, corpus(t, "--docs", "12", "--seed", "5", "--patients", "60", "--jobs", "3"))
	if len(a) < 12 || len(a) != len(b) {
		t.Fatalf("%d and %d files", len(a), len(b))
	}
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs", name)
		}
	}
	if c := readAll(t, corpus(t, "--docs", "12", "--seed", "6", "--patients", "60")); c["000001.eml"] == a["000001.eml"] {
		t.Error("another seed gives the same mail")
	}
}

func TestFilesForm(t *testing.T) {
	files := readAll(t, corpus(t, "--docs", "8", "--form", "files", "--layouts", "test", "--quality", "clean", "--plain", "--types", "lab_report,fit_note"))
	truths, err := generate.ReadTruths([]byte(files["truth.jsonl"]))
	if err != nil {
		t.Fatal(err)
	}
	for _, truth := range truths {
		for _, d := range truth.Documents {
			if d.Type != "lab_report" && d.Type != "fit_note" || d.Split != "test" {
				t.Errorf("%s %s", d.Type, d.Split)
			}
		}
		for _, p := range truth.Pages {
			if _, ok := files[strings.TrimSuffix(truth.Message, ".eml")+"_"+p.Attachment]; !ok {
				t.Errorf("%s is not written", p.Attachment)
			}
		}
	}
	for name := range files {
		if strings.HasSuffix(name, ".eml") {
			t.Errorf("%s is a mail", name)
		}
	}
}

func TestRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "precious"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ say, want string }{
		{"--docs 0", "at least 1"}, {"--quality good", "quality"}, {"--layouts some", "layouts"}, {"--form pdf", "eml or files"},
		{"--types nonsense", "nonsense"}, {"--patients 3", "20 patients"}, {"stray", "no flag"}, {"--colour", "--help"}, {"--out " + full, "not empty"}, {"--jobs 0", "--jobs"},
	} {
		args := strings.Fields(c.say)
		if !strings.Contains(c.say, "--out") {
			args = append([]string{"--out", filepath.Join(t.TempDir(), "new")}, args...)
		}
		if err := run(args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.say, err)
		}
	}
	var out bytes.Buffer
	if err := run([]string{"--help"}, &out, io.Discard); err != nil || !strings.Contains(out.String(), "truth.jsonl") {
		t.Errorf("the help is %q, %v", out.String(), err)
	}
}
