package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// watch runs Watch until the test ends, and returns what it logged then.
func watch(t *testing.T, m *Mailbox, d postroom.Intake, wake <-chan struct{}) (stop func() string) {
	var mu sync.Mutex
	var log bytes.Buffer
	m.config.Log = slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Watch(ctx, d, wake) }()
	stop = sync.OnceValue(func() string {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("watch ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("watch did not end with its context")
		}
		mu.Lock()
		defer mu.Unlock()
		return log.String()
	})
	t.Cleanup(func() { stop() })
	return stop
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func (d *desk) next(t *testing.T, limit time.Duration) {
	t.Helper()
	select {
	case <-d.news:
	case <-time.After(limit):
		t.Fatalf("nothing was taken within %v", limit)
	}
}

func TestMailboxWatchWithoutIdle(t *testing.T) {
	s := openDovecotAs("tls")(t, imap.CapIdle)
	s.config.PollInterval = 100 * time.Millisecond
	d := newDesk()
	watch(t, mailbox(t, s.config), d, nil)
	for n := range 3 {
		s.deliver("INBOX", letter(n), received)
		d.next(t, 5*time.Second)
	}
}

// A server that ends every session and starts again is connected to again.
func TestMailboxWatchOutlivesTheServer(t *testing.T) {
	d := servers.Dovecot(t)
	d.AddUser(testUser, testPassword)
	host, port := hostPort(t, d.Addr)
	m, in := mailbox(t, MailboxConfig{Name: "inbox", Host: host, Port: port, CAFile: d.CAFile, User: testUser, Password: testPassword, Timeout: 5 * time.Second}), newDesk()
	stop := watch(t, m, in, nil)
	for n, end := range []func(){func() {}, d.Stop, d.Kill} {
		end()
		d.Restart()
		d.Append(testUser, "INBOX", letter(n), received)
		in.next(t, 20*time.Second)
	}
	log := stop()
	if in.takes() != 3 {
		t.Errorf("%d bodies were fetched for 3 mails", in.takes())
	}
	if !strings.Contains(log, "connected to again") || strings.Contains(log, testPassword) {
		t.Errorf("it logged %s", log)
	}
}

// A message that can't be taken is not fetched again with each outcome, and
// does not hold up those that come after it.
func TestMailboxWatchPutsOffWhatFails(t *testing.T) {
	s := openMemoryAs("tls")(t)
	d := newDesk()
	d.take = func(a postroom.Arrival) error {
		if a.ID.UID == 1 {
			return errors.New("no luck")
		}
		return nil
	}
	s.deliver("INBOX", letter(0), received)
	wake := make(chan struct{}, 1)
	stop := watch(t, mailbox(t, s.config), d, wake)
	for n := 1; n < 4; n++ {
		s.deliver("INBOX", letter(n), received)
		d.next(t, 5*time.Second)
		wake <- struct{}{}
		time.Sleep(2 * gatherWakes)
	}
	log := stop()
	if d.takes() != 4 {
		t.Errorf("%d bodies were fetched, want 4", d.takes())
	}
	if strings.Count(log, "no luck") != 1 {
		t.Errorf("the fault was told %d times:\n%s", strings.Count(log, "no luck"), log)
	}
}

// When the store is down the connection stays, and mail is taken once it is up.
func TestMailboxWatchWaitsForTheStore(t *testing.T) {
	s := openMemoryAs("tls")(t)
	s.deliver("INBOX", letter(0), received)
	d := newDesk()
	var mu sync.Mutex
	down := true
	d.take = func(postroom.Arrival) error {
		mu.Lock()
		defer mu.Unlock()
		if down {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the store is down"}
		}
		return nil
	}
	watch(t, mailbox(t, s.config), d, nil)
	for began := time.Now(); d.takes() == 0 && time.Since(began) < 5*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	mu.Lock()
	down = false
	mu.Unlock()
	d.next(t, 10*time.Second)
}

// Servers lock accounts that try a wrong password again and again.
func TestMailboxWatchDoesNotHammerWithAWrongPassword(t *testing.T) {
	s := openMemoryAs("tls")(t)
	s.config.Password = "wrong"
	stop := watch(t, mailbox(t, s.config), newDesk(), nil)
	time.Sleep(2 * time.Second)
	if log := stop(); strings.Count(log, "refused the sign-in") < 1 || strings.Count(log, "connected to again") != 1 {
		t.Errorf("it logged %s", log)
	}
}

// Many outcomes one after the other do not make a pass each.
func TestMailboxWatchGathersWakes(t *testing.T) {
	s := openMemoryAs("tls")(t)
	s.deliver("INBOX", letter(0), received)
	d := newDesk()
	wake := make(chan struct{})
	watch(t, mailbox(t, s.config), d, wake)
	d.next(t, 5*time.Second)
	for range 100 {
		select {
		case wake <- struct{}{}:
		case <-time.After(2 * time.Millisecond):
		}
	}
	time.Sleep(2 * gatherWakes)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked < 2 || d.asked > 8 {
		t.Errorf("a hundred wakes made %d passes", d.asked)
	}
}
