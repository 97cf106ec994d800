package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// address reads the patient's address, postcode and telephone number: after
// their labels, or under the name, and never from the letterhead or the
// practice's own address.
func (c *collector) address(code postroom.TypeCode) {
	var postcodes, addresses, phones []reading
	for _, s := range c.sheets {
		for _, l := range s.labels {
			p, inPart := s.partAt(l.row, l.cell)
			foreign := inPart && (p == partGP || p == partSender || p == partKin) || s.kinBefore(l)
			switch l.label {
			case labelAddress:
				strength := 0.7
				if s.near(l.row, labelBirth, 5) || s.near(l.row, labelNHS, 5) || s.near(l.row, labelName, 4) || inPart && p == partPatient {
					strength = 0.93
				}
				if foreign {
					continue
				}
				a, pc := c.addressAfter(s, l, strength)
				addresses, postcodes = append(addresses, a...), append(postcodes, pc...)
			case labelPostcode:
				if foreign {
					continue
				}
				postcodes = append(postcodes, c.postcodeIn(s, s.right(l), 0.93, "stands after the label “postcode”")...)
			case labelPhone:
				if foreign || !(inPart && p == partPatient) && !s.near(l.row, labelBirth, 3) && !s.near(l.row, labelNHS, 3) || s.near(l.row, labelFax, 1) {
					continue
				}
				sp := s.right(l)
				if m := phonePattern.FindStringSubmatchIndex(s.rows()[sp.row].shadow[sp.start:sp.end]); m != nil {
					at := span{sp.row, sp.start + m[2], sp.start + m[3]}
					r := s.newReading(at, normalPhone(s.rows()[sp.row].shadow[at.start:at.end]), 0.8, "a telephone number among the patient's details")
					if n := len(r.value); n < 10 || n > 11 {
						r.valid = false
					}
					phones = append(phones, r)
				}
			}
		}
		// Without a label: a postcode in the rows under or beside the name.
		for i := range s.names {
			n := &s.names[i]
			if n.strength < 0.7 {
				continue
			}
			for row := n.row; row <= n.row+4 && row < len(s.rows()); row++ {
				for ci, cl := range s.rows()[row].cells {
					if p, ok := s.partAt(row, ci); ok && (p == partGP || p == partSender || p == partKin) {
						continue
					}
					if abs(cl.box[0]-s.rows()[n.row].cells[s.rows()[n.row].cellAt(n.start)].box[0]) > 12*max(s.rows()[n.row].box.Height(), 8) {
						continue
					}
					found := c.postcodeIn(s, span{row, cl.start, cl.end}, 0.7, "stands under the patient's name")
					postcodes = append(postcodes, found...)
					if len(found) > 0 && row > n.row && found[0].start > cl.start+5 && !s.labelAt(row, ci) {
						text := strings.Trim(s.rows()[row].text[cl.start:found[0].start], " ,;")
						if hasDigit(text) && strings.Contains(text, " ") {
							addresses = append(addresses, s.newReading(span{row, cl.start, cl.start + len(text)}, text, 0.75, "stands under the patient's name"))
						}
					}
				}
			}
		}
	}
	if code == postroom.PatientLetter {
		a, pc, ph := c.homeAddress(c.sheets[0])
		addresses, postcodes, phones = append(addresses, a...), append(postcodes, pc...), append(phones, ph...)
	}
	playing := c.playing(slotCode, postroom.Postcode, 0.35, postcodes, 0.8, func(k *candidate, _ *reading) (reading, bool) {
		if c.config.ownPostcode(k.text) {
			return reading{}, false
		}
		r := k.sheet.newReading(k.span, k.text, 0, whyRole(k))
		r.more, r.mended = k.more, k.mended > 0
		return r, true
	})
	c.doubtAddressed(playing)
	c.choose(postroom.Postcode, playing, sameValue, 0.2)
	for _, r := range playing {
		if f, ok := c.fields[postroom.Postcode]; ok && f.Value == r.value {
			addresses = append(addresses, r.sheet.addressBefore(r)...)
		}
	}
	c.put(postroom.Address, addresses)
	c.put(postroom.PatientPhone, phones)
	if f, ok := c.fields[postroom.Postcode]; ok && f.Valid {
		c.subject.postcode = f.Value
	}
	if f, ok := c.fields[postroom.PatientPhone]; ok && f.Valid {
		c.subject.phone = f.Value
	}
}

// withWhom is how somebody lives or goes home, not where: "Lives with wife", "Home, no follow-up".
var withWhom = regexp.MustCompile(`(?i)^(?:with|alone|no\b|independent\w*|not\b|in (?:a|an|the|sheltered|residential|supported)\b|by (?:car|taxi|ambulance))`)

// doubtAddressed leaves little of the postcodes in the addressee's block: the patient's own stands somewhere else.
func (c *collector) doubtAddressed(list []reading) {
	for i := range list {
		if r := &list[i]; r.sheet.addressed(r.span) {
			r.strength /= 2
		}
	}
}

