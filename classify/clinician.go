package classify

import (
	"regexp"
	"strings"
)

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

// takePerson narrows a reading to the person whom it names, with a title, or else with a title
// or a given name; false when it names nobody so.
func (r *reading) takePerson(titled bool) bool {
	n, ok := readName(r.value)
	if !ok || n.family == "" || n.title == "" && (titled || n.given == "" || !r.sheet.named(r.span)) {
		return false // "Consultant Orthopaedic Surgeon" names nobody
	}
	r.start, r.end = r.start+nameStart(r.value, n), r.start+n.end
	r.value = strings.TrimSpace(r.sheet.text(r.span))
	return true
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

func person(text string) bool {
	w := strings.Fields(text)
	return len(w) > 1 && titles[strings.ToLower(strings.Trim(w[0], "."))]
}

// shortClosing is a row of nothing but a word or two with which letters end. Such rows stand within letters, too: only a name that has
// its line for itself signs below one.
var shortClosing = regexp.MustCompile(`(?i)^\W*(?:yours|with (?:many |grateful )?thanks|(?:with )?thanks|thank you|(?:all the |with )best|sincerely|faithfully|respectfully|with gratitude)[ ,.]*$`)

// signature finds the name under "Yours sincerely".
func (c *collector) signature(s *sheet) []reading {
	var out []reading
	for row := range s.rows() {
		end, short := s.closing(row), false
		if end < 0 && shortClosing.MatchString(s.rows()[row].text) {
			end, short = len(s.rows()[row].text), true
		}
		if end < 0 {
			continue
		}
		for k := row; k < len(s.rows()) && k <= row+6; k++ {
			r := &s.rows()[k]
			text, from := r.text, 0
			if k == row {
				text = strings.TrimLeft(r.text[end:], " ,.:")
				from = len(r.text) - len(text)
			}
			if i := strings.IndexByte(text, '\t'); i >= 0 {
				text = text[:i]
			}
			n, ok := readName(text)
			if !ok || n.given == "" && n.title == "" || short && strings.Trim(text[n.tail:], " .,") != "" {
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
	for i := range s.rows() {
		if s.depth(i) < 0.3 || i < len(s.rows())/2 {
			continue
		}
		for ci, cl := range s.rows()[i].cells {
			text := s.rows()[i].cellText(ci)
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
				if ci+1 < len(s.rows()[i].cells) && strings.HasPrefix(strings.ToLower(s.rows()[i].cellText(ci+1)), "date") {
					strength = 0.75
				}
			}
			at := span{i, cl.start + nameStart(text, n), cl.start + n.end}
			out = append(out, s.newReading(at, strings.TrimSpace(s.text(at)), strength, "stands where forms are signed"))
		}
	}
	return out
}
