package ocr

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// middleDot is what parts the items of a letterhead's line; the models have none.
const middleDot = "·"

// withMiddleDots writes middle dots where a sign stands alone and the picture shows a dot between the letters'
// foot and their head: the network takes it for a dash or a full stop. Where one does, others of the line that the picture
// hardly shows are dots, too: a dash would show.
func withMiddleDots(words []lstm.Word, s *lineShape) []lstm.Word {
	if s.base == 0 {
		return words
	}
	var faint []int
	found := false
	for i, w := range words {
		if len(w.Chars) != 1 || i == 0 || i == len(words)-1 {
			continue
		}
		if c := []rune(w.Chars[0].Text)[0]; unicode.IsLetter(c) || unicode.IsDigit(c) {
			continue
		}
		dot, ink := s.dotBetween(w.From, w.To)
		if !ink {
			faint = append(faint, i)
		}
		if dot {
			found = true
			words[i].Chars = []lstm.Char{{Text: middleDot, X: w.Chars[0].X, Sure: bulletSure}}
		}
	}
	if found {
		for _, i := range faint {
			words[i].Chars = []lstm.Char{{Text: middleDot, X: words[i].Chars[0].X, Sure: bulletSure}}
		}
	}
	return words
}

// dotBetween reports whether one dot, and nothing else, stands there at half the height of capitals, and whether anything does.
func (s *lineShape) dotBetween(from, to float64) (dot, ink bool) {
	var dots []inkRun
	for _, r := range s.runs {
		if m := float64(r.from+r.to) / 2; m > from && m < to {
			dots = append(dots, r)
		}
	}
	if len(dots) != 1 {
		return false, len(dots) > 0
	}
	capital := s.base - s.capital
	top, bottom := dots[0].top, dots[0].bottom
	if dots[0].dark == 0 { // on coarse print a dot is no more than a shade
		top, bottom = dots[0].head, dots[0].foot
	}
	wide, high := dots[0].to-dots[0].from, bottom-top
	return high >= 1 && 3*high <= capital && 10*wide <= 3*capital && // a dash is wider
		4*(s.base-bottom) >= capital && 4*(top-s.capital) >= capital, true
}

// quotes open what is quoted.
const quotes = "‘’'“\""

// withoutStrayQuotes takes away a quotation mark before a letter where the picture shows none: it is the arm of a T
// that coarse print parts from its stem, another letter's serif, or dust, and less high than a mark.
func withoutStrayQuotes(words []lstm.Word, s *lineShape) []lstm.Word {
	for i, w := range words {
		if len(w.Chars) < 2 || !strings.Contains(quotes, w.Chars[0].Text) || !unicode.IsLetter([]rune(w.Chars[1].Text)[0]) {
			continue
		}
		mark := slices.ContainsFunc(s.runs, func(r inkRun) bool {
			return float64(r.to) > w.From && float64(r.to) < w.Chars[1].X && r.bottom-r.top > s.height/10
		})
		if !mark {
			words[i].Chars = w.Chars[1:]
		}
	}
	return words
}

// A point between two figures is small on a fax, and the network reads 25 for 2.5. lostPointSure is how sure a point is that the
// picture shows and the network did not see: somebody has to look.
const (
	lostPointSure = 0.6
	signReach     = 9 // pixels
)

// withLostPoints writes the points that the picture shows between two figures: a dot at the foot of the line, in a gap that is wider
// than those between figures.
func withLostPoints(words []lstm.Word, s *lineShape) []lstm.Word {
	for i := range words {
		w := &words[i]
		for k := 0; k+1 < len(w.Chars); k++ {
			a, b := w.Chars[k], w.Chars[k+1]
			if !figure(a.Text) || !figure(b.Text) {
				continue
			}
			// The network may place what it read a little to the side.
			if x, ok := s.pointBetween(a.X, b.X); ok && !slices.ContainsFunc(w.Chars, func(c lstm.Char) bool { return !figure(c.Text) && math.Abs(c.X-x) < signReach }) {
				w.Chars = slices.Insert(slices.Clone(w.Chars), k+1, lstm.Char{Text: ".", X: x, Sure: lostPointSure})
				k++
			}
		}
	}
	return words
}

func figure(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// pointBetween returns where between two columns one dot stands at the foot of the line, apart from the letters on both sides.
func (s *lineShape) pointBetween(from, to float64) (x float64, ok bool) {
	for i := 1; i+1 < len(s.dark); i++ {
		before, r, after := s.dark[i-1], s.dark[i], s.dark[i+1]
		x := float64(r.from+r.to) / 2
		if x <= from || x >= to {
			continue
		}
		capital, gap := min(before.bottom-before.top, after.bottom-after.top), after.from-before.to
		low := abs(r.bottom-max(before.bottom, after.bottom)) <= 2 && 10*(r.bottom-r.top) <= 3*capital && 20*(r.to-r.from) <= 9*capital
		if 3*capital >= s.height && low && (r.dark >= 3 && 10*gap >= 3*capital || 20*gap >= 9*capital) {
			return x, true
		}
	}
	return 0, false
}
