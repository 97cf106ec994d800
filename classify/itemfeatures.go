package classify

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// itemFeatures are what is known of the words of a page: of each, of the line and of the sentence that it stands in. The
// three are kept apart, since lines and sentences have many words.
type itemFeatures struct {
	words, lines, sentences [][]uint32
}

// An itemBag gathers hashed features of items.
type itemBag []uint32

func (f *itemBag) add(parts ...string) { *f = append(*f, hashOf(parts...)%itemBuckets) }

func (f *itemBag) num(name string, n int) { f.add(name, strconv.Itoa(n)) }

// askedWords are words with which sentences ask the practice for something.
var askedWords = regexp.MustCompile(`(?i)\b(?:please|kindly|grateful|appreciate|could you|would you|can you|your practice|gp to|gp:|suggest|recommend|advise[ds]?)\b`)

// features of all words, lines and sentences of a page; order counts the document's pages from 0.
func (p *itemPage) features(order int) itemFeatures {
	s := p.sheet
	var out itemFeatures
	labels := map[int][]labelHit{} // by row
	for _, l := range s.labels {
		labels[l.row] = append(labels[l.row], l)
	}
	medicine := make([]bool, len(s.rows()))
	for i := range medicine {
		medicine[i] = s.medicineRow(i)
	}
	for i := range p.lines {
		out.lines = append(out.lines, p.lineFeatures(i, order, labels[p.lines[i].row], medicine[p.lines[i].row]))
	}
	folded := make([]string, len(p.words))
	of := make([][]int, p.sentences)
	for i, w := range p.words {
		folded[i] = itemFold(s.text(w.span))
		of[w.sentence] = append(of[w.sentence], i)
	}
	for _, list := range of {
		out.sentences = append(out.sentences, p.sentenceFeatures(list, folded))
	}
	out.words = p.wordFeatures(folded)
	return out
}

// itemFold is a word without what recognition and case change; numbers are as long as they are.
func itemFold(w string) string {
	w = strings.Trim(w, ".,;:()[]\"'*•-–")
	if w == "" {
		return "_"
	}
	if digits := len(w) - letters(w); hasDigit(w) && digits >= letters(w) {
		unit := strings.TrimLeft(w, "0123456789.,/x")
		return "#" + strconv.Itoa(min(digits, 5)) + strings.ToLower(unit)
	}
	return likeness(w)
}

func (p *itemPage) lineFeatures(i, order int, labels []labelHit, medicine bool) []uint32 {
	s, l := p.sheet, &p.lines[i]
	dear, closed := s.landmarks()
	r := &s.rows()[l.row]
	text := s.text(l.span)
	f := itemBag(make([]uint32, 0, 32))
	f.add("line")
	if above, away := s.headOver(l.span); above != "" {
		for _, w := range wordsFrom(above, 6) {
			f.add("head", w)
		}
		f.add("head all", strings.ToLower(above))
		f.num("away", min(away, 8))
	} else {
		f.add("no head")
	}
	if head, beside := s.besideHead(l.span); beside {
		for _, w := range wordsFrom(head, 6) {
			f.add("beside", w)
		}
		f.add("beside all", strings.ToLower(head))
	}
	rule := "none"
	if l.ruled >= 0 {
		rule = string(listFields[l.ruled])
		f.add("rule head", l.head)
	}
	f.add("rule", rule)
	bullet := listItem(text)
	f.add("bullet", strconv.FormatBool(bullet))
	for _, step := range []int{-1, 1} {
		if k := l.row + step; k >= 0 && k < len(s.rows()) {
			o := s.rows()[k].text
			f.add("neighbour", strconv.Itoa(step), strconv.FormatBool(bullet), strconv.FormatBool(listItem(o)), strconv.FormatBool(dosed.MatchString(o)))
		}
	}
	words := wordsFrom(text, 3)
	for k, w := range words {
		f.num("line "+w, k)
	}
	f.num("cells", min(len(r.cells), 4))
	f.num("cell", min(l.cell, 3))
	f.num("length", min(len(strings.Fields(text)), 12))
	f.add("ends", lastMark(text))
	f.add("goes on", strconv.FormatBool(l.goes))
	if l.above >= 0 {
		up := s.rows()[l.row-1].cells[p.lines[l.above].cell].box
		left := r.cells[l.cell].box[0] - up[0]
		height := max(up.Height(), 8)
		f.num("indent", max(-2, min(2, 2*left/height)))
		f.num("gap", min(3, 2*(r.cells[l.cell].box[1]-up[3])/height))
		if bullet != listItem(s.text(p.lines[l.above].span)) {
			f.add("bullets change")
		}
	} else {
		f.add("nothing above")
	}
	if l.row+1 < len(s.rows()) {
		below := s.rows()[l.row+1].text
		f.add("below", strconv.FormatBool(isLower(below)), strconv.FormatBool(listItem(below)), lastMark(text))
	}
	if dosed.MatchString(text) {
		f.add("dosed")
	}
	if medicine {
		f.add("medicine row")
	}
	if askedWords.MatchString(text) {
		f.add("asks")
	}
	f.num("sheet", min(order, 2))
	f.num("depth", int(s.depth(l.row)*6))
	f.add("dear", strconv.FormatBool(dear >= 0 && l.row > dear), "closed", strconv.FormatBool(closed >= 0 && l.row > closed))
	for _, lb := range labels {
		if lb.start >= l.start && lb.end <= l.end {
			f.num("label", int(lb.label))
		}
	}
	if r.cells[l.cell].big {
		f.add("big")
	}
	return f
}

