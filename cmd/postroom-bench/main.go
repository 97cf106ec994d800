// Command postroom-bench measures how fast and how well faxes are read, beside
// the programs that a user would pick instead: two parallel processes of
// tesseract (OMP_THREAD_LIMIT=1, which is its fastest), and OCRmyPDF
// (-j2 --deskew --clean --rotate-pages). All read the same pages in the same
// run, in turn, several times; the ratios are what to quote.
//
// The pages are made by the project's own generator from the layouts kept for
// tests. Give another --seed for pages that nobody has seen.
//
// With -memory 500 it measures what "postroom read" and "postroom batch" take for one fax
// of 500 pages instead, and fails when that is more than the 150 MiB of the program and
// the 400 MiB of a reading process that are promised.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/testdata/generate"
)

func main() {
	ocr.RunChildIfAsked()
	var b bench
	flag.IntVar(&b.pages, "pages", 60, "how many pages to read")
	flag.Uint64Var(&b.seed, "seed", 7001, "seed of the pages")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each program reads them all")
	flag.BoolVar(&b.withOCRmyPDF, "ocrmypdf", true, "also run OCRmyPDF (slow; once)")
	memory := flag.Int("memory", 0, "measure memory instead, over a fax of so `many` sparse pages")
	kinds := flag.String("kinds", "tif,pdf", "kinds of file for -memory")
	flag.Parse()
	err := error(nil)
	if *memory > 0 {
		err = b.measureMemory(context.Background(), *memory, strings.Split(*kinds, ","))
	} else {
		err = b.run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// A sample is one page as a file of its own, with what stands on it.
type sample struct {
	class string // resolution and quality
	path  string
	hash  postroom.Hash
	size  int64
	text  string
}

// A bench reads the same pages with each program.
type bench struct {
	pages, rounds int
	seed          uint64
	withOCRmyPDF  bool

	samples []sample
	dir     string
}

// A tool reads all samples and returns what it read of each.
type tool struct {
	name string
	read func(context.Context) ([]string, error)
	runs int
}

func (b *bench) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "postroom-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if err := b.make(); err != nil {
		return err
	}
	reader, err := ocr.Open(ocr.Config{CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		return err
	}
	defer reader.Close()
	tools := []tool{
		{"postroom", func(ctx context.Context) ([]string, error) { return b.postroom(ctx, reader) }, b.rounds},
		{"tesseract x 2", b.tesseract, b.rounds},
	}
	if b.withOCRmyPDF {
		if _, err := exec.LookPath("ocrmypdf"); err != nil {
			return errors.New("ocrmypdf is not installed: run scripts/setup bench, or leave it out with -ocrmypdf=false")
		}
		tools = append(tools, tool{"ocrmypdf", b.ocrmypdf, 1})
	}
	fmt.Printf("%d fax pages, seed %d, %d rounds, %d cores\n\n", b.pages, b.seed, b.rounds, runtime.NumCPU())
	times := map[string][]time.Duration{}
	texts := map[string][]string{}
	for round := range b.rounds {
		for _, t := range tools {
			if round >= t.runs {
				continue
			}
			start := time.Now()
			read, err := t.read(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			times[t.name] = append(times[t.name], time.Since(start))
			texts[t.name] = read
		}
	}
	b.report(tools, times, texts)
	return nil
}

// make writes the pages: standard and fine resolution, clean to bad.
func (b *bench) make() error {
	types := generate.Types()
	qualities := []generate.Quality{generate.Clean, generate.Typical, generate.Bad}
	for i := range b.pages {
		dpiY := 98.0
		if i%2 == 1 {
			dpiY = 196
		}
		quality := qualities[i/2%len(qualities)]
		page, truth, _, err := generate.Page(generate.PageOptions{Seed: b.seed + uint64(i), Type: types[i%len(types)], Split: generate.Test, Quality: quality, DPIX: 204, DPIY: dpiY})
		if err != nil {
			return err
		}
		file := generate.EncodeTIFF([]*generate.Bits{page}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: dpiY})
		s := sample{class: fmt.Sprintf("204x%.0f %s", dpiY, quality), path: filepath.Join(b.dir, fmt.Sprintf("page%03d.tif", i)), hash: postroom.HashOf(file), size: int64(len(file)), text: truth.Header + "\n" + truth.Text()}
		if err := os.WriteFile(s.path, file, 0o600); err != nil {
			return err
		}
		b.samples = append(b.samples, s)
	}
	return nil
}

// each reads the samples with as many goroutines as there are cores.
func (b *bench) each(f func(i int, s sample) (string, error)) ([]string, error) {
	out := make([]string, len(b.samples))
	next := make(chan int)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	for range runtime.NumCPU() {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range next {
				text, err := f(i, b.samples[i])
				if err != nil {
					mu.Lock()
					failed = append(failed, fmt.Errorf("page %d: %w", i, err))
					mu.Unlock()
				}
				out[i] = text
			}
		}()
	}
	for i := range b.samples {
		next <- i
	}
	close(next)
	all.Wait()
	return out, errors.Join(failed...)
}

