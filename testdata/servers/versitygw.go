package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// versitygwModule is the S3 server of the tests. It is built as a program of
// its own, so that its dependencies stay out of go.mod. scripts/setup reads this
// line.
const versitygwModule = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// versitygw returns the path of the S3 server: from $POSTROOM_TEST_BIN, from
// $PATH, or from .cache/bin of the checkout, where it is built once when it is
// missing. Only the pinned version is taken.
func versitygw(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("POSTROOM_TEST_BIN"); dir != "" {
		if path, err := exec.LookPath(filepath.Join(dir, "versitygw")); err == nil {
			return path
		}
	}
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	top, err := repository()
	if err != nil {
		t.Fatalf("look for versitygw: %v", err)
	}
	path, err := installVersitygw(filepath.Join(top, ".cache", "bin"))
	if err != nil {
		t.Fatalf("versitygw is missing and could not be built: %v; run: scripts/setup test", err)
	}
	return path
}

// installVersitygw builds versitygw in dir unless it is there. Several test
// programs run at the same time, so one builds while the others wait.
func installVersitygw(dir string) (string, error) {
	path := filepath.Join(dir, "versitygw")
	if _, err := exec.LookPath(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("wait for the lock on %s: %w", dir, err)
	}
	if _, err := exec.LookPath(path); err == nil {
		return path, nil
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "install", versitygwModule)
	cmd.Dir = os.TempDir() // outside of our module, whose go.mod must not change
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w: %s", versitygwModule, err, strings.TrimSpace(string(out)))
	}
	return path, nil
}
