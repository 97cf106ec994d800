package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/postroom/postroom"
)

// A Folder keeps objects as files of a folder, under their keys.
//
// An object is written to a file under .tmp, flushed to the disk, linked to its
// name, which fails when the name is taken, and the folders above it are flushed.
// So a power cut leaves the whole object or none. Files are readable
// by their owner only.
type Folder struct {
	// AllowRemoval lets Remove remove what is kept.
	AllowRemoval bool

	disk disk
	now  func() time.Time

	mu     sync.Mutex
	synced map[string]bool // folders whose name in their parent is on the disk
}

const (
	temporary = ".tmp"
	// abandoned is how long after its last write a temporary file counts as
	// left behind by a crash.
	abandoned = time.Hour
)

// OpenFolder opens the store in dir, makes dir when it is missing (its parent
// must exist or be makeable), and removes temporary files that a crash left.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the object store: %w", diskProblem(err))
	}
	flushAbove(dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the object store: %w", diskProblem(err))
	}
	f := newFolder(rootDisk{root})
	if err := f.prepare(); err != nil {
		root.Close()
		return nil, err
	}
	return f, nil
}

// flushAbove makes the name of a new store survive a power cut. A parent that
// this user may not open was not made by it.
func flushAbove(dir string) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return
	}
	for {
		parent := filepath.Dir(dir)
		if parent == dir {
			return
		}
		f, err := os.Open(parent)
		if err != nil {
			return
		}
		f.Sync() // some file systems cannot; nothing could be done about it
		f.Close()
		dir = parent
	}
}

func newFolder(d disk) *Folder {
	return &Folder{disk: d, now: time.Now, synced: map[string]bool{}}
}

// Close releases the folder.
func (f *Folder) Close() error { return f.disk.Close() }

func (f *Folder) prepare() error {
	if err := f.disk.Mkdir(temporary); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the folder for temporary files of the object store: %w", diskProblem(err))
	}
	left, err := f.disk.ReadDir(temporary)
	if err != nil {
		return fmt.Errorf("look for temporary files of the object store: %w", diskProblem(err))
	}
	for _, e := range left {
		info, err := e.Info()
		if err != nil || f.now().Sub(info.ModTime()) < abandoned {
			continue // gone, or another process is writing it
		}
		if err := f.disk.Remove(temporary + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a temporary file of the object store: %w", diskProblem(err))
		}
	}
	return nil
}

// Put implements [Objects].
func (f *Folder) Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error {
	if err := checkPut(key, size, sum); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	switch info, err := f.disk.Stat(key); {
	case err == nil:
		return f.compare(ctx, key, info, size, sum)
	case !missing(err):
		return fmt.Errorf("write %s: %w", key, diskProblem(err))
	}

	temp := temporary + "/" + rand.Text()
	if err := f.writeTemp(temp, newCheckedReader(ctx, body, size, sum)); err != nil {
		return fmt.Errorf("write %s: %w", key, diskProblem(err))
	}
	// When Link was a rename the temporary name is gone already.
	defer f.disk.Remove(temp)

	if err := f.makeParents(path.Dir(key)); err != nil {
		return fmt.Errorf("make the folder of %s: %w", key, diskProblem(err))
	}
	switch err := f.disk.Link(temp, key); {
	case errors.Is(err, fs.ErrExist):
		info, err := f.disk.Stat(key)
		if err != nil {
			return fmt.Errorf("write %s: %w", key, diskProblem(err))
		}
		return f.compare(ctx, key, info, size, sum)
	case noLinks(err), errors.Is(err, errors.ErrUnsupported):
		return fmt.Errorf("write %s: %w", key, &postroom.Problem{Kind: postroom.Misconfigured, Err: err,
			Reason: "the disk of the object store cannot write a file without overwriting another",
			Hint:   "keep the store on a local disk (ext4, XFS, Btrfs, NTFS, APFS) or in S3",
		})
	case err != nil:
		return fmt.Errorf("write %s: %w", key, diskProblem(err))
	}
	if err := f.disk.SyncDir(path.Dir(key)); err != nil {
		return fmt.Errorf("flush the folder of %s: %w", key, diskProblem(err))
	}
	return nil
}

