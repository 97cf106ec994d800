package classify

import "testing"

// Sentences of letters as practices get them, in which somebody has to act, and calm ones with the same words.
func TestUrgentAmongTheDaysPost(t *testing.T) {
	for _, line := range []string{
		"The radiologist rang me to say that there is a left hilar mass.", "I have told him that we must consider a growth in the lung.", "Could you see him this week for support and check his bloods?",
		"My worry is methotrexate pneumonitis.", "I have told her to take no more methotrexate.", "Please remove methotrexate from the repeat template today.",
		"Please would you issue a prescription for the changes below so that the family can collect it this afternoon.", "Anticipatory injections are also needed in the house today.", "MRI: PI-RADS 5 lesion of the left peripheral zone.", "He was referred by the psychiatric liaison nurse after an overdose. He is sleeping better and has returned to work.",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("calm: %q", line)
		}
	}
	for _, line := range []string{
		"Thank you for referring Mrs Okafor on the suspected skin cancer pathway. This is a harmless wart.", "Copied to: Cancer pathway tracker", "Urgent results are telephoned; all others are reported electronically.",
		"We have not graded this referral as urgent.", "Questions to be answered: blood pressure over three years; any cancer, heart attack, stroke, self-harm or overdose; alcohol.",
		"She should ring the eye casualty without delay on 01632 960412 if the eye becomes painful.", "Keep dry 48 hours. Wound check by practice nurse at 10 days.", "Crisis line for patients (24 hours): 0800 496 0002.",
		"Domestic abuse: Yes, none disclosed", "Sight threatening changes were not seen.", "Please confirm by return whether she is registered with you.",
	} {
		if d := urgentLetter(t, line); d.Urgent {
			t.Errorf("urgent: %q %q", line, d.UrgentWhy)
		}
	}
	for _, line := range []string{ // words of the calm ones that ask for somebody all the same
		"Thank you for referring Mrs Okafor on the suspected skin cancer pathway but the biopsy shows melanoma.", "She should be seen without delay if you agree.", "Sight threatening changes were seen.", "Domestic abuse: yes, disclosed today.",
		"This urgent result was telephoned to the surgery.", "Please confirm by return that the bloods have been done, since she is unwell.",
	} {
		if d := urgentLetter(t, line); !d.Urgent {
			t.Errorf("calm: %q", line)
		}
	}
}

// What a report repeats of its request is the question; what stands under another heading is the answer.
func TestRequestIsNoFinding(t *testing.T) {
	for _, c := range []struct {
		urgent bool
		lines  []string
	}{
		{false, []string{"Clinical indication", "Cough for five weeks, ex-smoker, ?malignancy", "Findings", "The lungs are clear.", "Impression", "Normal chest radiograph."}},
		{false, []string{"Clinical details: suspected pulmonary embolism", "Findings: no filling defect.", "Conclusion: normal study."}},
		{true, []string{"Clinical indication", "Cough for five weeks, ex-smoker", "Findings", "There is a mass in the right upper lobe, suspicious for malignancy."}},
		{true, []string{"Clinical details: cough", "Appearances are those of a lung cancer."}},
		{true, []string{"Clinical indication", "Cough", "Conclusion: ?malignancy in the left lung, CT advised."}},
	} {
		d := sortPages(t, nil, typeset(append([]string{"# Example Radiology", "X-RAY REPORT", "Examination: XR Chest", "Patient: Amara OKAFOR"}, c.lines...)...)).Documents[0]
		if d.Urgent != c.urgent {
			t.Errorf("%q: urgent %v %v (%s)", c.lines, d.Urgent, d.UrgentWhy, d.Type.Code)
		}
	}
	for line, urgent := range map[string]bool{
		"Clinically there is no change.": false, "There is no need for urgent review before then.": false, "Crisis and contingency plan": false, "Epidermal cyst, partly ruptured.": false, "Discharged same day.": false,
		"There is a need for urgent review.": true, "She is critically ill.": true, "Ruptured aneurysm.": true, "No need for a scan, but urgent bloods please.": true,
	} {
		if d := urgentLetter(t, line); d.Urgent != urgent {
			t.Errorf("%q: urgent %v %v", line, d.Urgent, d.UrgentWhy)
		}
	}
}

// What a second set of letters by others took for urgent and is not, and what lies beside it and is.
func TestCalmBesideUrgent(t *testing.T) {
	for line, urgent := range map[string]bool{
		"3. Any self-harm, overdose or time off for stress":                                                                     false,
		"The risk of rupture at this size is very small and surgery is not advised.":                                            false,
		"She had stopped methotrexate for two weeks in February when she had shingles, and restarted it without trouble.":       false,
		"Critical results are telephoned in line with the laboratory policy.":                                                   false,
		"Critical limits not exceeded.":                                                                                         false,
		"Nicotine patch 21 mg / 24 hours":                                                                                       false,
		"Operated on within 36 hours.":                                                                                          false,
		"Treated under the sepsis pathway for the first six hours.":                                                             false,
		"I saw this lady in the breast clinic, to which you had referred her on the two week wait pathway with a lump, a cyst.": false,
		"Anyone with a sudden change of sight should see an optician or eye casualty at once.":                                  false,
		"Micro: Seborrhoeic keratosis, irritated. No dysplasia. Malignancy is not seen.":                                        false,
		"A normal result does not wholly exclude bowel cancer.":                                                                 false,
		"You had sent her on the urgent suspected cancer form with a tender thickening, a cyst.":                                false,
		"Discharged: 30/09/26 (less than 24 hours)":                                                                             false,
		"Stay off work until 48 hours clear.":                                                                                   false,
		"Parents have red flag leaflet: drooling, blue lips.":                                                                   false,
		"Please take the tablet first thing in the morning.":                                                                    false,
		"Please visit first thing on Monday morning, before surgery if at all possible: he may be dying.":                       true,
		"Parents say that he has red flag symptoms.":                                                                            true,
		"Reminded not to have trimethoprim with methotrexate and to hold doses if he has a fever.":                              false,
		"Values over 1.2 are telephoned.":                                                                                       false,
		"Naloxone kit carried; overdose training done again":                                                                    false,
		"Risks of opioids with alcohol, and of overdose, were covered.":                                                         false,
		"Colorectal cancer very unlikely.":                                                                                      false,
		"Sent on the two week wait with a changing mole on the right forearm.":                                                  false,
		"There was no haemorrhage on the repeat scan at 24 hours.":                                                              false,
		"Left hemisphere TIA in September, seen same day, no infarct.":                                                          false,
		"She is at high risk of overdose.":                                                                                      true,
		"Please stop methotrexate as her white cells have fallen.":                                                              true,
		"Please hold methotrexate until the white cells recover.":                                                               true,
		"I cannot exclude a new cancer.":                                                                                        true,
		"This result was telephoned.":                                                                                           true,
		"She needs to be seen the same day.":                                                                                    true,
		"She had stopped methotrexate on her own and her knees are worse.":                                                      true,
		"He has taken an overdose.":                                                                                             true,
		"The critical result was telephoned.":                                                                                   true,
		"Please see her within 36 hours.":                                                                                       true,
		"He is still on the sepsis pathway.":                                                                                    true,
		"He should see an optician or eye casualty at once.":                                                                    true,
		"Please refer her on the two week wait pathway.":                                                                        true,
	} {
		if d := urgentLetter(t, line); d.Urgent != urgent {
			t.Errorf("%q: urgent %v %v", line, d.Urgent, d.UrgentWhy)
		}
	}
}
