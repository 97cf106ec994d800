package classify

import (
	"strings"
	"sync"

	"github.com/postroom/postroom"
)

// typeCues are the phrases that speak for each type, by how much they say.
// Weights are in units of evidence: a "title" phrase as the heading of a first
// page decides alone, a "strong" one nearly, a "weak" one only in company.
// They come from the domain reference and from the standard headings of the
// Professional Record Standards Body, not from any set of documents.
var typeCues = map[postroom.TypeCode]struct{ title, strong, weak string }{
	postroom.DischargeSummary: {
		title:  "discharge summary; discharge letter; inpatient discharge; discharge notification; discharge advice; hospital discharge; electronic discharge; immediate discharge; interim discharge; discharge report; e discharge; edischarge; final discharge; day case discharge; discharge information; transfer of care; inpatient summary",
		strong: "date of discharge; discharge date; date of admission; admission date; admitted on; discharged on; date admitted; date discharged; gp actions; actions for gp; actions for the gp; tto; ttos; tta; ttas; medication on discharge; medications on discharge; discharge medication; discharge medications; discharging consultant; discharge destination; length of stay; reason for admission; method of admission; admission method; hospital course; discharging ward; discharge diagnosis; admission details; discharge details; medicines on discharge; drugs on discharge; discharge method; admitted from; source of admission; was an inpatient; inpatient on ward; on discharge; discharge prescription; under the care of; was discharged on; discharged home; final diagnosis; mode of admission",
		weak:   "ward; was admitted; inpatient; discharged home; clinical summary; clinical narrative; investigation results; information given to patient; person completing record; presenting complaint; discharging doctor; discharge; admission; admitted",
	},
	postroom.OutpatientLetter: {
		title:  "outpatient letter; outpatient clinic letter; clinic letter; outpatient clinic; out patient clinic; outpatients; outpatient appointment letter; outpatient consultation; outpatient department; outpatient review",
		strong: "clinic date; date of clinic; reviewed in clinic; seen in clinic; in clinic today; i reviewed; it was a pleasure to see; pleasure to see; pleasure to review; pleasure to meet; i saw this; in my clinic; in the clinic; attended clinic; attended the clinic; thank you for referring; attended my clinic; date seen; clinic attended; i reviewed this; in our clinic; telephone clinic; follow up clinic; seen in the; attendance details",
		weak:   "follow up; dictated; typed; diagnosis; diagnoses; on examination; clinic; plan; i have arranged; see again; review in; again in; months time; consultant; was reviewed; today; new patient; impression; dictated but not signed; dictated not read; electronically approved; outpatient; management plan; history; examination",
	},
	postroom.ReferralLetter: {
		title:  "referral letter; referral form; gp referral; letter of referral; referral to; new referral; routine referral; urgent referral; clinical referral; internal referral; referral for",
		strong: "thank you for seeing; i would be grateful; would be grateful if you; grateful for your; e rs; ers; ubrn; unique booking reference; reason for referral; referring gp; referring clinician; referring practice; referral date; date of referral; please could you see; please see this; kindly see; i would appreciate your; thank you for your opinion; grateful for your opinion; referred by; opinion and advice; referral details; referrer details; reason for request; expectation; referred to; grateful for an appointment; please would you see; advice on further management; choose and book",
		weak:   "referral; refer; referred; referrer; referring; past medical history; current medication; presenting problem; special requirements; allergies; your opinion; assessment and management; social history; relevant history; history of presenting complaint; grateful",
	},
	postroom.ReferralUrgentCancer: {
		title:  "two week wait; 2 week wait; 2ww; 2wr; two week rule; 2 week rule; urgent suspected cancer; suspected cancer referral; suspected cancer; 2ww referral; two week referral; cancer referral; fast track referral; suspected cancer pathway; faster diagnosis; urgent cancer referral; suspected colorectal cancer; suspected breast cancer; suspected lung cancer; suspected skin cancer; urgent suspicion of cancer",
		strong: "faster diagnosis standard; fds; ng12; usc; usc referral; suspected cancer proforma; two week wait referral; 28 day; 62 day; suspicion of cancer; cancer pathway; aware that this is a suspected cancer; patient has been informed of the suspicion; red flag symptoms",
		weak:   "weight loss; haematuria; rectal bleeding; dysphagia; performance status; post menopausal bleeding; red flag; proforma; who performance status; breast lump; change in bowel habit; cancer; malignancy; available in the next",
	},
	postroom.LabReport: {
		title:  "laboratory report; pathology report; clinical biochemistry; haematology report; microbiology report; biochemistry report; blood test results; blood sciences; laboratory medicine; pathology results; test results; laboratory results; immunology report; virology report; department of pathology; clinical chemistry; blood results; pathology laboratory; haematology; biochemistry; microbiology; laboratory services",
		strong: "reference range; reference interval; ref range; normal range; specimen; specimen type; sample type; date collected; collected; date received; lab no; lab number; laboratory number; specimen number; sample number; sample collected; sample received; requesting clinician; full blood count; urea and electrolytes; liver function; liver function tests; thyroid function; u&e; u & e; u&es; fbc; lft; lfts; hba1c; egfr; haemoglobin; creatinine; specimen no; sample no; date reported; culture; sensitivities; antibiotic sensitivities; authorised by; serum; lab ref; accession; venous blood; midstream urine",
		weak:   "sodium; potassium; urea; platelets; white cell count; wbc; mcv; alt; bilirubin; albumin; tsh; ferritin; cholesterol; mmol; umol; abnormal; units; result; results; flag; reported; received; sample; plasma; crp; neutrophils; lymphocytes; alkaline phosphatase; range; requested by; test; glucose; b12; folate; triglycerides; telephoned; haematocrit; psa; high; low",
	},
	postroom.HistologyReport: {
		title:  "histology report; histopathology report; cytology report; cellular pathology; histopathology; histology; cytopathology; surgical pathology; biopsy report; histological report; cellular pathology report; pathology report histology; cytology",
		strong: "macroscopic; microscopic; macroscopic description; microscopic description; macroscopy; microscopy; nature of specimen; clinical details; snomed; snomed codes; histological; histologically; sections show; immunohistochemistry; resection margin; excision margins; tumour; consultant histopathologist; consultant pathologist; specimen nature; dysplasia; biopsies; biopsy; punch biopsy; formalin; all embedded; embedded; t codes; m codes; excision biopsy; specimen site; lymphovascular",
		weak:   "specimen; carcinoma; margins; epithelium; adenoma; benign; malignant; sections; cells; stroma; mm; diagnosis; conclusion; reported by; naevus; skin ellipse; mucosa; cores; grade",
	},
	postroom.RadiologyReport: {
		title:  "radiology report; imaging report; x ray report; ct report; mri report; ultrasound report; department of radiology; radiology department; diagnostic imaging; dexa report; dexa scan; bone densitometry; x ray; ultrasound scan; mri scan; ct scan; medical imaging; clinical imaging; department of clinical radiology; imaging department; radiology; bone density; nuclear medicine; echocardiogram report; plain film",
		strong: "clinical indication; clinical information; findings; impression; technique; ct chest; ct abdomen; ct head; ct thorax; mri lumbar spine; mri brain; chest x ray; cxr; us abdomen; ultrasound abdomen; xr chest; consultant radiologist; radiologist; radiographer; sonographer; reporting radiologist; contrast; intravenous contrast; t score; z score; examination date; exam date; date of examination; mri; mri knee; fracture seen; no fracture; verified by; exam; bony injury; mri of; ultrasound of; ct of; x ray of; scan date; requesting location; date of scan; pneumothorax; no focal; cardiothoracic ratio",
		weak:   "scan; axial; lung fields; effusion; pleural; lesion; opacity; conclusion; comparison; no previous; reported by; heart size; views; ct; us; xr; osteoporosis; osteopenia; degenerative; kidneys; gallbladder; liver; dexa; bone mineral density; ultrasound; imaging; accession number; report; modality; comment; normal in appearance",
	},
	postroom.EDAttendance: {
		title:  "emergency department; accident and emergency; accident & emergency; ed attendance; a&e attendance; a & e; emergency department discharge; ed discharge; emergency department attendance; emergency care summary; a&e discharge; minor injuries unit; urgent treatment centre; ed summary; ed letter; a&e; emergency department letter; emergency department summary; emergency care; minor injury unit; emergency attendance; accident emergency",
		strong: "triage; triage category; arrival time; arrival date; time of arrival; mode of arrival; arrival mode; presenting complaint; disposal; attendance date; date of attendance; departure time; attended the emergency department; attended the ed; attendance disposal; left department; discharged from ed; discharged from the emergency department; attendance number; ed diagnosis; ed consultant; attended a&e; seen in ed; incident location; attended ed; seen by; time seen; arrived; attendance reason",
		weak:   "ed; attended; arrival; emergency; majors; minors; resus; injury; observations; treatment given; referred to; attendance; gcs; walking wounded; brought in by",
	},
	postroom.OOH111Report: {
		title:  "out of hours; nhs 111; 111 report; ooh report; integrated urgent care; iuc; out of hours report; gp out of hours; nhs 111 report; nhs111; 111 first; 111 encounter; out of hours service; out of hours consultation; ooh; 111 call; urgent care service; out of hours encounter; nhs 24; unscheduled care",
		strong: "pathways disposition; disposition; call started; call ended; call taker; nhs pathways; dx code; call start; call end; symptom group; clinical assessment service; case number; pathways; caller; call received; call back; triage outcome; ooh clinician; case type; case no; call time; call date; health advisor; symptom discriminator; consultation start; out of hours gp; call handler; pathways assessment",
		weak:   "call; contact; triage; 111; base visit; home visit; telephone advice; advised to; informational outcome; case; telephone assessment; outcome; safety netting; encounter",
	},
	postroom.AmbulanceReport: {
		title:  "ambulance service; patient report form; prf; eprf; ambulance report; ambulance service nhs trust; electronic patient report; ambulance; patient care record; ambulance clinical record; patient clinical record; non conveyance; ambulance attendance",
		strong: "crew; paramedic; conveyed; not conveyed; on scene; time on scene; arrived at scene; incident number; incident no; call sign; callsign; time of call; at scene; left scene; vehicle; non conveyed; emt; emergency medical technician; crew members; at hospital; handover time; primary survey; 999 call; crew skill; incident date; nature of call; left at home; see and treat; scene",
		weak:   "ambulance; gcs; avpu; news2; news; observations; pulse; spo2; resp rate; blood glucose; pain score; handover; mobilised; dispatched; bm; conveyance; patient found",
	},
	postroom.MedicationRequest: {
		title:  "medication request; prescription request; shared care; shared care agreement; request to prescribe; medicines request; pharmacy request; medication change; repeat prescription request; request for prescription; shared care request; prescribing request; shared care protocol; medication review; repeat prescription; change of medication; medication changes; medicines optimisation; prescription; drug request; medication advice",
		strong: "please prescribe; please start; please stop; please titrate; please commence; could you please prescribe; kindly prescribe; please continue prescribing; take over prescribing; prescribing responsibility; please issue; please add to repeat; community pharmacy; please change; request you prescribe; repeat template; pharmacist; please increase; please reduce; continue the prescription; grateful if you could prescribe; amber drug; prescribe; drug monitoring; monitoring requirements; out of stock; alternative; unable to supply; items requested; owing; prescribing; medication requested; agree to prescribe; titrate",
		weak:   "dose; frequency; medication; mg; titration; repeat; tablets; pharmacy; monitoring; daily; quantity; supply; drug; formulary; initiated; prescriber",
	},
	postroom.OperationNote: {
		title:  "operation note; operative note; operation record; operating record; surgical note; procedure note; operation report; theatre record; operation notes; operation sheet; operation details; endoscopy report; procedure report; colonoscopy report; gastroscopy report; surgery record; record of operation; operative record; cystoscopy report; cardiac catheterisation report; theatre note",
		strong: "surgeon; anaesthetist; assistant; operation performed; procedure performed; closure; post op; post operative instructions; postop instructions; incision; operative findings; estimated blood loss; blood loss; general anaesthetic; type of anaesthetic; anaesthetic; anaesthesia; date of operation; operation; operating surgeon; implants; swab count; tourniquet; haemostasis; endoscopist; sedation; scope; operation date; post operative; postoperative; theatre; indication for surgery; prosthesis; antibiotic prophylaxis; date of surgery; date of procedure; post operative plan; drains",
		weak:   "procedure; findings; sutures; vicryl; monocryl; drain; ga; position; supine; specimens; complications; indication; ebl; prepped; draped; laparoscopic; skin; asa; who checklist",
	},
	postroom.ConsentForm: {
		title:  "consent form; consent form 1; consent form 2; consent form 3; consent form 4; patient agreement to investigation; patient agreement; consent to treatment; consent for; consent to; form of consent; consent for examination; consent to investigation; agreement to investigation or treatment",
		strong: "statement of patient; statement of health professional; statement of interpreter; i agree to the procedure; signature of patient; witness; i understand that; confirmation of consent; intended benefits; serious or frequently occurring risks; proposed procedure; frequently occurring risks; the procedure will involve; i confirm that; withdrawn consent; lack capacity; copy accepted by patient; patients signature; signed by patient; name of proposed procedure; adults who are unable to consent; patient has withdrawn; parental agreement; i agree; signature of parent",
		weak:   "consent; risks; benefits; signature; signed; interpreter; agree; statement; treatment; health professional; print name",
	},
	postroom.ImmunisationRecord: {
		title:  "immunisation record; vaccination record; immunisation; immunisations; vaccination; vaccine record; vaccination notification; immunisation history; travel vaccination; vaccination certificate; vaccine administration; immunisation notification; covid 19 vaccination; flu vaccination; record of immunisation; vaccinations given; vaccination history; immunisation report; vaccination confirmation; seasonal influenza vaccination; immunization record",
		strong: "batch no; batch number; batch; expiry; expiry date; vaccine; vaccine given; vaccine name; vaccines; dose 1; dose 2; dose 1 of 2; dose 2 of 2; site of injection; injection site; deltoid; left deltoid; right deltoid; left arm; right arm; vaccinator; manufacturer; date given; intramuscular; vaccinated; lot number; dose number; date of vaccination; date administered; vaccination date; site; booster; route; lot no; left thigh; anaphylaxis",
		weak:   "mmr; influenza; pneumococcal; shingles; hpv; dtap; ipv; dose; im; next due; school nurse; school age immunisation; men acwy; rotavirus; meningococcal; tetanus; hepatitis b; typhoid; administered by; given by; administered; rsv",
	},
	postroom.ScreeningResult: {
		title:  "screening programme; cervical screening; bowel screening; bowel cancer screening; breast screening; aaa screening; diabetic eye screening; screening result; abdominal aortic aneurysm screening; retinal screening; cervical screening result; cervical screening programme; nhs screening; diabetic retinopathy screening; newborn screening; newborn blood spot; screening results; newborn hearing; hearing screening; diabetic eye; bowel cancer screening programme; lung health check",
		strong: "fit result; fit kit; faecal immunochemical; hpv; hr hpv; hpv positive; hpv negative; hpv not detected; hpv found; recall in; recall; aortic diameter; aorta; abdominal aorta; r0; r1; r2; r3; m0; m1; r0m0; r1m0; retinopathy; maculopathy; routine recall; smear; mammogram; screening test; screened; screening centre; screening hub; next screening; next test; human papillomavirus; screening; sample taker; colposcopy; kit; invited again; blood spot; dyskaryosis; normal result",
		weak:   "programme; invited; result; three years; 36 months; 12 months; not detected; negative; cm; grade; test result; national screening; mammography",
	},
	postroom.FitNote: {
		title:  "fit note; statement of fitness for work; med3; med 3; statement of fitness; fitness for work; statement of fitness for work for social security or statutory sick pay; ahp health and work report",
		strong: "may be fit for work; not fit for work; you are not fit for work; you may be fit for work; phased return to work; phased return; amended duties; altered hours; workplace adaptations; i assessed your case; i advise you that; i will need to assess your fitness; need to assess your fitness for work again; because of the following condition; because of the following conditions; statutory sick pay; this will be the case for; issuers name; will not need to assess; taking account of the following advice",
		weak:   "fit for work; fit; work; social security; sick pay; employer; fitness; sickness; absence",
	},
	postroom.MentalHealthLetter: {
		title:  "mental health; community mental health team; cmht; crisis team; care programme approach; psychiatric; psychiatry; mental health assessment; cpa review; liaison psychiatry; mental health team; iapt; talking therapies; camhs; home treatment team; crisis resolution; mental health trust; older peoples mental health; early intervention in psychosis; psychological therapies; psychology service; memory clinic; eating disorder service; child and adolescent mental health; mental health nhs foundation trust; mental health services; perinatal mental health; mental state examination; memory assessment service; cpa care plan; community psychiatric",
		strong: "psychiatrist; consultant psychiatrist; section 2; section 3; section 117; section 136; mental state; risk assessment; care coordinator; care co ordinator; cpa; cpn; risk to self; risk to others; suicidal ideation; suicidal thoughts; self harm; mood; affect; psychosis; depressive; schizophrenia; bipolar; antidepressant; sertraline; phq 9; gad 7; crisis plan; thoughts of self harm; insight; mental health act; clozapine; crisis; community psychiatric nurse; psychotic; anxiety; keyworker; bipolar affective disorder; psychologist; cbt; psychological; relapse; appearance and behaviour",
		weak:   "depression; risk; sleep; appetite; speech; thoughts; cognition; safeguarding; medication; relapse prevention; counselling; therapy; therapist; perceptions; low mood",
	},
	postroom.Maternity: {
		title:  "maternity; antenatal; maternity booking; antenatal booking; booking summary; postnatal; maternity services; maternity discharge; antenatal clinic; maternity notes; booking appointment; pregnancy booking; maternity discharge summary; midwifery; community midwife; obstetric; postnatal discharge; antenatal care; maternity booking notification; birth notification; pregnancy; early pregnancy unit; fetal medicine; delivery summary",
		strong: "edd; gestation; gravida; para; g1p0; g2p1; g3p2; midwife; booking; expected date of delivery; estimated date of delivery; estimated due date; weeks gestation; lmp; fetal; foetal; fetal heart; anomaly scan; dating scan; delivered; birth weight; mode of delivery; caesarean; lead professional; named midwife; pregnant; primigravida; trimester; combined screening; labour; vaginal delivery; breastfeeding; feeding; health visitor; live born; apgar; perineum; lochia; antenatal screening; due date; midwife led; placenta; obstetrician; fundal height",
		weak:   "weeks; obstetrics; folic acid; blood group; rhesus; mother; baby; birth; delivery; scan; bmi; anti d; newborn",
	},
	postroom.Safeguarding: {
		title:  "safeguarding; child protection; safeguarding children; safeguarding adults; multi agency safeguarding hub; mash; marac; child protection conference; safeguarding referral; safeguarding alert; adult safeguarding; safeguarding concern; case conference; strategy meeting; domestic abuse; initial child protection conference; safeguarding notification; safeguarding team; child in need; police notification; section 47 enquiry; safeguarding enquiry",
		strong: "section 47; child protection plan; section 17; at risk of harm; neglect; social worker; significant harm; domestic violence; physical abuse; emotional abuse; sexual abuse; section 42; conference chair; core group; child protection conference report; lado; child looked after; looked after child; risk of abuse; information sharing; strategy discussion; dash; perpetrator; victim; children act; request for information; non accidental injury; independent chair; category of abuse; high risk; iro; risk assessment conference; enquiry; vulnerable adult; care act",
		weak:   "abuse; child; concern; concerns; conference; police; multi agency; harm; childrens services; confidential; allegation; siblings; school; household; protection",
	},
	postroom.SocialCare: {
		title:  "social services; adult social care; social care; care package; care assessment; occupational therapy assessment; ot assessment; care and support plan; social care assessment; needs assessment; reablement; carers assessment; continuing healthcare; home assessment; occupational therapy report; care needs assessment; blue badge; adult services; housing application; care home; continuing health care; adult social services; support plan; care plan; supported living; social work",
		strong: "package of care; social worker; occupational therapist; equipment; personal care; carer visits; care act; direct payments; care needs; home visit; care agency; grab rails; adaptations; key safe; commode; four times a day; funded nursing care; activities of daily living; care calls; support needs; domiciliary care; council; carers; home care; adult social worker; borough council; county council; city council; respite; raised toilet seat; bath board; daily living; eligible needs; care provider; care worker; day centre",
		weak:   "carer; mobility; transfers; washing; dressing; meals; assessment; support; needs; local authority; housing; independent; community; falls; stairlift; living; wellbeing",
	},
	postroom.AdvancePlan: {
		title:  "respect; respect form; recommended summary plan for emergency care and treatment; recommended summary plan; dnacpr; do not attempt cardiopulmonary resuscitation; do not attempt cpr; adrt; advance decision; advance decision to refuse treatment; treatment escalation plan; advance care plan; dnar; advance statement; anticipatory care plan; do not attempt resuscitation; escalation plan; living will; emergency health care plan; preferred priorities for care; emergency care plan; end of life care plan; advance care planning; do not resuscitate; coordinate my care",
		strong: "cpr attempts not recommended; cpr attempts recommended; cpr; clinical recommendations for emergency care; ceiling of care; ceiling of treatment; preferred place of care; preferred place of death; refuse treatment; lasting power of attorney; resuscitation; resuscitation status; priority on sustaining life; prioritise comfort; priority on comfort; cardiac or respiratory arrest; life sustaining treatment; emergency contacts; senior responsible clinician; mental capacity; capacity to participate; cardiopulmonary resuscitation; even if my life is at risk; not for resuscitation; anticipatory medicines; personal preferences; for full escalation; not for escalation; symptom control; comfort",
		weak:   "palliative; hospice; end of life; emergency care; capacity; escalation; recommendation; recommendations; sustain life; prognosis",
	},
	postroom.ReportRequest: {
		title:  "request for medical report; medical report request; gp report; general practitioners report; gpr; amra; request for a medical report; insurance report; pip; personal independence payment; dvla; medical information request; factual report; request for medical information; report request; access to medical reports act; request for information; access to medical reports; request for report; medical questionnaire; targeted report; request for a report; medical report; questionnaire; insurance medical report; firearms; fostering medical; blue badge assessment",
		strong: "insurer; insurance; life assurance; our client; your fee; a fee of; fee; dwp; department for work and pensions; solicitor; solicitors; driving licence; policy number; underwriter; underwriting; claimant; drivers medical group; fitness to drive; employment and support allowance; medical practitioner; work capability; please complete the; complete the enclosed; enclosed questionnaire; enclosed form; our reference; claim number; policy; claim; complete and return; attendance allowance; universal credit; invoice; driver and vehicle licensing; life insurance; income protection; capita; atos; maximus; please provide a report; pay a fee; firearm; shotgun; firearms licensing; applicant; critical illness",
		weak:   "report; consent; signed consent; application; complete; return; questionnaire; benefit; reference; authority; enclosed; form; information",
	},
	postroom.SubjectAccessRequest: {
		title:  "subject access request; subject access; data subject access request; dsar; sar; access to health records; request for medical records; copy of medical records; request for copy of records; access to medical records; data protection act; request for records; application for access to health records; access to records; copies of medical records; application for access; request for copy; disclosure of medical records; records request",
		strong: "copy of my records; copy of medical records; copy of records; full medical records; data protection act 2018; uk gdpr; gdpr; article 15; one month; one calendar month; form of authority; copies of all; right of access; entitled to; my personal data; copies of my; entire medical records; access to health records act; information commissioner; medical records; personal data; clients records; complete copy; copy of my; copies of the; without delay; proof of identity; complete medical records; general data protection; all records; copy of the",
		weak:   "records; copy; request; solicitors; authority; disclosure; data; ico; identification; provide; entitled",
	},
	postroom.PatientLetter: {
		title:  "letter from patient; note from patient; from patient; to the doctor; patient letter",
		strong: "i am writing to; i have been; i am a patient; my prescription; my medication; my appointment; i would like to; i am worried; my husband; my wife; my mother; could you please; i would like; my symptoms; my daughter; my son; i am still; please can you; i have not; i wanted to; my results; my doctor; my knee; my back; i need; i feel; me a; complaint; i have had; i came to; i came; my tablets; i wish to; i hope; let me know; ring me; call me; i am not; my father; i think; i take; when i; i cannot; i was",
		weak:   "i am; my; dear doctor; yours truly; thank you for your help; kind regards; me; thanks; i have; mine; myself; many thanks; we; please",
	},
	postroom.DNALetter: {
		title:  "did not attend; dna; was not brought; missed appointment; failure to attend; non attendance; dna letter; failed to attend; dna notification; wnb; did not attend notification; not brought; was not brought notification; missed appointments; did not attend appointment; did not attend letter",
		strong: "did not attend their appointment; did not attend his appointment; did not attend her appointment; failed to attend; discharged back to gp; discharged back to; discharged back to your care; did not attend the; not attended; patient did not attend; was not brought to; unable to attend; without informing; no further appointment; not been sent another; back to your care; not offered another; did not attend an; did not attend for; did not arrive; missed; no further appointments; re refer; not sent a further; re referred; child was not brought; without letting us know; access policy; refer again; non attender",
		weak:   "attend; appointment; discharged; discharge; no further; clinic; opportunity; unfortunately; again",
	},
	postroom.AdminLetter: {
		title:  "appointment letter; appointment confirmation; change of address; waiting list; appointment notification; your appointment; change of appointment; cancelled appointment; appointment cancellation; outpatient appointment; notification of appointment; appointment details; appointment reminder; appointment booked; confirmation of appointment; referral received; waiting list validation; waiting time; change of details; referral acknowledgement; change of name; change to appointment; appointment; new appointment; change of circumstances; notice of change; registration; rejected referral; removal from waiting list",
		strong: "your appointment; appointment has been; an appointment has been; please arrive; date and time; appointment date; appointment time; waiting list; placed on the waiting list; has been rescheduled; has been cancelled; moved address; new address; if you are unable to attend; please bring; car parking; location; rescheduled; change of address; appointment has been booked; waiting time; we have received your referral; please update; update your records; booked; previous address; booking team; old address; appointments team; has been rearranged; referral has been accepted; patient administration; admissions office; booking office; been added to; appointment is; weeks wait; have been placed; appointments office; telephone number has changed; medical records department",
		weak:   "appointment; please; confirm; cancel; booking; contact us; outpatient; address; acknowledge; department; patient services; referral; telephone; change; notification; administrator",
	},
	postroom.Junk: {
		title:  "special offer; limited time offer; business loan; toner; promotion; sale now on; advertisement; marketing; exclusive offer; great deals; price list; new lower prices; business loans; stop press; free quote; dear business owner; limited offer; summer sale; office supplies",
		strong: "loan; loans; unsubscribe; to be removed from; removed from our list; call now; act now; lowest prices; save up to; discount; offer ends; free delivery; cartridges; interest rates; lease; leasing; order today; order now; no obligation; holiday; prize; winner; special price; per cent off; best price; credit; cheap; guaranteed approval; vat; ink; opt out; approved; mailing list; low rates; apply now; money back; finance; funding; dear sir madam; broadband; photocopier; cctv; cleaning services; solar; window; claim your; dear manager; new customers; terms and conditions apply; free trial; free; while stocks last; trade; cash; energy prices",
		weak:   "offer; prices; price; customers; deal; business; order; sale; stock; quote; website; products; product; call today; visit our; save; buy; today; only; bargain; www; invest; rate",
	},
}

