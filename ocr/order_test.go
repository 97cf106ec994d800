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
	got, _ := inOrder([]readStrip{
		lineOf(0, 100, 100, "Surname"), lineOf(0, 100, 140, "Date of birth"), lineOf(0, 100, 180, "Address"), lineOf(0, 100, 220, "Telephone"),
		lineOf(1, 600, 102, "Greenhalgh"), lineOf(1, 600, 139, "22/04/1989"), lineOf(1, 600, 183, "10 High Street, Northallerton, NE46 5QD"), lineOf(1, 600, 221, "01401 678224"),
		lineOf(2, 100, 400, "Findings"),
	}, 1700, 2200)
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
	ordered, halves := inOrder(pieces, 1700, 2200)
	got := texts(ordered)
	want := "Above both / left one two three four / left five six seven eight / left nine ten eleven more / left to the very end / " +
		"right one two three four / right five six seven eight / right nine ten eleven more / right to the very end / Below both"
	if got != want {
		t.Errorf("%s", got)
	}
	if halves {
		t.Error("columns of a page are taken for two pages")
	}
}

// Two letters on one scan: all of the left one comes first, its letterhead and its short lines too.
func TestTwoPagesOnOneScan(t *testing.T) {
	var scan []readStrip
	for i := range 10 {
		left, right := "left line of some words", "right line of some words"
		if i < 3 {
			left, right = "Left", "Right"
		}
		scan = append(scan, lineOf(0, 100, 100+40*i, left), lineOf(1, 1300, 102+40*i, right))
	}
	got, halves := inOrder(scan, 2300, 1650)
	if !halves || !strings.HasPrefix(got[9].words[0].Text(), "left") || !strings.HasPrefix(got[10].words[0].Text(), "Right") {
		t.Errorf("two pages: %v, %s", halves, texts(got))
	}
	// A table that lies across is one page.
	var table []readStrip
	for i := range 12 {
		table = append(table, lineOf(0, 100, 100+40*i, "Haemoglobin"), lineOf(1, 700, 100+40*i, "146 g/L"), lineOf(2, 1300, 102+40*i, "115 - 165"), lineOf(3, 1900, 100+40*i, "Normal"))
	}
	if got, halves := inOrder(table, 2300, 1650); halves || texts(got[:4]) != "Haemoglobin | 146 g/L | 115 - 165 | Normal" {
		t.Errorf("a table: %v, %s", halves, texts(got[:4]))
	}
}
