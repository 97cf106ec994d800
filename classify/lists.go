package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// lists reads diagnoses, medications, allergies and actions as they are
// printed, one item a line. Nothing is split, completed or reworded.
func (c *collector) lists() {
	for _, name := range listFields {
		at := roleAt(slotItem, name)
		var lines []itemLine
		for i := range c.candidates[slotItem] {
			k := &c.candidates[slotItem][i]
			if !k.inList(name, at) {
				continue
			}
			f, ok := c.item(k.sheet, k.span)
			if !ok || name == postroom.Medications && k.behind(stoppedHead) {
				continue
			}
			f.Why = whyItem(k)
			f.Confidence *= postroom.Confidence(max(k.p[at], 0.3))
			lines = addLine(lines, itemLine{f, k})
		}
		lines = withoutStrays(name, lines)
		items := joinLines(name, c.tails(name, lines))
		if name == postroom.Actions && len(items) == 0 {
			items = c.requests()
		}
		if len(items) == 0 {
			continue
		}
		f := postroom.Field{Page: items[0].Page, Box: items[0].Box, Valid: true, Why: "the lines under the heading", Confidence: 1, Items: items}
		var values, texts []string
		for _, it := range items {
			values, texts = append(values, it.Value), append(texts, it.Text)
			f.Confidence = min(f.Confidence, it.Confidence)
			if it.Page == f.Page {
				f.Box = f.Box.Union(it.Box)
			}
		}
		f.Value, f.Text = strings.Join(values, "\n"), strings.Join(texts, "\n")
		c.fields[name] = f
		if name == postroom.Medications && riskyDose.MatchString(f.Value) {
			c.notes = append(c.notes, "a dose is written in a form that is easily misread (such as 1.0, .5, U or mcg): compare it with the page")
		}
	}
}

// stoppedHead says of the medicines beside it that the patient no longer takes them.
var stoppedHead = regexp.MustCompile(`(?i)\b(?:stopped|discontinued|ceased|withheld|withdrawn)\W*$`)

// behind reports whether the cell before the candidate's in its row is such a label.
func (k *candidate) behind(label *regexp.Regexp) bool {
	r := &k.sheet.rows()[k.row]
	at := r.cellAt(k.start)
	return at > 0 && label.MatchString(r.cellText(at-1))
}

// inList reports whether a line is an item of a list. One under a heading that is known is
// unless it is another list's or clearly none.
func (k *candidate) inList(name postroom.FieldName, at int) bool {
	return k.p[at] >= 0.5 || k.ruled == name && k.p[0] < 0.985 && 1-k.p[0]-k.p[at] < 0.5
}

// inLists leaves the lines of a sheet that are items of some list, and those below them, in which they
// may go on: of a page of prose none.
func inLists(list []candidate) []candidate {
	item := func(k *candidate) bool {
		return slices.ContainsFunc(listFields, func(name postroom.FieldName) bool { return k.inList(name, roleAt(slotItem, name)) })
	}
	var rows []int
	items := map[int]bool{}
	for i := range list {
		rows = append(rows, list[i].row)
		items[list[i].row] = items[list[i].row] || item(&list[i])
	}
	slices.Sort(rows)
	for _, row := range rows {
		items[row] = items[row] || items[row-1]
	}
	var out []candidate
	for i := range list {
		if k := &list[i]; item(k) || items[k.row-1] {
			out = append(out, *k)
		}
	}
	return out
}

// tableHead are the words that head the columns of a table of medicines.
var tableHead = set("drug drugs name medicine medicines medication dose dosage strength route frequency status duration quantity form how often when taken times per day comments comment notes and changes change supply supplied indication start started")

