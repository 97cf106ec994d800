//go:build cgo && linux

package confine

// #include "confine.h"
import "C"

import (
	"os"
	"sync"
	"syscall"
)

// EndWhenOver ends the process with the exit code as soon as its computing time
// (RLIMIT_CPU, getrlimit(2)) is over, whatever it is busy with.
func EndWhenOver(code int) { C.confine_end_when_over(C.int(code)) }

// Now returns what holds for this process.
func Now() State {
	c := C.confine_state
	return State{
		Landlock: int(c.landlock), LandlockFault: fault(c.landlock_errno),
		Seccomp: c.seccomp == 1, SeccompFault: fault(c.seccomp_errno),
		NoNewPrivileges: c.no_new_privs == 1, NotDumpable: c.not_dumpable == 1,
	}
}

func fault(errno C.int) string {
	if errno == 0 {
		return ""
	}
	return syscall.Errno(errno).Error()
}

// Statm returns /proc/self/statm, opened before confinement; nil when it could not be.
var Statm = sync.OnceValue(func() *os.File {
	if fd := C.confine_state.statm; fd >= 0 {
		return os.NewFile(uintptr(fd), "statm")
	}
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil
	}
	return f
})
