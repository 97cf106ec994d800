package ocr

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/postroom/postroom"
)

// A textRun is words of one line that share a baseline and a size.
type textRun struct {
	words       []postroom.Word
	top, bottom int
}

// textLayer returns the content stream that shows the words invisibly: each begins
// at its box's left edge and is as wide as the box. to leads from the words'
// frame, y downwards, to the page; fonts are the names of the font's two forms.
func textLayer(words []postroom.Word, to matrix, font *inklessFont, fonts [2]string) (content string, simple, composite bool) {
	words, to, tilted := levelled(words, to)
	runs := textRuns(words, tilted)
	if len(runs) == 0 {
		return "", false, false
	}
	var b strings.Builder
	b.WriteString(" q " + pdfMatrix(matrix{1, 0, 0, -1, 0, 0}.then(to)) + " cm BT 3 Tr")
	l := layer{font: font, fonts: fonts, layerState: layerState{stretch: 100}}
	for _, r := range runs {
		b.WriteString(l.best(r))
	}
	b.WriteString(" ET Q")
	return b.String(), l.used[0], l.used[1]
}

// levelled returns the words, without those that can't be shown, and a way to the
// page that only scales and turns by right angles. On a skewed page each word
// keeps its place, but stands level: programs that look for words (poppler is
// one) take a baseline that rises within a word for the end of it.
func levelled(words []postroom.Word, to matrix) (out []postroom.Word, level matrix, tilted bool) {
	angle := math.Atan2(to[1], to[0])
	off := angle - math.Round(angle/(math.Pi/2))*math.Pi/2
	level = to
	move := unitMatrix
	if math.Abs(off) > 0.0005 {
		sin, cos := math.Sincos(-off)
		level = matrix{to[0], to[1], to[2], to[3], 0, 0}.then(matrix{cos, sin, -sin, cos, to[4], to[5]})
		if back, ok := level.inverse(); ok {
			move, tilted = to.then(back), true
		} else {
			level = to
		}
	}
	out = make([]postroom.Word, 0, len(words))
	for _, w := range words {
		if w.Text == "" || w.Box.Empty() {
			continue
		}
		h := w.Box.Height()
		// Letters that are very narrow for their height are taken for one letter
		// painted twice.
		h = max(1, min(h, 4*w.Box.Width()/max(1, utf8.RuneCountInString(w.Text))))
		x, y := move.at(float64(w.Box[0]+w.Box[2])/2, float64(w.Box[1]+w.Box[3])/2)
		left, top := int(math.Round(x-float64(w.Box.Width())/2)), int(math.Round(y-float64(h)/2))
		w.Box = postroom.Box{left, top, left + w.Box.Width(), top + h}
		out = append(out, w)
	}
	return out, level, tilted
}

func textRuns(words []postroom.Word, tilted bool) []textRun {
	taller := 140 // how tall a run may become, in per cent of its tallest word
	if tilted {
		taller = 120
	}
	var runs []textRun
	line := math.MinInt
	for _, w := range words {
		if n := len(runs); n > 0 && w.Line == line && runs[n-1].takes(w, taller) {
			r := &runs[n-1]
			r.words = append(r.words, w)
			r.top, r.bottom = min(r.top, w.Box[1]), max(r.bottom, w.Box[3])
			continue
		}
		line = w.Line
		runs = append(runs, textRun{[]postroom.Word{w}, w.Box[1], w.Box[3]})
	}
	for i := range runs {
		sort.SliceStable(runs[i].words, func(a, b int) bool { return runs[i].words[a].Box[0] < runs[i].words[b].Box[0] })
	}
	return runs
}

// takes reports whether the word may stand on the run's baseline: most of the
// smaller of the two lies in the other, and together they are no much taller.
func (r textRun) takes(w postroom.Word, taller int) bool {
	h, rh := w.Box.Height(), 0
	for _, v := range r.words {
		rh = max(rh, v.Box.Height())
	}
	overlap := min(r.bottom, w.Box[3]) - max(r.top, w.Box[1])
	union := max(r.bottom, w.Box[3]) - min(r.top, w.Box[1])
	return 2*overlap >= min(h, rh) && 100*union <= taller*max(h, rh)
}

