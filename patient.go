package postroom

import "log/slog"

// A Patient is one entry of the practice's own list, the register.
type Patient struct {
	ID           string // stable in the register: the NHS number, or the list's own key
	Number       string // NHS, CHI or H&C number, digits only; empty when the list has none
	Family       string
	Given        string
	OtherNames   []string // previous surnames and the like
	BirthDate    string   // ISO 8601
	Address      string
	Postcode     string
	Phone        string
	MRN          string
	Deceased     bool
	DeathDate    string // ISO 8601; empty when the list has none
	Left         bool   // no longer registered with the practice
	Restricted   bool   // access restricted: a person decides
	Organisation string
}

// LogValue hides the patient from logs.
func (Patient) LogValue() slog.Value { return hidden }

// A MatchKind says how well a document's patient was found in the register.
type MatchKind string

const (
	// MatchExact holds by the strict rule: one valid number, in the register,
	// birth date equal, surname equal, given name not contradictory.
	MatchExact MatchKind = "exact"
	// MatchProbable is a suggestion that a person must confirm.
	MatchProbable MatchKind = "probable"
	MatchNone     MatchKind = "none"
)

// A Match is the outcome of looking a document's patient up in the register.
type Match struct {
	Kind       MatchKind
	Patient    *Patient // the register's entry; nil for MatchNone
	Confidence Confidence
	Candidates []Candidate // for the clerk, best first
	// Conflict is set when the evidence contradicts itself: the document stops.
	Conflict bool
	// NotOurs is set when the document is about somebody who is not, or no
	// longer, a patient of the practice: not_in_list, left or deceased.
	NotOurs string
	Reasons []string // one plain sentence each, without patient data
}

// A Candidate is somebody who may be the patient.
type Candidate struct {
	Patient    Patient
	Confidence Confidence
	Why        []string
}
