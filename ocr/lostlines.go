package ocr

import (
	"image"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A fax machine that lost a scan line on the telephone leaves it white, or the row
// and the one after it: a cut through every letter of a line of text.
const (
	mostLost   = 2    // rows in a row; what is higher is a gap between lines
	lostInk    = 0.15 // of the ink of the rows around it
	textInk    = 0.03 // of the width: less is no line of text
	unlikeRows = 3.0  // rows above and below differ by no more than this factor
)

// mendLines closes the letters over scan lines that were lost. It takes an image of
// black and white.
func (w *workpiece) mendLines() {
	if w.err != nil {
		return
	}
	lost := lostRows(w.pix.Rows(), w.pix.Width())
	if len(lost) == 0 || len(lost) > w.pix.Height()/50 { // more is a screen of dots, or a pattern
		return
	}
	width := w.pix.Width()
	rows := make([]image.Rectangle, len(lost))
	for i, y := range lost {
		rows[i] = image.Rect(0, y, width, y+1)
	}
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) {
		closed, err := p.Morph("c1.4")
		if err != nil {
			return nil, err
		}
		defer closed.Close()
		mended, err := closed.Only(rows)
		if err != nil {
			return nil, err
		}
		defer mended.Close()
		return p.Or(mended)
	})
	w.note("%d lost scan lines were closed", len(lost))
}

// lostRows returns the rows that are white, or nearly so, in the middle of what is
// dark above and below them. ink is the number of dark pixels of each row.
func lostRows(ink []int, width int) []int {
	least := max(20, int(textInk*float64(width)))
	at := func(y int) int {
		if y < 0 || y >= len(ink) {
			return 0
		}
		return ink[y]
	}
	var lost []int
	for y := 2; y+2 < len(ink); y++ {
		for n := 1; n <= mostLost; n++ {
			above, below := at(y-1), at(y+n)
			few, many := min(above, below), max(above, below)
			if few < least || float64(many) > unlikeRows*float64(few) || min(at(y-2), at(y+n+1)) < few/3 {
				continue
			}
			white := true
			for k := y; k < y+n; k++ {
				white = white && float64(ink[k]) < lostInk*float64(few)
			}
			if !white {
				continue
			}
			for k := y; k < y+n; k++ {
				lost = append(lost, k)
			}
			y += n
			break
		}
	}
	return lost
}
