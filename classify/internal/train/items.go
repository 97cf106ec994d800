package main

import (
	"context"
	"fmt"
	"time"

	"github.com/postroom/postroom/classify"
)

// trainItems makes the model that finds the items of lists, from the documents that the model of roles learns from. The
// confidence is fitted on every fourth whole letter.
func trainItems(ctx context.Context, out string, each int, hold string) error {
	made, err := roleExamples(each)
	if err != nil {
		return err
	}
	learned, _, err := letters(partTimes, true, hold)
	if err != nil {
		return err
	}
	var examples []classify.ItemExample
	for _, e := range append(made, partsOf(learned)...) {
		if len(e.Covers) == 0 { // the lists of faxes of several documents are not told apart
			examples = append(examples, classify.ItemExample{Pages: e.Pages, Fields: e.Fields, Received: e.Received, HeldBack: e.HeldBack && e.Single, Partly: !e.Single})
		}
	}
	start := time.Now()
	m, lessons, err := classify.LearnItems(ctx, examples)
	if err != nil {
		return err
	}
	fmt.Printf("%s in %s\n%s\n", m.Version(), time.Since(start).Round(time.Millisecond), lessons)
	return save(out, "the items", m)
}
