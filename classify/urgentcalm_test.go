package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// What speaks of the past, of routine, of services and their numbers, of what a patient is to do in a
// case that has not come, and small print, is not urgent.
func TestCalmWordings(t *testing.T) {
	for _, line := range []string{
		"An appointment has been booked for her within two weeks.",
		"This was treated as a routine referral.",
		"Risk to self and others assessed as low.", "Risk to others was considered to be minimal.", "Rescue pack: doxycycline 200mg stat then 100mg OD for 7 days",
		"Urgency: Routine", "Priority: routine", "Urgency\tRoutine", "Referral priority: Routine (not urgent)",
		"This is not an urgent referral.", "There is no urgency about this.", "No urgent action is required.", "No urgent concerns.", "nothing urgent", "no immediate concerns", "No immediate action is needed from the practice.",
		"Her sister came with her to the urgent treatment centre last month.", "He was seen in the rapid access chest pain clinic.", "Rapid Access Chest Pain Clinic", "Thank you for referring this man to the rapid access TIA clinic.",
		"Fast track surgery programme",

		"She has been removed from the suspected cancer pathway.", "I have downgraded this referral from two week wait to routine.",
		"The immediate postoperative period was uneventful.", "Immediate recovery was good.", "The immediate family have been told.", "immediate release morphine 5 mg as needed", "Oramorph immediate release", "His immediate recall was 3 of 3.", "immediately after the meal", "symptoms come on immediately after eating", "It settles almost immediately on resting.",
		"Aspirin 300 mg stat was given.", "Ibuprofen 400 mg stat", "Stat dose of furosemide given", "Paracetamol 1 g STAT at 10:40",
		"His 24 hour ECG was normal.", "24 hour blood pressure monitor", "A 48 hour tape showed ectopic beats.", "24 hours urine collection", "He stayed for 24 hours.", "She was observed overnight for 24 hours and went home.", "Remove dressing after 48 hours.", "Keep the wound dry for 48 hours.", "Do not drive for 24 hours after the sedation.", "No alcohol for 24 hours", "You must not drive or sign papers for 24 hours.", "Rest for 48 hours.", "The pads may stay on for up to 48 hours.", "Within 24 hours of admission the fever had gone.", "within 24 hours of the injury", "Discharged within 24 hours.", "It came on within 24 hours of starting the tablet.", "swelling settles within 48 hours", "every 24 hours", "Please allow 48 hours for repeat prescriptions.", "Prescription requests take 48 hours.", "at least 48 hours' notice", "Please give 24 hours notice if you cannot come.", "If you cannot attend please give at least 24 hours notice.",
		"He telephoned to cancel.", "She phoned to say that she was better.", "I telephoned Mrs Hale today and we talked for ten minutes.", "The patient was phoned to arrange a date.",
		"panic disorder", "panic attacks", "Generalised anxiety with panic", "He has a panic button at home.", "No panic.",
		"critical care follow up clinic", "Critical Care Unit", "He spent two days in critical care.", "critical limb ischaemia was excluded", "critically appraised",
		"He has overdosed in the past.", "No history of overdose.", "no overdose", "overdose: none", "Accidental overdose denied.", "no suicidal ideation", "Suicidal ideation - nil", "Suicide risk: low", "Suicidal thoughts: none", "Self harm: no", "No self-harm", "no thoughts, plans or intent of suicide", "She has no suicidal plans.", "He does not feel suicidal.", "He is not suicidal.", "no current suicidal thoughts, plans or intent", "He has not had suicidal thoughts.", "Samaritans and crisis numbers given", "in a crisis call 111", "What to do in a crisis", "Crisis and relapse plan", "crisis contact card given", "Crisis line nurnber given", "He has the number of the crisis team.", "Crisis team number given.", "sickle cell crisis plan",
		"Domestic violence: no", "Domestic abuse: no disclosure", "Domestic abuse screening: negative", "Safeguarding: nil", "No safeguarding issues", "Safeguarding issues: none identified", "safeguarding training", "Named nurse for safeguarding: Jo Hale", "Safeguarding lead: Dr Hale", "No child protection concerns", "Not known to social care. No safeguarding concerns.", "safeguarding checklist completed, no concerns", "Child protection plan: No", "Are there any safeguarding concerns? No",
		"For resuscitation", "Resuscitation status: for full escalation", "DNACPR: No", "DNACPR - not applicable", "Is there a DNACPR in place? No", "There is no DNACPR order.", "ReSPECT form: no", "ReSPECT form not completed", "DNAR: N/A", "Not for DNACPR",
		"Nothing to suggest sepsis.", "There was nothing to indicate malignancy.", "nothing suggestive of malignant change", "Call the on call doctor if septic.", "Admit if there are signs of sepsis.", "Ring the ward if she becomes suicidal.",
		"No evidence of sepsis", "sepsis screen negative", "Sepsis screen: negative", "urosepsis excluded", "Sepsis: no", "septic arthritis was excluded", "Sepsis leaflet given", "sepsis advice given", "septic screen negative", "aseptic technique", "antiseptic", "nasal septum",
		"Cauda equina advice given", "No cauda equina symptoms", "no symptoms of cauda equina", "red flags: none", "No red flags", "Red flags absent", "red flag symptoms were discussed", "warned about red flag symptoms", "She knows the red flag symptoms to look for.", "Red flag symptoms discussed; he knows when to come back.", "Red flags denied", "There are no red flag features.",
		"AKI stage 1", "previous AKI stage 2 in 2019", "AKI 2 resolved in 2021",
		"No DVT", "DVT excluded", "DVT was ruled out by ultrasound.", "no evidence of deep vein thrombosis", "Previous DVT 2015", "possible DVT was excluded", "suspected DVT - scan negative", "DVT prophylaxis was given", "PE excluded on CTPA", "Wells score low; PE unlikely", "suspected stroke was ruled out", "family history of stroke", "His father died of a ruptured aneurysm.", "ruptured appendix removed in 1988", "ruptured membranes", "Spontaneous rupture of membranes", "No myocardial infarction", "ruptured ear drum, healed", "ruptured ACL", "ruptured biceps tendon",
		"Mother: breast cancer at 54", "family history of bowel cancer", "Family history: melanoma in an aunt", "Cancer: none", "cancer research", "Macmillan Cancer Support", "No malignancy", "no malignant change", "Negative for malignancy", "benign, no malignancy seen", "There is no suspicious lesion.", "not suspicious of malignancy", "No features of malignancy", "No features suspicious of malignancy.", "malignancy is not suspected", "Breast cancer 2011, treated", "Prostate cancer, PSA stable at 0.1", "remains free of cancer", "in remission from lymphoma", "under surveillance for melanoma", "cancer screening", "bowel cancer screening programme", "NHS Bowel Cancer Screening Programme", "Cancer Services", "colonoscopy done, cancer was not found", "skin cancer prevention leaflet", "sun protection reduces the risk of skin cancer", "No further tests are needed to look for cancer.", "no cancer was seen", "You do not have cancer.",
		"If you become unwell ring 999 immediately.", "Ring 999 immediately for chest pain.", "Call 999 at once if you have chest pain.", "Return immediately if the pain gets worse.", "Seek urgent help for any of the following: fever, weakness.", "Please seek urgent medical attention should your symptoms return.", "He knows to seek urgent help if it recurs.", "Advised to attend A&E urgently if symptoms recur.", "I have asked him to come back urgently if the lump grows.", "advised to seek medical help urgently should there be weakness", "Safety net: attend ED immediately with chest pain.", "Worsening advice given: call 999 if breathless.", "Please contact us urgently if her condition changes.", "We would be happy to see her urgently if things change.", "Happy to see him again at short notice if the pain returns.",
		"urgent enquiries only: bleep 1234", "For urgent queries ring 01632 960111.", "Urgent appointments: ring 01632 960111", "For urgent advice out of hours ring 111.", "In an emergency ring 999.", "If urgent please phone the ward.", "For anything urgent please contact the duty doctor.", "Emergency contact: Mr Hale", "This mailbox is not monitored for urgent messages.", "Do not use this address for urgent matters.", "Urgent matters should be telephoned to the secretary.",
		"delete this message and notify the sender immediately", "If this fax reached you by mistake tell us at once and destroy it immediately.", "Please destroy it immediately and ring the sender.", "If you are not the intended recipient please contact us as soon as possible.", "Errors must be reported immediately to the information governance team.", "Please inform us immediately of any change of address", "Please let us know as soon as possible if you cannot come.", "You should tell DVLA immediately about any change.", "Please return the form as soon as possible", "Please reply by return.", "Please confirm receipt by return",
		"We will see her as soon as possible.", "We hope to operate as soon as possible.", "You will be offered an appointment as soon as possible.", "He will be seen as soon as a place is free.", "He was seen on the same day.", "Same day emergency care", "Same Day Emergency Care Unit", "SDEC", "Same day discharge", "She went home the same day.", "day case: admitted and discharged the same day", "He had both eyes done the same day.", "Sample taken and received the same day",
		"brought to clinic by his mum",
		"low priority", "priority: 3 - routine", "priority 4",
		"acute admission unit", "Acute Admissions Unit", "Previous acute admission 2023", "emergency admission in 2022", "Method of admission: emergency", "Admission type: Emergency", "emergency caesarean section 2018", "emergency contraception", "Admitted as an emergency on 3 March", "He was an emergency admission.",
		"no life threatening features", "no life-threatening features",
		"CRP 3", "INR target 2.5", "Potassium 4.0", "Glucose 7.2", "HbA1c 48",
		"[ ] Urgent [ ] Soon [x] Routine", "☐ Urgent ☑ Routine", "( ) Urgent (x) Routine", "Urgent: No", "Urgent? N", "Urgent Y/N: N", "Is this urgent? No", "Urgent - no",
		"stopped warfarin in 2019", "Warfarin was stopped in 2019 and apixaban begun.", "Never stop insulin.", "Do not stop your insulin.", "Please do not stop apixaban.", "Do not stop your warfarin unless told.", "She must not stop her lithium.", "insulin pump stopped working once", "Carry on with apixaban.",
		"deteriorating slowly over years", "gradual deterioration", "no rapid deterioration",
		"troponin negative", "Blood cultures negative", "blood cultures not taken",
		"FGM: no", "FGM: asked, no", "FGM asked - none", "Radicalisation: no concerns",
		"discussed by phone with the patient", "Consultation by phone", "Telephone consultation",

		"O Urgent  O For review  For your information  O Please reply", "[1 Urgent  B ior your records  C Please comment  (7 Please recycle",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
}

// Near the same words, and urgent.
func TestUrgentWordings(t *testing.T) {
	for _, line := range []string{
		"Please refer him urgently.", "Please arrange an urgent CT.", "urgent bloods please", "Please could you see her today.", "This needs action today.", "Please visit today.", "Please stop her methotrexate.", "She should stop warfarin today.", "He should stop his insulin.",
		"We cannot rule out cancer.", "A cancer cannot be excluded.", "I am concerned that this may be a cancer.", "Appearances are suspicious of cancer.", "The biopsy shows cancer.", "Urgent: chest film shows a mass.", "suspicious lesion, malignancy not excluded", "Biopsy: invasive ductal carcinoma", "She took tablets with the aim of ending her life.", "He is suicidal.", "He has plans to kill himself.", "suicidal ideation with intent", "safeguarding referral made", "Referred to MASH", "MARAC referral", "The child was not brought for the third time.", "bruises in a baby not yet walking: child protection referral made",
		"Please review within 24 hours.", "Bloods within 48 hours please", "Repeat U&E within 24 hours", "Result phoned to the surgery.", "Phoned to Dr Hale at 10:20", "K 7.2", "Critical potassium", "AKI stage 3", "AKI 2", "possible cauda equina", "I suspect cauda equina.", "probable sepsis", "DVT confirmed", "New DVT left leg", "PE confirmed on CTPA", "GCA suspected", "DNACPR is in place", "A DNACPR form was completed.", "ReSPECT form completed", "He is for DNACPR.", "Please act on this without delay.", "immediate referral is advised", "Needs immediate treatment", "Please ring me as soon as possible about this.", "same day review please", "Please see on the same day.", "seen today and needs antibiotics urgently", "She has taken an overdose.", "He self harmed last week.", "She is at risk of domestic violence.", "red flag symptoms are present", "He has red flags: night pain and weight loss.", "significantly abnormal", "Please expedite.", "urgent two week wait referral please", "upgraded to the two week wait pathway", "We have upgraded this to urgent.", "Priority: urgent", "Urgency: URGENT", "[x] Urgent [ ] Routine", "☑ Urgent ☐ Routine", "Urgent: Yes", "Is this urgent? Yes", "Not routine: urgent", "Urgent, please do not delay.", "It is not safe to wait: see immediately.",
		"Her potassium was 6.9 and this was telephoned.", "missing from home since Monday", "discussed by phone with the GP, who will admit", "acute admission arranged", "sepsis, treated with antibiotics", "urosepsis suspected: sepsis pathway begun", "ruptured aneurysm", "subdural haematoma found", "no answer by phone; urgent letter", "If not already done, please refer urgently.", "There is a life threatening allergy to peanut.",
		"Suspend apixaban until reviewed.", "withhold lithium", "Discontinue rivaroxaban", "stop insulin",
		"Urgent: not seen in clinic for a year", "Urgent bloods - not completed", "He took an overdose, paracetamol level negative.", "Sepsis cannot be excluded.", "Sepsis needs to be excluded.", "Possible stroke, CT negative so far", "She has red flag symptoms, discussed with the registrar.",
		"His brother found him with a suspected stroke.", "He needs to seek urgent medical attention.", "He was discharged in error, please arrange urgent review.", "We hope you can see her as soon as possible.", "The catheter was removed, suspected cancer of the bladder.",
		"The catheter was removed, urgent review please.", "Give aspirin 300 mg stat and send him in.", "Please give a stat dose today.", "Please visit within 24 hours of discharge.", "The laboratory phoned to say that the potassium was 7.1.", "Crisis team referral made today.", "She is in a crisis, please call her.", "Safeguarding referral made, no reply so far",
		"DNACPR: yes", "He does not tolerate methotrexate, stop it.", "PE cannot be ruled out.", "There was no delay: urgent surgery is needed.", "I could not reach you, so this is urgent.", "Not fit to wait. Urgent please.", "Please see him within 24 hours of this fax.",
		"Urgent  O For review  O For your information  O Please reply", "Urgent  For review  For your information  Please reply",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("not urgent: %q", line)
		}
	}
}

