// Package pipeline joins the stages by durable jobs: what arrives is taken,
// read, sorted, decided and filed, and at every moment the database says how
// far each message, page and document has come.
//
// Its promises:
//
//   - A message is taken only once its bytes are in the object store and the
//     job that reads it is committed with it. Work that a crash interrupts is
//     done again; every job may run twice and changes nothing the second time.
//   - Every page of every message ends with exactly one fate, in exactly one record.
//   - What cannot succeed is quarantined with a plain reason; what may succeed
//     later is tried again for a day and then quarantined. Nothing vanishes.
//   - The same arrivals in the same order give the same records, whatever
//     crashed in between and however many workers there were.
//
// The state lives in SQLite (one working process) or PostgreSQL (any number),
// in the same database as River's job queue, so that a change of state and
// the job that follows from it commit together.
//
// The stages are asked for through the small interfaces below; cmd/postroom
// chooses the implementations.
package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/postroom/postroom"
)

// Objects is the object store. Put writes once: the same key with the same
// bytes is no error, with other bytes it is. Open and Stat return an error
// that is fs.ErrNotExist for a missing key.
type Objects interface {
	Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	Stat(ctx context.Context, key string) (postroom.Object, error)
	List(ctx context.Context, prefix string, f func(postroom.Object) error) error
}

// An Unpacker takes a message apart; the attachments' bytes are written into dir.
// An error is a fault of the machine; faults of the input are in the Contents.
type Unpacker interface {
	Unpack(ctx context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error)
}

// A Reader turns attachments into pages of words.
type Reader interface {
	// Version names the engine and its settings: readings are kept by it.
	Version() string
	// Count returns how many pages the attachment has.
	Count(ctx context.Context, a postroom.Attachment) (int, error)
	// Read reads page n, counted from 1. Before it goes to the trouble of reading an
	// image, it asks known whether a page of that image (postroom.Page.Image) was
	// read before, in whatever file, and then returns that.
	Read(ctx context.Context, a postroom.Attachment, n int, known func(image postroom.Hash) (postroom.Page, bool)) (postroom.Page, error)
	// Searchable writes the pages as one searchable PDF, and returns why it drew pages of
	// the sender's that could not stay as they came, by their place among the pages.
	Searchable(ctx context.Context, w io.Writer, title string, created time.Time, pages []ReadPage) (drawn map[int]string, err error)
}

// A ReadPage is a page with the attachment that it stands in.
type ReadPage struct {
	Attachment postroom.Attachment
	Number     int // in the attachment, from 1
	// Load returns what was read of it. The pages of a long document are never held all at once.
	Load func(context.Context) (postroom.Page, error)
	// Embed is set when the attachment goes into the searchable PDF whole.
	Embed bool
}

// A Sorter makes documents of a message's readable pages.
type Sorter interface {
	Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error)
	// Similar returns how alike two fingerprints are, from 0 to 1.
	Similar(a, b []uint64) float64
	// SentAgain reports whether the later document is the earlier one that came
	// again, and how: "with one page more"; empty for the same pages.
	SentAgain(earlier, later postroom.Record) (again bool, how string)
}

// A Filer writes a document's files and its record, the record last. Filing
// the same record again changes nothing.
type Filer interface {
	File(ctx context.Context, r postroom.Record, pdf *os.File) (postroom.Record, error)
	// Manifest lists what a run filed; the same records give the same bytes. It goes through
	// them once, and asks the state nothing meanwhile.
	Manifest(ctx context.Context, run string, day time.Time, records iter.Seq2[postroom.Record, error]) (key string, err error)
}

// A Source is where messages arrive.
type Source interface {
	Name() string
	// Receive makes one pass: it takes what is new and settles what has an outcome.
	Receive(ctx context.Context, in postroom.Intake) error
	// Watch goes on until ctx ends; wake tells it that outcomes became known.
	Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error
}

