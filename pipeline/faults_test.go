package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/postroom/postroom"
)

// A gateUnpacker lets a number of attempts go on only when all have come.
type gateUnpacker struct {
	lineUnpacker
	all *sync.WaitGroup
}

func (g gateUnpacker) Unpack(ctx context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error) {
	g.all.Done()
	g.all.Wait()
	return g.lineUnpacker.Unpack(ctx, m, raw, dir)
}

// A patientReader reads the page "forever" until it is told to stop.
type patientReader struct {
	*lineReader
	begun chan struct{}
}

func (r patientReader) Read(ctx context.Context, a postroom.Attachment, n int, known func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	if b, err := os.ReadFile(a.Path); err != nil || string(b) != "forever" {
		return r.lineReader.Read(ctx, a, n, known)
	}
	close(r.begun)
	<-ctx.Done()
	return postroom.Page{}, ctx.Err()
}

func (s *boxSource) fill(t *testing.T, p *Pipeline) {
	t.Helper()
	if err := s.Receive(t.Context(), p.Intake()); err != nil {
		t.Fatal(err)
	}
}

// testFaults are the cases in which something is killed, away or in the way.
func testFaults(t *testing.T, where func(*testing.T) string) {
	batch := func(t *testing.T, p *Pipeline, s ...Source) BatchResult {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		res, err := p.Batch(ctx, s, time.Minute, nil)
		if err != nil || len(res.Trouble) > 0 || res.Stalled {
			t.Fatalf("%v, trouble %v, stalled %v", err, res.Trouble, res.Stalled)
		}
		return res
	}
	records := func(t *testing.T, p *Pipeline) map[postroom.Status]int {
		t.Helper()
		out := map[postroom.Status]int{}
		if err := p.Records(t.Context(), func(r postroom.Record) error { out[r.Status]++; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	exec := func(t *testing.T, p *Pipeline, sql string, args ...any) {
		t.Helper()
		if _, err := p.db.exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	count := func(t *testing.T, p *Pipeline, sql string, args ...any) (n int) {
		t.Helper()
		if err := p.db.row(t.Context(), sql, args...).scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	sound := func(t *testing.T, p *Pipeline) {
		t.Helper()
		a, err := p.Reconcile(t.Context(), ReconcileOptions{Deep: true})
		if err != nil || !a.Sound() {
			t.Errorf("%v, findings %+v", err, a.Findings)
		}
	}

	t.Run("work without a job is found, and led on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		var back atomic.Bool
		down := &postroom.Problem{Kind: postroom.Temporary, Reason: "it is away"}
		w.reader.fail = func(line string) error {
			if !back.Load() && line == "later" {
				return down
			}
			return nil
		}
		w.objects.fail = func(key string) error {
			if !back.Load() && strings.HasPrefix(key, "documents/") {
				return down
			}
			return nil
		}
		p := w.open(t, Options{Work: true})
		if _, err := p.ImportPatients(t.Context(), []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
			t.Fatal(err)
		}
		newBox("now", "later").fill(t, p)
		for deadline := time.Now().Add(20 * time.Second); count(t, p, `SELECT COUNT(*) FROM messages WHERE state IN ('filing', 'reading')`) < 2; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the messages do not come that far")
			}
		}
		if a, err := p.Reconcile(t.Context(), ReconcileOptions{}); err != nil || kinds(a)[Stuck] != 0 {
			t.Errorf("%v: what waits for another try is no stuck work: %+v", err, a.Findings)
		}
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		third := newBox("third")
		third.name = "another"
		third.fill(t, p)
		exec(t, p, `DELETE FROM river_job`)
		a, err := p.Reconcile(t.Context(), ReconcileOptions{})
		if err != nil || kinds(a)[Stuck] != 3 || a.Sound() {
			t.Errorf("%v, findings %+v", err, a.Findings)
		}
		a, err = p.Reconcile(t.Context(), ReconcileOptions{Repair: true})
		if err != nil || kinds(a)[Stuck] != 3 || count(t, p, `SELECT COUNT(*) FROM river_job`) != 3 {
			t.Errorf("%v, findings %+v", err, a.Findings)
		}
		// A start does the same by itself.
		exec(t, p, `DELETE FROM river_job`)
		back.Store(true)
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		batch(t, p)
		if n := records(t, p); n[postroom.Filed] != 3 {
			t.Errorf("records %v", n)
		}
		sound(t, p)
	})

	t.Run("a message that cannot be decided costs no other one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		gate := make(chan struct{})
		w.reader.fail = func(line string) error {
			if line == "first" {
				<-gate
			}
			return nil
		}
		p := w.open(t, Options{Work: true, Backoff: time.Millisecond})
		newBox("first", "second", "third").fill(t, p)
		for deadline := time.Now().Add(20 * time.Second); count(t, p, `SELECT COUNT(*) FROM drafts`) < 2; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the messages are not sorted")
			}
		}
		exec(t, p, `UPDATE drafts SET body = '{' WHERE message = ?`, string(postroom.HashOf([]byte("second"))))
		close(gate)
		batch(t, p)
		status := map[postroom.Hash]postroom.Status{}
		if err := p.Records(t.Context(), func(r postroom.Record) error { status[r.Message.Hash] = r.Status; return nil }); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]postroom.Status{"first": postroom.InReview, "second": postroom.Quarantined, "third": postroom.InReview} {
			if got := status[postroom.HashOf([]byte(text))]; got != want {
				t.Errorf("%s: %q, want %q", text, got, want)
			}
		}
		sound(t, p)
	})

	t.Run("a job that gives up leaves alone what another attempt brought on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		batch(t, p, newBox("one"))
		id := string(postroom.HashOf([]byte("one")))
		if err := p.quarantineMessage(t.Context(), id, "too late", stateTaken); err != nil {
			t.Fatal(err)
		}
		if err := p.quarantineMessage(t.Context(), id, "too late", stateRead, stateSorted); err != nil {
			t.Fatal(err)
		}
		if n := records(t, p); n[postroom.InReview] != 1 || len(n) != 1 {
			t.Errorf("records %v", n)
		}
	})

	t.Run("a message whose readings are gone ends in quarantine", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		w.parts.Sorter = func([]postroom.Patient) (Sorter, error) { return nil, errors.New("no sorter") }
		p := w.open(t, Options{Work: true, Backoff: time.Hour})
		newBox("one\ntwo").fill(t, p)
		for deadline := time.Now().Add(20 * time.Second); count(t, p, `SELECT COUNT(*) FROM messages WHERE state = 'read'`) < 1; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the message is not read")
			}
		}
		exec(t, p, `DELETE FROM readings`)
		if err := p.quarantineMessage(t.Context(), string(postroom.HashOf([]byte("one\ntwo"))), "what was read is gone", stateRead, stateSorted); err != nil {
			t.Fatal(err)
		}
		a, err := p.Reconcile(t.Context(), ReconcileOptions{})
		if err != nil || !a.Sound() || a.Fates[postroom.FateQuarantined] != 2 {
			t.Errorf("%v, %+v", err, a)
		}
	})

	t.Run("a message that is read by two at once is read once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		gate := &sync.WaitGroup{}
		gate.Add(2)
		w.parts.Unpack = gateUnpacker{all: gate}
		a, b := w.open(t, Options{}), w.open(t, Options{})
		newBox("one\ntwo\n\nthree").fill(t, a)
		id := string(postroom.HashOf([]byte("one\ntwo\n\nthree")))
		errs := make(chan error, 2)
		for _, p := range []*Pipeline{a, b} {
			go func() { errs <- p.readMessage(t.Context(), id) }()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := count(t, a, `SELECT COUNT(*) FROM river_job WHERE kind = 'read_page'`); n != 3 {
			t.Errorf("%d jobs for 3 pages", n)
		}
	})

	t.Run("a job that ends its process again and again ends in quarantine", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		looking := w.open(t, Options{})
		newBox("deadly").fill(t, looking)
		exec(t, looking, `UPDATE river_job SET attempt = ?`, maxDeaths)
		p := w.open(t, Options{Work: true})
		batch(t, p)
		if n := records(t, p); n[postroom.Quarantined] != 1 {
			t.Errorf("records %v", n)
		}
		sound(t, p)
	})

	t.Run("only waiting for a fault counts, not lying in the queue", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		var mu sync.Mutex
		failed := false
		w.reader.fail = func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if !failed {
				failed = true
				return &postroom.Problem{Kind: postroom.Temporary, Reason: "it is away"}
			}
			return nil
		}
		p := w.open(t, Options{Work: true})
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		newBox("one").fill(t, p)
		if err := p.readMessage(t.Context(), string(postroom.HashOf([]byte("one")))); err != nil {
			t.Fatal(err)
		}
		exec(t, p, `UPDATE river_job SET created_at = ?`, time.Now().Add(-72*time.Hour).UTC())
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		batch(t, p)
		if n := records(t, p); n[postroom.InReview] != 1 || n[postroom.Quarantined] != 0 {
			t.Errorf("records %v", n)
		}
	})

	t.Run("the queue keeps no text of an error", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		fails := 2
		w.reader.fail = func(string) error {
			if fails--; fails >= 0 {
				return fmt.Errorf("read: %w", errors.New("Mrs Example was born in 1948"))
			}
			return nil
		}
		p := w.open(t, Options{Work: true, Backoff: time.Millisecond})
		batch(t, p, newBox("one"))
		if n := count(t, p, `SELECT COUNT(*) FROM river_job WHERE CAST(errors AS TEXT) LIKE '%Example%'`); n != 0 {
			t.Error("the error's text is in the queue's table")
		}
	})

	t.Run("a mailbox whose reader was killed is read, one whose reader lives is not", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		lease := func(holder string, ago time.Duration) {
			exec(t, p, `DELETE FROM leases`)
			exec(t, p, `INSERT INTO leases (name, holder, expires) VALUES ('source inbox', ?, `+p.db.clock()+` + 40000000)`, holder)
			exec(t, p, `INSERT INTO workers (id, seen) VALUES (?, `+p.db.clock()+` - ?)`, holder, ago.Microseconds())
		}
		lease("killed", time.Hour)
		start := time.Now()
		if res := batch(t, p, newBox("one")); len(res.Busy) > 0 || time.Since(start) > 30*time.Second || records(t, p)[postroom.InReview] != 1 {
			t.Errorf("busy %v, records %v", res.Busy, records(t, p))
		}
		if p.db.exclusive() {
			return // every other process is dead there
		}
		lease("alive", 0)
		renewing, stop := context.WithCancel(t.Context())
		defer stop()
		go func() {
			for renewing.Err() == nil {
				time.Sleep(200 * time.Millisecond)
				p.db.exec(renewing, `UPDATE leases SET expires = expires + 1 WHERE holder = 'alive'`)
			}
		}()
		if res := batch(t, p, newBox("two")); len(res.Busy) != 1 {
			t.Errorf("busy %v", res.Busy)
		}
	})

	t.Run("a job whose end could not be noted is handed back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{})
		newBox("one").fill(t, p)
		if p.db.exclusive() {
			exec(t, p, `UPDATE river_job SET state = 'running', attempted_by = jsonb(?)`, string(mustJSON([]string{p.id})))
		} else {
			exec(t, p, `UPDATE river_job SET state = 'running', attempted_by = ARRAY[?::text]`, p.id)
		}
		var id int64
		if err := p.db.row(t.Context(), `SELECT id FROM river_job`).scan(&id); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what  string
			begin bool
			ago   time.Duration
			want  int
		}{{"missed just now", false, 0, 0}, {"at hand", true, time.Hour, 0}, {"missed for long", false, time.Hour, 1}} {
			end := func() {}
			if c.begin {
				end = p.atHand.begin(id)
			}
			p.atHand.lost = map[int64]time.Time{id: time.Now().Add(-c.ago)}
			if err := p.handBackLost(t.Context()); err != nil {
				t.Fatal(err)
			}
			end()
			if n := count(t, p, `SELECT COUNT(*) FROM river_job WHERE state = 'available'`); n != c.want {
				t.Errorf("%s: %d jobs handed back", c.what, n)
			}
		}
	})

	t.Run("clocks of machines need not agree", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		slow := w.open(t, Options{Now: func() time.Time { return time.Now().Add(-time.Hour) }})
		if slow.db.exclusive() {
			return // one machine, one clock
		}
		slow.opt.Work = true
		newBox("one").fill(t, slow)
		exec(t, slow, `UPDATE river_job SET state = 'running', attempted_by = ARRAY[?::text]`, slow.id)
		if err := slow.beat(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		other := w.open(t, Options{})
		other.opt.Work = true
		if err := other.beat(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if n := count(t, other, `SELECT COUNT(*) FROM river_job WHERE state = 'running'`); n != 1 {
			t.Error("the work of a machine whose clock is behind was taken from it")
		}
	})

	t.Run("a clock that is moved back stops nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		looking := w.open(t, Options{})
		newBox("one").fill(t, looking)
		tomorrow := `now() + interval '1 day'`
		if looking.db.exclusive() {
			tomorrow = `datetime('now', '+1 day')`
		}
		exec(t, looking, `UPDATE river_job SET scheduled_at = `+tomorrow)
		p := w.open(t, Options{Work: true})
		batch(t, p)
	})

	t.Run("work that does not end in time is handed back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		reader := patientReader{w.reader, make(chan struct{})}
		w.parts.Read = reader
		p := w.open(t, Options{Work: true})
		newBox("forever").fill(t, p)
		<-reader.begun
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, p, `SELECT COUNT(*) FROM river_job WHERE kind = 'read_page' AND state = 'available' AND attempt = 0`); n != 1 {
			t.Error("the job was not handed back as it was")
		}
		if n := count(t, p, `SELECT COUNT(*) FROM workers`); n != 0 {
			t.Error("it still counts as a worker that lives")
		}
	})

	t.Run("faults of the database that pass are told from ours", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{})
		_, ours := p.db.exec(t.Context(), `SELECT no_such_column FROM messages`)
		if ours == nil || isTemporary(ours) {
			t.Errorf("a fault of ours: %v", ours)
		}
		if p.db.exclusive() {
			exec(t, p, `PRAGMA max_page_count = 1`)
			_, full := p.db.exec(t.Context(), `INSERT INTO settings (name, value) VALUES ('long', ?)`, strings.Repeat("x", 1<<20))
			if !isTemporary(full) {
				t.Errorf("a full disk: %v", full)
			}
			return
		}
		err := p.db.inTx(t.Context(), func(x tx) error {
			_, err := x.exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
			return err
		})
		if !isTemporary(err) {
			t.Errorf("a server that restarts: %v", err)
		}
	})

	t.Run("what was counted before is not counted again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		counted := &tally{p: p}
		var mark int64
		for i, mails := range [][]string{{"one", "two\nthree"}, {"four\nbad"}} {
			box := newBox(mails...)
			box.name = fmt.Sprint(i)
			var err error
			if mark, err = p.Mark(t.Context()); err != nil {
				t.Fatal(err)
			}
			box.fill(t, p)
			if g, err := counted.progress(t.Context()); err != nil || g.Messages != 2+i || g.Left() < 0 {
				t.Errorf("%v, %+v", err, g)
			}
			batch(t, p)
		}
		g, err := counted.progress(t.Context())
		if err != nil || g.Messages != 3 || g.MessagesDone != 3 || g.Pages != 5 || g.PagesDone != 5 || counted.messages != 3 {
			t.Errorf("%v, %+v", err, g)
		}
		var since []string
		if err := p.RecordsSince(t.Context(), mark, func(r postroom.Record) error {
			since = append(since, string(r.Status))
			return nil
		}); err != nil || strings.Join(since, " ") != "review quarantined" {
			t.Errorf("%v, %q", err, since)
		}
	})
}

