package study

import "strings"

func list(s string) []string {
	var out []string
	for x := range strings.SplitSeq(s, ";") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}

var (
	places = list(`Kelford; Brackmoor; Easterby; Hallowmere; Wynford; Fenbridge; Oakhaven; Lindale; Stonecross; Marbury; Rushdale; Ambleworth; Coldstow; Glenarvon;
 Tressingham; Westerleigh; Dunmarrow; Calderbeck; Priorsfield; Elmstead; Haverbrook; Netherby; Bryn Castell; Strathmoray; Upper Thorpe; Ashdown Vale; Port Merrion; Long Easton`)
	saints  = list(`Anne; Barnabas; Columba; Edmund; Helen; Hilda; Jude; Michael; Oswald; Swithin; Thomas; Winifred`)
	streets = list(`High Street; Church Road; Station Road; Mill Lane; Victoria Avenue; Queens Drive; Orchard Close; The Green; Manor Way; School Lane; Kings Road; Albert Terrace; Birch Grove; Chapel Street; Meadow Rise; Parkside; London Road; Windmill Hill; Canal Walk; Sycamore Crescent`)
	givens  = list(`Oliver; George; Harry; Noah; Arthur; Mohammed; Ibrahim; Rajesh; Piotr; David; Peter; Alan; Brian; Kenneth; Ronald; Derek; Colin; Stephen; Andrew; Liam; Callum; Finlay; Kwame; Wei; Dmitri; Luca; José; Siôn;
 Olivia; Amelia; Isla; Grace; Margaret; Dorothy; Jean; Patricia; Sheila; Maureen; Brenda; Fatima; Aisha; Priya; Sunita; Agnieszka; Katarzyna; Chloe; Megan; Rhian; Siobhán; Niamh; Mei; Ngozi; Anne-Marie; Mary Ann; Zoë; Eleanor; Florence; Ivy; Hannah; Rebecca; Joan; Vera`)
	families = list(`Smith; Jones; Taylor; Brown; Williams; Wilson; Johnson; Davies; Robinson; Wright; Thompson; Evans; Walker; White; Roberts; Green; Hall; Wood; Jackson; Clarke; Patel; Khan; Begum; Hussain; Ahmed; Singh; Kaur; Shah; Ali; Nowak; Kowalczyk; Wisniewska;
 O'Neill; O'Brien; McDonald; MacLeod; McAllister; Fitzgerald; Smith-Jones; Harcourt-Lee; de Souza; van der Berg; Le Roux; Okafor; Adeyemi; Mensah; Nguyen; Chen; Rossi; García; Müller; Llewellyn; Pritchard; Cholmondeley; Featherstone; Ramsbottom; Day; Park; May; Ward; King; Bishop; Marsh; Young; Lane; Street; Church; Winter; Frost; Best; Long; Short; Bird; Fox; Lamb; Rose; Abel; Cross; Temple; Ng; Wu; Li`)
	diagnoses = list(`Essential hypertension; Type 2 diabetes mellitus; Chronic obstructive pulmonary disease; Atrial fibrillation; Osteoarthritis of the right knee; Community acquired pneumonia; Asthma; Heart failure with reduced ejection fraction; Chronic kidney disease stage 3a; Iron deficiency anaemia; Gout; Migraine without aura;
 Psoriasis; Gallstones; Acute appendicitis; Fractured neck of femur; Benign prostatic hyperplasia; Cataract; Glaucoma; Parkinson's disease; Epilepsy; Hypothyroidism; Rheumatoid arthritis; Ulcerative colitis; Urinary tract infection; Cellulitis of the left leg; Transient ischaemic attack; Vertigo; Carpal tunnel syndrome; Depression; Generalised anxiety disorder; Eczema; Diverticular disease; Hiatus hernia; Polymyalgia rheumatica; Coeliac disease; Angina; Obstructive sleep apnoea; Endometriosis; Tennis elbow`)
	drugs = list(`Amlodipine 5 mg once daily; Ramipril 10 mg once daily; Metformin 500 mg twice daily; Bisoprolol 2.5 mg od; Apixaban 5 mg bd; Atorvastatin 40 mg at night; Omeprazole 20 mg once a day; Levothyroxine 75 micrograms in the morning; Salbutamol 100 micrograms inhaler two puffs as required; Prednisolone 30 mg daily for five days; Amoxicillin 500 mg three times a day; Doxycycline 100 mg daily; Sertraline 50 mg od; Mirtazapine 15 mg nocte;
 Furosemide 40 mg mane; Allopurinol 100 mg daily; Co-codamol 30/500 two tablets qds prn; Naproxen 250 mg bd with food; Gabapentin 300 mg tds; Methotrexate 15 mg once weekly; Folic acid 5 mg once weekly; Tamsulosin 400 micrograms daily; Latanoprost eye drops one drop at night; Lansoprazole 30 mg; Clopidogrel 75 mg od; Warfarin as per INR; Insulin glargine 18 units at night; Adcal-D3 one tablet twice a day; Alendronic acid 70 mg weekly; Nitrofurantoin 100 mg m/r bd; Fluoxetine 20 mg; Risperidone 1 mg nocte; Salbutamol inhaler; Paracetamol; Emollient cream; Senna prn; GTN spray as needed; Ferrous sulphate; Co-amoxiclav; Eye drops; Aspirin 75mg; Cetirizine`)
	symptoms  = list(`chest pain; shortness of breath; abdominal pain; a painful knee; headaches; dizziness; a persistent cough; back pain; palpitations; a rash on both arms; weight loss; tiredness; blurred vision; a fall at home; swelling of the ankles; difficulty swallowing; a sore throat; urinary frequency; low mood; numbness in the hand; hearing loss; vomiting and diarrhoea; a painful shoulder; joint stiffness; memory problems; heavy periods; a lump in the neck; fever; leg ulcer; poor sleep`)
	signs     = list(`mild tenderness on palpation; reduced range of movement; a soft systolic murmur; bilateral basal crackles; normal power and sensation; a small effusion; no abnormality; an erythematous rash; reduced air entry at the left base; a palpable lump; a full range of movement; mild pitting oedema; a positive Tinel's sign; early lens opacities`)
	tests     = list(`an MRI scan; an ultrasound scan; blood tests; an echocardiogram; a 24 hour tape; spirometry; a chest X-ray; a CT scan; nerve conduction studies; a colonoscopy; a repeat ECG; bone densitometry; an endoscopy; urine culture`)
	procs     = list(`total knee replacement; laparoscopic cholecystectomy; cataract surgery; inguinal hernia repair; hip replacement; carpal tunnel decompression; tonsillectomy; TURP; hysteroscopy; colonoscopy with polypectomy; coronary angiography; arthroscopy; excision of a skin lesion; dental extraction; varicose vein ablation`)
	scans     = list(`XR Chest; CT Head; US Abdomen; MRI Lumbar spine; XR Pelvis; US Pelvis; CT Thorax abdomen and pelvis; MRI Knee Lt; DEXA hip and spine; XR Hand Rt; Bilateral mammogram; US Thyroid; MR Brain; CT KUB`)
	biopsies  = list(`skin, left forearm; gastric biopsy; colonic polyp; breast core biopsy; cervical biopsy; gallbladder; appendix; skin, scalp; thyroid FNA; prostate cores`)
	sites     = list(`lower GI; breast; skin; lung; urology; head and neck; gynaecology; upper GI; haematology; thyroid`)
	vaccines  = list(`Influenza (quadrivalent); Shingrix; MMR; Pneumococcal polysaccharide; Hepatitis B; COVID-19 mRNA; Td/IPV; HPV; MenACWY; 6-in-1; Rotavirus; BCG; Typhoid; RSV`)
	specs     = list(`Cardiology; Respiratory Medicine; Gastroenterology; Dermatology; Rheumatology; Neurology; Orthopaedics; Ophthalmology; ENT; Urology; Haematology; Endocrinology; General Surgery; Care of the Elderly; Paediatrics; Gynaecology; Renal Medicine; Vascular Surgery; Pain Management; Physiotherapy; Audiology; Podiatry; Oral and Maxillofacial Surgery; Diabetes and Endocrinology; Breast Surgery; Plastic Surgery; Colorectal Surgery; Stroke Medicine; Trauma and Orthopaedics`)
	allergies = list(`No known drug allergies; NKDA; Nil known; Penicillin - rash; Penicillin (anaphylaxis); Trimethoprim: nausea; Latex; Codeine; Aspirin - wheeze; None known; Nuts; Erythromycin (vomiting); No known allergies; Elastoplast; Morphine - itching; Contrast media`)
	asks      = list(`Please repeat U&Es in two weeks; Kindly check blood pressure in one month; GP to continue medication; Please arrange a repeat chest X-ray in six weeks; Please refer to physiotherapy; Please remove sutures in ten days; GP to review pain relief; Please titrate ramipril as tolerated; Please add to repeat prescription; Please monitor FBC and LFTs monthly; Please stop naproxen; Please check HbA1c in three months; Please ensure annual flu vaccination; Consider starting a statin; To chase results of culture; Please review mood in four weeks; No action required; Please issue a fit note; Please organise bloods before the next appointment; Wean off prednisolone over two weeks`)
	roles     = list(`Consultant; Specialist Registrar; Consultant Physician; Consultant Surgeon; Clinical Nurse Specialist; ST5; Foundation Year 2 Doctor; Associate Specialist; Advanced Nurse Practitioner; General Practitioner; Physiotherapist; Consultant Psychiatrist; Senior House Officer; Staff Grade; Medical Secretary; Consultant Radiologist; Clinical Fellow; Optometrist; Occupational Therapist; Midwife; Social Worker; Practice Manager`)
	wards     = list(`Ward 4; Ward 12B; Acute Medical Unit; Elm Ward; Surgical Admissions; Short Stay Unit; Coronary Care; Ward C3; Maple Unit; Day Surgery Unit; Orthopaedic Trauma Ward`)
)

