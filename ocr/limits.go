package ocr

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/confine"
)

// mapFile maps the whole file, read-only. An empty one gives no bytes.
func mapFile(f *os.File) ([]byte, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at the attachment: %w", err)
	}
	const most = 2 << 30
	switch {
	case st.Size() == 0:
		return nil, nil
	case st.Size() > most:
		return nil, postroom.Bad(nil, "the file is larger than 2 GiB", "ask for it in parts")
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(st.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map the attachment: %w", err)
	}
	return data, nil
}

func unmap(data []byte) {
	if data != nil {
		_ = unix.Munmap(data)
	}
}

// watchComputingTime ends the process when it has used the time that
// allowComputingTime gave it: C code can't be interrupted in any other way.
func watchComputingTime() { confine.EndWhenOver(exitCPU) }

// allowComputingTime allows the process so much more of the processor.
func allowComputingTime(d time.Duration) {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return
	}
	spent := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CPU, &l) != nil {
		return
	}
	l.Cur = uint64((spent + d + time.Second - 1) / time.Second)
	if l.Cur > l.Max {
		l.Cur = l.Max
	}
	_ = unix.Setrlimit(unix.RLIMIT_CPU, &l)
}
