package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestMailboxMemoryTLS(t *testing.T)      { testMailbox(t, openMemoryAs("tls")) }
func TestMailboxMemoryStartTLS(t *testing.T) { testMailbox(t, openMemoryAs("starttls")) }
func TestMailboxMemoryRev2(t *testing.T)     { testMailbox(t, openMemoryAs("tls", imap.CapIMAP4rev2)) }
func TestMailboxDovecotTLS(t *testing.T)     { testMailbox(t, openDovecotAs("tls")) }
func TestMailboxDovecotStartTLS(t *testing.T) {
	testMailbox(t, openDovecotAs("starttls"))
}

// TestMailboxDovecotDots runs the suite on a server that parts levels with a
// dot and keeps every folder below the inbox.
func TestMailboxDovecotDots(t *testing.T) {
	testMailbox(t, openDovecotAs("tls", servers.WithSettings("namespace inbox {\n  separator = .\n  prefix = INBOX.\n}")))
}

var received = time.Date(2026, 3, 12, 9, 14, 0, 0, time.UTC)

func mailbox(t *testing.T, c MailboxConfig) *Mailbox {
	t.Helper()
	m, err := NewMailbox(c)
	if err != nil {
		t.Fatal(err)
	}
	m.pause = 10 * time.Millisecond
	return m
}

