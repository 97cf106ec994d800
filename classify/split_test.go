package classify

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// letterAbout is the first page of a clinic letter.
func letterAbout(name, number, birth string, more ...string) postroom.Page {
	return typeset(append([]string{
		"# Example General Hospital", "Northern Example NHS Foundation Trust", "Date: 10/03/2026", "",
		"Re: " + name, "NHS No: " + number + "\tDOB: " + birth, "", "Dear Dr Marsh,", "", "# Clinic letter",
		"I reviewed this patient in clinic today and I am pleased with the progress that has been made.",
	}, more...)...)
}

func continuation(lines ...string) postroom.Page {
	return typeset(append([]string{"and the blood pressure was normal on the day of the visit as well."}, lines...)...)
}

func in(attachment string, p postroom.Page) postroom.Page {
	p.Attachment, p.Hash = attachment, postroom.HashOf([]byte(attachment))
	return p
}

func splitInto(out postroom.Sorted) [][]int {
	var got [][]int
	for _, d := range out.Documents {
		got = append(got, d.Pages)
	}
	return got
}

func fatesOf(out postroom.Sorted) map[int]postroom.Fate {
	m := map[int]postroom.Fate{}
	for _, f := range out.Others {
		m[f.Page] = f.Fate
	}
	return m
}

var (
	amara = func(more ...string) postroom.Page {
		return letterAbout("Amara OKAFOR", "999 012 3454", "07/03/1951", more...)
	}
	john = func(more ...string) postroom.Page {
		return letterAbout("John WHITCOMBE", "999 555 1233", "02/03/1948", more...)
	}
	faxCover = typeset("# FAX COVER SHEET", "", "To: Larchfield Surgery", "From: Example General Hospital", "Pages: 3 including cover", "Date: 10/03/2026", "Fax no: 01632 960001",
		"", "CONFIDENTIALITY NOTICE: this fax is intended only for the addressee.")
	blank = postroom.Page{Attachment: "fax.tif", Hash: postroom.HashOf([]byte("fax")), Number: 1, Width: 1654, Height: 2339, Blank: true}
)