// What a sender is called, by the kind of sender.
var senderNames = map[string][]string{
	"hospital":   list(`{place} Royal Infirmary; {place} General Hospital; St {saint}'s Hospital; {place} Hospital; University Hospital {place}; Royal {place} Hospital; {place} District Hospital; {place} Community Hospital; The {place} Clinic; Queen Mary Hospital; {place} Infirmary; Nuffield {place} Hospital; {place} and {place2} Hospitals NHS Trust; {place} University Hospitals NHS Foundation Trust; Princess Alice Hospital; {place} Eye Hospital; {place} Children's Hospital; {place} Treatment Centre; NHS {place}; {place} University Health Board`),
	"laboratory": list(`{place} Laboratories; {place} Pathology Partnership; {place} Pathology Services; {place} and {place2} Pathology Network; {family} Diagnostics; {place} Laboratory Services; South {place} Pathology; {place} Clinical Laboratories Ltd; {place} Blood Sciences Hub; {place}Path`),
	"imaging":    list(`{place} Imaging Centre; {place} Community Diagnostic Centre; {family} Imaging Ltd; {place} Scan Centre; {place} Diagnostic Hub`),
	"utc":        list(`{place} Urgent Treatment Centre; {place} Walk-in Centre; {place} Minor Injuries Unit; {place} Urgent Care Hub; {place} Urgent Care Service`),
	"hospice":    list(`St {saint}'s Hospice; {place} Hospice; The {place} Hospice; {place} Palliative Care Team; {place} Community Nursing Service; {place} Care Home`),
	"optician":   list(`{family} Opticians; {place} Opticians; {place} Eyecare; {family} & {family2} Optometrists; {place} Vision Centre; {street} Dental Practice; {place} Dental Centre`),
	"mental":     list(`{place} Community Mental Health Team; {place} CMHT; {place} Partnership NHS Foundation Trust; {place} Crisis Resolution and Home Treatment Team; {place} Talking Therapies; Older Persons Mental Health Service; {place} CAMHS; {place} Memory Assessment Service; {place} Recovery Team; {place} and {place2} Mental Health NHS Trust; Early Intervention in Psychosis Service; {place} Drug and Alcohol Service`),
	"ambulance":  list(`{place} Ambulance Service NHS Trust; {place} and {place2} Ambulance Service; South {place} Ambulance Service NHS Foundation Trust; {place} Ambulance; St {saint} Patient Transport`),
	"ooh":        list(`{place} Out of Hours Service; {place} GP Out of Hours; NHS 111 {place}; {place} Integrated Urgent Care; {place} Doctors on Call; {place} Urgent Care Centre; {place} Primary Care 24; Care UK {place} 111; {place}Doc`),
	"screening":  list(`NHS {place} Cervical Screening Service; {place} Bowel Cancer Screening Centre; {place} Breast Screening Service; {place} Diabetic Eye Screening Programme; {place} AAA Screening Programme; Midlands Screening Hub; {place} Newborn Screening Laboratory; {place} Child Health Information Service`),
	"council":    list(`{place} City Council; {place} Borough Council; {place} County Council; {place} Metropolitan Borough Council; {place} Council Adult Social Services; {place} Children's Services; {place} Safeguarding Adults Board; {place} Multi-Agency Safeguarding Hub; {place} Unitary Authority`),
	"asker":      list(`{place} Life Assurance; {place} Mutual Insurance Company Ltd; {family} {family2} Solicitors; {family} & Co Solicitors LLP; {family} Legal; Department for Work and Pensions; DVLA Drivers Medical Group; {place} Insurance plc; Medical Reporting Services Ltd; {place} Occupational Health; {place} Constabulary Firearms Licensing; {place} Pensions; Independent Assessment Services; {family} {family2} LLP; MedScreen Reports Limited`),
	"pharmacy":   list(`{place} Pharmacy; {street} Chemist; {family} Pharmacy; {family}'s Chemist; {place} Dispensing Chemist; Wellcare Pharmacy {place}; {place} Medical Supplies Ltd; {place} Stoma Care; {place} Hospital Pharmacy`),
	"surgery":    list(`{place} Surgery; {street} Medical Centre; {place} Medical Practice; The {place} Practice; {place} Health Centre; {street} Surgery; Dr {family} and Partners; {place} Family Practice; {family} Opticians; {place} Eyecare; {place} Dental Practice; {place} Physiotherapy Clinic; {place} Community Healthcare NHS Trust`),
	"junk":       list(`{place} Office Supplies; {family} Finance; {place} Toner Direct; {family} Training Ltd; {place} Energy Brokers; {place} Business Loans; {family} Recruitment`),
	"us":         list(`{place} Memorial Hospital; {place} Medical Center; St. {saint} Health System; {place} Family Medicine; {place} Orthopedic Associates; {place} Regional Medical Center; {place} Imaging Associates; {place} Diagnostics Inc; {place} Cardiology Group, P.C.`),
}

