package ocr

import (
	"cmp"
	"slices"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// A readStrip is a strip with what was read of it.
type readStrip struct {
	strip
	words []lstm.Word
	index int // of the strip
}

// inOrder brings strips into the order in which a person reads a page of forms, tables and letters: row by
// row, so that a label stands before its value and a table's line stays together, though the analysis of the
// layout takes their columns for blocks of their own. Only columns of prose side by side are read one after
// the other, and two pages on one scan. Blocks and lines are numbered anew; the strips of a row are one line.
// halves tells that the scan, of so many pixels, shows two pages.
func inOrder(strips []readStrip, width, height int) (out []readStrip, halves bool) {
	block, line := -1, -1
	split := parts(strips)
	if left, right, ok := twoPages(strips, width, height); ok {
		halves = true
		split = append(parts(left), parts(right)...)
	}
	for _, part := range split {
		was := -1
		for _, row := range rowsOf(part) {
			// A row whose first strip is of another block begins a new one.
			if row[0].block != was {
				was = row[0].block
				block++
			}
			line++
			for _, s := range row {
				s.block, s.line = block, line
				out = append(out, s)
			}
		}
	}
	return out, halves
}

// Two pages on one scan: a page that lies across has so many lines on either side of a white
// gutter near its middle, at least an eightieth of it wide.
const (
	linesOfHalf    = 8
	gutterFraction = 80
)

// twoPages parts what stands on a scan of two pages side by side.
func twoPages(strips []readStrip, width, height int) (left, right []readStrip, ok bool) {
	if 5*width < 6*height {
		return nil, nil, false
	}
	// The widest gap between strips in the middle fifth.
	at, most := 0, 0
	for x := width * 2 / 5; x < width*3/5; x += 4 {
		from, to := 0, width
		for _, s := range strips {
			if s.area.Min.X < x && x < s.area.Max.X {
				from, to = x, x
				break
			}
			if s.area.Max.X <= x {
				from = max(from, s.area.Max.X)
			} else {
				to = min(to, s.area.Min.X)
			}
		}
		if to-from > most {
			at, most = x, to-from
		}
	}
	if most*gutterFraction < width {
		return nil, nil, false
	}
	prose := [2]int{}
	for _, s := range strips {
		side := 0
		if s.area.Min.X > at {
			side = 1
			right = append(right, s)
		} else {
			left = append(left, s)
		}
		if len(s.words) >= proseWords {
			prose[side]++
		}
	}
	// A wide table has few cells with prose.
	ok = min(len(left), len(right)) >= linesOfHalf && min(prose[0], prose[1]) >= linesOfHalf/2
	return left, right, ok
}

// rowsOf puts strips of about the same height on the page together, from left to right.
func rowsOf(strips []readStrip) [][]readStrip {
	sorted := slices.SortedStableFunc(slices.Values(strips), func(a, b readStrip) int {
		return cmp.Compare(centre(a.area).Y, centre(b.area).Y)
	})
	var rows [][]readStrip
	for _, s := range sorted {
		if n := len(rows); n > 0 && inRow(rows[n-1], s) {
			rows[n-1] = append(rows[n-1], s)
		} else {
			rows = append(rows, []readStrip{s})
		}
	}
	for _, r := range rows {
		slices.SortStableFunc(r, func(a, b readStrip) int { return cmp.Compare(a.area.Min.X, b.area.Min.X) })
	}
	return rows
}

// inRow tells whether a strip stands in a row, at the height of its last strip and beside all of them.
func inRow(row []readStrip, s readStrip) bool {
	last := row[len(row)-1]
	high := min(last.area.Dy(), s.area.Dy()) - 2*margin
	if 2*(centre(s.area).Y-centre(last.area).Y) >= max(high, 4) {
		return false
	}
	for _, q := range row {
		if overlap(s.area.Min.X, s.area.Max.X, q.area.Min.X, q.area.Max.X) > 3*margin {
			return false
		}
	}
	return true
}

func overlap(a0, a1, b0, b1 int) int { return min(a1, b1) - max(a0, b0) }

// parts splits the page where prose stands in columns: what is above them, each column, what crosses
// them, and what is below. Each part is read row by row.
func parts(strips []readStrip) [][]readStrip {
	gutter, top, bottom, ok := findGutter(strips)
	if !ok {
		if len(strips) == 0 {
			return nil
		}
		return [][]readStrip{strips}
	}
	sorted := slices.SortedStableFunc(slices.Values(strips), func(a, b readStrip) int {
		return cmp.Compare(centre(a.area).Y, centre(b.area).Y)
	})
	var out [][]readStrip
	var across, left, right []readStrip
	columns := func() {
		out = append(append(out, parts(left)...), parts(right)...)
		left, right = nil, nil
	}
	for _, s := range sorted {
		y := centre(s.area).Y
		crosses := s.area.Min.X+2*margin < gutter && gutter < s.area.Max.X-2*margin
		if crosses || y < top || y > bottom {
			columns()
			across = append(across, s)
			continue
		}
		if len(across) > 0 {
			out, across = append(out, across), nil
		}
		if centre(s.area).X < gutter {
			left = append(left, s)
		} else {
			right = append(right, s)
		}
	}
	columns()
	if len(across) > 0 {
		out = append(out, across)
	}
	return out
}

// A line of prose has so many words, and columns so many lines beside others.
const (
	proseWords = 4
	proseLines = 4
)

// findGutter returns where between two columns of prose nothing stands: an x, and from
// where to where down the page.
func findGutter(strips []readStrip) (x, top, bottom int, ok bool) {
	type gap struct{ from, to, left, right int }
	var gaps []gap
	for i, a := range strips {
		if len(a.words) < proseWords {
			continue
		}
		// The nearest strip to its right.
		next := -1
		for k, b := range strips {
			if b.area.Min.X > a.area.Max.X-2*margin && 2*overlap(a.area.Min.Y, a.area.Max.Y, b.area.Min.Y, b.area.Max.Y) > min(a.area.Dy(), b.area.Dy())-2*margin &&
				(next < 0 || b.area.Min.X < strips[next].area.Min.X) {
				next = k
			}
		}
		if next >= 0 && len(strips[next].words) >= proseWords {
			gaps = append(gaps, gap{a.area.Max.X - margin, strips[next].area.Min.X + margin, i, next})
		}
	}
	most := proseLines - 1
	for _, g := range gaps {
		n, mid := 0, (g.from+g.to)/2
		for _, h := range gaps {
			if h.from <= mid && mid <= h.to {
				n++
			}
		}
		if n > most {
			most, x, ok = n, mid, true
		}
	}
	if !ok {
		return 0, 0, 0, false
	}
	top, bottom = 1<<30, 0
	for _, g := range gaps {
		if g.from <= x && x <= g.to {
			for _, s := range []readStrip{strips[g.left], strips[g.right]} {
				top, bottom = min(top, s.area.Min.Y), max(bottom, s.area.Max.Y)
			}
		}
	}
	// One column is longer than the other: its lines and paragraphs go on until something crosses both.
	below := slices.SortedFunc(slices.Values(strips), func(a, b readStrip) int { return cmp.Compare(a.area.Min.Y, b.area.Min.Y) })
	for _, s := range below {
		if centre(s.area).Y <= bottom {
			continue
		}
		crosses := s.area.Min.X+2*margin < x && x < s.area.Max.X-2*margin
		if high := s.area.Dy(); crosses || s.area.Min.Y > bottom+3*high/2 {
			break
		}
		bottom = s.area.Max.Y
	}
	return x, top, bottom, true
}
