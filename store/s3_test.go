package store

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/signer"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func s3Config(server *servers.S3Server, bucket string) S3Config {
	return S3Config{
		Endpoint: server.URL, Region: server.Region, Bucket: bucket, CAFile: server.CAFile,
		AccessKey: server.AccessKey, SecretKey: server.SecretKey, PathStyle: true,
	}
}

func mustOpenS3(t *testing.T, config S3Config) *S3 {
	t.Helper()
	s, err := OpenS3(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onS3 runs a suite on buckets of one server.
func onS3(t *testing.T, suite func(*testing.T, func(*testing.T) Objects), change func(*S3Config)) {
	onServer(t, servers.S3(t), suite, change)
}

func onServer(t *testing.T, server *servers.S3Server, suite func(*testing.T, func(*testing.T) Objects), change func(*S3Config)) {
	suite(t, func(t *testing.T) Objects {
		config := s3Config(server, server.NewBucket("", false))
		change(&config)
		return mustOpenS3(t, config)
	})
}

func TestS3(t *testing.T) { onS3(t, testObjects, func(*S3Config) {}) }
func TestS3WithPrefix(t *testing.T) {
	onS3(t, testObjects, func(c *S3Config) { c.Prefix = "practice/a" })
}
func TestFilerS3(t *testing.T) { onS3(t, testFiler, func(*S3Config) {}) }

// Two prefixes of one bucket are two stores.
func TestS3PrefixesAreApart(t *testing.T) { testS3PrefixesAreApart(t, servers.S3(t)) }

func testS3PrefixesAreApart(t *testing.T, server *servers.S3Server) {
	bucket := server.NewBucket("", false)
	a, b := s3Config(server, bucket), s3Config(server, bucket)
	a.Prefix, b.Prefix = "practice/a", "practice/ab/"
	one, other := mustOpenS3(t, a), mustOpenS3(t, b)
	mustPut(t, one, "letters/x", []byte("one"))
	mustPut(t, other, "letters/x", []byte("other"))
	if got := mustRead(t, one, "letters/x"); string(got) != "one" {
		t.Errorf("%q", got)
	}
	if keys := list(t, one, ""); len(keys) != 1 || keys[0] != "letters/x" {
		t.Errorf("%v", keys)
	}
	info, err := server.Client().StatObject(t.Context(), bucket, "practice/a/letters/x", minio.StatObjectOptions{})
	if err != nil || info.Metadata.Get("X-Amz-Meta-Sha256") != string(postroom.HashOf([]byte("one"))) {
		t.Errorf("in the bucket: %v, %v", info.Metadata, err)
	}
}

// An object that another program put there has no hash with it.
func TestS3ForeignObject(t *testing.T) { testS3ForeignObject(t, servers.S3(t)) }

func testS3ForeignObject(t *testing.T, server *servers.S3Server) {
	bucket := server.NewBucket("", false)
	s := mustOpenS3(t, s3Config(server, bucket))
	if _, err := server.Client().PutObject(t.Context(), bucket, "originals/x", strings.NewReader("foreign"), 7, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Stat(t.Context(), "originals/x"); err != nil || o.Hash != "" || o.Size != 7 {
		t.Errorf("%+v, %v", o, err)
	}
	mustPut(t, s, "originals/x", []byte("foreign"))
	if err := put(s, "originals/x", []byte("f0reign")); !errors.Is(err, ErrExists) {
		t.Errorf("other contents: %v", err)
	}
}

// A faulty server stands between the store and the real one.
type faulty struct {
	*httptest.Server
	target *url.URL
	proxy  *httputil.ReverseProxy
	// fault answers a request itself and returns true, or lets it through.
	fault atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

func newFaulty(t *testing.T, server *servers.S3Server) *faulty {
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{target: target, proxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is part of the signature
		},
		Transport:    &http.Transport{TLSClientConfig: server.TLS(), DisableCompression: true},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) { w.WriteHeader(http.StatusBadGateway) },
	}}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := f.fault.Load(); fault == nil || !(*fault)(w, r) {
			f.proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *faulty) set(fault func(http.ResponseWriter, *http.Request) bool) { f.fault.Store(&fault) }

// first applies a fault to the first n requests of a method.
func (f *faulty) first(n int64, method string, fault func(http.ResponseWriter, *http.Request)) *atomic.Int64 {
	var count atomic.Int64
	f.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || count.Add(1) > n {
			return false
		}
		fault(w, r)
		return true
	})
	return &count
}

