package ocr

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
)

var archivalFiles = flag.String("archival.files", "", "folder of PDFs that TestArchivalFiles checks by the rules of PDF/A; the filing run of cmd/postroom hands over its own. Empty checks the samples of this package.")

var saidPart = regexp.MustCompile(`pdfaid:part="(.+?)"`)

// archivalPart is the part of ISO 19005 that a PDF's metadata name, as poppler shows them.
func archivalPart(t *testing.T, data []byte) string {
	t.Helper()
	if m := saidPart.FindStringSubmatch(tool(t, data, "pdfinfo", "-meta", "FILE")); m != nil {
		return m[1]
	}
	return ""
}

// Every PDF of a folder says that it is PDF/A, and is.
func TestArchivalFiles(t *testing.T) {
	dir := *archivalFiles
	if dir == "" {
		dir = t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "sample.pdf"), archivalSample(t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no PDF in %s: %v", dir, err)
	}
	parts := map[string]int{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			claim := archivalPart(t, data)
			if claim != "2" && claim != "3" {
				t.Fatal("the file does not say that it is PDF/A")
			}
			pages, err := api.PageCount(bytes.NewReader(data), pdfConfiguration(""))
			if err != nil || pages == 0 {
				t.Fatalf("%d pages, %v", pages, err)
			}
			checkArchival(t, data, int(claim[0]-'0'), pages)
			parts[claim]++
		})
	}
	t.Logf("checked by the rules of PDF/A: %d files, of part 2: %d, of part 3: %d", len(files), parts["2"], parts["3"])
}
