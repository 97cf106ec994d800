package ocr

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A glance reads an image of one line of text and says how sure it is, from 0 to
// 1, that these are words. It is asked for about a few lines of those pages
// whose letters alone don't tell which way is up.
type glance func(line *tesseract.Pix) (text string, confidence float64, err error)

// How sure the ascenders and descenders have to be, as Pix.Upright counts: of a page
// that lies as nearly all do, and of one that is to be turned over without anybody to ask.
const (
	uprightSure = 3
	turnedSure  = 7
	// And of a part of the page, which is asked first: it costs a third of the time.
	partSure = 4
)

// Lines run across when their rows stand out this many times better than the columns do.
const acrossSure = 2

// skewRange is how many degrees askew, either way, pages are looked for.
const skewRange = 16

// turnUpright finds which way is up, turns the page, and returns by how many
// degrees clockwise, and by how many more its lines have to be turned to be level.
//
// Whether lines run across or down the page is told by how sharply rows of pixels
// stand out, and what is up by ascenders and descenders. Both can fail: on
// tables, on capitals, on pages of a few words. Then lines are read either way.
func (w *workpiece) turnUpright(letters int, read glance) (turned int, skew float64) {
	if w.err != nil {
		return 0, 0
	}
	across, down := w.lines()
	if w.err != nil {
		return 0, 0
	}
	ratio := (across.score + 1) / (down.score + 1)

	if ratio > acrossSure && w.uprightPart(across) >= partSure {
		return 0, across.skew()
	}
	up := w.upright(w.pix, across)
	if ratio > acrossSure && up >= uprightSure || up >= 2*turnedSure {
		return 0, across.skew()
	}
	// The likelier ones first.
	choices, clear := []int{0, 180, 90, 270}, ratio > acrossSure || ratio < 1/acrossSure
	if ratio < 1 {
		choices = []int{90, 270, 0, 180}
	}
	best := 0
	if read != nil {
		best = w.ask(choices, clear, across, down, read)
	} else if letters >= 30 {
		upSide := w.uprightTurned(down)
		switch {
		case ratio < 1/acrossSure && math.Abs(upSide) > math.Abs(up) && upSide > turnedSure:
			best = 90
		case ratio < 1/acrossSure && math.Abs(upSide) > math.Abs(up) && upSide < -turnedSure:
			best = 270
		case up < -turnedSure:
			best = 180
		}
	}
	if w.err != nil || best == 0 {
		return 0, across.skew()
	}
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(best) })
	w.note("turned by %d degrees", best)
	if best == 180 {
		return best, across.skew()
	}
	w.dpiX, w.dpiY = w.dpiY, w.dpiX
	return best, down.skew()
}

// A lie is how lines lie that run across an image.
type lie struct{ degrees, sure, score float64 }

// skew returns the degrees clockwise that make the lines level; 0 when they are, or when
// that can't be told.
func (l lie) skew() float64 {
	if l.sure < 3 || math.Abs(l.degrees) < 0.05 || math.Abs(l.degrees) > skewRange-0.5 {
		return 0
	}
	return math.Round(l.degrees*100) / 100
}

// lines measures the lines that run across the page, and those that would if it were
// turned by 90 degrees.
func (w *workpiece) lines() (across, down lie) {
	if w.err != nil {
		return lie{}, lie{}
	}
	fail := func(err error) (lie, lie) {
		w.err = err
		return lie{}, lie{}
	}
	half, err := w.pix.Halve(1)
	if err != nil {
		return fail(err)
	}
	defer half.Close()
	// Rules and streaks from dirt stand out more than any text does when they are
	// looked along, so which way the text runs is asked without them.
	text, err := half.WithoutRuns(max(20, int(w.dpiX/8)), max(20, int(w.dpiY/8)))
	if err != nil {
		return fail(err)
	}
	defer text.Close()
	side, err := text.Turn(90)
	if err != nil {
		return fail(err)
	}
	defer side.Close()
	across.degrees, across.sure, across.score = text.FindSkew(skewRange)
	down.degrees, down.sure, down.score = side.FindSkew(skewRange)
	// What text does not tell, the rules of a form may.
	if across.skew() == 0 && across.sure < 3 {
		if degrees, sure, _ := half.FindSkew(skewRange); sure >= 3 {
			across.degrees, across.sure = degrees, sure
		}
	}
	return across, down
}

