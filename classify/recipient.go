package classify

import (
	"regexp"
	"strings"
)

// addressedPosts are whom letters are addressed to without a name.
var addressedPosts = regexp.MustCompile(`(?i)^(?:the )?(?:practice|data|senior|duty|lead|managing|safeguarding|registered|general|caldicott|records?|medical|reception|prescribing|pharmacy)[a-z]* (?:manager|controller|partner|doctor|gp|lead|practitioner|officer|guardian|team|records?|secretary)\b`)

// postBehind is the post that stands behind a label: "For the attention of: Duty Doctor, Example
// Surgery".
func (s *sheet) postBehind(l labelHit) (span, bool) {
	r := &s.rows()[l.row]
	text := r.text[l.end:]
	lead := len(text) - len(strings.TrimLeft(text, " \t:.-–"))
	m := addressedPosts.FindStringIndex(text[lead:])
	if m == nil {
		return span{}, false
	}
	return span{l.row, l.end + lead + m[0], l.end + lead + m[1]}, true
}

var (
	// noAddressee is what stands behind a label of the recipient and is nobody: the head of another
	// part of a form, or what the practice is asked.
	noAddressee = regexp.MustCompile(`^(?:[a-z]|(?i:(?:the )?(?:patient|person|client)['’]?s? (?:details|name|information)|registered gp|details)\b)`)
	// anybody is who is greeted where the sender does not know whom.
	anybody = regexp.MustCompile(`(?i)^\s*(?:doctors?|col\w{2,5}gues?|sir|madam|sirs|all|team|dr|gp)\b[^a-z]*(?:(?:or|/|and) (?:madam|nurse|colleague)\b)?[^a-z]*$`)
)

// surgery is what practices call themselves.
var surgery = regexp.MustCompile(`(?i)\b(?:medical (?:centre|center|practice|group)|surgery|health centre|(?:family|group|gp) practice|(?:the )?[a-z]+ practice$)`)

// addressesPractice reports whether a text begins with a person and then names a practice:
// "Dr A Marsh, Example Surgery". That is whom a letter goes to, whoever the practice is.
func addressesPractice(text string) bool {
	n, ok := readName(text)
	return ok && n.title != "" && n.family != "" && n.end < len(text) && (text[n.end] == ',' || text[n.end] == '(') && surgery.MatchString(text[n.end:])
}

// greets reports whether the letter greets the person of a line: "Dear Dr Marsh".
func (s *sheet) greets(text string) bool {
	n, ok := readName(text)
	if !ok || n.title == "" || n.family == "" {
		return false
	}
	for i := range s.rows() {
		for ci := range s.rows()[i].cells {
			if g := greeting.FindString(s.rows()[i].cellText(ci)); g != "" {
				if w, ok := readName(strings.TrimSpace(s.rows()[i].cellText(ci)[len(g):])); ok && likeness(nameKey(w.family)) == likeness(nameKey(n.family)) {
					return true
				}
			}
		}
	}
	return false
}

var greeting = regexp.MustCompile(`(?i)^(?:my )?dear `)

// postAbove returns the post in the line above a cell, at the same edge: "The Practice Manager".
func (s *sheet) postAbove(r, ci int) (span, bool) {
	box := s.rows()[r].cells[ci].box
	for k := r - 1; k >= 0 && k >= r-2; k-- {
		for cj, cl := range s.rows()[k].cells {
			if abs(cl.box[0]-box[0]) <= 2*max(box.Height(), 8) && addressedPosts.MatchString(s.rows()[k].cellText(cj)) && !s.labelAt(k, cj) {
				return span{k, cl.start, cl.end}, true
			}
		}
	}
	return span{}, false
}

