package classify

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/testdata/generate"
)

// sent is one document as it was read from one fax: its record, as far as
// duplicates ask for it, and its fingerprint.
type sent struct {
	record      postroom.Record
	fingerprint []uint64
}

func send(t *testing.T, sorter *Sorter, papers []*generate.Paper, noise, header string, r *rand.Rand) sent {
	t.Helper()
	var pages []postroom.Page
	for i, p := range papers {
		page := simulate.Paper(p, "f", i+1, simulate.Noises[noise], r)
		if header != "" {
			h := typeset("^" + fmt.Sprintf("%s P.%d/%d", header, i+1, len(papers)))
			for k := range page.Words {
				page.Words[k].Line += 1000
				page.Words[k].Block += 1000
			}
			page.Words = append(h.Words, page.Words...)
		}
		pages = append(pages, page)
	}
	out, err := sorter.Sort(t.Context(), Input{Pages: postroom.PageList(pages), Received: received})
	if err != nil {
		t.Fatal(err)
	}
	var s sent
	for _, d := range out.Documents {
		if len(d.Pages) > len(s.record.Text) {
			s = sent{record: postroom.Record{Fields: d.Fields}, fingerprint: d.Fingerprint}
			for _, p := range d.Pages {
				s.record.Text = append(s.record.Text, pages[p].PlainText())
			}
		}
	}
	return s
}

