package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/testdata/mutate"
)

// More than the usual number, and others, are tried with
//
//	go test ./cmd/postroom -run '^TestMutatedFiles$' -mutated 5000 -mutation-seed 7 -timeout 0
var (
	mutated      = flag.Int("mutated", 322, "how many hostile files TestMutatedFiles makes")
	mutationSeed = flag.Uint64("mutation-seed", 1, "the seed of the first of them")
	keepMutated  = flag.String("keep-mutated", "", "keep files that are not borne in this folder")
)

// The limits of this test are lower than those of a practice, so that what is
// slow is not slow here.
const (
	mutatedPageTime = 2 * time.Second
	mutatedPages    = 3 // of a file that are read
	// A page that waits for the processor has four times as long, and ten seconds; the
	// rest is for a machine that has other work.
	mutatedLongest = 4*mutatedPageTime + 10*time.Second + 20*time.Second
)

// Whatever arrives, its reading ends: with pages, or with a plain reason why not.
func TestMutatedFiles(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	const workers = 2
	r, err := ocr.Open(ocr.Config{
		Workers: workers, CacheDir: filepath.Join(cache, "postroom-test"), Log: slog.New(slog.DiscardHandler),
		Limits: ocr.Limits{PageTime: mutatedPageTime, Memory: 512 << 20, MaxPages: 2000},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sound := func() {
		t.Helper()
		for kind, samples := range mutate.Samples() {
			name := "sample." + kind
			if kind == "dat" {
				name = "winmail.dat"
			}
			for _, data := range samples {
				if _, pages, err := bear(t, r, mutate.File{Name: name, Data: data}); err != nil || pages == 0 {
					t.Errorf("a sound file %s gave %d pages, %v", name, pages, err)
				}
			}
		}
	}
	sound()

	var mu sync.Mutex
	var read, refused int
	reasons := map[string]int{}
	next := make(chan int)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for n := range next {
				f := mutate.Make(*mutationSeed, n)
				said, pages, err := bear(t, r, f)
				mu.Lock()
				if err != nil {
					t.Errorf("%s (%s): %v", f.Name, f.Why, err)
					if *keepMutated != "" {
						os.WriteFile(filepath.Join(*keepMutated, filepath.Base(f.Name)), f.Data, 0o600)
					}
				}
				if pages > 0 {
					read++
				} else {
					refused++
				}
				for _, s := range said {
					reasons[s]++
				}
				mu.Unlock()
			}
		})
	}
	for n := range *mutated {
		next <- n
	}
	close(next)
	all.Wait()
	t.Logf("%d hostile files: pages of %d could be read, %d were refused", *mutated, read, refused)
	for reason, n := range reasons {
		t.Logf("%5d  %s", n, reason)
	}
	// Too soft or too hard mutations would show nothing.
	if read < *mutated/10 || refused < *mutated/10 {
		t.Errorf("of %d files %d were read and %d refused", *mutated, read, refused)
	}
	sound()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 150<<20 {
		t.Errorf("the program holds %d MiB when all is done", m.HeapAlloc>>20)
	}
}

// bear takes a file the way that arrivals go, and returns the reasons that were
// given and how many pages were read. Its error is what must not be: an end without a
// reason, or none in time.
func bear(t *testing.T, r *ocr.Reader, f mutate.File) (said []string, pages int, err error) {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	start := time.Now()
	late := func(doing string, limit time.Duration) {
		if d := time.Since(start); d > limit && err == nil {
			err = fmt.Errorf("%s took %s", doing, d)
		}
		start = time.Now()
	}
	m := postroom.Message{Hash: postroom.HashOf(f.Data), Source: "test", Name: f.Name}
	if strings.HasSuffix(f.Name, ".eml") {
		m.Name = ""
	}
	c, err := unpacker{}.Unpack(ctx, m, bytes.NewReader(f.Data), dir)
	if err != nil {
		return nil, 0, fmt.Errorf("unpack: %w", err)
	}
	late("unpacking", mutatedLongest)
	if len(c.Attachments) == 0 && c.Reason == "" && len(c.Leftovers) == 0 {
		return nil, 0, errors.New("nothing came of it and there is no reason")
	}
	if c.Reason != "" {
		said = append(said, c.Reason)
	}
	for _, l := range c.Leftovers {
		said = append(said, l.Reason)
	}
	reason := func(err error) error {
		var p *postroom.Problem
		if !errors.As(err, &p) || p.Kind != postroom.BadInput || p.Reason == "" {
			return fmt.Errorf("it ended without a plain reason: %w", err)
		}
		said = append(said, p.Reason)
		return nil
	}
	for i, a := range c.Attachments {
		if i == mutatedPages {
			break // of thousands, that are all alike
		}
		n, openErr := reader{Reader: r}.Count(ctx, a)
		late("opening", mutatedLongest)
		if openErr != nil {
			if err := reason(openErr); err != nil {
				return said, pages, err
			}
			continue
		}
		for page := 1; page <= min(n, mutatedPages); page++ {
			_, readErr := reader{Reader: r}.Read(ctx, a, page, func(postroom.Hash) (postroom.Page, bool) { return postroom.Page{}, false })
			late("reading a page", mutatedLongest)
			if readErr == nil {
				pages++
			} else if err := reason(readErr); err != nil {
				return said, pages, err
			}
		}
	}
	for _, s := range said {
		if strings.Contains(s, "/tmp") || strings.Contains(s, "0x") || strings.Contains(s, "panic") {
			return said, pages, fmt.Errorf("not a plain reason: %q", s)
		}
	}
	return said, pages, err
}
