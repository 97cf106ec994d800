package classify

import (
	"math"
	"testing"

	"github.com/postroom/postroom"
)

// typicalPages are a short letter or form of each type, in words of its own.
var typicalPages = map[postroom.TypeCode][]string{
	postroom.DischargeSummary:     {"# Inpatient Discharge Letter", "Date of admission: 1 March 2026\tDate of discharge: 5 March 2026", "Discharging consultant: Dr A", "Ward: 7B", "Diagnosis: cellulitis of left leg", "TTO: flucloxacillin 500 mg", "Actions for GP: repeat bloods in one week"},
	postroom.OutpatientLetter:     {"Clinic date: 3 March 2026", "Diagnosis: essential hypertension", "Dear Dr Marsh", "It was a pleasure to see this lady in the cardiology clinic. I reviewed her today and her blood pressure is well controlled.", "Plan: continue. Follow up in clinic in six months."},
	postroom.ReferralLetter:       {"Dear Colleague", "Re: referral to dermatology", "Thank you for seeing this gentleman. I would be grateful for your opinion on his rash.", "Reason for referral: persistent rash", "UBRN: 1234 5678 9012", "Past medical history: nil", "Current medication: none"},
	postroom.ReferralUrgentCancer: {"# Two Week Wait Referral - Suspected Cancer", "Lower GI proforma", "Patient aware of suspected cancer: yes", "NG12 criteria: rectal bleeding, weight loss", "WHO performance status: 1"},
	postroom.LabReport:            {"# Pathology Laboratory Report", "Specimen: venous blood\tCollected: 03/03/2026\tReported: 04/03/2026", "Test\tResult\tUnits\tReference range", "Sodium\t139\tmmol/L\t133-146", "Potassium\t4.1\tmmol/L\t3.5-5.3", "Creatinine\t88\tumol/L\t60-110"},
	postroom.HistologyReport:      {"# Cellular Pathology - Histology Report", "Nature of specimen: skin ellipse", "Macroscopic: an ellipse measuring 12 mm", "Microscopic: sections show a benign intradermal naevus, completely excised", "Consultant histopathologist"},
	postroom.RadiologyReport:      {"# Department of Radiology", "Examination: X-ray chest", "Clinical indication: cough", "Findings: the lungs and pleural spaces are clear. Heart size is normal.", "Impression: normal chest radiograph", "Reported by: Dr B, Consultant Radiologist"},
	postroom.EDAttendance:         {"# Emergency Department Attendance", "Arrival time: 14:02\tMode of arrival: ambulance", "Triage category: 3", "Presenting complaint: fall", "Disposal: discharged home"},
	postroom.OOH111Report:         {"# NHS 111 Report", "Call started: 02:10\tCall ended: 02:24", "Pathways disposition: Dx05", "Caller: patient", "Symptom group: cough"},
	postroom.AmbulanceReport:      {"# Ambulance Service Patient Report Form", "Crew: paramedic and EMT", "Incident number: 4455", "Time on scene: 10:14", "Patient not conveyed", "GCS 15, SpO2 97%"},
	postroom.MedicationRequest:    {"# Shared Care Agreement - Request to Prescribe", "Could you please prescribe azathioprine 50 mg once daily.", "Please take over prescribing from next month; monitoring requirements are enclosed.", "Pharmacist"},
	postroom.OperationNote:        {"# Operation Note", "Surgeon: Mr C\tAnaesthetist: Dr D", "Operation performed: right inguinal hernia repair", "Incision and findings: indirect sac", "Closure: Vicryl and Monocryl", "Post-op instructions: home today"},
	postroom.ConsentForm:          {"# Consent Form 1", "Patient agreement to investigation or treatment", "Statement of health professional: intended benefits; serious or frequently occurring risks", "Statement of patient: I agree to the procedure described", "Signature\tWitness"},
	postroom.ImmunisationRecord:   {"# Vaccination Record", "Vaccine: influenza (inactivated)", "Batch no: AB1234\tExpiry: 06/2026", "Dose 1 of 1, left deltoid, intramuscular", "Vaccinator: Nurse E"},
	postroom.ScreeningResult:      {"# NHS Diabetic Eye Screening Programme", "Screening result", "Right eye: R1 M0   Left eye: R0 M0", "Outcome: routine recall in 12 months"},
	postroom.FitNote:              {"# Statement of Fitness for Work", "Med3", "I assessed your case on 3 March 2026", "because of the following condition: low back pain", "I advise you that you are not fit for work", "This will be the case for two weeks"},
	postroom.MentalHealthLetter:   {"# Community Mental Health Team", "CPA review", "Dear Dr Marsh", "I reviewed this man with his care coordinator. Mental state examination: mood low, no thoughts of self harm.", "Risk assessment: low risk to self and others", "Consultant Psychiatrist"},
	postroom.Maternity:            {"# Maternity Booking Summary", "EDD: 1 August 2026\tGestation: 12+3", "Gravida 2 Para 1", "Named midwife: F", "Antenatal screening accepted"},
	postroom.Safeguarding:         {"# Child Protection Conference", "Safeguarding children: section 47 enquiry", "Social worker: G", "The children are thought to be at risk of significant harm. Information sharing request from the MASH.", "Core group meeting"},
	postroom.SocialCare:           {"# Adult Social Care - Needs Assessment", "Package of care: four calls a day", "Occupational therapist: grab rails and commode recommended", "Carers assessment offered", "Council"},
	postroom.AdvancePlan:          {"# ReSPECT", "Recommended Summary Plan for Emergency Care and Treatment", "CPR attempts not recommended", "Preferred place of care: home", "Clinical recommendations for emergency care and treatment: comfort"},
	postroom.ReportRequest:        {"# Request for Medical Report", "Our client has applied for life assurance. Policy number 99.", "Please complete the enclosed questionnaire under the Access to Medical Reports Act. Your fee of 104 pounds will be paid.", "Underwriting department, insurance"},
	postroom.SubjectAccessRequest: {"# Subject Access Request", "Under the Data Protection Act 2018 and UK GDPR article 15 we request a copy of the full medical records of our client.", "Please reply within one month. Form of authority enclosed."},
	postroom.PatientLetter:        {"12 Mill Lane", "Ashby", "Dear Doctor", "I am writing to ask if I could have my prescription early because I am going on holiday. I have been taking my tablets every day and I feel well.", "My wife says thank you.", "Yours sincerely"},
	postroom.DNALetter:            {"# Did Not Attend", "Dear Dr Marsh", "Your patient did not attend their appointment on 3 March 2026. No further appointment has been made and they have been discharged back to GP care."},
	postroom.AdminLetter:          {"# Appointment Confirmation", "Dear Mr Whitcombe", "An appointment has been booked for you. Please arrive ten minutes early. If you are unable to attend please contact the booking office. Car parking is available.", "Waiting list office"},
}

