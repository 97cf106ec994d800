package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/postroom/postroom"
)

// Patients returns the practice's list.
func (p *Pipeline) Patients(ctx context.Context) ([]postroom.Patient, error) {
	var out []postroom.Patient
	err := p.db.each(ctx, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		var who postroom.Patient
		if err := json.Unmarshal([]byte(body), &who); err != nil {
			return err
		}
		out = append(out, who)
		return nil
	}, `SELECT body FROM patients ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("load the patient list: %w", err)
	}
	return out, nil
}

// ImportPatients replaces the practice's list by patients. Messages sorted
// from now on are matched against the new list.
func (p *Pipeline) ImportPatients(ctx context.Context, patients []postroom.Patient) (before int, err error) {
	err = p.db.inTx(ctx, func(t tx) error {
		if err := t.row(ctx, `SELECT COUNT(*) FROM patients`).scan(&before); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM patients`); err != nil {
			return err
		}
		for _, who := range patients {
			body, err := json.Marshal(who)
			if err != nil {
				return err
			}
			if _, err := t.exec(ctx, `INSERT INTO patients (id, body) VALUES (?, ?)`, who.ID, string(body)); err != nil {
				return err
			}
		}
		return setSetting(ctx, t, "register", fmt.Sprintf("%d patients, %s", len(patients), p.now().UTC().Format(time.RFC3339Nano)))
	})
	if err != nil {
		return 0, fmt.Errorf("store the patient list: %w", err)
	}
	return before, nil
}

func setSetting(ctx context.Context, q queries, name, value string) error {
	_, err := q.exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// Setting returns a small value that was kept with SetSetting; "" when there is none.
func (p *Pipeline) Setting(ctx context.Context, name string) (string, error) {
	var value string
	err := p.db.row(ctx, `SELECT value FROM settings WHERE name = ?`, name).scan(&value)
	if errors.Is(err, errNoRows) {
		return "", nil
	}
	return value, err
}

// SetSetting keeps a small value, such as a refresh token that the provider exchanged.
func (p *Pipeline) SetSetting(ctx context.Context, name, value string) error {
	return setSetting(ctx, p.db, name, value)
}

// Records calls f for every document in the order of arrival, whatever its
// status. A document whose files are still being written says so and counts
// as being in review.
func (p *Pipeline) Records(ctx context.Context, f func(postroom.Record) error) error {
	return p.RecordsSince(ctx, 0, f)
}

// Mark is a place in the order of arrival: everything before it has ended.
func (p *Pipeline) Mark(ctx context.Context) (int64, error) { return p.firstUnended(ctx) }

// RecordsSince is Records for the messages from a Mark on.
func (p *Pipeline) RecordsSince(ctx context.Context, mark int64, f func(postroom.Record) error) error {
	return p.recordsBetween(ctx, mark-1, math.MaxInt64, f)
}

// RecordsSettled is Records that says of each whether everything that arrived before it, and it
// itself, has ended, so that no other will ever stand before it.
func (p *Pipeline) RecordsSettled(ctx context.Context, f func(r postroom.Record, settled bool) error) error {
	mark, err := p.Mark(ctx)
	if err != nil {
		return err
	}
	if err := p.recordsBetween(ctx, -1, mark-1, func(r postroom.Record) error { return f(r, true) }); err != nil {
		return err
	}
	return p.recordsBetween(ctx, mark-1, math.MaxInt64, func(r postroom.Record) error { return f(r, false) })
}

// recordsBetween calls f for the records of the messages after one and up to another.
func (p *Pipeline) recordsBetween(ctx context.Context, after, last int64, f func(postroom.Record) error) error {
	// Page by page, so that neither memory nor the database's one connection
	// is held while f works.
	seq, number := after, int64(math.MaxInt64)
	for {
		var batch []postroom.Record
		err := p.db.each(ctx, func(scan func(...any) error) error {
			var state, body string
			if err := scan(&seq, &number, &state, &body); err != nil {
				return err
			}
			r, err := recordOf(state, body)
			batch = append(batch, r)
			return err
		}, `SELECT message_seq, number, state, record FROM documents
			WHERE (message_seq, number) > (?, ?) AND message_seq <= ? ORDER BY message_seq, number LIMIT 200`, seq, number, last)
		if err != nil {
			return fmt.Errorf("load records: %w", err)
		}
		for _, r := range batch {
			if err := f(r); err != nil {
				return err
			}
		}
		if len(batch) < 200 {
			return nil
		}
	}
}

func recordOf(state, body string) (r postroom.Record, err error) {
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, err
	}
	if state == stateDocumentFiling {
		r.Status = postroom.InReview
		r.Reasons = append([]string{"its files are still being written"}, r.Reasons...)
	}
	return r, nil
}

// Unsettled returns how many arrivals of the source have an outcome but still
// stand where they arrived.
func (p *Pipeline) Unsettled(ctx context.Context, source string) (n int, err error) {
	err = p.db.row(ctx, `SELECT COUNT(*) FROM arrivals a JOIN messages m ON m.id = a.message
		WHERE a.source = ? AND a.settled = 0 AND m.outcome <> ''`, source).scan(&n)
	return n, err
}
