package servers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Judge returns a command that runs one of the programs in testdata/judges
// with Node.js: they judge what Postroom sends by code that is not Postroom's.
func Judge(t testing.TB, script string, args ...string) *exec.Cmd {
	t.Helper()
	node := program(t, "node")
	top, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(top, ".cache", "judges")
	if _, err := os.Stat(filepath.Join(home, "node_modules")); err != nil {
		t.Fatal("the judges' packages are not installed; run: scripts/setup test")
	}
	// A module finds its packages beside itself, not where it is started.
	b, err := os.ReadFile(filepath.Join(top, "testdata", "judges", script))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(home, "*-"+script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(f.Name()) })
	if _, err := f.Write(b); err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(node, append([]string{f.Name()}, args...)...)
}
