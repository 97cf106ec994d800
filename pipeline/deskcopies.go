package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// KeepBoth notes that a document which looked like a copy of another is one of its
// own: it goes on waiting for what else there is to check.
func (p *Pipeline) KeepBoth(ctx context.Context, d DeskDecision) error {
	err := p.decideAtDesk(ctx, d, "keep both", "", func(t tx, r *postroom.Record) error {
		if r.DuplicateOf == nil {
			return postroom.Bad(nil, "it is not held as a copy", "load the page again")
		}
		r.Reasons = slices.DeleteFunc(slices.Clone(r.Reasons), func(s string) bool { return strings.Contains(s, *r.DuplicateOf) })
		r.Reasons = append(r.Reasons, "a person found that it is no copy")
		r.DuplicateOf = nil
		r.Status, r.DecidedBy, r.DecidedAt = postroom.InReview, "postroom", time.Time{} // it waits again: nobody has decided it
		return p.putBack(ctx, t, string(postroom.InReview), *r)
	})
	if err != nil {
		return fmt.Errorf("keep document %s beside its like: %w", shortID(d.Document), err)
	}
	return nil
}
