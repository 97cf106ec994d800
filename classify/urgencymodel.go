package classify

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/postroom/postroom"
)

// An Urgency model says how likely it is that a sentence of a letter wants a person at once: logistic regression
// over hashed words, their beginnings, neighbours and what a denial reaches. Words mean different things in
// different sentences ("sepsis was excluded", "treated for sepsis", "?sepsis"), which no list of words can hold.
type Urgency struct {
	scale   float32
	weights []int8
	whole   *wholeUrgency // nil for a model of sentences alone
	version string
}

const (
	urgencyBuckets = 1 << 17
	urgencyMagic   = "postroom.urgency/2\n"
)

//go:embed urgency.bin
var shippedUrgency []byte

// ShippedUrgency returns the model of urgency that is part of the program.
var ShippedUrgency = sync.OnceValues(func() (*Urgency, error) { return ReadUrgency(bytes.NewReader(shippedUrgency)) })

// Version names the model by its content.
func (m *Urgency) Version() string { return m.version }

// WriteTo writes the model; ReadUrgency reads it.
func (m *Urgency) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(packed(m.rawBytes()))
	return int64(n), err
}

func (m *Urgency) rawBytes() []byte {
	var raw bytes.Buffer
	raw.WriteString(urgencyMagic)
	binary.Write(&raw, binary.LittleEndian, m.scale) // never fails: bytes.Buffer
	binary.Write(&raw, binary.LittleEndian, m.weights)
	if m.whole != nil {
		b, _ := json.Marshal(m.whole) // numbers and names only
		raw.Write(b)
	}
	return raw.Bytes()
}

// name names the model by its content.
func (m *Urgency) name() {
	sum := sha256.Sum256(m.rawBytes())
	m.version = "urgency-" + hex.EncodeToString(sum[:4])
}

// ReadUrgency reads a model that WriteTo wrote.
func ReadUrgency(r io.Reader) (*Urgency, error) {
	bad := func(err error) error {
		return postroom.Bad(err, "the model file is damaged or of another version", "use the one that Postroom ships")
	}
	raw, err := unpacked(r)
	if err != nil {
		return nil, bad(err)
	}
	if len(raw) < len(urgencyMagic)+4+urgencyBuckets || !bytes.HasPrefix(raw, []byte(urgencyMagic)) {
		return nil, bad(fmt.Errorf("it does not begin with %q or is not as long as it should be", urgencyMagic))
	}
	m := &Urgency{scale: math.Float32frombits(binary.LittleEndian.Uint32(raw[len(urgencyMagic):])), weights: make([]int8, urgencyBuckets)}
	for i, b := range raw[len(urgencyMagic)+4:][:urgencyBuckets] {
		m.weights[i] = int8(b)
	}
	if rest := raw[len(urgencyMagic)+4+urgencyBuckets:]; len(rest) > 0 {
		m.whole = new(wholeUrgency)
		if err := json.Unmarshal(rest, m.whole); err != nil {
			return nil, bad(err)
		}
	}
	m.name()
	return m, nil
}

// Of returns how likely it is that a sentence wants a person at once, 0 to 1.
func (m *Urgency) Of(sentence string) float64 {
	x := urgencyFeatures(sentence)
	sum := 0
	for _, i := range x {
		sum += int(m.weights[i])
	}
	return sigmoid(float64(m.scale) * float64(sum) / math.Sqrt(float64(len(x))))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// urgencyWords are the words, numbers and telling signs of a sentence, in small letters.
func urgencyWords(sentence string) []string {
	text := strings.ReplaceAll(strings.ToLower(sentence), "’", "'")
	small := func(i int) bool { return i < len(text) && text[i] >= 'a' && text[i] <= 'z' }
	digit := func(i int) bool { return i < len(text) && isDigit(text[i]) }
	var out []string
	for i := 0; i < len(text); {
		from := i
		switch {
		case small(i):
			for small(i) || text[min(i, len(text)-1)] == '\'' && i > from && small(i+1) {
				i++
			}
		case digit(i):
			for digit(i) || i < len(text) && (text[i] == '.' || text[i] == ',') && digit(i+1) {
				i++
			}
		default:
			i++
			if !strings.ContainsRune("?<>+%/", rune(text[from])) {
				continue
			}
		}
		out = append(out, text[from:i])
	}
	return out
}

// denyingWords reach some words that follow them.
var denyingWords = set("no not nil without denies denied never neither nor excluded negative absence unlikely none cannot didn't doesn't isn't wasn't")

// denialReaches is how many words.
const denialReaches = 5

// urgencyFeatures are the buckets of a sentence, each once.
func urgencyFeatures(sentence string) []uint32 {
	words := urgencyWords(sentence)
	out := make([]uint32, 0, 6*len(words)+1)
	add := func(kind byte, one, two string) {
		v := uint32(2166136261) // FNV-1a
		v = (v ^ uint32(kind)) * 16777619
		for i := range len(one) {
			v = (v ^ uint32(one[i])) * 16777619
		}
		v = (v ^ ' ') * 16777619
		for i := range len(two) {
			v = (v ^ uint32(two[i])) * 16777619
		}
		out = append(out, (v^v>>17)%urgencyBuckets)
	}
	add('*', "", "")
	before, second := "^", ""
	reach := 0
	for _, w := range words {
		t := urgencyStem(w)
		add('w', t, "")
		if len(w) > 6 {
			add('p', w[:5], "") // what recognition or spelling changes is mostly behind
		}
		add('b', before, t)
		if second != "" {
			add('s', second, t)
		}
		switch {
		case denyingWords[w]:
			reach = denialReaches
		case reach > 0:
			add('n', t, "")
			reach--
		}
		second, before = before, t
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// urgencyStem takes the ending from a word; a number becomes how long it is, a year the word for one.
func urgencyStem(w string) string {
	if isDigit(w[0]) {
		whole, _, _ := strings.Cut(strings.ReplaceAll(w, ",", "."), ".")
		if len(whole) == 4 && len(w) == 4 && (whole[:2] == "19" || whole[:2] == "20") {
			return "#year"
		}
		return "#" + "0000"[:min(len(whole), 4)]
	}
	for _, e := range []string{"ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly"} {
		if len(w)-len(e) >= 4 && strings.HasSuffix(w, e) {
			return w[:len(w)-len(e)]
		}
	}
	return w
}
