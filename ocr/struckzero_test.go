package ocr

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationmonobold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Figures of 14 columns and 22 rows, in a line of 36.
var drawnFigures = map[string][][4]int{
	"plain zero":  {{3, 11, 6, 9}, {3, 11, 25, 28}, {0, 3, 9, 25}, {11, 14, 9, 25}},
	"dotted zero": {{3, 11, 6, 9}, {3, 11, 25, 28}, {0, 3, 9, 25}, {11, 14, 9, 25}, {5, 9, 15, 19}},
	"wide dot":    {{3, 11, 6, 9}, {3, 11, 25, 28}, {0, 3, 9, 25}, {11, 14, 9, 25}, {4, 9, 15, 18}}, // hardly apart from its sides
	"struck zero": {{3, 11, 6, 9}, {3, 11, 25, 28}, {0, 3, 9, 25}, {11, 14, 9, 25}, {3, 5, 19, 22}, {5, 7, 17, 20}, {7, 9, 14, 17}, {9, 11, 12, 15}},
	"six":         {{3, 11, 6, 9}, {3, 11, 25, 28}, {0, 3, 9, 25}, {11, 14, 17, 25}, {3, 11, 14, 17}, {11, 13, 8, 10}},
	"filled six":  {{3, 11, 6, 9}, {3, 11, 25, 28}, {0, 3, 9, 25}, {11, 14, 9, 12}, {11, 13, 13, 15}, {11, 14, 17, 25}, {3, 11, 14, 17}},
	"nine":        {{3, 11, 6, 9}, {3, 11, 25, 28}, {11, 14, 9, 25}, {0, 3, 9, 17}, {3, 11, 17, 20}, {1, 3, 24, 26}},
	"eight":       {{3, 11, 6, 9}, {3, 11, 25, 28}, {1, 4, 9, 15}, {10, 13, 9, 15}, {3, 11, 15, 18}, {0, 3, 18, 25}, {11, 14, 18, 25}},
	"one":         {{5, 8, 6, 28}},
}

// lineOfFigures draws figures side by side, and reads them as the text says.
func lineOfFigures(text string, names ...string) (lstm.Line, []lstm.Word) {
	var ink [][4]int
	w := lstm.Word{To: float64(20 * len(names))}
	letters := []rune(text)
	for i, n := range names {
		x := 20*i + 3
		for _, b := range drawnFigures[n] {
			ink = append(ink, [4]int{x + b[0], x + b[1], b[2], b[3]})
		}
		w.Chars = append(w.Chars, lstm.Char{Text: string(letters[i]), X: float64(x + 9), Sure: 1})
	}
	return lineOfInk(20*len(names), ink...), []lstm.Word{w}
}

func TestStruckZeros(t *testing.T) {
	for name, c := range map[string]struct {
		figures []string
		read    string
		want    string
	}{
		"dotted, beside one read right":  {[]string{"dotted zero", "one", "dotted zero", "one"}, "0161", "0101"},
		"dotted, read as a nine":         {[]string{"dotted zero", "one", "dotted zero", "one"}, "0191", "0101"},
		"struck through, read as an at":  {[]string{"struck zero", "one", "struck zero", "one"}, "01@1", "0101"},
		"three, none of them read right": {[]string{"dotted zero", "dotted zero", "one", "dotted zero"}, "6616", "0010"},
		"one alone":                      {[]string{"one", "one", "dotted zero", "one"}, "1161", "1161"},
		"a six":                          {[]string{"dotted zero", "one", "six", "one"}, "0161", "0161"},
		"a six whose gap is filled":      {[]string{"dotted zero", "one", "filled six", "one"}, "0161", "0161"},
		"a nine":                         {[]string{"dotted zero", "one", "nine", "one"}, "0191", "0191"},
		"an eight":                       {[]string{"dotted zero", "one", "eight", "one"}, "0181", "0181"},
		"where zeros are plain":          {[]string{"plain zero", "one", "dotted zero", "plain zero"}, "0160", "0160"},
		"a plain zero":                   {[]string{"dotted zero", "one", "plain zero", "dotted zero"}, "0160", "0160"},
		"a letter beside a letter":       {[]string{"dotted zero", "one", "dotted zero", "one"}, "0lO1", "0lO1"},
	} {
		line, words := lineOfFigures(c.read, c.figures...)
		read := [][]lstm.Word{words}
		withStruckZeros([]lstm.Line{line}, 36, read)
		if got := spoken(read[0]); got != c.want {
			t.Errorf("%s: %s is made %s, not %s", name, c.read, got, c.want)
		}
		for k, ch := range read[0][0].Chars {
			if changed := ch.Text != string([]rune(c.read)[k]); changed != (ch.Sure < 1) {
				t.Errorf("%s: %s is sure with %v", name, ch.Text, ch.Sure)
			}
		}
	}
}