// uprightPart measures which way up the lines are in the third of the page with the most ink.
func (w *workpiece) uprightPart(l lie) float64 {
	if w.err != nil {
		return 0
	}
	rows := w.pix.Rows()
	third, sum := len(rows)/3, 0
	best, most := 0, -1
	for y, ink := range rows {
		sum += ink
		if y >= third {
			sum -= rows[y-third]
		}
		if y >= third-1 && sum > most {
			best, most = y-third+1, sum
		}
	}
	if third == 0 {
		return 0
	}
	part, err := w.pix.Crop(image.Rect(0, best, w.pix.Width(), best+third))
	if err != nil {
		w.err = err
		return 0
	}
	defer part.Close()
	return w.upright(part, l)
}

// upright measures which way up the lines of p are.
func (w *workpiece) upright(p *tesseract.Pix, l lie) float64 {
	if skew := l.skew(); math.Abs(skew) > 1 {
		level, err := p.Rotate(skew)
		if err != nil {
			w.err = err
			return 0
		}
		defer level.Close()
		p = level
	}
	return p.Upright(8)
}

// uprightTurned measures it for the page turned by 90 degrees.
func (w *workpiece) uprightTurned(l lie) float64 {
	side, err := w.pix.Turn(90)
	if err != nil {
		w.err = err
		return 0
	}
	defer side.Close()
	return w.upright(side, l)
}

// ask reads some lines of the page turned by each of the choices, and returns the
// best; 0 when none is better than that by far. When it is clear which way the lines
// run, the first two choices are the ones along them.
func (w *workpiece) ask(choices []int, clear bool, across, down lie, read glance) int {
	best, bestSure := 0, 0.0
	var strips []image.Rectangle
	var page *tesseract.Pix
	defer func() { page.Close() }()
	for i, turn := range choices {
		if i%2 == 0 {
			l := across
			if turn%180 != 0 {
				l = down
			}
			page.Close()
			page = w.levelled(turn, l)
			if page == nil {
				return 0
			}
			strips = textStrips(page, max(w.dpiX, w.dpiY))
		}
		letters, sum := 0.0, 0.0
		for _, r := range strips {
			n, sure, err := glanceAt(page, r, i%2 == 1, read)
			if err != nil {
				w.err = err
				return 0
			}
			letters, sum = letters+n, sum+n*sure
			if letters >= 15 && sum > 0.55*letters {
				break
			}
		}
		sure := sum / (letters + 8)
		// Nearly all pages lie as they should.
		if turn == 0 && i == 0 {
			sure += 0.1
		}
		if sure > max(bestSure, 0.2) {
			best, bestSure = turn, sure
		}
		if sure > 0.55 || i == 1 && clear && bestSure > 0.35 {
			break
		}
	}
	return best
}

// levelled returns the page turned and with level lines; nil when there is no memory.
func (w *workpiece) levelled(turn int, l lie) *tesseract.Pix {
	p, err := w.pix.Turn(turn)
	if err == nil && math.Abs(l.skew()) > 0.3 {
		var level *tesseract.Pix
		level, err = p.Rotate(l.skew())
		p.Close()
		p = level
	}
	if err != nil {
		w.err = err
		return nil
	}
	return p
}

// glanceAt reads a line of the page, upside down when over is set. It returns how many
// letters it has, and how sure they are.
func glanceAt(page *tesseract.Pix, r image.Rectangle, over bool, read glance) (letters, sure float64, err error) {
	strip, err := page.Crop(r)
	if err != nil {
		return 0, 0, err
	}
	defer func() { strip.Close() }()
	for _, do := range []func(*tesseract.Pix) (*tesseract.Pix, error){
		func(p *tesseract.Pix) (*tesseract.Pix, error) {
			if over {
				return p.Turn(180)
			}
			return p.Clone(), nil
		},
		(*tesseract.Pix).Gray,
		func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Blur(1, 1) },
	} {
		next, err := do(strip)
		if err != nil {
			return 0, 0, err
		}
		strip.Close()
		strip = next
	}
	text, sure, err := read(strip)
	if err != nil {
		return 0, 0, fmt.Errorf("look which way is up: %w", err)
	}
	return float64(wordLetters(text)), sure, nil
}

