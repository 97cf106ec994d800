package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/postroom/postroom"
)

// testObjects holds an implementation of Objects to its promises. open returns
// an empty store each time.
func testObjects(t *testing.T, open func(*testing.T) Objects) {
	t.Run("put and open", func(t *testing.T) {
		s := open(t)
		for _, size := range []int{0, 1, 511, 512, 4096, 1 << 20} {
			key := fmt.Sprintf("documents/2026/03/12/d%d/document.pdf", size)
			want := pattern(size)
			mustPut(t, s, key, want)
			if got := mustRead(t, s, key); !bytes.Equal(got, want) {
				t.Errorf("%d bytes came back as %d others", size, len(got))
			}
			o, err := s.Stat(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if o.Key != key || o.Size != int64(size) {
				t.Errorf("Stat: %+v", o)
			}
			if o.Hash != "" && o.Hash != postroom.HashOf(want) {
				t.Errorf("Stat gives the SHA-256 %s", o.Hash)
			}
			if age := time.Since(o.Modified); age < -time.Minute || age > time.Hour || o.Modified.Location() != time.UTC {
				t.Errorf("written at %s", o.Modified)
			}
		}
	})

	t.Run("large", func(t *testing.T) {
		s := open(t)
		want := pattern(30<<20 + 7)
		sum := postroom.HashOf(want)
		key := postroom.OriginalKey(sum)
		// Once from a stream, once from a file.
		if err := s.Put(t.Context(), key, iotest.OneByteReader(io.LimitReader(bytes.NewReader(nil), 0)), int64(len(want)), sum); !errors.Is(err, ErrBody) {
			t.Fatalf("an empty body for 30 MB: %v", err)
		}
		if err := s.Put(t.Context(), key, struct{ io.Reader }{bytes.NewReader(want)}, int64(len(want)), sum); err != nil {
			t.Fatal(err)
		}
		if got := mustRead(t, s, key); !bytes.Equal(got, want) {
			t.Fatal("other bytes came back")
		}
		mustPut(t, s, key, want)
		mustPut(t, s, "documents/large", want)
		if err := Verify(t.Context(), s, "documents/large", sum); err != nil {
			t.Error(err)
		}
		other := slices.Clone(want)
		other[len(other)-1]++
		for _, body := range []io.Reader{bytes.NewReader(other), struct{ io.Reader }{bytes.NewReader(other)}} {
			if err := s.Put(t.Context(), "documents/large", body, int64(len(other)), postroom.HashOf(other)); !errors.Is(err, ErrExists) {
				t.Errorf("other 30 MB under the same key: %v", err)
			}
		}
		other[len(other)-1]++ // not what its hash says
		for _, body := range []io.Reader{bytes.NewReader(other), struct{ io.Reader }{bytes.NewReader(other)}} {
			if err := s.Put(t.Context(), "documents/broken", body, int64(len(other)), sum); !errors.Is(err, ErrBody) {
				t.Errorf("a large wrong body: %v", err)
			}
		}
		if keys := list(t, s, ""); !slices.Equal(keys, []string{"documents/large", key}) {
			t.Errorf("the store holds %v", keys)
		}
	})

	t.Run("same key twice", func(t *testing.T) {
		s := open(t)
		mustPut(t, s, "documents/a", []byte("first"))
		mustPut(t, s, "documents/a", []byte("first"))
		for _, other := range []string{"other", "longer than it", ""} {
			err := put(s, "documents/a", []byte(other))
			if !errors.Is(err, ErrExists) || !postroom.IsBadInput(err) {
				t.Errorf("put %q over it: %v", other, err)
			}
		}
		if got := mustRead(t, s, "documents/a"); string(got) != "first" {
			t.Errorf("it reads %q now", got)
		}
	})

	t.Run("twenty writers at once", func(t *testing.T) {
		s := open(t)
		for round := range 5 {
			key := fmt.Sprintf("documents/race%d", round)
			results := make([]error, 20)
			var start, done sync.WaitGroup
			start.Add(1)
			for i := range results {
				done.Go(func() {
					start.Wait()
					results[i] = put(s, key, []byte(strings.Repeat(fmt.Sprint(i%4), 3000)))
				})
			}
			start.Done()
			done.Wait()
			won := string(mustRead(t, s, key))
			for i, err := range results {
				if strings.Repeat(fmt.Sprint(i%4), 3000) == won {
					if err != nil {
						t.Errorf("writer %d had the same contents: %v", i, err)
					}
				} else if !errors.Is(err, ErrExists) {
					t.Errorf("writer %d had other contents: %v", i, err)
				}
			}
		}
	})

	t.Run("bad bodies leave nothing", func(t *testing.T) {
		s := open(t)
		broken := errors.New("the line broke")
		b := pattern(100_000)
		sum := postroom.HashOf(b)
		for name, c := range map[string]struct {
			body io.Reader
			size int64
			sum  postroom.Hash
			want error
		}{
			"fails half way":    {io.MultiReader(bytes.NewReader(b[:50_000]), iotest.ErrReader(broken)), 100_000, sum, broken},
			"fails at the end":  {io.MultiReader(bytes.NewReader(b), iotest.ErrReader(broken)), 100_000, sum, broken},
			"short":             {bytes.NewReader(b[:99_999]), 100_000, sum, ErrBody},
			"long":              {bytes.NewReader(b), 99_999, postroom.HashOf(b[:99_999]), ErrBody},
			"other bytes":       {bytes.NewReader(pattern(100_001)[1:]), 100_000, sum, ErrBody},
			"empty":             {bytes.NewReader(nil), 100_000, sum, ErrBody},
			"not empty":         {bytes.NewReader(b), 0, postroom.HashOf(nil), ErrBody},
			"size below nought": {bytes.NewReader(b), -1, sum, ErrBody},
			"no hash":           {bytes.NewReader(b), 100_000, "", ErrBody},
			"no hash at all":    {bytes.NewReader(b), 100_000, postroom.Hash(strings.Repeat("G", 64)), ErrBody},
		} {
			if err := s.Put(t.Context(), "documents/bad", c.body, c.size, c.sum); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.Stat(t.Context(), "documents/bad"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: something is there: %v", name, err)
			}
		}
		mustPut(t, s, "documents/bad", b)
		if keys := list(t, s, ""); len(keys) != 1 {
			t.Errorf("the store holds %v", keys)
		}
	})

	t.Run("cancelled", func(t *testing.T) {
		s := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		b := pattern(1 << 20)
		body := io.MultiReader(bytes.NewReader(b[:1<<19]), readFunc(func(p []byte) (int, error) {
			cancel()
			return copy(p, b[1<<19:]), nil
		}))
		if err := s.Put(ctx, "documents/c", body, int64(len(b)), postroom.HashOf(b)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled half way: %v", err)
		}
		if keys := list(t, s, ""); len(keys) != 0 {
			t.Errorf("the store holds %v", keys)
		}
		mustPut(t, s, "documents/c", b)
		if err := s.Put(ctx, "documents/c2", bytes.NewReader(b), int64(len(b)), postroom.HashOf(b)); !errors.Is(err, context.Canceled) {
			t.Errorf("Put: %v", err)
		}
		if _, err := s.Open(ctx, "documents/c"); !errors.Is(err, context.Canceled) {
			t.Errorf("Open: %v", err)
		}
		if _, err := s.Stat(ctx, "documents/c"); !errors.Is(err, context.Canceled) {
			t.Errorf("Stat: %v", err)
		}
		if err := s.List(ctx, "", func(postroom.Object) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("List: %v", err)
		}
		reading, stop := context.WithCancel(t.Context())
		r, err := s.Open(reading, "documents/c")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		stop()
		if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
			t.Errorf("reading on: %v", err)
		}
	})

	t.Run("missing", func(t *testing.T) {
		s := open(t)
		mustPut(t, s, "documents/a/b", []byte("x"))
		for _, key := range []string{"documents/a/c", "documents/a", "documents", "documents/a/b/c", "nothing"} {
			if _, err := s.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Open %s: %v", key, err)
			}
			if _, err := s.Stat(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Stat %s: %v", key, err)
			}
		}
		if err := Verify(t.Context(), s, "nothing", postroom.HashOf(nil)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Verify: %v", err)
		}
		if err := s.Remove(t.Context(), "work/nothing"); err != nil {
			t.Errorf("Remove: %v", err)
		}
	})

	t.Run("keys", func(t *testing.T) {
		s := open(t)
		long := strings.Repeat("x", 200)
		good := []string{"a", "A-b_c.d=e", "0/1/2/3/4/5/6/7/8/9", "a..b/c..", "-", long + "/" + long, "work/a-b", "work/a/b", "work/a.b", "work/a0", "work/A"}
		for _, key := range good {
			mustPut(t, s, key, []byte(key))
		}
		slices.Sort(good)
		if got := list(t, s, ""); !slices.Equal(got, good) {
			t.Errorf("listed\n%v, not\n%v", got, good)
		}
		for _, key := range []string{
			"", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".tmp/x", "a/.hidden",
			"a b", "a\\b", "a\x00b", "a\nb", "ä", "a:b", "a?b", "a#b", "a%2e", "a*", "~", "a+b",
			long + "x", strings.Repeat("a/", 451),
		} {
			if err := put(s, key, nil); !postroom.IsBadInput(err) {
				t.Errorf("put %q: %v", key, err)
			}
			if _, err := s.Open(t.Context(), key); !postroom.IsBadInput(err) {
				t.Errorf("open %q: %v", key, err)
			}
			if _, err := s.Stat(t.Context(), key); !postroom.IsBadInput(err) {
				t.Errorf("stat %q: %v", key, err)
			}
			if err := s.Remove(t.Context(), key); !postroom.IsBadInput(err) {
				t.Errorf("remove %q: %v", key, err)
			}
		}
		for _, prefix := range []string{"/", "../", ".tmp/", "a//", "a b"} {
			if err := s.List(t.Context(), prefix, func(postroom.Object) error { return nil }); !postroom.IsBadInput(err) {
				t.Errorf("list %q: %v", prefix, err)
			}
		}
	})

	t.Run("prefixes", func(t *testing.T) {
		s := open(t)
		for _, key := range []string{"m/2026/03/12/a", "m/2026/03/12/b", "m/2026/03/13/a", "m/2026/031/a", "m/2026/03", "m2/a"} {
			if key == "m/2026/03" {
				continue // a folder cannot be a file too
			}
			mustPut(t, s, key, []byte(key))
		}
		for prefix, want := range map[string][]string{
			"m/2026/03/12/":   {"m/2026/03/12/a", "m/2026/03/12/b"},
			"m/2026/03/12":    {"m/2026/03/12/a", "m/2026/03/12/b"},
			"m/2026/03/12/b":  {"m/2026/03/12/b"},
			"m/2026/03/1":     {"m/2026/03/12/a", "m/2026/03/12/b", "m/2026/03/13/a"},
			"m/2026/03":       {"m/2026/03/12/a", "m/2026/03/12/b", "m/2026/03/13/a", "m/2026/031/a"},
			"m/2026/03/":      {"m/2026/03/12/a", "m/2026/03/12/b", "m/2026/03/13/a"},
			"m":               {"m/2026/03/12/a", "m/2026/03/12/b", "m/2026/03/13/a", "m/2026/031/a", "m2/a"},
			"m/":              {"m/2026/03/12/a", "m/2026/03/12/b", "m/2026/03/13/a", "m/2026/031/a"},
			"n":               nil,
			"m/2027/":         nil,
			"m/2026/03/12/a/": nil,
		} {
			if got := list(t, s, prefix); !slices.Equal(got, want) {
				t.Errorf("%q lists %v, not %v", prefix, got, want)
			}
		}
		stop := errors.New("enough")
		seen := 0
		for give, want := range map[error]error{stop: stop, fs.SkipAll: nil} {
			seen = 0
			if err := s.List(t.Context(), "", func(postroom.Object) error { seen++; return give }); !errors.Is(err, want) || seen != 1 {
				t.Errorf("stopped by %v: %v after %d", give, err, seen)
			}
		}
	})

	t.Run("more than a page", func(t *testing.T) {
		s := open(t)
		var want []string
		var wait sync.WaitGroup
		for w := range 8 {
			wait.Go(func() {
				for i := w; i < 1203; i += 8 {
					if err := put(s, fmt.Sprintf("originals/%04d", i), []byte{byte(i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		for i := range 1203 {
			want = append(want, fmt.Sprintf("originals/%04d", i))
		}
		if got := list(t, s, "originals/"); !slices.Equal(got, want) {
			t.Errorf("listed %d, not %d, or in another order", len(got), len(want))
		}
	})

	t.Run("remove", func(t *testing.T) {
		s := open(t)
		for _, key := range []string{"originals/a", "documents/a", "manifests/a", "work/a"} {
			mustPut(t, s, key, []byte(key))
			err := s.Remove(t.Context(), key)
			if key == "work/a" {
				if err != nil {
					t.Error(err)
				}
				mustPut(t, s, key, []byte("the name is free again"))
				continue
			}
			if !errors.Is(err, ErrKept) {
				t.Errorf("remove %s: %v", key, err)
			}
			if got := mustRead(t, s, key); string(got) != key {
				t.Errorf("%s reads %q", key, got)
			}
		}
		switch s := s.(type) {
		case *Folder:
			s.AllowRemoval = true
		case *Encrypted:
			s.objects.(*Folder).AllowRemoval = true
		case *S3:
			s.config.AllowRemoval = true
		}
		if err := s.Remove(t.Context(), "documents/a"); err != nil {
			t.Error(err)
		}
		if _, err := s.Stat(t.Context(), "documents/a"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})

	t.Run("check", func(t *testing.T) {
		s := open(t)
		for range 2 {
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if keys := list(t, s, ""); len(keys) != 0 {
			t.Errorf("it leaves %v", keys)
		}
	})
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// pattern is n bytes that do not repeat in any block size.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

func put(s Objects, key string, b []byte) error {
	return s.Put(context.Background(), key, bytes.NewReader(b), int64(len(b)), postroom.HashOf(b))
}

func mustPut(t *testing.T, s Objects, key string, b []byte) {
	t.Helper()
	if err := put(s, key, b); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func mustRead(t *testing.T, s Objects, key string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return b
}

func list(t *testing.T, s Objects, prefix string) []string {
	t.Helper()
	var keys []string
	if err := s.List(t.Context(), prefix, func(o postroom.Object) error {
		keys = append(keys, o.Key)
		return nil
	}); err != nil {
		t.Fatalf("list %q: %v", prefix, err)
	}
	return keys
}