// The header line of a machine has struck zeros where the letter under it has others: each line goes by itself.
func TestStruckZerosOfOtherLines(t *testing.T) {
	for name, c := range map[string]struct {
		other []string // of another line, read as zeros
		own   string
		want  string
	}{
		"many are struck":                   {[]string{"dotted zero", "struck zero", "dotted zero", "dotted zero"}, "wide dot", "1101"},
		"few are struck":                    {[]string{"dotted zero", "dotted zero"}, "wide dot", "1161"},
		"few are struck, and this is clear": {[]string{"dotted zero", "dotted zero"}, "dotted zero", "1101"},
		"some are plain":                    {[]string{"dotted zero", "dotted zero", "plain zero", "dotted zero", "dotted zero"}, "wide dot", "1161"},
		"they are plain":                    {[]string{"plain zero", "plain zero", "plain zero", "plain zero"}, "dotted zero", "1161"},
		"there are none":                    {[]string{"one", "one", "one", "one"}, "dotted zero", "1161"},
	} {
		line, words := lineOfFigures("1161", "one", "one", c.own, "one")
		text := strings.Repeat("0", len(c.other))
		if c.other[0] == "one" {
			text = "1111"
		}
		other, others := lineOfFigures(text, c.other...)
		read := [][]lstm.Word{words, others}
		withStruckZeros([]lstm.Line{line, other}, 36, read)
		if got := spoken(read[0]); got != c.want || spoken(read[1]) != text {
			t.Errorf("when %s, %s and %s come out", name, got, spoken(read[1]))
		}
		if sure := read[0][0].Chars[2].Sure; c.own == "wide dot" && c.want == "1101" && sure > 0.97 {
			t.Errorf("when %s, a zero that is hardly one is sure with %v", name, sure)
		}
	}
}

func TestSecondReadingOfStruckZeros(t *testing.T) {
	line, _ := lineOfFigures("6181", "dotted zero", "one", "eight", "one")
	found := []tesseract.Word{{Text: "6181", Box: image.Rect(6, 12, 154, 56)}} // twice as large as the line
	if got := spoken(secondZeros(line, found, 0.5)); got != "0181" {
		t.Errorf("6181 is made %s", got)
	}
	// What the first reading makes a zero with the help of others is unsure here, and stays in dispute.
	line, _ = lineOfFigures("1161", "one", "one", "wide dot", "one")
	if got := spoken(secondZeros(line, []tesseract.Word{{Text: "1161", Box: image.Rect(6, 12, 154, 56)}}, 0.5)); got != "1161" {
		t.Errorf("1161 is made %s", got)
	}
	line, _ = lineOfFigures("6161", "six", "one", "plain zero", "one")
	if got := spoken(secondZeros(line, []tesseract.Word{{Text: "6161", Box: image.Rect(6, 12, 154, 56)}}, 0.5)); got != "6161" {
		t.Errorf("6161 is made %s", got)
	}
}

func TestGlyphBoxes(t *testing.T) {
	line := lineOfInk(80,
		[4]int{4, 16, 6, 26}, [4]int{16, 18, 12, 14}, [4]int{18, 30, 6, 26}, // two that touch
		[4]int{38, 40, 4, 7},                          // a speck over nothing
		[4]int{44, 56, 6, 26}, [4]int{48, 50, 31, 33}) // a speck under it
	words := []lstm.Word{{Chars: []lstm.Char{{Text: "a", X: 12}, {Text: "b", X: 26}}}, {Chars: []lstm.Char{{Text: "c", X: 53}, {Text: "d", X: 76}}}}
	got := glyphBoxes(line, 36, words)
	near := func(a, b image.Rectangle) bool {
		return math.Abs(float64(a.Min.X-b.Min.X)) <= 2 && math.Abs(float64(a.Max.X-b.Max.X)) <= 2 && a.Min.Y == b.Min.Y && a.Max.Y == b.Max.Y
	}
	for i, want := range []image.Rectangle{image.Rect(4, 6, 16, 26), image.Rect(18, 6, 30, 26), image.Rect(44, 6, 56, 26), {}} {
		if b := got[i/2][i%2]; b.Empty() != want.Empty() || !near(b, want) {
			t.Errorf("character %d stands in %v, not %v", i, b, want)
		}
	}
}

// A letter in a font that puts dots into its zeros.
func TestPageOfStruckZeros(t *testing.T) {
	f, err := opentype.Parse(liberationmonobold.TTF)
	if err != nil {
		t.Fatal(err)
	}
	s := newSheet()
	lines := []string{
		"Fax 0161 496 0720, 0116 496 0429", "NHS number 999-066-0190", "Born 10/08/1906", "Seen on 03-02-2008 and 06-09-2020",
		"Reference 600890/0068, page 0001/0001", "Telephone 01986 900680", "Ward 60, bed 09, 08:00 to 20:06", "Sodium 100 (90 - 106)",
	}
	for k, points := range []float64{9, 10, 11} {
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: points, DPI: sheetDPI})
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range lines {
			d := font.Drawer{Dst: s.Gray, Src: image.NewUniform(color.Black), Face: face, Dot: fixed.P(200, 260+500*k+56*i)}
			d.DrawString(text)
		}
	}
	want := strings.Join(slices.Concat(lines, lines, lines), "\n")
	p := readOne(t, postroom.TIFF, tiff(204, 196, s.rows(196)), 1)
	if score := Compare(want, p.PlainText()); score.Errors > 0 {
		t.Errorf("%d characters are wrong:\n%s\nprinted:\n%s", score.Errors, p.PlainText(), want)
	}
}
