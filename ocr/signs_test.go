package ocr

import (
	"image"
	"slices"
	"testing"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

func TestMiddleDots(t *testing.T) {
	words := func(sign string) []lstm.Word {
		return []lstm.Word{
			{Chars: []lstm.Char{{Text: "A", X: 10}}, From: 0, To: 76},
			{Chars: []lstm.Char{{Text: sign, X: 82}}, From: 76, To: 90},
			{Chars: []lstm.Char{{Text: "B", X: 100}}, From: 90, To: 200},
		}
	}
	for name, c := range map[string]struct {
		ink  [][4]int
		sign string
		want string
	}{
		"a dot read as a dash":        {[][4]int{{80, 84, 14, 18}}, "-", "A · B"},
		"a dot read as a full stop":   {[][4]int{{80, 84, 14, 18}}, ".", "A · B"},
		"a dash":                      {[][4]int{{78, 86, 15, 18}}, "-", "A - B"},
		"a full stop":                 {[][4]int{{80, 84, 22, 26}}, ".", "A . B"},
		"a raised dot":                {[][4]int{{80, 84, 6, 10}}, "'", "A ' B"},
		"two dots":                    {[][4]int{{78, 81, 14, 17}, {84, 87, 14, 17}}, "-", "A - B"},
		"a letter over a dot of dirt": {[][4]int{{80, 84, 14, 18}}, "e", "A e B"},
	} {
		s := shapeOf(lineOfInk(200, slices.Concat(letterBlocks(4), letterBlocks(94), c.ink)...), 36)
		if got := spoken(withMiddleDots(words(c.sign), &s)); got != c.want {
			t.Errorf("%s gives %q, not %q", name, got, c.want)
		}
	}
}

// On coarse print a dot is a shade, and one of several may not show at all; a dash shows.
func TestFaintMiddleDots(t *testing.T) {
	line := lineOfInk(300, slices.Concat(letterBlocks(4), letterBlocks(94), letterBlocks(194))...)
	sign := func(text string, from, to float64) lstm.Word {
		return lstm.Word{Chars: []lstm.Char{{Text: text, X: (from + to) / 2}}, From: from, To: to}
	}
	read := func() []lstm.Word {
		return []lstm.Word{sign("A", 0, 76), sign("-", 76, 90), sign("B", 90, 176), sign("-", 176, 190), sign("C", 190, 300)}
	}
	s := shapeOf(line, 36)
	if got := spoken(withMiddleDots(read(), &s)); got != "A - B - C" {
		t.Errorf("without a dot it is %q", got)
	}
	for y := 15; y < 17; y++ {
		for x := 181; x < 185; x++ {
			line.Gray[y*300+x] = 170
		}
	}
	s = shapeOf(line, 36)
	if got := spoken(withMiddleDots(read(), &s)); got != "A · B · C" {
		t.Errorf("with a shade of one it is %q", got)
	}
}

func TestStrayQuotes(t *testing.T) {
	words := func() []lstm.Word {
		return []lstm.Word{{Chars: []lstm.Char{{Text: "‘", X: 6}, {Text: "T", X: 15}, {Text: "o", X: 27}}, From: 0, To: 200}}
	}
	for name, c := range map[string]struct {
		ink  [][4]int
		want string
	}{
		"the arm of a T":    {[][4]int{{4, 7, 6, 9}}, "To"},
		"nothing":           {nil, "To"},
		"a quotation mark":  {[][4]int{{4, 7, 5, 12}}, "‘To"},
		"two of its points": {[][4]int{{1, 3, 5, 11}, {5, 7, 5, 11}}, "‘To"},
	} {
		s := shapeOf(lineOfInk(200, slices.Concat(letterBlocks(9), c.ink)...), 36)
		if got := spoken(withoutStrayQuotes(words(), &s)); got != c.want {
			t.Errorf("%s gives %q, not %q", name, got, c.want)
		}
	}
}

func TestLettersAlone(t *testing.T) {
	one := func(text string, sure float64) []lstm.Word {
		return []lstm.Word{{Chars: []lstm.Char{{Text: text, X: 10, Sure: sure}}, To: 20}}
	}
	label := lineOfInk(100, letterBlocks(4)...) // its capitals are 20 rows high
	for name, c := range map[string]struct {
		ink   [][4]int
		read  string
		alone bool
		want  string
	}{
		"a capital":        {[][4]int{{4, 16, 6, 26}}, "s", true, "S"},
		"a small letter":   {[][4]int{{4, 16, 11, 26}}, "s", true, "s"},
		"another letter":   {[][4]int{{4, 16, 6, 26}}, "h", true, "h"},
		"a digit":          {[][4]int{{4, 16, 6, 26}}, "8", false, "8"},
		"broken strokes":   {[][4]int{{4, 9, 6, 26}, {12, 16, 6, 26}}, "s", false, "s"},
		"dirt":             {[][4]int{{4, 8, 20, 26}}, "s", false, "s"},
		"scattered specks": {[][4]int{{4, 8, 6, 9}, {4, 8, 22, 26}}, "s", false, "s"},
	} {
		picture := lineOfInk(20, c.ink...)
		if _, got := aloneInStrip(one(c.read, 0.6), picture, 36); got != c.alone {
			t.Errorf("%s is a letter alone: %v", name, got)
		}
		read := [][]lstm.Word{{}, one(c.read, 0.6)}
		found := []strip{{area: image.Rect(0, 100, 100, 136)}, {area: image.Rect(300, 100, 320, 136)}}
		capitals(found, read, []lstm.Line{label, picture}, []int{36, 36})
		if got := spoken(read[1]); got != c.want {
			t.Errorf("%s gives %q, not %q", name, got, c.want)
		}
	}
}

func TestLostPoints(t *testing.T) {
	two, five := [4]int{4, 15, 7, 25}, [4]int{25, 36, 7, 25}
	for name, c := range map[string]struct {
		ink  [][4]int
		read string
		want string
	}{
		"a dot at the foot":        {[][4]int{two, {19, 21, 23, 25}, five}, "25", "2.5"},
		"nothing between":          {[][4]int{two, five}, "25", "25"},
		"dirt beside a figure":     {[][4]int{two, {16, 17, 24, 25}, {18, 29, 7, 25}}, "25", "25"},
		"dirt half way up":         {[][4]int{two, {19, 21, 14, 16}, five}, "25", "25"},
		"a stroke":                 {[][4]int{two, {19, 21, 12, 25}, five}, "25", "25"},
		"a tail below the line":    {[][4]int{two, {19, 21, 24, 29}, five}, "25", "25"},
		"a dot that was read":      {[][4]int{two, {19, 21, 23, 25}, five}, "2.5", "2.5"},
		"letters, not figures":     {[][4]int{two, {19, 21, 23, 25}, five}, "ab", "ab"},
		"one pixel in a large gap": {[][4]int{two, {20, 21, 24, 25}, five}, "25", "2.5"},
	} {
		shape := shapeOf(lineOfInk(40, c.ink...), 36)
		var chars []lstm.Char
		for i, r := range c.read {
			x := []float64{10, 30}[min(i, 1)]
			if r == '.' {
				x = 20
			} else if i == 2 {
				x = 30
			}
			chars = append(chars, lstm.Char{Text: string(r), X: x, Sure: 1})
		}
		if got := withLostPoints([]lstm.Word{{Chars: chars, To: 40}}, &shape)[0]; got.Text() != c.want {
			t.Errorf("%s: %s", name, got.Text())
		}
	}
}
