package classify

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// eightFigures are a day whose separators were lost, or whose figures stand in boxes of their own;
	// sixFigures are boxes with a year of two figures.
	eightFigures = regexp.MustCompile(`^[\s:;.,\-–|\[\]]{0,8}((?:[\dOo][ \t|/.,\-]{0,3}){7}[\dOo])(?:[^\dA-Za-z:]|$)`) // a colon follows the hour of a time
	sixFigures   = regexp.MustCompile(`^[\s:;.,\-–|\[\]]{0,8}((?:[\dOo][ \t|]{1,2}(?:[/.\-][ \t|]{0,2})?){5}[\dOo])(?:[^\dA-Za-z]|\s|$)`)
)

// dayLabels are labels behind which a day stands.
var dayLabels = map[label]bool{
	labelBirth: true, labelLetterDate: true, labelTyped: true, labelDictated: true, labelReported: true, labelPrinted: true,
	labelEvent: true, labelAdmission: true, labelDischarge: true,
}

// boxedDates adds the days that stand behind a label without their separators: "07.02 2026",
// "2 0 0 8 1 9 4 9". Elsewhere such figures may be anything.
func (s *sheet) boxedDates(monthFirst bool) {
	for _, l := range s.labels {
		if !dayLabels[l.label] {
			continue
		}
		sp := s.right(l)
		text := s.rows()[sp.row].text[sp.start:sp.end]
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
		day, month := n(0, 2), n(2, 4)
		if monthFirst && day <= 12 {
			day, month = month, day
		}
		d := dateHit{span: span{sp.row, sp.start + m[2], sp.start + m[3]}, iso: isoDate(y, month, day), mended: strings.ContainsAny(text[m[2]:m[3]], "Oo")}
		if d.iso == "" {
			continue
		}
		s.addBoxed(d)
	}
}

// addBoxed adds a day in its place, unless one with all its figures stands there already.
func (s *sheet) addBoxed(d dateHit) {
	over := func(o dateHit) bool { return o.row == d.row && o.start < d.end && d.start < o.end }
	if slices.ContainsFunc(s.dates, func(o dateHit) bool { return over(o) && o.iso != "" && !o.twoDigitYear }) {
		return
	}
	s.dates = append(slices.DeleteFunc(s.dates, over), d)
	slices.SortStableFunc(s.dates, func(a, b dateHit) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.start, b.start)) })
}
