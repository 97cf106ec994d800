package pipeline

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A mendedReader reads what it could not before once it is mended.
type mendedReader struct {
	*lineReader
	mended atomic.Bool
}

func (r *mendedReader) Count(ctx context.Context, a postroom.Attachment) (int, error) {
	n, err := r.lineReader.Count(ctx, a)
	if err != nil && r.mended.Load() {
		return 1, nil
	}
	return n, err
}

func (r *mendedReader) Read(ctx context.Context, a postroom.Attachment, n int, known func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	p, err := r.lineReader.Read(ctx, a, n, known)
	if err != nil && r.mended.Load() {
		return postroom.Page{Attachment: a.Name, Hash: a.Hash, Number: n, Width: 100, Height: 100, Confidence: 0.9,
			Words: []postroom.Word{{Text: "mended", Box: postroom.Box{0, 0, 9, 9}, Confidence: 0.9}}}, nil
	}
	return p, err
}

func (r *mendedReader) Look(_ context.Context, a postroom.Attachment, n int) (postroom.Page, error) {
	if strings.HasPrefix(a.Name, "1") {
		return postroom.Page{}, postroom.Bad(nil, "it cannot be shown", "")
	}
	return postroom.Page{Width: 100, Height: 140, DPIX: 100, DPIY: 100}, nil
}

func (*mendedReader) ReadTurned(context.Context, postroom.Attachment, int, int) (postroom.Page, error) {
	return postroom.Page{}, postroom.Bad(nil, "no", "")
}

func TestQuarantineSQLite(t *testing.T) {
	testQuarantineActions(t, filepath.Join(t.TempDir(), "state.db"))
}

func TestQuarantinePostgres(t *testing.T) {
	testQuarantineActions(t, servers.Postgres(t).NewDatabase())
}

