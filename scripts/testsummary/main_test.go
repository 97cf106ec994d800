package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write makes a module of the files, given as name and content in turn.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.org/m\n\ngo 1.26\n"
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const head = "import \"testing\"\n"

func TestSlowestTestsAreNamed(t *testing.T) {
	var out bytes.Buffer
	r := newResults(&out)
	events := `
{"Action":"pass","Package":"m/a","Test":"TestQuick","Elapsed":9.9}
{"Action":"pass","Package":"m/a","Test":"TestSlow","Elapsed":12.4}
{"Action":"pass","Package":"m/b","Test":"TestSlower/part","Elapsed":80}
{"Action":"pass","Package":"m/b","Test":"TestSlower","Elapsed":81}
`
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	r.sum().print(&out, 100*time.Second)
	want := "slow: m/b TestSlower, 1m21s\nslow: m/a TestSlow, 12s\n3 passed, 0 failed, 0 skipped in 2 packages, 1m40s\n"
	if out.String() != want {
		t.Errorf("says:\n%swant:\n%s", out.String(), want)
	}
}

func TestSummary(t *testing.T) {
	good := "package good\n" + head + `
func TestOne(t *testing.T) {}
func TestGroup(t *testing.T) {
	t.Run("a", func(t *testing.T) {})
	t.Run("b", func(t *testing.T) {})
}
	func FuzzSeeds(f *testing.F) { f.Add("x"); f.Fuzz(func(*testing.T, string) {}) }
`
	skip := "S" + "kip" // the rule that no file of ours skips a test reads this one too
	for _, c := range []struct {
		name  string
		files map[string]string
		code  int
		want  []string
	}{
		{"all pass", map[string]string{"good/g_test.go": good, "none/n.go": "package none\n"}, 0,
			[]string{"ok  \texample.org/m/good", "\n4 passed, 0 failed, 0 skipped in 1 packages"}},
		{"one fails", map[string]string{"good/g_test.go": good, "bad/b_test.go": "package bad\n" + head + `
func TestFine(t *testing.T) { t.Log("not worth a line") }
func TestBad(t *testing.T) { t.Run("deep", func(t *testing.T) { t.Error("here is why") }) }
`}, 1, []string{"here is why", "FAIL\texample.org/m/bad", "ok  \texample.org/m/good", "\n5 passed, 1 failed, 0 skipped in 2 packages"}},
		{"one is skipped", map[string]string{"good/g_test.go": good, "lazy/l_test.go": "package lazy\n" + head + `
func TestLazy(t *testing.T) { t.` + skip + `("no server") }
`}, 1, []string{"skipped, which counts as a failure: example.org/m/lazy TestLazy", "\n4 passed, 0 failed, 1 skipped in 2 packages"}},
		{"one panics", map[string]string{"boom/b_test.go": "package boom\n" + head + `
func TestBoom(t *testing.T) { panic("gone off") }
`}, 1, []string{"gone off", "FAIL\texample.org/m/boom", "\n0 passed, 1 failed, 0 skipped"}},
		{"one hangs", map[string]string{"slow/s_test.go": "package slow\n" + head + `
func TestSlow(t *testing.T) { select {} }
`}, 1, []string{"test timed out after 3s", "\n0 passed, 1 failed, 0 skipped"}},
		{"one does not compile", map[string]string{"good/g_test.go": good, "broken/b.go": "package broken\nvar x int = \"text\"\n", "broken/b_test.go": "package broken\n"}, 1,
			[]string{"b.go:2:13: cannot use", "FAIL\texample.org/m/broken", "\n4 passed, 1 failed, 0 skipped"}},
		{"the program of one ends early", map[string]string{"early/e_test.go": "package early\n" + head + `
import "os"
func TestMain(m *testing.M) { println("no database"); os.Exit(3) }
func TestNever(t *testing.T) {}
`}, 1, []string{"no database", "\n0 passed, 1 failed, 0 skipped"}},
		{"nothing to run", map[string]string{"none/n.go": "package none\n"}, 1, []string{"no test ran", "0 passed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, stderr bytes.Buffer
			code := run(&out, &stderr, write(t, c.files), []string{"-timeout", "3s", "./..."})
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains("\n"+out.String(), want) {
					t.Errorf("does not say %q", want)
				}
			}
			if strings.Contains(out.String(), "not worth a line") {
				t.Error("shows the output of a test that passed")
			}
			if t.Failed() {
				t.Logf("output:\n%s%s", out.String(), stderr.String())
			}
		})
	}
}
