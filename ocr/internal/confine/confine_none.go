//go:build !cgo || !linux

package confine

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// EndWhenOver ends the process with the exit code when its computing time
// (RLIMIT_CPU, getrlimit(2)) is over.
func EndWhenOver(code int) {
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	go func() {
		<-over
		os.Exit(code)
	}()
}

// Now returns what holds for this process, which here is nothing.
func Now() State { return State{} }

// Statm returns /proc/self/statm; nil where there is none.
var Statm = sync.OnceValue(func() *os.File {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil
	}
	return f
})
