package classify

import (
	"bytes"
	"math"
	"reflect"
	"slices"
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
