package ingest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/postroom/postroom/testdata/servers"
)

// A mailServer is a mailbox for the suite, with what only the server's owner
// can do.
type mailServer struct {
	config  MailboxConfig
	deliver func(folder string, raw []byte, received time.Time)
	// newValidity makes the server forget the UIDs of the folder.
	newValidity func(folder string)
}

// An opener starts a server that does not say that it has the capabilities.
type opener func(t *testing.T, without ...imap.Cap) *mailServer

const testUser, testPassword = "fax@practice.example", "pass wörd"

func hostPort(t testing.TB, addr string) (string, int) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return host, n
}

// A memory is the library's own server in this process.
type memory struct {
	user *imapmemserver.User
	caps imap.CapSet
	// session, when set, changes what the server does.
	session func(imapserver.SessionIMAP4rev2) imapserver.Session
	// connected, when set, is told of each connection.
	connected func(*imapserver.Conn)
}

func newMemory(t testing.TB) *memory {
	m := &memory{user: imapmemserver.NewUser(testUser, testPassword), caps: imap.CapSet{
		imap.CapIMAP4rev1: {}, imap.CapMove: {}, imap.CapUIDPlus: {}, imap.CapESearch: {}, imap.CapNamespace: {},
	}}
	if err := m.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	return m
}

// A memorySession is the library's, for the one user.
type memorySession struct {
	*imapmemserver.UserSession
}

func (s memorySession) Login(user, password string) error {
	if user != testUser || password != testPassword {
		return imapserver.ErrAuthFailed
	}
	return nil
}

// serve starts the server; mode is as in the configuration.
func (m *memory) serve(t testing.TB, mode string) MailboxConfig {
	ca := servers.NewCA(t, t.TempDir())
	cert, err := tls.LoadX509KeyPair(ca.CertFile, ca.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(conn *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			if m.connected != nil {
				m.connected(conn)
			}
			session := memorySession{imapmemserver.NewUserSession(m.user)}
			if m.session != nil {
				return m.session(session), nil, nil
			}
			return session, nil, nil
		},
		Caps: m.caps, TLSConfig: config, InsecureAuth: mode == "none", Logger: log.New(io.Discard, "", 0),
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if mode == "tls" {
		listener = tls.NewListener(listener, config)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Close()
		<-ended
	})
	host, port := hostPort(t, addr)
	return MailboxConfig{Name: "inbox", Host: host, Port: port, TLS: mode, CAFile: ca.CAFile, User: testUser, Password: testPassword, Timeout: 20 * time.Second}
}

func (m *memory) deliver(t testing.TB, folder string, raw []byte, received time.Time) {
	t.Helper()
	deliver := func() error {
		_, err := m.user.Append(folder, mail{bytes.NewReader(raw), int64(len(raw))}, &imap.AppendOptions{Time: received})
		return err
	}
	err := deliver()
	if err != nil {
		if err = m.user.Create(folder, nil); err == nil {
			err = deliver()
		}
	}
	if err != nil {
		t.Fatalf("deliver a mail: %v", err)
	}
}

type mail struct {
	*bytes.Reader
	size int64
}

func (m mail) Size() int64 { return m.size }

func openMemoryAs(mode string, caps ...imap.Cap) opener {
	return func(t *testing.T, without ...imap.Cap) *mailServer {
		m := newMemory(t)
		for _, c := range caps {
			m.caps[c] = struct{}{}
		}
		for _, c := range without {
			delete(m.caps, c)
		}
		s := &mailServer{config: m.serve(t, mode)}
		s.deliver = func(folder string, raw []byte, received time.Time) { m.deliver(t, folder, raw, received) }
		s.newValidity = func(folder string) {
			c := client(t, s.config)
			mails := c.mails(folder)
			if err := m.user.Delete(folder); err != nil {
				t.Fatal(err)
			}
			for _, raw := range mails {
				m.deliver(t, folder, []byte(raw), time.Now())
			}
		}
		return s
	}
}

func openDovecotAs(mode string, options ...servers.DovecotOption) opener {
	return func(t *testing.T, without ...imap.Cap) *mailServer {
		options := append([]servers.DovecotOption{}, options...)
		for _, c := range without {
			options = append(options, servers.WithoutCapability(string(c)))
		}
		d := servers.Dovecot(t, options...)
		d.AddUser(testUser, testPassword)
		addr := d.Addr
		if mode == "starttls" {
			addr = d.StartTLSAddr
		}
		host, port := hostPort(t, addr)
		return &mailServer{
			config: MailboxConfig{Name: "inbox", Host: host, Port: port, TLS: mode, CAFile: d.CAFile, User: testUser, Password: testPassword, Timeout: 20 * time.Second},
			deliver: func(folder string, raw []byte, received time.Time) {
				d.Append(testUser, strings.TrimPrefix(folder, "INBOX."), raw, received)
			},
			newValidity: func(folder string) { d.NewUIDValidity(testUser, strings.TrimPrefix(folder, "INBOX.")) },
		}
	}
}

// A witness looks into the mailbox beside the code under test.
type witness struct {
	t testing.TB
	*imapclient.Client
}

func client(t testing.TB, c MailboxConfig) witness {
	t.Helper()
	config, err := c.withDefaults().tlsConfig()
	if err != nil {
		t.Fatal(err)
	}
	var cl *imapclient.Client
	options := &imapclient.Options{TLSConfig: config}
	switch c.TLS {
	case "starttls":
		cl, err = imapclient.DialStartTLS(c.address(), options)
	case "none":
		cl, err = imapclient.DialInsecure(c.address(), options)
	default:
		cl, err = imapclient.DialTLS(c.address(), options)
	}
	if err == nil {
		err = cl.Login(c.User, c.Password).Wait()
	}
	if err != nil {
		t.Fatalf("look into the mailbox: %v", err)
	}
	t.Cleanup(func() { cl.Close() })
	return witness{t, cl}
}

// fetch returns what a folder holds, in its order; nil when it does not exist.
func (w witness) fetch(folder string) []*imapclient.FetchMessageBuffer {
	w.t.Helper()
	data, err := w.Select(folder, nil).Wait()
	if err != nil || data.NumMessages == 0 {
		return nil
	}
	all := imap.SeqSet{{Start: 1, Stop: 0}}
	msgs, err := w.Fetch(all, &imap.FetchOptions{UID: true, Flags: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		w.t.Fatalf("look into %s: %v", folder, err)
	}
	return msgs
}

func (w witness) mails(folder string) (mails []string) {
	w.t.Helper()
	for _, msg := range w.fetch(folder) {
		mails = append(mails, string(msg.BodySection[0].Bytes))
	}
	return mails
}

func (w witness) count(folder string) int {
	w.t.Helper()
	data, err := w.Status(folder, &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil {
		return 0
	}
	return int(*data.NumMessages)
}

// remove deletes the n-th mail of a folder, from 1.
func (w witness) remove(folder string, n uint32) {
	w.t.Helper()
	_, err := w.Select(folder, nil).Wait()
	if err == nil {
		err = w.Store(imap.SeqSetNum(n), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
	}
	if err == nil {
		err = w.Expunge().Close()
	}
	if err != nil {
		w.t.Fatalf("delete a mail of %s: %v", folder, err)
	}
}

// letter is a small mail; n makes it one of its own.
func letter(n int) []byte {
	return fmt.Appendf(nil, "From: fax@sender.example\r\nTo: %s\r\nSubject: Fax %d\r\nMessage-ID: <same@sender.example>\r\n\r\nPage %d\r\n", testUser, n, n)
}
