package servers

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is a server that runs, in a process group of its own.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when the program has ended
}

// environment is what every server gets: nothing of the developer's settings
// may change how it behaves.
func environment(dir string) []string {
	return []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// launch starts cmd in a process group of its own, with its output appended to
// logFile. onParentDeath is the signal that it gets when the test process dies.
func launch(name string, cmd *exec.Cmd, logFile string, onParentDeath syscall.Signal) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	setParentDeathSignal(cmd.SysProcAttr, onParentDeath)
	if err := startFromLastingThread(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, done: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Linux sends the parent death signal when the thread that started the child
// ends, not the process, so all children are started by one thread that lasts.
var lastingThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func startFromLastingThread(cmd *exec.Cmd) error {
	result := make(chan error)
	lastingThread() <- func() { result <- cmd.Start() }
	return <-result
}

// ended says whether the program has ended by itself.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop sends sig to the program, waits for it to end, and kills what is left
// of its process group.
func (p *process) stop(sig syscall.Signal) {
	if !p.ended() {
		p.cmd.Process.Signal(sig)
		select {
		case <-p.done:
		case <-time.After(15 * time.Second):
		}
	}
	p.kill()
}

// kill ends the whole process group at once.
func (p *process) kill() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// waitReady calls ready until it returns nil. It gives up when the program
// ends or after a minute, which is long enough for a busy machine.
func (p *process) waitReady(ready func() error) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		err := ready()
		if err == nil {
			return nil
		}
		if p.ended() {
			return errEnded
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("wait for %s: %w", p.name, err)
		}
	}
}

// startAgain calls start until it succeeds. The processes of a server that was
// killed may hold its port or its memory for a moment more.
func startAgain(start func() error) error {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := start()
		if err == nil || !errors.Is(err, errEnded) || time.Now().After(deadline) {
			return err
		}
	}
}

var errEnded = errors.New("the program ended before it was ready")

// A keeper is a shell that outlives the test process by a moment. Its standard
// input is a pipe from this process; when that ends, for whatever reason, it
// kills the process group that it was last told of and removes the directory.
type keeper struct {
	in  io.WriteCloser
	cmd *exec.Cmd
}

const keeperScript = `
group=-
while read -r line; do group=$line; done
if [ "$group" != - ]; then
	kill -s "$2" -- "$group" 2>/dev/null && sleep 1
	kill -s KILL -- "-$group" 2>/dev/null
fi
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`

// newKeeper starts the keeper of dir. sig is the name of the signal, without
// SIG, that makes the server end quickly by itself.
func newKeeper(t testing.TB, dir, sig string) *keeper {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", keeperScript, "keeper", dir, sig)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C must not reach it
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("start the keeper of %s: %v", dir, err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the keeper of %s: %v", dir, err)
	}
	return &keeper{in, cmd}
}

func (k *keeper) watch(p *process) { fmt.Fprintln(k.in, p.cmd.Process.Pid) }
func (k *keeper) forget()          { fmt.Fprintln(k.in, "-") }

// close lets the keeper remove the directory, and waits until it has.
func (k *keeper) close() {
	k.in.Close()
	k.cmd.Wait()
}

// tail returns the last lines of the file at path, to explain a failure.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
