package main

import (
	"context"

	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

// What arranging pages asks of the parts.
var (
	_ pipeline.OneSorter    = sorter{}
	_ pipeline.TurnedReader = (*ocr.Reader)(nil)
)

func (d *desk) Siblings(ctx context.Context, id string) ([]review.Item, error) {
	items, err := d.pl.Siblings(ctx, id)
	out := make([]review.Item, len(items))
	for i, it := range items {
		out[i] = review.Item(it)
	}
	return out, deskError(err)
}

func (d *desk) ChangePages(ctx context.Context, c review.PageChange) (string, error) {
	next, err := d.pl.ChangePages(ctx, pipeline.PageChange(c))
	return next, deskError(err)
}
