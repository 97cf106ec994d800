package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

func openFolder(t *testing.T) Objects {
	f, err := OpenFolder(filepath.Join(t.TempDir(), "new", "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestFolder(t *testing.T) { testObjects(t, openFolder) }

func TestFolderIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mustPut(t, f, "documents/2026/a", []byte("x"))
	for name, want := range map[string]fs.FileMode{"": 0o700, ".tmp": 0o700, "documents": 0o700, "documents/2026": 0o700, "documents/2026/a": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has the permissions %o, not %o", name, got, want)
		}
	}
}

func TestFolderLeavesNoTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, f, "a", []byte("x"))
	put(f, "a", []byte("y"))
	f.Put(t.Context(), "b", bytes.NewReader(nil), 5, postroom.HashOf(nil))
	if left, _ := os.ReadDir(filepath.Join(dir, ".tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	// What a crash left goes at the next start, what another process writes stays.
	for name, age := range map[string]time.Duration{"old": 2 * time.Hour, "young": time.Minute} {
		path := filepath.Join(dir, ".tmp", name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if keys := list(t, f, ""); len(keys) != 1 {
		t.Errorf("listed %v", keys)
	}
	f.Close()
	if f, err = OpenFolder(dir); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	left, err := os.ReadDir(filepath.Join(dir, ".tmp"))
	if err != nil || len(left) != 1 || left[0].Name() != "young" {
		t.Errorf("after the next start: %v, %v", left, err)
	}
}

func TestFolderStaysInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if r, err := f.Open(t.Context(), "link/secret"); err == nil {
		r.Close()
		t.Error("it reads through a link to the outside")
	}
	if _, err := f.Open(t.Context(), "file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link to a file outside: %v", err)
	}
	if err := put(f, "link/new", []byte("y")); err == nil {
		t.Error("it writes through a link to the outside")
	}
	if left, _ := os.ReadDir(outside); len(left) != 1 {
		t.Errorf("outside are %v", left)
	}
}

func TestFolderKeyBelowAnObject(t *testing.T) {
	f := openFolder(t)
	mustPut(t, f, "a", []byte("x"))
	if err := put(f, "a/b", []byte("y")); !postroom.IsBadInput(err) {
		t.Errorf("a key below an object: %v", err)
	}
	mustPut(t, f, "b/c", []byte("x"))
	if err := put(f, "b", []byte("y")); !errors.Is(err, ErrExists) {
		t.Errorf("a key above an object: %v", err)
	}
}

// faultyDisk is a real folder whose calls can be made to fail.
type faultyDisk struct {
	disk
	create func(string) (diskFile, error)
	link   func(from, to string) error
	sync   func(dir string) error
}

func (d *faultyDisk) Create(name string) (diskFile, error) {
	if d.create != nil {
		return d.create(name)
	}
	return d.disk.Create(name)
}

func (d *faultyDisk) Link(from, to string) error {
	if d.link != nil {
		return d.link(from, to)
	}
	return d.disk.Link(from, to)
}

func (d *faultyDisk) SyncDir(dir string) error {
	if d.sync != nil {
		if err := d.sync(dir); err != nil {
			return err
		}
	}
	return d.disk.SyncDir(dir)
}

func faultyFolder(t *testing.T) (*Folder, *faultyDisk, string) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := &faultyDisk{disk: rootDisk{root}}
	f := newFolder(d)
	t.Cleanup(func() { f.Close() })
	if err := f.prepare(); err != nil {
		t.Fatal(err)
	}
	return f, d, dir
}

func kindOf(err error) postroom.ProblemKind {
	var p *postroom.Problem
	if errors.As(err, &p) {
		return p.Kind
	}
	return 0
}

func TestFolderDiskFull(t *testing.T) {
	f, d, dir := faultyFolder(t)
	// The kernel's own answer: /dev/full takes no byte.
	d.create = func(string) (diskFile, error) { return os.OpenFile("/dev/full", os.O_WRONLY, 0) }
	err := put(f, "documents/a", pattern(100))
	if kindOf(err) != postroom.Temporary || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk of the object store is full") {
		t.Fatalf("disk full: %v", err)
	}
	d.create = nil
	mustPut(t, f, "documents/a", pattern(100))
	if left, _ := os.ReadDir(filepath.Join(dir, ".tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFolderProblems(t *testing.T) {
	f, d, _ := faultyFolder(t)
	for errno, kind := range map[syscall.Errno]postroom.ProblemKind{
		syscall.EDQUOT: postroom.Temporary, syscall.EIO: postroom.Temporary, syscall.EMFILE: postroom.Temporary,
		syscall.EROFS: postroom.Misconfigured, syscall.EACCES: postroom.Misconfigured,
	} {
		d.create = func(name string) (diskFile, error) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errno}
		}
		if err := put(f, "documents/a", []byte("x")); kindOf(err) != kind || !errors.Is(err, errno) {
			t.Errorf("%v: %v", errno, err)
		}
	}
}

// A failed flush of the folder must be an error, and the next Put, which finds
// the object there, must flush again before it says nil.
func TestFolderFlushFails(t *testing.T) {
	f, d, _ := faultyFolder(t)
	failures := 0
	d.sync = func(dir string) error {
		if dir == "documents" && failures < 2 {
			failures++
			return syscall.EIO
		}
		return nil
	}
	for range 2 {
		if err := put(f, "documents/a", []byte("x")); kindOf(err) != postroom.Temporary {
			t.Errorf("flush fails: %v", err)
		}
	}
	mustPut(t, f, "documents/a", []byte("x"))
	if failures != 2 {
		t.Errorf("the folder was flushed %d times in vain", failures)
	}
}

// On a disk without hard links a rename that does not overwrite does the same.
func TestFolderWithoutHardLinks(t *testing.T) {
	testObjects(t, func(t *testing.T) Objects {
		f, d, dir := faultyFolder(t)
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		d.link = func(from, to string) error { return renameNoReplace(root, from, to) }
		return f
	})
}

func TestFolderThatCannotLink(t *testing.T) {
	f, d, _ := faultyFolder(t)
	d.link = func(from, to string) error {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	if err := put(f, "documents/a", []byte("x")); kindOf(err) != postroom.Misconfigured {
		t.Errorf("%v", err)
	}
}

func TestCheckFindsOverwriting(t *testing.T) {
	f, d, dir := faultyFolder(t)
	d.link = func(from, to string) error { return os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)) }
	if err := f.Check(t.Context()); err != nil {
		t.Fatalf("one after the other is seen by Stat already: %v", err)
	}
	if _, err := checkPromises(t.Context(), overwriting{f}); kindOf(err) != postroom.Misconfigured || !strings.Contains(err.Error(), "overwritten") {
		t.Errorf("a store that overwrites: %v", err)
	}
}

// overwriting is a store that breaks the most important promise.
type overwriting struct{ Objects }

func (o overwriting) Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error {
	if err := o.Objects.Remove(ctx, key); err != nil {
		return err
	}
	return o.Objects.Put(ctx, key, body, size, sum)
}

func TestVerifyFindsAnAlteredObject(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mustPut(t, f, "documents/a", []byte("what was written"))
	if err := os.WriteFile(filepath.Join(dir, "documents/a"), []byte("what was w-itten"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Verify(t.Context(), f, "documents/a", postroom.HashOf([]byte("what was written"))); !errors.Is(err, ErrBody) {
		t.Errorf("an altered byte: %v", err)
	}
}
