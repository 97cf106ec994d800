package ocr

import (
	"image"
	"math"
	"slices"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A turning leads from a part of the page to a picture of it that is turned, and back.
type turning struct {
	b         *bench
	area      image.Rectangle
	degrees   float64 // clockwise
	left, top int     // what the picture has more on each side
}

func newTurning(b *bench, area image.Rectangle, degrees float64) turning {
	sin := math.Sin(math.Abs(degrees) * math.Pi / 180)
	return turning{b, area, degrees, int(float64(area.Dy())/2*sin) + 2, int(float64(area.Dx())/2*sin) + 2}
}

func (t turning) there(p *tesseract.Pix) *tesseract.Pix {
	m := t.b.put(func() (*tesseract.Pix, error) { return p.Padded(t.left, t.top, t.left, t.top) })
	return t.b.put(func() (*tesseract.Pix, error) { return m.Rotate(t.degrees) })
}

func (t turning) back(p *tesseract.Pix) *tesseract.Pix {
	m := t.b.put(func() (*tesseract.Pix, error) { return p.Rotate(-t.degrees) })
	return t.b.put(func() (*tesseract.Pix, error) {
		return m.Crop(image.Rect(t.left, t.top, t.left+t.area.Dx(), t.top+t.area.Dy()))
	})
}

// way leads from the turned picture to the page.
func (t turning) way() affine {
	w, h := t.area.Dx()+2*t.left, t.area.Dy()+2*t.top
	return affine{1, 0, float64(t.area.Min.X - t.left), 0, 1, float64(t.area.Min.Y - t.top)}.after(unrotated(t.degrees, w, h))
}

// look reads what a stamp says where the page's words were read for certain.
func (p *prepared) look(engine recogniser, s blackStamp, words []postroom.Word) ([]postroom.Word, error) {
	var b bench
	defer b.clear()
	w := &workpiece{pix: p.feed, dpiX: p.dpi, dpiY: p.dpi}
	area := s.area.Inset(-w.inches(0.05)).Intersect(image.Rect(0, 0, p.feed.Width(), p.feed.Height()))
	gray := b.put(func() (*tesseract.Pix, error) { return p.feed.Crop(area) })
	if b.err != nil {
		return words, b.err
	}
	for _, v := range words {
		if v.Confidence >= printSure {
			gray.White(image.Rect(v.Box[0], v.Box[1], v.Box[2], v.Box[3]).Inset(-2).Sub(area.Min).Intersect(image.Rect(0, 0, area.Dx(), area.Dy())))
		}
	}
	bits := b.put(func() (*tesseract.Pix, error) { return gray.Threshold(160) })
	rule := w.inches(ruleLeast) / 2
	bits = b.put(func() (*tesseract.Pix, error) { return bits.WithoutRuns(rule, rule) })
	bits = b.put(func() (*tesseract.Pix, error) { return bits.Tall(w.inches(0.05)) })
	if b.err != nil || bits.Ink() == 0 {
		return words, b.err
	}
	if s.turn == 0 {
		var err error
		if s.turn, err = bestTurn(bits); err != nil || !isAskew(s.turn) {
			return words, err
		}
	}
	t := newTurning(&b, area, s.turn)
	found, err := p.readLevel(engine, t, gray, bits)
	if err != nil {
		return words, err
	}
	text := stampText{found, p.matrix.after(t.way()), p.dpi}
	// What was read askew in their place is none, or the same again.
	n := len(words)
	words = p.withStamp(words, s.stampText)
	first := len(words)
	words = p.withStamp(words, text)
	again := slices.DeleteFunc(slices.Clone(words[first:]), func(v postroom.Word) bool {
		return slices.ContainsFunc(words[n:first], func(q postroom.Word) bool { return overlapping(q.Box, v.Box) })
	})
	own := append(words[n:first:first], again...)
	kept := slices.DeleteFunc(slices.Clone(words[:n]), func(v postroom.Word) bool {
		return slices.ContainsFunc(own, func(q postroom.Word) bool {
			x, y := (v.Box[0]+v.Box[2])/2, (v.Box[1]+v.Box[3])/2
			return (v.Confidence < stampSure || strings.Contains(q.Text, v.Text)) && x >= q.Box[0] && x < q.Box[2] && y >= q.Box[1] && y < q.Box[3]
		})
	})
	return append(kept, own...), nil
}

// readLevel reads what is black in what, and nothing else, in a picture turned level: the words that stand level there.
func (p *prepared) readLevel(engine recogniser, t turning, gray, what *tesseract.Pix) ([]postroom.Word, error) {
	other := t.b.put(func() (*tesseract.Pix, error) { return what.Grow(3, 3) })
	other = t.b.put(other.Inverted)
	alone := t.b.put(gray.Copy)
	if t.b.err != nil {
		return nil, t.b.err
	}
	alone.Whiten(other, white(alone))
	picture, level := t.there(alone), t.there(what)
	if t.b.err != nil {
		return nil, t.b.err
	}
	picture.SetResolution(p.dpi, p.dpi)
	found, _, err := engine.Recognise(picture)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(arrange(found, picture.Width(), picture.Height()), func(v postroom.Word) bool {
		return v.Confidence < stampSure || !anyRead([]postroom.Word{v}) || !standsLevel(level, v.Box, t.degrees)
	}), nil
}

// bestTurn returns by how many degrees clockwise letters have to be turned to stand level.
func bestTurn(p *tesseract.Pix) (float64, error) {
	small, err := p.Halve(1, 2)
	if err != nil {
		return 0, err
	}
	defer small.Close()
	wide, err := small.Padded(small.Height()/3, small.Width()/3, small.Height()/3, small.Width()/3)
	if err != nil {
		return 0, err
	}
	defer wide.Close()
	best, most := 0.0, 0
	try := func(degrees float64) error {
		q, err := wide.Rotate(degrees)
		if err != nil {
			return err
		}
		defer q.Close()
		if s := sharpness(q.Rows()); s > most {
			best, most = degrees, s
		}
		return nil
	}
	for d := -askewMost - 1; d <= askewMost+1; d += 2 {
		if err := try(float64(d)); err != nil {
			return 0, err
		}
	}
	for _, step := range []float64{1, 0.5, 0.25} {
		for around, d := best, -step; d <= step; d += 2 * step {
			if err := try(around + d); err != nil {
				return 0, err
			}
		}
	}
	return best, nil
}

// standsLevel tells of a word in a picture of a stamp, turned level, that it is none of the print, which lies askew there.
func standsLevel(level *tesseract.Pix, box postroom.Box, turn float64) bool {
	r := image.Rect(box[0], box[1], box[2], box[3]).Inset(-4).Intersect(image.Rect(0, 0, level.Width(), level.Height()))
	word, err := level.Crop(r)
	if err != nil {
		return false
	}
	defer word.Close()
	askew, err := word.Rotate(-turn)
	if err != nil {
		return false
	}
	defer askew.Close()
	return sharpness(word.Rows()) > sharpness(askew.Rows())
}

// sharpness is how much the rows of a picture differ from the next ones.
func sharpness(rows []int) (sum int) {
	for i := 1; i < len(rows); i++ {
		d := rows[i] - rows[i-1]
		sum += d * d
	}
	return sum
}

func overlapping(a, b postroom.Box) bool {
	return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
