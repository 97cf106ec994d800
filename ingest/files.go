package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/postroom/postroom"
)

// Files are files that somebody named, on the command line for instance. They
// are taken in the order given and stay where they are. An arrival's Path is the
// absolute path with size and time, as for a [Folder].
type Files struct {
	name  string
	paths []string
}

// NewFiles makes a source of the files; it looks at no disk.
func NewFiles(name string, paths ...string) *Files { return &Files{name, paths} }

// Name is the source's name.
func (f *Files) Name() string { return f.name }

// Receive hands over every file that is new. When some failed it returns their
// errors after it has done the others.
func (f *Files) Receive(ctx context.Context, in postroom.Intake) error {
	var p pass
	for _, path := range f.paths {
		if err := f.receive(ctx, in, path); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			p.faults.add(err)
		}
	}
	return p.faults.with(nil)
}

func (f *Files) receive(ctx context.Context, in postroom.Intake, path string) error {
	d, err := look(path)
	if err != nil {
		return err
	}
	id := postroom.ArrivalID{Source: f.name, Path: d.key()}
	states, err := in.States(ctx, []postroom.ArrivalID{id})
	if err != nil {
		return err
	}
	switch states[0] {
	case postroom.ArrivalTaken:
		return nil
	case postroom.ArrivalProcessed, postroom.ArrivalProblem:
		return in.Settled(ctx, []postroom.ArrivalID{id})
	}
	file, err := openStill(func() (*os.File, error) { return os.OpenFile(d.path, os.O_RDONLY|syscall.O_NONBLOCK, 0) }, d)
	if err == nil {
		defer file.Close()
		err = takeFile(ctx, in, postroom.Arrival{ID: id, Received: d.changed.UTC(), Name: filepath.Base(d.path), Size: d.size}, file)
	}
	if errors.Is(err, errChanged) {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: path + " is still being written", Hint: "try again when it is complete"}
	}
	if err != nil {
		return fmt.Errorf("take %s: %w", path, err)
	}
	return nil
}

// look finds a file by the name that somebody gave it, links followed.
func look(path string) (dropped, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return dropped{}, err
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dropped{}, &postroom.Problem{Kind: postroom.BadInput, Reason: "there is no file " + path, Hint: "check the name"}
	case err != nil:
		return dropped{}, &postroom.Problem{Kind: postroom.BadInput, Reason: path + " cannot be read", Hint: "check its permissions", Err: err}
	case info.IsDir():
		return dropped{}, &postroom.Problem{Kind: postroom.BadInput, Reason: path + " is a folder", Hint: "name the files in it, or take the whole folder with --from"}
	case !info.Mode().IsRegular():
		return dropped{}, &postroom.Problem{Kind: postroom.BadInput, Reason: path + " is not a file", Hint: "name a file"}
	}
	return dropped{abs, info.Size(), info.ModTime()}, nil
}

// Watch takes the files, and settles them whenever wake says that outcomes
// became known. It returns when ctx ends.
func (f *Files) Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	for ctx.Err() == nil {
		if err := f.Receive(ctx, in); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-wake:
		}
	}
	return nil
}

// Check looks whether every file is there and can be read.
func (f *Files) Check(context.Context) error {
	var p pass
	for _, path := range f.paths {
		d, err := look(path)
		if err == nil {
			var file *os.File
			if file, err = os.Open(d.path); err == nil {
				file.Close()
			} else {
				err = &postroom.Problem{Kind: postroom.BadInput, Reason: path + " cannot be read", Hint: "check its permissions", Err: err}
			}
		}
		if err != nil {
			p.faults.add(err)
		}
	}
	return p.faults.with(nil)
}