// Parts are the implementations of the stages.
type Parts struct {
	Objects Objects
	Unpack  Unpacker
	Read    Reader
	// Sorter makes a sorter for a register of patients; it is called again when the register changes.
	Sorter func(patients []postroom.Patient) (Sorter, error)
	// Taught makes a sorter use a model that was taken over; it is called again
	// when another one is. Without it sorters are used as they are.
	Taught func(s Sorter, model []byte) (Sorter, error)
	File   Filer
	// Refile writes what is missing of a document's files again though its
	// record is there; nil where nothing is repaired.
	Refile func(ctx context.Context, r postroom.Record, pdf *os.File) error
	Rule   postroom.Rule
	// Receivers are the systems that filed documents are handed to; none by default.
	Receivers []Receiver
	// Purge removes an object with all its versions; nil where nothing is purged.
	Purge func(ctx context.Context, key string) error
	// Hidden names what is under a prefix only in versions below a removal; nil when the store keeps none.
	Hidden func(ctx context.Context, prefix string, f func(key string) error) error
}

// Options are how a Pipeline works. The zero value of each means its default.
type Options struct {
	// Database is a path of an SQLite file, or a postgres:// URL.
	Database string
	// Work is set by processes that work jobs; without it the pipeline only looks.
	Work bool
	// Readers is how many pages are read at once by this process.
	Readers int
	// GiveUp is how long a fault that may pass is borne with; 24 hours.
	GiveUp time.Duration
	// Backoff is the wait before the first retry of a fault that nobody
	// foresaw; it grows with the square of the tries. One second.
	Backoff time.Duration
	// TakeOver is how long a process that works on the same database may be
	// silent before its work is taken over; 30 seconds. All must agree on it.
	TakeOver time.Duration
	// MostOpen bounds the messages that are taken and have no outcome yet: above
	// it sources wait, so that a stage that is slow or down holds up the mailbox
	// and fills neither disk nor queue. 2000.
	MostOpen int
	// Nightly marks what this process takes in as work that can wait while
	// others take in what came by day.
	Nightly bool
	// Embed bounds the originals that go into a document's PDF, in bytes together;
	// 20 MiB. Below zero none does.
	Embed int64
	// PatientInTitle puts the patient's name into the PDF's title.
	PatientInTitle bool
	// UndoFor is how long a person's decision to file waits before it is carried out,
	// so that taking it back leaves no trace; 10 seconds. Below zero it does not wait.
	UndoFor time.Duration
	// Patience is how long a document may wait for a person before it is overdue, by
	// its priority: at_once (1 hour), same_day (8 hours), routine (48 hours).
	Patience map[string]time.Duration
	// MonthFirst says that people here write 12/31/1980.
	MonthFirst bool
	// TempDir holds attachments while they are read; the system's by default.
	TempDir string
	// Observer is told what happens; nil for nobody.
	Observer Observer
	Log      *slog.Logger
	Now      func() time.Time
}

// A Pipeline is the durable state and the jobs between the stages.
type Pipeline struct {
	db    database
	parts Parts
	opt   Options
	log   *slog.Logger
	now   func() time.Time
	id    string // of this process, in leases and among the workers

	files    *fileCache
	reading  turns // one goroutine at a time reads a page of a file
	register registerCache
	wake     chan struct{} // told when a message has an outcome
	atHand   atHand        // the jobs that this process works on
	doors    doors         // of the receivers
	lastBeat time.Time     // when this process last said that it lives
	beatAt   atomic.Int64  // the same, for others to ask: nanoseconds since 1970
	cancel   context.CancelFunc
	beating  chan struct{} // closed when the heartbeat has ended
}

