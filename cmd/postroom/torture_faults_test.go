package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/postroom/postroom/testdata/servers"
)

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

// An s3Proxy stands between Postroom and the S3 server and can misbehave.
type s3Proxy struct {
	*httptest.Server
	caFile string
	left   atomic.Int64 // requests that the fault is still for
	fault  atomic.Pointer[func(w http.ResponseWriter, r *http.Request)]
	hits   atomic.Int64
}

func newS3Proxy(t *testing.T, s *servers.S3Server) *s3Proxy {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{
		// The Host header is signed, so it stays as it came.
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		Transport:    &http.Transport{TLSClientConfig: s.TLS(), MaxIdleConnsPerHost: 32, DisableCompression: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { hangUp(w) },
	}
	p := &s3Proxy{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := p.fault.Load(); f != nil && p.left.Add(-1) >= 0 {
			p.hits.Add(1)
			(*f)(w, r)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	p.Server.Config.ErrorLog = quietLog()
	forward.ErrorLog = quietLog()
	p.StartTLS()
	t.Cleanup(p.Close)
	p.caFile = filepath.Join(t.TempDir(), "proxy.pem")
	if err := os.WriteFile(p.caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// misbehave lets the fault happen to the next n requests.
func (p *s3Proxy) misbehave(n int, fault func(w http.ResponseWriter, r *http.Request)) {
	p.left.Store(0)
	p.fault.Store(&fault)
	p.left.Store(int64(n))
}

func (p *s3Proxy) behave() { p.left.Store(0) }

func answerWith(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
	}
}

// cutOff reads half of what is sent and resets the connection.
func cutOff(w http.ResponseWriter, r *http.Request) {
	io.CopyN(io.Discard, r.Body, r.ContentLength/2)
	hangUp(w)
}

func hangUp(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	c, _, err := h.Hijack()
	if err != nil {
		return
	}
	if t, ok := c.(*tls.Conn); ok {
		if tcp, ok := t.NetConn().(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	}
	c.Close()
}

// A tcpProxy passes connections on and can cut them, between a mailbox and us.
type tcpProxy struct {
	addr   string
	target string
	cutAt  atomic.Int64 // bytes from the server after which the next connections end; 0 for never
	cuts   atomic.Int64 // connections that it is still for
	made   atomic.Int64 // cuts that happened

	mu   sync.Mutex
	open map[net.Conn]bool
}

func newTCPProxy(t *testing.T, target string) *tcpProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tcpProxy{addr: l.Addr().String(), target: target, open: map[net.Conn]bool{}}
	t.Cleanup(func() { l.Close(); p.cutAll() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *tcpProxy) serve(c net.Conn) {
	s, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		c.Close()
		return
	}
	p.mu.Lock()
	p.open[c], p.open[s] = true, true
	p.mu.Unlock()
	end := func() {
		c.Close()
		s.Close()
		p.mu.Lock()
		delete(p.open, c)
		delete(p.open, s)
		p.mu.Unlock()
	}
	var from io.Reader = s
	limit := p.cutAt.Load()
	if limit > 0 && p.cuts.Add(-1) >= 0 {
		from = io.LimitReader(s, limit)
	} else {
		limit = 0
	}
	go func() {
		n, _ := io.Copy(c, from)
		if limit > 0 && n == limit {
			p.made.Add(1)
		}
		end()
	}()
	io.Copy(s, c)
	end()
}

func (p *tcpProxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
}

// childrenOf returns the processes that pid has started.
func childrenOf(pid int) (out []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, f := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// limitFiles makes every write of the process beyond limit bytes of a file
// fail, as a full quota does; -1 lifts it.
func limitFiles(pid int, limit int64) error {
	r := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if limit >= 0 {
		r.Cur = uint64(limit)
	}
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &r, nil)
}
