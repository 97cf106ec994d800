package ocr

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// A benchFile is a fax of a few pages, with what is printed on each.
type benchFile struct {
	postroom.Attachment
	text []string
}

// faxMix makes a mix of faxes: standard and fine, clean to bad, every type of
// document, and the odd blank page. seed 1 is what was looked at while the reader
// was made; others are new to it.
func faxMix(tb testing.TB, seed uint64, pages int) []benchFile {
	tb.Helper()
	types := generate.Types()
	qualities := []generate.Quality{generate.Clean, generate.Typical, generate.Typical, generate.Bad}
	var files []benchFile
	for made := 0; made < pages; {
		f := len(files)
		o := generate.TIFFOptions{Coding: []generate.Coding{generate.G4, generate.G3, generate.G3Two}[f%3], DPIX: 204, DPIY: []float64{196, 98}[f%2]}
		var images []*generate.Bits
		var text []string
		for range min(3, pages-made) {
			b, truth, _, err := generate.Page(generate.PageOptions{
				Seed: seed*1000 + uint64(made), Type: types[made%len(types)], Split: generate.Test,
				Quality: qualities[f%len(qualities)], DPIX: o.DPIX, DPIY: o.DPIY,
			})
			if err != nil {
				tb.Fatal(err)
			}
			words := truth.Header + "\n" + truth.Text()
			if made%15 == 14 {
				b, words = generate.NewBits(b.W, b.H), ""
			}
			images, text = append(images, b), append(text, words)
			made++
		}
		files = append(files, benchFile{attach(tb, postroom.TIFF, generate.EncodeTIFF(images, o)), text})
	}
	return files
}

// BenchmarkFaxes reads a mix of 60 fax pages, and has two parallel processes of
// tesseract read the same files in the same run. It reports the medians of three
// rounds: pages per second of both, their ratio, and both readers' errors.
//
//	go test -run '^$' -bench Faxes -benchtime 1x ./ocr
//
// POSTROOM_BENCH_PAGES and POSTROOM_BENCH_SEED choose another mix.
func BenchmarkFaxes(b *testing.B) {
	pages, seed := 60, uint64(77)
	if n, err := strconv.Atoi(os.Getenv("POSTROOM_BENCH_PAGES")); err == nil {
		pages = n
	}
	if n, err := strconv.ParseUint(os.Getenv("POSTROOM_BENCH_SEED"), 10, 64); err == nil {
		seed = n
	}
	files := faxMix(b, seed, pages)
	r, err := Open(Config{Workers: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for b.Loop() {
		var ours, theirs, ratios []float64
		var our, their Score
		for range 3 {
			start := time.Now()
			their = withTesseract(b, files)
			theirTime := time.Since(start).Seconds()
			start = time.Now()
			our = withReader(b, r, files)
			ourTime := time.Since(start).Seconds()
			ours, theirs, ratios = append(ours, float64(pages)/ourTime), append(theirs, float64(pages)/theirTime), append(ratios, theirTime/ourTime)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(ours), "pages/s")
		b.ReportMetric(median(theirs), "tesseract-pages/s")
		b.ReportMetric(median(ratios), "times-tesseract")
		b.ReportMetric(100*our.CharacterErrorRate(), "cer%")
		b.ReportMetric(100*their.CharacterErrorRate(), "tesseract-cer%")
		b.ReportMetric(100*our.WordErrorRate(), "wer%")
		b.ReportMetric(100*their.WordErrorRate(), "tesseract-wer%")
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func withReader(tb testing.TB, r *Reader, files []benchFile) Score {
	var mu sync.Mutex
	var total Score
	var wait sync.WaitGroup
	turn := make(chan struct{}, 2)
	for _, f := range files {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			for n, want := range f.text {
				page, err := r.Read(tb.Context(), f.Attachment, n+1)
				if err != nil {
					tb.Error(err)
				}
				mu.Lock()
				total = total.Add(Compare(want, page.PlainText()))
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return total
}

func withTesseract(tb testing.TB, files []benchFile) Score {
	var mu sync.Mutex
	var total Score
	var wait sync.WaitGroup
	turn := make(chan struct{}, 2)
	for _, f := range files {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			cmd := exec.Command("tesseract", f.Path, "-", "-l", "eng")
			cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
			out, err := cmd.Output()
			if err != nil {
				tb.Error(fmt.Errorf("tesseract %s: %w", filepath.Base(f.Path), err))
			}
			var want string
			for _, t := range f.text {
				want += t + "\n"
			}
			mu.Lock()
			total = total.Add(Compare(want, string(out)))
			mu.Unlock()
		})
	}
	wait.Wait()
	return total
}
