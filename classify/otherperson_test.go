package classify

import (
	"slices"
	"testing"

	"github.com/postroom/postroom"
)

// aHousehold is a list with a father and a son of one name.
var aHousehold = append([]postroom.Patient{
	{ID: "4", Number: "9434765919", Family: "Hale", Given: "Peter", BirthDate: "1960-05-21", Postcode: "ZZ99 5FF"},
	{ID: "5", Number: "9434765870", Family: "Hale", Given: "Peter", BirthDate: "1989-11-02", Postcode: "ZZ99 5FF"},
}, sampleRegister...)

func decided(t *testing.T, lines []string) (postroom.Document, postroom.Decision) {
	t.Helper()
	page := typeset(lines...)
	d := sortPages(t, aHousehold, page).Documents[0]
	return d, postroom.Decide(d, []postroom.Page{page}, "", postroom.SafeRule())
}

// A document that gives number, birth date and name of one person, and is about another or about several.
func TestAboutSomebodyElse(t *testing.T) {
	for name, lines := range map[string][]string{
		"donor transplant recipient is patient donor listed": {"# Example Hospital", "Renal Transplant Unit", "Date: 10 March 2026", "Dear Dr Marsh", "Live donor kidney transplant work up", "Recipient: Mr Harold Finch", "Donor: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "I reviewed Mr Finch in clinic today with his donor. Mr Finch is on dialysis and doing well.", "Yours sincerely"},
		"donor 2":                      {"# Example Hospital", "Renal Transplant Clinic letter", "10 March 2026", "Dear Dr Marsh", "Re: Harold Finch, 12 Long Road", "I reviewed Mr Harold Finch in the transplant clinic. His live donor is Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454.", "Mr Finch will be admitted on 3 April.", "Yours sincerely"},
		"donor as label stem cells":    {"# Example Hospital", "Bone marrow transplant clinic letter", "Date 10 March 2026", "Patient: Harold Finch", "Donor: Amara Okafor  DOB 07/03/1951  NHS No 999 012 3454", "Dear Dr Marsh", "Mr Finch received stem cells from his sister.", "Yours sincerely"},
		"carer for":                    {"# Example Council Adult Social Care", "Carer assessment", "Date: 10 March 2026", "Carer: Harold Finch, 12 Long Road", "Carer for: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "Mr Finch was assessed as a carer and his needs are set out here.", "Yours sincerely"},
		"mother of baby neonatal":      {"# Example Hospital", "Neonatal unit discharge summary", "Date: 10 March 2026", "Baby Finch", "Mother: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "This baby was born at 34 weeks and was admitted on 1 March 2026 and discharged on 9 March 2026.", "Yours sincerely"},
		"neonatal 2":                   {"# Example Hospital", "Neonatal discharge letter", "Date: 10 March 2026", "Name: Baby Okafor", "Mother's name: Amara Okafor", "Mother's DOB: 07/03/1951", "Mother's NHS number: 999 012 3454", "Dear Dr Marsh", "Born at 34 weeks. Discharged on 9 March 2026.", "Yours sincerely"},
		"neonatal 3 table":             {"# Example Hospital", "Neonatal discharge letter\tDate: 10 March 2026", "Baby\tMother", "Name: Baby Okafor\tName: Amara Okafor", "DOB: 01/03/2026\tDOB: 07/03/1951", "NHS: not yet given\tNHS: 999 012 3454", "Dear Dr Marsh", "Born at 34 weeks. Discharged on 9 March 2026.", "Yours sincerely"},
		"fertility couple":             {"# Example Fertility Centre", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Mr Harold Finch and Ms Amara Okafor (DOB 07/03/1951, NHS No 999 012 3454)", "I saw this couple in clinic today. Mr Finch's semen analysis shows low count. He should take zinc.", "Yours sincerely"},
		"fertility 2 male patient":     {"# Example Fertility Centre", "Andrology clinic letter", "10 March 2026", "Dear Dr Marsh", "Patient: Harold Finch DOB 02/02/1979", "Partner: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "I saw this man in clinic today.", "Yours sincerely"},
		"tb contact of index":          {"# Example TB Service", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Contact: Harold Finch, 12 Long Road", "Index case: Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454", "Mr Finch was screened for TB and his IGRA is negative. He is discharged.", "Yours sincerely"},
		"tb contact 2":                 {"# Example TB Service", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Re: Harold Finch - contact of Amara Okafor (DOB 07/03/1951, NHS 999 012 3454)", "He was screened for TB and his IGRA is negative.", "Yours sincerely"},
		"index case label":             {"# Example TB Service", "Contact screening letter", "10 March 2026", "Index patient: Amara Okafor", "DOB: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "Thank you for referring Harold Finch, a contact of the above. He has no symptoms.", "Yours sincerely"},
		"genetics":                     {"# Example Genetics Service", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Thank you for referring Harold Finch with a family history of breast cancer.", "Family reference: G12345", "Proband: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "The proband carries a BRCA2 variant. Mr Finch has a 50% chance of it.", "Yours sincerely"},
		"genetics pedigree":            {"# Example Genetics Service", "Clinic letter", "10 March 2026", "Consultand: Harold Finch", "Affected relative: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "I saw Mr Finch in clinic.", "Yours sincerely"},
		"child with mothers data":      {"# Example Hospital", "Paediatric clinic letter", "10 March 2026", "Re: Toby Okafor", "Mother Amara Okafor DOB 07/03/1951 NHS number 999 012 3454", "Dear Dr Marsh", "I reviewed Toby in clinic today. He is growing well.", "Yours sincerely"},
		"child parent details":         {"# Example Hospital", "Paediatric clinic letter", "10 March 2026", "Child: Toby Okafor", "Parent details", "Name: Amara Okafor", "DOB: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "I reviewed Toby in clinic today. He is growing well.", "Yours sincerely"},
		"health visitor family record": {"# Example Health Visiting", "Report", "10 March 2026", "Child: Toby Okafor", "Main carer: Amara Okafor", "DOB: 07/03/1951", "NHS number: 999 012 3454", "Toby was seen at home for his two year review.", "Yours sincerely"},
		"lpa":                          {"# Example Solicitors", "10 March 2026", "Dear Dr Marsh", "Lasting power of attorney", "Donor: Harold Finch", "Attorney: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "We ask for a report of Mr Finch's capacity. Our fee is enclosed.", "Yours sincerely"},
		"deceased relative":            {"# Example Bereavement Service", "10 March 2026", "Dear Dr Marsh", "Your patient Harold Finch is being supported after the death of Amara Okafor (DOB 07/03/1951, NHS number 999 012 3454).", "He has come to four sessions.", "Yours sincerely"},
		"deceased relative 2":          {"# Example Bereavement Service", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Client: Harold Finch", "Deceased: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "He has come to four sessions.", "Yours sincerely"},
		"same father and son sons letter with fathers number": {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Mr Peter Hale Jr", "DOB: 02/11/1989", "NHS number: 943 476 5919", "Dear Dr Marsh", "I reviewed him in clinic.", "Yours sincerely"},
		"mr instead of mrs":                        {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Mr J Okafor", "DOB: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "I reviewed him in clinic.", "Yours sincerely"},
		"dna list":                                 {"# Example Hospital", "Patients who did not attend", "10 March 2026", "Dear Dr Marsh", "The following patients of your practice did not attend their clinic appointments", "Amara Okafor 07/03/1951 999 012 3454", "Harold Finch 02/02/1949", "Grace Bell 09/09/1970", "Yours sincerely"},
		"clinic list numbers":                      {"# Example Hospital", "Clinic list 10 March 2026", "Name\tDOB\tNHS number", "Amara Okafor\t07/03/1951\t999 012 3454", "Harold Finch\t02/02/1949\t999 000 0026", "Grace Bell\t09/09/1970\t", "Yours sincerely"},
		"list one with number only":                {"# Example Screening Service", "Patients who did not attend", "10 March 2026", "Dear Dr Marsh", "These patients did not attend", "Name\tDate of birth\tNHS number", "Okafor, Amara\t07/03/1951\t999 012 3454", "Finch, Harold\t02/02/1949\tnot known", "Bell, Grace\t09/09/1970\tnot known", "Yours sincerely"},
		"list of names only plus number":           {"# Example Screening Service", "Non responders", "10 March 2026", "Dear Dr Marsh", "The following of your patients have not returned a kit", "1. Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "2. Harold Finch, 12 Long Road", "3. Grace Bell, 14 Long Road", "Yours sincerely"},
		"ward transfer list":                       {"# Example Hospital", "Ward transfer list", "10 March 2026", "Bed 1\tAmara Okafor\t07/03/1951\t999 012 3454\tpneumonia", "Bed 2\tHarold Finch\t02/02/1949\t\thip fracture", "Bed 3\tGrace Bell\t09/09/1970\t\tCOPD", "Yours sincerely"},
		"wrong label":                              {"# Example Hospital", "Clinic letter\tOKAFOR Amara", "10 March 2026\t07/03/1951", "\t999 012 3454", "Dear Dr Marsh", "Re: Harold Finch", "I reviewed Mr Finch in clinic today. Mr Finch is well.", "Yours sincerely"},
		"wrong label 2 dear  prose only":           {"# Example Hospital", "Clinic letter\tOKAFOR Amara", "10 March 2026\t07/03/1951", "\t999 012 3454", "Dear Dr Marsh", "I reviewed Mr Finch in clinic today. Mr Finch is well and his wife was with him. I will see Mr Finch in a year.", "Yours sincerely"},
		"template leftover":                        {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "Thank you for referring Mr Harold Finch. I reviewed Mr Finch today. Mr Finch has angina. I will see Mr Finch again.", "Yours sincerely"},
		"template leftover 2 female":               {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "Thank you for referring this lady. Mrs Bell has angina. I examined Mrs Bell. I will see Mrs Bell again.", "Yours sincerely"},
		"two letters on one scan":                  {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "I reviewed her in clinic today. She is well.", "Yours sincerely", "Dr A Bee", "Dear Dr Marsh", "Re: Harold Finch", "I reviewed him in clinic today.", "Yours sincerely"},
		"twins":                                    {"# Example Hospital", "Paediatric clinic letter", "10 March 2026", "Re: Twin 1 Amara Okafor and Twin 2 Ada Okafor", "DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "I reviewed the twins.", "Yours sincerely"},
		"both spouses":                             {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara Okafor and Jude Okafor", "DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "I reviewed them.", "Yours sincerely"},
		"spouses amp":                              {"# Example Memory Service", "10 March 2026", "Dear Dr Marsh", "Re: Mr Jude & Mrs Amara Okafor", "DOB 07/03/1951 NHS 999 012 3454", "I reviewed them at home.", "Yours sincerely"},
		"sti partner":                              {"# Example Sexual Health", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Patient: Harold Finch", "Partner notified: Amara Okafor, 07/03/1951, 999 012 3454", "Mr Finch was treated.", "Yours sincerely"},
		"safeguarding adult perpetrator":           {"# Example Hospital", "Clinic letter", "10 March 2026", "Subject: Harold Finch", "Alleged perpetrator: Amara Okafor", "DOB: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "I met Mr Finch.", "Yours sincerely"},
		"emergency contact":                        {"# Example Hospital", "Clinic letter", "10 March 2026", "Harold Finch", "Emergency contact: Amara Okafor", "DOB 07/03/1951", "NHS number 999 012 3454", "Dear Dr Marsh", "I met Mr Finch.", "Yours sincerely"},
		"next of kin":                              {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Harold Finch", "Next of kin: Amara Okafor", "DOB 07/03/1951", "NHS number 999 012 3454", "Dear Dr Marsh", "I met Mr Finch.", "Yours sincerely"},
		"seen on behalf of":                        {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Harold Finch", "Thank you for referring Mr Finch. He attended on behalf of Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454.", "Dear Dr Marsh", "I met Mr Finch.", "Yours sincerely"},
		"informant":                                {"# Example Memory Service", "Clinic letter", "10 March 2026", "Patient: Harold Finch", "Informant: Amara Okafor  DOB 07/03/1951  NHS number 999 012 3454", "Dear Dr Marsh", "I met Mr Finch.", "Yours sincerely"},
		"incident victim":                          {"# Example Hospital", "ED attendance", "10 March 2026", "Harold Finch attended after being hit by a car driven by Amara Okafor DOB 07/03/1951 NHS 999 012 3454.", "Dear Dr Marsh", "He has a fracture.", "Yours sincerely"},
		"recipient letter living donor prose":      {"# Example Hospital", "Transplant clinic letter", "10 March 2026", "Dear Dr Marsh", "Amara Okafor  DOB 07/03/1951  NHS 999 012 3454", "This is to let you know that the above person gave a kidney to your patient Harold Finch last week. Harold Finch is recovering.", "Yours sincerely"},
		"egg donor":                                {"# Example Fertility Centre", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Mrs Jane Finch, 12 Long Road", "Egg donor details: Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454", "Mrs Finch had embryo transfer on 2 March.", "Yours sincerely"},
		"surrogate":                                {"# Example Fertility Centre", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Intended mother: Jane Finch", "Surrogate: Amara Okafor DOB 07/03/1951 NHS number 999 012 3454", "We saw them in clinic.", "Yours sincerely"},
		"baby hearing":                             {"# Example Hospital", "Newborn hearing screening result", "10 March 2026", "Baby boy Okafor born 01/03/2026", "Mother Amara Okafor, 07/03/1951, NHS 999 012 3454", "Result: clear response both ears.", "Yours sincerely"},
		"examination at birth":                     {"# Example Hospital", "NIPE outcome for the practice", "10 March 2026", "Baby boy, 3480 g, born 01/03/2026", "Mother: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Hips, heart and eyes normal. Please repeat at six weeks.", "Midwife Ann Bell"},
		"junior in capitals":                       {"# Example Hospital", "Clinic letter", "Date: 10 March 2026", "Re: Mr Peter HALE Junior", "Date of birth: 21/05/1960", "NHS number: 943 476 5919", "Dear Dr Marsh", "I reviewed him in clinic today. He is well.", "Yours sincerely"},
		"baby behind capitals":                     {"# Example Hospital", "Clinic letter", "Date: 10 March 2026", "Patient: Amara OKAFOR Baby Girl", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "I reviewed her in clinic today.", "Yours sincerely"},
		"her hip in her mother's name":             {"# Example Hospital", "Maternity services", "Midwifery letter", "10 March 2026", "Mother: Amara Okafor DOB 07/03/1951", "NHS 999 012 3454", "Baby boy born 01/03/2026, 3480 g. NIPE examination: left hip click, ultrasound of hips asked for. Please see the baby at six weeks.", "Midwife Ann Bell"},
		"claimant's son":                           {"# Department for Work and Pensions", "Disability Living Allowance for children", "10 March 2026", "Claimant: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "To the GP", "We ask for a report about the claimant's son. A fee is payable if we have your report within two weeks."},
		"newborn bloodspot mother":                 {"# Example Newborn Screening Laboratory", "Bloodspot screening result", "Date of report: 10 March 2026", "Baby's name: Toby Okafor", "Mother's name: Amara Okafor", "Mother's date of birth: 07/03/1951", "Mother's NHS number: 999 012 3454", "Results: not suspected for all nine conditions"},
		"infant of":                                {"# Example Hospital", "Paediatric clinic letter", "10 March 2026", "Dear Dr Marsh", "Infant of Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "I reviewed this baby boy in clinic at six weeks. He is feeding well.", "Yours sincerely"},
		"stillbirth pm of baby":                    {"# Example Hospital", "Post mortem report", "10 March 2026", "Baby of Amara Okafor", "DOB 07/03/1951 NHS 999 012 3454", "This male fetus was examined on 3 March 2026.", "Yours sincerely"},
		"child name in prose only":                 {"# Example Hospital", "Speech therapy clinic letter", "10 March 2026", "Dear Dr Marsh", "Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "I saw Toby in clinic today. Toby has a stammer. Toby's speech is clear at home and Toby will be seen in June.", "Yours sincerely"},
		"sti partner notification":                 {"# Example Sexual Health", "Partner notification letter", "10 March 2026", "Dear Dr Marsh", "Your patient Harold Finch has been named as a contact by Amara Okafor (DOB 07/03/1951, NHS number 999 012 3454).", "Please test him.", "Yours sincerely"},
		"cascade testing":                          {"# Example Genetics Service", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Cascade testing for familial hypercholesterolaemia", "Relative: Harold Finch", "Index: Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "Mr Finch carries the variant.", "Yours sincerely"},
		"family letter sister":                     {"# Example Genetics Service", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Re: Harold Finch", "Sister's details: Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "Mr Finch carries the variant.", "Yours sincerely"},
		"poa":                                      {"# Example Solicitors", "Date 10 March 2026", "Dear Dr Marsh", "Our client Amara Okafor (DOB 07/03/1951, NHS number 999 012 3454) holds power of attorney for Mr Harold Finch.", "Please send us Mr Finch's records.", "Yours sincerely"},
		"guardian of":                              {"# Example Hospital", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "Toby Finch, legal guardian Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454", "I reviewed Toby in clinic. ", "Yours sincerely"},
		"foster carer":                             {"# Example Council", "Looked after child health assessment", "10 March 2026", "Child: Toby Finch", "Foster carer's name: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "Toby is well and thriving.", "Yours sincerely"},
		"screening list table":                     {"# Example Diabetic Eye Screening", "Results list", "10 March 2026", "Patient\tNHS number\tDOB\tOutcome", "Amara Okafor\t999 012 3454\t07/03/1951\tR0M0", "Harold Finch\t\t02/02/1949\tR1M0", "Yours sincerely"},
		"results list lines":                       {"# Example Diabetic Eye Screening", "Screening results", "10 March 2026", "OKAFOR Amara (Mrs) 07/03/1951 999 012 3454 R0M0 recall 12 months", "FINCH Harold (Mr) 02/02/1949 R1M0 recall 12 months", "BELL Grace (Ms) 09/09/1970 R0M0 recall 12 months", "Yours sincerely"},
		"discharge list":                           {"# Example Hospital", "Patients discharged yesterday", "10 March 2026", "Surname\tForename\tDOB\tNHS", "Okafor\tAmara\t07/03/1951\t999 012 3454", "Finch\tHarold\t02/02/1949\t", "Bell\tGrace\t09/09/1970\t"},
		"dna appointments list":                    {"# Example Hospital", "Did not attend", "10 March 2026", "Dear Dr Marsh", "Two of your patients did not attend: Amara Okafor (DOB 07/03/1951, NHS 999 012 3454) and Harold Finch (DOB 02/02/1949).", "Yours sincerely"},
		"couple therapy":                           {"# Example Counselling Service", "10 March 2026", "Dear Dr Marsh", "Harold Finch / Amara Okafor", "DOB 07/03/1951 NHS 999 012 3454", "They came for six sessions of couple therapy.", "Yours sincerely"},
		"wrong label lab form":                     {"# Example Hospital", "Discharge summary", "Patient: Harold Finch", "Admitted 1 March 2026, discharged 9 March 2026", "Date 10 March 2026", "OKAFOR, Amara", "DOB 07/03/1951 NHS 999 012 3454", "Yours sincerely"},
		"wrong label re with surname only":         {"# Example Hospital", "Clinic letter\tOKAFOR Amara", "10 March 2026\t07/03/1951", "\t999 012 3454", "Dear Dr Marsh", "Re: Mr Finch", "I reviewed this man in clinic today and he is well.", "Yours sincerely"},
		"template leftover body first name":        {"# Example Hospital", "Clinic letter", "10 March 2026", "Amara Okafor", "DOB 07/03/1951", "NHS 999 012 3454", "Dear Dr Marsh", "Thank you for asking me to see Harold. Harold is a plumber. On examination Harold had a swollen knee.", "Yours sincerely"},
		"template leftover gender only":            {"# Example Hospital", "Clinic letter", "10 March 2026", "Mrs Amara Okafor", "DOB 07/03/1951", "NHS 999 012 3454", "Dear Dr Marsh", "Thank you for asking me to see this 40 year old man. He is a plumber. His prostate is large.", "Yours sincerely"},
		"sr jr":                                    {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Peter Hale (junior)", "NHS 943 476 5870", "DOB 21/05/1960", "Dear Dr Marsh", "I reviewed him in clinic today.", "Yours sincerely"},
		"twin 2":                                   {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Twin II Okafor (sibling Amara)", "DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "I reviewed her in clinic today.", "Yours sincerely"},
		"dad":                                      {"# Example School Nursing", "Clinic letter", "10 March 2026", "Pupil: Toby Finch", "Father's name: Peter Hale", "DOB: 21/05/1960", "NHS: 943 476 5919", "Dear Dr Marsh", "Toby was seen at school.", "Yours sincerely"},
		"employer":                                 {"# Example Occupational Health", "Clinic letter", "10 March 2026", "Employee: Harold Finch", "Line manager: Amara Okafor", "DOB: 07/03/1951", "NHS: 999 012 3454", "Dear Dr Marsh", "He was seen.", "Yours sincerely"},
		"reported by":                              {"# Example Ambulance Service", "Patient report", "10 March 2026", "Patient: unknown male about 40", "Found by: Amara Okafor", "DOB: 07/03/1951", "NHS: 999 012 3454", "Conveyed to hospital."},
		"caller 111":                               {"# NHS 111", "Call report", "10 March 2026", "Patient: Harold Finch", "Caller: Amara Okafor", "DOB: 07/03/1951", "NHS: 999 012 3454", "Call started 10:00", "Cough for three days."},
		"caller 111 b":                             {"# NHS 111 Integrated urgent care", "Call report 10 March 2026", "Caller: Amara Okafor, wife", "DOB: 07/03/1951", "NHS: 999 012 3454", "Call about husband with cough for three days. Speak to GP within 3 days."},
		"own letters to spouse":                    {"# Example Hospital", "10 March 2026", "Mr Jude Okafor", "4 Mill Lane", "Dear Mr Okafor", "I am sorry for the death of your wife Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454.", "Yours sincerely"},
		"coroner":                                  {"# Example Coroner", "10 March 2026", "Dear Dr Marsh", "Report requested", "The late Harold Finch", "Partner Ms Amara Okafor (DOB 07/03/1951; NHS 999 012 3454)", "Please send a report within 14 days.", "Yours sincerely"},
		"kidney paired":                            {"# Example Hospital", "Renal clinic letter", "10 March 2026", "Dear Dr Marsh", "Potential donor Amara Okafor (07/03/1951, NHS 999 012 3454) for Harold Finch", "Both were seen in clinic for cross match and the operation is planned for May.", "Yours sincerely"},
		"cared for person":                         {"# Example Carers Centre", "10 March 2026", "Dear Dr Marsh", "Carer's name: Harold Finch", "Person cared for: Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "We have offered respite to Harold.", "Yours sincerely"},
		"cot label":                                {"# Example Hospital", "Neonatal clinic letter", "10 March 2026", "Dear Dr Marsh", "B/O Amara Okafor", "DOB 07/03/1951 NHS 999 012 3454", "This baby was reviewed at six weeks and is growing along the 50th centile.", "Yours sincerely"},
		"wife in header":                           {"# Example Hospital", "Urology clinic letter", "10 March 2026", "Dear Dr Marsh", "Mr Jude Okafor (wife: Amara Okafor, DOB 07/03/1951, NHS 999 012 3454)", "I reviewed him in clinic and his prostate is small.", "Yours sincerely"},
		"he letter about Mrs":                      {"# Example Hospital", "Urology clinic letter", "10 March 2026", "Dear Dr Marsh", "Mrs Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "He came to clinic today. His PSA is 3. He will be seen again in a year. His prostate is smooth.", "Yours sincerely"},
		"two signatures":                           {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "I reviewed her in clinic today.", "Yours sincerely", "Dr Bee", "Re: Harold Finch DOB 02/02/1949", "I reviewed him in clinic today.", "Yours sincerely"},
		"vaccination list":                         {"# Example Pharmacy", "Vaccinations given 9 March 2026", "Okafor Amara, 07/03/1951, 9990123454, influenza", "Finch Harold, 02/02/1949, influenza", "Bell Grace, 09/09/1970, influenza"},
		"audit list":                               {"# Example Council", "Flu invitation list for your practice", "10 March 2026", "Name: Amara Okafor NHS 999 012 3454 DOB 07/03/1951", "Name: Harold Finch", "Name: Grace Bell"},
		"mother of your patient":                   {"# Example Genetics", "Clinic letter", "10 March 2026", "Dear Dr Marsh", "I saw the mother of your patient Toby Finch. Amara Okafor, DOB 07/03/1951, NHS 999 012 3454, carries the gene and Toby should be tested.", "Yours sincerely"},
		"witness statement police":                 {"# Example Constabulary", "10 March 2026", "Dear Dr Marsh", "Subject of enquiry Harold Finch. Complainant Amara Okafor, DOB 07/03/1951, NHS 999 012 3454.", "Please send a report."},
		"son with mother as patient in letterhead": {"# Example CAMHS", "Clinic letter", "10 March 2026", "Dear Ms Okafor", "Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Thank you for bringing Toby to clinic. Toby did very well in his tests and his teacher is pleased with Toby.", "Yours sincerely", "cc Dr Marsh"},
	} {
		if d, dec := decided(t, lines); d.Match.Kind == postroom.MatchExact || dec.Status == postroom.Filed {
			t.Errorf("%s: %s, name %q (%s)", name, dec.Status, d.Fields[postroom.PatientName].Value, d.Fields[postroom.PatientName].Why)
		}
	}
}

// Letters that name others beside their patient are filed all the same.
func TestOthersBesideThePatient(t *testing.T) {
	for name, lines := range map[string][]string{
		"with her husband":          {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Mrs Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "Dear Dr Marsh", "I reviewed Mrs Okafor with her husband Jude. Mr Singh saw her last month. Mr Singh is retiring and Mr Singh has handed her to me.", "Yours sincerely", "Mr Peter Lane", "Consultant surgeon"},
		"with her daughter":         {"# Example Hospital", "Clinic letter", "10 March 2026", "Mrs Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "Dear Dr Marsh", "Thank you for referring this lady. She has angina. Her daughter Mrs Grace Bell attended with her. She lives with her husband.", "Yours sincerely", "Mr Peter Lane", "Consultant surgeon"},
		"surgeon mentions":          {"# Example Hospital", "Clinic letter", "10 March 2026", "Name: Amara Okafor", "Date of birth: 07/03/1951", "NHS number: 999 012 3454", "Dear Dr Marsh", "I saw this lady in clinic on behalf of Mr Lane. She was reviewed by Mr Lane in January. Mr Lane has seen the scans and Mr Lane will see her in June.", "Yours sincerely", "Dr Ann Bee", "Registrar to Mr Lane"},
		"discharge":                 {"# Example Hospital", "Discharge summary", "Patient: OKAFOR, Amara", "DOB: 07/03/1951", "NHS no: 999 012 3454", "Consultant: Mr Peter Lane", "Admitted 1 March 2026", "Discharged 9 March 2026", "Date of letter 10 March 2026", "Next of kin: Jude Okafor, husband", "Follow up: Mr Lane in six weeks", "Yours sincerely"},
		"LPA":                       {"# Example Hospital", "Clinic letter", "10 March 2026", "Donor: Amara Okafor", "DOB: 07/03/1951", "NHS no: 999 012 3454", "Lasting power of attorney registered.", "Dear Dr Marsh", "She came to clinic today to talk of her attorney.", "Yours sincerely"},
		"DNA":                       {"# Example Hospital", "Did not attend", "10 March 2026", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "The above patient did not attend her appointment. As with all patients who do not attend we have discharged her.", "Yours sincerely"},
		"child carer":               {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "I saw Amara with Jude. Jude is her brother. Jude has seen that Amara is forgetful.", "Yours sincerely"},
		"mr solicitor":              {"# Example Solicitors LLP", "10 March 2026", "Our client: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Dear Dr Marsh", "We act for Mrs Okafor in her claim against Mr Harold Finch. Mr Finch was driving. Mr Finch has admitted liability. Please send us a report. The fee is enclosed.", "Yours sincerely"},
		"called middle":             {"# Example Hospital", "Clinic letter", "10 March 2026", "Re: Mr John Arthur Whitcombe DOB 02/03/1948 NHS 999 555 1233", "Dear Dr Marsh", "I saw Arthur today. Arthur is well. Arthur lives alone.", "Yours sincerely"},
		"copied to patient":         {"# Example Hospital", "Clinic letter", "10 March 2026", "Mrs Amara Okafor", "4 Mill Lane", "DOB 07/03/1951 NHS 999 012 3454", "Dear Mrs Okafor", "It was good to see you and your son Jude in clinic today. Your knee is better.", "Yours sincerely", "cc Dr Marsh"},
		"referral to surgeon":       {"# Larchfield Hospital", "10 March 2026", "Mr Peter Lane", "Consultant Surgeon", "Example Hospital", "Dear Mr Lane", "Re: Amara Okafor DOB 07/03/1951 NHS 999 012 3454", "Thank you for seeing this lady with a hernia. I would be grateful for your opinion.", "Yours sincerely", "cc Dr Marsh"},
		"referred by and seen with": {"# Example Hospital", "Clinic letter", "10 March 2026", "Patient: Amara Okafor", "DOB 07/03/1951 NHS 999 012 3454", "Diagnosis: angina", "Dear Dr Marsh", "I reviewed Mrs Okafor and her husband. Chest Pain was reviewed. Left Knee has an effusion. Mrs Okafor and Mr Okafor live together.", "Yours sincerely"},
		"nok header":                {"# Example Hospital", "ED attendance", "10 March 2026", "Patient details\tNext of kin", "Amara Okafor\tJude Okafor", "DOB 07/03/1951\tHusband", "NHS 999 012 3454\t01632 960111", "Arrival 09:00. Brought by ambulance. Seen by Ann Bell.", "Diagnosis: sprain"},
		"referrer":                  {"# Example Physiotherapy", "Clinic letter", "10 March 2026", "Amara Okafor, DOB 07/03/1951, NHS 999 012 3454", "Dear Dr Marsh", "Amara Okafor attended for six sessions with Jane Smith. Jane Smith has now discharged her. ", "Yours sincerely", "Jane Smith", "Physiotherapist"},
	} {
		if d, _ := decided(t, lines); d.Match.Kind != postroom.MatchExact {
			t.Errorf("%s: match %s: %v", name, d.Match.Kind, d.Match.Reasons)
		}
	}
}

// A line of thanks within a letter does not end the look for another patient.
func TestThanksWithinALetter(t *testing.T) {
	for _, thanks := range []string{"", "Thank you", "Yours", "With thanks"} {
		lines := []string{"# Example Hospital", "Clinic letter", "Re: Amara Okafor, DOB 07/03/1951, NHS number 999 012 3454", "Dear Dr Marsh"}
		for range 22 {
			lines = append(lines, "")
		}
		lines = append(lines, thanks, "I saw Joan Turner in clinic today. Joan Turner was well and denies pain.", "I reviewed Mrs Joan Turner with her scan.", "Yours sincerely", "Dr R Stone")
		m := sortAt(t, received, typeset(lines...)).Documents[0].Match
		if m.Kind == postroom.MatchExact {
			t.Errorf("%q within a letter about somebody else: %s %v", thanks, m.Kind, m.Reasons)
		}
	}
}

// A row with the patient's own number and birth date is no list of others, though a narrow column breaks the name in
// it; a second row is, under the same number too.
func TestOwnRowIsNoList(t *testing.T) {
	head := []string{"# Example Hospital", "Clinic letter 10/03/2026", "Surname, forename\tdob\tNHS"}
	own := "Mrs Amara Muhammad\t07/03/1951\t999 012 3454"
	for _, c := range []struct {
		rows []string
		want bool
	}{
		{[]string{own, "OKAFOR"}, false},
		{[]string{"OKAFOR, Amara\t07/03/1951\t999 012 3454", "SMITH, John\t01/02/1950\t999 012 3454"}, true},
	} {
		page := typeset(append(append(head[:3:3], c.rows...), "I reviewed her in clinic.")...)
		s := newSheet(&page, 0)
		s.read(false, received)
		r := NewRegister(sampleRegister)
		w := &theOne{r: r, id: int32(slices.IndexFunc(r.patients, func(p postroom.Patient) bool { return p.Number == "9990123454" })), sheets: []*sheet{s}, grown: received}
		if got := s.listsPatients(w); got != c.want {
			t.Errorf("%q: %v", c.rows, got)
		}
	}
}
