package postroom

import "log/slog"

// A Document is the pages that are one letter, report or form about one patient.
type Document struct {
	Pages      []int // indexes into the pages that were sorted, in reading order
	Type       TypeGuess
	Fields     map[FieldName]Field
	Urgent     bool
	UrgentWhy  []string // the phrases that made it urgent, with their page
	Match      Match
	Conflicts  []string // what contradicts itself or the register, one plain sentence each
	Notes      []string // other things that a clerk should know: "page 2 of 3 is missing"
	SplitWhy   []string // why it begins and ends where it does
	Confidence Confidence
	// Junk is set for marketing and the like: its pages get the fate "junk".
	Junk bool
	// Covers are the indexes of the cover sheets that belong to it.
	Covers []int
	// Fingerprint finds the same document sent again with other noise; see classify.
	Fingerprint []uint64
	// Return is set when the document is about somebody who is no patient of
	// the practice: what is needed to send it back.
	Return *Return
}

// A Return says where a document goes back to that is no matter of the
// practice. How old it is follows from the dates, at the time of looking.
type Return struct {
	// Why is not_in_list, left or deceased.
	Why          string `json:"why"`
	Organisation string `json:"organisation,omitempty"` // of the sender, as read
	Department   string `json:"department,omitempty"`
	Clinician    string `json:"clinician,omitempty"`
	Phone        string `json:"phone,omitempty"` // of the sender: digits, as printed in the letterhead
	Fax          string `json:"fax,omitempty"`
	LetterDate   string `json:"letter_date,omitempty"` // ISO 8601
	Received     string `json:"received,omitempty"`    // ISO 8601, the day
	// Priority is at_once, same_day or routine: by the type, raised by urgent words.
	Priority string `json:"priority"`
}

// LogValue hides the return from logs.
func (Return) LogValue() slog.Value { return hidden }

// Priority says how soon a document wants a person: at_once, same_day or
// routine. Urgent words raise what the type says, nothing lowers it.
func Priority(code TypeCode, urgent bool) string {
	t, ok := TypeOf(code)
	switch {
	case urgent || ok && t.Urgency == AtOnce:
		return "at_once"
	case !ok || t.Urgency == SameDay:
		return "same_day"
	}
	return "routine"
}

// A TypeGuess is a document's type with what spoke for it.
type TypeGuess struct {
	Code       TypeCode   `json:"code"`
	Confidence Confidence `json:"confidence"`
	Why        []string   `json:"why,omitempty"` // the words that decided
}

// A PageFate is what became of a page that is in no document.
type PageFate struct {
	Page   int // index into the pages that were sorted
	Fate   Fate
	Reason string
}

// Sorted is what sorting makes of a message's pages. Each page is in exactly
// one document or has exactly one PageFate.
type Sorted struct {
	Documents []Document
	Others    []PageFate
	Model     string // version of the model that sorted
}

// A FieldName is the name of a field in a record.
type FieldName string

const (
	PatientName        FieldName = "patient_name"
	BirthDate          FieldName = "birth_date"
	NHSNumberField     FieldName = "nhs_number"
	CHINumberField     FieldName = "chi_number"
	HCNumberField      FieldName = "hc_number"
	MRN                FieldName = "mrn"
	Address            FieldName = "address"
	Postcode           FieldName = "postcode"
	PatientPhone       FieldName = "patient_phone"
	SenderOrganisation FieldName = "sender_organisation"
	SenderDepartment   FieldName = "sender_department"
	SenderClinician    FieldName = "sender_clinician"
	GMCNumber          FieldName = "gmc_number"
	NPIField           FieldName = "npi"
	ODSCode            FieldName = "ods_code"
	Recipient          FieldName = "recipient"
	LetterDate         FieldName = "letter_date"
	EventDate          FieldName = "event_date"
	AdmissionDate      FieldName = "admission_date"
	DischargeDate      FieldName = "discharge_date"
	Diagnoses          FieldName = "diagnoses"
	Medications        FieldName = "medications"
	Allergies          FieldName = "allergies"
	Actions            FieldName = "actions"
	Urgency            FieldName = "urgency"
)

// FieldNames are all fields in the order in which a clerk checks them.
var FieldNames = []FieldName{
	NHSNumberField, CHINumberField, HCNumberField, MRN, PatientName, BirthDate, Address, Postcode, PatientPhone,
	SenderOrganisation, SenderDepartment, SenderClinician, GMCNumber, NPIField, ODSCode, Recipient,
	LetterDate, EventDate, AdmissionDate, DischargeDate,
	Diagnoses, Medications, Allergies, Actions, Urgency,
}

// A Field is a value read from a document, with the place where it stands.
// Lists (diagnoses, medications, allergies, actions) have one Item a line and
// join them with newlines in Value.
type Field struct {
	Value      string     `json:"value"` // normal form: ISO 8601 dates, digits only for identifiers
	Text       string     `json:"text"`  // as it was read, never mended
	Confidence Confidence `json:"confidence"`
	Page       int        `json:"page"` // in the document, from 1
	Box        Box        `json:"box"`  // on the page as it arrived
	// Valid is false when the value breaks a rule (check digit, impossible
	// date): it is kept for the clerk and never used to file.
	Valid bool    `json:"valid"`
	Why   string  `json:"why,omitempty"` // how it was found
	Items []Field `json:"items,omitempty"`
	// Proposal is a value that would pass the rule, for a person to confirm.
	Proposal string `json:"proposal,omitempty"`
	// ConfirmedBy is the person who looked at the value and left it or put it
	// right, as "user:<id>"; empty for what only the machine has read.
	ConfirmedBy string `json:"confirmed_by,omitempty"`
}

// LogValue hides the field from logs.
func (Field) LogValue() slog.Value { return hidden }

// LogValue hides the word from logs.
func (Word) LogValue() slog.Value { return hidden }

var hidden = slog.StringValue("[patient data]")
