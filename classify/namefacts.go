package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// findNames finds the patient's names.
func (s *sheet) findNames() {
	for _, l := range s.labels {
		p, inPart := s.partAt(l.row, l.cell)
		if inPart && p == partKin || s.kinBefore(l) || s.relative(l.row, l.start) {
			continue
		}
		other := inPart && (p == partGP || p == partSender)
		switch l.label {
		case labelFamily:
			// "To GP" above a form reaches over "Patient surname", too: a doctor's name is never
			// asked for in parts, nor beside a birth date.
			if !other || strings.Contains(strings.ToLower(s.rows()[l.row].text[l.start:l.end]), "patient") || s.near(l.row, labelBirth, 2) {
				s.splitName(l)
			}
		case labelName:
			strength := 0.95
			if text := s.rows()[l.row].text[l.start:l.end]; len(text) < 7 { // a bare "Name"
				strength = 0.82
				if inPart && p == partPatient {
					strength = 0.95
				}
				if s.near(l.row, labelBirth, 5) || s.near(l.row, labelNHS, 5) {
					strength = 0.93
				}
				if other {
					continue
				}
				if s.near(l.row, labelGMC, 3) || s.near(l.row, labelKin, 1) {
					strength = 0.3
				}
			}
			s.nameAfter(l, strength, 2)
		case labelPatient:
			strength := 0.93
			if !s.near(l.row, labelBirth, 4) && !s.near(l.row, labelNHS, 4) {
				strength = 0.75
			}
			s.nameAfter(l, strength, 1)
		}
	}
	s.namesBeside()
	s.nameGreeted()
	s.nameOfWhom()
	s.namesInProse()
}

// nameGreeted finds the patient to whom a letter is addressed, with a copy to
// the practice: a name above, and its surname behind "Dear".
func (s *sheet) nameGreeted() {
	for i := range s.rows() {
		rest, ok := strings.CutPrefix(s.rows()[i].text, "Dear ")
		if !ok {
			continue
		}
		greeted, ok := readNameAs(rest, true)
		if !ok || greeted.title == "" || greeted.family == "" || !s.asPatient(span{i, 5, len(s.rows()[i].text)}, greeted) {
			continue
		}
		for k := i - 1; k >= 0; k-- {
			for _, cl := range s.rows()[k].cells {
				n, ok := readNameAs(s.rows()[k].text[cl.start:cl.end], true)
				if ok && n.given != "" && likeness(nameKey(n.family)) == likeness(nameKey(greeted.family)) && s.asPatient(span{k, cl.start, cl.end}, n) {
					r := s.newReading(span{k, cl.start + n.start, cl.start + n.end}, n.String(), 0.8, "the letter is addressed to this person")
					r.name, r.announced = n, !s.worksThere(k, cl.end)
					s.names = append(s.names, r)
					return
				}
			}
		}
	}
}

// onBehalfOf is how a letter is addressed to somebody on behalf of its patient.
var onBehalfOf = regexp.MustCompile(`(?i)^\W*(?:to|dear) (?:the )?(?:(?:parents?|guardians?|carers?)(?:\(s\))?(?:\s?(?:or|and|/)\s?(?:guardians?|carers?)(?:\(s\))?)?|gp) of:?\s*`)

// nameOfWhom finds the patient in how a letter is addressed: "To the parent or carer of" a name, in its line or the next.
func (s *sheet) nameOfWhom() {
	for i := range s.rows() {
		m := onBehalfOf.FindStringIndex(s.rows()[i].text)
		if m == nil || s.depth(i) > 0.5 {
			continue
		}
		sp := span{i, m[1], len(s.rows()[i].text)}
		if strings.TrimSpace(s.text(sp)) == "" {
			if i+1 >= len(s.rows()) {
				return
			}
			sp = span{i + 1, 0, len(s.rows()[i+1].text)}
		}
		if end := strings.IndexAny(s.text(sp), ",(;:\t0123456789"); end >= 0 {
			sp.end = sp.start + end
		}
		if n, ok := readNameAs(s.text(sp), true); ok && n.given != "" && s.asPatient(sp, n) {
			at := span{sp.row, sp.start + n.start, sp.start + n.end}
			r := s.newReading(at, n.String(), 0.9, "stands after "+quote(strings.TrimSpace(s.rows()[i].text[:m[1]])))
			r.name, r.announced = n, true
			s.names = append(s.names, r)
		}
		return
	}
}

// worksThere reports whether the line of an addressee or the two below say that it is no patient: a surgeon has no
// other title.
func (s *sheet) worksThere(row, end int) bool {
	text := s.rows()[row].text[end:]
	for i := row + 1; i < min(row+3, len(s.rows())); i++ {
		text += " \t" + s.rows()[i].text
	}
	return worksAt.MatchString(text)
}

var worksAt = regexp.MustCompile(`(?i)\b(?:consultant|surgeon|dentist|registrar|nurse|midwife|manager|solicitor|hospital|infirmary|clinic|department|outpatients?|surgery|unit|practice|frcs|trust|council|school)\b`)

// nameAfter reads the name that a label introduces.
func (s *sheet) nameAfter(l labelHit, strength float64, under int) {
	sp := s.right(l)
	// "Name (last, first):" has a remark before the colon.
	if rest := s.rows()[sp.row].text[sp.start:sp.end]; strings.HasPrefix(strings.TrimLeft(rest, " "), "(") {
		if i := strings.Index(rest, "):"); i > 0 && i < 40 {
			sp.start += i + 2
		}
	}
	text := s.rows()[sp.row].text[sp.start:sp.end]
	// Only the label's own cell, or the next one when nothing else is in it.
	lead := len(text) - len(strings.TrimLeft(text, labelEnds))
	if i := strings.IndexByte(text[lead:], '\t'); i >= 0 {
		text = text[:lead+i]
	}
	if n, ok := readNameAs(strings.ReplaceAll(text, "\t", " "), true); ok && l.end-l.start < 7 && s.related(sp.row, sp.start+n.end) {
		return
	} else if ok && s.asPatient(sp, n) {
		at := span{sp.row, sp.start + n.start, sp.start + n.end}
		whole, more := s.nameGoesOn(l, at, n)
		s.addName(at, whole, strength, l)
		s.names[len(s.names)-1].more = more
		return
	}
	if strings.Trim(text, " \t:;.-–*/()") != "" {
		s.nameInHalves(l, sp, text, strength)
		return
	}
	for _, b := range s.below(l, under) {
		if n, ok := readNameAs(s.text(b), true); ok && s.asPatient(b, n) {
			at := span{b.row, b.start + n.start, b.start + n.end}
			whole, more := s.nameGoesOn(l, at, n)
			s.addName(at, whole, strength-0.03, l)
			s.names[len(s.names)-1].more = more
			return
		}
	}
}

