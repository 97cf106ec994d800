package generate

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

//go:embed wording/*.txt
var wordingFiles embed.FS

// A wording is one way to word a type of document, in a small markup that
// testdata/README.md describes.
type wording struct {
	name  string // "train/1"
	kind  postroom.TypeCode
	split Split
	looks []string // the families of looks that suit it
	lines []string
}

var (
	wordings []wording
	banks    = map[string][]string{} // "train/history" -> sentences
)

func init() {
	names, err := fs.Glob(wordingFiles, "wording/*.txt")
	if err != nil {
		panic(err) // the pattern is ours
	}
	for _, name := range names {
		b, err := wordingFiles.ReadFile(name)
		if err != nil {
			panic(err) // the file is compiled in
		}
		readWording(strings.TrimSuffix(strings.TrimPrefix(name, "wording/"), ".txt"), string(b))
	}
}

func readWording(kind, text string) {
	bank, count := "", map[Split]int{}
	open := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \r\n")
		switch {
		case strings.HasPrefix(line, "=== bank "):
			bank, open = strings.TrimPrefix(line, "=== bank "), false
		case strings.HasPrefix(line, "=== "):
			words := strings.Fields(line)
			split := Split(words[1])
			count[split]++
			wordings = append(wordings, wording{fmt.Sprintf("%s/%s-%d", kind, split, count[split]), postroom.TypeCode(kind), split, words[2:], nil})
			bank, open = "", true
		case strings.HasPrefix(line, "#! "), line == "":
		case bank != "":
			banks[bank] = append(banks[bank], line)
		case open:
			w := &wordings[len(wordings)-1]
			w.lines = append(w.lines, line)
		}
	}
}

// wordingsOf returns the wordings of a type and split.
func wordingsOf(kind postroom.TypeCode, split Split) []wording {
	var out []wording
	for _, w := range wordings {
		if w.kind == kind && w.split == split {
			out = append(out, w)
		}
	}
	return out
}

// choose resolves [one|other] from the inside out.
func choose(r *Rand, s string) string {
	for {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return s
		}
		start := strings.LastIndexByte(s[:end], '[')
		if start < 0 {
			return s
		}
		s = s[:start] + pick(r, strings.Split(s[start+1:end], "|")) + s[end+1:]
	}
}

// slotField tells which field a slot prints.
var slotField = map[string]postroom.FieldName{
	"event": postroom.EventDate, "admission": postroom.AdmissionDate, "discharge": postroom.DischargeDate, "letter": postroom.LetterDate,
	"nhs": postroom.NHSNumberField, "dob": postroom.BirthDate, "name": postroom.PatientName, "mrn": postroom.MRN, "npi": postroom.NPIField,
	"postcode": postroom.Postcode, "phone": postroom.PatientPhone, "author": postroom.SenderClinician, "gmc": postroom.GMCNumber,
	"plainname": postroom.PatientName,
}

// expand fills the slots of a line and notes in seen which fields it printed.
func (f *facts) expand(s string, seen map[postroom.FieldName]bool) string {
	s = choose(f.r, s)
	for range 60 {
		start := strings.IndexByte(s, '{')
		if start < 0 {
			break
		}
		end := strings.IndexByte(s[start:], '}')
		if end < 0 {
			break
		}
		slot := s[start+1 : start+end]
		if field, ok := slotField[slot]; ok && seen != nil {
			seen[field] = true
		}
		value := choose(f.r, f.slot(slot))
		if strings.HasPrefix(slot, "s:") && strings.HasPrefix(value, "{") {
			value = "{cap}" + value
		}
		s = s[:start] + value + s[start+end+1:]
		if strings.HasPrefix(s[start:], "{cap}") {
			rest := s[start+5:]
			inner := strings.IndexByte(rest, '}')
			word := f.slot(rest[1:inner])
			if word != "" {
				word = strings.ToUpper(word[:1]) + word[1:]
			}
			if field, ok := slotField[rest[1:inner]]; ok && seen != nil {
				seen[field] = true
			}
			s = s[:start] + word + rest[inner+1:]
		}
	}
	return s
}

