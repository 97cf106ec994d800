package classify

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/testdata/generate"
)

// travelForm is a type that only this practice has.
func travelForm(r *rand.Rand) postroom.Page {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	lines := []string{
		"# " + pick("Larchfield Surgery", "The Larchfield Practice"), pick("TRAVEL RISK ASSESSMENT FORM", "Pre-travel questionnaire", "Travel Health Assessment"),
		"Name: " + pick("Amara OKAFOR", "Jack WHITCOMBE", "Ewa NOWAK") + "   Date of birth: 0" + fmt.Sprint(1+r.IntN(9)) + "/03/19" + fmt.Sprint(50+r.IntN(40)),
		"Departure date: " + fmt.Sprint(10+r.IntN(18)) + "/08/2026", "Destination: " + pick("Kenya", "Vietnam", "Peru", "Thailand", "Ghana", "India") + "  Length of stay: " + fmt.Sprint(1+r.IntN(6)) + " weeks",
		"Type of trip: " + pick("backpacking", "package holiday", "visiting relatives", "cruise", "safari"), "Accommodation: " + pick("hotel", "hostel", "camping", "family home"),
		pick("Have you had malaria tablets before?", "Any antimalarials taken before?"), pick("Travel insurance arranged: yes", "Insurance: not yet"),
		pick("Previous travel immunisations: typhoid, hepatitis A", "Last jabs: yellow fever 2015", "No travel jabs on record"),
		pick("Planned activities: diving, trekking", "Will you be at altitude? no", "Rural areas will be visited"),
	}
	var kept []string
	for i, l := range lines {
		if i < 3 || r.IntN(6) > 0 {
			kept = append(kept, l)
		}
	}
	return typeset(kept...)
}

// A type that a practice added is told after ten examples, and nothing else is forgotten.
func TestTeachNewType(t *testing.T) {
	sorter, err := New(generatedPractice, NewRegister(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 8))
	const code = postroom.TypeCode("practice_travel")
	var decisions []Confirmed
	for i := range 10 {
		decisions = append(decisions, Confirmed{Pages: []postroom.Page{travelForm(r)}, Type: code, Message: fmt.Sprint(i), New: true})
	}
	trained, trial, err := sorter.Teach(t.Context(), decisions)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(trial)
	if !trial.Enough() || !trial.NotWorse() || trial.NewTypes < 9 || trial.OldTypes != 0 {
		t.Errorf("%+v", trial)
	}
	taught := sorter.WithTrained(trained)
	if taught.Model() == sorter.Model() {
		t.Error("both models have one name")
	}
	right := 0
	for range 30 {
		if d := taught.readOne([]postroom.Page{travelForm(r)}); d.Type.Code == code {
			right++
		}
	}
	if right < 28 {
		t.Errorf("only %d of 30 new forms are told", right)
	}
	reg, _ := generatedRegister(31, 100)
	before, after, taken, all := 0, 0, 0, 0
	for i, code := range generate.Types() {
		for k := range 5 {
			d, err := generate.MakeDocument(31, fmt.Sprint(i, k), generate.DocumentSpec{Type: code, Split: generate.Test, Sent: received, Patient: reg.People[(5*i+k)%100], InRegister: true})
			if err != nil {
				t.Fatal(err)
			}
			var pages []postroom.Page
			for n, p := range d.Papers {
				pages = append(pages, simulate.Paper(p, "f", n+1, simulate.Noises["typical"], r))
			}
			all++
			before += btoi(sorter.readOne(pages).Type.Code == code)
			got := taught.readOne(pages).Type.Code
			after += btoi(got == code)
			taken += btoi(got == "practice_travel")
		}
	}
	t.Logf("other types: right before %d, after %d of %d, %d taken for the new type", before, after, all, taken)
	if after < before-2 || taken > 0 {
		t.Errorf("other types: right before %d, after %d of %d, %d taken for the new type", before, after, all, taken)
	}

	// What was learned comes back from its bytes as it was.
	b, err := trained.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadTrained(b)
	if err != nil {
		t.Fatal(err)
	}
	if again.Version() != trained.Version() {
		t.Errorf("%s came back as %s", trained.Version(), again.Version())
	}
	second, _, err := sorter.Teach(t.Context(), decisions)
	if err != nil || second.Version() != trained.Version() {
		t.Errorf("the same decisions gave %s, then %s: %v", trained.Version(), second.Version(), err)
	}
}

