package ocr

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/confine"
)

func init() {
	attacks["open"] = func(args []string) error {
		_, err := os.Open(args[0])
		return err
	}
	// Protection of one thread only would be none.
	attacks["open on every thread"] = func(args []string) error {
		const threads = 12
		errs := make([]error, threads)
		var all, together sync.WaitGroup
		together.Add(threads)
		for i := range threads {
			all.Go(func() {
				runtime.LockOSThread()
				together.Done()
				together.Wait() // so that each has a thread of its own
				_, errs[i] = os.Open(args[0])
			})
		}
		all.Wait()
		for _, err := range errs {
			if err == nil {
				return nil
			}
		}
		return errs[0]
	}
	attacks["list"] = func(args []string) error {
		_, err := os.ReadDir(args[0])
		return err
	}
	attacks["write"] = func(args []string) error {
		return os.WriteFile(filepath.Join(args[0], "x"), []byte("x"), 0o600)
	}
	attacks["remove"] = func(args []string) error { return os.Remove(args[0]) }
	attacks["chmod"] = func(args []string) error { return os.Chmod(args[0], 0o777) }
	attacks["chown"] = func(args []string) error { return os.Chown(args[0], os.Getuid(), os.Getgid()) }
	attacks["times"] = func(args []string) error { return os.Chtimes(args[0], time.Unix(1, 0), time.Unix(1, 0)) }
	attacks["connect"] = func(args []string) error {
		_, err := net.Dial(args[0], args[1])
		return err
	}
	attacks["run"] = func([]string) error { return exec.Command("/bin/true").Run() }
	attacks["become"] = func([]string) error {
		return syscall.Exec("/bin/true", []string{"true"}, nil)
	}
	attacks["fork"] = func([]string) error {
		_, _, errno := syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0)
		if errno != 0 {
			return errno
		}
		return nil
	}
	attacks["signal"] = func([]string) error { return syscall.Kill(os.Getppid(), 0) }
	attacks["trace"] = func([]string) error { return unix.PtraceAttach(os.Getppid()) }
	attacks["limit"] = func([]string) error {
		var l unix.Rlimit
		return unix.Prlimit(os.Getppid(), unix.RLIMIT_NOFILE, nil, &l)
	}
	attacks["memory of the parent"] = func([]string) error {
		_, err := os.Open("/proc/" + strconv.Itoa(os.Getppid()) + "/mem")
		return err
	}
	attacks["mount"] = func([]string) error { return unix.Mount("none", "/", "tmpfs", 0, "") }
	attacks["namespace"] = func([]string) error { return unix.Unshare(unix.CLONE_NEWUSER) }
	attacks["privileges"] = func([]string) error {
		if n, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || n != 1 {
			return nil
		}
		if n, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || n != 0 {
			return nil
		}
		return errors.New("none can be had")
	}
	attacks["models"] = func(args []string) error {
		if _, err := os.ReadFile(args[0]); err != nil {
			return fmt.Errorf("can't read the model: %w", err)
		}
		return nil
	}
}

