package classify

import (
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// nameFromRegister looks for the name of the person whose number and birth date
// the document gives, where no name was found by its place, or one that no label gives and that
// is somebody else's: both names must stand side by side on the page, or one right above the other
// as stickers have them, and what is taken is what stands there.
func (c *collector) nameFromRegister(r *Register) {
	if r.Len() == 0 || len(c.subject.numbers) != 1 || len(c.subject.births) != 1 {
		return
	}
	hits := r.number[c.subject.numbers[0]]
	if len(hits) != 1 || !c.subject.births[0].is(r.patients[hits[0]].BirthDate) {
		return
	}
	another := false // name was found, that of a helper or a relative perhaps
	if f, ok := c.fields[postroom.PatientName]; ok && f.Confidence > 0.5 {
		another = true
		family, given := r.compareName(hits[0], c.subject)
		if c.subject.twoNames || family == nameEqual && given != nameDiffers || c.announcesOther(r, hits[0]) {
			return
		}
	}
	p := &r.patients[hits[0]]
	given := nameWords(p.Given)
	family := strings.Fields(plain(strings.NewReplacer("-", " ", "'", "").Replace(p.Family)))
	if len(given) == 0 || len(family) == 0 || len(given[0]) < 2 {
		return
	}
	for _, s := range c.sheets {
		for i := range s.rows() {
			if s.signed(i) {
				continue
			}
			if n, sp, ok := s.nameInRow(i, given[0], family); ok && !(another && s.told(sp)) {
				c.listedName(s, sp, span{}, n)
				return
			}
			if n, sp, under, ok := s.nameInColumn(i, given[0], family); ok {
				c.listedName(s, sp, under, n)
				return
			}
		}
	}
}

// told reports whether a name stands in a sentence: whom a letter only tells of is named so.
func (s *sheet) told(sp span) bool {
	r := &s.rows()[sp.row]
	cl := r.cells[r.cellAt(sp.start)]
	beside := 0
	for _, w := range cutWords(r.text[cl.start:sp.start] + " " + r.text[sp.end:max(sp.end, cl.end)]) {
		if !titles[w] && letters(w) > 1 {
			beside++
		}
	}
	return beside > 3
}

// announcesOther reports whether the document says outright that its patient is somebody else than the
// one of the list.
func (c *collector) announcesOther(r *Register, id int32) bool {
	for _, n := range c.subject.announced {
		if family, given := r.compareName(id, subject{names: []personName{n}}); family != nameEqual || given == nameDiffers {
			return true
		}
	}
	return false
}

// listedName takes a name that the list has for the patient's number.
func (c *collector) listedName(s *sheet, sp, more span, n personName) {
	rd := s.newReading(sp, n.String(), 0.75, "the name that the practice's list has for the number stands on the page")
	rd.name, rd.more = n, more
	c.fields[postroom.PatientName] = c.field(&rd, rd.strength*doubt(rd.conf))
	c.subject.names = append([]personName{n}, c.subject.names...)
}

// A rowWord is a word of a row, folded for comparison.
type rowWord struct {
	key        string
	withI      string // and with a capital I for what it may have been read as
	start, end int
}

// is reports whether a word is a name, folded for comparison.
func (w rowWord) is(key string) bool { return w.key == key || w.withI != "" && w.withI == key }

func (s *sheet) rowWords(row int) []rowWord {
	var out []rowWord
	eachWord(s.rows()[row].text, func(start, end int) {
		word := s.rows()[row].text[start:end]
		out = append(out, rowWord{nameKey(word), nameKey(capitalI(strings.Trim(word, ".,;:()"))), start, end})
	})
	return out
}

// nameInRow finds a given name and then the family name, perhaps with a middle name between, or
// the reverse, in a row. A capital I that was read as an l is one again.
func (s *sheet) nameInRow(row int, given string, family []string) (personName, span, bool) {
	words := s.rowWords(row)
	text := func(sp span) string {
		pieces := strings.Fields(s.text(sp))
		for i, p := range pieces {
			if w := capitalI(p); w != "" && (nameKey(w) == given || slices.ContainsFunc(family, func(f string) bool { return nameKey(f) == nameKey(w) })) {
				pieces[i] = w
			}
		}
		return strings.Join(pieces, " ")
	}
	for k := range words {
		if words[k].is(given) {
			for gap := 1; gap <= 2 && k+gap < len(words); gap++ {
				end := familyAt(words[k+gap:], family)
				if end == 0 || s.relative(row, words[k].start) || s.kinOf(row, words[k].start) || s.related(row, end) {
					continue
				}
				n := personName{given: text(span{row, words[k].start, words[k+gap-1].end}), family: text(span{row, words[k+gap].start, end})}
				return n, span{row, words[k].start, end}, true
			}
		}
		if end := familyAt(words[k:], family); end > 0 {
			next := k + len(family)
			if next >= len(words) || !words[next].is(given) || s.relative(row, words[k].start) || s.kinOf(row, words[k].start) || s.related(row, words[next].end) {
				continue
			}
			n := personName{given: text(span{row, words[next].start, words[next].end}), family: text(span{row, words[k].start, end})}
			return n, span{row, words[k].start, words[next].end}, true
		}
	}
	return personName{}, span{}, false
}

// nameInColumn finds the family name alone in a cell and the given name as the first word of the
// cell below it, or the reverse: a sticker of narrow lines.
func (s *sheet) nameInColumn(row int, given string, family []string) (n personName, sp, under span, ok bool) {
	if row+1 >= len(s.rows()) {
		return n, sp, under, false
	}
	for _, cl := range s.rows()[row].cells {
		top := strings.Trim(s.rows()[row].text[cl.start:cl.end], " ,.")
		upper := nameKey(top) == strings.Join(family, "")
		if !upper && nameKey(top) != given {
			continue
		}
		height := max(cl.box.Height(), 8)
		for _, lower := range s.rows()[row+1].cells {
			if abs(lower.box[0]-cl.box[0]) > 2*height || lower.box[1]-cl.box[3] > 2*height {
				continue
			}
			bottom := strings.Trim(s.rows()[row+1].text[lower.start:lower.end], " ,.")
			first, _, _ := strings.Cut(bottom, " ")
			switch {
			case upper && nameKey(first) == given:
				n = personName{family: top, given: first}
			case !upper && nameKey(bottom) == strings.Join(family, ""):
				n, first = personName{family: bottom, given: top}, bottom
			default:
				continue
			}
			start := lower.start + strings.Index(s.rows()[row+1].text[lower.start:lower.end], first)
			return n, span{row, cl.start, cl.end}, span{row + 1, start, start + len(first)}, true
		}
	}
	return n, sp, under, false
}

// familyAt returns where the words of a family name end at the beginning of a list, or 0.
func familyAt(words []rowWord, family []string) int {
	if len(words) < len(family) {
		return 0
	}
	for i, w := range family {
		if !words[i].is(nameKey(w)) {
			return 0
		}
	}
	return words[len(family)-1].end
}
