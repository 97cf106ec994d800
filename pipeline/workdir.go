package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	workPrefix = "postroom-work-"
	workLock   = ".lock" // in each work folder, locked as long as its process lives
)

// makeWorkDir makes a folder below parent (the system's own when empty) for
// the copies of originals that are worked on; remove must be called. They are
// patient data, so what processes that were killed left behind is removed
// first. The lock in each folder tells the dead from the living, on all
// machines that share the parent.
func makeWorkDir(parent string) (dir string, remove func(), err error) {
	if parent == "" {
		parent = os.TempDir()
	} else if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", nil, fmt.Errorf("make the temporary folder: %w", err)
	}
	// Held while folders are made and swept, so that none is swept between
	// being made and being locked. The name has the user in it: the system's
	// temporary folder is shared with others, whose folders are their own affair.
	turn, err := openLock(filepath.Join(parent, fmt.Sprintf("%s%d.lock", workPrefix, os.Getuid())))
	if err != nil {
		return "", nil, fmt.Errorf("lock the temporary folder: %w", err)
	}
	defer turn.Close()
	if err := unix.Flock(int(turn.Fd()), unix.LOCK_EX); err != nil {
		return "", nil, fmt.Errorf("lock the temporary folder: %w", err)
	}
	sweepWorkDirs(parent)
	if dir, err = os.MkdirTemp(parent, workPrefix); err != nil {
		return "", nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	lock, err := openLock(filepath.Join(dir, workLock))
	if err == nil {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		os.RemoveAll(dir)
		return "", nil, fmt.Errorf("lock a temporary folder: %w", err)
	}
	return dir, func() {
		os.RemoveAll(dir)
		lock.Close()
	}, nil
}

// sweepWorkDirs removes the folders whose processes are no more.
func sweepWorkDirs(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), workPrefix) {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		var st unix.Stat_t
		if unix.Lstat(dir, &st) != nil || int(st.Uid) != os.Getuid() {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, workLock), os.O_RDWR|unix.O_NOFOLLOW, 0)
		if errors.Is(err, fs.ErrNotExist) {
			os.RemoveAll(dir) // killed before it could lock it, or while it was removed
			continue
		}
		if err != nil {
			continue
		}
		if unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			os.RemoveAll(dir)
		}
		lock.Close()
	}
}

func openLock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
}
