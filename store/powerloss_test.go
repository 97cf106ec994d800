package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/postroom/postroom"
)

// A fragileDisk keeps in memory what POSIX promises of a file system: data
// survives a power cut once the file was flushed, a name once its folder was.
// It loses power at a given call; after that every call fails.
type fragileDisk struct {
	mu    sync.Mutex
	calls int
	dies  int // the call at which power is lost; 0 for never
	names map[string]*node
	safe  map[string]*node // what is on the platter
}

// A node is a file or, without data, a folder.
type node struct {
	dir        bool
	data, safe []byte
}

var errPower = errors.New("power lost")

func newFragileDisk() *fragileDisk {
	root := &node{dir: true}
	return &fragileDisk{names: map[string]*node{".": root}, safe: map[string]*node{".": root}}
}

func (d *fragileDisk) call() (func(), error) {
	d.mu.Lock()
	d.calls++
	if d.dies > 0 && d.calls >= d.dies {
		d.mu.Unlock()
		return nil, errPower
	}
	return d.mu.Unlock, nil
}

func (d *fragileDisk) add(op, name string, n *node) error {
	if d.names[name] != nil {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrExist}
	}
	if d.names[path.Dir(name)] == nil {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	d.names[name] = n
	return nil
}

func (d *fragileDisk) Mkdir(dir string) error {
	unlock, err := d.call()
	if err != nil {
		return err
	}
	defer unlock()
	return d.add("mkdir", dir, &node{dir: true})
}

func (d *fragileDisk) Create(name string) (diskFile, error) {
	unlock, err := d.call()
	if err != nil {
		return nil, err
	}
	defer unlock()
	n := &node{}
	return &fragileFile{d, n}, d.add("open", name, n)
}

func (d *fragileDisk) Link(from, to string) error {
	unlock, err := d.call()
	if err != nil {
		return err
	}
	defer unlock()
	if d.names[from] == nil {
		return fs.ErrNotExist
	}
	return d.add("link", to, d.names[from])
}

func (d *fragileDisk) Remove(name string) error {
	unlock, err := d.call()
	if err != nil {
		return err
	}
	defer unlock()
	if d.names[name] == nil {
		return fs.ErrNotExist
	}
	delete(d.names, name)
	return nil
}

func (d *fragileDisk) SyncDir(dir string) error {
	unlock, err := d.call()
	if err != nil {
		return err
	}
	defer unlock()
	for name := range d.safe {
		if path.Dir(name) == dir && d.names[name] == nil {
			delete(d.safe, name)
		}
	}
	for name, n := range d.names {
		if path.Dir(name) == dir {
			d.safe[name] = n
		}
	}
	return nil
}

func (d *fragileDisk) fs() fstest.MapFS {
	files := fstest.MapFS{}
	for name, n := range d.names {
		mode := fs.FileMode(0o600)
		if n.dir {
			mode = fs.ModeDir | 0o700
		}
		files[name] = &fstest.MapFile{Data: n.data, Mode: mode, ModTime: time.Now()}
	}
	return files
}

func (d *fragileDisk) Open(name string) (fs.File, error) {
	unlock, err := d.call()
	if err != nil {
		return nil, err
	}
	defer unlock()
	return d.fs().Open(name)
}

func (d *fragileDisk) Stat(name string) (fs.FileInfo, error) {
	unlock, err := d.call()
	if err != nil {
		return nil, err
	}
	defer unlock()
	return d.fs().Stat(name)
}

func (d *fragileDisk) ReadDir(dir string) ([]fs.DirEntry, error) {
	unlock, err := d.call()
	if err != nil {
		return nil, err
	}
	defer unlock()
	return d.fs().ReadDir(dir)
}

func (d *fragileDisk) Close() error { return nil }

type fragileFile struct {
	d *fragileDisk
	n *node
}

func (f *fragileFile) Write(p []byte) (int, error) {
	unlock, err := f.d.call()
	if err != nil {
		return 0, err
	}
	defer unlock()
	f.n.data = append(f.n.data, p...)
	return len(p), nil
}

func (f *fragileFile) Sync() error {
	unlock, err := f.d.call()
	if err != nil {
		return err
	}
	defer unlock()
	f.n.safe = slices.Clone(f.n.data)
	return nil
}

func (f *fragileFile) Close() error { return nil }

