package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// An AuditEvent is one row of the audit trail. It never holds patient data: documents are
// named by their ids, what was searched for not at all.
type AuditEvent struct {
	Seq      int64         `json:"seq"`
	At       time.Time     `json:"at"`
	Person   string        `json:"person"` // user:<id>, shell:<id>, token:<id>, postroom; "" for nobody who is known
	Action   string        `json:"action"`
	Document string        `json:"document,omitempty"`
	Detail   string        `json:"detail,omitempty"`
	Hash     postroom.Hash `json:"hash"` // of this row and, through it, of all before
}

// The actions of the trail, beside those that people decide at the desk (file, discard,
// correct, refile, withdraw, split, merge, ...), which stand there as desk_<action>.
const (
	AuditSignIn          = "sign_in"
	AuditSignInRefused   = "sign_in_refused"
	AuditSignOut         = "sign_out"
	AuditPasswordChanged = "password_changed"
	AuditAccount         = "account"
	AuditRefused         = "refused"
	AuditMarkup          = "markup"     // came in what is only text; the detail is where
	AuditViewed          = "viewed"     // a document with its pages and values
	AuditClaimed         = "claimed"    // opened to decide about it, which keeps it from others
	AuditReleased        = "released"   // given back undecided
	AuditDownloaded      = "downloaded" // a PDF or an original
	AuditSearched        = "searched"
	AuditExported        = "exported"
	AuditSubject         = "subject_access"
	AuditFiled           = "filed"
	AuditQuarantined     = "quarantined"
	AuditCorrected       = "corrected"
	AuditNoted           = "noted"
	AuditAssigned        = "assigned"
	AuditReturned        = "returned"
	AuditHeld            = "held"
	AuditHoldLifted      = "hold_lifted"
	AuditPurgeBegun      = "purge"
	AuditPurged          = "purged"
	AuditTrail           = "trail_read"
	AuditVerified        = "trail_verified" // the detail is what came of it
	AuditToken           = "token"          // one was made or ended
	AuditAsked           = "asked"          // by a token; what was decided follows as the account's
	AuditUploaded        = "uploaded"       // the detail is the message
)

// hash chains the row to the hash before it.
func (e AuditEvent) hash(before string) postroom.Hash {
	return postroom.HashOf([]byte(jsonOf([]any{before, e.Seq, micros(e.At), e.Person, e.Action, e.Document, e.Detail})))
}

// An auditTrail gathers what a transaction does; it is written as its last step, so that the
// head of the chain, which all wait for, is held for a moment only.
type auditTrail struct{ events []AuditEvent }

func (a *auditTrail) audit(e AuditEvent) { a.events = append(a.events, e) }