func (f *faulty) open(t *testing.T, config S3Config) *S3 {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	config.Endpoint, config.CAFile = f.URL, ca
	return mustOpenS3(t, config)
}

func hangUp(w http.ResponseWriter) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		c.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

// A recorder keeps an answer back.
func (f *faulty) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.proxy.ServeHTTP(w, r)
	return w
}

func (f *faulty) deny(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
	}
}

const big = 20 << 20 // more than goes up in one request from a stream

func TestS3Faults(t *testing.T) { testS3Faults(t, servers.S3(t)) }

func testS3Faults(t *testing.T, server *servers.S3Server) {
	proxy := newFaulty(t, server)
	open := func(t *testing.T) (*S3, *S3) {
		config := s3Config(server, server.NewBucket("", false))
		config.Tries = 3
		config.Timeout = 5 * time.Second
		direct := mustOpenS3(t, config)
		proxy.fault.Store(nil)
		return proxy.open(t, config), direct
	}
	stream := func(b []byte) io.Reader { return struct{ io.Reader }{bytes.NewReader(b)} }

	t.Run("a few errors are ridden out", func(t *testing.T) {
		s, _ := open(t)
		for _, status := range []int{500, 502, 503, 504, 429} {
			key := "work/" + http.StatusText(status)[:1] + time.Now().Format("150405.000000")
			for method, do := range map[string]func() error{
				"PUT":  func() error { return put(s, key, []byte("x")) },
				"HEAD": func() error { _, err := s.Stat(t.Context(), key); return err },
				"GET":  func() error { return Verify(t.Context(), s, key, postroom.HashOf([]byte("x"))) },
			} {
				if method != "PUT" {
					proxy.fault.Store(nil)
					mustPut(t, s, key, []byte("x"))
				}
				count := proxy.first(2, method, proxy.deny(status))
				if err := do(); err != nil || count.Load() < 3 {
					t.Errorf("%s answered %d twice: %v after %d", method, status, err, count.Load())
				}
			}
		}
	})

	t.Run("lasting errors are temporary", func(t *testing.T) {
		s, direct := open(t)
		for _, status := range []int{500, 503} {
			proxy.first(1<<60, "PUT", proxy.deny(status))
			if err := put(s, "letters/x", []byte("x")); kindOf(err) != postroom.Temporary {
				t.Errorf("%d: %v", status, err)
			}
			b := pattern(big)
			proxy.first(1<<60, "POST", proxy.deny(status))
			if err := s.Put(t.Context(), "letters/x", stream(b), big, postroom.HashOf(b)); kindOf(err) != postroom.Temporary {
				t.Errorf("%d for parts: %v", status, err)
			}
		}
		proxy.first(1<<60, "GET", proxy.deny(503))
		if _, err := s.Open(t.Context(), "letters/x"); kindOf(err) != postroom.Temporary {
			t.Errorf("Open: %v", err)
		}
		if err := s.List(t.Context(), "", func(postroom.Object) error { return nil }); kindOf(err) != postroom.Temporary {
			t.Errorf("List: %v", err)
		}
		proxy.first(1<<60, "HEAD", proxy.deny(503))
		if _, err := s.Stat(t.Context(), "letters/x"); kindOf(err) != postroom.Temporary || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat: %v", err)
		}
		if keys := list(t, direct, ""); len(keys) != 0 {
			t.Errorf("left %v", keys)
		}
	})

	t.Run("upload cut off half way", func(t *testing.T) {
		s, direct := open(t)
		b := pattern(3 << 20)
		cut := func(w http.ResponseWriter, r *http.Request) {
			io.CopyN(io.Discard, r.Body, r.ContentLength/2)
			hangUp(w)
		}
		proxy.first(2, "PUT", cut)
		mustPut(t, s, "work/cut", b)
		proxy.first(1<<60, "PUT", cut)
		if err := put(s, "work/cut2", b); kindOf(err) != postroom.Temporary {
			t.Errorf("cut again and again: %v", err)
		}
		large := pattern(big)
		if err := s.Put(t.Context(), "work/parts", stream(large), big, postroom.HashOf(large)); kindOf(err) != postroom.Temporary {
			t.Errorf("parts cut again and again: %v", err)
		}
		if keys := list(t, direct, ""); len(keys) != 1 {
			t.Errorf("left %v", keys)
		}
		proxy.first(2, "PUT", cut)
		if err := s.Put(t.Context(), "work/parts", stream(large), big, postroom.HashOf(large)); err != nil {
			t.Errorf("parts cut twice: %v", err)
		}
		if err := Verify(t.Context(), direct, "work/parts", postroom.HashOf(large)); err != nil {
			t.Error(err)
		}
		noUploads(t, server, s.config.Bucket)
	})

	t.Run("answer lost", func(t *testing.T) {
		s, direct := open(t)
		lose := func(w http.ResponseWriter, r *http.Request) {
			proxy.answer(r)
			hangUp(w)
		}
		proxy.first(1, "PUT", lose)
		mustPut(t, s, "work/a", []byte("written, and the answer was lost"))
		proxy.first(1, "PUT", lose)
		if err := put(s, "work/a", []byte("other")); !errors.Is(err, ErrExists) {
			t.Errorf("other contents: %v", err)
		}
		large := pattern(big)
		completes := 0
		proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == "POST" && r.URL.Query().Has("uploadId") {
				if completes++; completes == 1 {
					lose(w, r)
					return true
				}
			}
			return false
		})
		if err := s.Put(t.Context(), "work/large", stream(large), big, postroom.HashOf(large)); err != nil {
			t.Errorf("the last answer of an upload in parts was lost: %v", err)
		}
		if completes < 1 {
			t.Error("it did not go up in parts")
		}
		if err := Verify(t.Context(), direct, "work/large", postroom.HashOf(large)); err != nil {
			t.Error(err)
		}
		noUploads(t, server, s.config.Bucket)
	})

	t.Run("a bit flipped on the way", func(t *testing.T) {
		s, direct := open(t)
		b := pattern(100_000)
		flip := func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			body[len(body)/2] ^= 1
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.proxy.ServeHTTP(w, r)
		}
		proxy.first(1<<60, "PUT", flip)
		if err := put(s, "work/flip", b); kindOf(err) != postroom.Temporary {
			t.Errorf("%v", err)
		}
		large := pattern(big)
		if err := s.Put(t.Context(), "work/flip", stream(large), big, postroom.HashOf(large)); err == nil {
			t.Error("a part with a flipped bit was accepted")
		}
		if keys := list(t, direct, ""); len(keys) != 0 {
			t.Errorf("it left %v", keys)
		}
	})

	t.Run("download cut off", func(t *testing.T) {
		s, direct := open(t)
		b := pattern(3 << 20)
		mustPut(t, direct, "work/cut", b)
		half := func(w http.ResponseWriter, r *http.Request) {
			a := proxy.answer(r)
			for k, v := range a.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(a.Code)
			w.Write(a.Body.Bytes()[:a.Body.Len()/2])
			w.(http.Flusher).Flush()
			hangUp(w)
		}
		count := proxy.first(5, "GET", half)
		if got := mustRead(t, s, "work/cut"); !bytes.Equal(got, b) || count.Load() < 6 {
			t.Errorf("%d bytes after %d requests", len(got), count.Load())
		}
		started := false
		proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != "GET" {
				return false
			}
			if started {
				hangUp(w)
			} else {
				started = true
				half(w, r)
			}
			return true
		})
		r, err := s.Open(t.Context(), "work/cut")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if n, err := io.Copy(io.Discard, r); kindOf(err) != postroom.Temporary || n >= int64(len(b)) {
			t.Errorf("cut for good: %d bytes, %v", n, err)
		}
		if _, err := r.Read(make([]byte, 10)); err == nil || err == io.EOF {
			t.Errorf("reading on: %v", err)
		}
	})

	t.Run("silence", func(t *testing.T) {
		s, direct := open(t)
		mustPut(t, direct, "letters/x", pattern(1<<20))
		s.config.Timeout = 300 * time.Millisecond
		wait := make(chan struct{})
		var once atomic.Bool
		defer func() {
			if once.CompareAndSwap(false, true) {
				close(wait)
			}
		}()
		proxy.set(func(w http.ResponseWriter, r *http.Request) bool { <-wait; return true })
		for name, do := range map[string]func() error{
			"Put":    func() error { return put(s, "work/y", []byte("y")) },
			"Stat":   func() error { _, err := s.Stat(t.Context(), "letters/x"); return err },
			"Open":   func() error { _, err := s.Open(t.Context(), "letters/x"); return err },
			"List":   func() error { return s.List(t.Context(), "", func(postroom.Object) error { return nil }) },
			"Remove": func() error { return s.Remove(t.Context(), "letters/x") },
			"Check":  func() error { return s.Check(t.Context()) },
		} {
			start := time.Now()
			err := do()
			if kindOf(err) != postroom.Temporary || !strings.Contains(postroom.ReasonOf(err, ""), "in time") || time.Since(start) > 3*time.Second {
				t.Errorf("%s: %v after %s", name, err, time.Since(start))
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			if _, err := s.Stat(ctx, "letters/x"); !errors.Is(err, context.DeadlineExceeded) || kindOf(err) != 0 {
				t.Errorf("the caller's own deadline: %v", err)
			}
			cancel()
		}
		// Silence in the middle of a download.
		proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
			a := proxy.answer(r)
			for k, v := range a.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(a.Code)
			w.Write(a.Body.Bytes()[:1000])
			w.(http.Flusher).Flush()
			<-wait
			return true
		})
		r, err := s.Open(t.Context(), "letters/x")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := io.Copy(io.Discard, r); kindOf(err) != postroom.Temporary {
			t.Errorf("silence in a download: %v", err)
		}
		once.Store(true)
		close(wait)
	})

	t.Run("server away and back", func(t *testing.T) {
		config := s3Config(server, server.NewBucket("", false))
		config.Tries = 2
		s := mustOpenS3(t, config)
		mustPut(t, s, "originals/a", []byte("a"))
		server.Kill()
		if err := put(s, "originals/b", []byte("b")); kindOf(err) != postroom.Temporary {
			t.Errorf("away: %v", err)
		}
		if _, err := s.Stat(t.Context(), "originals/a"); kindOf(err) != postroom.Temporary || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("away: %v", err)
		}
		server.Restart()
		mustPut(t, s, "originals/b", []byte("b"))
		if got := mustRead(t, s, "originals/a"); string(got) != "a" {
			t.Errorf("back: %q", got)
		}
	})
}