// powerUp returns the disk after the cut. Names that were not flushed are there
// or not as keep says; data that was not flushed is gone, or torn.
func (d *fragileDisk) powerUp(keep func(name string) bool, torn bool) *fragileDisk {
	after := newFragileDisk()
	hold := map[string]*node{}
	for name, n := range d.safe {
		if d.names[name] != nil || keep(name) {
			hold[name] = n
		}
	}
	for name, n := range d.names {
		if d.safe[name] == nil && keep(name) {
			hold[name] = n
		}
	}
	for name, n := range hold {
		for above := path.Dir(name); above != "."; above = path.Dir(above) {
			if hold[above] == nil {
				name = ""
				break
			}
		}
		if name == "" {
			continue // its folder is lost, and it with it
		}
		data := slices.Clone(n.safe)
		if torn && len(n.data) > len(n.safe) {
			data = slices.Clone(n.data[:len(n.data)/2])
		}
		copied := &node{dir: n.dir, data: data, safe: data}
		after.names[name], after.safe[name] = copied, copied
	}
	return after
}

// Power is lost at every call in turn. Whatever was promised is there
// afterwards, whatever is there is whole, and doing it again completes it.
func TestFolderPowerLoss(t *testing.T) {
	objects := map[string][]byte{}
	var order []string
	for i, key := range []string{
		"originals/aa", "documents/2026/03/12/d1/document.pdf", "documents/2026/03/12/d1/record.json",
		"documents/2026/03/12/d2/record.json", "documents/2026/04/01/d3/record.json", "manifests/2026/03/12/r1.ndjson",
	} {
		objects[key] = pattern(1000 + 40_000*i)
		order = append(order, key)
	}
	work := func(d *fragileDisk) (promised []string) {
		f := newFolder(d)
		if f.prepare() != nil {
			return nil
		}
		for _, key := range order {
			if put(f, key, objects[key]) == nil {
				promised = append(promised, key)
			}
		}
		return promised
	}
	whole := newFragileDisk()
	if promised := work(whole); len(promised) != len(order) {
		t.Fatalf("without a fault only %v were written", promised)
	}
	random := rand.New(rand.NewPCG(1, 2))
	powerUps := map[string]func(d *fragileDisk) *fragileDisk{
		"only what was flushed": func(d *fragileDisk) *fragileDisk { return d.powerUp(func(string) bool { return false }, false) },
		"all names, no data":    func(d *fragileDisk) *fragileDisk { return d.powerUp(func(string) bool { return true }, false) },
		"all names, torn data":  func(d *fragileDisk) *fragileDisk { return d.powerUp(func(string) bool { return true }, true) },
		"some names": func(d *fragileDisk) *fragileDisk {
			return d.powerUp(func(string) bool { return random.IntN(2) == 0 }, true)
		},
	}
	for dies := 1; dies <= whole.calls; dies++ {
		for how, powerUp := range powerUps {
			before := newFragileDisk()
			before.dies = dies
			promised := work(before)
			after := powerUp(before)
			check := func(promised []string) error {
				f := newFolder(after)
				if err := f.prepare(); err != nil {
					return err
				}
				found := map[string]bool{}
				if err := f.List(t.Context(), "", func(o postroom.Object) error {
					found[o.Key] = true
					if int(o.Size) != len(objects[o.Key]) {
						return fmt.Errorf("%s has %d of %d bytes", o.Key, o.Size, len(objects[o.Key]))
					}
					return Verify(t.Context(), f, o.Key, postroom.HashOf(objects[o.Key]))
				}); err != nil {
					return err
				}
				for _, key := range promised {
					if !found[key] {
						return fmt.Errorf("%s was promised and is lost", key)
					}
				}
				return nil
			}
			if err := check(promised); err != nil {
				t.Fatalf("power lost at call %d of %d, then %s: %v", dies, whole.calls, how, err)
			}
			if again := work(after); len(again) != len(order) {
				t.Fatalf("power lost at call %d, then %s: the next run writes only %v", dies, how, again)
			}
			// And a second cut right after the next run.
			after = after.powerUp(func(string) bool { return false }, false)
			if err := check(order); err != nil {
				t.Fatalf("power lost at call %d, then %s, then after the next run: %v", dies, how, err)
			}
		}
	}
}

// The model must be able to fail, or the test above shows nothing.
func TestFragileDiskLosesWhatIsNotFlushed(t *testing.T) {
	d := newFragileDisk()
	f, err := d.Create("a")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(f, strings.NewReader("data"))
	if after := d.powerUp(func(string) bool { return false }, false); after.names["a"] != nil {
		t.Error("a name survived without a flush")
	}
	if after := d.powerUp(func(string) bool { return true }, false); len(after.names["a"].data) != 0 {
		t.Error("data survived without a flush")
	}
	f.Sync()
	d.SyncDir(".")
	if after := d.powerUp(func(string) bool { return false }, false); string(after.names["a"].data) != "data" {
		t.Error("flushed data is lost")
	}
}
