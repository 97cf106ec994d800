package ocr

import (
	"slices"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

const (
	// A brick of this many inches fits into no stroke of a letter, and into shadows.
	shadowLeast = 0.13
	// Evened out in tiles, paper has about this shade, but beside sharp edges it is darker or lighter.
	evenDark, evenLight = 170, 235
	// The share of a page on which that may be so.
	shadowShare = 0.003
	// What is darker than this part of the paper is no paper in a shadow, but a picture, a bar, a part of a code or a black edge.
	shadowDark = 0.4
)

// evenBackground makes the paper of a gray page even: in tiles, which suits a scanner's or a camera's light. Where that
// leaves sharp edges, of shadows, stains and gray grounds, at which recognition would see strokes, each
// pixel is held against the paper just around it instead.
func (w *workpiece) evenBackground() {
	if w.err != nil {
		return
	}
	before := w.pix.Clone()
	defer before.Close()
	w.step((*tesseract.Pix).FlatBackground)
	if w.err != nil {
		return
	}
	const part = 4 // edges are looked for in a small copy
	paper, err := paperOf(w.pix, w.dpiX, w.dpiY, part)
	if err != nil {
		w.err = err
		return
	}
	uneven := paper.Between(0, evenDark) + paper.Between(evenLight, 256)
	paper.Close()
	if uneven < shadowShare {
		w.note("background evened out")
		return
	}
	w.tiled = w.pix.Clone()
	w.step(func(*tesseract.Pix) (*tesseract.Pix, error) { return withoutShadows(before, w.dpiX, w.dpiY) })
	w.note("shadows and gray grounds made white")
}

// withoutShadows returns a gray page on white paper.
func withoutShadows(p *tesseract.Pix, dpiX, dpiY float64) (*tesseract.Pix, error) {
	paper, err := paperOf(p, dpiX, dpiY, 1)
	if err != nil {
		return nil, err
	}
	defer paper.Close()
	dark, err := paper.Threshold(int(shadowDark * float64(p.Median())))
	if err != nil {
		return nil, err
	}
	defer dark.Close()
	// With its edges, which are gray in a scan.
	whole, err := dark.Grow(5, 5)
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	paper.Whiten(whole, 255)
	return p.Under(paper)
}

// codesBesides adds the codes that are found only as long as shadows are there: the gaps between
// thin bars are gray in a scan, and are not to be taken for paper.
func (w *workpiece) codesBesides(codes []code, dpiX, dpiY float64) ([]code, error) {
	bits, err := blackAndWhite(w.tiled, w.dpiX, w.dpiY)
	if err != nil {
		return nil, err
	}
	defer bits.Close()
	more, err := findCodes(bits, dpiX, dpiY)
	for _, c := range more {
		if !slices.ContainsFunc(codes, func(k code) bool { return k.format == c.format && k.box.Overlaps(c.box) }) {
			codes = append(codes, c)
		}
	}
	return codes, err
}

// paperOf returns what a page shows without its writing, so many times smaller.
func paperOf(p *tesseract.Pix, dpiX, dpiY float64, smaller int) (*tesseract.Pix, error) {
	small := p.Clone()
	if smaller > 1 {
		small.Close()
		var err error
		if small, err = p.Reduce(1/float64(smaller), 1/float64(smaller)); err != nil {
			return nil, err
		}
	}
	defer small.Close()
	brick := func(dpi float64) int { return int(shadowLeast*dpi/float64(smaller))/2*2 + 1 }
	return small.Closed(brick(dpiX), brick(dpiY))
}
