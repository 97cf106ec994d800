package classify

import (
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// sender finds who wrote the document: organisation and department from the
// letterhead or the "From", the clinician from labels or the signature, and
// the recipient. The practice's own name is the recipient's, never the sender's.
func (c *collector) sender() {
	same := func(a, b *reading) bool { return likeness(nameKey(a.value)) == likeness(nameKey(b.value)) }
	line := func(k *candidate, rule *reading) (reading, bool) {
		r := k.sheet.newReading(k.span, k.text, 0, "stands where senders name themselves")
		if rule != nil && rule.start == k.start {
			r = *rule
		}
		k.sheet.goOn(&r)
		return r, true
	}
	// A trust and its hospital are both the sender: the other readings do not
	// contradict the best one.
	put := func(name postroom.FieldName, list []reading) {
		if r := c.strongest(list, same); r != nil && r.strength > 0.2 {
			if name == postroom.Recipient || name == postroom.SenderClinician {
				r = fullest(list, r)
			}
			c.fields[name] = c.field(r, c.surely(name, r, r.strength)*doubt(r.conf))
		}
	}
	organisations := c.playing(slotLine, postroom.SenderOrganisation, 0.08, c.ruledSender[postroom.SenderOrganisation], 0.6, line)
	for i := range organisations {
		r := &organisations[i]
		switch {
		case c.station(r.value):
			r.strength, r.why = max(1-0.4*(1-r.strength), 0.6), r.why+" and in the fax header line"
		case !r.sheet.named(r.span):
			r.strength *= 0.5 // "NHS Trust", "Pharmacy": which?
		}
	}
	put(postroom.SenderOrganisation, organisations)
	put(postroom.SenderDepartment, c.playing(slotLine, postroom.SenderDepartment, 0.2, c.ruledSender[postroom.SenderDepartment], 0.6, line))
	put(postroom.SenderClinician, c.playing(slotName, postroom.SenderClinician, 0.15, c.ruledSender[postroom.SenderClinician], 0.5, c.personReading))
	put(postroom.Recipient, c.playing(slotName, postroom.Recipient, 0.15, c.ruledSender[postroom.Recipient], 0.6, c.personReading))
	put(postroom.Urgency, c.ruledSender[postroom.Urgency])
}

// goOn takes the second line of a name that is set in two: "Example Moor" over "University
// Hospital", "Example Partnership NHS" over "Foundation Trust". The second line stands at the
// same edge in letters of the same height, and no name is in it.
func (s *sheet) goOn(r *reading) {
	if r.row+1 >= len(s.rows) || !s.named(r.span) {
		return
	}
	text := s.text(r.span)
	words := strings.Fields(text)
	last := strings.ToLower(words[len(words)-1])
	if s.organisationIn(r.span) > 0 && !dangling[last] {
		return
	}
	ci := s.rows[r.row].cellAt(r.start)
	above := s.rows[r.row].cells[ci].box
	for cj, cl := range s.rows[r.row+1].cells {
		sp := span{r.row + 1, cl.start, cl.end}
		below := s.text(sp)
		h := max(above.Height(), 8)
		if abs(cl.box[0]-above[0]) > h || 10*abs(cl.box.Height()-above.Height()) > 4*h || cl.box[1]-above[3] > h || s.labelAt(sp.row, cj) ||
			s.organisationIn(sp) == 0 || s.named(sp) || len(strings.Fields(below)) > 4 || hasDigit(below) || namesDocument(below) || strings.ContainsAny(below, ",:") {
			continue
		}
		r.value, r.more = strings.TrimRight(r.value, " ,")+" "+strings.Trim(below, " ,;:-–|"), sp
		return
	}
}

// dangling are words after which the name of a body goes on.
var dangling = map[string]bool{"nhs": true, "and": true, "&": true, "of": true, "for": true, "university": true, "the": true, "community": true, "general": true, "royal": true, "foundation": true, "teaching": true, "district": true, "health": true, "care": true}

// station reports whether the machine that sent the first page calls itself by this name, of
// which it may have room for the beginning only.
func (c *collector) station(name string) bool {
	if len(c.sheets) == 0 || c.config.own(name) {
		return false
	}
	return calls(c.sheets[0].station, name)
}

// calls reports whether a station's letters are those of a name, or of its beginning.
func calls(station, name string) bool {
	key := likeness(nameKey(strings.TrimPrefix(strings.ToLower(name), "the ")))
	if len(station) < 8 || len(key) < 8 {
		return false
	}
	if strings.Contains(station, key) {
		return true
	}
	n := min(len(station), len(key))
	return editDistance(station[:n], key[:n], n/6) <= n/6
}

// named reports whether a span has a word that no form has: the name of a place or of people.
func (s *sheet) named(sp span) bool {
	for i := range s.tokens {
		if t := &s.tokens[i]; t.row == sp.row && t.start >= sp.start && t.end <= sp.end && (t.id < 0 || !t.exact) && t.end-t.start > 2 {
			return true
		}
	}
	return false
}

// fullest is the reading that names the same person most fully: "Dear Dr Marsh" greets
// the Dr Helen Marsh of the address.
func fullest(list []reading, r *reading) *reading {
	short, ok := readName(r.value)
	if !ok || short.given != "" || short.title == "" {
		return r
	}
	for i := range list {
		o := list[i]
		if n, ok := readName(o.value); ok && n.given != "" && strings.EqualFold(n.title, short.title) && likeness(nameKey(n.family)) == likeness(nameKey(short.family)) {
			o.strength = r.strength
			return &o
		}
	}
	return r
}

// ruledSenders are the senders and recipients of which a label or a place says
// that they are.
func (c *collector) ruledSenders(code postroom.TypeCode) map[postroom.FieldName][]reading {
	var organisations, departments, clinicians, recipients, urgency []reading
	for order, s := range c.sheets {
		fade := 1.0
		if order > 0 {
			fade = 0.6
		}
		organisations = append(organisations, c.letterhead(s, fade)...)
		departments = append(departments, c.departments(s, fade)...)
		clinicians = append(clinicians, c.signature(s)...)
		clinicians = append(clinicians, c.signedBeside(s)...)
		for _, l := range s.labels {
			why := "stands after the label " + quote(s.rows[l.row].text[l.start:l.end])
			switch l.label {
			case labelFrom, labelHospital:
				for _, r := range s.valueLines(l, 1, 0.72*fade, why) {
					if s.organisationIn(r.span) > 0 && !c.config.own(r.value) {
						organisations = append(organisations, r)
					}
					if l.label == labelFrom && r.takePerson(true) {
						clinicians = append(clinicians, r)
					}
				}
			case labelRequester:
				if reports(code) { // who asked for a test is not who reports it, but whom the report is for
					for _, r := range s.valueLines(l, 1, 0.6, why) {
						if r.takePerson(true) {
							recipients = append(recipients, r)
							break
						}
					}
					break
				}
				for _, r := range s.valueLines(l, 1, 0.7, why) {
					if r.takePerson(true) {
						clinicians = append(clinicians, r)
						break
					}
				}
			case labelClinician:
				for _, r := range s.valueLines(l, 1, clinicianStrength(s.rows[l.row].text[l.start:l.end]), why) {
					if r.takePerson(false) {
						clinicians = append(clinicians, r)
						break
					}
				}
			case labelTo, labelGP, labelPractice:
				for _, r := range s.valueLines(l, 1, 0.8, why) {
					if len(r.value) > 3 && letters(r.value) > 2 {
						if n, ok := readName(r.value); ok && n.title != "" && n.end <= len(r.value) {
							r.start, r.end = r.start+nameStart(r.value, n), r.start+n.end
							r.value = strings.TrimSpace(s.text(r.span))
						}
						if n, ok := readName(r.value); !(ok && n.title != "") && !c.config.own(r.value) && !strings.HasPrefix(strings.TrimLeft(s.rows[l.row].text[l.end:], " "), ":") {
							continue // "GP Partner" is a post, no addressee
						}
						recipients = append(recipients, r)
						break
					}
				}
			case labelUrgency:
				for _, r := range s.valueLines(l, 1, 0.85, why) {
					if letters(r.value) > 2 && len(r.value) < 40 {
						urgency = append(urgency, r)
						break
					}
				}
			case labelSpecialty:
				if order > 0 {
					break
				}
				for _, r := range s.valueLines(l, 1, specialtyStrength(s.rows[l.row].text[l.start:l.end]), why) {
					if letters(r.value) > 2 && len(r.value) < 60 {
						departments = append(departments, r)
						break
					}
				}
			}
		}
		if order == 0 {
			recipients = append(recipients, c.addressee(s)...)
		}
	}
	if len(organisations) == 0 && len(c.sheets) > 0 {
		organisations = c.foot()
	}
	return map[postroom.FieldName][]reading{
		postroom.SenderOrganisation: organisations, postroom.SenderDepartment: departments, postroom.SenderClinician: clinicians,
		postroom.Recipient: recipients, postroom.Urgency: urgency,
	}
}

// takePerson narrows a reading to the person whom it names, with a title, or else with a title
// or a given name; false when it names nobody so.
func (r *reading) takePerson(titled bool) bool {
	n, ok := readName(r.value)
	if !ok || n.family == "" || n.title == "" && (titled || n.given == "") {
		return false
	}
	r.start, r.end = r.start+nameStart(r.value, n), r.start+n.end
	r.value = strings.TrimSpace(r.sheet.text(r.span))
	return true
}

// specialtyStrength is how sure a label names the sending department: a ward
// is a place in it.
func specialtyStrength(label string) float64 {
	switch nameKey(label) {
	case "department", "service", "clinicname", "dept":
		return 0.75
	case "ward", "team", "unit":
		return 0.3
	}
	return 0.5
}

// clinicianStrength is how sure a label names the author: who reports, signs or
// dictates does; a consultant in charge often is somebody else.
func clinicianStrength(label string) float64 {
	switch key := nameKey(label); {
	case strings.HasSuffix(key, "by"), strings.HasPrefix(key, "report"), strings.HasPrefix(key, "author"), strings.HasPrefix(key, "valid"), strings.HasPrefix(key, "verif"), strings.HasPrefix(key, "sign"):
		return 0.9
	case strings.Contains(key, "consultant"), strings.Contains(key, "surgeon"):
		return 0.72
	}
	return 0.8
}

// strongest returns the reading that says most, its strength raised by those
// that say the same.
func (c *collector) strongest(list []reading, same func(a, b *reading) bool) *reading {
	var best *reading
	for i := range list {
		r := list[i]
		miss := 1 - r.strength*doubt(r.conf)
		top := r.strength * doubt(r.conf)
		for k := range list {
			if o := &list[k]; k != i && same(&r, o) {
				miss *= 1 - 0.5*o.strength*doubt(o.conf)
				top = max(top, o.strength*doubt(o.conf))
			}
		}
		r.strength = min(1-miss, 0.99)
		if best == nil || r.strength > best.strength {
			best = &r
		}
	}
	return best
}

// addressedPosts are whom letters are addressed to without a name.
var addressedPosts = regexp.MustCompile(`(?i)^(?:the )?(?:practice|data|senior|duty|lead|managing|safeguarding|registered|general|caldicott|records?|medical|reception)[a-z]* (?:manager|controller|partner|doctor|gp|lead|practitioner|officer|guardian|team|records?|secretary)\b`)

// postAbove returns the post in the line above a cell, at the same edge: "The Practice Manager".
func (s *sheet) postAbove(r, ci int) (span, bool) {
	box := s.rows[r].cells[ci].box
	for k := r - 1; k >= 0 && k >= r-2; k-- {
		for cj, cl := range s.rows[k].cells {
			if abs(cl.box[0]-box[0]) <= 2*max(box.Height(), 8) && addressedPosts.MatchString(s.rows[k].cellText(cj)) {
				return span{k, cl.start, cl.end}, true
			}
		}
	}
	return span{}, false
}

func nameStart(text string, n personName) int {
	if n.title != "" {
		if i := strings.Index(text, n.title); i >= 0 && i < n.start {
			return i
		}
	}
	return n.start
}

// valueLines returns what stands right of a label, or else below it.
func (s *sheet) valueLines(l labelHit, under int, strength float64, why string) []reading {
	sp := s.right(l)
	text := s.rows[sp.row].text[sp.start:sp.end]
	lead := len(text) - len(strings.TrimLeft(text, " \t:;.-–*"))
	body := text[lead:]
	if i := strings.IndexByte(body, '\t'); i >= 0 {
		body = body[:i]
	}
	body = strings.TrimRight(body, " ,;|(")
	if body != "" {
		at := span{sp.row, sp.start + lead, sp.start + lead + len(body)}
		return []reading{s.newReading(at, body, strength, why)}
	}
	var out []reading
	for _, b := range s.below(l, under) {
		out = append(out, s.newReading(b, strings.TrimSpace(s.text(b)), strength-0.05, why))
	}
	return out
}

// organisationIn returns how strongly a span names an organisation.
func (s *sheet) organisationIn(sp span) float64 {
	best := 0.0
	for _, h := range s.hits {
		f, l := &s.tokens[h.from], &s.tokens[h.to-1]
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

// letterhead finds the organisation at the top of a page.
func (c *collector) letterhead(s *sheet, fade float64) []reading {
	var out []reading
	limit := 0.3
	for i := range s.rows {
		if s.depth(i) > limit {
			break
		}
		lower := strings.ToLower(s.rows[i].text)
		if strings.HasPrefix(lower, "dear ") {
			break
		}
		for ci := range s.rows[i].cells {
			cl := s.rows[i].cells[ci]
			sp := span{i, cl.start, cl.end}
			w := s.organisationIn(sp)
			if s.labelAt(i, ci) && (w == 0 && i > 0 || labelLike.MatchString(s.rows[i].cellText(ci))) {
				continue
			}
			if s.aboutPatient(i, ci) {
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
			if text == "" || c.config.own(text) || i > 2 && c.ownAddress(s, i, ci) || len(text) > 90 {
				continue
			}
			strength := 0.5 + 0.08*w
			if i < 2 && s.topLine(i, ci) {
				strength = max(strength, 0.6)
				if r := &s.rows[i]; w == 0 && r.cells[ci].big && len(r.cells) == 1 {
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
			if s.rows[i].cells[ci].big {
				strength += 0.08
			}
			if person(text) {
				strength -= 0.4
			}
			strength = min(strength, 0.95) * fade
			if strength > 0.1 {
				out = append(out, s.newReading(part, text, strength, "stands in the letterhead"))
			}
		}
	}
	return out
}

// aboutPatient reports whether a cell begins with a label of the patient's details:
// "Unit No. HC90674" and "Hospital No" hold words of organisations and name none.
func (s *sheet) aboutPatient(row, ci int) bool {
	for _, l := range s.labels {
		if l.row != row || l.cell != ci || l.start != s.rows[row].cells[ci].start {
			continue
		}
		switch l.label {
		case labelMRN, labelNHS, labelCHI, labelHC, labelBirth, labelAddress, labelPostcode, labelFamily, labelGiven, labelKin:
			return true
		}
	}
	return false
}

// foot finds the organisation below a signature or at the foot of a page, for
// letters without a letterhead.
func (c *collector) foot() []reading {
	var out []reading
	for _, s := range c.sheets {
		signed := -1
		for i := range s.rows {
			if s.isClosing(i) {
				signed = i
			}
			low := i >= len(s.rows)-5 && s.depth(i) > 0.8
			if signed < 0 && !low || i == signed {
				continue
			}
			for ci, cl := range s.rows[i].cells {
				sp := span{i, cl.start, cl.end}
				w := s.organisationIn(sp)
				if w == 0 || s.labelAt(i, ci) && labelLike.MatchString(s.rows[i].cellText(ci)) || strings.HasPrefix(strings.ToLower(s.rows[i].text), "cc") {
					continue
				}
				part := organisationPart(s, sp)
				text := strings.Trim(s.text(part), " ,;:-–|")
				if text == "" || c.config.own(text) || person(text) || len(text) > 90 || namesDocument(text) || len(strings.Fields(text)) < 2 {
					continue
				}
				out = append(out, s.newReading(part, text, 0.4+0.1*w, "stands at the letter's end"))
			}
		}
	}
	return out
}

// topLine reports whether a cell reads like the name that heads a letter: set
// large or in capitals or alone at the very top, without digits, and with a
// word that is no part of a form's vocabulary, as names have.
func (s *sheet) topLine(i, ci int) bool {
	r := &s.rows[i]
	text := r.cellText(ci)
	if hasDigit(text) || len(text) > 70 || len(strings.Fields(text)) > 9 || len(strings.Fields(text)) < 2 || !(r.cells[ci].big || allCaps(text) || i == 0) {
		return false
	}
	if n, ok := readName(text); ok && n.title != "" {
		return false
	}
	strange, care := false, false
	for k := range s.tokens {
		t := &s.tokens[k]
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

// organisationPart leaves out an address behind the name, and a document's title beside it.
func organisationPart(s *sheet, sp span) span {
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
		f, l := &s.tokens[h.from], &s.tokens[h.to-1]
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
	for i := range s.tokens {
		if t := &s.tokens[i]; t.row == sp.row && t.start >= sp.start && t.end <= sp.end && namesDocument(s.rows[t.row].text[t.start:t.end]) {
			beside = append(beside, piece{t.start, t.end})
		}
	}
	if last < 0 {
		return sp
	}
	text := s.rows[sp.row].text
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
		f, l := &s.tokens[h.from], &s.tokens[h.to-1]
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
		if len(bare) > 2 || bare == "St" || bare == "HM" || bare == "NE" || bare == "NW" || bare == "SE" || bare == "SW" || first == "" || !isUpper(first[0]) || len(bare) == len(word) && len(bare) == 2 && isUpper(bare[0]) && isUpper(bare[1]) {
			return sp
		}
		sp.start += len(word) + 1
		for sp.start < sp.end && s.rows[sp.row].text[sp.start] == ' ' {
			sp.start++
		}
	}
}

func person(text string) bool {
	w := strings.Fields(text)
	return len(w) > 1 && titles[strings.ToLower(strings.Trim(w[0], "."))]
}

// ownAddress reports whether a cell stands in the block of lines that holds
// the practice's own name or postcode, or that a doctor's name opens: the
// recipient's address.
func (c *collector) ownAddress(s *sheet, r, ci int) bool {
	box := s.rows[r].cells[ci].box
	height := max(s.rows[r].box.Height(), 8)
	for _, step := range []int{-1, 1} {
		last := box
		for k := r + step; k >= 0 && k < len(s.rows) && abs(k-r) < 6; k += step {
			found := false
			for cj, cl := range s.rows[k].cells {
				if abs(cl.box[0]-box[0]) > 2*height {
					continue
				}
				gap := cl.box[1] - last[3]
				if step < 0 {
					gap = last[1] - cl.box[3]
				}
				if gap > 2*height {
					return false
				}
				text := s.rows[k].cellText(cj)
				if s.labelAt(k, cj) {
					break
				}
				if c.config.own(text) || c.config.ownPostcodeIn(text) {
					return true
				}
				if step < 0 && strings.HasPrefix(text, "Dr ") && r > 1 && k > 0 {
					return true
				}
				last, found = cl.box, true
			}
			if !found {
				break
			}
		}
	}
	return false
}

// departments finds the department near the letterhead.
func (c *collector) departments(s *sheet, fade float64) []reading {
	var out []reading
	for _, h := range s.hits {
		f, l := &s.tokens[h.from], &s.tokens[h.to-1]
		if f.row != l.row || s.depth(f.row) > 0.3 || f.row > 12 {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind != kindOrg || n.code != 2 {
				continue
			}
			r := &s.rows[f.row]
			ci := r.cellAt(f.start)
			cl := r.cells[ci]
			at := departmentPart(s, span{f.row, cl.start, cl.end}, span{f.row, f.start, l.end})
			text := strings.Trim(s.text(at), " ,;:-–|")
			if len(text) > 60 || s.labelAt(f.row, ci) && s.tokens[h.to-1].colon || c.config.own(text) || s.organisationIn(at) >= 3 || f.row > 2 && r.big || namesDocument(text) || hasDigit(text) {
				continue
			}
			strength := 0.6 * fade
			if strings.HasPrefix(strings.ToLower(text), "department") || strings.HasPrefix(strings.ToLower(text), "dept") {
				strength = 0.85 * fade
			}
			out = append(out, s.newReading(at, text, strength, "stands in the letterhead"))
		}
	}
	if len(out) > 0 {
		return out
	}
	if out = s.post(fade); len(out) > 0 {
		return out
	}
	// Any short line between the organisation's name and its address.
	for i := 1; i < len(s.rows) && i < 6; i++ {
		if s.depth(i) > 0.2 {
			break
		}
		for ci, cl := range s.rows[i].cells {
			text := strings.Trim(s.rows[i].cellText(ci), " ,;:-–|")
			n, person := readName(text)
			if hasDigit(text) || strings.Contains(text, ",") || len(strings.Fields(text)) > 4 || len(text) < 4 || c.config.own(text) || namesDocument(text) || s.rows[i].big ||
				s.organisationIn(span{i, cl.start, cl.end}) > 0 || person && n.title != "" || strings.Contains(text, "www.") || strings.Contains(text, ":") {
				continue
			}
			if s.organisationIn(span{i - 1, 0, len(s.rows[i-1].text)}) > 0 || s.topLine(i-1, 0) {
				return append(out, s.newReading(span{i, cl.start, cl.end}, text, 0.5*fade, "stands in the letterhead"))
			}
		}
	}
	return out
}

// departmentPart is the part of a cell that names a department: without the house and its
// address beside it, and without "Your … appointment" around it.
func departmentPart(s *sheet, cell, phrase span) span {
	text := s.text(cell)
	if !strings.ContainsAny(text, ",|•·*") && !strings.Contains(text, " - ") && !strings.Contains(text, " – ") {
		if lower := strings.ToLower(text); strings.HasPrefix(lower, "your ") || strings.HasSuffix(lower, "appointment") {
			return phrase
		}
		return cell
	}
	at := cell
	for i, r := range text {
		if strings.ContainsRune(",|•·*", r) || (r == '-' || r == '–') && strings.HasPrefix(text[i:], string(r)+" ") {
			switch p := cell.start + i; {
			case p < phrase.start:
				at.start = p + len(string(r))
			case p >= phrase.end && p < at.end:
				at.end = p
			}
		}
	}
	for at.start < phrase.start && s.rows[at.row].text[at.start] == ' ' {
		at.start++
	}
	return at
}

// post finds the department in what a person signs as: "Consultant in Cardiology",
// "Consultant, Trauma & Orthopaedics".
func (s *sheet) post(fade float64) []reading {
	_, closed := s.landmarks()
	if closed < 0 {
		return nil
	}
	for i := closed; i < len(s.rows) && i < closed+8; i++ {
		for _, cl := range s.rows[i].cells {
			text := s.rows[i].text[cl.start:cl.end]
			m := postPattern.FindStringSubmatchIndex(text)
			if m == nil {
				continue
			}
			sp := span{i, cl.start + m[2], cl.start + m[3]}
			for _, h := range s.hits {
				if f := &s.tokens[h.from]; f.row == i && f.start == sp.start {
					for _, n := range h.phrase.notes {
						if n.kind == kindOrg && n.code == 2 {
							return []reading{s.newReading(sp, strings.TrimRight(s.text(sp), " .,;"), 0.6*fade, "is what the author signs for")}
						}
					}
				}
			}
		}
	}
	return nil
}

var postPattern = regexp.MustCompile(`(?i)^(?:locum |lead |senior )*(?:consultant|registrar|specialist|fellow|nurse specialist|clinical nurse specialist|st\d|doctor)(?: in | for |, | - | – )([A-Za-z&,' \-]{3,50})$`)

// namesDocument reports whether a line is a document's heading rather than a
// department's name.
func namesDocument(text string) bool {
	for _, w := range cutWords(text) {
		switch w {
		case "report", "result", "results", "summary", "letter", "notification", "form", "referral", "request", "note", "record", "discharge", "diagnosis", "statement", "dear":
			return true
		}
	}
	return false
}

// signature finds the name under "Yours sincerely".
func (c *collector) signature(s *sheet) []reading {
	var out []reading
	for _, h := range s.hits {
		f := &s.tokens[h.from]
		if !f.first {
			continue
		}
		closes := false
		for _, n := range h.phrase.notes {
			closes = closes || n.kind == kindClose
		}
		if !closes {
			continue
		}
		for k := f.row; k < len(s.rows) && k <= f.row+6; k++ {
			r := &s.rows[k]
			text, from := r.text, 0
			if k == f.row {
				from = s.tokens[h.to-1].end
				text = strings.TrimLeft(r.text[from:], " ,.:")
				from = len(r.text) - len(text)
			}
			if i := strings.IndexByte(text, '\t'); i >= 0 {
				text = text[:i]
			}
			n, ok := readName(text)
			if !ok || n.given == "" && n.title == "" {
				continue
			}
			if s.organisationIn(span{k, from, from + len(text)}) >= 3 {
				continue
			}
			start := from + nameStart(text, n)
			at := span{k, start, from + n.end}
			strength := 0.85
			if n.title != "" {
				strength = 0.93
			}
			out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), strength, "signs the document"))
			break
		}
	}
	return out
}

// signedBeside finds a clinician's name in the lower half of a form, beside a
// date or at the end: where forms are signed.
func (c *collector) signedBeside(s *sheet) []reading {
	var out []reading
	for i := range s.rows {
		if s.depth(i) < 0.3 || i < len(s.rows)/2 {
			continue
		}
		for ci, cl := range s.rows[i].cells {
			text := s.rows[i].cellText(ci)
			n, ok := readName(text)
			if !ok || n.title == "" || n.family == "" || s.labelAt(i, ci) {
				continue
			}
			if p, found := s.partAt(i, ci); found && p == partKin {
				continue
			}
			strength := 0.2
			if n.tail >= len(strings.TrimRight(text, " ,.")) {
				strength = 0.35
				if ci+1 < len(s.rows[i].cells) && strings.HasPrefix(strings.ToLower(s.rows[i].cellText(ci+1)), "date") {
					strength = 0.75
				}
			}
			at := span{i, cl.start + nameStart(text, n), cl.start + n.end}
			out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), strength, "stands where forms are signed"))
		}
	}
	return out
}

func reports(code postroom.TypeCode) bool {
	switch code {
	case postroom.LabReport, postroom.HistologyReport, postroom.RadiologyReport, postroom.ScreeningResult:
		return true
	}
	return false
}

// addressee finds the practice's name in the address, or whom the letter greets.
func (c *collector) addressee(s *sheet) []reading {
	var out []reading
	for i := range s.rows {
		for ci := range s.rows[i].cells {
			if at, ok := s.beforeOwn(c, i, ci); ok {
				strength := 0.9
				if s.depth(i) > 0.55 {
					strength = 0.6 // a copy
				}
				out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), strength, "stands before the practice's own name"))
			}
		}
	}
	for i := range s.rows {
		if s.depth(i) > 0.55 {
			break
		}
		for ci := range s.rows[i].cells {
			cl := s.rows[i].cells[ci]
			text := s.rows[i].cellText(ci)
			if c.config.own(text) && !s.labelAt(i, ci) {
				// The doctor above the practice's name is the addressee.
				if n, at, ok := s.personAbove(i, ci); ok {
					out = append(out, s.newReading(at, n, 0.92, "stands above the practice's own name"))
				} else if at, ok := s.postAbove(i, ci); ok {
					out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), 0.85, "stands above the practice's own name"))
				}
				out = append(out, s.newReading(span{i, cl.start, cl.end}, strings.Trim(text, " ,;"), 0.75, "is the practice's own name"))
			}
			if strings.HasPrefix(strings.ToLower(text), "dear ") {
				out = append(out, s.newReading(span{i, cl.start + 5, cl.end}, strings.Trim(text[5:], " ,;:"), 0.5, "is greeted"))
			}
		}
	}
	return out
}

