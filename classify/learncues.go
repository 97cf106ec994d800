package classify

import (
	"math/rand/v2"
	"strings"

	"github.com/postroom/postroom"
)

// cueExamples makes pages out of the type cues alone: a heading and some
// phrases that speak for one type. They teach the model the words of letters
// that no training layout has.
func cueExamples(each int) []Example {
	random := rand.New(rand.NewPCG(3, 5))
	var out []Example
	for _, code := range allTypes {
		cues := typeCues[code]
		title, strong, weak := cutList(cues.title), cutList(cues.strong), cutList(cues.weak)
		for range each {
			var lines []string
			if random.IntN(10) < 6 {
				lines = append(lines, strings.ToUpper(title[random.IntN(len(title))]))
			}
			for range 3 + random.IntN(6) {
				lines = append(lines, strong[random.IntN(len(strong))])
			}
			for range 2 + random.IntN(6) {
				lines = append(lines, weak[random.IntN(len(weak))])
			}
			if random.IntN(4) == 0 {
				lines = append(lines, title[random.IntN(len(title))])
			}
			out = append(out, Example{Pages: []postroom.Page{plainPage(lines)}, Type: code, Weight: 0.35})
		}
	}
	return out
}

func cutList(list string) []string {
	var out []string
	for s := range strings.SplitSeq(list, ";") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// plainPage sets lines below each other at 200 dots per inch.
func plainPage(lines []string) postroom.Page {
	p := postroom.Page{Width: 1654, Height: 2339, Frame: postroom.Frame{Width: 1654, Height: 2339, DPI: 200}}
	for n, line := range lines {
		x, y := 120, 150+n*60
		for w := range strings.FieldsSeq(line) {
			width := 10 * len(w)
			p.Words = append(p.Words, postroom.Word{Text: w, Box: postroom.Box{x, y, x + width, y + 22}, Confidence: 0.95, Line: n})
			x += width + 10
		}
	}
	return p
}
