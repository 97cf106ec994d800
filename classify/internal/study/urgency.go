package study

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
)

// UrgencyLines are sentences of letters that want a person at once, calm ones that lie near them in words or
// that any letter has, and the sentences that the documents of calm types are put together from.
func UrgencyLines() (urgent, calm, ordinary []string) {
	read := func(name string) []string {
		b, _ := wordFiles.ReadFile("words/urgency/" + name) // it is compiled in
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	p := readPools(All, true)
	for _, code := range p.order {
		if t, ok := postroom.TypeOf(code); !ok || t.Urgency == postroom.AtOnce {
			continue
		}
		for _, s := range p.types[code].sentences {
			s = slot.ReplaceAllStringFunc(s, func(m string) string { return strings.TrimFunc(m, func(r rune) bool { return !unicode.IsLetter(r) }) })
			if !slices.Contains(ordinary, s) {
				ordinary = append(ordinary, s)
			}
		}
	}
	return read("urgent.txt"), read("calm.txt"), ordinary
}

// slot is where a sentence takes a name, a day or a drug.
var slot = regexp.MustCompile(`\{[^}]*\}`)
