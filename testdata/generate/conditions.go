package generate

import (
	"strings"

	"github.com/postroom/postroom"
)

// conditionTable has a line an illness: department | consultant's title | diagnosis | symptom | sign | drug | procedure | test | for whom.
// For whom: c child, w woman, m man, o over 40; empty for any adult.
const conditionTable = `
Cardiology|Cardiologist|Atrial fibrillation|palpitations and breathlessness on exertion|an irregularly irregular pulse of 112|Apixaban 5 mg twice daily|DC cardioversion|an echocardiogram|o
Cardiology|Cardiologist|Non-ST elevation myocardial infarction|central chest pain radiating to the left arm|a raised troponin of 486 ng/L|Ticagrelor 90 mg twice daily|percutaneous coronary intervention to the LAD|coronary angiography|o
Cardiology|Cardiologist|Heart failure with reduced ejection fraction|orthopnoea and ankle swelling|bibasal crackles and pitting oedema to the knees|Bisoprolol 2.5 mg once daily|insertion of a biventricular pacemaker|an echocardiogram and NT-proBNP|o
Cardiology|Cardiologist|Aortic stenosis, moderate|exertional dizziness|an ejection systolic murmur radiating to the carotids|Furosemide 40 mg once daily|transcatheter aortic valve implantation|a repeat echocardiogram|o
Respiratory Medicine|Respiratory Physician|Chronic obstructive pulmonary disease, infective exacerbation|a productive cough and increasing wheeze|widespread polyphonic wheeze and saturations of 88% on air|Prednisolone 30 mg once daily for 5 days|pulmonary rehabilitation|spirometry|o
Respiratory Medicine|Respiratory Physician|Community acquired pneumonia|fever, cough and pleuritic pain|bronchial breathing at the right base|Doxycycline 100 mg once daily for 5 days|a bronchoscopy|a chest X-ray in six weeks|
Respiratory Medicine|Respiratory Physician|Asthma, poorly controlled|nocturnal cough and chest tightness|a peak flow of 280 L/min|Budesonide with formoterol 200/6, two puffs twice daily|a bronchial challenge test|FeNO and spirometry|
Gastroenterology|Gastroenterologist|Ulcerative colitis|bloody diarrhoea up to eight times a day|left iliac fossa tenderness|Mesalazine 2.4 g once daily|a flexible sigmoidoscopy|a faecal calprotectin|
Gastroenterology|Gastroenterologist|Barrett's oesophagus|longstanding reflux|a 4 cm segment of columnar lined oesophagus|Omeprazole 40 mg once daily|an upper GI endoscopy|a repeat endoscopy in three years|o
Gastroenterology|Gastroenterologist|Coeliac disease|bloating and fatigue|a raised tissue transglutaminase antibody|Ferrous fumarate 210 mg twice daily|duodenal biopsies|a bone density scan|
Rheumatology|Rheumatologist|Rheumatoid arthritis, seropositive|early morning stiffness lasting two hours|synovitis of both wrists and the second MCP joints|Methotrexate 15 mg once weekly|an ultrasound guided joint injection|full blood count, U&E and LFTs every fortnight|
Rheumatology|Rheumatologist|Polymyalgia rheumatica|shoulder and pelvic girdle pain|a CRP of 64 mg/L|Prednisolone 15 mg once daily|a temporal artery ultrasound|a repeat CRP|o
Rheumatology|Rheumatologist|Gout|recurrent swelling of the great toe|a tender, red first MTP joint|Allopurinol 100 mg once daily|a joint aspiration|serum urate|o
Neurology|Neurologist|Migraine with aura|fortnightly unilateral headache with visual disturbance|a normal neurological examination|Topiramate 25 mg at night|a greater occipital nerve block|an MRI of the brain|
Neurology|Neurologist|Parkinson's disease|a tremor of the right hand and slowness|cogwheel rigidity and reduced arm swing|Co-careldopa 25/100 three times daily|a DaT scan|a lying and standing blood pressure|o
Neurology|Neurologist|Focal epilepsy|episodes of altered awareness|a tongue laceration|Levetiracetam 500 mg twice daily|a sleep deprived EEG|an MRI of the brain|
Diabetes and Endocrinology|Endocrinologist|Type 2 diabetes mellitus|thirst and weight loss|an HbA1c of 84 mmol/mol|Metformin 500 mg twice daily|structured education|an HbA1c in three months|
Diabetes and Endocrinology|Endocrinologist|Graves' thyrotoxicosis|heat intolerance and tremor|a smooth goitre and lid lag|Carbimazole 20 mg once daily|radioiodine treatment|thyroid function in six weeks|
Renal Medicine|Nephrologist|Chronic kidney disease stage 3b|nocturia and tiredness|an eGFR of 34 with an ACR of 42|Ramipril 2.5 mg once daily|a renal biopsy|U&E in two weeks|o
Renal Medicine|Nephrologist|Acute kidney injury stage 2|vomiting and poor oral intake|a creatinine of 246 from a baseline of 92|Sodium bicarbonate 500 mg three times daily|a renal tract ultrasound|U&E within one week|o
Trauma and Orthopaedics|Surgeon|Osteoarthritis of the right knee|knee pain limiting walking to 200 yards|a varus deformity and crepitus|Naproxen 250 mg twice daily|total knee replacement|weight bearing radiographs|o
Trauma and Orthopaedics|Surgeon|Fractured neck of femur|hip pain after a fall|a shortened, externally rotated leg|Alendronic acid 70 mg once weekly|hemiarthroplasty|a DEXA scan|o
Trauma and Orthopaedics|Surgeon|Distal radius fracture|wrist pain following a fall|a dinner fork deformity|Codeine 30 mg four times daily|manipulation under anaesthetic|a repeat radiograph in one week|
Trauma and Orthopaedics|Surgeon|Carpal tunnel syndrome|nocturnal tingling in the fingers|a positive Tinel's sign|Amitriptyline 10 mg at night|carpal tunnel decompression|nerve conduction studies|
General Surgery|Surgeon|Acute cholecystitis|right upper quadrant pain|Murphy's sign|Co-amoxiclav 625 mg three times daily|laparoscopic cholecystectomy|an ultrasound of the abdomen|
General Surgery|Surgeon|Inguinal hernia|a groin lump on standing|a reducible right inguinal hernia|Lactulose 15 mL twice daily|mesh repair of inguinal hernia|an ultrasound of the groin|m
General Surgery|Surgeon|Diverticulitis|left sided abdominal pain|localised tenderness and a CRP of 142|Metronidazole 400 mg three times daily|a colonoscopy|a CT of the abdomen|o
Urology|Surgeon|Benign prostatic hyperplasia|hesitancy and poor stream|a smooth enlarged prostate|Tamsulosin 400 micrograms once daily|transurethral resection of the prostate|PSA and flow rate|m
Urology|Surgeon|Renal colic|loin to groin pain|microscopic haematuria|Diclofenac 50 mg three times daily|ureteroscopy and laser stone fragmentation|a CT KUB|
Gynaecology|Gynaecologist|Menorrhagia|heavy periods with clots|a bulky mobile uterus|Tranexamic acid 1 g three times daily|hysteroscopy and endometrial biopsy|a pelvic ultrasound|w
Gynaecology|Gynaecologist|Endometriosis|cyclical pelvic pain|tenderness in the pouch of Douglas|Norethisterone 5 mg three times daily|diagnostic laparoscopy|an MRI of the pelvis|w
Dermatology|Dermatologist|Psoriasis|itchy plaques over the elbows and scalp|well demarcated scaly plaques|Calcipotriol with betamethasone gel once daily|narrowband UVB phototherapy|baseline bloods and a chest X-ray|
Dermatology|Dermatologist|Basal cell carcinoma|a slowly growing lesion on the nose|a 7 mm pearly nodule with telangiectasia|Imiquimod 5% cream five times weekly|excision biopsy|histology of the lesion|o
Ophthalmology|Ophthalmologist|Primary open angle glaucoma|gradual loss of peripheral vision|intraocular pressures of 28 and 26 mmHg|Latanoprost 0.005% eye drops at night|selective laser trabeculoplasty|visual fields|o
Ophthalmology|Ophthalmologist|Cataract|blurred vision and glare|a nuclear sclerotic cataract|Dexamethasone 0.1% eye drops four times daily|phacoemulsification with lens implant|biometry|o
ENT|Surgeon|Chronic rhinosinusitis|nasal obstruction and facial pressure|bilateral nasal polyps|Mometasone nasal spray, two sprays once daily|functional endoscopic sinus surgery|a CT of the sinuses|
ENT|Surgeon|Recurrent tonsillitis|seven sore throats in a year|large cryptic tonsils|Phenoxymethylpenicillin 250 mg four times daily|tonsillectomy|a throat swab|c
Paediatrics|Paediatrician|Bronchiolitis|poor feeding and a wet cough|subcostal recession and fine crackles|Paracetamol 120 mg when required|nasogastric feeding|oxygen saturations|c
Paediatrics|Paediatrician|Viral induced wheeze|wheeze with a cold|a respiratory rate of 44 and mild recession|Salbutamol 100 micrograms, up to ten puffs via spacer|nebulised treatment|a review of inhaler technique|c
Paediatrics|Paediatrician|Constipation with overflow|soiling and abdominal pain|palpable faecal loading|Macrogol paediatric sachets, four daily|a disimpaction regimen|coeliac serology|c
Stroke Medicine|Stroke Physician|Left middle cerebral artery infarct|sudden right sided weakness and dysphasia|an NIHSS of 9|Clopidogrel 75 mg once daily|thrombolysis|a carotid Doppler|o
Care of the Elderly|Geriatrician|Recurrent falls with postural hypotension|three falls in two months|a postural drop of 32 mmHg|Fludrocortisone 50 micrograms once daily|a multifactorial falls assessment|a 24 hour ECG|o
Care of the Elderly|Geriatrician|Alzheimer's dementia|progressive memory loss|a MoCA of 16/30|Donepezil 5 mg at night|cognitive stimulation therapy|a CT of the head|o
Haematology|Haematologist|Iron deficiency anaemia|lethargy and pallor|a haemoglobin of 84 g/L|Ferrous sulfate 200 mg once daily|an iron infusion|a repeat full blood count|
Haematology|Haematologist|Deep vein thrombosis|a swollen painful calf|a calf circumference 4 cm greater than the other side|Rivaroxaban 15 mg twice daily for 21 days, then 20 mg once daily|a Doppler ultrasound|a D-dimer|
`

