package generate

import (
	"fmt"
	"strings"

	"github.com/postroom/postroom"
)

// The practice whose inbox it is. It does not exist.
var thePractice = organisation{
	name: "Ashcombe Health Centre", address: []string{"14 Priory Road", "Ashcombe", "AQ4 2RJ"},
	phone: "0161 496 0200", fax: "0161 496 0201", web: "www.ashcombehealth.example", ods: "P99123",
}

var usPractice = organisation{name: "Lakeview Family Medicine", address: []string{"220 Lakeview Drive, Suite 4", "Springdale, OH 45246"}, phone: "(513) 555-0142", fax: "(513) 555-0143"}

var practiceDoctors = []string{"Dr R Whitfield", "Dr S Banerjee", "Dr Helen Marsh", "Dr J Okonkwo", "Dr P Lindqvist"}

// Senders by split: the names of one never occur in the other.
var (
	hospitals = map[Split][][2]string{
		Train: {
			{"Marlfield Royal Infirmary", "Marlfield University Hospitals NHS Foundation Trust"},
			{"Northwick General Hospital", "Northwick and District Hospitals NHS Trust"},
			{"St Cuthbert's Hospital", "Castleton Vale Hospitals NHS Trust"},
			{"Thornley Bridge District Hospital", "Thornley Healthcare NHS Foundation Trust"},
			{"The Queen Adelaide Hospital", "Eastmere Teaching Hospitals NHS Trust"},
			{"Wexcombe Park Hospital", "Wexcombe Hospitals NHS Foundation Trust"},
		},
		Test: {
			{"Penwithen Infirmary", "Royal Penwithen Hospitals NHS Trust"},
			{"Harrowgate Moor University Hospital", "Moorside Teaching Hospitals NHS Foundation Trust"},
			{"The Alderley Clinic", "Spirewood Independent Healthcare Ltd"},
			{"Little Stourton Community Hospital", "Stour Valley Partnership NHS Trust"},
		},
	}
	mentalHealth = map[Split][][2]string{
		Train: {{"Ashcombe Community Mental Health Team", "Greenways Mental Health NHS Foundation Trust"}, {"Marlfield Home Treatment Team", "Greenways Mental Health NHS Foundation Trust"}},
		Test:  {{"Stour Valley Recovery Service", "Northern Vale Partnership NHS Trust"}, {"Older Adults Memory Service", "Northern Vale Partnership NHS Trust"}},
	}
	ambulances = map[Split][][2]string{
		Train: {{"North Mercia Ambulance Service", "North Mercia Ambulance Service NHS Trust"}},
		Test:  {{"Pennine Vale Ambulance", "Pennine Vale Ambulance Service NHS Foundation Trust"}},
	}
	outOfHours = map[Split][][2]string{
		Train: {{"Mercia Out of Hours", "Mercia Integrated Urgent Care CIC"}, {"NHS 111 North Mercia", "Mercia Integrated Urgent Care CIC"}},
		Test:  {{"ValeDoc Urgent Care", "ValeDoc Community Interest Company"}, {"Integrated Urgent Care Service", "Moorside Urgent Care Ltd"}},
	}
	screening = map[Split][][2]string{
		Train: {{"Bowel Cancer Screening Programme", "Mercia Screening Hub"}, {"Marlfield Diabetic Eye Screening", "Mercia Screening Hub"}, {"Cervical Screening Laboratory", "Marlfield University Hospitals NHS Foundation Trust"}},
		Test:  {{"AAA Screening Office", "Vale and Moors Screening Service"}, {"Breast Screening Unit", "Royal Penwithen Hospitals NHS Trust"}, {"Retinal Screening Centre", "Vale and Moors Screening Service"}},
	}
	councils = map[Split][][2]string{
		Train: {{"Marlfield City Council", "Adult Social Care"}, {"Northwick Borough Council", "Adults and Communities"}},
		Test:  {{"Stourshire County Council", "Health and Care Directorate"}, {"Penwithen Unitary Authority", "People Services"}},
	}
	childrenServices = map[Split][][2]string{
		Train: {{"Marlfield Children's Social Care", "Marlfield City Council"}, {"Multi-Agency Safeguarding Hub", "Northwick Borough Council"}},
		Test:  {{"Stourshire Front Door Safeguarding Team", "Stourshire County Council"}, {"Named Nurse Service", "Stour Valley Partnership NHS Trust"}},
	}
	askers = map[Split][][2]string{
		Train: {{"Beaconhill Life Assurance plc", "Medical Underwriting"}, {"Driver Medical Unit", "Vehicle Licensing"}, {"Harding & Platt Solicitors", ""}},
		Test:  {{"Corvane Protect", "Claims Assessment"}, {"Health Assessment Service", "Benefits Agency"}, {"Tregarth Legal LLP", ""}},
	}
	pharmacies = map[Split][][2]string{
		Train: {{"Priory Road Pharmacy", ""}, {"Wellspring Chemist", "Wellspring Group Ltd"}},
		Test:  {{"Moorland Dispensary", ""}, {"Carewell Late Night Pharmacy", "Carewell Retail Ltd"}},
	}
	surgeries = map[Split][][2]string{
		Train: {{"Mill Lane Surgery", ""}, {"The Orchard Practice", ""}},
		Test:  {{"Quayside Medical Group", ""}, {"Dr Fenwick and Partners", ""}},
	}
	american = map[Split][][2]string{
		Train: {{"Springdale Memorial Hospital", "TriCounty Health System"}},
		Test:  {{"Mercy Ridge Medical Center", "Ridgeline Health Partners"}},
	}
)

