package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// Ways in which letters and forms give the patient's details.
func TestPatientBlocks(t *testing.T) {
	for name, lines := range map[string][]string{
		"labels on the left":            {"Patient: Amara OKAFOR", "DOB: 07/03/1951", "NHS No: 999 012 3454"},
		"a line with bars":              {"Amara OKAFOR | DOB 07/03/1951 | NHS 999 012 3454"},
		"bars read as letters":          {"Amara OKAFOR I DOB 07/03/1951 I NHS 999 012 3454"},
		"a line with commas":            {"Mrs Amara Okafor, born 7 March 1951, NHS number 999 012 3454"},
		"a line with dashes":            {"Amara Okafor - 07/03/1951 - NHS 999 012 3454"},
		"labels above":                  {"Surname\tForename\tDate of birth\tNHS number", "OKAFOR\tAmara\t07/03/1951\t999 012 3454"},
		"labels above, two by two":      {"Patient name\tDate of birth", "Amara OKAFOR\t07/03/1951", "NHS number\tHospital number", "999 012 3454\tRX123456"},
		"dotted lines":                  {"Name ............ Amara OKAFOR", "Date of birth .... 07/03/1951", "NHS number ....... 999 012 3454"},
		"dotted lines, glued":           {"Name:.......Amara OKAFOR", "Date of birth:....07/03/1951", "NHS number:.......999 012 3454"},
		"an addressograph label":        {"OKAFOR, Amara (Mrs)", "07/03/1951  F", "999 012 3454", "4 Mill Lane", "Ashby", "AB1 2DE"},
		"a label with a plain number":   {"OKAFOR, Amara", "DOB 07/03/1951", "9990123454", "4 Mill Lane, AB1 2DE"},
		"in a sentence":                 {"This letter concerns Mrs Amara Okafor (date of birth 7 March 1951, NHS number 999 012 3454) of 4 Mill Lane."},
		"in a sentence, number first":   {"I am writing about your patient Amara Okafor, NHS number 999 012 3454, who was born on 7 March 1951."},
		"reference, then address":       {"Re: Mrs Amara Okafor  d.o.b. 07.03.51", "4 Mill Lane, Ashby AB1 2DE", "NHS No. 9990123454"},
		"beside the practice's address": {"Dr Helen Marsh\tPatient: Amara OKAFOR", "Larchfield Surgery\tDOB: 07/03/1951", "12 High Street\tNHS No: 999 012 3454"},
		"spaced abbreviations":          {"Name: Amara Okafor", "D. O. B. 07/03/1951", "N.H.S. No. 999 012 3454"},
		"names in two parts, no colons": {"Surname OKAFOR\tFirst name Amara", "Date of birth 07/03/1951", "NHS number 999 012 3454"},
		"a remark behind the label":     {"Name (last, first): OKAFOR, Amara", "Date of birth (dd/mm/yyyy): 07/03/1951", "NHS number: 999 012 3454"},
		"bars read as digits":           {"OKAFOR, Amara 1 DOB 07/03/1951 1 NHS 999 012 3454"},
		"bars read as brackets":         {"Amara Okafor ] DOB: 07/03/1951 ] NHS No: 999 012 3454"},
		"a label, number first":         {"999 012 3454", "OKAFOR Amara Mrs", "07/03/1951 Female", "4 Mill Lane, AB1 2DE"},
		"a label with an address":       {"Mrs Amara OKAFOR", "4 Mill Lane", "Ashby AB1 2DE", "DOB 07/03/1951", "NHS 999 012 3454"},
		"a sentence with an address":    {"I am writing about Mrs Amara Okafor of 4 Mill Lane, Ashby, AB1 2DE, date of birth 7 March 1951, NHS number 999 012 3454."},
		"boxes":                         {"Surname: OKAFOR", "First name: Amara", "Date of birth: 0 7 0 3 1 9 5 1", "NHS number: 9 9 9 0 1 2 3 4 5 4"},
	} {
		t.Run(name, func(t *testing.T) {
			page := append([]string{"# Example General Hospital", "1 Hospital Road, Exampleton", "10 March 2026", ""}, lines...)
			page = append(page, "", "Dear Dr Marsh", "I reviewed this patient in clinic today.", "Yours sincerely", "Dr Rex Stone")
			d := sortPages(t, sampleRegister, typeset(page...)).Documents[0]
			want(t, d.Fields, postroom.NHSNumberField, "9990123454")
			want(t, d.Fields, postroom.BirthDate, "1951-03-07")
			if f := d.Fields[postroom.PatientName]; !sameTokens("Amara Okafor", f.Value) {
				t.Errorf("name %q (%s)", f.Value, f.Why)
			}
			if d.Match.Kind != postroom.MatchExact {
				t.Errorf("match %s: %v", d.Match.Kind, d.Match.Reasons)
			}
			want(t, d.Fields, postroom.LetterDate, "2026-03-10")
		})
	}
}

