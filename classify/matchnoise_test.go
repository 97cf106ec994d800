package classify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// misprint changes a digit of a number or date now and then, or exchanges two.
func misprint(r *rand.Rand, s string, often float64) string {
	b := []byte(s)
	for i := range b {
		if b[i] >= '0' && b[i] <= '9' && r.Float64() < often {
			b[i] = '0' + byte(r.IntN(10))
		}
	}
	if r.Float64() < often && len(b) > 1 {
		i := r.IntN(len(b) - 1)
		if b[i] != '-' && b[i+1] != '-' {
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
	return string(b)
}

// misspell changes, drops or doubles a letter now and then.
func misspell(r *rand.Rand, s string, often float64) string {
	if r.Float64() > often || len(s) < 3 {
		return s
	}
	i := 1 + r.IntN(len(s)-1)
	switch r.IntN(3) {
	case 0:
		return s[:i] + string(rune('a'+r.IntN(26))) + s[i+1:]
	case 1:
		return s[:i] + s[i+1:]
	}
	return s[:i] + s[i:i+1] + s[i:]
}

// Tens of thousands of documents' values, misread, mistyped and mixed up
// between people who are alike, never give a certain match with somebody else.
// And who is certain to be found when nothing is wrong, is found.
func TestNoWrongMatch(t *testing.T) {
	reg, patients := generatedRegister(4711, 12_000)
	list := NewRegister(patients)
	r := rand.New(rand.NewPCG(4711, 1))
	exact, first, suggestions, notOurs, notOursWrong := 0, 0, 0, 0, 0
	const documents = 30_000
	for n := range documents {
		var p, alike generate.Person
		in := true
		switch c := r.IntN(10); {
		case c < 5:
			pair := reg.Alike[r.IntN(len(reg.Alike))]
			p, alike = reg.People[pair[0]], reg.People[pair[1]]
			if r.IntN(2) == 0 {
				p, alike = alike, p
			}
		case c < 7:
			p, in = reg.Strangers[r.IntN(len(reg.Strangers))], false
			alike = reg.People[r.IntN(len(reg.People))]
		default:
			p = reg.People[r.IntN(len(reg.People))]
			alike = reg.People[r.IntN(len(reg.People))]
		}
		often := []float64{0, 0.01, 0.05}[r.IntN(3)]
		number, born, family, given, postcode := p.Number, p.BirthDate, p.Family, p.Given, p.Postcode
		mixed := false
		switch r.IntN(14) { // what a typist or a form mixes up
		case 0:
			number, mixed = alike.Number, true
		case 1:
			born, mixed = alike.BirthDate, true
		case 2:
			given, mixed = alike.Given, true
		case 3:
			family, mixed = alike.Family, true
		case 4:
			postcode = alike.Postcode // moved house
		case 5:
			given = given[:1]
		}
		number, born = misprint(r, number, often), misprint(r, born, often)
		d := subject{
			births: []birth{{iso: born}}, postcode: postcode,
			names: []personName{{family: misspell(r, family, 6*often), given: misspell(r, given, 6*often)}},
		}
		if _, err := postroom.ParseNHSNumber(number); err == nil {
			d.numbers = []string{number}
		} else {
			d.broken = []string{number}
		}
		m := list.match(d)
		what := fmt.Sprintf("document %d: in the list %v, mixed up %v, noise %g", n, in, mixed, often)
		switch {
		case m.Kind == postroom.MatchExact:
			exact++
			if !in || m.Patient.Number != p.Number {
				// A whole identity but for one value that belongs to another is that other's:
				// nobody could tell from the page.
				if m.Patient.Number == alike.Number && born == alike.BirthDate && nameKey(family) == nameKey(alike.Family) && mixed {
					continue
				}
				t.Errorf("%s: a certain match with somebody else", what)
			}
		case m.NotOurs == NotInList:
			notOurs++
			if in && !mixed {
				notOursWrong++
			}
		}
		if in && !mixed {
			suggestions++
			if len(m.Candidates) > 0 && m.Candidates[0].Patient.Number == p.Number {
				first++
			}
		}
	}
	t.Logf("%d documents: %d certain, %d of %d right at the head of the candidates, %d not ours of which %d are", documents, exact, first, suggestions, notOurs, notOursWrong)
	if exact < documents/5 {
		t.Errorf("only %d certain matches", exact)
	}
	if 100*first < 97*suggestions {
		t.Errorf("the right patient heads the candidates only %d of %d times", first, suggestions)
	}
	if 100*notOursWrong > notOurs {
		t.Errorf("%d of %d documents said to be nobody's are about a patient", notOursWrong, notOurs)
	}
}

// The candidates find a patient by what is left when something has changed.
func TestCandidatesAfterChanges(t *testing.T) {
	list := NewRegister(append(manyPatients(3000), matchRegister...))
	want := "9990123454" // Amara Okafor, 1951-03-07, ZZ99 1AA
	var p postroom.Patient
	for _, q := range matchRegister {
		if q.Number == want {
			p = q
		}
	}
	for name, d := range map[string]subject{
		"surname changed":            {births: []birth{{iso: p.BirthDate}}, names: []personName{{family: "Winterbourne", given: p.Given}}, numbers: []string{p.Number}},
		"surname changed, no number": {births: []birth{{iso: p.BirthDate}}, names: []personName{{family: "Winterbourne", given: p.Given}}, postcode: p.Postcode},
		"moved":                      {births: []birth{{iso: p.BirthDate}}, names: []personName{{family: p.Family, given: p.Given}}, postcode: "ZZ99 9ZZ"},
		"day and month exchanged":    {births: []birth{{iso: swapped(p.BirthDate)}}, names: []personName{{family: p.Family, given: p.Given}}},
		"names exchanged":            {births: []birth{{iso: swapped(p.BirthDate)}}, names: []personName{{family: p.Given, given: p.Family}}},
		"two digits exchanged":       {broken: []string{"9990123445"}, names: []personName{{family: p.Family, given: p.Given}}},
		"a digit misread":            {broken: []string{"9990128454"}, births: []birth{{iso: p.BirthDate}}},
		"misspelt":                   {births: []birth{{iso: p.BirthDate}}, names: []personName{{family: "Okaphor", given: "Amarra"}}},
	} {
		got := list.candidates(d)
		if len(got) == 0 || got[0].Patient.Number != want {
			t.Errorf("%s: %d candidates, and the patient is not the first", name, len(got))
			continue
		}
		if len(got[0].Why) == 0 {
			t.Errorf("%s: no reason", name)
		}
	}
}
