package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // for the size of scans
	_ "image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
)

// A reading is what a tool made of all samples.
type reading struct {
	texts []string          // of each sample
	words [][]postroom.Word // of each sample, with confidences; only of Postroom
	cpu   time.Duration     // user and system, of all processes it took
}

// A tool reads all samples.
type tool struct {
	name string
	read func(context.Context, []sample) (reading, error)
}

// readPostroom reads the pages and makes a searchable PDF of each file, as filing
// does. Its processes are started and ended within the measured time.
func (b *bench) readPostroom(ctx context.Context, samples []sample) (reading, error) {
	before := usage()
	reader, err := ocr.Open(ocr.Config{Workers: b.workers, CacheDir: filepath.Join(b.dir, "cache")})
	if err != nil {
		return reading{}, err
	}
	out := reading{texts: make([]string, len(samples)), words: make([][]postroom.Word, len(samples))}
	err = b.each(samples, func(i int, s sample) error {
		a := s.attachment()
		info, err := reader.Inspect(ctx, a)
		if err != nil {
			return err
		}
		var pages []ocr.SearchablePage
		var text []string
		for n := range info.Pages {
			page, err := reader.Read(ctx, a, n+1)
			if err != nil {
				return err
			}
			pages = append(pages, ocr.SearchablePage{Attachment: a, Load: func(context.Context) (postroom.Page, error) { return page, nil }})
			text = append(text, page.PlainText())
			out.words[i] = append(out.words[i], page.Words...)
		}
		out.texts[i] = strings.Join(text, "\n")
		_, err = reader.Searchable(ctx, io.Discard, ocr.DocumentMeta{Title: "bench", Created: time.Unix(0, 0), Language: "en-GB", ID: string(s.hash)}, pages)
		return err
	})
	if e := reader.Close(); err == nil {
		err = e
	}
	out.cpu = usage() - before
	return out, err
}

// readTesseract runs one process of tesseract for each file.
func (b *bench) readTesseract(ctx context.Context, samples []sample) (reading, error) {
	before := usage()
	out := reading{texts: make([]string, len(samples))}
	err := b.each(samples, func(i int, s sample) error {
		text, err := output(ctx, "tesseract", s.path, "stdout")
		out.texts[i] = text
		return err
	})
	out.cpu = usage() - before
	return out, err
}

// readOCRmyPDF gives OCRmyPDF all TIFFs as one file, since it shares out the
// pages of a file itself and its start takes long; other pictures, which can't be
// put together without changing them, one by one.
func (b *bench) readOCRmyPDF(ctx context.Context, samples []sample) (reading, error) {
	before := usage()
	out := reading{texts: make([]string, len(samples))}
	var together, single []int
	for i, s := range samples {
		if s.media == postroom.TIFF {
			together = append(together, i)
		} else {
			single = append(single, i)
		}
	}
	if len(together) > 0 {
		if err := b.ocrmypdfTogether(ctx, samples, together, out.texts); err != nil {
			return out, err
		}
	}
	rest := make([]sample, len(single))
	for k, i := range single {
		rest[k] = samples[i]
	}
	err := b.each(rest, func(k int, s sample) error {
		base := filepath.Join(b.dir, fmt.Sprintf("ocrmypdf%04d", k))
		args := ocrmypdfArgs(1, base)
		if dpi := guessDPI(s.path); dpi > 0 {
			args = append(args, "--image-dpi", strconv.Itoa(dpi))
		}
		if _, err := output(ctx, "ocrmypdf", append(args, s.path, base+".pdf")...); err != nil {
			return err
		}
		text, err := os.ReadFile(base + ".txt")
		out.texts[single[k]] = string(text)
		return err
	})
	out.cpu = usage() - before
	return out, err
}

func ocrmypdfArgs(jobs int, base string) []string {
	return []string{"-q", "-j" + strconv.Itoa(jobs), "--deskew", "--clean", "--rotate-pages", "--output-type", "pdf", "--sidecar", base + ".txt"}
}

func (b *bench) ocrmypdfTogether(ctx context.Context, samples []sample, which []int, texts []string) error {
	base := filepath.Join(b.dir, "ocrmypdf")
	var args []string
	pages := make([]int, len(which))
	for k, i := range which {
		n, err := countPages(samples[i].path)
		if err != nil {
			return fmt.Errorf("count the pages of %s: %w", filepath.Base(samples[i].path), err)
		}
		pages[k] = n
		args = append(args, samples[i].path)
	}
	if _, err := output(ctx, "tiffcp", append(args, base+".tif")...); err != nil {
		return err
	}
	if _, err := output(ctx, "ocrmypdf", append(ocrmypdfArgs(b.workers, base), base+".tif", base+".pdf")...); err != nil {
		return err
	}
	text, err := os.ReadFile(base + ".txt")
	if err != nil {
		return err
	}
	parts := strings.Split(string(text), "\f")
	for k, i := range which {
		n := min(pages[k], len(parts))
		texts[i] = strings.Join(parts[:n], "\n")
		parts = parts[n:]
	}
	return nil
}

// guessDPI is the resolution at which the picture is as wide as A4; OCRmyPDF
// refuses pictures that state none.
func guessDPI(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		return 0
	}
	return int(math.Round(float64(min(c.Width, c.Height)) / 8.27))
}

// each calls f for the samples, as many at once as there are workers.
func (b *bench) each(samples []sample, f func(i int, s sample) error) error {
	next := make(chan int)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	for range b.workers {
		all.Go(func() {
			for i := range next {
				if err := f(i, samples[i]); err != nil {
					mu.Lock()
					failed = append(failed, fmt.Errorf("%s: %w", filepath.Base(samples[i].path), err))
					mu.Unlock()
				}
			}
		})
	}
	for i := range samples {
		next <- i
	}
	close(next)
	all.Wait()
	return errors.Join(failed...)
}

// output runs a program and returns what it printed.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
