package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/postroom/postroom"
)

// FolderConfig says which folder to take files from.
type FolderConfig struct {
	Name string `yaml:"-"` // of the source; it appears in records
	Path string `yaml:"path"`
	// Recursive takes the files of folders within it too.
	Recursive bool `yaml:"recursive"`
	// Move puts files whose outcome is known into the folders "processed" and
	// "problem" within it; without it they stay where they are.
	Move bool `yaml:"move"`
	// SettleTime is how long a file must not have changed before it is taken; 0 is two seconds.
	SettleTime time.Duration `yaml:"settle_time"`
	// PollInterval is how often to look where the system tells nothing, as with
	// network shares; 0 is 30 seconds.
	PollInterval time.Duration `yaml:"poll_interval"`
	Log          *slog.Logger  `yaml:"-"`
}

// Validate reports the first setting that is wrong, with what to write.
func (c *FolderConfig) Validate() error {
	switch {
	case c.Path == "":
		return errors.New("path: name the folder")
	case c.SettleTime < 0 || c.PollInterval < 0:
		return errors.New("settle_time, poll_interval: write a duration such as 2s")
	}
	return nil
}

// The folders within a folder that files are moved to.
const (
	folderProcessed = "processed"
	folderProblem   = "problem"
)

// A Folder is a folder that a scanner or a person puts files into. Files are
// taken in the order of their names once they have stopped growing: no change
// of size or time was seen for the settle time. The times are compared with
// each other and never with this machine's clock, which a network share need
// not share.
//
// Left out are names that begin with a dot, names under which programs write
// before they rename (*.tmp, *.part and the like), and links, which could lead
// out of the folder.
//
// An arrival's Path is the file's path within the folder with its size and its
// time of change in nanoseconds, "scans/a.tif@10240.1772529000000000000", so that
// other bytes under the same name are another arrival.
//
// One goroutine at a time may use a Folder.
type Folder struct {
	config   FolderConfig
	patience time.Duration // how long Receive waits for files that go on growing

	seen     map[string]sighting // by path: since when a file has been as it is
	finished map[string]bool     // by ArrivalID.Path: nothing is left to do for it
	held     holds[string]       // by ArrivalID.Path
	linked   bool                // a link was seen and told of
}

// A sighting is how a file was last seen.
type sighting struct {
	dropped
	since time.Time
}

// NewFolder checks the configuration; it looks at no disk.
func NewFolder(config FolderConfig) (*Folder, error) {
	if err := config.Validate(); err != nil {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the folder's configuration is wrong", Hint: err.Error()}
	}
	if config.SettleTime == 0 {
		config.SettleTime = 2 * time.Second
	}
	if config.PollInterval == 0 {
		config.PollInterval = 30 * time.Second
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	return &Folder{config: config, patience: max(time.Minute, 5*config.SettleTime),
		seen: map[string]sighting{}, finished: map[string]bool{}, held: holds[string]{}}, nil
}

// Name is the source's name in the configuration.
func (f *Folder) Name() string { return f.config.Name }

// Check looks whether the folder can be read and, with Move, written.
func (f *Folder) Check(context.Context) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := fs.ReadDir(root.FS(), "."); err != nil {
		return f.unreadable(err)
	}
	if !f.config.Move {
		return nil
	}
	for _, dir := range []string{folderProcessed, folderProblem} {
		err := root.MkdirAll(dir, 0o755)
		if err == nil {
			probe := path.Join(dir, ".postroom-check")
			var file *os.File
			if file, err = root.Create(probe); err == nil {
				file.Close()
				err = root.Remove(probe)
			}
		}
		if err != nil {
			return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the folder " + filepath.Join(f.config.Path, dir) + " cannot be written", Hint: "give postroom's user the right to write, or leave out move", Err: err}
		}
	}
	return nil
}

// open opens the folder as a root: nothing within leads out of it.
func (f *Folder) open() (*os.Root, error) {
	root, err := os.OpenRoot(f.config.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "there is no folder " + f.config.Path, Hint: "make it, or check the path; is the network share there?"}
	case err != nil:
		return nil, f.unreadable(err)
	}
	return root, nil
}

func (f *Folder) unreadable(err error) error {
	return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the folder " + f.config.Path + " cannot be read", Hint: "check that it is a folder, that postroom's user may read it, and that the disk or network share works", Err: nameless(err)}
}

