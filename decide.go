package postroom

import "fmt"

// A Rule says what may be filed without a person. The zero Rule files nothing.
type Rule struct {
	// FileTypes are the types that may be filed; a type that is missing is always held.
	FileTypes map[TypeCode]bool
	// TypeConfidence, FieldConfidence and PageConfidence are the least that a
	// document needs; the field's is asked of each field that the type requires.
	TypeConfidence  Confidence
	FieldConfidence Confidence
	PageConfidence  Confidence
}

// SafeRule is the default: every routine and same-day type may be filed when
// all evidence is strong. Types that are urgent by nature, requests that start
// a legal clock and letters without a known sender always go to a person.
func SafeRule() Rule {
	file := map[TypeCode]bool{}
	for _, t := range Types {
		switch t.Code {
		case UnknownType, SubjectAccessRequest, PatientLetter, MedicationRequest, ReportRequest, ConsentForm:
		default:
			file[t.Code] = t.Urgency != AtOnce
		}
	}
	return Rule{FileTypes: file, TypeConfidence: 0.90, FieldConfidence: 0.90, PageConfidence: 0.60}
}

// RequiredFields are the fields that a document of the type must have, valid,
// before it is filed without a person.
func RequiredFields(code TypeCode) []FieldName {
	switch code {
	case FitNote, ConsentForm, ImmunisationRecord, ScreeningResult:
		return []FieldName{PatientName, BirthDate}
	case DischargeSummary:
		return []FieldName{PatientName, BirthDate, LetterDate}
	default:
		return []FieldName{PatientName, BirthDate, LetterDate}
	}
}

// A Decision is whether a document is filed or held, with the reasons, one
// plain sentence each, without patient data.
type Decision struct {
	Status  Status
	Reasons []string
}

// Decide applies the rule for safe filing. pages are the document's pages;
// duplicateOf is the document of which this one is a copy, or empty.
func Decide(d Document, pages []Page, duplicateOf string, rule Rule) Decision {
	if d.Junk {
		return Decision{Discarded, []string{"it is advertising or the like and names no patient"}}
	}
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
	for _, name := range RequiredFields(d.Type.Code) {
		switch f, ok := d.Fields[name]; {
		case !ok:
			say("the field %s was not found", name)
		case !f.Valid:
			say("the field %s breaks a rule", name)
		case f.Confidence < rule.FieldConfidence:
			say("the field %s is only %.0f%% sure; %.0f%% are needed", name, 100*f.Confidence, 100*rule.FieldConfidence)
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
		return Decision{InReview, hold}
	}
	return Decision{Filed, append([]string{
		fmt.Sprintf("%s, %.0f%% sure", title, 100*d.Type.Confidence),
	}, d.Match.Reasons...)}
}
