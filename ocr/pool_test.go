package ocr

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// openReader opens a reader for a test, with children that go wrong when asked.
func openReader(t *testing.T, cfg Config, wrong ...string) *Reader {
	t.Helper()
	if len(wrong) > 0 {
		cfg.ChildCommand = append([]string{os.Args[0]}, wrong...)
		cfg.ChildCommand[1] = "wrong:" + wrong[0]
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	standing = childrenOf(t, os.Getpid())
	r, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// attach puts a file where a Reader finds it.
func attach(t testing.TB, mediaType string, data []byte) postroom.Attachment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "attachment")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return postroom.Attachment{Hash: postroom.HashOf(data), Name: "fax.tif", Path: path, MediaType: mediaType, Size: int64(len(data))}
}

// oneLine is a page that is read in no time.
var oneLine = sync.OnceValue(func() []byte {
	s := newSheet()
	s.write(12, 1, 2, "The quick brown fox jumps over the lazy dog")
	return tiff(204, 204, s)
})

func kindOf(err error) postroom.ProblemKind {
	var p *postroom.Problem
	if errors.As(err, &p) {
		return p.Kind
	}
	return 0
}

func TestChildThatCrashesTwiceCostsItsPage(t *testing.T) {
	r := openReader(t, Config{Workers: 1}, "crash")
	a := attach(t, postroom.TIFF, oneLine())
	_, err := r.Read(t.Context(), a, 1)
	if kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), "crash") {
		t.Errorf("a page that crashes every child gave %v", err)
	}
	if info, err := r.Inspect(t.Context(), a); err != nil || info.Pages != 1 {
		t.Errorf("after the crash, Inspect gave %+v, %v", info, err)
	}
}

func TestPageSurvivesAChildThatEndsOnce(t *testing.T) {
	for _, how := range []string{"crash", "killed", "babble"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			r := openReader(t, Config{Workers: 1, writes: []string{dir}}, how, filepath.Join(dir, "once"))
			page, err := r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(page.PlainText(), "quick brown fox") {
				t.Errorf("read %q", page.PlainText())
			}
		})
	}
}

func TestChildThatIsKilledTwiceIsTemporary(t *testing.T) {
	r := openReader(t, Config{Workers: 1}, "killed")
	_, err := r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1)
	if kindOf(err) != postroom.Temporary {
		t.Errorf("a child killed from outside gave %v", err)
	}
}

func TestPageThatComputesTooLong(t *testing.T) {
	r := openReader(t, Config{Workers: 1, Limits: Limits{PageTime: time.Second}}, "compute")
	start := time.Now()
	_, err := r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1)
	if kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), "longer than the limit of 1s") {
		t.Errorf("a page that computes for ever gave %v", err)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("it took %s", d)
	}
}

func TestChildThatNeedsTooMuchMemory(t *testing.T) {
	r := openReader(t, Config{Workers: 1, Limits: Limits{Memory: 512 << 20}}, "memory")
	_, err := r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1)
	if kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), "more memory than the limit of 512 MiB") {
		t.Errorf("a page that takes all memory gave %v", err)
	}
}

func TestCancelEndsTheChild(t *testing.T) {
	r := openReader(t, Config{Workers: 1}, "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := r.Read(ctx, attach(t, postroom.TIFF, oneLine()), 1)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a cancelled read gave %v", err)
	}
	waitNoChildren(t)
}

func TestCloseEndsEverything(t *testing.T) {
	r := openReader(t, Config{Workers: 2}, "hang")
	a := attach(t, postroom.TIFF, oneLine())
	errs := make(chan error, 3)
	for range 3 { // two hang, one waits for its turn
		go func() {
			_, err := r.Read(context.Background(), a, 1)
			errs <- err
		}()
	}
	time.Sleep(time.Second)
	r.Close()
	for range 3 {
		select {
		case err := <-errs:
			if !errors.Is(err, errClosed) {
				t.Errorf("a read that was under way gave %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a read goes on after Close")
		}
	}
	waitNoChildren(t)
	if _, err := r.Read(t.Context(), a, 1); !errors.Is(err, errClosed) {
		t.Errorf("a closed reader gave %v", err)
	}
}

// standing are the children of a reader that tests share, when the last one was opened.
var standing []string

// ownChildren are the children of this process but for those.
func ownChildren(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(childrenOf(t, os.Getpid()), func(pid string) bool { return slices.Contains(standing, pid) })
}

// waitNoChildren fails when a child of this process is still there.
func waitNoChildren(t *testing.T) {
	t.Helper()
	var left string
	for range 50 {
		left = strings.Join(ownChildren(t), " ")
		if left == "" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("child processes are left: %s", left)
}

func childrenOf(t *testing.T, pid int) []string {
	t.Helper()
	out, err := exec.Command("ps", "-o", "pid=,comm=", "--ppid", strconv.Itoa(pid)).Output()
	// ps ends with 1 when it finds none.
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1 && len(out) == 0 && len(exit.Stderr) == 0) {
		t.Fatalf("ask ps for child processes: %v", err)
	}
	var pids []string
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 && f[1] != "ps" {
			pids = append(pids, f[0])
		}
	}
	return pids
}

func TestChildrenEndWithTheirParent(t *testing.T) {
	if os.Getenv("POSTROOM_TEST_PARENT") != "" {
		// This is the parent: it starts a child that hangs and is killed meanwhile.
		r := openReader(t, Config{Workers: 1}, "hang")
		r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "POSTROOM_TEST_PARENT=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var children []string
	for range 100 {
		if children = childrenOf(t, cmd.Process.Pid); len(children) > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
	if len(children) == 0 {
		t.Fatal("the parent started no child")
	}
	for _, c := range children {
		pid, _ := strconv.Atoi(c)
		gone := false
		for range 50 {
			if syscall.Kill(pid, 0) != nil {
				gone = true
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if !gone {
			t.Errorf("process %d outlives its parent", pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func TestEveryoneGetsTheirTurn(t *testing.T) {
	r := openReader(t, Config{Workers: 2})
	a := attach(t, postroom.TIFF, oneLine())
	var done sync.WaitGroup
	for range 12 {
		done.Go(func() {
			if page, err := r.Read(t.Context(), a, 1); err != nil || len(page.Words) != 9 {
				t.Errorf("read %d words, %v", len(page.Words), err)
			}
		})
	}
	done.Wait()
	if n := len(ownChildren(t)); n > 2 {
		t.Errorf("%d children for 2 workers", n)
	}
}

func TestChildIsReplacedAfterManyRequests(t *testing.T) {
	r := openReader(t, Config{Workers: 1})
	a := attach(t, postroom.TIFF, oneLine())
	seen := map[string]bool{}
	for i := range childRequests + 2 {
		if _, err := r.Inspect(t.Context(), a); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if i == 0 || i > childRequests {
			for _, pid := range ownChildren(t) {
				seen[pid] = true
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d children served %d requests, want 2", len(seen), childRequests+2)
	}
}

func TestProgramThatIsNoReader(t *testing.T) {
	r, err := Open(Config{ChildCommand: []string{"/bin/false"}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Inspect(t.Context(), attach(t, postroom.TIFF, oneLine()))
	if kindOf(err) != postroom.Misconfigured {
		t.Errorf("a child that ends at once gave %v", err)
	}
}

func TestReaderStartedByHand(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMark+"=1")
	cmd.Stdin = strings.NewReader("hello\n")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not by hand") {
		t.Errorf("it said %q, %v", out, err)
	}
}
