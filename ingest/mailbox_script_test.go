package ingest

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A script is a mail server that answers as a test wants, wrongly for
// instance. What answer does not want is answered like a small inbox would.
type script struct {
	t     testing.TB
	caps  string
	mails map[int]string // by UID
	// answer returns whether it has dealt with the command. Once the server
	// runs, change is the way to set it.
	answer func(c *scriptConn, tag, command string) bool

	conns atomic.Int32
	mu    sync.Mutex
	log   []string // commands, without their tags
}

// A scriptConn is one connection to a script.
type scriptConn struct {
	net.Conn
	script *script
	in     *bufio.Reader
	n      int // of the connection, from 1
}

// say sends lines.
func (c *scriptConn) say(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }

// hang says nothing until the other side gives up.
func (c *scriptConn) hang() {
	for {
		if _, err := c.in.ReadByte(); err != nil {
			return
		}
	}
}

func (s *script) serve() MailboxConfig {
	if s.caps == "" {
		s.caps = "IMAP4rev1 UIDPLUS MOVE IDLE SASL-IR AUTH=PLAIN"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() {
				defer conn.Close()
				s.talk(&scriptConn{Conn: conn, script: s, in: bufio.NewReader(conn), n: int(s.conns.Add(1))})
			})
		}
	})
	s.t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	host, port := hostPort(s.t, listener.Addr().String())
	return MailboxConfig{Name: "inbox", Host: host, Port: port, TLS: "none", User: testUser, Password: testPassword, Timeout: 100 * time.Millisecond}
}

// change sets how the server answers from the next connection on.
func (s *script) change(mails map[int]string, answer func(c *scriptConn, tag, command string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.answer = mails, answer
}

func (s *script) talk(c *scriptConn) {
	s.mu.Lock()
	answer, mails := s.answer, s.mails
	s.mu.Unlock()
	if answer != nil && answer(c, "", "CONNECT") {
		return
	}
	c.say("* OK [CAPABILITY %s] ready", s.caps)
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		tag, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.mu.Lock()
		s.log = append(s.log, command)
		s.mu.Unlock()
		if answer != nil && answer(c, tag, command) {
			continue
		}
		switch {
		case strings.HasPrefix(command, "AUTHENTICATE"):
			c.say("%s OK [CAPABILITY %s] in", tag, s.caps)
			continue
		case strings.HasPrefix(command, `LIST "" ""`):
			c.say(`* LIST (\Noselect) "/" ""`)
		case strings.HasPrefix(command, "LIST"):
			c.say(`* LIST () "/" %s`, strings.Fields(command)[2])
		case strings.HasPrefix(command, "SELECT"):
			c.say("* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [PERMANENTFLAGS (\\*)] ok", len(mails))
		case strings.HasPrefix(command, "UID SEARCH"):
			c.say("* SEARCH%s", uids(mails, command))
		case strings.HasPrefix(command, "UID FETCH") && strings.Contains(command, "BODY"):
			var uid int
			fmt.Sscanf(command, "UID FETCH %d", &uid)
			if raw, ok := mails[uid]; ok {
				c.say("* %d FETCH (UID %d BODY[] {%d}\r\n%s)", uid, uid, len(raw), raw)
			}
		case strings.HasPrefix(command, "UID FETCH"):
			for uid := range len(mails) + 1 {
				if raw, ok := mails[uid]; ok {
					c.say(`* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "12-Mar-2026 09:14:00 +0000")`, uid, uid, len(raw))
				}
			}
		}
		c.say("%s OK done", tag)
		if command == "LOGOUT" {
			return
		}
	}
}

// uids lists the mails that a search for one UID or for all finds.
func uids(mails map[int]string, command string) string {
	var b strings.Builder
	for uid := range 100 {
		if _, ok := mails[uid]; ok && (!strings.Contains(command, "SEARCH UID") || strings.Contains(command, fmt.Sprintf("SEARCH UID %d", uid))) {
			fmt.Fprintf(&b, " %d", uid)
		}
	}
	return b.String()
}

// commands returns how often a command was given.
func (s *script) commands(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, command := range s.log {
		if strings.HasPrefix(command, prefix) {
			n++
		}
	}
	return n
}
