package classify

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/study"
)

func studied(seed uint64, part study.Part, each int, held bool) []RoleExample {
	m := study.New(seed, part)
	var out []RoleExample
	for range each {
		for _, code := range m.Types() {
			d := m.Document(code, "typical")
			out = append(out, RoleExample{Pages: d.Pages, Fields: d.Fields, Received: study.Day, HeldBack: held,
				Config: Config{PracticeNames: []string{d.Practice}, PracticePostcodes: []string{d.PracticePostcode}}})
		}
	}
	return out
}

// What is learned from some wordings holds on others, comes out the same every
// time, and is the same after it was written and read.
func TestLearnRoles(t *testing.T) {
	// Six of each: with fewer, one more or less decides.
	examples := append(studied(1, study.Learn, 5, false), studied(2, study.Check, 6, true)...)
	m, lessons, err := LearnRoles(t.Context(), examples)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(lessons)
	for s, least := range map[slot]float64{slotDate: 0.8, slotName: 0.93, slotLine: 0.97, slotCode: 0.93} {
		if lessons.Right[s] < least {
			t.Errorf("slot %d: only %.3f of unseen wordings are right", s, lessons.Right[s])
		}
	}
	again, _, err := LearnRoles(t.Context(), examples)
	if err != nil || !reflect.DeepEqual(m, again) {
		t.Error("the same examples gave another model")
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRoles(bytes.NewReader(b.Bytes()))
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("another model was read: %v", err)
	}
	for n := range 20 {
		if _, err := ReadRoles(bytes.NewReader(b.Bytes()[:b.Len()*n/20])); !postroom.IsBadInput(err) {
			t.Fatalf("a model cut off at %d of 20 was read: %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := LearnRoles(ctx, examples); err == nil {
		t.Error("cancelled training gave a model")
	}
}

func FuzzReadRoles(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ReadRoles(bytes.NewReader(b)); err == nil && len(m.weights[slotDate]) == 0 {
			t.Error("a model without weights was read")
		}
	})
}

// Documents in layouts drawn by chance are read; a change that costs something
// shows here.
func TestStudiedDocuments(t *testing.T) {
	m := study.New(77, study.Check)
	var report Report
	for i := range 270 {
		code := m.Types()[i%len(m.Types())]
		d := m.Document(code, "typical")
		if code == postroom.Junk {
			continue
		}
		s, err := New(Config{PracticeNames: []string{d.Practice}, PracticePostcodes: []string{d.PracticePostcode}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		kd := KnownDocument{Type: d.Type, Fields: d.Fields}
		for k := range d.Pages {
			kd.Pages = append(kd.Pages, k)
		}
		got, err := s.Sort(t.Context(), Input{Pages: postroom.PageList(d.Pages), Received: study.Day})
		if err != nil {
			t.Fatal(err)
		}
		checkInvariants(t, d.Pages, got)
		report.Add(fmt.Sprint(i, " ", code), Known{Documents: []KnownDocument{kd}, Others: map[int]postroom.Fate{}}, d.Pages, got, postroom.SafeRule())
	}
	t.Log("\n" + report.String())
	for name, least := range map[postroom.FieldName]float64{
		postroom.LetterDate: 0.95, postroom.BirthDate: 0.93, postroom.PatientName: 0.9, postroom.SenderOrganisation: 0.95, postroom.NHSNumberField: 0.92,
		postroom.Postcode: 0.93, postroom.SenderClinician: 0.92, postroom.Medications: 0.85, postroom.Diagnoses: 0.75,
	} {
		if got := report.Fields[name].Recall(); got < least {
			t.Errorf("%s is right on %.3f, less than %.3f", name, got, least)
		}
	}
	// Some requests stand in sentences of these documents that their lists don't have.
	for _, name := range listFields {
		least := 0.94
		if name == postroom.Actions {
			least = 0.87
		}
		if got := report.Items[name]; got.ItemRecall() < 0.94 || got.Precision() < least {
			t.Errorf("items of %s: %.3f found, %.3f right", name, got.ItemRecall(), got.Precision())
		}
	}
	if macro, _ := report.TypeF1(); macro < 0.95 {
		t.Errorf("type macro-F1 is %.3f", macro)
	}
	if report.SureWrong*50 > report.Sure {
		t.Errorf("of %d fields above 0.95, %d are wrong", report.Sure, report.SureWrong)
	}
}

// Faxes of several letters in layouts drawn by chance are parted rightly, with
// and without cover sheets, page numbers and fax headers.
func TestStudiedFaxes(t *testing.T) {
	m := study.New(99, study.Check)
	var report Report
	for i := range 100 {
		msg := m.Message("typical")
		s, err := New(Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		k := Known{Others: msg.Others}
		for _, d := range msg.Documents {
			k.Documents = append(k.Documents, KnownDocument{Type: d.Type, Pages: d.At})
		}
		got, err := s.Sort(t.Context(), Input{Pages: postroom.PageList(msg.Pages), Received: study.Day})
		if err != nil {
			t.Fatal(err)
		}
		report.Add(fmt.Sprint(i), k, msg.Pages, got, postroom.SafeRule())
	}
	if f := report.SplitF1(); f < 0.97 {
		t.Errorf("split F1 is %.3f", f)
	}
	if report.FateRight*100 < report.FateTrue*97 {
		t.Errorf("%d of %d cover sheets are told", report.FateRight, report.FateTrue)
	}
}

// A value that no label of the lexicon introduces is read by its place and the
// words around it.
func TestUnknownLabels(t *testing.T) {
	f := fieldsOf(t, "# Example Hospital", "Cardiology", "", "Our patient: Mrs Amara Okafor   Came into the world: 07/03/1951   NHS No 999 012 3454", "Correspondence created: 10/03/2026", "", "Dear Dr Marsh", "I reviewed this lady in clinic.", "Yours sincerely", "", "Dr Rex Stone")
	want(t, f, postroom.LetterDate, "2026-03-10")
	want(t, f, postroom.BirthDate, "1951-03-07")
}