// withoutStrays drops what stands among the lines of a list and is no item: the head of a
// table's columns, and, where the items are numbered or have bullets, the next heading.
func withoutStrays(name postroom.FieldName, lines []itemLine) []itemLine {
	marked := 0
	for _, l := range lines {
		marked += btoi(listItem(l.from.sheet.text(l.from.span)))
	}
	capitals := len(lines) > 0 && allCaps(lines[0].from.sheet.text(lines[0].from.span)) // some lists are printed so
	var out []itemLine
	for _, l := range lines {
		text := l.from.sheet.text(l.from.span)
		words := cutWords(trimItem(text))
		if name == postroom.Medications && len(words) > 0 {
			head := true
			for _, w := range words {
				head = head && tableHead[w]
			}
			if head {
				continue
			}
		}
		if len(lines) > 1 && (wholeHead(text) || practiceHead.MatchString(text)) {
			continue // "for primary care" under "Requests"
		}
		if len(lines) > 1 && (otherHead(name, text) || allCaps(text) && len(words) > 1 && !dosed.MatchString(text) && !capitals) {
			continue
		}
		if name != postroom.Actions && marked >= 2 && !listItem(text) && len(out) > 0 && isUpper(strings.TrimLeft(text, " ")[0]) && len(words) < 7 && !dosed.MatchString(text) {
			last := out[len(out)-1].from
			if last.sheet == l.from.sheet && l.from.row == last.row+1 && listItem(last.sheet.text(last.span)) && l.from.start == 0 {
				continue
			}
		}
		out = append(out, l)
	}
	return out
}

// practiceHead says whom the items that follow are for, in a line of its own within a list.
var practiceHead = regexp.MustCompile(`(?i)^\W*(?:(?:for|to) (?:your|the) (?:gp|doctor|practice|surgery)|(?:gp|practice|surgery) to (?:arrange|do|action|please))\W*$`)

// wholeHead reports whether a line is a section's heading and nothing else, the second line
// of one or one that nothing stands under.
func wholeHead(text string) bool {
	p := words().byText[strings.ToLower(strings.Trim(text, " :.-"))]
	return p != nil && len(p.words) > 1 && slices.ContainsFunc(p.notes, func(n note) bool { return n.kind == kindHead })
}

// otherHead reports whether a line begins with the heading of another list: "Diagnoses. Gout".
func otherHead(name postroom.FieldName, text string) bool {
	end := strings.IndexAny(text, ".:")
	if end < 4 || end > 30 {
		return false
	}
	p := words().byText[strings.ToLower(strings.TrimSpace(text[:end]))]
	if p == nil {
		return false
	}
	for _, n := range p.notes {
		if n.kind != kindHead {
			continue
		}
		switch part(n.code) {
		case partDiagnoses:
			return name != postroom.Diagnoses
		case partMedications:
			return name != postroom.Medications
		case partAllergies:
			return name != postroom.Allergies
		}
	}
	return false
}

var listFields = []postroom.FieldName{postroom.Diagnoses, postroom.Medications, postroom.Allergies, postroom.Actions}

// item makes an item of a line, without its bullet or number; false when
// nothing is left.
func (c *collector) item(s *sheet, sp span) (postroom.Field, bool) {
	text := s.text(sp)
	trimmed := trimItem(text)
	if letters(trimmed) < 2 {
		return postroom.Field{}, false
	}
	box, conf := s.original(sp)
	return postroom.Field{
		Value: trimmed, Text: strings.ReplaceAll(text, "\t", " "), Page: c.pageOf(s), Box: box, Valid: true,
		Confidence: postroom.Confidence(0.98 * doubt(conf)),
	}, true
}

func trimItem(text string) string {
	trimmed := strings.Trim(strings.ReplaceAll(text, "\t", " "), " :•*·-–+»«¢°~=_|")
	return itemNumber.ReplaceAllString(trimmed, "")
}

// An itemHit is a line that the rules take for an item of a list.
type itemHit struct {
	span
	name postroom.FieldName
	head string
}

