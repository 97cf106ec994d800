package testdata

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/postroom/postroom/testdata/generate"
)

var update = flag.Bool("update", false, "write the sample files anew")

// compare checks that the files of a folder are those that the generator
// makes, byte for byte; with -update it writes them.
func compare(t *testing.T, folder string, files []generate.File) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	want := map[string]bool{}
	for _, f := range files {
		want[f.Name] = true
		got, err := os.ReadFile(filepath.Join(folder, f.Name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, f.Data) {
			t.Errorf("%s/%s is not what the generator makes; if that is meant, run: go test ./testdata -update", folder, f.Name)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !want[e.Name()] {
			t.Errorf("%s/%s is not made by the generator", folder, e.Name())
		}
	}
}

func TestInboxIsWhatTheGeneratorMakes(t *testing.T) {
	files, err := generate.InboxFiles()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "inbox", files)
}

func TestHostileFilesAreWhatTheGeneratorMakes(t *testing.T) {
	made, err := generate.Hostile()
	if err != nil {
		t.Fatal(err)
	}
	var files []generate.File
	for _, f := range made {
		files = append(files, generate.File{Name: f.Name, Data: f.Data})
	}
	compare(t, "hostile", files)
}

func TestPagesAreWhatTheGeneratorMakes(t *testing.T) {
	files, err := generate.PageFiles()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "pages", files)
}

// What is embedded ends up in the program that shows the demo.
func TestFoldersStaySmall(t *testing.T) {
	for name, limit := range map[string]int64{"inbox": 6 << 20, "hostile": 2 << 20, "pages": 2 << 20} {
		if n := size(t, os.DirFS(name)); n > limit {
			t.Errorf("%s has %d bytes, more than %d", name, n, limit)
		}
	}
}

func size(t *testing.T, f fs.FS) (sum int64) {
	t.Helper()
	err := fs.WalkDir(f, ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		sum += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
