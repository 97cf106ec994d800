package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func TestSQLite(t *testing.T) {
	where := func(t *testing.T) string { return filepath.Join(t.TempDir(), "state.db") }
	testPipeline(t, where)
	testFaults(t, where)
}

func TestPostgres(t *testing.T) {
	server := servers.Postgres(t)
	where := func(*testing.T) string { return server.NewDatabase() }
	testPipeline(t, where)
	testFaults(t, where)
}

func testPipeline(t *testing.T, where func(*testing.T) string) {
	batch := func(t *testing.T, p *Pipeline, s ...Source) BatchResult {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		res, err := p.Batch(ctx, s, time.Minute, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Trouble) > 0 || res.Stalled {
			t.Fatalf("trouble %v, stalled %v", res.Trouble, res.Stalled)
		}
		return res
	}
	records := func(t *testing.T, p *Pipeline) []postroom.Record {
		t.Helper()
		var out []postroom.Record
		if err := p.Records(t.Context(), func(r postroom.Record) error { out = append(out, r); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	sound := func(t *testing.T, p *Pipeline) Account {
		t.Helper()
		a, err := p.Reconcile(t.Context(), ReconcileOptions{Deep: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Findings {
			t.Errorf("finding: %s %s: %s", f.Kind, f.What, f.Why)
		}
		return a
	}
	withPatients := func(t *testing.T, p *Pipeline) {
		t.Helper()
		if _, err := p.ImportPatients(t.Context(), []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("every page has one fate and the inbox is empty", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		withPatients(t, p)
		box := newBox("one letter", "two\nblank\nbad\nthree", "locked\n\nfour", "", "blank\nblank", "stranger five")
		res := batch(t, p, box)
		if len(box.mail) != 0 {
			t.Errorf("left in the inbox: %v", box.mail)
		}
		for uid, want := range map[uint32]postroom.ArrivalState{1: postroom.ArrivalProcessed, 2: postroom.ArrivalProblem, 3: postroom.ArrivalProblem,
			4: postroom.ArrivalProblem, 5: postroom.ArrivalProcessed, 6: postroom.ArrivalProcessed} {
			if box.done[uid] != want {
				t.Errorf("message %d ended as %v, want %v", uid, box.done[uid], want)
			}
		}
		a := sound(t, p)
		if a.Pages != 9 || a.Fates[postroom.FateDocument] != 5 || a.Fates[postroom.FateBlank] != 3 || a.Fates[postroom.FateQuarantined] != 1 {
			t.Errorf("pages %d, fates %v", a.Pages, a.Fates)
		}
		if a.Documents[postroom.Filed] != 4 || a.Documents[postroom.InReview] != 1 || a.Documents[postroom.Quarantined] != 3 || a.Documents[postroom.Discarded] != 1 {
			t.Errorf("documents %v", a.Documents)
		}
		if res.Manifest == "" || strings.Count(string(w.objects.m[res.Manifest]), "\n") != 4 {
			t.Errorf("manifest %q: %s", res.Manifest, w.objects.m[res.Manifest])
		}
		if got := len(w.keys("documents/")); got != 12 {
			t.Errorf("%d objects under documents/, want 12", got)
		}

		// A second run does nothing, though the mail comes back under new UIDs.
		before := len(w.objects.m)
		box.mail[50] = "one letter"
		res = batch(t, p, box)
		if res.Manifest != "" || len(w.objects.m) != before || len(records(t, p)) != 9 || len(box.mail) != 0 {
			t.Errorf("the second run wrote something: %+v, %d objects, %d records, %d mails", res, len(w.objects.m), len(records(t, p)), len(box.mail))
		}
	})

	t.Run("a cover sheet alone waits for a person", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		withPatients(t, p)
		batch(t, p, newBox("cover", "cover\none letter", "blank\ncover"))
		var got []string
		for _, r := range records(t, p) {
			got = append(got, string(r.Status))
			if r.Status == postroom.Quarantined && (len(r.Reasons) != 1 || !strings.HasPrefix(r.Reasons[0], "only a cover sheet came")) {
				t.Errorf("reasons %q", r.Reasons)
			}
		}
		slices.Sort(got)
		if want := []string{"filed", "quarantined", "quarantined"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if a := sound(t, p); a.Fates[postroom.FateCover] != 3 || a.Fates[postroom.FateBlank] != 1 {
			t.Errorf("fates %v", a.Fates)
		}
	})

	t.Run("what was read is not read again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		batch(t, p, newBox("a b c\nd e f"))
		again := newBox("a b c\nd e f\n\nmore")
		again.name = "another inbox"
		batch(t, p, again)
		if w.reader.reads != 3 {
			t.Errorf("%d pages were read, want 3", w.reader.reads)
		}
	})

	t.Run("the same image in another file is not read again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		w.reader.images = true
		p := w.open(t, Options{Work: true})
		batch(t, p, newBox("a b c\nd e f"))
		// A second process, as on another machine, with nothing but the database in common.
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		second := w.open(t, Options{Work: true})
		again := newBox("d e f\nnew\na b c")
		again.name = "another inbox"
		batch(t, second, again)
		if w.reader.reads != 3 {
			t.Errorf("%d pages were read, want 3", w.reader.reads)
		}
		rs := records(t, second)
		if len(rs) < 2 || !slices.Contains(rs[len(rs)-1].Text, "a b c") || rs[len(rs)-1].Pages[len(rs[len(rs)-1].Pages)-1].Page != 3 {
			t.Errorf("the records are %+v", rs)
		}
		sound(t, second)
	})

	t.Run("a file that comes ten times at once is read once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true, Readers: 8})
		mails := make([]string, 10)
		for i := range mails {
			mails[i] = fmt.Sprintf("slow page\n\nmail %d", i)
		}
		w.reader.fail = func(string) error {
			time.Sleep(300 * time.Millisecond)
			return nil
		}
		batch(t, p, newBox(mails...))
		if w.reader.reads != 1+len(mails) {
			t.Errorf("%d pages were read, want %d", w.reader.reads, 1+len(mails))
		}
	})

	t.Run("a copy is held as a duplicate of the first, whichever was read first", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		slow := make(chan struct{})
		w.reader.fail = func(line string) error {
			if line == "wait" {
				<-slow
			}
			return nil
		}
		p := w.open(t, Options{Work: true, Readers: 4})
		withPatients(t, p)
		time.AfterFunc(700*time.Millisecond, func() { close(slow) })
		batch(t, p, newBox("a b c d e f\nwait", "a b c d e f\nother page here", "g h i"))
		rs := records(t, p)
		if len(rs) != 5 {
			t.Fatalf("%d records", len(rs))
		}
		if rs[0].DuplicateOf != nil || rs[2].DuplicateOf == nil || *rs[2].DuplicateOf != rs[0].DocumentID || rs[2].Status != postroom.InReview {
			t.Errorf("first %v, copy %v (%s)", rs[0].DuplicateOf, rs[2].DuplicateOf, rs[2].Status)
		}
		sound(t, p)
	})

	t.Run("like documents of one long message do not hide the earlier one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true, Readers: 4})
		withPatients(t, p)
		const long = postroom.ManyPages + 6
		batch(t, p, newBox("a b c d e f", strings.Repeat("a b c d e f\n", long-1)+"bad"))
		rs := records(t, p)
		if len(rs) != 1+long || rs[long].Status != postroom.Quarantined || len(rs[long].OtherPages) != 1 {
			t.Fatalf("%d records, the last %s", len(rs), rs[len(rs)-1].Status)
		}
		for i, r := range rs[1:long] {
			if r.DuplicateOf == nil || *r.DuplicateOf != rs[0].DocumentID || r.Pages[0].Page != i+1 || r.Text[0] != "a b c d e f" {
				t.Errorf("page %d: a copy of %v, text %q", r.Pages[0].Page, r.DuplicateOf, r.Text)
			}
		}
		var left int64
		if err := p.db.row(t.Context(), `SELECT COUNT(*) FROM draft_parts`).scan(&left); err != nil || left != 0 {
			t.Errorf("%d drafts are left: %v", left, err)
		}
		sound(t, p)
	})

	t.Run("a fault that passes is tried again and does not hold up the others", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		fails := 2
		w.reader.fail = func(line string) error {
			if line == "flaky" && fails > 0 {
				fails--
				return &postroom.Problem{Kind: postroom.Temporary, Reason: "the weather is bad"}
			}
			return nil
		}
		p := w.open(t, Options{Work: true})
		withPatients(t, p)
		batch(t, p, newBox("flaky", "steady"))
		rs := records(t, p)
		if len(rs) != 2 || rs[0].Status != postroom.Filed || rs[1].Status != postroom.Filed {
			t.Errorf("records %+v", rs)
		}
		sound(t, p)
	})

	t.Run("a fault that never passes ends in quarantine with its reason", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		w.reader.fail = func(line string) error {
			if line == "stuck" {
				return &postroom.Problem{Kind: postroom.Temporary, Reason: "the engine is away"}
			}
			return nil
		}
		p := w.open(t, Options{Work: true, GiveUp: 2 * time.Second})
		batch(t, p, newBox("stuck\nfine"))
		var reasons []string
		for _, r := range records(t, p) {
			if r.Status == postroom.Quarantined {
				reasons = append(reasons, r.Reasons...)
			}
		}
		if !strings.Contains(strings.Join(reasons, "\n"), "the engine is away") {
			t.Errorf("reasons %q", reasons)
		}
		sound(t, p)
	})

	t.Run("a crash of a stage ends in quarantine without quoting the page", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true, Backoff: time.Millisecond})
		batch(t, p, newBox("panic", "fine"))
		rs := records(t, p)
		if len(rs) != 2 || rs[0].Status != postroom.Quarantined {
			t.Fatalf("records %+v", rs)
		}
		if strings.Contains(string(mustJSON(rs[0])), "patient data") {
			t.Error("the panic's text went into the record")
		}
		sound(t, p)
	})

	t.Run("the store being down loses nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		down := true
		w.objects.fail = func(key string) error {
			if down && strings.HasPrefix(key, "documents/") {
				return &postroom.Problem{Kind: postroom.Temporary, Reason: "the store is down"}
			}
			return nil
		}
		p := w.open(t, Options{Work: true})
		withPatients(t, p)
		time.AfterFunc(2*time.Second, func() { w.objects.mu.Lock(); down = false; w.objects.mu.Unlock() })
		batch(t, p, newBox("one", "two"))
		for _, r := range records(t, p) {
			if r.Status != postroom.Filed {
				t.Errorf("%s: %v", r.Status, r.Reasons)
			}
		}
		sound(t, p)
	})

	t.Run("nothing is committed when the bytes cannot be stored", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		w.objects.fail = func(string) error { return errors.New("down") }
		p := w.open(t, Options{})
		err := p.Intake().Take(t.Context(), postroom.Arrival{ID: postroom.ArrivalID{Source: "x", UID: 1}}, strings.NewReader("text"))
		if err == nil {
			t.Fatal("no error")
		}
		states, err := p.Intake().States(t.Context(), []postroom.ArrivalID{{Source: "x", UID: 1}})
		if err != nil || states[0] != postroom.ArrivalNew {
			t.Errorf("state %v, %v", states, err)
		}
	})

	t.Run("work of a process that died is taken over", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		dead := w.open(t, Options{})
		in := dead.Intake()
		for i := range 5 {
			if err := in.Take(t.Context(), postroom.Arrival{ID: postroom.ArrivalID{Source: "x", UID: uint32(i + 1)}}, strings.NewReader(fmt.Sprintf("text %d", i))); err != nil {
				t.Fatal(err)
			}
		}
		// As a killed process leaves them: running, by a worker that is silent.
		if dead.db.exclusive() {
			if _, err := dead.db.exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP, attempted_by = jsonb('["gone"]')`); err != nil {
				t.Fatal(err)
			}
		} else if _, err := dead.db.exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = ARRAY['gone']`); err != nil {
			t.Fatal(err)
		}
		p := w.open(t, Options{Work: true})
		batch(t, p)
		if n := len(records(t, p)); n != 5 {
			t.Errorf("%d records, want 5", n)
		}
		sound(t, p)
	})

	t.Run("one process at a time holds a lease", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		a, b := w.open(t, Options{}), w.open(t, Options{})
		held, err := a.WithLease(t.Context(), "box", func(ctx context.Context) error {
			held, err := b.WithLease(ctx, "box", func(context.Context) error { t.Error("both hold it"); return nil })
			if held || err != nil {
				t.Errorf("held %v, %v", held, err)
			}
			return nil
		})
		if !held || err != nil {
			t.Fatalf("held %v, %v", held, err)
		}
		if held, err := b.WithLease(t.Context(), "box", func(context.Context) error { return nil }); !held || err != nil {
			t.Errorf("after it was given back: held %v, %v", held, err)
		}
	})

	t.Run("reconcile finds what is missing, altered and orphaned", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		withPatients(t, p)
		batch(t, p, newBox("one", "two", "three"))
		docs := w.keys("documents/")
		w.objects.mu.Lock()
		delete(w.objects.m, docs[0])
		for _, k := range docs[3:] {
			if strings.HasSuffix(k, ".pdf") {
				w.objects.m[k] = []byte("forged")
				break
			}
		}
		stray := "stray message"
		strayHash := postroom.HashOf([]byte(stray))
		w.objects.m[postroom.OriginalKey(strayHash)] = []byte(stray)
		delete(w.objects.m, postroom.OriginalKey(postroom.HashOf([]byte("three"))))
		w.objects.mu.Unlock()
		a, err := p.Reconcile(t.Context(), ReconcileOptions{Deep: true})
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[FindingKind]int{}
		for _, f := range a.Findings {
			kinds[f.Kind]++
		}
		if a.Sound() || kinds[Missing] != 3 || kinds[Altered] != 1 || kinds[Orphaned] != 1 {
			t.Errorf("findings %+v", a.Findings)
		}
		a, err = p.Reconcile(t.Context(), ReconcileOptions{Repair: true})
		if err != nil {
			t.Fatal(err)
		}
		batch(t, p)
		found := false
		for _, r := range records(t, p) {
			found = found || r.Message.Hash == strayHash
		}
		if !found {
			t.Error("the stray original was not taken in")
		}
	})

	t.Run("the daemon files what arrives and settles it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(where(t))
		p := w.open(t, Options{Work: true})
		box := newBox("first")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { p.Watch(ctx, []Source{box}); close(ended) }()
		box.mu.Lock()
		box.mail[9] = "second"
		box.mu.Unlock()
		deadline := time.Now().Add(20 * time.Second)
		for {
			box.mu.Lock()
			n := len(box.mail)
			box.mu.Unlock()
			if n == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the mail is still there")
			}
			time.Sleep(20 * time.Millisecond)
		}
		cancel()
		<-ended
	})
}

func TestOneProcessWorksOnAnSQLiteFile(t *testing.T) {
	w := newWorld(filepath.Join(t.TempDir(), "state.db"))
	w.open(t, Options{Work: true})
	_, err := Open(t.Context(), w.parts, Options{Database: w.where, Work: true})
	var problem *postroom.Problem
	if !errors.As(err, &problem) || problem.Kind != postroom.Misconfigured {
		t.Fatalf("the second one opened: %v", err)
	}
	// Looking is allowed.
	w.open(t, Options{})
}

func TestPasswordStaysOutOfErrors(t *testing.T) {
	_, err := Open(t.Context(), Parts{}, Options{Database: "postgres://clinic:hunter2@127.0.0.1:1/none?connect_timeout=2"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("error %v", err)
	}
}

func TestNumberedParameters(t *testing.T) {
	if got := numbered("a = ? AND b = ? "); got != "a = $1 AND b = $2 " {
		t.Errorf("got %q", got)
	}
}
