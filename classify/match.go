package classify

import (
	"github.com/postroom/postroom"
)

// A subject is what a document says about its patient.
type subject struct {
	numbers   []string     // distinct and valid
	broken    []string     // read where a number should stand, and not valid
	proposed  []string     // what the broken ones may have been
	births    []birth      // distinct
	badBirth  bool         // a birth date that is none
	guessed   bool         // the birth date is none as it was read, and had to be guessed
	names     []personName // distinct, surest first
	postcode  string
	phone     string
	twoNames  bool         // two strong, contradicting names
	announced []personName // those that a label, a greeting or what was done says to be the patient's
}

type birth struct{ iso, other string }

func (b birth) is(iso string) bool { return iso != "" && (b.iso == iso || b.other == iso) }

// Why a document is no matter of the practice, in Match.NotOurs.
const (
	NotInList = "not_in_list"
	Left      = "left"
	Deceased  = "deceased"
)

// maybeOurs is the least probability of a candidate at which a document is not
// said to be about nobody of the practice.
const maybeOurs = 0.2

// otherNumber reports whether a number that fails its check digit is too far
// from the valid one to be a misreading of it.
func (r *Register) otherNumber(d subject) bool {
	for _, b := range d.broken {
		digits := onlyDigits(b)
		if len(digits) >= 8 && len(digits) == len(b) && editDistance(digits, d.numbers[0], 3) > 2 {
			return true
		}
	}
	return false
}

// match finds the document's patient by the practice's rules: a patient is
// certain only by number, birth date and name together; anything less is a
// suggestion, and what contradicts itself stops.
func (r *Register) match(d subject) postroom.Match {
	if r.Len() == 0 {
		return postroom.Match{Kind: postroom.MatchNone, Reasons: []string{postroom.ReasonNoList}}
	}
	m := postroom.Match{Kind: postroom.MatchNone, Candidates: r.candidates(d)}
	stop := func(reason string) postroom.Match {
		m.Kind, m.Patient, m.Conflict = postroom.MatchNone, nil, true
		m.Reasons = append(m.Reasons, reason)
		return m
	}
	hold := func(reason string) postroom.Match {
		m.Kind, m.Patient = postroom.MatchNone, nil
		m.Reasons = append(m.Reasons, reason)
		return m
	}
	switch {
	case len(d.numbers) > 1:
		return stop("two different valid patient numbers stand in one document")
	case len(d.numbers) == 1 && r.otherNumber(d):
		return stop("another number stands in the document that fails its check digit and is no misreading of the first")
	case len(d.births) > 1:
		return stop("two different birth dates of the patient stand in one document")
	case d.twoNames:
		return stop("two different patients' names stand in one document")
	}
	if len(d.numbers) == 0 {
		if len(d.broken) > 0 {
			return hold("the patient's number fails its check digit: compare it with the page, or return the document to its sender")
		}
		return r.withoutNumber(d, m)
	}

	hits := r.number[d.numbers[0]]
	switch {
	case len(hits) == 0:
		if twin := r.byNameAndBirth(d); len(twin) > 0 {
			return stop("the number is not in the practice's list, but name and birth date are those of somebody who is")
		}
		if len(m.Candidates) > 0 && m.Candidates[0].Confidence >= maybeOurs {
			return stop("the number is not in the practice's list, but somebody who is may be meant: compare it with the page")
		}
		m.NotOurs = NotInList
		return hold("the number is valid but not in the practice's list: not our patient, return to sender")
	case len(hits) > 1:
		return stop("the number stands twice in the practice's list")
	}
	p := &r.patients[hits[0]]
	name, given := r.compareName(hits[0], d)
	sameDay, nearDay, haveDay := false, false, len(d.births) == 1
	if haveDay {
		sameDay, nearDay = d.births[0].is(p.BirthDate), nearDate(d.births[0], p.BirthDate)
	}
	suggest := func(reasons ...string) postroom.Match {
		m.Kind, m.Patient = postroom.MatchProbable, p
		m.Confidence = r.confidenceIn(m.Candidates, p, 0.97)
		m.Reasons = append(m.Reasons, reasons...)
		return m
	}
	switch {
	case haveDay && !sameDay && !nearDay:
		return stop("the number belongs to somebody with another birth date")
	case name == nameDiffers:
		return stop("the number belongs to somebody with another surname")
	case given == nameDiffers:
		return stop("the number belongs to somebody with another given name")
	case p.Deceased:
		m = suggest("the patient has died according to the practice's list: a person decides, or the document goes back to its sender")
		m.Conflict, m.NotOurs = true, Deceased
		return m
	case p.Left:
		m = suggest("the patient has left the practice: return the document to its sender")
		m.Conflict, m.NotOurs = true, Left
		return m
	case p.Restricted:
		m = suggest("access to the patient's record is restricted: a person decides")
		m.Conflict = true
		return m
	case d.guessed:
		return suggest("the number is in the practice's list, and the birth date agrees as far as it can be guessed: compare it with the page")
	case d.badBirth && !sameDay:
		return suggest("the number is in the practice's list, but the birth date on the document is not a possible one")
	case !haveDay:
		return suggest("the number is in the practice's list, but the document gives no birth date")
	case name == nameMissing:
		return suggest("number and birth date agree with the practice's list, but the name was not found")
	case nearDay && !sameDay:
		return suggest("the number is in the practice's list; the birth date agrees only in part")
	case name == nameNear:
		return suggest("number and birth date agree with the practice's list; the surname agrees only in part")
	case given == nameNear:
		return suggest("number, birth date and surname agree with the practice's list; the given name agrees only in part")
	case r.twinOf(hits[0]):
		m = suggest("somebody else in the practice's list has the same birth date, surname and postcode (a twin?)")
		m.Conflict = true
		return m
	case r.doubleOf(hits[0]):
		m = suggest("somebody else in the practice's list has the same birth date and surname, and a number or given name that is easily taken for this one")
		m.Conflict = true
		return m
	}
	m.Kind, m.Patient = postroom.MatchExact, p
	m.Confidence = r.confidenceIn(m.Candidates, p, 0.999)
	m.Reasons = []string{"the patient's number passes its check digit and is in the practice's list; birth date and surname agree, the given name does not contradict"}
	return m
}

