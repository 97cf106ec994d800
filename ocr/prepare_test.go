package ocr

import (
	"image"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
	"github.com/postroom/postroom/testdata/generate"
)

func TestWhiteOnBlack(t *testing.T) {
	s := newSheet().letter()
	for i := range s.Pix {
		s.Pix[i] = 255 - s.Pix[i]
	}
	for kind, data := range map[string][]byte{postroom.TIFF: tiff(204, 204, s), postroom.PNG: generate.EncodePNG(s.Gray, 204)} {
		page := readOne(t, kind, data, 1)
		if score := Compare(strings.Join(letterLines, "\n"), page.PlainText()); score.Errors > 6 || page.Ink < 0.8 {
			t.Errorf("%s: %+v, ink %v: %q", kind, score, page.Ink, page.PlainText())
		}
	}
}

// A full stop beside a letter is no speck, however small; one in the open is.
func TestSpecksBesideLettersStay(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 200, 100))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	black := func(x0, y0, x1, y1 int) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				img.Pix[y*img.Stride+x] = 0
			}
		}
	}
	black(50, 40, 54, 60)   // a stroke
	black(55, 58, 57, 60)   // a dot beside it
	black(120, 20, 122, 22) // dirt
	p, err := tesseract.FromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	bits, err := p.Threshold(128)
	if err != nil {
		t.Fatal(err)
	}
	defer bits.Close()
	clean, err := withoutLoneSpecks(bits)
	if err != nil {
		t.Fatal(err)
	}
	defer clean.Close()
	if got := clean.Components(); len(got) != 2 || got[1].Min.X > 60 {
		t.Errorf("left: %v", got)
	}
}
