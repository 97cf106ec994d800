package postroom

import (
	"fmt"
	"strings"
)

// A TypeCode names a type of document.
type TypeCode string

// A DocumentType is one kind of clinical correspondence.
type DocumentType struct {
	Code  TypeCode
	Title string // as shown to people
	// SNOMED is from the UK "Record composition type" reference set
	// 1127551000000109, system http://snomed.info/sct.
	SNOMED string
	// SNOMEDInexact is set when no exact concept exists and the nearest general one stands in.
	SNOMEDInexact bool
	LOINC         string // system http://loinc.org
	LOINCInexact  bool
	Urgency       UrgencyClass
}

// An UrgencyClass says how soon a type wants a person. Words in a document can
// raise it, never lower it.
type UrgencyClass byte

const (
	Routine UrgencyClass = 'R'
	SameDay UrgencyClass = 'S'
	AtOnce  UrgencyClass = 'U'
)

// The types. FaxCover is a role of a page and Junk is a fate; both stand here
// because the same evidence decides them.
const (
	DischargeSummary     TypeCode = "discharge_summary"
	OutpatientLetter     TypeCode = "outpatient_letter"
	ReferralLetter       TypeCode = "referral_letter"
	ReferralUrgentCancer TypeCode = "referral_urgent_cancer"
	LabReport            TypeCode = "lab_report"
	HistologyReport      TypeCode = "histology_report"
	RadiologyReport      TypeCode = "radiology_report"
	EDAttendance         TypeCode = "ed_attendance"
	OOH111Report         TypeCode = "ooh_111_report"
	AmbulanceReport      TypeCode = "ambulance_report"
	MedicationRequest    TypeCode = "medication_request"
	OperationNote        TypeCode = "operation_note"
	ConsentForm          TypeCode = "consent_form"
	ImmunisationRecord   TypeCode = "immunisation_record"
	ScreeningResult      TypeCode = "screening_result"
	FitNote              TypeCode = "fit_note"
	MentalHealthLetter   TypeCode = "mental_health_letter"
	Maternity            TypeCode = "maternity"
	Safeguarding         TypeCode = "safeguarding"
	SocialCare           TypeCode = "social_care"
	AdvancePlan          TypeCode = "advance_plan"
	ReportRequest        TypeCode = "report_request"
	SubjectAccessRequest TypeCode = "subject_access_request"
	PatientLetter        TypeCode = "patient_letter"
	DNALetter            TypeCode = "dna_letter"
	AdminLetter          TypeCode = "admin_letter"
	FaxCover             TypeCode = "fax_cover"
	Junk                 TypeCode = "junk"
	UnknownType          TypeCode = "unknown"
)

// Types are all types of document, in the order of the domain reference.
var Types = []DocumentType{
	{DischargeSummary, "Discharge summary", "373942005", false, "18842-5", false, SameDay},
	{OutpatientLetter, "Outpatient letter", "823681000000100", false, "34108-1", false, Routine},
	{ReferralLetter, "Referral letter", "25611000000107", false, "57133-1", false, SameDay},
	{ReferralUrgentCancer, "Urgent suspected cancer referral", "25611000000107", true, "57133-1", false, AtOnce},
	{LabReport, "Laboratory report", "4241000179101", false, "11502-2", false, SameDay},
	{HistologyReport, "Histology report", "1054291000000102", false, "11526-1", false, SameDay},
	{RadiologyReport, "Radiology report", "4201000179104", false, "18748-4", false, SameDay},
	{EDAttendance, "Emergency department attendance", "24561000000109", false, "34111-5", false, SameDay},
	{OOH111Report, "Out of hours or NHS 111 report", "25781000000108", false, "34109-9", true, SameDay},
	{AmbulanceReport, "Ambulance report", "824861000000106", false, "34109-9", true, SameDay},
	{MedicationRequest, "Medication request", "163501000000109", true, "57833-6", false, SameDay},
	{OperationNote, "Operation note", "823661000000109", false, "11504-8", false, Routine},
	{ConsentForm, "Consent form", "824831000000101", false, "59284-0", false, Routine},
	{ImmunisationRecord, "Immunisation record", "41000179103", false, "11369-6", false, Routine},
	{ScreeningResult, "Screening result", "714961000000106", true, "47045-0", true, SameDay},
	{FitNote, "Fit note", "1321000000100", false, "51851-4", true, Routine},
	{MentalHealthLetter, "Mental health letter", "823691000000103", true, "34786-4", false, SameDay},
	{Maternity, "Maternity letter", "1111201000000106", false, "57055-6", false, SameDay},
	{Safeguarding, "Safeguarding", "909021000000108", false, "51852-2", true, AtOnce},
	{SocialCare, "Social care letter", "823721000000107", false, "28653-4", false, Routine},
	{AdvancePlan, "Advance care plan", "1382601000000107", false, "51852-2", true, AtOnce},
	{ReportRequest, "Report request", "14341000000108", false, "64291-8", false, Routine},
	{SubjectAccessRequest, "Subject access request", "823761000000104", true, "51851-4", true, SameDay},
	{PatientLetter, "Letter from a patient", "163181000000107", false, "51855-5", true, SameDay},
	{DNALetter, "Did not attend", "909921000000109", false, "51851-4", true, Routine},
	{AdminLetter, "Administrative letter", "823761000000104", false, "51851-4", false, Routine},
	{UnknownType, "Unknown", "823751000000102", false, "51852-2", false, SameDay},
}

// TypeOf returns the type with the code; false for fax_cover, junk and codes
// that do not exist.
func TypeOf(code TypeCode) (DocumentType, bool) {
	for _, t := range Types {
		if t.Code == code {
			return t, true
		}
	}
	return DocumentType{}, false
}

// PracticeTypePrefix begins the code of every type that a practice adds, so
// that it never clashes with one that a later version brings.
const PracticeTypePrefix = "practice_"

// AddTypes makes types known that a practice has added; they are always held
// until the practice's rule names them. Call it before anything else is
// started: the types are read without a lock.
func AddTypes(more []DocumentType) error {
	for _, t := range more {
		name, ok := strings.CutPrefix(string(t.Code), PracticeTypePrefix)
		if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || len(t.Code) > 64 {
			return fmt.Errorf("the code %q: write %s and then small letters, digits and underscores", t.Code, PracticeTypePrefix)
		}
		if t.Title == "" {
			return fmt.Errorf("the type %s has no title", t.Code)
		}
		known := false
		for i := range Types {
			if Types[i].Code == t.Code {
				Types[i], known = t, true
			}
		}
		if !known {
			Types = append(Types, t)
		}
	}
	return nil
}