// Receive makes one pass. It waits until every file has been still for the
// settle time, up to a minute; a file that goes on growing is left to the next
// pass and reported.
func (f *Folder) Receive(ctx context.Context, in postroom.Intake) error {
	f.held = holds[string]{}
	deadline := time.Now().Add(f.patience)
	for {
		p, err := f.pass(ctx, in)
		if err != nil || p.young == 0 {
			return p.faults.with(err)
		}
		if time.Now().After(deadline) {
			return p.faults.with(&postroom.Problem{Kind: postroom.Temporary, Reason: fmt.Sprintf("files in %s are still being written", f.config.Path), Hint: "they are taken when they are complete"})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.wait):
		}
	}
}

// A folderPass is what came of one look at the folder.
type folderPass struct {
	pass
	young int           // files that have not been still for long enough
	wait  time.Duration // until the first of them may be
	dirs  []string      // within the folder, with "." for itself
}

// pass takes what has stopped changing and settles what has an outcome. Its
// error is what ended it early.
func (f *Folder) pass(ctx context.Context, in postroom.Intake) (*folderPass, error) {
	p := &folderPass{}
	root, err := f.open()
	if err != nil {
		return p, err
	}
	defer root.Close()
	files, err := f.list(root, p)
	if err != nil {
		return p, err
	}
	now := time.Now()
	f.look(files, now)
	open := make([]dropped, 0, len(files))
	for _, d := range files {
		if !f.finished[d.key()] {
			open = append(open, d)
		}
	}
	for batch := range slices.Chunk(open, batchSize) {
		if err := f.passBatch(ctx, root, in, p, batch, now); err != nil {
			return p, err
		}
	}
	there := make(map[string]bool, len(files))
	for _, d := range files {
		there[d.key()] = true
	}
	f.held.prune(func(key string) bool { return there[key] })
	return p, settleGone(ctx, in, f.config.Name, func(id postroom.ArrivalID) bool {
		return id.Folder == f.config.Path && !there[id.Path]
	})
}

// look notes since when each file has been as it is, and forgets what has gone.
func (f *Folder) look(files []dropped, now time.Time) {
	seen := make(map[string]sighting, len(files))
	finished := make(map[string]bool, len(f.finished))
	for _, d := range files {
		s, ok := f.seen[d.path]
		if !ok || !s.same(d) {
			s = sighting{d, now}
		}
		seen[d.path] = s
		if key := d.key(); f.finished[key] {
			finished[key] = true
		}
	}
	f.seen, f.finished = seen, finished
}

func (f *Folder) passBatch(ctx context.Context, root *os.Root, in postroom.Intake, p *folderPass, batch []dropped, now time.Time) error {
	ids := make([]postroom.ArrivalID, len(batch))
	for i, d := range batch {
		ids[i] = d.id(f.config)
	}
	states, err := in.States(ctx, ids)
	if err != nil {
		return err
	}
	if len(states) != len(batch) {
		return fmt.Errorf("asked for the state of %d files and got %d", len(batch), len(states))
	}
	var settled []postroom.ArrivalID
	for i, d := range batch {
		switch states[i] {
		case postroom.ArrivalNew:
			if err := f.takeWhenStill(ctx, root, in, p, d, now); err != nil {
				return err
			}
		case postroom.ArrivalProcessed, postroom.ArrivalProblem:
			done, err := f.settle(root, d, states[i])
			if err != nil {
				p.faults.add(err)
				p.retryAt(time.Now().Add(time.Minute))
			}
			if done {
				settled = append(settled, ids[i])
			}
		}
	}
	if len(settled) == 0 {
		return nil
	}
	if err := in.Settled(ctx, settled); err != nil {
		return err
	}
	for _, id := range settled {
		f.finished[id.Path] = true
	}
	return nil
}