func TestTypes(t *testing.T) {
	for _, dt := range postroom.Types {
		if dt.Code == postroom.UnknownType {
			continue
		}
		lines, ok := typicalPages[dt.Code]
		if !ok {
			t.Errorf("there is no page of the type %s", dt.Code)
			continue
		}
		head := []string{"# Example General Hospital", "Northern Example NHS Foundation Trust", ""}
		if dt.Code == postroom.PatientLetter {
			head = nil
		}
		out := sortPages(t, sampleRegister, typeset(append(head, lines...)...))
		d := out.Documents[0]
		if d.Type.Code != dt.Code {
			t.Errorf("%s was taken for %s (%.2f, %v)", dt.Code, d.Type.Code, d.Type.Confidence, d.Type.Why)
			continue
		}
		if len(d.Type.Why) == 0 {
			t.Errorf("%s: nothing says why", dt.Code)
		}
		if dt.Urgency == postroom.AtOnce && !d.Urgent {
			t.Errorf("%s is not urgent", dt.Code)
		}
	}
}

// The same pages with misread characters keep their types.
func TestTypesInSpiteOfMisreadWords(t *testing.T) {
	for code, lines := range map[postroom.TypeCode][]string{
		postroom.DischargeSummary: {"# D1SCHARGE SUMMARV", "Date of adrnission: 1 March 2026", "Date of discharqe: 5 March 2026", "GP act1ons: none"},
		postroom.RadiologyReport:  {"# Departrnent of Radio1ogy", "Examinat1on: X-rav chest", "Cl1nical indicat1on: cough", "Flndings: clear", "Consultant Radioloqist"},
		postroom.FitNote:          {"# Statement of Fltness for W0rk", "you are not f1t for work", "l assessed your case on"},
	} {
		out := sortPages(t, nil, typeset(append([]string{"Example Hospital"}, lines...)...))
		if got := out.Documents[0].Type; got.Code != code {
			t.Errorf("%s was taken for %s (%.2f, %v)", code, got.Code, got.Confidence, got.Why)
		}
	}
}

// What has nothing to go by is unknown, and says so.
func TestUnknown(t *testing.T) {
	for _, lines := range [][]string{
		{"lorem ipsum dolor sit amet consectetur", "adipiscing elit sed do eiusmod tempor"},
		{"xqz wvk jjp", "trb"},
	} {
		out := sortPages(t, nil, typeset(lines...))
		if g := out.Documents[0].Type; g.Code != postroom.UnknownType && g.Confidence > 0.7 {
			t.Errorf("%v is %s, %.2f sure", lines, g.Code, g.Confidence)
		}
	}
}

// Where little speaks for any type, the one that comes every day is likelier than one that
// seldom does; a type that is urgent by nature is looked for as if all came alike.
func TestTypesThatComeOften(t *testing.T) {
	m, err := ShippedModel()
	if err != nil {
		t.Fatal(err)
	}
	codes, p := m.join(make([]float64, len(allTypes)), nil)
	alike := evenly(codes, p)
	sum := 0.0
	for i, v := range alike {
		sum += v
		if r := p[i] / v / (p[classOf(postroom.Safeguarding)] / alike[classOf(postroom.Safeguarding)]); math.Abs(r-max(frequency[codes[i]], 1)) > 1e-6 {
			t.Errorf("%s counts %.3f times as much as safeguarding", codes[i], r)
		}
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the probabilities sum up to %v", sum)
	}
	for code := range frequency {
		if urgentByType(code) || classOf(code) < 0 {
			t.Errorf("%s is no type that may be taken for granted", code)
		}
	}
}
