package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// A foundItem is an item of a list on a page: which list, by its index in listFields, the words, and how likely it is one.
type foundItem struct {
	list  int
	words []int
	p     float64
}

// assemble puts the words of items together. An item goes on behind a word that ends its cell in the next one of the row, in
// the next row, or in the line below in its own column while other columns stand between. Without likely all are certain.
func (p *itemPage) assemble(tags []int, likely [][tagCount]float64) []foundItem {
	var out []foundItem
	for i, tag := range tags {
		list := listOf(tag)
		if list < 0 {
			continue
		}
		at := -1
		if tag == insideTag(list) {
			at = p.goesOn(out, list, i)
		}
		if at < 0 {
			out = append(out, foundItem{list: list, p: 1})
			at = len(out) - 1
		}
		f := &out[at]
		if likely != nil {
			sure := likely[i][beginTag(list)] + likely[i][insideTag(list)]
			if len(f.words) == 0 && p.words[i].step == stepWord {
				sure = min(sure, max(likely[i][beginTag(list)], 0.5))
			}
			f.p = min(f.p, sure)
		}
		f.words = append(f.words, i)
	}
	for k := range out {
		if f := &out[k]; listFields[f.list] == postroom.Actions {
			p.finish(f, tags)
		} else {
			p.finishRow(f, tags)
			p.finishOpen(f, tags)
		}
	}
	for k := 0; k < len(out); k++ {
		if at := p.parts(out[k]); at > 0 {
			rest := foundItem{list: out[k].list, words: out[k].words[at:], p: out[k].p}
			out[k].words = out[k].words[:at:at]
			out = slices.Insert(out, k+1, rest)
		}
	}
	return out
}

// parts is the word of an item with which another begins, 0 for none: a semicolon parts diagnoses and allergies, and, as a comma does,
// medicines that have each their dose. What is asked may be several things in one sentence.
func (p *itemPage) parts(f foundItem) int {
	name := listFields[f.list]
	if name == postroom.Actions {
		return 0
	}
	doses := hasDigit(p.text(f))
	deep, had := 0, false // inside brackets; a dose stood before
	for k, w := range f.words {
		text := p.sheet.text(p.words[w].span)
		deep = max(0, deep+brackets(text))
		had = had || hasDigit(text)
		semicolon := strings.HasSuffix(text, ";")
		if k+1 == len(f.words) || deep > 0 || !semicolon && !(name == postroom.Medications && strings.HasSuffix(text, ",")) {
			continue
		}
		next := p.text(foundItem{words: f.words[k+1:]})
		if semicolon && (name != postroom.Medications || !doses) || had && newMedicine.MatchString(next) && !direction.MatchString(next) {
			return k + 1
		}
	}
	return 0
}

// newMedicine is the beginning of a medicine with its dose; direction that of how one is taken, or what becomes of its dose.
var (
	newMedicine = regexp.MustCompile(`^\pL[\pL'’-]{3,}(?: \(?\pL[\pL'’()-]*){0,3} \d[\d.,/]*\s*(?:mg|mcg|micrograms?|g|ml|units?|%|puffs?|tablets?|capsules?|drops?)(?:\PL|$)`)
	direction   = regexp.MustCompile(`(?i)^(?:down|then|reduc|increas|going|from|with|each|every|once|twice|three|four|until|before|after|for|than|week|daily|taper|titrat|max|minim|inhal|take|target|alternat|started|stopped|doubl|halv|appl|give|use|repeat|dose|up |about|total|changed|instead|previously|usual|normally|now )`)
)

// finishRow adds what stands in the line below under one of the columns of an item in a table, and begins small: a cell was too
// narrow for what it says.
func (p *itemPage) finishRow(f *foundItem, tags []int) {
	lines := map[int]bool{}
	for _, w := range f.words {
		lines[p.words[w].line] = true
	}
	last := f.words[len(f.words)-1]
	if len(lines) < 2 || last+1 >= len(p.words) || p.words[last+1].step != stepRow {
		return
	}
	row := p.words[last+1].row
	for k := last + 1; k < len(p.words) && p.words[k].row == row; k++ {
		if l := &p.lines[p.words[k].line]; tags[k] != 0 || l.above < 0 || !lines[l.above] || !isLower(p.sheet.text(l.span)) || labelLike.MatchString(p.sheet.text(l.span)) {
			return
		}
	}
	for k := last + 1; k < len(p.words) && p.words[k].row == row; k++ {
		f.words = append(f.words, k)
	}
	f.p *= unseen
}