// What laboratories print on each report, an illness of the pregnancy before, and the word for a slow growth of the skin
// that is named are calm; the like in earnest is not.
func TestCalmInContext(t *testing.T) {
	for text, urgent := range map[string]bool{
		"This report supersedes any telephoned result.":                               false,
		"Report ends. This supersedes all previously telephoned results.":             false,
		"This result was telephoned and supersedes the first.":                        true,
		"He says the kids would be much better off without them.":                     true,
		"In her last pregnancy she had pre-eclampsia at 33 weeks.":                    false,
		"She is in her third pregnancy, with severe pre-eclampsia.":                   true,
		"In her second pregnancy, pulmonary embolism was found at 30 weeks.":          true,
		"At 34 weeks in her second pregnancy she took an overdose.":                   true,
		"She has a BCC on the nose. CT of the chest shows a tumour of the left lung.": true,
	} {
		if d := urgentLetter(t, text); d.Urgent != urgent {
			t.Errorf("urgent %v: %q, %v", d.Urgent, text, d.UrgentWhy)
		}
	}
	for found, urgent := range map[string]bool{
		"nodular basal cell carcinoma, low risk": false, "squamous cell carcinoma": true, "basal cell carcinoma and a focus of melanoma in situ": true,
		"basal cell carcinoma. Second specimen: adenocarcinoma": true, "basal cell carcinoma. Second specimen, lung: tumour": true,
	} {
		report := []string{"# Example Hospital", "Histopathology", "Histology report", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "NHS No: 999 012 3454", "Macroscopic description", "An ellipse of skin measuring 12 x 8 x 4 mm.", "Microscopic description",
			"The tumour touches the deep edge.", "Diagnosis", "Skin, left temple: " + found, "Reported by Dr T Bell, Consultant Histopathologist"}
		if d := sortPages(t, sampleRegister, typeset(report...)).Documents[0]; d.Urgent != urgent {
			t.Errorf("%s, urgent %v: %q, %v", d.Type.Code, d.Urgent, found, d.UrgentWhy)
		}
	}
}

// Who writes URGENT in capitals means it, however calm the sentence reads otherwise.
func TestUrgentInCapitals(t *testing.T) {
	model, err := ShippedUrgency()
	if err != nil {
		t.Fatal(err)
	}
	for word, urgent := range map[string]bool{"URGENT": true, "urgent": false} {
		p := typeset("# Example Community Nursing", "Dear Dr Marsh", "The enclosed form was completed in clinic by our secretary and is sent to the practice with an "+word+" sticker for filing", "Yours sincerely")
		if why := urgentIn([]*sheet{newSheet(&p, 0)}, postroom.OutpatientLetter, "", true, &Config{}, model).why; (len(why) > 0) != urgent {
			t.Errorf("%s: %v", word, why)
		}
	}
}
