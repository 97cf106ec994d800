package ocr

import (
	"cmp"
	"image"
	"slices"
)

// Two rows of small print in one strip have at least so many letters each, and lie over each other
// for so much of the shorter one, in percent.
const (
	stackedLetters = 5
	stackedOverlap = 50
)

// unstacked parts strips in which two rows of small print stand one over the other. Beside a name in large letters, as in
// the banners of electronic records, the analysis of the layout takes both for one line as high as the name.
func unstacked(found []strip, letters []image.Rectangle, page image.Rectangle) []strip {
	var out []strip
	line := 0
	for _, s := range found {
		line = max(line, s.line)
	}
	for _, s := range found {
		upper, lower, ok := twoRows(s.area.Inset(margin), letters)
		if !ok {
			out = append(out, s)
			continue
		}
		line++
		first, second := s, s
		first.area, second.area = upper.Inset(-margin).Intersect(page), lower.Inset(-margin).Intersect(page)
		second.line = line
		out = append(out, first, second)
	}
	return out
}

// twoRows are the areas of two rows of letters in an area between which nothing is.
func twoRows(area image.Rectangle, letters []image.Rectangle) (upper, lower image.Rectangle, ok bool) {
	var own []image.Rectangle
	for _, l := range letters {
		if centre(l).In(area) {
			own = append(own, l)
		}
	}
	if len(own) < 2*stackedLetters {
		return upper, lower, false
	}
	slices.SortFunc(own, func(a, b image.Rectangle) int { return cmp.Compare(a.Max.Y, b.Max.Y) })
	for i := stackedLetters; i <= len(own)-stackedLetters; i++ {
		above, below := own[:i], own[i:]
		top := below[0].Min.Y
		for _, l := range below {
			top = min(top, l.Min.Y)
		}
		if top <= above[i-1].Max.Y {
			continue
		}
		upper, lower = unionOf(above), unionOf(below)
		across := min(upper.Max.X, lower.Max.X) - max(upper.Min.X, lower.Min.X)
		// Letters as high as their row: dots over letters and what hangs below a line are none.
		if 100*across >= stackedOverlap*min(upper.Dx(), lower.Dx()) && fills(above, upper.Dy()) && fills(below, lower.Dy()) && 2*min(upper.Dy(), lower.Dy()) > max(upper.Dy(), lower.Dy()) {
			return upper, lower, true
		}
	}
	return upper, lower, false
}

func unionOf(list []image.Rectangle) image.Rectangle {
	var u image.Rectangle
	for _, r := range list {
		u = u.Union(r)
	}
	return u
}

// fills reports whether most letters are at least half as high as their row.
func fills(letters []image.Rectangle, height int) bool {
	n := 0
	for _, l := range letters {
		if 2*l.Dy() >= height {
			n++
		}
	}
	return 2*n > len(letters)
}
