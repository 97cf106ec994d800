package ocr

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"

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
	runs := textRuns(words)
	if len(runs) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("q " + pdfMatrix(matrix{1, 0, 0, -1, 0, 0}.then(to)) + " cm\nBT 3 Tr\n")
	l := layer{out: &b, font: font, name: name}
	for _, r := range runs {
		l.run(r)
	}
	b.WriteString("ET Q\n")
	return b.String()
}

func textRuns(words []postroom.Word) []textRun {
	var runs []textRun
	line := math.MinInt
	for _, w := range words {
		if w.Text == "" || w.Box.Empty() {
			continue
		}
		if n := len(runs); n > 0 && w.Line == line && runs[n-1].takes(w) {
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
func (r textRun) takes(w postroom.Word) bool {
	h, rh := w.Box.Height(), r.bottom-r.top
	overlap := min(r.bottom, w.Box[3]) - max(r.top, w.Box[1])
	union := max(r.bottom, w.Box[3]) - min(r.top, w.Box[1])
	return 10*overlap >= 5*min(h, rh) && 10*union <= 16*max(h, rh)
}

// A layer writes text operators and leaves out those that change nothing.
type layer struct {
	out     *strings.Builder
	font    *inklessFont
	name    string
	size    int
	stretch int
	x, y    int
}

// run shows a run. Words whose letters are about as wide as the font thinks share
// one stretch and one array; the others get their own.
func (l *layer) run(r textRun) {
	size := max(1, r.bottom-r.top)
	if size != l.size {
		l.out.WriteString("/" + l.name + " " + strconv.Itoa(size) + " Tf ")
		l.size = size
	}
	var boxes, natural float64
	for _, w := range r.words {
		boxes += float64(w.Box.Width())
		natural += l.natural(w.Text)
	}
	common := 100
	if natural > 0 {
		common = stretchOf(boxes, natural*float64(size))
	}
	// The font reaches from 0.2 of its size below the baseline to 0.8 above.
	baseline := r.bottom - int(math.Round(0.2*float64(size)))
	for i := 0; i < len(r.words); {
		w := r.words[i]
		own := stretchOf(float64(w.Box.Width()), l.natural(w.Text)*float64(size))
		fits := func(w postroom.Word) bool {
			width := l.natural(w.Text) * float64(size) * float64(common) / 100
			return math.Abs(width-float64(w.Box.Width())) <= max(2, 0.04*float64(w.Box.Width()))
		}
		n := 1
		if fits(w) {
			own = common
			for i+n < len(r.words) && fits(r.words[i+n]) {
				n++
			}
		}
		if own != l.stretch {
			l.out.WriteString(strconv.Itoa(own) + " Tz ")
			l.stretch = own
		}
		l.out.WriteString(strconv.Itoa(w.Box[0]-l.x) + " " + strconv.Itoa(-baseline-l.y) + " Td")
		l.x, l.y = w.Box[0], -baseline
		l.array(r.words[i:i+n], size, own, i+n == len(r.words))
		i += n
	}
}

// stretchOf returns the horizontal scaling (Tz) in per cent that makes text of the
// natural width fill the box.
func stretchOf(box, natural float64) int {
	if natural <= 0 {
		return 100
	}
	return int(max(1, min(10000, math.Round(100*box/natural))))
}

// array shows words that share a stretch, with a space after each but the last
// of the run, and with moves so that each begins where its box does.
func (l *layer) array(words []postroom.Word, size, stretch int, last bool) {
	unit := float64(size) * float64(stretch) / 100 // of text space, in pixels
	at := float64(words[0].Box[0])
	l.out.WriteString("[")
	for i, w := range words {
		if i > 0 {
			if move := math.Round((at - float64(w.Box[0])) * 1000 / unit); move != 0 {
				l.out.WriteString(strconv.Itoa(int(move)))
				at -= move * unit / 1000
			}
		}
		text := visual(w.Text)
		if i < len(words)-1 || !last {
			text += " "
		}
		l.out.WriteString("(")
		for _, r := range text {
			code, width := l.font.code(r)
			l.octet(byte(code >> 8))
			l.octet(byte(code))
			at += float64(width) * unit / 1000
		}
		l.out.WriteString(")")
	}
	l.out.WriteString("]TJ\n")
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

// natural is the width of a word in the font's own proportions, for size 1.
func (l *layer) natural(text string) float64 {
	sum := 0
	for _, r := range text {
		_, width := l.font.code(r)
		sum += width
	}
	return float64(sum) / 1000
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
