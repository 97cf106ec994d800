package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

const settleTime = 60 * time.Millisecond

func folder(t *testing.T, change func(*FolderConfig)) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	config := FolderConfig{Name: "scanner", Path: dir, SettleTime: settleTime, PollInterval: 10 * time.Second}
	if change != nil {
		change(&config)
	}
	f, err := NewFolder(config)
	if err != nil {
		t.Fatal(err)
	}
	return f, dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// names returns the names of what was taken, in order.
func (d *desk) names() (names []string) {
	for _, id := range d.order {
		names = append(names, id.Path[:strings.LastIndexByte(id.Path, '@')])
	}
	return names
}

func TestFolderTakesFilesInTheOrderOfTheirNames(t *testing.T) {
	f, dir := folder(t, nil)
	for _, name := range []string{"b.tif", "a.pdf", "c d.eml", "ä.tif", ".hidden", "x.tmp", "y.PART", "~$z.pdf", "Thumbs.db", "sub/inner.tif"} {
		write(t, filepath.Join(dir, name), "bytes of "+name)
	}
	when := time.Date(2026, 3, 12, 9, 14, 0, 123456000, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "a.pdf"), when, when); err != nil {
		t.Fatal(err)
	}
	d := newDesk()
	receive(t, f, d)
	if got, want := d.names(), []string{"a.pdf", "b.tif", "c d.eml", "ä.tif"}; !slices.Equal(got, want) {
		t.Fatalf("took %q, want %q", got, want)
	}
	a := d.taken[d.order[0]]
	want := postroom.ArrivalID{Source: "scanner", Folder: dir, Path: "a.pdf@14.1773306840123456000"}
	if a.raw != "bytes of a.pdf" || a.Name != "a.pdf" || a.Size != 14 || !a.Received.Equal(when) || a.ID != want {
		t.Errorf("%+v", a)
	}
	receive(t, f, d)
	if d.takes() != 4 {
		t.Error("a second pass took a file again")
	}
	d.decide(all(postroom.ArrivalProcessed))
	receive(t, f, d)
	asked := d.asked
	receive(t, f, d)
	if len(d.settled) != 4 || d.asked != asked {
		t.Errorf("%d of 4 settled, %d asked for again", len(d.settled), d.asked-asked)
	}
	if _, err := os.Stat(filepath.Join(dir, "a.pdf")); err != nil {
		t.Error("a file was moved without being asked to")
	}
}

func TestFolderTakesOtherBytesUnderTheSameName(t *testing.T) {
	f, dir := folder(t, nil)
	path := filepath.Join(dir, "scan.tif")
	write(t, path, "first")
	d := newDesk()
	receive(t, f, d)
	write(t, path, "other") // the same length
	receive(t, f, d)
	if raws := d.raws(); raws["first"] != 1 || raws["other"] != 1 {
		t.Errorf("took %v", raws)
	}
}

func TestFolderRecurses(t *testing.T) {
	f, dir := folder(t, func(c *FolderConfig) { c.Recursive, c.Move = true, true })
	for _, name := range []string{"b/2.tif", "a.tif", "b/.git/x.tif", "processed/old.tif", "problem/old.tif", "b/processed/kept.tif"} {
		write(t, filepath.Join(dir, name), name)
	}
	d := newDesk()
	receive(t, f, d)
	if got, want := d.names(), []string{"a.tif", "b/2.tif", "b/processed/kept.tif"}; !slices.Equal(got, want) {
		t.Fatalf("took %q, want %q", got, want)
	}
}

func TestFolderMovesByOutcome(t *testing.T) {
	f, dir := folder(t, func(c *FolderConfig) { c.Move = true })
	for _, name := range []string{"good.tif", "bad.tif", "open.tif"} {
		write(t, filepath.Join(dir, name), name)
	}
	write(t, filepath.Join(dir, "processed", "good.tif"), "one from yesterday")
	d := newDesk()
	receive(t, f, d)
	d.decide(func(a arrived) postroom.ArrivalState {
		return map[string]postroom.ArrivalState{"good.tif": postroom.ArrivalProcessed, "bad.tif": postroom.ArrivalProblem}[a.Name]
	})
	receive(t, f, d)
	for path, want := range map[string]string{"processed/good.tif": "one from yesterday", "processed/good-1.tif": "good.tif", "problem/bad.tif": "bad.tif", "open.tif": "open.tif"} {
		if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"good.tif", "bad.tif"} {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			t.Errorf("%s is still in the folder", path)
		}
	}
	if len(d.settled) != 2 {
		t.Errorf("%d were settled, want 2", len(d.settled))
	}
}

// A file that was replaced after its outcome became known holds other bytes:
// it must be taken and not be put aside for the one before.
func TestFolderDoesNotMoveWhatWasReplaced(t *testing.T) {
	f, dir := folder(t, func(c *FolderConfig) { c.Move = true })
	path := filepath.Join(dir, "scan.tif")
	write(t, path, "first")
	d := newDesk()
	receive(t, f, d)
	d.decide(all(postroom.ArrivalProcessed))
	write(t, path, "second")
	receive(t, f, d)
	if got, err := os.ReadFile(path); err != nil || string(got) != "second" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if d.raws()["second"] != 1 {
		t.Error("the new bytes were not taken")
	}
}