func (f *Folder) writeTemp(name string, body io.Reader) error {
	file, err := f.disk.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		f.disk.Remove(name)
	}
	return err
}

// makeParents makes dir and what is above it. A folder that was there already
// may have been made by a process that was killed before it flushed it, so each
// is flushed once by this process too.
func (f *Folder) makeParents(dir string) error {
	if dir == "." {
		return nil
	}
	f.mu.Lock()
	known := f.synced[dir]
	f.mu.Unlock()
	if known {
		if info, err := f.disk.Stat(dir); err == nil && info.IsDir() {
			return nil
		}
	}
	parent := path.Dir(dir)
	if err := f.makeParents(parent); err != nil {
		return err
	}
	if err := f.disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := f.disk.SyncDir(parent); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.synced) > 10_000 { // each document has a folder: forget, it costs a flush only
		clear(f.synced)
	}
	f.synced[dir] = true
	return nil
}

// compare is the end of Put for a key that is taken.
func (f *Folder) compare(ctx context.Context, key string, info fs.FileInfo, size int64, sum postroom.Hash) error {
	if !info.Mode().IsRegular() {
		return postroom.Bad(ErrExists, "the key "+key+" is taken by a folder", "choose another key")
	}
	if info.Size() != size {
		return taken(key)
	}
	r, err := f.disk.Open(key)
	if err != nil {
		return fmt.Errorf("compare %s with what is there: %w", key, diskProblem(err))
	}
	defer r.Close()
	got, _, err := postroom.HashReader(contextReader{ctx, r})
	if err != nil {
		return fmt.Errorf("compare %s with what is there: %w", key, diskProblem(err))
	}
	if got != sum {
		return taken(key)
	}
	// Whoever wrote it may have been killed before flushing its name.
	if err := f.makeParents(path.Dir(key)); err != nil {
		return fmt.Errorf("flush the folder of %s: %w", key, diskProblem(err))
	}
	if err := f.disk.SyncDir(path.Dir(key)); err != nil {
		return fmt.Errorf("flush the folder of %s: %w", key, diskProblem(err))
	}
	return nil
}

// Open implements [Objects].
func (f *Folder) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if _, err := f.Stat(ctx, key); err != nil {
		return nil, err
	}
	file, err := f.disk.Open(key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, diskProblem(err))
	}
	return struct {
		io.Reader
		io.Closer
	}{contextReader{ctx, file}, file}, nil
}

// Stat implements [Objects]. A folder does not know hashes without reading.
func (f *Folder) Stat(ctx context.Context, key string) (postroom.Object, error) {
	if err := checkKey(key); err != nil {
		return postroom.Object{}, err
	}
	if err := ctx.Err(); err != nil {
		return postroom.Object{}, err
	}
	info, err := f.disk.Stat(key)
	if err == nil && !info.Mode().IsRegular() || missing(err) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return postroom.Object{}, fmt.Errorf("look for %s: %w", key, diskProblem(err))
	}
	return postroom.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}

// List implements [Objects]. It holds the names of one folder at a time.
func (f *Folder) List(ctx context.Context, prefix string, each func(postroom.Object) error) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	dir := "."
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		dir = prefix[:i]
	}
	return skipAll(f.list(ctx, dir, prefix, each))
}

func skipAll(err error) error {
	if err == fs.SkipAll {
		return nil
	}
	return err
}