// unseen is what it counts for an item's confidence that some of its words are in it by a rule, and not by the model.
const unseen = 0.9

// finishOpen adds the line below in its column to an item that cannot end where it does.
func (p *itemPage) finishOpen(f *foundItem, tags []int) {
	text := p.text(*f)
	if brackets(text) <= 0 && !unfinished.MatchString(text) {
		return
	}
	last := f.words[len(f.words)-1]
	line := p.words[last].line
	from := p.below(line)
	if from < 0 || p.words[last].end < p.lines[line].end {
		return
	}
	to := from
	for ; to < len(p.words) && p.words[to].line == p.words[from].line; to++ {
		if tags[to] != 0 {
			return
		}
	}
	if under := p.sheet.text(p.lines[p.words[from].line].span); to-from > 12 || listItem(under) || labelLike.MatchString(under) {
		return
	}
	for k := from; k < to; k++ {
		f.words = append(f.words, k)
	}
	f.p *= unseen
}

// brackets is how many more are opened in a text than closed.
func brackets(text string) int {
	n := 0
	for _, c := range text {
		switch c {
		case '(', '[', '{':
			n++
		case ')', ']', '}':
			n--
		}
	}
	return n
}

// finish adds the rest of the sentence in which an item ends, where that goes on in the next line.
func (p *itemPage) finish(f *foundItem, tags []int) {
	last := f.words[len(f.words)-1]
	next := last + 1
	if next >= len(p.words) || p.words[next].line == p.words[last].line || !p.lines[p.words[next].line].goes || p.words[next].sentence != p.words[last].sentence {
		return
	}
	for ; next < len(p.words) && tags[next] == 0 && p.words[next].sentence == p.words[last].sentence; next++ {
		f.words = append(f.words, next)
	}
	f.p *= unseen
}

// text is what an item says.
func (p *itemPage) text(f foundItem) string {
	var columns []column
	for k := 0; k < len(f.words); {
		line, from := p.words[f.words[k]].line, k
		for k < len(f.words) && p.words[f.words[k]].line == line && (k == from || f.words[k] == f.words[k-1]+1) {
			k++
		}
		text := p.sheet.text(p.piece(f, from, k))
		if at := slices.IndexFunc(columns, func(o column) bool { return o.line == p.lines[line].above }); at >= 0 {
			columns[at] = column{line, columns[at].text + " " + text}
			continue
		}
		columns = append(columns, column{line, text})
	}
	var texts []string
	for _, o := range columns {
		texts = append(texts, o.text)
	}
	return strings.Join(texts, " ")
}

// A column is what an item has in one column of its table, and the line in which it ends there.
type column struct {
	line int
	text string
}

// piece is the place of an item's words from one to before another, which stand in one line.
func (p *itemPage) piece(f foundItem, from, to int) span {
	first, last := &p.words[f.words[from]], &p.words[f.words[to-1]]
	return span{first.row, first.start, last.end}
}

// goesOn is the index of the item that goes on with a word, -1 for none.
func (p *itemPage) goesOn(items []foundItem, list, word int) int {
	above := p.lines[p.words[word].line].above
	for k := len(items) - 1; k >= 0 && k >= len(items)-8; k-- {
		if f := &items[k]; f.list == list {
			last := f.words[len(f.words)-1]
			if last == word-1 || above >= 0 && p.words[word].step != stepWord && p.words[last].line == above {
				return k
			}
		}
	}
	if above >= 0 && p.words[word].step != stepWord { // a column of a table goes on that is not the item's last
		for k := len(items) - 1; k >= 0 && k >= len(items)-8; k-- {
			if f := &items[k]; f.list == list && slices.ContainsFunc(f.words, func(w int) bool { return p.words[w].line == above }) {
				return k
			}
		}
	}
	return -1
}

// findItems looks for the items of lists on a sheet; order counts the document's sheets from 0.
func (c *collector) findItems(s *sheet, order int) {
	if c.itemsBy == nil {
		return
	}
	p := s.itemPage()
	tags, likely := c.itemsBy.tag(p, order)
	for _, f := range p.assemble(tags, likely) {
		f.list = p.besideHeading(f)
		if it, ok := c.itemField(p, f); ok && len(c.items[f.list]) < mostItems {
			c.items[f.list] = append(c.items[f.list], it)
		}
	}
}

