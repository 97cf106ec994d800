package classify

import (
	"regexp"
	"strings"
)

// dosed are the words by which a line tells that it is about a medicine.
var dosed = regexp.MustCompile(`(?i)\b\d+(?:\.\d+)?\s*(?:mg|mcg|micrograms?|g|ml|units?|%|puffs?|tablets?|drops?)\b|\b(?:once|twice|three times|daily|nocte|mane|weekly|tablets?|capsules?|inhaler|od|bd|tds|qds|prn|stat)\b`)

// doseCell is a cell of a table that holds a dose and little else.
var doseCell = regexp.MustCompile(`(?i)^\d[\d.,/]*\s*(?:mg|mcg|micrograms?|g|ml|units?|%|puffs?|tablets?|capsules?|drops?)(?:[^/\pL].{0,11})?$`)

// medicineRow reports whether a row is one of a table of medicines: a name, and
// in a cell of its own the dose.
func (s *sheet) medicineRow(row int) bool {
	r := &s.rows()[row]
	if len(r.cells) < 2 || letters(r.cellText(0)) < 4 || strings.HasSuffix(strings.TrimSpace(r.cellText(0)), ":") {
		return false
	}
	for ci := 1; ci < len(r.cells); ci++ {
		if doseCell.MatchString(strings.TrimSpace(r.cellText(ci))) {
			return true
		}
	}
	return false
}

// besideHead is the label to the left of a line, in its cell or the one before.
func (s *sheet) besideHead(sp span) (string, bool) {
	r := &s.rows()[sp.row]
	ci := r.cellAt(sp.start)
	if left := strings.TrimRight(r.text[r.cells[ci].start:max(sp.start, r.cells[ci].start)], " :-–."); left != "" {
		return left, true
	}
	if ci > 0 {
		left := strings.TrimRight(r.cellText(ci-1), " :-–.")
		if len(strings.Fields(left)) <= 6 && !hasDigit(left) {
			return left, true
		}
	}
	return "", false
}

// headOver is the nearest line above that reads like a heading, in the same
// column, and how many rows it is away.
func (s *sheet) headOver(sp span) (string, int) {
	r := &s.rows()[sp.row]
	box := r.cells[r.cellAt(sp.start)].box
	for k := sp.row - 1; k >= 0 && k >= sp.row-14; k-- {
		q := &s.rows()[k]
		for ci := range q.cells {
			b := q.cells[ci].box
			if b[0] > box[0]+2*box.Height() || b[2] < box[0]-6*box.Height() {
				continue
			}
			text := q.cellText(ci)
			n := len(strings.Fields(text))
			if n > 8 || hasDigit(text) || listItem(text) || letters(text) < 3 {
				continue
			}
			if s.headAt(k, ci) || strings.HasSuffix(strings.TrimRight(text, " "), ":") || allCaps(text) || q.cells[ci].big || n <= 5 && k+1 <= sp.row && q.cells[ci].box[0] < box[0]-box.Height()/2 {
				return strings.TrimRight(text, " :"), sp.row - k
			}
			if n <= 5 && k > 0 && q.box[1]-s.rows()[k-1].box[3] > box.Height() {
				return strings.TrimRight(text, " :"), sp.row - k
			}
		}
	}
	return "", 0
}
