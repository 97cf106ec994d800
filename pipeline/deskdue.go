package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// How long a document may wait, by its priority, before it is overdue.
var deskPatience = map[string]time.Duration{"at_once": time.Hour, "same_day": 8 * time.Hour, "routine": 48 * time.Hour}

// patience is how long a document of the priority may wait.
func (p *Pipeline) patience(priority string) time.Duration {
	if d := p.opt.Patience[priority]; d > 0 {
		return d
	}
	return deskPatience[priority]
}

// renewDue counts anew when what waits is overdue: the patience may have been set
// otherwise since it was noted.
func (p *Pipeline) renewDue(ctx context.Context) error {
	when, args := `CASE WHEN urgent <> 0`, []any{}
	add := func(urgency string) {
		for _, t := range postroom.Types {
			if postroom.Priority(t.Code, false) == urgency {
				when += ` OR type = ?`
				args = append(args, string(t.Code))
			}
		}
		when += ` THEN CAST(? AS BIGINT)`
		args = append(args, p.patience(urgency).Microseconds())
	}
	add("at_once")
	when += ` WHEN 1 = 0`
	add("routine")
	when += ` ELSE CAST(? AS BIGINT) END`
	args = append(args, p.patience("same_day").Microseconds())
	if _, err := p.db.exec(ctx, `UPDATE documents SET due = created + `+when+` WHERE state IN ('review', 'quarantined') AND noted = 1 AND due <> created + `+when,
		append(append([]any{}, args...), args...)...); err != nil {
		return fmt.Errorf("count anew what is overdue: %w", err)
	}
	return nil
}