func TestSplit(t *testing.T) {
	separator := typeset("PATCH II")
	barcode := typeset("")
	barcode.Barcodes = []postroom.Barcode{{Format: "CODE_39", Text: "*PATCHT*"}}
	for _, c := range []struct {
		name  string
		pages []postroom.Page
		want  [][]int
		fates map[int]postroom.Fate
	}{
		{"one page", []postroom.Page{amara()}, [][]int{{0}}, nil},
		{"a letter of two pages", []postroom.Page{amara(), continuation("Yours sincerely", "Dr Helen Marsh")}, [][]int{{0, 1}}, nil},
		{"two letters about two patients", []postroom.Page{amara("Yours sincerely", "Dr A"), john("Yours sincerely", "Dr B")}, [][]int{{0}, {1}}, nil},
		{"two letters about one patient", []postroom.Page{amara("Yours sincerely", "Dr A"), amara("Yours sincerely", "Dr B")}, [][]int{{0}, {1}}, nil},
		{"printed page numbers", []postroom.Page{amara("Page 1 of 2"), continuation("Page 2 of 2"), john("Page 1 of 1")}, [][]int{{0, 1}, {2}}, nil},
		{"page numbers with slashes", []postroom.Page{amara("1/2"), continuation("2/2"), john("1/1")}, [][]int{{0, 1}, {2}}, nil},
		{"the running head has the patient's name", []postroom.Page{amara("Page 1 of 2"), typeset("OKAFOR, Amara\tNHS 999 012 3454", "It continues here with the plan for the coming months.", "Page 2 of 2")}, [][]int{{0, 1}}, nil},
		{"pages in the wrong order", []postroom.Page{continuation("Page 2 of 2"), amara("Page 1 of 2")}, [][]int{{1, 0}}, nil},
		{"cover sheet", []postroom.Page{faxCover, amara(), continuation("Yours sincerely")}, [][]int{{1, 2}}, map[int]postroom.Fate{0: postroom.FateCover}},
		{"blank backs", []postroom.Page{amara("Page 1 of 2"), blank, continuation("Page 2 of 2"), blank}, [][]int{{0, 2}}, map[int]postroom.Fate{1: postroom.FateBlank, 3: postroom.FateBlank}},
		{"separator sheet", []postroom.Page{amara(), separator, continuation()}, [][]int{{0}, {2}}, map[int]postroom.Fate{1: postroom.FateSeparator}},
		{"separator by bar code", []postroom.Page{amara(), barcode, continuation()}, [][]int{{0}, {2}}, map[int]postroom.Fate{1: postroom.FateSeparator}},
		{"two attachments", []postroom.Page{in("a.pdf", amara()), in("b.pdf", john())}, [][]int{{0}, {1}}, nil},
		{"a letter across two attachments", []postroom.Page{in("a.jpg", amara("Page 1 of 2")), in("b.jpg", continuation("Page 2 of 2"))}, [][]int{{0, 1}}, nil},
		{"a second fax begins", []postroom.Page{
			typeset("^10/03/26 09:14 HOSPITAL 01632960001 P.1/1", "# Example Hospital", "Clinic letter", "Dear Dr Marsh", "I reviewed him."),
			typeset("^10/03/26 09:20 HOSPITAL 01632960001 P.1/1", "# Example Hospital", "Clinic letter", "Dear Dr Marsh", "I reviewed her."),
		}, [][]int{{0}, {1}}, nil},
		{"a patient's own letter after a form without a signature", []postroom.Page{
			typeset("# Mill Lane Surgery", "FIT NOTE (Med 3)", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "NHS No: 999 012 3454", "Advice: not fit for work"),
			typeset("126 High Street", "Ashcombe", "AB1 2DE", "Tel. 0161 496 0383", "11.03.2026", "Dr S Banerjee", "Larchfield Surgery", "14 Priory Road", "Ashcombe", "Dear Dr Banerjee,", "My husband says I should come in.", "My date of birth is 09.01.1985.", "Yours sincerely", "Priya Morris"),
		}, [][]int{{0}, {1}}, nil},
		{"nothing at all", nil, nil, nil},
		{"only a cover sheet", []postroom.Page{faxCover}, nil, map[int]postroom.Fate{0: postroom.FateCover}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := sortPages(t, sampleRegister, c.pages...)
			if got := splitInto(out); !reflect.DeepEqual(got, c.want) {
				for _, d := range out.Documents {
					t.Log(d.Pages, d.SplitWhy, d.Confidence)
				}
				t.Errorf("documents %v, want %v", got, c.want)
			}
			if c.fates == nil {
				c.fates = map[int]postroom.Fate{}
			}
			if got := fatesOf(out); !reflect.DeepEqual(got, c.fates) {
				t.Errorf("other pages %v, want %v", got, c.fates)
			}
			for _, d := range out.Documents {
				if len(d.SplitWhy) == 0 || d.Confidence <= 0 {
					t.Error("a document without a reason or confidence for its pages")
				}
			}
		})
	}
}

