package pipeline

import (
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestEmbeddingSQLite(t *testing.T)   { testEmbedding(t, t.TempDir()+"/postroom.db") }
func TestEmbeddingPostgres(t *testing.T) { testEmbedding(t, servers.Postgres(t).NewDatabase()) }

// An original goes into a document's PDF only when nothing in it is another's.
func testEmbedding(t *testing.T, where string) {
	w := newWorld(where)
	p := w.open(t, Options{Work: true, Embed: 20})
	ctx := t.Context()
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
		t.Fatal(err)
	}
	// Attachments: one page and a blank side, two letters, a letter with what cannot be read, a long one.
	box := newBox("alpha\nblank", "beta\ngamma", "delta\nbad", "epsilon that is too large", "zeta\n\neta")
	if _, err := p.Batch(ctx, []Source{box}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"alpha": true, "beta": false, "gamma": false, "delta": false, "epsilon that is too large": false, "zeta": true, "eta": true}
	seen := 0
	if err := p.Records(ctx, func(r postroom.Record) error {
		if len(r.Pages) == 0 {
			return nil
		}
		seen++
		embed, err := p.embeddable(ctx, string(r.Message.Hash), r)
		if err != nil {
			return err
		}
		if got := len(embed) == 1 && embed[0] == r.Pages[0].Hash; got != want[r.Text[0]] {
			t.Errorf("%s: embedded %v, want %v", r.Text[0], got, want[r.Text[0]])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if seen != len(want) {
		t.Errorf("%d documents, not %d", seen, len(want))
	}
	p.opt.Embed = -1
	if err := p.Records(ctx, func(r postroom.Record) error {
		embed, err := p.embeddable(ctx, string(r.Message.Hash), r)
		if len(embed) > 0 {
			t.Error("something is embedded though nobody wants it")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTitleNamesThePatientOnlyWhenAsked(t *testing.T) {
	r := postroom.Record{Type: postroom.TypeGuess{Code: postroom.LabReport}, Patient: postroom.RecordPatient{Family: "Wood", Given: "Sanjay"},
		Fields: map[postroom.FieldName]postroom.Field{postroom.LetterDate: {Value: "2026-03-12", Valid: true}}}
	p := &Pipeline{}
	if got := p.documentTitle(r); got != "Laboratory report, 2026-03-12" {
		t.Errorf("%q", got)
	}
	p.opt.PatientInTitle = true
	if got := p.documentTitle(r); got != "Laboratory report, 2026-03-12, Wood Sanjay" {
		t.Errorf("%q", got)
	}
}
