package classify

import (
	"strings"

	"github.com/postroom/postroom"
)

// A block is a column of lines set close to each other at one edge, as addresses and letterheads are.
type block struct {
	lines []span // from top to bottom, one cell each
	place int    // of the cell that was asked about
}

// mostBlockLines is how many lines a block has at most: what is longer is prose or a table.
const mostBlockLines = 9

// blockAt is the block in which a cell stands.
func (s *sheet) blockAt(row, ci int) block {
	b := block{lines: []span{s.cellSpan(row, ci)}}
	for _, step := range []int{-1, 1} {
		at, cell := row, ci
		for len(b.lines) < mostBlockLines {
			k, c, ok := s.beside(at, cell, step)
			if !ok {
				break
			}
			at, cell = k, c
			if sp := s.cellSpan(k, c); step < 0 {
				b.lines, b.place = append([]span{sp}, b.lines...), b.place+1
			} else {
				b.lines = append(b.lines, sp)
			}
		}
	}
	return b
}

func (s *sheet) cellSpan(row, ci int) span {
	c := &s.rows()[row].cells[ci]
	return span{row, c.start, c.end}
}

// beside is the cell above or below a cell in its block. Rows of other columns may lie between.
func (s *sheet) beside(row, ci, step int) (k, c int, ok bool) {
	own := s.rows()[row].cells[ci].box
	h := max(own.Height(), 8)
	for k = row + step; k >= 0 && k < len(s.rows()) && abs(k-row) < 4; k += step {
		for c = range s.rows()[k].cells {
			box := s.rows()[k].cells[c].box
			gap := box[1] - own[3]
			if step < 0 {
				gap = own[1] - box[3]
			}
			if apart(box, own) <= h && gap > -h/2 && gap <= h && 10*abs(box.Height()-own.Height()) <= 5*h {
				return k, c, true
			}
		}
	}
	return 0, 0, false
}

// apart is how far the edges, or the middles, of two boxes of a column lie from each other, whichever are nearest.
func apart(a, b postroom.Box) int {
	return min(abs(a[0]-b[0]), abs(a[2]-b[2]), abs(a[0]+a[2]-b[0]-b[2])/2)
}

// openedOrGreeted reports whether a block is the address of whom a letter goes to: it is greeted right below, or somebody
// or his post opens it.
func (s *sheet) openedOrGreeted(b block) (opened, greeted bool) {
	first := s.text(b.lines[0])
	n, ok := readName(first)
	opened = ok && n.title != "" && n.family != "" || addressedPosts.MatchString(first) || strings.HasPrefix(strings.ToLower(first), "dr ")
	last := b.lines[len(b.lines)-1].row
	dear, _ := s.landmarks()
	return opened, dear > last && dear-last <= 3
}

// inBlock adds where in its block a line stands, and what the block is like.
func (s *sheet) inBlock(f *featureBag, row, ci int) {
	b := s.blockAt(row, ci)
	f.num("block place", min(b.place, 4))
	f.num("block lines", min(len(b.lines), 6))
	opened, greeted := s.openedOrGreeted(b)
	switch {
	case opened && b.place == 0:
		f.add("opens as one addressed")
	case opened:
		f.add("block opened by one addressed")
	}
	if greeted {
		f.add("block greeted")
	}
	if b.lines[0].row == 0 {
		f.add("block on top")
	}
	code, own := false, false
	for i, l := range b.lines {
		code = code || i > 0 && postcodePattern.MatchString(s.text(l))
		own = own || surgery.MatchString(s.text(l))
	}
	if code {
		f.add("block of an address")
	}
	if own {
		f.add("block of a practice")
	}
	if s.labelAt(b.lines[0].row, s.rows()[b.lines[0].row].cellAt(b.lines[0].start)) || b.place > 0 {
		for _, w := range wordsFrom(s.text(b.lines[0]), 2) {
			f.add("block opens", w)
		}
	}
}
