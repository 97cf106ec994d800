package classify

import (
	"regexp"
	"sort"
)

// Where a page's small print begins: below some rows of text and all other text, in letters clearly smaller than
// that, in rows of a few words and more.
const (
	fewestAbove = 6
	footHeight  = 0.88
	fewestOfRow = 5
)

// footFrom is the first row of the small print at a sheet's foot, the number of rows if it has none: what the sender's
// paper says on every letter.
func (s *sheet) footFrom() int {
	rows := s.rows()
	var heights []float64 // of rows of text
	for i := range rows {
		if len(rows[i].words) >= fewestOfRow {
			heights = append(heights, rows[i].letterHeight())
		}
	}
	from := len(rows)
	if len(heights) < 3 {
		return from
	}
	sort.Float64s(heights)
	small := footHeight * heights[len(heights)/2]
	for i := len(rows) - 1; i >= fewestAbove; i-- {
		switch long := len(rows[i].words) >= fewestOfRow; {
		case long && rows[i].letterHeight() > small:
			return from
		case long:
			from = i
		}
	}
	return from
}

// letterHeight is the mean height of a row's words.
func (r *row) letterHeight() float64 {
	sum := 0
	for _, w := range r.words {
		sum += w.Box.Height()
	}
	return float64(sum) / float64(max(len(r.words), 1))
}

var (
	// ofTheHouse are phrases that name a service or an emergency that any reader may have one day. What is
	// said of a result or of a time counts in small print, too.
	ofTheHouse = regexp.MustCompile(`^(?:urgent|safeguard|crisis|emergency|immediate|same day|at once|child protection|suicid)`)
	// ofSomebody speaks of one patient or asks for something to be done, which no printed paper does.
	ofSomebody = regexp.MustCompile(`(?i)\b(?:he|she|his|him|mrs?|ms|miss|master|baby|(?:this|the|your) (?:patient|child|man|woman|lady|gentleman)|(?:please|kindly) (?:see|review|refer|arrange|admit|act|visit|prescribe|check|repeat|send|note|treat|assess|discuss)|(?:refer|review|see|admit|visit)(?:red|ed|n)?)\b`)
)

// printedOnAll reports whether a phrase of a row is what the sender's paper says on every letter: the small print begins
// at the row foot.
func (s *sheet) printedOnAll(phrase string, row, foot int) bool {
	return row >= foot && ofTheHouse.MatchString(phrase) && !ofSomebody.MatchString(s.rows()[row].text)
}
