package ocr

import (
	"image"
	"testing"

	"github.com/postroom/postroom"
)

func TestLettersOfALineThatRunsDownThePage(t *testing.T) {
	var letters []image.Rectangle
	for i := range 8 { // a number at the edge
		letters = append(letters, image.Rect(1800, 100+24*i, 1832, 120+24*i))
	}
	for i := range 8 { // the figures of a column, one in each line
		letters = append(letters, image.Rect(500, 100+42*i, 516, 125+42*i))
	}
	for i := range 3 { // too few to tell
		letters = append(letters, image.Rect(900, 100+24*i, 932, 120+24*i))
	}
	got := columnsOf(letters)
	if want := image.Rect(1800, 100, 1832, 288); len(got) != 1 || got[0] != want {
		t.Errorf("found %v, not %v alone", got, want)
	}
}

// A number at the edge is read, whichever way it runs, and lies where it is printed.
func TestSidewaysPrint(t *testing.T) {
	for _, down := range []int{90, 270} {
		margin := newSheet().turned(360 - down) // in which the number is upright
		depth := 0.4
		if down == 270 {
			depth = float64(margin.Rect.Dy())/sheetDPI - 0.4
		}
		margin.write(14, 4, depth, "50412 8936")
		page := readOne(t, postroom.TIFF, tiff(204, 196, margin.turned(down).letter().rows(196)), 1)
		found := 0
		for _, w := range page.Words {
			if w.Text == "50412" || w.Text == "8936" {
				found++
				if w.Box[0] < 1555 || w.Box.Height() < w.Box[2]-w.Box[0] {
					t.Errorf("turned by %d: %q lies at %v", down, w.Text, w.Box)
				}
			}
		}
		if found != 2 {
			t.Errorf("turned by %d: %d of 2 numbers in %q", down, found, page.PlainText())
		}
	}
}
