package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// notOurs is the reason of a document that goes back to its sender.
const notOurs = "a person found that it is about none of the practice's patients; it goes back to its sender"

// ReturnWays are how a document can go back to its sender.
var ReturnWays = []string{"post", "email", "fax", "telephone", "portal"}

// A DeskReturn is a document that goes back, or went back, to its sender.
type DeskReturn struct {
	DeskItem
	By     string // who said that it is about nobody of the practice's
	At     time.Time
	SendBy time.Time // when it ought to be sent back
	Sent   time.Time // zero while it was not
	SentBy string
	How    string // one of ReturnWays
}

// returnOf says where a document goes back to.
func returnOf(r postroom.Record) *postroom.Return {
	if r.Return != nil {
		return r.Return
	}
	value := func(name postroom.FieldName) string { return r.Fields[name].Value }
	return &postroom.Return{Why: "not_in_list", Organisation: value(postroom.SenderOrganisation), Department: value(postroom.SenderDepartment), Clinician: value(postroom.SenderClinician),
		LetterDate: value(postroom.LetterDate), Received: r.Message.Received.UTC().Format(time.DateOnly), Priority: postroom.Priority(r.Type.Code, r.Urgent)}
}

// addReturn puts a document on the list of those that go back. One that went back
// before and does so again is listed anew.
func (p *Pipeline) addReturn(ctx context.Context, t tx, r postroom.Record, by string) error {
	now := p.now()
	_, err := t.exec(ctx, `INSERT INTO desk_returns (document, source, by_whom, at, due, sent, sent_by, how) VALUES (?, ?, ?, ?, ?, 0, '', '')
		ON CONFLICT (document) DO UPDATE SET by_whom = excluded.by_whom, at = excluded.at, due = excluded.due, sent = 0, sent_by = '', how = ''`,
		r.DocumentID, r.Message.Source, by, micros(now), micros(now.Add(p.patience(postroom.Priority(r.Type.Code, r.Urgent)))))
	return err
}

// SendBack ends a document that waits and is about nobody of the practice's: it is
// put on the list of those that go back to their senders.
func (p *Pipeline) SendBack(ctx context.Context, d DeskDecision) error {
	err := p.discard(ctx, d, notOurs, func(t tx, r *postroom.Record) error {
		r.Return = returnOf(*r)
		return p.addReturn(ctx, t, *r, d.By)
	})
	if err != nil {
		return fmt.Errorf("send document %s back: %w", shortID(d.Document), err)
	}
	return nil
}

// Returns lists what goes back to its sender, the most pressing first; with sent set,
// what went back, the latest first. sources are the mailboxes that may be seen, nil for all.
func (p *Pipeline) Returns(ctx context.Context, sent bool, sources []string, limit int) (out []DeskReturn, err error) {
	where, args := `t.sent = 0`, []any{}
	if sent {
		where = `t.sent > 0`
	}
	if sources != nil {
		where += ` AND t.source IN (''` + strings.Repeat(`, ?`, len(sources)) + `)`
		for _, s := range sources {
			args = append(args, s)
		}
	}
	order := `t.due`
	if sent {
		order = `t.sent DESC`
	}
	type row struct {
		id              string
		by, sentBy, how string
		at, due, sent   int64
	}
	var rows []row
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var r row
		err := scan(&r.id, &r.by, &r.at, &r.due, &r.sent, &r.sentBy, &r.how)
		rows = append(rows, r)
		return err
	}, `SELECT t.document, t.by_whom, t.at, t.due, t.sent, t.sent_by, t.how FROM desk_returns t WHERE `+where+` ORDER BY `+order+`, t.document LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("load what goes back: %w", err)
	}
	for _, r := range rows {
		it, err := p.DeskDocument(ctx, r.id)
		if err != nil {
			return nil, err
		}
		d := DeskReturn{DeskItem: it, By: r.by, At: fromMicros(r.at), SendBy: fromMicros(r.due), SentBy: r.sentBy, How: r.how}
		if r.sent > 0 {
			d.Sent = fromMicros(r.sent)
		}
		out = append(out, d)
	}
	return out, nil
}

// ReturnOf returns how a document stands that goes back, or ErrNoDocument.
func (p *Pipeline) ReturnOf(ctx context.Context, id string) (d DeskReturn, err error) {
	var at, due, sent int64
	if err := p.db.row(ctx, `SELECT by_whom, at, due, sent, sent_by, how FROM desk_returns WHERE document = ?`, id).scan(&d.By, &at, &due, &sent, &d.SentBy, &d.How); err != nil {
		return d, ErrNoDocument
	}
	if d.At, d.SendBy = fromMicros(at), fromMicros(due); sent > 0 {
		d.Sent = fromMicros(sent)
	}
	d.DeskItem, err = p.DeskDocument(ctx, id)
	return d, err
}

// ReturnSent notes that a document went back to its sender.
func (p *Pipeline) ReturnSent(ctx context.Context, id, by, how string) error {
	if !slices.Contains(ReturnWays, how) {
		return postroom.Bad(nil, "it is not said how the document went back", "choose one of the ways")
	}
	var n int64
	err := p.db.inTx(ctx, func(t tx) (err error) {
		if n, err = t.exec(ctx, `UPDATE desk_returns SET sent = ?, sent_by = ?, how = ? WHERE document = ? AND sent = 0`, micros(p.now()), by, how, id); n > 0 {
			p.audit(t, "user:"+by, AuditReturned, id, "by "+how)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("note that document %s went back: %w", shortID(id), err)
	}
	if n == 0 {
		return ErrChanged
	}
	return p.Note(ctx, id, by, "sent back by "+how)
}
