//go:build cgo

package main

import (
	"bytes"
	"encoding/json"
	"html"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
	"github.com/postroom/postroom/testdata/servers"
)

// checkPDFs holds every PDF against qpdf, and its text and its original against poppler.
func (f *filingRun) checkPDFs(t *testing.T, filed []postroom.Record) {
	t.Helper()
	var total placedWords
	var fields, fieldsFound, originals int
	var size int64
	for _, r := range filed {
		pdf := filepath.Join(f.store, filepath.FromSlash(r.Objects.PDF))
		if out, err := exec.Command("qpdf", "--check", pdf).CombinedOutput(); err != nil {
			t.Errorf("%s: qpdf: %v\n%s", r.DocumentID, err, out)
		}
		out, err := exec.Command("pdftotext", "-bbox", pdf, "-").Output()
		if err != nil {
			t.Fatalf("%s: pdftotext: %v", r.DocumentID, err)
		}
		sheets := sheetsOf(out)
		pages, err := f.pl.DeskPages(t.Context(), r.DocumentID)
		if err != nil {
			t.Fatal(err)
		}
		if len(sheets) != len(r.Pages) || len(pages) != len(r.Pages) {
			t.Errorf("%s: the PDF has %d pages, the record %d", r.DocumentID, len(sheets), len(r.Pages))
			continue
		}
		for i, p := range pages {
			total.compare(p, sheets[i])
		}
		for _, field := range r.Fields {
			if field.Text == "" || field.Page < 1 || field.Page > len(pages) || field.Box == (postroom.Box{}) {
				continue // a person typed it
			}
			if strings.Contains(field.Text, "\n") {
				continue // its lines can stand apart; each is among its items
			}
			fields++
			if holds(sheets[field.Page-1], upright(pages[field.Page-1], field.Box), field.Text) {
				fieldsFound++
			}
		}
		originals += f.checkOriginals(t, r, pdf)
		size += r.Objects.PDFSize
	}
	f.figure("qpdf --check: %d PDFs, %d KB on average", len(filed), size/int64(len(filed))>>10)
	f.figure("pdftotext -bbox: of %d words %d stand in their place letter by letter, %d parted or joined otherwise, %d not (%.3f%%)",
		total.all, total.exact, total.parted, total.lost(), 100*float64(total.lost())/float64(total.all))
	f.figure("fields of the records: %d of %d are found in the box that the record says", fieldsFound, fields)
	f.figure("pdfdetach: %d originals, each byte-identical with the attachment that was sent", originals)
	if total.all == 0 || 1000*total.lost() > 5*total.all {
		t.Errorf("%d of %d words are not found in their place", total.lost(), total.all)
	}
	if fields == 0 || 100*fieldsFound < 97*fields {
		t.Errorf("%d of %d fields are found in their box", fieldsFound, fields)
	}
}

// checkOriginals takes out what is embedded in the PDF and compares it with what was sent.
func (f *filingRun) checkOriginals(t *testing.T, r postroom.Record, pdf string) int {
	t.Helper()
	sent := map[postroom.Hash]generate.File{}
	for _, file := range f.messages[r.Message.Hash].Files {
		sent[postroom.HashOf(file.Data)] = file
	}
	want := map[postroom.Hash]bool{}
	for _, p := range r.Pages {
		want[p.Hash] = true
	}
	dir := t.TempDir()
	if out, err := exec.Command("pdfdetach", "-saveall", "-o", dir, pdf).CombinedOutput(); err != nil {
		t.Errorf("%s: pdfdetach: %v\n%s", r.DocumentID, err, out)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		h := postroom.HashOf(b)
		if original, ok := sent[h]; !ok || !want[h] || !bytes.Equal(original.Data, b) {
			t.Errorf("%s holds %s, which is not what was sent", r.DocumentID, file.Name())
		}
		delete(want, h)
	}
	// One fax that was taken for two letters is only named in both: see docs/pdf.md.
	if len(want) > 0 && !f.shared[r.Message.Hash] {
		t.Errorf("%s: %d of its originals are not in its PDF", r.DocumentID, len(want))
	}
	return len(files)
}

