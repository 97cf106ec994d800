package ocr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// A patient's whole record, printed and scanned: what was read of all its pages together is
// more than a frame between the processes may hold.
func TestLongDocumentsBecomeSearchable(t *testing.T) {
	b := generate.NewBits(816, 392)
	a := attach(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98}))
	one := faxPage(b, 204, 98, 0, 0)
	one.Hash = a.Hash
	// It has no place, so it isn't shown: many pages' worth of text for the way alone.
	one.Words = append(one.Words, postroom.Word{Text: strings.Repeat("record ", 1<<20/7)})
	const n = 70
	var loaded []int
	pages := make([]SearchablePage, n)
	for i := range pages {
		pages[i] = SearchablePage{a, func(context.Context) (postroom.Page, error) {
			loaded = append(loaded, i)
			page := one
			page.Words = slices.Clone(one.Words)
			page.Words[0].Text = fmt.Sprintf("page%d", i+1)
			return page, nil
		}}
	}
	var out bytes.Buffer
	if _, err := sharedReader().Searchable(t.Context(), &out, testMeta, pages); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(loaded) || len(loaded) != n {
		t.Errorf("%d pages were loaded, in order: %v", len(loaded), slices.IsSorted(loaded))
	}
	if got := tool(t, out.Bytes(), "pdftotext", "-f", fmt.Sprint(n), "FILE", "-"); !strings.Contains(got, fmt.Sprintf("page%d", n)) {
		t.Errorf("the last page says %.60q", got)
	}
}

func TestPageThatCannotBeLoadedBlamesNoChild(t *testing.T) {
	b := generate.NewBits(816, 392)
	a := attach(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98}))
	gone := errors.New("what was read of it is gone")
	good := func(context.Context) (postroom.Page, error) { return faxPage(b, 204, 98, 0, 0), nil }
	bad := func(context.Context) (postroom.Page, error) { return postroom.Page{}, gone }
	if _, err := sharedReader().Searchable(t.Context(), io.Discard, testMeta, []SearchablePage{{a, good}, {a, bad}}); !errors.Is(err, gone) {
		t.Errorf("the error is %v", err)
	}
	if _, err := sharedReader().Searchable(t.Context(), io.Discard, testMeta, []SearchablePage{{a, good}}); err != nil {
		t.Errorf("the next document: %v", err)
	}
}

// How long the pages of a document take to be loaded is no fault of it, and each page has its own time.
func TestChildIsNotBlamedForSlowLoading(t *testing.T) {
	b := generate.NewBits(816, 392)
	a := attach(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98}))
	p := sharedReader().pool
	c, err := p.start(t.Context(), opHello)
	if err != nil {
		t.Fatal(err)
	}
	defer c.end()
	f, err := os.Open(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const within = time.Second
	meta := testMeta
	q := request{Op: opSearchable, Meta: &meta, Pages: []int{0, 0}, Files: []fileRef{{Hash: a.Hash, Name: a.Name, MediaType: a.MediaType}}}
	q.load = func(int) (postroom.Page, error) {
		time.Sleep(within + within/4)
		return faxPage(b, 204, 98, 0, 0), nil
	}
	if answer, err := c.ask(t.Context(), q, []*os.File{f}, io.Discard, within); err != nil || answer.Problem != nil {
		t.Errorf("the answer is %v, the error %v", answer.Problem, err)
	}
}
