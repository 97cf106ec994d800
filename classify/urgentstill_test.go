package classify

import "testing"

// What asks for somebody today does so beside words that are calm elsewhere: an answer that belongs to
// the next sentence, an illness that is excluded beside one that is not, a year that is past.
func TestUrgentBesideCalmWords(t *testing.T) {
	for _, line := range []string{
		"He is suicidal. No concerns about the children.", "She is suicidal. No risks to others identified.", "Please see urgently. No issues with transport.", "Suspected cancer. None of the usual explanations fit.", "He has taken an overdose. Denied any intent but the level is high.", "Suicidal ideation. Not known to mental health services.",
		"Safeguarding: not known to social services, unexplained bruising.", "Domestic violence. Negative impact on the children.", "Domestic abuse - denies, but bruises were seen.", "Please see today - none of the antibiotics have helped.", "Please review urgently. N/A for the research clinic.", "Urgent: nil by mouth since this morning, obstructed.",
		"Sepsis. No issues with access.", "Sepsis. Advice sought from microbiology.", "Please review within 24 hours. No concerns otherwise.", "Self harm. Denies intent, fresh cuts seen.",
		"Without urgent surgery he will lose the leg.", "Without immediate treatment she will go blind.", "Suicide risk: low to moderate", "Risk to self assessed as low only while he is on the ward.", "Risk to self and others considered to be high.", "Please give aspirin 300mg stat then 75mg daily.", "Suicide risk low only while she is with her family, otherwise high.", "Self harm risk is low to high",
		"Sepsis has not yet been excluded.", "Sepsis hasn't been excluded.", "Probable PE, it can't be excluded on this film.", "Possible cauda equina, not fully excluded.", "Suspected stroke has not formally been ruled out.", "Suspected PE, MI was excluded.",
		"DVT confirmed, PE excluded.", "Probable sepsis, meningitis excluded.", "Suspected cauda equina, fracture excluded.", "Suspected cauda equina, CT negative, MRI awaited.", "Probable giant cell arteritis, biopsy negative, please continue steroids.", "Probable sepsis, not seen by a doctor yet.",
		"Suspected DVT not confirmed yet",
		"I wonder if he is septic.", "I am unsure if she is suicidal.", "Please assess if he is suicidal.", "Not sure if septic, please see.",
		"Skin lesion removed as suspected cancer.", "The mole was removed on a suspected cancer pathway last week and I write with the result.", "The polyp removed was a suspected cancer.", "This should never have been downgraded from urgent.",
		"I saw him today and have referred him to the rapid access chest pain clinic.", "I reviewed her and she needs the rapid access TIA clinic.", "I met Mr Hale and please refer him to the rapid access clinic.", "I have referred him to the Rapid Access Chest Pain Clinic", "Refer to Rapid Access TIA Clinic",
		"Immediate response required.", "Immediate recall to colposcopy please.", "I recommend that antibiotics are started immediately.", "I suggest that anticoagulation is started immediately.", "We advise that steroids are started immediately.", "Repeat U&E immediately after stopping ramipril.",
		"Bloods immediately after this letter.",
		"Aspirin 300 mg stat and 999.", "Benzylpenicillin 1.2 g stat then send to hospital.", "STAT potassium",
		"Please see him in less than 24 hours.", "Bloods in no more than 48 hours please.", "Needs assessment in less than 24 hours.", "Repeat potassium in 24 hours, ECG as well.", "Discharged with U&E by the GP within 48 hours.", "Discharged home, district nurse within 24 hours.",
		"Symptoms returned, ECG within 24 hours.", "The fever did not settle within 48 hours.",
		"Radiology phoned to say that she has a large clot.", "I phoned to arrange admission.", "They phoned to say that he must come in.", "The registrar phoned to change the insulin dose.", "Discussed by phone with Mr Hale, vascular surgeon on call, who will admit.", "Result discussed by telephone with Miss Lindley, breast surgeon.",
		"Crisis team plan to see her tonight.", "Crisis team contact: seen last night after tablets.", "I found her in a crisis, please ring her.", "Family in a crisis, please visit.", "Patient in a crisis, call her today",
		"Safeguarding lead (Jo Hale) informed of the bruises.", "Safeguarding level 3 concern raised.", "I spoke to the named nurse for safeguarding about the bruises.",
		"Please be aware of red flag symptoms: weight loss and night pain.", "I advised admission in view of red flag symptoms.", "I was told of red flag symptoms.", "Red flag symptoms - advice please.",
		"Strong family history and the biopsy shows carcinoma.", "Family history of breast cancer, mammogram shows a new cancer.", "Her mother noticed the lump, suspected cancer.", "Family history of stroke, possible stroke last night.",
		"Ruptured membranes at 30 weeks.", "Please send her to the acute admission unit.", "Please call him in urgently with worsening breathlessness.", "Please call her in urgently for severe anaemia.", "Please ask him to return urgently for chest x-ray.", "He has been asked to attend immediately for chest x-ray.",
		"Safety net given, please review urgently.", "There is no safety net at home, urgent visit please.", "I am writing to seek urgent advice about this man.", "We seek urgent review of this lady.", "I would be grateful for any urgent appointment.", "I wonder if this is urgent.",
		"Urgent requests: CT head, bloods on 12/03/2026", "Urgent contact: please ring the patient on 07700 900123.", "The first report was sent in error, please review the corrected result urgently.", "He was sent home in error and needs urgent recall.", "He was told to inform the DVLA and needs urgent MRI.", "Please sign the section 2 form without delay.",
		"We will need the results as soon as possible.", "They will need to be seen as soon as possible.", "I hope he can be seen as soon as possible.", "We hope she could be reviewed as soon as possible.", "I had hoped you could see him the same day.", "Please see urgently if it is at all possible.",
		"Please see her urgently if your diary allows.", "Please refer urgently unless it has been done already.", "Please arrange urgent bloods unless they have been done.", "Urgent appointment please if your surgery has one.",
		"Do not hesitate to stop methotrexate.", "He is not well so stop lithium.", "This 78 year old should stop apixaban.", "She is 80 years old please stop warfarin.", "Previous bleed so stop warfarin.", "Do not continue and stop insulin.",
		"This 45 year old is suicidal.", "This 45 year old woman is suicidal.", "A 70 year old with suspected stroke.", "A 70 year old with sepsis.", "She has a two day history of suicidal thoughts.", "3 week history of suicidal ideation.",
		"Over the past few days suicidal.", "He has been suicidal in the past week.", "AKI 3 in the past 24 hours.", "An overdose in the past 48 hours.", "Previously well now septic.", "Divorced two years ago and is suicidal.",
		"He stopped smoking two years ago and now has a suspected stroke.",
		"He has no appetite and is suicidal.", "No fever, probable sepsis.", "There is nothing to suggest infection and I suspect cancer.", "Nothing to suggest fracture, suspicious of malignancy.", "No headache, suspected malignancy.",
		"Routine [ ] Urgent [x]", "Priority: Routine ☐ Urgent ☑", "Urgent [x] For review [ ] Please comment [ ]", "I have informed the safeguarding lead of the bruising.", "Could you please immediately refer him.", "She is not safe, suicidal.",
		"There has been no improvement and sepsis is likely.", "Not coping and suicidal.", "He is no better, sepsis.", "Please see immediately before he deteriorates.", "Safeguarding concerns. No contact with the father.", "Suspected malignancy - no weight loss so far.",
		"Suspected malignancy: no fever.", "Q Urgent  O For review  For your information  O Please reply", "Urgent ☑ Routine ☐", "Soon ☐ Urgent ☑ Routine ☐",
		"I could not exclude sepsis.", "We have not been able to exclude cauda equina.", "We are unable to exclude malignancy.", "It is difficult to exclude malignancy.", "Please exclude malignancy.", "Malignancy needs to be excluded.",
		"Cancer has not been excluded.", "The GP is asked to exclude sepsis today.", "Not for discharge until sepsis is treated.", "She has overdosed again, as in 2019.", "He is suicidal again as he was last year.", "She has been self harming since last year.",
		"Child protection: none of the agencies has seen the child.", "AKI stage 3 - no obstruction on ultrasound.", "AKI 3: none before.", "Results telephoned: none of the numbers worked.", "Two week wait - no concerns about fitness.", "Please see within 24 hours: no concerns about transport.",
		"Immediate post-natal review please.", "Please see him the same day if your clinic has space.", "The surgery was phoned to arrange an admission bed.", "Phoned to book him in for admission.", "Suspected meningitis was treated before it was excluded.", "Possible torsion, ultrasound negative but pain persists.",
		"If he is not seen within 24 hours he will lose sight.", "If you have not done so please refer urgently.",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("not urgent: %q", line)
		}
	}
}

