package study

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// Every slot is known, every type can be made, and what is said to be printed
// is there.
func TestDocuments(t *testing.T) {
	for _, m := range []*Maker{New(3, All), ForTypes(3, All)} {
		testDocuments(t, m)
	}
}

func testDocuments(t *testing.T, m *Maker) {
	if len(m.Types()) != len(postroom.Types) { // junk in place of unknown
		t.Errorf("%d types can be made", len(m.Types()))
	}
	for _, code := range m.Types() {
		for range 12 {
			d := m.Document(code, "")
			var all strings.Builder
			for _, p := range d.Pages {
				all.WriteString(p.PlainText() + "\n")
			}
			text := strings.Join(strings.Fields(all.String()), " ")
			if strings.ContainsAny(text, "?{}") && (strings.Contains(text, "?") && strings.Contains(text, "{") || strings.Contains(text, "{")) {
				t.Errorf("%s: a slot is not filled: %s", code, text)
			}
			if n := d.Fields[postroom.NHSNumberField]; n != "" && !strings.Contains(strings.NewReplacer(" ", "", "-", "").Replace(text), n) {
				t.Errorf("%s: the number is not printed", code)
			}
			if pc := d.Fields[postroom.Postcode]; pc != "" && !strings.Contains(text, pc) && len(d.Pages) == 1 {
				f := strings.Fields(pc)
				if !strings.Contains(text, f[0]) || !strings.Contains(text, f[1]) {
					t.Errorf("%s: the postcode is not printed", code)
				}
			}
			if code == postroom.DischargeSummary && (d.Fields[postroom.AdmissionDate] == "" || d.Fields[postroom.AdmissionDate] > d.Fields[postroom.DischargeDate]) {
				t.Errorf("%s: %v", code, d.Fields)
			}
		}
	}
}

// The part that is kept back has no sentence of the part to learn from.
func TestPartsShareNothing(t *testing.T) {
	learn, check := readPools(Learn, true), readPools(Check, true)
	for code, w := range learn.types {
		for _, s := range w.sentences {
			for _, o := range check.types[code].sentences {
				if s == o {
					t.Errorf("%s: %q is in both parts", code, s)
				}
			}
		}
	}
}

func TestMessages(t *testing.T) {
	m := New(4, All)
	covers, several := 0, 0
	for range 60 {
		msg := m.Message("typical")
		covers += len(msg.Others)
		n := len(msg.Others)
		for _, d := range msg.Documents {
			n += len(d.At)
			if len(d.At) > 1 {
				several++
			}
		}
		if n != len(msg.Pages) {
			t.Fatalf("%d of %d pages are accounted for", n, len(msg.Pages))
		}
	}
	if covers < 10 || several < 10 {
		t.Errorf("%d covers, %d documents of several pages", covers, several)
	}
}
