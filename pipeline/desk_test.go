package pipeline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestDeskSQLite(t *testing.T) { testDesk(t, filepath.Join(t.TempDir(), "state.db")) }

func TestDeskPostgres(t *testing.T) { testDesk(t, servers.Postgres(t).NewDatabase()) }

// What waits is listed, claimed and decided once; two clerks at random neither
// lose a decision nor apply one to what they did not see.
func testDesk(t *testing.T, where string) {
	ctx := t.Context()
	w := newWorld(where)
	w.parts.Rule.FileTypes = nil
	p := w.open(t, Options{Work: true, UndoFor: -1})
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018", BirthDate: "1950-02-03"}}); err != nil {
		t.Fatal(err)
	}
	var letters []string
	for i := range 60 {
		letters = append(letters, fmt.Sprintf("letter %d of %d", i, i*i))
	}
	if _, err := p.Batch(ctx, []Source{newBox(letters...)}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	queue, err := p.Queue(ctx, DeskFilter{Limit: 100})
	if err != nil || len(queue) != 60 {
		t.Fatalf("%d documents wait, %v", len(queue), err)
	}
	counts, err := p.QueueCounts(ctx)
	if err != nil || len(counts) != 1 || counts[0].N != 60 || counts[0].Type != postroom.LabReport {
		t.Fatalf("counts %+v, %v", counts, err)
	}
	if some, err := p.Queue(ctx, DeskFilter{Type: postroom.FitNote}); err != nil || len(some) != 0 {
		t.Fatalf("the filter lets %d through, %v", len(some), err)
	}
	id := queue[0].Record.DocumentID
	file := func(id string, revision int64, who string) DeskDecision {
		return DeskDecision{Document: id, Revision: revision, By: who, Type: postroom.FitNote, Patient: "1",
			Fields: map[postroom.FieldName]string{postroom.BirthDate: "3/2/1950", postroom.LetterDate: "", postroom.PatientName: "letter"}}
	}

	// A claim keeps others out until it is given back.
	if err := p.Claim(ctx, id, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := p.Claim(ctx, id, "bob"); !errors.Is(err, ErrClaimed) {
		t.Errorf("a second claim: %v", err)
	}
	if err := p.FileByPerson(ctx, file(id, 1, "bob")); !errors.Is(err, ErrClaimed) {
		t.Errorf("filing what somebody else has open: %v", err)
	}
	if err := p.Release(ctx, id, "ann"); err != nil {
		t.Fatal(err)
	}

	// What breaks a rule is refused and changes nothing.
	for name, change := range map[string]func(*DeskDecision){
		"another patient's date": func(d *DeskDecision) { d.Fields[postroom.BirthDate] = "1951-02-03" },
		"no date":                func(d *DeskDecision) { d.Fields[postroom.BirthDate] = "31/2/1950" },
		"check digit":            func(d *DeskDecision) { d.Fields[postroom.NHSNumberField] = "9990000019" },
		"another's number":       func(d *DeskDecision) { d.Fields[postroom.NHSNumberField] = "9990000026" },
		"nobody's patient":       func(d *DeskDecision) { d.Patient = "77" },
		"no type":                func(d *DeskDecision) { d.Type = postroom.UnknownType },
		"no field":               func(d *DeskDecision) { d.Fields["shoe_size"] = "9" },
	} {
		d := file(id, 1, "ann")
		change(&d)
		if err := p.FileByPerson(ctx, d); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if it, err := p.DeskDocument(ctx, id); err != nil || it.Revision != 1 || it.State != "review" {
		t.Fatalf("a refused decision left %+v, %v", it, err)
	}
	if err := p.FileByPerson(ctx, file(id, 2, "ann")); !errors.Is(err, ErrChanged) {
		t.Errorf("a version that nobody saw: %v", err)
	}

	// Two clerks at random.
	ids := make([]string, len(queue))
	for i, it := range queue {
		ids[i] = it.Record.DocumentID
	}
	var decided sync.Map
	var filed, discarded atomic.Int64
	var clerks sync.WaitGroup
	for n, who := range []string{"ann", "bob"} {
		clerks.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 7))
			seen := map[string]int64{}
			for range 1000 {
				id := ids[r.IntN(len(ids))]
				var err error
				switch action := r.IntN(20); {
				case action < 8:
					var it DeskItem
					if it, err = p.DeskDocument(ctx, id); err == nil {
						seen[id] = it.Revision
					}
				case action < 12:
					err = p.Claim(ctx, id, who)
				case action < 16:
					err = p.Release(ctx, id, who)
				case action < 19:
					if err = p.FileByPerson(ctx, file(id, seen[id], who)); err == nil {
						filed.Add(1)
					}
				default:
					if err = p.DiscardByPerson(ctx, DeskDecision{Document: id, Revision: seen[id], By: who}, "it is a test page"); err == nil {
						discarded.Add(1)
					}
				}
				if err == nil {
					continue
				}
				if !errors.Is(err, ErrChanged) && !errors.Is(err, ErrClaimed) {
					t.Errorf("%s: %v", who, err)
					return
				}
			}
		})
	}
	clerks.Wait()
	rows := 0
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var id, who, action string
		var revision int64
		if err := scan(&id, &revision, &who, &action); err != nil {
			return err
		}
		rows++
		if _, twice := decided.LoadOrStore(id, who); twice || revision != 1 {
			t.Errorf("document %s was decided again, at revision %d by %s", id, revision, who)
		}
		return nil
	}, `SELECT document, revision, by_whom, action FROM desk_decisions`); err != nil {
		t.Fatal(err)
	}
	if int64(rows) != filed.Load()+discarded.Load() || filed.Load() < 10 {
		t.Errorf("%d decisions are kept; %d were filed and %d discarded", rows, filed.Load(), discarded.Load())
	}
	if _, err := p.Batch(ctx, nil, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		var open int
		if err := p.db.row(ctx, `SELECT COUNT(*) FROM documents WHERE state = 'filing'`).scan(&open); err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d documents are still being filed", open)
		}
		time.Sleep(20 * time.Millisecond)
	}
	status := map[postroom.Status]int64{}
	if err := p.Records(ctx, func(r postroom.Record) error {
		status[r.Status]++
		if r.Status == postroom.Filed {
			if f := r.Fields[postroom.BirthDate]; f.Value != "1950-02-03" || r.Type.Code != postroom.FitNote || r.Patient.NHSNumber != "9990000018" {
				t.Errorf("filed %+v", r)
			}
			if _, there := r.Fields[postroom.LetterDate]; there {
				t.Error("a field that was struck out is in the record")
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if status[postroom.Filed] != filed.Load() || status[postroom.Discarded] != discarded.Load() {
		t.Errorf("the records say %v; %d were filed and %d discarded", status, filed.Load(), discarded.Load())
	}
	learned := int64(0)
	if err := p.Decisions(ctx, 0, func(Decided) error { learned++; return nil }); err != nil || learned != filed.Load() {
		t.Errorf("%d examples to learn from, want %d; %v", learned, filed.Load(), err)
	}
	var wrong int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM messages WHERE documents_left <> 0 OR state <> 'done'`).scan(&wrong); err != nil || wrong != 0 {
		t.Errorf("%d messages are not done, %v", wrong, err)
	}
	a, err := p.Reconcile(ctx, ReconcileOptions{Deep: true})
	if err != nil || len(a.Findings) > 0 {
		t.Errorf("reconcile: %+v, %v", a.Findings, err)
	}
}
