package classify

import (
	"hash/fnv"
	"math/bits"
)

// fingerprintSize is the number of minima kept for a page. The standard error
// of the similarity is at most 1/(2*sqrt(64)) = 0.06.
const fingerprintSize = 64

// mostFingerprints bounds the pages of a document that have one.
const mostFingerprints = 40

// fingerprintOf is a MinHash (Broder, On the resemblance and containment of
// documents, 1997) of the words of each page without the fax header lines, one
// behind the other, so that a document is found again when pages were added.
// Words are folded to what recognition keeps apart, and each word counts with
// its next one, so that noise in one word costs two of the pairs. Pages with
// too little text to tell one from another have none.
func fingerprintOf(sheets []*sheet) []uint64 {
	var out []uint64
	for _, s := range sheets {
		if len(out) >= mostFingerprints*fingerprintSize {
			break
		}
		var words []string
		for i := range s.rows() {
			for _, w := range cutWords(s.rows()[i].text) {
				if len(w) > 2 {
					words = append(words, likeness(w))
				}
			}
		}
		if len(words) >= 8 {
			out = append(out, pageFingerprint(words)...)
		}
	}
	return out
}

func pageFingerprint(words []string) []uint64 {
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

// SimilarDocuments returns how much of the shorter of two documents stands in
// the longer one, 0 to 1, from their fingerprints: the mean over its pages of
// the likeness to the likest page. Documents with too little text have no
// fingerprint and are similar to none. It finds what may have been sent again;
// SentAgain decides.
func SimilarDocuments(a, b []uint64) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 || len(a)%fingerprintSize != 0 || len(b)%fingerprintSize != 0 {
		return 0
	}
	sum := 0
	for i := 0; i < len(a); i += fingerprintSize {
		most := 0
		for j := 0; j < len(b); j += fingerprintSize {
			same := 0
			for k := range fingerprintSize {
				if a[i+k] == b[j+k] {
					same++
				}
			}
			most = max(most, same)
		}
		sum += most
	}
	return float64(sum) / float64(len(a))
}

// LeastSimilar is the similarity from which it is worth asking SentAgain. A
// page read twice through ordinary noise has at least 0.5, through bad noise
// 0.25.
const LeastSimilar = 0.2
