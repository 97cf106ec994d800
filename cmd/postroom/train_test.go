package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// plainCorpus writes messages of one type with their truth.
func plainCorpus(t *testing.T, dir string, from, to int, types ...postroom.TypeCode) []generate.Truth {
	t.Helper()
	g, err := generate.New(generate.Options{Seed: 12, Plain: true, Quality: generate.Clean, Types: types, Patients: 40})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var truths []generate.Truth
	var lines []byte
	for n := from; n <= to; n++ {
		m, err := g.Message(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, m.Name), m.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if lines, err = generate.AppendTruth(lines, m.Truth); err != nil {
			t.Fatal(err)
		}
		truths = append(truths, m.Truth)
	}
	if err := os.WriteFile(filepath.Join(dir, "truth.jsonl"), lines, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "patients.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := generate.WriteRegister(f, g.Register().People); err != nil {
		t.Fatal(err)
	}
	return truths
}

// A practice adds a type, confirms a dozen documents of it and trains; the next
// record names the new model; then it goes back.
func TestTrain(t *testing.T) {
	dir := t.TempDir()
	corpus, more := filepath.Join(dir, "corpus"), filepath.Join(dir, "more")
	plainCorpus(t, corpus, 1, 12, postroom.FitNote)
	plainCorpus(t, more, 13, 13, postroom.FitNote)
	inbox, later := filepath.Join(dir, "inbox"), filepath.Join(dir, "later")
	for from, to := range map[string]string{corpus: inbox, more: later} {
		if err := os.Mkdir(to, 0o700); err != nil {
			t.Fatal(err)
		}
		mails, err := filepath.Glob(filepath.Join(from, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if err := os.Rename(m, filepath.Join(to, filepath.Base(m))); err != nil {
				t.Fatal(err)
			}
		}
	}
	config := writeConfig(t, fmt.Sprintf("data: %s\nfiling: {sample: 0}\ntypes:\n  - {code: practice_sick_note, title: Sick note of ours, like: fit_note}\n", filepath.Join(dir, "data")))
	must(t, "patients", "import", "--config", config, filepath.Join(corpus, "patients.csv"))
	must(t, "batch", "--config", config, "--from", inbox)

	var lines []string
	for i, r := range exported(t, "--config", config) {
		if len(r.Pages) == 0 {
			continue
		}
		if i%2 == 0 {
			lines = append(lines, fmt.Sprintf(`{"document_id":%q,"type":"practice_sick_note","by":"user:jane"}`, r.DocumentID))
			continue
		}
		r.Type.Code, r.DecidedBy = "practice_sick_note", "user:jane"
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	if len(lines) < 10 {
		t.Fatalf("%d documents", len(lines))
	}
	lines = append(lines, `{"document_id":"00000000000000000000000000000000","type":"lab_report","by":"user:jane"}`, `{"nonsense":1}`, `nonsense`)
	decisions := filepath.Join(dir, "decisions.ndjson")
	if err := os.WriteFile(decisions, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := run(t, "train", "--config", config, "--rollback"); r.code == 0 {
		t.Error("there was something to go back to")
	}
	r := must(t, "train", "--config", config, "--from", decisions)
	if !strings.Contains(r.stdout, "is in use now") || strings.Count(r.stderr, "left out") != 3 {
		t.Fatalf("%s\n%s", r.stdout, r.stderr)
	}
	if r := must(t, "train", "--config", config); !strings.Contains(r.stdout, "no new decision") {
		t.Error(r.stdout)
	}
	if r := must(t, "train", "--config", config, "--list"); !strings.Contains(r.stdout, "linear-") || !strings.Contains(r.stdout, "(shipped)") {
		t.Error(r.stdout)
	}
	must(t, "batch", "--config", config, "--from", later)
	records := exported(t, "--config", config)
	before, last := records[0], records[len(records)-1]
	if last.Engine.Model == before.Engine.Model || !strings.Contains(last.Engine.Model, "linear-") {
		t.Errorf("the next one is by %s; before by %s", last.Engine.Model, before.Engine.Model)
	}
	r = must(t, "evaluate", "--config", config, "--confirmed", "--json", "-")
	var scores struct {
		Documents int     `json:"documents"`
		TypeF1    float64 `json:"type_macro_f1"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &scores); err != nil || scores.Documents < 10 || scores.TypeF1 < 0.7 {
		t.Errorf("%+v %v\n%s", scores, err, r.stdout)
	}
	if r := must(t, "train", "--config", config, "--rollback"); !strings.Contains(r.stdout, "that the program ships is in use again") {
		t.Error(r.stdout)
	}
}

// A corpus is scored, and scored again from what was kept.
func TestEvaluate(t *testing.T) {
	dir := t.TempDir()
	corpus, cache, page := filepath.Join(dir, "corpus"), filepath.Join(dir, "cache"), filepath.Join(dir, "report.html")
	truths := plainCorpus(t, corpus, 1, 3, postroom.ScreeningResult, postroom.LabReport)
	type scored struct {
		Documents int `json:"documents"`
		Sweep     []struct {
			Documents int `json:"documents"`
			Filed     int `json:"filed"`
			Wrong     int `json:"wrong_patient"`
		} `json:"thresholds"`
		SplitF1 float64  `json:"split_f1"`
		Notes   []string `json:"notes"`
	}
	score := func() (s scored) {
		r := must(t, "evaluate", "--cache", cache, "--html", page, "--json", "-", corpus)
		if err := json.Unmarshal([]byte(r.stdout), &s); err != nil {
			t.Fatalf("%v\n%s", err, r.stdout)
		}
		return s
	}
	first := score()
	if first.Documents != len(truths) || len(first.Sweep) < 10 || first.Sweep[0].Documents < len(truths) || first.SplitF1 == 0 {
		t.Errorf("%+v", first)
	}
	for i := 1; i < len(first.Sweep); i++ {
		if first.Sweep[i].Filed > first.Sweep[i-1].Filed {
			t.Error("a higher threshold files more")
		}
	}
	// What is kept is used: pages that cannot be recognised any more are scored all the same.
	kept := tree(t, cache)
	second := score()
	if second.Documents != first.Documents || second.SplitF1 != first.SplitF1 || len(kept) < 6 {
		t.Errorf("the second time %+v, with %d files kept", second, len(kept))
	}
	for name, h := range tree(t, cache) {
		if kept[name] != h {
			t.Errorf("%s was written again", name)
		}
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "Filing without a person", "Laboratory report", "filed to a wrong patient"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	for _, truth := range truths {
		if strings.Contains(string(html), truth.Documents[0].Patient.NHSNumber) {
			t.Error("the report holds a patient's number")
		}
	}
	if r := run(t, "evaluate", filepath.Join(dir, "nothing")); r.code == 0 || !strings.Contains(r.stderr, "truth.jsonl") {
		t.Errorf("%d %s", r.code, r.stderr)
	}
	if r := run(t, "evaluate"); r.code != exitUsage {
		t.Errorf("exit %d without a corpus", r.code)
	}
}
