package generate

import "hash/fnv"

// A Rand is a SplitMix64 stream. The generator has its own so that the bytes
// it makes for a seed do not change with the Go release.
type Rand struct{ state uint64 }

// NewRand returns the stream for a seed and a label; different labels give
// independent streams, so that one document can be made again by itself.
func NewRand(seed uint64, label string) *Rand {
	h := fnv.New64a()
	h.Write([]byte(label))
	r := &Rand{seed*0x9E3779B97F4A7C15 ^ h.Sum64()}
	r.next()
	return r
}

func (r *Rand) next() uint64 {
	r.state += 0x9E3779B97F4A7C15
	z := r.state
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// Intn returns a number from 0 to n-1; 0 when n < 2.
func (r *Rand) Intn(n int) int {
	if n < 2 {
		return 0
	}
	return int((r.next() >> 33) % uint64(n))
}

// Between returns a number from low to high, both included.
func (r *Rand) Between(low, high int) int { return low + r.Intn(high-low+1) }

// Float returns a number from 0 to 1, 1 excluded.
func (r *Rand) Float() float64 { return float64(r.next()>>11) / (1 << 53) }

// Within returns a number from low to high.
func (r *Rand) Within(low, high float64) float64 {
	// The conversion keeps processors with a fused multiply-add from rounding otherwise.
	return low + float64(r.Float()*(high-low))
}

// Chance is true with probability p.
func (r *Rand) Chance(p float64) bool { return r.Float() < p }

func pick[T any](r *Rand, from []T) T { return from[r.Intn(len(from))] }

// shuffled returns a copy of from in random order.
func shuffled[T any](r *Rand, from []T) []T {
	out := append([]T(nil), from...)
	for i := len(out) - 1; i > 0; i-- {
		j := r.Intn(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func (r *Rand) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.Intn(10))
	}
	return string(b)
}
