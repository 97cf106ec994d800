package classify

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/postroom/postroom"
)

// A Model is a linear classifier of documents' types: multinomial logistic
// regression over hashed words, pairs of words and parts of words, where those
// of the first page's heading count apart. Its weights are bytes, so a model
// takes about half a megabyte in memory and less on disk.
type Model struct {
	classes []postroom.TypeCode
	scale   []float32 // by class: what a weight of 1 means
	bias    []float32
	weights []int8 // by bucket, then class
	// How the model's and the cues' evidence are added, fitted on documents of
	// layouts that were held back: the cues' by class.
	cueShares  []float64
	modelShare float64
	version    string
}

//go:generate go run ./internal/train

const (
	buckets    = 1 << 15
	modelMagic = "postroom.model/2\n"
	// olderMagic begins models in which the cues of all classes have one share.
	olderMagic = "postroom.model/1\n"
)

//go:embed model.bin
var shippedModel []byte

// ShippedModel returns the model that is part of the program.
var ShippedModel = sync.OnceValues(func() (*Model, error) { return ReadModel(bytes.NewReader(shippedModel)) })

// Version names the model by its content.
func (m *Model) Version() string { return m.version }

// Classes are the types that the model tells apart.
func (m *Model) Classes() []postroom.TypeCode { return append([]postroom.TypeCode(nil), m.classes...) }

// WriteTo writes the model; ReadModel reads it.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	b := m.encode()
	n, err := w.Write(b)
	return int64(n), err
}

func (m *Model) rawBytes() []byte {
	var raw bytes.Buffer
	raw.WriteString(modelMagic)
	put := func(v any) { binary.Write(&raw, binary.LittleEndian, v) } // never fails: bytes.Buffer
	put(uint32(buckets))
	put(uint32(len(m.classes)))
	for _, c := range m.classes {
		put(uint32(len(c)))
		raw.WriteString(string(c))
	}
	put(m.cueShares)
	put(m.modelShare)
	put(m.scale)
	put(m.bias)
	put(m.weights)
	return raw.Bytes()
}

func (m *Model) encode() []byte { return packed(m.rawBytes()) }

// packed are the bytes of a model as they are kept.
func packed(raw []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	z.Write(raw)
	z.Close()
	return out.Bytes()
}

// unpacked are the bytes of a model that packed packed.
func unpacked(r io.Reader) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, 64<<20))
}

// ReadModel reads a model that WriteTo wrote.
func ReadModel(r io.Reader) (*Model, error) {
	bad := func(err error) error {
		return postroom.Bad(err, "the model file is damaged or of another version", "train a model again, or go back to the one that Postroom ships")
	}
	raw, err := unpacked(r)
	if err != nil {
		return nil, bad(err)
	}
	sum := sha256.Sum256(raw)
	older := bytes.HasPrefix(raw, []byte(olderMagic))
	if !older && !bytes.HasPrefix(raw, []byte(modelMagic)) {
		return nil, bad(fmt.Errorf("it does not begin with %q", modelMagic))
	}
	in := bytes.NewReader(raw[len(modelMagic):])
	var size, classes uint32
	read := func(v any) {
		if err == nil {
			err = binary.Read(in, binary.LittleEndian, v)
		}
	}
	read(&size)
	read(&classes)
	if err != nil || size != buckets || classes < 2 || classes > 1000 {
		return nil, bad(err)
	}
	m := &Model{version: "linear-" + hex.EncodeToString(sum[:4])}
	for range classes {
		var n uint32
		read(&n)
		if err != nil || n > 64 {
			return nil, bad(err)
		}
		name := make([]byte, n)
		if _, err := io.ReadFull(in, name); err != nil {
			return nil, bad(err)
		}
		m.classes = append(m.classes, postroom.TypeCode(name))
	}
	m.cueShares = make([]float64, classes)
	if older {
		var one float64
		read(&one)
		m.cueShares = alike(one, int(classes))
	} else {
		read(m.cueShares)
	}
	read(&m.modelShare)
	m.scale, m.bias, m.weights = make([]float32, classes), make([]float32, classes), make([]int8, int(classes)*buckets)
	read(m.scale)
	read(m.bias)
	read(m.weights)
	if err != nil || in.Len() != 0 {
		return nil, bad(err)
	}
	for _, v := range slices.Concat(m.cueShares, []float64{m.modelShare}, floats(m.scale, m.bias)) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, bad(fmt.Errorf("it holds a number that is none"))
		}
	}
	return m, nil
}

func floats(lists ...[]float32) []float64 {
	var out []float64
	for _, l := range lists {
		for _, v := range l {
			out = append(out, float64(v))
		}
	}
	return out
}

// A feature is one bucket with its value in a document.
type feature struct {
	bucket uint32
	value  float32
}

