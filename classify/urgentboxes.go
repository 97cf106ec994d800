package classify

import (
	"regexp"

	"github.com/postroom/postroom"
)

// onLine are the words of the page as high as a row, also those that are no text and that no row has.
func (s *sheet) onLine(band postroom.Box) []*postroom.Word {
	var out []*postroom.Word
	for i := range s.page.Words {
		if w := &s.page.Words[i]; (w.Box[1]+w.Box[3])/2 >= band[1] && (w.Box[1]+w.Box[3])/2 <= band[3] {
			out = append(out, w)
		}
	}
	return out
}

// boxesBehind reports whether the boxes of a row stand behind their choices: "Routine [ ]  Urgent [x]".
func (s *sheet) boxesBehind(row int) bool {
	words := s.onLine(s.rows[row].box)
	if len(words) == 0 {
		return false
	}
	first, last := words[0], words[0]
	for _, w := range words {
		if w.Box[0] < first.Box[0] {
			first = w
		}
		if w.Box[2] > last.Box[2] {
			last = w
		}
	}
	return anyBox.MatchString(last.Text) && !anyBox.MatchString(first.Text)
}

// boxBehind is the box right behind a choice, "" where none is or where the row's boxes stand before.
func (s *sheet) boxBehind(row, start, end int) string {
	words := s.rows[row].wordsIn(start, end)
	if len(words) == 0 || !s.boxesBehind(row) {
		return ""
	}
	b := words[len(words)-1].Box
	box := ""
	for _, w := range s.onLine(b) {
		if w.Box[0] >= b[2] && w.Box[0]-b[2] <= 2*b.Height() && anyBox.MatchString(w.Text) {
			box += w.Text
		}
	}
	return box
}

// anyBox is a box or circle to tick, full or empty, or half of one.
var anyBox = regexp.MustCompile(`^(?:\[[ xX✓/]?\]?|\]|\([ xX✓/]?\)|[☐☒☑□■○●✓✔✗])$`)
