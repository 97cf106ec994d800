package classify

import (
	"context"
	"time"

	"github.com/postroom/postroom"
)

// One reads pages that a person has put together: they are one document, whatever
// they look like. Indexes in the result are those of in.Pages.
func (s *Sorter) One(ctx context.Context, in Input) (postroom.Document, error) {
	return s.one(ctx, in, postroom.ManyPages)
}

func (s *Sorter) one(ctx context.Context, in Input, holds int) (postroom.Document, error) {
	received := in.Received
	if received.IsZero() {
		received = in.Message.Received
	}
	now := received
	if now.IsZero() {
		now = time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC) // only bounds two-digit years
	}
	f, err := s.openSheaf(ctx, in.Pages, now, holds)
	if err != nil {
		return postroom.Document{}, err
	}
	if err := f.open(f.sheets...); err != nil {
		return postroom.Document{}, err
	}
	g := &group{sheets: f.sheets, conf: 1, why: []string{"a person put its pages together"}}
	var d postroom.Document
	if err := whole(func() { d = s.document(g, received) }); err != nil {
		return d, err
	}
	d.Junk = false
	return d, nil
}