// testMailbox is what every server must give.
func testMailbox(t *testing.T, open opener) {
	t.Run("takes every mail once and leaves it there", func(t *testing.T) {
		s := open(t)
		for n := range 5 {
			s.deliver("INBOX", letter(n), received.Add(time.Duration(n)*time.Minute))
		}
		m, d := mailbox(t, s.config), newDesk()
		receive(t, m, d)
		receive(t, m, d)
		if d.takes() != 5 {
			t.Fatalf("%d bodies were fetched in two passes, not 5", d.takes())
		}
		for i, id := range d.order {
			a := d.taken[id]
			if a.raw != string(letter(i)) || !a.Received.Equal(received.Add(time.Duration(i)*time.Minute)) || a.Received.Location() != time.UTC || a.Size != int64(len(a.raw)) {
				t.Errorf("arrival %d: %+v", i, a)
			}
			if id.Source != "inbox" || id.Folder != "INBOX" || id.UIDValidity == 0 || id.UID != d.order[0].UID+uint32(i) || id.Path != "" || a.Name != "" {
				t.Errorf("arrival %d is known as %+v", i, id)
			}
		}
		for _, msg := range client(t, s.config).fetch("INBOX") {
			if slices.Contains(msg.Flags, imap.FlagSeen) {
				t.Error("a mail was marked as seen")
			}
		}
		if len(d.settled) != 0 {
			t.Error("mail without an outcome was settled")
		}
	})

	t.Run("moves mail by its outcome", func(t *testing.T) {
		s := open(t)
		for n := range 6 {
			s.deliver("INBOX", letter(n), received)
		}
		m, d := mailbox(t, s.config), newDesk()
		receive(t, m, d)
		d.decide(func(a arrived) postroom.ArrivalState {
			return postroom.ArrivalTaken + postroom.ArrivalState(a.ID.UID%3)
		})
		receive(t, m, d)
		w := client(t, s.config)
		config := w.inbox(s.config)
		if in, ok, bad := w.count("INBOX"), w.count(config.ProcessedFolder), w.count(config.ProblemFolder); in != 2 || ok != 2 || bad != 2 {
			t.Fatalf("%d in the inbox, %d processed, %d problems; want 2 each", in, ok, bad)
		}
		for id, a := range d.taken {
			if d.settled[id] != min(1, int(d.outcome[id]-postroom.ArrivalTaken)) {
				t.Errorf("UID %d with outcome %d was settled %d times", id.UID, d.outcome[id], d.settled[id])
			}
			folder := []string{"INBOX", config.ProcessedFolder, config.ProblemFolder}[d.outcome[id]-postroom.ArrivalTaken]
			if !slices.Contains(w.mails(folder), a.raw) {
				t.Errorf("UID %d is not in %s", id.UID, folder)
			}
		}
		receive(t, m, d)
		if d.takes() != 6 || len(d.settled) != 4 {
			t.Errorf("a third pass did something: %d taken, %d settled", d.takes(), len(d.settled))
		}
	})

	t.Run("flags mail where it is", func(t *testing.T) {
		s := open(t)
		for n := range 3 {
			s.deliver("INBOX", letter(n), received)
		}
		s.config.Settle = "keyword"
		m, d := mailbox(t, s.config), newDesk()
		receive(t, m, d)
		d.decide(func(a arrived) postroom.ArrivalState {
			return postroom.ArrivalTaken + postroom.ArrivalState(a.ID.UID-d.order[0].UID)
		})
		receive(t, m, d)
		wantFlags(t, client(t, s.config), "", keywordProcessed, keywordProblem)
		asked := d.asked
		receive(t, m, d)
		if d.asked != asked+1 || len(d.settled) != 2 {
			t.Errorf("what is flagged was looked at again: asked for %d, settled %d", d.asked-asked, len(d.settled))
		}
	})

	t.Run("moves without MOVE", func(t *testing.T) {
		s := open(t, imap.CapMove, imap.CapIMAP4rev2)
		testCopies(t, s)
	})

	t.Run("flags mail when it cannot be removed safely", func(t *testing.T) {
		s := open(t, imap.CapMove, imap.CapUIDPlus, imap.CapIMAP4rev2)
		s.deliver("INBOX", letter(1), received)
		s.deliver("INBOX", letter(2), received)
		w := client(t, s.config)
		w.mark("INBOX", 2, imap.FlagDeleted) // somebody thinks about deleting it
		m, d := mailbox(t, s.config), newDesk()
		receive(t, m, d)
		d.decide(all(postroom.ArrivalProcessed))
		receive(t, m, d)
		wantFlags(t, w, keywordProcessed, keywordProcessed)
		if w.count(w.inbox(s.config).ProcessedFolder) != 0 {
			t.Error("mail was copied that cannot be removed")
		}
	})

	t.Run("folders with spaces, other letters and levels", func(t *testing.T) {
		s := open(t)
		w := client(t, s.config)
		names := w.inbox(MailboxConfig{Folder: "Gefaxt & gescannt/Ärzte 1", ProcessedFolder: "Erledigt – ja/2026 'a'", ProblemFolder: "日本"})
		if err := w.Create(names.Folder, nil).Wait(); err != nil {
			t.Fatal(err)
		}
		s.config.Folder, s.config.ProcessedFolder, s.config.ProblemFolder = "Gefaxt & gescannt/Ärzte 1", "Erledigt – ja/2026 'a'", "日本"
		for n := range 2 {
			w.append(names.Folder, letter(n))
		}
		m, d := mailbox(t, s.config), newDesk()
		receive(t, m, d)
		d.decide(func(a arrived) postroom.ArrivalState {
			return postroom.ArrivalProcessed + postroom.ArrivalState(a.ID.UID-d.order[0].UID)
		})
		receive(t, m, d)
		if a, b, c := w.count(names.Folder), w.count(names.ProcessedFolder), w.count(names.ProblemFolder); a != 0 || b != 1 || c != 1 {
			t.Errorf("%d in the folder, %d processed, %d problems; want 0, 1, 1", a, b, c)
		}
		if d.order[0].Folder != s.config.Folder {
			t.Errorf("the folder is known as %q, not as in the configuration", d.order[0].Folder)
		}
	})

	t.Run("one message that fails does not stop the others", func(t *testing.T) {
		s := open(t)
		for n := range 4 {
			s.deliver("INBOX", letter(n), received)
		}
		m, d := mailbox(t, s.config), newDesk()
		fail := errors.New("no luck")
		first := true
		d.take = func(postroom.Arrival) error {
			if first {
				first = false
				return fail
			}
			return nil
		}
		if err := m.Receive(t.Context(), d); !errors.Is(err, fail) {
			t.Fatalf("the fault was not reported: %v", err)
		}
		if len(d.taken) != 3 {
			t.Fatalf("%d of the other 3 were taken", len(d.taken))
		}
		receive(t, m, d)
		if len(d.taken) != 4 || d.takes() != 5 {
			t.Errorf("the next pass took %d in all with %d tries", len(d.taken), d.takes())
		}
	})

	t.Run("a store in trouble ends the pass", func(t *testing.T) {
		s := open(t)
		for n := range 4 {
			s.deliver("INBOX", letter(n), received)
		}
		m, d := mailbox(t, s.config), newDesk()
		d.take = func(postroom.Arrival) error {
			return fmt.Errorf("store it: %w", &postroom.Problem{Kind: postroom.Temporary, Reason: "the store is down"})
		}
		if err := m.Receive(t.Context(), d); postroom.ReasonOf(err, "") != "the store is down" || d.takes() != 1 {
			t.Errorf("after %d tries: %v", d.takes(), err)
		}
	})

	t.Run("a mail deleted meanwhile is no error", func(t *testing.T) {
		s := open(t)
		for n := range 4 {
			s.deliver("INBOX", letter(n), received)
		}
		w := client(t, s.config)
		m, d := mailbox(t, s.config), newDesk()
		d.take = func(a postroom.Arrival) error {
			if d.takes() == 1 {
				w.remove("INBOX", 3)
			}
			return nil
		}
		receive(t, m, d)
		if raws := d.raws(); len(raws) != 3 || raws[string(letter(2))] != 0 {
			t.Errorf("took %d mails", len(raws))
		}
	})

	t.Run("another UIDVALIDITY makes other arrivals of the same mail", func(t *testing.T) {
		s := open(t)
		w := client(t, s.config)
		s.config.Folder = "Faxes"
		for n := range 2 {
			s.deliver(w.inbox(s.config).Folder, letter(n), received)
		}
		m, d := mailbox(t, s.config), newDesk()
		receive(t, m, d)
		s.newValidity(w.inbox(s.config).Folder)
		receive(t, m, d)
		if d.takes() != 4 || len(d.raws()) != 2 {
			t.Fatalf("%d bodies fetched of %d mails, want 4 of 2", d.takes(), len(d.raws()))
		}
		if d.order[0].UIDValidity == d.order[2].UIDValidity || d.order[0].UIDValidity != d.order[1].UIDValidity {
			t.Errorf("known as %v", d.order)
		}
	})

	t.Run("takes mail as it comes and settles when woken", func(t *testing.T) { testWatch(t, open(t)) })

	t.Run("a message of 25 MiB goes through in little memory", func(t *testing.T) {
		s := open(t)
		raw := append(letter(1), strings.Repeat(strings.Repeat("0123456789abcde", 5)+"\r\n", 25<<20/77)...)
		s.deliver("INBOX", raw, received)
		m, d := mailbox(t, s.config), newDesk()
		var want, got postroom.Hash
		want = postroom.HashOf(raw)
		var before, during runtime.MemStats
		d.store = func(r io.Reader) (_ []byte, err error) {
			runtime.GC()
			runtime.ReadMemStats(&before)
			got, _, err = postroom.HashReader(io.TeeReader(r, writeFunc(func(n int) {
				if n%64 == 0 {
					var now runtime.MemStats
					runtime.ReadMemStats(&now)
					during.HeapAlloc = max(during.HeapAlloc, now.HeapAlloc)
				}
			})))
			return nil, err
		}
		receive(t, m, d)
		if got != want {
			t.Error("other bytes came than were sent")
		}
		if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
			t.Errorf("the heap grew by %d KiB while a message of %d KiB went through", grown>>10, len(raw)>>10)
		}
	})

	t.Run("says that it is well", func(t *testing.T) {
		s := open(t)
		if err := mailbox(t, s.config).Check(t.Context()); err != nil {
			t.Error(err)
		}
	})

	t.Run("says what is wrong", func(t *testing.T) {
		s := open(t)
		for name, c := range map[string]struct {
			change func(*MailboxConfig)
			reason string
		}{
			"password": {func(c *MailboxConfig) { c.Password = "wrong" }, "refused the sign-in"},
			"folder":   {func(c *MailboxConfig) { c.Folder = "Nowhere" }, "has no folder Nowhere"},
			"create":   {func(c *MailboxConfig) { c.NoCreate = true }, "has no folder Postroom/Processed"},
			"ca":       {func(c *MailboxConfig) { c.CAFile = "" }, "is not trusted"},
		} {
			config := s.config
			c.change(&config)
			err := mailbox(t, config).Check(t.Context())
			var p *postroom.Problem
			if !errors.As(err, &p) || p.Kind != postroom.Misconfigured || !strings.Contains(p.Reason, c.reason) || p.Hint == "" {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && strings.Contains(err.Error(), "wrong") {
				t.Errorf("%s: the error repeats the password: %v", name, err)
			}
		}
	})
}

