package classify

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

// dosed are the words by which a line tells that it is about a medicine.
var dosed = regexp.MustCompile(`(?i)\b\d+(?:\.\d+)?\s*(?:mg|mcg|micrograms?|g|ml|units?|%|puffs?|tablets?|drops?)\b|\b(?:once|twice|three times|daily|nocte|mane|weekly|tablets?|capsules?|inhaler|od|bd|tds|qds|prn|stat)\b`)

// itemCandidates are the lines that may be items of a list: those under the
// headings that are known, and all other cells.
func (s *sheet) itemCandidates(order int) []candidate {
	ruled := s.ruledItems()
	var out []candidate
	add := func(sp span, head string, beside bool, hit *itemHit) {
		text := trimItem(s.text(sp))
		if letters(text) < 2 || len(text) > 160 {
			return
		}
		f := featureBag(make([]uint32, 0, 90))
		words := cutWords(text)
		for i, w := range words {
			if i < 14 {
				f.add("in", foldedWord(w))
			}
			if i < 2 {
				f.num("at "+foldedWord(w), i)
			}
			if i == 0 && len(w) > 3 {
				f.add("end", w[len(w)-3:]) // -ine, -lol, -itis: drugs and illnesses
			}
		}
		if n := len(words); n > 0 && len(words[n-1]) > 4 {
			f.add("last", words[n-1][len(words[n-1])-4:])
		}
		f.num("words", min(len(words), 14))
		if dosed.MatchString(text) {
			f.add("dosed")
		}
		if request.MatchString(text) {
			f.add("asks")
		}
		bullet := listItem(s.text(sp))
		if bullet {
			f.add("bullet")
		}
		for _, step := range []int{-1, 1} {
			if k := sp.row + step; k >= 0 && k < len(s.rows()) {
				// Items of one list look alike: what has no mark among those that have one is none.
				f.add("neighbour", strconv.Itoa(step), strconv.FormatBool(bullet), strconv.FormatBool(listItem(s.rows()[k].text)), strconv.FormatBool(dosed.MatchString(s.rows()[k].text)))
			}
		}
		if strings.HasSuffix(text, ".") {
			f.add("full stop")
		}
		if hasDigit(text) {
			f.add("digit")
		}
		if hit != nil {
			f.add("rule", string(hit.name))
			f.add("rule head", hit.head)
		} else {
			f.add("no rule")
		}
		if beside {
			f.add("beside its head")
			for _, w := range wordsFrom(head, 6) {
				f.add("beside", w)
			}
			f.add("beside all", strings.ToLower(head))
		} else if above, away := s.headOver(sp); above != "" {
			for _, w := range wordsFrom(above, 6) {
				f.add("head", w)
			}
			f.add("head all", strings.ToLower(above))
			f.num("away", min(away, 6))
		} else {
			f.add("no head")
		}
		f.num("sheet", min(order, 2))
		f.num("depth", int(s.depth(sp.row)*6))
		dear, closed := s.landmarks()
		if dear >= 0 && sp.row > dear {
			f.add("after dear")
		}
		if closed >= 0 && sp.row > closed {
			f.add("after closing")
		}
		for _, l := range s.labels {
			if l.row == sp.row && l.end <= sp.start+1 {
				f.num("label", int(l.label))
			}
		}
		c := candidate{span: sp, sheet: s, text: text, x: f}
		if hit != nil {
			c.ruled = hit.name
		}
		out = append(out, c)
	}
	for i := range ruled {
		h := &ruled[i]
		seen := false
		for k := range out {
			seen = seen || out[k].row == h.row && out[k].start < h.end && h.start < out[k].end
		}
		if !seen {
			head, beside := s.besideHead(h.span)
			add(h.span, head, beside, h)
		}
	}
	known := len(out)
	for i := range s.rows() {
		for ci := range s.rows()[i].cells {
			cl := s.rows()[i].cells[ci]
			sp := span{i, cl.start, cl.end}
			if s.medicineRow(i) {
				if ci > 0 {
					break
				}
				sp.end = len(s.rows()[i].text)
			}
			if m := labelLike.FindStringIndex(s.text(sp)); m != nil {
				sp.start += m[1]
			}
			for sp.start < sp.end && strings.IndexByte(" :", s.rows()[i].text[sp.start]) >= 0 {
				sp.start++
			}
			if sp.end-sp.start < 3 {
				continue
			}
			covered := false
			for k := range out[:known] {
				covered = covered || out[k].row == i && out[k].start < sp.end && sp.start < out[k].end
			}
			if !covered {
				head, beside := s.besideHead(sp)
				add(sp, head, beside, nil)
			}
		}
	}
	return out
}

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

// whyItem says how an item was found.
func whyItem(k *candidate) string {
	head, beside := k.sheet.besideHead(k.span)
	if !beside {
		head, _ = k.sheet.headOver(k.span)
	}
	if known, _ := lexiconWord(head); head != "" && known {
		return "stands under the heading " + quote(head)
	}
	return "reads like an item of the list"
}

// isItem reports whether a line is one of the items of a list that is known to
// be printed, or a line of an item that goes over several.
func isItem(name postroom.FieldName, list, text string) bool {
	part := likeness(nameKey(text))
	for want := range strings.SplitSeq(list, "\n") {
		if SameField(name, want, text) {
			return true
		}
		whole := likeness(nameKey(want))
		if len(part) >= 5 && len(part) < len(whole) && len(whole) > 40 && (strings.HasPrefix(whole, part) || strings.HasSuffix(whole, part)) {
			return true
		}
	}
	return false
}
