package mutate

import (
	"bytes"
	"testing"
)

// A file that broke something must be had again by its seed and number.
func TestSameSeedSameFiles(t *testing.T) {
	differ := 0
	for n := range 60 {
		a, b, other := Make(3, n), Make(3, n), Make(4, n)
		if a.Name != b.Name || a.Why != b.Why || !bytes.Equal(a.Data, b.Data) {
			t.Errorf("file %d (%s, %s) differs from itself", n, a.Name, a.Why)
		}
		if !bytes.Equal(a.Data, other.Data) {
			differ++
		}
	}
	if differ < 55 {
		t.Errorf("another seed gives %d other files of 60", differ)
	}
}

// Each kind is damaged in many ways, or the corpus is smaller than it counts.
func TestManyWays(t *testing.T) {
	ways := map[string]map[string]bool{}
	for n := range 700 {
		f := Make(1, n)
		kind := Kinds[n%len(Kinds)]
		if ways[kind] == nil {
			ways[kind] = map[string]bool{}
		}
		ways[kind][f.Why] = true
	}
	for kind, w := range ways {
		if len(w) < 13 {
			t.Errorf("%s is damaged in %d ways only", kind, len(w))
		}
	}
}
