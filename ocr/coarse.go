package ocr

import (
	"image"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Of coarse scans, what is lighter than this counts as ink where letters are looked for: their thin strokes are a pixel of
// gray, and fall to pieces at the shade that suits others.
const coarseInk = 200

// Ruled lines are at least so long, in inches, across and down the page.
const (
	coarseLevel   = 0.3
	coarseUpright = 0.4
)

// coarseLetters returns the boxes of what has the size of letters in a coarse scan, light print included, without the
// ruled lines that letters touch. With a line, a word in a form's field is no row of letters, but one large thing.
func coarseLetters(p *tesseract.Pix) ([]image.Rectangle, error) {
	bits, err := p.Threshold(coarseInk)
	if err != nil {
		return nil, err
	}
	defer bits.Close()
	dpi, _ := p.Resolution()
	level, err := ruledLines(bits, int(coarseLevel*dpi), 1)
	if err != nil {
		return nil, err
	}
	defer level.Close()
	upright, err := ruledLines(bits, 1, int(coarseUpright*dpi))
	if err != nil {
		return nil, err
	}
	defer upright.Close()
	rules, err := level.Or(upright)
	if err != nil {
		return nil, err
	}
	defer rules.Close()
	rest, err := bits.Minus(rules)
	if err != nil {
		return nil, err
	}
	defer rest.Close()
	return letterBoxes(rest.Components(), dpi, dpi), nil
}

// ruledLines returns the straight runs of at least so many pixels, and their frayed edges.
func ruledLines(bits *tesseract.Pix, across, down int) (*tesseract.Pix, error) {
	runs, err := longRuns(bits, across, down)
	if err != nil {
		return nil, err
	}
	defer runs.Close()
	const edges = 5
	return runs.Grow(min(edges, down), min(edges, across))
}
