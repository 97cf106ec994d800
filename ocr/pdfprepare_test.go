package ocr

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/postroom/postroom"
)

// The renderer is compiled once, into a folder that is its owner's alone.
func TestPrepareKeepsTheRenderer(t *testing.T) {
	r := openReader(t, Config{Workers: 1, CacheDir: testCache})
	if err := r.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(testCache, "pdfium"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the cache is %v (%v)", info, err)
	}
	// What is there already is taken as it is.
	if err := openReader(t, Config{Workers: 1, CacheDir: testCache}).Prepare(t.Context()); err != nil {
		t.Error(err)
	}
}

// A folder that others can write to is not used, and that is said.
func TestPrepareInASharedFolder(t *testing.T) {
	shared := t.TempDir()
	if err := os.Mkdir(filepath.Join(shared, "pdfium"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(shared, "pdfium"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := openReader(t, Config{Workers: 1, CacheDir: shared}).Prepare(t.Context()); kindOf(err) != postroom.Misconfigured {
		t.Errorf("error is %v", err)
	}
	if err := openReader(t, Config{Workers: 1}).Prepare(t.Context()); err != nil {
		t.Errorf("without a folder: %v", err)
	}
}