// What a child could still do, if a page had taken it over. Each attempt is
// made in a real child, after it has loaded its models.
func TestChildCanReachNothing(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	local, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	// Nobody else's writing is trusted there, so tests of others don't share it.
	cache := filepath.Join(dir, "cache")
	models, _, err := findModels("", []string{"eng"})
	if err != nil {
		t.Fatal(err)
	}
	const stopped = "permission denied|operation not permitted|file too large"
	for _, c := range []struct {
		how  string
		args []string
		want string
	}{
		{"open", []string{"/etc/passwd"}, "permission denied"},
		{"open", []string{secret}, "permission denied"},
		{"open on every thread", []string{"/etc/passwd"}, "permission denied"},
		{"list", []string{"/"}, "permission denied"},
		{"write", []string{dir}, stopped},
		{"write", []string{filepath.Join(cache, "pdfium")}, stopped},
		{"write", []string{os.TempDir()}, stopped},
		{"remove", []string{secret}, stopped},
		{"chmod", []string{secret}, stopped},
		{"chown", []string{secret}, stopped},
		{"times", []string{secret}, stopped},
		{"connect", []string{"tcp", tcp.Addr().String()}, stopped},
		{"connect", []string{"udp", "127.0.0.1:53"}, stopped},
		{"connect", []string{"unix", filepath.Join(dir, "socket")}, stopped},
		{"run", nil, stopped},
		{"become", nil, stopped},
		{"fork", nil, stopped},
		{"signal", nil, stopped},
		{"trace", nil, stopped},
		{"limit", nil, stopped},
		{"memory of the parent", nil, stopped},
		{"mount", nil, stopped},
		{"namespace", nil, stopped},
		{"privileges", nil, "none can be had"},
		// The rule must not be so strict that nothing works either.
		{"models", []string{filepath.Join(models, "eng.traineddata")}, "nothing stopped it"},
	} {
		t.Run(c.how+" "+strings.Join(c.args, " "), func(t *testing.T) {
			r := openReader(t, Config{Workers: 1, CacheDir: cache}, append([]string{c.how}, c.args...)...)
			_, err := r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1)
			if err == nil {
				t.Fatal("the child gave a page")
			}
			for _, want := range strings.Split(c.want, "|") {
				if strings.Contains(err.Error(), want) {
					return
				}
			}
			t.Errorf("it ended with: %v", err)
		})
	}
	if st, err := os.Stat(secret); err != nil || st.Mode().Perm()&0o111 != 0 || st.ModTime().Year() < 2000 {
		t.Errorf("the file outside was changed: %v, %v", st, err)
	}
}

// Each protection stops an attack by itself, also where the system has only one.
func TestEachProtectionIsToldApart(t *testing.T) {
	all := confine.State{Landlock: 7, Seccomp: true, NoNewPrivileges: true, NotDumpable: true}
	if p := protectionsOf(all); !p.Files || !p.Network || !p.Programs || len(p.Missing) != 0 {
		t.Errorf("with everything: %+v", p)
	}
	old := confine.State{LandlockFault: "function not implemented", Seccomp: true}
	if p := protectionsOf(old); p.Files || !p.Network || !p.Programs || len(p.Missing) != 1 || !strings.Contains(p.Missing[0], "function not implemented") {
		t.Errorf("without Landlock: %+v", p)
	}
	if p := protectionsOf(confine.State{}); p.Files || p.Network || p.Programs || len(p.Missing) != 3 {
		t.Errorf("with nothing: %+v", p)
	}
	if p := protectionsOf(confine.State{Landlock: 3}); p.Network {
		t.Errorf("with a Landlock that knows no network: %+v", p)
	}
}

func TestProtectionsOfThisSystem(t *testing.T) {
	var said bytes.Buffer
	r, err := Open(Config{Workers: 1, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := r.Protections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	abi, _, _ := syscall.Syscall(444, 0, 0, 1) // landlock_create_ruleset, LANDLOCK_CREATE_RULESET_VERSION
	if has := int(abi) >= 1; p.Files != has {
		t.Errorf("Landlock's version here is %d, and the protections are %+v", int(abi), p)
	}
	if !p.Network || !p.Programs {
		t.Errorf("no system call filter: %+v", p)
	}
	if strings.Contains(said.String(), "not fully confined") != (len(p.Missing) > 0) {
		t.Errorf("missing is %q, and the log says %q", p.Missing, said.String())
	}
}

// A cold cache is filled by a child that sees no file, since those that do may not write.
func TestCacheIsFilledBeforeTheFirstPDF(t *testing.T) {
	dir := t.TempDir()
	r := openReader(t, Config{Workers: 1, CacheDir: dir})
	a := attach(t, postroom.PDF, textPDF("BT /F1 20 Tf 72 700 Td (Dear colleague) Tj ET", ""))
	if _, err := r.Image(t.Context(), a, 1, ImageOptions{MaxWidth: 100}); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "pdfium", "wazero-*", "*"))
	if err != nil || len(found) == 0 {
		t.Errorf("the cache holds %q, %v", found, err)
	}
	if !cacheIsFilled(dir) {
		t.Error("it would be filled again")
	}
}
