package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// within fails the test when f takes longer.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		buf := make([]byte, 1<<20)
		t.Fatalf("no end after %v\n%s", limit, buf[:runtime.Stack(buf, true)])
	}
}

// A server that falls silent must not hold us, wherever it does. The library
// alone waits for ever.
func TestMailboxSilentServer(t *testing.T) {
	at := func(prefix string) func(string) bool {
		return func(command string) bool { return strings.HasPrefix(command, prefix) }
	}
	for name, hangs := range map[string]func(command string) bool{
		"greeting": at("CONNECT"), "sign-in": at("AUTHENTICATE"), "LIST": at("LIST"), "SELECT": at("SELECT"), "SEARCH": at("UID SEARCH"), "MOVE": at("UID MOVE"),
		"facts": func(command string) bool { return at("UID FETCH")(command) && !strings.Contains(command, "BODY") },
		"body":  func(command string) bool { return strings.Contains(command, "BODY") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{t: t, mails: map[int]string{1: string(letter(1))}}
			s.answer = func(c *scriptConn, _, command string) bool {
				if !hangs(command) {
					return false
				}
				if strings.Contains(command, "BODY") && c.n%2 == 0 {
					io.WriteString(c, "* 1 FETCH (UID 1 BODY[] {1000}\r\nhalf a")
				}
				c.hang()
				return true
			}
			m, d := mailbox(t, s.serve()), newDesk()
			if name == "MOVE" {
				d.taken[postroom.ArrivalID{Source: "inbox", Folder: "INBOX", UIDValidity: 7, UID: 1}] = arrived{}
				d.decide(all(postroom.ArrivalProcessed))
			}
			within(t, 10*time.Second, func() {
				wantProblem(t, m.Receive(t.Context(), d), postroom.Temporary, "fell silent while trying to", "tried again")
			})
			if len(d.settled) > 0 || name != "MOVE" && len(d.taken) > 0 {
				t.Error("something was taken or settled")
			}
		})
	}
	t.Run("logout", func(t *testing.T) {
		s := &script{t: t, answer: func(c *scriptConn, _, command string) bool {
			if command == "LOGOUT" {
				c.hang()
				return true
			}
			return false
		}}
		within(t, 10*time.Second, func() { receive(t, mailbox(t, s.serve()), newDesk()) })
	})
}

func TestMailboxSilentHandshake(t *testing.T) {
	for _, mode := range []string{"tls", "starttls"} {
		s := &script{t: t, answer: func(c *scriptConn, tag, command string) bool {
			if command == "CONNECT" && mode == "tls" || command == "STARTTLS" {
				if tag != "" {
					c.say("%s OK go on", tag)
				}
				c.hang()
				return true
			}
			return false
		}}
		config := s.serve()
		config.TLS = mode
		within(t, 20*time.Second, func() {
			wantProblem(t, mailbox(t, config).Receive(t.Context(), newDesk()), postroom.Temporary, "fell silent", "")
		})
	}
}

// What comes slowly comes all the same: neither a slow line nor a slow store
// is silence.
func TestMailboxSlowMessage(t *testing.T) {
	raw := string(letter(1)) + strings.Repeat("x", 200)
	s := &script{t: t, mails: map[int]string{1: raw}}
	s.answer = func(c *scriptConn, tag, command string) bool {
		if !strings.HasPrefix(command, "UID FETCH") || !strings.Contains(command, "BODY") {
			return false
		}
		fmt.Fprintf(c, "* 1 FETCH (UID 1 BODY[] {%d}\r\n", len(raw))
		for i := range len(raw) { // 15 times the limit in all
			io.WriteString(c, raw[i:i+1])
			time.Sleep(4 * time.Millisecond)
		}
		c.say(")\r\n%s OK done", tag)
		return true
	}
	m, d := mailbox(t, s.serve()), newDesk()
	receive(t, m, d)
	if d.raws()[raw] != 1 {
		t.Error("the slow message was not taken")
	}

	big := string(letter(2)) + strings.Repeat("0123456789", 100_000)
	s.change(map[int]string{1: big}, nil)
	d = newDesk()
	d.store = func(r io.Reader) ([]byte, error) {
		first := make([]byte, 10)
		if _, err := io.ReadFull(r, first); err != nil {
			return nil, err
		}
		time.Sleep(3 * m.config.Timeout)
		rest, err := io.ReadAll(r)
		return append(first, rest...), err
	}
	receive(t, m, d)
	if d.raws()[big] != 1 || s.conns.Load() != 2 {
		t.Error("the message was not taken by a slow store on one connection")
	}
}