func newOrganisation(r *Rand, kind postroom.TypeCode, split Split, ill condition, us bool) (organisation, string) {
	from, dept := hospitals, ill.department
	switch kind {
	case postroom.MentalHealthLetter:
		from, dept = mentalHealth, pick(r, []string{"Adult Mental Health", "Crisis Resolution", "Psychological Therapies", "Outpatient Psychiatry"})
	case postroom.AmbulanceReport:
		from, dept = ambulances, "Clinical Records"
	case postroom.OOH111Report:
		from, dept = outOfHours, "Urgent Care"
	case postroom.ScreeningResult:
		from, dept = screening, "Results Office"
	case postroom.SocialCare:
		from, dept = councils, pick(r, []string{"Occupational Therapy", "Hospital Discharge Team", "Locality Team West", "Reablement"})
	case postroom.Safeguarding:
		from, dept = childrenServices, pick(r, []string{"Duty and Assessment", "Child Protection", "Adult Safeguarding"})
	case postroom.ReportRequest:
		from, dept = askers, pick(r, []string{"Medical Reports", "Case Management", "Claims"})
	case postroom.SubjectAccessRequest:
		from, dept = askers, "Records Requests"
	case postroom.MedicationRequest:
		if r.Chance(0.5) {
			from, dept = pharmacies, "Dispensary"
		}
	case postroom.FitNote, postroom.ReferralLetter, postroom.ReferralUrgentCancer, postroom.ImmunisationRecord, postroom.AdvancePlan:
		if r.Chance(0.5) || kind == postroom.ReferralUrgentCancer || kind == postroom.FitNote {
			from, dept = surgeries, "General Practice"
		}
	case postroom.LabReport:
		dept = pick(r, []string{"Department of Clinical Biochemistry", "Haematology Laboratory", "Microbiology", "Blood Sciences"})
	case postroom.HistologyReport:
		dept = pick(r, []string{"Department of Cellular Pathology", "Histopathology", "Cytology Laboratory"})
	case postroom.RadiologyReport:
		dept = pick(r, []string{"Department of Radiology", "Imaging Department", "Medical Imaging"})
	case postroom.EDAttendance:
		dept = "Emergency Department"
	case postroom.Maternity:
		dept = pick(r, []string{"Maternity Services", "Community Midwifery", "Antenatal Clinic"})
	case postroom.AdminLetter, postroom.DNALetter:
		if r.Chance(0.5) {
			dept = pick(r, []string{"Patient Access Centre", "Booking Office", "Outpatient Appointments", "Medical Records"})
		}
	}
	if us {
		from = american
	}
	names := pick(r, from[split])
	// An organisation keeps its address and numbers in all its letters.
	own := NewRand(7, names[0])
	town := pick(own, places)
	o := organisation{name: names[0], parent: names[1], ods: fmt.Sprintf("R%c%c", 'A'+rune(own.Intn(26)), 'A'+rune(own.Intn(26)))}
	o.address = []string{fmt.Sprintf("%d %s", own.Between(1, 90), pick(own, streets)), town.town, fmt.Sprintf("%s %d%c%c", town.outward, own.Between(1, 9), 'A'+rune(own.Intn(2)), 'A'+rune(own.Intn(2)))}
	o.phone = town.dialling + " 496 0" + own.digits(3)
	o.fax = town.dialling + " 496 0" + own.digits(3)
	o.web = "www." + strings.ToLower(strings.Map(keepLetters, names[0])) + ".example"
	if us {
		o.address = []string{fmt.Sprintf("%d Main Street", own.Between(100, 990)), "Springdale, OH 45246"}
		o.phone, o.fax = "(513) 555-01"+own.digits(2), "(513) 555-01"+own.digits(2)
	}
	return o, dept
}

func keepLetters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

var (
	authorGiven  = map[Split][]string{Train: strings.Fields("Anita James Fiona Rashid Catherine Mohammed Alison Peter Samina Oliver Judith Henrik Sunil Martha"), Test: strings.Fields("Bethan Farouk Gillian Tobias Leila Duncan Ingrid Vivek Rosalind Kofi Maeve Edmund")}
	authorFamily = map[Split][]string{Train: strings.Fields("Desai Harcourt Pemberton Siddiqui Lockwood Barraclough Venkatesh Osborne Forsyth Kaplan Mbeki Thornbury Quigley Sorensen Iqbal"), Test: strings.Fields("Tremayne Halloran Mistry Castellano Nkemelu Ravenscroft Zielinski Bannerman Oyelaran Fairweather Stannard Gillespie")}
)