// Ways in which letters give their date and their sender.
func TestLetterheads(t *testing.T) {
	body := []string{"", "Dear Dr Marsh", "Re: Amara OKAFOR, DOB 07/03/1951, NHS No 999 012 3454", "I reviewed this patient in clinic on 6 March 2026.", "", "Yours sincerely", "", "Dr Rex Stone", "Consultant Physician"}
	for name, page := range map[string][]string{
		"at the top":             append([]string{"# Royal Example Infirmary", "Date: 10 March 2026"}, body...),
		"in capitals":            append([]string{"ROYAL EXAMPLE INFIRMARY", "10 March 2026"}, body...),
		"date beside reference":  append([]string{"# Royal Example Infirmary", "10 March 2026 | Our ref: RS/ab/123"}, body...),
		"reference beside date":  append([]string{"# Royal Example Infirmary", "Our ref: RS/ab/123\t10 March 2026"}, body...),
		"date with a weekday":    append([]string{"# Royal Example Infirmary", "Tuesday, 10th March 2026"}, body...),
		"typed after dictated":   append([]string{"# Royal Example Infirmary", "Dictated 6 March 2026 | Typed 10 March 2026"}, body...),
		"at the foot":            append(append([]string{"10 March 2026"}, body...), "", "", "Royal Example Infirmary, 1 Hospital Road, Exampleton"),
		"under the signature":    append(append([]string{"Date: 10/03/2026"}, body...), "Royal Example Infirmary"),
		"address beside it":      append([]string{"# Royal Example Infirmary\t1 Hospital Road", "Cardiology\tExampleton", "Date: 10-Mar-2026"}, body...),
		"year first":             append([]string{"# Royal Example Infirmary", "Date: 2026/03/10"}, body...),
		"beside the addressee":   append([]string{"# Royal Example Infirmary", "", "", "", "", "", "", "Dr Helen Marsh\t10 March 2026", "Larchfield Surgery"}, body...),
		"logo misread before it": append([]string{"# N\\ Royal Example Infirmary", "Date: 10/03/26"}, body...),
	} {
		t.Run(name, func(t *testing.T) {
			f := sortPages(t, nil, typeset(page...)).Documents[0].Fields
			want(t, f, postroom.LetterDate, "2026-03-10")
			if got := f[postroom.SenderOrganisation]; !SameField(postroom.SenderOrganisation, "Royal Example Infirmary", got.Value) {
				t.Errorf("sender %q (%s)", got.Value, got.Why)
			}
			want(t, f, postroom.SenderClinician, "Dr Rex Stone")
		})
	}
}

// A letter to the patient with a copy to the practice.
func TestLetterToThePatient(t *testing.T) {
	d := sortPages(t, sampleRegister, typeset("# Example General Hospital", "10 March 2026", "", "Mrs Amara Okafor", "4 Mill Lane", "Ashby", "AB1 2DE", "",
		"NHS number: 999 012 3454   Date of birth: 07/03/1951", "", "Dear Mrs Okafor", "It was a pleasure to see you in clinic on 6 March 2026.", "Yours sincerely", "Dr Rex Stone", "cc: Larchfield Surgery")).Documents[0]
	want(t, d.Fields, postroom.PatientName, "Amara Okafor")
	if d.Match.Kind != postroom.MatchExact {
		t.Errorf("match %s: %v", d.Match.Kind, d.Match.Reasons)
	}
}

func TestCovers(t *testing.T) {
	for name, lines := range map[string][]string{
		"classic":             {"# FAX", "To: Larchfield Surgery", "From: Example Hospital", "Pages: 3", "Date: 10/03/2026"},
		"table":               {"# Fax Transmission", "To\tLarchfield Surgery", "From\tExample Hospital", "Fax number\t01632 960002", "Number of pages\t3", "Subject\tPatient letter"},
		"transmittal":         {"# FACSIMILE TRANSMITTAL SHEET", "Attention: Dr Marsh", "Sender: Ward Clerk, Ward 6", "Total pages including cover: 4", "The information contained in this fax is confidential and intended only for the addressee."},
		"with a message":      {"# Example Hospital", "Fax message", "For the attention of: Practice Manager", "Sent by: Medical Records", "No. of pages (inc. this one): 2", "Message: please file the enclosed letter.", "If you have received this fax in error please telephone us."},
		"safe haven":          {"# SAFE HAVEN FAX", "PRIVATE AND CONFIDENTIAL", "To: Dr Helen Marsh, Larchfield Surgery", "From: Results Office", "Pages to follow: 2"},
		"a layout of its own": {"# FAX", "Example Hospital", "3 pages", "CONFIDENTIAL: this fax is intended for the addressee only."},
		"memo":                {"# Fax Message", "For: Larchfield Surgery", "From the office of Mr Stone", "Total pages 2", "If received in error please destroy."},
		"with the patient":    {"# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example Hospital", "Re: Amara OKAFOR dob 07/03/1951", "Pages: 2", "Confidentiality: this fax is intended only for the addressee."},
	} {
		t.Run(name, func(t *testing.T) {
			out := sortPages(t, sampleRegister, typeset(lines...), amara())
			if fates := fatesOf(out); fates[0] != postroom.FateCover {
				t.Errorf("it is %q", fates[0])
			}
		})
	}
	// A letter that was sent by fax is no cover.
	out := sortPages(t, sampleRegister, typeset("# Example Hospital", "Fax: 01632 960001", "To: Dr Marsh, Larchfield Surgery", "From: Dr Stone", "Date: 10/03/2026", "Re: Amara OKAFOR, DOB 07/03/1951, NHS No 999 012 3454",
		"Dear Dr Marsh", "I reviewed this patient in clinic today and have started ramipril.", "Page 1 of 1", "Yours sincerely"))
	if len(out.Documents) != 1 {
		t.Error("a letter was taken for a cover sheet")
	}
}