// A server that goes on talking without an answer comes to an end too.
func TestMailboxEndlessAnswer(t *testing.T) {
	s := &script{t: t, answer: func(c *scriptConn, _, command string) bool {
		if !strings.HasPrefix(command, "UID SEARCH") {
			return false
		}
		for {
			if _, err := io.WriteString(c, "* OK still here\r\n"); err != nil {
				return true
			}
			time.Sleep(5 * time.Millisecond)
		}
	}}
	c := s.serve()
	c.Timeout = 30 * time.Millisecond
	within(t, 30*time.Second, func() {
		wantProblem(t, mailbox(t, c).Receive(t.Context(), newDesk()), postroom.Temporary, "came to no end", "")
	})
}

// The library ends a message that was cut off like a complete one. Had it been
// taken so, the rest would never be fetched.
func TestMailboxConnectionCutInAMessage(t *testing.T) {
	raw := string(letter(1))
	for _, cut := range []int{0, 1, len(raw) / 2, len(raw) - 1, len(raw)} {
		s := &script{t: t, mails: map[int]string{1: raw, 2: string(letter(2))}}
		s.answer = func(c *scriptConn, _, command string) bool {
			if c.n == 1 && strings.HasPrefix(command, "UID FETCH 1 ") && strings.Contains(command, "BODY") {
				fmt.Fprintf(c, "* 1 FETCH (UID 1 BODY[] {%d}\r\n%s", len(raw), raw[:cut])
				c.Close()
				return true
			}
			return false
		}
		m, d := mailbox(t, s.serve()), newDesk()
		receive(t, m, d)
		if raws := d.raws(); len(raws) != 2 || raws[raw] != 1 || raws[string(letter(2))] != 1 {
			t.Errorf("cut after %d of %d bytes: took %d messages", cut, len(raw), len(raws))
		}
	}
}

// The same through the real server and TLS, cut by a proxy at any place.
func TestMailboxConnectionCutAnywhere(t *testing.T) {
	m := newMemory(t)
	for n := range 3 {
		m.deliver(t, "INBOX", append(letter(n), strings.Repeat("0123456789abcdef\r\n", 2000)...), received)
	}
	for _, mode := range []string{"none", "tls"} {
		config := m.serve(t, mode)
		// The first bytes of TLS are its certificate: a server that breaks off
		// there is reported at once.
		for cut := map[string]int{"none": 40, "tls": 3000}[mode]; cut < 110_000; cut += 9_973 {
			proxied := config
			_, proxied.Port = hostPort(t, cutProxy(t, config.address(), cut))
			box, d := mailbox(t, proxied), newDesk()
			receive(t, box, d)
			if len(d.raws()) != 3 {
				t.Errorf("%s cut after %d bytes: took %d of 3", mode, cut, len(d.raws()))
			}
			for _, a := range d.taken {
				if int64(len(a.raw)) != a.Size {
					t.Errorf("%s cut after %d bytes: took %d of %d bytes", mode, cut, len(a.raw), a.Size)
				}
			}
		}
	}
}

// cutProxy passes on connections; the first ends after n bytes from the server.
func cutProxy(t *testing.T, addr string, n int) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for first := true; ; first = false {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				conn.Close()
				continue
			}
			var from io.Reader = server
			if first {
				from = io.LimitReader(server, int64(n))
			}
			go func() {
				io.Copy(conn, from)
				conn.Close()
				server.Close()
			}()
			go io.Copy(server, conn)
		}
	}()
	return listener.Addr().String()
}

