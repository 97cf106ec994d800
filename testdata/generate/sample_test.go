package generate

import "testing"

func TestSampleCorpus(t *testing.T) {
	g, err := New(Options{Seed: 3, Docs: 30})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for m, err := range g.Corpus() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		t.Log(m.Name, len(m.Raw), m.Truth.Form, m.Truth.Quality, len(m.Truth.Pages), len(m.Truth.Documents))
	}
}
