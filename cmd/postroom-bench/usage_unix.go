//go:build unix

package main

import (
	"syscall"
	"time"
)

// usage is the processor time, user and system, of this process and of all its
// descendants that have ended.
func usage() time.Duration {
	var total time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return total
}
