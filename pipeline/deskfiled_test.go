package pipeline

import (
	"errors"
	"io"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestFiledChangesSQLite(t *testing.T) {
	testFiledChanges(t, filepath.Join(t.TempDir(), "state.db"))
}

func TestFiledChangesPostgres(t *testing.T) { testFiledChanges(t, servers.Postgres(t).NewDatabase()) }

// A filed document is corrected, moved to another patient, withdrawn, and each is taken
// back, before and after it was filed; every version stays.
func testFiledChanges(t *testing.T, where string) {
	ctx := t.Context()
	p, w := deskOf(t, where, Options{UndoFor: -1}, "first letter")
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018", Family: "Ash", Given: "Eve", BirthDate: "1950-02-03"},
		{ID: "2", Number: "9990000026", Family: "Elm", Given: "Bo", BirthDate: "1950-02-03"}}); err != nil {
		t.Fatal(err)
	}
	queue, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(queue) != 1 {
		t.Fatal(err, len(queue))
	}
	id := queue[0].Record.DocumentID
	if err := p.FileByPerson(ctx, fileAs(queue[0], "ann")); err != nil {
		t.Fatal(err)
	}
	it := waitState(t, p, id, "filed")
	if _, _, err := p.WriteManifest(ctx); err != nil {
		t.Fatal(err)
	}
	change := func(it DeskItem, action, patient string, fields map[postroom.FieldName]string) FiledChange {
		return FiledChange{DeskDecision: DeskDecision{Document: id, Revision: it.Revision, By: "ann", Type: it.Record.Type.Code, Patient: patient, Fields: fields}, Action: action, Why: "it was wrong"}
	}
	date := map[postroom.FieldName]string{postroom.LetterDate: "4/3/2026"}
	// What is refused changes nothing.
	for what, c := range map[string]FiledChange{
		"another patient":    change(it, FiledCorrect, "2", date),
		"the same patient":   change(it, FiledRefile, "1", nil),
		"nothing":            change(it, FiledCorrect, "1", nil),
		"no patient":         change(it, FiledRefile, "", nil),
		"another's birthday": change(it, FiledRefile, "2", map[postroom.FieldName]string{postroom.BirthDate: "1951-01-01"}),
		"another's number":   change(it, FiledRefile, "2", map[postroom.FieldName]string{postroom.NHSNumberField: "9990000018"}),
		"a wrong date":       change(it, FiledCorrect, "1", map[postroom.FieldName]string{postroom.LetterDate: "31/2/2026"}),
		"another way":        change(it, "burn", "1", date),
	} {
		if err := p.ChangeFiled(ctx, c); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	late := change(it, FiledCorrect, "1", date)
	late.Revision--
	if err := p.ChangeFiled(ctx, late); !errors.Is(err, ErrChanged) {
		t.Errorf("a version that was not seen: %v", err)
	}
	silent := change(it, FiledCorrect, "1", date)
	silent.Why = " "
	if err := p.ChangeFiled(ctx, silent); !postroom.IsBadInput(err) {
		t.Errorf("without a reason: %v", err)
	}
	if now, _ := p.DeskDocument(ctx, id); now.Revision != it.Revision || now.Record.Version != 1 || now.State != "filed" {
		t.Fatalf("a refusal changed the document: %+v", now)
	}
	filed := func(version int) DeskItem {
		t.Helper()
		it := waitState(t, p, id, "filed")
		if it.Record.Version != version {
			t.Fatalf("version %d is filed, not %d", it.Record.Version, version)
		}
		return it
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(p.ChangeFiled(ctx, change(it, FiledCorrect, "1", date)))
	if it = filed(2); it.Record.Fields[postroom.LetterDate].Value != "2026-03-04" || it.Record.Replaces != 1 || it.Record.DecidedBy != "user:ann" {
		t.Errorf("the correction: %+v", it.Record)
	}
	ok(p.ChangeFiled(ctx, change(it, FiledRefile, "2", nil)))
	if it = filed(3); it.Record.Patient.NHSNumber != "9990000026" || it.Record.Replaces != 2 {
		t.Errorf("the other patient: %+v", it.Record.Patient)
	}
	if err := p.UndoOf(ctx, "ann", "another"); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("undo of another document: %v", err)
	}
	ok(p.UndoOf(ctx, "ann", id))
	if it = filed(4); it.Record.Patient.NHSNumber != "9990000018" || it.Record.Fields[postroom.LetterDate].Value != "2026-03-04" || it.Record.Replaces != 3 {
		t.Errorf("the other patient taken back: %+v", it.Record)
	}
	ok(p.UndoOf(ctx, "ann", id))
	if it = filed(5); it.Record.Fields[postroom.LetterDate].Value != "2026-03-01" {
		t.Errorf("the correction taken back: %+v", it.Record.Fields)
	}
	ok(p.ChangeFiled(ctx, change(it, FiledWithdraw, "", nil)))
	if it = filed(6); it.Record.Patient.NHSNumber != "" || it.Record.Return == nil {
		t.Errorf("withdrawn: %+v", it.Record)
	}
	back, err := p.Returns(ctx, false, nil, 10)
	if err != nil || len(back) != 1 || back[0].Record.DocumentID != id || !back[0].SendBy.After(back[0].At) {
		t.Errorf("what goes back: %+v, %v", back, err)
	}
	if none, _ := p.Returns(ctx, false, []string{"other"}, 10); len(none) != 0 {
		t.Error("somebody sees what goes back of a mailbox that is not theirs")
	}
	if err := p.ReturnSent(ctx, id, "ann", "pigeon"); !postroom.IsBadInput(err) {
		t.Errorf("sent by pigeon: %v", err)
	}
	ok(p.ReturnSent(ctx, id, "ann", "post"))
	if d, err := p.ReturnOf(ctx, id); err != nil || d.How != "post" || d.Sent.IsZero() {
		t.Errorf("sent back: %+v, %v", d, err)
	}
	if sent, _ := p.Returns(ctx, true, nil, 10); len(sent) != 1 {
		t.Error("what went back is not listed")
	}
	versions, err := p.Versions(ctx, id)
	if err != nil || len(versions) != 6 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	patients := map[int]string{}
	for _, v := range versions {
		patients[v.Version] = v.Patient.NHSNumber
		f, err := p.FiledPDF(ctx, id, v.Version)
		if err != nil {
			t.Errorf("the PDF of version %d: %v", v.Version, err)
			continue
		}
		if b, err := io.ReadAll(f); err != nil || len(b) == 0 {
			t.Errorf("the PDF of version %d: %d bytes, %v", v.Version, len(b), err)
		}
		f.Close()
	}
	if want := map[int]string{1: "9990000018", 2: "9990000018", 3: "9990000026", 4: "9990000018", 5: "9990000018", 6: ""}; !maps.Equal(patients, want) {
		t.Errorf("the versions are of %v", patients)
	}
	if _, err := p.FiledPDF(ctx, id, 7); !errors.Is(err, ErrNoDocument) {
		t.Errorf("the PDF of a version that never was: %v", err)
	}
	history, err := p.History(ctx, id)
	if err != nil || len(history) != 7 {
		t.Errorf("%d things were done, %v: %+v", len(history), err, history)
	}
	if _, _, err := p.WriteManifest(ctx); err != nil {
		t.Fatal(err)
	}
	soundDesk(t, p)
	_ = w
}

