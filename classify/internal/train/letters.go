package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/classify/internal/study"
)

// What a whole letter counts beside one that was put together: there are few, and they are what arrives.
const (
	typeTimes    = 2
	urgencyTimes = 4
	partTimes    = 3
	letterWeight = 2.4
)

// A letter is a whole one as it was read once.
type letter struct {
	study.Letter
	pages []postroom.Page
	held  bool // it fits the confidence of parts
}

// letters are the whole letters to learn from, and those of the hands that are held back, named each alone or parted by commas.
func letters(times int, parts bool, hold ...string) (learned []letter, held []study.Letter, err error) {
	hold = parted(hold)
	return lettersOf(times, parts, func(hand string) bool { return !slices.Contains(hold, hand) && (!parts || partsFrom(hand)) })
}

// partsFrom reports whether parts and items are learned from a hand. Those from z on do not agree on what a list holds (medicines that were
// stopped, what is asked of somebody else): with them more medicines and allergies of others' letters were found (0.45 to 0.65 and 0.62 to 0.68
// of the medicines on two sets), and fewer of what was found was right (0.77 to 0.69 and 0.83 to 0.76 on two seeds); senders, names and days
// were found as well as before.
func partsFrom(hand string) bool { return hand <= "y" }

// parted are the hands of lists that are parted by commas.
func parted(hands []string) []string { return strings.Split(strings.Join(hands, ","), ",") }

// lettersOf are the whole letters of the hands that are wanted, each set some times, and the others. Where parts are
// learned from them, some are set in another order, and every fourth as it was printed, to fit the confidences.
func lettersOf(times int, parts bool, wanted func(hand string) bool) (learned []letter, held []study.Letter, err error) {
	const seed = 2026
	all, err := study.Letters()
	if err != nil {
		return nil, nil, fmt.Errorf("read whole letters: %w", err)
	}
	made := study.New(seed, study.All)
	r := rand.New(rand.NewPCG(seed, 9))
	qualities := []string{"clean", "typical", "typical", "bad", "bad", "poor"}
	for n, l := range all {
		if !wanted(l.Hand) {
			held = append(held, l)
			continue
		}
		for range times {
			set, quality := l, qualities[r.IntN(len(qualities))]
			fits := parts && n%4 == 3
			if parts {
				set = l.Rearranged(r)
			}
			if fits {
				quality = "clean" // what recognition spoils is not the parts' fault
			}
			learned = append(learned, letter{set, made.Set(set, quality), fits})
		}
	}
	return learned, held, nil
}

// typesOf are whole letters as examples of their types. All types count alike, as among the documents that are put
// together: how often each comes to a practice is added where they are told.
func typesOf(letters []letter) []classify.Example {
	r := rand.New(rand.NewPCG(2026, 11))
	of := map[postroom.TypeCode]int{}
	for _, l := range letters {
		of[l.Type]++
	}
	var out []classify.Example
	for _, l := range letters {
		e := classify.Example{Type: l.Type, Group: "hand " + l.Hand, Weight: letterWeight * float64(len(letters)) / float64(len(of)*of[l.Type])}
		for _, p := range l.pages {
			e.Pages = append(e.Pages, thin(p, r))
		}
		out = append(out, e)
	}
	return out
}

// tried are the files of models to try; where one is empty the program's own is tried.
type tried struct{ types, roles, items, urgency string }

// sorter is one with these models that knows the patients of the letters.
func (t tried) sorter(letters []study.Letter) (*classify.Sorter, error) {
	s, err := classify.New(classify.Config{}, classify.NewRegister(patientsOf(letters)))
	if err != nil {
		return nil, err
	}
	if t.types != "" {
		m, err := from(t.types, classify.ReadModel)
		if err != nil {
			return nil, err
		}
		s = s.WithModel(m)
	}
	if t.roles != "" {
		m, err := from(t.roles, classify.ReadRoles)
		if err != nil {
			return nil, err
		}
		s = s.WithRoles(m)
	}
	if t.items != "" {
		m, err := from(t.items, classify.ReadItems)
		if err != nil {
			return nil, err
		}
		s = s.WithItems(m)
	}
	if t.urgency != "" {
		m, err := from(t.urgency, classify.ReadUrgency)
		if err != nil {
			return nil, err
		}
		s = s.WithUrgency(m)
	}
	return s, nil
}

// patientsOf are those whom letters name with a number, each once.
func patientsOf(letters []study.Letter) []postroom.Patient {
	var out []postroom.Patient
	seen := map[string]bool{}
	for _, l := range letters {
		number := numberOf(l)
		if number == "" || seen[number] {
			continue
		}
		seen[number] = true
		p := postroom.Patient{ID: number, Number: number, BirthDate: l.Fields[postroom.BirthDate], Postcode: l.Fields[postroom.Postcode]}
		names := strings.Fields(l.Fields[postroom.PatientName])
		if len(names) > 0 {
			p.Given, p.Family = strings.Join(names[:len(names)-1], " "), names[len(names)-1]
		}
		out = append(out, p)
	}
	return out
}

// numberOf is the number that a letter has of its patient.
func numberOf(l study.Letter) string {
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
		if n := l.Fields[name]; n != "" {
			return n
		}
	}
	return ""
}

// daysOnTheWay are how long letters take, by post, fax and from hand to hand. Their number is prime, so that what is set of one letter, and
// every fourth of them, come after each.
var daysOnTheWay = [...]int{1, 3, 0, 5, 2, 8, 1, 4, 2, 14, 0, 3, 1, 6, 2, 10, 1, 0, 4, 7, 2, 20, 3}

// receivedOn is the day on which the nth letter may have come: some days after its own, or after that of what it tells.
func receivedOn(l study.Letter, n int) time.Time {
	for _, name := range []postroom.FieldName{postroom.LetterDate, postroom.DischargeDate, postroom.EventDate} {
		if day, err := time.Parse(time.DateOnly, l.Fields[name]); err == nil {
			return day.AddDate(0, 0, daysOnTheWay[n%len(daysOnTheWay)])
		}
	}
	return time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
}

// try tells how models do on whole letters of a hand that they have not seen.
func try(ctx context.Context, models tried, hold string) error {
	_, letters, err := letters(0, false, hold)
	if err != nil {
		return err
	}
	s, err := models.sorter(letters)
	if err != nil {
		return err
	}
	made := study.New(7, study.All)
	var report classify.Report
	rule := postroom.SafeRule()
	for i, l := range letters {
		pages := made.Set(l, "typical")
		sorted, err := s.Sort(ctx, classify.Input{Pages: postroom.PageList(pages), Received: receivedOn(l, i)})
		if err != nil {
			return fmt.Errorf("letter %d: %w", i+1, err)
		}
		known := classify.KnownDocument{Type: l.Type, Fields: l.Fields, Urgent: l.Urgent, Hold: l.Urgent, Number: numberOf(l)}
		for p := range pages {
			known.Pages = append(known.Pages, p)
		}
		report.Add(fmt.Sprintf("%s %d %s", l.Hand, i+1, l.Note), classify.Known{Documents: []classify.KnownDocument{known}}, pages, sorted, rule)
	}
	for _, m := range report.Mistakes {
		fmt.Println(m)
	}
	fmt.Println(report.String())
	fmt.Println(report.At(rule, ""))
	return nil
}

// from reads a model's file.
func from[M any](name string, read func(io.Reader) (*M, error)) (*M, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read a model: %w", err)
	}
	defer f.Close()
	m, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}
