package ocr

import (
	"strings"
	"unicode"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// So many dashes or points in a row are no punctuation, but lead the eye to what is filled in behind them.
const (
	dashesLead = 3
	pointsLead = 5
)

// withoutRules parts words from the ruled lines on which they are filled in. The network reads such a line as
// underscores, or as dashes, and joins them with what is printed or typed before, on and behind it: Name_Smith_.
// An underscore stays where addresses and the names of files have one.
func withoutRules(m *lstm.Model, words []lstm.Word) []lstm.Word {
	var out []lstm.Word
	for _, w := range words {
		pieces := parted(w.Chars)
		if len(pieces) == 1 && len(pieces[0]) == len(w.Chars) {
			out = append(out, w)
			continue
		}
		for _, chars := range pieces {
			part := lstm.Word{Chars: chars, Known: m.Knows(chars), Space: w.Space, From: w.From, To: w.To}
			// The pieces end half way to the characters beside them, those that are left out included.
			for i := range w.Chars {
				if i > 0 && w.Chars[i].X == chars[0].X {
					part.From = (w.Chars[i-1].X + w.Chars[i].X) / 2
				}
				if i+1 < len(w.Chars) && w.Chars[i].X == chars[len(chars)-1].X {
					part.To = (w.Chars[i].X + w.Chars[i+1].X) / 2
				}
			}
			out = append(out, part)
		}
	}
	return out
}

// parted returns the characters of a word without underscores that are ruled lines, and apart from leaders.
func parted(chars []lstm.Char) [][]lstm.Char {
	var out [][]lstm.Char
	start := 0
	end := func(to, next int) {
		if to > start {
			out = append(out, chars[start:to])
		}
		start = next
	}
	for i := 0; i < len(chars); {
		n := i
		for n < len(chars) && strings.Contains("-—–_=.", chars[n].Text) && (chars[n].Text == "_") == (chars[i].Text == "_") &&
			(chars[n].Text == ".") == (chars[i].Text == ".") {
			n++
		}
		switch {
		case n == i:
			n++
		case chars[i].Text == "_":
			if !(n == i+1 && i > 0 && n < len(chars) && named(chars, n)) {
				end(i, n)
			}
		case (n-i >= pointsLead || n-i >= dashesLead && chars[i].Text != ".") && n-i < len(chars):
			end(i, i)
			end(n, n)
		}
		i = n
	}
	end(len(chars), len(chars))
	return out
}

// named tells that a word is an address or the name of a file, by what stands from a place on or before it.
func named(chars []lstm.Char, from int) bool {
	for i, c := range chars {
		if c.Text == "@" || c.Text == `\` {
			return true
		}
		if c.Text == "." && i >= from && i+1 < len(chars) && unicode.IsLower([]rune(chars[i+1].Text)[0]) {
			return true
		}
	}
	return false
}
