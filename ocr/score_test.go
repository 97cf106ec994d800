package ocr

import "testing"

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		printed, read string
		want          Score
	}{
		{"", "", Score{}},
		{"one two", "two  one", Score{Words: 2, Read: 2, Found: 2, Characters: 6}},
		{"it’s", "it's", Score{Words: 1, Read: 1, Found: 1, Characters: 4}},
		{"NHS 999", "NHS 998", Score{Words: 2, Read: 2, Found: 1, Characters: 6, Errors: 1}},
		{"lost words", "", Score{Words: 2, Characters: 9, Errors: 9}},
		{"a", "a rubbish", Score{Words: 1, Read: 2, Found: 1, Characters: 1, Errors: 7}},
		{"kitten", "sitting", Score{Words: 1, Read: 1, Characters: 6, Errors: 3}},
		{"to to", "to", Score{Words: 2, Read: 1, Found: 1, Characters: 4, Errors: 2}},
	} {
		if got := Compare(c.printed, c.read); got != c.want {
			t.Errorf("Compare(%q, %q) = %+v, want %+v", c.printed, c.read, got, c.want)
		}
	}
}
