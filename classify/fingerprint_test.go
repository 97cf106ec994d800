package classify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/testdata/generate"
)

// One fax received twice through noise is similar; letters of one template
// about different people, and letters of other types, are not.
func TestSimilarDocuments(t *testing.T) {
	reg, patients := generatedRegister(7, 60)
	sorter, err := New(generatedPractice, NewRegister(patients))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	print := func(d *generate.Document, noise string, header string) []uint64 {
		var pages []postroom.Page
		for i, p := range d.Papers {
			pages = append(pages, simulate.Paper(p, "f", i+1, simulate.Noises[noise], r))
		}
		if header != "" {
			h := typeset("^" + header)
			pages[0].Words = append(h.Words, pages[0].Words...)
		}
		out, err := sorter.Sort(t.Context(), Input{Pages: pages, Received: received})
		if err != nil {
			t.Fatal(err)
		}
		return out.Documents[0].Fingerprint
	}
	least, most := 1.0, 0.0
	types := generate.Types()
	for i := range 60 {
		code := types[i%len(types)]
		make := func(person generate.Person, seed uint64) *generate.Document {
			d, err := generate.MakeDocument(seed, fmt.Sprint(i), generate.DocumentSpec{Type: code, Split: generate.Train, Sent: received, Patient: person, InRegister: true, Wording: 1})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		a := make(reg.People[i%len(reg.People)], 1)
		again := SimilarDocuments(print(a, "typical", "12/03/26 09:14 FAX 01632 960001 P.1/1"), print(a, "typical", "13/03/26 17:40 EXAMPLE 01632 960001 P.01/01"))
		least = min(least, again)
		b := make(reg.People[(i+7)%len(reg.People)], 2)
		most = max(most, SimilarDocuments(print(a, "clean", ""), print(b, "clean", "")))
	}
	t.Logf("a fax sent again: at least %.2f; the same wording about somebody else: at most %.2f", least, most)
	if most >= SameDocument {
		t.Errorf("letters about two people are %.2f similar", most)
	}
	if least < SameDocument {
		t.Errorf("a fax sent again is only %.2f similar", least)
	}
	if SimilarDocuments(nil, nil) != 0 || SimilarDocuments(nil, make([]uint64, fingerprintSize)) != 0 {
		t.Error("documents without text are similar")
	}
}
