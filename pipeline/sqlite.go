package pipeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/postroom/postroom"
)

// sqliteDB is the embedded default: one machine, one working process.
//
// River's SQLite driver asks for a single connection (its own documentation
// calls it early), so every statement of the process takes turns. That is no
// bottleneck here: reading a page costs hundreds of times more than storing it.
type sqliteDB struct {
	sqliteQueries
	db     *sql.DB
	driver *riversqlite.Driver
	client *river.Client[*sql.Tx]
	lock   *os.File
}

// openSQLite opens or makes the database file at path. With work set it also
// takes the lock that keeps a second working process out.
func openSQLite(ctx context.Context, path string, work bool) (_ *sqliteDB, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	d := &sqliteDB{}
	if work {
		if d.lock, err = lockFile(path + ".lock"); err != nil {
			return nil, err
		}
	}
	// synchronous=FULL: a commit survives a power cut, which the promise "the
	// mail is moved only after the commit" rests on.
	// mmap_size: what does not fit SQLite's cache is read as fast as what does. cache_size: so it is small,
	// and each of its pages takes twice its size, since the allocator's slots are powers of two.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=mmap_size(4294967296)&_pragma=cache_size(-8192)"
	if d.db, err = sql.Open("sqlite", dsn); err != nil {
		d.unlock()
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	d.db.SetMaxOpenConns(1)
	if err := d.db.PingContext(ctx); err != nil {
		d.close()
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	// Patient data lives in it; other users of the machine must not read it.
	if err := os.Chmod(path, 0o600); err != nil {
		d.close()
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	d.sqliteQueries = sqliteQueries{d.db}
	d.driver = riversqlite.New(d.db)
	return d, nil
}

func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &postroom.Problem{
				Kind:   postroom.Misconfigured,
				Reason: "another postroom is already working on this data folder",
				Hint:   "stop it first, or use PostgreSQL to let several work together",
			}
		}
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return f, nil
}

func (d *sqliteDB) unlock() {
	if d.lock != nil {
		d.lock.Close()
	}
}

func (d *sqliteDB) inTx(ctx context.Context, f func(tx) error) error {
	t, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return databaseFault(err)
	}
	defer t.Rollback()
	in := &sqliteTx{sqliteQueries: sqliteQueries{t}, tx: t, client: d.client}
	if err := f(in); err != nil {
		return databaseFault(err)
	}
	if err := in.write(ctx, in); err != nil {
		return databaseFault(err)
	}
	return databaseFault(t.Commit())
}

func (d *sqliteDB) attach(cfg *river.Config) (err error) {
	d.client, err = river.NewClient(d.driver, cfg)
	return err
}

func (d *sqliteDB) start(ctx context.Context) error { return d.client.Start(ctx) }
func (d *sqliteDB) stop(ctx context.Context) error  { return d.client.Stop(ctx) }
func (d *sqliteDB) exclusive() bool                 { return true }
func (d *sqliteDB) blobType() string                { return "BLOB" }
func (d *sqliteDB) serialType() string              { return "INTEGER PRIMARY KEY AUTOINCREMENT" }
func (d *sqliteDB) stopNow(ctx context.Context) error {
	return d.client.StopAndCancel(ctx)
}
func (d *sqliteDB) clock() string { return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)" }

func (d *sqliteDB) migrateJobs(ctx context.Context) error {
	m, err := rivermigrate.New(d.driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func (d *sqliteDB) close() error {
	err := d.db.Close()
	d.unlock()
	return err
}

type sqliteTx struct {
	sqliteQueries
	auditTrail
	tx     *sql.Tx
	client *river.Client[*sql.Tx]
}

func (t *sqliteTx) enqueue(ctx context.Context, args ...river.JobArgs) error {
	return t.enqueueAt(ctx, priorityNormal, args...)
}

func (t *sqliteTx) enqueueAt(ctx context.Context, priority int, args ...river.JobArgs) error {
	if len(args) == 0 {
		return nil
	}
	_, err := t.client.InsertManyTx(ctx, t.tx, manyParams(args, priority))
	return err
}

func manyParams(args []river.JobArgs, priority int) []river.InsertManyParams {
	params := make([]river.InsertManyParams, len(args))
	for i, a := range args {
		params[i] = river.InsertManyParams{Args: a, InsertOpts: &river.InsertOpts{Priority: priority}}
	}
	return params
}

// sqliteQueries works on a *sql.DB and on a *sql.Tx.
type sqliteQueries struct {
	q interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}
}

func (s sqliteQueries) exec(ctx context.Context, q string, args ...any) (int64, error) {
	res, err := s.q.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, databaseFault(err)
	}
	return res.RowsAffected()
}

type sqliteRow struct{ *sql.Row }

func (r sqliteRow) scan(dest ...any) error {
	err := r.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoRows
	}
	return databaseFault(err)
}

func (s sqliteQueries) row(ctx context.Context, q string, args ...any) row {
	return sqliteRow{s.q.QueryRowContext(ctx, q, args...)}
}

func (s sqliteQueries) each(ctx context.Context, f func(func(...any) error) error, q string, args ...any) error {
	rows, err := s.q.QueryContext(ctx, q, args...)
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
