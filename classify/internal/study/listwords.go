package study

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Headings of lists that stand in letters of any type, by the key of words.lists.
var anyHeads = map[string][]string{
	"dx": list(`Diagnoses; Diagnosis; Problems; Problem list; Current problems; Medical problems; Medical conditions; Conditions; Known conditions; Comorbidities; Co-morbidities; PMH; Past medical history; Background; Clinical diagnosis; Provisional diagnosis; Differential diagnosis; Issues; Main problems; Confirmed diagnoses; Secondary diagnoses; Other diagnoses; Assessment; Health problems; Major illnesses; Significant medical history; Final diagnoses; Long term conditions`),
	"rx": list(`Medication; Medications; Medicines; Current medication; Current treatment; Current therapy; Regular medication; Regular medicines; Repeat medication; Repeat prescription; Drug history; DH; DHx; Rx; Drug therapy; Present medication; Prescribed medication; Medication list; Medicines list; Medication history; Medicines on leaving; Discharge medicines; Drugs; Treatment; Prescription; Acute medication; Home medications; Medications at time of letter; Medicines reconciliation; Drugs to continue; New medication; Therapy`),
	"al": list(`Allergies; Allergy; Allergy status; Known allergies; Drug allergies; Drug sensitivities; Sensitivities; Adverse reactions; Adverse drug reactions; Allergies and intolerances; Allergies/sensitivities; Known drug allergies; Intolerances; Allergic to; ADRs; Allergy information; Allergies / adverse reactions`),
	"ac": list(`Plan; Actions; Action points; Actions required; Action for GP; Actions for GP; GP to do; For the GP; GP action; Requests; Recommendations; Recommended actions; Next steps; Follow-up; Follow up actions; Suggested management; Suggestions; Advice; Advice for GP; Management; Tasks; Tasks for primary care; Primary care actions; To do; Outcome and plan; Further management; Please could you; Treatment plan; Agreed plan; Action requested; Way forward`),
}

