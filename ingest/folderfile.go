package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/postroom/postroom"
)

// A dropped is a file as it was seen in a folder.
type dropped struct {
	path    string // within the folder, with slashes
	size    int64
	changed time.Time
}

// key tells the file's bytes from others under the same name.
func (d dropped) key() string { return fmt.Sprintf("%s@%d.%d", d.path, d.size, d.changed.UnixNano()) }

func (d dropped) id(c FolderConfig) postroom.ArrivalID {
	return postroom.ArrivalID{Source: c.Name, Folder: c.Path, Path: d.key()}
}

// String names the file for an error. Its own name may be a patient's.
func (d dropped) String() string {
	return fmt.Sprintf("the file of %d bytes written %s", d.size, d.changed.UTC().Format("2006-01-02 15:04:05.000 UTC"))
}

func (d dropped) same(e dropped) bool { return d.size == e.size && d.changed.Equal(e.changed) }

func (d dropped) is(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Size() == d.size && info.ModTime().Equal(d.changed)
}

// errChanged says that a file did not stay as it was seen.
var errChanged = errors.New("the file changed while it was read")

// A stillFile is a file that ends with errChanged instead of io.EOF when it
// isn't what was seen any more, so that half a scan is never taken.
type stillFile struct {
	*os.File
	seen dropped
	n    int64
	err  error // what reading ended with, but for io.EOF
}

// openStill opens a file that must be as it was seen.
func openStill(open func() (*os.File, error), seen dropped) (*stillFile, error) {
	file, err := open()
	if err != nil {
		return nil, nameless(err)
	}
	info, err := file.Stat()
	if err == nil && !seen.is(info) {
		err = errChanged
	}
	if err != nil {
		file.Close()
		return nil, nameless(err)
	}
	return &stillFile{File: file, seen: seen}, nil
}

// Read reads on; at the end it looks whether the file is still as it was seen.
func (f *stillFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.n += int64(n)
	if err == io.EOF {
		info, statErr := f.File.Stat()
		if statErr != nil || f.n != f.seen.size || !f.seen.is(info) {
			err = errChanged
		}
	}
	if err != nil && err != io.EOF {
		err = nameless(err)
		f.err = err
	}
	return n, err
}

// WriteTo keeps io.Copy from going round Read.
func (f *stillFile) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{f})
}

// takeFile hands a file over.
func takeFile(ctx context.Context, in postroom.Intake, a postroom.Arrival, file *stillFile) error {
	err := in.Take(ctx, a, file)
	if file.err != nil {
		return file.err // what the intake says follows from it
	}
	if err == nil && file.n != file.seen.size {
		err = fmt.Errorf("the file was taken without %d of its bytes", file.seen.size-file.n)
	}
	return err
}

// nameless leaves the file's name out of an error: it may be a patient's.
func nameless(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", p.Op, p.Err)
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return fmt.Errorf("%s: %w", l.Op, l.Err)
	}
	return err
}
