package generate

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// Every wording must set: no slot or bank that does not exist, no bracket left.
func TestEveryWordingSets(t *testing.T) {
	reg := NewRegister(5, 100)
	kinds := map[postroom.TypeCode]bool{}
	for _, w := range wordings {
		if w.kind == postroom.FaxCover || w.kind == postroom.Junk || w.kind == "bank" {
			continue
		}
		kinds[w.kind] = true
		for i := range 8 {
			spec := DocumentSpec{Type: w.kind, Split: w.split, Sent: everySlotDate, Patient: reg.People[(i*13)%100], InRegister: true, American: i == 7}
			all := wordingsOf(w.kind, w.split)
			for j, other := range all {
				if other.name == w.name {
					spec.Wording = j + 1
				}
			}
			d, err := MakeDocument(uint64(i), w.name, spec)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range d.Papers {
				for _, m := range p.Marks {
					if m.Kind == TextMark && strings.ContainsAny(m.Text, "{}[]|") && !strings.Contains(d.Truth.Layout, "+pipe+") {
						t.Errorf("%s: %q", d.Truth.Layout, m.Text)
					}
					if m.Kind == TextMark && m.X+Width(m.Face, m.Size, m.Text) > p.W+1 && m.Turn == 0 {
						t.Errorf("%s: %q runs off the sheet", d.Truth.Layout, m.Text)
					}
				}
			}
			placed := false
			for _, p := range d.Papers {
				for _, m := range p.Marks {
					placed = placed || m.Field == postroom.BirthDate
				}
			}
			if !placed && !strings.HasPrefix(string(w.kind), "patient") {
				t.Errorf("%s does not say where the birth date stands", d.Truth.Layout)
			}
			for _, need := range []postroom.FieldName{postroom.PatientName, postroom.BirthDate} {
				if d.Truth.Fields[need] == "" {
					t.Errorf("%s does not print the %s", d.Truth.Layout, need)
				}
			}
		}
	}
	if len(kinds) != len(postroom.Types)-1 {
		t.Errorf("%d types have wordings, not all %d", len(kinds), len(postroom.Types)-1)
	}
	for kind := range kinds {
		for _, split := range []Split{Train, Test} {
			if n := len(wordingsOf(kind, split)); n < 2 {
				t.Errorf("%s has %d %s wordings", kind, n, split)
			}
		}
	}
}

// A sentence of one split must not stand in the other.
func TestSplitsShareNoSentence(t *testing.T) {
	seen := map[string]Split{}
	note := func(s string, split Split, where string) {
		if len(strings.Fields(s)) < 5 || strings.Contains(s, "::") || s[0] == '|' || s[0] == '@' {
			return
		}
		if other, ok := seen[s]; ok && other != split {
			t.Errorf("%s: %q is in both splits", where, s)
		}
		seen[s] = split
	}
	for name, lines := range banks {
		split, _, _ := strings.Cut(name, "/")
		for _, s := range lines {
			note(s, Split(split), name)
		}
	}
	for _, w := range wordings {
		for _, s := range w.lines {
			note(s, w.split, w.name)
		}
	}
	if len(seen) < 500 {
		t.Errorf("only %d sentences", len(seen))
	}
}
