package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

var (
	coverOptions = regexp.MustCompile(`(?i)\b(?:urgent|routine|for ?review|review|[fi]or (?:your )?(?:information|comment|approval|action|use|records?)|please (?:comment|reply|recycle)|as requested|confidential|non.urgent)\b`)
	fullMark     = regexp.MustCompile(`(?:\[[xX✓/]\]|\([xX✓/]\)|[☒☑✓✔✗■●◉@&®©])\s?$`)
	// blackMark is what a full box is read as where it is taken for a letter.
	blackMark = regexp.MustCompile(`^[BMWXKxv8]$`)
	// roundMark is what an empty box is read as and a ticked one is not.
	roundMark = regexp.MustCompile(`^(?:[oO0CcDL(\[{]{0,2}[oiIl1J)\]}]?|☐|□|○)$`)
	// emptyMark is what an empty box or circle is read as.
	emptyMark = regexp.MustCompile(`^(?:[oO0CcDGLUQ(\[{]{0,2}[oiIl1J)\]}]?|☐|□|○)$`)
)

// untickedOption reports whether a word is one of a row of choices of which
// another is ticked and this one is not: "( ) Urgent  (x) For review".
func (s *sheet) untickedOption(row, start int) bool {
	text := s.rows()[row].text
	options := coverOptions.FindAllStringIndex(text, -1)
	if len(options) < 3 {
		return false
	}
	if s.boxesBehind(row) {
		ticked, own := false, ""
		for _, o := range options {
			box := s.boxBehind(row, o[0], o[1])
			if o[0] == start {
				own = box
			}
			ticked = ticked || fullMark.MatchString(box)
		}
		return ticked && own != "" && !fullMark.MatchString(own)
	}
	ticked, without, own, last := false, false, "", 0
	var empty []string
	for _, o := range options {
		full := fullMark.MatchString(text[:o[0]]) || s.markBefore(row, o[0])
		mark := strings.Trim(text[last:o[0]], " \t")
		if o[0] == start {
			if full || !emptyMark.MatchString(mark) {
				return false
			}
			own = mark
		} else {
			ticked = ticked || full || blackMark.MatchString(mark)
			if mark != "" && emptyMark.MatchString(mark) {
				empty = append(empty, mark)
			}
			without = without || mark == ""
		}
		last = o[1]
	}
	// An empty box is read as a letter like those at the other choices; a full one often as nothing.
	return ticked || own != "" && without && len(empty) > 0 && (roundMark.MatchString(own) || slices.Contains(empty, own))
}

// markBefore reports whether a full box or circle stands before a word.
func (s *sheet) markBefore(row, start int) bool {
	for m := range strings.FieldsSeq(s.marksBefore(row, start)) {
		if fullMark.MatchString(m) {
			return true
		}
	}
	return false
}

// marksBefore are the words close before a word on the page: a mark of its own is no text, and no
// row has it.
func (s *sheet) marksBefore(row, start int) string {
	words := s.rows()[row].wordsIn(start, start+1)
	if len(words) == 0 {
		return ""
	}
	b := words[0].Box
	marks := ""
	for _, w := range s.onLine(b) {
		if w.Box[2] <= b[0]+b.Height()/2 && b[0]-w.Box[2] <= 2*b.Height() {
			marks += " " + w.Text
		}
	}
	return marks
}

// emptyBox reports whether an empty tick box stands at the phrase while
// another choice in the row is ticked: "[ ] Urgent [x] Routine".
func (s *sheet) emptyBox(h hit) bool {
	t := &s.tokens()[h.from]
	return s.emptyBoxAt(t.row, t.start)
}

func (s *sheet) emptyBoxAt(row, start int) bool {
	text := s.rows()[row].text
	if s.boxesBehind(row) {
		own := s.boxBehind(row, start, start+1)
		return own != "" && !fullMark.MatchString(own) && slices.ContainsFunc(s.onLine(s.rows()[row].box), func(w *postroom.Word) bool { return fullMark.MatchString(w.Text) })
	}
	return boxTicked.MatchString(text) && boxEmpty.MatchString(text[:start]+s.marksBefore(row, start))
}

var (
	boxEmpty  = regexp.MustCompile(`(?:\[ ?\]|\( ?\)|☐)\s*$`)
	boxTicked = regexp.MustCompile(`\[[xX✓]\]|\([xX✓]\)|[☒☑]`)
)

// onLine are the words of the page as high as a row, also those that are no text and that no row has.
func (s *sheet) onLine(band postroom.Box) []*postroom.Word {
	var out []*postroom.Word
	words := s.words()
	for i := range words {
		if w := &words[i]; (w.Box[1]+w.Box[3])/2 >= band[1] && (w.Box[1]+w.Box[3])/2 <= band[3] {
			out = append(out, w)
		}
	}
	return out
}

// boxesBehind reports whether the boxes of a row stand behind their choices: "Routine [ ]  Urgent [x]".
func (s *sheet) boxesBehind(row int) bool {
	words := s.onLine(s.rows()[row].box)
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
	words := s.rows()[row].wordsIn(start, end)
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
