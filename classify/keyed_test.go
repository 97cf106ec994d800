package classify

import (
	"strings"
	"testing"
)

// A pattern is looked for wherever it can be.
func TestKeysOfPatterns(t *testing.T) {
	for pattern, texts := range map[string][]string{
		`(?i)n?stemi\b`:                           {"STEMI", "an NSTEMI"},
		`(?i)(?:given|got) the (?:wrong|other)`:   {"Given the wrong", "GOT the other"},
		`(?i)\d ?[cm]m (?:\w+ ){0,2}mass`:         {"a 4 cm large mass"},
		`(?i)(?:bp|blood pressure)? ?1[89]\d/1\d`: {"190/15"},
		`(?i)[a-z]+`:                              {"any"},
	} {
		k := newKeyed(pattern)
		for _, text := range texts {
			if got := findAll([]keyed{k}, text, strings.ToLower(text)); len(got) != 1 {
				t.Errorf("%s in %q: %v (keys %q)", pattern, text, got, k.keys)
			}
		}
	}
	if k := newKeyed(`(?i)retinal (?:tear|detachment)`); k.possible("the retina is well") || len(k.keys) == 0 {
		t.Errorf("looked for in vain: keys %q", k.keys)
	}
}