// ownAddress reports whether a cell stands in the block of lines that holds
// the practice's own name or postcode, or that a doctor's name opens: the
// recipient's address.
func (c *collector) ownAddress(s *sheet, r, ci int) bool {
	box := s.rows()[r].cells[ci].box
	height := max(s.rows()[r].box.Height(), 8)
	for _, step := range []int{-1, 1} {
		last := box
		for k := r + step; k >= 0 && k < len(s.rows()) && abs(k-r) < 6; k += step {
			found := false
			for cj, cl := range s.rows()[k].cells {
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
				text := s.rows()[k].cellText(cj)
				if s.labelAt(k, cj) {
					break
				}
				if c.config.own(text) || c.config.ownPostcodeIn(text) {
					return true
				}
				if step < 0 && strings.HasPrefix(text, "Dr ") && (r > 1 && k > 0 || s.greets(text)) {
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

const whyGreeted = "stands in the address and is greeted"

// addressee finds the practice's name in the address, or whom the letter greets.
func (c *collector) addressee(s *sheet) []reading {
	var out []reading
	for i := range s.rows() {
		for ci := range s.rows()[i].cells {
			if at, ok := s.beforeOwn(c, i, ci); ok {
				strength, why := 0.9, "stands before the practice's own name"
				if s.depth(i) > 0.55 {
					strength = 0.6 // a copy
				}
				if !c.config.own(s.rows()[i].cellText(ci)) {
					strength, why = strength-0.1, "stands before the name of a practice"
				}
				out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), strength, why))
			}
		}
	}
	for i := range s.rows() {
		if s.depth(i) > 0.55 {
			break
		}
		for ci := range s.rows()[i].cells {
			cl := s.rows()[i].cells[ci]
			text := s.rows()[i].cellText(ci)
			if n, ok := readName(text); ok && n.title != "" && n.family != "" && n.end >= len(strings.TrimRight(text, " ,.")) && !s.labelAt(i, ci) && s.greets(text) && s.addressUnder(i, ci) {
				// Whoever it is: letters go to patients and to other hospitals, too.
				out = append(out, s.newReading(span{i, cl.start + nameStart(text, n), cl.start + n.end}, strings.TrimSpace(text[nameStart(text, n):n.end]), 0.9, whyGreeted))
			}
			if n, at, ok := s.personAbove(i, ci); ok && !c.config.own(text) && len(text) < 60 && surgery.MatchString(text) && !s.labelAt(i, ci) {
				out = append(out, s.newReading(at, n, 0.8, "stands above the name of a practice"))
			} else if at, ok := s.postAbove(i, ci); ok && !c.config.own(text) && len(text) < 60 && surgery.MatchString(text) && !s.labelAt(i, ci) {
				out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), 0.75, "stands above the name of a practice"))
			}
			if c.config.own(text) && !s.labelAt(i, ci) {
				// The doctor above the practice's name is the addressee.
				if n, at, ok := s.personAbove(i, ci); ok {
					out = append(out, s.newReading(at, n, 0.92, "stands above the practice's own name"))
				} else if at, ok := s.postAbove(i, ci); ok {
					out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), 0.85, "stands above the practice's own name"))
				}
				out = append(out, s.newReading(span{i, cl.start, cl.end}, strings.Trim(text, " ,;"), 0.75, "is the practice's own name"))
			}
			if strings.HasPrefix(strings.ToLower(text), "dear ") && !anybody.MatchString(text[5:]) {
				out = append(out, s.newReading(span{i, cl.start + 5, cl.end}, strings.Trim(text[5:], " ,;:"), 0.5, "is greeted"))
			}
		}
	}
	return out
}

// beforeOwn is the person of the practice in a line that names both: "Dr A Marsh, Example
// Surgery, High Street", "cc Dr A Marsh, Example Surgery".
func (s *sheet) beforeOwn(c *collector, row, ci int) (span, bool) {
	cl := s.rows()[row].cells[ci]
	text := s.rows()[row].text[cl.start:cl.end]
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
	if !ok || n.title == "" || n.family == "" || lead+n.end >= len(text) || !c.config.own(text[lead+n.end:]) && !addressesPractice(text[lead:]) || c.config.own(text[lead:lead+n.end]) {
		return span{}, false
	}
	return span{row, cl.start + lead + nameStart(text[lead:], n), cl.start + lead + n.end}, true
}

// addressUnder reports whether a line of an address stands under a cell, at the same edge.
func (s *sheet) addressUnder(r, ci int) bool {
	box := s.rows()[r].cells[ci].box
	if r+1 >= len(s.rows()) {
		return false
	}
	for cj, cl := range s.rows()[r+1].cells {
		if abs(cl.box[0]-box[0]) <= 2*max(box.Height(), 8) && cl.box[1]-box[3] < 2*max(box.Height(), 8) && !s.labelAt(r+1, cj) && !strings.HasPrefix(s.rows()[r+1].cellText(cj), "Dear ") {
			return true
		}
	}
	return false
}

// personAbove returns the person in the line above a cell, at the same edge.
func (s *sheet) personAbove(r, ci int) (string, span, bool) {
	box := s.rows()[r].cells[ci].box
	for k := r - 1; k >= 0 && k >= r-2; k-- {
		for cj, cl := range s.rows()[k].cells {
			if abs(cl.box[0]-box[0]) > 2*max(box.Height(), 8) {
				continue
			}
			text := s.rows()[k].cellText(cj)
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