// wordLetters counts the letters of words of at least three: single ones are what
// any speckle is read as, and digits look like digits either way up.
func wordLetters(text string) int {
	sum := 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if n := len([]rune(word)); n >= 3 {
			sum += n
		}
	}
	return sum
}

// textStrips returns up to six boxes of lines of text, or of the first three inches of
// them, on a page of black and white with level lines.
func textStrips(p *tesseract.Pix, dpi float64) []image.Rectangle {
	small, err := p.Halve(1, 1)
	if err != nil {
		return nil
	}
	defer small.Close()
	dpi /= 4
	joined, err := small.Join(max(3, int(dpi*0.14)), 1)
	if err != nil {
		return nil
	}
	defer joined.Close()
	var lines []image.Rectangle
	for _, r := range joined.Components() {
		w, h := float64(r.Dx())/dpi, float64(r.Dy())/dpi
		if h > 0.05 && h < 0.45 && w > 0.3 && w > 3*h {
			lines = append(lines, r)
		}
	}
	// The longest of the lines that are as high as lines of text mostly are.
	slices.SortFunc(lines, func(a, b image.Rectangle) int { return a.Dy() - b.Dy() })
	if n := len(lines); n > 12 {
		lines = lines[n/4 : n-n/8]
	}
	slices.SortFunc(lines, func(a, b image.Rectangle) int { return b.Dx() - a.Dx() })
	lines = lines[:min(len(lines), 6)]
	all := image.Rect(0, 0, p.Width(), p.Height())
	margin := int(dpi * 4 * 0.04)
	for i, r := range lines {
		r = image.Rect(4*r.Min.X, 4*r.Min.Y, 4*r.Max.X, 4*r.Max.Y).Inset(-margin)
		r.Max.X = min(r.Max.X, r.Min.X+int(3*dpi*4))
		lines[i] = r.Intersect(all)
	}
	return lines
}

// A lineGlancer is a recogniser that can be asked about a single line.
type lineGlancer interface {
	Glance(line *tesseract.Pix) (text string, confidence float64, err error)
}

// glanceOf returns how the recogniser reads one line; nil when it can't.
func glanceOf(engine recogniser) glance {
	if g, ok := engine.(lineGlancer); ok {
		return g.Glance
	}
	return nil
}

// Glance reads a line with the model that is surest of it. The network makes letters of
// what stands on its head and is nearly as sure of them; but no words.
func (l *lineReader) Glance(line *tesseract.Pix) (text string, confidence float64, err error) {
	best := 0.0
	for i, m := range l.models {
		cuts, err := cut(line, []strip{{area: image.Rect(0, 0, line.Width(), line.Height())}}, m.Height())
		if err != nil {
			return "", 0, err
		}
		views, err := m.Look(cuts)
		if err != nil {
			return "", 0, err
		}
		read := m.Words(views[0])
		sure := sureness(read)
		if i == 0 || sure > best {
			best = sure
			var words []string
			letters, known := 0, 0
			for _, w := range read {
				words = append(words, w.Text())
				n := wordLetters(w.Text())
				letters += n
				if w.Known {
					known += n
				}
			}
			text, confidence = strings.Join(words, " "), sure*float64(known)/float64(max(1, letters))
		}
	}
	return text, confidence, nil
}

// Glance reads a line with Tesseract.
func (w *wholeReader) Glance(line *tesseract.Pix) (text string, confidence float64, err error) {
	words, err := w.engine.Recognise(line, tesseract.ModeRawLine, nil)
	if err != nil {
		return "", 0, err
	}
	var texts []string
	var sum, letters float64
	for _, w := range words {
		n := float64(len(w.Text))
		texts, sum, letters = append(texts, w.Text), sum+n*w.Confidence/100, letters+n
	}
	// What stands on its head is read with up to 0.6.
	return strings.Join(texts, " "), max(0, 2*sum/max(1, letters)-1), nil
}
