package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b.tif"), "b")
	write(t, filepath.Join(dir, "a.tif"), "a")
	write(t, filepath.Join(dir, ".tmp"), "named all the same")
	if err := os.Symlink("a.tif", filepath.Join(dir, "link.tif")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	f := NewFiles("files", "b.tif", "link.tif", filepath.Join(dir, ".tmp"))
	if err := f.Check(t.Context()); err != nil {
		t.Error(err)
	}
	d := newDesk()
	receive(t, f, d)
	receive(t, f, d)
	if len(d.order) != 3 || d.taken[d.order[0]].raw != "b" || d.taken[d.order[1]].raw != "a" || d.taken[d.order[2]].raw != "named all the same" {
		t.Fatalf("took %v", d.names())
	}
	a := d.taken[d.order[0]]
	if a.Name != "b.tif" || a.Size != 1 || !strings.HasPrefix(a.ID.Path, filepath.Join(dir, "b.tif")+"@1.") || a.ID.Source != "files" {
		t.Errorf("%+v", a)
	}
	d.decide(all(postroom.ArrivalProblem))
	receive(t, f, d)
	if len(d.settled) != 3 {
		t.Errorf("%d of 3 were settled", len(d.settled))
	}
}

func TestFilesProblems(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.tif"), "a")
	f := NewFiles("files", filepath.Join(dir, "none.tif"), dir, filepath.Join(dir, "a.tif"), os.DevNull)
	d := newDesk()
	err := f.Receive(t.Context(), d)
	for _, want := range []string{"there is no file", "is a folder", "is not a file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
		if check := f.Check(t.Context()); check == nil || !strings.Contains(check.Error(), want) {
			t.Errorf("%q is missing in the check %v", want, check)
		}
	}
	if len(d.taken) != 1 {
		t.Errorf("the file that is there was not taken")
	}
}
