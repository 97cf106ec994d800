package classify

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

//go:embed testdata/others.txt
var lettersAboutOthers string

// Two letters of 45 are known to be taken for ones about the patient: nothing in them names another.
func TestLettersAboutOthers(t *testing.T) {
	exact := 0
	for _, letter := range strings.Split(lettersAboutOthers, "== ")[1:] {
		name, text, _ := strings.Cut(letter, "\n")
		if d, _ := decided(t, strings.Split(strings.TrimSpace(text), "|")); d.Match.Kind == postroom.MatchExact {
			exact++
			t.Logf("%s: exact", name)
		}
	}
	if exact > 2 {
		t.Errorf("%d are taken for letters about the patient", exact)
	}
}

// What an ordinary letter says beside its patient makes it no letter about another.
func TestOrdinaryBesideOthers(t *testing.T) {
	for name, body := range map[string]string{
		"own age":         "This 75 year old lady came with her 40 year old daughter.",
		"colleague":       "I saw Mrs Okafor today and discussed her with Mr Lane.",
		"seen by another": "I saw Mrs Okafor and Mr Lane has seen her scan.",
		"family met":      "We met the family on the ward to talk about the plan.",
		"small print":     "If this letter is about another patient please destroy it.",
		"his pregnancy":   "Her daughter is 20 weeks pregnant and she looks forward to it.",
		"a limit":         "High-sensitivity troponin 3 and 4 ng/L (99th centile 14).",
		"husband":         "I saw Mrs Okafor and her husband Mr Okafor today.",
	} {
		if d, _ := decided(t, []string{"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Mrs Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "Dear Dr Marsh", body, "She is well.", "Yours sincerely"}); d.Match.Kind != postroom.MatchExact {
			t.Errorf("%s: match %s: %v", name, d.Match.Kind, d.Match.Reasons)
		}
	}
}
