package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/postroom/postroom"
)

// A session is one connection, signed in, with the folder selected.
type session struct {
	config   MailboxConfig
	conn     *watchedConn
	client   *imapclient.Client
	caps     imap.CapSet // after signing in
	validity uint32
	exists   chan struct{} // told when the server says that mail came
	keywords bool          // the server keeps keywords of ours
	names    folderNames
	folders  map[string]string // by name in the configuration: name on the server, once it is sure to exist
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
		err = s.open(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close ends the connection at once.
func (s *session) close() {
	s.conn.Conn.Close()
	if s.client != nil {
		s.client.Close()
	}
}

// logout ends a session politely; the server's answer is not worth a long wait.
func (s *session) logout() {
	s.conn.guard(context.Background(), 3*time.Second, 3*time.Second, func() error { return s.client.Logout().Wait() })
	s.close()
}

// command runs one command that the server can answer at once.
func (s *session) command(ctx context.Context, what string, f func() error) error {
	return s.problem(ctx, what, s.conn.guard(ctx, s.config.Timeout, 10*s.config.Timeout, f))
}

// work runs one command over which a server may be silent for a while, because
// it touches much mail.
func (s *session) work(ctx context.Context, what string, f func() error) error {
	return s.problem(ctx, what, s.conn.guard(ctx, 5*s.config.Timeout, 20*s.config.Timeout, f))
}

// stream runs one command whose answer is a message: it may take as long as it
// likes as long as bytes come.
func (s *session) stream(ctx context.Context, what string, f func() error) error {
	return s.problem(ctx, what, s.conn.guard(ctx, s.config.Timeout, 0, f))
}

// errBroken is in the chain of every error that ended the connection.
var errBroken = errors.New("connection lost")

// problem tells a refusal from a broken connection. A server's text may quote
// mail, so only its code is kept.
func (s *session) problem(ctx context.Context, what string, err error) error {
	var known *postroom.Problem
	var refused *imap.Error
	var token *tokenRefused
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known), errors.As(err, &token):
		return err
	case errors.As(err, &refused) && refused.Type != imap.StatusResponseTypeBye:
		p := &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server refused to " + what, Err: answered(refused)}
		if refused.Code == imap.ResponseCodeOverQuota {
			p.Hint = "the mailbox is over its quota: make room in it"
		}
		return p
	}
	reason := s.conn.reason()
	if reason == "" {
		reason = "the connection to the mail server broke"
	}
	return &postroom.Problem{Kind: postroom.Temporary, Reason: reason + " while trying to " + what,
		Hint: "it is tried again; check the network if it goes on", Err: fmt.Errorf("%w: %w", errBroken, err)}
}

// answered keeps the kind and the code of a server's refusal, and that it was one.
func answered(refused *imap.Error) error {
	return &imap.Error{Type: refused.Type, Code: refused.Code, Text: "(its words are left out)"}
}

func isBroken(err error) bool { return errors.Is(err, errBroken) }

// withHint adds what to do to a Problem that does not say.
func withHint(err error, hint string) error {
	var p *postroom.Problem
	if !errors.As(err, &p) || p.Hint != "" {
		return err
	}
	q := *p
	q.Hint = hint
	return &q
}

func refusedWith(err error, codes ...imap.ResponseCode) bool {
	var refused *imap.Error
	return errors.As(err, &refused) && slices.Contains(codes, refused.Code)
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
		return dialProblem(ctx, c, err)
	}
	if c.TLS == "none" && !isLoopbackAddr(raw.RemoteAddr()) {
		raw.Close()
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the name " + c.Host + " leads to another machine, and tls: none is for this one only", Hint: "use tls or starttls"}
	}
	s.conn = &watchedConn{Conn: raw}
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
	err = s.conn.guard(ctx, c.Timeout, 4*c.Timeout, func() (err error) {
		switch c.TLS {
		case "starttls":
			s.client, err = imapclient.NewStartTLS(s.conn, options)
			return err
		case "none":
			s.client = imapclient.New(s.conn, options)
		default:
			t := tls.Client(s.conn, tlsConfig)
			if err := t.HandshakeContext(ctx); err != nil {
				return &handshakeError{err}
			}
			s.client = imapclient.New(t, options)
		}
		return s.client.WaitGreeting()
	})
	if err == nil && s.client.State() == imap.ConnStateAuthenticated {
		err = &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server " + c.address() + " lets anybody in without signing in", Hint: "check host and port"}
	}
	if err != nil {
		s.close()
		return s.greetingProblem(ctx, err)
	}
	return nil
}

// A handshakeError is a fault before the server has said its first word.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

func dialProblem(ctx context.Context, c MailboxConfig, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p := &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server " + c.address() + " cannot be reached", Hint: "check host and port, the network and the firewall", Err: err}
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		p.Reason, p.Hint = "there is no mail server called "+c.Host, "check host, and this machine's name server"
	}
	return p
}

