package classify

import (
	"strings"

	"github.com/postroom/postroom"
)

// A Register is the practice's own list of patients, held in memory and
// indexed for looking up a document's patient: 100,000 patients take about
// 60 MB. It does not change after NewRegister and may be used by any number
// of goroutines.
type Register struct {
	patients []postroom.Patient
	keys     []registerKey
	number   map[string][]int32
	birth    map[string][]int32
	family   map[string][]int32 // by folded family name and first letter of the given name
	sound    map[string][]int32 // the same by sound
	postcode map[string][]int32
	phone    map[string][]int32
	families map[string]int // how many have the family name, and the first given name
	givens   map[string]int
}

type registerKey struct{ family, given string }

// NewRegister indexes the patients. The list is not copied and must not be
// changed afterwards.
func NewRegister(patients []postroom.Patient) *Register {
	r := &Register{
		patients: patients, keys: make([]registerKey, len(patients)),
		number: make(map[string][]int32, len(patients)), birth: map[string][]int32{}, family: map[string][]int32{},
		sound: map[string][]int32{}, postcode: map[string][]int32{}, phone: map[string][]int32{}, families: map[string]int{}, givens: map[string]int{},
	}
	for i := range patients {
		p := &patients[i]
		id := int32(i)
		r.keys[i] = registerKey{nameKey(p.Family), nameKey(p.Given)}
		if p.Number != "" {
			r.number[p.Number] = append(r.number[p.Number], id)
		}
		if p.BirthDate != "" {
			r.birth[p.BirthDate] = append(r.birth[p.BirthDate], id)
		}
		initial := first(r.keys[i].given)
		for n, family := range append([]string{p.Family}, p.OtherNames...) {
			key := nameKey(family)
			if key == "" || n > 0 && key == r.keys[i].family {
				continue
			}
			r.family[key+initial] = append(r.family[key+initial], id)
			if s := sound(key) + initial; s != "" {
				r.sound[s] = append(r.sound[s], id)
			}
		}
		if pc := postcodeKey(p.Postcode); pc != "" {
			r.postcode[pc] = append(r.postcode[pc], id)
		}
		if ph := phoneKey(p.Phone); ph != "" {
			r.phone[ph] = append(r.phone[ph], id)
		}
		r.families[r.keys[i].family]++
		r.givens[firstWord(r.keys[i].given, p.Given)]++
	}
	return r
}

// Len is the number of patients.
func (r *Register) Len() int {
	if r == nil {
		return 0
	}
	return len(r.patients)
}

func first(s string) string {
	if s == "" {
		return ""
	}
	return s[:1]
}

func postcodeKey(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(s), ""))
}

// phoneKey keeps the last nine digits, so that 0 and +44 are the same.
func phoneKey(s string) string {
	d := onlyDigits(s)
	if len(d) < 9 {
		return ""
	}
	return d[len(d)-9:]
}

// sound folds a name to how it sounds in English: Soundex (Knuth, The Art of
// Computer Programming 6.1) after folding the beginnings that it keeps apart.
func sound(key string) string {
	if key == "" {
		return ""
	}
	for _, p := range [][2]string{{"ph", "f"}, {"kn", "n"}, {"gn", "n"}, {"wr", "r"}, {"mac", "mc"}, {"k", "c"}, {"z", "s"}, {"x", "s"}, {"j", "g"}} {
		if strings.HasPrefix(key, p[0]) {
			key = p[1] + key[len(p[0]):]
			break
		}
	}
	out := []byte{key[0]}
	last := soundCode(key[0])
	for i := 1; i < len(key) && len(out) < 4; i++ {
		c := soundCode(key[i])
		if c != 0 && c != last {
			out = append(out, c)
		}
		if key[i] != 'h' && key[i] != 'w' {
			last = c
		}
	}
	return string(out)
}

func soundCode(c byte) byte {
	switch c {
	case 'b', 'f', 'p', 'v':
		return '1'
	case 'c', 'g', 'j', 'k', 'q', 's', 'x', 'z':
		return '2'
	case 'd', 't':
		return '3'
	case 'l':
		return '4'
	case 'm', 'n':
		return '5'
	case 'r':
		return '6'
	}
	return 0
}

// twinOf reports whether somebody else shares birth date, family name and
// postcode with the patient; a postcode that is not known counts as shared.
func (r *Register) twinOf(id int32) bool {
	p := &r.patients[id]
	return r.anyAlike(id, func(o int32) bool {
		mine, theirs := postcodeKey(p.Postcode), postcodeKey(r.patients[o].Postcode)
		return mine == theirs || mine == "" || theirs == ""
	})
}

// doubleOf reports whether somebody else shares birth date and family name
// with the patient and could be taken for him by a letter: his number differs
// in one digit or two exchanged ones, or his given name does not contradict.
// Twins may live apart, and one person may stand in the list twice.
func (r *Register) doubleOf(id int32) bool {
	p := &r.patients[id]
	return r.anyAlike(id, func(o int32) bool {
		q := &r.patients[o]
		return compareGiven(p.Given, q.Given) != nameDiffers || len(p.Number) == len(q.Number) && nearlyEqual(p.Number, q.Number)
	})
}

func (r *Register) anyAlike(id int32, also func(o int32) bool) bool {
	for _, o := range r.birth[r.patients[id].BirthDate] {
		if o != id && r.shareFamily(id, o) && also(o) {
			return true
		}
	}
	return false
}

// shareFamily reports whether two patients have, or had, a family name in common.
func (r *Register) shareFamily(a, b int32) bool {
	if r.keys[a].family == r.keys[b].family {
		return true
	}
	for _, x := range append([]string{r.patients[a].Family}, r.patients[a].OtherNames...) {
		for _, y := range append([]string{r.patients[b].Family}, r.patients[b].OtherNames...) {
			if k := nameKey(x); k != "" && k == nameKey(y) {
				return true
			}
		}
	}
	return false
}
