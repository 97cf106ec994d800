package classify

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/study"
)

// Lists are found in the forms that letters have them in, item by item.
func TestFormsOfLists(t *testing.T) {
	for _, x := range []struct {
		name  postroom.FieldName
		lines []string
		want  []string
	}{
		{postroom.Medications, []string{"Dear Dr Marsh", "", "Current medication: ramipril 5 mg once daily, aspirin 75 mg once daily, atorvastatin 40 mg at night", "", "I saw this lady today."},
			[]string{"ramipril 5 mg once daily", "aspirin 75 mg once daily", "atorvastatin 40 mg at night"}},
		{postroom.Diagnoses, []string{"Diagnosis:\tType 2 diabetes; hypertension; stage 3a chronic kidney disease", "", "Dear Dr Marsh", "", "I saw this lady today."},
			[]string{"Type 2 diabetes", "hypertension", "stage 3a chronic kidney disease"}},
		{postroom.Diagnoses, []string{"Diagnoses\tMedication", "Asthma\tSalbutamol 100 micrograms when required", "Hypertension\tAmlodipine 5 mg once daily", "Type 2 diabetes\tMetformin 500 mg twice daily", "", "Dear Dr Marsh", "", "I saw this lady today."},
			[]string{"Asthma", "Hypertension", "Type 2 diabetes"}},
		{postroom.Medications, []string{"Diagnoses\tMedication", "Asthma\tSalbutamol 100 micrograms when required", "Hypertension\tAmlodipine 5 mg once daily", "Type 2 diabetes\tMetformin 500 mg twice daily", "", "Dear Dr Marsh", "", "I saw this lady today."},
			[]string{"Salbutamol 100 micrograms when required", "Amlodipine 5 mg once daily", "Metformin 500 mg twice daily"}},
		{postroom.Allergies, []string{"Allergies: penicillin (rash)", "", "Dear Dr Marsh", "", "I saw this lady today."}, []string{"penicillin (rash)"}},
		{postroom.Actions, []string{"Dear Dr Marsh", "", "I saw this lady today and she is well. Her blood pressure was 168/92. I would be grateful if you could repeat her", "kidney function in two weeks and start amlodipine 5 mg if it is still high.", "We will see her again in the spring.", "", "Yours sincerely"},
			[]string{"I would be grateful if you could repeat her kidney function in two weeks and start amlodipine 5 mg if it is still high."}},
	} {
		got := items(t, x.name, x.lines...)
		if !slices.EqualFunc(got, x.want, func(g, w string) bool { return SameField(x.name, w, g) }) {
			t.Errorf("%s of %q are %q", x.name, x.lines, got)
		}
	}
}

