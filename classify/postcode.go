package classify

import (
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// pseudoPostcode are the NHS's codes for people without a usual address
// (ZZ99 and three characters), which the general pattern leaves out.
var pseudoPostcode = regexp.MustCompile(`^ZZ99 ?([0-9][A-Z]{2})$`)

// parsePostcode returns a postcode, or an NHS pseudo postcode, as "OUT IN".
func parsePostcode(s string) (string, error) {
	if m := pseudoPostcode.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(s))); m != nil {
		return "ZZ99 " + m[1], nil
	}
	return postroom.ParsePostcode(s)
}

// outward are the shapes of a postcode's first half: A for a letter, 9 for a digit.
var outward = []string{"A9", "A99", "AA9", "AA99", "A9A", "AA9A"}

// asShape reads a word as letters and digits in the places where a postcode
// has them: what is misread is known by its place. It returns how many
// characters were mended.
func asShape(word, shape string) (string, int, bool) {
	if len(word) != len(shape) {
		return "", 0, false
	}
	out := []byte(word)
	mended := 0
	for i := range len(word) {
		c := word[i]
		if shape[i] == '9' {
			if isDigit(c) {
				continue
			}
			d := digitFor(c)
			if d == 0 {
				return "", 0, false
			}
			out[i] = d
			mended++
			continue
		}
		if isUpper(c) {
			continue
		}
		l := letterFor(c)
		if l == 0 {
			return "", 0, false
		}
		out[i] = l
		mended++
	}
	return string(out), mended, true
}

// letterFor is the letter that a character is misread from.
func letterFor(c byte) byte {
	switch c {
	case '0':
		return 'O'
	case '1', '|', '!':
		return 'I'
	case '2':
		return 'Z'
	case '5', '$':
		return 'S'
	case '8':
		return 'B'
	case '6':
		return 'G'
	case ')', ']', '}', 'j':
		return 'J'
	case '(':
		return 'C'
	}
	return 0
}

// halves reads two words as a postcode's halves.
func halves(out, in string) (value string, mended int, ok bool) {
	second, m2, ok := asShape(in, "9AA")
	if !ok || !isDigit(in[0]) && !isUpper(in[1]) {
		return "", 0, false
	}
	best := 9
	for _, shape := range outward {
		first, m1, ok := asShape(out, shape)
		if !ok || m1+m2 >= best {
			continue
		}
		if v, err := parsePostcode(first + " " + second); err == nil {
			value, best = v, m1+m2
		}
	}
	return value, best, best <= 2
}

// postcodesIn finds the postcodes of a row, those among them that go on in the
// next line, and those with a misread character where their shape says what it
// must be.
func (s *sheet) postcodesIn(i int) []candidate {
	r := &s.rows()[i]
	if !strings.ContainsAny(r.text, "0123456789") {
		return nil
	}
	var out []candidate
	for ci := range r.cells {
		cl := r.cells[ci]
		type piece struct{ start, end int }
		var pieces []piece
		for at := cl.start; at < cl.end; {
			for at < cl.end && (r.text[at] == ' ' || r.text[at] == ',') {
				at++
			}
			start := at
			for at < cl.end && r.text[at] != ' ' && r.text[at] != ',' {
				at++
			}
			if at > start {
				pieces = append(pieces, piece{start, at})
			}
		}
		for k, p := range pieces {
			word := r.text[p.start:p.end]
			// A bracket may be a misread letter, so it is tried first.
			for n, text := range []string{word, strings.TrimRight(word, ".;:)]}")} {
				if n == 1 && text == word || len(text) < 3 {
					continue
				}
				if k > 0 {
					before := r.text[pieces[k-1].start:pieces[k-1].end]
					if at := strings.LastIndexAny(before, ".:;("); at >= 0 && at+1 < len(before) {
						before = before[at+1:]
					}
					if v, mended, ok := halves(before, text); ok {
						out = append(out, candidate{span: span{i, pieces[k-1].end - len(before), p.start + len(text)}, text: v, mended: mended})
						break
					}
				}
				if len(text) >= 5 && len(text) <= 7 {
					cut := len(text) - 3
					if v, mended, ok := halves(text[:cut], text[cut:]); ok && mended == 0 {
						out = append(out, candidate{span: span{i, p.start, p.start + len(text)}, text: v})
						break
					}
				}
			}
		}
		// "…, AB1" and "2CD" in the line below.
		if n := len(pieces); n > 1 && i+1 < len(s.rows()) {
			p := pieces[n-1]
			q := &s.rows()[i+1]
			for cj := range q.cells {
				d := q.cells[cj]
				first, _, _ := strings.Cut(q.text[d.start:d.end], " ")
				first = strings.TrimRight(first, ".,;")
				if d.box[0] < cl.box[2] && cl.box[0] < d.box[2]+2*cl.box.Height() && d.box[0] >= cl.box[0]-2*cl.box.Height() && q.box[1]-cl.box[3] < 2*max(cl.box.Height(), 8) {
					if v, mended, ok := halves(r.text[p.start:p.end], first); ok && mended == 0 {
						out = append(out, candidate{span: span{i, p.start, p.end}, text: v, more: span{i + 1, d.start, d.start + len(first)}})
					}
				}
			}
		}
	}
	return out
}
