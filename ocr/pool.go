package ocr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/confine"
)

// A child is replaced after so many requests, or when it uses this much memory:
// gosseract never frees some of its results.
const (
	childRequests = 400
	childMemory   = 360 << 20
)

// Exit codes by which a child says why it ended.
const (
	exitCPU    = 3 // the page took more than its computing time
	exitMemory = 4 // no memory was left under the limit
)

// childMark is the environment variable that turns a program into a child.
const childMark = confine.Asked

// A pool keeps one child for a slot and hands slots out in the order asked.
type pool struct {
	cfg      Config
	settings settings
	slots    chan *slot
	closing  context.Context
	stop     context.CancelFunc
	closed   sync.Once
	done     sync.WaitGroup // processes not yet waited for

	preparing sync.Mutex
	prepared  bool // the renderer's cache is filled, or can't be
	confined  atomic.Pointer[confine.State]
}

// A slot is the right to use a processor, with the child that stands ready there, if any.
type slot struct{ child *child }

func newPool(cfg Config, s settings) *pool {
	// Children work in another folder.
	s.Models, s.Open.CacheDir = absolute(s.Models), absolute(s.Open.CacheDir)
	p := &pool{cfg: cfg, settings: s, slots: make(chan *slot, cfg.Workers)}
	p.closing, p.stop = context.WithCancel(context.Background())
	for range cfg.Workers {
		p.slots <- &slot{}
	}
	return p
}

func absolute(path string) string {
	if a, err := filepath.Abs(path); path != "" && err == nil {
		return a
	}
	return path
}

var errClosed = errors.New("the reader is closed")

func (p *pool) close() {
	p.closed.Do(func() {
		p.stop()
		for range p.cfg.Workers {
			if s := <-p.slots; s.child != nil {
				s.child.end()
			}
		}
		p.done.Wait()
	})
}

// ask has the request answered by the next free child, again by a fresh one when
// the first ends under it.
func (p *pool) ask(ctx context.Context, q request, files []*os.File, out io.Writer) (response, error) {
	var s *slot
	select {
	case <-ctx.Done():
		return response{}, ctx.Err()
	case <-p.closing.Done():
		return response{}, errClosed
	case s = <-p.slots:
	}
	defer func() { p.slots <- s }()
	if p.closing.Err() != nil {
		return response{}, errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.closing, cancel)()

	if err := p.prepare(ctx, q.Files); err != nil {
		return response{}, err
	}
	counted := &countingWriter{to: out}
	for try := 1; ; try++ {
		answer, err := p.once(ctx, s, q, files, counted)
		if err == nil {
			if answer.Problem != nil {
				return answer, answer.Problem.err()
			}
			return answer, nil
		}
		if p.closing.Err() != nil {
			return response{}, errClosed
		}
		if ctx.Err() != nil {
			return response{}, ctx.Err()
		}
		ended, ok := err.(*childEnded) // and not one that a Problem explains
		if !ok {
			return response{}, err
		}
		p.cfg.Log.Warn("a reading process ended under its work",
			"op", q.Op, "page", q.Page, "try", try, "why", ended.Error(), "said", ended.said)
		// What takes too long or too much memory will do so again; and what was
		// already written to out can't be taken back.
		final := ended.why == endedSlow || ended.why == endedMemory || try == 2 || counted.n > 0
		if final {
			return response{}, ended.problem(p.cfg.Limits)
		}
	}
}

// ready makes sure that a child was started, so that it is known how it is confined.
func (p *pool) ready(ctx context.Context) error {
	if p.confined.Load() != nil {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.closing.Done():
		return errClosed
	case s := <-p.slots:
		defer func() { p.slots <- s }()
		if s.child != nil {
			return nil
		}
		c, err := p.start(ctx, opHello)
		s.child = c
		return err
	}
}

// once has the request answered by the slot's child, started if there is none.
// Whatever goes wrong with the child, it is gone afterwards.
func (p *pool) once(ctx context.Context, s *slot, q request, files []*os.File, out io.Writer) (response, error) {
	if err := ctx.Err(); err != nil {
		return response{}, err
	}
	if s.child == nil {
		c, err := p.start(ctx, opHello)
		if err != nil {
			return response{}, err
		}
		s.child = c
	}
	c := s.child
	answer, err := c.ask(ctx, q, files, out, 4*p.cfg.Limits.PageTime+10*time.Second)
	if err != nil {
		s.child = nil
		var ours *callerError
		if errors.As(err, &ours) {
			c.end()
			return response{}, ours.err
		}
		return response{}, c.explain(err)
	}
	if c.requests++; c.requests >= childRequests || answer.Memory > childMemory {
		s.child = nil
		c.end()
	}
	return answer, nil
}