var senderKinds = map[string]string{
	"mental_health_letter": "mental", "ambulance_report": "ambulance", "ooh_111_report": "ooh", "screening_result": "screening", "social_care": "council",
	"safeguarding": "council", "report_request": "asker", "subject_access_request": "asker", "medication_request": "pharmacy hospital", "referral_letter": "surgery hospital us optician",
	"referral_urgent_cancer": "surgery", "fit_note": "surgery hospital", "immunisation_record": "pharmacy surgery hospital", "advance_plan": "hospital surgery hospice", "junk": "junk",
	"lab_report": "hospital us laboratory", "radiology_report": "hospital us imaging", "ed_attendance": "hospital hospital utc", "discharge_summary": "hospital us", "outpatient_letter": "hospital us", "histology_report": "hospital us laboratory", "operation_note": "hospital us",
	"patient_letter": "", "maternity": "hospital", "consent_form": "hospital",
}

// How fields are labelled. The value follows.
var labels = map[string][]string{
	"nhs":                       list(`NHS No; NHS Number; NHS No.; NHS; NHS Num; National Health Number; NHS ID; NHS no; Patient NHS Number; NHS / CHI No; NHS ref; NHS#`),
	"dob":                       list(`DOB; D.O.B.; Date of Birth; Date of birth; DoB; Born; Birth date; Birthdate; D of B; d.o.b; Patient DOB; Date Of Birth; Patient date of birth; BD; Born on`),
	"name":                      list(`Name; Patient; Patient Name; Full name; Name of patient; Pt name; Patient's name; Client name; Re; RE; Regarding; Patient details; Service user; Our patient; Your patient; Patient full name; Surname, Forename; Subject; Name (Surname, Forename); Concerning; Individual; Pt`),
	"family":                    list(`Surname; Family name; Last name; SURNAME; Patient surname`),
	"given":                     list(`Forename; Forename(s); Given name; First name; First names; FORENAMES; Other names; Patient forename`),
	"address":                   list(`Address; Home address; Patient address; Permanent address; Usual address; Patient's address; Residing at; Addr`),
	"postcode":                  list(`Postcode; Post code; Post Code`),
	"phone":                     list(`Tel; Telephone; Phone; Home tel; Mobile; Contact number; Tel no; Home phone; Patient tel; Patient telephone; Contact tel`),
	"mrn":                       list(`Hospital No; Hospital Number; MRN; Unit No; PAS No; Hosp no; Case note number; Patient ID; District No; Local ID; RXX number; Hospital ref; Medical Record Number`),
	"letter":                    list(`Date; Date of letter; Letter date; Dated; Date typed; Typed; Typed on; Date written; Report date; Date of report; Date issued; Issued; Issue date; Date sent; Date completed; Document date; Completed on; Date of issue; Letter created; Correspondence date; Sent; Date produced; Statement date; Date signed; Letter; Letter written; Letter generated; Report; Verified; Authorised; Validated; Reported; Record closed; Finalised`),
	"event":                     list(`Date of attendance; Attended; Seen on; Date seen; Date of appointment; Date of consultation; Visit date; Date of visit; Contact date; Date of contact; Encounter date; Attendance date; Date of assessment; Date attended; Assessment date; Date of service; Consultation date`),
	"event outpatient_letter":   list(`Clinic date; Date of clinic; Clinic attended; Seen in clinic; Date of clinic appointment; Clinic; Outpatient attendance; Date reviewed; Assessed on; Visit on; Visited; Reviewed on; Seen; Clinic held; Appointment held on`),
	"event lab_report":          list(`Collected; Date collected; Specimen date; Sample taken; Date taken; Collection date; Sample date; Taken on; Date of specimen; Specimen collected`),
	"event histology_report":    list(`Date taken; Collected; Specimen date; Date of biopsy; Taken; Date of procedure; Collection date`),
	"event radiology_report":    list(`Exam date; Examination date; Date of exam; Scan date; Date performed; Date of examination; Performed; Study date; Date of scan; Event date`),
	"event operation_note":      list(`Date of operation; Operation date; Procedure date; Date of procedure; Date of surgery; Operated on; Theatre date; Surgery date`),
	"event immunisation_record": list(`Date given; Date of vaccination; Vaccinated on; Date administered; Vaccination date; Given on; Date of immunisation; Administered on`),
	"event screening_result":    list(`Date of test; Screening date; Date screened; Test date; Date of screening; Sample date; Screened on`),
	"event dna_letter":          list(`Appointment date; Date of appointment; Missed appointment; Date missed; Clinic date; Date of missed appointment`),
	"event ooh_111_report":      list(`Call date; Date of call; Date of contact; Contact date; Consultation date; Encounter date; Case date; Call received; Call started; Call in; Arrived; Consultation; Seen; Visit; Base visit; Visited on; Triaged`),
	"event ambulance_report":    list(`Incident date; Date of incident; Date of call; Attendance date; Call date; Date attended; Date of attendance; Times; On scene; Called; Crew arrived; Job date; Patient times`),
	"event ed_attendance":       list(`Arrival date; Date of attendance; Attended; Arrived; Attendance date; ED attendance date; Date and time of arrival; Date of arrival; Arrival; Date attended; Booked in; Date and time of arrival; Time in; Attended on; Time of arrival; Attendance`),
	"admission":                 list(`Admission date; Date of admission; Admitted; Date admitted; Admitted on; Adm date; Admission; Date of adm`),
	"discharge":                 list(`Discharge date; Date of discharge; Discharged; Date discharged; Discharged on; Disch date; Discharge; Date of disch`),
	"past":                      list(`Date received; Received; Date of referral; Referral date; Referral received; Date referred; Specimen received; Date requested; Requested on; Date of request; Last seen; Date of onset; Previous appointment; Date registered; Date of last issue; Date added to list`),
	"future":                    list(`Next appointment; Review date; Expiry; Date of next review; Next review; Follow up date; Valid until; Review due; Appointment`),
	"printed":                   list(`Printed; Print date; Printed on; Date printed; Report printed; Generated; Date downloaded`),
	"dictated":                  list(`Date dictated; Dictated; Dictated on; Dict; Dictation date`),
	"typed":                     list(`Date typed; Typed; Typed on; Date typed/sent; Transcribed; Typing date`),
	"gp":                        list(`GP; Registered GP; GP Name; Usual GP; GP details; General Practitioner; Patient's GP; Referring GP; GP Practice`),
	"kin":                       list(`Next of kin; NOK; Emergency contact; Next of Kin; Carer; Main carer; Parent/guardian; Contact name`),
	"author":                    list(`Completed by; Author; Clinician; Consultant; Signed by; Reported by; Authorised by; Seen by; Issued by; Lead clinician; Written by; Responsible clinician; Electronically signed by; Reporting clinician; Health professional`),
	"recipient":                 list(`To; GP; Dear; For the attention of; Addressee; Requesting GP; Recipient; FAO; Send to; Copy to GP`),
	"sex":                       list(`Sex; Gender; Sex at birth`),
	"age":                       list(`Age`),
	"ref":                       list(`Our ref; Ref; Reference; Your ref; Our Reference; Letter ref; Ref no`),
	"dept":                      list(`Department; Specialty; Service; Directorate; Division`),
	"gmc":                       list(`GMC; GMC No; GMC number; GMC no.`),
	"npi":                       list(`NPI; NPI #; Provider NPI`),
	"extra":                     list(`Religion; Ethnicity; Marital status; Preferred language; Interpreter required; Overseas visitor; Occupation; Known as; Pathway ID; Spell no; Patient type; Accommodation; Status; Site; Communication needs; Veteran`),
}

var extraValues = list(`None recorded; English; No; Yes; Not stated; White British; Married; Single; Retired; NHS; Outpatient; Inpatient; {digits:7}; Main site; Christian; Unknown`)
