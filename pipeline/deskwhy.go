package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A DeskWhy is why a document waits for a person: a set of the bits below.
type DeskWhy = int64

const (
	WhyUrgent     DeskWhy = 1 << iota // it or its type is urgent
	WhyType                           // what it is must be told or checked
	WhyPatient                        // whose it is must be told or checked
	WhyValue                          // a value is missing, unsure or breaks a rule
	WhyCopy                           // it looks like another document
	WhyNotOurs                        // it is about no patient of the practice
	WhyHardToRead                     // pages are hard or impossible to read
	WhyIncomplete                     // pages are missing, or the reception broke off
	WhySample                         // it was drawn at random
	WhyOther
)

// DeskWhys are all bits in the order in which the desk lists them.
var DeskWhys = []DeskWhy{WhyUrgent, WhyType, WhyPatient, WhyValue, WhyCopy, WhyNotOurs, WhyHardToRead, WhyIncomplete, WhySample, WhyOther}

// whyOf finds the bits in a record. What Decide only says in its sentences is known by
// how these begin; a test holds the two together.
func whyOf(r postroom.Record) (why DeskWhy) {
	set := func(bit DeskWhy, on bool) {
		if on {
			why |= bit
		}
	}
	says := func(beginnings ...string) bool {
		return slices.ContainsFunc(r.Reasons, func(reason string) bool {
			return slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(reason, b) })
		})
	}
	set(WhyUrgent, r.Urgent)
	set(WhyCopy, r.DuplicateOf != nil)
	set(WhyNotOurs, r.Return != nil)
	set(WhySample, r.Sampled)
	set(WhyType, len(r.Pages) > 0 && (r.Type.Code == "" || r.Type.Code == postroom.UnknownType) || says("its type ", "documents of the type "))
	set(WhyPatient, len(r.Pages) > 0 && r.Patient.Match != postroom.MatchExact)
	set(WhyValue, says("the field "))
	set(WhyHardToRead, r.Status == postroom.Quarantined || says("no word could be read", "hardly a word") ||
		slices.ContainsFunc(r.Reasons, func(s string) bool { return strings.HasPrefix(s, "page ") && strings.Contains(s, "hard to read") }))
	set(WhyIncomplete, slices.ContainsFunc(r.Reasons, func(s string) bool {
		return strings.Contains(s, "missing") || strings.Contains(s, "broke off") || strings.Contains(s, "announce")
	}))
	if why == 0 {
		why = WhyOther
	}
	return why
}

// noteDocument keeps what the queue and the search ask of a document beside it. It
// belongs into every transaction that changes a record or its state.
func (p *Pipeline) noteDocument(ctx context.Context, t tx, state string, r postroom.Record) error {
	var seq, number, created int64
	if err := t.row(ctx, `SELECT message_seq, number, created FROM documents WHERE id = ?`, r.DocumentID).scan(&seq, &number, &created); err != nil {
		return err
	}
	due := fromMicros(created).Add(p.patience(postroom.Priority(r.Type.Code, r.Urgent)))
	if _, err := t.exec(ctx, `UPDATE documents SET source = ?, why = ?, due = ?, noted = 1 WHERE id = ?`,
		r.Message.Source, whyOf(r), micros(due), r.DocumentID); err != nil {
		return err
	}
	return p.indexForSearch(ctx, t, searchID(seq, number), state, r)
}

// noteEarlier notes the documents that were there before the desk kept this, some at a time.
func (p *Pipeline) noteEarlier(ctx context.Context) error {
	for {
		n := 0
		err := p.db.inTx(ctx, func(t tx) error {
			type row struct{ state, body string }
			var rows []row
			err := t.each(ctx, func(scan func(...any) error) error {
				var r row
				err := scan(&r.state, &r.body)
				rows = append(rows, r)
				return err
			}, `SELECT state, record FROM documents WHERE noted = 0 ORDER BY message_seq, number LIMIT 50`)
			if err != nil {
				return err
			}
			n = len(rows)
			for _, row := range rows {
				var r postroom.Record
				if err := json.Unmarshal([]byte(row.body), &r); err != nil {
					return err
				}
				if err := p.noteDocument(ctx, t, row.state, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("note earlier documents for the desk: %w", err)
		}
		if n == 0 {
			return nil
		}
	}
}

// keepDesk does in the background what the desk needs while ctx lasts.
func (p *Pipeline) keepDesk(ctx context.Context) {
	if err := p.noteEarlier(ctx); err != nil && ctx.Err() == nil {
		p.log.Warn("the queue does not know all earlier documents yet", "error", err)
	}
	if err := p.renewDue(ctx); err != nil && ctx.Err() == nil {
		p.log.Warn("what is overdue is not known", "error", err)
	}
	sampled, checked := time.Time{}, time.Now()
	for {
		if now := time.Now(); now.Sub(sampled) >= time.Hour {
			sampled = now
			if err := p.sampleBacklog(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("count the backlog", "error", err)
			}
			if err := p.MarkAudit(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("the audit trail has no mark in the object store", "error", err)
			}
		}
		if now := time.Now(); p.opt.Work && now.Sub(checked) >= 24*time.Hour {
			checked = now
			if r, err := p.CheckAudit(ctx, "postroom"); err != nil && ctx.Err() == nil {
				p.log.Warn("the audit trail was not verified", "error", err)
			} else if len(r.Wrong) > 0 {
				p.log.Error("the audit trail is not as it was written", "first", r.Wrong[0])
			}
		}
		more, err := p.db.tidySearch(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.Warn("tidy the search", "error", err)
		}
		pause := time.Second
		if more && err == nil {
			pause = 50 * time.Millisecond // in between others have their turn
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
