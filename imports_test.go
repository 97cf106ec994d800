package postroom_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/postroom/postroom"

// mayImport says which packages of ours each part may import, beside those of
// the part itself. A part is a folder with all below it that is not a part of
// its own; "." is package postroom. Everything may import postroom and nothing
// imports its neighbour; only cmd joins the parts.
var mayImport = map[string][]string{
	".":        {},
	"ingest":   {"."},
	"ocr":      {"."},
	"classify": {"."},
	"store":    {"."},
	"pipeline": {"."},
	"review":   {"."}, // and review/browser only tests
	"people":   {"."},
	"cmd":      {".", "ingest", "ocr", "classify", "store", "pipeline", "review", "people", "testdata"},
	"testdata": {"."},
	"scripts":  {},

	// These make the models that ship, from generated letters. The program
	// itself contains none of them.
	"classify/internal/simulate": {".", "testdata"},
	"classify/internal/study":    {".", "classify/internal/simulate"},
	"classify/internal/train":    {".", "testdata", "classify", "classify/internal/simulate", "classify/internal/study"},
}

// Tests may use the sample documents and the real servers too.
var testsMayImport = []string{".", "testdata", "classify/internal/simulate", "classify/internal/study"}

func TestImports(t *testing.T) {
	for name, file := range sources(t, parser.ImportsOnly) {
		part := partOf(path.Dir(name))
		if part == "" {
			t.Errorf("%s: imports_test.go does not say what this folder may import", name)
			continue
		}
		allowed := mayImport[part]
		if strings.HasSuffix(name, "_test.go") {
			allowed = slices.Concat(allowed, testsMayImport)
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if imported != module && !strings.HasPrefix(imported, module+"/") {
				continue
			}
			target := partOf(strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"))
			if target != part && !slices.Contains(allowed, target) {
				t.Errorf("%s imports %s, which %s may not; see docs/architecture.md", name, imported, part)
			}
		}
	}
}

// partOf returns the part that a folder belongs to, or "".
func partOf(dir string) string {
	if dir == "" || dir == "." {
		return "."
	}
	for ; dir != "."; dir = path.Dir(dir) {
		if _, known := mayImport[dir]; known {
			return dir
		}
	}
	return ""
}

// The one package that needs C is the reader's own, so that all else builds
// without a C compiler.
// The program embeds the sample inbox for its demo; what makes it, fonts and
// all, stays out.
func TestProgramHoldsNoGenerator(t *testing.T) {
	set := token.NewFileSet()
	names, err := filepath.Glob("testdata/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	more, err := filepath.Glob("cmd/postroom/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, more...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, "testdata/") {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}

func TestOnlyTheReaderUsesC(t *testing.T) {
	for name, file := range sources(t, parser.ImportsOnly) {
		for _, spec := range file.Imports {
			if spec.Path.Value == `"C"` && !strings.HasPrefix(name, "ocr/internal/") {
				t.Errorf("%s uses cgo; only a package in ocr/internal may", name)
			}
			if strings.Contains(spec.Path.Value, "gosseract") && !strings.HasPrefix(name, "ocr/internal/") {
				t.Errorf("%s imports %s, which uses cgo; only a package in ocr/internal may", name, spec.Path.Value)
			}
		}
	}
}

// Every package opens with what it is for.
func TestPackageComments(t *testing.T) {
	documented := map[string]bool{}
	for name, file := range sources(t, parser.PackageClauseOnly|parser.ParseComments) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		dir := path.Dir(name)
		begins := regexp.MustCompile("^Package " + file.Name.Name + " ")
		if file.Name.Name == "main" {
			begins = regexp.MustCompile("(?i)^(Command )?" + path.Base(dir) + " ")
		}
		documented[dir] = documented[dir] || begins.MatchString(file.Doc.Text())
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no file has a comment above its package clause that says what the package is for", dir)
		}
	}
}

// A test that a machine cannot run must say so by failing, or it is soon run
// nowhere.
func TestNoTestSkips(t *testing.T) {
	skips := regexp.MustCompile(`\b(t|tb|b|f|m|testing)\.(Skip(f|Now)?|Short)\(`)
	for name, content := range textFiles(t) {
		if !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "testdata/") {
			continue
		}
		if found := skips.Find(content); found != nil {
			t.Errorf("%s has %s: a test that lacks something must fail and say what", name, found)
		}
	}
}

// Paths of the machine that a file was written on mean nothing elsewhere.
func TestNoMachinePaths(t *testing.T) {
	paths := regexp.MustCompile(`(?m)(^|[\s"'=(:\x60])/(work|root)/\S*`)
	for name, content := range textFiles(t) {
		if found := paths.Find(content); found != nil && name != "imports_test.go" {
			t.Errorf("%s names a path of one machine: %s", name, bytes.TrimSpace(found))
		}
	}
}

// sources parses every Go file of the checkout, by its path with slashes. It
// reads the files itself, rather than ask go list: the test cache sees that,
// and runs the test again when a file changes.
func sources(t *testing.T, mode parser.Mode) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	walk(t, func(name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	})
	if len(files) < 10 {
		t.Fatalf("found %d Go files; the test does not run in the top folder", len(files))
	}
	return files
}

// textFiles reads every file that holds text, by its path with slashes.
func textFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	walk(t, func(name string) {
		content, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content[:min(len(content), 8000)], []byte{0}) {
			files[name] = content
		}
	})
	return files
}

// walk calls f for each file that belongs to the project.
func walk(t *testing.T, f func(name string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch name {
			case ".git", ".cache", "bin", "postroom-data":
				return filepath.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() {
			f(filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
