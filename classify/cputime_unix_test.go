//go:build unix

package classify

import (
	"syscall"
	"time"
)

// cpuTime is what this process has computed so far: on a machine that is busy
// with other things it says more than a clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
