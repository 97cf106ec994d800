package classify

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/postroom/postroom"
)

// Items tells which words of a page are items of lists - a diagnosis, a medicine, an allergy, something that the practice is
// asked to do - whether they stand under a heading, beside a label, in a table or in a sentence: a linear-chain conditional
// random field over hashed features (Lafferty, McCallum and Pereira, Conditional Random Fields, 2001). Each word begins an
// item, goes on with one, or is in none.
type Items struct {
	scale   [tagCount]float32 // what a weight of 1 means
	bias    [tagCount]float32
	weights []int8 // by bucket, then tag
	moves   itemMoves
	// surety makes the confidence of an item of what the words say: slope and offset of the log odds, fitted on letters
	// that were held back.
	surety  [2]float64
	version string
}

// itemMoves are what it counts that a tag follows another, for each way in which a word follows the one before.
type itemMoves [stepCount][tagCount][tagCount]float32

// The tags: none, and for each list the first word of an item and the others.
const tagCount = 9

func beginTag(list int) int  { return 1 + 2*list }
func insideTag(list int) int { return 2 + 2*list }

// listOf is the index in listFields of a tag's list, -1 for none.
func listOf(tag int) int { return (tag+1)/2 - 1 }

// possible reports whether a tag can follow another. A word at the beginning of a cell may go on with an item that stands
// elsewhere, in the line above of its column.
func possible(step itemStep, from, to int) bool {
	l := listOf(to)
	return l < 0 || to == beginTag(l) || step != stepWord || listOf(from) == l
}

const (
	itemBuckets = 1 << 16
	itemsMagic  = "postroom.items/1\n"
)

//go:embed items.bin
var shippedItems []byte

// ShippedItems returns the model of items that is part of the program.
var ShippedItems = sync.OnceValues(func() (*Items, error) { return ReadItems(bytes.NewReader(shippedItems)) })

// Version names the model by its content.
func (m *Items) Version() string { return m.version }

func (m *Items) rawBytes() []byte {
	var raw bytes.Buffer
	raw.WriteString(itemsMagic)
	for _, v := range []any{m.scale, m.bias, m.weights, m.moves, m.surety} {
		binary.Write(&raw, binary.LittleEndian, v) // never fails: bytes.Buffer
	}
	return raw.Bytes()
}

// WriteTo writes the model; ReadItems reads it.
func (m *Items) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(packed(m.rawBytes()))
	return int64(n), err
}

func (m *Items) name() {
	sum := sha256.Sum256(m.rawBytes())
	m.version = "items-" + hex.EncodeToString(sum[:4])
}

// ReadItems reads a model that WriteTo wrote.
func ReadItems(r io.Reader) (*Items, error) {
	bad := func(err error) error {
		return postroom.Bad(err, "the model file is damaged or of another version", "use the one that Postroom ships")
	}
	raw, err := unpacked(r)
	if err != nil {
		return nil, bad(err)
	}
	if !bytes.HasPrefix(raw, []byte(itemsMagic)) {
		return nil, bad(fmt.Errorf("it does not begin with %q", itemsMagic))
	}
	m := &Items{weights: make([]int8, itemBuckets*tagCount)}
	in := bytes.NewReader(raw[len(itemsMagic):])
	for _, v := range []any{&m.scale, &m.bias, m.weights, &m.moves, &m.surety} {
		if err := binary.Read(in, binary.LittleEndian, v); err != nil {
			return nil, bad(err)
		}
	}
	numbers := append(floats(m.scale[:], m.bias[:]), m.surety[:]...)
	for _, step := range m.moves {
		for _, from := range step {
			numbers = append(numbers, floats(from[:])...)
		}
	}
	for _, v := range numbers {
		if math.IsNaN(v) || math.Abs(v) > 1e4 {
			return nil, bad(fmt.Errorf("it holds a number that is none, or too large"))
		}
	}
	if in.Len() != 0 {
		return nil, bad(fmt.Errorf("it is longer than it should be"))
	}
	m.name()
	return m, nil
}

// underHeading is what it counts at last that a line stands under, or beside, a heading of its list that the lexicon knows: there
// a list is meant, and what a clerk sees in it he misses when it is left out.
const underHeading = 1.4

// favours is what the known heading of a line counts for a list: its own is favoured, and of diagnoses, medicines and allergies
// none stands under the heading of another.
func (l *itemLine) favours(list int) float64 {
	switch asked := len(listFields) - 1; {
	case list < 0 || l.ruled < 0:
		return 0
	case list == l.ruled:
		return underHeading
	case list != asked && l.ruled != asked:
		return -underHeading
	}
	return 0
}

// scores are how much speaks for each tag of each word of a page.
func (m *Items) scores(p *itemPage, f itemFeatures) [][tagCount]float64 {
	sum := func(x []uint32) (z [tagCount]float64) {
		var n [tagCount]int32
		for _, b := range x {
			row := m.weights[int(b)*tagCount : int(b)*tagCount+tagCount]
			for t, w := range row {
				n[t] += int32(w)
			}
		}
		norm := featureNorm(len(x))
		for t := range z {
			z[t] = float64(n[t]) * float64(m.scale[t]) * norm
		}
		return z
	}
	all := func(list [][]uint32) [][tagCount]float64 {
		out := make([][tagCount]float64, len(list))
		for i, x := range list {
			out[i] = sum(x)
		}
		return out
	}
	words, lines, sentences := all(f.words), all(f.lines), all(f.sentences)
	for i, w := range p.words {
		for t := range tagCount {
			words[i][t] += lines[w.line][t] + sentences[w.sentence][t] + float64(m.bias[t])
			words[i][t] += p.lines[w.line].favours(listOf(t))
		}
	}
	return words
}