// start starts a child and greets it: with opHello it loads its models, with
// opPrepare it fills the renderer's cache.
func (p *pool) start(ctx context.Context, greeting op) (*child, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make a connection for a reading process: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "reader")
	conn, err := net.FileConn(ours)
	ours.Close()
	// While this end is open here, the end of the child would not be seen.
	defer theirs.Close()
	if err != nil {
		return nil, fmt.Errorf("make a connection for a reading process: %w", err)
	}
	command := p.cfg.ChildCommand
	c := &child{conn: conn.(*net.UnixConn), ended: make(chan struct{}), cmd: exec.Command(command[0], command[1:]...)}
	c.cmd.Stdin = theirs
	c.cmd.Stdout = &c.said
	c.cmd.Stderr = &c.said
	c.cmd.Env = p.childEnvironment(greeting)
	c.cmd.Dir = "/"
	c.cmd.WaitDelay = 5 * time.Second
	if err := startForLong(c.cmd); err != nil {
		conn.Close()
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "a reading process could not be started", Err: err}
	}
	theirs.Close()
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		c.result = c.cmd.Wait()
		close(c.ended)
	}()
	answer, err := c.ask(ctx, request{Op: greeting, Settings: &p.settings}, nil, io.Discard, time.Minute)
	if err != nil {
		err = c.explain(err)
		var ended *childEnded
		if errors.As(err, &ended) && ended.why != endedOutside {
			// The program does not know the argument, or its libraries don't load.
			return nil, &postroom.Problem{
				Kind: postroom.Misconfigured, Reason: "a reading process ended before it could begin", Hint: "run postroom doctor",
				Err: fmt.Errorf("%w: %s", ended, ended.said),
			}
		}
		return nil, err
	}
	if answer.Problem != nil {
		c.end()
		return nil, answer.Problem.err()
	}
	if answer.Confined != nil && p.confined.Swap(answer.Confined) == nil {
		if missing := protectionsOf(*answer.Confined).Missing; len(missing) > 0 {
			level := slog.LevelWarn
			if runtime.GOOS != "linux" {
				level = slog.LevelInfo // nothing that anybody could mend
			}
			p.cfg.Log.Log(ctx, level, "reading processes are not fully confined", "missing", missing)
		}
	}
	return c, nil
}

// starter runs what it is sent on a thread that never ends: a child is killed by the
// kernel with the thread that started it (prctl(2), PR_SET_PDEATHSIG).
var starter = sync.OnceValue(func() chan<- func() {
	todo := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range todo {
			f()
		}
	}()
	return todo
})

func startForLong(cmd *exec.Cmd) error {
	done := make(chan error)
	starter() <- func() { done <- cmd.Start() }
	return <-done
}

// prepare fills the cache of the PDF renderer's compiled code, when a PDF comes
// for the first time and the cache is not known to be filled. Children that open
// files may not write there, since what lies there is run.
func (p *pool) prepare(ctx context.Context, files []fileRef) error {
	dir := p.settings.Open.CacheDir
	pdf := slices.ContainsFunc(files, func(f fileRef) bool { return f.MediaType == postroom.PDF })
	if dir == "" || !pdf {
		return nil
	}
	p.preparing.Lock()
	defer p.preparing.Unlock()
	if p.prepared || cacheIsFilled(dir) {
		p.prepared = true
		return nil
	}
	c, err := p.start(ctx, opPrepare)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		c.end()
	} else {
		// Each child then compiles for itself.
		p.cfg.Log.Warn("the cache of the PDF renderer could not be filled", "error", err)
	}
	p.prepared = true
	return nil
}

// childEnvironment is all that a child sees of the environment.
func (p *pool) childEnvironment(greeting op) []string {
	reads := []string{p.settings.Models}
	for _, l := range p.settings.Languages {
		// The folder may hold no more than links.
		if file, err := filepath.EvalSymlinks(filepath.Join(p.settings.Models, l+".traineddata")); err == nil {
			reads = append(reads, file)
		}
	}
	writes := p.cfg.writes
	if cache := privateCache(p.settings.Open.CacheDir); cache != "" {
		if greeting == opPrepare {
			writes = append(writes, cache)
		} else {
			reads = append(reads, cache)
		}
	}
	env := []string{
		childMark + "=1",
		confine.Reads + "=" + strings.Join(reads, "\n"),
		confine.Writes + "=" + strings.Join(writes, "\n"),
		// libgomp reads it when it is loaded: a child can't set it for itself.
		"OMP_THREAD_LIMIT=1",
		"GOMAXPROCS=2",
		fmt.Sprintf("GOMEMLIMIT=%d", p.cfg.Limits.Memory/4),
		"LC_ALL=C",
		"TZ=UTC", // there is no file of time zones to be read
	}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// A child is a process that reads.
type child struct {
	cmd      *exec.Cmd
	conn     *net.UnixConn
	said     sample
	requests int
	ended    chan struct{} // closed when the process is gone
	result   error         // of Wait, once ended is closed
	late     atomic.Bool   // it was killed since it took too long
}

// ask sends one request and reads its answer. The child is given its time anew for each page that it asks for.
// After an error it is being ended.
func (c *child) ask(ctx context.Context, q request, files []*os.File, out io.Writer, within time.Duration) (answer response, err error) {
	timer := time.AfterFunc(within, func() {
		c.late.Store(true)
		c.kill()
	})
	unhook := context.AfterFunc(ctx, c.kill)
	defer func() {
		stopped, unhooked := timer.Stop(), unhook()
		if err == nil && !(stopped && unhooked) {
			err = io.ErrUnexpectedEOF // it was killed just now
		}
		if err != nil {
			c.kill()
		}
	}()
	if err := writeFrame(c.conn, q, nil); err != nil {
		return response{}, err
	}
	for _, f := range files {
		if err := sendFile(c.conn, f); err != nil {
			return response{}, err
		}
	}
	for {
		answer = response{}
		body, err := readFrame(c.conn, &answer)
		if err != nil {
			return response{}, err
		}
		if answer.Image != "" {
			if q.known == nil {
				return response{}, errors.New("a child asks what it was not told to ask")
			}
			if err := writeFrame(c.conn, request{Op: opGoOn, Known: q.known(answer.Image)}, nil); err != nil {
				return response{}, err
			}
		}
		if answer.Wanted != nil {
			i := *answer.Wanted
			if q.load == nil || i < 0 || i >= len(q.Pages) {
				return response{}, errors.New("a child asks for a page that it was not told of")
			}
			timer.Stop() // the child waits, perhaps for a database
			page, err := q.load(i)
			if err != nil {
				return response{}, &callerError{err}
			}
			timer.Reset(within)
			if err := writeFrame(c.conn, request{Op: opGoOn, Reading: &page}, nil); err != nil {
				return response{}, err
			}
		}
		if len(body) > 0 && out != nil {
			if _, err := out.Write(body); err != nil {
				return response{}, &callerError{err}
			}
		}
		if !answer.More {
			return answer, nil
		}
	}
}

// kill ends the process without waiting for it.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	c.conn.Close()
}

