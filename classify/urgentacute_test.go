package classify

import "testing"

// What cannot wait, said without any of the usual words: results in prose, toxic levels, acute illnesses, danger from
// others or oneself, drugs and devices gone wrong, and haste.
func TestAcuteWordings(t *testing.T) {
	for _, line := range []string{
		"Crew request GP to see patient THIS MORNING, steroid course needed.", "Practice to ring her today about the result.",
		"Lithium toxicity, level 2.1", "Her lithium level came back at 1.9.", "Digoxin level 3.1, she feels sick.", "Phenytoin toxicity", "Theophylline level 28 mg/L",
		"Gentamicin level too high, hold next dose.", "Paracetamol level above the treatment line.", "Carbamazepine toxicity is likely.", "Tacrolimus level 24, please halve the dose at once.",
		"Ciclosporin level very high.", "Her potassium today is 6.8.", "K 6.8", "K+ of 2.3", "Serum sodium has fallen to 112.", "Sodium 118 mmol/L", "Hb 62", "Haemoglobin dropped to 58 g/L.",
		"Her haemoglobin has fallen from 110 to 64.", "INR 9", "INR > 8", "The INR this morning was 9.4.", "Platelets of 9", "Platelet count 12, petechiae on legs", "Neutrophils 0.2",
		"Neutropenic with a fever of 39", "Corrected calcium 3.6", "Calcium is 1.62", "Glucose 34 with ketones 5", "Blood ketones 4.8 mmol/L", "Troponin 450 ng/L",
		"High sensitivity troponin came back raised.", "Troponin I significantly elevated", "D-dimer raised, please send for scan today", "Gram negative rods in both blood culture bottles.",
		"Blood culture: Staphylococcus aureus grown", "Meningococcus isolated from CSF.", "Creatinine has gone from 90 to 420.", "AKI stage III", "Stage 3 acute kidney injury",
		"acute kidney injury, please repeat tomorrow", "Bilirubin 340 and INR 2.5, acute liver failure", "pH 7.1 on venous gas, diabetic ketoacidosis", "She is in DKA.",
		"hyperosmolar hyperglycaemic state", "She looks septic with a lactate of 5.", "Neutropenic fever after chemotherapy", "Please consider necrotising fasciitis.",
		"Perineal numbness and retention since last night.", "Saddle anaesthesia and urinary incontinence", "Bilateral sciatica with loss of anal tone", "New bladder dysfunction with back pain",
		"MRI shows metastatic spinal cord compression.", "Temporal headache, jaw claudication and visual loss, ESR 98", "Giant cell arteritis with amaurosis, on prednisolone 60 mg",
		"Temporal artery biopsy is positive.", "Ectopic pregnancy in the left tube", "Positive pregnancy test and pelvic pain, no intrauterine pregnancy seen", "Scan shows a tubal pregnancy.",
		"The Doppler shows a thrombus in the femoral vein.", "Acute deep vein thrombosis of the left leg", "Large bilateral pulmonary emboli on CTPA",
		"There is an occlusive thrombus from the popliteal to the iliac vein.", "Filling defects in both pulmonary arteries", "Retinal detachment in the right eye, macula on", "Rhegmatogenous detachment",
		"Acute angle closure glaucoma, IOP 58", "Pressure in the right eye of 60 mmHg", "Sudden loss of vision this morning", "Central retinal artery occlusion",
		"Acute testicular pain, torsion not excluded", "Torted testis", "An abdominal aortic aneurysm of 7.2 cm was seen.", "Leaking aneurysm", "Aortic dissection type A", "Acute limb ischaemia",
		"Cold pulseless foot since yesterday", "Free gas under the diaphragm", "Perforated viscus", "Bowel obstruction on plain film", "Large pneumothorax on the right", "Tension pneumothorax",
		"Subarachnoid blood on CT head", "Large subdural with midline shift", "Acute infarct in the MCA territory", "Brain abscess", "CT shows multiple brain metastases, mass effect", "Acute appendicitis",
		"STEMI", "NSTEMI last night, self discharged", "Complete heart block on ECG", "Broad complex tachycardia on his tape", "Ventricular tachycardia, 12 beats, with syncope",
		"Pause of 6.2 seconds on monitor", "Infective endocarditis suspected", "Vegetation on the aortic valve", "Pericardial effusion with tamponade", "Cervical biopsy: invasive squamous cell carcinoma",
		"Histology confirmed a high grade serous cancer of the ovary", "Biopsies have unfortunately shown cancer.", "Unfortunately this has come back as a melanoma.",
		"The lump turned out to be a sarcoma.", "The scan shows a 4 cm mass in the pancreas.", "Spiculated nodule in the right upper lobe", "New diagnosis of acute myeloid leukaemia",
		"Blasts in the blood film", "CT shows liver lesions in keeping with secondaries.", "There is a lesion in the kidney that is highly likely to be a renal cell cancer.",
		"Appearances are those of a primary lung tumour.", "Please refer under 2WW.", "Urgent suspected cancer pathway", "FIT 220, please refer on the cancer pathway", "PSA 98 with hard craggy prostate",
		"bruising on a three month old baby", "The toddler has unexplained fractures.", "She told me that her stepfather touches her.", "The mother left the children alone overnight.",
		"He punched his partner in front of the children.", "Strangulation by her husband last week", "She is afraid to go home.", "Forced marriage feared", "She discloses that he rapes her.",
		"We have made a MASH referral.", "He carries a knife and says he will stab his neighbour.", "He has access to a shotgun and has made threats.", "Thoughts of harming her baby",
		"Command hallucinations to hurt his mother", "homicidal thoughts", "She took 40 paracetamol tablets last night.", "She ingested bleach on Sunday.", "He has been stockpiling tablets.",
		"He wrote a goodbye note.", "He tied a ligature last week.", "She wishes she were dead and has a plan.", "He would be better off dead.", "He cannot keep himself safe.",
		"The patient has gone missing from the ward.", "AWOL since Tuesday", "She has absconded.", "whereabouts unknown since Friday, police informed", "Stop ramipril today.",
		"Please stop the simvastatin immediately.", "Do not take any more carbimazole, sore throat: check count at once", "Stop all NSAIDs and repeat U&E tomorrow.",
		"Anaphylactic reaction to co-amoxiclav on Monday", "He collapsed after a bee sting with stridor.", "New allergy: anaphylaxis to nuts, needs adrenaline pens",
		"Field safety notice: the pacemaker has to be replaced.", "The device has been recalled.", "Medical device alert", "Her ICD battery is depleted.", "Drug recall class 1",
		"Prescribing error: she got ten times the dose of methotrexate.", "He was given the wrong insulin.", "The wrong patient's blood was labelled.", "Please call this patient back today.",
		"Needs to come in this afternoon.", "To be seen tomorrow at the latest.", "Please ring me on receipt of this letter.", "Contact the on call team straight away.",
		"Please act on this letter the day you receive it.", "Cannot wait until the next appointment.", "needs blood test within 2 days", "repeat U&E in 24 hours", "please repeat potassium tomorrow",
		"Bloods tomorrow please", "Result phoned through to Dr Hale", "Dr Hale informed of the result by telephone at 16:20", "The duty doctor was rung with these results.",
		"These results were called to the practice.", "Pre-eclampsia, BP 170/115", "Reduced fetal movements since yesterday", "Blood pressure 230/130 with papilloedema", "Papilloedema in both eyes",
		"Accelerated hypertension", "Ulcer on the cornea with hypopyon", "Orbital cellulitis", "Addisonian crisis", "Guillain-Barre syndrome suspected", "Status epilepticus",
		"Oxygen saturation 82% on air", "NEWS2 score 8", "Respiratory rate of 36", "Heart rate 160 and hypotensive", "Blood pressure 78/40", "The patient is dying and needs anticipatory medicines.",
		"Please prescribe end of life drugs today.", "She is in the last days of life.", "Coroner: please report this death by tomorrow", "notifiable disease: measles confirmed",
		"Meningitis contact: needs prophylaxis", "HIV test positive", "New positive HIV result", "Syphilis serology positive in pregnancy", "Group A streptococcus invasive", "Rabies exposure",
		"Needlestick injury from known HIV patient", "Serum lithium 2.4 mmol/L with tremor", "She is toxic on digoxin.", "Her phenytoin was 31.", "INR has gone up to 10.2", "Potassium came back as 7.3",
		"haemolysed? K 7.0", "His Hb fell to 55", "Sodium down to 109", "Acute on chronic kidney failure, K 6.4", "CK of 24000 after a long lie",
		"Positive blood culture with E. coli", "coliforms in blood", "Blood film: promyelocytes, suspect APML", "New pancytopenia", "CT head: acute bleed", "CT abdomen: leaking AAA",
		"MRI spine: compression of the cord at T8", "CTPA: saddle embolus", "USS leg: extensive clot", "XR chest: cavitating lesion, exclude TB", "Mammogram: M5 lesion",
		"Polyp histology: cancer in the polyp", "Skin: Breslow 2.3 mm melanoma", "Smear: ? invasive cancer", "The bone marrow confirms myeloma.", "OGD: malignant looking ulcer",
		"Colonoscopy found a fungating tumour in the sigmoid.", "He has lost the sight in one eye since this morning.", "Curtain across the vision since Sunday", "Cannot pass urine, numb between the legs",
		"headache worst ever, stiff neck", "Non blanching rash and fever in a child", "Fitting without stopping", "Testis high riding and very tender since 6 am", "Leg white, cold and without pulses",
		"Tearing chest pain through to the back", "Crushing chest pain now", "FAST positive, left arm weak since 9 am", "New TIA yesterday", "Waters broke at 29 weeks",
		"BP 180/122 with protein in the urine at 34 weeks", "Baby not feeding and floppy", "newborn bloodspot: congenital hypothyroidism suspected", "Cystic fibrosis suspected on newborn screening",
		"MCADD suspected", "Stop clozapine, red result", "clozapine red alert", "Neutrophils 0.4 on clozapine", "Stop methotrexate: white count 1.9", "Please stop azathioprine today, ALT 900",
		"She was sent home with somebody else's tablets.", "Please recall this patient for a repeat test at once.", "Hip implant safety recall", "Metformin batch recall", "pump failure, replace now",
		"He told us he will jump off the bridge.", "She hears voices telling her to cut herself.", "He bought a rope.", "Tried to hang himself.", "She cut her wrists on Friday.",
		"Jumped in front of a train, survived", "says goodbye to her children", "not safe to be left alone", "Threatened staff with a blade.", "He set fire to his flat.",
		"He has a gun licence and is paranoid.", "The baby has a torn frenulum.", "Child disclosed abuse by uncle.", "Cigarette burns on the arms", "Police protection order made",
		"Emergency protection order", "Strategy meeting called under section 47", "domestic homicide review", "Neglected, no food in the house, pressure sores", "Grandson takes her pension and hits her",
		"missing from care home since 8 pm", "Left hospital against advice, cannula in place, untreated sepsis", "Self discharged with untreated MI", "Please phone me today.",
		"Ring ward 7 now on 01632 960111.", "Action for GP today", "Do not delay referral.", "Appointment needed within the week", "must be seen by Friday", "review in 24h", "for immediate admission",
		"send to ED", "Please send him to A&E now", "999 called", "sending her in", "I have admitted her directly.", "blue light transfer", "Lithium 2.6, coarse tremor and confused",
		"The digoxin concentration was in the toxic range.", "Haemoglobin this week was 59.", "Blood culture bottles flagged with a gram positive coccus.", "Testicular torsion could not be excluded.",
		"CT showed bilateral pulmonary emboli.", "She may have cauda equina compression.", "Possible ectopic, HCG 2400 and empty uterus", "Peripheral retina is torn, detachment spreading",
		"Eye pressure 54 with a cloudy cornea", "She has GCA, vision is failing.", "A DVT is present in the popliteal vein.", "AKI stage 3 with K 6.9", "Histology has come back as adenocarcinoma.",
		"Social services are told of a broken arm in a six month old.", "He is planning to end it all this weekend.", "She swallowed 30 amitriptyline tablets.", "He keeps a loaded gun by his bed.",
		"She has been missing from the hostel since Monday.", "Stop carbimazole today and check neutrophils.", "Severe anaphylaxis yesterday after her first dose of cefalexin",
		"Pacemaker lead subject to a safety recall", "Critical result: sodium 114", "Please come to the phone at once about this.", "She needs admission today.", "See urgently",
		"Suspected sepsis, lactate 4", "Fever and rigors on chemotherapy day 9", "Wound is spreading and black, crepitus felt", "Sudden deafness in the left ear for two days",
		"Facial droop since breakfast", "Cannot swallow even saliva", "Melaena for three days, Hb 74", "Vomiting blood", "Coughing up blood, 2 cups", "Stridor at rest", "Quinsy",
		"Septic arthritis of the knee", "Acute abdomen", "Obstructed hernia", "Obstructed infected kidney", "Compartment syndrome suspected", "Open fracture", "Hip fracture on x-ray",
		"Scaphoid fracture missed on first film, recall", "Cervical spine fracture", "Pathological fracture of the femur", "Missed fracture: patient recall needed", "Foreign body in the airway",
		"Battery swallowed by toddler", "Scald in a shape of a hand", "Dog bite to face of child", "Mother has postnatal psychosis.", "She believes the baby is evil.",
		"He hears God telling him to sacrifice his son.", "Section 136", "Threatening to burn the house down", "Stalked by former partner", "Elder abuse by carer",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("not urgent: %q", line)
		}
	}
}