// measure returns the size of the font that the run is printed in, as its letters
// fill their boxes, and where the baseline stands: the lines of a letter come
// out alike, whether they have letters that reach below the line or not.
func (r textRun) measure() (size, baseline int) {
	above, below := 0.53, 0.0
	for _, w := range r.words {
		for _, c := range w.Text {
			switch {
			case strings.ContainsRune("acemnorsuvwxz.,-_", c):
			case strings.ContainsRune("gpqy", c):
				below = 0.21
			default:
				above = 0.73
				if strings.ContainsRune("jQ()[]|;", c) {
					below = max(below, 0.21)
				}
			}
		}
	}
	size = max(1, int(math.Round(float64(r.bottom-r.top)/(above+below))))
	return size, r.bottom - int(math.Round(below*float64(size)))
}

// A layer writes text operators, and as few as it can: a word that stands where
// the one before leaves off, about as wide as the font has it, needs none. Errors
// do not add up. Numbers are rounded where the eye can't tell, since few
// different ones compress well.
type layer struct {
	font  *inklessFont
	fonts [2]string // names of the simple and the composite font
	used  [2]bool
	layerState
}

// A layerState is what operators so far have set.
type layerState struct {
	form     int     // which of the fonts
	size     int     // of the font, in pixels
	stretch  int     // horizontal scaling (Tz) in per cent
	x, y, dy int     // where the line began that Td counts from, and how far below the one before
	at       float64 // where the next letter would stand
}

// best shows a run with the horizontal scaling that makes it shortest.
func (l *layer) best(r textRun) string {
	start := l.layerState
	out := l.run(r)
	end := l.layerState
	l.layerState = start
	common := (l.common(r) + 2) / 5 * 5
	for _, stretch := range []int{common - 10, common - 5, common, common + 5, common + 10} {
		if stretch < 5 || stretch == start.stretch {
			continue
		}
		l.layerState = start
		l.stretch = stretch
		if other := " " + strconv.Itoa(stretch) + " Tz" + l.run(r); len(other) < len(out) {
			out, end = other, l.layerState
		}
	}
	l.layerState = end
	return out
}

// run shows a run.
func (l *layer) run(r textRun) string {
	var b strings.Builder
	form := l.formOf(r.words[0])
	size, baseline := r.measure()
	// A size that is nearly right saves a change.
	if size*4 > l.size*5 || size*5 < l.size*4 {
		l.size = size
		l.choose(&b, form)
	} else if form != l.form {
		l.choose(&b, form)
	}
	x, y := r.words[0].Box[0], -baseline
	near := l.size / 16
	if dx := x - l.x; dx <= near && dx >= -near {
		x = l.x
	}
	if d := y - l.y - l.dy; d <= near && d >= -near {
		y = l.y + l.dy
	}
	b.WriteString(" " + strconv.Itoa(x-l.x) + " " + strconv.Itoa(y-l.y) + " Td")
	l.x, l.dy, l.y, l.at = x, y-l.y, y, float64(x)
	const outside, array, letters = 0, 1, 2
	state := outside
	closed := func() {
		switch state {
		case array:
			b.WriteString("]TJ")
		case letters:
			b.WriteString(")]TJ")
		}
		state = outside
	}
	for i, w := range r.words {
		if form := l.formOf(w); form != l.form {
			closed()
			l.choose(&b, form)
		}
		text := visual(w.Text)
		natural := l.natural(text)
		at := l.at
		if math.Abs(at-float64(w.Box[0])) > l.slack() {
			at = float64(w.Box[0])
		}
		if over := at + natural*l.unit() - float64(w.Box[2]); over > l.slack() || over < -2*l.slack() {
			closed()
			l.stretch = l.own(float64(w.Box[2])-at, natural)
			b.WriteString(" " + strconv.Itoa(l.stretch) + " Tz")
		}
		if off := l.at - float64(w.Box[0]); math.Abs(off) > l.slack() {
			move := int(math.Round(off*10/l.unit())) * 100
			l.at -= float64(move) * l.unit() / 1000
			switch state {
			case outside:
				b.WriteByte('[')
			case letters:
				b.WriteByte(')')
			}
			state = array
			b.WriteString(strconv.Itoa(move))
		}
		switch state {
		case outside:
			b.WriteString("[(")
		case array:
			b.WriteByte('(')
		}
		state = letters
		l.letters(&b, text)
		if i+1 < len(r.words) {
			l.letters(&b, " ")
		}
	}
	closed()
	return b.String()
}