func TestFolderWaitsForFilesThatGrow(t *testing.T) {
	f, dir := folder(t, nil)
	path := filepath.Join(dir, "scan.tif")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	// A network share whose clock is behind: the times look old all along.
	old := time.Now().Add(-time.Hour)
	var writing sync.WaitGroup
	writing.Go(func() {
		defer file.Close()
		for i := range 12 {
			fmt.Fprintf(file, "block %d\n", i)
			os.Chtimes(path, old, old.Add(time.Duration(i)*time.Millisecond))
			time.Sleep(settleTime / 3)
		}
	})
	d := newDesk()
	receive(t, f, d)
	writing.Wait()
	if d.takes() != 1 || !strings.HasSuffix(d.taken[d.order[0]].raw, "block 11\n") {
		t.Errorf("after %d tries: %v", d.takes(), d.raws())
	}
}

func TestFolderReportsAFileThatGrowsForEver(t *testing.T) {
	for range 5 {
		f, dir := folder(t, nil)
		f.patience = 4 * settleTime
		write(t, filepath.Join(dir, "still.tif"), "still")
		stop := make(chan struct{})
		var writing sync.WaitGroup
		longest := time.Duration(0) // between two writes
		writing.Go(func() {
			last := time.Now()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(settleTime / 4):
					os.WriteFile(filepath.Join(dir, "grows.tif"), bytes.Repeat([]byte("x"), i), 0o644)
					longest, last = max(longest, time.Since(last)), time.Now()
				}
			}
		})
		time.Sleep(settleTime)
		d := newDesk()
		err := f.Receive(t.Context(), d)
		close(stop)
		writing.Wait()
		if longest > settleTime/2 {
			continue // on a machine so busy the file did stand still
		}
		var p *postroom.Problem
		if !errors.As(err, &p) || p.Kind != postroom.Temporary || !strings.Contains(p.Reason, "still being written") {
			t.Errorf("reported %v", err)
		}
		if raws := d.raws(); len(raws) != 1 || raws["still"] != 1 {
			t.Errorf("took %d files; want the one that is still", len(raws))
		}
		return
	}
	t.Log("the machine was too busy to keep a file growing")
}

// A file that changes between the last look and the end of reading is not taken.
func TestFolderNoticesAChangeWhileReading(t *testing.T) {
	f, dir := folder(t, nil)
	path := filepath.Join(dir, "scan.tif")
	write(t, path, "half a")
	d := newDesk()
	d.store = func(r io.Reader) ([]byte, error) {
		if d.takes() == 1 {
			write(t, path, "half a page more")
		}
		return io.ReadAll(r)
	}
	receive(t, f, d)
	if raws := d.raws(); len(raws) != 1 || raws["half a page more"] != 1 || d.takes() != 2 {
		t.Errorf("took %v in %d tries", raws, d.takes())
	}
}

func TestFolderAFileThatVanishesIsNoError(t *testing.T) {
	f, dir := folder(t, nil)
	write(t, filepath.Join(dir, "a.tif"), "a")
	write(t, filepath.Join(dir, "b.tif"), "b")
	d := newDesk()
	d.take = func(a postroom.Arrival) error {
		return os.RemoveAll(filepath.Join(dir, "b.tif"))
	}
	receive(t, f, d)
	if d.takes() != 1 {
		t.Errorf("took %v", d.names())
	}
}