// withoutNumber suggests the one patient with the document's surname, given
// name and birth date.
func (r *Register) withoutNumber(d subject, m postroom.Match) postroom.Match {
	hits := r.byNameAndBirth(d)
	if len(hits) > 1 && d.postcode != "" {
		var there []int32
		for _, id := range hits {
			if postcodeKey(r.patients[id].Postcode) == postcodeKey(d.postcode) {
				there = append(there, id)
			}
		}
		if len(there) == 1 {
			hits = there
		}
	}
	switch {
	case len(hits) > 1:
		m.Conflict = true
		m.Reasons = []string{"two people in the practice's list fit the name and birth date"}
		return m
	case len(hits) == 0:
		switch {
		case len(d.births) == 0 && len(d.names) == 0:
			m.Reasons = []string{"the document names no patient that could be read"}
		case len(d.births) == 0:
			m.Reasons = []string{"the document gives no number and no birth date, and a name alone is not enough"}
		case len(d.names) == 0:
			m.Reasons = []string{"the document gives no number and no name that could be read"}
		case len(m.Candidates) > 0 && m.Candidates[0].Confidence >= maybeOurs:
			m.Reasons = []string{"the document gives no number, and nobody in the practice's list has exactly this name and birth date; somebody fits in part"}
		default:
			m.NotOurs = NotInList
			m.Reasons = []string{"the document gives no number, and nobody in the practice's list has this name and birth date: perhaps not our patient"}
		}
		return m
	}
	p := &r.patients[hits[0]]
	m.Kind, m.Patient = postroom.MatchProbable, p
	m.Confidence = r.confidenceIn(m.Candidates, p, 0.9)
	m.Reasons = []string{"the document gives no number; surname, given name and birth date fit exactly one person in the practice's list"}
	if d.postcode != "" && postcodeKey(d.postcode) == postcodeKey(p.Postcode) {
		m.Reasons = []string{"the document gives no number; surname, given name, birth date and postcode fit exactly one person in the practice's list"}
	}
	switch {
	case p.Deceased:
		m.NotOurs = Deceased
	case p.Left:
		m.NotOurs = Left
	}
	switch {
	case p.Deceased, p.Left, p.Restricted:
		m.Conflict = true
		m.Reasons = append(m.Reasons, "the practice's list marks this person as deceased, left or restricted")
	case r.twinOf(hits[0]):
		m.Conflict = true
		m.Reasons = append(m.Reasons, "somebody else in the practice's list has the same birth date, surname and postcode (a twin?)")
	}
	return m
}

// byNameAndBirth returns the patients whose surname and birth date are the
// document's and whose given name is compatible.
func (r *Register) byNameAndBirth(d subject) []int32 {
	if len(d.births) != 1 || len(d.names) == 0 {
		return nil
	}
	days := []string{d.births[0].iso}
	if d.births[0].other != "" {
		days = append(days, d.births[0].other)
	}
	var out []int32
	for _, day := range days {
		for _, id := range r.birth[day] {
			if family, given := r.compareName(id, d); family == nameEqual && given == nameEqual && d.names[0].given != "" {
				out = append(out, id)
			}
		}
	}
	return out
}

// nearDate reports whether two of the three parts agree, or day and month are
// exchanged.
func nearDate(b birth, iso string) bool {
	for _, d := range []string{b.iso, b.other} {
		if len(d) != 10 || len(iso) != 10 {
			continue
		}
		if datesDiffer(d, iso) <= 1 || d[:4] == iso[:4] && d[5:7] == iso[8:] && d[8:] == iso[5:7] {
			return true
		}
	}
	return false
}

// confidenceIn is the probability that the patient is meant, by the weights of
// all candidates, and never above limit.
func (r *Register) confidenceIn(list []postroom.Candidate, p *postroom.Patient, limit float64) postroom.Confidence {
	for _, c := range list {
		if c.Patient.ID == p.ID && c.Patient.Number == p.Number {
			return min(c.Confidence, postroom.Confidence(limit))
		}
	}
	return postroom.Confidence(min(limit, 0.5))
}
