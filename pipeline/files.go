package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/postroom/postroom"
)

// A fileCache keeps originals on this machine while their pages are read, so
// that a fax of 300 pages is fetched once and not 300 times. Files that nobody
// uses are removed, the oldest first, above a bound.
type fileCache struct {
	dir     string
	remove  func()
	objects Objects
	bound   int64 // bytes

	mu    sync.Mutex
	files map[postroom.Hash]*cachedFile
	clock int64
	total int64
}

type cachedFile struct {
	path  string
	size  int64
	users int
	used  int64
	ready chan struct{}
	err   error
}

func newFileCache(parent string, objects Objects) (*fileCache, error) {
	dir, remove, err := makeWorkDir(parent)
	if err != nil {
		return nil, err
	}
	return &fileCache{dir: dir, remove: remove, objects: objects, bound: 1 << 30, files: map[postroom.Hash]*cachedFile{}}, nil
}

// get returns the path of the original on this machine; release must be called.
func (c *fileCache) get(ctx context.Context, h postroom.Hash) (path string, release func(), err error) {
	c.mu.Lock()
	f, ok := c.files[h]
	if !ok {
		f = &cachedFile{path: filepath.Join(c.dir, string(h)), ready: make(chan struct{})}
		c.files[h] = f
	}
	f.users++
	c.clock++
	f.used = c.clock
	c.mu.Unlock()

	release = func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		f.users--
		c.shrink()
	}
	if !ok {
		f.size, f.err = c.fetch(ctx, h, f.path)
		c.mu.Lock()
		c.total += f.size
		if f.err != nil {
			delete(c.files, h)
		}
		c.mu.Unlock()
		close(f.ready)
	}
	select {
	case <-f.ready:
	case <-ctx.Done():
		release()
		return "", nil, ctx.Err()
	}
	if f.err != nil {
		release()
		return "", nil, f.err
	}
	return f.path, release, nil
}

func (c *fileCache) fetch(ctx context.Context, h postroom.Hash, path string) (int64, error) {
	body, err := c.objects.Open(ctx, postroom.OriginalKey(h))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, postroom.Bad(err, "the original is missing from the object store", "run postroom reconcile, and restore it from a backup")
	}
	if err != nil {
		return 0, fmt.Errorf("fetch original %s: %w", h, err)
	}
	defer body.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	got, size, err := postroom.HashReader(io.TeeReader(body, f))
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err == nil && got != h {
		err = postroom.Bad(nil, "the original in the object store was altered: its SHA-256 differs", "run postroom reconcile --deep, and restore it from a backup")
	}
	if err != nil {
		os.Remove(path)
		return 0, fmt.Errorf("fetch original %s: %w", h, err)
	}
	return size, nil
}

// shrink removes unused files, the longest unused first, until the bound holds.
func (c *fileCache) shrink() {
	for c.total > c.bound {
		var oldest postroom.Hash
		for h, f := range c.files {
			if f.users == 0 && (oldest == "" || f.used < c.files[oldest].used) {
				oldest = h
			}
		}
		if oldest == "" {
			return
		}
		f := c.files[oldest]
		os.Remove(f.path)
		c.total -= f.size
		delete(c.files, oldest)
	}
}

func (c *fileCache) close() { c.remove() }
