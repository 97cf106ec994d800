package classify

import (
	"regexp"
	"strings"
)

// goOn takes the second line of a name that is set in two: "Example Moor" over "University
// Hospital", "Example Partnership NHS" over "Foundation Trust". The second line stands at the
// same edge in letters of the same height, and no name is in it.
func (s *sheet) goOn(r *reading) {
	if !s.named(r.span) {
		return
	}
	text := s.text(r.span)
	words := strings.Fields(text)
	last := strings.ToLower(words[len(words)-1])
	if s.organisationIn(r.span) > 0 && !dangling[last] {
		return
	}
	joined := last == "and" || last == "&" || last == "of" || last == "for" || last == "the"
	sp, ok := s.nameBelow(r.span)
	if ok && ofDepartment.MatchString(s.text(sp)) {
		return
	}
	if !ok || s.organisationIn(sp) == 0 || s.named(sp) && !joined {
		return
	}
	r.value, r.more = strings.TrimRight(r.value, " ,")+" "+strings.Trim(s.text(sp), " ,;:-–|"), sp
}

// ofDepartment is in a line that names a part of the body above it.
var ofDepartment = regexp.MustCompile(`(?i)\b(?:department|dept|services)\b`)

// nameBelow is the cell right below a name, at its edge and in letters of its height, that may be a part of it. Rows of other
// columns may lie between.
func (s *sheet) nameBelow(part span) (span, bool) {
	own := s.rows()[part.row].cells[s.rows()[part.row].cellAt(part.start)].box
	h := max(own.Height(), 8)
	for row := part.row + 1; row < min(part.row+1+mostNameLines, len(s.rows())); row++ {
		for ci, cl := range s.rows()[row].cells {
			if gap := cl.box[1] - own[3]; apart(cl.box, own) > h || gap > h || gap < -h/2 || 10*abs(cl.box.Height()-own.Height()) > 6*h { // "Community" reaches below the line, "Stourton" does not
				continue
			}
			sp := span{row, cl.start, cl.end}
			text := s.text(sp)
			return sp, !s.labelAt(row, ci) && len(strings.Fields(text)) <= 4 && !hasDigit(text) && !namesDocument(text) && !strings.ContainsAny(text, ",:")
		}
	}
	return span{}, false
}

// startsAbove takes the lines above a name of which only the common word was taken: "Priory Lane
// Diagnostic" over "Centre", "Lyme Bay" over "Private" over "Hospital", in one column and in letters of one height.
func (s *sheet) startsAbove(r *reading) {
	if s.named(r.span) || len(strings.Fields(r.value)) > 2 || hasDigit(r.value) {
		return
	}
	if s.startsBefore(r) {
		return
	}
	top, value := r.span, strings.Trim(r.value, " ,")
	for range mostNameLines - 1 {
		above, ok := s.nameAbove(top)
		if !ok {
			return
		}
		top, value = above, strings.Trim(s.text(above), " ,;:-–|")+" "+value
		if s.named(top) {
			last := r.span
			*r = s.newReading(top, value, r.strength, r.why)
			r.more = last
			return
		}
	}
}

// startsBefore takes what stands before a comma in the line of such a name: "Luscombe & Daughter, Opticians".
func (s *sheet) startsBefore(r *reading) bool {
	cl := s.rows()[r.row].cells[s.rows()[r.row].cellAt(r.start)]
	sp := span{r.row, cl.start, r.end}
	before, found := strings.CutSuffix(strings.TrimRight(s.rows()[r.row].text[cl.start:max(cl.start, r.start)], " "), ",")
	if !found || !s.named(span{r.row, cl.start, cl.start + len(before)}) || len(strings.Fields(before)) > 4 || hasDigit(before) || person(before) || namesDocument(before) || strings.ContainsAny(before, ",:") {
		return false
	}
	*r = s.newReading(sp, strings.TrimSpace(s.text(sp)), r.strength, r.why)
	return true
}

// mostNameLines is over how many lines the name of a sender goes.
const mostNameLines = 3