// tag are the likeliest tags of a page's words together (Viterbi), and how likely each tag of each word is.
func (m *Items) tag(p *itemPage, order int) (tags []int, likely [][tagCount]float64) {
	if len(p.words) == 0 {
		return nil, nil
	}
	z := m.scores(p, p.features(order))
	return m.moves.best(p, z), m.moves.likely(p, z)
}

// never is less than any sum of scores.
const never = -1e30

// add is the sum of what speaks for a tag behind another.
func (m *itemMoves) add(step itemStep, from, to int) float64 {
	if !possible(step, from, to) {
		return never
	}
	return float64(m[step][from][to])
}

func (m *itemMoves) best(p *itemPage, z [][tagCount]float64) []int {
	n := len(z)
	back := make([][tagCount]int8, n)
	var at [tagCount]float64
	for t := range at {
		at[t] = z[0][t] + m.add(stepRow, 0, t)
	}
	for i := 1; i < n; i++ {
		var next [tagCount]float64
		for t := range next {
			next[t] = 2 * never
			for from := range tagCount {
				if v := at[from] + m.add(p.words[i].step, from, t); v > next[t] {
					next[t], back[i][t] = v, int8(from)
				}
			}
			next[t] += z[i][t]
		}
		at = next
	}
	out := make([]int, n)
	for t := range at {
		if at[t] > at[out[n-1]] {
			out[n-1] = t
		}
	}
	for i := n - 1; i > 0; i-- {
		out[i-1] = int(back[i][out[i]])
	}
	return out
}

// likely is how likely each tag of each word is (forward and backward).
func (m *itemMoves) likely(p *itemPage, z [][tagCount]float64) [][tagCount]float64 {
	out, _ := m.forwardBackward(p, z, nil)
	return out
}

// forwardBackward returns the probabilities of the tags and the logarithm of the sum over all ways to tag the page. Where pairs
// is given, the probability of each tag behind each other is added to it, by step.
func (m *itemMoves) forwardBackward(p *itemPage, z [][tagCount]float64, pairs *[stepCount][tagCount][tagCount]float64) ([][tagCount]float64, float64) {
	n := len(z)
	forward, backward := make([][tagCount]float64, n), make([][tagCount]float64, n)
	var moves [stepCount][tagCount][tagCount]float64 // exponentials
	for s := range moves {
		for from := range tagCount {
			for to := range tagCount {
				if possible(itemStep(s), from, to) {
					moves[s][from][to] = math.Exp(float64(m[s][from][to]))
				}
			}
		}
	}
	// Each word's exponentials are taken relative to its greatest score, and each step is scaled to a sum of one.
	e := make([][tagCount]float64, n)
	total := 0.0
	for i := range z {
		top := z[i][0]
		for _, v := range z[i] {
			top = max(top, v)
		}
		for t, v := range z[i] {
			e[i][t] = math.Exp(v - top)
		}
		total += top
	}
	scaled := func(v *[tagCount]float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) { // scores beyond all measure say nothing
			for t := range v {
				v[t] = 1. / tagCount
			}
			return 1
		}
		for t := range v {
			v[t] /= sum
		}
		return sum
	}
	for t := range tagCount {
		forward[0][t] = moves[stepRow][0][t] * e[0][t]
	}
	total += math.Log(scaled(&forward[0]))
	for i := 1; i < n; i++ {
		step := &moves[p.words[i].step]
		for to := range tagCount {
			v := 0.0
			for from := range tagCount {
				v += forward[i-1][from] * step[from][to]
			}
			forward[i][to] = v * e[i][to]
		}
		total += math.Log(scaled(&forward[i]))
	}
	for t := range tagCount {
		backward[n-1][t] = 1
	}
	for i := n - 2; i >= 0; i-- {
		step := &moves[p.words[i+1].step]
		for from := range tagCount {
			v := 0.0
			for to := range tagCount {
				v += step[from][to] * e[i+1][to] * backward[i+1][to]
			}
			backward[i][from] = v
		}
		scaled(&backward[i])
	}
	out := make([][tagCount]float64, n)
	for i := range out {
		for t := range tagCount {
			out[i][t] = forward[i][t] * backward[i][t]
		}
		scaled(&out[i])
	}
	if pairs != nil {
		for t := range tagCount {
			pairs[stepRow][0][t] += out[0][t]
		}
		for i := 1; i < n; i++ {
			s := p.words[i].step
			var pair [tagCount][tagCount]float64
			sum := 0.0
			for from := range tagCount {
				for to := range tagCount {
					pair[from][to] = forward[i-1][from] * moves[s][from][to] * e[i][to] * backward[i][to]
					sum += pair[from][to]
				}
			}
			for from := range tagCount {
				for to := range tagCount {
					pairs[s][from][to] += pair[from][to] / sum
				}
			}
		}
	}
	return out, total
}