func (f *Folder) list(ctx context.Context, dir, prefix string, each func(postroom.Object) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := f.disk.ReadDir(dir)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list %s: %w", dir, diskProblem(err))
	}
	// A folder "a" stands for keys "a/...", which come after "a-b".
	name := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(name(a), name(b)) })
	for _, e := range entries {
		key := path.Join(dir, e.Name())
		switch {
		case checkKey(key) != nil: // .tmp, and what somebody else put there
		case e.IsDir():
			if below := key + "/"; strings.HasPrefix(below, prefix) || strings.HasPrefix(prefix, below) {
				if err := f.list(ctx, key, prefix, each); err != nil {
					return err
				}
			}
		case e.Type().IsRegular() && strings.HasPrefix(key, prefix):
			info, err := e.Info()
			if missing(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("list %s: %w", dir, diskProblem(err))
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := each(postroom.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Remove implements [Objects].
func (f *Folder) Remove(ctx context.Context, key string) error {
	return f.remove(ctx, key, f.AllowRemoval)
}

func (f *Folder) remove(ctx context.Context, key string, allowed bool) error {
	if err := checkRemoval(key, allowed); err != nil {
		return err
	}
	if _, err := f.Stat(ctx, key); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := f.disk.Remove(key); err != nil && !missing(err) {
		return fmt.Errorf("remove %s: %w", key, diskProblem(err))
	}
	if err := f.disk.SyncDir(path.Dir(key)); err != nil && !missing(err) {
		return fmt.Errorf("flush the folder of %s: %w", key, diskProblem(err))
	}
	return nil
}

// Check implements [Objects].
func (f *Folder) Check(ctx context.Context) error {
	_, err := checkPromises(ctx, f)
	return err
}

// checkPromises writes an object under checks/, reads it back, tries to
// overwrite it and removes it.
func checkPromises(ctx context.Context, objects Objects) (key string, err error) {
	key = "checks/" + strings.ToLower(rand.Text())
	first, second := []byte("postroom doctor 1\n"), []byte("postroom doctor 2\n")
	put := func(b []byte) error {
		return objects.Put(ctx, key, bytes.NewReader(b), int64(len(b)), postroom.HashOf(b))
	}
	if err := put(first); err != nil {
		return key, err
	}
	defer func() {
		// Not being allowed to remove is a sound setting for a writer.
		if e := objects.Remove(ctx, key); err == nil && e != nil && !isMisconfigured(e) {
			err = e
		}
	}()
	if err := put(second); !errors.Is(err, ErrExists) {
		if err == nil {
			err = errors.New("a second write under the same key was accepted")
		}
		return key, &postroom.Problem{Kind: postroom.Misconfigured, Err: err,
			Reason: "the object store lets an object be overwritten",
			Hint:   "use a store that honours conditional writes (If-None-Match), such as AWS S3, MinIO, Ceph or versitygw",
		}
	}
	return key, Verify(ctx, objects, key, postroom.HashOf(first))
}

func isMisconfigured(err error) bool {
	var p *postroom.Problem
	return errors.As(err, &p) && p.Kind == postroom.Misconfigured
}

// missing reports whether there is no such file; a file where a folder should
// be means that too.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// diskProblem says what to do about an error of the file system.
func diskProblem(err error) error {
	problem := func(kind postroom.ProblemKind, reason, hint string) error {
		return &postroom.Problem{Kind: kind, Reason: reason, Hint: hint, Err: err}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return problem(postroom.Temporary, "the disk of the object store is full", "free some space; the work goes on by itself")
	case errors.Is(err, syscall.EROFS):
		return problem(postroom.Misconfigured, "the disk of the object store is read-only", "mount it for writing; after a disk error the system may have made it read-only")
	case errors.Is(err, fs.ErrPermission):
		return problem(postroom.Misconfigured, "the folder of the object store may not be used by this user", "give the user that runs Postroom the folder (chown)")
	case errors.Is(err, syscall.EIO):
		return problem(postroom.Temporary, "the disk of the object store reports a fault", "check the disk and the system's log")
	case errors.Is(err, syscall.ENOTDIR):
		return problem(postroom.BadInput, "a key lies below another object's key", "choose another key")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return problem(postroom.Temporary, "too many files are open on this machine", "raise the limit of open files (ulimit -n)")
	}
	return err
}
