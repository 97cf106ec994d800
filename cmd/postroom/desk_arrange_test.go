//go:build cgo

package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
	"github.com/postroom/postroom/testdata/generate"
)

// The pages of a fax that was read are split, turned, marked and put together again at
// the desk, by the real reader and sorter, and each page stands in one record all the while.
func TestPagesAtTheDesk(t *testing.T) {
	ctx := t.Context()
	cfg, err := parseConfig(fmt.Appendf(nil, "data: %q\nfiling: {hold_everything: true}\n", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	p, err := openParts(cfg, true, false)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	pl, err := openState(ctx, cfg, p, true, false)
	if err != nil {
		t.Fatal(err)
	}
	defer pl.Close()
	if err := pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer stopWorking(pl)
	fax, err := generate.FaxTIFF(5, 3, generate.Clean, generate.TIFFOptions{Coding: generate.G4})
	if err != nil {
		t.Fatal(err)
	}
	if err := pl.Intake().Take(ctx, postroom.Arrival{ID: postroom.ArrivalID{Source: "test", Path: "fax.tif"}, Received: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC), Name: "fax.tif"}, bytes.NewReader(fax)); err != nil {
		t.Fatal(err)
	}
	waits := func() (out []pipeline.DeskItem) {
		t.Helper()
		queue, err := pl.Queue(ctx, pipeline.DeskFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range queue {
			if len(it.Record.Pages) > 0 {
				out = append(out, it)
			}
		}
		return out
	}
	for began := time.Now(); len(waits()) == 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("nothing waits")
		}
	}
	v := visitDesk(t, pl)
	// pages are the page numbers of each document that waits.
	pages := func() map[string][]int {
		out := map[string][]int{}
		for _, it := range waits() {
			for _, rp := range it.Record.Pages {
				out[it.Record.DocumentID] = append(out[it.Record.DocumentID], rp.Page)
			}
		}
		return out
	}
	sound := func(what string) {
		t.Helper()
		account, err := pl.Reconcile(ctx, pipeline.ReconcileOptions{})
		if err != nil || !account.Sound() || account.Pages != 3 {
			t.Fatalf("after %s: %v, %+v", what, err, account)
		}
	}
	// However it was sorted, begin with one document of all its pages.
	first := waits()[0].Record.DocumentID
	arrange := func(id string, pairs ...string) {
		t.Helper()
		v.send("/document/"+id+"/pages", "/document/"+id+"/pages", pairs...)
		sound(strings.Join(pairs, " "))
	}
	for len(pages()) > 1 {
		for _, it := range waits() {
			if it.Record.DocumentID != first {
				arrange(first, "do", "merge", "with", fmt.Sprintf("%s %d", it.Record.DocumentID, it.Revision))
				break
			}
		}
	}
	for len(pages()[first]) < 3 {
		arrange(first, "do", "take", "other", "0")
	}
	arrange(first, "do", "split", "page", "2")
	if got := pages(); len(got) != 2 || len(got[first]) != 1 {
		t.Fatalf("after a split: %v", got)
	}
	second := ""
	for id := range pages() {
		if id != first {
			second = id
		}
	}
	before := waits()
	arrange(second, "do", "over", "page", "1")
	turned, err := pl.DeskPages(ctx, second)
	if err != nil || turned[0].Rotation != 180 {
		t.Fatalf("%v, the page is turned by %d", err, turned[0].Rotation)
	}
	v.see("/document/" + second + "/pages")
	arrange(second, "do", "over", "page", "1")
	again, err := pl.DeskPages(ctx, second)
	if err != nil || again[0].Rotation != 0 || again[0].PlainText() == turned[0].PlainText() {
		t.Fatalf("%v, turned back it stands at %d", err, again[0].Rotation)
	}
	arrange(second, "do", "up", "page", "2", "count", "2")
	if got := pages()[second]; len(got) != 2 || got[0] < got[1] {
		t.Errorf("in the other order: %v", got)
	}
	arrange(second, "do", "junk", "page", "1")
	if got := pages()[second]; len(got) != 1 {
		t.Errorf("without the junk: %v", got)
	}
	v.send("/document/"+second+"/pages", "/filed/"+second+"/undo")
	sound("undo")
	if got := pages()[second]; len(got) != 2 {
		t.Errorf("the junk was taken back: %v", got)
	}
	// What was seen before somebody changed it is not applied.
	stale := url.Values{"token": {v.access.Token(ctx)}, "revision": {fmt.Sprint(before[0].Revision - 1)}, "do": {"split"}, "page": {"2"}}
	res, err := v.client.PostForm(v.base+"/document/"+second+"/pages", stale)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 409 {
		t.Errorf("a stale form answers %d", res.StatusCode)
	}
	var _ review.Arranging = (*desk)(nil)
}
