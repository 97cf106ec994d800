package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/postroom/postroom"
)

// postgresDB lets any number of processes on any number of machines share the work.
type postgresDB struct {
	postgresQueries
	pool   *pgxpool.Pool
	driver *riverpgxv5.Driver
	client *river.Client[pgx.Tx]
}

// openPostgres connects to url (postgres://user:password@host:port/database).
func openPostgres(ctx context.Context, url string) (*postgresDB, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		// pgx quotes the URL, and with it the password, in its error.
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the address of the PostgreSQL database cannot be understood",
			Hint: "write it as postgres://user:password@host:5432/name"}
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, &postroom.Problem{Kind: postroom.Temporary, Reason: "the PostgreSQL database cannot be reached",
			Hint: "check that it runs, and the address, user and password", Err: withoutURL(err)}
	}
	return &postgresDB{postgresQueries{pool}, pool, riverpgxv5.New(pool), nil}, nil
}

func withoutURL(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fmt.Errorf("%s (SQLSTATE %s)", pg.Message, pg.Code)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		// pgx repeats itself once for each address that it tried.
		first, _, _ := strings.Cut(errors.Unwrap(connect).Error(), "\n")
		return errors.New(first)
	}
	return err
}

func (d *postgresDB) inTx(ctx context.Context, f func(tx) error) error {
	return databaseFault(pgx.BeginFunc(ctx, d.pool, func(t pgx.Tx) error {
		in := &postgresTx{postgresQueries: postgresQueries{t}, tx: t, client: d.client}
		if err := f(in); err != nil {
			return err
		}
		return in.write(ctx, in)
	}))
}

func (d *postgresDB) attach(cfg *river.Config) (err error) {
	d.client, err = river.NewClient(d.driver, cfg)
	return err
}

func (d *postgresDB) start(ctx context.Context) error { return d.client.Start(ctx) }
func (d *postgresDB) stop(ctx context.Context) error  { return d.client.Stop(ctx) }
func (d *postgresDB) exclusive() bool                 { return false }
func (d *postgresDB) blobType() string                { return "BYTEA" }
func (d *postgresDB) serialType() string              { return "BIGSERIAL PRIMARY KEY" }
func (d *postgresDB) stopNow(ctx context.Context) error {
	return d.client.StopAndCancel(ctx)
}

// The server's clock: those of the machines that share the work need not agree.
func (d *postgresDB) clock() string {
	return "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT"
}

func (d *postgresDB) migrateJobs(ctx context.Context) error {
	m, err := rivermigrate.New(d.driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func (d *postgresDB) close() error {
	d.pool.Close()
	return nil
}

type postgresTx struct {
	postgresQueries
	auditTrail
	tx     pgx.Tx
	client *river.Client[pgx.Tx]
}

func (t *postgresTx) enqueue(ctx context.Context, args ...river.JobArgs) error {
	return t.enqueueAt(ctx, priorityNormal, args...)
}

func (t *postgresTx) enqueueAt(ctx context.Context, priority int, args ...river.JobArgs) error {
	if len(args) == 0 {
		return nil
	}
	_, err := t.client.InsertManyTx(ctx, t.tx, manyParams(args, priority))
	return err
}

// postgresQueries works on a pool and on a transaction.
type postgresQueries struct {
	q interface {
		Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
		Query(context.Context, string, ...any) (pgx.Rows, error)
		QueryRow(context.Context, string, ...any) pgx.Row
	}
}

// numbered turns each "?" into "$1", "$2", ...; no statement of ours holds one otherwise.
func numbered(q string) string {
	var b strings.Builder
	n := 0
	for _, part := range strings.SplitAfter(q, "?") {
		if s, ok := strings.CutSuffix(part, "?"); ok {
			n++
			b.WriteString(s + "$" + strconv.Itoa(n))
			continue
		}
		b.WriteString(part)
	}
	return b.String()
}

func (p postgresQueries) exec(ctx context.Context, q string, args ...any) (int64, error) {
	tag, err := p.q.Exec(ctx, numbered(q), args...)
	return tag.RowsAffected(), databaseFault(err)
}

type postgresRow struct{ pgx.Row }

func (r postgresRow) scan(dest ...any) error {
	err := r.Scan(dest...)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNoRows
	}
	return databaseFault(err)
}

func (p postgresQueries) row(ctx context.Context, q string, args ...any) row {
	return postgresRow{p.q.QueryRow(ctx, numbered(q), args...)}
}

func (p postgresQueries) each(ctx context.Context, f func(func(...any) error) error, q string, args ...any) error {
	rows, err := p.q.Query(ctx, numbered(q), args...)
	if err != nil {
		return databaseFault(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return databaseFault(rows.Err())
}
