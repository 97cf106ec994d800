package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom/testdata/generate"
	"github.com/postroom/postroom/testdata/servers"
)

// The daemon takes a mail as it arrives (IDLE), a scan as it is dropped, and
// ends its work at hand when it is told to stop.
func TestRunTakesMailAsItArrives(t *testing.T) {
	dovecot := servers.Dovecot(t)
	dovecot.AddUser("idle", "secret")
	data, scans := t.TempDir(), t.TempDir()
	config := writeConfig(t, fmt.Sprintf("data: %q\n", data)+imapYAML(dovecot, "idle")+fmt.Sprintf("  - name: scanner\n    folder: {path: %q, move: true, settle_time: 300ms}\n", scans))
	cmd := command(t, "run", "--config", config)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill() })

	wait := func(what string, limit time.Duration, ok func() bool) time.Duration {
		t.Helper()
		start := time.Now()
		for !ok() {
			if time.Since(start) > limit {
				t.Fatalf("%s did not happen within %s", what, limit)
			}
			select {
			case err := <-ended:
				t.Fatalf("the daemon ended: %v\n%s", err, stderr.String())
			case <-time.After(20 * time.Millisecond):
			}
		}
		return time.Since(start)
	}
	g, err := generate.New(generate.Options{Seed: 77, Plain: true, Quality: generate.Clean})
	if err != nil {
		t.Fatal(err)
	}
	mail := func(n int) {
		t.Helper()
		m, err := g.Message(n)
		if err != nil {
			t.Fatal(err)
		}
		dovecot.Append("idle", "INBOX", m.Raw, time.Now())
	}
	mail(1) // the first one also waits for the daemon to start
	wait("the first mail being processed", time.Minute, func() bool { _, done, _ := inboxes(dovecot, "idle"); return done == 1 })
	// Far longer than IDLE needs to begin again, far shorter than any polling.
	time.Sleep(2 * time.Second)
	mail(2)
	took := wait("a mail that arrives being processed", 40*time.Second, func() bool { _, done, _ := inboxes(dovecot, "idle"); return done == 2 })
	t.Logf("from arriving in the inbox to lying in the processed folder: %s", took.Round(10*time.Millisecond))

	page, err := generate.FaxTIFF(3, 1, generate.Clean, generate.TIFFOptions{Coding: generate.G4})
	if err != nil {
		t.Fatal(err)
	}
	// A scanner writes slowly: half a file must not be taken.
	slow, err := os.Create(filepath.Join(scans, "scan.tif"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		slow.Write(page[len(page)*i/5 : len(page)*(i+1)/5])
		time.Sleep(150 * time.Millisecond)
	}
	slow.Close()
	wait("the scan being moved", 40*time.Second, func() bool { _, err := os.Stat(filepath.Join(scans, "processed", "scan.tif")); return err == nil })

	cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the daemon ended with %v\n%s", err, stderr.String())
		}
	case <-time.After(40 * time.Second):
		t.Fatal("the daemon does not stop")
	}
	if r := must(t, "reconcile", "--config", config, "--deep"); !strings.Contains(r.stdout, "messages   3 (3 done") {
		t.Errorf("reconcile says:\n%s", r.stdout)
	}
}
