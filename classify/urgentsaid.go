package classify

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
)

const (
	// calmSaid is up to where a sentence is taken for calm whatever illness or danger it names, hastySaid
	// whatever haste, and pressingSaid from where it is urgent without any phrase. Between them the phrases decide.
	calmSaid     = 0.08
	hastySaid    = 0.05
	pressingSaid = 0.75
	askingSaid   = 0.6 // in a report of care that was given, of what is asked of the practice
	// fewestWords are in a sentence that the model can judge: a stamp or a heading is none.
	fewestWords = 5
	// fewestCalm are in one that it can find calm though it names an illness, or asks for haste: in short ones a word turns
	// the meaning, and the rules for phrases know those. fewestPressing are in one that is urgent without any phrase.
	fewestCalm      = 9
	fewestCalmHaste = 12
	fewestPressing  = 7
)

// A saidStatement is a sentence with how likely it is that it wants a person at once.
type saidStatement struct {
	statement
	words int
	p     float64
}

// weigh has a model judge the sentences of a sheet; without one none is known.
func (s *sheet) weigh(model *Urgency) {
	s.said = nil
	if model == nil {
		return
	}
	for _, st := range s.statements() {
		if n := plainWords(st.text); n >= fewestWords {
			s.said = append(s.said, saidStatement{st, n, model.Of(st.text)})
		}
	}
}

// plainWords counts the words of a sentence, 0 for one all in capitals as headings and stamps are.
func plainWords(text string) int {
	words, small := 0, 0
	for _, w := range strings.Fields(text) {
		if n := letters(w); n > 1 {
			words++
			small += btoi(w != strings.ToUpper(w))
		}
	}
	if 2*small <= words {
		return 0
	}
	return words
}

// calmly reports whether the sentence at a place of the sheet is taken for calm though it has a phrase that names an
// illness or a danger, if clinical, or else asks for haste. Where the phrase itself is misread, the model knows
// too little of the sentence.
func (s *sheet) calmly(row, at int, phrase string, clinical bool) bool {
	least, words := hastySaid, fewestCalmHaste
	if clinical {
		least, words = calmSaid, fewestCalm
	}
	for i := range s.said {
		if st := &s.said[i]; st.holds(row, at) {
			if !clinical && phrase != "" && strings.HasPrefix(s.rows()[row].text[at:], strings.ToUpper(phrase)) {
				return false // "For Dr Lane - URGENT pls": somebody means it
			}
			return st.p < least && st.words >= words && strings.Contains(strings.Join(cutWords(st.text), " "), phrase)
		}
	}
	return false
}

// pressing are the words that weigh most in each of the sheet's urgent sentences. Reports of care that was given, and
// of what somebody rang for, tell of acute things that are over: there only what is asked of the practice counts. The small
// print from the row foot on says the same on every letter.
func (s *sheet) pressing(model *Urgency, code postroom.TypeCode, foot int) []mark {
	over := settledIn(code) && code != postroom.DNALetter || code == postroom.OOH111Report
	var out []mark
	for i := range s.said {
		if st := &s.said[i]; st.words >= fewestPressing && (st.parts[0].row < foot || ofSomebody.MatchString(st.text)) && (!over && st.p >= pressingSaid || over && st.p >= askingSaid && ofPractice.MatchString(st.text)) {
			words := model.weightiest(st.text, 3)
			if len(words) == 0 {
				words = []string{"a sentence"} // of names alone, as it seems
			}
			out = append(out, mark{strings.Join(words, " … "), st.parts[0].row, st.parts[0].start, false})
		}
	}
	return out
}

// ofPractice asks something of who gets the letter.
var ofPractice = regexp.MustCompile(`(?i)\b(?:please|grateful|(?:could|would|can) you|(?:the|your) (?:practice|surgery)|gp (?:to|should|must|please)|district nurses?)\b`)

// weightiest are the words of a sentence that speak most for its urgency, in their order. Words with a capital
// are left out, since they may be a name.
func (m *Urgency) weightiest(sentence string, most int) []string {
	type weighed struct {
		word   string
		at     int
		weight int
	}
	var list []weighed
	for i, w := range strings.FieldsFunc(sentence, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if lower := strings.ToLower(w); lower == w && len(w) > 2 && !slices.ContainsFunc(list, func(o weighed) bool { return o.word == w }) {
			sum := 0
			for _, f := range urgencyFeatures(w) {
				sum += int(m.weights[f])
			}
			list = append(list, weighed{w, i, sum})
		}
	}
	slices.SortStableFunc(list, func(a, b weighed) int { return b.weight - a.weight })
	list = list[:min(len(list), most)]
	slices.SortFunc(list, func(a, b weighed) int { return a.at - b.at })
	var out []string
	for _, w := range list {
		out = append(out, w.word)
	}
	return out
}
