package ingest

import (
	"context"
	"slices"

	"github.com/postroom/postroom"
)

// A ledger is an [postroom.Intake] that can also say what it is still waiting to
// be told settled. A source asks at the end of each pass, because an arrival
// can leave without a word: somebody files the mail by hand, or a crash comes
// between the move and the call of Settled.
type ledger interface {
	// UnsettledArrivals returns the arrivals of the source that have an outcome
	// and were not settled.
	UnsettledArrivals(ctx context.Context, source string) ([]postroom.ArrivalID, error)
}

// settleGone settles what is no longer there to be moved.
func settleGone(ctx context.Context, in postroom.Intake, source string, gone func(postroom.ArrivalID) bool) error {
	l, ok := in.(ledger)
	if !ok {
		return nil
	}
	ids, err := l.UnsettledArrivals(ctx, source)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id postroom.ArrivalID) bool { return !gone(id) })
	for batch := range slices.Chunk(ids, batchSize) {
		if err := in.Settled(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}