// ruledItems are the lines under the headings that the lexicon knows.
func (s *sheet) ruledItems() []itemHit {
	var out []itemHit
	for _, want := range []struct {
		part part
		name postroom.FieldName
	}{{partDiagnoses, postroom.Diagnoses}, {partMedications, postroom.Medications}, {partAllergies, postroom.Allergies}, {partActions, postroom.Actions}} {
		for _, h := range s.heads {
			if h.part == want.part {
				for _, sp := range s.itemsUnder(h) {
					out = append(out, itemHit{sp, want.name, h.text})
				}
			}
		}
	}
	return out
}

// riskyDose are the forms that the domain's safety rules always send to a person.
var riskyDose = regexp.MustCompile(`(?i)\b\d+\.0+\s*(?:mg|ml|g|mcg|units?)\b|(?:^|[\s(])\.\d+\s*(?:mg|ml|g|mcg|units?)\b|\b\d+\s*(?-i:U|IU)\b|\bmcg\b|µg`)

// itemNumber is the number before an item.
var itemNumber = regexp.MustCompile(`^\(?\d{1,2}[.)]\s+`)

// labelLike is the beginning of a line that reads like the label of something
// else, known or not.
var labelLike = regexp.MustCompile(`^[A-Z][A-Za-z /&'()-]{1,34}:(?:\s|$)`)

// itemsUnder are the lines of a list under its heading, or beside it.
func (s *sheet) itemsUnder(h headHit) []span {
	var out []span
	head := s.rows()[h.row].cells[h.cell]
	take := func(sp span) {
		if letters(trimItem(s.text(sp))) >= 2 {
			out = append(out, sp)
		}
	}
	alone := len(s.rows()[h.row].cells) == 1
	right := 1 << 30
	if !alone && h.cell+1 < len(s.rows()[h.row].cells) {
		next := s.rows()[h.row].cells[h.cell+1]
		if strings.Trim(s.rows()[h.row].text[h.end:head.end], " :.-–") == "" && h.cell == 0 && len(s.rows()[h.row].cells) == 2 && !s.headAt(h.row, h.cell+1) && !s.labelAt(h.row, h.cell+1) {
			// "Allergies    Penicillin": the value stands beside the heading.
			take(span{h.row, next.start, next.end})
			for row := h.row + 1; row < len(s.rows()) && row < h.row+12; row++ {
				r := &s.rows()[row]
				if len(r.cells) != 1 || r.cells[0].box[0] < next.box[0]-2*max(next.box.Height(), 8) || s.headAt(row, 0) {
					break
				}
				take(span{row, r.cells[0].start, r.cells[0].end})
			}
			return out
		}
		right = next.box[0]
	}
	inline := false
	if rest := strings.Trim(s.rows()[h.row].text[h.end:head.end], " :.-–()"); rest != "" && labelLike.MatchString(s.rows()[h.row].cellText(h.cell)) {
		inline = true
		from := h.end
		for from < head.end && strings.IndexByte(" :.-", s.rows()[h.row].text[from]) >= 0 {
			from++
		}
		take(span{h.row, from, head.end})
	}
	height := max(head.box.Height(), 8)
	pitch := 0 // between the items so far: a wider gap begins something else
	for row := h.row + 1; row < len(s.rows()) && len(out) < 40; row++ {
		r := &s.rows()[row]
		if r.box[1]-s.rows()[row-1].box[3] > 3*height && len(out) > 0 || r.box[1]-s.rows()[row-1].box[3] > 5*height {
			break
		}
		if labelLike.MatchString(r.text) {
			break
		}
		if inline && r.box[0] < s.rows()[h.row].box[0]+height && !strings.HasSuffix(strings.TrimSpace(s.rows()[row-1].text), ",") {
			break // the value stood beside its heading
		}
		if len(out) > 0 && row+1 < len(s.rows()) && s.wide(row+1) && !s.wide(row) && !s.wide(row-1) && !listItem(r.text) && s.proseFrom(row+1) {
			break // a heading above a paragraph
		}
		gap := r.box[1] - s.rows()[row-1].box[1]
		if len(out) > 1 && pitch > 0 && 2*gap > 3*pitch+8 {
			break
		}
		if len(out) > 0 {
			pitch = max(pitch, gap)
		}
		if s.isClosing(row) || countIn(printedPages, r.shadow).n > 0 {
			break
		}
		if alone {
			stop := false
			for ci := range r.cells {
				stop = stop || s.headAt(row, ci) && ci == 0
			}
			lower := strings.ToLower(r.text)
			if stop || s.fieldLabelAt(row) || strings.HasPrefix(lower, "dear ") {
				break
			}
			if len(out) > 0 && r.box[0] < head.box[0]-6*height {
				break
			}
			take(span{row, 0, len(r.text)})
			continue
		}
		inColumn := false
		for ci, cl := range r.cells {
			if cl.box[0] < head.box[0]-2*height || cl.box[0] >= right-height {
				continue
			}
			if s.headAt(row, ci) {
				return out
			}
			inColumn = true
			if h.part == partMedications && ci == 0 && s.medicineRow(row) {
				// The dose and the frequency stand in columns of their own.
				take(span{row, cl.start, len(r.text)})
				break
			}
			take(span{row, cl.start, cl.end})
		}
		if !inColumn {
			break
		}
	}
	return out
}

