package classify

import (
	"regexp"
	"slices"
	"strings"
)

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

const whyClinic = "is the clinic that the letter is about"

// departments finds the department near the letterhead.
func (c *collector) departments(s *sheet, fade float64) []reading {
	var out []reading
	for _, h := range s.hits {
		f, l := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if f.row != l.row || s.depth(f.row) > 0.3 || f.row > 12 {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind != kindOrg || n.code != 2 {
				continue
			}
			r := &s.rows()[f.row]
			ci := r.cellAt(f.start)
			cl := r.cells[ci]
			at := departmentPart(s, span{f.row, cl.start, cl.end}, span{f.row, f.start, l.end})
			text := strings.Trim(s.text(at), " ,;:-–|")
			if len(text) > 60 || s.labelAt(f.row, ci) && s.tokens()[h.to-1].colon || c.config.own(text) || s.organisationIn(at) >= 3 || f.row > 2 && r.big || namesDocument(text) || hasDigit(text) {
				continue
			}
			strength := 0.6 * fade
			if strings.HasPrefix(strings.ToLower(text), "department") || strings.HasPrefix(strings.ToLower(text), "dept") {
				strength = 0.85 * fade
			}
			out = append(out, s.newReading(at, text, strength, "stands in the letterhead"))
		}
	}
	readable := slices.ContainsFunc(out, func(r reading) bool { return r.strength*doubt(r.conf) >= 0.3 })
	if readable {
		return out
	}
	if out = append(out, c.post(s, fade)...); len(out) > 0 {
		return out
	}
	if out = s.clinicHeld(fade); len(out) > 0 {
		return out
	}
	// Any short line between the organisation's name and its address.
	for i := 1; i < len(s.rows()) && i < 6; i++ {
		if s.depth(i) > 0.2 {
			break
		}
		for ci, cl := range s.rows()[i].cells {
			text := strings.Trim(s.rows()[i].cellText(ci), " ,;:-–|")
			n, person := readName(text)
			if hasDigit(text) || strings.Contains(text, ",") || len(strings.Fields(text)) > 4 || len(text) < 4 || c.config.own(text) || namesDocument(text) || s.rows()[i].big ||
				s.organisationIn(span{i, cl.start, cl.end}) > 0 || person && n.title != "" || strings.Contains(text, "www.") || strings.Contains(text, ":") {
				continue
			}
			if s.organisationIn(span{i - 1, 0, len(s.rows()[i-1].text)}) > 0 || s.topLine(i-1, 0) {
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
	for at.start < phrase.start && s.rows()[at.row].text[at.start] == ' ' {
		at.start++
	}
	return at
}

// clinicHeld finds the department in the line that says which clinic a letter is about:
// "Renal Medicine clinic 17 April 2026".
func (s *sheet) clinicHeld(fade float64) []reading {
	for i := range s.rows() {
		for ci, cl := range s.rows()[i].cells {
			m := clinicLine.FindStringSubmatchIndex(s.rows()[i].cellText(ci))
			if m == nil || len(strings.Fields(s.rows()[i].cellText(ci)[m[2]:m[3]])) > 4 {
				continue
			}
			sp := span{i, cl.start + m[2], cl.start + m[3]}
			return []reading{s.newReading(sp, s.text(sp), 0.55*fade, whyClinic)}
		}
	}
	return nil
}

var clinicLine = regexp.MustCompile(`^([A-Z][a-z]+(?: (?:[A-Z][a-z]+|&|and|of|the|in))*) (?:[Cc]linic|CLINIC),?:?(?: (?:on|of|held|held on|date))?:? \d{1,2}[ ./\-]`)

const whySignsFor = "is what the author signs for"

// post finds the department in what a person signs as: "Consultant in Cardiology",
// "Consultant, Trauma & Orthopaedics".
func (c *collector) post(s *sheet, fade float64) []reading {
	_, closed := s.landmarks()
	if closed < 0 {
		return nil
	}
	for i := closed; i < len(s.rows()) && i < closed+8; i++ {
		for _, cl := range s.rows()[i].cells {
			text := s.rows()[i].text[cl.start:cl.end]
			m := postPattern.FindStringSubmatchIndex(text)
			if m == nil {
				continue
			}
			sp := span{i, cl.start + m[2], cl.start + m[3]}
			what := strings.TrimRight(s.text(sp), " .,;")
			strength := 0.52 // a specialty that is not known
			for _, h := range s.hits {
				if f := &s.tokens()[h.from]; f.row == i && f.start == sp.start {
					for _, n := range h.phrase.notes {
						if n.kind == kindOrg && n.code == 2 {
							strength = 0.6
						}
					}
				}
			}
			if strength < 0.6 && (!isUpper(what[0]) || len(strings.Fields(what)) > 5 || strings.Contains(what, ",") || s.organisationIn(sp) > 0 || c.config.own(what)) {
				continue
			}
			return []reading{s.newReading(sp, what, strength*fade, whySignsFor)}
		}
	}
	return nil
}

var postPattern = regexp.MustCompile(`(?i)^(?:locum |lead |senior )*(?:consultant|registrar|specialist|fellow|nurse specialist|clinical nurse specialist|st\d|doctor)(?: in | for |, | - | – )([A-Za-z&,' \-]{3,50})$`)
