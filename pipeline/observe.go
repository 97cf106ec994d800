package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/postroom/postroom"
)

// A Step is one job of one stage, at its beginning.
type Step struct {
	Stage string // read_message, read_page, sort_message, file_document
	// Subject is the hash of the message or the id of the document that it is
	// about; Page is the page within the message, or empty. None of them is patient data.
	Subject string
	Page    string
	Attempt int
	Waited  time.Duration // in the queue, since it was due
}

// How a Step ended.
const (
	StepDone        = "done"
	StepAgain       = "again"       // it is tried again later
	StepQuarantined = "quarantined" // it was given up, with its reason
	StepStopped     = "stopped"     // handed back because the process stops
)

// What an Observer counts.
const (
	CountMessages    = "messages"    // taken in for the first time
	CountPages       = "pages"       // read, or taken from an earlier reading
	CountFiled       = "filed"       // documents
	CountHeld        = "held"        // documents that a person must look at
	CountQuarantined = "quarantined" // documents and messages that could not be read
	CountDiscarded   = "discarded"   // messages without a document
	CountTakenOver   = "taken_over"  // jobs of processes that fell silent
)

// An Observer is told what happens, for metrics and traces. It is called by
// many goroutines and must be quick.
type Observer interface {
	// Begin is told of a step; what it returns is called at the step's end with
	// how it ended and, unless all was well, the plain reason.
	Begin(ctx context.Context, s Step) (context.Context, func(end, reason string))
	Count(what string, n int)
}

type nobody struct{}

func (nobody) Begin(ctx context.Context, _ Step) (context.Context, func(string, string)) {
	return ctx, func(string, string) {}
}
func (nobody) Count(string, int) {}

// stepOf describes a job.
func stepOf[A river.JobArgs](job *river.Job[A]) Step {
	s := Step{Stage: job.Kind, Attempt: job.Attempt, Waited: max(0, time.Since(job.ScheduledAt))}
	switch a := any(job.Args).(type) {
	case readMessageArgs:
		s.Subject = a.Message
	case readPageArgs:
		s.Subject, s.Page = a.Message, postroom.PageID{Attachment: a.Attachment, Page: a.Page}.String()
	case sortMessageArgs:
		s.Subject = a.Message
	case fileDocumentArgs:
		s.Subject = a.Document
	}
	return s
}

// A Queue is how much of one sort of work waits.
type Queue struct {
	Waiting  int           // due, and nobody works on it
	Running  int           // being worked on, by whatever process
	Retrying int           // to be tried again later
	Oldest   time.Duration // how long the oldest that is due has waited
}

// Vitals say how the whole system is, whoever works on it.
type Vitals struct {
	Queues       map[string]Queue // by name: messages, pages, sort, file
	OpenMessages int              // taken, without an outcome
	OldestOpen   time.Duration    // since the oldest of them was received
	Held         int              // documents that wait for a person
	UrgentHeld   int              // those of them that are urgent
	OldestHeld   time.Duration    // since the oldest of them was decided
	Quarantined  int              // documents in quarantine
	Unsettled    int              // mails with an outcome that still stand where they arrived
	Undelivered  int              // deliveries that wait for their receivers
	OldestWaits  time.Duration    // since the document of the oldest of them was filed
	Refused      int              // deliveries that a receiver refused
	Workers      int              // processes that showed in the last half minute that they live
}

