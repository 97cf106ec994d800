package servers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/postroom/postroom/testdata/servers"
)

func dial(t *testing.T, d *servers.DovecotServer, user, password string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialTLS(d.Addr, &imapclient.Options{TLSConfig: d.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(user, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func mail(n int) []byte {
	return fmt.Appendf(nil, "Subject: mail %d\r\nMessage-ID: <%d@example.org>\r\n\r\nbody %d\r\n", n, n, n)
}

func TestDovecotServesWhatWasAppended(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t)
	d.AddUser("inbox", "secret")
	received := time.Date(2026, 3, 12, 9, 14, 7, 0, time.UTC)
	for n := range 30 {
		d.Append("inbox", "INBOX", mail(n), received.Add(time.Duration(n)*time.Hour))
	}
	d.Append("inbox", "Fax/Früher", mail(99), received)

	c := dial(t, d, "inbox", "secret")
	box, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if box.NumMessages != 30 {
		t.Fatalf("the inbox has %d mails, want 30", box.NumMessages)
	}
	body := &imap.FetchItemBodySection{Peek: true}
	got, err := c.Fetch(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{UID: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for n, m := range got {
		if string(m.FindBodySection(body)) != string(mail(n)) {
			t.Errorf("uid %d: %q, want mail %d byte for byte", m.UID, m.FindBodySection(body), n)
		}
		if want := received.Add(time.Duration(n) * time.Hour); !m.InternalDate.Equal(want) {
			t.Errorf("uid %d: received %v, want %v", m.UID, m.InternalDate, want)
		}
	}
	box, err = c.Select("Fax/Früher", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if box.NumMessages != 1 {
		t.Errorf("the other folder has %d mails, want 1", box.NumMessages)
	}
	if d.Count("inbox", "INBOX") != 30 || d.Count("inbox", "Fax/Früher") != 1 || d.Count("inbox", "nowhere") != 0 {
		t.Error("Count disagrees with the server")
	}
	if m := d.Mails("inbox", "Fax/Früher"); len(m) != 1 || string(m[0]) != string(mail(99)) {
		t.Errorf("Mails returns %q", m)
	}
}

func TestDovecotAnnouncesNewMail(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t)
	d.AddUser("inbox", "secret")
	seen := make(chan uint32, 10)
	c, err := imapclient.DialTLS(d.Addr, &imapclient.Options{TLSConfig: d.TLS(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(m *imapclient.UnilateralDataMailbox) {
			if m.NumMessages != nil {
				seen <- *m.NumMessages
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("inbox", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	d.Append("inbox", "INBOX", mail(1), time.Now())
	select {
	case n := <-seen:
		if n != 1 {
			t.Errorf("announced %d mails, want 1", n)
		}
	case <-time.After(20 * time.Second):
		t.Error("the server did not announce the mail")
	}
	if err := idle.Close(); err != nil {
		t.Error(err)
	}
}

func TestDovecotDemandsTLSAndThePassword(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t)
	d.AddUser("inbox@practice.example", "secret")

	plain, err := imapclient.DialInsecure(d.StartTLSAddr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := plain.Login("inbox@practice.example", "secret").Wait(); err == nil {
		t.Error("log-in without TLS was allowed")
	}

	c, err := imapclient.DialStartTLS(d.StartTLSAddr, &imapclient.Options{TLSConfig: d.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	started := time.Now()
	if err := c.Login("inbox@practice.example", "wrong").Wait(); err == nil {
		t.Error("a wrong password was accepted")
	}
	if wait := time.Since(started); wait > time.Second {
		t.Errorf("a wrong password cost %v", wait)
	}
	if err := c.Login("inbox@practice.example", "secret").Wait(); err != nil {
		t.Errorf("log-in after STARTTLS: %v", err)
	}

	d.AddUser("inbox@practice.example", "SECRET") // of the same length
	dial(t, d, "inbox@practice.example", "SECRET")

	if stranger, err := imapclient.DialTLS(d.Addr, nil); err == nil {
		stranger.Close()
		t.Error("a client that does not know the test's authority trusts the server")
	}
}

func TestDovecotWithoutCapabilities(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t)
	d.AddUser("inbox", "secret")
	caps := dial(t, d, "inbox", "secret").Caps()
	for _, name := range strings.Fields("MOVE UIDPLUS IDLE CONDSTORE") {
		if !caps.Has(imap.Cap(name)) {
			t.Errorf("the server lacks %s", name)
		}
	}
	d = servers.Dovecot(t, servers.WithoutCapability("MOVE", "UIDPLUS"))
	d.AddUser("inbox", "secret")
	caps = dial(t, d, "inbox", "secret").Caps()
	if caps.Has(imap.CapMove) || caps.Has(imap.CapUIDPlus) {
		t.Errorf("the server still says MOVE or UIDPLUS: %v", caps)
	}
	if !caps.Has(imap.CapIdle) {
		t.Errorf("the server lost IDLE: %v", caps)
	}
}

func TestDovecotRestartKeepsAddressAndMail(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t)
	d.AddUser("inbox", "secret")
	d.Append("inbox", "INBOX", mail(1), time.Now())
	first := dial(t, d, "inbox", "secret")
	before, err := first.Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	addr := d.Addr
	for _, end := range []func(){d.Stop, d.Kill, func() {}} {
		end()
		d.Restart()
		after, err := dial(t, d, "inbox", "secret").Select("INBOX", nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if d.Addr != addr || after.UIDValidity != before.UIDValidity || after.NumMessages != 1 {
			t.Errorf("after the restart: %s, %+v; before: %s, %+v", d.Addr, after, addr, before)
		}
	}
	select {
	case <-first.Closed():
	case <-time.After(10 * time.Second):
		t.Error("a session is still open after the server stopped")
	}

	d.NewUIDValidity("inbox", "INBOX")
	after, err := dial(t, d, "inbox", "secret").Select("INBOX", nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if after.UIDValidity == before.UIDValidity || after.NumMessages != 1 {
		t.Errorf("after NewUIDValidity: %d and %d mails, before %d", after.UIDValidity, after.NumMessages, before.UIDValidity)
	}
}

func TestDovecotQuota(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t, servers.WithQuota(100_000))
	d.AddUser("inbox", "secret")
	c := dial(t, d, "inbox", "secret")
	put := func(size int) error {
		cmd := c.Append("INBOX", int64(size), nil)
		if _, err := cmd.Write([]byte(strings.Repeat("x", size))); err != nil {
			return err
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		_, err := cmd.Wait()
		return err
	}
	if err := put(60_000); err != nil {
		t.Fatalf("a mail within the quota: %v", err)
	}
	if err := put(60_000); err == nil || !strings.Contains(err.Error(), "OVERQUOTA") {
		t.Errorf("a mail over the quota: %v, want OVERQUOTA", err)
	}
}

func TestDovecotUnknownUser(t *testing.T) {
	t.Parallel()
	d := servers.Dovecot(t)
	c, err := imapclient.DialTLS(d.Addr, &imapclient.Options{TLSConfig: d.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("late", "secret").Wait(); err == nil || !strings.Contains(err.Error(), "AUTHENTICATIONFAILED") {
		t.Errorf("an unknown user: %v, want AUTHENTICATIONFAILED", err)
	}
	d.AddUser("late", "secret") // within the same second
	if err := c.Login("late", "secret").Wait(); err != nil {
		t.Errorf("a user made a moment ago: %v", err)
	}
}
