// Command postroom-bench measures how fast and how well faxes are read, beside
// the programs that a user would pick instead: parallel processes of tesseract
// (OMP_THREAD_LIMIT=1, which is its fastest), and OCRmyPDF (--deskew --clean
// --rotate-pages). All read the same pages in the same run, in turn, several
// times; the ratios are what to quote. docs/benchmarks.md says what is measured
// and how.
//
// Without -corpus the pages are made by the project's own generator from the
// layouts kept for tests. Give another -seed for pages that nobody has seen.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"

	"github.com/postroom/postroom/ocr"
)

func main() {
	ocr.RunChildIfAsked()
	var b bench
	flag.IntVar(&b.pages, "pages", 60, "how many fax pages to make and read")
	flag.IntVar(&b.forms, "forms", 12, "how many scans of about 100 dots per inch to make and read")
	flag.Uint64Var(&b.seed, "seed", 7001, "seed of the pages")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each program reads them all")
	flag.IntVar(&b.workers, "workers", 2, "how many pages each program reads at once")
	flag.StringVar(&b.corpus, "corpus", "", "read the pictures (.tif, .png, .jpg) of this `folder` instead, each with its text in a .txt beside it; folders in it are classes")
	flag.BoolVar(&b.withTesseract, "tesseract", true, "also run tesseract")
	flag.BoolVar(&b.withOCRmyPDF, "ocrmypdf", true, "also run OCRmyPDF")
	flag.StringVar(&b.program, "postroom", "", "also measure the start of this `program`, postroom itself")
	flag.IntVar(&b.memory, "memory", 0, "also measure the memory of -postroom while it reads a fax of so many sparse `pages`, as a TIFF and as a PDF; more than it may take is an error")
	asJSON := flag.Bool("json", false, "print the results as JSON")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "error: %q is no flag; see -help\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var say io.Writer = os.Stderr
	results, err := b.run(ctx, say)
	if err == nil {
		if *asJSON {
			enc := json.NewEncoder(os.Stdout)
			enc.SetIndent("", "  ")
			err = enc.Encode(results)
		} else {
			results.print(os.Stdout)
		}
		for _, m := range results.Memory {
			err = errors.Join(err, m.tooMuch())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// A bench reads the same pages with each program.
type bench struct {
	pages, forms, rounds, workers, memory int
	seed                                  uint64
	corpus, program                       string
	withTesseract, withOCRmyPDF           bool

	dir string // for what is made, removed at the end
}

// run measures; what it is at goes to say.
func (b *bench) run(ctx context.Context, say io.Writer) (*results, error) {
	if b.pages < 0 || b.forms < 0 || b.rounds < 1 || b.workers < 1 || b.memory < 0 {
		return nil, errors.New("-rounds and -workers are at least 1, -pages, -forms and -memory at least 0")
	}
	if b.memory > 0 && b.program == "" {
		return nil, errors.New("-memory needs -postroom, the program to measure: run scripts/bench, which builds it")
	}
	dir, err := os.MkdirTemp("", "postroom-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the pages: %w", err)
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	tools, err := b.tools()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(say, "bench: making the pages")
	var samples, scans []sample
	if b.corpus != "" {
		samples, err = readCorpus(b.corpus)
	} else if samples, err = b.makeFaxes(); err == nil {
		scans, err = b.makeScans()
	}
	if err != nil {
		return nil, err
	}
	r := &results{Cores: runtime.NumCPU(), Workers: b.workers, Rounds: b.rounds, Seed: b.seed, Corpus: b.corpus}
	if len(samples) > 0 {
		if err := r.measure(ctx, say, tools, samples, b.rounds); err != nil {
			return nil, err
		}
	}
	// How well scans of low resolution are read is asked once, and not how fast.
	if len(scans) > 0 {
		if err := r.compare(ctx, say, tools, scans); err != nil {
			return nil, err
		}
	}
	if b.program != "" {
		fmt.Fprintln(say, "bench: starting", b.program)
		if r.Start, err = b.measureStart(ctx); err != nil {
			return nil, err
		}
	}
	if b.memory > 0 {
		if r.Memory, err = b.measureMemory(ctx, say); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// tools are the programs to measure, Postroom first.
func (b *bench) tools() ([]tool, error) {
	tools := []tool{{"postroom", b.readPostroom}}
	need := func(program, option string) error {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed: run scripts/setup bench, or leave it out with %s", program, option)
		}
		return nil
	}
	if b.withTesseract {
		if err := need("tesseract", "-tesseract=false"); err != nil {
			return nil, err
		}
		tools = append(tools, tool{"tesseract", b.readTesseract})
	}
	if b.withOCRmyPDF {
		for _, program := range []string{"ocrmypdf", "unpaper", "tiffcp"} {
			if err := need(program, "-ocrmypdf=false"); err != nil {
				return nil, err
			}
		}
		tools = append(tools, tool{"ocrmypdf", b.readOCRmyPDF})
	}
	return tools, nil
}

// A start is how long postroom takes for one page, from nothing to the end.
type start struct {
	TIFF []float64 `json:"tiff_seconds"` // a fax page as it came
	PDF  []float64 `json:"pdf_seconds"`  // the same in a PDF; the first may compile the renderer
}

// measureStart runs "postroom read" on a file of one page, five times each.
func (b *bench) measureStart(ctx context.Context) (*start, error) {
	tif, pdf, err := b.makeSingle()
	if err != nil {
		return nil, err
	}
	var s start
	for _, kind := range []struct {
		path  string
		times *[]float64
	}{{tif, &s.TIFF}, {pdf, &s.PDF}} {
		for range 5 {
			began := time.Now()
			cmd := exec.CommandContext(ctx, b.program, "read", "--text", kind.path)
			cmd.Stderr = os.Stderr
			if out, err := cmd.Output(); err != nil {
				return nil, fmt.Errorf("%s read %s: %w", b.program, filepath.Base(kind.path), err)
			} else if len(out) == 0 {
				return nil, fmt.Errorf("%s read %s: it printed nothing", b.program, filepath.Base(kind.path))
			}
			*kind.times = append(*kind.times, time.Since(began).Seconds())
		}
	}
	return &s, nil
}
