//go:build cgo

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/testdata/generate"
)

// How long the run is: "make filing" asks for more than the tests do.
var filingDocuments = flag.Int("filing.documents", 12, "documents that TestFilingRun sends through the program")

// nightDocuments is how many documents arrive for one call of postroom batch.
const nightDocuments = 100

// A filingRun is a practice whose post was read by the program and decided by it and by a clerk.
type filingRun struct {
	config   string
	store    string
	messages map[postroom.Hash]generate.Message
	shared   map[postroom.Hash]bool // the messages of which more than one document was made
	pl       *pipeline.Pipeline
	figures  []string
}

func (f *filingRun) figure(format string, args ...any) {
	f.figures = append(f.figures, fmt.Sprintf(format, args...))
}

// TestFilingRun files documents as they come by fax, as scans and as PDFs, and holds all of what
// was filed against tools that are not Postroom's: the bundles against Medplum's validator and
// server, the PDFs against the rules of PDF/A, qpdf and poppler, and the originals in them
// against the bytes that were sent.
func TestFilingRun(t *testing.T) {
	f := readPost(t, *filingDocuments)
	f.clerk(t)
	records := exported(t, "--config", f.config)
	var filed []postroom.Record
	byProgram := 0
	f.shared = map[postroom.Hash]bool{}
	seen := map[postroom.Hash]bool{}
	for _, r := range records {
		f.shared[r.Message.Hash], seen[r.Message.Hash] = seen[r.Message.Hash], true
		if r.Status == postroom.Filed {
			filed = append(filed, r)
			if r.DecidedBy == "postroom" {
				byProgram++
			}
		} else if r.Status != postroom.Discarded {
			t.Errorf("a document is %s after the clerk went through the queue: %v", r.Status, r.Reasons)
		}
	}
	f.figure("%d documents filed, %d of them by the program alone; %d put away, their patients being none of the practice", len(filed), byProgram, len(records)-len(filed))
	if 10*len(filed) < 8**filingDocuments {
		t.Fatalf("only %d of %d documents were filed", len(filed), *filingDocuments)
	}
	f.checkPDFs(t, filed)
	f.checkArchival(t, filed)
	f.checkBundles(t, filed)
	t.Logf("\n%s", strings.Join(f.figures, "\n"))
}

// readPost generates the post and lets the program read it, night by night.
func readPost(t *testing.T, documents int) *filingRun {
	t.Helper()
	data := t.TempDir()
	f := &filingRun{store: filepath.Join(data, "store"), messages: map[postroom.Hash]generate.Message{},
		config: writeConfig(t, fmt.Sprintf("data: %q\npractice: {practice_names: [Riverside Surgery], practice_codes: [A81001]}\n", data))}
	g, err := generate.New(generate.Options{Seed: 83, Docs: documents, Plain: true, Patients: 200})
	if err != nil {
		t.Fatal(err)
	}
	patients := filepath.Join(t.TempDir(), "patients.csv")
	var csv bytes.Buffer
	if err := generate.WriteRegister(&csv, g.Register().People); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(patients, csv.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "patients", "import", "--config", f.config, patients)
	began, pages, forms := time.Now(), 0, map[string]int{}
	night, waiting := t.TempDir(), 0
	read := func() {
		must(t, "batch", "--config", f.config, "--from", night)
		night, waiting = t.TempDir(), 0
	}
	for m, err := range g.Corpus() {
		if err != nil {
			t.Fatal(err)
		}
		f.messages[postroom.HashOf(m.Raw)] = m
		if err := os.WriteFile(filepath.Join(night, m.Name), m.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
		pages += len(m.Truth.Pages)
		forms[m.Truth.Form]++
		if waiting++; waiting == nightDocuments {
			read()
		}
	}
	if waiting > 0 {
		read()
	}
	f.figure("%d messages with %d pages read in %s: %v", len(f.messages), pages, time.Since(began).Round(time.Second), forms)
	return f
}

// clerk files what waits as the truth has it, and puts away what is about strangers.
func (f *filingRun) clerk(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	raw, err := os.ReadFile(f.config)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := parseConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, err := openParts(cfg, true, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	if f.pl, err = pipeline.Open(ctx, p.Parts, pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir(), Readers: 1, UndoFor: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.pl.Close() })
	if err := f.pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		f.pl.Stop(end)
	}()
	waiting, err := f.pl.Queue(ctx, pipeline.DeskFilter{Limit: 10000})
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	for _, item := range waiting {
		r := item.Record
		m, ok := f.messages[r.Message.Hash]
		if !ok || len(m.Truth.Documents) != 1 {
			t.Fatalf("the truth of message %s has %d documents", m.Name, len(m.Truth.Documents))
		}
		truth := m.Truth.Documents[0]
		d := pipeline.DeskDecision{Document: r.DocumentID, Revision: item.Revision, By: "clerk", Type: truth.Type, Patient: truth.Patient.NHSNumber, Fields: f.typed(r, truth)}
		if !truth.Patient.InRegister || len(r.Pages) == 0 {
			err = f.pl.DiscardByPerson(ctx, d, "not for this practice")
		} else if err = f.pl.FileByPerson(ctx, d); err == nil {
			sent = append(sent, r.DocumentID)
		}
		if err != nil {
			var problem *postroom.Problem
			errors.As(err, &problem)
			t.Errorf("%s: the clerk is refused: %v", m.Name, err)
		}
	}
	for _, id := range sent {
		waitFor(t, "a document being filed", func() bool {
			item, err := f.pl.DeskDocument(ctx, id)
			if err != nil || item.State == string(postroom.Quarantined) {
				t.Fatal(item.State, item.Record.Reasons, err)
			}
			return item.State == string(postroom.Filed)
		})
	}
}

// typed is what the clerk leaves in the form: the truth, with the patient as the list has them.
func (f *filingRun) typed(r postroom.Record, truth generate.TrueDocument) map[postroom.FieldName]string {
	out := map[postroom.FieldName]string{}
	for name, value := range truth.Fields {
		if v, err := pipeline.NormalValue(name, value); err == nil {
			out[name] = v
		}
	}
	for name := range r.Fields {
		if _, ok := out[name]; !ok {
			out[name] = "" // it does not stand on the paper
		}
	}
	for name, value := range map[postroom.FieldName]string{postroom.NHSNumberField: truth.Patient.NHSNumber, postroom.BirthDate: truth.Patient.BirthDate} {
		if out[name] != "" {
			out[name] = value
		}
	}
	return out
}