func TestFiledChangeTakenBackAtOnceSQLite(t *testing.T) {
	testTakenBackAtOnce(t, filepath.Join(t.TempDir(), "state.db"))
}

func TestFiledChangeTakenBackAtOncePostgres(t *testing.T) {
	testTakenBackAtOnce(t, servers.Postgres(t).NewDatabase())
}

// A correction that is taken back before it is filed leaves no version and no
// second line in a manifest.
func testTakenBackAtOnce(t *testing.T, where string) {
	ctx := t.Context()
	p, w := deskOf(t, where, Options{UndoFor: time.Hour}, "first letter")
	queue, _ := p.Queue(ctx, DeskFilter{})
	id := queue[0].Record.DocumentID
	p.opt.UndoFor = -1
	if err := p.FileByPerson(ctx, fileAs(queue[0], "ann")); err != nil {
		t.Fatal(err)
	}
	it := waitState(t, p, id, "filed")
	if _, _, err := p.WriteManifest(ctx); err != nil {
		t.Fatal(err)
	}
	p.opt.UndoFor = time.Hour
	c := FiledChange{DeskDecision: fileAs(it, "ann"), Action: FiledCorrect, Why: "it was wrong"}
	c.Fields[postroom.LetterDate] = "2026-03-05"
	if err := p.ChangeFiled(ctx, c); err != nil {
		t.Fatal(err)
	}
	if it, _ := p.DeskDocument(ctx, id); it.State != stateDocumentFiling || it.Record.Version != 2 {
		t.Fatalf("%s at version %d", it.State, it.Record.Version)
	}
	if err := p.UndoOf(ctx, "ann", id); err != nil {
		t.Fatal(err)
	}
	it, _ = p.DeskDocument(ctx, id)
	if it.State != "filed" || it.Record.Version != 1 || it.Record.Fields[postroom.LetterDate].Value != "2026-03-01" {
		t.Errorf("%s at version %d", it.State, it.Record.Version)
	}
	if _, key, err := p.WriteManifest(ctx); err != nil || key != "" {
		t.Errorf("a manifest lists it again: %q, %v", key, err)
	}
	if keys := w.keys("documents/"); len(keys) != 3 {
		t.Errorf("the store holds %v", keys)
	}
	soundDesk(t, p)
}
