package classify

import (
	"regexp"
	"strings"
)

// kinBefore reports whether the label's row says that it is about somebody
// else: "Mother's date of birth", "Baby DOB".
func (s *sheet) kinBefore(l labelHit) bool {
	before := strings.ToLower(s.rows()[l.row].text[s.rows()[l.row].cells[l.cell].start:l.start])
	words := strings.Fields(strings.NewReplacer("'", "", "’", "", ":", " ").Replace(before))
	if len(words) == 0 {
		return s.kinAbove(l)
	}
	switch words[len(words)-1] {
	case "baby", "babys", "mothers", "fathers", "partners", "kin", "nok", "carers", "spouse", "sibling", "husbands", "wifes", "perpetrator", "father", "partner":
		return true
	}
	for _, o := range s.labels {
		if o.row == l.row && o.label == labelKin && o.end <= l.start {
			return true
		}
	}
	return false
}

// kinAbove reports whether the column in which a label stands is about somebody else: under the
// heading "Partner", or right under "Ms Jane Doe, mother".
func (s *sheet) kinAbove(l labelHit) bool {
	box := s.rows()[l.row].cells[l.cell].box
	height := max(box.Height(), 8)
	for row := l.row - 1; row >= 0 && row >= l.row-7; row-- {
		at := -1
		for ci, cl := range s.rows()[row].cells {
			if abs(cl.box[0]-box[0]) <= height {
				at = ci
			}
		}
		if at < 0 || box[1]-s.rows()[row].cells[at].box[3] > 3*height {
			return false
		}
		text := s.rows()[row].cellText(at)
		if row == l.row-1 && kinAfterName.MatchString(text) {
			return true
		}
		labelled := s.labelAt(row, at)
		if word := s.begins(row, s.rows()[row].cells[at].start); contains(relatives, word) && !strings.HasPrefix(word, "mother") && len(strings.Fields(text)) <= 2 {
			return true
		}
		if !labelled {
			return false
		}
		box = s.rows()[row].cells[at].box
	}
	return false
}

var kinAfterName = regexp.MustCompile(`(?i)^(?:mrs?|ms|miss|dr)\.? [^:]*[,(] ?(?:mother|father|mum|dad|parent|guardian|carer|partner|wife|husband|spouse|sister|brother|grandmother|grandfather|foster (?:mother|father|carer)|next of kin|son|daughter)\b`)

// relatives are words that begin a line about somebody of the patient's family.
var relatives = []string{"mother", "father", "mum", "dad", "parent", "parents", "guardian", "carer", "partner", "wife", "husband", "spouse", "sister", "brother", "sibling", "grandmother", "grandfather",

	"stepmother", "stepfather", "stepfather's", "nok", "mother's", "father's", "parent's"}

// relative reports whether a place is in a line about somebody of the patient's
// family: "Mother: Jane Doe (DOB 1/2/1990)". A mother, and whoever is named in the cell beside the word, is that only
// where another line gives a birth date too: on maternity forms she is the patient.
func (s *sheet) relative(row, start int) bool {
	word := s.begins(row, start)
	switch own := contains(relatives, word); {
	case !own && !s.relativeBeside(row, start):
		return false
	case own && !strings.HasPrefix(word, "mother"):
		return true
	}
	for _, l := range s.labels {
		if l.label == labelBirth && l.row != row && !contains(relatives, s.begins(l.row, l.start)) && !s.kinBefore(l) {
			return true
		}
	}
	return false
}

// relativeBeside reports whether a place stands behind a name in a cell that follows one with no more than a word for
// somebody of the family: "Mother", and beside it "Jodie Morgan (DOB 12/12/1994)".
func (s *sheet) relativeBeside(row, start int) bool {
	r := &s.rows()[row]
	ci := r.cellAt(start)
	if ci < 1 || len(strings.Fields(r.text[r.cells[ci].start:max(start, r.cells[ci].start)])) < 2 {
		return false
	}
	words := strings.Fields(strings.ToLower(strings.TrimRight(r.cellText(ci-1), " :.-")))
	return len(words) == 1 && contains(relatives, words[0])
}

// kinBorn is what stands before the birth date of somebody whom a letter only tells of: "her
// mother (born 4/7/1931)".
var kinBorn = regexp.MustCompile(`(?i)\b(?:his|her|their|the|whose) (?:mother|father|mum|dad|wife|husband|partner|sister|brother|son|daughter|baby|carer|guardian|grandmother|grandfather)[ ,(]{1,3}(?:was )?(?:born|dob|d\.o\.b\.?)[ :]{0,2}(?:on )?$`)

// bornOther reports whether a date is the birth date of somebody else, by its label or the words before
// it, where another label gives the patient's: the mother, or the baby, may be the patient.
func (s *sheet) bornOther(sp span) bool {
	of, own := kinBorn.MatchString(strings.ReplaceAll(s.rows()[sp.row].text[:sp.start], "\t", " ")), false
	for _, l := range s.labels {
		if l.label != labelBirth {
			continue
		}
		d, ok := s.dateOf(l)
		switch {
		case !ok:
		case s.kinBefore(l):
			of = of || d.span == sp
		default:
			own = own || d.span != sp
		}
	}
	return of && own
}

const kinWords = `(?:mother|father|mum|dad|parent|wife|husband|spouse|partner|sister|brother|sibling|son|daughter|carer|guardian|cousin|niece|nephew|aunt|uncle|neighbour|friend|boyfriend|girlfriend|flatmate|housemate|contact|grandmother|grandfather|next of kin|nok)`

// kinBehind is what makes the name before it that of somebody of the family: on a form
// "Relationship: next of kin", in prose "(her son)".
var kinBehind = regexp.MustCompile(`(?i)^[ \t,;.(:–-]{0,6}relationship\b[^a-z]*(?:to (?:the )?patient[^a-z]*)?` + kinWords + `\b|^[ \t,;.(–-]{1,4}(?:his|her|their|the patient['’]s) ` + kinWords + `\s*(?:[,.;)]|$)`)

// kinAhead is what makes the name behind it that of somebody of the family or of a helper in prose: "his wife
// Amara Okafor", "daughter of Amara Okafor".
var kinAhead = regexp.MustCompile(`(?i)\b(?:(?:his|her|their|your|my|our|whose|an?|the|patient['’]s)(?: \w+)? ` + kinWords + `|` + kinWords + ` (?:of|to))[,:]? \(?(?:(?:mrs?|ms|miss|dr)\.? )?$`)

// kinOf reports whether what stands before a name, over the line break, says that it is not the patient's.
func (s *sheet) kinOf(row, start int) bool {
	before := s.rows()[row].text[:start]
	if row > 0 && len(before) < 40 {
		before = s.rows()[row-1].text + " " + before
	}
	return kinAhead.MatchString(before)
}

// related reports whether what stands behind a name says that it is not the patient's.
func (s *sheet) related(row, end int) bool { return kinBehind.MatchString(s.rows()[row].text[end:]) }

// notThePatient are words before or behind a name that make it somebody else's.
var notThePatient = []string{"kin", "wife", "husband", "son", "daughter", "mother", "father", "brother", "sister", "partner", "friend", "carer", "consultant", "surgeon", "nurse", "midwife", "secretary", "copy", "cc", "attorney", "solicitor",

	"therapist", "officer", "manager", "worker", "neighbour", "guardian", "specialist", "registrar", "interpreter", "coordinator", "signed", "by"}