// nameAbove is the cell right above a part of a name, in its column and in letters of its height.
func (s *sheet) nameAbove(part span) (span, bool) {
	own := s.rows()[part.row].cells[s.rows()[part.row].cellAt(part.start)].box
	h := max(own.Height(), 8)
	for row := part.row - 1; row >= max(0, part.row-mostNameLines); row-- {
		for cj, cl := range s.rows()[row].cells {
			aligned := abs(cl.box[0]-own[0]) <= h || abs(cl.box[2]-own[2]) <= h || abs(cl.box[0]+cl.box[2]-own[0]-own[2]) <= h
			gap := own[1] - cl.box[3]
			if !aligned || gap > h+h/3 || gap < -h/2 || 10*abs(cl.box.Height()-own.Height()) > 4*h {
				continue
			}
			sp := span{row, cl.start, cl.end}
			text := strings.Trim(s.text(sp), " ,;:-–|")
			if text == "" || s.labelAt(row, cj) && !dangling[strings.ToLower(text)] || len(strings.Fields(text)) > 4 || hasDigit(text) || person(text) || namesDocument(text) || strings.ContainsAny(text, ",:") {
				return span{}, false
			}
			return sp, true
		}
	}
	return span{}, false
}

// dangling are words after which the name of a body goes on.
var dangling = map[string]bool{"nhs": true, "and": true, "&": true, "of": true, "for": true, "university": true, "the": true, "community": true, "general": true, "royal": true, "foundation": true, "teaching": true, "district": true, "health": true, "care": true, "private": true}

// named reports whether a span has a word that no form has: the name of a place or of people.
func (s *sheet) named(sp span) bool {
	for i := range s.tokens() {
		if t := &s.tokens()[i]; t.row == sp.row && t.start >= sp.start && t.end <= sp.end && (t.id < 0 || !t.exact) && t.end-t.start > 2 {
			return true
		}
	}
	return false
}

// withoutNoise cuts what a logo was read as off both ends of a sender's line: short words that
// were hardly read and are none of the names of senders.
func (s *sheet) withoutNoise(r *reading) {
	words := s.rows()[r.row].wordsIn(r.start, r.end)
	if len(words) < 2 || r.more.end > r.more.start {
		return
	}
	text := s.text(r.span)
	fields := strings.Fields(text)
	if len(fields) != len(words) {
		return
	}
	noise := func(i int) bool {
		return words[i].Confidence < 0.6 && (letters(fields[i]) < 2 || len(fields[i]) < 3 && strings.ToLower(fields[i]) != "of" && !strings.EqualFold(fields[i], "st"))
	}
	first, last := 0, len(words)-1
	for first < last && noise(first) {
		first++
	}
	for last > first && noise(last) {
		last--
	}
	if first == 0 && last == len(words)-1 {
		return
	}
	start, end := 0, 0
	for i, at := 0, 0; i <= last; i++ {
		k := at + strings.Index(text[at:], fields[i])
		at = k + len(fields[i])
		if i == first {
			start = k
		}
		end = at
	}
	sp := span{r.row, r.start + start, r.start + end}
	_, conf := s.rows()[sp.row].area(sp.start, sp.end)
	r.span, r.conf, r.value = sp, conf, strings.Trim(s.text(sp), " ,;:-–|")
}

// organisationIn returns how strongly a span names an organisation.
func (s *sheet) organisationIn(sp span) float64 {
	best := 0.0
	for _, h := range s.hits {
		f, l := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if f.row != sp.row || l.row != sp.row || f.start < sp.start || l.end > sp.end {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind == kindOrg && n.code < 2 {
				best = max(best, n.weight+0.1*float64(h.to-h.from))
			}
		}
	}
	return best
}

const whyLetterhead = "stands in the letterhead"