// Weights of the three groups.
const (
	titleWeight  = 3.0
	strongWeight = 1.3
	weakWeight   = 0.35
)

// allTypes lists the codes that the type scorer tells apart; a code's place
// in it is its class.
var allTypes = func() []postroom.TypeCode {
	var out []postroom.TypeCode
	for _, t := range postroom.Types {
		if t.Code != postroom.UnknownType {
			out = append(out, t.Code)
		}
	}
	return append(out, postroom.Junk)
}()

func classOf(code postroom.TypeCode) int {
	for i, c := range allTypes {
		if c == code {
			return i
		}
	}
	return -1
}

// words is the lexicon of everything that sorting looks for.
var words = sync.OnceValue(func() *lexicon {
	l := newLexicon()
	for class, code := range allTypes {
		cues := typeCues[code]
		for _, group := range []struct {
			list   string
			weight float64
		}{{cues.title, titleWeight}, {cues.strong, strongWeight}, {cues.weak, weakWeight}} {
			for text := range strings.SplitSeq(group.list, ";") {
				if p := l.byText[strings.TrimSpace(text)]; p != nil && p.speaksFor(class) {
					continue // listed twice for one type: the stronger stands
				}
				l.add(strings.TrimSpace(text), note{kindType, class, group.weight})
			}
		}
	}
	for label := range labelCount {
		addAll(l, labelPhrases[label], note{kindLabel, int(label), 1})
	}
	for part := range partCount {
		addAll(l, headPhrases[part], note{kindHead, int(part), 1})
	}
	addAll(l, urgentPhrases, note{kindUrgent, 0, 1})
	addAll(l, urgentClinical, note{kindUrgent, 1, 1})
	addAll(l, calmPhrases, note{kindCalm, 0, 1})
	addAll(l, organisationStrong, note{kindOrg, 0, 3})
	addAll(l, organisationPlain, note{kindOrg, 1, 2})
	addAll(l, departmentPhrases, note{kindOrg, 2, 1})
	addAll(l, coverStrong, note{kindCover, 0, 3})
	addAll(l, coverWeak, note{kindCover, 1, 1})
	addAll(l, closings, note{kindClose, 0, 1})
	return l
})

func (p *phrase) speaksFor(class int) bool {
	for _, n := range p.notes {
		if n.kind == kindType && n.code == class {
			return true
		}
	}
	return false
}

func addAll(l *lexicon, list string, n note) {
	for text := range strings.SplitSeq(list, ";") {
		if text = strings.TrimSpace(text); text != "" {
			l.add(text, n)
		}
	}
}