const chronicTable = `
Hypertension|Amlodipine 5 mg once daily
Type 2 diabetes mellitus|Metformin 1 g twice daily
Hypercholesterolaemia|Atorvastatin 20 mg at night
Hypothyroidism|Levothyroxine 75 micrograms once daily
Asthma|Beclometasone 100 micrograms inhaler, two puffs twice daily
Gastro-oesophageal reflux disease|Lansoprazole 30 mg once daily
Ischaemic heart disease|Aspirin 75 mg once daily
Depression|Sertraline 50 mg once daily
Osteoporosis|Alendronic acid 70 mg once weekly
Chronic back pain|Codeine 30 mg up to four times daily
Benign prostatic hyperplasia|Finasteride 5 mg once daily
Anxiety|Propranolol 40 mg twice daily
Osteoarthritis|Paracetamol 1 g four times daily
Vitamin D deficiency|Colecalciferol 20,000 units once weekly
Gout|Allopurinol 300 mg once daily
`

type tabledCondition struct {
	condition
	who string
}

var (
	conditions []tabledCondition
	chronic    []condition
)

func init() {
	for line := range strings.Lines(strings.TrimSpace(conditionTable)) {
		c := strings.Split(strings.TrimSpace(line), "|")
		conditions = append(conditions, tabledCondition{condition{c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]}, c[8]})
	}
	for line := range strings.Lines(strings.TrimSpace(chronicTable)) {
		c := strings.Split(strings.TrimSpace(line), "|")
		chronic = append(chronic, condition{name: c[0], drug: c[1]})
	}
}

func pickCondition(r *Rand, kind postroom.TypeCode, age int, female bool) condition {
	for range 200 {
		c := pick(r, conditions)
		switch {
		case c.who == "c" && age > 16, c.who != "c" && age < 16 && c.who != "", c.who == "" && age < 12,
			c.who == "w" && (!female || age > 60), c.who == "m" && (female || age < 35), c.who == "o" && age < 40:
			continue
		}
		if (kind == postroom.OperationNote || kind == postroom.ConsentForm) && c.role != "Surgeon" && c.department != "Gynaecology" && c.department != "Ophthalmology" && age > 16 {
			continue
		}
		return c.condition
	}
	return conditions[0].condition
}