// nameGoesOn is a name with its last part from the line below, where a narrow column breaks
// it: "Surname, forename: Mr Owain" over "Greenhalgh". The part stands alone in its cell, at the edge of the
// label or of the value. Behind a given name and another the line below may as well be a village or a remark: there the
// part has to be in the column of the values, without a label of its own, and a surname elsewhere on the page.
func (s *sheet) nameGoesOn(l labelHit, at span, n personName) (personName, span) {
	row := &s.rows()[at.row]
	if n.title == "" && n.given == "" || at.row+1 >= len(s.rows()) || strings.Trim(row.text[at.end:row.cells[row.cellAt(at.start)].end], " .,") != "" ||
		n.given != "" && (strings.Contains(s.text(at), ",") || allCaps(n.family) && len(n.family) > 1 && !allCaps(n.given)) {
		return n, span{}
	}
	box, _ := row.area(at.start, at.end)
	before := row.text[row.cells[row.cellAt(at.start)].start:at.start] // of the name: its title, and the label
	if l.row == at.row {
		before = row.text[min(l.end, at.start):at.start]
	}
	if title := strings.TrimLeft(before, labelEnds); title != "" {
		whole, _ := row.area(at.start-len(title), at.end)
		box = box.Union(whole)
	}
	label, _ := s.rows()[l.row].area(l.start, l.end)
	height := max(box.Height(), 8)
	for ci, cl := range s.rows()[at.row+1].cells {
		word := strings.Trim(s.rows()[at.row+1].text[cl.start:cl.end], " .,")
		beside := abs(cl.box[0]-box[0]) <= 2*height
		if !beside && abs(cl.box[0]-label[0]) > height || cl.box[1]-box[3] > 3*height ||
			strings.ContainsAny(word, " \t:;") || len(word) < 3 || !nameLike(word) || s.labelAt(at.row+1, ci) || s.headAt(at.row+1, ci) {
			continue
		}
		if n.given != "" && !(beside && s.tabled(l, label, at.row+1, ci) && s.calledSo(at.row+1, n.given, word)) {
			continue
		}
		n.given, n.family = strings.TrimSpace(n.given+" "+n.family), word
		return n, span{at.row + 1, cl.start, cl.start + len(s.rows()[at.row+1].text[cl.start:cl.end])}
	}
	return n, span{}
}

// nameInHalves reads a name of which the first line of a narrow column holds one word: "WRIGHT," over "Matthew", or "Stanley" over
// "Hargreaves" where the page has "Mr Hargreaves" as well.
func (s *sheet) nameInHalves(l labelHit, sp span, text string, strength float64) {
	lead := len(text) - len(strings.TrimLeft(text, labelEnds))
	word := strings.TrimRight(text[lead:], " .,")
	if len(word) < 3 || !nameLike(word) || sp.row+1 >= len(s.rows()) {
		return
	}
	row := &s.rows()[sp.row]
	at := span{sp.row, sp.start + lead, sp.start + lead + len(word)}
	label, _ := s.rows()[l.row].area(l.start, l.end)
	box, _ := row.area(at.start, at.end)
	height := max(box.Height(), 8)
	for ci, cl := range s.rows()[sp.row+1].cells {
		if abs(cl.box[0]-box[0]) > height || cl.box[1]-box[3] > 2*height || s.labelAt(sp.row+1, ci) || !s.tabled(l, label, sp.row+1, ci) {
			continue
		}
		below := s.rows()[sp.row+1].text[cl.start:cl.end]
		whole := strings.TrimSpace(text[lead:]) + " " + below
		n, ok := readNameAs(whole, true)
		if !ok || n.given == "" || strings.Trim(whole[n.tail:], " .,") != "" || !s.asPatient(at, n) ||
			!strings.HasPrefix(strings.TrimLeft(text[lead+len(word):], " "), ",") && !s.calledSo(sp.row+1, n.given, n.family) ||
			len(strings.Fields(n.given)) > 2 || len(strings.Fields(n.family)) > 2 {
			continue
		}
		s.addName(at, n, strength, l)
		s.names[len(s.names)-1].more = span{sp.row + 1, cl.start, cl.end}
		return
	}
}

// labelEnds stand between a label and its value.
const labelEnds = " \t:;.-–*"

// calledSo reports whether another row of the page has a word as the surname of somebody with a title, or with this given name.
func (s *sheet) calledSo(row int, given, word string) bool {
	first, key := nameKey(strings.Fields(given)[0]), nameKey(word)
	for i := range s.rows() {
		if i == row {
			continue
		}
		words := s.rowWords(i)
		for k := 1; k < len(words); k++ {
			if words[k].key == key && (titles[words[k-1].key] || words[k-1].key == first) {
				return true
			}
		}
	}
	return false
}

