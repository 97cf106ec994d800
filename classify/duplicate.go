package classify

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
)

// How SentAgain tells noise from content, on the characters of two pages.
const (
	// strangeLetters is the largest share of letters in words that stand on
	// both pages without a counterpart on the other. Recognition's faults are
	// near misses; other words are another letter.
	strangeLetters = 0.08
	// sureField is the confidence from which a field that differs settles it.
	sureField = 0.9
	// fairlySure is that from which two that agree are believed: both would hardly be misread alike.
	fairlySure = 0.65
	// misreadMRN is how many characters of a local number may differ by noise: it has
	// no check digit, and M4589674 is read as 44589674 with good confidence.
	misreadMRN = 1
	// mostDigits is the largest share of digits that may differ.
	mostDigits = 0.08
	// surelyAlike is how much more may differ between documents of the same
	// date about the same patient.
	surelyAlike = 1.5
)

// SentAgain reports whether a document is an earlier one that came again, with
// other noise, another header line and time, or with pages added or left out;
// how says the latter, and is empty when the pages are as many. Two letters of
// one template about one patient are not the same letter: their dates and
// results differ in more than noise does. When in doubt it is not the same,
// since a copy that is filed twice does less harm than a result held for one.
func SentAgain(earlier, later postroom.Record) (again bool, how string) {
	for _, name := range []postroom.FieldName{
		postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField, postroom.BirthDate, postroom.LetterDate, postroom.EventDate, postroom.MRN,
	} {
		a, oka := earlier.Fields[name]
		b, okb := later.Fields[name]
		if oka && okb && a.Valid && b.Valid && a.Value != b.Value && a.Confidence >= sureField && b.Confidence >= sureField &&
			!(name == postroom.MRN && editDistance(a.Value, b.Value, misreadMRN) <= misreadMRN) {
			return false, ""
		}
	}
	tolerance := 1.0
	if sameDay(earlier, later) && agree(earlier, later, postroom.NHSNumberField) {
		tolerance = surelyAlike
	}
	few, many := pageWords(earlier.Text), pageWords(later.Text)
	more := len(many) - len(few)
	if more < 0 {
		few, many = many, few
	}
	if len(few) == 0 {
		return false, ""
	}
	taken := make([]bool, len(many))
	for _, p := range few {
		found := false
		for k, q := range many {
			if !taken[k] && p.same(q, tolerance) {
				taken[k], found = true, true
				break
			}
		}
		if !found {
			return false, ""
		}
	}
	switch {
	case more == 1:
		return true, "with one page more"
	case more > 1:
		return true, fmt.Sprintf("with %d pages more", more)
	case more == -1:
		return true, "with one page less"
	case more < -1:
		return true, fmt.Sprintf("with %d pages less", -more)
	}
	return true, ""
}

// A bag is what stands on a page, without order: two readings of one page part
// its columns differently.
type bag struct {
	words   []string // sorted; letters folded to what recognition keeps apart
	numbers []string // sorted; digits, with lookalike letters read as digits
	letters int
	digits  int
}

// pageWords makes bags of pages of text. Pages with too little on them to tell
// one from another are left out.
func pageWords(pages []string) []*bag {
	var out []*bag
	for _, text := range pages {
		b := &bag{}
		line := 0
		for row := range strings.Lines(text) {
			if strings.TrimSpace(row) == "" {
				continue
			}
			line++
			// The header line of a fax says when it was sent, and changes; a fax that was sent
			// on has several, and they may be read in pieces.
			if line <= 3 && countedHeader(row) || line <= 6 && ofTransmission(row) {
				continue
			}
			for w := range strings.FieldsSeq(row) {
				b.add(w)
			}
		}
		sort.Strings(b.words)
		sort.Strings(b.numbers)
		if len(b.words)+len(b.numbers) >= 8 {
			out = append(out, b)
		}
	}
	return out
}

// countedHeader reports whether a line at the top of a page reads like a fax
// machine's: a time and a page count, or fax words with either.
func countedHeader(row string) bool {
	low := strings.ToLower(row)
	time, page, fax := false, false, strings.Contains(low, "fax") || strings.Contains(low, "from:") || strings.Contains(low, "tel")
	fields := strings.Fields(low)
	for i, f := range fields {
		if k := strings.IndexAny(f, ":."); k > 0 && k < 3 && len(f) >= 4 && len(f) <= 8 && isDigit(f[0]) && isDigit(f[len(f)-1]) {
			time = true
		}
		switch {
		case strings.HasPrefix(f, "p.") || f == "p" || strings.HasPrefix(f, "pg") || f == "page" || f == "pages":
			page = page || i+1 < len(fields) || hasDigit(f)
		case len(f) >= 3 && len(f) <= 7 && strings.Count(f, "/") == 1 && onlyDigits(f) == strings.ReplaceAll(f, "/", ""):
			page = true
		}
	}
	return time && (page || fax) || page && fax
}

