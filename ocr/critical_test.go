package ocr

import (
	"reflect"
	"testing"

	"github.com/postroom/postroom"
)

func printedLines(lines ...[]string) []postroom.Word {
	var out []postroom.Word
	for i, l := range lines {
		for k, w := range l {
			out = append(out, postroom.Word{Text: w, Line: i, Box: postroom.Box{100 * k, 50 * i, 100*k + 80, 50*i + 20}, Confidence: 0.97})
		}
	}
	return out
}

func TestFindCritical(t *testing.T) {
	words := printedLines(
		[]string{"NHS", "No:", "999", "123", "4567", "Tel", "01401", "678224"},
		[]string{"D.O.B.", "04/11/1958", "seen", "on", "12/03/2026"},
		[]string{"NHS", "number", "9991234567."},
		[]string{"Nr", "999-1Z3-4S67", "and", "3,000", "for", "2026"},
		[]string{"Born:", "4th", "of", "May"},
	)
	var got [][]int
	for _, c := range findCritical(words) {
		got = append(got, c.words)
	}
	// A telephone number has eleven digits; the date of a visit is not critical.
	want := [][]int{{2, 3, 4}, {15}, {17}, {9}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestCompareReadings(t *testing.T) {
	for _, c := range []struct {
		words  []string
		other  string
		others []string
	}{
		{[]string{"999", "123", "4567"}, "999 123 4567", []string{"", "", ""}},
		{[]string{"999", "123", "4567"}, "9991234567", []string{"", "", ""}},
		{[]string{"999", "123", "4567"}, "999 128 4567", []string{"", "128", ""}},
		{[]string{"999", "1Z3", "4567"}, "999 123 4567", []string{"", "123", ""}},
		{[]string{"999", "123", "4567"}, "999 12 4567", []string{"999 12 4567", "999 12 4567", "999 12 4567"}},
		{[]string{"04/11/1958"}, "04/11/1953", []string{"04111953"}},
		{[]string{"04/11/1958"}, "", []string{""}},
	} {
		words := printedLines(c.words)
		var group []int
		for k := range words {
			group = append(group, k)
		}
		compare(words, group, c.other)
		for k, w := range words {
			if w.Other != c.others[k] || (w.Other != "") != (w.Confidence <= distrusted) || w.Text != c.words[k] {
				t.Errorf("%v read again as %q: %+v", c.words, c.other, w)
			}
		}
	}
}
