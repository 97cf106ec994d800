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

// A slot is a kind of value that stands on many places of a letter: which part
// does each play? A date can be the letter's, the clinic's or somebody's birth;
// a name the patient's, the author's or the addressee's.
type slot uint8

const (
	slotDate slot = iota
	slotName
	slotLine // a line of the letterhead, the foot or the signature: whose name is it?
	slotCode // a postcode
	slotPage // a page: is it a cover sheet?
	slotCut  // a page behind another: does a document begin?
	slotCount
)

// slotRoles are the parts of each slot, in the order of the model's outputs;
// the empty one is "none of these".
var slotRoles = [slotCount][]postroom.FieldName{
	slotDate: {"", postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate, postroom.BirthDate},
	slotName: {"", postroom.PatientName, postroom.SenderClinician, postroom.Recipient},
	slotLine: {"", postroom.SenderOrganisation, postroom.SenderDepartment},
	slotCode: {"", postroom.Postcode},
	slotPage: {"", "cover"},
	slotCut:  {"", "begins"},
}

func roleAt(s slot, name postroom.FieldName) int {
	for i, r := range slotRoles[s] {
		if r == name {
			return i
		}
	}
	return -1
}

// Roles tells which part a date, a name or a line plays, from the words around
// it and its place: logistic regression over hashed features, for each slot.
// The rules' own opinion is one of the features.
type Roles struct {
	scale   [slotCount][]float32 // by role: what a weight of 1 means
	bias    [slotCount][]float32
	weights [slotCount][]int8 // by bucket, then role
	// temper makes probabilities of logits, fitted on wordings that were held back.
	temper [slotCount]float64
	// surety makes the confidence of a field of what its readings say together:
	// slope and offset of the log odds, fitted on whole documents that were held
	// back (Platt, Probabilistic Outputs for Support Vector Machines, 1999).
	surety [len(suretyFields)][2]float64
	// lastSurety is that of a letter's date that nothing in the document contradicts: the last day that it names, and a recent one.
	lastSurety [2]float64
	version    string
}

// suretyFields are the fields whose confidence is fitted.
var suretyFields = [...]postroom.FieldName{
	postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate, postroom.BirthDate, postroom.PatientName,
	postroom.SenderClinician, postroom.Recipient, postroom.SenderOrganisation, postroom.SenderDepartment, postroom.Postcode,
}

// sure is the confidence of a field; last says that it is a letter's date that nothing contradicts.
func (m *Roles) sure(name postroom.FieldName, p float64, last bool) float64 {
	switch {
	case m == nil:
		return p
	case last:
		return platt(m.lastSurety, p)
	}
	for i, n := range suretyFields {
		if n == name {
			return platt(m.surety[i], p)
		}
	}
	return p
}

func platt(s [2]float64, p float64) float64 {
	p = max(1e-4, min(1-1e-4, p))
	return 1 / (1 + math.Exp(-(s[0]*math.Log(p/(1-p)) + s[1])))
}

const (
	roleBuckets = 1 << 14
	rolesMagic  = "postroom.roles/5\n"
)

//go:embed roles.bin
var shippedRoles []byte

// ShippedRoles returns the model that is part of the program.
var ShippedRoles = sync.OnceValues(func() (*Roles, error) { return ReadRoles(bytes.NewReader(shippedRoles)) })

// Version names the model by its content.
func (m *Roles) Version() string { return m.version }

func (m *Roles) rawBytes() []byte {
	var raw bytes.Buffer
	raw.WriteString(rolesMagic)
	put := func(v any) { binary.Write(&raw, binary.LittleEndian, v) } // never fails: bytes.Buffer
	put(uint32(roleBuckets))
	for s := range slotCount {
		put(uint32(len(slotRoles[s])))
		put(m.temper[s])
		put(m.scale[s])
		put(m.bias[s])
		put(m.weights[s])
	}
	put(m.surety)
	put(m.lastSurety)
	return raw.Bytes()
}

// WriteTo writes the model; ReadRoles reads it.
func (m *Roles) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(packed(m.rawBytes()))
	return int64(n), err
}

// ReadRoles reads a model that WriteTo wrote.
func ReadRoles(r io.Reader) (*Roles, error) {
	bad := func(err error) error {
		return postroom.Bad(err, "the model file is damaged or of another version", "use the one that Postroom ships")
	}
	raw, err := unpacked(r)
	if err != nil {
		return nil, bad(err)
	}
	if !bytes.HasPrefix(raw, []byte(rolesMagic)) {
		return nil, bad(fmt.Errorf("it does not begin with %q", rolesMagic))
	}
	in := bytes.NewReader(raw[len(rolesMagic):])
	read := func(v any) {
		if err == nil {
			err = binary.Read(in, binary.LittleEndian, v)
		}
	}
	var size uint32
	read(&size)
	if err != nil || size != roleBuckets {
		return nil, bad(err)
	}
	m := &Roles{}
	for s := range slotCount {
		var n uint32
		read(&n)
		if err != nil || int(n) != len(slotRoles[s]) {
			return nil, bad(err)
		}
		read(&m.temper[s])
		m.scale[s], m.bias[s], m.weights[s] = make([]float32, n), make([]float32, n), make([]int8, int(n)*roleBuckets)
		read(m.scale[s])
		read(m.bias[s])
		read(m.weights[s])
		for _, v := range append([]float64{m.temper[s]}, floats(m.scale[s], m.bias[s])...) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, bad(fmt.Errorf("it holds a number that is none"))
			}
		}
	}
	read(&m.surety)
	read(&m.lastSurety)
	for _, v := range append(m.surety[:], m.lastSurety) {
		if math.IsNaN(v[0]+v[1]) || math.IsInf(v[0]+v[1], 0) {
			return nil, bad(fmt.Errorf("it holds a number that is none"))
		}
	}
	if err != nil || in.Len() != 0 {
		return nil, bad(err)
	}
	sum := sha256.Sum256(raw)
	m.version = "roles-" + hex.EncodeToString(sum[:4])
	return m, nil
}

// probabilities of the roles of a candidate with these features.
func (m *Roles) probabilities(s slot, x []uint32) []float64 {
	n := len(slotRoles[s])
	z := make([]float64, n)
	sums := make([]int32, n)
	for _, b := range x {
		row := m.weights[s][int(b)*n : int(b)*n+n]
		for c, w := range row {
			sums[c] += int32(w)
		}
	}
	norm := featureNorm(len(x))
	for c := range z {
		z[c] = m.temper[s] * (float64(sums[c])*float64(m.scale[s][c])*norm + float64(m.bias[s][c]))
	}
	softmax(z)
	return z
}

// featureNorm makes candidates with many and with few features comparable.
func featureNorm(n int) float64 { return 4 / math.Sqrt(float64(max(n, 1))) }