// tabled reports whether a cell goes on with the value of a label: in a table of labels and values nothing stands in the
// label's column beside it, under labels in a row nothing stands beside it at all; and the next label stands below.
func (s *sheet) tabled(l labelHit, label postroom.Box, r, ci int) bool {
	rows := s.rows()
	cl := &rows[r].cells[ci]
	height := max(cl.box.Height(), 8)
	above := l.row < r-1
	if above != (label[2] > cl.box[0]+height) || above && len(rows[r].cells) > 1 || r+1 >= len(rows) {
		return false
	}
	inColumn := func(box postroom.Box) bool { return box[0] < label[2] && label[0] < box[2] }
	if !above && slices.ContainsFunc(rows[r].cells, func(o cell) bool { return inColumn(o.box) }) {
		return false
	}
	return slices.ContainsFunc(s.labels, func(o labelHit) bool {
		if o.row != r+1 {
			return false
		}
		box, _ := rows[o.row].area(o.start, o.end)
		return inColumn(box) && (abs(box[0]-label[0]) <= height || abs(box[2]-label[2]) <= 2*height) && box[1]-cl.box[3] <= 3*height
	})
}

// asPatient refuses names that are a clinician's or no person's.
func (s *sheet) asPatient(sp span, n personName) bool {
	if n.family == "" || len(nameKey(n.family)) < 2 {
		return false
	}
	switch strings.ToLower(n.title) {
	case "dr", "prof", "professor":
		return false
	}
	for _, h := range s.hits { // "Re: Cardiology Clinic"
		f := &s.tokens()[h.from]
		if f.row != sp.row || f.start < sp.start+n.start || f.start >= sp.start+n.end {
			continue
		}
		for _, note := range h.phrase.notes {
			if note.kind == kindOrg && (note.code < 2 && s.tokens()[h.to-1].end >= sp.start+n.end || h.to-h.from > 1) || note.kind == kindType && note.weight >= strongWeight && h.to-h.from > 1 {
				return false
			}
		}
	}
	return true
}

func (s *sheet) addName(sp span, n personName, strength float64, l labelHit) {
	why := "stands beside the birth date or number"
	if l.end > 0 {
		why = "stands after the label " + quote(s.rows()[l.row].text[l.start:l.end])
	}
	if n.given == "" {
		strength *= 0.6
	}
	r := s.newReading(sp, n.String(), strength, why)
	r.name, r.announced = n, l.end > 0 || s.besideBoth(sp.row)
	s.names = append(s.names, r)
}

// besideBoth reports whether a row holds a birth date and a number, as the rows of lists of people do.
func (s *sheet) besideBoth(row int) bool {
	return slices.ContainsFunc(s.numbers, func(n numberHit) bool { return n.row == row && !n.labelled }) &&
		slices.ContainsFunc(s.births, func(b reading) bool { return b.row == row && b.strength < 0.7 })
}

// splitName reads "Surname: ..." and the "Forename(s): ..." that goes with it.
func (s *sheet) splitName(l labelHit) {
	family, fs, ok := s.partOfName(l)
	if !ok {
		return
	}
	if strings.Contains(family.text, ",") { // "Surname: SMITH, John"
		if n, ok := readName(family.text); ok && n.given != "" {
			s.addName(span{fs.row, fs.start + n.start, fs.start + n.end}, n, 0.95, l)
			return
		}
	}
	var best *labelHit
	for i := range s.labels {
		g := &s.labels[i]
		if g.label != labelGiven || g.row < l.row-3 || g.row > l.row+4 || s.kinBefore(*g) {
			continue
		}
		if best == nil || abs(g.row-l.row) < abs(best.row-l.row) {
			best = g
		}
	}
	n := personName{family: family.text}
	sp := fs
	if best != nil {
		given, gs, ok := s.partOfName(*best)
		if fs.row > l.row && best.row == l.row && (!ok || gs.row == l.row) {
			// The surname stands below its label, as the values of a table do: so does the forename.
			if under := s.below(*best, 1); len(under) > 0 && under[0].row == fs.row {
				if below, bs, there := s.partIn(under[0]); there {
					given, gs, ok = below, bs, true
				}
			}
		}
		if ok {
			n.given = given.text
			if gs.row == fs.row {
				sp = span{fs.row, min(fs.start, gs.start), max(fs.end, gs.end)}
				if strings.Contains(s.text(sp), ":") || gs.end < fs.start {
					sp = fs
				}
			}
			_, conf := s.rows()[gs.row].area(gs.start, gs.end)
			r := s.newReading(sp, n.String(), 0.97, "surname and forename stand after their labels")
			r.name, r.conf, r.announced = n, min(r.conf, conf), true
			s.names = append(s.names, r)
			return
		}
	}
	s.addName(sp, n, 0.9, l)
}

