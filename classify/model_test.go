package classify

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/postroom/postroom"
)

func smallLessons() []Example {
	r := rand.New(rand.NewPCG(1, 1))
	var out []Example
	words := map[postroom.TypeCode][]string{
		postroom.LabReport:                     {"sodium", "potassium", "specimen", "reference", "range", "serum"},
		postroom.RadiologyReport:               {"chest", "findings", "impression", "radiologist", "clear", "lungs"},
		postroom.TypeCode("local_foot_clinic"): {"podiatry", "insole", "toenail", "foot", "pulses", "footwear"},
	}
	for i := range 12 {
		for _, code := range []postroom.TypeCode{postroom.LabReport, postroom.RadiologyReport, "local_foot_clinic"} {
			lines := []string{"# Example Hospital"}
			for range 5 {
				w := words[code]
				lines = append(lines, w[r.IntN(len(w))]+" "+w[r.IntN(len(w))]+" seen today")
			}
			out = append(out, Example{Pages: []postroom.Page{typeset(lines...)}, Type: code, Group: fmt.Sprint(i % 4)})
		}
	}
	return out
}

// A type of the practice's own works from about ten examples, and training is
// repeatable.
func TestLearn(t *testing.T) {
	m, lessons, err := Learn(context.Background(), smallLessons())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(lessons)
	if lessons.Accuracy < 0.95 {
		t.Errorf("only %.2f right", lessons.Accuracy)
	}
	again, _, err := Learn(context.Background(), smallLessons())
	if err != nil || !reflect.DeepEqual(m, again) {
		t.Error("the same examples gave another model")
	}
	s, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.WithModel(m).Sort(t.Context(), Input{Pages: postroom.PageList{typeset("# Foot Hospital", "podiatry and footwear", "insole for the left foot", "pulses felt, toenail cut")}, Received: received})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Documents[0].Type; got.Code != "local_foot_clinic" || len(got.Why) == 0 {
		t.Errorf("%s %.2f %v", got.Code, got.Confidence, got.Why)
	}
	if out.Model == s.Model() {
		t.Error("two models have one name")
	}
}

func TestLearnNeedsTwoTypes(t *testing.T) {
	if _, _, err := Learn(context.Background(), smallLessons()[:1]); !postroom.IsBadInput(err) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Learn(ctx, smallLessons()); err == nil {
		t.Error("cancelled training gave a model")
	}
}

func TestModelIsWrittenAndRead(t *testing.T) {
	m, _, err := Learn(context.Background(), smallLessons())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadModel(bytes.NewReader(b.Bytes()))
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("another model was read: %v", err)
	}
	for n := range 30 {
		broken := append([]byte(nil), b.Bytes()...)
		broken = broken[:len(broken)*n/30]
		if _, err := ReadModel(bytes.NewReader(broken)); !postroom.IsBadInput(err) {
			t.Fatalf("a model cut off after %d bytes was read: %v", len(broken), err)
		}
	}
}

// Models that a practice has trained before, in which all cues have one share, are still read.
func TestModelOfTheOlderFormIsRead(t *testing.T) {
	m, _, err := Learn(context.Background(), smallLessons())
	if err != nil {
		t.Fatal(err)
	}
	m.cueShares = alike(0.36, len(m.classes))
	raw := bytes.Replace(m.rawBytes(), []byte(modelMagic), []byte(olderMagic), 1)
	var one, all bytes.Buffer
	binary.Write(&one, binary.LittleEndian, 0.36)
	binary.Write(&all, binary.LittleEndian, m.cueShares)
	raw = bytes.Replace(raw, all.Bytes(), one.Bytes(), 1)
	got, err := ReadModel(bytes.NewReader(packed(raw)))
	if err != nil {
		t.Fatal(err)
	}
	got.version = m.version
	if !reflect.DeepEqual(got, m) {
		t.Errorf("another model was read: shares %v", got.cueShares)
	}
}

func TestShippedModelKnowsAllTypes(t *testing.T) {
	m, err := ShippedModel()
	if err != nil {
		t.Fatal(err)
	}
	known := map[postroom.TypeCode]bool{}
	for _, c := range m.Classes() {
		known[c] = true
	}
	for _, c := range allTypes {
		if !known[c] {
			t.Errorf("the model was not trained on %s", c)
		}
	}
	if len(shippedModel) > 600_000 {
		t.Errorf("the model takes %d bytes", len(shippedModel))
	}
}

func FuzzReadModel(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ReadModel(bytes.NewReader(b)); err == nil && len(m.classes) < 2 {
			t.Error("a model without classes was read")
		}
	})
}