// letterhead finds the organisation at the top of a page.
func (c *collector) letterhead(s *sheet, fade float64) []reading {
	var out []reading
	limit := 0.3
	for i := range s.rows() {
		if s.depth(i) > limit {
			break
		}
		lower := strings.ToLower(s.rows()[i].text)
		if strings.HasPrefix(lower, "dear ") {
			break
		}
		for ci := range s.rows()[i].cells {
			cl := s.rows()[i].cells[ci]
			sp := s.columns(span{i, cl.start, cl.end})[0]
			w := s.organisationIn(sp)
			if s.labelAt(i, ci) && (w == 0 && i > 0 || labelLike.MatchString(s.rows()[i].cellText(ci))) {
				continue
			}
			if s.aboutPatient(i, ci) || addressesPractice(s.rows()[i].cellText(ci)) {
				continue
			}
			part := organisationPart(s, sp)
			if w <= 2.3 && namesDocument(s.text(part)) || w == 0 && !(i < 2 && s.topLine(i, ci)) {
				continue
			}
			if p, ok := s.partAt(i, ci); ok && (p == partGP || p == partPatient || p == partKin) {
				continue
			}
			text := strings.Trim(s.text(part), " ,;:-–|")
			if text == "" || c.config.own(text) || (i > 2 || surgery.MatchString(text)) && c.ownAddress(s, i, ci) || len(text) > 90 {
				continue
			}
			strength := 0.5 + 0.08*w
			if i < 2 && s.topLine(i, ci) {
				strength = max(strength, 0.6)
				if r := &s.rows()[i]; w == 0 && r.cells[ci].big && len(r.cells) == 1 {
					strength = 0.74
				}
				if w > 0 {
					strength = max(strength, 0.74)
				}
			}
			// The first line is the sender's own name; the body that runs it
			// stands below.
			strength += 0.16 - 0.06*float64(min(len(out), 4)) - 0.02*float64(min(i, 8))
			if i > 0 && len(out) > 0 {
				strength -= 0.06
			}
			if s.rows()[i].cells[ci].big {
				strength += 0.08
			}
			if person(text) {
				strength -= 0.4
			}
			strength = min(strength, 0.95) * fade
			if strength > 0.1 {
				out = append(out, s.newReading(part, text, strength, whyLetterhead))
			}
		}
	}
	return out
}

// aboutPatient reports whether a cell begins with a label of the patient's details:
// "Unit No. HC90674" and "Hospital No" hold words of organisations and name none.
func (s *sheet) aboutPatient(row, ci int) bool {
	for _, l := range s.labels {
		if l.row != row || l.cell != ci || l.start != s.rows()[row].cells[ci].start {
			continue
		}
		switch l.label {
		case labelMRN, labelNHS, labelCHI, labelHC, labelBirth, labelAddress, labelPostcode, labelFamily, labelGiven, labelKin:
			return true
		}
	}
	return false
}

// topLine reports whether a cell reads like the name that heads a letter: set
// large or in capitals or alone at the very top, without digits, and with a
// word that is no part of a form's vocabulary, as names have.
func (s *sheet) topLine(i, ci int) bool {
	r := &s.rows()[i]
	text := r.cellText(ci)
	if hasDigit(text) || len(text) > 70 || len(strings.Fields(text)) > 9 || len(strings.Fields(text)) < 2 || !(r.cells[ci].big || allCaps(text) || i == 0) {
		return false
	}
	if n, ok := readName(text); ok && n.title != "" {
		return false
	}
	strange, care := false, false
	for k := range s.tokens() {
		t := &s.tokens()[k]
		if t.row == i && t.start >= r.cells[ci].start && t.end <= r.cells[ci].end {
			strange = strange || t.id < 0 && t.end-t.start > 3
		}
	}
	for _, w := range cutWords(text) {
		switch w {
		case "team", "service", "services", "care", "screening", "hub", "unit", "centre", "department", "hours", "clinic", "programme", "office", "group", "practice", "network", "laboratory", "partnership", "agency", "therapies", "board", "council", "hospice", "home":
			care = true
		}
	}
	return strange && (care || r.cells[ci].big)
}

