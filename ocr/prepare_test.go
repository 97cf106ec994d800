package ocr

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
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
