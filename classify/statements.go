package classify

import (
	"regexp"
	"strings"
)

// A statement is a sentence of a sheet, or a row of a table, with where its words stand.
type statement struct {
	text  string
	parts []span // of the rows
}

// longestStatement is how many bytes of unbroken text are taken for one sentence: full stops get lost.
const longestStatement = 420

// shortestLine is how many bytes a line of prose has at least that goes on in the next.
const shortestLine = 45

// statements returns what a sheet says, sentence by sentence, over the ends of lines.
func (s *sheet) statements() []statement {
	var out []statement
	var cur statement
	flush := func() {
		if strings.TrimSpace(cur.text) != "" {
			out = append(out, cur)
		}
		cur = statement{}
	}
	var above *row
	for i := range s.rows() {
		r := &s.rows()[i]
		if above != nil && !runsOver(above, r, s.columnEnd(i)) {
			flush()
		}
		from := 0
		for from < len(r.text) {
			end := len(r.text)
			if at := statementEnd.FindStringIndex(r.text[from:]); at != nil && !shortened.MatchString(r.text[from:from+at[0]+1]) {
				end = from + at[0] + 1
			} else if at != nil {
				// "Dr. Okafor": look on behind the next words.
				if more := statementEnd.FindStringIndex(r.text[from+at[1]:]); more != nil {
					end = from + at[1] + more[0] + 1
				}
			}
			if cur.text != "" {
				cur.text += " "
			}
			cur.parts = append(cur.parts, span{i, from, end})
			cur.text += strings.ReplaceAll(r.text[from:end], "\t", " ")
			if end < len(r.text) || len(cur.text) > longestStatement {
				flush()
			}
			for from = end; from < len(r.text) && (r.text[from] == ' ' || r.text[from] == '\t'); from++ {
			}
		}
		if strings.HasSuffix(strings.TrimRight(r.text, " "), ".") {
			flush()
		}
		above = r
	}
	flush()
	return out
}

var (
	statementEnd = regexp.MustCompile(`[.!?;] +["'(\[•*-]*[A-Z0-9]`)
	// shortened ends in a full stop that ends no sentence.
	shortened = regexp.MustCompile(`(?i)(?:^|[ (])(?:dr|mr|mrs|ms|miss|prof|st|no|nos|approx|e\.g|i\.e|vs|fig|ext|tel|ref|[a-z])\.$`)
	bulleted  = regexp.MustCompile(`^\W{0,2}(?:[•*·-]|\d{1,2}[.)]) `)
)

// runsOver reports whether a sentence may go on from one row into the next: both are prose, one close
// below the other, and the upper one reaches to the column's end.
func runsOver(a, b *row, end int) bool {
	if len(a.cells) > 1 || len(b.cells) > 1 || bulleted.MatchString(b.text) || strings.HasSuffix(strings.TrimRight(a.text, " "), ":") {
		return false
	}
	height := max(a.box.Height(), b.box.Height(), 1)
	if b.box[1]-a.box[3] > height || b.box[1] < a.box[1] {
		return false
	}
	// What is short or stops well before was broken on purpose, unless a small letter goes on.
	return a.box[2] > end-10*height && len(a.text) >= shortestLine || b.text != "" && b.text[0] >= 'a' && b.text[0] <= 'z'
}

// columnEnd is how far rows of prose around a row reach to the right.
func (s *sheet) columnEnd(row int) int {
	end := 0
	for i := max(0, row-6); i < min(len(s.rows()), row+6); i++ {
		if r := &s.rows()[i]; len(r.cells) == 1 {
			end = max(end, r.box[2])
		}
	}
	return end
}

// holds reports whether a place of the sheet lies in the statement.
func (st *statement) holds(row, at int) bool {
	for _, p := range st.parts {
		if p.row == row && at >= p.start && at < p.end {
			return true
		}
	}
	return false
}