// partOfName reads the surname or the forenames after their label.
func (s *sheet) partOfName(l labelHit) (namePiece, span, bool) {
	for k, sp := range append([]span{s.right(l)}, s.below(l, 1)...) {
		got, at, ok := s.partIn(sp)
		if ok {
			return got, at, true
		}
		if k == 0 && at.end > at.start {
			break // something else stands there
		}
	}
	return namePiece{}, span{}, false
}

// partIn reads the names at the beginning of a span. Where other words stand there it returns
// their place alone.
func (s *sheet) partIn(sp span) (namePiece, span, bool) {
	text := s.rows()[sp.row].text[sp.start:sp.end]
	lead := len(text) - len(strings.TrimLeft(text, " \t:;.-–*()s/|[]{}"))
	text = text[lead:]
	if i := strings.IndexByte(text, '\t'); i >= 0 {
		text = text[:i]
	}
	text = strings.TrimRight(text, " ,.;|")
	start := sp.start + lead
	end := 0
	for _, w := range strings.Fields(text) {
		word := strings.Trim(w, ",.")
		if titles[strings.ToLower(word)] && end == 0 {
			continue
		}
		if !nameLike(word) && !notNamesOnly(word) {
			break
		}
		i := strings.Index(text[end:], w)
		end += i + len(w)
	}
	if end == 0 {
		return namePiece{}, span{sp.row, start, start + len(text)}, false
	}
	got := strings.TrimRight(text[:end], ",. ")
	return namePiece{text: got}, span{sp.row, start, start + len(got)}, true
}

// notNamesOnly allows surnames that are ordinary words (Park, Close, Ward)
// where a label says that a surname stands.
func notNamesOnly(w string) bool {
	return notNames[strings.ToLower(w)] && len(w) > 2 && isUpper(w[0])
}

// namesBeside finds names that have no label: in the row of a birth date or
// number, before it, or in the row above.
func (s *sheet) namesBeside() {
	type anchor struct{ row, start int }
	var anchors []anchor
	for _, l := range s.labels {
		if l.label != labelBirth && l.label != labelNHS && l.label != labelCHI && l.label != labelMRN {
			continue
		}
		if p, ok := s.partAt(l.row, l.cell); ok && (p == partKin || p == partGP || p == partSender) || s.kinBefore(l) {
			continue
		}
		anchors = append(anchors, anchor{l.row, l.start})
	}
	for _, n := range s.numbers {
		if !n.labelled {
			anchors = append(anchors, anchor{n.row, n.start})
		}
	}
	for _, b := range s.births {
		if b.strength < 0.7 { // without a label of its own
			anchors = append(anchors, anchor{b.row, b.start})
		}
	}
	for _, a := range anchors {
		r := &s.rows()[a.row]
		cellIndex := r.cellAt(a.start)
		// Before it in the row, up to the label before.
		from := 0
		for _, o := range s.labels {
			if o.row == a.row && o.end <= a.start && o.end > from {
				from = o.end
			}
		}
		if from == 0 {
			s.bareName(span{a.row, 0, len(withoutBar(r.text[:a.start]))}, 0.86)
		}
		s.trailingName(a.row, a.start, from > 0)
		if r.cells[cellIndex].start != a.start {
			continue
		}
		// Above it, or right below, at the same left edge: a label of several lines.
		for _, step := range []int{-1, 1} {
			last := r.cells[cellIndex].box
			for k := a.row + step; k >= 0 && k < len(s.rows()) && abs(k-a.row) <= 3-step; k += step {
				q := &s.rows()[k]
				gap := q.box[1] - last[3]
				if step < 0 {
					gap = last[1] - q.box[3]
				}
				if gap > 2*max(last.Height(), 8) {
					break
				}
				for c := range q.cells {
					if abs(q.cells[c].box[0]-r.cells[cellIndex].box[0]) < 3*max(r.box.Height(), 8) && !s.labelAt(k, c) {
						strength := 0.78 - 0.04*float64(abs(k-a.row))
						if step > 0 {
							strength -= 0.1
						}
						s.bareName(span{k, q.cells[c].start, q.cells[c].end}, strength)
					}
				}
				last = q.box
			}
		}
	}
}

