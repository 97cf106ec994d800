package ocr

import (
	"strings"
	"testing"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

func TestRuledLinesAreNoPartOfWords(t *testing.T) {
	for text, want := range map[string]string{
		"Name_Smith_":          "Name Smith",
		"_Hong":                "Hong",
		"____":                 "",
		"$_58,000__":           "$ 58,000",
		"Length-----12":        "Length ----- 12",
		"———":                  "———",
		"Name.....7":           "Name ..... 7",
		"well...":              "well...",
		"twenty-four":          "twenty-four",
		"jane_doe@example.org": "jane_doe@example.org",
		"letter_v2.docx":       "letter_v2.docx",
		"Speaker_Dr.":          "Speaker Dr.",
		"word":                 "word",
	} {
		var chars []lstm.Char
		for i, r := range []rune(text) {
			chars = append(chars, lstm.Char{Text: string(r), X: float64(10 * i)})
		}
		var got []string
		for _, piece := range parted(chars) {
			got = append(got, lstm.Word{Chars: piece}.Text())
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q was parted to %q, not %q", text, s, want)
		}
	}
}