func testCopies(t *testing.T, s *mailServer) {
	for n := range 3 {
		s.deliver("INBOX", letter(n), received)
	}
	w := client(t, s.config)
	m, d := mailbox(t, s.config), newDesk()
	receive(t, m, d)
	w.mark("INBOX", 3, imap.FlagDeleted) // somebody else's business: it must not go
	d.decide(func(a arrived) postroom.ArrivalState {
		return postroom.ArrivalProcessed - postroom.ArrivalState((a.ID.UID-d.order[0].UID)/2)
	})
	receive(t, m, d)
	if mails := w.mails("INBOX"); len(mails) != 1 || mails[0] != string(letter(2)) {
		t.Errorf("the inbox holds %d mails, want the one that has no outcome", len(mails))
	}
	if n := w.count(w.inbox(s.config).ProcessedFolder); n != 2 || len(d.settled) != 2 {
		t.Errorf("%d processed, %d settled; want 2", n, len(d.settled))
	}
}

func testWatch(t *testing.T, s *mailServer) {
	s.deliver("INBOX", letter(0), received)
	m, d := mailbox(t, s.config), newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	wake, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- m.Watch(ctx, d, wake) }()
	next := func() time.Duration {
		t.Helper()
		began := time.Now()
		select {
		case <-d.news:
		case <-time.After(15 * time.Second):
			t.Fatal("the mail was not taken")
		}
		return time.Since(began)
	}
	next()
	for n := 1; n < 4; n++ {
		s.deliver("INBOX", letter(n), received)
		if took := next(); took > 5*time.Second {
			t.Errorf("mail %d was taken after %v", n, took)
		}
	}
	d.decide(all(postroom.ArrivalProcessed))
	wake <- struct{}{}
	for began := time.Now(); d.settledCount() < 4; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d of 4 were settled after the wake", d.settledCount())
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("watch ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("watch did not end with its context")
	}
	if d.takes() != 4 {
		t.Errorf("%d bodies were fetched, not 4", d.takes())
	}
}