// takeWhenStill takes a file, or notes when to look at it again.
func (f *Folder) takeWhenStill(ctx context.Context, root *os.Root, in postroom.Intake, p *folderPass, d dropped, now time.Time) error {
	if h, ok := f.held.blocked(d.key()); ok {
		p.faults.add(h.err)
		p.retryAt(h.until)
		return nil
	}
	young := func(still time.Duration) {
		wait := max(f.config.SettleTime-still, 10*time.Millisecond)
		if p.young++; p.young == 1 || wait < p.wait {
			p.wait = wait
		}
	}
	if still := now.Sub(f.seen[d.path].since); still < f.config.SettleTime {
		young(still)
		return nil
	}
	err := f.take(ctx, root, in, d)
	switch {
	case err == nil:
		p.inARow, p.progress = 0, true
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return nil // taken away in between
	case errors.Is(err, errChanged):
		f.seen[d.path] = sighting{d, time.Now()}
		young(0)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	err = fmt.Errorf("%s in %s: %w", d, f.config.Path, err)
	if err := p.fail(err); err != nil {
		return err
	}
	p.retryAt(f.held.put(d.key(), err))
	return nil
}

func (f *Folder) take(ctx context.Context, root *os.Root, in postroom.Intake, d dropped) error {
	file, err := openStill(func() (*os.File, error) {
		// Whatever has the name by now: opening must not wait for somebody to
		// write into a pipe.
		return root.OpenFile(filepath.FromSlash(d.path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}, d)
	if err != nil {
		return err
	}
	defer file.Close()
	return takeFile(ctx, in, postroom.Arrival{ID: d.id(f.config), Received: d.changed.UTC(), Name: path.Base(d.path), Size: d.size}, file)
}

// list returns the files in the order of their names.
func (f *Folder) list(root *os.Root, p *folderPass) (files []dropped, _ error) {
	err := fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone in between
		case err != nil:
			p.faults.add(fmt.Errorf("a folder within %s cannot be read: %w", f.config.Path, nameless(err)))
			return nil
		case name == ".":
			p.dirs = append(p.dirs, name)
			return nil
		case entry.IsDir():
			if !f.config.Recursive || strings.HasPrefix(entry.Name(), ".") || name == folderProcessed || name == folderProblem {
				return fs.SkipDir
			}
			p.dirs = append(p.dirs, name)
			return nil
		case unfinished(entry.Name()):
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			if !f.linked {
				f.config.Log.Warn("links in the folder are not followed", "source", f.config.Name)
				f.linked = true
			}
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		info, err := entry.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			p.faults.add(fmt.Errorf("a file in %s cannot be looked at: %w", f.config.Path, nameless(err)))
			return nil
		}
		files = append(files, dropped{name, info.Size(), info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, f.unreadable(err)
	}
	// By the whole path: a folder's files come where its name stands.
	slices.SortFunc(files, func(a, b dropped) int { return strings.Compare(a.path, b.path) })
	return files, nil
}

// unfinished reports whether a name is one under which programs write before
// they rename, or one that systems keep for themselves.
func unfinished(name string) bool {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || lower == "thumbs.db" || lower == "desktop.ini" {
		return true
	}
	switch path.Ext(lower) {
	case ".tmp", ".part", ".partial", ".crdownload", ".filepart":
		return true
	}
	return false
}

// settle moves a file whose outcome is known; without Move it stays. It
// reports false for a file that is not there any more as it was.
func (f *Folder) settle(root *os.Root, d dropped, state postroom.ArrivalState) (bool, error) {
	if !f.config.Move {
		return true, nil
	}
	to := folderProcessed
	if state == postroom.ArrivalProblem {
		to = folderProblem
	}
	failed := func(err error) (bool, error) {
		return false, fmt.Errorf("move %s to %s: %w", d, filepath.Join(f.config.Path, to), nameless(err))
	}
	if err := root.MkdirAll(to, 0o755); err != nil {
		return failed(err)
	}
	from := filepath.FromSlash(d.path)
	if info, err := root.Lstat(from); err != nil || !d.is(info) {
		return false, nil // gone, or other bytes by now: the next pass sees
	}
	ext := path.Ext(d.path)
	base := strings.TrimSuffix(path.Base(d.path), ext)
	for n := 0; n < 100_000; n++ {
		target := filepath.Join(to, base+ext)
		if n > 0 {
			target = filepath.Join(to, fmt.Sprintf("%s-%d%s", base, n, ext))
		}
		// A link fails where the name is taken; a rename would replace the file there.
		err := root.Link(from, target)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = root.Remove(from)
		} else { // file systems without links (SMB, exFAT): a rename to a name that is free
			if _, statErr := root.Lstat(target); statErr == nil {
				continue
			}
			err = root.Rename(from, target)
		}
		if err != nil {
			return failed(err)
		}
		return true, nil
	}
	return failed(errors.New("too many files of that name"))
}
