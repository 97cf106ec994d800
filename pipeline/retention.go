package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A RetentionStart is what a retention period is counted from.
type RetentionStart string

const (
	AfterDeath    RetentionStart = "death"    // the date of death in the patient list
	AfterReceived RetentionStart = "received" // the day on which the document arrived
	AfterDecided  RetentionStart = "decided"  // the day on which it was filed, corrected or discarded
)

// A RetentionRule says how long documents of a type are kept.
type RetentionRule struct {
	After RetentionStart
	Years int
}

// Retention says how long what is kept. A type without a rule is kept for ever.
type Retention struct {
	Types map[postroom.TypeCode]RetentionRule
	// Discarded is for what holds no document: advertising, blank pages. Years 0 keeps it.
	Discarded RetentionRule
}

// DefaultRetention is the table of the Records Management Code of Practice (NHS
// England, 2021, updated 2023), Appendix II: what is filed is part of the GP
// patient record, which is kept until 10 years after death; correspondence about
// subject access and disclosure is kept for 3 years, or 6 when there was an
// appeal, which Postroom cannot know of. What was discarded is no record; a year
// is Postroom's own choice.
func DefaultRetention() Retention {
	r := Retention{Types: map[postroom.TypeCode]RetentionRule{}, Discarded: RetentionRule{AfterReceived, 1}}
	for _, t := range postroom.Types {
		r.Types[t.Code] = RetentionRule{AfterDeath, 10}
	}
	r.Types[postroom.SubjectAccessRequest] = RetentionRule{AfterDecided, 6}
	return r
}

// A Kept is a document and how long it is kept. It holds no patient data.
type Kept struct {
	DocumentID string            `json:"document_id"`
	Version    int               `json:"version"`
	Status     postroom.Status   `json:"status"`
	Type       postroom.TypeCode `json:"type"`
	Received   time.Time         `json:"received"`
	// Until is the first day on which it may be purged, UTC; zero when that is not known.
	Until time.Time `json:"until,omitzero"`
	// Why says in one sentence why it is kept, or may go.
	Why string `json:"why"`
	Due bool   `json:"due"`
}

// Retained calls f for every document, in the order of arrival, with how long the rules keep it.
func (p *Pipeline) Retained(ctx context.Context, rules Retention, f func(Kept) error) error {
	deaths, err := p.deaths(ctx)
	if err != nil {
		return err
	}
	held, err := p.holding(ctx, p.db)
	if err != nil {
		return err
	}
	return p.Records(ctx, func(r postroom.Record) error { return f(rules.kept(r, deaths, held, p.now())) })
}

