package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/postroom/postroom"
)

// checkFiledPDFs checks the PDF of every filed document in a folder store: it is
// sound, and what is embedded in it are its originals, byte for byte, and none
// that another document has pages in.
func checkFiledPDFs(t *testing.T, folder string, records []postroom.Record) {
	t.Helper()
	owners := map[postroom.Hash]map[string]bool{}
	for _, r := range records {
		for _, p := range r.Pages {
			if owners[p.Hash] == nil {
				owners[p.Hash] = map[string]bool{}
			}
			owners[p.Hash][r.DocumentID] = true
		}
	}
	filed, embedded := 0, 0
	for _, r := range records {
		if r.Status != postroom.Filed {
			continue
		}
		filed++
		pdf := filepath.Join(folder, filepath.FromSlash(r.Objects.PDF))
		if out, err := exec.Command("qpdf", "--check", pdf).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", r.Objects.PDF, err, out)
		}
		dir := t.TempDir()
		if out, err := exec.Command("pdfdetach", "-saveall", "-o", dir, pdf).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", r.Objects.PDF, err, out)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		metadata, err := exec.Command("pdfinfo", "-meta", pdf).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			h := postroom.HashOf(b)
			switch {
			case len(owners[h]) == 0:
				t.Errorf("%s holds a file that is none of its originals", r.Objects.PDF)
			case len(owners[h]) > 1:
				t.Errorf("%s holds a file with pages of other documents", r.Objects.PDF)
			}
			embedded++
		}
		for _, p := range r.Pages {
			if !bytes.Contains(metadata, []byte(postroom.OriginalKey(p.Hash))) {
				t.Errorf("%s does not name its original", r.Objects.PDF)
			}
		}
	}
	t.Logf("%d filed, %d originals in their PDFs", filed, embedded)
	if filed > 0 && embedded == 0 {
		t.Error("no PDF holds its original")
	}
}
