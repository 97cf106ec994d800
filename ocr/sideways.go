package ocr

import (
	"cmp"
	"image"
	"math"
	"slices"

	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Letters of a line that runs up or down the page: at least so many, and so sure. Numbers of archives, of forms and
// of copies stand at the edge of pages that way.
const (
	sidewaysLeast = 4
	sidewaysSure  = 0.85
)

// columnsOf returns the boxes of letters that stand one on the other as closely as the letters of a line stand
// beside each other. Letters of different lines are further apart.
func columnsOf(letters []image.Rectangle) []image.Rectangle {
	letters = slices.SortedFunc(slices.Values(letters), func(a, b image.Rectangle) int {
		return cmp.Or(cmp.Compare(a.Min.Y, b.Min.Y), cmp.Compare(a.Min.X, b.Min.X))
	})
	type column struct {
		box, last image.Rectangle
		widths    []int
	}
	var open, ended []*column
	for _, l := range letters {
		open = slices.DeleteFunc(open, func(c *column) bool {
			over := l.Min.Y-c.last.Max.Y > c.box.Dx() // nothing that follows joins it
			if over {
				ended = append(ended, c)
			}
			return over
		})
		var best *column
		for _, c := range open {
			gap, wide := l.Min.Y-c.last.Max.Y, max(l.Dx(), c.last.Dx())
			overlap := min(l.Max.X, c.last.Max.X) - max(l.Min.X, c.last.Min.X)
			alike := wide < 2*min(l.Dx(), c.last.Dx()) || l.Min.X >= c.box.Min.X && l.Max.X <= c.box.Max.X // part of a letter
			if 2*gap < wide && gap > -wide/2 && 3*overlap > 2*min(l.Dx(), c.last.Dx()) && alike &&
				(best == nil || c.last.Max.Y > best.last.Max.Y) {
				best = c
			}
		}
		if best == nil {
			best = &column{box: l}
			open = append(open, best)
		}
		best.box, best.last = best.box.Union(l), l
		best.widths = append(best.widths, l.Dx())
	}
	var out []image.Rectangle
	for _, c := range append(ended, open...) {
		if len(c.widths) < sidewaysLeast {
			continue
		}
		slices.Sort(c.widths)
		if wide := c.widths[len(c.widths)/2]; c.box.Dy() > 2*wide && 2*c.box.Dx() < 3*wide {
			out = append(out, c.box)
		}
	}
	slices.SortFunc(out, func(a, b image.Rectangle) int {
		return cmp.Or(cmp.Compare(a.Min.Y, b.Min.Y), cmp.Compare(a.Min.X, b.Min.X))
	})
	return out
}

// readSideways reads the lines that run up or down the page, of the letters that stand in no strip of which
// anything was read.
func (l *lineReader) readSideways(p *tesseract.Pix, letters []image.Rectangle, read []readStrip, block int) ([]tesseract.Word, error) {
	found := make([]strip, len(read))
	for i, r := range read {
		found[i] = r.strip
	}
	// On a page full of dirt, most of what is left over is dirt.
	left := outside(letters, found)
	if 4*len(left) >= len(letters) {
		return nil, nil
	}
	var out []tesseract.Word
	for _, box := range columnsOf(left) {
		area := box.Inset(-margin).Intersect(image.Rect(0, 0, p.Width(), p.Height()))
		words, err := l.readColumn(p, area)
		if err != nil {
			return nil, err
		}
		for i := range words {
			words[i].Block, words[i].Paragraph, words[i].Line = block, 1, block
		}
		if len(words) > 0 {
			out = append(out, words...)
			block++
		}
	}
	return out, nil
}

// readColumn reads a part of the page that is turned by a quarter either way; of the two it takes the surer one,
// and nothing when neither is sure.
func (l *lineReader) readColumn(p *tesseract.Pix, area image.Rectangle) ([]tesseract.Word, error) {
	crop, err := p.Crop(area)
	if err != nil {
		return nil, err
	}
	defer crop.Close()
	var out []tesseract.Word
	best := sidewaysSure
	for _, turn := range []int{90, 270} {
		turned, err := crop.Turn(turn)
		if err != nil {
			return nil, err
		}
		for _, m := range l.models {
			lines, err := cut(turned, []strip{{area: image.Rect(0, 0, turned.Width(), turned.Height())}}, m.Height())
			if err == nil {
				var texts [][]lstm.Word
				if texts, err = readTwice(m, lines); err == nil && sureness(texts[0]) > best && !nothing(texts[0]) {
					best = sureness(texts[0])
					out = turnedWords(texts[0], inkOf(lines[0], m.Height()), float64(area.Dx())/float64(m.Height()), area, turn)
				}
			}
			if err != nil {
				turned.Close()
				return nil, err
			}
		}
		turned.Close()
	}
	return out, nil
}

// turnedWords places words that were read in an area turned clockwise by so many degrees.
func turnedWords(words []lstm.Word, ink inkMap, scale float64, area image.Rectangle, turn int) []tesseract.Word {
	var out []tesseract.Word
	sure := sureness(words)
	for _, w := range words {
		from, to, top, bottom := ink.around(w.From, w.To)
		x0, x1 := int(float64(from)*scale), int(math.Ceil(float64(to)*scale))
		y0, y1 := int(float64(top)*scale), int(math.Ceil(float64(bottom)*scale))
		box := image.Rect(area.Min.X+y0, area.Max.Y-x1, area.Min.X+y1, area.Max.Y-x0)
		if turn == 270 {
			box = image.Rect(area.Max.X-y1, area.Min.Y+x0, area.Max.X-y0, area.Min.Y+x1)
		}
		out = append(out, tesseract.Word{Text: w.Text(), Box: box.Intersect(area), Confidence: 100 * confidenceOf(w, sure, true)})
	}
	return out
}
