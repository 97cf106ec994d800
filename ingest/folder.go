package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/postroom/postroom"
)

// FolderConfig says which folder to take files from.
type FolderConfig struct {
	Name string `yaml:"-"`
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
// taken in the order of their names once they have stopped growing.
//
// An arrival's Path is the file's path within the folder with its size and its
// time of change, "scans/a.tif@10240.1772529000000000000", so that other bytes
// under the same name are another arrival.
type Folder struct{ config FolderConfig }

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
	return &Folder{config}, nil
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
	if f.config.Move {
		for _, dir := range []string{folderProcessed, folderProblem} {
			if err := root.MkdirAll(dir, 0o755); err != nil {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the folder " + f.config.Path + " cannot be written", Hint: "give postroom's user the right to write, or leave out move", Err: err}
			}
		}
	}
	return nil
}

// open opens the folder as a root: no link leads out of it.
func (f *Folder) open() (*os.Root, error) {
	root, err := os.OpenRoot(f.config.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "there is no folder " + f.config.Path, Hint: "make it, or check the path; is the network share there?"}
	case err != nil:
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the folder " + f.config.Path + " cannot be opened", Hint: "check that it is a folder and that postroom's user may read it", Err: err}
	}
	return root, nil
}

// A dropped is a file in the folder.
type dropped struct {
	path    string // within the folder, with slashes
	size    int64
	changed time.Time
}

func (d dropped) id(c FolderConfig) postroom.ArrivalID {
	return postroom.ArrivalID{Source: c.Name, Folder: c.Path, Path: fmt.Sprintf("%s@%d.%d", d.path, d.size, d.changed.UnixNano())}
}

// Receive makes one pass. It waits for files that are still growing, up to
// half a minute; what grows on is left to the next pass.
func (f *Folder) Receive(ctx context.Context, in postroom.Intake) error {
	deadline := time.Now().Add(max(30*time.Second, 5*f.config.SettleTime))
	for {
		young, err := f.pass(ctx, in)
		if err != nil || young == 0 || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(young):
		}
	}
}

// pass takes what has stopped changing and settles what has an outcome. It
// returns how long to wait for the youngest file that was left, 0 for none.
func (f *Folder) pass(ctx context.Context, in postroom.Intake) (young time.Duration, _ error) {
	root, err := f.open()
	if err != nil {
		return 0, err
	}
	defer root.Close()
	files, err := f.list(root)
	if err != nil {
		return 0, err
	}
	var failed []error
	for batch := range slices.Chunk(files, batchSize) {
		ids := make([]postroom.ArrivalID, len(batch))
		for i, d := range batch {
			ids[i] = d.id(f.config)
		}
		states, err := in.States(ctx, ids)
		if err != nil {
			return 0, err
		}
		var settled []postroom.ArrivalID
		for i, d := range batch {
			switch states[i] {
			case postroom.ArrivalNew:
				if age := time.Since(d.changed); age < f.config.SettleTime && age > -f.config.SettleTime {
					young = max(young, f.config.SettleTime-age)
					continue
				}
				if err := f.take(ctx, root, in, d); err != nil {
					var problem *postroom.Problem
					if ctx.Err() != nil || errors.As(err, &problem) && problem.Kind != postroom.BadInput {
						return 0, errors.Join(append(failed, err)...)
					}
					failed = append(failed, err)
				}
			case postroom.ArrivalProcessed, postroom.ArrivalProblem:
				ok, err := f.settle(root, d, states[i])
				if err != nil {
					failed = append(failed, err)
				} else if ok {
					settled = append(settled, ids[i])
				}
			}
		}
		if len(settled) > 0 {
			if err := in.Settled(ctx, settled); err != nil {
				return 0, err
			}
		}
	}
	return young, errors.Join(failed...)
}