// A fax that was sent again is found through noise, with another header line
// and time and with a page added; another letter of the same sender and
// template about the same patient is never taken for it.
func TestSentAgain(t *testing.T) {
	reg, patients := generatedRegister(7, 60)
	sorter, err := New(generatedPractice, NewRegister(patients))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	types := generate.Types()
	found, near, all := map[string]int{}, map[string]int{}, map[string]int{}
	distinct, wrong, alike := 0, 0, 0
	const documents = 156
	for i := range documents {
		code := types[i%len(types)]
		split := []generate.Split{generate.Train, generate.Test}[i/len(types)%2]
		of := reg.People[i%len(reg.People)]
		make := func(label string, sent time.Time) *generate.Document {
			d, err := generate.MakeDocument(3, label, generate.DocumentSpec{Type: code, Split: split, Sent: sent, Patient: of, InRegister: true, Wording: 1 + i/len(types)})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		paper := make(fmt.Sprint(i), received)
		first := send(t, sorter, paper.Papers, "typical", "12/03/26 09:14 FAX 01632 960001", r)
		check := func(what string, again sent, how string) {
			all[what]++
			if SimilarDocuments(first.fingerprint, again.fingerprint) >= LeastSimilar {
				near[what]++
			}
			ok, said := SentAgain(first.record, again.record)
			if ok && said == how {
				found[what]++
			}
		}
		for _, noise := range []string{"typical", "bad"} {
			check(noise, send(t, sorter, paper.Papers, noise, "13/03/26 17:40 EXAMPLE SURGERY 01632 960002", r), "")
		}
		// With a page added: the next document's, set behind.
		longer := append(append([]*generate.Paper(nil), paper.Papers...), make("more "+fmt.Sprint(i), received).Papers[0])
		again := first
		again.record.Text = append(append([]string(nil), again.record.Text...), send(t, sorter, longer[len(longer)-1:], "typical", "", r).record.Text...)
		if len(again.record.Text) == len(first.record.Text)+1 {
			check("page added", again, "with one page more")
		}
		// Other letters with the same printed text about the same patient, of other days.
		for k := range 4 {
			other := send(t, sorter, make(fmt.Sprintf("%d other %d", i, k), received.AddDate(0, 0, -7*(k+1))).Papers, []string{"clean", "typical", "bad", "typical"}[k], "", r)
			distinct++
			if SimilarDocuments(first.fingerprint, other.fingerprint) >= LeastSimilar {
				alike++
			}
			if ok, _ := SentAgain(first.record, other.record); ok {
				wrong++
				t.Logf("%s %d: another letter taken for the same", code, i)
			}
		}
	}
	for _, c := range []struct {
		what  string
		least float64
	}{{"typical", 0.93}, {"bad", 0.85}, {"page added", 0.97}} {
		t.Logf("%s: %d of %d found, %d similar enough to be looked at", c.what, found[c.what], all[c.what], near[c.what])
		if float64(found[c.what]) < c.least*float64(all[c.what]) || all[c.what] < documents/2 {
			t.Errorf("%s: only %d of %d found", c.what, found[c.what], all[c.what])
		}
	}
	t.Logf("of %d other letters %d are similar, %d taken for the same", distinct, alike, wrong)
	if wrong > 0 {
		t.Errorf("%d of %d other letters are taken for copies", wrong, distinct)
	}
	if SimilarDocuments(nil, nil) != 0 || SimilarDocuments(nil, make([]uint64, fingerprintSize)) != 0 {
		t.Error("documents without text are similar")
	}
	if ok, _ := SentAgain(postroom.Record{}, postroom.Record{}); ok {
		t.Error("nothing is nothing sent again")
	}
}

// Two blood results on one form, a week apart, about one patient: hardly
// anything differs but what matters.
func TestTwoResultsOnOneForm(t *testing.T) {
	sorter, err := New(Config{}, NewRegister(matchRegister))
	if err != nil {
		t.Fatal(err)
	}
	form := func(date, lab, sodium, potassium, hb string) []string {
		return []string{"# Example General Hospital", "Department of Pathology", "Patient: Amara OKAFOR", "NHS No: 999 012 3454   DOB: 07/03/1951", "Hospital No: M4589674", "Address: 4 Mill Lane, Ashby ZZ99 1AA",
			"Lab no: " + lab, "Specimen: Blood", "Collected: " + date, "Reported: " + date, "", "Test\tResult\tUnits\tReference range",
			"Sodium\t" + sodium + "\tmmol/L\t133 - 146", "Potassium\t" + potassium + "\tmmol/L\t3.5 - 5.3", "Haemoglobin\t" + hb + "\tg/L\t115 - 165", "", "Validated by the duty biochemist. Please file."}
	}
	read := func(lines []string) postroom.Record {
		p := typeset(lines...)
		out, err := sorter.Sort(t.Context(), Input{Pages: postroom.PageList{p}, Received: received})
		if err != nil {
			t.Fatal(err)
		}
		return postroom.Record{Fields: out.Documents[0].Fields, Text: []string{p.PlainText()}}
	}
	first := read(form("02/03/2026", "26B104233", "139", "4.4", "128"))
	for name, other := range map[string][]string{
		"a week later":           form("09/03/2026", "26B105871", "138", "4.9", "121"),
		"the next day":           form("03/03/2026", "26B104409", "139", "6.1", "128"),
		"the same day, repeated": form("02/03/2026", "26B104388", "139", "4.6", "131"),
	} {
		if ok, _ := SentAgain(first, read(other)); ok {
			t.Errorf("%s: another result is taken for the same", name)
		}
	}
	again := form("02/03/2026", "26B104233", "139", "4.4", "128")
	again[1], again[15] = "Departrnent of Pathology", "Validaled by the duty biochemist Please file."
	if ok, how := SentAgain(first, read(again)); !ok || how != "" {
		t.Error("the same result with two misreadings is not found")
	}
	again[4] = "Hospital No: 44589674"
	if ok, _ := SentAgain(first, read(again)); !ok {
		t.Error("a misread local number hides that a result came again")
	}
	if ok, _ := SentAgain(first, read(strings.Split("# Example General Hospital\nDepartment of Radiology\nChest X-ray\nPatient: Amara OKAFOR\nNHS No: 999 012 3454   DOB: 07/03/1951\nThe lungs are clear. Normal heart size.\nReported: 02/03/2026", "\n"))); ok {
		t.Error("another report is taken for the same")
	}
}

// Dotted zeros that one of two readings took for eights or sixes are noise; other figures, and sixes and eights without a zero, are not.
func TestDottedZerosOfCopies(t *testing.T) {
	a, b, wrong := joinZeros([]string{"300", "128", "66", "107"}, []string{"388", "121", "88", "167"})
	if wrong != 2 || !slices.Equal(a, []string{"128", "66", "107"}) || !slices.Equal(b, []string{"121", "88", "167"}) {
		t.Errorf("left are %v and %v, %d characters differ", a, b, wrong)
	}
}

// What noise does to one letter makes no other of it: a number in two pieces of which one is misread, words run into one with a short one
// lost between them, and what recognition makes of the lines of a table. Another number does.
func TestSentAgainTorn(t *testing.T) {
	first := `Larchfield Royal Infirmary
Rheumatology advice line 01632 960266
Clinic 4.2.26 typed 19.2.26
Amara Okafor, 7 March 1951, NHS 999 012 3454
Psoriatic arthritis in low disease activity on adalimumab 40 mg every fortnight
She also takes methotrexate 15 mg once weekly and folic acid 5 mg weekly
Medicines on discharge
Sixty-six joint count today: two tender, one swollen, nails much better
Could your nurses please repeat the liver tests fortnightly for six weeks
and let us know if the ALT is above 80`
	record := func(text string) postroom.Record {
		sure := func(v string) postroom.Field {
			return postroom.Field{Value: v, Valid: true, Confidence: 0.99}
		}
		day := sure("2026-02-19")
		day.Confidence = 0.67
		return postroom.Record{Text: []string{text}, Fields: map[postroom.FieldName]postroom.Field{postroom.NHSNumberField: sure("9990123454"), postroom.BirthDate: sure("1951-03-07"), postroom.LetterDate: day}}
	}
	for _, c := range []struct {
		from, to string
		again    bool
	}{
		{"01632 960266", "016 42 960266", true},
		{"Medicines on discharge", "Medicinesondischarge", true},
		{"She also takes methotrexate 15 mg once weekly and folic acid 5 mg weekly", "CSSSSSSSSS SSSSSSSSSSS eeeeeeeeee ccccccccccc", true},
		{"two tender, one swollen", "two tender, one swol'len", true},
		{"Sixty-six joint count today: two tender, one swollen, nails much better", "The liver test is back at 171 and platelets at 88, so stop it at once please", false},
		{"please repeat the liver tests", "please stop the liver tests", false},
		{"and let us know if", "and do not let us know if", false},
		{"methotrexate 15 mg", "methotrexate 25 mg", false},
		{"above 80", "above 30", false},
		{"typed 19.2.26", "typed 26.3.26\nALT 47 bilirubin 19 creatinine 88 potassium 4.1", false},
	} {
		again := strings.Replace(first, c.from, c.to, 1)
		if got, _ := SentAgain(record(first), record(again)); got != c.again {
			t.Errorf("%q for %q: the same letter %v", c.to, c.from, got)
		}
	}
}
