package classify

import (
	"context"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// One reads pages that a person has put together: they are one document, whatever
// they look like. Indexes in the result are those of in.Pages.
func (s *Sorter) One(ctx context.Context, in Input) (postroom.Document, error) {
	received := in.Received
	if received.IsZero() {
		received = in.Message.Received
	}
	now := received
	if now.IsZero() {
		now = time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC) // only bounds two-digit years
	}
	g := &group{conf: 1, why: []string{"a person put its pages together"}}
	for i := range in.Pages.Len() {
		page, err := in.Pages.Load(ctx, i)
		if err != nil {
			return postroom.Document{}, fmt.Errorf("sort page %d: %w", i+1, err)
		}
		sh := newSheet(&page, i)
		sh.read(s.config.DateOrder == "mdy", now)
		sh.role = sh.findRole(s.roles)
		g.sheets = append(g.sheets, sh)
	}
	d := s.document(g, received)
	d.Junk = false
	return d, nil
}