func newClinician(r *Rand, split Split, role string, us bool) clinician {
	given, family := pick(r, authorGiven[split]), pick(r, authorFamily[split])
	c := clinician{role: role, gmc: fmt.Sprint(r.Between(3, 7)) + r.digits(6)}
	if r.Chance(0.5) {
		given = given[:1]
	}
	title := "Dr"
	switch {
	case us:
		c.name, c.gmc = given+" "+family+", MD", ""
		return c
	case strings.Contains(role, "urgeon"):
		title = pick(r, []string{"Mr", "Miss", "Mr", "Ms"})
		c.after = pick(r, []string{"FRCS", "MS FRCS (Gen Surg)", "FRCS (Tr & Orth)"})
	case strings.Contains(role, "urse") || strings.Contains(role, "idwife") || strings.Contains(role, "ocial") || strings.Contains(role, "harmacist") ||
		strings.Contains(role, "aramedic") || strings.Contains(role, "fficer") || strings.Contains(role, "oordinator") || strings.Contains(role, "anager") ||
		strings.Contains(role, "herapist") || strings.Contains(role, "ractitioner") && !strings.Contains(role, "General"):
		title, c.gmc = pick(r, []string{"Mrs", "Ms", "Mr", "Miss"}), ""
	default:
		c.after = pick(r, []string{"", "MRCP", "FRCP", "MB ChB MRCP(UK)", "MRCGP"})
	}
	if title != "Dr" {
		given = given[:1] // the names are not sorted by sex
	}
	c.name = title + " " + given + " " + family
	return c
}

func authorRole(r *Rand, kind postroom.TypeCode, ill condition) string {
	switch kind {
	case postroom.DischargeSummary:
		return pick(r, []string{"Foundation Year 1 Doctor", "Foundation Year 2 Doctor", "Specialty Registrar", "Clinical Fellow"})
	case postroom.LabReport:
		return pick(r, []string{"Consultant Chemical Pathologist", "Consultant Haematologist", "Consultant Microbiologist"})
	case postroom.HistologyReport:
		return "Consultant Histopathologist"
	case postroom.RadiologyReport:
		return pick(r, []string{"Consultant Radiologist", "Reporting Radiographer Practitioner"})
	case postroom.EDAttendance:
		return pick(r, []string{"Consultant in Emergency Medicine", "Emergency Nurse Practitioner", "ED Registrar", "Clinical Fellow"})
	case postroom.OOH111Report:
		return pick(r, []string{"Out of Hours GP", "Advanced Nurse Practitioner", "Clinical Adviser"})
	case postroom.AmbulanceReport:
		return pick(r, []string{"Paramedic", "Specialist Paramedic"})
	case postroom.MedicationRequest:
		return pick(r, []string{"Pharmacist", "Consultant " + ill.role, "Specialist Nurse"})
	case postroom.OperationNote, postroom.ConsentForm:
		return pick(r, []string{"Consultant Surgeon", "Specialty Registrar, Surgeon"})
	case postroom.ImmunisationRecord:
		return pick(r, []string{"School Nurse", "Practice Nurse", "Immunisation Nurse"})
	case postroom.ScreeningResult:
		return pick(r, []string{"Screening Programme Manager", "Clinical Director", "Specialist Screening Practitioner"})
	case postroom.FitNote, postroom.ReferralLetter, postroom.ReferralUrgentCancer:
		return pick(r, []string{"General Practitioner", "GP Partner", "Salaried General Practitioner"})
	case postroom.MentalHealthLetter:
		return pick(r, []string{"Consultant Psychiatrist", "Community Psychiatric Nurse", "Specialty Doctor in Psychiatry", "Care Coordinator"})
	case postroom.Maternity:
		return pick(r, []string{"Community Midwife", "Consultant Obstetrician", "Specialist Midwife"})
	case postroom.Safeguarding:
		return pick(r, []string{"Social Worker", "Named Nurse for Safeguarding", "MASH Coordinator"})
	case postroom.SocialCare:
		return pick(r, []string{"Occupational Therapist", "Social Worker", "Reablement Manager"})
	case postroom.AdvancePlan:
		return pick(r, []string{"Consultant in Palliative Medicine", "General Practitioner", "Consultant Geriatrician"})
	case postroom.ReportRequest, postroom.SubjectAccessRequest:
		return pick(r, []string{"Medical Reports Officer", "Case Manager", "Claims Officer"})
	case postroom.AdminLetter, postroom.DNALetter:
		return pick(r, []string{"Booking Coordinator", "Medical Records Officer", "Consultant " + ill.role, "Specialist Nurse"})
	}
	if ill.role == "Surgeon" {
		return "Consultant Surgeon"
	}
	return pick(r, []string{"Consultant " + ill.role, "Consultant " + ill.role, "Specialty Registrar", "Clinical Nurse Specialist"})
}
