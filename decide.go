package postroom

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A Rule says what may be filed without a person. The zero Rule files nothing.
type Rule struct {
	// FileTypes are the types that may be filed; a type that is missing is always held.
	FileTypes map[TypeCode]bool
	// TypeConfidence, FieldConfidence and PageConfidence are the least that a
	// document needs; the field's is asked of each field that the type requires.
	TypeConfidence  Confidence
	FieldConfidence Confidence
	PageConfidence  Confidence
	// DateConfidence is what is asked of the letter's date in place of FieldConfidence: a
	// wrong one puts a document at another place in the right record, while
	// name and birth date decide whose record it is. Zero means FieldConfidence.
	DateConfidence Confidence
	// ByType changes what is asked of single types.
	ByType map[TypeCode]TypeRule
	// Sample is the share, from 0 to 1, of what would be filed that goes to a
	// person all the same, to measure how often filing by itself is wrong.
	Sample float64
}

// A TypeRule is what is asked of one type in place of the Rule's own values; a
// zero keeps those.
type TypeRule struct {
	TypeConfidence  Confidence
	FieldConfidence Confidence
	DateConfidence  Confidence
	PageConfidence  Confidence
	// Require are fields beyond RequiredFields that must be there and valid.
	Require []FieldName
}

// forType is the rule with what ByType says about the type.
func (r Rule) forType(code TypeCode) (Rule, []FieldName) {
	t := r.ByType[code]
	if t.TypeConfidence > 0 {
		r.TypeConfidence = t.TypeConfidence
	}
	if t.FieldConfidence > 0 {
		r.FieldConfidence, r.DateConfidence = t.FieldConfidence, 0
	}
	if t.DateConfidence > 0 {
		r.DateConfidence = t.DateConfidence
	}
	if r.DateConfidence == 0 {
		r.DateConfidence = r.FieldConfidence
	}
	if t.PageConfidence > 0 {
		r.PageConfidence = t.PageConfidence
	}
	required := RequiredFields(code)
	for _, f := range t.Require {
		if !slices.Contains(required, f) {
			required = append(slices.Clip(required), f)
		}
	}
	return r, required
}

// DefaultSample is the share of what would be filed that a person sees all the same.
const DefaultSample = 0.02

// Drawn reports whether the document belongs to a random sample of the share.
// It depends on the document's id alone, so doing the work again draws the
// same documents, and nobody can choose which.
func Drawn(documentID string, share float64) bool {
	if share <= 0 {
		return false
	}
	sum := sha256.Sum256([]byte("postroom.sample/1\n" + documentID))
	return float64(binary.BigEndian.Uint64(sum[:8]))/(1<<63)/2 < share
}

// Sampled is the decision about a document that the rule would file, when it
// is Drawn: a person sees it all the same.
func (d Decision) Sampled() Decision {
	return Decision{Status: InReview, Drawn: true, Reasons: append([]string{
		"it would have been filed by itself; it was drawn at random so that a person checks how often that is right",
	}, d.Reasons...)}
}

// SafeRule is the default: every routine and same-day type may be filed when
// all evidence is strong. Types that are urgent by nature, types that the
// practice has added, a subject access request with its legal clock, and a letter of a
// patient, whose sender no letterhead names, always go to a person. A request for
// medicines is filed as the discharge summaries and clinic letters are that ask for the
// same: its type tells the receiver whose work it is, and filing prescribes nothing.
func SafeRule() Rule {
	file := map[TypeCode]bool{}
	for _, t := range Types {
		switch t.Code {
		case UnknownType, SubjectAccessRequest, PatientLetter:
		default:
			file[t.Code] = t.Urgency != AtOnce && !strings.HasPrefix(string(t.Code), PracticeTypePrefix)
		}
	}
	return Rule{FileTypes: file, TypeConfidence: 0.85, FieldConfidence: 0.90, DateConfidence: 0.75, PageConfidence: 0.60, Sample: DefaultSample}
}

