package servers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// An HL7Message is what the HL7 engine understood of a message.
type HL7Message struct {
	Control, Event, Charset, Number, Family, Unique, Parent string
	Kind                                                    string // OBX-2: ED or RP
	Data                                                    string // OBX-5.5: base64
	Reference                                               string // OBX-5.1
	Answer                                                  string // AA, AE or AR
}

// An HL7Server is an HL7 v2 engine by others, over MLLP and TLS. It answers AA,
// but AR for a patient of the family REJECT and AE for one of the family ERROR.
type HL7Server struct {
	Addr string
	CA   *CA // of the server, and of the clients that it lets in

	mu    sync.Mutex
	heard []HL7Message
}

// HL7 starts an HL7 engine and stops it when the test ends.
func HL7(t testing.TB) *HL7Server {
	t.Helper()
	s := &HL7Server{CA: NewCA(t, t.TempDir())}
	judge := Judge(t, "hl7.mjs", s.CA.KeyFile, s.CA.CertFile, s.CA.CAFile)
	judge.Stderr = os.Stderr
	stdout, err := judge.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := judge.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { judge.Process.Kill(); judge.Wait() })
	port := make(chan int, 1)
	go func() {
		defer close(port)
		scan := bufio.NewScanner(stdout)
		scan.Buffer(nil, 1<<22)
		for scan.Scan() {
			var line struct {
				Port int
				HL7Message
			}
			if json.Unmarshal(scan.Bytes(), &line) != nil {
				continue
			}
			if line.Port > 0 {
				port <- line.Port
				continue
			}
			s.mu.Lock()
			s.heard = append(s.heard, line.HL7Message)
			s.mu.Unlock()
		}
	}()
	select {
	case n, ok := <-port:
		if !ok {
			t.Fatal("the HL7 engine did not start")
		}
		s.Addr = fmt.Sprintf("127.0.0.1:%d", n)
	case <-time.After(time.Minute):
		t.Fatal("the HL7 engine did not start in a minute")
	}
	return s
}

// Heard returns the messages that came so far, repeats too, in their order.
func (s *HL7Server) Heard() []HL7Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]HL7Message(nil), s.heard...)
}

// A Wire leads to a server and is cut at random, somewhere in a message or its answer.
type Wire struct {
	Addr string

	listener net.Listener
	to       string
	longest  int64
	mu       sync.Mutex
	left     int // connections that are yet to be cut
	cutting  int // connections that will be, and are not yet
	random   *rand.Rand
}

// CutWire makes a wire to the address that is cut so many times, each time after
// a random number of bytes, longest at the most.
func CutWire(t testing.TB, to string, cuts int, longest int64) *Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{Addr: l.Addr().String(), listener: l, to: to, longest: longest, left: cuts, random: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(func() { l.Close() })
	go w.serve()
	return w
}

// CutsLeft returns how often it will be cut yet.
func (w *Wire) CutsLeft() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left + w.cutting
}

func (w *Wire) serve() {
	for {
		conn, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		there, back := int64(-1), int64(-1)
		if w.left > 0 {
			// Every other time it is the answers that are lost.
			if w.left%2 == 0 {
				there = 1 + w.random.Int64N(w.longest)
			} else {
				back = 1 + w.random.Int64N(4000)
			}
			w.left--
			w.cutting++
		}
		w.mu.Unlock()
		go func() {
			defer conn.Close()
			server, err := net.Dial("tcp", w.to)
			if err != nil {
				return // the engine is gone, and the test with it
			}
			defer server.Close()
			done := make(chan bool, 2)
			copyTo := func(to io.Writer, from io.Reader, limit int64) {
				limited := &io.LimitedReader{R: from, N: limit}
				if limit >= 0 {
					from = limited
				}
				io.Copy(to, from)
				done <- limit >= 0 && limited.N == 0
			}
			go copyTo(server, conn, there)
			go copyTo(conn, server, back)
			if cut := <-done; there+back > -2 {
				w.mu.Lock()
				if w.cutting--; !cut {
					w.left++ // it ended by itself: another is cut instead
				}
				w.mu.Unlock()
			}
		}()
	}
}
