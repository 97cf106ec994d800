package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/postroom/postroom"
)

// The states of a message.
const (
	stateTaken   = "taken"   // its bytes are safe, nothing is known of it yet
	stateReading = "reading" // its pages are being read
	stateRead    = "read"    // all pages are read or failed
	stateSorted  = "sorted"  // its documents are known; it waits for its turn to be decided
	stateFiling  = "filing"  // some of its documents are being filed
	stateDone    = "done"
)

// A document's state is a postroom.Status, or this until its files are stored.
const stateDocumentFiling = "filing"

// What the source needs to know of a message that is done.
const (
	outcomeProcessed = "processed"
	outcomeProblem   = "problem"
)

// Job arguments are ids, never content: the queue's tables hold no patient data.
type (
	readMessageArgs struct {
		Message string `json:"message"`
	}
	readPageArgs struct {
		Message    string `json:"message"`
		Attachment int    `json:"attachment"`
		Page       int    `json:"page"`
	}
	sortMessageArgs struct {
		Message string `json:"message"`
	}
	fileDocumentArgs struct {
		Document string `json:"document"`
	}
)

const (
	queueMessages = "messages"
	queuePages    = "pages"
	queueSort     = "sort"
	queueFile     = "file"
)

// maxDeaths bounds what a killed process can cost: each kill costs the jobs
// at hand one attempt, and a job that kills its process every time must end.
const maxDeaths = 20

// maxAttempts is River's own bound, as high as its column allows: River would
// discard the job there, and its message would be left with nothing that leads
// on. The rules of ours, which end in a quarantine, come long before.
const maxAttempts = 32000

func (readMessageArgs) Kind() string { return "read_message" }
func (readMessageArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueMessages, MaxAttempts: maxAttempts}
}
func (readPageArgs) Kind() string { return "read_page" }
func (readPageArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queuePages, MaxAttempts: maxAttempts}
}
func (sortMessageArgs) Kind() string { return "sort_message" }
func (sortMessageArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueSort, MaxAttempts: maxAttempts}
}
func (fileDocumentArgs) Kind() string { return "file_document" }
func (fileDocumentArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueFile, MaxAttempts: maxAttempts}
}

// attachJobs makes the client that inserts jobs and, with Options.Work, works them.
func (p *Pipeline) attachJobs() error {
	workers := river.NewWorkers()
	// The time limits are far above what the stages' own limits allow; they
	// only catch a stage that hangs.
	addWorker(p, workers, 30*time.Minute, func(ctx context.Context, a readMessageArgs) error { return p.readMessage(ctx, a.Message) },
		func(ctx context.Context, a readMessageArgs, reason string) error {
			return p.quarantineMessage(ctx, a.Message, reason, stateTaken)
		}, func(ctx context.Context, a readMessageArgs) error { return p.stopWaitingFor(ctx, a.Message) })
	addWorker(p, workers, 30*time.Minute, func(ctx context.Context, a readPageArgs) error {
		return p.readPage(ctx, a.Message, postroom.PageID{Attachment: a.Attachment, Page: a.Page})
	}, func(ctx context.Context, a readPageArgs, reason string) error {
		return p.failPage(ctx, a.Message, postroom.PageID{Attachment: a.Attachment, Page: a.Page}, reason)
	}, func(ctx context.Context, a readPageArgs) error { return p.stopWaitingFor(ctx, a.Message) })
	addWorker(p, workers, 10*time.Minute, func(ctx context.Context, a sortMessageArgs) error { return p.sortMessage(ctx, a.Message) },
		func(ctx context.Context, a sortMessageArgs, reason string) error {
			return p.quarantineMessage(ctx, a.Message, reason, stateRead, stateSorted)
		}, func(ctx context.Context, a sortMessageArgs) error { return p.stopWaitingFor(ctx, a.Message) })
	addWorker(p, workers, 30*time.Minute, func(ctx context.Context, a fileDocumentArgs) error { return p.fileDocument(ctx, a.Document) },
		func(ctx context.Context, a fileDocumentArgs, reason string) error {
			return p.quarantineDocument(ctx, a.Document, reason)
		}, nil)

	addWorker(p, workers, 10*time.Minute, func(ctx context.Context, a deliverArgs) error { return p.deliver(ctx, a.Delivery) },
		func(ctx context.Context, a deliverArgs, reason string) error {
			return p.endDelivery(ctx, a.Delivery, DeliveryRefused, reason)
		}, nil).bear = func(ctx context.Context, a deliverArgs) bool { return p.receiverAway(ctx, a.Delivery) }

	addWorker(p, workers, 30*time.Minute, p.readAgain, func(ctx context.Context, a readAgainArgs, reason string) error {
		return p.endTry(ctx, a, "another try ended the same way: "+reason)
	}, nil)

	cfg := &river.Config{
		Workers:           workers,
		Logger:            riverLog(p.log),
		MaxAttempts:       maxAttempts,
		RetryPolicy:       retryPolicy{p.opt.Backoff},
		FetchCooldown:     20 * time.Millisecond,
		FetchPollInterval: 250 * time.Millisecond,
		// Processes that died are noticed by our own heartbeat within seconds
		// (see takeover.go). River's rescue stands behind it for jobs that
		// hang in a living process.
		RescueStuckJobsAfter: 45 * time.Minute,
		JobTimeout:           40 * time.Minute,
		// What became of the work stands in our own tables: at a million pages a
		// day, a day of finished jobs would be most of the database's work.
		CompletedJobRetentionPeriod: time.Hour,
		ID:                          p.id,
	}
	if p.opt.Work {
		cfg.Queues = map[string]river.QueueConfig{
			queueMessages: {MaxWorkers: 2},
			queuePages:    {MaxWorkers: p.opt.Readers},
			queueSort:     {MaxWorkers: 2},
			queueFile:     {MaxWorkers: 2},
			queueDeliver:  {MaxWorkers: 2},
		}
	}
	return p.db.attach(cfg)
}

