package servers_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom/testdata/servers"
)

// TestVictim starts one of each and, when TestNothingSurvives started it,
// waits to be killed.
func TestVictim(t *testing.T) {
	d := servers.Dovecot(t)
	s := servers.S3(t)
	p := servers.OwnPostgres(t)
	shared := servers.Postgres(t)
	if os.Getenv("POSTROOM_TEST_VICTIM") == "" {
		return
	}
	d.AddUser("inbox", "secret")
	dial(t, d, "inbox", "secret")
	os.Stdout.WriteString("ready " + strings.Join([]string{d.Addr, d.StartTLSAddr, s.Endpoint, p.Addr, shared.Addr}, " ") + "\n")
	time.Sleep(time.Minute)
}

func TestNothingSurvives(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "interrupted": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			temp, err := os.MkdirTemp("/tmp", "victim")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(temp)
			if err := os.Chmod(temp, 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
			cmd.Env = append(os.Environ(), "POSTROOM_TEST_VICTIM=1", "TMPDIR="+temp)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "ready ") {
				t.Fatalf("the victim says %q, %v", line, err)
			}
			dirs := func() []string {
				found, _ := filepath.Glob(filepath.Join(temp, "*"))
				return found
			}
			if n := len(processesOf(cmd.Process.Pid)); n < 10 {
				t.Errorf("found %d processes of the victim, want its four servers with their children", n)
			}
			if len(dirs()) != 4 {
				t.Errorf("the victim made %v, want four directories", dirs())
			}
			cmd.Process.Signal(sig)
			cmd.Wait()

			deadline := time.Now().Add(20 * time.Second)
			for _, addr := range strings.Fields(line)[1:] {
				for listens(addr) {
					if time.Now().After(deadline) {
						t.Fatalf("a server still listens on %s", addr)
					}
					time.Sleep(20 * time.Millisecond)
				}
			}
			for len(dirs()) > 0 {
				if time.Now().After(deadline) {
					t.Fatalf("directories are left: %v", dirs())
				}
				time.Sleep(20 * time.Millisecond)
			}
			for left := processesOf(cmd.Process.Pid); len(left) > 0; left = processesOf(cmd.Process.Pid) {
				if time.Now().After(deadline) {
					t.Fatalf("processes are left: %v", left)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

func listens(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// processesOf lists the servers that the test process pid started: their
// command line or their working directory names a directory that it made.
func processesOf(pid int) []string {
	var found []string
	mark := regexp.MustCompile(fmt.Sprintf("postroom-test-[a-z0-9]+-%d-", pid))
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, proc := range all {
		line, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		dir, _ := os.Readlink(filepath.Join(proc, "cwd"))
		if mark.Match(line) || mark.MatchString(dir) {
			found = append(found, fmt.Sprintf("%s in %s", strings.ReplaceAll(string(line), "\x00", " "), dir))
		}
	}
	return found
}