// withoutBar cuts off the separators at a text's end, and what a bar is read as.
func withoutBar(text string) string {
	const separators = " ,;:-–([|]{}/\\!\t"
	text = strings.TrimRight(text, separators)
	if n := len(text); n > 2 && text[n-2] == ' ' && strings.IndexByte("Il1ij", text[n-1]) >= 0 {
		text = strings.TrimRight(text[:n-2], separators)
	}
	return text
}

// trailingName reads the name that ends right before an offset: "concerns Mrs
// Amara Okafor (date of birth". Where a label stands before it, the sentence has to say that it is about the person: "This letter is about ...".
func (s *sheet) trailingName(r, before int, labelled bool) {
	text := withoutBar(s.rows()[r].text[:before])
	start := len(text)
	if at := titleBehind.FindStringIndex(text); at != nil {
		start = at[0]
	}
	for words := 0; start > 0 && words < 6; words++ {
		at := strings.LastIndexAny(text[:start], " \t") + 1
		word := strings.Trim(text[at:start], ",.")
		if !nameLike(word) && !titles[strings.ToLower(word)] || word == "" || !isUpper(word[0]) && !particles[word] && word[0] < 128 {
			break
		}
		start = at
		if at > 0 && text[at-1] == '\t' {
			break
		}
		start = max(at-1, 0)
		if at == 0 {
			break
		}
	}
	for start < len(text) && text[start] == ' ' || start < len(text) && text[start] == '\t' {
		start++
	}
	if start >= len(text) || labelled && !isAbout.MatchString(text[:start]) {
		return
	}
	n, ok := readName(text[start:])
	if !ok || n.given == "" && n.title == "" || !s.asPatient(span{r, start, len(text)}, n) || s.kinOf(r, start) || n.title == "" && inBody.MatchString(text[:start]) {
		return
	}
	for _, have := range s.names {
		if have.row == r && have.start == start+n.start {
			return
		}
	}
	s.addName(span{r, start + n.start, start + n.end}, n, 0.8, labelHit{})
}

// What stands behind or before words with capitals and makes them the name of a body: "Short Stay Paediatric Unit", "Health Care UK".
var (
	ofBody = regexp.MustCompile(`(?i)^,? ?(?:ward|unit|department|dept|surgery|clinics?|hospital|infirmary|cent(?:re|er)|team|services?|practice|trust|group)\b`)
	inBody = regexp.MustCompile(`(?i)\b(?:ward|unit|department|dept|surgery|clinics?|hospital|infirmary|cent(?:re|er)|team|services?|practice|trust|health|nhs) $`)
)

var (
	titleBehind = regexp.MustCompile(`(?i) \((?:mr|mrs|ms|miss|mx|master|mstr|dr|rev)\.?\)?$`)
	isAbout     = regexp.MustCompile(`(?i)\b(?:about|concerns|concerning|regarding) (?:your patient,? |our patient,? )?$`)
)

