package classify

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
)

// lineCandidates are the lines that may name the sender: the top of the page, its
// foot, and what stands under the closing.
func (s *sheet) lineCandidates(order int, config *Config) []candidate {
	var out []candidate
	dear, closed := s.landmarks()
	for i := range s.rows() {
		top := s.depth(i) < 0.32 && (dear < 0 || i < dear)
		end := closed >= 0 && i > closed && i < closed+8
		foot := s.depth(i) > 0.88 || i >= len(s.rows())-5
		if !top && !end && !foot {
			continue
		}
		for ci := range s.rows()[i].cells {
			columns := s.columns(span{i, s.rows()[i].cells[ci].start, s.rows()[i].cells[ci].end})
			sp := columns[0]
			for _, more := range columns[1:] {
				if c, ok := s.lineCandidate(organisationPart(s, more), ci, order, out, config); ok {
					out = append(out, c)
				}
			}
			if s.labelAt(i, ci) {
				// "From: Example Hospital": what stands behind the colon.
				if k := strings.IndexByte(s.text(sp), ':'); k > 0 && k < 24 {
					sp.start += k + 1
					for sp.start < sp.end && s.rows()[i].text[sp.start] == ' ' {
						sp.start++
					}
				} else if strings.HasSuffix(s.text(sp), ")") {
					continue // "From (practice stamp)": the value stands below
				}
			}
			sp = organisationPart(s, sp)
			if c, ok := s.lineCandidate(sp, ci, order, out, config); ok {
				out = append(out, c)
			}
			for _, part := range s.nameParts(sp) {
				if c, ok := s.lineCandidate(part, ci, order, out, config); ok {
					c.part = true
					f := featureBag(c.x)
					if f.add("part"); part.start > sp.start {
						f.add("later part")
					}
					c.x = f
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// columns parts a cell where names of a letterhead stand in columns of their own: by a gap that is wide for the larger letters before it.
func (s *sheet) columns(sp span) []span {
	r := &s.rows()[sp.row]
	words := r.wordsIn(sp.start, sp.end)
	if len(words) < 3 {
		return []span{sp}
	}
	first := sort.SearchInts(r.starts, sp.start)
	var out []span
	from, height := 0, 0
	for i := range words {
		if i > from {
			gap := words[i].Box[0] - words[i-1].Box[2]
			if before := height / (i - from); unicode.IsUpper([]rune(words[i].Text)[0]) && 10*gap >= 12*before && 10*gap >= 17*words[i].Box.Height() && 10*before >= 12*words[i].Box.Height() {
				start := r.starts[first+i]
				out = append(out, span{sp.row, sp.start, start - 1})
				sp.start, from, height = start, i, 0
			}
		}
		height += words[i].Box.Height()
	}
	return append(out, sp)
}

// nameParts are the parts of a line that names two bodies, or a body and one of its services: "Example Community Trust - School
// Nurses". Which of them is the sender's name depends on the words.
func (s *sheet) nameParts(sp span) []span {
	text := s.text(sp)
	var out []span
	last := 0
	for _, at := range append(betweenNames.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		part := strings.Trim(text[last:at[0]], " ,;:-–|()")
		if start := last + strings.Index(text[last:at[0]], part); letters(part) > 3 && len(part) < len(text) {
			out = append(out, span{sp.row, sp.start + start, sp.start + start + len(part)})
		}
		last = at[1]
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// betweenNames stands between two names in a line.
var betweenNames = regexp.MustCompile(` +[-–—/|•·] *| *[/|•·] +|: | \(|, `)

// lineCandidate is what is known of a line, or a part of one, of a cell. earlier are those found before.
func (s *sheet) lineCandidate(sp span, ci, order int, earlier []candidate, config *Config) (candidate, bool) {
	i := sp.row
	text := strings.Trim(s.text(sp), " ,;:-–|")
	if letters(text) < 3 || len(text) > 90 || len(text) < 4 || len(onlyDigits(text)) > 6 {
		return candidate{}, false
	}
	c := candidate{span: sp, sheet: s, text: text}
	f := featureBag(make([]uint32, 0, 110))
	s.around(&f, sp, order)
	words := cutWords(text)
	for _, w := range words {
		f.add("in", foldedWord(w))
	}
	if n := len(words); n > 0 {
		f.add("in last", foldedWord(words[n-1]))
		f.add("in first", foldedWord(words[0]))
		if n > 1 {
			f.add("in last two", foldedWord(words[n-2]), foldedWord(words[n-1]))
		}
		f.num("words", min(n, 7))
	}
	f.num("organisation", int(2*s.organisationIn(sp)))
	if !s.named(sp) {
		f.add("nameless")
	}
	if calls(s.station, text) {
		f.add("in the fax line")
	} else if len(s.station) >= 8 {
		f.add("another in the fax line")
	}
	cell := &s.rows()[i].cells[ci]
	if cell.big {
		f.add("big")
	}
	if allCaps(text) {
		f.add("capitals")
	}
	if hasDigit(text) {
		f.add("digit")
	}
	if strings.Contains(text, ",") {
		f.add("comma")
	}
	if namesDocument(text) {
		f.add("document")
	}
	if person(text) {
		f.add("person")
	}
	if config.own(text) || i > 2 && config.ownPostcodeIn(text) {
		f.add("own")
	}
	if postcodePattern.MatchString(text) {
		f.add("postcode")
	}
	tallest := 0
	for k := range s.rows() {
		if s.depth(k) < 0.32 {
			for q := range s.rows()[k].cells {
				tallest = max(tallest, s.rows()[k].cells[q].box.Height())
			}
		}
	}
	if cell.box.Height() >= tallest {
		f.add("tallest")
	}
	lines, first := 0, true
	for k := range earlier {
		if !earlier[k].part {
			lines++
			first = first && s.organisationIn(earlier[k].span) == 0
		}
	}
	if first && s.organisationIn(sp) > 0 {
		f.add("first organisation")
	}
	f.num("earlier lines", min(lines, 5))
	s.inBlock(&f, i, ci)
	c.x = f
	return c, true
}