// once remembers what a slot said, so that a letter does not contradict itself.
func (f *facts) once(slot string, value func() string) string {
	if v, ok := f.slots[slot]; ok {
		return v
	}
	v := value()
	f.slots[slot] = v
	return v
}

func (f *facts) slot(name string) string {
	he, him, his := f.he()
	r := f.r
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "urgent":
		f.urgent = true
		return ""
	case "s":
		lines := banks[string(f.split)+"/"+rest]
		if len(lines) == 0 {
			panic("generate: the wording asks for the bank " + string(f.split) + "/" + rest) // a fault in a file that is compiled in; a test expands all
		}
		// Not the same sentence twice in a letter while others are left.
		for range 8 {
			i := r.Intn(len(lines))
			if key := "used " + rest + strconv.Itoa(i); f.slots[key] == "" {
				f.slots[key] = "x"
				return lines[i]
			}
		}
		return pick(r, lines)
	case "n": // {n:10-20}
		low, high, _ := strings.Cut(rest, "-")
		a, _ := strconv.Atoi(low)
		b, _ := strconv.Atoi(high)
		return strconv.Itoa(r.Between(a, b))
	case "dec": // {dec:31-52} prints 3.1 to 5.2
		low, high, _ := strings.Cut(rest, "-")
		a, _ := strconv.Atoi(low)
		b, _ := strconv.Atoi(high)
		v := r.Between(a, b)
		return fmt.Sprintf("%d.%d", v/10, v%10)
	case "digits":
		n, _ := strconv.Atoi(rest)
		return r.digits(n)
	case "d": // {d:-14}: days from the letter's date
		n, _ := strconv.Atoi(rest)
		return f.date(f.letter.AddDate(0, 0, n))
	case "e": // days from the event
		n, _ := strconv.Atoi(rest)
		return f.date(f.event.AddDate(0, 0, n))
	case "keep": // {keep:x:...}: chosen once
		key, value, _ := strings.Cut(rest, ":")
		return f.once("keep "+key, func() string { return f.expand(value, nil) })
	}
	switch name {
	case "he":
		return he
	case "him":
		return him
	case "his":
		return his
	case "He":
		return strings.ToUpper(he[:1]) + he[1:]
	case "His":
		return strings.ToUpper(his[:1]) + his[1:]
	case "title":
		return f.printed.Title
	case "given":
		return f.printed.Given
	case "family":
		return f.printed.Family
	case "plainname":
		return f.printed.Given + " " + f.printed.Family
	case "surname":
		if f.age() < 16 {
			return f.printed.Given
		}
		return f.printed.Title + " " + f.printed.Family
	case "name":
		return f.name()
	case "nhs":
		return f.nhs()
	case "dob":
		return f.birthDate()
	case "mrn":
		return f.mrn
	case "npi":
		return f.npi
	case "address":
		return f.address()
	case "street":
		return f.printed.Address
	case "postcode":
		return f.printed.Postcode
	case "phone":
		return f.printed.Phone
	case "age":
		if f.age() == 0 {
			return "under one"
		}
		return strconv.Itoa(f.age())
	case "sex":
		if f.person.Female {
			return "Female"
		}
		return "Male"
	case "man":
		switch child := f.age() < 16; {
		case child && f.person.Female:
			return "girl"
		case child:
			return "boy"
		case f.person.Female:
			return f.once("man", func() string { return pick(r, []string{"lady", "woman"}) })
		}
		return f.once("man", func() string { return pick(r, []string{"gentleman", "man"}) })
	case "kin":
		return f.person.Kin
	case "kintel":
		return f.person.KinTel
	case "gp":
		return f.gp.name
	case "gpshort": // "Dr Whitfield"
		words := strings.Fields(f.gp.name)
		if f.us {
			return f.gp.name
		}
		return words[0] + " " + words[len(words)-1]
	case "practice":
		return f.surgery.name
	case "pages":
		return f.slots["pages"]
	case "practicefax":
		return f.surgery.fax
	case "practicephone":
		return f.surgery.phone
	case "author":
		return f.author.name
	case "authorrole":
		return f.author.role
	case "gmc":
		return f.author.gmc
	case "other":
		return f.other.name
	case "org":
		return f.org.name
	case "dept":
		return f.dept
	case "spec":
		return f.ill.department
	case "orgphone":
		return f.org.phone
	case "orgfax":
		return f.org.fax
	case "letter":
		return f.date(f.letter)
	case "event":
		return f.date(f.event)
	case "admission":
		return f.date(f.admission)
	case "discharge":
		return f.date(f.discharge)
	case "received":
		return f.date(f.received)
	case "time":
		return fmt.Sprintf("%02d:%02d", r.Intn(24), r.Intn(60))
	case "dx":
		return f.ill.name
	case "dxlow":
		return lowerFirst(f.ill.name)
	case "symptom":
		return f.ill.symptom
	case "sign":
		return f.ill.sign
	case "drug":
		return f.ill.drug
	case "drugname":
		return drugName(f.ill.drug)
	case "procedure":
		return f.ill.procedure
	case "test":
		return f.ill.test
	case "also":
		if len(f.also) == 0 {
			return "nil of note"
		}
		return strings.Join(f.also, ", ")
	case "alsolow":
		if len(f.also) == 0 {
			return "no significant illness"
		}
		return strings.ToLower(f.also[0])
	case "alsoand":
		if len(f.also) == 0 {
			return "and is otherwise well"
		}
		return "with a background of " + strings.ToLower(strings.Join(f.also, " and "))
	case "meds":
		return strings.Join(f.meds, "; ")
	case "med":
		return f.meds[0]
	case "medname":
		return drugName(f.meds[0])
	case "allergy":
		return f.once("allergy", func() string {
			return pick(r, []string{"No known drug allergies", "Nil known", "NKDA", "Penicillin - rash", "Penicillin (anaphylaxis)", "Trimethoprim - nausea", "Latex", "Codeine - vomiting", "Erythromycin", "None recorded", "Elastoplast"})
		})
	case "ref":
		return f.once("ref", func() string {
			return strings.ToUpper(pick(r, []string{"AB", "KL", "JT", "MW", "SD", "RC"})) + "/" + strings.ToLower(pick(r, []string{"ph", "ls", "jm", "cn"})) + "/" + r.digits(6)
		})
	case "hosp": // the sender's own number of the patient, a distractor
		return f.once("hosp", func() string { return pick(r, []string{"", "M", "H", "RX"}) + r.digits(7) })
	case "ubrn":
		return r.digits(4) + " " + r.digits(4) + " " + r.digits(4)
	case "weekday":
		return f.letter.AddDate(0, 0, r.Between(3, 20)).Weekday().String()
	case "year":
		return strconv.Itoa(f.letter.Year() - r.Between(1, 12))
	case "edd":
		return f.date(f.letter.AddDate(0, 0, r.Between(60, 200)))
	case "initials":
		return strings.ToUpper(f.author.name[len(f.author.name)-1:]) + "/" + pick(r, []string{"JB", "SM", "KT", "LP"})
	}
	panic("generate: the wording asks for the slot " + name) // as above
}

func drugName(drug string) string {
	words := strings.Fields(drug)
	for i, w := range words {
		if w[0] >= '0' && w[0] <= '9' {
			return strings.ToLower(strings.Join(words[:i], " "))
		}
	}
	return strings.ToLower(words[0])
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' && !strings.Contains(s, "'s ") {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// everySlotDate is the day on which a test letter is dated.
var everySlotDate = time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
