package ocr

import (
	"slices"
	"testing"

	"github.com/postroom/postroom"
)

func TestJudge(t *testing.T) {
	var words []postroom.Word
	for _, w := range []string{"the", "patient’s", "the", "cat"} {
		words = append(words, postroom.Word{Text: w})
	}
	// A word that is printed once is right once; typographic signs count as their plain ones.
	if got, want := Judge("cat on the patient's", words), []bool{true, true, false, true}; !slices.Equal(got, want) {
		t.Errorf("right are %v, want %v", got, want)
	}
}
