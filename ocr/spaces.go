package ocr

import (
	"math"
	"slices"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// A gap is white between two runs, with the run before and after.
type gap struct {
	from, to      int
	before, after int
	spaced        bool // a space was read there
}

func (g gap) wide() int { return g.to - g.from }

// gaps returns those between the runs, but for those with a rule in them.
func (s *lineShape) gaps() []gap {
	var out []gap
	for i := 1; i < len(s.runs); i++ {
		g := gap{from: s.runs[i-1].to, to: s.runs[i].from, before: i - 1, after: i}
		if !slices.ContainsFunc(s.rules, func(r inkRun) bool { return r.from >= g.from && r.to <= g.to }) {
			out = append(out, g)
		}
	}
	return out
}

// spaceReach is how far in pixels from a gap its space may have been read: the network is not exact.
const spaceReach = 14

// spaces finds the gap of each space that was read: the widest within reach, the nearest of such. It returns
// the gaps and, of each space, which is its.
func (s *lineShape) spaces(words []lstm.Word) ([]gap, []int) {
	gaps := s.gaps()
	own := make([]int, len(words))
	if len(gaps) == 0 {
		return nil, own
	}
	wides := make([]int, len(gaps))
	for i, g := range gaps {
		wides[i] = g.wide()
	}
	slices.Sort(wides)
	least := 2 * (wides[len(wides)/2] + 1)
	for i, w := range words {
		own[i] = -1
		if i == 0 {
			continue
		}
		best, off := -1, math.Inf(1)
		for k, g := range gaps {
			d := max(float64(g.from)-w.From, w.From-float64(g.to), 0)
			if g.wide() < least {
				d += spaceReach / 2
			}
			if d <= spaceReach && d < off && !g.spaced {
				best, off = k, d
			}
		}
		if best >= 0 {
			gaps[best].spaced = true
		}
		own[i] = best
	}
	return gaps, own
}

// median and quarter return the value that half, or a quarter, of the others are below; 0 of none.
func median(values []int) float64  { return ranked(values, 2) }
func quarter(values []int) float64 { return ranked(values, 4) }

func ranked(values []int, part int) float64 {
	if len(values) == 0 {
		return 0
	}
	return float64(slices.Sorted(slices.Values(values))[len(values)/part])
}

// Parts of a space's width: a gap that is wider is one, one that is narrower and hardly read as one is none.
const (
	spaceWide   = 0.8
	spaceDigits = 0.65 // between figures, which all stand alike
	spaceDash   = 0.65 // on both sides of a dash
	spaceNarrow = 0.5
	spaceDoubt  = 0.5 // how sure a space is at most that is not believed without a gap
)

// respace reads the lines again where their pictures show spaces that were not read, or none where one was.
func respace(m *lstm.Model, views []lstm.View, shapes []lineShape, texts [][]lstm.Word) {
	type line struct {
		gaps         []gap
		own          []int
		wides, inner []int
	}
	lines := make([]line, len(texts))
	var all, inner []int
	for i, words := range texts {
		l := &lines[i]
		l.gaps, l.own = shapes[i].spaces(words)
		for _, g := range l.gaps {
			if g.spaced {
				l.wides = append(l.wides, g.wide())
			} else {
				l.inner = append(l.inner, g.wide())
			}
		}
		all, inner = append(all, l.wides...), append(inner, l.inner...)
	}
	page, pageInner := median(all), median(inner)
	for i, l := range lines {
		if len(texts[i]) == 0 || len(l.gaps) == 0 {
			continue
		}
		space := page
		if len(l.wides) >= 3 {
			// Most spaces are as wide as the narrow ones; others lie between columns.
			space = max(quarter(l.wides), 0.6*page)
		}
		letters := pageInner
		if len(l.inner) >= 8 {
			letters = median(l.inner)
		}
		marks := shapes[i].spaceMarks(l.gaps, l.own, texts[i], space, letters)
		if len(marks) == 0 {
			continue
		}
		views[i] = m.Correct(views[i], marks)
		texts[i] = m.Words(views[i])
	}
}

// narrowDigit is by how many pixels a 1 is narrower than the room it has on either side: figures
// are as wide as each other in most fonts.
const narrowDigit = 2.5

// dashBeside returns where the gap on the other side of a dash is: 1 further, -1 before, 0 without a dash.
func dashBeside(before, after string) int {
	switch {
	case before == "-" || before == "—":
		return -1
	case after == "-" || after == "—":
		return 1
	}
	return 0
}

func isDigit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// spaceMarks marks gaps that are spaces and were not read as one, and spaces without a gap. space is how wide
// spaces are, and letters how far apart letters stand.
func (s *lineShape) spaceMarks(gaps []gap, own []int, words []lstm.Word, space, letters float64) []lstm.Mark {
	// Letters that stand as far apart as words do, or nearly, tell nothing.
	if space < 5 || space < 2*letters {
		return nil
	}
	var marks []lstm.Mark
	for i, g := range gaps {
		if g.spaced {
			continue
		}
		wide := float64(g.wide())
		if wide < min(spaceWide, spaceDigits, spaceDash)*space {
			continue
		}
		before, after := charAt(words, s.runs[g.before]), charAt(words, s.runs[g.after])
		least := spaceWide
		if isDigit(before) && isDigit(after) {
			least = spaceDigits
		}
		if before == "1" {
			wide -= narrowDigit
		}
		if after == "1" {
			wide -= narrowDigit
		}
		// A dash with room on one side only joins what it stands between.
		if k := dashBeside(before, after); k != 0 {
			if beyond := i + k; beyond < 0 || beyond == len(gaps) || !gaps[beyond].spaced && float64(gaps[beyond].wide()) < spaceDash*space {
				continue
			}
			least = spaceDash
		}
		if wide < least*space || wide < 2*letters+1 || closes(after) || opens(before) {
			continue
		}
		marks = append(marks, lstm.Mark{Kind: lstm.Gap, From: float64(g.from), To: float64(g.to)})
	}
	for i, w := range words {
		if i == 0 || w.Space >= spaceDoubt {
			continue
		}
		if k := own[i]; k < 0 || float64(gaps[k].wide()) < spaceNarrow*space {
			marks = append(marks, lstm.Mark{Kind: lstm.NoGap, From: w.From - 5, To: w.From + 5})
		}
	}
	return marks
}

// charAt returns the character that was read nearest to the middle of a run.
func charAt(words []lstm.Word, r inkRun) string {
	text, off, middle := "", math.Inf(1), float64(r.from+r.to)/2
	for _, w := range words {
		for _, c := range w.Chars {
			if d := math.Abs(c.X - middle); d < off {
				text, off = c.Text, d
			}
		}
	}
	return text
}

// closes and opens tell of signs that no space stands before, or behind.
func closes(s string) bool {
	switch s {
	case ".", ",", ";", ":", "!", "?", ")", "]", "}", "%", "'", "’", "”", `"`:
		return true
	}
	return false
}

func opens(s string) bool {
	switch s {
	case "(", "[", "{", "'", "‘", "“", `"`:
		return true
	}
	return false
}