// RequiredFields are the fields that a document of the type must have, valid,
// before it is filed without a person.
func RequiredFields(code TypeCode) []FieldName {
	switch code {
	case FitNote, ConsentForm, ImmunisationRecord, ScreeningResult:
		return []FieldName{PatientName, BirthDate}
	default:
		return []FieldName{PatientName, BirthDate, LetterDate}
	}
}

// datedByEvent reports whether a document without a letter date of its own is dated by
// the day that it tells of: reports of an attendance, a call or an operation often
// carry no other. A letter date that differs from it counts as one of its own. Letters
// always have a date, so where theirs was not found it could not be read.
func datedByEvent(d Document, least Confidence) bool {
	switch d.Type.Code {
	case OutpatientLetter, ReferralLetter, MentalHealthLetter, AdminLetter, DNALetter, ReportRequest, PatientLetter, MedicationRequest, SubjectAccessRequest, SocialCare:
		return false
	}
	letter, ok := d.Fields[LetterDate]
	for _, name := range []FieldName{EventDate, DischargeDate} {
		if f, has := d.Fields[name]; has && f.Valid && f.Confidence >= least && (!ok || letter.Value == f.Value) {
			return true
		}
	}
	return false
}

// A Decision is whether a document is filed or held, with the reasons, one
// plain sentence each, without patient data.
type Decision struct {
	Status  Status
	Reasons []string
	// Drawn is set when the rule would have filed the document and chance sends it to a person.
	Drawn bool
}

// Decide applies the rule for safe filing. pages are the document's pages;
// duplicateOf is the document of which this one is a copy, or empty.
func Decide(d Document, pages []Page, duplicateOf string, rule Rule) Decision {
	if d.Junk {
		return Decision{Status: Discarded, Reasons: []string{"it is advertising or the like and names no patient"}}
	}
	rule, required := rule.forType(d.Type.Code)
	var hold []string
	say := func(format string, args ...any) { hold = append(hold, fmt.Sprintf(format, args...)) }

	title := "a document of unknown type"
	if t, ok := TypeOf(d.Type.Code); ok && t.Code != UnknownType {
		title = t.Title
	}
	if d.Urgent {
		say("it is urgent: a person must see it")
	}
	if duplicateOf != "" {
		say("it looks like document %s sent again", duplicateOf)
	}
	switch {
	case d.Type.Code == UnknownType || d.Type.Code == "":
		say("its type could not be told")
	case !rule.FileTypes[d.Type.Code]:
		say("documents of the type %q are always checked by a person", title)
	case d.Type.Confidence < rule.TypeConfidence:
		say("its type (%s) is only %.0f%% sure; %.0f%% are needed", title, 100*d.Type.Confidence, 100*rule.TypeConfidence)
	}
	for _, name := range required {
		least := rule.FieldConfidence
		if name == LetterDate {
			if least = rule.DateConfidence; datedByEvent(d, least) {
				continue
			}
		}
		switch f, ok := d.Fields[name]; {
		case !ok:
			say("the field %s was not found", name)
		case !f.Valid:
			say("the field %s breaks a rule", name)
		case f.Confidence < least:
			say("the field %s is only %.0f%% sure; %.0f%% are needed", name, 100*f.Confidence, 100*least)
		}
	}
	if d.Match.Kind != MatchExact || d.Match.Conflict {
		hold = append(hold, d.Match.Reasons...)
		if len(d.Match.Reasons) == 0 {
			say("the patient was not found in the practice's list by the strict rule")
		}
	}
	hold = append(hold, d.Conflicts...)
	hold = append(hold, d.Notes...)
	for i, p := range pages {
		if p.Confidence < rule.PageConfidence {
			say("page %d is hard to read (%.0f%%)", i+1, 100*p.Confidence)
		}
	}
	if len(hold) > 0 {
		return Decision{Status: InReview, Reasons: hold}
	}
	return Decision{Status: Filed, Reasons: append([]string{
		fmt.Sprintf("%s, %.0f%% sure", title, 100*d.Type.Confidence),
	}, d.Match.Reasons...)}
}
