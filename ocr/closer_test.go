package ocr

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
	"github.com/postroom/postroom/testdata/generate"
)

// halved returns the sheet at half its dots per inch.
func (s sheet) halved() *image.Gray {
	out := image.NewGray(image.Rect(0, 0, s.Rect.Dx()/2, s.Rect.Dy()/2))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for _, p := range []image.Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				sum += int(s.GrayAt(2*x+p.X, 2*y+p.Y).Y)
			}
			out.SetGray(x, y, color.Gray{Y: uint8(sum / 4)})
		}
	}
	return out
}

// A form as typewriters filled them in: small labels, and on the same line large print that stands a little
// higher, on a rule that the letters touch.
func TestCoarseForm(t *testing.T) {
	s := newSheet()
	rows := [][2]string{
		{"REPORTED BY", "Dr. Michael Bender"}, {"SIGNATURE", "Patricia Jacobs"}, {"INVESTIGATOR", "Jorge Yunis"},
		{"AFFILIATION", "University of Texas"}, {"CONCLUSION", "Medical Department"}, {"REFERENCE", "Laboratory Report"},
	}
	for i, r := range rows {
		y := 1.5 + 0.6*float64(i)
		s.write(5.5, 0.9, y, r[0])
		s.write(14, 1.75, y-0.015, r[1])
		s.fill(1.65, y, 7.2, y+0.015, 0)
	}
	for i := range 4 {
		s.write(11, 0.9, 6+0.3*float64(i), letterLines[2+i])
	}
	page := readOne(t, postroom.JPEG, generate.EncodeJPEG(s.halved(), 90, 102), 1)
	text := page.PlainText()
	var want, found int
	for _, r := range rows {
		for _, w := range strings.Fields(r[0] + " " + r[1]) {
			want++
			if strings.Contains(text, w) {
				found++
			}
		}
	}
	if found < want-2 {
		t.Errorf("%d of %d words of the form: %q", found, want, text)
	}
}

func TestLettersOnRules(t *testing.T) {
	s := newSheet()
	box := s.write(11, 1, 2, "Hospital")
	s.fill(0.9, 2-0.005, 4, 2+0.01, 0)
	p, err := tesseract.FromImage(s.Gray)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.SetResolution(sheetDPI, sheetDPI)
	letters, err := coarseLetters(p)
	if err != nil {
		t.Fatal(err)
	}
	inside := 0
	for _, l := range letters {
		if centre(l).In(box) {
			inside++
		} else {
			t.Errorf("a letter at %v, which is no part of the word at %v", l, box)
		}
	}
	if inside < 7 { // the dot of the i is none
		t.Errorf("%d letters of 8", inside)
	}
}

func TestAroundLetters(t *testing.T) {
	row := func(y, high int, n int) (out []image.Rectangle) {
		for i := range n {
			out = append(out, image.Rect(100+20*i, y-high, 112+20*i, y))
		}
		return out
	}
	if got, want := around(row(200, 20, 5)), image.Rect(96, 176, 196, 209); got != want {
		t.Errorf("%v, not %v", got, want)
	}
	// A point and a part of a frame are no letters of theirs.
	odd := append(row(200, 20, 5), image.Rect(190, 196, 194, 200), image.Rect(60, 100, 64, 260))
	if got, want := around(odd), image.Rect(96, 176, 196, 209); got != want {
		t.Errorf("%v, not %v", got, want)
	}
	if got := around(row(200, 20, 1)); !got.Empty() {
		t.Errorf("%v of one letter", got)
	}
}

func TestDoubtsOfAStrip(t *testing.T) {
	word := func(from, to, sure float64) lstm.Word {
		return lstm.Word{Chars: []lstm.Char{{Text: "a", X: (from + to) / 2, Sure: sure}}, From: from, To: to}
	}
	strips := []strip{{area: image.Rect(1000, 100, 1400, 172)}} // twice the height of the network's line
	read := [][]lstm.Word{{word(0, 50, 0.99), word(50, 100, 0.5), word(100, 150, 0.6), word(150, 200, 0.95)}}
	var letters []image.Rectangle
	for x := 1000; x < 1400; x += 20 {
		letters = append(letters, image.Rect(x, 130, x+14, 150))
	}
	got := doubtsOf(strips, read, 36, letters, image.Rect(0, 0, 2000, 300))
	if len(got) != 1 || got[0].from != 1 || got[0].to != 3 {
		t.Fatalf("%+v", got)
	}
	if a := got[0].area; a.Min.X != 1096 || a.Max.X > 1304 || a.Dy() != 33 {
		t.Errorf("the words' letters stand in %v", a)
	}
	// What is read there goes back to its place in the strip.
	fresh := []lstm.Word{word(0, 40, 0.9)}
	placeWithin(fresh, got[0].area, strips[0].area, 36)
	if w := fresh[0]; math.Abs(w.From-48) > 0.01 || math.Abs(w.To-48-40*33.0/72) > 0.01 || w.Chars[0].X <= w.From || w.Chars[0].X >= w.To {
		t.Errorf("%+v", w)
	}
}
