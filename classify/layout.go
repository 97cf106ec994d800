package classify

import (
	"sort"
	"strings"

	"github.com/postroom/postroom"
)

// A row is what stands side by side on a page, in whatever block the
// recognition put it. Its cells are runs of words without a wide gap.
type row struct {
	text   string // as read; one space between words, a tab between cells
	shadow string // the same length: characters that are digits misread are digits
	words  []*postroom.Word
	starts []int // byte offset in text of each word
	cells  []cell
	box    postroom.Box
	big    bool // set in letters clearly larger than the page's text
}

// A cell is a part of a row: byte offsets into its text and its area.
type cell struct {
	start, end int
	box        postroom.Box
	big        bool // set in letters clearly larger than the page's text
}

// A span is a piece of a row's text with its place.
type span struct {
	row        int
	start, end int
}

// wordsIn returns the words that a part of the row's text touches.
func (r *row) wordsIn(start, end int) []*postroom.Word {
	from := sort.SearchInts(r.starts, start+1) - 1
	from = max(from, 0)
	to := sort.SearchInts(r.starts, end)
	if from >= to {
		return nil
	}
	return r.words[from:to]
}

// cellAt returns the index of the cell that holds the offset.
func (r *row) cellAt(offset int) int {
	for i := range r.cells {
		if offset < r.cells[i].end {
			return i
		}
	}
	return len(r.cells) - 1
}

func (r *row) cellText(i int) string { return r.text[r.cells[i].start:r.cells[i].end] }

// area is where a part of the row's text stands in the upright page, and how
// well it was read: the confidence of its worst word.
func (r *row) area(start, end int) (postroom.Box, float64) {
	var box postroom.Box
	conf := 1.0
	for _, w := range r.wordsIn(start, end) {
		box = box.Union(w.Box)
		conf = min(conf, float64(w.Confidence))
	}
	return box, conf
}

// layOut makes rows of a page's words, top to bottom. Marks that are no text
// (table lines read as "|", specks read as ".") are left out.
func layOut(p *postroom.Page) []row {
	type piece struct {
		words       []*postroom.Word
		box         postroom.Box
		mid, height float64
		barred      bool // a bar stands before it
	}
	typical := typicalHeight(p)
	if typical == 0 {
		return nil
	}

	var pieces []piece
	var last *postroom.Word
	barred := false
	for i := range p.Words {
		w := &p.Words[i]
		if !hasText(w.Text) || w.Box.Empty() {
			if w.Text == "|" || w.Text == "¦" || w.Text == "||" {
				last, barred = nil, true
			}
			continue
		}
		mid := float64(w.Box[1]+w.Box[3]) / 2
		fresh := true
		if n := len(pieces); n > 0 && last != nil && last.Line == w.Line && last.Block == w.Block {
			q := &pieces[n-1]
			gap := float64(w.Box[0] - last.Box[2])
			if gap < 1.8*max(typical, min(q.height, 2*typical)) && gap > -2*typical && mid > q.mid-0.7*q.height-2 && mid < q.mid+0.7*q.height+2 {
				q.words = append(q.words, w)
				q.box = q.box.Union(w.Box)
				n := float64(len(q.words))
				q.mid += (mid - q.mid) / n
				q.height += (float64(w.Box.Height()) - q.height) / n
				fresh = false
			}
		}
		if fresh {
			pieces = append(pieces, piece{words: []*postroom.Word{w}, box: w.Box, mid: mid, height: float64(w.Box.Height()), barred: barred})
		}
		barred = false
		last = w
	}
	sort.SliceStable(pieces, func(i, j int) bool { return pieces[i].mid < pieces[j].mid })

	var rows []row
	for i := 0; i < len(pieces); {
		// A row takes the pieces whose middle lies inside its first piece.
		j := i + 1
		reach := 0.55 * min(pieces[i].height, 2.2*typical)
		mid := pieces[i].mid
		for j < len(pieces) && pieces[j].mid-mid < max(reach, 0.4*typical) {
			j++
		}
		group := append([]piece(nil), pieces[i:j]...)
		sort.SliceStable(group, func(a, b int) bool { return group[a].box[0] < group[b].box[0] })
		var r row
		var b strings.Builder
		height := 0.0
		for k, g := range group {
			near := false
			if k > 0 {
				gap := float64(g.box[0] - group[k-1].box[2])
				near = gap < 1.2*typical && gap > -typical && !g.barred
			}
			if k > 0 && !near {
				b.WriteByte('\t')
			} else if k > 0 {
				b.WriteByte(' ')
			}
			start := b.Len()
			for n, w := range g.words {
				if n > 0 {
					b.WriteByte(' ')
				}
				r.starts = append(r.starts, b.Len())
				r.words = append(r.words, w)
				b.WriteString(w.Text)
			}
			if near {
				c := &r.cells[len(r.cells)-1]
				c.end, c.box = b.Len(), c.box.Union(g.box)
				c.big = c.big && g.height > 1.3*typical
			} else {
				r.cells = append(r.cells, cell{start, b.Len(), g.box, g.height > 1.3*typical})
			}
			r.box = r.box.Union(g.box)
			height = max(height, g.height)
		}
		r.text = b.String()
		r.shadow = shadowOf(r.text)
		r.big = height > 1.3*typical
		rows = append(rows, r)
		i = j
	}
	return rows
}

