package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// A disk is what a Folder asks of a file system, with names relative to the
// store's folder. The tests put a disk in its place that loses power.
type disk interface {
	Mkdir(dir string) error
	Create(name string) (diskFile, error) // fails when it exists
	Link(from, to string) error           // fails when to exists
	Remove(name string) error
	// SyncDir makes the names in dir survive a power cut.
	SyncDir(dir string) error
	Open(name string) (fs.File, error)
	Stat(name string) (fs.FileInfo, error)
	ReadDir(dir string) ([]fs.DirEntry, error)
	Close() error
}

type diskFile interface {
	io.WriteCloser
	Sync() error
}

// rootDisk is a folder of this machine. os.Root keeps every name inside it,
// whatever symbolic links somebody puts there.
type rootDisk struct{ root *os.Root }

func (d rootDisk) Mkdir(dir string) error { return d.root.Mkdir(dir, 0o700) }

func (d rootDisk) Create(name string) (diskFile, error) {
	return d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (d rootDisk) Link(from, to string) error {
	err := d.root.Link(from, to)
	if noLinks(err) {
		return renameNoReplace(d.root, from, to)
	}
	return err
}

// noLinks reports whether the file system has no hard links (FAT, some network
// shares), or forbids them.
func noLinks(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EMLINK)
}

func (d rootDisk) Remove(name string) error { return d.root.Remove(name) }

func (d rootDisk) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be opened for it there; NTFS journals them
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d rootDisk) Open(name string) (fs.File, error) { return d.root.Open(name) }

func (d rootDisk) Stat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }

func (d rootDisk) ReadDir(dir string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

func (d rootDisk) Close() error { return d.root.Close() }
