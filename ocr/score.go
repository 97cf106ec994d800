package ocr

import "strings"

// A Score compares what was read with what is printed. Words are compared as a
// heap, since two readers may put the parts of a page in different orders.
type Score struct {
	Words      int // printed
	Read       int // read
	Found      int // read exactly as printed
	Characters int // printed, without spaces
	// Errors is how many characters have to be changed, left out or put in to make
	// the words that were read into those that are printed, each word into the
	// nearest one that is left.
	Errors int
}

// WordErrorRate is the share of printed words that were not read exactly.
func (s Score) WordErrorRate() float64 { return share(s.Words-s.Found, s.Words) }

// CharacterErrorRate is Errors for each printed character.
func (s Score) CharacterErrorRate() float64 { return share(s.Errors, s.Characters) }

// Add returns the score of both texts together.
func (s Score) Add(t Score) Score {
	return Score{s.Words + t.Words, s.Read + t.Read, s.Found + t.Found, s.Characters + t.Characters, s.Errors + t.Errors}
}

func share(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// alike are characters that look the same in print, so that mistaking one for the other is no error.
var alike = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "—", "-", "–", "-", "\u00a0", " ", "ﬁ", "fi", "ﬂ", "fl")

// Compare scores a text that was read against the one that is printed.
func Compare(printed, read string) Score {
	want, got := strings.Fields(alike.Replace(printed)), strings.Fields(alike.Replace(read))
	s := Score{Words: len(want), Read: len(got)}
	left := map[string]int{}
	for _, w := range got {
		left[w]++
	}
	var missed [][]rune
	for _, w := range want {
		s.Characters += len([]rune(w))
		if left[w] > 0 {
			left[w]--
			s.Found++
		} else {
			missed = append(missed, []rune(w))
		}
	}
	// In the order in which they were read, so that the same texts give the same score.
	var wrong [][]rune
	for _, w := range got {
		if left[w] > 0 {
			left[w]--
			wrong = append(wrong, []rune(w))
		}
	}
	used := make([]bool, len(wrong))
	for _, w := range missed {
		best, at := len(w), -1
		for i, x := range wrong {
			if !used[i] && abs(len(x)-len(w)) < best {
				if d := editDistance(w, x); d < best {
					best, at = d, i
				}
			}
		}
		s.Errors += best
		if at >= 0 {
			used[at] = true
		}
	}
	for i, x := range wrong {
		if !used[i] {
			s.Errors += len(x)
		}
	}
	return s
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// editDistance is Levenshtein's.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