func TestMissingPagesAreSaid(t *testing.T) {
	for _, c := range []struct {
		name  string
		pages []postroom.Page
		mail  int
		want  string
	}{
		{"in the middle", []postroom.Page{amara("Page 1 of 3"), continuation("Page 3 of 3")}, 0, "page 2 of 3 is missing"},
		{"at the end", []postroom.Page{amara("Page 1 of 2")}, 0, "page 2 of 2 is missing"},
		{"at the beginning", []postroom.Page{continuation("Page 2 of 2")}, 0, "page 1 of 2 is missing"},
		{"by the mail", []postroom.Page{amara()}, 3, "the mail announces 3 pages"},
		{"by the cover sheet", []postroom.Page{faxCover, amara()}, 0, "the cover sheet announces 3 pages"},
		{"by the fax header", []postroom.Page{typeset("^10/03/26 09:14 HOSPITAL 01632960001 P. 1/2", "# Example Hospital", "Clinic letter", "Dear Dr Marsh", "I reviewed him in clinic.")}, 0, "the fax header counts 2 pages"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := New(Config{}, NewRegister(sampleRegister))
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.Sort(t.Context(), Input{Message: postroom.Message{Pages: c.mail}, Pages: postroom.PageList(c.pages), Received: received})
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Documents) != 1 || !strings.Contains(strings.Join(out.Documents[0].Notes, "\n"), c.want) {
				t.Fatalf("%d documents, notes %v", len(out.Documents), out.Documents[0].Notes)
			}
			if d := postroom.Decide(out.Documents[0], nil, "", postroom.SafeRule()); d.Status == postroom.Filed {
				t.Error("an incomplete document was filed")
			}
		})
	}
	// What is to follow by post is no page of the fax.
	posted := typeset("# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example General Hospital", "Pages: 2 including cover sheet", "Fax no: 01632 960001", "Message: posted copy to follow", "Confidentiality notice: intended only for the addressee.")
	out := sortPages(t, sampleRegister, posted, amara())
	if n := out.Documents[0].Notes; len(n) > 0 {
		t.Errorf("the post brings the original, but the notes are %v", n)
	}
	out = sortPages(t, sampleRegister, amara("Page 1 of 2"), continuation("Page 2 of 2"))
	if n := out.Documents[0].Notes; len(n) > 0 {
		t.Errorf("nothing is missing, but the notes are %v", n)
	}
}

// A patient is never carried across a new letterhead.
func TestNoPatientAcrossALetterhead(t *testing.T) {
	second := typeset("# Another Infirmary NHS Trust", "Date: 10/03/2026", "Dear Dr Marsh", "# Clinic letter", "I reviewed this gentleman in clinic today.", "Yours sincerely")
	out := sortPages(t, sampleRegister, amara("Yours sincerely", "Dr A"), second)
	if len(out.Documents) != 2 {
		t.Fatalf("documents %v", splitInto(out))
	}
	if d := out.Documents[1]; d.Match.Kind != postroom.MatchNone || len(d.Fields[postroom.NHSNumberField].Value) > 0 {
		t.Errorf("the second letter was given the first one's patient: %v", d.Match.Reasons)
	}
}