// Near the same words, and calm: history, what was not found, doses, numbers in their range.
func TestCalmBesideAcuteWordings(t *testing.T) {
	for _, line := range []string{
		"She is on lithium, level 0.7.", "Lithium level 0.6 mmol/L, TFTs normal", "Digoxin 125 micrograms daily", "No signs of digoxin toxicity.", "Potassium 4.6, sodium 139",
		"Sodium has risen to 136 and is fine.", "Hb 128, platelets 240", "INR 2.6 on warfarin", "Troponin negative twice", "Blood cultures were negative at 5 days.", "D-dimer not raised",
		"He had a retinal detachment repaired in 2011.", "Left retinal detachment 2009", "Known primary angle closure, lasers done, pressures 14 and 15", "Previous subarachnoid haemorrhage, coiled",
		"Past medical history: appendicectomy for acute appendicitis, NSTEMI 2017", "PMH: NSTEMI, hypertension", "She had pre-eclampsia in her first pregnancy in 2015.", "No pneumothorax. Lungs clear.",
		"There is no mass effect or midline shift.", "No free gas under the diaphragm.", "No filling defect in the pulmonary arteries.", "The aorta measures 3.1 cm.",
		"He has no saddle numbness and anal tone is normal.", "Sats 97% on air", "BP 138/82, pulse 72", "NEWS 1", "Respiratory rate 14", "Heart rate 66", "Allergies: penicillin (anaphylaxis)",
		"Allergic to nuts - anaphylaxis as a child", "She carries an adrenaline pen.", "He will see the nurse tomorrow about his dressing.", "She takes her tablet at night.",
		"Please take one tablet tonight and one in the morning.", "I saw her this afternoon in clinic.", "We will ring her tomorrow with the date.", "Please note that he was seen today.",
		"Please stop the emollient.", "He has stopped smoking.", "Amlodipine was stopped because of swelling.", "She has no thoughts of harming herself or others.", "No threats to others.",
		"Thoughts that you would be better off dead: not at all", "He was anxious about knives in the kitchen as a boy.", "He works as a butcher.", "He enjoys shooting and fishing.",
		"She has missed two appointments.", "Results are missing from the notes.", "Blood result missing, please resend when convenient", "Anticipatory care plan discussed.",
		"Wrong side entered in my last letter, please amend.", "Her recall for cervical screening is in three years.", "The optician will recall him in a year.", "Screening for syphilis and HIV negative",
		"HIV negative", "He cut his finger on a knife in 2010.", "Mass index 27", "Body mass index 31", "No mass in the abdomen", "Histology shows a benign naevus.", "The biopsy shows no cancer.",
		"The scan shows a simple cyst in the kidney.", "Colonoscopy showed diverticulosis and no cancer.", "Her mother had an aneurysm.", "Aspirin reduces the risk of stroke and heart attack.",
		"Statins lower the risk of NSTEMI.", "Tuberculosis was treated in childhood.", "She had TB in 1965.", "The infant is feeding well, no bruising on the face.", "Bruising on the shin from football",
		"Bruising on her arm from the blood test", "The children were left with their grandmother.", "She hit her head on a cupboard last month and is well.", "He takes ten tablets a day.",
		"He takes 12 tablets in total daily.", "taken 2 paracetamol tablets with relief", "He is on end of life register no", "Please book bloods in 6 weeks.", "Repeat U&E in 3 months.",
		"Please review in four weeks.", "He was discharged by Friday.", "Bone scan due before the weekend clinic", "She may drive now.", "You can see now that the wound has healed.",
		"We see now no reason for surgery.", "Red result book carried", "The rash is not floppy.", "neck movements full, no neck stiffness, no non-blanching rash",
		"Her baby is not feeding at night any more.", "CT head: no acute bleed", "No pulses were missed on examination.", "All pulses present", "Insulin pump working well",
		"Reduced fetal movements advice given", "He attended A&E last year with a sprain.",
		"She had a fractured neck of femur.", "Please review within a week.", "Please telephone 01632 960442 at once if this is not for you.",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
}

// What a hospital found and treated is over when it discharges.
func TestTreatedInHospital(t *testing.T) {
	d := sortPages(t, nil, typeset("# Example Hospital", "DISCHARGE SUMMARY", "Date of admission: 1 March 2026", "Date of discharge: 9 March 2026", "Diagnosis: NSTEMI, troponin 450, treated with stents", "Amylase 620", "Discharged home on ward advice", "Follow up: clinic in six weeks")).Documents[0]
	if d.Urgent {
		t.Errorf("urgent: %v", d.UrgentWhy)
	}
}
