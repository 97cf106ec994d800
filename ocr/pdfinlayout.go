package ocr

import (
	"math"
	"slices"
	"sort"

	"github.com/postroom/postroom"
)

// A row is words that stand beside each other.
type row struct {
	pieces      []piece
	top, bottom float64
}

func (r *row) size() float64 { return r.bottom - r.top }

// layOut puts words into lines and blocks, in reading order: from the top down,
// columns of running text one after the other, the cells of a table row by row.
// Words that do not run from left to right come last.
func layOut(pieces []piece, width, height int) []postroom.Word {
	var level, turned []piece
	for _, p := range pieces {
		if math.Abs(p.angle) <= 10 {
			level = append(level, p)
		} else {
			turned = append(turned, p)
		}
	}
	l := layout{width: width, height: height}
	for _, block := range blocks(rows(level)) {
		for _, column := range columns(block) {
			l.block(column)
		}
	}
	for i, p := range turned {
		if i > 0 && math.Abs(turned[i-1].angle-p.angle) > 10 {
			l.blocks++
		}
		l.line([]piece{p})
	}
	return l.words
}

// rows groups words that share a line.
func rows(pieces []piece) []row {
	order := slices.Clone(pieces)
	sort.SliceStable(order, func(i, j int) bool { return middle(order[i]) < middle(order[j]) })
	var out []row
	for _, p := range order {
		// A word belongs to a row when its middle lies in it and the row's in the word.
		joined := false
		for i := len(out) - 1; i >= 0 && i >= len(out)-4; i-- {
			r := &out[i]
			m, rm := middle(p), (r.top+r.bottom)/2
			overlap := min(r.bottom, p.box[3]) - max(r.top, p.box[1])
			if m > r.top && m < r.bottom && (rm > p.box[1] && rm < p.box[3] || overlap > 0.6*(p.box[3]-p.box[1])) &&
				p.box[3]-p.box[1] < 2.5*r.size() {
				r.pieces = append(r.pieces, p)
				// The row keeps the height of ordinary words: a tall one must not swallow the next row.
				if p.box[3]-p.box[1] < 1.5*r.size() {
					r.top, r.bottom = min(r.top, p.box[1]), max(r.bottom, p.box[3])
				}
				joined = true
				break
			}
		}
		if !joined {
			out = append(out, row{pieces: []piece{p}, top: p.box[1], bottom: p.box[3]})
		}
	}
	for i := range out {
		sort.SliceStable(out[i].pieces, func(a, b int) bool { return out[i].pieces[a].box[0] < out[i].pieces[b].box[0] })
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].top+out[i].bottom < out[j].top+out[j].bottom })
	return out
}

func middle(p piece) float64 { return (p.box[1] + p.box[3]) / 2 }

// blocks cuts rows where there is more room between them than in running text.
func blocks(all []row) [][]row {
	var out [][]row
	for i, r := range all {
		if i > 0 {
			before := all[i-1]
			if gap := r.top - before.bottom; gap < 1.1*max(r.size(), before.size()) {
				out[len(out)-1] = append(out[len(out)-1], r)
				continue
			}
		}
		out = append(out, []row{r})
	}
	return out
}

// columns cuts a block into columns of running text, left to right; a block of
// another kind comes back whole.
func columns(block []row) [][]row {
	if len(block) < 4 {
		return [][]row{block}
	}
	left, right := math.Inf(1), math.Inf(-1)
	sizes := make([]float64, 0, len(block))
	for _, r := range block {
		left, right = min(left, r.pieces[0].box[0]), max(right, r.pieces[len(r.pieces)-1].box[2])
		sizes = append(sizes, r.size())
	}
	slices.Sort(sizes)
	em := sizes[len(sizes)/2]
	at, ok := gutter(block, left, right, em)
	if !ok {
		return [][]row{block}
	}
	var halves [2][]row
	for _, r := range block {
		var parts [2][]piece
		for _, p := range r.pieces {
			side := 0
			if p.box[0] >= at {
				side = 1
			}
			parts[side] = append(parts[side], p)
		}
		for side, part := range parts {
			if len(part) > 0 {
				halves[side] = append(halves[side], row{part, r.top, r.bottom})
			}
		}
	}
	var out [][]row
	for _, half := range halves {
		out = append(out, columns(half)...)
	}
	return out
}

// gutter finds an upright white stripe between two columns of running text.
func gutter(block []row, left, right, em float64) (at float64, ok bool) {
	type span struct{ from, to float64 }
	var taken []span
	for _, r := range block {
		for _, p := range r.pieces {
			taken = append(taken, span{p.box[0], p.box[2]})
		}
	}
	slices.SortFunc(taken, func(a, b span) int {
		switch {
		case a.from < b.from:
			return -1
		case a.from > b.from:
			return 1
		}
		return 0
	})
	end := left
	best := 0.0
	for _, s := range taken {
		if gap := s.from - end; gap > best && gap >= 1.2*em {
			centre := (s.from + end) / 2
			if centre-left >= 0.25*(right-left) && right-centre >= 0.25*(right-left) && running(block, centre) {
				best, at, ok = gap, centre, true
			}
		}
		end = max(end, s.to)
	}
	return at, ok
}

// running reports whether both sides of the stripe hold running text: several
// words a line on most lines.
func running(block []row, at float64) bool {
	var words, lines [2]int
	for _, r := range block {
		var n [2]int
		for _, p := range r.pieces {
			if p.box[0] < at {
				n[0]++
			} else {
				n[1]++
			}
		}
		for side := range n {
			words[side] += n[side]
			if n[side] > 0 {
				lines[side]++
			}
		}
	}
	for side := range words {
		if lines[side] < 4 || words[side] < 4*lines[side] {
			return false
		}
	}
	return true
}

// A layout collects words and numbers their lines and blocks.
type layout struct {
	width, height int
	words         []postroom.Word
	lines, blocks int
}

func (l *layout) block(rows []row) {
	for _, r := range rows {
		l.line(r.pieces)
	}
	l.blocks++
}

func (l *layout) line(pieces []piece) {
	added := false
	for _, p := range pieces {
		if leaders(p.text) && len(pieces) > 1 {
			continue
		}
		box := postroom.Box{
			clampInt(math.Floor(p.box[0]), l.width), clampInt(math.Floor(p.box[1]), l.height),
			clampInt(math.Ceil(p.box[2]), l.width), clampInt(math.Ceil(p.box[3]), l.height),
		}
		if box.Empty() {
			continue
		}
		l.words = append(l.words, postroom.Word{Text: p.text, Box: box, Confidence: textConfidence, Line: l.lines, Block: l.blocks})
		added = true
	}
	if added {
		l.lines++
	}
}

// leaders reports whether a piece is only dots or lines that lead the eye or are
// there to be written on.
func leaders(s string) bool {
	for _, r := range s {
		switch r {
		case '.', '_', '·', '…':
		default:
			return false
		}
	}
	return true
}

func clampInt(v float64, most int) int { return int(max(0, min(float64(most), v))) }
