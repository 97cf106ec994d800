package classify

import (
	"math"
	"testing"
	"time"
)

// A first, twenty-first and thirty-first whose last digit was read as a letter
// has one reading; what only looks so is no date.
func TestDatesAsRead(t *testing.T) {
	now := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	find := func(text string) []dateHit {
		return findDates(&row{text: text, shadow: shadowOf(text)}, 0, false, now)
	}
	for text, want := range map[string]string{
		"Date: Ist March 2026": "2026-03-01", "ist September 1987": "1987-09-01", "lst of March 2026": "2026-03-01", "Typed |st Feb 2026": "2026-02-01", "DOB 2Ist May 1962.": "1962-05-21", "3lst January 2026": "2026-01-31",
		"I st March 2026": "2026-03-01", "1st March 2026": "2026-03-01", "21st March 2026": "2026-03-21", "on 31st January 2026": "2026-01-31", "Wednesday Ist April 2026": "2026-04-01", "Reported: 02.03,2026": "2026-03-02", "02,03.2026": "2026-03-02", "02.03.2026": "2026-03-02",
		"2nd March 2026": "2026-03-02", "March 1, 2026": "2026-03-01", "25–Feb–2026": "2026-02-25",
	} {
		got := find(text)
		if len(got) != 1 || got[0].iso != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
		if len(got) == 1 && got[0].mended {
			t.Errorf("%q: a plain reading counts as mended", text)
		}
	}
	for _, text := range []string{"in the mist March 2026", "august 2026", "West March 2026", "first March 2026", "1,234,5678", "Ist Ward 2026", "values 1,12,2026,14", "last March 2026", "41st March 2026"} {
		for _, d := range find(text) {
			if d.iso != "" {
				t.Errorf("%q: %s is no date", text, d.iso)
			}
		}
	}
	// The tens are never lost.
	if got := find("the2Ist March 2026"); len(got) > 0 && got[0].iso == "2026-03-01" {
		t.Error("the twenty-first was read as the first")
	}
	if got := find("O1/O2/1950"); len(got) != 1 || !got[0].mended {
		t.Errorf("letters that were read as digits are not said: %v", got)
	}
	for text, want := range map[string]string{
		"DOB: S June 1957": "1957-06-05", "Date of birth Q8-May-1971": "1971-05-08", "born 2O March 1944": "1944-03-20", "Lith February 2026": "2026-02-11", "lOth March 2026": "2026-03-10", "Date: l7th March 2026": "2026-03-17",
	} {
		if got := find(text); len(got) != 1 || got[0].iso != want || !got[0].mended {
			t.Errorf("%q: %v, want %s, mended", text, got, want)
		}
	}
	for _, text := range []string{"it is June 1957", "so May 2026", "both March 2026", "with May 2026", "Dr B March 2026 list", "since June 2024"} {
		for _, d := range find(text) {
			if d.iso != "" && !d.mended {
				t.Errorf("%q: %s is no date", text, d.iso)
			}
		}
	}
	// Figures that give no day are taken in the one way in which they do, and that is said.
	for text, want := range map[string]string{
		"DOB 64/01/1947": "1947-01-04", "born 83 December 1935": "1935-12-03", "Date 2nd March 2826": "2026-03-02", "Birth 15/86/1953": "1953-06-15", "2026-03-62": "2026-03-02", "DOB: 05/20/2003": "2003-05-20",
	} {
		if got := find(text); len(got) != 1 || got[0].iso != want || !got[0].mended || got[0].guess == "" {
			t.Errorf("%q: %v, want %s, guessed", text, got, want)
		}
	}
	for _, text := range []string{"DOB 05/16/1936", "3 Jon 2026", "3 Box 2026", "12 for 2026", "DOB 66/68/1936", "Date 77 March 2026", "31/02/1951", "98/76/2031"} {
		for _, d := range find(text) {
			if d.iso != "" {
				t.Errorf("%q may be several days and becomes %s", text, d.iso)
			}
		}
	}
	for text, want := range map[string]string{"Date: 27 Scp 2026": "2026-09-27", "4 Fcb 2026": "2026-02-04", "born 19-Feb-19.37": "1937-02-19", "2.3 December 1937": "1937-12-23", "07 June 194.3": "1943-06-07"} {
		if got := find(text); len(got) != 1 || got[0].iso != want || !got[0].mended {
			t.Errorf("%q: %v, want %s, mended", text, got, want)
		}
	}
	// What only looks like a date does not hide one.
	if got := find("Re: Wendy Sharma, D.0.B. 26 April 1963, NHS"); len(got) != 1 || got[0].iso != "1963-04-26" {
		t.Errorf("the date after D.0.B. was not found: %v", got)
	}
	if got := find("31/02/1951"); len(got) != 1 || got[0].iso != "" {
		t.Errorf("a day that does not exist became %v", got)
	}
}

// A label that dates the document is believed where no later day has a claim: what it tells of was before. A later day, or one that
// has not come yet, leaves it open.
func TestOwnLabel(t *testing.T) {
	c := &collector{received: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)}
	day := func(value string, strength, ruled float64) reading {
		return reading{value: value, strength: strength, ruled: ruled, valid: true}
	}
	for name, x := range map[string]struct {
		list []reading
		want []float64
	}{
		"the label's is the last":     {[]reading{day("2026-01-19", 0.9, 0.6), day("2026-03-02", 0.7, 0.97)}, []float64{0.36, 0.9215}},
		"a later one came before":     {[]reading{day("2026-03-04", 0.9, 0.6), day("2026-03-02", 0.7, 0.97)}, []float64{0.9, 0.7}},
		"a later one is still ahead":  {[]reading{day("2026-04-09", 0.5, 0), day("2026-03-02", 0.7, 0.97)}, []float64{0.2, 0.9215}},
		"the label's own lies ahead":  {[]reading{day("2026-01-19", 0.9, 0.6), day("2026-04-02", 0.7, 0.97)}, []float64{0.9, 0.7}},
		"no label dates the document": {[]reading{day("2026-01-19", 0.9, 0.6), day("2026-03-02", 0.7, 0.9)}, []float64{0.9, 0.7}},
	} {
		for i, r := range c.ownLabel(x.list) {
			if math.Abs(r.strength-x.want[i]) > 1e-9 {
				t.Errorf("%s: number %d is as strong as %.3f, not %.3f", name, i, r.strength, x.want[i])
			}
		}
	}
}