// bareName reads a name that a span consists of.
func (s *sheet) bareName(sp span, strength float64) {
	text := s.text(sp)
	cells := strings.Split(text, "\t")
	at := sp.start
	for _, c := range cells {
		start := at
		at += len(c) + 1
		trimmed := strings.Trim(c, " ,;:-–([")
		n, ok := readName(c)
		if !ok || n.given == "" && n.title == "" || !s.asPatient(span{sp.row, start, start + len(c)}, n) {
			continue
		}
		if rest := strings.Trim(c[max(n.end, min(n.tail, len(c))):], " ,;:-–([.)]|"); rest != "" || trimmed == "" || strings.HasPrefix(strings.ToLower(trimmed), "dear") {
			continue // the name is not all that stands there
		}
		if ofBody.MatchString(c[n.end:]) {
			continue
		}
		for _, have := range s.names {
			if have.row == sp.row && have.start == start+n.start {
				ok = false
			}
		}
		if ok {
			s.addName(span{sp.row, start + n.start, start + n.end}, n, strength, labelHit{})
		}
	}
}

// namesInProse finds titled names in a letter's text: "I reviewed Mr John
// Smith". One is weak, as others are named too; one whose surname comes again
// with a title ("Mr Smith") is what the letter is about.
func (s *sheet) namesInProse() {
	closed := len(s.rows())
	for i := range s.rows() {
		if s.isClosing(i) && s.depth(i) > 0.3 {
			closed = i
			break
		}
	}
	type mention struct {
		row, start, end int
		name            personName
		announced       bool
	}
	var full []mention
	times := map[string]int{}
	for i := 0; i < closed; i++ {
		r := &s.rows()[i]
		for at := 0; at < len(r.text); {
			k := titleIn(r.text[at:])
			if k < 0 {
				break
			}
			start := at + k
			n, ok := readNameAs(r.text[start:], true)
			at = start + 2
			if !ok || n.family == "" {
				continue
			}
			key := likeness(nameKey(n.family))
			times[key]++
			around := strings.ToLower(r.text[max(0, start-26):start]) + " " + strings.ToLower(r.text[min(start+n.end, len(r.text)):min(start+n.end+22, len(r.text))])
			other := false
			for _, w := range cutWords(around) {
				other = other || contains(notThePatient, w)
			}
			if n.given != "" && !other && s.asPatient(span{i, start, len(r.text)}, n) {
				full = append(full, mention{i, start + n.start, start + n.end, n, whoIsSeen.MatchString(s.sentence(i, start))})
			}
		}
	}
	for _, m := range full {
		strength := 0.4
		switch times[likeness(nameKey(m.name.family))] {
		case 1:
		case 2:
			strength = 0.66
		default:
			strength = 0.74
		}
		r := s.newReading(span{m.row, m.start, m.end}, m.name.String(), strength, "named in the letter's text")
		r.name, r.announced = m.name, m.announced
		known := false
		for _, have := range s.names {
			known = known || have.row == m.row && have.start == m.start
		}
		if !known {
			s.names = append(s.names, r)
		}
	}
}

// whoIsSeen stands before the name of whom a letter is about.
var whoIsSeen = regexp.MustCompile(`(?i)\b(?:saw|seen|seeing|review(?:ed|ing)?|met|assess(?:ed|ing)|examin(?:ed|ing)|visit(?:ed|ing)|referr(?:ed|ing)|referral of|refer|sending|operated on|spoke (?:to|with))(?: (?:me|us|again|to|your|this|the|patient|man|woman|lady|gentleman|boy|girl|child))*,? $`)

// titleIn returns where a title of a person who is no doctor begins, or -1.
func titleIn(text string) int {
	best := -1
	for _, t := range []string{"Mr ", "Mrs ", "Ms ", "Miss ", "Master ", "Mx ", "Mr. ", "Mrs. ", "Ms. "} {
		for from := 0; ; {
			i := strings.Index(text[from:], t)
			if i < 0 {
				break
			}
			i += from
			if i == 0 || !isLetter(text[i-1]) {
				if best < 0 || i < best {
					best = i
				}
				break
			}
			from = i + 1
		}
	}
	return best
}
