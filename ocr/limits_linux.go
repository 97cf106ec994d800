package ocr

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
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
		// Only the renderer's cache is ever written.
		{unix.RLIMIT_FSIZE, 256 << 20},
		{unix.RLIMIT_NOFILE, 256},
	} {
		if err := unix.Setrlimit(set.what, &unix.Rlimit{Cur: set.bytes, Max: set.bytes}); err != nil {
			return fmt.Errorf("limit a reading process: %w", err)
		}
	}
	return nil
}

// ownMemory stays open, since a child may lose the right to open it.
var ownMemory = sync.OnceValue(func() *os.File {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil
	}
	return f
})

// memoryInUse returns the bytes of memory that are this process's own, without mapped files.
func memoryInUse() int64 {
	f := ownMemory()
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