// wide reports whether a row reaches over most of the page.
func (s *sheet) wide(r int) bool {
	width := s.page.Frame.Width
	return width > 0 && len(s.rows()[r].cells) == 1 && s.rows()[r].box.Width()*100 > 55*width
}

// proseFrom reports whether a paragraph begins in a row: a long line of words
// that begins with a capital and holds a small word early.
func (s *sheet) proseFrom(r int) bool {
	fields := strings.Fields(s.rows()[r].text)
	return len(fields) >= 9 && isUpper(fields[0][0]) && !listItem(s.rows()[r].text)
}

// listItem reports whether a line begins with a bullet, a dash or a number.
func listItem(text string) bool {
	text = strings.TrimLeft(text, " ")
	if text == "" {
		return false
	}
	if strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "•") || strings.HasPrefix(text, "* ") || strings.HasPrefix(text, "· ") {
		return true
	}
	return itemNumber.MatchString(text)
}

func (s *sheet) headAt(r, c int) bool {
	for _, h := range s.heads {
		if h.row == r && h.cell == c {
			return true
		}
	}
	return false
}

// fieldLabelAt reports whether a row begins with a label of another field.
func (s *sheet) fieldLabelAt(r int) bool {
	for _, l := range s.labels {
		if l.row == r && l.start == s.rows()[r].cells[0].start && l.strong && l.label != labelOther && l.label != labelFaxDate && l.label != labelPatient && l.label != labelCopy {
			return true
		}
		if l.row == r && l.label == labelCopy && l.start == 0 {
			return true
		}
	}
	return false
}

func (s *sheet) isClosing(r int) bool {
	for _, h := range s.hits {
		if f := &s.tokens()[h.from]; f.row == r && f.first {
			for _, n := range h.phrase.notes {
				if n.kind == kindClose && !thanksFor.MatchString(s.rows()[r].text[f.start:]) {
					return true
				}
			}
		}
	}
	return false
}

// thanksFor is how letters begin, too: "Many thanks for asking me to see".
var thanksFor = regexp.MustCompile(`(?i)^(?:many thanks|thanking you) (?:for|once|again for|indeed)\b`)

// request is a sentence that asks the practice to do something.
var request = regexp.MustCompile(`(?i)^(?:\d{1,2}[.)]\s+|[-•*]\s+)?(?:` +
	`(?:please|kindly|gp to|gp:)(?: (?:could|would|can) you)?(?: also)?|(?:could|would|can) you(?: please| kindly)?|(?:could|may|might) i ask you to|` +
	`(?:i|we) (?:should|would) be (?:very |most )?grateful if you (?:could|would)(?: please| kindly)?|grateful if you (?:could|would))\s+` +
	`(?:repeat|check|recheck|monitor|arrange|refer|review|issue|continue|prescribe|stop|start|commence|consider|ensure|titrate|remove|chase|follow|organise|add|increase|reduce|change|give|` +
	`measure|update|take|re-refer|send|book|do|see|offer|discuss|restart|withhold|carry|complete|confirm|contact|encourage|extend|forward|inform|invite|keep|let|place|provide|put|record|` +
	`request|supply|switch|upload|visit)\b`)

