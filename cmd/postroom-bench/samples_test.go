package main

import (
	"os"
	"strings"
	"testing"

	"github.com/postroom/postroom/ocr"
)

func TestMain(m *testing.M) {
	ocr.RunChildIfAsked()
	os.Exit(m.Run())
}

// A fax page and a scan of low resolution are made, read by Postroom itself and
// scored against what stands on them.
func TestMadePagesAreRead(t *testing.T) {
	b := bench{pages: 2, forms: 1, workers: 2, seed: 11, dir: t.TempDir()}
	faxes, err := b.makeFaxes()
	if err != nil {
		t.Fatal(err)
	}
	scans, err := b.makeScans()
	if err != nil {
		t.Fatal(err)
	}
	all := append(faxes, scans...)
	read, err := b.readPostroom(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		score := ocr.Compare(s.text, read.texts[i])
		if score.Words < 40 || score.Found < score.Words/2 {
			t.Errorf("%s: %d of %d words found", s.class, score.Found, score.Words)
		}
		if len(read.words[i]) == 0 {
			t.Errorf("%s: no words with confidences", s.class)
		}
	}
	if read.cpu <= 0 {
		t.Error("no processor time was counted")
	}
	if n, err := countPages(all[0].path); n != 1 || err != nil {
		t.Errorf("%d pages, %v; want 1", n, err)
	}
}

func TestUnknownPagesAreRefused(t *testing.T) {
	b := bench{memory: 10, rounds: 1, workers: 1}
	if _, err := b.run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "-postroom") {
		t.Errorf("memory without a program: %v", err)
	}
}
