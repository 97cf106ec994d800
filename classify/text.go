package classify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain returns s in lower case, without accents and with straight quotes.
func plain(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == '’' || r == '‘' || r == '`' || r == '´':
			b.WriteByte('\'')
		case r == '–' || r == '—' || r == '−':
			b.WriteByte('-')
		case r == 'ø' || r == 'Ø':
			b.WriteByte('o')
		case r == 'ł' || r == 'Ł':
			b.WriteByte('l')
		case r == 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// lookalike maps characters that recognition confuses to one of each class.
// It is applied to both sides of a comparison.
var lookalike = func() (t [128]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	for _, class := range []string{"lI1i|!", "oO0Q", "sS5$", "bB8", "zZ2", "gG9q"} {
		for i := range len(class) {
			t[class[i]] = class[0]
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		if t[c] == c {
			t[c] = c + 32
		}
	}
	return t
}()

// likeness folds a word so that the usual misreadings of it become equal:
// 0/O, 1/l/I, 5/S, 8/B, and in longer words rn/m and vv/w.
func likeness(s string) string {
	s = plain(s)
	var buf [48]byte
	out := buf[:0]
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 128 {
			c = lookalike[c]
		}
		if n := len(out); n > 0 {
			if c == 'n' && out[n-1] == 'r' && len(s) >= 5 {
				out[n-1] = 'm'
				continue
			}
			if c == 'v' && out[n-1] == 'v' && len(s) >= 4 {
				out[n-1] = 'w'
				continue
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// nearlyEqual reports whether a and b differ by at most one changed, missing,
// added or swapped character.
func nearlyEqual(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// editDistance is the Levenshtein distance of two words, cut off at limit+1.
func editDistance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal, least := row[0], i
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(b)]
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }
