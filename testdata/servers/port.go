package servers

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// freePort returns a port of 127.0.0.1 that nobody uses. It stays below the
// range from which the system takes ports for outgoing connections (32768 and
// up), so that a server that is stopped finds its port free when it starts
// again.
func freePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 15000 + rand.IntN(17000)
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		l.Close()
		return port
	}
	t.Fatal("found no free port between 15000 and 32000 on 127.0.0.1")
	return 0
}

func address(port int) string { return loopback + strconv.Itoa(port) }

const loopback = "127.0.0.1:"

// secondLoopback is this machine too, under another address. Dovecot takes a
// connection from an address to the same address for safe even without TLS;
// here it does not, because the client still comes from 127.0.0.1.
const secondLoopback = "127.0.0.2:"
