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
// frame, y downwards, to the page.
func textLayer(words []postroom.Word, to matrix, font *inklessFont, name string) string {
	words, to, tilted := levelled(words, to)
	runs := textRuns(words, tilted)
	if len(runs) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("q " + pdfMatrix(matrix{1, 0, 0, -1, 0, 0}.then(to)) + " cm\nBT 3 Tr")
	l := layer{out: &b, font: font, name: name, stretch: 100}
	for _, r := range runs {
		l.run(r)
	}
	b.WriteString("ET Q\n")
	return b.String()
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

// A layer writes text operators, and as few as it can: a word that stands where
// the one before leaves off, about as wide as the font has it, needs none. A third
// of a letter's width is near enough; errors do not add up.
type layer struct {
	out     *strings.Builder
	font    *inklessFont
	name    string
	size    int     // of the font, in pixels
	stretch int     // horizontal scaling (Tz) in per cent
	x, y    int     // where the line began that Td counts from
	at      float64 // where the next letter would stand
}

// run shows a run.
func (l *layer) run(r textRun) {
	// A size that is nearly right saves a change.
	if h := r.bottom - r.top; h*8 > l.size*9 || h*8 < l.size*7 {
		l.size = max(1, h)
		l.out.WriteString("/" + l.name + " " + strconv.Itoa(l.size) + " Tf")
	}
	if common := l.common(r.words); l.misfits(r.words, common) < l.misfits(r.words, l.stretch) {
		l.scale(common)
	}
	// The font reaches from 0.2 of its size below the baseline to 0.8 above.
	baseline := r.bottom - int(math.Round(0.2*float64(r.bottom-r.top)))
	x := int(math.Round(float64(r.words[0].Box[0])))
	l.out.WriteString(" " + strconv.Itoa(x-l.x) + " " + strconv.Itoa(-baseline-l.y) + " Td")
	l.x, l.y, l.at = x, -baseline, float64(x)
	open := "[(" // what it takes to go on with letters
	for i, w := range r.words {
		if !l.fits(w, l.stretch) {
			if i > 0 {
				l.out.WriteString(")]TJ\n")
			}
			l.scale(l.own(w))
			open = "[("
		}
		start := float64(w.Box[0])
		if math.Abs(l.at-start) > l.slack()/2 {
			move := math.Round((l.at - start) * 1000 / l.unit())
			l.at -= move * l.unit() / 1000
			if open == "" {
				l.out.WriteByte(')')
			} else {
				l.out.WriteByte('[')
			}
			l.out.WriteString(strconv.Itoa(int(move)))
			open = "("
		}
		l.out.WriteString(open)
		open = ""
		l.letters(visual(w.Text))
		if i+1 < len(r.words) {
			l.letters(" ")
		}
	}
	l.out.WriteString(")]TJ\n")
}

// unit is a font size's width in pixels.
func (l *layer) unit() float64 { return float64(l.size) * float64(l.stretch) / 100 }

// slack is by how many pixels a word's edge may be off.
func (l *layer) slack() float64 { return max(2, 0.15*float64(l.size)) }

func (l *layer) scale(stretch int) {
	if stretch != l.stretch {
		l.out.WriteString(" " + strconv.Itoa(stretch) + " Tz")
		l.stretch = stretch
	}
}

// fits reports whether the word at this stretch ends about where its box does.
func (l *layer) fits(w postroom.Word, stretch int) bool {
	width := l.natural(w.Text) * float64(l.size) * float64(stretch) / 100
	return math.Abs(width-float64(w.Box.Width())) <= l.slack()
}

// own returns the stretch for one word: a round number when that is good enough,
// since the same few numbers compress well.
func (l *layer) own(w postroom.Word) int {
	exact := stretchOf(float64(w.Box.Width()), l.natural(w.Text)*float64(l.size))
	if round := (exact + 2) / 5 * 5; round > 0 && l.fits(w, round) {
		return round
	}
	return exact
}

func (l *layer) misfits(words []postroom.Word, stretch int) int {
	n := 0
	for _, w := range words {
		if !l.fits(w, stretch) {
			n++
		}
	}
	return n
}

// common returns the stretch that suits words as a whole.
func (l *layer) common(words []postroom.Word) int {
	var boxes, natural float64
	for _, w := range words {
		boxes += float64(w.Box.Width())
		natural += l.natural(w.Text)
	}
	return stretchOf(boxes, natural*float64(l.size))
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
func (l *layer) letters(text string) {
	for _, r := range text {
		code, width := l.font.code(r)
		l.octet(byte(code >> 8))
		l.octet(byte(code))
		l.at += float64(width) * l.unit() / 1000
	}
}

// octet writes one byte of a literal string.
func (l *layer) octet(c byte) {
	switch c {
	case '(', ')', '\\':
		l.out.WriteByte('\\')
	case '\r':
		l.out.WriteString(`\r`)
		return
	}
	l.out.WriteByte(c)
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
