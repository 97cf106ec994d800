package ocr

import (
	"image"
	"testing"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

func run(line, x0, y0, x1, y1 int) tesseract.Run {
	return tesseract.Run{Box: image.Rect(x0, y0, x1, y1), Line: line, Baseline: float64(y1), XHeight: 14, Ascender: 6, Descender: 6}
}

var a4 = image.Rect(0, 0, 1700, 2200)

func TestStripsPartAtWideGaps(t *testing.T) {
	// Two words of a line, a third one in another column, and one of the next line.
	got := strips([]tesseract.Run{run(0, 100, 100, 160, 120), run(0, 170, 100, 240, 120), run(0, 600, 100, 700, 120), run(1, 100, 150, 160, 170)}, a4)
	if len(got) != 3 {
		t.Fatalf("%d strips: %v", len(got), got)
	}
	if got[0].area.Min.X > 100 || got[0].area.Max.X < 240 || got[1].area.Min.X < 500 || got[2].area.Min.Y < 130 {
		t.Errorf("%v", got)
	}
}

// A line that a vertical rule runs through is as high as its letters.
func TestStripsAreAsHighAsLetters(t *testing.T) {
	word := run(0, 100, 100, 160, 120)
	word.Box.Min.Y, word.Box.Max.Y = 40, 200
	word.Baseline = 120
	got := strips([]tesseract.Run{word}, a4)
	if len(got) != 1 || got[0].area.Dy() > 48 || got[0].area.Min.Y > 100 || got[0].area.Max.Y < 126 {
		t.Errorf("%v", got)
	}
}

func TestFramesAreNoRuns(t *testing.T) {
	frame := run(0, 0, 0, 1700, 2200)
	rule := run(1, 50, 300, 54, 500)
	heading := run(4, 400, 600, 900, 660)
	runs := []tesseract.Run{frame, rule, run(2, 100, 100, 160, 120), run(3, 100, 150, 160, 170), run(3, 170, 150, 200, 170), heading}
	got := withoutFrames(runs)
	if len(got) != 4 || got[3].Box != heading.Box {
		t.Errorf("%v", got)
	}
}

func TestMissedLettersMakeStrips(t *testing.T) {
	found := []strip{{area: image.Rect(90, 90, 300, 130)}}
	var letters []image.Rectangle
	at := func(x, y, n int) {
		for i := range n {
			letters = append(letters, image.Rect(x+i*14, y, x+i*14+10, y+18))
		}
	}
	at(100, 100, 8)  // in the strip
	at(100, 400, 12) // a line that was missed
	at(900, 400, 5)  // another, far to the right of it
	at(500, 700, 2)  // dirt
	got := insert(found, missed(outside(letters, found), a4))
	if len(got) != 3 {
		t.Fatalf("%d strips: %v", len(got), got)
	}
	if got[0] != found[0] || !got[1].guessed || got[1].area.Min.X > 100 || got[1].area.Max.X < 264 || got[2].area.Min.X < 800 {
		t.Errorf("%v", got)
	}
	if got[1].line == got[2].line || got[1].block == got[0].block {
		t.Errorf("missed strips are no lines of their own: %v", got)
	}
}

// What is missed is read where it belongs.
func TestMissedStripsComeInOrder(t *testing.T) {
	found := []strip{
		{area: image.Rect(100, 100, 300, 130)},
		{area: image.Rect(800, 200, 1000, 230), line: 1},
		{area: image.Rect(100, 300, 300, 330), line: 2},
	}
	got := insert(found, []strip{{area: image.Rect(100, 202, 300, 232), guessed: true}, {area: image.Rect(100, 500, 300, 530), guessed: true}})
	if len(got) != 5 || !got[1].guessed || got[2].line != 1 || !got[4].guessed {
		t.Errorf("%v", got)
	}
}

// The number of a list's item belongs to its line.
func TestLoneLettersJoinTheirLine(t *testing.T) {
	found := []strip{{area: image.Rect(200, 96, 500, 128)}}
	number, far, speck := image.Rect(180, 102, 190, 120), image.Rect(20, 102, 30, 120), image.Rect(505, 110, 508, 113)
	left := join(found, []image.Rectangle{number, far, speck}, a4)
	if len(left) != 2 || found[0].area != image.Rect(176, 96, 500, 128) {
		t.Errorf("%v, left over: %v", found, left)
	}
}
