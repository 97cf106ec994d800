package ocr

import (
	"slices"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// The network reads a line by what letters mostly stand beside each other, and overlooks what any eye
// sees in the picture: that a gap is as wide as a space, that an upright stroke is no ruled line but a
// capital I, that a black dot before the line is the mark of a list. So its views are corrected by
// what the picture shows for certain, before words are made of them.

// An inkRun is what of a line's picture hangs together when it is looked at from above: a letter, or several that touch.
type inkRun struct {
	from, to    int // columns
	top, bottom int // rows of what is dark
	head, foot  int // rows of anything at all
	dark        int // pixels
	solid       bool
}

// A lineShape is what a line's picture shows: its runs, and where letters stand and how high capitals are.
type lineShape struct {
	width, height int
	runs          []inkRun
	dark          []inkRun // the same of what is dark alone: gray edges join small print
	base, capital int      // rows: below the letters that stand on the line, and the first of capitals; 0 when there are too few
	rules         []inkRun
}

// The darkness of ink, and of anything at all.
const (
	inkGray  = 128
	anyGray  = 192
	fewRuns  = 4
	ruleRows = 0.6 // of the width: a row that is dark for so long is a ruled line
)

// shapeOf looks at a line's picture.
func shapeOf(l lstm.Line, height int) lineShape {
	s := lineShape{width: l.Width, height: height}
	if l.Width < 3 {
		return s
	}
	ruled := ruledRows(l, height)
	column := func(x int) (top, bottom, dark, head, foot int) {
		top, head = height, height
		for y := range height {
			if ruled[y] {
				continue
			}
			v := l.Gray[y*l.Width+x]
			if v < anyGray {
				head, foot = min(head, y), y+1
			}
			if v < inkGray {
				top, bottom, dark = min(top, y), y+1, dark+1
			}
		}
		return top, bottom, dark, head, foot
	}
	add := func(runs []inkRun, x, top, bottom, dark, head, foot int) []inkRun {
		if n := len(runs); n == 0 || runs[n-1].to < x {
			runs = append(runs, inkRun{from: x, top: height, head: height})
		}
		now := &runs[len(runs)-1]
		now.to = x + 1
		now.top, now.bottom, now.dark = min(now.top, top), max(now.bottom, bottom), now.dark+dark
		now.head, now.foot = min(now.head, head), max(now.foot, foot)
		return runs
	}
	for x := range l.Width {
		top, bottom, dark, head, foot := column(x)
		if foot > 0 {
			s.runs = add(s.runs, x, top, bottom, dark, head, foot)
		}
		if dark > 0 {
			s.dark = add(s.dark, x, top, bottom, dark, head, foot)
		}
	}
	s.takeRules(l, ruled)
	s.measure()
	for i := range s.runs {
		s.runs[i].solid = s.runs[i].unbroken(l, ruled)
	}
	return s
}

// ruledRows tells which rows of a line belong to a level rule.
func ruledRows(l lstm.Line, height int) []bool {
	out := make([]bool, height)
	for y := range out {
		long, now := 0, 0
		for _, v := range l.Gray[y*l.Width : (y+1)*l.Width] {
			if now++; v >= anyGray {
				now = 0
			}
			long = max(long, now)
		}
		out[y] = l.Width > 2*height && float64(long) > ruleRows*float64(l.Width)
	}
	return out
}

// unbroken tells that a run has ink in every row from its first to its last.
func (r inkRun) unbroken(l lstm.Line, ruled []bool) bool {
	for y := r.top; y < r.bottom; y++ {
		if !ruled[y] && !slices.ContainsFunc(l.Gray[y*l.Width+r.from:y*l.Width+r.to], func(v byte) bool { return v < inkGray }) {
			return false
		}
	}
	return true
}

// takeRules takes upright rules, which go from the top of the strip to its foot, out of the runs.
func (s *lineShape) takeRules(l lstm.Line, ruled []bool) {
	first, last := 0, s.height
	for first < s.height && ruled[first] {
		first++
	}
	for last > first && ruled[last-1] {
		last--
	}
	s.runs = slices.DeleteFunc(s.runs, func(r inkRun) bool {
		rule := r.to-r.from <= s.height/4 && r.top <= first+1 && r.bottom >= last-1 && r.bottom-r.top > s.height*3/4
		if rule {
			s.rules = append(s.rules, r)
		}
		return rule
	})
}

// measure finds the line on which letters stand, and how high capitals are.
func (s *lineShape) measure() {
	var bottoms, tops []int
	for _, r := range s.runs {
		if r.bottom-r.top >= s.height/5 {
			bottoms = append(bottoms, r.bottom)
		}
	}
	if len(bottoms) < fewRuns {
		return
	}
	slices.Sort(bottoms)
	base := bottoms[len(bottoms)/2]
	for _, r := range s.runs {
		if abs(r.bottom-base) <= 2 && r.bottom-r.top >= s.height/5 {
			tops = append(tops, r.top)
		}
	}
	slices.Sort(tops)
	s.base, s.capital = base, tops[len(tops)/8]
}

// strokes marks what can be nothing but a capital I or another upright stroke, and rules.
func (s *lineShape) strokes() []lstm.Mark {
	var marks []lstm.Mark
	for _, r := range s.rules {
		marks = append(marks, lstm.Mark{Kind: lstm.Nothing, From: float64(r.from) - 3, To: float64(r.to) + 3})
	}
	for _, g := range s.gaps() {
		if g.wide() > 2*emptyInset {
			marks = append(marks, lstm.Mark{Kind: lstm.Nothing, From: float64(g.from) + emptyInset, To: float64(g.to) - emptyInset})
		}
	}
	if s.base == 0 {
		return marks
	}
	for i, r := range s.runs {
		high := r.bottom - r.top
		if d, ok := s.depth(i); ok && d >= tailDeep {
			marks = append(marks, lstm.Mark{Kind: lstm.Tail, From: float64(r.from), To: float64(r.to)})
		} else if ok && d <= pointDeep && d >= pointDeep-1 && high >= pointHigh {
			marks = append(marks, lstm.Mark{Kind: lstm.Point, From: float64(r.from), To: float64(r.to)})
		}
		if abs(r.bottom-s.base) <= 2 && abs(r.top-s.capital) <= 2 && 20*(r.to-r.from) <= 11*high && r.solid {
			marks = append(marks, lstm.Mark{Kind: lstm.Stroke, From: float64(r.from), To: float64(r.to)})
		}
	}
	return marks
}

// Points are narrower than this part of a capital's height, and end no further below the letters beside
// them than pointDeep rows; tails end at least tailDeep rows below. In between either may be, and what is
// less than pointHigh rows high may have lost its tail.
const (
	pointWide = 0.4
	pointDeep = 0
	pointHigh = 3
	tailDeep  = 3
)

// depth tells of a run that can be a full stop or a comma how many rows it ends below the letters beside it.
func (s *lineShape) depth(i int) (rows int, ok bool) {
	r, capital := s.runs[i], float64(s.base-s.capital)
	if float64(r.to-r.from) > pointWide*capital+2 || r.bottom-r.top < 2 || r.bottom < s.base-3 ||
		float64(s.base-r.top) > 0.85*capital || r.solid && float64(s.base-r.top) > 0.45*capital {
		return 0, false
	}
	// The line may lie a little askew.
	var bottoms []int
	for _, q := range s.runs[max(0, i-4):min(len(s.runs), i+5)] {
		if q.bottom-q.top >= s.height/3 {
			bottoms = append(bottoms, q.bottom)
		}
	}
	if len(bottoms) < 3 {
		return 0, false
	}
	return r.bottom - int(median(bottoms)), true
}

// emptyInset is how far in pixels from a run the network may still read it; further into a gap
// nothing is printed, and what is read there are signs that it expects in gaps of tables.
const emptyInset = 9

// bullet reports whether the first run is the black dot of a list's entry.
func (s *lineShape) bullet() (inkRun, bool) {
	if s.base == 0 {
		return inkRun{}, false
	}
	r := s.runs[0]
	wide, high := r.to-r.from, r.bottom-r.top
	// Its edges are gray, and wider than what is dark.
	ok := high >= 4 && high <= (s.base-s.capital)*2/3 && wide >= high-1 && wide <= high+5 &&
		10*r.dark >= 7*high*high && (r.bottom < s.base-1 || 3*high >= s.base-s.capital) && r.top > s.capital &&
		s.runs[1].from-r.to > (s.base-s.capital)/3
	return r, ok
}

// bulletMark is what is written for the dot before a list's entry, which the models don't have.
const (
	bulletMark = "•"
	bulletSure = 0.97
)

// withBullet puts the mark of a list where the line begins with one.
func withBullet(words []lstm.Word, s *lineShape) []lstm.Word {
	if len(s.runs) < fewRuns {
		return words
	}
	r, ok := s.bullet()
	if !ok {
		return words
	}
	end := float64(s.runs[1].from)
	mark := lstm.Word{Chars: []lstm.Char{{Text: bulletMark, X: float64(r.from+r.to) / 2, Sure: bulletSure}}, Space: 1, From: 0, To: (float64(r.to) + end) / 2}
	if len(words) > 0 && len(words[0].Chars) == 1 && words[0].Chars[0].X < end {
		words = words[1:]
	}
	if len(words) > 0 && words[0].Chars[0].X < end-3 {
		return words // it was read as a part of a word
	}
	if len(words) > 0 {
		words[0].From = mark.To
	}
	return append([]lstm.Word{mark}, words...)
}
