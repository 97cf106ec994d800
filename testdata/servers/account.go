package servers

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// An account is what a server runs as.
type account struct {
	name, group string
	uid, gid    int
}

// me is the account of the test process.
func me(t testing.TB) account {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatalf("find out who runs the test: %v", err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatalf("find out the group of who runs the test: %v", err)
	}
	return account{u.Username, g.Name, os.Getuid(), os.Getgid()}
}

// otherThanRoot is the account of the test process or, when that is root, the
// named one, which the Debian package pkg made.
func otherThanRoot(t testing.TB, name, pkg string) account {
	t.Helper()
	if os.Getuid() != 0 {
		return me(t)
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatalf("look for the account %s, which Debian's %s makes (run: scripts/setup test): %v", name, pkg, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatalf("read the number of the account %s: %v", name, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatalf("read the group of the account %s: %v", name, err)
	}
	return account{name: name, uid: uid, gid: gid}
}

// attributes start a program as a. They are nil when that is the account of
// the test process already.
func (a account) attributes() *syscall.SysProcAttr {
	if a.uid == os.Getuid() {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}}
}

// own makes a the owner of path, where we may decide that.
func (a account) own(path string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}