// end kills the process and waits until it is gone.
func (c *child) end() {
	c.kill()
	<-c.ended
}

// explain kills the child and says why it went.
func (c *child) explain(cause error) error {
	// It may be about to tell by its exit code: its end of the socket is closed then.
	if errors.Is(cause, io.EOF) || errors.Is(cause, io.ErrUnexpectedEOF) || errors.Is(cause, syscall.ECONNRESET) || errors.Is(cause, syscall.EPIPE) {
		select {
		case <-c.ended:
		case <-time.After(2 * time.Second):
		}
	}
	c.end()
	e := &childEnded{why: endedCrash, cause: cause, said: c.said.String()}
	var exit *exec.ExitError
	if errors.As(c.result, &exit) {
		e.cause = exit
		status, ok := exit.Sys().(syscall.WaitStatus)
		switch {
		case c.late.Load(), exit.ExitCode() == exitCPU:
			e.why = endedSlow
		case exit.ExitCode() == exitMemory, strings.Contains(e.said, "out of memory"), strings.Contains(e.said, "cannot allocate memory"), strings.Contains(e.said, "std::bad_alloc"):
			e.why = endedMemory
		case ok && status.Signaled() && (status.Signal() == syscall.SIGKILL || status.Signal() == syscall.SIGTERM):
			e.why = endedOutside
		}
	}
	return e
}

type endedWhy int

const (
	endedCrash endedWhy = iota
	endedSlow
	endedMemory
	endedOutside // somebody killed it: the kernel for want of memory, or an operator
)

// A childEnded is how a child ended.
type childEnded struct {
	why   endedWhy
	cause error
	said  string // the last of what it wrote to stderr
}

func (e *childEnded) Error() string { return e.cause.Error() }

// problem is what the end of a child means for the page.
func (e *childEnded) problem(l Limits) error {
	switch e.why {
	case endedSlow:
		return postroom.Bad(e, fmt.Sprintf("reading took longer than the limit of %s", l.PageTime),
			"look at the page; if it is a good page, raise limits.page_time")
	case endedMemory:
		return postroom.Bad(e, fmt.Sprintf("reading needed more memory than the limit of %d MiB", l.Memory>>20),
			"look at the page; if it is a good page, raise limits.memory")
	case endedOutside:
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the process that read the page was ended from outside", Err: e}
	default:
		return postroom.Bad(e, "the page makes the reader crash", "ask the sender for the document in another form")
	}
}

// A callerError is an error of what the caller gave to write to or to load pages
// from, for which no child is to blame.
type callerError struct{ err error }

func (e *callerError) Error() string { return e.err.Error() }

type countingWriter struct {
	to io.Writer
	n  int64
}

func (w *countingWriter) Write(b []byte) (int, error) {
	w.n += int64(len(b))
	if w.to == nil {
		return len(b), nil
	}
	return w.to.Write(b)
}

// A sample keeps the first and the last kilobytes of what is written to it: a
// crash says what it is at first, and where at last.
type sample struct {
	mu          sync.Mutex
	first, last []byte
}

const sampleSize = 2048

func (s *sample) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(b), sampleSize-len(s.first))
	s.first = append(s.first, b[:n]...)
	s.last = append(s.last, b[n:]...)
	if over := len(s.last) - sampleSize; over > 0 {
		s.last = append(s.last[:0], s.last[over:]...)
	}
	return len(b), nil
}

func (s *sample) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.first) + string(s.last)
}