// besideHeading is the list of an item: what stands beside a known heading of diagnoses, medicines or allergies is of that list
// ("Medication: none" is no allergy), whatever it reads like.
func (p *itemPage) besideHeading(f foundItem) int {
	first, asked := &p.words[f.words[0]], len(listFields)-1
	l := &p.lines[first.line]
	if l.ruled < 0 || l.ruled == asked || f.list == asked {
		return f.list
	}
	if head, beside := p.sheet.besideHead(span{l.row, first.start, l.end}); beside && strings.HasSuffix(strings.ToLower(strings.TrimRight(head, " :.-–")), l.head) {
		return l.ruled
	}
	return f.list
}

// mostItems is how many items a list can have: what has more is a table of something else.
const mostItems = 200

// itemField makes a field of an item, without its bullet or number; false when nothing is left.
func (c *collector) itemField(p *itemPage, f foundItem) (postroom.Field, bool) {
	s := p.sheet
	out := postroom.Field{Page: c.pageOf(s), Valid: true, Why: c.whyItem(p, f)}
	worst := 1.0
	for _, w := range f.words {
		box, conf := s.original(p.words[w].span)
		out.Box, worst = out.Box.Union(box), min(worst, doubt(conf))
	}
	out.Text = p.text(f)
	out.Value = trimItem(out.Text)
	name := listFields[f.list]
	if letters(out.Value) < 2 || name == postroom.Actions && onlyCourtesy(out.Value) || name == postroom.Medications && p.stopped(f) {
		return out, false
	}
	out.Confidence = postroom.Confidence(0.98 * platt(c.itemsBy.surety, f.p) * worst)
	return out, true
}

// onlyCourtesy reports whether a request is one that asks for nothing: a courtesy, with few words before it, or just to answer in
// time, which its letter's type tells.
func onlyCourtesy(text string) bool {
	if bareReply.MatchString(text) {
		return true
	}
	at := courtesy.FindStringIndex(text)
	return at != nil && len(strings.Fields(text[:at[0]])) <= 4
}

var bareReply = regexp.MustCompile(`(?i)^\W*(?:please |kindly )?(?:respond|reply|answer|acknowledge(?: receipt)?)(?: to (?:us|me|this(?: \w+)?))?(?:,? (?:by|within|in|before) [^.;]{1,40})?\W*$`)

// stopped reports whether the patient no longer takes a medicine: a label or heading before it, the cell behind it or its own last word says so.
func (p *itemPage) stopped(f foundItem) bool {
	first, last := &p.words[f.words[0]], &p.words[f.words[len(f.words)-1]]
	r := &p.sheet.rows()[first.row]
	if stoppedLabel.MatchString(r.text[:first.start]) || stoppedCell.MatchString(p.sheet.rows()[last.row].text[last.end:]) || stoppedLast.MatchString(p.text(f)) {
		return true
	}
	head, _ := p.sheet.headOver(p.lines[first.line].span)
	return stoppedWord.MatchString(head) && !takenWord.MatchString(head)
}

var (
	stoppedWord  = regexp.MustCompile(`(?i)\b(?:stopped|discontinued|ceased|withheld|withdrawn)\b`)
	stoppedLabel = regexp.MustCompile(`(?i)\b(?:stopped|discontinued|ceased|withheld|withdrawn)\b[ .]*(?::\s*|\t)[^:\t]*$`)
	stoppedCell  = regexp.MustCompile(`(?i)^[ ,;-]*\t\W*(?:stopped|stop|discontinued|ceased|withheld|withdrawn)\b`)
	stoppedLast  = regexp.MustCompile(`(?i)\b(?:stopped|discontinued|withheld|withdrawn)\W*$`)
	takenWord    = regexp.MustCompile(`(?i)\b(?:start|new|chang|contin|current|add|increas)`)
)

// whyItem says how an item was found.
func (c *collector) whyItem(p *itemPage, f foundItem) string {
	first := &p.words[f.words[0]]
	l := &p.lines[first.line]
	head := ""
	if left := strings.TrimRight(p.sheet.rows()[l.row].text[l.start:first.start], " "); left == "" && l.cell > 0 || strings.HasSuffix(left, ":") && strings.Count(left, " ") < 6 {
		head, _ = p.sheet.besideHead(span{l.row, first.start, l.end})
	}
	if known, _ := lexiconWord(head); !known || letters(head) < 3 {
		head, _ = p.sheet.headOver(l.span)
	}
	if known, _ := lexiconWord(head); known && letters(head) > 2 {
		return "stands under the heading " + quote(head)
	}
	if listFields[f.list] == postroom.Actions {
		return "reads like something that the practice is asked to do"
	}
	return "reads like an item of the list"
}
