package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"github.com/postroom/postroom"
)

// A Receiver is a system downstream that filed documents are handed to.
type Receiver interface {
	// Name tells receivers apart; it may not change later.
	Name() string
	// Deliver hands a document's version over; nil once the receiver has said that it
	// has it. It is called again for the same version after any doubt, and must
	// then change nothing. An error with a method Refusal() string says that the
	// receiver will not take it, and what it said; a Temporary problem is tried again.
	Deliver(ctx context.Context, r postroom.Record) error
}

// What became of a delivery.
const (
	DeliveryWaiting   = "waiting"
	DeliverySent      = "sent"
	DeliveryRefused   = "refused"
	DeliveryOvertaken = "overtaken" // a later version of the document was delivered before it
)

// A Delivery is one version of a document on its way to one receiver.
type Delivery struct {
	Seq        int64     `json:"seq"`
	Receiver   string    `json:"receiver"`
	DocumentID string    `json:"document_id"`
	Version    int       `json:"version"`
	State      string    `json:"state"`
	Said       string    `json:"said,omitempty"` // can be patient data: for the screen, not for logs
	Created    time.Time `json:"created"`
	Done       time.Time `json:"done,omitzero"`
}

const queueDeliver = "deliver"

type deliverArgs struct {
	Delivery int64 `json:"delivery"`
}

func (deliverArgs) Kind() string { return "deliver" }
func (deliverArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueDeliver, MaxAttempts: maxAttempts}
}