// What could not be read is looked at, tried again, released as it is and put away, and
// every page keeps exactly one fate, also when it is taken back.
func testQuarantineActions(t *testing.T, where string) {
	ctx := t.Context()
	w := newWorld(where)
	r := &mendedReader{lineReader: w.reader}
	w.parts.Read, w.parts.Rule.FileTypes = r, nil
	p := w.open(t, Options{Work: true, UndoFor: -1})
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018", Family: "Ash", BirthDate: "1950-02-03"}}); err != nil {
		t.Fatal(err)
	}
	// A letter with a broken page, and a file that is locked.
	if _, err := p.Batch(ctx, []Source{newBox("good page\nbad\n\nlocked")}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	quarantined := func() []DeskItem {
		t.Helper()
		out, err := p.Queue(ctx, DeskFilter{State: postroom.Quarantined})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	q := quarantined()
	if len(q) != 1 || len(q[0].Record.OtherPages) != 2 {
		t.Fatalf("in quarantine: %+v", q)
	}
	id := q[0].Record.DocumentID
	m, err := p.MessageOf(ctx, id)
	if err != nil || len(m.Originals) != 3 || !m.Originals[0].Message || m.Originals[2].Problem == "" {
		t.Fatalf("the originals: %+v, %v", m.Originals, err)
	}
	_, f, err := p.OpenOriginal(ctx, id, m.Originals[2].Hash)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(f); string(b) != "locked" {
		t.Errorf("the original holds %q", b)
	}
	f.Close()
	if _, _, err := p.OpenOriginal(ctx, id, postroom.HashOf([]byte("other"))); !errors.Is(err, ErrNoDocument) {
		t.Errorf("a file of another message: %v", err)
	}
	decide := func() DeskDecision {
		t.Helper()
		it, err := p.DeskDocument(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return DeskDecision{Document: id, Revision: it.Revision, By: "ann"}
	}
	noted := func(text string) {
		t.Helper()
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			history, err := p.History(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range history {
				if strings.Contains(e.Why, text) {
					return
				}
			}
			if time.Since(began) > 15*time.Second {
				t.Fatalf("nobody noted %q: %+v", text, history)
			}
		}
	}
	// As nothing is mended, another try changes nothing.
	before := decide()
	if err := p.RetryQuarantined(ctx, before); err != nil {
		t.Fatal(err)
	}
	noted("another try ended the same way")
	if rows := trailRows(t, p, AuditFilter{Person: "user:ann", Action: "desk_retry"}); len(rows) != 1 || rows[0].Document != before.Document {
		t.Errorf("the trail of another try: %+v", rows)
	}
	if decide().Revision != before.Revision {
		t.Error("a try that gave nothing changed the document")
	}
	stale := before
	stale.Revision--
	if err := p.RetryQuarantined(ctx, stale); !errors.Is(err, ErrChanged) {
		t.Errorf("another try at what was not seen: %v", err)
	}
	// Released as it is: the broken page can be shown, the locked file not.
	first, err := p.ReleaseQuarantined(ctx, before)
	if err != nil {
		t.Fatal(err)
	}
	released, err := p.DeskDocument(ctx, first)
	if err != nil || released.State != "review" || len(released.Record.Pages) != 1 || released.Record.Pages[0].Height != 140 {
		t.Fatalf("released: %+v, %v", released, err)
	}
	if pages, err := p.DeskPages(ctx, first); err != nil || len(pages) != 1 || len(pages[0].Words) != 0 {
		t.Errorf("its pages: %+v, %v", pages, err)
	}
	if left := quarantined(); len(left) != 1 || len(left[0].Record.OtherPages) != 1 || left[0].Record.OtherPages[0].Reason != "it is locked; ask the sender" {
		t.Errorf("left in quarantine: %+v", left)
	}
	soundDesk(t, p)
	if back, err := p.Undo(ctx, "ann"); err != nil || back != id {
		t.Fatal(back, err)
	}
	if left := quarantined(); len(left) != 1 || len(left[0].Record.OtherPages) != 2 {
		t.Errorf("taken back: %+v", left)
	}
	soundDesk(t, p)
	// Mended, everything is read.
	r.mended.Store(true)
	if err := p.RetryQuarantined(ctx, decide()); err != nil {
		t.Fatal(err)
	}
	waitState(t, p, id, "discarded")
	queue, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(queue) != 3 {
		t.Fatalf("%d wait, %v", len(queue), err)
	}
	for _, it := range queue[1:] {
		if it.State != "review" || len(it.Record.Text) != 1 || it.Record.Text[0] == "" || !strings.Contains(it.Record.Reasons[0], "another try") {
			t.Errorf("read at another try: %+v", it.Record)
		}
	}
	soundDesk(t, p)
	if _, err := p.Undo(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	soundDesk(t, p)
	if left := quarantined(); len(left) != 1 || len(left[0].Record.OtherPages) != 2 || left[0].Record.OtherPages[1].Page == 0 {
		t.Errorf("taken back: %+v", left)
	}
	// Tried again after that, the documents are the same ones.
	if err := p.RetryQuarantined(ctx, decide()); err != nil {
		t.Fatal(err)
	}
	waitState(t, p, id, "discarded")
	again, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(again) != 3 || again[1].Record.DocumentID != queue[1].Record.DocumentID {
		t.Errorf("%d wait, %v", len(again), err)
	}
	if err := p.FileByPerson(ctx, fileAs(again[1], "ann")); err != nil {
		t.Fatal(err)
	}
	waitState(t, p, again[1].Record.DocumentID, "filed")
	soundDesk(t, p)
}

func TestCopiesSQLite(t *testing.T) { testCopies(t, filepath.Join(t.TempDir(), "state.db")) }

func TestCopiesPostgres(t *testing.T) { testCopies(t, servers.Postgres(t).NewDatabase()) }

// What looks like a copy is kept beside its like, or put away.
func testCopies(t *testing.T, where string) {
	ctx := t.Context()
	p, _ := deskOf(t, where, Options{UndoFor: -1}, "the same letter", "the same letter\n\nanother letter")
	queue, err := p.Queue(ctx, DeskFilter{Why: WhyCopy})
	if err != nil || len(queue) != 1 {
		t.Fatalf("%d copies, %v", len(queue), err)
	}
	d := DeskDecision{Document: queue[0].Record.DocumentID, Revision: queue[0].Revision, By: "ann"}
	if err := p.KeepBoth(ctx, d); err != nil {
		t.Fatal(err)
	}
	it, err := p.DeskDocument(ctx, d.Document)
	if err != nil || it.State != "review" || it.Record.DuplicateOf != nil || it.Why&WhyCopy != 0 || it.Record.DecidedBy != "postroom" {
		t.Errorf("kept beside its like: %+v, %v", it, err)
	}
	for _, s := range it.Record.Reasons {
		if strings.Contains(s, "sent again") {
			t.Errorf("it still says %q", s)
		}
	}
	if err := p.KeepBoth(ctx, d); !errors.Is(err, ErrChanged) {
		t.Errorf("a second time: %v", err)
	}
	d.Revision = it.Revision
	if err := p.KeepBoth(ctx, d); !postroom.IsBadInput(err) {
		t.Errorf("what is no copy: %v", err)
	}
	if _, err := p.Undo(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	if it, _ := p.DeskDocument(ctx, d.Document); it.Record.DuplicateOf == nil {
		t.Error("taking it back does not make it a copy again")
	}
	soundDesk(t, p)
}
