package classify

import (
	"regexp"
	"slices"
	"strings"
)

// An itemStep is how a word follows the one before it.
type itemStep uint8

const (
	stepWord itemStep = iota // in the same cell
	stepCell                 // in the next cell of the row
	stepRow                  // in another row
	stepCount
)

// An itemWord is a word of a page on the way to being part of an item of a list.
type itemWord struct {
	span
	cell     int
	line     int // which cell of the page it stands in, counted through
	sentence int // which sentence of the page, counted through
	step     itemStep
}

// An itemLine is a cell of a page in which items may stand.
type itemLine struct {
	span
	cell  int
	above int  // the line of the page that stands over it in its column, right above; -1 for none
	goes  bool // the sentence of the line above goes on in it
	// ruled is the list of the known heading that it stands under, by its index in listFields, -1 for none; head is the heading.
	ruled int
	head  string
}

// An itemPage is a page cut into words for the search for items: by row, and in each from left to right.
type itemPage struct {
	sheet     *sheet
	words     []itemWord
	lines     []itemLine
	sentences int
}

func (s *sheet) itemPage() *itemPage {
	p := &itemPage{sheet: s}
	var before []int // the lines of the row before
	ended := []int{} // by line: the sentence that goes on behind it
	full := s.fullWidth()
	ruled := map[int][]itemHit{} // by row
	for _, h := range s.ruledItems() {
		ruled[h.row] = append(ruled[h.row], h)
	}
	for i := range s.rows() {
		r := &s.rows()[i]
		var here []int
		for ci := range r.cells {
			cl := &r.cells[ci]
			l := itemLine{span: span{i, cl.start, cl.end}, cell: ci, above: -1, ruled: -1}
			for _, h := range ruled[i] {
				if h.start < cl.end && cl.start < h.end {
					l.ruled, l.head = slices.Index(listFields[:], h.name), h.head
					break
				}
			}
			height := max(cl.box.Height(), 8)
			for _, k := range before {
				up := s.rows()[i-1].cells[p.lines[k].cell].box
				if up[0] < cl.box[2] && cl.box[0] < up[2] && cl.box[1]-up[3] < 2*height && (l.above < 0 || up[0] <= cl.box[0]) {
					l.above = k
				}
			}
			sentence := p.sentences
			if l.above >= 0 {
				u := &p.lines[l.above]
				text, over := r.text[cl.start:cl.end], s.text(u.span)
				up := s.rows()[i-1].cells[u.cell].box
				l.goes = !listItem(text) && !labelLike.MatchString(text) && !endsSentence(over) && cl.box[1]-up[3] <= height &&
					(up[2]*100 > full*70 || isLower(text) || unfinished.MatchString(strings.TrimSpace(over)))
				if l.goes {
					sentence = ended[l.above]
				}
			}
			if !l.goes {
				p.sentences++
			}
			first := true
			for k, at := range r.starts {
				if at < cl.start || at >= cl.end {
					continue
				}
				w := itemWord{span: span{i, at, min(at+len(r.words[k].Text), cl.end)}, cell: ci, line: len(p.lines), sentence: sentence}
				switch {
				case !first:
				case ci > 0:
					w.step = stepCell
				default:
					w.step = stepRow
				}
				p.words = append(p.words, w)
				first = false
				if text := r.text[w.start:w.end]; endsSentence(text) && w.end < cl.end && !isLower(r.text[w.end+1:cl.end]) {
					sentence = p.sentences
					p.sentences++
				}
			}
			ended = append(ended, sentence)
			here = append(here, len(p.lines))
			p.lines = append(p.lines, l)
		}
		before = here
	}
	return p
}

// fullWidth is where the longest lines of a page end.
func (s *sheet) fullWidth() int {
	var ends []int
	for i := range s.rows() {
		if r := &s.rows()[i]; len(r.cells) == 1 {
			ends = append(ends, r.box[2])
		}
	}
	if len(ends) == 0 {
		return s.page.Frame.Width
	}
	slices.Sort(ends)
	return ends[len(ends)*9/10]
}

// endsSentence reports whether a sentence ends with this text. "Dr." and numbers before items end none.
func endsSentence(text string) bool {
	text = strings.TrimRight(text, ` )"'`)
	if text == "" {
		return false
	}
	switch text[len(text)-1] {
	case '?', '!', ':':
		return true
	case '.':
		last := text[strings.LastIndexByte(text, ' ')+1:]
		return letters(last) > 2 || hasDigit(last) && len(last) > 3
	}
	return false
}

func isLower(text string) bool {
	text = strings.TrimLeft(text, ` ("'`)
	return text != "" && text[0] >= 'a' && text[0] <= 'z'
}

// unfinished is the end of a line that cannot be the end of an item.
var unfinished = regexp.MustCompile(`(?i)(?:,|;|\(|[-–/]|\b(?:and|or|the|a|an|of|for|to|in|at|on|by|with|from|if|until|please|every|per))\s*$`)
