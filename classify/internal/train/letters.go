package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/classify/internal/study"
)

// What a whole letter counts beside one that was put together: there are few, and they are what arrives.
const (
	letterTimes  = 4
	letterWeight = 3
)

// A letter is a whole one as it was read once.
type letter struct {
	study.Letter
	pages []postroom.Page
}

// letters are the whole letters to learn from, each set some times, and those of the hand that is held back.
func letters(hold string) (learned []letter, held []study.Letter, err error) {
	const seed = 2026
	all, err := study.Letters()
	if err != nil {
		return nil, nil, fmt.Errorf("read whole letters: %w", err)
	}
	made := study.New(seed, study.All)
	r := rand.New(rand.NewPCG(seed, 9))
	qualities := []string{"clean", "typical", "typical", "bad", "bad", "poor"}
	for _, l := range all {
		if l.Hand == hold {
			held = append(held, l)
			continue
		}
		for range letterTimes {
			learned = append(learned, letter{l, made.Set(l, qualities[r.IntN(len(qualities))])})
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

// try tells how models do on whole letters of a hand that they have not seen. Where a model's file is not named the
// program's own is tried.
func try(ctx context.Context, types, urgency, hold string) error {
	s, err := classify.New(classify.Config{}, nil)
	if err != nil {
		return err
	}
	if types != "" {
		m, err := from(types, classify.ReadModel)
		if err != nil {
			return err
		}
		s = s.WithModel(m)
	}
	if urgency != "" {
		m, err := from(urgency, classify.ReadUrgency)
		if err != nil {
			return err
		}
		s = s.WithUrgency(m)
	}
	_, letters, err := letters(hold)
	if err != nil {
		return err
	}
	made := study.New(7, study.All)
	right, sure, sureWrong, urgent, found, calm, taken := 0, 0, 0, 0, 0, 0, 0
	for i, l := range letters {
		sorted, err := s.Sort(ctx, classify.Input{Pages: postroom.PageList(made.Set(l, "typical")), Received: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return fmt.Errorf("letter %d: %w", i+1, err)
		}
		if len(sorted.Documents) == 0 {
			fmt.Printf("%s %d: no document: %s\n", l.Hand, i+1, l.Note)
			continue
		}
		d := sorted.Documents[0]
		ok := d.Type.Code == l.Type
		if ok {
			right++
		}
		isSure := d.Type.Confidence >= 0.9 && d.Type.Code != postroom.UnknownType
		if isSure {
			sure++
			if !ok {
				sureWrong++
			}
		}
		if !ok {
			fmt.Printf("%s %d: %s is %s at %.2f: %s; %s\n", l.Hand, i+1, l.Type, d.Type.Code, d.Type.Confidence, l.Note, strings.Join(d.Type.Why, ", "))
		}
		switch {
		case l.Urgent:
			urgent++
			if d.Urgent {
				found++
			} else {
				fmt.Printf("%s %d: urgent and not found: %s\n", l.Hand, i+1, l.Note)
			}
		default:
			calm++
			if d.Urgent {
				taken++
				fmt.Printf("%s %d: calm and taken for urgent: %s; %v\n", l.Hand, i+1, l.Note, d.UrgentWhy)
			}
		}
	}
	fmt.Printf("of %d letters of the hand held back %d types right; sure (0.9) of %d, wrong of those %d; urgent found %d of %d, calm taken for urgent %d of %d\n",
		len(letters), right, sure, sureWrong, found, urgent, taken, calm)
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