// beforeOwn is the person of the practice in a line that names both: "Dr A Marsh, Example
// Surgery, High Street", "cc Dr A Marsh, Example Surgery".
func (s *sheet) beforeOwn(c *collector, row, ci int) (span, bool) {
	cl := s.rows[row].cells[ci]
	text := s.rows[row].text[cl.start:cl.end]
	lead := 0
	for _, p := range []string{"dear ", "to: ", "to ", "cc ", "cc: ", "fao ", "pcp: "} {
		if len(text) > len(p) && strings.EqualFold(text[:len(p)], p) {
			lead = len(p)
		}
	}
	if k := strings.LastIndex(text, ": "); lead == 0 && k > 0 && k < 24 {
		lead = k + 2
	}
	n, ok := readName(text[lead:])
	if !ok || n.title == "" || n.family == "" || lead+n.end >= len(text) || !c.config.own(text[lead+n.end:]) || c.config.own(text[lead:lead+n.end]) {
		return span{}, false
	}
	return span{row, cl.start + lead + nameStart(text[lead:], n), cl.start + lead + n.end}, true
}

// personAbove returns the person in the line above a cell, at the same edge.
func (s *sheet) personAbove(r, ci int) (string, span, bool) {
	box := s.rows[r].cells[ci].box
	for k := r - 1; k >= 0 && k >= r-2; k-- {
		for cj, cl := range s.rows[k].cells {
			if abs(cl.box[0]-box[0]) > 2*max(box.Height(), 8) {
				continue
			}
			text := s.rows[k].cellText(cj)
			n, ok := readName(text)
			if !ok || n.title == "" || n.family == "" {
				continue
			}
			at := span{k, cl.start + nameStart(text, n), cl.start + n.end}
			return strings.TrimSpace(s.text(at)), at, true
		}
	}
	return "", span{}, false
}
