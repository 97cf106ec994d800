package pipeline

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/postroom/postroom"
)

// databaseFault tells faults that pass (a server that restarts, a full disk)
// from faults of ours. The first are tried again for a day, by the rules for
// every Temporary problem; the others only a few times.
func databaseFault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var known *postroom.Problem
	if errors.As(err, &known) || !passes(err) {
		return err
	}
	return &postroom.Problem{Kind: postroom.Temporary, Reason: "the database cannot be used at the moment",
		Hint: "check that it runs and that its disk is neither full nor read-only", Err: withoutURL(err)}
}

func passes(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &pg) && len(pg.Code) == 5:
		switch pg.Code[:2] {
		// PostgreSQL, appendix A: connection, rollback (deadlock), resources
		// (disk, memory, connections), operator intervention, system error.
		case "08", "40", "53", "57", "58":
			return true
		}
		return pg.Code == "25006" // read only: a standby that is not promoted yet
	case errors.As(err, &lite):
		switch lite.Code() & 0xff { // the rest says which sort of it
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
			return true
		}
		return false
	}
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || err.Error() == "conn closed"
}

// machineFault says in plain words which fault of the machine err is; "" when
// it is none. The document is not to blame, so it is not given up for it.
func machineFault(err error) string {
	for _, f := range []struct {
		errno  syscall.Errno
		reason string
	}{
		{syscall.ENOSPC, "a disk is full"}, {syscall.EDQUOT, "a disk quota is used up"}, {syscall.EROFS, "a disk is read-only"},
		{syscall.EFBIG, "a file may not grow further"}, {syscall.EIO, "a disk cannot be read or written"}, {syscall.ENOMEM, "there is no memory left"},
		{syscall.EMFILE, "too many files are open"}, {syscall.ENFILE, "too many files are open"},
	} {
		if errors.Is(err, f.errno) {
			return f.reason
		}
	}
	return ""
}

func isTemporary(err error) bool {
	var p *postroom.Problem
	return errors.As(err, &p) && p.Kind == postroom.Temporary
}