// A message that always ends the connection does not keep us from the others.
func TestMailboxMessageThatEndsTheConnection(t *testing.T) {
	s := &script{t: t, mails: map[int]string{1: string(letter(1)), 2: string(letter(2)), 3: string(letter(3))}}
	s.answer = func(c *scriptConn, _, command string) bool {
		if strings.HasPrefix(command, "UID FETCH 2 ") && strings.Contains(command, "BODY") {
			c.Close()
			return true
		}
		return false
	}
	m, d := mailbox(t, s.serve()), newDesk()
	err := m.Receive(t.Context(), d)
	if err == nil || !strings.Contains(err.Error(), "message with UID 2 of inbox") {
		t.Errorf("reported %v", err)
	}
	if len(d.raws()) != 2 || s.commands("UID FETCH 2 (UID BODY") != 2 {
		t.Errorf("took %d of the other 2; asked %d times", len(d.raws()), s.commands("UID FETCH 2 (UID BODY"))
	}
}

func TestMailboxServerThatNeverWorks(t *testing.T) {
	s := &script{t: t, answer: func(c *scriptConn, _, command string) bool {
		if strings.HasPrefix(command, "UID SEARCH") {
			c.Close()
			return true
		}
		return false
	}}
	within(t, 10*time.Second, func() {
		wantProblem(t, mailbox(t, s.serve()).Receive(t.Context(), newDesk()), postroom.Temporary, "the connection to the mail server broke while trying to search", "tried again")
	})
	if n := s.conns.Load(); n != 1+reconnects {
		t.Errorf("it was tried %d times", n)
	}
}

func TestMailboxOddBodies(t *testing.T) {
	t.Run("hidden behind changed flags", func(t *testing.T) {
		s := &script{t: t, mails: map[int]string{1: string(letter(1))}}
		first := true
		s.answer = func(c *scriptConn, tag, command string) bool {
			if strings.Contains(command, "BODY") && first {
				first = false
				c.say("* 1 FETCH (UID 1 FLAGS (\\Seen))")
			}
			return false
		}
		m, d := mailbox(t, s.serve()), newDesk()
		receive(t, m, d)
		if len(d.raws()) != 1 {
			t.Error("the message was not taken")
		}
	})
	t.Run("never given", func(t *testing.T) {
		for _, answer := range []string{"* 1 FETCH (UID 1 BODY[] NIL)\r\n%s OK done", "%s OK done", "%s NO [SERVERBUG] cannot", "%s BAD what"} {
			s := &script{t: t, mails: map[int]string{1: string(letter(1)), 2: string(letter(2))}}
			s.answer = func(c *scriptConn, tag, command string) bool {
				if strings.HasPrefix(command, "UID FETCH 1 ") && strings.Contains(command, "BODY") {
					c.say(answer, tag)
					return true
				}
				return false
			}
			m, d := mailbox(t, s.serve()), newDesk()
			err := m.Receive(t.Context(), d)
			if !errors.Is(err, errNotGiven) || len(d.raws()) != 1 {
				t.Errorf("%q: took %d of the other, reported %v", answer, len(d.raws()), err)
			}
		}
	})
	t.Run("gone", func(t *testing.T) {
		s := &script{t: t, mails: map[int]string{1: string(letter(1)), 2: string(letter(2))}}
		s.answer = func(c *scriptConn, tag, command string) bool {
			if strings.HasPrefix(command, "UID FETCH 1 ") && strings.Contains(command, "BODY") {
				delete(s.mails, 1)
				c.say("%s NO [EXPUNGEISSUED] it has gone", tag)
				return true
			}
			return false
		}
		m, d := mailbox(t, s.serve()), newDesk()
		receive(t, m, d)
		if len(d.raws()) != 1 {
			t.Error("the other message was not taken")
		}
	})
	t.Run("empty", func(t *testing.T) {
		s := &script{t: t, mails: map[int]string{1: ""}}
		m, d := mailbox(t, s.serve()), newDesk()
		receive(t, m, d)
		if d.raws()[""] != 1 {
			t.Error("the empty message was not taken")
		}
	})
	t.Run("quoted", func(t *testing.T) {
		s := &script{t: t, mails: map[int]string{1: "x"}}
		s.answer = func(c *scriptConn, tag, command string) bool {
			if strings.Contains(command, "BODY") {
				c.say("* 1 FETCH (UID 1 BODY[] \"short\")\r\n%s OK done", tag)
				return true
			}
			return false
		}
		m, d := mailbox(t, s.serve()), newDesk()
		receive(t, m, d)
		if d.raws()["short"] != 1 {
			t.Error("the quoted message was not taken")
		}
	})
	t.Run("left half unread by the intake", func(t *testing.T) {
		s := &script{t: t, mails: map[int]string{1: string(letter(1)), 2: string(letter(2))}}
		m, d := mailbox(t, s.serve()), newDesk()
		d.store = func(io.Reader) ([]byte, error) { return nil, nil }
		if err := m.Receive(t.Context(), d); err == nil || d.takes() != 2 {
			t.Errorf("%d tries, %v", d.takes(), err)
		}
	})
}