// ofTransmission reports whether a line at the top of a page has what fax machines
// print there: their numbers, the time, the count of pages.
func ofTransmission(row string) bool {
	for f := range strings.FieldsSeq(strings.ToLower(row)) {
		f = strings.Trim(f, ".,;:()[]'\"@©_-")
		digits := len(onlyDigits(f))
		switch {
		case strings.HasPrefix(f, "fax") || f == "fak":
			return true
		case strings.Count(f, ":") == 1 && digits >= 3 && digits <= 4 && len(f) <= 5:
			return true
		case strings.Count(f, "/") == 1 && digits >= 2 && digits == len(f)-1:
			return true
		}
	}
	return false
}

func (b *bag) add(word string) {
	digits, letters := 0, 0
	for _, c := range word {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters++
		}
	}
	switch {
	case digits == 0 && letters < 3:
	case digits >= letters && digits > 0:
		n := strings.Map(func(c rune) rune {
			switch {
			case c >= '0' && c <= '9':
				return c
			case strings.ContainsRune("OoQD", c):
				return '0'
			case strings.ContainsRune("lI|i", c):
				return '1'
			case c == 'S' || c == 's':
				return '5'
			case c == 'B':
				return '8'
			case c == 'Z':
				return '2'
			}
			return -1
		}, word)
		b.numbers = append(b.numbers, n)
		b.digits += len(n)
	default:
		w := likeness(strings.Map(func(c rune) rune {
			if unicode.IsLetter(c) || unicode.IsDigit(c) {
				return c
			}
			return -1
		}, word))
		if len(w) >= 3 && !ofNothing(w) {
			b.words = append(b.words, w)
			b.letters += len(w)
		}
	}
}

// agree reports whether both documents surely have the same value.
func agree(a, b postroom.Record, name postroom.FieldName) bool {
	x, y := a.Fields[name], b.Fields[name]
	return x.Valid && y.Valid && x.Value != "" && x.Value == y.Value && x.Confidence >= sureField && y.Confidence >= sureField
}

// sameDay reports whether both documents have the same letter date, each of which was fairly sure when it was read alone.
func sameDay(a, b postroom.Record) bool {
	x, y := a.Fields[postroom.LetterDate], b.Fields[postroom.LetterDate]
	return x.Valid && y.Valid && x.Value != "" && x.Value == y.Value && min(x.Confidence, y.Confidence) >= fairlySure
}

// same reports whether two pages are one, read twice. Tolerance is how many times the
// digits may differ that noise accounts for.
func (b *bag) same(c *bag, tolerance float64) bool {
	if most := max(b.letters, c.letters); float64(max(b.letters, c.letters)-min(b.letters, c.letters)) > 0.25*float64(most)+12 {
		return false
	}
	left, right := rest(b.words, c.words)
	if turned(left, right) || turned(right, left) {
		return false
	}
	worded := len(left) + len(right)
	wrong, lone1, lone2 := pair(left, right, func(w string) int { return max(1, len(w)/3) })
	// Words that one reading lost stand alone on one side only.
	letters := max(1, (b.letters+c.letters)/2)
	if float64(min(lone1, lone2)) > strangeLetters*float64(letters) {
		return false
	}
	rate := float64(wrong+min(lone1, lone2)) / float64(letters)
	left, right = rest(b.numbers, c.numbers)
	if worded == 0 && len(left) > 0 && len(left) == len(right) {
		return false // read without a fault: other figures are other figures
	}
	left, right, dotted := joinZeros(left, right)
	differ, lone1, lone2 := pair(left, right, func(w string) int { return max(1, len(w)/4) })
	differ += (dotted + 1) / 2
	// Digits on one side only were mostly lost to noise, which contradicts nothing.
	differ += min(lone1, lone2) + max(0, max(lone1, lone2)-min(lone1, lone2))/6
	digits := float64(max(1, (b.digits+c.digits)/2))
	// So many differ by noise, if digits are read as badly as letters.
	expected := digits * (0.003 + rate)
	return float64(differ) <= min(tolerance*(expected+2*math.Sqrt(expected)+0.5), 1+mostDigits*digits)
}