// Words of an item are found on their page, over lines and down columns, before the model learns from them.
func TestTagsOfItems(t *testing.T) {
	p := typeset("Diagnoses\tTablets", "Carcinoma of the left breast, treated with\tRamipril 5 mg once daily", "surgery and tamoxifen\tAspirin 75 mg", "", "Please check her kidney function.")
	s := newSheet(&p, 0)
	page := s.itemPage()
	tags, found, lost := tagsOf([]*itemPage{page}, map[postroom.FieldName]string{
		postroom.Diagnoses:   "Carcinoma of the left breast, treated with surgery and tamoxifen",
		postroom.Medications: "Ramipril 5 mg once daily\nAspirin 75 mg",
		postroom.Actions:     "Please check her kidney function.\nPlease see him.",
	})
	if found != 4 || lost != 1 {
		t.Errorf("%d found, %d lost", found, lost)
	}
	var got []string
	for _, f := range page.assemble(tags[0], nil) {
		got = append(got, string(listFields[f.list])+" "+page.text(f))
	}
	slices.Sort(got)
	if want := []string{"actions Please check her kidney function.", "diagnoses Carcinoma of the left breast, treated with surgery and tamoxifen", "medications Aspirin 75 mg", "medications Ramipril 5 mg once daily"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// The same examples give the same model, which comes back from its bytes as it was.
func TestLearnItems(t *testing.T) {
	m := study.New(5, study.Learn)
	var examples []ItemExample
	for i := range 24 {
		d := m.Document(m.Types()[i%len(m.Types())], "typical")
		examples = append(examples, ItemExample{Pages: d.Pages, Fields: d.Fields, Received: study.Day, HeldBack: i%4 == 0, Partly: i%2 == 0})
	}
	learned, lessons, err := LearnItems(t.Context(), examples)
	if err != nil {
		t.Fatal(err)
	}
	if lessons.Items == 0 || lessons.Lost*5 > lessons.Items {
		t.Error(lessons)
	}
	again, _, err := LearnItems(t.Context(), examples)
	if err != nil || !reflect.DeepEqual(learned, again) {
		t.Errorf("the same examples gave another model: %v", err)
	}
	var b bytes.Buffer
	if _, err := learned.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadItems(bytes.NewReader(b.Bytes())); err != nil || !reflect.DeepEqual(got, learned) {
		t.Errorf("another model was read: %v", err)
	}
	sorter, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := sorter.WithItems(learned).Model(); !strings.Contains(v, learned.Version()) || v == sorter.Model() {
		t.Errorf("records would name the model %s", v)
	}
	for n := range 20 {
		if _, err := ReadItems(bytes.NewReader(b.Bytes()[:b.Len()*n/20])); !postroom.IsBadInput(err) {
			t.Fatalf("a model cut off at %d of 20 was read: %v", n, err)
		}
	}
}

// The probabilities of a page's tags are those of all ways to tag it.
func TestProbabilitiesOfTags(t *testing.T) {
	p := typeset("Tablets", "Aspirin 75 mg", "Ramipril")
	page := newSheet(&p, 0).itemPage()
	m, err := ShippedItems()
	if err != nil {
		t.Fatal(err)
	}
	z := m.scores(page, page.features(0))
	for i := range z {
		for c := 5; c < tagCount; c++ {
			z[i][c] = never // three tags and five words can be added up one by one
		}
		z[i][3], z[i][4] = never, never
	}
	likely := m.moves.likely(page, z)
	sums, best, most := make([][tagCount]float64, len(z)), []int(nil), never
	total := 0.0
	for way := range 243 {
		var tags []int
		for k, w := 0, way; k < len(z); k, w = k+1, w/3 {
			tags = append(tags, w%3)
		}
		score, before := 0.0, 0
		for i, tag := range tags {
			step := stepRow
			if i > 0 {
				step = page.words[i].step
			}
			score += z[i][tag] + m.moves.add(step, before, tag)
			before = tag
		}
		if score > most {
			best, most = tags, score
		}
		weight := math.Exp(score)
		total += weight
		for i, tag := range tags {
			sums[i][tag] += weight
		}
	}
	if len(z) != 5 {
		t.Fatalf("%d words", len(z))
	}
	for i := range z {
		for tag := range 3 {
			if got, want := likely[i][tag], sums[i][tag]/total; got < want-1e-6 || got > want+1e-6 {
				t.Errorf("word %d, tag %d: %.6f, not %.6f", i, tag, got, want)
			}
		}
	}
	if got := m.moves.best(page, z); !slices.Equal(got, best) {
		t.Errorf("the best tags are %v, not %v", got, best)
	}
}

func FuzzReadItems(f *testing.F) {
	f.Add(shippedItems)
	f.Add([]byte("\x1f\x8b"))
	p := typeset("Tablets", "Aspirin 75 mg", "Ramipril")
	page := newSheet(&p, 0).itemPage()
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ReadItems(bytes.NewReader(b)); err == nil {
			tags, likely := m.tag(page, 0)
			page.assemble(tags, likely)
		}
	})
}

// What a patient no longer takes is on no list of medicines, whatever dose stands beside it.
func TestStoppedMedicines(t *testing.T) {
	for _, lines := range [][]string{
		{"Status\tMedicine\tDose", "Continued\tAspirin\t75 mg once daily", "Stopped\tWarfarin\t3 mg once daily", "Withheld\tMetformin\t500 mg twice daily"},
		{"Medication", "Aspirin 75 mg once daily", "", "Discontinued:\tWarfarin 3 mg daily"},
		{"Current medication", "Aspirin 75 mg once daily", "Warfarin 3 mg once daily\tSTOPPED", "Metformin 500 mg twice daily - withheld"},
		{"Current medication", "Aspirin 75 mg once daily", "", "Medicines stopped: warfarin 3 mg once daily, metformin 500 mg twice daily", "", "Dear Dr Marsh"},
	} {
		got := strings.ToLower(strings.Join(items(t, postroom.Medications, append(lines, "", "Yours sincerely")...), "; "))
		if !strings.Contains(got, "aspirin") || strings.Contains(got, "warfarin") || strings.Contains(got, "metformin") {
			t.Errorf("%q gave %q", lines, got)
		}
	}
}