// features of a document's sheets, as a vector of length 1, sorted by bucket.
// Numbers are left out: they are a patient's or a day's, not a type's.
func features(sheets []*sheet) []feature {
	found := map[uint32]float32{}
	add := func(weight float32, parts ...string) {
		h := fnv.New32a()
		for _, p := range parts {
			io.WriteString(h, p)
			h.Write([]byte{0})
		}
		b := h.Sum32()
		b ^= b >> 15
		b %= buckets
		if found[b] < weight {
			found[b] = weight
		}
	}
	for order, s := range sheets {
		if order == 0 {
			if s.hasLetterhead() {
				add(2, "letterhead")
			} else {
				add(2, "no letterhead")
			}
		}
		for i := range s.rows() {
			heading := order == 0 && i < 15
			var last string
			for c := range s.rows()[i].cells {
				cell := s.rows()[i].cellText(c)
				own := cutWords(cell)
				short := len(own) <= 6
				for k, w := range own {
					if len(w) < 2 && w != "&" || hasDigit(w) && letters(w) < 2 {
						last = ""
						continue
					}
					w = likeness(w)
					add(1, "w", w)
					if k > 0 && last != "" {
						add(1, "p", last, w)
					}
					if heading && short {
						add(1.5, "h", w)
						if s.rows()[i].big || allCaps(cell) {
							add(1.5, "t", w)
						}
						if len(w) > 5 {
							for at := 0; at+4 <= len(w); at++ {
								add(0.5, "c", w[at:at+4])
							}
						}
					}
					if k == 0 && short {
						add(1, "l", w)
					}
					if len(w) > 5 {
						// What is left of a word when one character is misread.
						add(0.4, "b", w[:4])
						add(0.4, "e", w[len(w)-4:])
					}
					last = w
				}
				last = ""
			}
		}
	}
	out := make([]feature, 0, len(found))
	norm := 0.0
	for b, v := range found {
		out = append(out, feature{b, v})
		norm += float64(v) * float64(v)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].bucket < out[j].bucket })
	if norm > 0 {
		scale := float32(1 / math.Sqrt(norm))
		for i := range out {
			out[i].value *= scale
		}
	}
	return out
}

// logits of the model's classes.
func (m *Model) logits(x []feature) []float64 {
	n := len(m.classes)
	sums := make([]float32, n)
	for _, f := range x {
		row := m.weights[int(f.bucket)*n : int(f.bucket)*n+n]
		for c, w := range row {
			sums[c] += float32(w) * f.value
		}
	}
	out := make([]float64, n)
	for c := range out {
		out[c] = float64(sums[c]*m.scale[c] + m.bias[c])
	}
	return out
}

// softmax in place.
func softmax(z []float64) {
	top := math.Inf(-1)
	for _, v := range z {
		top = max(top, v)
	}
	sum := 0.0
	for i, v := range z {
		z[i] = math.Exp(v - top)
		sum += z[i]
	}
	for i := range z {
		z[i] /= sum
	}
}

// frequency is how often a type comes to a practice beside others: clinic letters are the bulk of
// the post, discharge summaries next. Training has as many examples of each type, so the model
// does not know. The true shares lie further apart; but practices differ, and what is
// filed must be told by what it says: at five to one, letters of which the words spoke as much
// for a rarer type came to be filed.
var frequency = map[postroom.TypeCode]float64{postroom.OutpatientLetter: 3, postroom.DischargeSummary: 2}

// ownFrequency is that of a type which a practice has added, in the end and not while it is learned: it is one form among all that
// comes, known by few, and has to be clearly likelier than what the program knows by thousands.
const ownFrequency = 0.25

// often is the log odds that a type's frequency gives it (Saerens, Latinne and Decaestecker,
// Adjusting the Outputs of a Classifier to New a Priori Probabilities, 2002).
func often(code postroom.TypeCode) float64 {
	if f := frequency[code]; f > 0 {
		return math.Log(f)
	}
	return 0
}

// evenly turns probabilities into those that would hold if all types came alike.
func evenly(codes []postroom.TypeCode, p []float64) []float64 {
	out := make([]float64, len(p))
	sum := 0.0
	for i, v := range p {
		out[i] = v / math.Exp(often(codes[i]))
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// join adds the cues' evidence, the model's and how often types come, and gives the probability of
// each class of allTypes. Types that a practice has added are known to the model
// alone and follow behind.
func (m *Model) join(scores []float64, x []feature) ([]postroom.TypeCode, []float64) {
	codes := append([]postroom.TypeCode(nil), allTypes...)
	z := make([]float64, len(codes))
	for c := range scores {
		z[c] = often(codes[c])
	}
	logits := m.logits(x)
	least := 0.0
	for _, v := range logits {
		least = min(least, v)
	}
	known := make([]bool, len(codes))
	for i, code := range m.classes {
		c := classOf(code)
		if c < 0 {
			codes = append(codes, code)
			z = append(z, math.Log(ownFrequency)+m.modelShare*logits[i])
			continue
		}
		known[c] = true
		z[c] += m.cueShares[i]*scores[c] + m.modelShare*logits[i]
	}
	for c := range known {
		if !known[c] {
			z[c] += scores[c] + m.modelShare*least // never seen in training: the cues alone must carry it
		}
	}
	softmax(z)
	return codes, z
}

// decisive returns the words of the sheets that speak most for a class.
func (m *Model) decisive(sheets []*sheet, code postroom.TypeCode, n int) []string {
	at := -1
	for i, c := range m.classes {
		if c == code {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	total := map[string]float64{}
	for _, s := range sheets {
		for i := range s.rows() {
			for _, w := range cutWords(s.rows()[i].text) {
				if len(w) < 4 || hasDigit(w) {
					continue
				}
				h := fnv.New32a()
				io.WriteString(h, "w\x00"+likeness(w)+"\x00")
				b := h.Sum32()
				b ^= b >> 15
				v := m.weights[int(b%buckets)*len(m.classes)+at]
				if v > 12 {
					total[w] = float64(v)
				}
			}
		}
	}
	out := strongest(total, n)
	for i := range out {
		out[i] = strings.ToLower(out[i])
	}
	return out
}