// Pages with a number and a birth date of two people are two documents, also where nothing looks like a beginning.
func TestDifferentPeopleAreTwoDocuments(t *testing.T) {
	shipped, err := ShippedRoles()
	if err != nil {
		t.Fatal(err)
	}
	blind := *shipped
	blind.bias[slotCut] = []float32{50, 0} // sees no beginning anywhere
	s, err := New(Config{}, NewRegister(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		second []string
		want   int
	}{
		{[]string{"SPOONER, Winifred (Mrs)  DoB 15/11/1942  NHS No 999 555 1233", "T-scores: lumbar spine -2.1; left neck of femur -2.7."}, 2},
		{[]string{"Amara OKAFOR  DoB 07/03/1951  NHS No 999 012 3454", "T-scores: lumbar spine -2.1; left neck of femur -2.7."}, 1},
		{[]string{"Spouse: Winifred SPOONER, NHS No 999 555 1233", "T-scores: lumbar spine -2.1; left neck of femur -2.7."}, 1},
	} {
		pages := []postroom.Page{in("fax.tif", amara()), in("fax.tif", typeset(x.second...))}
		out, err := s.WithRoles(&blind).Sort(t.Context(), Input{Pages: postroom.PageList(pages), Received: received})
		if err != nil {
			t.Fatal(err)
		}
		if got := splitInto(out); len(got) != x.want {
			t.Errorf("%q: %v, not %d documents", x.second, got, x.want)
		}
	}
}

// A cover sheet's patient and urgency are context, and do not outrank the page.
func TestCoverIsContext(t *testing.T) {
	urgentCover := typeset("# FAX COVER SHEET", "To: Larchfield Surgery", "From: Example Hospital", "Pages: 2", "Re: John WHITCOMBE", "URGENT - please see today")
	out := sortPages(t, sampleRegister, urgentCover, amara())
	if len(out.Documents) != 1 || len(out.Documents[0].Covers) != 1 || out.Documents[0].Covers[0] != 0 {
		t.Fatalf("documents %v", splitInto(out))
	}
	d := out.Documents[0]
	if d.Match.Patient == nil || d.Match.Patient.ID != "1" {
		t.Error("the cover sheet outranked the page")
	}
	if !d.Urgent || !strings.Contains(fmt.Sprint(d.UrgentWhy), "cover sheet") {
		t.Errorf("urgent %v %v", d.Urgent, d.UrgentWhy)
	}
}

// A page that is not blank and on which nothing could be read stays with a document.
func TestUnreadPageIsKept(t *testing.T) {
	picture := postroom.Page{Attachment: "fax.tif", Hash: postroom.HashOf([]byte("fax")), Number: 2, Width: 100, Height: 100, Ink: 0.3}
	out := sortPages(t, sampleRegister, amara(), picture)
	if got := splitInto(out); !reflect.DeepEqual(got, [][]int{{0, 1}}) {
		t.Fatalf("documents %v", got)
	}
	if len(out.Documents[0].Notes) == 0 {
		t.Error("nobody is told that a page could not be read")
	}
	out = sortPages(t, sampleRegister, picture)
	if len(out.Documents) != 1 || out.Documents[0].Type.Code != postroom.UnknownType {
		t.Errorf("documents %v", splitInto(out))
	}
}

func TestJunk(t *testing.T) {
	out := sortPages(t, sampleRegister, typeset("# SPECIAL OFFER - TONER CARTRIDGES", "Dear Manager", "Save up to 70% on all toner and ink cartridges this month only!", "Lowest prices guaranteed. Call now 0800 123 4567 to order today.",
		"Free delivery on all orders. Limited time offer, while stocks last.", "To be removed from our mailing list fax back this page to unsubscribe."))
	if len(out.Documents) != 1 || !out.Documents[0].Junk {
		t.Fatalf("%+v", out.Documents[0].Type)
	}
	if d := postroom.Decide(out.Documents[0], nil, "", postroom.SafeRule()); d.Status != postroom.Discarded {
		t.Errorf("junk is %s", d.Status)
	}
	// Advertising that names a patient goes to a person.
	out = sortPages(t, sampleRegister, typeset("# SPECIAL OFFER - TONER CARTRIDGES", "Save up to 70% on all toner and ink cartridges this month only!", "Call now to order today. Limited time offer.", "Unsubscribe",
		"Patient: Amara OKAFOR", "NHS No: 999 012 3454", "DOB: 07/03/1951"))
	if out.Documents[0].Junk {
		t.Error("a page with a patient's number was thrown away")
	}
}

// A dotted zero in the header line is read as a 6: "P.01/01".
func TestDottedZeroInHeader(t *testing.T) {
	first, second := typeset("^10/03/26 09:14 HOSPITAL 01632960001 P.01/61", "# Example Hospital", "Clinic letter", "Dear Dr Marsh", "I reviewed him in clinic."), typeset("# Example Pathology", "Laboratory report", "Patient: Amara OKAFOR", "Haemoglobin 128 g/L")
	second.Attachment = "another.tif"
	out := sortPages(t, sampleRegister, first, second)
	for _, d := range out.Documents {
		if len(out.Documents) != 2 || len(d.Notes) > 0 {
			t.Errorf("one page of 61 beside another fax: %d documents, notes %v", len(out.Documents), d.Notes)
		}
	}
}
