package ocr

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// Pages that crash, take all memory or never end cost themselves, while all
// others are read beside them.
func TestBadPagesCostOnlyThemselves(t *testing.T) {
	r := openReader(t, Config{Workers: 2, Limits: Limits{PageTime: 3 * time.Second, Memory: 512 << 20}}, "named")
	good := attach(t, postroom.TIFF, oneLine())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if page, err := r.Read(t.Context(), good, 1); err != nil || len(page.Words) != 9 {
				t.Errorf("a good page gave %d words, %v", len(page.Words), err)
			}
		})
	}
	for how, want := range map[string]string{
		"crash": "makes the reader crash", "memory": "more memory than the limit of 512 MiB", "compute": "longer than the limit of 3s",
	} {
		all.Go(func() {
			a := good
			a.Name = how
			if _, err := r.Read(t.Context(), a, 1); kindOf(err) != postroom.BadInput || !strings.Contains(err.Error(), want) {
				t.Errorf("a page for %s gave %v", how, err)
			}
		})
	}
	all.Wait()
	if page, err := r.Read(t.Context(), good, 1); err != nil || len(page.Words) != 9 {
		t.Errorf("afterwards a good page gave %d words, %v", len(page.Words), err)
	}
}

// A page of nothing but speckle keeps recognition busy for minutes, when nothing stops it.
func TestSpeckleEndsInTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := generate.NewBits(1728, 2200)
	for i := range b.Pix {
		b.Pix[i] = byte(random.Uint32() & random.Uint32())
	}
	heavy := attach(t, postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{b}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 196}))
	limits := Limits{PageTime: 2 * time.Second}
	r := openReader(t, Config{Workers: 1, Limits: limits})
	start := time.Now()
	page, err := r.Read(t.Context(), heavy, 1)
	if d := time.Since(start); d > 4*limits.PageTime+30*time.Second {
		t.Errorf("it took %s", d)
	}
	if err != nil && kindOf(err) != postroom.BadInput {
		t.Errorf("it gave %v", err)
	}
	if err == nil && page.Confidence > 0.5 {
		t.Errorf("noise was read with the confidence %v: %.100s", page.Confidence, page.PlainText())
	}
	if page, err := r.Read(t.Context(), attach(t, postroom.TIFF, oneLine()), 1); err != nil || len(page.Words) != 9 {
		t.Errorf("afterwards a good page gave %d words, %v", len(page.Words), err)
	}
}