// typicalHeight is the height of a page's words, in pixels, or 0 where it has none. Rows of dashes that divide a typed page are no words.
func typicalHeight(p *postroom.Page) float64 {
	heights := make([]int, 0, len(p.Words))
	var lettered []int
	for i := range p.Words {
		w := &p.Words[i]
		if !hasText(w.Text) || w.Box.Empty() {
			continue
		}
		heights = append(heights, w.Box.Height())
		if letters(w.Text) > 0 || hasDigit(w.Text) {
			lettered = append(lettered, w.Box.Height())
		}
	}
	if len(heights) == 0 {
		return 0
	}
	if 4*len(lettered) < 3*len(heights) && len(lettered) > 0 {
		heights = lettered
	}
	sort.Ints(heights)
	return max(float64(heights[len(heights)/2]), 4)
}

// hasText reports whether a word holds a letter or digit, or a mark that
// belongs to text.
func hasText(s string) bool {
	for i := range len(s) {
		if isLetter(s[i]) && s[i] < 128 || isDigit(s[i]) {
			return true
		}
	}
	for _, r := range s {
		if r >= 0xC0 && r < 0x2000 {
			return true
		}
	}
	return s == "&" || s == "-" || s == "/" || s == "+" || s == ":"
}

// digitFor is the digit that a letter is misread from.
func digitFor(c byte) byte {
	switch c {
	case 'O', 'o', 'Q', 'D', '@': // a zero with a stroke is read as @
		return '0'
	case 'l', 'I', '|', 'i', '!':
		return '1'
	case 'S', 's':
		return '5'
	case 'B':
		return '8'
	case 'Z', 'z':
		return '2'
	}
	return 0
}

// shadowOf returns text with the letters that stand among digits replaced by
// the digits that they are usually misread from, dashes of all kinds as "-",
// and everything at the same byte offset.
func shadowOf(text string) string {
	out := []byte(text)
	for i := 0; i < len(out); i++ {
		if out[i] == 0xE2 && i+2 < len(out) && out[i+1] == 0x80 && out[i+2] >= 0x90 && out[i+2] <= 0x95 {
			out[i], out[i+1], out[i+2] = '-', ' ', ' '
		}
		if out[i] == 0xC2 && i+1 < len(out) && out[i+1] == 0xA0 {
			out[i], out[i+1] = ' ', ' '
		}
	}
	for i := 0; i < len(out); {
		if out[i] == ' ' || out[i] == '\t' {
			i++
			continue
		}
		j := i
		for j < len(out) && out[j] != ' ' && out[j] != '\t' {
			j++
		}
		// Pieces between separators: "O1/O2/195O", "943-476-S919".
		digits, letters := 0, 0
		for k := i; k < j; k++ {
			switch {
			case isDigit(out[k]):
				digits++
			case digitFor(out[k]) != 0:
				letters++
			case isLetter(out[k]):
				letters += 100
			}
		}
		if digits > 0 && letters > 0 && letters < 100 && letters <= digits+1 {
			for k := i; k < j; k++ {
				if d := digitFor(out[k]); d != 0 {
					out[k] = d
				}
			}
		}
		i = j
	}
	return string(out)
}
