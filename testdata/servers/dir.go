package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// dirPrefix begins the name of every directory that this package makes.
const dirPrefix = "postroom-test-"

// newDir makes a directory for one server, with mode 0755 so that a server
// that gave up root can enter it.
//
// It is not t.TempDir: that one has mode 0700, and its path holds the name of
// the test, which makes the paths of Unix sockets too long (107 bytes).
func newDir(t testing.TB, kind string) string {
	t.Helper()
	sweep(tempBase())
	dir, err := os.MkdirTemp(tempBase(), fmt.Sprintf("%s%s-%d-", dirPrefix, kind, os.Getpid()))
	if err != nil {
		t.Fatalf("make a directory for %s: %v", kind, err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatalf("open the directory for %s: %v", kind, err)
	}
	return dir
}

// tempBase is $TMPDIR, unless it is too deep for the path of a socket or
// closed to other accounts.
func tempBase() string {
	base := os.TempDir()
	if len(base) > 40 || !openToAll(base) {
		return "/tmp"
	}
	return base
}

// openToAll says whether any account may pass through dir.
func openToAll(dir string) bool {
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// sweep removes what runs of an earlier day left behind, should even their
// keeper have been killed.
func sweep(base string) {
	old, _ := filepath.Glob(filepath.Join(base, dirPrefix+"*"))
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.RemoveAll(dir)
		}
	}
}
