package classify

import (
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// lists puts the items that were found on the pages together, as they are printed, one a line. Nothing is completed or reworded.
func (c *collector) lists() {
	for i, name := range listFields {
		items := c.items[i]
		if len(items) == 0 {
			continue
		}
		f := postroom.Field{Page: items[0].Page, Box: items[0].Box, Valid: true, Why: "reads like a list of them", Confidence: 1, Items: items}
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

var listFields = [...]postroom.FieldName{postroom.Diagnoses, postroom.Medications, postroom.Allergies, postroom.Actions}

func trimItem(text string) string {
	trimmed := strings.Trim(strings.ReplaceAll(text, "\t", " "), " :;,•*·-–+»«¢°~=_|")
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

// isClosing reports whether a letter ends with a row: "Yours sincerely".
func (s *sheet) isClosing(r int) bool { return s.closing(r) >= 0 }

// closing returns where in a row the words end with which a letter ends, -1 when it has none.
func (s *sheet) closing(r int) int {
	for _, h := range s.hits {
		if f := &s.tokens()[h.from]; f.row == r && f.first {
			for _, n := range h.phrase.notes {
				if n.kind == kindClose && !thanksFor.MatchString(s.rows()[r].text[f.start:]) {
					if last := &s.tokens()[h.to-1]; last.row == r {
						return last.end
					}
					return len(s.rows()[r].text) // "Kind" over "regards"
				}
			}
		}
	}
	return -1
}

// thanksFor is how letters begin, too: "Many thanks for asking me to see".
var thanksFor = regexp.MustCompile(`(?i)^(?:many thanks|thanking you) (?:for|once|again for|indeed)\b`)
