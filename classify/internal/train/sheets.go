package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/classify/internal/study"
)

// sheetTimes is how often each single page is set.
const sheetTimes = 4

// sheetExamples are single pages of which it is known whether they are front sheets, but those of the hand that is held back. Every
// fourth fits the calibration.
func sheetExamples(hold string) ([]classify.RoleExample, error) {
	const seed = 2026
	sheets, err := study.Sheets()
	if err != nil {
		return nil, fmt.Errorf("read single pages: %w", err)
	}
	made := study.New(seed+20, study.All)
	r := rand.New(rand.NewPCG(seed, 12))
	qualities := []string{"clean", "typical", "typical", "bad"}
	var out []classify.RoleExample
	for n, s := range sheets {
		if slices.Contains(parted([]string{hold}), sheetHand+s.Hand) {
			continue
		}
		for range sheetTimes {
			pages := made.Set(s.Letter, pick(r, qualities))
			if len(pages) > 1 {
				continue // it did not fit on one
			}
			out = append(out, classify.RoleExample{Pages: pages, Received: study.Day, HeldBack: n%4 == 3, Covers: []bool{s.Cover}, Begins: []bool{!s.Cover}})
		}
	}
	bodies, err := bodyExamples(made, r, hold)
	return append(out, bodies...), err
}

// sheetHand stands before the name of a hand that wrote single pages.
const sheetHand = "sheets/"

// trySheets tells how a model does on the single pages of a hand that it has not seen.
func trySheets(ctx context.Context, models tried, hold string) error {
	sheets, err := study.Sheets()
	if err != nil {
		return err
	}
	s, err := models.sorter(nil)
	if err != nil {
		return err
	}
	made := study.New(7, study.All)
	var right, all [2]int
	for i, l := range sheets {
		if !slices.Contains(parted([]string{hold}), sheetHand+l.Hand) {
			continue
		}
		pages := made.Set(l.Letter, "typical")
		if len(pages) > 1 {
			continue
		}
		sorted, err := s.Sort(ctx, classify.Input{Pages: postroom.PageList(pages), Received: study.Day})
		if err != nil {
			return fmt.Errorf("sheet %d: %w", i+1, err)
		}
		cover := len(sorted.Others) == 1 && sorted.Others[0].Fate == postroom.FateCover
		k := 0
		if l.Cover {
			k = 1
		}
		all[k]++
		if cover == l.Cover {
			right[k]++
		} else {
			fmt.Printf("%s %d %s: cover %v, not %v\n", l.Hand, i+1, l.Note, cover, l.Cover)
		}
	}
	fmt.Printf("front sheets %d of %d, documents %d of %d\n", right[1], all[1], right[0], all[0])
	return nil
}

// bodyExamples are pages of whole letters that are no front sheets though they hold little: short letters of one page, the pages on which
// longer ones end, and what is sent to sell something.
func bodyExamples(made *study.Maker, r *rand.Rand, hold string) ([]classify.RoleExample, error) {
	all, err := study.Letters()
	if err != nil {
		return nil, fmt.Errorf("read whole letters: %w", err)
	}
	var out []classify.RoleExample
	add := func(pages []postroom.Page, held bool) {
		for _, p := range pages {
			out = append(out, classify.RoleExample{Pages: []postroom.Page{p}, Received: study.Day, HeldBack: held, Covers: []bool{false}, Begins: []bool{true}})
		}
	}
	qualities := []string{"clean", "typical", "typical", "bad"}
	for n, l := range all {
		short := len(l.Pages) == 1 && len(l.Pages[0]) <= shortLines
		if slices.Contains(parted([]string{hold}), l.Hand) || l.Type != postroom.Junk && len(l.Pages) == 1 && !(short && n%3 == 0) {
			continue
		}
		pages := made.Set(l, pick(r, qualities))
		if l.Type != postroom.Junk && !short {
			pages = pages[1:]
		}
		add(pages, n%4 == 3)
	}
	for n := range junkPages {
		add(made.Document(postroom.Junk, pick(r, qualities)).Pages, n%4 == 3)
	}
	return out, nil
}

const (
	shortLines = 26  // of a letter that could be taken for a front sheet
	junkPages  = 400 // put together freely
)