func (a *auditTrail) write(ctx context.Context, q queries) error {
	if len(a.events) == 0 {
		return nil
	}
	var seq int64
	var before string
	// The update comes first because it locks the head.
	err := q.row(ctx, `UPDATE audit_head SET seq = seq + ? WHERE one = 1 RETURNING seq, hash`, len(a.events)).scan(&seq, &before)
	if err != nil {
		return fmt.Errorf("write the audit trail: %w", err)
	}
	seq -= int64(len(a.events))
	for _, e := range a.events {
		seq++
		e.Seq = seq
		before = string(e.hash(before))
		if _, err := q.exec(ctx, `INSERT INTO audit (seq, at, person, action, document, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			e.Seq, micros(e.At), e.Person, e.Action, e.Document, e.Detail, before); err != nil {
			return fmt.Errorf("write the audit trail: %w", err)
		}
	}
	_, err = q.exec(ctx, `UPDATE audit_head SET hash = ? WHERE one = 1`, before)
	return err
}

// audit notes in t what it does.
func (p *Pipeline) audit(t tx, person, action, document, detail string) {
	t.audit(AuditEvent{At: p.now(), Person: person, Action: action, Document: document, Detail: detail})
}

// Audit writes down what was done or refused elsewhere.
func (p *Pipeline) Audit(ctx context.Context, person, action, document, detail string) error {
	return p.db.inTx(ctx, func(t tx) error {
		p.audit(t, person, action, document, detail)
		return nil
	})
}

// An AuditFilter narrows what is read of the trail; a zero field narrows nothing.
type AuditFilter struct {
	Person, Action, Document string
	From, To                 time.Time // To is not included
	Before                   int64     // the rows before this one
	Limit                    int
}

// AuditEvents gives f the rows of the trail, the last first, or with no limit the first first.
func (p *Pipeline) AuditEvents(ctx context.Context, filter AuditFilter, f func(AuditEvent) error) error {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, arg any) { where, args = append(where, condition), append(args, arg) }
	for column, value := range map[string]string{"person": filter.Person, "action": filter.Action, "document": filter.Document} {
		if value != "" {
			add(column+" = ?", value)
		}
	}
	if !filter.From.IsZero() {
		add("at >= ?", micros(filter.From))
	}
	if !filter.To.IsZero() {
		add("at < ?", micros(filter.To))
	}
	if filter.Before > 0 {
		add("seq < ?", filter.Before)
	}
	order := "ORDER BY seq"
	if filter.Limit > 0 {
		order = fmt.Sprintf("ORDER BY seq DESC LIMIT %d", filter.Limit)
	}
	err := p.db.each(ctx, func(scan func(...any) error) error {
		e, err := scanAudit(scan)
		if err != nil {
			return err
		}
		return f(e)
	}, `SELECT seq, at, person, action, document, detail, hash FROM audit WHERE `+strings.Join(where, " AND ")+` `+order, args...)
	if err != nil {
		return fmt.Errorf("read the audit trail: %w", err)
	}
	return nil
}

func scanAudit(scan func(...any) error) (e AuditEvent, err error) {
	var at int64
	var hash string
	err = scan(&e.Seq, &at, &e.Person, &e.Action, &e.Document, &e.Detail, &hash)
	e.At, e.Hash = fromMicros(at), postroom.Hash(hash)
	return e, err
}

// AuditReport is what checking the trail gave.
type AuditReport struct {
	Rows  int64         `json:"rows"`
	Head  postroom.Hash `json:"head"`
	Marks int           `json:"marks"`           // in the object store, each of which agrees
	Wrong []string      `json:"wrong,omitempty"` // what is not as it was written
}

// mostWrong bounds what a report lists.
const mostWrong = 20

// VerifyAudit checks that no row of the trail was altered, removed, put in or moved, and that
// none is missing at its end: the hashes in the object store, which who writes into the database
// cannot reach, are compared too.
func (p *Pipeline) VerifyAudit(ctx context.Context) (AuditReport, error) {
	var r AuditReport
	wrong := func(format string, args ...any) {
		if len(r.Wrong) < mostWrong {
			r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
		}
	}
	marks, err := p.auditMarks(ctx, wrong)
	if err != nil {
		return r, err
	}
	var headSeq int64
	var head string
	if err := p.db.row(ctx, `SELECT seq, hash FROM audit_head WHERE one = 1`).scan(&headSeq, &head); errors.Is(err, errNoRows) {
		wrong("the head of the trail is missing")
	} else if err != nil {
		return r, err
	}
	before, next := "", int64(1)
	err = p.db.each(ctx, func(scan func(...any) error) error {
		e, err := scanAudit(scan)
		if err != nil {
			return err
		}
		switch {
		case e.Seq > headSeq:
			return nil // written while this reads
		case e.Seq > next:
			wrong("rows %d to %d are missing", next, e.Seq-1)
		case e.Seq < next:
			wrong("row %d stands there twice", e.Seq)
		}
		if e.Seq == next && e.hash(before) != e.Hash {
			wrong("row %d is not what was written", e.Seq)
		}
		if m, there := marks[e.Seq]; there {
			if m != e.Hash {
				wrong("row %d is not the one whose hash is in the object store", e.Seq)
			} else {
				r.Marks++
			}
			delete(marks, e.Seq)
		}
		before, next = string(e.Hash), e.Seq+1
		r.Rows, r.Head = r.Rows+1, e.Hash
		return nil
	}, `SELECT seq, at, person, action, document, detail, hash FROM audit ORDER BY seq`)
	if err != nil {
		return r, fmt.Errorf("read the audit trail: %w", err)
	}
	if next-1 < headSeq {
		wrong("rows %d to %d are missing at the end", next, headSeq)
	} else if before != head {
		wrong("the end of the trail is not what was written last")
	}
	for seq := range marks {
		if seq > headSeq {
			wrong("row %d is missing: its hash is in the object store", seq)
		}
	}
	return r, nil
}

// CheckAudit verifies the trail and writes down in it, for who reads it, that it was and what came of it.
func (p *Pipeline) CheckAudit(ctx context.Context, person string) (AuditReport, error) {
	r, err := p.VerifyAudit(ctx)
	if err != nil {
		return r, err
	}
	detail := fmt.Sprintf("rows 1 to %d agree, with %d marks in the object store", r.Rows, r.Marks)
	if len(r.Wrong) > 0 {
		detail = fmt.Sprintf("of rows 1 to %d not all agree: %s", r.Rows, r.Wrong[0])
	}
	return r, p.Audit(ctx, person, AuditVerified, "", detail)
}

// An AuditMark stands in the object store and says how far the trail went.
type AuditMark struct {
	Schema string        `json:"schema"`
	Seq    int64         `json:"seq"`
	Hash   postroom.Hash `json:"hash"`
}

const (
	auditMarkSchema = "postroom.audit/1"
	auditMarks      = "audit/"
)

// MarkAudit puts the hash of the trail's end into the object store, when it has grown.
func (p *Pipeline) MarkAudit(ctx context.Context) error {
	var m AuditMark
	var hash string
	var kept int64
	if err := p.db.row(ctx, `SELECT seq, hash, kept FROM audit_head WHERE one = 1`).scan(&m.Seq, &hash, &kept); err != nil {
		return fmt.Errorf("mark the audit trail: %w", err)
	}
	if m.Seq == kept {
		return nil
	}
	m.Schema, m.Hash = auditMarkSchema, postroom.Hash(hash)
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s%012d-%s.json", auditMarks, m.Seq, hash[:12])
	if err := p.parts.Objects.Put(ctx, key, bytes.NewReader(b), int64(len(b)), postroom.HashOf(b)); err != nil {
		return fmt.Errorf("mark the audit trail: %w", err)
	}
	_, err = p.db.exec(ctx, `UPDATE audit_head SET kept = ? WHERE one = 1 AND kept < ?`, m.Seq, m.Seq)
	return err
}

func (p *Pipeline) auditMarks(ctx context.Context, wrong func(string, ...any)) (map[int64]postroom.Hash, error) {
	marks := map[int64]postroom.Hash{}
	var keys []string
	if err := p.parts.Objects.List(ctx, auditMarks, func(o postroom.Object) error { keys = append(keys, o.Key); return nil }); err != nil {
		return nil, fmt.Errorf("list the marks of the audit trail: %w", err)
	}
	for _, key := range keys {
		body, err := p.parts.Objects.Open(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", key, err)
		}
		b, err := io.ReadAll(io.LimitReader(body, 4096))
		body.Close()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", key, err)
		}
		var m AuditMark
		if json.Unmarshal(b, &m) != nil || m.Schema != auditMarkSchema || m.Seq < 1 {
			wrong("%s is not what was written", key)
			continue
		}
		if had, there := marks[m.Seq]; there && had != m.Hash {
			wrong("the object store has two hashes of row %d", m.Seq)
		}
		marks[m.Seq] = m.Hash
	}
	return marks, nil
}

// The database itself refuses to change the trail; who wants to must first do away with
// that, and the chain shows it.

func (d *sqliteDB) prepareAudit(ctx context.Context) error {
	for _, what := range []string{"UPDATE", "DELETE"} {
		if _, err := d.exec(ctx, `CREATE TRIGGER IF NOT EXISTS audit_no_`+strings.ToLower(what)+` BEFORE `+what+` ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END`); err != nil {
			return err
		}
	}
	return nil
}

func (d *postgresDB) prepareAudit(ctx context.Context) error {
	var n int
	if err := d.row(ctx, `SELECT COUNT(*) FROM pg_trigger WHERE tgname = 'audit_only_added_to'`).scan(&n); err != nil || n > 0 {
		return err
	}
	for _, q := range []string{
		`CREATE OR REPLACE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the audit trail is only added to''; END'`,
		`CREATE OR REPLACE TRIGGER audit_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()`,
	} {
		if _, err := d.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