func TestMailboxAnswersWithoutSense(t *testing.T) {
	for _, answer := range []string{"* ESEARCH (TAG \"%s\") UID ALL 1:4294967295", "* ESEARCH (TAG \"%s\") UID ALL 5:*", "* SEARCH 0"} {
		s := &script{t: t, answer: func(c *scriptConn, tag, command string) bool {
			if strings.HasPrefix(command, "UID SEARCH") {
				if strings.Contains(answer, "%s") {
					c.say(answer, tag)
				} else {
					c.say("%s", answer)
				}
				c.say("%s OK done", tag)
				return true
			}
			return false
		}}
		within(t, 20*time.Second, func() {
			if err := mailbox(t, s.serve()).Receive(t.Context(), newDesk()); err == nil {
				t.Errorf("%s was believed", answer)
			}
		})
	}
	s := &script{t: t, answer: func(c *scriptConn, tag, command string) bool {
		if strings.HasPrefix(command, "SELECT") {
			c.say("* 0 EXISTS\r\n%s OK done", tag)
			return true
		}
		return false
	}}
	wantProblem(t, mailbox(t, s.serve()).Check(t.Context()), postroom.Misconfigured, "UIDVALIDITY", "")
}

func TestMailboxTurnedAway(t *testing.T) {
	say := func(at, answer string) MailboxConfig {
		s := &script{t: t, answer: func(c *scriptConn, tag, command string) bool {
			if !strings.HasPrefix(command, at) {
				return false
			}
			c.say("%s", strings.ReplaceAll(answer, "TAG", tag))
			if at == "CONNECT" {
				c.hang()
			}
			return true
		}}
		return s.serve()
	}
	wantProblem(t, mailbox(t, say("CONNECT", "* BYE too many")).Check(t.Context()), postroom.Temporary, "turned us away", "busy")
	wantProblem(t, mailbox(t, say("CONNECT", "* PREAUTH welcome")).Check(t.Context()), postroom.Misconfigured, "lets anybody in", "host")
	wantProblem(t, mailbox(t, say("AUTHENTICATE", "TAG NO [UNAVAILABLE] later")).Check(t.Context()), postroom.Temporary, "refused to sign in", "")
	wantProblem(t, mailbox(t, say("AUTHENTICATE", "TAG NO [AUTHENTICATIONFAILED] wrong")).Check(t.Context()), postroom.Misconfigured, "refused the sign-in", "oauth")
	c := say("STARTTLS", "TAG BAD unknown")
	c.TLS = "starttls"
	wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Misconfigured, "STARTTLS", "993")
	c = newMemory(t).serve(t, "tls")
	c.TLS = "starttls"
	c.Timeout = time.Second
	if err := mailbox(t, c).Check(t.Context()); err == nil {
		t.Error("STARTTLS to a TLS port worked")
	}
	c = newMemory(t).serve(t, "starttls")
	c.TLS = "tls"
	wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Temporary, "no encrypted connection", "143")
	c.Port = 1
	wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Temporary, "cannot be reached", "firewall")
	c.Host, c.TLS = "no-such-host.invalid", "tls"
	wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Temporary, "mail server", "host")
}

