package ocr

import (
	"image"
	"math"
	"slices"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// The network tells about where on its line it saw a character, a few pixels to either side, and not how wide it is. What the
// picture shows of single characters is found here: the parts of the line between white columns, cut where two letters touch,
// and given to the characters in their order.
const (
	glyphInk   = 166 // darker than this is ink: thin print is no more than gray
	glyphWide  = 1.05
	glyphUsual = 0.75 // how far apart letters that touch stand; both of the height of the line's letters
	glyphLeast = 8    // rows; a speck is no character
	skipChar   = 9.0  // pixels: a character and a part that stand further apart don't belong together
	skipSpeck  = 2.0
	speckRows  = 6
)

// glyphBoxes returns where in a line's picture its characters stand, by their places in the words: an empty box where
// that is not clear.
func glyphBoxes(l lstm.Line, height int, words []lstm.Word) [][]image.Rectangle {
	parts := glyphParts(l, height)
	var at []float64
	for _, w := range words {
		for _, c := range w.Chars {
			at = append(at, c.X)
		}
	}
	given := inTurn(at, parts)
	out := make([][]image.Rectangle, len(words))
	n := 0
	for i, w := range words {
		out[i] = make([]image.Rectangle, len(w.Chars))
		for k := range w.Chars {
			if p := given[n]; p >= 0 {
				out[i][k] = trimmed(l, parts[p])
			}
			n++
		}
	}
	return out
}

// glyphParts returns the parts of a line between white columns; those that are too wide for one letter are cut.
func glyphParts(l lstm.Line, height int) []image.Rectangle {
	ruled := ruledRows(l, height)
	profile := make([]int, l.Width) // how dark the columns are
	var parts []image.Rectangle
	for x := range l.Width {
		top, bottom := height, 0
		for y := range height {
			if v := l.Gray[y*l.Width+x]; !ruled[y] {
				profile[x] += 255 - int(v)
				if v < glyphInk {
					top, bottom = min(top, y), y+1
				}
			}
		}
		if bottom == 0 {
			continue
		}
		column := image.Rect(x, top, x+1, bottom)
		if n := len(parts); n > 0 && parts[n-1].Max.X == x {
			parts[n-1] = parts[n-1].Union(column)
		} else {
			parts = append(parts, column)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	highs := make([]int, len(parts))
	for i, p := range parts {
		highs[i] = p.Dy()
	}
	slices.Sort(highs)
	high := float64(highs[len(highs)*3/5])
	var out []image.Rectangle
	for _, p := range parts {
		n := 1
		if wide := float64(p.Dx()); wide > glyphWide*high {
			n = max(1, int(math.Round(wide/(glyphUsual*high))))
		}
		from := p.Min.X
		for i := 1; i < n; i++ {
			// Where the least ink is, near where the next letter should begin.
			even := float64(p.Min.X) + float64(p.Dx()*i)/float64(n)
			cost := func(x int) float64 { return float64(profile[x]) + 40*math.Abs(float64(x)-even) }
			best := -1
			for x := max(from+3, int(even)-4); x < min(p.Max.X-3, int(even)+5); x++ {
				if best < 0 || cost(x) < cost(best) {
					best = x
				}
			}
			if best > 0 {
				out = append(out, image.Rect(from, p.Min.Y, best, p.Max.Y))
				from = best
			}
		}
		out = append(out, image.Rect(from, p.Min.Y, p.Max.X, p.Max.Y))
	}
	return out
}

// inTurn gives parts to the characters at the columns, both in their order and so that they are near each other: which
// part, or -1.
func inTurn(at []float64, parts []image.Rectangle) []int {
	n, m := len(at), len(parts)
	skip := func(j int) float64 {
		if parts[j].Dy() < speckRows {
			return skipSpeck
		}
		return skipChar
	}
	far := func(i, j int) float64 { return math.Abs(at[i] - float64(parts[j].Min.X+parts[j].Max.X)/2) }
	// least[i][j] is what the first i characters and j parts cost.
	least := make([]float64, (n+1)*(m+1))
	cell := func(i, j int) *float64 { return &least[i*(m+1)+j] }
	for i := 1; i <= n; i++ {
		*cell(i, 0) = *cell(i-1, 0) + skipChar
	}
	for j := 1; j <= m; j++ {
		*cell(0, j) = *cell(0, j-1) + skip(j-1)
		for i := 1; i <= n; i++ {
			*cell(i, j) = min(*cell(i-1, j-1)+far(i-1, j-1), *cell(i-1, j)+skipChar, *cell(i, j-1)+skip(j-1))
		}
	}
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	for i, j := n, m; i > 0 && j > 0; {
		switch *cell(i, j) {
		case *cell(i-1, j-1) + far(i-1, j-1):
			i, j = i-1, j-1
			out[i] = j
		case *cell(i, j-1) + skip(j-1):
			j--
		default:
			i--
		}
	}
	return out
}

// trimmed cuts a part to the letter in it, without specks over and under it; it is empty when there is none.
func trimmed(l lstm.Line, part image.Rectangle) image.Rectangle {
	cut := 255 - int(0.4*inkDepth(l, part))
	dark := func(x, y int) bool { return int(l.Gray[y*l.Width+x]) <= cut }
	from, to := 0, 0 // the longest stretch of rows with ink, in which one white row parts nothing
	for y := part.Min.Y; y < part.Max.Y; {
		first, last := y, y-1
		for ; y < part.Max.Y && y-last <= 2; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				if dark(x, y) {
					last = y
					break
				}
			}
		}
		if last+1-first > to-from {
			from, to = first, last+1
		}
	}
	if to-from < glyphLeast {
		return image.Rectangle{}
	}
	var box image.Rectangle
	for x := part.Min.X; x < part.Max.X; x++ {
		for y := from; y < to; y++ {
			if dark(x, y) {
				box = box.Union(image.Rect(x, from, x+1, to))
				break
			}
		}
	}
	return box
}

// inkDepth is how dark the darkest tenth of an area is, 255 for black.
func inkDepth(l lstm.Line, area image.Rectangle) float64 {
	var many [256]int
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			many[l.Gray[y*l.Width+x]]++
		}
	}
	left := max(8, area.Dx()*area.Dy()/10)
	sum, n := 0, 0
	for v := 0; v < 256 && left > 0; v++ {
		k := min(left, many[v])
		sum, n, left = sum+k*(255-v), n+k, left-k
	}
	return float64(sum) / float64(max(1, n))
}