// A quarter of these is kept back like every other wording; see pools.kept.
var (
	moreDiagnoses = list(`Hypertension; Type 1 diabetes; COPD; Angina; Ischaemic heart disease; Previous myocardial infarction; Aortic stenosis; Mitral regurgitation; Congestive cardiac failure; Permanent atrial fibrillation; Paroxysmal SVT; Peripheral vascular disease; Raised cholesterol; Hyperlipidaemia; Pulmonary embolism; Deep vein thrombosis; Bronchiectasis; Interstitial lung disease; Obstructive sleep apnoea; Lower respiratory tract infection; Coeliac disease; Crohn's disease; Irritable bowel syndrome; GORD; Barrett's oesophagus; Peptic ulcer disease; Fatty liver; Cirrhosis; Acute pancreatitis; Acute cholecystitis; Inguinal hernia; Haemorrhoids; Diverticulitis; Colonic polyps; Acute kidney injury; CKD stage 4; Renal stones; Recurrent urinary tract infections; Overactive bladder; Prostate cancer; Breast cancer 2014; Colorectal cancer; Basal cell carcinoma, nose; Malignant melanoma; Hodgkin lymphoma; Multiple myeloma; Polymyalgia rheumatica; Ankylosing spondylitis; Osteoporosis; Osteoarthritis of both hips; Fracture of the distal radius; Lumbar spinal stenosis; Sciatica; Rotator cuff tear; Plantar fasciitis; Chronic low back pain; Fibromyalgia; Stroke; Left MCA infarct; Multiple sclerosis; Dementia, mixed type; Mild cognitive impairment; Essential tremor; Tension headache; Trigeminal neuralgia; Bell's palsy; Peripheral neuropathy; Anxiety; Recurrent depressive disorder; Bipolar disorder; Schizophrenia; PTSD; ADHD; Autism spectrum disorder; Alcohol dependence; Acne vulgaris; Atopic dermatitis; Actinic keratosis; Venous leg ulcer; Chronic sinusitis; Nasal polyps; Otitis media; Sensorineural hearing loss; Tinnitus; Tonsillitis; Age-related macular degeneration; Dry eyes; Primary open angle glaucoma; Endometriosis; Fibroids; Menorrhagia; Polycystic ovary syndrome; Menopausal symptoms; Vitamin D deficiency; B12 deficiency; Thyrotoxicosis; Hyponatraemia; Obesity; Frailty; Recurrent falls; Registered blind`)
	drugNames     = list(`Amlodipine; Felodipine; Ramipril; Lisinopril; Perindopril; Losartan; Candesartan; Bisoprolol; Atenolol; Propranolol; Diltiazem; Doxazosin; Indapamide; Bendroflumethiazide; Furosemide; Bumetanide; Spironolactone; Eplerenone; Digoxin; Amiodarone; Isosorbide mononitrate; Aspirin; Clopidogrel; Apixaban; Rivaroxaban; Edoxaban; Warfarin; Simvastatin; Atorvastatin; Rosuvastatin; Ezetimibe; Metformin; Gliclazide; Sitagliptin; Linagliptin; Empagliflozin; Dapagliflozin; Levothyroxine; Carbimazole; Prednisolone; Hydrocortisone; Omeprazole; Lansoprazole; Pantoprazole; Esomeprazole; Famotidine; Mebeverine; Loperamide; Senna; Docusate; Lactulose; Cyclizine; Metoclopramide; Ondansetron; Paracetamol; Ibuprofen; Naproxen; Diclofenac; Celecoxib; Codeine; Dihydrocodeine; Tramadol; Morphine sulfate MR; Oxycodone; Amitriptyline; Nortriptyline; Gabapentin; Pregabalin; Duloxetine; Sertraline; Citalopram; Fluoxetine; Mirtazapine; Venlafaxine; Quetiapine; Olanzapine; Risperidone; Aripiprazole; Lithium carbonate; Diazepam; Lorazepam; Zopiclone; Melatonin; Sodium valproate; Lamotrigine; Levetiracetam; Carbamazepine; Topiramate; Co-careldopa; Ropinirole; Donepezil; Memantine; Sumatriptan; Amoxicillin; Co-amoxiclav; Flucloxacillin; Doxycycline; Clarithromycin; Trimethoprim; Nitrofurantoin; Ciprofloxacin; Cefalexin; Aciclovir; Fluconazole; Methotrexate; Sulfasalazine; Hydroxychloroquine; Azathioprine; Folic acid; Ferrous sulfate; Ferrous fumarate; Colecalciferol; Calcium carbonate; Alendronic acid; Risedronate; Allopurinol; Colchicine; Febuxostat; Tamsulosin; Finasteride; Solifenacin; Mirabegron; Oxybutynin; Cetirizine; Loratadine; Fexofenadine; Montelukast; Tiotropium; Carbocisteine; Thiamine; Baclofen; Quinine sulfate; Desogestrel; Metoprolol; Hydrochlorothiazide; Glipizide; Albuterol; Acetaminophen; Tacrolimus; Mycophenolate; Tamoxifen; Anastrozole; Letrozole; Bicalutamide`)
	drugDoses     = list(`1 mg; 2 mg; 2.5 mg; 5 mg; 7.5 mg; 10 mg; 15 mg; 20 mg; 25 mg; 30 mg; 40 mg; 50 mg; 75 mg; 80 mg; 100 mg; 150 mg; 200 mg; 250 mg; 300 mg; 400 mg; 500 mg; 600 mg; 800 mg; 1 g; 5mg; 10mg; 20mg; 40mg; 75mg; 500mg; 50 micrograms; 100 micrograms; 125 micrograms; 400 micrograms; 800 units; 20,000 units`)
	drugTimes     = list(`once daily; once a day; od; OD; daily; each morning; in the morning; om; mane; at night; on; nocte; twice daily; twice a day; bd; BD; three times daily; three times a day; tds; TDS; four times a day; qds; up to four times a day; as required; when required; prn; PRN; as needed; weekly; once a week; alternate days; every 12 hours; for seven days; for five days; one daily; one tablet daily; one to be taken daily; one twice a day; two at night; BID; QD; QHS; po od; PO BD`)
	drugNotes     = list(`new; continued; unchanged; started; stopped; increased; reduced; dose increased; dose changed; to continue; 28 days; 14 days supplied; own supply; short course; with food; for pain; GP to continue; until reviewed; to stop in two weeks; long term`)
	drugOther     = list(`Salbutamol 100 micrograms inhaler, 2 puffs prn; Fostair 100/6 two puffs bd; Symbicort 200/6 one puff twice daily; Clenil Modulite 100 two puffs bd; Seretide 250 Evohaler 2 puffs bd; Trelegy Ellipta one dose daily; GTN spray as required; Latanoprost 0.005% one drop at night both eyes; Timolol 0.25% eye drops bd; Hypromellose eye drops as required; Novomix 30 insulin 20 units morning and 14 units evening; Lantus 24 units at night; Insulin aspart as directed; Betnovate cream apply twice daily; Hydrocortisone 1% cream thinly bd; Dermol 500 lotion; Movicol one sachet daily; Gaviscon Advance 10 ml after meals; Fortisip one bottle twice a day; Oramorph 10 mg/5 ml 2.5 ml prn; Fentanyl patch 25 micrograms/hour every 72 hours; Buprenorphine 10 micrograms/hour patch weekly; Denosumab 60 mg sc six monthly; Hydroxocobalamin 1 mg im every 12 weeks; Depo-Provera 12 weekly; Microgynon 30; Evorel 50 patches; Vagifem 10 micrograms twice weekly; No regular medication; Nil regular; None; Laxido 1-2 sachets daily`)
	moreAllergies = list(`Penicillin; Penicillins: rash; Allergic to penicillin; Co-amoxiclav - jaundice; Sulphonamides; Nitrofurantoin - vomiting; Ibuprofen - bronchospasm; NSAIDs; Statins: muscle pain; Ramipril - cough; ACE inhibitors; Iodine; Plasters; Peanuts; Shellfish; Bee stings; Cefalexin - urticaria; Clarithromycin (GI upset); Doxycycline; Metronidazole: nausea; Tramadol - confusion; No allergies; No allergies known; Nil; None; None recorded; No known allergies or intolerances; NKA; No drug allergies reported; Chlorhexidine; Eggs; House dust mite; Aspirin; Amoxicillin - rash as a child; Flucloxacillin; Contrast medium - hives`)
	askVerbs      = list(`Please repeat; Please check; Please recheck; Please arrange; Please monitor; Please prescribe; Please continue; Please stop; Please review; Please consider; Kindly arrange; Kindly repeat; Kindly check; Kindly continue; GP to arrange; GP to check; GP to repeat; GP to monitor; GP please to continue; GP to prescribe; GP to kindly review; Repeat; Recheck; Check; Monitor; Arrange; Organise; Continue; Stop; Review; Consider; Request; To have; For; We will arrange; I have requested; I will arrange; Could you please check; We would be grateful for; Would you kindly arrange; Suggest; I would suggest; Recommend; Ensure; Start; Commence; Restart; Increase; Reduce; Titrate; Book`)
	askThings     = list(`U&Es; renal function; full blood count; FBC and ferritin; HbA1c; liver function tests; LFTs; thyroid function; lipids; a fasting lipid profile; CRP; PSA; INR; B12 and folate; bone profile; vitamin D level; blood pressure; blood pressure readings at home; weight and BMI; an ECG; a chest X-ray; repeat chest film; an ultrasound of the kidneys; an MRI of the spine; a CT scan of the chest; a DEXA scan; an echocardiogram; 24 hour ECG monitoring; spirometry; a urine sample; urine ACR; stool sample for FIT; the wound; the dressing; sutures; clips; analgesia; pain relief; the medication; the new medicines; treatment; ramipril; metformin; the statin; apixaban; prednisolone; iron tablets; antidepressant; physiotherapy; podiatry; a dietitian review; the falls clinic; district nurse visits; a medication review; annual review; flu vaccination; smoking cessation advice; mood; symptoms; an eye test; hearing test; referral to the pain clinic; talking therapy; an occupational therapy assessment; a care plan; the diagnosis`)
	askTimes      = list(`in one week; in 2 weeks; in two weeks' time; in 4-6 weeks; in six weeks; within a month; in three months; in 3/12; 6/12; in six months; every three months; monthly; annually; weekly for four weeks; at the next visit; before the next clinic; as soon as possible; if symptoms persist; if not improving; if tolerated; as required; on discharge; until reviewed in clinic; and titrate as needed; and act on the result; and let us know`)
	askOther      = list(`No action for GP; No changes to medication; Nil; None; Discharged from clinic; Discharge back to GP; Follow up in clinic in three months; Outpatient follow up in six weeks; See again in one year; Routine follow up; No follow up planned; Patient to return if symptoms recur; Advised to seek help if worse; Safety net advice given; Await results of biopsy; Await MDT outcome; Letter to follow; Patient advised not to drive for four weeks; Lifestyle advice given; Referred to cardiology; Listed for surgery; Added to the waiting list; Patient initiated follow up for 12 months; That the practice records the outcome in the notes; That all agencies share information with the allocated worker; Next review meeting to be held within three months; Care package to begin on discharge; Carer's assessment to be offered; Continue with community team; Crisis plan given to patient; Copy of care plan to patient and GP`)
)