// postroom reads the pages and makes a searchable PDF of each, as filing does.
func (b *bench) postroom(ctx context.Context, reader *ocr.Reader) ([]string, error) {
	return b.each(func(_ int, s sample) (string, error) {
		a := postroom.Attachment{Hash: s.hash, Name: filepath.Base(s.path), Path: s.path, MediaType: postroom.TIFF, Size: s.size}
		page, err := reader.Read(ctx, a, 1)
		if err != nil {
			return "", err
		}
		return page.PlainText(), reader.Searchable(ctx, io.Discard, ocr.DocumentMeta{Title: "bench", Created: time.Unix(0, 0), Language: "en-GB", ID: string(s.hash)}, []ocr.SearchablePage{{Attachment: a, Page: page}})
	})
}

func (b *bench) tesseract(ctx context.Context) ([]string, error) {
	return b.each(func(_ int, s sample) (string, error) {
		return output(ctx, "tesseract", s.path, "stdout")
	})
}

func (b *bench) ocrmypdf(ctx context.Context) ([]string, error) {
	out := make([]string, len(b.samples))
	// OCRmyPDF shares out the pages of one file itself, so all go in as one.
	all := filepath.Join(b.dir, "all.tif")
	args := []string{"-c", "g4"}
	for _, s := range b.samples {
		args = append(args, s.path)
	}
	if _, err := output(ctx, "tiffcp", append(args, all)...); err != nil {
		return nil, err
	}
	sidecar := filepath.Join(b.dir, "all.txt")
	if _, err := output(ctx, "ocrmypdf", "-q", "-j2", "--deskew", "--clean", "--rotate-pages", "--output-type", "pdf", "--sidecar", sidecar, all, filepath.Join(b.dir, "all.pdf")); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(sidecar)
	if err != nil {
		return nil, err
	}
	for i, page := range bytes.Split(text, []byte("\f")) {
		if i < len(out) {
			out[i] = string(page)
		}
	}
	return out, nil
}

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

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

func (b *bench) report(tools []tool, times map[string][]time.Duration, texts map[string][]string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "speed\tpages/s (median)\tpostroom is")
	ours := float64(b.pages) / median(times["postroom"]).Seconds()
	for _, t := range tools {
		rate := float64(b.pages) / median(times[t.name]).Seconds()
		fmt.Fprintf(w, "%s\t%.2f\t%.2f times as fast\n", t.name, rate, ours/rate)
	}
	w.Flush()
	fmt.Println()
	var classes []string
	for _, s := range b.samples {
		if !slices.Contains(classes, s.class) {
			classes = append(classes, s.class)
		}
	}
	slices.Sort(classes)
	fmt.Fprint(w, "character / word error rate")
	for _, t := range tools {
		fmt.Fprintf(w, "\t%s", t.name)
	}
	fmt.Fprintln(w)
	for _, class := range append(classes, "all") {
		fmt.Fprint(w, class)
		for _, t := range tools {
			var score ocr.Score
			for i, s := range b.samples {
				if s.class == class || class == "all" {
					score = score.Add(ocr.Compare(s.text, texts[t.name][i]))
				}
			}
			fmt.Fprintf(w, "\t%.1f%% / %.1f%%", 100*score.CharacterErrorRate(), 100*score.WordErrorRate())
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}
