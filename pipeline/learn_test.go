package pipeline

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestLearningSQLite(t *testing.T) {
	testLearning(t, filepath.Join(t.TempDir(), "state.db"))
}

func TestLearningPostgres(t *testing.T) {
	testLearning(t, servers.Postgres(t).NewDatabase())
}

// What people say is kept, measured and learned from; models take over and go back.
func testLearning(t *testing.T, where string) {
	ctx := t.Context()
	taught := ""
	w := newWorld(where)
	w.parts.Taught = func(s Sorter, model []byte) (Sorter, error) { taught = string(model); return s, nil }
	w.parts.Rule.Sample = 0.5
	p := w.open(t, Options{Work: true})
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
		t.Fatal(err)
	}
	var letters []string
	for i := range 40 {
		letters = append(letters, fmt.Sprintf("letter number %d about something else %d", i, i*i))
	}
	if _, err := p.Batch(ctx, []Source{newBox(letters...)}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	var ids []string
	var sampled []string
	if err := p.Records(ctx, func(r postroom.Record) error {
		ids = append(ids, r.DocumentID)
		switch {
		case r.Sampled:
			sampled = append(sampled, r.DocumentID)
			if r.Status != postroom.InReview || !strings.Contains(r.Reasons[0], "at random") {
				t.Errorf("a drawn document is %s: %v", r.Status, r.Reasons)
			}
		case r.Status != postroom.Filed:
			t.Errorf("%s: %v", r.Status, r.Reasons)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 40 || len(sampled) < 8 || len(sampled) > 32 {
		t.Fatalf("%d documents, %d drawn", len(ids), len(sampled))
	}

	confirm := func(c Confirmation) error { return p.Confirm(ctx, c) }
	good := Confirmation{DocumentID: sampled[0], Type: postroom.LabReport, Patient: "9990000018", PatientKnown: true, Fields: map[postroom.FieldName]string{postroom.LetterDate: "letter"}, By: "user:jane"}
	for name, spoil := range map[string]func(*Confirmation){
		"document": func(c *Confirmation) { c.DocumentID = strings.Repeat("0", 32) },
		"type":     func(c *Confirmation) { c.Type = "nonsense" },
		"field":    func(c *Confirmation) { c.Fields = map[postroom.FieldName]string{"nonsense": "x"} },
		"by whom":  func(c *Confirmation) { c.By = "" },
	} {
		bad := good
		spoil(&bad)
		if err := confirm(bad); !postroom.IsBadInput(err) {
			t.Errorf("a confirmation with a wrong %s: %v", name, err)
		}
	}
	for range 2 { // the same words again are no new decision
		if err := confirm(good); err != nil {
			t.Fatal(err)
		}
	}
	second := good
	second.DocumentID, second.Patient = sampled[1], ""
	if err := confirm(second); err != nil {
		t.Fatal(err)
	}
	second.Type = postroom.AdminLetter // the last word counts
	if err := confirm(second); err != nil {
		t.Fatal(err)
	}
	n := 0
	last := int64(0)
	if err := p.Decisions(ctx, 0, func(d Decided) error {
		n++
		if len(d.Pages) != 1 || len(d.Pages[0].Words) == 0 || d.Seq <= last {
			t.Errorf("decision %d has %d pages, sequence %d after %d", n, len(d.Pages), d.Seq, last)
		}
		last = d.Seq
		return nil
	}); err != nil || n != 2 {
		t.Fatalf("%d decisions, %v", n, err)
	}
	s, err := p.Sample(ctx, func(_ postroom.FieldName, a, b string) bool { return a == b })
	if want := (SampleResult{Drawn: len(sampled), Checked: 2, WrongPatient: 1, WrongType: 1, Right: 1}); err != nil || s != want {
		t.Errorf("sample %+v, not %+v: %v", s, want, err)
	}

	// Models.
	if _, _, err := p.Rollback(ctx); !postroom.IsBadInput(err) {
		t.Errorf("going back from the shipped model: %v", err)
	}
	for i := range 4 {
		if err := p.TakeOver(ctx, KeptModel{Version: fmt.Sprint("m", i), Through: last, Trial: "better"}, []byte(fmt.Sprint("body ", i)), 2); err != nil {
			t.Fatal(err)
		}
	}
	models, err := p.Models(ctx)
	if err != nil || len(models) != 3 || models[0].Version != "m3" || !models[0].InUse || models[0].Before != "m2" {
		t.Errorf("%+v %v", models, err)
	}
	if _, err := p.sorter(ctx); err != nil || taught != "body 3" {
		t.Errorf("sorting with %q: %v", taught, err)
	}
	if from, to, err := p.Rollback(ctx); err != nil || from != "m3" || to != "m2" {
		t.Errorf("from %s to %s: %v", from, to, err)
	}
	if _, err := p.sorter(ctx); err != nil || taught != "body 2" {
		t.Errorf("sorting with %q after going back: %v", taught, err)
	}
	m, body, err := p.Model(ctx)
	if err != nil || m.Version != "m2" || string(body) != "body 2" || m.Through != last {
		t.Errorf("%+v %q %v", m, body, err)
	}
}