// retryPolicy waits 1, 4, 9, ... units, five minutes at the most.
type retryPolicy struct{ unit time.Duration }

func (r retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	n := time.Duration(len(job.Errors) + 1)
	return time.Now().Add(min(n*n*r.unit, 5*time.Minute))
}

// A jobWorker gives one kind of job the rules that all share: what to do with
// each sort of failure.
type jobWorker[A river.JobArgs] struct {
	river.WorkerDefaults[A]
	p       *Pipeline
	timeout time.Duration
	work    func(context.Context, A) error
	giveUp  func(ctx context.Context, args A, reason string) error
	delayed func(context.Context, A) error // told when the job will be tried again later
	bear    func(context.Context, A) bool  // whether to bear with a fault for longer than Options.GiveUp
}

func addWorker[A river.JobArgs](p *Pipeline, workers *river.Workers, timeout time.Duration,
	work func(context.Context, A) error, giveUp func(context.Context, A, string) error, delayed func(context.Context, A) error) *jobWorker[A] {
	w := &jobWorker[A]{p: p, timeout: timeout, work: work, giveUp: giveUp, delayed: delayed}
	river.AddWorker(workers, w)
	return w
}

// A putOff is no fault: the job is to be tried again after so long.
type putOff time.Duration

func (p putOff) Error() string { return "put off for " + time.Duration(p).String() }

// jobID is the key of the job's number in its context.
type jobID struct{}

func (w *jobWorker[A]) Timeout(*river.Job[A]) time.Duration { return w.timeout }

// unknownErrorTries is how often a fault that nobody foresaw is tried again.
const unknownErrorTries = 5

func (w *jobWorker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	defer w.p.atHand.begin(job.ID)()
	ctx, ended := w.p.observer().Begin(ctx, stepOf(job))
	o := &stepOutcome{end: StepDone}
	defer func() { ended(o.end, o.reason) }()
	return w.perform(ctx, job, o)
}

// A stepOutcome is how a job ended, for the Observer.
type stepOutcome struct{ end, reason string }

func (w *jobWorker[A]) perform(ctx context.Context, job *river.Job[A], o *stepOutcome) (err error) {
	log := w.p.log.With("job", job.Kind, "id", job.ID, "attempt", job.Attempt)
	if job.Attempt-len(job.Errors) > maxDeaths {
		log.Error("job ended its process too often")
		*o = stepOutcome{StepQuarantined, "it ended its process too often"}
		return w.end(ctx, job.Args, "working on it ended the program again and again; look at the original by hand")
	}
	defer func() {
		// A panic is a fault of ours; its text could quote a page, so only its type is kept.
		if r := recover(); r != nil {
			err = w.failed(ctx, log, job, o, fmt.Errorf("internal error: %T", r))
		}
	}()
	if err := w.work(context.WithValue(ctx, jobID{}, job.ID), job.Args); err != nil {
		return w.failed(ctx, log, job, o, err)
	}
	return nil
}

