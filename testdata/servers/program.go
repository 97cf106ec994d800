package servers

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program returns the path of an installed program, looking in $PATH, in dirs
// and where Debian keeps daemons. A program that is missing ends the test.
func program(t testing.TB, name string, dirs ...string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range append(dirs, "/usr/sbin", "/sbin") {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed; run: scripts/setup test", name)
	return ""
}

const module = "module github.com/postroom/postroom\n"

// repository returns the top folder of the checkout that the test runs in.
func repository() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if b, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(b), module) {
			return dir, nil
		}
	}
	return "", errors.Join(err, errors.New("the test does not run inside a checkout of Postroom"))
}