// choose makes a form of the font the current one, in the current size.
func (l *layer) choose(b *strings.Builder, form int) {
	l.form = form
	b.WriteString("/" + l.fonts[form] + " " + strconv.Itoa(l.size) + " Tf")
}

// formOf returns which form of the font a word needs.
func (l *layer) formOf(w postroom.Word) int {
	form := 1
	if l.font.isSimple(w.Text) {
		form = 0
	}
	l.used[form] = true
	return form
}

// unit is a font size's width in pixels.
func (l *layer) unit() float64 { return float64(l.size) * float64(l.stretch) / 100 }

// slack is by how many pixels a word's edges may be off: a quarter of a letter's
// width. On the inner side, its right edge may be twice as far off.
func (l *layer) slack() float64 { return max(1, 0.12*float64(l.size)) }

// own returns the stretch for one word: a round number when that is good enough.
func (l *layer) own(width, natural float64) int {
	exact := stretchOf(width, natural*float64(l.size))
	for _, step := range []int{10, 5} {
		round := (exact + step/2) / step * step
		if round > 0 && math.Abs(natural*float64(l.size*round)/100-width) <= l.slack() {
			return round
		}
	}
	return exact
}

// common returns the stretch that suits a run as a whole.
func (l *layer) common(r textRun) int {
	var boxes, natural float64
	for _, w := range r.words {
		boxes += float64(w.Box.Width())
		natural += l.natural(w.Text)
	}
	size, _ := r.measure()
	if size*4 <= l.size*5 && size*5 >= l.size*4 {
		size = l.size
	}
	return stretchOf(boxes, natural*float64(size))
}

// stretchOf returns the horizontal scaling that makes text of the natural width
// fill the box.
func stretchOf(box, natural float64) int {
	if natural <= 0 {
		return 100
	}
	return int(max(1, min(10000, math.Round(100*box/natural))))
}

// natural is the width of a word in the font's own proportions, for size 1.
func (l *layer) natural(text string) float64 {
	sum := 0
	for _, r := range text {
		_, width := l.font.code(r)
		sum += width
	}
	return max(0.05, float64(sum)/1000)
}

// letters writes letters of a literal string.
func (l *layer) letters(b *strings.Builder, text string) {
	for _, r := range text {
		code, width := l.font.code(r)
		if l.form == 1 {
			octet(b, byte(code>>8))
		}
		octet(b, byte(code))
		l.at += float64(width) * l.unit() / 1000
	}
}

// octet writes one byte of a literal string.
func octet(b *strings.Builder, c byte) {
	switch c {
	case '(', ')', '\\':
		b.WriteByte('\\')
	case '\r':
		b.WriteString(`\r`)
		return
	}
	b.WriteByte(c)
}

// visual returns a word's letters from left to right, as text stands in a PDF:
// words of a script that runs from right to left come turned round, with
// numbers in them as they are and marks behind their letters.
func visual(text string) string {
	rightToLeft := false
	for _, r := range text {
		if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko) && unicode.IsLetter(r) {
			rightToLeft = true
			break
		}
	}
	if !rightToLeft {
		return text
	}
	var clusters []string
	digits := false
	for _, r := range text {
		isDigit := unicode.IsDigit(r)
		if n := len(clusters); n > 0 && (unicode.In(r, unicode.Mn, unicode.Me) || isDigit && digits) {
			clusters[n-1] += string(r)
		} else {
			clusters = append(clusters, string(r))
		}
		digits = isDigit
	}
	var b strings.Builder
	for i := len(clusters) - 1; i >= 0; i-- {
		b.WriteString(clusters[i])
	}
	return b.String()
}
