//go:build cgo

package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom/testdata/servers"
)

// A mailbox of 10,000 mails: the first is done in seconds, memory stays small,
// and no more are taken in than are worked off.
func TestTenThousandInOneMailbox(t *testing.T) {
	dovecot := servers.Dovecot(t)
	dovecot.AddUser("full", "secret")
	mails, _ := tortureMails(t, 71, 1)
	dovecot.Append("full", "INBOX", mails[0].raw, mails[0].received)
	const n = 10_000
	for i := 1; i < n; i++ {
		dovecot.Append("full", "INBOX", fmt.Appendf(nil, "From: a@hospital.example\r\nTo: fax@practice.example\r\nSubject: Note %d\r\nMessage-ID: <%d@hospital.example>\r\n\r\nNothing is attached to this one, number %d.\r\n", i, i, i), mails[0].received)
	}
	config := writeConfig(t, fmt.Sprintf("data: %q\nworkers: {most_open: 500}\noperating: {listen: \"127.0.0.1:0\"}\n", t.TempDir())+imapYAML(dovecot, "full"))
	var stderr syncBuffer
	began := time.Now()
	cmd, base := started(t, &stderr, "run", "--config", config)
	metric := func(name string) float64 {
		_, text := get(t, base+"/metrics")
		m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
		if m == nil {
			return -1
		}
		v, _ := strconv.ParseFloat(m[1], 64)
		return v
	}
	waitFor(t, "the first mails being done", func() bool { return metric(`postroom_steps_total{end="done",stage="sort_message"}`) > 0 })
	took := time.Since(began)
	if took > 10*time.Second {
		t.Errorf("the first mail was done after %s", took)
	}
	var most float64
	waitFor(t, "1500 mails being taken in", func() bool {
		most = max(most, metric("postroom_now_open_messages"))
		return metric("postroom_messages_total") >= 1500
	})
	rate := metric("postroom_messages_total") / time.Since(began).Seconds()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	peak, _ := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(status)[1]))
	t.Logf("the first was done %s after the start; %.0f mails a second; at most %.0f open; the process took %d MiB at most", took.Round(10*time.Millisecond), rate, most, peak>>10)
	// Sources look for room before each 500.
	if most > 1000 {
		t.Errorf("%.0f messages were open", most)
	}
	if peak>>10 > 250 {
		t.Errorf("the process took %d MiB", peak>>10)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
}
