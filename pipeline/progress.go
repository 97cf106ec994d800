package pipeline

import (
	"context"

	"github.com/postroom/postroom"
)

// Progress is how far the work has come.
type Progress struct {
	Messages, MessagesDone int
	Pages, PagesDone       int
	Documents              map[postroom.Status]int
	// Retrying is how many jobs wait for another try.
	Retrying int
}

// Left is how many messages have no outcome yet.
func (g Progress) Left() int { return g.Messages - g.MessagesDone }

// Progress returns how far the work has come, since the first message ever.
// It counts everything, so its price grows with what was ever filed.
func (p *Pipeline) Progress(ctx context.Context) (g Progress, err error) {
	if g, err = (&tally{p: p}).progress(ctx); err != nil {
		return g, err
	}
	if err = p.db.row(ctx, `SELECT COUNT(*) FROM river_job WHERE state IN ('retryable', 'scheduled')`).scan(&g.Retrying); err != nil {
		return g, err
	}
	g.Documents = map[postroom.Status]int{}
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var state string
		var n int
		if err := scan(&state, &n); err != nil {
			return err
		}
		g.Documents[postroom.Status(state)] += n
		return nil
	}, `SELECT state, COUNT(*) FROM documents GROUP BY state`)
	return g, err
}

// firstUnended is the place in the order of arrival from which on messages may
// be without an outcome.
func (p *Pipeline) firstUnended(ctx context.Context) (seq int64, err error) {
	err = p.db.row(ctx, `SELECT COALESCE(
		(SELECT MIN(seq) FROM messages WHERE state <> 'done'),
		(SELECT MAX(seq) + 1 FROM messages), 0)`).scan(&seq)
	return seq, err
}

// A tally counts messages and pages again and again, at a price that follows
// what is being worked on: what lies before the first message without an
// outcome is counted once.
type tally struct {
	p               *Pipeline
	below           int64 // everything before this place is in the two below
	messages, pages int
}

func (c *tally) progress(ctx context.Context) (g Progress, err error) {
	first, err := c.p.firstUnended(ctx)
	if err != nil {
		return g, err
	}
	count := func(from, to int64, all, waiting *int, pages *int) error {
		if err := c.p.db.row(ctx, `SELECT COUNT(*) FROM messages WHERE seq >= ? AND seq < ?`, from, to).scan(all); err != nil {
			return err
		}
		return c.p.db.row(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN p.state = 'waiting' THEN 1 ELSE 0 END), 0)
			FROM messages m JOIN pages p ON p.message = m.id WHERE m.seq >= ? AND m.seq < ?`, from, to).scan(pages, waiting)
	}
	if first > c.below {
		var messages, waiting, pages int
		if err := count(c.below, first, &messages, &waiting, &pages); err != nil {
			return g, err
		}
		c.below, c.messages, c.pages = first, c.messages+messages, c.pages+pages
	}
	var messages, waiting, pages, left int
	if err := count(c.below, 1<<62, &messages, &waiting, &pages); err != nil {
		return g, err
	}
	if err := c.p.db.row(ctx, `SELECT COUNT(*) FROM messages WHERE state <> 'done'`).scan(&left); err != nil {
		return g, err
	}
	g.Messages, g.MessagesDone = c.messages+messages, c.messages+messages-left
	g.Pages, g.PagesDone = c.pages+pages, c.pages+pages-waiting
	return g, nil
}