func (p *itemPage) sentenceFeatures(list []int, folded []string) []uint32 {
	f := itemBag(make([]uint32, 0, 40))
	f.add("sentence")
	f.num("words", min(len(list), 20))
	seen := map[string]bool{}
	for k, i := range list {
		w := folded[i]
		if k < 3 {
			f.num("begins "+w, k)
		}
		if k == 1 {
			f.add("begins", folded[list[0]], w)
		}
		if !seen[w] && len(seen) < 40 {
			seen[w] = true
			f.add("in", w)
		}
	}
	return f
}

// lastMark is the mark at the end of a text, "" for none.
func lastMark(text string) string {
	text = strings.TrimRight(text, " ")
	if text == "" || isLetter(text[len(text)-1]) || isDigit(text[len(text)-1]) {
		return ""
	}
	return text[len(text)-1:]
}

func (p *itemPage) wordFeatures(folded []string) [][]uint32 {
	s := p.sheet
	out := make([][]uint32, len(p.words))
	at := func(i int) string {
		if i < 0 || i >= len(folded) {
			return "^"
		}
		return folded[i]
	}
	label, labelLine := "", -1 // the last label with a colon, and where it stood
	since, inSentence, inLine := 0, 0, 0
	separator := "^"
	for i, w := range p.words {
		text := s.text(w.span)
		f := itemBag(make([]uint32, 0, 40))
		if i == 0 || p.words[i-1].sentence != w.sentence {
			inSentence = 0
		}
		if i == 0 || p.words[i-1].line != w.line {
			inLine = 0
			if label != "" && labelLine >= 0 && (w.line-labelLine > 6 || p.lines[w.line].above < 0 || labelLike.MatchString(s.text(p.lines[w.line].span))) {
				label = ""
			}
		}
		before := ""
		if i > 0 {
			before = lastMark(s.text(p.words[i-1].span))
		}
		if inLine == 0 || before != "" && strings.Contains(",;.:?)", before) {
			since, separator = 0, before
			if inLine == 0 {
				separator += "|"
			}
		}
		place := "inside"
		switch {
		case inLine == 0:
			place = "line"
		case inLine == 1 && bulletWord(s.text(p.words[i-1].span)):
			place = "bullet"
		case inSentence == 0:
			place = "sentence"
		case since == 0:
			place = "part " + separator
		}
		x := folded[i]
		f.add("is", x)
		f.add("is at", x, place)
		f.add("before", at(i-1))
		f.add("after", at(i+1))
		f.add("before two", at(i-2), at(i-1))
		f.add("second before", at(i-2))
		f.add("second after", at(i+2))
		f.add("pair", at(i-1), x)
		f.add("next pair", x, at(i+1))
		if len(x) > 4 {
			f.add("begin", x[:3])
			f.add("end", x[len(x)-3:])
			f.add("tail", x[len(x)-4:])
		}
		f.add("shape", shapeOf(text), place)
		f.add("mark", lastMark(text))
		f.add("mark before", before)
		f.add("place", place)
		f.num("since", min(since, 6))
		f.num("in sentence", min(inSentence, 4))
		f.num("in line", min(inLine, 4))
		if bulletWord(text) {
			f.add("bullet")
		}
		f.num("step", int(w.step))
		if label != "" {
			f.add("under", label)
			f.add("under at", label, place)
			for _, l := range strings.Fields(label) {
				f.add("label", l)
			}
			f.num("label lines", min(w.line-labelLine, 4))
		}
		if lineText := s.text(p.lines[w.line].span); place != "inside" {
			f.add("line at", strconv.FormatBool(listItem(lineText)), place)
		}
		out[i] = f
		if strings.HasSuffix(text, ":") {
			words := wordsBefore(s.rows()[w.row].text[p.lines[w.line].start:w.end], 3)
			for a, b := 0, len(words)-1; a < b; a, b = a+1, b-1 {
				words[a], words[b] = words[b], words[a]
			}
			label, labelLine = strings.Join(words, " "), w.line
		}
		since++
		inSentence++
		inLine++
	}
	return out
}

// bulletWord reports whether a word stands before an item and is none of it.
func bulletWord(w string) bool {
	t := strings.Trim(w, ".)(")
	switch {
	case t == "" || strings.Trim(t, "-–•*·+~=_»«¢°>") == "":
		return true
	case len(t) <= 2 && t != w && hasDigit(t) && letters(t) == 0:
		return true
	case len(t) == 1 && t != w && strings.Contains("abcdefgivx", t):
		return true
	}
	return false
}

// shapeOf is what kinds of characters a word has.
func shapeOf(w string) string {
	out := make([]byte, 0, 6)
	for _, r := range w {
		c := byte('-')
		switch {
		case unicode.IsDigit(r):
			c = '#'
		case unicode.IsUpper(r):
			c = 'A'
		case unicode.IsLetter(r):
			c = 'a'
		}
		if n := len(out); n < 5 && (n == 0 || out[n-1] != c) {
			out = append(out, c)
		}
	}
	return string(out)
}

// courtesy asks for nothing that a practice does for its patient.
var courtesy = regexp.MustCompile(`(?i)\bhesitate\b|\bdo not reply\b|\b(?:contact|ring|call|let|inform|e-?mail) (?:me|us|the (?:department|office|secretary|team|sender))\b[^.;]{0,40}\b(?:quer(?:y|ies)|questions?|concerns|clarification|further information|received this)\b`)
