package ocr

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/lstm"
)

// A page's number at its foot, and values and units in the cells of a table, stand for themselves.
func TestShortStrips(t *testing.T) {
	s := newSheet().letter()
	rows := [][]string{{"mIU/L", "2.1", "1/1"}, {"7.1", "33", "ug/L"}, {"U/L", "0.4", "2/3"}, {"8.8", "pg", "4/4"}, {"mg/L", "1/2", "9.1"}, {"ng/L", "1.1", "5.7"}}
	want := map[string]int{}
	for i, row := range rows {
		for k, cell := range row {
			s.write(7.5, 1.1+2.1*float64(k), 7+0.35*float64(i), cell)
			want[cell]++
		}
	}
	wrong := 0
	for _, w := range readOne(t, postroom.TIFF, tiff(204, 204, s), 1).Words {
		want[w.Text]--
	}
	for cell, n := range want {
		if n > 0 {
			t.Logf("%q was not read", cell)
			wrong++
		}
	}
	if wrong > 4 { // 6, when each is read for itself
		t.Errorf("%d of 18 cells were not read", wrong)
	}
}

func TestAgreed(t *testing.T) {
	one := func(text string, sure float64) []lstm.Word {
		var w lstm.Word
		for _, c := range strings.Split(text, "") {
			w.Chars = append(w.Chars, lstm.Char{Text: c, Sure: sure})
		}
		return []lstm.Word{w}
	}
	for name, c := range map[string]struct {
		readings [][]lstm.Word
		want     int
	}{
		"two of three":     {[][]lstm.Word{one("wi", 0.99), one("1/1", 0.7), one("1/1", 0.9)}, 2},
		"no two":           {[][]lstm.Word{one("wi", 0.99), one("1/1", 0.7), one("/1", 0.9)}, -1},
		"nothing, thrice":  {[][]lstm.Word{nil, nil, nil}, -1},
		"one for itself":   {[][]lstm.Word{one("1/1", 0.9)}, -1},
		"all, the surest":  {[][]lstm.Word{one("4", 0.8), one("4", 0.9), one("4", 0.7)}, 1},
		"nothing, and one": {[][]lstm.Word{nil, nil, one("4", 0.9)}, -1},
	} {
		if got := agreed(c.readings); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}