func noUploads(t *testing.T, server *servers.S3Server, bucket string) {
	t.Helper()
	for u := range server.Client().ListIncompleteUploads(t.Context(), bucket, "", true) {
		t.Errorf("an upload was left: %s, %v", u.Key, u.Err)
	}
}

// A server that does not honour If-None-Match is found by Check.
func TestS3CheckFindsOverwriting(t *testing.T) {
	server := servers.S3(t)
	proxy := newFaulty(t, server)
	s := proxy.open(t, s3Config(server, server.NewBucket("", false)))
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	stripped := 0
	proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("If-None-Match") != "" {
			stripped++
			r.Header.Del("If-None-Match")
			r.Header.Del("Authorization")
			r.URL.Host = r.Host // as the client signs it
			*r = *signer.SignV4(*r, server.AccessKey, server.SecretKey, "", server.Region)
		}
		return false
	})
	if err := s.Check(t.Context()); kindOf(err) != postroom.Misconfigured || !strings.Contains(err.Error(), "overwritten") || stripped == 0 {
		t.Errorf("%v (%d conditions taken away)", err, stripped)
	}
}

// versitygw accepts the wish for encryption and ignores it, as other servers do.
func TestS3WritesNothingUnencrypted(t *testing.T) {
	server := servers.S3(t)
	for _, encryption := range []string{"sse-s3", "sse-kms"} {
		config := s3Config(server, server.NewBucket("", false))
		config.Encryption, config.KMSKey = encryption, "key"
		s := mustOpenS3(t, config)
		for range 2 {
			if err := put(s, "originals/secret", []byte("secret")); kindOf(err) != postroom.Misconfigured || !strings.Contains(err.Error(), "encrypt") {
				t.Errorf("%s: %v", encryption, err)
			}
		}
		if err := s.Check(t.Context()); kindOf(err) != postroom.Misconfigured {
			t.Errorf("%s: Check: %v", encryption, err)
		}
		if keys := list(t, s, "originals/"); len(keys) != 0 {
			t.Errorf("%s: %v was written", encryption, keys)
		}
	}
}

