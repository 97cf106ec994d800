package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ingest"
	"github.com/postroom/postroom/pipeline"
)

// A longReader makes the pages of a long fax: letters of a page each, or one letter.
type longReader struct {
	letterReader
	pages int
	one   bool
}

func (r longReader) Count(context.Context, postroom.Attachment) (int, error) { return r.pages, nil }

func (r longReader) Read(_ context.Context, a postroom.Attachment, n int, _ func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	lines := []string{fmt.Sprintf("12/03/2026 09:14 MARLFIELD INFIRMARY 0161 496 0123 P. %d/%d", n, r.pages)}
	if !r.one || n == 1 {
		lines = append(lines, "Marlfield Royal Infirmary", "Department of Neurology", "Clinic letter", "Patient: Mary TESTER", "Date of birth: 03/07/1951", "Date: 10/03/2026", "Dear Dr Marsh")
	}
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("and on day %d of stay %d the wound was clean, the drain gave %d ml and she walked to the", i+1, n, 7*i+n))
	}
	if !r.one || n == r.pages {
		lines = append(lines, "ward.", "Yours sincerely", "Dr A Fielding, Consultant Neurologist")
	}
	p := postroom.Page{Attachment: a.Name, Hash: a.Hash, Number: n, Width: 1654, Height: 2339, DPIX: 200, DPIY: 200,
		Frame: postroom.Frame{Width: 1654, Height: 2339, DPI: 200}, Confidence: 0.93, Text: postroom.TextOCR, Engine: r.Version()}
	for l, line := range lines {
		x, y := 120, 8+34*l+100*min(l, 1)
		for w := range strings.FieldsSeq(line) {
			p.Words = append(p.Words, postroom.Word{Text: w, Box: postroom.Box{x, y, x + 10*len(w), y + 22}, Confidence: 0.93, Line: l})
			x += 10*len(w) + 10
		}
	}
	return p, nil
}

// A weighedSorter weighs what is in use each time that sorting, which works alone, has loaded some pages more.
type weighedSorter struct {
	pipeline.Sorter
	most *int
}

func (w weighedSorter) Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	return w.Sorter.Sort(ctx, c, &weighedPages{pages, 0, w.most})
}

type weighedPages struct {
	postroom.Pages
	loads int
	most  *int
}

func (w *weighedPages) Load(ctx context.Context, i int) (postroom.Page, error) {
	if w.loads++; w.loads%15 == 0 {
		*w.most = max(*w.most, inUse())
	}
	return w.Pages.Load(ctx, i)
}

func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What is held of a long fax grows by little more for each page than its records ask for: neither the
// words of all its pages nor what sorting makes of them are in memory at once.
func TestLongFaxIsNotHeld(t *testing.T) {
	file := filepath.Join(t.TempDir(), "long.tif")
	if err := os.WriteFile(file, append([]byte("II*\x00\x08\x00\x00\x00"), make([]byte, 64)...), 0o600); err != nil {
		t.Fatal(err)
	}
	var most int
	plain, err := newSorter((&config{}).Practice, nil)
	s := weighedSorter{plain, &most}
	if err != nil {
		t.Fatal(err)
	}
	read := func(r longReader) (records int) {
		m := postroom.Message{Hash: postroom.HashOf([]byte("long")), Name: "long.tif", Received: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)}
		err := pipeline.ReadDirect(t.Context(), pipeline.Parts{Unpack: letterUnpacker{}, Read: r}, s, m, file, 2, pipeline.DirectTo{
			Record: func(postroom.Record) error { records++; return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return records
	}
	batch := func(r longReader) (records int) {
		cfg := &config{Data: t.TempDir()}
		parts := letterParts(t, cfg, nil)
		parts.Read = r
		parts.Sorter = func([]postroom.Patient) (pipeline.Sorter, error) { return s, nil }
		pl, err := pipeline.Open(t.Context(), parts, pipeline.Options{Database: filepath.Join(cfg.Data, "postroom.db"), Work: true, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer pl.Close()
		if err := pl.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer stopWorking(pl)
		folder, err := ingest.NewFolder(ingest.FolderConfig{Name: "scans", Path: filepath.Dir(file), SettleTime: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		res, err := pl.Batch(t.Context(), []pipeline.Source{folder}, time.Minute, nil)
		if err != nil || res.After.PagesDone != r.pages {
			t.Fatalf("%d pages: %v", res.After.PagesDone, err)
		}
		return res.After.Documents[postroom.InReview]
	}
	read(longReader{pages: 70}) // what is made once is there
	for _, c := range []struct {
		name  string
		run   func(longReader) int
		one   bool
		least int // documents, for each hundred pages
		most  int // bytes for each page
	}{
		{"read, letters of a page", read, false, 100, 12_000},
		{"read, one letter", read, true, 0, 12_000},
		{"batch, letters of a page", batch, false, 100, 15_000},
		{"batch, one letter", batch, true, 0, 12_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			held := func(pages int) int {
				most = 0
				before := inUse()
				if n := c.run(longReader{pages: pages, one: c.one}); n < c.least*pages/100 || c.one && n != 1 {
					t.Errorf("%d pages gave %d documents", pages, n)
				}
				return most - before
			}
			few, many := 70, 200
			a, b := held(few), held(many)
			each := (b - a) / (many - few)
			t.Logf("%d pages: %d kB, %d pages: %d kB: %d bytes a page", few, a/1000, many, b/1000, each)
			if each > c.most {
				t.Errorf("each page takes %d bytes more, not at most %d", each, c.most)
			}
		})
	}
}