// aPractice is a line of an address that is a doctor's or a practice's.
var aPractice = regexp.MustCompile(`(?i)^(?:dr|doctor)\b|\b(?:surgery|practice|medical cent(?:re|er)|health cent(?:re|er))\b`)

// addressed reports whether what stands there is a line of a doctor's or a practice's address: of those above it at the same edge, one is
// its name.
func (s *sheet) addressed(at span) bool {
	cl := s.rows()[at.row].cells[s.rows()[at.row].cellAt(at.start)]
	box, height := cl.box, max(cl.box.Height(), 8)
	for k := at.row; k >= 0 && k > at.row-7; k-- {
		r := &s.rows()[k]
		i := slices.IndexFunc(r.cells, func(o cell) bool { return abs(o.box[0]-box[0]) <= height })
		if i < 0 {
			if box[1]-r.box[3] > height {
				return false
			}
			continue
		}
		if box[1]-r.cells[i].box[3] > height {
			return false
		}
		if box = r.cells[i].box; aPractice.MatchString(r.cellText(i)) {
			return true
		}
	}
	return false
}

// house is how the first line of an address begins: "12 High", "Flat 3, 40A Mill".
var house = regexp.MustCompile(`(?:^|[\s,|(])((?:(?:Flat|Apt|Apartment|Unit|Room|FLAT|APT)\.? ?\w{1,4},? )?\d{1,4}[A-Za-z]?,? [A-Z][A-Za-z'’.\-]+)`)

// addressBefore reads what stands before the patient's postcode, in its line or in the lines
// above at the same edge, back to the number of the house.
func (s *sheet) addressBefore(r reading) []reading {
	row := &s.rows()[r.row]
	ci := row.cellAt(r.start)
	cl := row.cells[ci]
	from := cl.start
	for _, l := range s.labels {
		if l.row == r.row && l.start >= cl.start && l.end <= r.start {
			from = max(from, l.end) // "NHS no 999 012 3456 12 High Street": what stands before is no house
		}
	}
	text := strings.TrimRight(row.text[from:max(r.start, from)], " ,;|(")
	box, height := cl.box, max(cl.box.Height(), 8)
	at := span{r.row, from, from + len(text)}
	address := ""
	for n := 0; ; n++ {
		if k := houseIn(text); k >= 0 {
			address, at.start = joinAddress(text[k:], address), at.start+k
			break
		}
		if n == 5 || n > 0 && text == "" || hasDigit(text) {
			return nil
		}
		address = joinAddress(text, address)
		// The line above, at the same edge.
		found := false
		for k := at.row - 1; k >= 0 && !found && box[1]-s.rows()[k].box[3] < 2*height; k-- {
			for cj, o := range s.rows()[k].cells {
				if abs(o.box[0]-box[0]) > 2*height || box[1]-o.box[3] > 2*height {
					continue
				}
				text = strings.TrimRight(s.rows()[k].text[o.start:o.end], " ;|(")
				if s.labelAt(k, cj) && houseIn(text) < 0 || strings.HasPrefix(text, "Dear ") || strings.HasPrefix(text, "Dr ") {
					return nil
				}
				at, box, found = span{k, o.start, o.start + len(text)}, o.box, true
				break
			}
		}
		if !found {
			return nil
		}
	}
	if address = strings.Trim(address, " ,;"); len(address) < 8 || len(address) > 90 || strings.Contains(address, "|") {
		return nil
	}
	return []reading{s.newReading(at, address, 0.7*r.strength, "stands before the patient's postcode")}
}

// joinAddress joins two lines of an address. A line that fills its column goes on in the next.
func joinAddress(a, b string) string {
	switch {
	case b == "":
		return a
	case strings.HasSuffix(a, ","):
		return a + " " + b
	case len(a) > 50:
		return a + " " + b
	}
	return a + ", " + b
}

// houseIn returns where an address begins in a line, or -1.
func houseIn(text string) int {
	for from := 0; from < len(text); {
		m := house.FindStringSubmatchIndex(text[from:])
		if m == nil {
			return -1
		}
		words := strings.Fields(text[from+m[2] : from+m[3]])
		last := words[len(words)-1]
		if !slices.ContainsFunc(months, func(m string) bool { return strings.EqualFold(m, last) || strings.EqualFold(m[:3], last) }) {
			return from + m[2] // "12 March 2026" is a day
		}
		from += m[3]
	}
	return -1
}