// With a server that says that it encrypts, writing goes on, asks once only,
// and carries the wish with each object.
func TestS3Encrypted(t *testing.T) {
	server := servers.S3(t)
	proxy := newFaulty(t, server)
	config := s3Config(server, server.NewBucket("", false))
	config.Encryption = "sse-s3"
	s := proxy.open(t, config)
	puts, heads := 0, 0
	proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == "PUT" {
			puts++
			if r.Header.Get("X-Amz-Server-Side-Encryption") != "AES256" {
				t.Errorf("put %s without the wish", r.URL.Path)
			}
		}
		if r.Method == "HEAD" {
			heads++
			w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
		}
		return false
	})
	mustPut(t, s, "originals/a", []byte("a"))
	mustPut(t, s, "originals/b", []byte("b"))
	if puts != 3 || heads != 1 {
		t.Errorf("%d puts and %d heads for two objects and one test", puts, heads)
	}
}

func TestS3ObjectLock(t *testing.T) { testS3ObjectLock(t, servers.S3(t)) }

func testS3ObjectLock(t *testing.T, server *servers.S3Server) {
	config := s3Config(server, server.NewBucket("", true))
	config.Retention, config.RetentionDays, config.AllowRemoval = "governance", 2, true
	s := mustOpenS3(t, config)
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := pattern(big)
	for key, body := range map[string]io.Reader{
		"originals/a": bytes.NewReader([]byte("a")), "documents/large": struct{ io.Reader }{bytes.NewReader(b)}, "work/a": bytes.NewReader([]byte("a")),
	} {
		size, sum := int64(1), postroom.HashOf([]byte("a"))
		if key == "documents/large" {
			size, sum = big, postroom.HashOf(b)
		}
		if err := s.Put(t.Context(), key, body, size, sum); err != nil {
			t.Fatal(err)
		}
		info, err := server.Client().StatObject(t.Context(), config.Bucket, key, minio.StatObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		err = server.Client().RemoveObject(t.Context(), config.Bucket, key, minio.RemoveObjectOptions{VersionID: info.VersionID})
		if locked := !strings.HasPrefix(key, "work/"); locked != (err != nil) {
			t.Errorf("removing the version of %s: %v", key, err)
		}
	}

	config.Bucket = server.NewBucket("", false)
	s = mustOpenS3(t, config)
	if err := s.Check(t.Context()); kindOf(err) != postroom.Misconfigured || !strings.Contains(err.Error(), "lock") {
		t.Errorf("a bucket without object lock: %v", err)
	}
	if err := put(s, "originals/a", []byte("a")); kindOf(err) != postroom.Misconfigured {
		t.Errorf("writing to it: %v", err)
	}
	if keys := list(t, s, "originals/"); len(keys) != 0 {
		t.Errorf("%v was written without a lock", keys)
	}
}

func TestS3SaysWhatIsWrong(t *testing.T) {
	server := servers.S3(t)
	good := s3Config(server, server.NewBucket("", false))
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, c := range map[string]struct {
		change func(*S3Config)
		says   string
	}{
		"no such bucket": {func(c *S3Config) { c.Bucket = "nothing-here" }, "does not exist"},
		"unknown key":    {func(c *S3Config) { c.AccessKey = "somebody" }, "access key"},
		"wrong secret":   {func(c *S3Config) { c.SecretKey = "wrong-secret" }, "access key"},
		"unknown CA":     {func(c *S3Config) { c.CAFile = "" }, "authority"},
		"no TLS there":   {func(c *S3Config) { c.Endpoint = "https://" + plain.Listener.Addr().String() }, "TLS"},
		"not in the certificate": {func(c *S3Config) {
			c.Endpoint = strings.Replace(c.Endpoint, "127.0.0.1", "127.0.0.2", 1)
		}, ""},
	} {
		config := good
		config.Tries = 1
		c.change(&config)
		s, err := OpenS3(config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		err = s.Check(t.Context())
		if c.says == "" {
			if err == nil {
				t.Errorf("%s: accepted", name)
			}
			continue
		}
		if kindOf(err) != postroom.Misconfigured || !strings.Contains(postroom.ReasonOf(err, ""), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), good.SecretKey) || strings.Contains(err.Error(), "wrong-secret") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

func TestOpenS3Refuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := S3Config{Endpoint: "s3.example:9000", Bucket: "b", AccessKey: "a", SecretKey: "hidden-value"}
	if _, err := OpenS3(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*S3Config){
		"no endpoint":         func(c *S3Config) { c.Endpoint = "" },
		"a path":              func(c *S3Config) { c.Endpoint = "https://s3.example/bucket" },
		"another scheme":      func(c *S3Config) { c.Endpoint = "ftp://s3.example" },
		"keys in it":          func(c *S3Config) { c.Endpoint = "https://a:hidden-value@s3.example" },
		"no URL":              func(c *S3Config) { c.Endpoint = "https://a:hidden-value\x7f@s3.example" },
		"no TLS":              func(c *S3Config) { c.Endpoint = "http://s3.example" },
		"no bucket":           func(c *S3Config) { c.Bucket = "" },
		"a prefix upwards":    func(c *S3Config) { c.Prefix = "../x" },
		"half a key":          func(c *S3Config) { c.SecretKey = "" },
		"no CA file":          func(c *S3Config) { c.CAFile = empty + "x" },
		"an empty CA file":    func(c *S3Config) { c.CAFile = empty },
		"unknown encryption":  func(c *S3Config) { c.Encryption = "rot13" },
		"no key to encrypt":   func(c *S3Config) { c.Encryption = "sse-kms" },
		"unknown retention":   func(c *S3Config) { c.Retention = "forever" },
		"retention of 0 days": func(c *S3Config) { c.Retention = "governance" },
	} {
		config := good
		change(&config)
		_, err := OpenS3(config)
		if kindOf(err) != postroom.Misconfigured || strings.Contains(err.Error(), "hidden-value") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenS3(S3Config{Endpoint: "http://127.0.0.1:9000", Bucket: "b"}); err != nil {
		t.Errorf("plain HTTP on this machine: %v", err)
	}
}
