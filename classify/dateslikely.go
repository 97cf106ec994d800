package classify

import (
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

const (
	recentLetter = 31   // days before its arrival within which a letter is usually written
	agreeing     = 0.35 // what stays of the doubt about a part that a label, the order of days and the arrival agree on
	legibleDate  = 0.4  // what stays of recognition's doubt about a recent day: most misread digits give another month or year
	faintestDate = 0.4  // below this recognition is not believed whatever it fits
)

// corroborate raises the readings of the letter's date that fit everything else:
// named so by a label or by their place, the last day of the document up to its
// arrival, and not long before it.
func (c *collector) corroborate(list []reading) {
	days := c.daysSaid()
	if len(days) > 0 {
		c.raise(postroom.LetterDate, list, days[len(days)-1])
	}
}

// corroborateOnly raises the day of an event that a label names where the document gives no other day
// but birth dates: nothing competes with it. A date of its own that could not be read would.
func (c *collector) corroborateOnly(list []reading) {
	for _, s := range c.sheets {
		for _, l := range s.labels {
			switch l.label {
			case labelLetterDate, labelTyped, labelDictated, labelReported, labelPrinted:
				if _, ok := s.dateOf(l); !ok {
					return
				}
			}
		}
		for _, d := range s.dates {
			if d.iso == "" {
				return
			}
		}
	}
	if days := c.daysSaid(); len(days) == 1 {
		c.raise(postroom.EventDate, list, days[0])
	}
}

// daysSaid are the days that the document names up to its arrival, in order, without birth
// dates and days that are said to lie ahead.
func (c *collector) daysSaid() []string {
	if c.received.IsZero() {
		return nil
	}
	latest, birth := c.received.AddDate(0, 0, 1).Format(time.DateOnly), c.fields[postroom.BirthDate].Value
	if c.days != nil && c.daysBut == birth {
		return c.days // long letters are looked through once
	}
	days := []string{}
	for _, s := range c.sheets {
		for _, d := range s.dates {
			if d.iso != "" && d.iso <= latest && d.iso != birth && !s.foretold(d) && !contains(days, d.iso) {
				days = append(days, d.iso)
			}
		}
	}
	slices.Sort(days)
	c.days, c.daysBut = days, birth
	return days
}

// onCover reports whether the cover sheet names the day of a reading: a figure that was misread would
// hardly make just that day.
func (c *collector) onCover(r *reading) bool {
	for _, s := range c.covers {
		for _, d := range s.dates {
			if _, conf := s.rows()[d.row].area(d.start, d.end); d.iso == r.value && !d.mended && conf >= 0.6 {
				return true
			}
		}
	}
	return false
}

// raise strengthens the readings of a recent day that a rule gives a part.
func (c *collector) raise(name postroom.FieldName, list []reading, day string) {
	if day < c.received.AddDate(0, 0, -recentLetter).Format(time.DateOnly) {
		return
	}
	for i := range list {
		r := &list[i]
		if !r.valid || r.value != day {
			continue
		}
		for _, rule := range c.ruledDays[name] {
			if rule.sheet == r.sheet && rule.span == r.span && rule.strength >= 0.85 {
				strength := max(r.strength, (r.strength+rule.strength)/2) // the rule and the model each know half
				r.strength = 1 - (1-strength)*agreeing
				if (r.conf >= faintestDate || c.onCover(r)) && r.other == "" {
					r.conf = 1 - (1-r.conf)*legibleDate
				}
				break
			}
		}
	}
}

// doubtAmerican lowers the confidence of the days in figures that may be read in two ways, when another
// day of the document can only have its month first.
func (c *collector) doubtAmerican() {
	if !slices.ContainsFunc(c.sheets, func(s *sheet) bool {
		return slices.ContainsFunc(s.dates, func(d dateHit) bool { return d.guess == monthsFirst })
	}) {
		return
	}
	for _, name := range []postroom.FieldName{postroom.BirthDate, postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate} {
		f := c.fields[name]
		t, err := time.Parse(time.DateOnly, f.Value)
		if err != nil || !f.Valid || t.Day() > 12 || t.Day() == int(t.Month()) || letters(f.Text) > 0 || strings.HasPrefix(f.Text, f.Value[:4]) {
			continue
		}
		f.Confidence = min(f.Confidence, 0.6)
		f.Proposal = time.Date(t.Year(), time.Month(t.Day()), int(t.Month()), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		f.Why += "; another day of the document can only have its month first"
		c.fields[name] = f
	}
}

// doubtOrder lowers the confidence of a letter's date in figures that lies long
// before the arrival, when the same figures with the month first are a day
// shortly before it: an American letter, or a misprint.
func (c *collector) doubtOrder() {
	f, ok := c.fields[postroom.LetterDate]
	t, err := time.Parse(time.DateOnly, f.Value)
	if !ok || !f.Valid || err != nil || c.received.IsZero() || t.Day() > 12 || t.Day() == int(t.Month()) || letters(f.Text) > 0 {
		return
	}
	recent := func(t time.Time) bool {
		return !t.After(c.received.AddDate(0, 0, 1)) && t.After(c.received.AddDate(0, 0, -recentLetter))
	}
	other := time.Date(t.Year(), time.Month(t.Day()), int(t.Month()), 0, 0, 0, 0, time.UTC)
	if !recent(t) && recent(other) {
		f.Confidence = min(f.Confidence, 0.6)
		f.Proposal = other.Format(time.DateOnly)
		f.Why += "; with day and month exchanged it would be a day shortly before the letter came"
		c.fields[postroom.LetterDate] = f
	}
}
