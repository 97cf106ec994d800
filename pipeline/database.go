package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// errNoRows is what row.scan returns when there is none, whatever the database.
var errNoRows = errors.New("no such row")

// A row is one answer.
type row interface{ scan(dest ...any) error }

// queries is what SQLite and PostgreSQL have in common. Parameters are
// written "?", times are microseconds since 1970 in UTC, JSON is text.
type queries interface {
	exec(ctx context.Context, sql string, args ...any) (changed int64, err error)
	row(ctx context.Context, sql string, args ...any) row
	// each calls f for each row; scan must be called in f only.
	each(ctx context.Context, f func(scan func(dest ...any) error) error, sql string, args ...any) error
}

// A tx is a database transaction that can also enqueue jobs: what is enqueued
// exists only if the transaction commits.
type tx interface {
	queries
	enqueue(ctx context.Context, args ...river.JobArgs) error
	// enqueueAt is enqueue with a priority.
	enqueueAt(ctx context.Context, priority int, args ...river.JobArgs) error
	// indexWords makes a document's entry in the search what is given.
	indexWords(ctx context.Context, id int64, patient, sender, words, facets []string) error
	// audit writes a row of the audit trail when, and if, the transaction commits.
	audit(e AuditEvent)
}

// A database keeps the state and the job queue. SQLite and PostgreSQL
// implement it; one test suite runs both.
//
// Inside inTx only the tx may be used: SQLite has a single connection, so a
// query beside an open transaction would wait for ever.
type database interface {
	queries
	inTx(ctx context.Context, f func(tx) error) error
	// attach makes the client that inserts and works the jobs; start works them until stop.
	attach(cfg *river.Config) error
	start(ctx context.Context) error
	stop(ctx context.Context) error
	// stopNow ends the jobs at hand, too.
	stopNow(ctx context.Context) error
	// exclusive is true when no other process can be working the same jobs.
	exclusive() bool
	// schema gives the statements that differ.
	blobType() string
	serialType() string
	// clock is an expression: microseconds since 1970 by the database's own clock.
	clock() string
	migrateJobs(ctx context.Context) error
	// prepareSearch makes the index of the search, which each database has in its own way.
	prepareSearch(ctx context.Context) error
	// prepareAudit makes the database refuse to change the audit trail.
	prepareAudit(ctx context.Context) error
	// tidySearch does a small piece of what the index needs now and then, and reports
	// whether there is more.
	tidySearch(ctx context.Context) (more bool, err error)
	// searchRows returns the documents of which all terms hold, the last ones before the
	// given one first.
	searchRows(ctx context.Context, terms []searchTerm, before int64, limit int) ([]int64, error)
	close() error
}

func micros(t time.Time) int64 { return t.UTC().UnixMicro() }

func fromMicros(v int64) time.Time { return time.UnixMicro(v).UTC() }
