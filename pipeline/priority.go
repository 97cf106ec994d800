package pipeline

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/postroom/postroom"
)

// Priorities of jobs: River works those with lower numbers first. They order
// what waits; they take nothing away from what is being worked on.
const (
	priorityUrgent  = 1 // it calls itself urgent, or a person waits for it
	priorityNormal  = 2
	priorityNightly = 3 // taken in by a nightly job
)

// urgentWords are how senders mark a mail as one that cannot wait. It costs
// nothing to be wrong: whether a document is urgent is told from its pages.
var urgentWords = regexp.MustCompile(`(?i)\b(urgent|urgently|emergency|immediate action|asap|stat|2ww|two[- ]week[- ]wait|suspected cancer|safeguarding)\b`)

// notUrgentWords take that back.
var notUrgentWords = regexp.MustCompile(`(?i)\b(non[- ]?urgent|not urgent)\b`)

func callsItselfUrgent(m postroom.Message) bool {
	return urgentWords.MatchString(notUrgentWords.ReplaceAllString(m.Subject, ""))
}

// takenPriority is the priority of what this process takes in.
func (p *Pipeline) takenPriority() int {
	if p.opt.Nightly {
		return priorityNightly
	}
	return priorityNormal
}

// openMessages is how many messages have no outcome yet.
func (p *Pipeline) openMessages(ctx context.Context) (n int, err error) {
	err = p.db.row(ctx, `SELECT COUNT(*) FROM messages WHERE state <> 'done'`).scan(&n)
	return n, err
}

// makeRoomTime is how long a source waits for room at a stretch: mail servers
// end connections that are idle for half an hour.
const makeRoomTime = 10 * time.Minute

// awaitRoom waits until fewer than MostOpen messages are open.
func (p *Pipeline) awaitRoom(ctx context.Context) error {
	began, said := time.Now(), false
	for {
		n, err := p.openMessages(ctx)
		if err != nil {
			return fmt.Errorf("count what is at hand: %w", err)
		}
		if n < p.opt.MostOpen {
			return nil
		}
		if !said {
			p.log.Info("taking in waits until some of the work at hand is done", "messages", n)
			said = true
		}
		if time.Since(began) > makeRoomTime {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: fmt.Sprintf("%d messages wait to be worked on, so no more are taken in", n),
				Hint: "look at what holds them up; taking in goes on by itself"}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
