package classify

import (
	"hash/fnv"
	"math/bits"
)

// fingerprintSize is the number of minima kept. The standard error of the
// similarity is at most 1/(2*sqrt(64)) = 0.06.
const fingerprintSize = 64

// fingerprintOf is a MinHash (Broder, On the resemblance and containment of
// documents, 1997) of a document's words without the fax header lines. Words
// are folded to what recognition keeps apart, and each word counts with its
// next one, so that noise in one word costs two of the pairs.
func fingerprintOf(sheets []*sheet) []uint64 {
	var words []string
	for _, s := range sheets {
		for i := range s.rows {
			for _, w := range cutWords(s.rows[i].text) {
				if len(w) > 2 {
					words = append(words, likeness(w))
				}
			}
		}
	}
	if len(words) < 8 {
		return nil // too little to tell one document from another
	}
	out := make([]uint64, fingerprintSize)
	for i := range out {
		out[i] = ^uint64(0)
	}
	add := func(text string) {
		h := fnv.New64a()
		h.Write([]byte(text)) // never fails: hash.Hash
		base := h.Sum64()
		for k := range out {
			v := mix(base ^ uint64(k+1)*0x9E3779B97F4A7C15)
			out[k] = min(out[k], v)
		}
	}
	for i, w := range words {
		add(w)
		if i > 0 {
			add(words[i-1] + " " + w)
		}
	}
	return out
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return bits.RotateLeft64(x^x>>31, 7)
}

// SameDocument is the similarity from which two documents count as one sent
// twice. On generated letters, one received twice through ordinary noise has at
// least 0.7, and two of the same wording about different people at most 0.6.
const SameDocument = 0.65

// SimilarDocuments returns how much of two documents' text is shared, 0 to 1,
// from their fingerprints. Documents with too little text have no fingerprint
// and are similar to none. Two reports of one laboratory form can be similar
// without being the same: whoever holds a duplicate compares the patients too.
func SimilarDocuments(a, b []uint64) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return 0
	}
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(len(a))
}