// deaths are the dates of death in the patient list, by number.
func (p *Pipeline) deaths(ctx context.Context) (map[string]string, error) {
	patients, err := p.Patients(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, who := range patients {
		if who.Number != "" && who.DeathDate != "" {
			out[who.Number] = who.DeathDate
		}
	}
	return out, nil
}

func (rules Retention) kept(r postroom.Record, deaths map[string]string, held []Hold, now time.Time) Kept {
	k := Kept{DocumentID: r.DocumentID, Version: r.Version, Status: r.Status, Type: r.Type.Code, Received: r.Message.Received.UTC()}
	rule, ok := rules.Types[r.Type.Code]
	switch r.Status {
	case postroom.Filed:
	case postroom.Discarded:
		rule, ok = rules.Discarded, rules.Discarded.Years > 0
	default:
		k.Why = "a person has to look at it first"
		return k
	}
	if !ok || rule.Years <= 0 {
		k.Why = "no rule says how long"
		return k
	}
	var from time.Time
	switch rule.After {
	case AfterReceived:
		from = k.Received
	case AfterDecided:
		if from = r.DecidedAt.UTC(); from.IsZero() {
			from = k.Received
		}
	case AfterDeath:
		died, err := time.Parse(time.DateOnly, deaths[r.Patient.NHSNumber])
		if r.Patient.NHSNumber == "" || err != nil {
			k.Why = "the patient list has no date of death"
			return k
		}
		from = died
	}
	y, m, d := from.Date()
	// The whole of the last day is kept.
	k.Until = time.Date(y+rule.Years, m, d+1, 0, 0, 0, 0, time.UTC)
	for _, h := range held {
		if h.covers(r) {
			k.Why = fmt.Sprintf("hold %d keeps it", h.Seq)
			return k
		}
	}
	k.Due = !now.UTC().Before(k.Until)
	years := "years"
	if rule.Years == 1 {
		years = "year"
	}
	k.Why = fmt.Sprintf("%d %s after %s", rule.Years, years, map[RetentionStart]string{AfterDeath: "the patient's death", AfterReceived: "it arrived", AfterDecided: "it was decided"}[rule.After])
	return k
}

// A Hold keeps a document, a patient's documents, or all, whatever their age.
type Hold struct {
	Seq      int64     `json:"seq"`
	Document string    `json:"document,omitempty"`
	Patient  string    `json:"patient,omitempty"` // number, digits only; with neither, everything is held
	Why      string    `json:"why"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Lifted   time.Time `json:"lifted,omitzero"`
	LiftedBy string    `json:"lifted_by,omitempty"`
}

// covers goes by the patient of the decision and by the numbers on the pages.
func (h Hold) covers(r postroom.Record) bool {
	switch {
	case h.Document != "":
		return h.Document == r.DocumentID
	case h.Patient != "":
		if r.Patient.NHSNumber == h.Patient {
			return true
		}
		for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
			if r.Fields[name].Value == h.Patient {
				return true
			}
		}
		return false
	}
	return true
}

// AddHold keeps what h names from now on and returns the hold's number.
func (p *Pipeline) AddHold(ctx context.Context, h Hold) (int64, error) {
	if strings.TrimSpace(h.Why) == "" || h.By == "" {
		return 0, postroom.Bad(nil, "a hold needs a reason and a name", "say why it is kept")
	}
	if h.Document != "" && h.Patient != "" {
		return 0, postroom.Bad(nil, "a hold is for a document or for a patient, not for both", "")
	}
	err := p.db.inTx(ctx, func(t tx) error {
		if h.Document != "" {
			var n int
			if err := t.row(ctx, `SELECT COUNT(*) FROM documents WHERE id = ?`, h.Document).scan(&n); err != nil {
				return err
			}
			if n == 0 {
				return postroom.Bad(nil, "there is no document "+h.Document, "it was mistyped, or it was purged")
			}
		}
		if _, err := t.exec(ctx, `INSERT INTO holds (document, patient, why, by_whom, at, lifted, lifted_by) VALUES (?, ?, ?, ?, ?, 0, '')`,
			h.Document, h.Patient, h.Why, h.By, micros(p.now())); err != nil {
			return err
		}
		if err := t.row(ctx, `SELECT MAX(seq) FROM holds`).scan(&h.Seq); err != nil {
			return err
		}
		p.audit(t, h.By, AuditHeld, h.Document, fmt.Sprintf("hold %d", h.Seq))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("add a hold: %w", err)
	}
	return h.Seq, nil
}

// LiftHold ends a hold.
func (p *Pipeline) LiftHold(ctx context.Context, seq int64, by string) error {
	var n int64
	err := p.db.inTx(ctx, func(t tx) (err error) {
		if n, err = t.exec(ctx, `UPDATE holds SET lifted = ?, lifted_by = ? WHERE seq = ? AND lifted = 0`, micros(p.now()), by, seq); n > 0 {
			p.audit(t, by, AuditHoldLifted, "", fmt.Sprintf("hold %d", seq))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("lift hold %d: %w", seq, err)
	}
	if n == 0 {
		return postroom.Bad(nil, fmt.Sprintf("there is no hold %d that holds", seq), "postroom retention hold list shows them")
	}
	return nil
}

// Holds are all holds, the lifted ones too, in the order in which they were made.
func (p *Pipeline) Holds(ctx context.Context) ([]Hold, error) {
	return p.holdsWhere(ctx, p.db, "")
}

func (p *Pipeline) holding(ctx context.Context, q queries) ([]Hold, error) {
	return p.holdsWhere(ctx, q, " WHERE lifted = 0")
}

func (p *Pipeline) holdsWhere(ctx context.Context, q queries, where string) (out []Hold, err error) {
	err = q.each(ctx, func(scan func(...any) error) error {
		var h Hold
		var at, lifted int64
		if err := scan(&h.Seq, &h.Document, &h.Patient, &h.Why, &h.By, &at, &lifted, &h.LiftedBy); err != nil {
			return err
		}
		h.At = fromMicros(at)
		if lifted > 0 {
			h.Lifted = fromMicros(lifted)
		}
		out = append(out, h)
		return nil
	}, `SELECT seq, document, patient, why, by_whom, at, lifted, lifted_by FROM holds`+where+` ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("load the holds: %w", err)
	}
	return out, nil
}

// A PurgeRun is one purge that was made.
type PurgeRun struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Why       string    `json:"why"`
	Documents int       `json:"documents"`
	Messages  int       `json:"messages"` // whose originals went, too
	Objects   int       `json:"objects"`
}

// PurgeRuns are the purges that were made, in their order.
func (p *Pipeline) PurgeRuns(ctx context.Context) (out []PurgeRun, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var r PurgeRun
		var at int64
		if err := scan(&r.Seq, &at, &r.By, &r.Why, &r.Documents, &r.Messages, &r.Objects); err != nil {
			return err
		}
		r.At = fromMicros(at)
		out = append(out, r)
		return nil
	}, `SELECT seq, at, by_whom, why, documents, messages, objects FROM purges ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("load the purges: %w", err)
	}
	return out, nil
}

// tombstones calls list for the pages of purged documents of messages in a range of the order of arrival.
func (p *Pipeline) tombstones(ctx context.Context, after, last int64, f func(message string, pages []purgedPage)) error {
	return p.db.each(ctx, func(scan func(...any) error) error {
		var message, body string
		if err := scan(&message, &body); err != nil {
			return err
		}
		var pages []purgedPage
		if err := json.Unmarshal([]byte(body), &pages); err != nil {
			return err
		}
		f(message, pages)
		return nil
	}, `SELECT message, pages FROM purged WHERE message_seq > ? AND message_seq <= ?`, after, last)
}

// wasPurged reports whether a message's bytes may not come back.
func (p *Pipeline) wasPurged(ctx context.Context, message postroom.Hash) (bool, error) {
	var purged int
	err := p.db.row(ctx, `SELECT purged FROM messages WHERE id = ?`, string(message)).scan(&purged)
	if errors.Is(err, errNoRows) {
		return false, nil
	}
	return purged > 0, err
}