// Vitals asks for them; the price follows what is unfinished, not what was filed.
func (p *Pipeline) Vitals(ctx context.Context) (v Vitals, err error) {
	v.Queues = map[string]Queue{}
	for _, q := range []string{queueMessages, queuePages, queueSort, queueFile} {
		v.Queues[q] = Queue{}
	}
	due, age := `scheduled_at <= now()`, `COALESCE(EXTRACT(EPOCH FROM now() - MIN(CASE WHEN state = 'available' THEN scheduled_at END)), 0)::BIGINT`
	if p.db.exclusive() {
		due, age = `scheduled_at <= CURRENT_TIMESTAMP`, `COALESCE(unixepoch() - unixepoch(MIN(CASE WHEN state = 'available' THEN scheduled_at END)), 0)`
	}
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var name string
		var q Queue
		var seconds int64
		if err := scan(&name, &q.Waiting, &q.Running, &q.Retrying, &seconds); err != nil {
			return err
		}
		q.Oldest = time.Duration(max(0, seconds)) * time.Second
		v.Queues[name] = q
		return nil
	}, `SELECT queue, COALESCE(SUM(CASE WHEN state = 'available' AND `+due+` THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN state IN ('retryable', 'scheduled') THEN 1 ELSE 0 END), 0), `+age+`
		FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled') GROUP BY queue`)
	if err != nil {
		return v, fmt.Errorf("look at the queues: %w", err)
	}
	now := p.now()
	since := func(at int64) time.Duration {
		if at == 0 {
			return 0
		}
		return max(0, now.Sub(fromMicros(at)))
	}
	var received, decided int64
	if err := p.db.row(ctx, `SELECT COUNT(*), COALESCE(MIN(received), 0) FROM messages WHERE state <> 'done'`).scan(&v.OpenMessages, &received); err != nil {
		return v, err
	}
	v.OldestOpen = since(received)
	// What waits for a person is in no manifest yet, and (run, state) is an index.
	if err := p.db.row(ctx, `SELECT COUNT(*), COALESCE(SUM(urgent), 0), COALESCE(MIN(created), 0) FROM documents WHERE run = '' AND state = 'review'`).scan(&v.Held, &v.UrgentHeld, &decided); err != nil {
		return v, err
	}
	v.OldestHeld = since(decided)
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM documents WHERE run = '' AND state = 'quarantined'`).scan(&v.Quarantined); err != nil {
		return v, err
	}
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM arrivals a JOIN messages m ON m.id = a.message WHERE a.settled = 0 AND m.outcome <> ''`).scan(&v.Unsettled); err != nil {
		return v, err
	}
	var filed int64
	if err := p.db.row(ctx, `SELECT COUNT(*), COALESCE(MIN(created), 0) FROM deliveries WHERE state = 'waiting'`).scan(&v.Undelivered, &filed); err != nil {
		return v, err
	}
	v.OldestWaits = since(filed)
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM deliveries WHERE state = 'refused'`).scan(&v.Refused); err != nil {
		return v, err
	}
	err = p.db.row(ctx, `SELECT COUNT(*) FROM workers WHERE seen >= `+p.db.clock()+` - ?`, p.deadAfter().Microseconds()).scan(&v.Workers)
	return v, err
}

// Alive reports whether this process has lately shown to the others that it
// lives; one that could not for a minute does no good work and is best started again.
func (p *Pipeline) Alive() bool {
	at := p.beatAt.Load()
	return at == 0 || time.Since(time.Unix(0, at)) < time.Minute
}

// Ping reports whether the database answers.
func (p *Pipeline) Ping(ctx context.Context) error {
	var one int
	return p.db.row(ctx, `SELECT 1`).scan(&one)
}

func countOf(s postroom.Status) string {
	switch s {
	case postroom.Filed:
		return CountFiled
	case postroom.InReview:
		return CountHeld
	case postroom.Quarantined:
		return CountQuarantined
	}
	return CountDiscarded
}

// countDecided tells the observer what deciding a message came to; what is to
// be filed is counted when it is.
func (p *Pipeline) countDecided(ctx context.Context, id string) {
	if _, nobody := p.observer().(nobody); nobody {
		return
	}
	var held []postroom.Status
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		held = append(held, postroom.Status(s))
		return err
	}, `SELECT state FROM documents WHERE message = ? AND state IN ('review', 'quarantined', 'discarded')`, id); err != nil {
		return // only a count is lost
	}
	for _, s := range held {
		p.observer().Count(countOf(s), 1)
	}
}

// ClockSkew is how far the database's clock is ahead of this machine's. An
// SQLite file has no clock of its own.
func (p *Pipeline) ClockSkew(ctx context.Context) (time.Duration, error) {
	var at int64
	before := time.Now()
	if err := p.db.row(ctx, `SELECT `+p.db.clock()).scan(&at); err != nil {
		return 0, err
	}
	return fromMicros(at).Sub(before.Add(time.Since(before) / 2)), nil
}
