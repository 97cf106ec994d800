package classify

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// A keyed is a pattern with letters of which a text must have some before the pattern can be there: hundreds of
// patterns are looked for on each row, and hardly any is there.
type keyed struct {
	*regexp.Regexp
	keys []string // in small letters; none: it is always looked for
}

func newKeyed(pattern string) keyed {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err) // a constant of the program
	}
	return keyed{regexp.MustCompile(pattern), keysOf(tree)}
}

// findAll are the places of all patterns in a text, of which lower has the small letters.
func findAll(patterns []keyed, text, lower string) [][]int {
	var out [][]int
	for _, p := range patterns {
		if p.possible(lower) {
			out = append(out, p.FindAllStringIndex(text, -1)...)
		}
	}
	return out
}

func (k keyed) possible(lower string) bool {
	for _, key := range k.keys {
		if strings.Contains(lower, key) {
			return true
		}
	}
	return len(k.keys) == 0
}

// keysOf are texts of which each match of a pattern has one, nil where that cannot be said.
func keysOf(tree *syntax.Regexp) []string {
	switch tree.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(tree.Rune))}
	case syntax.OpCapture, syntax.OpPlus:
		return keysOf(tree.Sub[0])
	case syntax.OpRepeat:
		if tree.Min > 0 {
			return keysOf(tree.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range tree.Sub {
			if k := keysOf(sub); shortest(k) > shortest(best) {
				best = k
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range tree.Sub {
			k := keysOf(sub)
			if len(k) == 0 {
				return nil
			}
			all = append(all, k...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest key, 0 for none.
func shortest(keys []string) int {
	least := 0
	for i, k := range keys {
		if i == 0 || len(k) < least {
			least = len(k)
		}
	}
	return least
}