// organisationPart leaves out an address behind the name or how it is reached, and a document's title beside it.
func organisationPart(s *sheet, sp span) span {
	if at := reachedBy.FindStringIndex(s.text(sp)); at != nil && letters(s.text(sp)[:at[0]]) > 3 {
		sp.end = sp.start + at[0]
	}
	sp = besideTitle(s, afterLogo(s, sp))
	text := s.text(sp)
	at := sp.start
	for piece := range strings.SplitSeq(text, ",") {
		start := at + len(piece) - len(strings.TrimLeft(piece, " "))
		end := at + len(strings.TrimRight(piece, " "))
		at += len(piece) + 1
		if start < end && s.organisationIn(span{sp.row, start, end}) > 0 && s.organisationIn(sp) <= s.organisationIn(span{sp.row, start, end}) {
			return span{sp.row, start, end}
		}
	}
	return sp
}

// besideTitle leaves out the title of a document or a department that stands in one line
// with the name: "Example Clinic OPERATION RECORD", "Microbiology Report Example Laboratories".
func besideTitle(s *sheet, sp span) span {
	last := -1 // end of the organisation's words
	type piece struct{ start, end int }
	var beside []piece
	for _, h := range s.hits {
		f, l := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if f.row != sp.row || l.row != sp.row || f.start < sp.start || l.end > sp.end {
			continue
		}
		for _, n := range h.phrase.notes {
			switch {
			case n.kind == kindOrg && n.code < 2:
				last = max(last, l.end)
			case n.kind == kindOrg, n.kind == kindType && n.weight == titleWeight && h.to-h.from > 1:
				beside = append(beside, piece{f.start, l.end})
			}
		}
	}
	for i := range s.tokens() {
		if t := &s.tokens()[i]; t.row == sp.row && t.start >= sp.start && t.end <= sp.end && namesDocument(s.rows()[t.row].text[t.start:t.end]) {
			beside = append(beside, piece{t.start, t.end})
		}
	}
	if last < 0 {
		return sp
	}
	text := s.rows()[sp.row].text
	for _, p := range beside {
		rest := span{sp.row, p.end + len(text[p.end:sp.end]) - len(strings.TrimLeft(text[p.end:sp.end], " -–|:,")), sp.end}
		if s.organisationIn(rest) > 0 && s.named(rest) && !s.named(span{sp.row, sp.start, p.end}) {
			return besideTitle(s, rest)
		}
	}
	for _, p := range beside {
		// What stands behind an organisation's last word is no part of its name when it is all
		// words of forms.
		head := span{sp.row, sp.start, lastBefore(s, sp, p.start)}
		if head.end > head.start && s.named(head) && !s.named(span{sp.row, p.start, sp.end}) {
			return head
		}
	}
	return sp
}

// lastBefore is where the last word of an organisation before a place in a span ends.
func lastBefore(s *sheet, sp span, before int) int {
	last := sp.start
	for _, h := range s.hits {
		f, l := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if f.row != sp.row || l.row != sp.row || f.start < sp.start || l.end > before {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind == kindOrg && n.code < 2 {
				last = max(last, l.end)
			}
		}
	}
	return last
}

// afterLogo leaves out what recognition made of a logo before the name: short
// pieces with no capitalised word among them.
func afterLogo(s *sheet, sp span) span {
	for {
		text := s.text(sp)
		word, rest, more := strings.Cut(text, " ")
		if !more || len(strings.Fields(rest)) < 2 {
			return sp
		}
		bare := strings.Trim(word, ".,\\/|()[]{}<>~'‘’\"-_=:;*«»™®©°^")
		first := strings.TrimLeft(rest, " ")
		if len(bare) > 2 || bare == "St" || bare == "Dr" || bare == "HM" || bare == "NE" || bare == "NW" || bare == "SE" || bare == "SW" || first == "" || !isUpper(first[0]) || len(bare) == len(word) && len(bare) == 2 && isUpper(bare[0]) && isUpper(bare[1]) {
			return sp
		}
		sp.start += len(word) + 1
		for sp.start < sp.end && s.rows()[sp.row].text[sp.start] == ' ' {
			sp.start++
		}
	}
}

// namesDocument reports whether a line is a document's heading rather than a
// department's name.
func namesDocument(text string) bool {
	for _, w := range cutWords(text) {
		switch w {
		case "report", "result", "results", "summary", "letter", "notification", "form", "referral", "request", "note", "record", "discharge", "diagnosis", "statement", "outcome", "dear":
			return true
		}
	}
	return false
}
