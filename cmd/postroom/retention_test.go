package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

func TestRetentionConfig(t *testing.T) {
	for text, want := range map[string]string{
		"retention: {rules: [{types: [dna_letter], after: decided, years: 8}, {types: [safeguarding], keep: true}], discarded: 2}": "",
		"retention: {rules: [{types: [dna_letter], after: birth, years: 8}]}":                                                      "death, received or decided",
		"retention: {rules: [{types: [dna_letter], after: death}]}":                                                                "years",
		"retention: {rules: [{types: [no_such_type], after: death, years: 8}]}":                                                    "no_such_type",
		"retention: {rules: [{after: death, years: 8}]}":                                                                           "types",
	} {
		cfg, err := parseConfig([]byte("data: d\n" + text + "\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
		if want != "" || err != nil {
			continue
		}
		rules, err := cfg.Retention.policy()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := rules.Types[postroom.Safeguarding]; ok || rules.Types[postroom.DNALetter] != (pipeline.RetentionRule{After: pipeline.AfterDecided, Years: 8}) ||
			rules.Types[postroom.LabReport] != (pipeline.RetentionRule{After: pipeline.AfterDeath, Years: 10}) || rules.Discarded.Years != 2 {
			t.Errorf("%+v", rules)
		}
	}
}

func TestRetentionCommands(t *testing.T) {
	data := t.TempDir()
	pl, err := pipeline.Open(t.Context(), pipeline.Parts{}, pipeline.Options{Database: filepath.Join(data, "postroom.db"), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	pl.Close()
	if err := os.MkdirAll(filepath.Join(data, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, want string }{
		{"", "0 may be purged, 0 are kept; nothing was changed"},
		{"hold add --patient 999_000_0018 --why claim --by ann", "hold 1"},
		{"hold add --why claim", "error: name one of"},
		{"hold add --patient 9990000019 --why claim", "error: that is no valid"},
		{"hold lift 1 --why settled --by bo", ""},
		{"hold lift 1 --why settled", "error: there is no hold 1"},
		{"hold list", "patient 9990000018"},
		{"purge --why yearly", "error: look at postroom retention first"},
		{"purge --why yearly --by ann --yes", "purge 1: 0 documents, 0 messages, 0 objects removed"},
		{"history", "user:ann: 0 documents"},
	} {
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		args := append([]string{"retention"}, strings.Fields(c.line)...)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		root.SetArgs(append(args, "--data", data))
		err := root.Execute()
		said, wrong := strings.CutPrefix(c.want, "error: ")
		if wrong && (err == nil || !strings.Contains(err.Error(), said)) || !wrong && (err != nil || !strings.Contains(out.String(), said)) {
			t.Errorf("%q: %v, %q", c.line, err, out.String())
		}
	}
}
