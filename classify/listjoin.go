package classify

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
)

// An itemLine is a line of a list with the candidate that it was.
type itemLine struct {
	field postroom.Field
	from  *candidate
}

func (l itemLine) box() postroom.Box {
	r := &l.from.sheet.rows()[l.from.row]
	return r.cells[r.cellAt(l.from.start)].box
}

// addLine puts a line behind the one that stands right above it in its column,
// or at the end.
func addLine(lines []itemLine, l itemLine) []itemLine {
	for i := range lines {
		if lines[i].from.sheet == l.from.sheet && lines[i].from.row+1 == l.from.row && l.box()[0] < lines[i].box()[2] && lines[i].box()[0] < l.box()[2] {
			return slices.Insert(lines, i+1, l)
		}
	}
	return append(lines, l)
}

// tails adds the lines in which items go on that do not read like items
// themselves: the rest of a sentence, the second half of a name.
func (c *collector) tails(name postroom.FieldName, lines []itemLine) []itemLine {
	at := roleAt(slotItem, name)
	for i := 0; i < len(lines) && len(lines) < 80; i++ {
		l := lines[i]
		s := l.from.sheet
		if i+1 < len(lines) && lines[i+1].from.sheet == s && lines[i+1].from.row == l.from.row+1 {
			continue
		}
		ends := unfinished.MatchString(strings.TrimSpace(s.text(l.from.span)))
		if !ends && !s.wide(l.from.row) {
			continue
		}
		for k := range c.candidates[slotItem] {
			next := &c.candidates[slotItem][k]
			if next.sheet != s || next.row != l.from.row+1 || next.ruled != "" && next.ruled != name || 1-next.p[0]-next.p[at] > 0.5 || s.headAt(next.row, 0) || s.fieldLabelAt(next.row) {
				continue
			}
			f, ok := c.item(s, next.span)
			t := itemLine{f, next}
			if !ok || !goesOn(name, l, t) {
				continue
			}
			t.field.Confidence = min(t.field.Confidence, l.field.Confidence) * 0.9
			t.field.Why = "goes on from the line above"
			lines = slices.Insert(lines, i+1, t)
			break
		}
	}
	return lines
}

// joinLines makes items of lines: one that is longer than its column goes on in
// the next line.
func joinLines(name postroom.FieldName, lines []itemLine) []postroom.Field {
	var out []postroom.Field
	var columns []column // of the last item, where it stands in a table
	for i, l := range lines {
		if i == 0 || !goesOn(name, lines[i-1], l) {
			out, columns = append(out, l.field), l.columns()
			continue
		}
		f := &out[len(out)-1]
		if len(columns) > 1 {
			columns = wrap(columns, l.columns())
			f.Value, f.Text = trimItem(textOf(columns)), textOf(columns)
		} else {
			f.Value += " " + l.field.Value
			f.Text += " " + l.field.Text
		}
		f.Box = f.Box.Union(l.field.Box)
		f.Confidence = min(f.Confidence, l.field.Confidence)
	}
	return out
}

// A column is what an item has in one column of its table.
type column struct {
	box  postroom.Box
	text string
}

// columns are the cells that a line of a list reaches over.
func (l itemLine) columns() []column {
	var out []column
	r := &l.from.sheet.rows()[l.from.row]
	for _, c := range r.cells {
		if from, to := max(c.start, l.from.start), min(c.end, l.from.end); from < to {
			out = append(out, column{c.box, r.text[from:to]})
		}
	}
	return out
}

// wrap adds the cells of an item's next line, each behind the cell that it stands under: in a table each column goes on for itself.
func wrap(columns, next []column) []column {
	for _, n := range next {
		under, most := len(columns)-1, 0
		for i, c := range columns {
			if shared := min(c.box[2], n.box[2]) - max(c.box[0], n.box[0]); shared > most {
				under, most = i, shared
			}
		}
		columns[under].text += " " + n.text
	}
	return columns
}

func textOf(columns []column) string {
	var texts []string
	for _, c := range columns {
		texts = append(texts, strings.TrimSpace(c.text))
	}
	return strings.Join(texts, " ")
}

// unfinished is the end of a line that cannot be the end of an item.
var unfinished = regexp.MustCompile(`(?i)(?:,|;|\(|[-–/]|\b(?:and|or|the|a|an|of|for|to|in|at|on|by|with|from|if|until|please|every|per))\s*$`)

// goesOn reports whether b is the second line of the item whose line before is a.
func goesOn(name postroom.FieldName, a, b itemLine) bool {
	if a.from.sheet != b.from.sheet || a.from.row+1 != b.from.row {
		return false
	}
	above, below := a.from.sheet.text(a.from.span), b.from.sheet.text(b.from.span)
	box, next := a.box(), b.box()
	height := max(box.Height(), 8)
	if listItem(below) || next[1]-box[3] > height || next[0] > box[2] || next[2] < box[0] {
		return false
	}
	if unfinished.MatchString(strings.TrimSpace(above)) && !strings.HasSuffix(strings.TrimSpace(above), " -") {
		return true
	}
	if listItem(above) && next[0] > box[0]+height/2 && b.from.sheet.rows()[b.from.row].cellAt(b.from.start) == 0 {
		return true // hangs below the first word, not below the bullet
	}
	if name == postroom.Medications && doseIn.MatchString(above) && doseIn.MatchString(below) {
		return false
	}
	return firstLetter(below, unicode.IsLower) && !firstLetter(above, unicode.IsLower)
}

var doseIn = regexp.MustCompile(`(?i)\d\s*(?:mg|mcg|micrograms?|g|units?)\b`)

func firstLetter(text string, is func(rune) bool) bool {
	for _, r := range trimItem(text) {
		return is(r)
	}
	return false
}
