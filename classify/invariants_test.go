package classify

import (
	"context"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// FuzzSort sorts pages of arbitrary words at arbitrary places. Every page must
// come out once, fields must point into their documents, and the same pages
// must give the same answer.
func FuzzSort(f *testing.F) {
	f.Add("Dear Dr Marsh\nNHS No: 999 012 3454\nDOB: 07/03/1951\fPage 2 of 2\n", uint64(1))
	f.Add("FAX COVER SHEET\nTo: x\nFrom: y\nPages: 3\f\fPATCH T\fURGENT 2WW", uint64(2))
	f.Add("Name: ,,, (Mr)\nSurname:\nDate: 31/02/2026\nDOB: 1/1/99 ....\n\xff\xfe", uint64(3))
	f.Add("| | |\n: : :\n((((\n12/13/14/15 1/2/3\nPage 9 of 2\n", uint64(4))
	s, err := New(Config{PracticeNames: []string{"Larchfield Surgery"}}, NewRegister(sampleRegister))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 6000 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		var pages []postroom.Page
		for n, part := range strings.Split(text, "\f") {
			if n > 8 {
				break
			}
			p := typeset(strings.Split(part, "\n")...)
			p.Number = n + 1
			p.Blank = len(p.Words) == 0 && r.IntN(2) == 0
			for i := range p.Words {
				switch r.IntN(12) {
				case 0:
					p.Words[i].Box = postroom.Box{r.IntN(1700), r.IntN(2400), r.IntN(1700), r.IntN(2400)}
				case 1:
					p.Words[i].Line, p.Words[i].Confidence = r.IntN(5), postroom.Confidence(r.Float64())
				}
			}
			if seed%5 == 0 {
				p.Frame = postroom.Frame{}
			}
			pages = append(pages, p)
		}
		in := Input{Pages: postroom.PageList(pages), Received: received}
		if seed%3 == 0 {
			in.Received = in.Message.Received
		}
		got, err := s.Sort(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]int, len(pages))
		for _, d := range got.Documents {
			for _, p := range d.Pages {
				seen[p]++
			}
			for name, fl := range d.Fields {
				if fl.Page < 1 || fl.Page > len(d.Pages) || fl.Confidence < 0 || fl.Confidence > 1 {
					t.Fatalf("%s: page %d, confidence %v", name, fl.Page, fl.Confidence)
				}
			}
			if d.Match.Kind == postroom.MatchExact && (d.Match.Patient == nil || d.Match.Conflict) {
				t.Fatal("an exact match without a patient, or with a conflict")
			}
		}
		for _, o := range got.Others {
			seen[o.Page]++
		}
		for i, n := range seen {
			if n != 1 {
				t.Fatalf("page %d is in %d places", i, n)
			}
		}
		again, err := s.Sort(context.Background(), in)
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatal("the same pages gave another answer")
		}
		folded, err := s.sort(context.Background(), in, 1)
		if err != nil || !reflect.DeepEqual(got, folded) {
			t.Fatal("the same pages gave another answer when they are not held all at once")
		}
	})
}

func TestCancelledSort(t *testing.T) {
	s, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Sort(ctx, Input{Pages: postroom.PageList{amara()}}); err == nil {
		t.Error("a cancelled sort gave no error")
	}
}

// Fields stand where they stand on the page as it arrived.
func TestBoxesAreOfThePageAsItArrived(t *testing.T) {
	p := amara()
	p.Width, p.Height = 827, 2339 // half as wide: 100 dpi across, 200 down
	p.Frame.Matrix = [6]float64{0.5, 0, 0, 0, 1, 0}
	out := sortPages(t, sampleRegister, p)
	f := out.Documents[0].Fields[postroom.NHSNumberField]
	var want postroom.Box
	for _, w := range p.Words {
		if w.Text == "999" || w.Text == "012" || w.Text == "3454" {
			want = want.Union(w.Box)
		}
	}
	want[0], want[2] = want[0]/2, want[2]/2
	if f.Box != want {
		t.Errorf("box %v, want %v", f.Box, want)
	}
}
