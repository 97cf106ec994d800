package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

func TestIsAbout(t *testing.T) {
	matched := postroom.Record{Patient: postroom.RecordPatient{NHSNumber: "9990000018"}}
	read := postroom.Record{Fields: map[postroom.FieldName]postroom.Field{postroom.NHSNumberField: {Value: "9990000018"}}}
	if !isAbout(matched, "9990000018") || !isAbout(read, "9990000018") || isAbout(matched, "9990000026") || isAbout(postroom.Record{}, "9990000018") {
		t.Error("a document is about the patient of its decision and those whose number it carries")
	}
}

func TestSubjectHoldsThePatientAndNobodyElse(t *testing.T) {
	data := t.TempDir()
	pl, err := pipeline.Open(t.Context(), pipeline.Parts{}, pipeline.Options{Database: filepath.Join(data, "postroom.db"), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pl.ImportPatients(t.Context(), []postroom.Patient{{ID: "1", Number: "9990000018", Family: "One"}, {ID: "2", Number: "9990000026", Family: "Two"}}); err != nil {
		t.Fatal(err)
	}
	pl.Close()
	file := filepath.Join(data, "request.zip")
	root := newRoot()
	root.SetOut(io.Discard)
	root.SetArgs([]string{"subject", "999 000 0018", "--data", data, "-o", file})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var all bytes.Buffer
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(&all, r)
		r.Close()
	}
	if s := all.String(); !strings.Contains(s, "family: One") || strings.Contains(s, "Two") {
		t.Errorf("the archive holds %q", s)
	}
}

func TestTheArchiveIsReadByPeople(t *testing.T) {
	for head, want := range map[string]string{
		"II*\x00rest": ".tif", "MM\x00*rest": ".tif", "%PDF-1.7": ".pdf", "\xff\xd8\xff\xe0": ".jpg", "\x89PNG\r\n\x1a\n": ".png",
		"From: a@b.example\r\nSubject: x\r\n": ".eml", "PK\x03\x04": ".zip", "\x00\x01\x02": "",
	} {
		if got := extension([]byte(head)); got != want {
			t.Errorf("%q is a file %q, not %q", head, got, want)
		}
	}
	r := postroom.Record{Status: postroom.Filed, Type: postroom.TypeGuess{Code: postroom.LabReport}, Fields: map[postroom.FieldName]postroom.Field{
		postroom.LetterDate: {Value: "2026-03-11", Valid: true}, postroom.SenderOrganisation: {Value: "Example\nHospital", Valid: true}}}
	r.Message.Received = time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	if got, want := described(r), "Laboratory report of 2026-03-11 from Example Hospital, received 2026-03-12"; got != want {
		t.Errorf("got %q, not %q", got, want)
	}
	r.Status, r.Fields = postroom.InReview, nil
	if got, want := described(r), "Laboratory report, received 2026-03-12 (waits for a person)"; got != want {
		t.Errorf("got %q, not %q", got, want)
	}
}
