package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A PostgresServer is a running PostgreSQL, with fsync on and password log-in
// (SCRAM) on both TCP and its Unix socket.
type PostgresServer struct {
	Addr      string // host:port on loopback
	SocketDir string // the folder of its Unix socket

	t      testing.TB
	shared bool
	*cluster
}

// A cluster is what initdb makes, and the server on it.
type cluster struct {
	dir, bin string
	port     int
	user     string
	password string
	account  account
	process  *process
	keeper   *keeper
}

var (
	sharedLock    sync.Mutex
	sharedCluster *cluster
)

// Postgres returns the PostgreSQL server that all tests of this process share,
// and starts it on the first call. It lives until the process ends. Use
// NewDatabase for a database that no other test sees, and OwnPostgres to stop
// or kill a server.
func Postgres(t testing.TB) *PostgresServer {
	t.Helper()
	sharedLock.Lock()
	defer sharedLock.Unlock()
	if sharedCluster == nil {
		sharedCluster = newCluster(t)
	}
	return sharedCluster.server(t, true)
}

// OwnPostgres starts a PostgreSQL server for this test alone, and stops it when
// the test ends.
func OwnPostgres(t testing.TB) *PostgresServer {
	t.Helper()
	c := newCluster(t)
	t.Cleanup(func() {
		c.process.stop(syscall.SIGQUIT)
		if t.Failed() {
			t.Logf("the log of PostgreSQL ends:\n%s", tail(c.log()))
		}
		c.keeper.forget()
		c.keeper.close()
	})
	return c.server(t, false)
}

func (c *cluster) server(t testing.TB, shared bool) *PostgresServer {
	return &PostgresServer{Addr: address(c.port), SocketDir: c.socketDir(), t: t, shared: shared, cluster: c}
}

func (c *cluster) data() string      { return filepath.Join(c.dir, "data") }
func (c *cluster) socketDir() string { return filepath.Join(c.dir, "socket") }
func (c *cluster) log() string       { return filepath.Join(c.dir, "log") }

// newCluster makes a cluster and starts its server, or ends the test. What it
// made is removed when the process ends, if not before.
func newCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{bin: postgresPrograms(t), user: "postroom", password: randomText(), account: otherThanRoot(t, "postgres", "postgresql-15")}
	c.dir = newDir(t, "postgres")
	c.keeper = newKeeper(t, c.dir, "QUIT")
	if err := c.initialise(); err != nil {
		c.keeper.close()
		t.Fatalf("make a PostgreSQL cluster: %v", err)
	}
	var err error
	for range 5 { // somebody may take the port between our look and the start
		c.port = freePort(t)
		if err = c.start(); err == nil {
			return c
		}
	}
	text := tail(c.log())
	c.keeper.close()
	t.Fatalf("PostgreSQL did not start: %v; its log ends:\n%s", err, text)
	return nil
}

// postgresPrograms returns the folder of initdb and postgres. Debian keeps
// them out of $PATH, one folder for each version; 15 is the one we support
// from, and the first choice.
func postgresPrograms(t testing.TB) string {
	t.Helper()
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	sort.Sort(sort.Reverse(sort.StringSlice(dirs)))
	dirs = append([]string{"/usr/lib/postgresql/15/bin"}, dirs...)
	for _, dir := range dirs {
		if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err == nil {
			return dir
		}
	}
	return filepath.Dir(program(t, "initdb"))
}

func (c *cluster) initialise() error {
	for _, dir := range []string{c.data(), c.socketDir()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if err := c.account.own(dir); err != nil {
			return err
		}
	}
	passwordFile := filepath.Join(c.socketDir(), "password")
	if err := os.WriteFile(passwordFile, []byte(c.password+"\n"), 0o600); err != nil {
		return err
	}
	if err := c.account.own(passwordFile); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(c.bin, "initdb"), "--pgdata", c.data(), "--username", c.user, "--pwfile", passwordFile,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions", "--wal-segsize", "4")
	cmd.Env, cmd.Dir, cmd.SysProcAttr = environment(c.dir), c.data(), c.account.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (c *cluster) start() error {
	setting := func(name, value string) string { return "--" + name + "=" + value }
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data(),
		setting("listen_addresses", "127.0.0.1"), setting("port", strconv.Itoa(c.port)), setting("unix_socket_directories", c.socketDir()),
		setting("fsync", "on"), setting("synchronous_commit", "on"), setting("max_connections", "200"),
		setting("shared_buffers", "32MB"), setting("autovacuum_naptime", "10s"), setting("timezone", "UTC"), setting("log_timezone", "UTC"))
	cmd.Env, cmd.Dir, cmd.SysProcAttr = environment(c.dir), c.data(), c.account.attributes()
	p, err := launch("PostgreSQL", cmd, c.log(), syscall.SIGQUIT) // SIGQUIT: stop at once, without a checkpoint
	if err != nil {
		return err
	}
	c.process = p
	c.keeper.watch(p)
	return p.waitReady(func() error {
		conn, err := c.connect()
		if err != nil {
			return err
		}
		return conn.Close(context.Background())
	})
}

func (c *cluster) connect() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return pgx.Connect(ctx, c.url("postgres"))
}

func (c *cluster) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(c.user, c.password), Host: address(c.port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// URL returns how to connect to a database of this server over TCP:
// postgres://user:password@127.0.0.1:port/database?sslmode=disable.
func (s *PostgresServer) URL(database string) string { return s.url(database) }

// SocketURL is URL over the Unix socket.
func (s *PostgresServer) SocketURL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(s.user, s.password), Path: "/" + database,
		RawQuery: url.Values{"host": {s.SocketDir}, "port": {strconv.Itoa(s.port)}}.Encode()}
	return u.String()
}

// NewDatabase makes an empty database and returns its URL. It is dropped when
// the test ends, whoever is still connected.
func (s *PostgresServer) NewDatabase() string {
	s.t.Helper()
	name := "test_" + strings.ToLower(randomText())
	if err := s.execute("CREATE DATABASE " + name); err != nil {
		s.t.Fatalf("make database %s: %v", name, err)
	}
	if s.shared {
		s.t.Cleanup(func() {
			if err := s.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
				s.t.Errorf("drop database %s: %v", name, err)
			}
		})
	}
	return s.url(name)
}

func (s *PostgresServer) execute(sql string) error {
	conn, err := s.connect()
	if err != nil {
		return err
	}
	_, err = conn.Exec(context.Background(), sql)
	return errors.Join(err, conn.Close(context.Background()))
}

// Stop stops the server in an orderly way (pg_ctl's "fast": open transactions
// are rolled back, clients are cut off).
func (s *PostgresServer) Stop() {
	s.t.Helper()
	s.mustOwn()
	s.process.stop(syscall.SIGINT)
	s.keeper.forget()
}

// Kill ends the server at once, as a power cut would as far as processes are
// concerned: what was not written to its log is lost, and Restart recovers.
func (s *PostgresServer) Kill() {
	s.t.Helper()
	s.mustOwn()
	s.process.kill()
	s.keeper.forget()
}

// Restart starts the server again on the same port and data, and stops it
// before if it still runs.
func (s *PostgresServer) Restart() {
	s.t.Helper()
	s.Stop()
	if err := startAgain(s.start); err != nil {
		s.t.Fatalf("start PostgreSQL again: %v; its log ends:\n%s", err, tail(s.log()))
	}
}

func (s *PostgresServer) mustOwn() {
	s.t.Helper()
	if s.shared {
		s.t.Fatal("other tests use this PostgreSQL server too; start one with servers.OwnPostgres to stop it")
	}
}
