package servers

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A DovecotServer is a running Dovecot that serves IMAP over TLS, keeps mail
// in Maildir folders, and separates folder names with a slash.
type DovecotServer struct {
	Addr         string // host:port for TLS from the first byte (imaps)
	StartTLSAddr string // host:port for STARTTLS; log-in is refused before it
	CA           *CA
	CAFile       string // the certificate that a client must trust, PEM

	t         testing.TB
	dir       string
	program   string
	owner     account // who owns the mail
	settings  dovecotSettings
	users     map[string]string // name to password
	delivered int
	process   *process
	keeper    *keeper
	running   bool // it has been ready once
}

// Dovecot starts a Dovecot without users, and stops it when the test ends.
func Dovecot(t testing.TB, options ...DovecotOption) *DovecotServer {
	t.Helper()
	d := &DovecotServer{t: t, users: map[string]string{}, program: program(t, "dovecot"), dir: newDir(t, "dovecot")}
	d.owner = me(t)
	if os.Getuid() == 0 {
		d.owner = account{name: "nobody", uid: 65534, gid: 65534} // Dovecot serves no mail as root
		otherThanRoot(t, "dovenull", "dovecot-core")
	}
	d.keeper = newKeeper(t, d.dir, "TERM")
	t.Cleanup(d.end)
	d.CA = NewCA(t, d.dir)
	d.CAFile = d.CA.CAFile
	for _, option := range options {
		option(&d.settings)
	}
	d.mkdir(d.homes())
	d.mkdir(filepath.Join(d.dir, "users"))
	for range 5 { // somebody may take a port between our look and the start
		d.Addr, d.StartTLSAddr = address(freePort(t)), secondLoopback+strconv.Itoa(freePort(t))
		d.write("dovecot.conf", d.configuration(), 0o644)
		if d.settings.oauth2 != nil {
			d.write("oauth2.conf", d.settings.oauth2.configuration(), 0o644)
		}
		err := d.start()
		if err == nil {
			d.running = true
			return d
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	t.Fatalf("Dovecot did not start; its log ends:\n%s", tail(d.log()))
	return nil
}

func (d *DovecotServer) log() string   { return filepath.Join(d.dir, "log") }
func (d *DovecotServer) homes() string { return filepath.Join(d.dir, "home") }

func (d *DovecotServer) start() error {
	cmd := exec.Command(d.program, "-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
	cmd.Env = environment(d.dir)
	p, err := launch("Dovecot", cmd, d.log(), syscall.SIGTERM)
	if err != nil {
		return err
	}
	d.process = p
	d.keeper.watch(p)
	return p.waitReady(func() error {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", d.Addr, d.CA.TLS())
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		greeting, err := bufio.NewReader(conn).ReadString('\n')
		if err == nil && !strings.HasPrefix(greeting, "* OK") {
			err = fmt.Errorf("greeting %q", greeting)
		}
		return err
	})
}

// Stop stops the server in an orderly way; clients are told goodbye. Its ports
// refuse connections until Restart.
func (d *DovecotServer) Stop() {
	d.process.stop(syscall.SIGTERM)
	d.keeper.forget()
}

// Kill ends the server and every session at once, in the middle of whatever
// they do.
func (d *DovecotServer) Kill() {
	d.process.kill()
	d.keeper.forget()
}

// Restart starts the server again with the same ports, users and mail, and
// stops it before if it still runs.
func (d *DovecotServer) Restart() {
	d.t.Helper()
	d.Stop()
	os.Remove(filepath.Join(d.dir, "run", "master.pid")) // left by Kill; the number may be another program's by now
	if err := startAgain(d.start); err != nil {
		d.t.Fatalf("start Dovecot again: %v; its log ends:\n%s", err, tail(d.log()))
	}
}

func (d *DovecotServer) end() {
	if d.process != nil {
		d.Kill() // an orderly stop takes it a second
	}
	if d.running && d.t.Failed() {
		d.t.Logf("the log of Dovecot ends:\n%s", tail(d.log()))
	}
	d.keeper.close()
}

func (d *DovecotServer) mkdir(path string) {
	d.t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		d.t.Fatalf("make a folder for Dovecot: %v", err)
	}
}

func (d *DovecotServer) write(name, text string, mode os.FileMode) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	err := os.WriteFile(path+".new", []byte(text), mode)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		d.t.Fatalf("write a file for Dovecot: %v", err)
	}
}

// TLS returns the configuration of a client that trusts the server.
func (d *DovecotServer) TLS() *tls.Config { return d.CA.TLS() }
