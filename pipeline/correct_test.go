package pipeline

import (
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestCorrectionsSQLite(t *testing.T) { testCorrections(t, t.TempDir()+"/postroom.db") }
func TestCorrectionsPostgres(t *testing.T) {
	testCorrections(t, servers.Postgres(t).NewDatabase())
}

func testCorrections(t *testing.T, where string) {
	w := newWorld(where)
	door := &doorway{}
	w.parts.Receivers = []Receiver{door}
	p := w.open(t, Options{Work: true})
	ctx := t.Context()
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
		t.Fatal(err)
	}
	night := func() string {
		t.Helper()
		res, err := p.Batch(ctx, nil, time.Minute, nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(w.objects.m[res.Manifest])
	}
	if _, err := p.Batch(ctx, []Source{newBox("one letter", "two letters")}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	all := func() (out []postroom.Record) {
		t.Helper()
		if err := p.Records(ctx, func(r postroom.Record) error { out = append(out, r); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := all()[0]
	settle := func(version int) postroom.Record {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(30 * time.Millisecond) {
			for _, r := range all() {
				if r.DocumentID == first.DocumentID && r.Version == version && r.Status == postroom.Filed {
					return r
				}
			}
			if time.Now().After(end) {
				t.Fatalf("version %d was not filed: %+v", version, all()[0].Reasons)
			}
		}
	}
	moved := postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000026", Family: "Other"}
	for _, c := range []Correction{{By: "postroom", Why: "it was another's"}, {By: "user:7"}, {By: "user:7", Why: "x", Patient: &postroom.RecordPatient{NHSNumber: "9990000019"}}} {
		if _, err := p.Correct(ctx, first.DocumentID, 1, c); !postroom.IsBadInput(err) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := p.Correct(ctx, first.DocumentID, 1, Correction{By: "user:7", Why: "it was another's", Patient: &moved}); err != nil {
		t.Fatal(err)
	}
	second := settle(2)
	if second.Replaces != 1 || second.DecidedBy != "user:7" || second.Patient.NHSNumber != moved.NHSNumber {
		t.Errorf("the new version: %+v", second)
	}
	if _, err := p.Correct(ctx, first.DocumentID, 1, Correction{By: "user:8", Why: "late"}); !postroom.IsBadInput(err) {
		t.Error("a correction of a version that is no longer there:", err)
	}
	// The number that it has now turns out to be the first patient's second one.
	n, err := p.Merge(ctx, moved.NHSNumber, first.Patient, "user:7", "the two are one person")
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if third := settle(3); third.Replaces != 2 || third.Patient.NHSNumber != first.Patient.NHSNumber {
		t.Errorf("after the merge: %+v", third)
	}
	if n, err := p.Merge(ctx, moved.NHSNumber, first.Patient, "user:7", "again"); n != 0 || err != nil {
		t.Error("a merge that is repeated:", n, err)
	}
	if m := night(); m == "" {
		t.Error("no manifest tells of the correction")
	}
	a, err := p.Reconcile(ctx, ReconcileOptions{Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Findings {
		t.Errorf("finding: %s %s: %s", f.Kind, f.What, f.Why)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		waiting := 0
		if err := p.Deliveries(ctx, DeliveryWaiting, func(Delivery) error { waiting++; return nil }); err != nil {
			t.Fatal(err)
		}
		if waiting == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d deliveries wait", waiting)
		}
	}
	door.Lock()
	defer door.Unlock()
	at := 0
	for _, got := range door.got {
		if got == first.DocumentID+"/"+string(rune('1'+at)) {
			at++
		}
	}
	if at != 3 {
		t.Errorf("the receiver was told %v", door.got)
	}
}
