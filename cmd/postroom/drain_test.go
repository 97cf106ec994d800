//go:build cgo && upgrade

package main

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom/testdata/generate"
	"github.com/postroom/postroom/testdata/servers"
)

var upgradeOld = flag.String("upgrade.old", "", "the program of an earlier version, for TestUpgradeWhileOldOnesDrain")

// An earlier version goes on working while this one brings the tables up to date
// and takes part, hands back its work when it is told to end, and a worker that is
// killed in the middle of its work is missed within a minute. "make upgrade" runs it.
func TestUpgradeWhileOldOnesDrain(t *testing.T) {
	mails, patients := tortureMails(t, 41, 160)
	dovecot, s3, pg := servers.Dovecot(t), servers.S3(t), servers.OwnPostgres(t)
	dovecot.AddUser("upgrade", "secret")
	config := writeConfig(t, fmt.Sprintf("data: %q\ndatabase: %q\nstore:\n  s3: {endpoint: %q, bucket: %q, access_key: %q, secret_key: %q, ca_file: %q, path_style: true}\nfiling: {sample: 0}\n",
		t.TempDir(), pg.NewDatabase(), s3.URL, s3.NewBucket("upgrade", false), s3.AccessKey, s3.SecretKey, s3.CAFile)+imapYAML(dovecot, "upgrade"))
	deliver := func(from, to int) {
		for _, m := range mails[from:to] {
			dovecot.Append("upgrade", "INBOX", m.raw, m.received)
		}
	}
	ended := func() int { _, processed, problem := inboxes(dovecot, "upgrade"); return processed + problem }
	var said bytes.Buffer
	start := func(cmd *exec.Cmd) (*exec.Cmd, chan error) {
		t.Helper()
		cmd.Stderr = &said
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		return cmd, done
	}
	wait := func(what string, n int) time.Duration {
		t.Helper()
		began := time.Now()
		for ended() < n {
			if time.Since(began) > 4*time.Minute {
				t.Fatalf("%s: %d of %d mails have ended\n%s", what, ended(), n, said.String())
			}
			time.Sleep(50 * time.Millisecond)
		}
		return time.Since(began)
	}
	old := func(args ...string) *exec.Cmd { return exec.Command(*upgradeOld, append(args, "--config", config)...) }
	if out, err := old("patients", "import", patients).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	deliver(0, 40)
	before, beforeEnded := start(old("run"))
	wait("the earlier version alone", 10)
	_, workerEnded := start(command(t, "worker", "--config", config)) // it migrates
	deliver(40, 80)
	wait("both together", 60)
	began := time.Now()
	before.Process.Signal(syscall.SIGTERM)
	if err := <-beforeEnded; err != nil {
		t.Errorf("the earlier version ended with %v\n%s", err, said.String())
	}
	t.Logf("the earlier version handed back its work in %s", time.Since(began).Round(time.Millisecond))
	_, runEnded := start(command(t, "run", "--config", config))
	third, _ := start(command(t, "worker", "--config", config))
	deliver(80, 160)
	wait("the new version", 160)
	fax, err := generate.FaxTIFF(41, 40, generate.Clean, generate.TIFFOptions{Coding: generate.G4})
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(fax)
	dovecot.Append("upgrade", "INBOX", []byte("From: ward@hospital.example\r\nSubject: a long fax\r\nMIME-Version: 1.0\r\nContent-Type: image/tiff\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=fax.tif\r\n\r\n"+
		regexp.MustCompile(".{1,76}").ReplaceAllString(text, "$0\r\n")), time.Now())
	time.Sleep(5 * time.Second) // all of them are at its pages
	third.Process.Kill()
	t.Logf("a worker was killed while a fax of 40 pages was read; the fax had ended %s later", wait("after the kill", 161).Round(100*time.Millisecond))
	for _, c := range []chan error{workerEnded, runEnded} {
		select {
		case err := <-c:
			t.Errorf("a process of the new version ended by itself: %v\n%s", err, said.String())
		default:
		}
	}
	r := run(t, "reconcile", "--config", config, "--deep")
	t.Logf("\n%s", r.stdout)
	if r.code != 0 {
		t.Errorf("reconcile ended with %d\n%s", r.code, r.stderr)
	}
}