func kinds(a Account) map[FindingKind]int {
	n := map[FindingKind]int{}
	for _, f := range a.Findings {
		n[f.Kind]++
	}
	return n
}

func TestWaitingForAFaultToPass(t *testing.T) {
	for n, want := range map[int][2]time.Duration{0: {time.Second, 0}, 1: {2 * time.Second, time.Second}, 3: {8 * time.Second, 7 * time.Second}} {
		next, before := snoozed([]byte(fmt.Sprintf(`{"snoozes": %d}`, n)))
		if next != want[0] || before != want[1] {
			t.Errorf("after %d: next %s, before %s", n, next, before)
		}
	}
	if _, before := snoozed([]byte(`{"snoozes": 300}`)); before < 24*time.Hour || before > 26*time.Hour {
		t.Errorf("300 tries take %s", before)
	}
}

// A job's time may be over when it is given up; the end must be noted all the same.
func TestTheEndIsNotedWhenTheTimeIsOver(t *testing.T) {
	noted := errors.New("not called")
	w := &jobWorker[sortMessageArgs]{p: &Pipeline{log: quiet, opt: Options{GiveUp: time.Hour}},
		work:   func(ctx context.Context, _ sortMessageArgs) error { return ctx.Err() },
		giveUp: func(ctx context.Context, _ sortMessageArgs, _ string) error { noted = ctx.Err(); return noted },
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	job := &river.Job[sortMessageArgs]{JobRow: &rivertype.JobRow{Attempt: 5, Errors: make([]rivertype.AttemptError, 4)}}
	if err := w.Work(ctx, job); err != nil || noted != nil {
		t.Errorf("%v, noted %v", err, noted)
	}
	// When that fails the job must stay: River would discard it at its bound.
	w.giveUp = func(context.Context, sortMessageArgs, string) error { return errors.New("down") }
	if err := w.Work(ctx, job); err == nil {
		t.Error("the job ended though its end is not noted")
	}
	for _, a := range []river.JobArgsWithInsertOpts{readMessageArgs{}, readPageArgs{}, sortMessageArgs{}, fileDocumentArgs{}} {
		if a.InsertOpts().MaxAttempts < 1000 {
			t.Errorf("River discards %s jobs after %d attempts", a.(river.JobArgs).Kind(), a.InsertOpts().MaxAttempts)
		}
	}
}

// A full disk is no reason to quarantine what arrived, however often it is tried.
func TestAFullDiskIsWaitedFor(t *testing.T) {
	w := &jobWorker[sortMessageArgs]{p: &Pipeline{log: quiet, opt: Options{GiveUp: time.Hour}},
		work: func(context.Context, sortMessageArgs) error {
			return fmt.Errorf("fetch: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
		},
		giveUp: func(context.Context, sortMessageArgs, string) error { t.Error("given up"); return nil },
	}
	job := &river.Job[sortMessageArgs]{JobRow: &rivertype.JobRow{Attempt: 5, Errors: make([]rivertype.AttemptError, 4)}}
	var snooze *rivertype.JobSnoozeError
	if err := w.Work(t.Context(), job); !errors.As(err, &snooze) {
		t.Errorf("%v", err)
	}
}

func TestPostgresFaultsThatPass(t *testing.T) {
	for code, want := range map[string]bool{"57P01": true, "53300": true, "53100": true, "40P01": true, "08006": true, "25006": true, "23505": false, "42703": false} {
		if got := isTemporary(databaseFault(fmt.Errorf("x: %w", &pgconn.PgError{Code: code}))); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
	if err := databaseFault(errNoRows); err != errNoRows {
		t.Error(err)
	}
}