// A value beside the known heading of one list is none of another's.
func TestHeadingsOfOtherLists(t *testing.T) {
	p := typeset("Allergies: NKDA", "Diagnoses: nil", "Medication: none")
	page := newSheet(&p, 0).itemPage()
	at := func(name postroom.FieldName) int { return slices.Index(listFields[:], name) }
	for i, name := range []postroom.FieldName{postroom.Allergies, postroom.Diagnoses, postroom.Medications} {
		l := &page.lines[i]
		if l.ruled != at(name) || l.favours(at(name)) <= 0 || l.favours(at(postroom.Actions)) != 0 || l.favours(-1) != 0 {
			t.Errorf("line %d stands under list %d", i, l.ruled)
		}
		for _, other := range []postroom.FieldName{postroom.Allergies, postroom.Diagnoses, postroom.Medications} {
			if other != name && l.favours(at(other)) >= 0 {
				t.Errorf("%s under the heading of %s", other, name)
			}
		}
	}
	if got := items(t, postroom.Allergies, "Allergies: NKDA", "Diagnoses: nil", "Medication: none", "", "Dear Dr Marsh"); slices.Contains(got, "none") {
		t.Errorf("allergies %q", got)
	}
	q := typeset("Medication: amlodipine 5 mg once daily. Allergies: none known")
	page = newSheet(&q, 0).itemPage()
	if f := (foundItem{list: at(postroom.Allergies), words: []int{len(page.words) - 2, len(page.words) - 1}}); page.besideHeading(f) != f.list {
		t.Error("a second label in the line does not count")
	}
}

// A semicolon parts items, a comma medicines; how a medicine is taken is no other one, and brackets hold together.
func TestPartsOfItems(t *testing.T) {
	list := func(name postroom.FieldName) int { return slices.Index(listFields[:], name) }
	for _, x := range []struct {
		name postroom.FieldName
		text string
		want []string
	}{
		{postroom.Medications, "Ramipril 5 mg once daily, aspirin 75 mg once daily; atorvastatin 40 mg at night", []string{"Ramipril 5 mg once daily,", "aspirin 75 mg once daily;", "atorvastatin 40 mg at night"}},
		{postroom.Medications, "Prednisolone 30 mg for 5 days, tapering by 5 mg weekly", nil},
		{postroom.Medications, "Paracetamol 1 g four times a day, maximum 4 g daily", nil},
		{postroom.Medications, "Salbutamol 100 micrograms, inhale 2 puffs when required", nil},
		{postroom.Medications, "Warfarin 3 mg daily, target INR 2.5", nil},
		{postroom.Medications, "Apixaban 5 mg twice daily, started 12 March 2026", nil},
		{postroom.Medications, "Abidec; 0.6 ml; once daily", nil},
		{postroom.Medications, "ramipril; aspirin; bisoprolol", []string{"ramipril;", "aspirin;", "bisoprolol"}},
		{postroom.Diagnoses, "Asthma; type 2 diabetes", []string{"Asthma;", "type 2 diabetes"}},
		{postroom.Diagnoses, "Hypertension, obesity", nil},
		{postroom.Allergies, "Penicillin [rash; swelling]", nil},
		{postroom.Allergies, "a) Penicillin (rash; swelling)", nil},
		{postroom.Actions, "Stop aspirin; check her blood count", nil},
	} {
		p := typeset(x.text)
		page := newSheet(&p, 0).itemPage()
		tags := make([]int, len(page.words))
		for i := range tags {
			tags[i] = insideTag(list(x.name))
		}
		var got []string
		for _, f := range page.assemble(tags, nil) {
			got = append(got, page.text(f))
		}
		if x.want == nil {
			x.want = []string{x.text}
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q", x.name, got)
		}
	}
}

// An item goes on in the line below where it cannot end, or where a cell of its table was too narrow; the rest of a sentence belongs to
// what it asks.
func TestItemsGoOn(t *testing.T) {
	for _, x := range []struct {
		list  postroom.FieldName
		lines []string
		words int // of the item, as the model has it
		want  string
	}{
		{postroom.Allergies, []string{"Latex (contact", "dermatitis)", "Next review in May"}, 2, "Latex (contact dermatitis)"},
		{postroom.Diagnoses, []string{"Carcinoma of the", "left breast", "Next review in May"}, 3, "Carcinoma of the left breast"},
		{postroom.Diagnoses, []string{"Asthma", "left breast", "Next review in May"}, 1, "Asthma"},
		{postroom.Medications, []string{"Colecalciferol 20,000 units once\tunchanged", "weekly", "Next review in May"}, 5, "Colecalciferol 20,000 units once weekly unchanged"},
		{postroom.Medications, []string{"Aspirin 75 mg\tunchanged", "Next review in May"}, 4, "Aspirin 75 mg unchanged"},
		{postroom.Actions, []string{"Please check her blood count and kidney function in two weeks and stop the", "tablets if they are worse. She is well."}, 14, "Please check her blood count and kidney function in two weeks and stop the tablets if they are worse."},
	} {
		p := typeset(x.lines...)
		page := newSheet(&p, 0).itemPage()
		list := slices.Index(listFields[:], x.list)
		tags, likely := make([]int, len(page.words)), make([][tagCount]float64, len(page.words))
		for i := range x.words {
			tags[i] = insideTag(list)
			likely[i][insideTag(list)] = 1
		}
		tags[0] = beginTag(list)
		found := page.assemble(tags, likely)
		if len(found) != 1 || page.text(found[0]) != x.want {
			t.Errorf("%q: %v", x.lines, found)
			continue
		}
		if whole := len(found[0].words) == x.words; whole != (found[0].p == 1) {
			t.Errorf("%q is %.2f sure", x.want, found[0].p)
		}
	}
}