type writeFunc func(n int)

var writes int

func (f writeFunc) Write(p []byte) (int, error) {
	writes++
	f(writes)
	return len(p), nil
}

// inbox returns the configuration with its folders as the server names them.
func (w witness) inbox(c MailboxConfig) MailboxConfig {
	w.t.Helper()
	c = c.withDefaults()
	root, err := w.List("", "", nil).Collect()
	if err != nil || len(root) == 0 {
		w.t.Fatalf("ask for the delimiter: %v", err)
	}
	if root[0].Delim != '/' {
		for _, name := range []*string{&c.Folder, &c.ProcessedFolder, &c.ProblemFolder} {
			if *name != "INBOX" {
				*name = "INBOX" + string(root[0].Delim) + strings.ReplaceAll(*name, "/", string(root[0].Delim))
			}
		}
	}
	return c
}

func (w witness) mark(folder string, n uint32, flag imap.Flag) {
	w.t.Helper()
	_, err := w.Select(folder, nil).Wait()
	if err == nil {
		err = w.Store(imap.SeqSetNum(n), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	}
	if err != nil {
		w.t.Fatalf("flag a mail of %s: %v", folder, err)
	}
}

func (w witness) append(folder string, raw []byte) {
	w.t.Helper()
	cmd := w.Append(folder, int64(len(raw)), nil)
	cmd.Write(raw)
	cmd.Close()
	if _, err := cmd.Wait(); err != nil {
		w.t.Fatalf("put a mail into %s: %v", folder, err)
	}
}

// wantFlags checks which of our keywords the mails of the inbox have, "" for none.
func wantFlags(t *testing.T, w witness, want ...imap.Flag) {
	t.Helper()
	msgs := w.fetch("INBOX")
	if len(msgs) != len(want) {
		t.Fatalf("the inbox holds %d mails, want %d", len(msgs), len(want))
	}
	for i, msg := range msgs {
		var got imap.Flag
		for _, f := range msg.Flags {
			if strings.HasPrefix(strings.ToLower(string(f)), "$postroom") {
				got += f
			}
		}
		if !strings.EqualFold(string(got), string(want[i])) {
			t.Errorf("mail %d is flagged %q, want %q", i, got, want[i])
		}
	}
}