func TestFolderFollowsNoLinks(t *testing.T) {
	f, dir := folder(t, func(c *FolderConfig) { c.Recursive = true })
	outside := t.TempDir()
	write(t, filepath.Join(outside, "secret.pdf"), "secret")
	write(t, filepath.Join(dir, "scan.tif"), "scan")
	for name, to := range map[string]string{"file.pdf": filepath.Join(outside, "secret.pdf"), "dir": outside} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.tif"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := newDesk()
	receive(t, f, d)
	if raws := d.raws(); len(raws) != 1 || raws["scan"] != 1 {
		t.Errorf("took %v", d.names())
	}

	// What turns into a link or a pipe after it was listed is not followed either.
	root, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"file.pdf", "dir/secret.pdf", "pipe.tif"} {
		if err := f.take(t.Context(), root, d, dropped{name, 6, time.Now()}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestFolderOneThatFailsDoesNotStopTheOthers(t *testing.T) {
	f, dir := folder(t, nil)
	for _, name := range []string{"a.tif", "Ada Lovelace.tif", "c.tif"} {
		write(t, filepath.Join(dir, name), name)
	}
	fail := errors.New("no luck")
	d := newDesk()
	d.take = func(a postroom.Arrival) error {
		if a.Name == "Ada Lovelace.tif" {
			return fail
		}
		return nil
	}
	err := f.Receive(t.Context(), d)
	if !errors.Is(err, fail) || len(d.taken) != 2 {
		t.Errorf("%d taken, reported %v", len(d.taken), err)
	}
	if strings.Contains(err.Error(), "Lovelace") {
		t.Errorf("the error holds a name: %v", err)
	}
	d.take = func(postroom.Arrival) error {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the store is down"}
	}
	write(t, filepath.Join(dir, "d.tif"), "d")
	tries := d.takes()
	if err := f.Receive(t.Context(), d); postroom.ReasonOf(err, "") != "the store is down" || d.takes() != tries+1 {
		t.Errorf("a store in trouble: %d tries, %v", d.takes()-tries, err)
	}
}

func TestFolderProblems(t *testing.T) {
	write(t, filepath.Join(t.TempDir(), "x"), "")
	for name, c := range map[string]struct {
		make   func(dir string) string
		reason string
	}{
		"missing": {func(dir string) string { return filepath.Join(dir, "nowhere") }, "there is no folder"},
		"a file":  {func(dir string) string { p := filepath.Join(dir, "file"); write(t, p, "x"); return p }, "cannot be read"},
	} {
		f, _ := folder(t, func(c2 *FolderConfig) { c2.Path = c.make(c2.Path) })
		for _, err := range []error{f.Check(t.Context()), f.Receive(t.Context(), newDesk())} {
			var p *postroom.Problem
			if !errors.As(err, &p) || p.Kind != postroom.Misconfigured || p.Hint == "" || !strings.Contains(p.Reason, c.reason) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	f, dir := folder(t, func(c *FolderConfig) { c.Move = true })
	if err := f.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".*")); len(left) > 0 {
		t.Errorf("the check left %v", left)
	}
}

func TestFolderWatch(t *testing.T) {
	var log bytes.Buffer
	f, dir := folder(t, func(c *FolderConfig) {
		c.Move, c.Recursive = true, true
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	write(t, filepath.Join(dir, "sub", "0.tif"), "0")
	d := newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	wake, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- f.Watch(ctx, d, wake) }()
	next := func() {
		t.Helper()
		select {
		case <-d.news:
		case <-time.After(5 * time.Second): // half of what polling would need
			t.Fatal("the file was not taken")
		}
	}
	next()
	for n := 1; n < 4; n++ {
		write(t, filepath.Join(dir, []string{"", "sub"}[n%2], fmt.Sprintf("%d.tif", n)), fmt.Sprint(n))
		next()
	}
	d.decide(all(postroom.ArrivalProcessed))
	wake <- struct{}{}
	for began := time.Now(); d.settledCount() < 4; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatalf("%d of 4 were settled after the wake", d.settledCount())
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("watch did not end with its context")
	}
	if log.Len() > 0 {
		t.Errorf("it logged %s", log.String())
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "processed", "*.tif")); len(files) != 4 {
		t.Errorf("processed holds %d files, want 4", len(files))
	}
}

// A folder that goes away, as a share does, is watched again when it is back.
func TestFolderWatchOutlivesTheFolder(t *testing.T) {
	f, dir := folder(t, func(c *FolderConfig) { c.PollInterval = 100 * time.Millisecond })
	d := newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Watch(ctx, d, nil) }()
	for n := range 2 {
		os.RemoveAll(dir)
		time.Sleep(150 * time.Millisecond)
		write(t, filepath.Join(dir, "scan.tif"), fmt.Sprint(n))
		select {
		case <-d.news:
		case <-time.After(5 * time.Second):
			t.Fatal("the file was not taken")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestFolderTenThousandFiles(t *testing.T) {
	f, dir := folder(t, nil)
	for n := range 10_000 {
		write(t, filepath.Join(dir, fmt.Sprintf("%05d.tif", n)), fmt.Sprint(n))
	}
	d := newDesk()
	began := time.Now()
	receive(t, f, d)
	first := time.Since(began)
	if d.takes() != 10_000 {
		t.Fatalf("took %d", d.takes())
	}
	began = time.Now()
	receive(t, f, d)
	t.Logf("10,000 files: first pass %v, second %v", first, time.Since(began))
}

// A file that left without being moved by us is settled, where the intake can
// say what it waits for.
func TestFolderSettlesWhatHasGone(t *testing.T) {
	f, dir := folder(t, func(c *FolderConfig) { c.Move = true })
	for _, name := range []string{"a.tif", "b.tif"} {
		write(t, filepath.Join(dir, name), name)
	}
	d := &deskWithLedger{newDesk()}
	receive(t, f, d)
	d.decide(all(postroom.ArrivalProcessed))
	os.Remove(filepath.Join(dir, "a.tif"))
	receive(t, f, d)
	if len(d.settled) != 2 {
		t.Errorf("%d of 2 were settled", len(d.settled))
	}
}

// A deskWithLedger says what it waits for.
type deskWithLedger struct{ *desk }

func (d *deskWithLedger) UnsettledArrivals(_ context.Context, source string) (ids []postroom.ArrivalID, _ error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, outcome := range d.outcome {
		if id.Source == source && outcome > postroom.ArrivalTaken && d.settled[id] == 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
