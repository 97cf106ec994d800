package ocr

import (
	"image"
	"math"
	"unicode"

	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A lineReader finds the lines of a page with Tesseract's analysis of the layout, and
// reads them all at once with the networks of Tesseract's models. Where several languages
// are looked for, each line is taken from the model that is surest of it.
type lineReader struct {
	layout *tesseract.Layout
	models []*lstm.Model // one for each language
}

func (l *lineReader) Close() error {
	l.layout.Close()
	return nil
}

// layoutMargin is how much white around the ink the analysis of the layout is shown, in inches.
const layoutMargin = 0.25

// sideBySide is noted of a scan that shows two pages.
const sideBySide = "two pages side by side"

// Recognise reads the page.
func (l *lineReader) Recognise(p *tesseract.Pix) ([]tesseract.Word, []string, error) {
	return l.read(p, false)
}

// RecogniseCoarse reads a page that was scanned with few dots to an inch.
func (l *lineReader) RecogniseCoarse(p *tesseract.Pix) ([]tesseract.Word, []string, error) {
	return l.read(p, true)
}

func (l *lineReader) read(p *tesseract.Pix, coarse bool) ([]tesseract.Word, []string, error) {
	runs, err := l.runs(p, coarse)
	if err != nil {
		return nil, nil, err
	}
	var light []image.Rectangle
	if coarse {
		if light, err = coarseLetters(p); err != nil {
			return nil, nil, err
		}
	}
	found, letters, err := findStrips(p, runs, light)
	if err != nil {
		return nil, nil, err
	}
	read := make([][]lstm.Word, len(found))
	pictures := make([]lstm.Line, len(found))
	heights := make([]int, len(found))
	for i, m := range l.models {
		lines, err := cut(p, found, m.Height())
		if err != nil {
			return nil, nil, err
		}
		texts, err := readTwice(m, lines)
		if err != nil {
			return nil, nil, err
		}
		if coarse {
			if err := lookCloser(m, p, light, found, texts); err != nil {
				return nil, nil, err
			}
		} else if err := readBeside(m, p, letters, found, lines, texts); err != nil {
			return nil, nil, err
		}
		for k, words := range texts {
			if i == 0 || sureness(words) > sureness(read[k]) {
				read[k], pictures[k], heights[k] = words, lines[k], m.Height()
			}
		}
	}
	capitals(found, read, pictures, heights)
	var pieces []readStrip
	for i, words := range read {
		s := found[i]
		if s.guessed && sureness(words) < 0.85 {
			continue
		}
		if nothing(words) {
			if _, alone := aloneInStrip(words, pictures[i], heights[i]); !alone || s.guessed || sureness(words) < loneSure {
				continue
			}
		}
		pieces = append(pieces, readStrip{strip: s, words: words, index: i})
	}
	var out []tesseract.Word
	ordered, halves := inOrder(pieces, p.Width(), p.Height())
	for _, q := range ordered {
		scale := float64(q.area.Dy()) / float64(heights[q.index])
		ink := inkOf(pictures[q.index], heights[q.index])
		sure := sureness(q.words)
		for _, w := range q.words {
			from, to, top, bottom := ink.around(w.From, w.To)
			out = append(out, tesseract.Word{
				Text: w.Text(),
				Box: image.Rect(q.area.Min.X+int(float64(from)*scale), q.area.Min.Y+int(float64(top)*scale),
					q.area.Min.X+int(math.Ceil(float64(to)*scale)), q.area.Min.Y+int(math.Ceil(float64(bottom)*scale))),
				Confidence: 100 * confidenceOf(w, sure, q.guessed), Block: q.block + 1, Paragraph: 1, Line: q.line + 1,
			})
		}
	}
	last := 0
	for _, w := range out {
		last = max(last, w.Block, w.Line)
	}
	sideways, err := l.readSideways(p, letters, ordered, last+1)
	if err != nil {
		return nil, nil, err
	}
	out = append(out, sideways...)
	if halves {
		return out, []string{sideBySide}, nil
	}
	return out, nil, nil
}

// runs finds the page's runs of letters.
func (l *lineReader) runs(p *tesseract.Pix, coarse bool) ([]tesseract.Run, error) {
	bits, err := p.Split()
	if err != nil {
		return nil, err
	}
	defer func() { bits.Close() }()
	if coarse { // a little more is found on them when they are whole, and they are few
		return l.layout.Find(bits, tesseract.ModeAuto)
	}
	// White at the edges costs as much as print.
	dpi, _ := p.Resolution()
	around := int(layoutMargin * dpi)
	box := bits.Bounds().Inset(-around).Intersect(image.Rect(0, 0, p.Width(), p.Height()))
	if box.Empty() {
		return nil, nil
	}
	inner, err := bits.Crop(box)
	if err != nil {
		return nil, err
	}
	bits.Close()
	bits = inner
	runs, err := l.layout.Find(bits, tesseract.ModeAuto)
	for i := range runs {
		runs[i].Box = runs[i].Box.Add(box.Min)
		runs[i].Baseline += float64(box.Min.Y)
	}
	return runs, err
}

// cut takes the strips out of the page, as the network wants them.
func cut(p *tesseract.Pix, strips []strip, height int) ([]lstm.Line, error) {
	lines := make([]lstm.Line, len(strips))
	for i, s := range strips {
		var err error
		if lines[i].Width, lines[i].Gray, err = p.Strip(s.area, height); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// nothing tells that what was read of a strip is none of a text's: a ruled line, dirt, a part of a picture.
func nothing(words []lstm.Word) bool {
	for _, w := range words {
		letters := 0
		for _, c := range w.Chars {
			if r := []rune(c.Text)[0]; unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters++
			}
		}
		if letters > 0 && (sureness([]lstm.Word{w}) > 0.7 || w.Known && letters > 2) {
			return false
		}
	}
	return sureness(words) < 0.9
}

// sureness is the mean probability of a line's characters.
func sureness(words []lstm.Word) float64 {
	var sum, n float64
	for _, w := range words {
		for _, c := range w.Chars {
			sum += c.Sure
			n++
		}
	}
	return sum / max(1, n)
}

// An inkMap tells where a line is not white.
type inkMap struct {
	width, height int
	dark          []bool
	column        []bool // whether anything in it is dark
}

func inkOf(l lstm.Line, height int) inkMap {
	m := inkMap{width: l.Width, height: height, dark: make([]bool, len(l.Gray)), column: make([]bool, l.Width)}
	for i, v := range l.Gray {
		if v < 128 {
			m.dark[i] = true
			m.column[i%l.Width] = true
		}
	}
	return m
}

// edge returns the widest white gap near x, of which x is somewhere in or beside.
func (m inkMap) edge(x float64) (from, to int) {
	const near = 12
	at := int(x)
	from, to = at, at
	for i := max(0, at-near); i < min(m.width, at+near); {
		if m.column[i] {
			i++
			continue
		}
		start := i
		for start > 0 && !m.column[start-1] {
			start--
		}
		end := i
		for end < m.width && !m.column[end] {
			end++
		}
		if end-start > to-from {
			from, to = start, end
		}
		i = end
	}
	return from, to
}

// around returns the box of what is dark between two spaces of the line.
func (m inkMap) around(from, to float64) (left, right, top, bottom int) {
	_, left = m.edge(from)
	right, _ = m.edge(to)
	if from <= 0 {
		left = 0
	}
	if to >= float64(m.width) {
		right = m.width
	}
	for left < right-1 && !m.column[left] {
		left++
	}
	for right > left+1 && !m.column[right-1] {
		right--
	}
	if right <= left {
		left, right = max(0, int(from)), min(m.width, int(math.Ceil(to)))
	}
	top, bottom = m.height, 0
	for y := range m.height {
		for x := left; x < right; x++ {
			if m.dark[y*m.width+x] {
				top, bottom = min(top, y), y+1
				break
			}
		}
	}
	if top >= bottom {
		top, bottom = 0, m.height
	}
	return left, right, top, bottom
}
