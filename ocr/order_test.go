package ocr

import (
	"image"
	"strings"
	"testing"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// lineOf makes a readStrip of a line of text, whose words are split at spaces.
func lineOf(block, x, y int, text string) readStrip {
	p := readStrip{strip: strip{area: image.Rect(x, y, x+12*len(text), y+30), block: block}}
	for _, w := range strings.Fields(text) {
		p.words = append(p.words, lstm.Word{Chars: []lstm.Char{{Text: w, Sure: 1}}})
	}
	return p
}

func texts(pieces []readStrip) string {
	var b strings.Builder
	for i, p := range pieces {
		if i > 0 && p.line == pieces[i-1].line {
			b.WriteString(" | ")
		} else if i > 0 {
			b.WriteString(" / ")
		}
		for k, w := range p.words {
			if k > 0 {
				b.WriteString(" ")
			}
			b.WriteString(w.Text())
		}
	}
	return b.String()
}

// The analysis of the layout gives a form's labels first, and then its values.
func TestLabelsStandBeforeTheirValues(t *testing.T) {
	got := inOrder([]readStrip{
		lineOf(0, 100, 100, "Surname"), lineOf(0, 100, 140, "Date of birth"), lineOf(0, 100, 180, "Address"), lineOf(0, 100, 220, "Telephone"),
		lineOf(1, 600, 102, "Greenhalgh"), lineOf(1, 600, 139, "22/04/1989"), lineOf(1, 600, 183, "10 High Street, Northallerton, NE46 5QD"), lineOf(1, 600, 221, "01401 678224"),
		lineOf(2, 100, 400, "Findings"),
	})
	want := "Surname | Greenhalgh / Date of birth | 22/04/1989 / Address | 10 High Street, Northallerton, NE46 5QD / Telephone | 01401 678224 / Findings"
	if texts(got) != want {
		t.Errorf("%s", texts(got))
	}
	if got[0].block != got[1].block || got[0].block == got[8].block {
		t.Errorf("blocks: %v", got)
	}
}

func TestColumnsOfProseAreReadOneAfterTheOther(t *testing.T) {
	var pieces []readStrip
	for i, text := range []string{"left one two three four", "left five six seven eight", "left nine ten eleven more", "left to the very end"} {
		pieces = append(pieces, lineOf(1, 100, 200+40*i, text))
	}
	for i, text := range []string{"right one two three four", "right five six seven eight", "right nine ten eleven more", "right to the very end"} {
		pieces = append(pieces, lineOf(2, 900, 198+40*i, text))
	}
	pieces = append(pieces, lineOf(3, 100, 600, "Below both"), lineOf(0, 100, 100, "Above both"))
	got := texts(inOrder(pieces))
	want := "Above both / left one two three four / left five six seven eight / left nine ten eleven more / left to the very end / " +
		"right one two three four / right five six seven eight / right nine ten eleven more / right to the very end / Below both"
	if got != want {
		t.Errorf("%s", got)
	}
}
