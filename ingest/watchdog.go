package ingest

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// quietConn is how long nothing needs to be heard while no command is under
// way: longer than IDLE is left alone (RFC 2177 asks for under 29 minutes).
const quietConn = 35 * time.Minute

// A watchedConn gives up a server that falls silent. The IMAP library waits
// for ever between responses, and allows a whole message five minutes however
// long it is, so its own limits are put aside and the time is taken here, on
// every read. Only waiting for the server counts: while nobody reads, because
// the message is being stored, no time runs.
//
// It lies below TLS, so that it sees the same with tls and starttls.
type watchedConn struct {
	net.Conn

	mu      sync.Mutex
	silence time.Duration

	silent  atomic.Bool // it was given up because nothing came
	dragged atomic.Bool // it was given up because a command came to no end
}

// expect sets how long the server may be silent from now on.
func (c *watchedConn) expect(silence time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silence = silence
	c.Conn.SetReadDeadline(time.Now().Add(silence)) // also for a read that waits already
}

// Read starts the time anew: it is progress that counts, not the whole. Once
// the time was up it stays so; the library reads on a few times.
func (c *watchedConn) Read(p []byte) (int, error) {
	if c.silent.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	c.mu.Lock()
	c.Conn.SetReadDeadline(time.Now().Add(c.silence))
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.silent.Store(true)
	}
	return n, err
}

// SetReadDeadline ignores the library's own limits.
func (c *watchedConn) SetReadDeadline(time.Time) error { return nil }

// SetDeadline leaves reading to expect.
func (c *watchedConn) SetDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(t) }

// guard runs f, which waits for the server. The connection is closed, which
// ends f with an error, when ctx ends, when the server is silent for longer
// than silence, and when f has not ended after total; 0 sets no such limit.
func (c *watchedConn) guard(ctx context.Context, silence, total time.Duration, f func() error) error {
	c.expect(silence)
	defer c.expect(quietConn)
	stop := context.AfterFunc(ctx, func() { c.Conn.Close() })
	defer stop()
	if total > 0 {
		timer := time.AfterFunc(total, func() {
			c.dragged.Store(true)
			c.Conn.Close()
		})
		defer timer.Stop()
	}
	return f()
}

// reason says why the connection was given up, for "... while trying to ...";
// it is empty when the other side ended it.
func (c *watchedConn) reason() string {
	switch {
	case c.silent.Load():
		return "the mail server fell silent"
	case c.dragged.Load():
		return "the mail server came to no end"
	}
	return ""
}
