package main

import (
	"testing"

	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

// The reasons that the desk names are those that the pipeline keeps, in its order.
func TestDeskNamesEveryReason(t *testing.T) {
	if len(review.Whys) != len(pipeline.DeskWhys) {
		t.Fatalf("the desk names %d reasons of %d", len(review.Whys), len(pipeline.DeskWhys))
	}
	for i, why := range review.Whys {
		if why.Bit != pipeline.DeskWhys[i] || why.Title == "" {
			t.Errorf("reason %d is %+v at the desk, and %d in the pipeline", i, why, pipeline.DeskWhys[i])
		}
	}
}