// checkArchival lets the rules of PDF/A of package ocr judge every PDF, and poppler say whether
// every font is in it. A page of a sender's PDF that had to be drawn for it says so in the record.
func (f *filingRun) checkArchival(t *testing.T, filed []postroom.Record) {
	t.Helper()
	dir, drawn, programs, kept := t.TempDir(), 0, 0, 0
	var size int64
	for _, r := range filed {
		pdf := filepath.Join(f.store, filepath.FromSlash(r.Objects.PDF))
		if err := os.Symlink(pdf, filepath.Join(dir, r.DocumentID+".pdf")); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdffonts", pdf).Output()
		if err != nil {
			t.Errorf("%s: pdffonts: %v", r.DocumentID, err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n")[2:] {
			if columns := strings.Fields(line); len(columns) < 6 || columns[len(columns)-5] != "yes" {
				t.Errorf("%s: a font is not embedded: %s", r.DocumentID, line)
			}
		}
		pages, err := f.pl.DeskPages(t.Context(), r.DocumentID)
		if err != nil {
			t.Fatal(err)
		}
		text := false
		for i, p := range pages {
			if p.Text != postroom.TextPDF {
				continue
			}
			text = true
			if slices.ContainsFunc(r.Pages[i].Notes, func(n string) bool { return strings.HasPrefix(n, "the sender's page is drawn in the PDF: ") }) {
				drawn++
			} else {
				kept++
			}
		}
		if text {
			programs++
			size += r.Objects.PDFSize
		}
	}
	cmd := exec.Command("go", "test", "./ocr", "-run", "^TestArchivalFiles$", "-count=1", "-v", "-archival.files="+dir)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.CombinedOutput()
	said := regexp.MustCompile(`checked by the rules of PDF/A: (\d+) files.*`).FindSubmatch(out)
	if err != nil || said == nil || string(said[1]) != strconv.Itoa(len(filed)) {
		t.Fatalf("the rules of PDF/A: %v\n%s", err, out)
	}
	f.figure("%s, of %d documents", said[0], len(filed))
	if programs > 0 {
		f.figure("%d documents have pages of text from a program: %d pages drawn, %d as they came; %d KB on average with their original", programs, drawn, kept, size/int64(programs)>>10)
	}
}

// checkBundles lets Medplum's validator judge every bundle, and its server take them all twice.
func (f *filingRun) checkBundles(t *testing.T, filed []postroom.Record) {
	t.Helper()
	const atOnce = 32 << 20 // Node.js holds no string of more than 512 MB
	bundles, linked, refused, counts := 0, 0, 0, map[string]int{}
	var in bytes.Buffer
	judge := func() {
		cmd := servers.Judge(t, "fhir.mjs")
		cmd.Stdin, cmd.Stderr = &in, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("the judge: %v", err)
		}
		var got struct {
			Bundles  int
			Problems []string
			Same     bool
			Counts   map[string]int
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		for _, p := range got.Problems {
			t.Error(p)
		}
		if !got.Same {
			t.Error("the server's state after the second time is not the one after the first")
		}
		for kind, n := range got.Counts {
			counts[kind] += n
		}
		bundles, refused = bundles+got.Bundles, refused+len(got.Problems)
		in.Reset()
	}
	for _, r := range filed {
		b, err := os.ReadFile(filepath.Join(f.store, filepath.FromSlash(r.Objects.FHIR)))
		if err != nil {
			t.Fatal(err)
		}
		if postroom.HashOf(b) != r.Objects.FHIRHash {
			t.Errorf("%s: the bundle has not the hash of the record", r.DocumentID)
		}
		if bytes.Contains(b, []byte(`"url":"Binary/`+string(r.Objects.PDFHash)+`"`)) {
			linked++
		}
		if in.Write(b); b[len(b)-1] != '\n' {
			in.WriteByte('\n')
		}
		if in.Len() > atOnce {
			judge()
		}
	}
	if in.Len() > 0 {
		judge()
	}
	if bundles != len(filed) || counts["DocumentReference"] != len(filed) {
		t.Errorf("%d documents gave %d bundles and %v", len(filed), bundles, counts)
	}
	f.figure("%d bundles, %d faults found by the validator (%d link to their PDF, which has more than 700 KiB); accepted twice with the same state: %v", bundles, refused, linked, counts)
}

// A rect is left, top, right and bottom in points from a page's top left.
type rect [4]float64

func (r rect) holds(x, y float64) bool {
	return x >= r[0] && x <= r[2] && y >= r[1] && y <= r[3]
}

func (r rect) middle() (x, y float64) { return (r[0] + r[2]) / 2, (r[1] + r[3]) / 2 }

// A sheetWord is a word where pdftotext finds it.
type sheetWord struct {
	text string
	rect rect
}

var bboxWords = regexp.MustCompile(`<word xMin="([-0-9.]+)" yMin="([-0-9.]+)" xMax="([-0-9.]+)" yMax="([-0-9.]+)">(.*?)</word>`)

// sheetsOf reads what pdftotext -bbox prints, page by page.
func sheetsOf(printed []byte) (out [][]sheetWord) {
	for _, page := range strings.Split(string(printed), "<page ")[1:] {
		words := []sheetWord{}
		for _, m := range bboxWords.FindAllStringSubmatch(page, -1) {
			w := sheetWord{text: html.UnescapeString(m[5])}
			for i := range w.rect {
				w.rect[i], _ = strconv.ParseFloat(m[i+1], 64)
			}
			words = append(words, w)
		}
		out = append(out, words)
	}
	return out
}

// upright is where a box of the page as it arrived, in pixels, stands on the upright sheet.
func upright(p postroom.Page, b postroom.Box) rect {
	kx, ky := 72/p.DPIX, 72/p.DPIY
	l, t, r, o := float64(b[0])*kx, float64(b[1])*ky, float64(b[2])*kx, float64(b[3])*ky
	w, h := float64(p.Width)*kx, float64(p.Height)*ky
	switch p.Rotation {
	case 90:
		return rect{h - o, l, h - t, r}
	case 180:
		return rect{w - r, h - o, w - l, h - t}
	case 270:
		return rect{t, w - r, o, w - l}
	}
	return rect{l, t, r, o}
}

// placedWords counts words that were read by how pdftotext finds them.
type placedWords struct{ all, exact, parted int }

func (c placedWords) lost() int { return c.all - c.exact - c.parted }

func (c *placedWords) compare(p postroom.Page, sheet []sheetWord) {
	for _, w := range p.Words {
		if strings.TrimSpace(w.Text) == "" {
			continue
		}
		c.all++
		want := upright(p, p.Original(w.Box))
		x, y := want.middle()
		exact, parted := false, false
		for _, s := range sheet {
			if s.rect.holds(x, y) || want.holds(s.rect.middle()) {
				exact = exact || s.text == w.Text && math.Abs(s.rect[0]-want[0]) <= 0.4*(want[3]-want[1])+2
				parted = parted || strings.Contains(s.text, w.Text) || strings.Contains(w.Text, s.text)
			}
		}
		switch {
		case exact:
			c.exact++
		case parted:
			c.parted++
		}
	}
}

// holds says whether the text is found in the box, give or take two points.
func holds(sheet []sheetWord, box rect, text string) bool {
	box = rect{box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2}
	var found strings.Builder
	for _, s := range sheet {
		if box.holds(s.rect.middle()) || s.rect.holds(box.middle()) {
			found.WriteString(s.text)
		}
	}
	return strings.Contains(found.String(), strings.Join(strings.Fields(text), ""))
}