// list returns the files in the order of their names.
func (f *Folder) list(root *os.Root) ([]dropped, error) {
	var out []dropped
	err := fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if path == "." || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
				return err
			}
			f.config.Log.Warn("a folder cannot be read", "source", f.config.Name, "error", err)
			return nil
		}
		name := d.Name()
		switch {
		case path == ".":
			return nil
		case d.IsDir():
			if !f.config.Recursive || strings.HasPrefix(name, ".") || path == folderProcessed || path == folderProblem {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || unfinished(name):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone in between
		}
		out = append(out, dropped{path, info.Size(), info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, &postroom.Problem{Kind: postroom.Temporary, Reason: "the folder " + f.config.Path + " cannot be read", Hint: "check the disk, or the network share", Err: err}
	}
	return out, nil
}

// unfinished reports whether a name is one under which programs write before
// they rename, or one that systems keep for themselves.
func unfinished(name string) bool {
	lower := strings.ToLower(name)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || lower == "thumbs.db" || lower == "desktop.ini" {
		return true
	}
	switch filepath.Ext(lower) {
	case ".tmp", ".part", ".partial", ".crdownload", ".filepart", ".lock":
		return true
	}
	return false
}

func (f *Folder) take(ctx context.Context, root *os.Root, in postroom.Intake, d dropped) error {
	file, err := root.Open(filepath.FromSlash(d.path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // taken away in between
	}
	if err != nil {
		return fmt.Errorf("open a file of %s: %w", f.config.Name, err)
	}
	defer file.Close()
	a := postroom.Arrival{ID: d.id(f.config), Received: d.changed.UTC(), Name: filepath.Base(d.path), Size: d.size}
	if err := in.Take(ctx, a, file); err != nil {
		return fmt.Errorf("file of %s: %w", f.config.Name, err)
	}
	return nil
}

// settle moves a file whose outcome is known; without Move it stays.
func (f *Folder) settle(root *os.Root, d dropped, state postroom.ArrivalState) (bool, error) {
	if !f.config.Move {
		return true, nil
	}
	to := folderProcessed
	if state == postroom.ArrivalProblem {
		to = folderProblem
	}
	if err := root.MkdirAll(to, 0o755); err != nil {
		return false, fmt.Errorf("make the folder %s of %s: %w", to, f.config.Name, err)
	}
	from := filepath.FromSlash(d.path)
	if info, err := root.Lstat(from); err != nil || info.Size() != d.size || !info.ModTime().Equal(d.changed) {
		return false, nil // gone, or other bytes by now: the next pass sees
	}
	// A link fails where the name is taken, a rename would replace the file there.
	name := filepath.Base(from)
	for n := 0; ; n++ {
		target := filepath.Join(to, name)
		if n > 0 {
			ext := filepath.Ext(name)
			target = filepath.Join(to, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext))
		}
		err := root.Link(from, target)
		if errors.Is(err, fs.ErrExist) && n < 10_000 {
			continue
		}
		if err != nil {
			// File systems without links (SMB, exFAT): a rename to a free name.
			if _, statErr := root.Lstat(target); statErr == nil && n < 10_000 {
				continue
			}
			if err := root.Rename(from, target); err != nil {
				return false, fmt.Errorf("move a file of %s to %s: %w", f.config.Name, to, err)
			}
			return true, nil
		}
		if err := root.Remove(from); err != nil {
			return false, fmt.Errorf("move a file of %s to %s: %w", f.config.Name, to, err)
		}
		return true, nil
	}
}

// Watch makes passes until ctx ends: when the system tells of a change, when
// wake says that outcomes became known, and every PollInterval.
func (f *Folder) Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	changes := make(<-chan fsnotify.Event)
	if w, err := fsnotify.NewWatcher(); err == nil {
		defer w.Close()
		if err := w.Add(f.config.Path); err == nil {
			changes = w.Events
		}
	}
	var troubled bool
	for {
		young, err := f.pass(ctx, in)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !troubled {
			f.config.Log.Warn("folder could not be read to its end; it is tried again", "source", f.config.Name, "error", err)
		}
		troubled = err != nil
		wait := f.config.PollInterval
		if young > 0 {
			wait = min(wait, young)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-changes:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}