// What is denied first, or of something else, or written over a line's end.
func TestUrgentBesideDenials(t *testing.T) {
	for _, lines := range [][]string{
		{"We have asked her today to stop", "apixaban until the bleeding is looked into."}, {"In view of the bleed her warfarin was", "stopped yesterday by the ward."},
		{"No suicidal thoughts before, now suicidal."}, {"Denied suicidal thoughts at first, then took an overdose."}, {"She did not deny taking an overdose."}, {"He no longer denies suicidal thoughts."},
		{"No evidence of sepsis on Monday, today septic."}, {"Appearances are not benign: malignancy suspected."}, {"The lesion is not typical and malignancy is likely."}, {"Lung cancer was found on the scan."},
		{"Newly diagnosed metastatic breast cancer"}, {"Hold apixaban"}, {"Methotrexate: STOP"}, {"Phoned result to surgery 10:20"}, {"Please can this be actioned today."}, {"Please see within a day."}, {"Blood cultures have grown E. coli."},
	} {
		if d := urgentLetter(t, lines...); !d.Urgent {
			t.Errorf("not urgent: %q", lines)
		}
	}
}

// Near the same words, and calm.
func TestCalmBesideUrgentWords(t *testing.T) {
	for _, line := range []string{
		"His warfarin clinic is held on Mondays.", "Risk of suicide low.", "Seen in the rapid access chest pain clinic last week.", "He had prostate cancer found in 2012.", "She denied any suicidal ideation, and is sleeping well.",
		"No lymphadenopathy, suspicious lesion or effusion.", "The lump is benign and no malignancy is present.", "Previous DVT.", "An old stroke was noted.", "She attended with her mother, who had a stroke in 2010.",
		"He should not stop his insulin.", "Suicidal thoughts: none. Sleep good.", "You should seek urgent medical attention if the pain returns.", "He can hold a pen.",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
}

// An empty box behind its word is empty, where those of the row stand behind.
func TestBoxesBehind(t *testing.T) {
	for _, line := range []string{"Urgent [ ] For review [x] Please comment [ ]", "Urgent ☐ For review ☑ Please comment ☐", "Urgent ☐ Routine ☑", "Urgent [ ] Routine [x]", "Routine [x] Urgent [ ]"} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q: %v", line, d.UrgentWhy)
		}
	}
}

// What follows a finding in the next sentence does not deny it.
func TestFindingsBesideCalmWords(t *testing.T) {
	for _, line := range []string{
		"Adenocarcinoma - nil in the nodes.", "Invasive carcinoma. No lymphovascular invasion.", "Malignant melanoma. None of the margins are involved.", "Not fully excised carcinoma.",
		"No dysplasia elsewhere, carcinoma in the caecal biopsy.", "There is no evidence of in situ change and carcinoma is present.",
	} {
		d := sortPages(t, nil, typeset("# Example Hospital", "HISTOLOGY REPORT", "Specimen: biopsy", "Macroscopic description: a fragment", line)).Documents[0]
		if !d.Urgent {
			t.Errorf("not urgent: %q", line)
		}
	}
}
