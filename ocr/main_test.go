package ocr

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is its own child. With an argument it is one that goes wrong.
func TestMain(m *testing.M) {
	if IsChild() && len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "wrong:") {
		serveWrongly(strings.TrimPrefix(os.Args[1], "wrong:"))
	}
	RunChildIfAsked()
	os.Exit(m.Run())
}

// serveWrongly answers requests as ServeChild does, but when it is asked to read a
// page it does what the name says; when a second argument names a file, only
// while that does not exist.
// What is called "named" goes wrong as the file is called, if that is a way to.
func serveWrongly(always string) {
	watchComputingTime()
	conn, err := net.FileConn(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	requests := make(chan incoming)
	go receive(conn.(*net.UnixConn), requests)
	s := &server{conn: conn.(*net.UnixConn), requests: requests}
	for in := range requests {
		how := always
		if how == "named" && len(in.Files) > 0 {
			how = in.Files[0].Name
		}
		if in.Op == opRead && stillWrong() {
			if attack := attacks[how]; attack != nil {
				said := "nothing stopped it"
				if err := attack(os.Args[2:]); err != nil {
					said = err.Error()
				}
				writeFrame(s.conn, response{Problem: toWire(errors.New(said))}, nil)
				continue
			}
			switch how {
			case "crash":
				syscall.Kill(os.Getpid(), syscall.SIGABRT)
				time.Sleep(time.Minute)
			case "killed":
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				time.Sleep(time.Minute)
			case "hang":
				time.Sleep(time.Hour)
			case "compute":
				allowComputingTime(s.settings.Limits.PageTime)
				for n := uint64(0); ; n++ {
				}
			case "memory":
				var keep [][]byte
				for {
					b := make([]byte, 64<<20)
					for i := 0; i < len(b); i += 4096 {
						b[i] = 1
					}
					keep = append(keep, b)
					if len(keep) > 1000 {
						os.Exit(0)
					}
				}
			case "babble":
				s.conn.Write([]byte("this is no frame, and it goes on and on"))
				time.Sleep(time.Minute)
			}
		}
		if s.serve(in) != nil {
			os.Exit(1)
		}
	}
}

// attacks are what a child tries that was taken over by a page, with what is
// left of its arguments; they return what stopped it.
var attacks = map[string]func(args []string) error{}

func stillWrong() bool {
	if len(os.Args) < 3 || attacks[strings.TrimPrefix(os.Args[1], "wrong:")] != nil {
		return true
	}
	f, err := os.OpenFile(os.Args[2], os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false
	}
	f.Close()
	return true
}