// strangeLetter is of a sender that names things as nobody else does.
func strangeLetter(r *rand.Rand, n int) (postroom.Page, map[postroom.FieldName]string) {
	day := 1 + r.IntN(28)
	other := 1 + r.IntN(28)
	family := []string{"Okafor", "Whitcombe", "Nowak", "Larkin", "Holloway"}[n%5]
	lines := []string{
		"# Brindlewood Tissue Viability Collective", "Wound service for the northern valleys", "Unit 4, Tannery Yard   Call line 01632 960777", "",
		fmt.Sprintf("Scribe stamp %02d/02/2026   Clinic sheet %02d/01/2026", day, other), "Wearer   Rosalind " + family, "Came to be   14/06/19" + fmt.Sprint(40+n%50), "",
		"Dressings were changed and the wound is granulating well.", "Continue compression. Next visit in a fortnight.", "", "Sister Beatrice Holm",
	}
	return typeset(lines...), map[postroom.FieldName]string{
		postroom.LetterDate: fmt.Sprintf("2026-02-%02d", day), postroom.EventDate: fmt.Sprintf("2026-01-%02d", other), postroom.PatientName: "Rosalind " + family,
		postroom.BirthDate: "19" + fmt.Sprint(40+n%50) + "-06-14", postroom.SenderOrganisation: "Brindlewood Tissue Viability Collective",
	}
}

// A sender's layout that was seen and corrected is read better the next time.
func TestTeachLayout(t *testing.T) {
	sorter, err := New(Config{}, NewRegister(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 9))
	var decisions []Confirmed
	for n := range 12 {
		page, values := strangeLetter(r, n)
		decisions = append(decisions, Confirmed{Pages: []postroom.Page{page}, Type: postroom.OutpatientLetter, Fields: values, Message: fmt.Sprint(n), New: true})
	}
	trained, trial, err := sorter.Teach(t.Context(), decisions)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(trial)
	if !trial.NotWorse() || trial.NewFields <= trial.OldFields || trial.Layouts != 1 {
		t.Errorf("%+v", trial)
	}
	taught := sorter.WithTrained(trained)
	before, after, all := 0, 0, 0
	for n := range 20 {
		page, values := strangeLetter(r, 20+n)
		a, b := sorter.readOne([]postroom.Page{page}), taught.readOne([]postroom.Page{page})
		for name, want := range values {
			all++
			before += btoi(SameField(name, want, a.Fields[name].Value))
			got := b.Fields[name]
			after += btoi(SameField(name, want, got.Value))
			if got.Value != "" && !strings.Contains(page.PlainText(), got.Text) {
				t.Errorf("%s: %q does not stand on the page", name, got.Text)
			}
		}
	}
	t.Logf("fields right before %d, after %d of %d", before, after, all)
	if after < all*95/100 || after < before+all/5 {
		t.Errorf("fields right before %d, after %d of %d", before, after, all)
	}
	// Another sender's letter is left alone.
	other := amara("Scribe stamp 01/01/2026")
	x, y := sorter.readOne([]postroom.Page{other}), taught.readOne([]postroom.Page{other})
	if fmt.Sprint(x.Fields) != fmt.Sprint(y.Fields) {
		t.Error("another sender's letter is read otherwise")
	}
}

// A model that would be worse is not taken over.
func TestTeachWorse(t *testing.T) {
	sorter, err := New(generatedPractice, NewRegister(nil))
	if err != nil {
		t.Fatal(err)
	}
	reg, _ := generatedRegister(32, 50)
	r := rand.New(rand.NewPCG(10, 10))
	var decisions []Confirmed
	for n := range 90 {
		d, err := generate.MakeDocument(32, fmt.Sprint(n), generate.DocumentSpec{Type: postroom.LabReport, Split: generate.Train, Sent: received, Patient: reg.People[n%50], InRegister: true})
		if err != nil {
			t.Fatal(err)
		}
		var pages []postroom.Page
		for i, p := range d.Papers {
			pages = append(pages, simulate.Paper(p, "f", i+1, simulate.Noises["typical"], r))
		}
		c := Confirmed{Pages: pages, Type: postroom.AdminLetter, Message: fmt.Sprint(n)}
		if n >= 70 {
			c.Type, c.New = postroom.LabReport, true
		}
		decisions = append(decisions, c)
	}
	_, trial, err := sorter.Teach(t.Context(), decisions)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(trial)
	if trial.NotWorse() {
		t.Errorf("a model taught wrongly is taken over: %+v", trial)
	}
	if _, trial, err := sorter.Teach(t.Context(), decisions[:75]); err != nil || trial.Enough() {
		t.Errorf("five new decisions are enough to compare: %+v %v", trial, err)
	}
	if _, _, err := sorter.Teach(t.Context(), nil); !postroom.IsBadInput(err) {
		t.Errorf("nothing to learn from: %v", err)
	}
}

func FuzzReadTrained(f *testing.F) {
	m, err := ShippedModel()
	if err != nil {
		f.Fatal(err)
	}
	t := &Trained{Model: m, Memory: newMemory()}
	t.Memory.name()
	b, err := t.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ReadTrained(b)
		if err != nil {
			if !postroom.IsBadInput(err) {
				t.Fatal(err)
			}
			return
		}
		out, err := got.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ReadTrained(out); err != nil || back.Version() != got.Version() {
			t.Fatalf("%v", err)
		}
	})
}
