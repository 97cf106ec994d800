package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/postroom/postroom"
)

// quietConn is how long nothing needs to be heard while no command is under
// way: longer than IDLE is left alone (RFC 2177 asks for under 29 minutes).
const quietConn = 35 * time.Minute

// A watchedConn gives up a server that falls silent. The library waits for
// ever between responses, so the time limit is set here, on every read; a
// large message may take as long as it likes as long as bytes come.
type watchedConn struct {
	net.Conn
	limit atomic.Int64 // time.Duration
}

func (c *watchedConn) expect(d time.Duration) {
	c.limit.Store(int64(d))
	c.Conn.SetReadDeadline(time.Now().Add(d)) // also for a read that waits already
}

func (c *watchedConn) Read(p []byte) (int, error) {
	c.Conn.SetReadDeadline(time.Now().Add(time.Duration(c.limit.Load())))
	return c.Conn.Read(p)
}

// SetReadDeadline is the library's own, which would undo ours.
func (c *watchedConn) SetReadDeadline(time.Time) error { return nil }

// A session is one connection, signed in, with the folder selected.
type session struct {
	config   MailboxConfig
	conn     *watchedConn
	client   *imapclient.Client
	validity uint32
	exists   chan struct{} // told when the server says that mail came
	delim    string
	folders  map[string]string // by name in the configuration: name on the server, once it is sure to exist
	keywords bool              // the server keeps keywords of ours
}

// command runs one command and bounds the server's silence during it.
func (s *session) command(ctx context.Context, what string, f func() error) error {
	s.conn.expect(s.config.Timeout)
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	err := f()
	stop()
	s.conn.expect(quietConn)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return imapProblem(what, err)
}

// imapProblem tells a refusal from a broken connection. A server's text may
// quote mail, so only its code is kept.
func imapProblem(what string, err error) error {
	var known *postroom.Problem
	if errors.As(err, &known) {
		return err
	}
	var refused *imap.Error
	if errors.As(err, &refused) {
		code := string(refused.Code)
		if code == "" {
			code = string(refused.Type)
		}
		p := &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server refused to " + what, Err: fmt.Errorf("the server answered %s", code)}
		if refused.Code == imap.ResponseCodeOverQuota {
			p.Hint = "the mailbox is over its quota: make room in it"
		}
		return p
	}
	reason := "the connection to the mail server broke while trying to " + what
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		reason = "the mail server fell silent while trying to " + what
	}
	return &postroom.Problem{Kind: postroom.Temporary, Reason: reason, Hint: "it is tried again; check the network if it goes on", Err: err}
}

// connect opens a session. Its Problem says what to do when the server can't
// be reached, its certificate isn't trusted, or it refuses the sign-in.
func connect(ctx context.Context, c MailboxConfig, tokens *tokenSource) (*session, error) {
	s := &session{config: c, exists: make(chan struct{}, 1), folders: map[string]string{}}
	if err := s.dial(ctx); err != nil {
		return nil, err
	}
	err := s.signIn(ctx, tokens)
	if err == nil {
		err = s.selectFolder(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) close() {
	s.client.Close()
	s.conn.Close()
}

// logout ends a session politely; the server's answer is not worth a wait.
func (s *session) logout() {
	s.conn.expect(3 * time.Second)
	s.client.Logout().Wait()
	s.close()
}

func (s *session) dial(ctx context.Context) error {
	c := s.config
	tlsConfig, err := c.tlsConfig()
	if err != nil {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the certificate file of the mail server cannot be used", Hint: "check ca_file", Err: err}
	}
	dialer := &net.Dialer{Timeout: c.Timeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 15 * time.Second, Count: 4}}
	raw, err := dialer.DialContext(ctx, "tcp", c.address())
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server " + c.address() + " cannot be reached", Hint: "check host and port, the network and the firewall", Err: err}
	}
	if c.TLS == "tls" {
		t := tls.Client(raw, tlsConfig)
		handshake, cancel := context.WithTimeout(ctx, c.Timeout)
		defer cancel()
		if err := t.HandshakeContext(handshake); err != nil {
			raw.Close()
			return tlsProblem(ctx, c, err)
		}
		raw = t
	}
	s.conn = &watchedConn{Conn: raw}
	s.conn.expect(c.Timeout)
	options := &imapclient.Options{TLSConfig: tlsConfig, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				select {
				case s.exists <- struct{}{}:
				default:
				}
			}
		},
	}}
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer stop()
	if c.TLS == "starttls" {
		if s.client, err = imapclient.NewStartTLS(s.conn, options); err != nil {
			s.conn.Close()
			return tlsProblem(ctx, c, err)
		}
		return nil
	}
	s.client = imapclient.New(s.conn, options)
	if err := s.client.WaitGreeting(); err != nil {
		s.close()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return imapProblem("greet us", err)
	}
	return nil
}

