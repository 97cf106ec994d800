package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

var dischargePages = []postroom.Page{typeset(
	"^2026-03-11 17:20 From: EXAMPLE HOSPITAL +44 1632 960001 P. 1/2",
	"# Example General Hospital",
	"Northern Example NHS Foundation Trust",
	"# DISCHARGE SUMMARY",
	"",
	"Patient Name: Amara OKAFOR\tNHS No: 999 012 3454",
	"Date of Birth: 07/03/1951\tHospital No: X123456",
	"Address: 4 Mill Lane, ZZ99 1AA",
	"",
	"Date of admission: 2 March 2026\tDate of discharge: 10 March 2026",
	"Date: 11/03/2026",
	"",
	"Diagnosis:",
	"Community acquired pneumonia",
	"Type 2 diabetes mellitus",
	"",
	"Medication on discharge:",
	"Amoxicillin 500 mg three times a day for 5 days",
	"Metformin 500 mg twice a day",
	"",
	"Allergies: Penicillin - rash",
	"",
	"GP actions:",
	"Please repeat chest X-ray in six weeks",
	"",
	"Yours sincerely",
	"Dr Helen Marsh",
	"Consultant Physician",
)}

func TestDischargeSummary(t *testing.T) {
	out := sortPages(t, sampleRegister, dischargePages...)
	if len(out.Documents) != 1 {
		t.Fatalf("%d documents", len(out.Documents))
	}
	d := out.Documents[0]
	if d.Type.Code != postroom.DischargeSummary || d.Type.Confidence < 0.9 {
		t.Errorf("type %s %.2f", d.Type.Code, d.Type.Confidence)
	}
	for name, want := range map[postroom.FieldName]string{
		postroom.NHSNumberField: "9990123454", postroom.BirthDate: "1951-03-07", postroom.PatientName: "Amara OKAFOR",
		postroom.LetterDate: "2026-03-11", postroom.AdmissionDate: "2026-03-02", postroom.DischargeDate: "2026-03-10",
		postroom.SenderOrganisation: "Example General Hospital", postroom.SenderClinician: "Dr Helen Marsh",
		postroom.Postcode: "ZZ99 1AA", postroom.MRN: "X123456", postroom.Allergies: "Penicillin - rash",
		postroom.Diagnoses: "Community acquired pneumonia\nType 2 diabetes mellitus",
	} {
		f, ok := d.Fields[name]
		if !ok || f.Value != want {
			t.Errorf("%s is %q, want %q (%s)", name, f.Value, want, f.Why)
		} else if f.Confidence < 0.6 {
			t.Errorf("%s is only %.2f sure", name, f.Confidence)
		}
	}
	if d.Match.Kind != postroom.MatchExact {
		t.Errorf("match %s: %v", d.Match.Kind, d.Match.Reasons)
	}
	if d.Urgent {
		t.Errorf("urgent: %v", d.UrgentWhy)
	}
	if got := postroom.Decide(d, dischargePages, "", postroom.SafeRule()); got.Status != postroom.InReview && got.Status != postroom.Filed {
		t.Error(got)
	}
	t.Log(d.Type, d.Notes, d.Conflicts, postroom.Decide(d, dischargePages, "", postroom.SafeRule()))
	for n, f := range d.Fields {
		t.Logf("%-22s %.3f %q", n, f.Confidence, f.Value)
	}
}

func BenchmarkSort(b *testing.B) {
	s, err := New(Config{}, NewRegister(manyPatients(100_000)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Sort(b.Context(), Input{Pages: postroom.PageList(dischargePages), Received: received}); err != nil {
			b.Fatal(err)
		}
	}
}