// addDeliveries notes in t that the record is to be handed to every receiver.
func (p *Pipeline) addDeliveries(ctx context.Context, t tx, r postroom.Record) error {
	if len(p.parts.Receivers) == 0 || r.Status != postroom.Filed {
		return nil
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	// One lane: whatever concerns a patient goes out in the order of filing.
	// A correction stays behind what it corrects, even when its patient is another.
	lane := "document " + r.DocumentID
	if r.Patient.NHSNumber != "" {
		lane = "patient " + string(postroom.HashOf([]byte(r.Patient.NHSNumber)))
	}
	if r.Version > 1 {
		err := t.row(ctx, `SELECT lane FROM deliveries WHERE document = ? ORDER BY version LIMIT 1`, r.DocumentID).scan(&lane)
		if err != nil && !errors.Is(err, errNoRows) {
			return err
		}
	}
	for _, receiver := range p.parts.Receivers {
		n, err := t.exec(ctx, `INSERT INTO deliveries (receiver, document, version, lane, state, said, record, created, done)
			VALUES (?, ?, ?, ?, 'waiting', '', ?, ?, 0) ON CONFLICT DO NOTHING`,
			receiver.Name(), r.DocumentID, r.Version, lane, string(body), micros(p.now()))
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		var seq int64
		if err := t.row(ctx, `SELECT seq FROM deliveries WHERE receiver = ? AND document = ? AND version = ?`,
			receiver.Name(), r.DocumentID, r.Version).scan(&seq); err != nil {
			return err
		}
		if err := t.enqueue(ctx, deliverArgs{seq}); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands one delivery over.
func (p *Pipeline) deliver(ctx context.Context, seq int64) error {
	if p.alreadyAt(ctx, seq) {
		return putOff(time.Second + rand.N(time.Second))
	}
	var name, document, lane, state, body string
	var version int
	err := p.db.row(ctx, `SELECT receiver, document, version, lane, state, record FROM deliveries WHERE seq = ?`, seq).
		scan(&name, &document, &version, &lane, &state, &body)
	if errors.Is(err, errNoRows) || err == nil && state != DeliveryWaiting {
		return nil // purged, or done by an earlier attempt
	}
	if err != nil {
		return fmt.Errorf("load delivery %d: %w", seq, err)
	}
	var earlier, later int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM deliveries WHERE receiver = ? AND lane = ? AND state = 'waiting' AND seq < ?`, name, lane, seq).scan(&earlier); err != nil {
		return err
	}
	if earlier > 0 {
		return nil // its end enqueues this one
	}
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM deliveries WHERE receiver = ? AND document = ? AND version > ? AND state = 'sent'`, name, document, version).scan(&later); err != nil {
		return err
	}
	if later > 0 {
		// Sent now, it would make the replaced version the current one again.
		return p.endDelivery(ctx, seq, DeliveryOvertaken, "")
	}
	var r postroom.Record
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return fmt.Errorf("load delivery %d: %w", seq, err)
	}
	for _, receiver := range p.parts.Receivers {
		if receiver.Name() != name {
			continue
		}
		leave, ok := p.doors.enter(name)
		if !ok {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the receiver " + name + " kept others waiting a moment ago"}
		}
		err := receiver.Deliver(ctx, r)
		leave(err)
		var refusal interface{ Refusal() string }
		if errors.As(err, &refusal) {
			p.log.Warn("refused by a receiver", "receiver", name, "document", document, "version", version)
			return p.endDelivery(ctx, seq, DeliveryRefused, refusal.Refusal())
		}
		if err != nil {
			return fmt.Errorf("deliver document %s to %s: %w", document, name, err)
		}
		return p.endDelivery(ctx, seq, DeliverySent, "")
	}
	return p.endDelivery(ctx, seq, DeliveryRefused, "the configuration names no receiver "+name+" any more")
}

// alreadyAt says whether another job is at the same delivery. A delivery can have two jobs: its own
// and the one of the end of the delivery before it. Sent by both at once, the second could arrive
// after the next of its lane, and make a replaced version the current one again.
func (p *Pipeline) alreadyAt(ctx context.Context, seq int64) bool {
	args := `(args->>'delivery')::BIGINT`
	if p.db.exclusive() {
		args = `json_extract(json(args), '$.delivery')`
	}
	own, _ := ctx.Value(jobID{}).(int64)
	others := 0
	err := p.db.row(ctx, `SELECT COUNT(*) FROM river_job WHERE state = 'running' AND kind = 'deliver' AND id <> ? AND `+args+` = ?`, own, seq).scan(&others)
	return err != nil || others > 0
}

// receiverAway says whether a delivery's receiver has taken nothing at all lately. What waits for it
// then goes on waiting: only of what it does not take while it takes other things is the
// delivery itself to blame.
func (p *Pipeline) receiverAway(ctx context.Context, seq int64) bool {
	var last int64
	err := p.db.row(ctx, `SELECT COALESCE(MAX(done), 0) FROM (SELECT done FROM deliveries WHERE state = 'sent'
		AND receiver = (SELECT receiver FROM deliveries WHERE seq = ?) ORDER BY seq DESC LIMIT 100) AS lately`, seq).scan(&last)
	return err != nil || last < micros(p.now().Add(-p.opt.GiveUp))
}

// endDelivery notes what became of a delivery and wakes the next of its lane.
func (p *Pipeline) endDelivery(ctx context.Context, seq int64, state, said string) error {
	return ignoreDone(p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE deliveries SET state = ?, said = ?, done = ?, record = CASE WHEN ? = 'refused' THEN record ELSE '' END
			WHERE seq = ? AND state = 'waiting'`, state, said, micros(p.now()), state, seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return errAlreadyDone
		}
		var next int64
		err = t.row(ctx, `SELECT n.seq FROM deliveries n JOIN deliveries d ON n.receiver = d.receiver AND n.lane = d.lane
			WHERE d.seq = ? AND n.state = 'waiting' ORDER BY n.seq LIMIT 1`, seq).scan(&next)
		if errors.Is(err, errNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return t.enqueue(ctx, deliverArgs{next})
	}))
}

// Deliveries calls f for the deliveries in the given state, all when it is
// empty, in the order in which they were filed.
func (p *Pipeline) Deliveries(ctx context.Context, state string, f func(Delivery) error) error {
	after := int64(-1)
	for {
		var batch []Delivery
		err := p.db.each(ctx, func(scan func(...any) error) error {
			var d Delivery
			var created, done int64
			if err := scan(&d.Seq, &d.Receiver, &d.DocumentID, &d.Version, &d.State, &d.Said, &created, &done); err != nil {
				return err
			}
			d.Created = fromMicros(created)
			if done > 0 {
				d.Done = fromMicros(done)
			}
			batch = append(batch, d)
			return nil
		}, `SELECT seq, receiver, document, version, state, said, created, done FROM deliveries
			WHERE seq > ? AND (? = '' OR state = ?) ORDER BY seq LIMIT 200`, after, state, state)
		if err != nil {
			return fmt.Errorf("load deliveries: %w", err)
		}
		if len(batch) == 0 {
			return nil
		}
		for _, d := range batch {
			if err := f(d); err != nil {
				return err
			}
			after = d.Seq
		}
	}
}

// RetryDeliveries sends again what was refused: the deliveries that are named,
// all of them when none is. It returns how many.
func (p *Pipeline) RetryDeliveries(ctx context.Context, seqs ...int64) (int, error) {
	if len(seqs) == 0 {
		if err := p.Deliveries(ctx, DeliveryRefused, func(d Delivery) error { seqs = append(seqs, d.Seq); return nil }); err != nil {
			return 0, err
		}
	}
	retried := 0
	for _, seq := range seqs {
		err := p.db.inTx(ctx, func(t tx) error {
			n, err := t.exec(ctx, `UPDATE deliveries SET state = 'waiting', said = '', done = 0 WHERE seq = ? AND state = 'refused'`, seq)
			if err != nil || n == 0 {
				return err
			}
			retried++
			return t.enqueue(ctx, deliverArgs{seq})
		})
		if err != nil {
			return retried, fmt.Errorf("deliver %d again: %w", seq, err)
		}
	}
	return retried, nil
}
