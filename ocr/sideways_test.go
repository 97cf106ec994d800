package ocr

import (
	"image"
	"testing"
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
