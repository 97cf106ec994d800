package ocr

import (
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// Scan lines that were lost in the middle of letters are closed, and what was written is read.
func TestLostScanLines(t *testing.T) {
	s := newSheet().letter()
	whole := readOne(t, postroom.TIFF, tiff(204, 204, s), 1)
	if slices.ContainsFunc(whole.Notes, func(n string) bool { return strings.Contains(n, "lost scan lines") }) {
		t.Fatalf("of a whole page: %q", whole.Notes)
	}
	// In the middle of each line of text.
	for i, w := range whole.Words {
		if i > 0 && whole.Words[i-1].Line == w.Line {
			continue
		}
		y := (w.Box[1] + w.Box[3]) / 2
		for x := range 1728 {
			s.Pix[y*s.Stride+x] = 255
		}
	}
	page := readOne(t, postroom.TIFF, tiff(204, 204, s), 1)
	score := Compare(strings.Join(letterLines, "\n"), page.PlainText())
	if score.Errors > 6 || !slices.ContainsFunc(page.Notes, func(n string) bool { return strings.Contains(n, "lost scan lines") }) {
		t.Errorf("%+v, %q: %q", score, page.Notes, page.PlainText())
	}
}

func TestLostRows(t *testing.T) {
	const width = 1000
	for what, c := range map[string]struct {
		ink  []int
		lost []int
	}{
		"one in a line of text":      {[]int{0, 90, 95, 0, 92, 90, 0}, []int{3}},
		"two":                        {[]int{0, 90, 95, 0, 2, 92, 90, 0}, []int{3, 4}},
		"three are a gap":            {[]int{0, 90, 95, 0, 0, 0, 92, 90, 0}, nil},
		"text over its underline":    {[]int{80, 90, 95, 0, 800, 0, 0}, nil},
		"a thin double rule":         {[]int{0, 0, 800, 0, 800, 0, 0}, nil},
		"between two lines of text":  {[]int{90, 60, 4, 0, 5, 60, 90}, nil},
		"too little to be text":      {[]int{9, 9, 9, 0, 9, 9, 9}, nil},
		"fewer dots, but not lost":   {[]int{90, 90, 90, 30, 90, 90, 90}, nil},
		"at the edges of the page":   {[]int{0, 90, 90, 90, 90, 90, 0}, nil},
		"a page of a single row":     {[]int{90}, nil},
		"no rows":                    {nil, nil},
		"two apart, in one line":     {[]int{90, 95, 0, 92, 90, 91, 0, 92, 95, 90}, []int{2, 6}},
		"a heading below thin print": {[]int{31, 31, 0, 500, 500, 500}, nil},
	} {
		if got := lostRows(c.ink, width); !slices.Equal(got, c.lost) {
			t.Errorf("%s: %v, not %v", what, got, c.lost)
		}
	}
}
