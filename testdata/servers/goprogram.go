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

// minioModule is the S3 server of the longer tests: it knows what versitygw does
// not, encryption and conditions on multipart uploads. It is a program of the tests
// only; nothing of it is part of Postroom.
const minioModule = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"

// goProgram returns the path of a server written in Go: from $POSTROOM_TEST_BIN,
// from $PATH, or from .cache/bin of the checkout, where the pinned version is built
// once when it is missing.
func goProgram(t testing.TB, module string) string {
	t.Helper()
	name, _, _ := strings.Cut(filepath.Base(module), "@")
	if dir := os.Getenv("POSTROOM_TEST_BIN"); dir != "" {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	top, err := repository()
	if err != nil {
		t.Fatalf("look for versitygw: %v", err)
	}
	path, err := installGoProgram(module, name, filepath.Join(top, ".cache", "bin"))
	if err != nil {
		t.Fatalf("%s is missing and could not be built: %v; run: scripts/setup test", name, err)
	}
	return path
}

// installGoProgram builds a program in dir unless it is there. Several test
// programs run at the same time, so one builds while the others wait.
func installGoProgram(module, name, dir string) (string, error) {
	path := filepath.Join(dir, name)
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
	cmd := exec.Command("go", "install", module)
	cmd.Dir = os.TempDir() // outside of our module, whose go.mod must not change
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s: %w: %s", module, err, strings.TrimSpace(string(out)))
	}
	return path, nil
}
