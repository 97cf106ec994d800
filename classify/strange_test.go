package classify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/study"
)

// A short message with the head of a fax is a document and no cover sheet: what
// is taken for a cover is filed with no patient.
func TestMemoIsNoCover(t *testing.T) {
	for _, lines := range [][]string{
		{"To: Larchfield Surgery", "From: Royal Example Infirmary", "Clinic letter", "I reviewed this lady."},
		{"To: Larchfield Surgery", "From: Royal Example Infirmary", "Result", "Amara Okafor 07/03/1951", "Potassium 7.1"},
		{"# MEMO", "To: Dr Marsh", "From: District Nurses", "Date: 10/03/2026", "Re: Amara Okafor 07/03/1951", "Please could you prescribe dressings for this patient."},
		{"Memo", "To: Dr Marsh", "From: Practice pharmacist", "Her repeat of ramipril is due and the blood pressure was 150/90."},
		{"# FAX", "To: Larchfield Surgery", "From: Example Hospital", "Please ring us about this patient, the potassium is 7.1."},
		{"# Message", "From: Sister Green", "To: Duty doctor", "Mrs Okafor has fallen again. Please visit."},
	} {
		if out := sortPages(t, nil, typeset(lines...)); len(out.Documents) != 1 {
			t.Errorf("%q: %d documents, other pages %v", lines, len(out.Documents), fatesOf(out))
		}
	}
}

// Faxes in which a third of the words are like none that was learned are still
// parted, by how their pages are laid out.
func TestStrangeFaxes(t *testing.T) {
	m := study.New(98, study.Check)
	r := rand.New(rand.NewPCG(98, 1))
	s, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var report Report
	for i := range 60 {
		msg := m.Message("typical")
		for p := range msg.Pages {
			for w := range msg.Pages[p].Words {
				word := &msg.Pages[p].Words[w]
				if r.IntN(3) > 0 {
					continue
				}
				b := []byte(word.Text)
				for k := range b {
					if isLetter(b[k]) {
						b[k] = byte('A' + r.IntN(26) + int(b[k]&0x20))
					}
				}
				word.Text = string(b)
			}
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
	if report.FateRight*100 < report.FateTrue*95 {
		t.Errorf("%d of %d cover sheets are told", report.FateRight, report.FateTrue)
	}
}
