package ocr

import (
	"strings"

	"github.com/postroom/postroom"
)

// Judge says of each word whether it stands in the printed text, in the sense of
// [Compare]: every printed word makes one word right, wherever on the page. What
// the words' confidences promise can be held against it.
func Judge(printed string, words []postroom.Word) []bool {
	left := map[string]int{}
	for _, w := range strings.Fields(alike.Replace(printed)) {
		left[w]++
	}
	right := make([]bool, len(words))
	for i, w := range words {
		text := alike.Replace(w.Text)
		if left[text] > 0 {
			left[text]--
			right[i] = true
		}
	}
	return right
}