// homeAddress reads the lines above everything else on a patient's own letter.
func (c *collector) homeAddress(s *sheet) (addresses, postcodes, phones []reading) {
	var parts []string
	var at span
	for i := range s.rows() {
		if i > 7 || s.depth(i) > 0.35 {
			break
		}
		cl := s.rows()[i].cells[len(s.rows()[i].cells)-1]
		sp := span{i, cl.start, cl.end}
		text := strings.Trim(s.text(sp), " ,;")
		pc := c.postcodeIn(s, sp, 0.8, "stands above a patient's own letter")
		if m := phonePattern.FindStringSubmatchIndex(strings.TrimLeft(s.rows()[i].shadow[cl.start:cl.end], "TelphonMbiLEPHONB.: t")); m != nil && len(phones) == 0 {
			lead := len(s.text(sp)) - len(strings.TrimLeft(s.rows()[i].shadow[cl.start:cl.end], "TelphonMbiLEPHONB.: t"))
			ps := span{i, cl.start + lead + m[2], cl.start + lead + m[3]}
			r := s.newReading(ps, normalPhone(s.rows()[i].shadow[ps.start:ps.end]), 0.8, "stands above a patient's own letter")
			if n := len(r.value); n >= 10 && n <= 11 {
				phones = append(phones, r)
			}
			continue
		}
		if len(postcodes) > 0 {
			continue
		}
		if c.config.own(text) || strings.HasPrefix(text, "Dr ") || strings.HasPrefix(text, "Dear") || len(s.datesIn(sp)) > 0 {
			break
		}
		if len(pc) > 0 {
			postcodes = pc
			text = strings.Trim(s.rows()[i].text[cl.start:pc[0].start], " ,;")
		}
		if text != "" {
			if len(parts) == 0 {
				at = sp
			}
			parts = append(parts, text)
		}
	}
	if len(postcodes) > 0 && len(parts) > 0 && len(parts) < 6 {
		addresses = append(addresses, s.newReading(at, strings.Join(parts, ", "), 0.75, "stands above a patient's own letter"))
	}
	return addresses, postcodes, phones
}

func normalPhone(s string) string {
	d := onlyDigits(s)
	d = strings.TrimPrefix(d, "00")
	if strings.HasPrefix(d, "44") && len(d) >= 12 {
		d = "0" + strings.TrimPrefix(d[2:], "0")
	}
	return d
}

func (c *collector) postcodeIn(s *sheet, sp span, strength float64, why string) []reading {
	text := s.rows()[sp.row].text[sp.start:sp.end]
	var out []reading
	for _, m := range postcodePattern.FindAllStringIndex(text, -1) {
		value, err := parsePostcode(text[m[0]:m[1]])
		if err != nil || c.config.ownPostcode(value) {
			continue
		}
		out = append(out, s.newReading(span{sp.row, sp.start + m[0], sp.start + m[1]}, value, strength, why))
	}
	return out
}

func (c *collector) addressAfter(s *sheet, l labelHit, strength float64) (addresses, postcodes []reading) {
	sp := s.right(l)
	text := s.rows()[sp.row].text[sp.start:sp.end]
	lead := len(text) - len(strings.TrimLeft(text, " \t:;,.-"))
	text = text[lead:]
	if i := strings.IndexByte(text, '\t'); i >= 0 {
		text = text[:i]
	}
	lines := []span{}
	if withWhom.MatchString(text) {
		return nil, nil
	}
	if strings.TrimSpace(text) != "" {
		lines = append(lines, span{sp.row, sp.start + lead, sp.start + lead + len(strings.TrimRight(text, " "))})
	}
	have := strings.TrimSpace(text)
	if !postcodePattern.MatchString(have) {
		// Further lines stand under the first or under the label.
		box, _ := s.rows()[l.row].area(l.start, l.end)
		left, other := box[0], box[0]
		if len(lines) > 0 {
			box, _ := s.rows()[sp.row].area(lines[0].start, lines[0].end)
			left = box[0]
		}
	rows:
		for row := l.row + 1; row < len(s.rows()) && row <= l.row+5 && len(lines) < 6; row++ {
			if s.rows()[row].box[1]-s.rows()[row-1].box[3] > 3*max(s.rows()[row].box.Height(), 8) {
				break
			}
			for ci, cl := range s.rows()[row].cells {
				near := 3 * max(s.rows()[row].box.Height(), 8)
				if abs(cl.box[0]-left) > near && abs(cl.box[0]-other) > near {
					continue
				}
				if strings.HasPrefix(s.rows()[row].text[cl.start:cl.end], "Dear ") || strings.HasPrefix(s.rows()[row].text[cl.start:cl.end], "Dr ") || len(s.rows()[row].text[cl.start:cl.end]) > 48 && !postcodePattern.MatchString(s.rows()[row].text[cl.start:cl.end]) {
					break rows
				}
				if s.labelAt(row, ci) || s.headAt(row, ci) || labelLike.MatchString(s.rows()[row].text[cl.start:cl.end]) {
					break rows
				}
				lines = append(lines, span{row, cl.start, cl.end})
				if postcodePattern.MatchString(s.rows()[row].text[cl.start:cl.end]) {
					break rows
				}
				continue rows
			}
			break
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	var parts []string
	for _, line := range lines {
		parts = append(parts, strings.Trim(s.text(line), " ,;"))
		postcodes = append(postcodes, c.postcodeIn(s, line, strength, "ends the patient's address")...)
	}
	r := s.newReading(lines[0], strings.Join(parts, ", "), strength-0.05, "stands after the label “address”")
	if c.config.own(r.value) {
		return nil, nil
	}
	return []reading{r}, postcodes
}
