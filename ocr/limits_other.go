//go:build !linux

package ocr

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// limitProcess bounds what this child may use for as long as it lives. Memory
// can't be bounded here as it can on Linux.
func limitProcess(Limits) error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("limit a reading process: %w", err)
	}
	return nil
}

// memoryInUse returns the most memory that this process ever used, in bytes.
func memoryInUse() int64 {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return used.Maxrss
}