func TestMailboxContextEnds(t *testing.T) {
	s := &script{t: t, answer: func(c *scriptConn, _, command string) bool {
		if strings.HasPrefix(command, "UID SEARCH") {
			c.hang()
			return true
		}
		return false
	}}
	c := s.serve()
	c.Timeout = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	within(t, 5*time.Second, func() {
		if err := mailbox(t, c).Receive(ctx, newDesk()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	})
}

// stubborn is a session whose moving and copying the test decides.
type stubborn struct {
	imapserver.SessionIMAP4rev2
	copy func(imap.NumSet, string) (*imap.CopyData, error)
	move func(*imapserver.MoveWriter, imap.NumSet, string) error
}

func (s *stubborn) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	if s.copy != nil {
		return s.copy(set, to)
	}
	return s.SessionIMAP4rev2.Copy(set, to)
}

func (s *stubborn) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	if s.move != nil {
		return s.move(w, set, to)
	}
	return s.SessionIMAP4rev2.Move(w, set, to)
}

// With a Move or Copy that fails, lies or says too little, no mail may go and
// none may be copied again and again.
func TestMailboxMovesThatFail(t *testing.T) {
	no := &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeOverQuota, Text: "full, says Ada Lovelace"}
	for name, c := range map[string]struct {
		without  []imap.Cap
		session  *stubborn
		silently bool // the second and third pass have nothing to complain of
		copies   int
	}{
		"COPY refused": {without: []imap.Cap{imap.CapMove}, session: &stubborn{copy: func(imap.NumSet, string) (*imap.CopyData, error) { return nil, no }}},
		"MOVE refused": {session: &stubborn{move: func(*imapserver.MoveWriter, imap.NumSet, string) error { return no }}},
		"MOVE does nothing": {session: &stubborn{move: func(*imapserver.MoveWriter, imap.NumSet, string) error {
			return nil
		}}},
		// The library's server writes this answer so that the library's client ends the connection.
		"COPY with an answer without sense": {without: []imap.Cap{imap.CapMove}, silently: true, copies: 4, session: &stubborn{}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			for _, cap := range c.without {
				delete(m.caps, cap)
			}
			m.session = func(s imapserver.SessionIMAP4rev2) imapserver.Session {
				own := *c.session
				own.SessionIMAP4rev2 = s
				if c.copies > 0 {
					own.copy = func(set imap.NumSet, to string) (*imap.CopyData, error) {
						_, err := s.Copy(set, to)
						return &imap.CopyData{}, err
					}
				}
				return &own
			}
			config := m.serve(t, "tls")
			w := client(t, config)
			m.deliver(t, "INBOX", letter(1), received)
			m.deliver(t, "INBOX", letter(2), received)
			box, d := mailbox(t, config), newDesk()
			receive(t, box, d)
			d.decide(all(postroom.ArrivalProcessed))
			m.deliver(t, "INBOX", letter(3), received)
			for range 3 {
				err := box.Receive(t.Context(), d)
				if (err == nil) != c.silently {
					t.Errorf("reported %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "Lovelace") {
					t.Errorf("the error repeats what the server said: %v", err)
				}
				if mails := w.mails("INBOX"); len(mails) != 3 {
					t.Fatalf("%d of 3 mails are left in the inbox", len(mails))
				}
			}
			if len(d.taken) != 3 {
				t.Error("new mail was not taken because old mail could not be moved")
			}
			if n := w.count("Postroom/Processed"); n != c.copies {
				t.Errorf("%d copies were made, want %d", n, c.copies)
			}
			if want := map[bool]int{true: 2}[c.silently]; len(d.settled) != want {
				t.Errorf("%d were settled, want %d", len(d.settled), want)
			}
		})
	}
}