// An item says where it stands and why it is one, and is as sure as its worst word.
func TestFieldsOfItems(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Clinic letter", "Patient: Amara Okafor", "", "Medication", "1. Ramipril 5 mg once daily", "2. Aspirin 75 mg once daily", "", "Dear Dr Marsh", "", "I saw this lady today.",
		"Please repeat bloods in 2 weeks and contact us with any queries.", "Please do not hesitate to contact us.", "", "Yours sincerely")
	list := f[postroom.Medications]
	if len(list.Items) != 2 {
		t.Fatalf("%q", list.Value)
	}
	for _, it := range list.Items {
		if it.Why != "stands under the heading “Medication”" || it.Page != 1 || it.Box.Width() < 100 || it.Confidence >= 0.98 || it.Confidence < 0.3 {
			t.Errorf("%q: %s, page %d, %v, %.2f", it.Value, it.Why, it.Page, it.Box, it.Confidence)
		}
	}
	if list.Items[0].Box[3] > list.Items[1].Box[1]+2 || list.Confidence != min(list.Items[0].Confidence, list.Items[1].Confidence) {
		t.Errorf("boxes %v and %v, confidence %.2f", list.Items[0].Box, list.Items[1].Box, list.Confidence)
	}
	if a := itemsOf(f[postroom.Actions].Value); len(a) != 1 || a[0] != "Please repeat bloods in 2 weeks and contact us with any queries." {
		t.Errorf("asked: %q", a)
	}
}

// Lists are scored item by item, in the text and for programs.
func TestScoreOfItems(t *testing.T) {
	var r Report
	r.Add("a", Known{Documents: []KnownDocument{{Type: postroom.OutpatientLetter, Pages: []int{0}, Fields: map[postroom.FieldName]string{postroom.Diagnoses: "Asthma\nHay fever\nGout"}}}}, []postroom.Page{{}},
		postroom.Sorted{Documents: []postroom.Document{{Pages: []int{0}, Type: postroom.TypeGuess{Code: postroom.OutpatientLetter, Confidence: 1}, Fields: map[postroom.FieldName]postroom.Field{
			postroom.Diagnoses: {Value: "Gout\nAsthma\nA broken leg", Valid: true}, postroom.Allergies: {Value: "Nil", Valid: true}}}}}, postroom.SafeRule())
	s := r.Summary(postroom.SafeRule())
	if len(s.Items) != 2 || s.Items[0] != (FieldJSON{Name: postroom.Diagnoses, Precision: 2. / 3, Recall: 2. / 3, Right: 2, Wrong: 1, Missed: 1}) || s.Items[1].Extra != 1 {
		t.Errorf("%+v", s.Items)
	}
	var b strings.Builder
	s.WriteText(&b)
	if !strings.Contains(b.String(), "items of lists") || !strings.Contains(b.String(), "diagnoses                   0.6667    0.6667       2       1       1   0") {
		t.Error(b.String())
	}
}

// Scores beyond all measure give no numbers that are none.
func TestTagsOfAbsurdScores(t *testing.T) {
	p := typeset("Aspirin 75 mg")
	page := newSheet(&p, 0).itemPage()
	var moves itemMoves
	z := make([][tagCount]float64, len(page.words))
	for i := range z {
		for c := range z[i] {
			z[i][c] = -5000
		}
	}
	z[0][0], z[1][insideTag(1)] = 5000, 5000 // which cannot follow
	for _, p := range moves.likely(page, z) {
		for _, v := range p {
			if !(v >= 0 && v <= 1) {
				t.Fatal(p)
			}
		}
	}
}

// To answer in time is no action of its own; to answer with something is.
func TestBareReply(t *testing.T) {
	for text, bare := range map[string]bool{
		"Please respond within one calendar month.": true, "Kindly reply by 3 April 2026": true, "Please acknowledge receipt": true,
		"Please reply with her latest HbA1c.": false, "Please respond to her letter about warfarin": false, "Please answer the questions overleaf by 3 April": false,
	} {
		if onlyCourtesy(text) != bare {
			t.Errorf("%q: %v", text, !bare)
		}
	}
}