func tlsProblem(ctx context.Context, c MailboxConfig, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the certificate of the mail server " + c.Host + " is not trusted",
			Hint: "check that host is the name in the certificate, or give its authority with ca_file", Err: err}
	}
	return &postroom.Problem{Kind: postroom.Temporary, Reason: "no encrypted connection to the mail server " + c.address() + " could be made",
		Hint: "check port and tls: 993 is tls, 143 is starttls", Err: err}
}

func (s *session) signIn(ctx context.Context, tokens *tokenSource) error {
	c := s.config
	var caps imap.CapSet
	if err := s.command(ctx, "say what it can do", func() error { caps = s.client.Caps(); return nil }); err != nil {
		return err
	}
	if tokens == nil {
		err := s.command(ctx, "sign in", func() error {
			if caps.Has(imap.AuthCap("PLAIN")) {
				return s.client.Authenticate(sasl.NewPlainClient("", c.User, c.Password))
			}
			return s.client.Login(c.User, c.Password).Wait()
		})
		return signInProblem(c, err, "check user and password; with Microsoft 365 and Gmail passwords no longer work: use oauth")
	}
	var err error
	for _, fresh := range []bool{false, true} {
		var token string
		if token, err = tokens.get(ctx, fresh); err != nil {
			return err
		}
		var mechanism sasl.Client
		if mechanism, err = oauthClient(c, func(m string) bool { return caps.Has(imap.AuthCap(m)) }, token); err != nil {
			return err
		}
		err = s.command(ctx, "sign in", func() error { return s.client.Authenticate(mechanism) })
		if err == nil || ctx.Err() != nil {
			return err
		}
		// The token at hand may have been withdrawn before its time: once more
		// with a new one, on a new connection, as the exchange was broken off.
		s.close()
		if fresh {
			break
		}
		if err := s.dial(ctx); err != nil {
			return err
		}
	}
	return signInProblem(c, err, "check that the app may use IMAP for this mailbox, and that user is its address")
}

func signInProblem(c MailboxConfig, err error, hint string) error {
	var p *postroom.Problem
	if err == nil || !errors.As(err, &p) {
		return err
	}
	var network net.Error
	if errors.As(p.Err, &network) || errors.Is(p.Err, io.EOF) || errors.Is(p.Err, io.ErrUnexpectedEOF) {
		return err // broken, not refused
	}
	return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server " + c.Host + " refused the sign-in", Hint: hint, Err: p.Err}
}

func (s *session) selectFolder(ctx context.Context) error {
	return s.command(ctx, "open the folder "+s.config.Folder, func() error {
		list, err := s.client.List("", "", nil).Collect()
		if err != nil {
			return err
		}
		if len(list) > 0 && list[0].Delim != 0 {
			s.delim = string(list[0].Delim)
		}
		data, err := s.client.Select(s.onServer(s.config.Folder), nil).Wait()
		if err != nil {
			var refused *imap.Error
			if errors.As(err, &refused) {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server has no folder " + s.config.Folder, Hint: "check folder in the configuration", Err: fmt.Errorf("the server answered %s", refused.Type)}
			}
			return err
		}
		s.validity = data.UIDValidity
		for _, f := range data.PermanentFlags {
			if f == imap.FlagWildcard {
				s.keywords = true
			}
		}
		return nil
	})
}

// onServer writes a folder's name with the server's own delimiter of levels.
func (s *session) onServer(name string) string {
	if s.delim == "" || s.delim == "/" {
		return name
	}
	return strings.ReplaceAll(name, "/", s.delim)
}

// folder returns the name on the server of a folder that it makes if need be.
func (s *session) folder(ctx context.Context, name string) (string, error) {
	if known, ok := s.folders[name]; ok {
		return known, nil
	}
	full := s.onServer(name)
	err := s.command(ctx, "make the folder "+name, func() error {
		if s.client.Caps().Has(imap.CapNamespace) {
			// Some servers keep every folder below the inbox.
			ns, err := s.client.Namespace().Wait()
			if err == nil && len(ns.Personal) > 0 && !strings.HasPrefix(full, ns.Personal[0].Prefix) {
				full = ns.Personal[0].Prefix + full
			}
		}
		found, err := s.client.List("", full, nil).Collect()
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return nil
		}
		err = s.client.Create(full, nil).Wait()
		var refused *imap.Error
		if errors.As(err, &refused) && refused.Code == imap.ResponseCodeAlreadyExists {
			return nil
		}
		return err
	})
	if err != nil {
		return "", err
	}
	s.folders[name] = full
	return full, nil
}