// A server that refuses because a mail of the batch went in the same moment
// (RFC 5530) is asked again for the others.
func TestMailboxMoveOfWhatWentMeanwhile(t *testing.T) {
	for _, gone := range [][]uint32{{2}, {3, 2, 1}} {
		m := newMemory(t)
		config := m.serve(t, "tls")
		w := client(t, config)
		asked := 0
		m.session = func(s imapserver.SessionIMAP4rev2) imapserver.Session {
			return &stubborn{SessionIMAP4rev2: s, move: func(mw *imapserver.MoveWriter, set imap.NumSet, to string) error {
				if asked++; asked > 1 {
					return s.Move(mw, set, to)
				}
				for _, number := range gone {
					w.remove("INBOX", number)
				}
				return &imap.Error{Type: imap.StatusResponseTypeNo, Code: "EXPUNGEISSUED", Text: "Some of the requested messages no longer exist"}
			}}
		}
		for n := range 3 {
			m.deliver(t, "INBOX", letter(n+1), received)
		}
		box, d := mailbox(t, config), newDesk()
		receive(t, box, d)
		d.decide(all(postroom.ArrivalProcessed))
		receive(t, box, d)
		if n := w.count("Postroom/Processed"); n != 3-len(gone) || w.count("INBOX") != 0 || len(d.settled) != 3 {
			t.Errorf("%d gone: %d were moved, %d are left, %d settled", len(gone), n, w.count("INBOX"), len(d.settled))
		}
	}
}

