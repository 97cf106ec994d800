package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom/pipeline"
)

func TestDeliverConfig(t *testing.T) {
	for text, want := range map[string]string{
		"deliver: [{name: gp, fhir: {url: 'https://fhir.example/R4'}}]":                                                     "",
		"deliver: [{name: gp, hl7: {address: 'hl7.example:2575'}}]":                                                         "",
		"deliver: [{name: gp, fhir: {url: 'http://fhir.example/R4'}}]":                                                      "https://",
		"deliver: [{name: gp, hl7: {address: 'hl7.example:2575', plain: true}}]":                                            "without TLS",
		"filing: {fhir: {inline_up_to: 0, parties: entries}}":                                                               "",
		"filing: {fhir: {inline_up_to: -1}}":                                                                                "0 for none",
		"filing: {fhir: {parties: all}}":                                                                                    "identifiers or entries",
		"deliver: [{name: gp}]":                                                                                             "one of fhir, hl7 and webhook",
		"deliver: [{hl7: {address: 'a:1'}}]":                                                                                "name",
		"deliver: [{name: a, hl7: {address: 'a:1'}}, {name: a, hl7: {address: 'b:1'}}]":                                     "two receivers",
		"deliver: [{name: gp, hl7: {address: 'hl7.example:2575', cert_file: /nowhere.pem, key_file: /nowhere-either.pem}}]": "certificate",
	} {
		_, err := parseConfig([]byte("data: d\n" + text + "\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, not %q", text, err, want)
		}
	}
}

func TestDeliverListAndRetryOfNothing(t *testing.T) {
	data := t.TempDir()
	pl, err := pipeline.Open(t.Context(), pipeline.Parts{}, pipeline.Options{Database: filepath.Join(data, "postroom.db"), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	pl.Close()
	if err := os.MkdirAll(filepath.Join(data, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"list": "NUMBER", "retry": "0 will be sent again"} {
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		root.SetArgs([]string{"deliver", command, "--data", data})
		if err := root.Execute(); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("deliver %s: %v %q", command, err, out.String())
		}
	}
}
