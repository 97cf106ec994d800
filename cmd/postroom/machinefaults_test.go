//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A smallDisk is a file system of its own, small enough to be filled. Where
// the test may not mount one, limits of the process stand in for it: they make the
// same calls fail.
type smallDisk struct {
	dir     string
	mounted bool
}

func newSmallDisk(t *testing.T, bytes int64) *smallDisk {
	t.Helper()
	d := &smallDisk{dir: t.TempDir()}
	err := unix.Mount("tmpfs", d.dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", bytes))
	if err == nil {
		d.mounted = true
		t.Cleanup(func() { unix.Unmount(d.dir, unix.MNT_DETACH) })
	} else if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		t.Fatal(err)
	}
	return d
}

// fill leaves no byte free; free gives them back.
func (d *smallDisk) fill(t *testing.T, pid int) {
	t.Helper()
	if !d.mounted {
		if err := limitFiles(pid, 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Create(filepath.Join(d.dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

func (d *smallDisk) free(t *testing.T, pid int) {
	t.Helper()
	err := limitFiles(pid, -1)
	if d.mounted {
		err = os.Remove(filepath.Join(d.dir, "ballast"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// readOnly makes the disk so, as the kernel does after a fault, even under files
// that are open for writing.
func (d *smallDisk) readOnly(t *testing.T, pid int, yes bool) {
	t.Helper()
	if !d.mounted {
		limit := int64(-1)
		if yes {
			limit = 0
		}
		if err := limitFiles(pid, limit); err != nil {
			t.Fatal(err)
		}
		return
	}
	// The kernel refuses to remount while files are open for writing; then the
	// process' own limit does the same to it.
	flags, limit := uintptr(unix.MS_REMOUNT), int64(-1)
	if yes {
		flags |= unix.MS_RDONLY
	}
	err := unix.Mount("", d.dir, "", flags, "")
	if err != nil && !errors.Is(err, unix.EBUSY) {
		t.Fatal(err)
	}
	if err != nil && yes {
		limit = 0
	}
	if err := limitFiles(pid, limit); err != nil {
		t.Fatal(err)
	}
}

// The disk of state, store and temporary files is full, then read-only, while
// mail comes in: it waits, and goes on by itself.
func TestDiskFullAndReadOnly(t *testing.T) {
	mails, patients := tortureMails(t, 51, 9)
	disk := newSmallDisk(t, 96<<20)
	dovecot := servers.Dovecot(t)
	dovecot.AddUser("disk", "secret")
	config := writeConfig(t, fmt.Sprintf("data: %q\nfiling: {sample: 0}\noperating: {listen: \"127.0.0.1:0\"}\n", filepath.Join(disk.dir, "data"))+imapYAML(dovecot, "disk"))
	must(t, "patients", "import", "--config", config, patients)
	var stderr syncBuffer
	cmd, _ := started(t, &stderr, "run", "--config", config)
	pid := cmd.Process.Pid
	next := 0
	deliver := func(n int) {
		for range n {
			dovecot.Append("disk", "INBOX", mails[next].raw, mails[next].received)
			next++
		}
	}
	done := func() int { _, processed, problem := inboxes(dovecot, "disk"); return processed + problem }
	deliver(3)
	waitFor(t, "the first mails being done", func() bool { return done() == 3 })
	disk.fill(t, pid)
	deliver(3)
	time.Sleep(4 * time.Second)
	if n := done(); n != 3 {
		t.Errorf("%d mails are done though nothing can be written", n)
	}
	disk.free(t, pid)
	began := time.Now()
	waitFor(t, "going on when there is room", func() bool { return done() == 6 })
	t.Logf("it goes on %s after there is room", time.Since(began).Round(time.Second))
	disk.readOnly(t, pid, true)
	deliver(3)
	time.Sleep(4 * time.Second)
	if n := done(); n != 6 {
		t.Errorf("%d mails are done though nothing can be written", n)
	}
	disk.readOnly(t, pid, false)
	waitFor(t, "going on when it can be written again", func() bool { return done() == 9 })
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
	if said := stderr.String(); !strings.Contains(said, "full") && !strings.Contains(said, "cannot be used") && !strings.Contains(said, "grow") && !strings.Contains(said, "written") {
		t.Errorf("nothing says that the disk is full:\n%s", said)
	}
	must(t, "reconcile", "--config", config, "--deep")
	for _, r := range exported(t, "--config", config) {
		if r.Status == postroom.Quarantined && len(r.Reasons) > 0 && strings.Contains(r.Reasons[0], "disk") {
			t.Errorf("a document was given up because of the disk: %q", r.Reasons)
		}
	}
}

// PostgreSQL gives no connection, then takes no write (a standby that is not
// promoted yet, after a fail-over), then is back.
func TestPostgresInTrouble(t *testing.T) {
	mails, patients := tortureMails(t, 52, 6)
	dovecot, pg := servers.Dovecot(t), servers.OwnPostgres(t)
	dovecot.AddUser("trouble", "secret")
	url := pg.NewDatabase()
	config := writeConfig(t, fmt.Sprintf("data: %q\ndatabase: %q\nfiling: {sample: 0}\noperating: {listen: \"127.0.0.1:0\"}\n", t.TempDir(), url)+imapYAML(dovecot, "trouble"))
	must(t, "patients", "import", "--config", config, patients)
	var stderr syncBuffer
	cmd, _ := started(t, &stderr, "run", "--config", config)
	done := func() int { _, processed, problem := inboxes(dovecot, "trouble"); return processed + problem }
	deliver := func(from, to int) {
		for _, m := range mails[from:to] {
			dovecot.Append("trouble", "INBOX", m.raw, m.received)
		}
	}
	deliver(0, 2)
	waitFor(t, "the first mails being done", func() bool { return done() == 2 })

	ctx := t.Context()
	admin, err := pgx.Connect(ctx, pg.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	do := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	others := `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`
	// All connections are somebody else's.
	do(others)
	var held []*pgx.Conn
	for {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			if !strings.Contains(err.Error(), "53300") {
				t.Fatal(err)
			}
			break
		}
		held = append(held, c)
	}
	deliver(2, 4)
	time.Sleep(3 * time.Second)
	// Some may have come in between; what was taken is safe either way.
	for _, c := range held {
		c.Close(ctx)
	}
	waitFor(t, "going on when there are connections", func() bool { return done() == 4 })

	do(`ALTER SYSTEM SET default_transaction_read_only = on`)
	do(`SELECT pg_reload_conf()`)
	do(others)
	deliver(4, 6)
	time.Sleep(3 * time.Second)
	if n := done(); n != 4 {
		t.Errorf("%d mails are done though the database takes no write", n)
	}
	do(`SET default_transaction_read_only = off`)
	do(`ALTER SYSTEM RESET default_transaction_read_only`)
	do(`SELECT pg_reload_conf()`)
	do(others)
	waitFor(t, "going on when the database can be written", func() bool { return done() == 6 })
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
	must(t, "reconcile", "--config", config, "--deep")
}

// Two installations read the same mailbox by mistake, each with its own state.
// Each mail is in one or both, and in a folder of the mailbox. It may be there
// twice: Dovecot copies a mail that two sessions move in one moment for each.
func TestTwoInstallationsOnOneMailbox(t *testing.T) {
	mails, patients := tortureMails(t, 53, 16)
	dovecot := servers.Dovecot(t)
	dovecot.AddUser("both", "secret")
	for _, m := range mails {
		dovecot.Append("both", "INBOX", m.raw, m.received)
	}
	var configs []string
	for range 2 {
		config := writeConfig(t, fmt.Sprintf("data: %q\nfiling: {sample: 0}\n", t.TempDir())+imapYAML(dovecot, "both"))
		must(t, "patients", "import", "--config", config, patients)
		configs = append(configs, config)
	}
	var wait sync.WaitGroup
	for _, config := range configs {
		cmd := command(t, "batch", "--config", config)
		wait.Go(func() { cmd.Run() })
	}
	wait.Wait()
	known := map[postroom.Hash]bool{}
	for _, config := range configs {
		for try := 0; ; try++ {
			if r := run(t, "batch", "--config", config); r.code == 0 {
				break
			} else if try == 3 {
				t.Fatalf("batch ended with %d\n%s", r.code, r.stderr)
			}
		}
		must(t, "reconcile", "--config", config, "--deep")
		for _, r := range exported(t, "--config", config) {
			known[r.Message.Hash] = true
		}
	}
	moved := map[string]bool{}
	for _, folder := range []string{"Postroom/Processed", "Postroom/Problem"} {
		for _, mail := range dovecot.Mails("both", folder) {
			moved[string(mail)] = true
		}
	}
	for i, m := range mails {
		if !moved[string(m.raw)] {
			t.Errorf("mail %d is in neither folder", i)
		}
	}
	inbox, processed, problem := inboxes(dovecot, "both")
	if len(known) != len(mails) || inbox != 0 || len(moved) != len(mails) {
		t.Errorf("%d of %d mails are known; inbox %d, processed %d, problem %d, %d of them different", len(known), len(mails), inbox, processed, problem, len(moved))
	}
}