// courtesy asks for nothing that a practice does for its patient.
var courtesy = regexp.MustCompile(`(?i)\bhesitate\b|\bdo not reply\b|\b(?:contact|ring|call|let|inform|e-?mail) (?:me|us|the (?:department|office|secretary|team|sender))\b[^.;]{0,40}\b(?:quer(?:y|ies)|questions?|concerns|clarification|further information|received this)\b`)

// sentenceLines is how many lines a sentence that asks for something can have.
const sentenceLines = 5

// requests are the sentences of a letter that ask the practice for something, where no heading gathers them.
func (c *collector) requests() []postroom.Field {
	var out []postroom.Field
	for _, s := range c.sheets {
		for i := range s.rows() {
			for ci, cl := range s.rows()[i].cells {
				text := s.rows()[i].text[cl.start:cl.end]
				for at := 0; at < len(text); {
					end, ends := sentenceEnd(text, at)
					start := at + len(text[at:end]) - len(strings.TrimLeft(text[at:end], " "))
					if sentence := strings.TrimSpace(text[start:end]); request.MatchString(sentence) && !courtesy.MatchString(sentence) {
						spans := []span{{i, cl.start + start, cl.start + start + len(sentence)}}
						if !ends {
							spans = append(spans, s.restOf(i, ci)...)
						}
						out = append(out, c.requested(s, spans))
					}
					at = end
				}
			}
		}
	}
	return out
}

// sentenceEnd returns where the sentence ends that begins there, and whether it does so in this text.
func sentenceEnd(text string, at int) (end int, ends bool) {
	for i := at; i+1 < len(text); i++ {
		if (text[i] == '.' || text[i] == '?') && text[i+1] == ' ' {
			return i + 2, true
		}
	}
	last := strings.TrimSpace(text)
	return len(text), last == "" || strings.ContainsRune(".?!:", rune(last[len(last)-1]))
}

// restOf are the lines below a cell in which its last sentence goes on.
func (s *sheet) restOf(row, ci int) []span {
	var out []span
	box := s.rows()[row].cells[ci].box
	for k := row + 1; k < len(s.rows()) && len(out) < sentenceLines-1; k++ {
		r := &s.rows()[k]
		next := slices.IndexFunc(r.cells, func(o cell) bool { return o.box[0] < box[2] && box[0] < o.box[2] })
		if next < 0 || listItem(r.cellText(next)) || s.headAt(k, next) || s.isClosing(k) {
			break
		}
		cl := r.cells[next]
		if height := max(box.Height(), 8); cl.box[1]-box[3] > height || cl.box[0] > box[0]+4*height {
			break
		}
		text := r.text[cl.start:cl.end]
		end, ends := sentenceEnd(text, 0)
		out = append(out, span{k, cl.start, cl.start + len(strings.TrimRight(text[:end], " "))})
		if box = cl.box; ends {
			break
		}
	}
	return out
}

// requested is the sentence that stands in these lines.
func (c *collector) requested(s *sheet, spans []span) postroom.Field {
	f := postroom.Field{Page: c.pageOf(s), Valid: true, Why: "asks the practice to do something"}
	var texts []string
	least := 1.0
	for _, sp := range spans {
		box, conf := s.original(sp)
		f.Box = f.Box.Union(box)
		least = min(least, doubt(conf))
		texts = append(texts, s.text(sp))
	}
	f.Text = strings.Join(texts, " ")
	f.Value = itemNumber.ReplaceAllString(strings.Trim(f.Text, " -•*"), "")
	f.Confidence = postroom.Confidence(0.6 * least)
	return f
}