func (s *session) greetingProblem(ctx context.Context, err error) error {
	c := s.config
	var untrusted *tls.CertificateVerificationError
	var handshake *handshakeError
	var refused *imap.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &untrusted):
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the certificate of the mail server " + c.Host + " is not trusted",
			Hint: "check that host is the name in the certificate, or give its authority with ca_file", Err: err}
	case s.conn.reason() != "":
		return s.problem(ctx, "greet us on "+c.address(), err)
	case errors.As(err, &handshake):
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "no encrypted connection to the mail server " + c.address() + " could be made",
			Hint: "check port and tls: 993 is tls, 143 is starttls", Err: err}
	case errors.As(err, &refused) && c.TLS == "starttls" && refused.Type != imap.StatusResponseTypeBye:
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server " + c.address() + " does not encrypt with STARTTLS",
			Hint: "use tls on port 993", Err: answered(refused)}
	case errors.As(err, &refused):
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server " + c.address() + " turned us away", Hint: "it is tried again; it may be busy or closed for maintenance", Err: answered(refused)}
	}
	return s.problem(ctx, "greet us on "+c.address(), err)
}

func (s *session) signIn(ctx context.Context, tokens *tokenSource) error {
	c := s.config
	caps, err := s.askCaps(ctx)
	if err != nil {
		return err
	}
	if tokens == nil {
		if !caps.Has(imap.AuthCap(sasl.Plain)) && caps.Has(imap.CapLoginDisabled) {
			return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server " + c.Host + " accepts no password", Hint: "use tls or starttls instead of none, or oauth instead of a password"}
		}
		err := s.command(ctx, "sign in", func() error {
			if caps.Has(imap.AuthCap(sasl.Plain)) {
				return s.client.Authenticate(sasl.NewPlainClient("", c.User, c.Password))
			}
			return s.client.Login(c.User, c.Password).Wait()
		})
		return signInProblem(c, err, "check user and password; with Microsoft 365 and Gmail passwords no longer work: use oauth")
	}
	token, cached, err := tokens.get(ctx, false)
	if err != nil {
		return err
	}
	err = s.signInWith(ctx, caps, token)
	if cached && signInRefused(err) {
		// The token at hand may have been withdrawn before its time: once more
		// with a new one, on a new connection, as the exchange was broken off.
		s.close()
		if token, _, err = tokens.get(ctx, true); err != nil {
			return err
		}
		if err := s.dial(ctx); err != nil {
			return err
		}
		err = s.signInWith(ctx, caps, token)
	}
	return signInProblem(c, err, "check that the app may use IMAP for this mailbox, and that user is its address")
}

func (s *session) signInWith(ctx context.Context, caps imap.CapSet, token string) error {
	mechanism, err := oauthClient(s.config, func(m string) bool { return caps.Has(imap.AuthCap(m)) }, token)
	if err != nil {
		return err
	}
	return s.command(ctx, "sign in", func() error { return s.client.Authenticate(mechanism) })
}

// askCaps returns what the server can do now. The library may have to ask.
func (s *session) askCaps(ctx context.Context) (caps imap.CapSet, err error) {
	err = s.command(ctx, "say what it can do", func() error {
		if caps = s.client.Caps(); caps == nil {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	return caps, err
}

// signInRefused reports whether the server said no, rather than broke off.
func signInRefused(err error) bool {
	var token *tokenRefused
	var refused *imap.Error
	return errors.As(err, &token) || errors.As(err, &refused) && !notNow(err)
}

// notNow reports whether the refusal may pass (RFC 5530).
func notNow(err error) bool {
	return refusedWith(err, imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug)
}

func signInProblem(c MailboxConfig, err error, hint string) error {
	if !signInRefused(err) {
		return err
	}
	var p *postroom.Problem
	if errors.As(err, &p) {
		err = p.Err
	}
	return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server " + c.Host + " refused the sign-in of " + c.User, Hint: hint, Err: err}
}

// open selects the folder and learns what the server can do with it.
func (s *session) open(ctx context.Context) (err error) {
	if s.caps, err = s.askCaps(ctx); err != nil {
		return err
	}
	// A server with both revisions speaks the older one until asked, whereas
	// the library writes folder names as in the newer as soon as it is offered.
	if s.caps.Has(imap.CapIMAP4rev2) && s.caps.Has(imap.CapIMAP4rev1) {
		if err := s.command(ctx, "speak IMAP4rev2", func() error { _, err := s.client.Enable(imap.CapIMAP4rev2).Wait(); return err }); isBroken(err) {
			return err
		}
	}
	if s.names, err = s.askNames(ctx); err != nil {
		return err
	}
	name, err := s.find(ctx, s.config.Folder)
	if err != nil {
		return err
	}
	if name == "" {
		name = s.names.candidates(s.config.Folder)[0] // it may be hidden from lists
	}
	var data *imap.SelectData
	err = s.command(ctx, "open the folder "+s.config.Folder, func() (err error) {
		data, err = s.client.Select(name, nil).Wait()
		return err
	})
	var refused *imap.Error
	switch {
	case errors.As(err, &refused) && !notNow(err):
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mailbox has no folder " + s.config.Folder + " that can be opened",
			Hint: "check folder in the configuration, and the rights of " + s.config.User + " to it", Err: err}
	case err != nil:
		return err
	case data.UIDValidity == 0:
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server gives messages no lasting numbers (UIDVALIDITY)", Hint: "this mailbox cannot be read safely; use another server"}
	}
	s.validity = data.UIDValidity
	s.keywords = slices.Contains(data.PermanentFlags, imap.FlagWildcard) ||
		slices.Contains(data.PermanentFlags, keywordProcessed) && slices.Contains(data.PermanentFlags, keywordProblem)
	return nil
}
