package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
)

// The test binary is also the program: tests run it as a process of its own,
// so that it can be killed and its exit codes are real.
const asProgram = "POSTROOM_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	ocr.RunChildIfAsked()
	if os.Getenv(asProgram) == "1" {
		main()
	}
	testscript.Main(m, map[string]func(){"postroom": main})
}

// command prepares the program with its arguments.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOCOVERDIR="+t.TempDir())
	return cmd
}

type result struct {
	stdout, stderr string
	code           int
}

// run runs the program to its end.
func run(t testing.TB, args ...string) result {
	t.Helper()
	cmd := command(t, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	r := result{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
	if err != nil && r.code < 0 {
		t.Fatalf("postroom %s: %v\n%s", strings.Join(args, " "), err, r.stderr)
	}
	return r
}

// must runs the program and fails unless it ends with 0.
func must(t testing.TB, args ...string) result {
	t.Helper()
	r := run(t, args...)
	if r.code != 0 {
		t.Fatalf("postroom %s ended with %d\n%s\n%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r
}

func exported(t testing.TB, args ...string) []postroom.Record {
	t.Helper()
	r := must(t, append([]string{"export"}, args...)...)
	var out []postroom.Record
	d := json.NewDecoder(strings.NewReader(r.stdout))
	for d.More() {
		var rec postroom.Record
		if err := d.Decode(&rec); err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
	return out
}

// tree returns the SHA-256 of every file below dir by its path.
func tree(t testing.TB, dir string) map[string]postroom.Hash {
	t.Helper()
	out := map[string]postroom.Hash{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = postroom.HashOf(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// filedObjects leaves out the marks of the audit trail: they hold times, and each look at the
// records, such as a test's, makes another.
func filedObjects(objects map[string]postroom.Hash) map[string]postroom.Hash {
	maps.DeleteFunc(objects, func(key string, _ postroom.Hash) bool { return strings.HasPrefix(key, "audit/") })
	return objects
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/scripts"})
}