// drug makes an item of a list of medicines.
func (p *pools) drug(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0, 1:
		return pick(r, drugs)
	case 2:
		return pick(r, drugOther)
	}
	parts := []string{pick(r, p.keep(drugNames)), pick(r, drugDoses)}
	if chance(r, 0.12) {
		parts[1] += " " + pick(r, []string{"tablets", "capsules", "tablet", "oral suspension", "modified release", "gastro-resistant tablets", "cream"})
	}
	if chance(r, 0.92) {
		parts = append(parts, pick(r, drugTimes))
	}
	out := strings.Join(parts, " ")
	if chance(r, 0.2) {
		out += pick(r, []string{" - ", ", ", " (", " "}) + pick(r, drugNotes)
		if strings.Contains(out, "(") {
			out += ")"
		}
	}
	return out
}

// ask makes an item of a list of actions.
func (p *pools) ask(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0, 1:
		return pick(r, asks)
	case 2, 3:
		return pick(r, p.keep(askOther))
	}
	out := pick(r, p.keep(askVerbs)) + " " + pick(r, p.keep(askThings))
	if chance(r, 0.7) {
		out += " " + pick(r, askTimes)
	}
	if chance(r, 0.25) { // long enough for a second line
		out += pick(r, []string{", and ", " and ", "; "}) + fmt.Sprintf("%s %s %s", strings.ToLower(pick(r, askVerbs)), pick(r, p.keep(askThings)), pick(r, askTimes))
	}
	if chance(r, 0.35) {
		out += "."
	}
	return out
}

// diagnosis makes an item of a list of diagnoses.
func (p *pools) diagnosis(r *rand.Rand) string {
	out := pick(r, diagnoses)
	if chance(r, 0.6) {
		out = pick(r, p.keep(moreDiagnoses))
	}
	switch {
	case chance(r, 0.07):
		out += fmt.Sprintf(" (%d)", 1990+r.IntN(35))
	case chance(r, 0.05):
		out += pick(r, []string{", stable", " - stable", ", well controlled", ", under follow up", ", resolved", ", on treatment"})
	}
	return out
}

// allergy makes an entry of the allergies.
func (p *pools) allergy(r *rand.Rand) string {
	if chance(r, 0.5) {
		return pick(r, allergies)
	}
	return pick(r, p.keep(moreAllergies))
}

// headsOf are the headings of a list: the type's own, or one that letters of
// any type use.
func (p *pools) headsOf(r *rand.Rand, own []string, key string) []string {
	if len(own) == 0 || chance(r, 0.45) {
		return p.keep(anyHeads[key])
	}
	return own
}