// A folder that was deleted after it was found is made again.
func TestMailboxFolderDeletedMeanwhile(t *testing.T) {
	m := newMemory(t)
	config := m.serve(t, "tls")
	box, d := mailbox(t, config), newDesk()
	s, err := connect(t.Context(), box.config, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for n := range 2 {
		m.deliver(t, "INBOX", letter(n), received)
		m.user.Delete("Postroom/Processed")
		for range 2 {
			if _, err := box.pass(t.Context(), s, d); err != nil {
				t.Fatal(err)
			}
			d.decide(all(postroom.ArrivalProcessed))
		}
	}
	if client(t, config).count("Postroom/Processed") != 1 || len(d.settled) != 2 {
		t.Errorf("%d settled", len(d.settled))
	}
}

// Quota on the real server: the move is refused and the mail stays.
func TestMailboxDovecotCopyRefused(t *testing.T) {
	mailServer := openDovecotAs("tls", servers.WithQuota(3000))(t, imap.CapMove)
	mailServer.deliver("INBOX", append(letter(1), strings.Repeat("x", 1000)...), received)
	mailServer.deliver("INBOX", append(letter(2), strings.Repeat("x", 1000)...), received)
	box, d := mailbox(t, mailServer.config), newDesk()
	receive(t, box, d)
	d.decide(all(postroom.ArrivalProcessed))
	wantProblem(t, box.Receive(t.Context(), d), postroom.Temporary, "refused to copy mail to Postroom/Processed", "quota")
	w := client(t, mailServer.config)
	if len(w.mails("INBOX")) != 2 || w.count("Postroom/Processed") != 0 || len(d.settled) != 0 {
		t.Errorf("%d in the inbox, %d processed, %d settled", len(w.mails("INBOX")), w.count("Postroom/Processed"), len(d.settled))
	}
}

func TestMailboxWithoutKeywords(t *testing.T) {
	s := &script{t: t, mails: map[int]string{1: string(letter(1))}, answer: func(c *scriptConn, tag, command string) bool {
		if strings.HasPrefix(command, "SELECT") {
			c.say("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n%s OK done", tag)
			return true
		}
		return false
	}}
	c := s.serve()
	c.Settle = "keyword"
	m, d := mailbox(t, c), newDesk()
	if err := m.Check(t.Context()); err != error(errNoKeywords) {
		t.Errorf("the check says %v", err)
	}
	receive(t, m, d)
	d.decide(all(postroom.ArrivalProcessed))
	if err := m.Receive(t.Context(), d); !errors.Is(err, errNoKeywords) || len(d.settled) != 0 || s.commands("UID STORE") != 0 {
		t.Errorf("reported %v, settled %d", err, len(d.settled))
	}
	// A server that says it keeps keywords and does not.
	s.change(s.mails, nil)
	if err := m.Receive(t.Context(), d); !errors.Is(err, errNoKeywords) || len(d.settled) != 0 || s.commands("UID STORE") != 1 {
		t.Errorf("reported %v, settled %d", err, len(d.settled))
	}
}

// Mail that left without us is settled, where the intake can say what it waits for.
func TestMailboxSettlesWhatHasGone(t *testing.T) {
	s := openMemoryAs("tls")(t)
	for n := range 3 {
		s.deliver("INBOX", letter(n), received)
	}
	m, d := mailbox(t, s.config), &deskWithLedger{newDesk()}
	receive(t, m, d)
	d.decide(all(postroom.ArrivalProcessed))
	d.outcome[postroom.ArrivalID{Source: "inbox", Folder: "Another", UIDValidity: 1, UID: 1}] = postroom.ArrivalProcessed
	d.outcome[postroom.ArrivalID{Source: "inbox", Folder: "INBOX", UIDValidity: 99, UID: 1}] = postroom.ArrivalProcessed
	client(t, s.config).remove("INBOX", 2)
	receive(t, m, d)
	if len(d.settled) != 4 || d.settled[postroom.ArrivalID{Source: "inbox", Folder: "Another", UIDValidity: 1, UID: 1}] != 0 {
		t.Errorf("settled %v", d.settled)
	}
}

// A server that does not say what it copied (RFC 4315 section 3) must not be
// asked to remove it, nor to copy it again.
func TestMailboxCopyDoesNotSayWhat(t *testing.T) {
	s := &script{t: t, caps: "IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN", mails: map[int]string{1: string(letter(1))}}
	flagged := false
	s.answer = func(c *scriptConn, tag, command string) bool {
		switch {
		case strings.HasPrefix(command, "UID STORE"):
			flagged = strings.Contains(command, string(keywordProcessed)) && !strings.Contains(command, `\Deleted`)
		case strings.HasPrefix(command, "UID SEARCH") && strings.Contains(command, "UNKEYWORD") && flagged:
			c.say("* SEARCH\r\n%s OK none", tag)
			return true
		}
		return false
	}
	m, d := mailbox(t, s.serve()), newDesk()
	receive(t, m, d)
	d.decide(all(postroom.ArrivalProcessed))
	receive(t, m, d)
	receive(t, m, d)
	if s.commands("UID COPY") != 1 || s.commands("UID EXPUNGE") != 0 || s.commands("EXPUNGE") != 0 || !flagged || len(d.settled) != 1 {
		t.Errorf("flagged %v, settled %d, commands %q", flagged, len(d.settled), s.log)
	}
}

func TestMailboxTenThousand(t *testing.T) {
	for name, open := range map[string]opener{"memory": openMemoryAs("tls"), "Dovecot": openDovecotAs("tls")} {
		t.Run(name, func(t *testing.T) {
			const count = 10_000
			s := open(t)
			for n := range count {
				s.deliver("INBOX", letter(n), received)
			}
			m, d := mailbox(t, s.config), newDesk()
			pass := func(what string) time.Duration {
				began := time.Now()
				receive(t, m, d)
				took := time.Since(began)
				t.Logf("%s: %v", what, took.Round(time.Millisecond))
				return took
			}
			pass("take")
			pass("look")
			if d.takes() != count || len(d.raws()) != count {
				t.Fatalf("took %d in %d tries", len(d.raws()), d.takes())
			}
			d.decide(all(postroom.ArrivalProcessed))
			pass("move")
			w := client(t, s.config)
			if in, moved := w.count("INBOX"), w.count("Postroom/Processed"); in != 0 || moved != count || len(d.settled) != count {
				t.Errorf("%d in the inbox, %d moved, %d settled", in, moved, len(d.settled))
			}
		})
	}
}

// A store that refuses every message is not asked ten thousand times.
func TestMailboxStopsWhenNothingCanBeTaken(t *testing.T) {
	s := openMemoryAs("tls")(t)
	for n := range 30 {
		s.deliver("INBOX", letter(n), received)
	}
	m, d := mailbox(t, s.config), newDesk()
	d.take = func(postroom.Arrival) error { return errors.New("disk full") }
	if err := m.Receive(t.Context(), d); err == nil || d.takes() != 10 {
		t.Errorf("after %d tries: %v", d.takes(), err)
	}
	d.statesErr = errors.New("the database is down")
	if err := m.Receive(t.Context(), d); !errors.Is(err, d.statesErr) {
		t.Errorf("reported %v", err)
	}
}