// deciding are words that turn what a page says. They are folded as words of bags are.
var deciding = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq("not non negative positive detected reactive nonreactive growth stop stopped start started continue cancelled left right amended corrected interim final increase reduce") {
		out[likeness(w)] = true
	}
	return out
}()

// turned reports whether one of two readings has a deciding word of which the other has no reading: neither it with a character or
// two misread, nor a piece of it. Lists are what the other has not.
func turned(a, b []string) bool {
	return slices.ContainsFunc(a, func(w string) bool {
		return deciding[w] && !slices.ContainsFunc(b, func(o string) bool {
			return !deciding[o] && (editDistance(w, o, 1) <= 1 || len(w) > 5 && editDistance(w, o, 2) <= 2 || strings.Contains(o, w) && len(o) > len(w)+3 || len(o) >= 3 && len(w) > 4 && strings.Contains(w, o))
		})
	})
}

// rest are the members of two sorted lists that the other has not.
func rest(a, b []string) (onlyA, onlyB []string) {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			i, j = i+1, j+1
		case a[i] < b[j]:
			onlyA = append(onlyA, a[i])
			i++
		default:
			onlyB = append(onlyB, b[j])
			j++
		}
	}
	return append(onlyA, a[i:]...), append(onlyB, b[j:]...)
}

// pair joins what is left over on both sides to its nearest counterpart, the
// nearest first. wrong are the characters by which pairs differ, loneA and
// loneB the characters of those without one.
func pair(a, b []string, limit func(string) int) (wrong, loneA, loneB int) {
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	wrong = joinTorn(a, b, usedA, usedB) + joinTorn(b, a, usedB, usedA)
	for distance := 1; distance <= 4; distance++ {
		for i, x := range a {
			if usedA[i] || limit(x) < distance {
				continue
			}
			for j, y := range b {
				if !usedB[j] && editDistance(x, y, distance) <= distance {
					usedA[i], usedB[j] = true, true
					wrong += distance
					break
				}
			}
		}
	}
	for i, x := range a {
		if !usedA[i] {
			loneA += len(x)
		}
	}
	for j, y := range b {
		if !usedB[j] {
			loneB += len(y)
		}
	}
	return wrong, loneA, loneB
}

// joinZeros pairs numbers that are the same but for zeros that one reading took for sixes or eights, as it does with
// dotted ones, and counts those characters. They weigh half: a page has many of them or none.
func joinZeros(a, b []string) (onlyA, onlyB []string, wrong int) {
	zeroed := strings.NewReplacer("6", "0", "8", "0").Replace
	taken := make([]bool, len(b))
next:
	for _, x := range a {
		for j, y := range b {
			if taken[j] || len(x) != len(y) || zeroed(x) != zeroed(y) || !strings.Contains(x+y, "0") {
				continue
			}
			differ := 0
			for i := range len(x) {
				differ += btoi(x[i] != y[i])
			}
			if differ < 2 {
				continue // pair is as good for one
			}
			taken[j] = true
			wrong += differ
			continue next
		}
		onlyA = append(onlyA, x)
	}
	for j, y := range b {
		if !taken[j] {
			onlyB = append(onlyB, y)
		}
	}
	return onlyA, onlyB, wrong
}

// joinTorn pairs what one reading has in one piece and the other in two, and returns by how many characters they differ: one may be
// misread, and a short word between the two lost.
func joinTorn(whole, pieces []string, usedWhole, usedPieces []bool) (wrong int) {
	for i, w := range whole {
		if len(w) < 4 {
			continue
		}
		for j, head := range pieces {
			if usedPieces[j] || len(head) >= len(w) || !strings.HasPrefix(w, head) {
				continue
			}
			for k, tail := range pieces {
				if k == j || usedPieces[k] {
					continue
				}
				lost := 0
				switch rest := w[len(head):]; {
				case tail == rest:
				case len(w) >= 5 && len(tail) == len(rest) && editDistance(tail, rest, 1) <= 1:
					lost = 1
				case len(w) >= 10 && strings.HasSuffix(rest, tail) && 5*(len(rest)-len(tail)) <= len(w):
					lost = len(rest) - len(tail)
				default:
					continue
				}
				usedWhole[i], usedPieces[j], usedPieces[k] = true, true, true
				wrong += lost
				break
			}
			if usedWhole[i] {
				break
			}
		}
	}
	return wrong
}

// ofNothing reports whether a word is what recognition makes of a line or a smudge: one or two letters over and over.
func ofNothing(word string) bool {
	seen := map[rune]bool{}
	for _, c := range word {
		seen[c] = true
	}
	return len(word) >= 3 && (len(seen) == 1 || len(word) >= 5 && len(seen) <= 2)
}
