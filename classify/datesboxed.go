package classify

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// eightFigures are a day whose separators were lost, or whose figures stand in boxes of their own;
	// sixFigures are boxes with a year of two figures.
	eightFigures = regexp.MustCompile(`^[\s:;.,\-–|\[\]]{0,8}((?:[\dOo][ \t|/.,\-]{0,3}){7}[\dOo])(?:[^\dA-Za-z]|$)`)
	sixFigures   = regexp.MustCompile(`^[\s:;.,\-–|\[\]]{0,8}((?:[\dOo][ \t|]{1,2}(?:[/.\-][ \t|]{0,2})?){5}[\dOo])(?:[^\dA-Za-z]|\s|$)`)
)

// dayLabels are labels behind which a day stands.
var dayLabels = map[label]bool{
	labelBirth: true, labelLetterDate: true, labelTyped: true, labelDictated: true, labelReported: true, labelPrinted: true,
	labelEvent: true, labelAdmission: true, labelDischarge: true,
}

// boxedDates adds the days that stand behind a label without their separators: "07.02 2026",
// "2 0 0 8 1 9 4 9". Elsewhere such figures may be anything.
func (s *sheet) boxedDates() {
	for _, l := range s.labels {
		if !dayLabels[l.label] {
			continue
		}
		sp := s.right(l)
		text := s.rows[sp.row].text[sp.start:sp.end]
		m, year := eightFigures.FindStringSubmatchIndex(text), 4
		if m == nil {
			m, year = sixFigures.FindStringSubmatchIndex(text), 2
		}
		if m == nil {
			continue
		}
		figures := ""
		for _, c := range text[m[2]:m[3]] {
			switch {
			case c >= '0' && c <= '9':
				figures += string(c)
			case c == 'O' || c == 'o':
				figures += "0"
			}
		}
		n := func(a, b int) int { v, _ := strconv.Atoi(figures[a:b]); return v }
		y := n(4, 4+year)
		if year == 2 {
			if l.label == labelBirth {
				continue // of which century is a guess
			}
			y += 2000
		}
		d := dateHit{span: span{sp.row, sp.start + m[2], sp.start + m[3]}, iso: isoDate(y, n(2, 4), n(0, 2)), mended: strings.ContainsAny(text[m[2]:m[3]], "Oo")}
		if d.iso == "" {
			continue
		}
		s.addBoxed(d)
	}
}

// addBoxed adds a day in its place, unless one with all its figures stands there already.
func (s *sheet) addBoxed(d dateHit) {
	at := len(s.dates)
	for i := 0; i < len(s.dates); i++ {
		o := &s.dates[i]
		if o.row == d.row && o.start < d.end && d.start < o.end {
			if o.iso != "" && !o.twoDigitYear {
				return
			}
			s.dates = append(s.dates[:i], s.dates[i+1:]...)
			i--
			continue
		}
		if at == len(s.dates) && (o.row > d.row || o.row == d.row && o.start > d.start) {
			at = i
		}
	}
	at = min(at, len(s.dates))
	s.dates = append(s.dates[:at], append([]dateHit{d}, s.dates[at:]...)...)
}