func (w *jobWorker[A]) failed(ctx context.Context, log *slog.Logger, job *river.Job[A], o *stepOutcome, err error) error {
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		o.end = StepStopped
		return river.JobSnooze(0) // we are being stopped: hand it back as it was
	}
	var off putOff
	if errors.As(err, &off) {
		o.end = StepAgain
		return river.JobSnooze(time.Duration(off))
	}
	var problem *postroom.Problem
	known := errors.As(err, &problem)
	if reason := machineFault(err); !known && reason != "" {
		problem, known = &postroom.Problem{Kind: postroom.Temporary, Reason: reason, Err: err}, true
	}
	pause, waited := snoozed(job.Metadata)
	*o = stepOutcome{StepQuarantined, "an internal error"}
	if known {
		o.reason = problem.Reason
	}
	switch {
	case known && problem.Kind == postroom.BadInput:
		log.Warn("quarantined", "reason", problem.Reason)
		return w.end(ctx, job.Args, postroom.ReasonOf(err, ""))
	case known && (waited < w.p.opt.GiveUp || w.bear != nil && w.bear(ctx, job.Args)):
		log.Warn("will try again", "reason", problem.Reason, "error", err)
		o.end = StepAgain
		w.letPass(ctx, log, job.Args)
		return river.JobSnooze(max(pause, wishOf(err)))
	case known:
		log.Error("gave up", "reason", problem.Reason, "error", err)
		return w.end(ctx, job.Args, fmt.Sprintf("%s, for %s now", problem.Reason, w.p.opt.GiveUp))
	case len(job.Errors)+1 < unknownErrorTries:
		log.Warn("will try again", "error", err)
		o.end = StepAgain
		w.letPass(ctx, log, job.Args)
		return forQueue(err)
	default:
		log.Error("gave up", "error", err)
		return w.end(ctx, job.Args, "it could not be worked on: an internal error, tried several times; see the log")
	}
}

func (p *Pipeline) observer() Observer {
	if p.opt.Observer == nil {
		return nobody{}
	}
	return p.opt.Observer
}

// endTime is how long noting the end of a job may take.
const endTime = 2 * time.Minute

// end gives the job's work up. The job's own time may be over by now, so the
// end has a time of its own. When it cannot be noted the job stays and tries again.
func (w *jobWorker[A]) end(ctx context.Context, args A, reason string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := w.giveUp(ctx, args, reason); err != nil {
		w.p.log.Error("the end of a job cannot be noted; it is tried again", "job", args.Kind(), "error", err)
		return forQueue(err)
	}
	return nil
}

// letPass tells that the job is tried again later.
func (w *jobWorker[A]) letPass(ctx context.Context, log *slog.Logger, args A) {
	if w.delayed == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := w.delayed(ctx, args); err != nil {
		log.Warn("let later messages pass", "error", err)
	}
}

// forQueue is what the queue's tables may keep of an error: which kind of
// error it was. Its text could quote a page.
func forQueue(err error) error {
	var p *postroom.Problem
	if errors.As(err, &p) {
		return errors.New(p.Reason)
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Errorf("%T; see the log", err)
		}
		err = inner
	}
}

// snoozed returns how long a job is to wait next for a fault to pass, and how
// long it has waited so far: 1, 2, 4 ... seconds, five minutes at the most.
// Only waiting counts, so a batch that runs an hour a night gives a document
// up after a day of trying and not after a day of being switched off.
func snoozed(metadata []byte) (next, before time.Duration) {
	var m struct {
		Snoozes int `json:"snoozes"` // kept by River
	}
	if err := json.Unmarshal(metadata, &m); err != nil {
		m.Snoozes = 0
	}
	next = time.Second
	for range min(m.Snoozes, 100_000) {
		before += next
		next = min(2*next, 5*time.Minute)
	}
	return next, before
}

// riverLog lets only River's errors through: its other lines are of no use to
// the people who run Postroom.
func riverLog(log *slog.Logger) *slog.Logger {
	return slog.New(levelHandler{log.Handler(), slog.LevelError})
}

type levelHandler struct {
	slog.Handler
	least slog.Level
}

func (h levelHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}
func (h levelHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return levelHandler{h.Handler.WithAttrs(a), h.least}
}
func (h levelHandler) WithGroup(name string) slog.Handler {
	return levelHandler{h.Handler.WithGroup(name), h.least}
}