// Open opens the state, brings its tables up to date and, with Options.Work,
// makes ready to work. It starts nothing: call Start.
func Open(ctx context.Context, parts Parts, opt Options) (*Pipeline, error) {
	if opt.Log == nil {
		opt.Log = quiet
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.GiveUp == 0 {
		opt.GiveUp = 24 * time.Hour
	}
	if opt.Backoff == 0 {
		opt.Backoff = time.Second
	}
	if opt.Observer == nil {
		opt.Observer = nobody{}
	}
	if opt.MostOpen == 0 {
		opt.MostOpen = 2000
	}
	if opt.Readers == 0 {
		opt.Readers = 2
	}
	if opt.UndoFor == 0 {
		opt.UndoFor = defaultUndo
	}
	if opt.Embed == 0 {
		opt.Embed = 20 << 20
	}
	p := &Pipeline{parts: parts, opt: opt, log: opt.Log, now: opt.Now, wake: make(chan struct{}, 1), id: processID()}
	db, err := openDatabase(ctx, opt.Database, opt.Work)
	if err != nil {
		return nil, err
	}
	p.db = db
	if err := migrateRetrying(ctx, db); err != nil {
		db.close()
		return nil, err
	}
	if err := p.attachJobs(); err != nil {
		db.close()
		return nil, err
	}
	if p.files, err = newFileCache(opt.TempDir, parts.Objects); err != nil {
		db.close()
		return nil, err
	}
	return p, nil
}

func openDatabase(ctx context.Context, where string, work bool) (database, error) {
	if strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://") {
		return openPostgres(ctx, where)
	}
	return openSQLite(ctx, where, work)
}

// migrateRetrying tries again because two processes that start together can
// trip over each other in River's own migrations.
func migrateRetrying(ctx context.Context, db database) (err error) {
	for attempt := range 4 {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(attempt) * 300 * time.Millisecond):
			}
		}
		if err = migrate(ctx, db); err == nil {
			err = db.prepareSearch(ctx)
		}
		if err == nil {
			err = db.prepareAudit(ctx)
		}
		if err == nil {
			return nil
		}
	}
	return err
}

// Start works jobs until Stop. It first hands back the jobs of processes that
// are no longer there.
func (p *Pipeline) Start(ctx context.Context) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	if err := p.beat(ctx, true); err != nil {
		cancel()
		return fmt.Errorf("take over interrupted work: %w", err)
	}
	if _, err := p.leadOn(ctx, true); err != nil {
		cancel()
		return fmt.Errorf("take over interrupted work: %w", err)
	}
	if err := p.db.start(background); err != nil {
		cancel()
		return fmt.Errorf("start the job queue: %w", err)
	}
	p.beating = make(chan struct{})
	go func() {
		defer close(p.beating)
		p.heartbeat(background)
	}()
	go p.keepDesk(background)
	return nil
}

// handBackTime is how long jobs may take to notice that they are stopped.
const handBackTime = 10 * time.Second

// Stop waits for the jobs at hand until ctx ends, then ends them and hands
// them back. What does not end even then is taken over by another process.
func (p *Pipeline) Stop(ctx context.Context) error {
	err := p.db.stop(ctx)
	after, stop := context.WithTimeout(context.WithoutCancel(ctx), handBackTime)
	defer stop()
	if err != nil {
		err = p.db.stopNow(after)
	}
	if p.cancel != nil {
		p.cancel()
		<-p.beating
		if err2 := p.sayGone(after); err2 != nil {
			p.log.Warn("say that this worker is gone", "error", err2)
		}
	}
	if err != nil {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "some work at hand did not end in time", Hint: "nothing is lost: it goes on with the next start", Err: err}
	}
	return nil
}

// Close releases the database and the temporary files.
func (p *Pipeline) Close() error {
	if p.files != nil {
		p.files.close()
	}
	return p.db.close()
}

// Woken is told, at most once at a time, that a message reached its outcome.
func (p *Pipeline) Woken() <-chan struct{} { return p.wake }

func (p *Pipeline) wakeSources() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// processID is unique among all processes that share a database.
func processID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	var b [6]byte
	rand.Read(b[:])
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}
