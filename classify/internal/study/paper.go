package study

import (
	"math/rand/v2"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
)

// Pages are A4 at 200 dots per inch.
const (
	width  = 1654
	height = 2339
)

// A paper is one page while it is being set. y is the top of what comes next.
type paper struct {
	lines []simulate.Line
	y     int
}

// A setter sets a document on as many papers as it needs.
type setter struct {
	r           *rand.Rand
	papers      []*paper
	p           *paper
	size        int // height of the text, pixels
	left, right int
	lead        float64 // from line to line, in heights
	header      func(s *setter)
}

func newSetter(r *rand.Rand) *setter {
	s := &setter{r: r, size: 24 + r.IntN(9), left: 90 + r.IntN(110), lead: 1.35 + 0.4*r.Float64()}
	s.right = width - s.left
	s.page()
	return s
}

func (s *setter) page() {
	s.p = &paper{y: 90 + s.r.IntN(90)}
	s.papers = append(s.papers, s.p)
	if len(s.papers) > 1 && s.header != nil {
		s.header(s)
	}
}

// long is how wide a text of some height is.
func long(text string, size int) int {
	wide := 0.0
	for _, c := range text {
		switch {
		case c >= 'A' && c <= 'Z' || c == 'm' || c == 'w' || c == '@':
			wide += 0.62
		case c == 'i' || c == 'l' || c == '.' || c == ',' || c == '\'' || c == ':' || c == ' ' || c == 'j' || c == 't' || c == 'f':
			wide += 0.28
		default:
			wide += 0.5
		}
	}
	return int(wide * float64(size))
}

// at puts a text at a place.
func (s *setter) at(x, y, size int, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	s.p.lines = append(s.p.lines, simulate.Line{Text: text, Box: postroom.Box{x, y, x + max(long(text, size), 4), y + size}})
}

func (s *setter) step(size int) int { return int(float64(size) * s.lead) }

// room begins a new page unless so many pixels are left.
func (s *setter) room(pixels int) {
	if s.p.y+pixels > height-150 {
		s.page()
	}
}

// line sets one line at x and goes on below it.
func (s *setter) line(x int, text string) {
	s.room(s.size)
	s.at(x, s.p.y, s.size, text)
	s.p.y += s.step(s.size)
}

// text sets a paragraph from x to the right edge.
func (s *setter) text(x int, text string) {
	for _, l := range wrap(text, s.right-x, s.size) {
		s.line(x, l)
	}
}

func (s *setter) gap(lines float64) { s.p.y += int(lines * float64(s.size)) }

func wrap(text string, room, size int) []string {
	var out []string
	line := ""
	for w := range strings.FieldsSeq(text) {
		if line != "" && long(line+" "+w, size) > room {
			out, line = append(out, line), w
			continue
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// done gives the pages as recognition would.
func (s *setter) done(attachment string, first int, n simulate.Noise) []postroom.Page {
	var out []postroom.Page
	for i, p := range s.papers {
		out = append(out, simulate.Lines(attachment, first+i, width, height, p.lines, n, s.r))
	}
	return out
}
