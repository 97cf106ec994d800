package ocr

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// A fax page is known again in whatever file it comes, and another page never is.
func TestAnImageIsKnownInEveryWrapper(t *testing.T) {
	r := openReader(t, Config{Workers: 1, CacheDir: testCache})
	s := newSheet()
	s.write(12, 1, 2, "The quick brown fox jumps over the lazy dog")
	bits := s.bits()
	g4 := generate.EncodeTIFF([]*generate.Bits{bits}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 196})
	dir := t.TempDir()
	from, to := filepath.Join(dir, "in.tif"), filepath.Join(dir, "out.pdf")
	if err := os.WriteFile(from, g4, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tiff2pdf", "-o", to, from).CombinedOutput(); err != nil {
		t.Fatalf("tiff2pdf: %v: %s", err, out)
	}
	converted, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	first := attach(t, postroom.TIFF, g4)
	page, err := r.ReadUnlessKnown(t.Context(), first, 1, func(postroom.Hash) (postroom.Page, bool) { return postroom.Page{}, false })
	if err != nil || page.Image == "" || len(page.Words) != 9 {
		t.Fatalf("read %+v, %v", page, err)
	}
	other := newSheet()
	other.write(12, 1, 2, "The quick brown fox jumps over the lazy cat")
	for _, c := range []struct {
		name, media string
		data        []byte
		same        bool
	}{
		{"a TIFF in another coding", postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{other.bits(), bits}, generate.TIFFOptions{Coding: generate.G3, DPIX: 204, DPIY: 196}), true},
		{"a PDF", postroom.PDF, generate.EncodeFaxPDF([]*generate.Bits{other.bits(), bits}, generate.G4, 204, 196, false), true},
		{"a PDF by tiff2pdf", postroom.PDF, converted, true},
		{"another resolution", postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{bits, bits}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98}), false},
		{"another page", postroom.TIFF, generate.EncodeTIFF([]*generate.Bits{bits, other.bits()}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 196}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := attach(t, c.media, c.data)
			a.Name = "another"
			n := 2
			if c.media == postroom.PDF && len(c.data) == len(converted) {
				n = 1
			}
			asked := 0
			got, err := r.ReadUnlessKnown(t.Context(), a, n, func(image postroom.Hash) (postroom.Page, bool) {
				asked++
				return page, image == page.Image
			})
			if err != nil || asked != 1 {
				t.Fatalf("asked %d times, %v", asked, err)
			}
			if (got.Image == page.Image) != c.same {
				t.Errorf("its image is %.8s, the first one's is %.8s", got.Image, page.Image)
			}
			if got.Hash != a.Hash || got.Number != n || got.Attachment != "another" || page.Attachment == "another" {
				t.Errorf("it came out as page %d of %s", got.Number, got.Attachment)
			}
			// What was kept has to be what would have been read.
			if read, err := r.Read(t.Context(), a, n); err != nil {
				t.Error(err)
			} else if got.Image = ""; !reflect.DeepEqual(got, read) {
				t.Errorf("kept: %+v\nread: %+v", got, read)
			}
		})
	}
	// Text of a PDF's own costs nothing to read, so nobody is asked.
	own := attach(t, postroom.PDF, textPDF("BT /F1 20 Tf 72 700 Td (Dear colleague) Tj 0 -40 Td (thank you for seeing this patient) Tj ET", ""))
	if _, err := r.ReadUnlessKnown(t.Context(), own, 1, func(postroom.Hash) (postroom.Page, bool) {
		t.Error("asked for a page with text of its own")
		return postroom.Page{}, false
	}); err != nil {
		t.Error(err)
	}
}
