package ocr

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/postroom/postroom/ocr/internal/confine"
)

// limitProcess bounds what this child may use for as long as it lives.
func limitProcess(l Limits) error {
	memory := uint64(l.Memory)
	for _, set := range []struct {
		what  int
		bytes uint64
	}{
		{unix.RLIMIT_CORE, 0}, // a core dump would hold a patient's letter
		// Private writable memory. The address space is limited far above it, since
		// Go and WebAssembly reserve much that they never use.
		{unix.RLIMIT_DATA, memory},
		{unix.RLIMIT_AS, memory + 16<<30},
		{unix.RLIMIT_FSIZE, 0}, // no file is written
		{unix.RLIMIT_NOFILE, 256},
		// RLIMIT_NPROC counts all that the user runs, elsewhere too; package confine
		// refuses new processes instead.
	} {
		if err := unix.Setrlimit(set.what, &unix.Rlimit{Cur: set.bytes, Max: set.bytes}); err != nil {
			return fmt.Errorf("limit a reading process: %w", err)
		}
	}
	return nil
}

// memoryInUse returns the bytes of memory that are this process's own, without mapped files.
func memoryInUse() int64 {
	f := confine.Statm()
	if f == nil {
		return 0
	}
	var buf [128]byte
	n, _ := f.ReadAt(buf[:], 0)
	fields := bytes.Fields(buf[:n])
	if len(fields) < 3 {
		return 0
	}
	resident, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, _ := strconv.ParseInt(string(fields[2]), 10, 64)
	return (resident - shared) * int64(os.Getpagesize())
}
