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

// claimTime is how long a document that a clerk opened is kept from others.
const claimTime = 5 * time.Minute

// waitsAtDesk is what a person has to see. The queue's index holds the same words.
const waitsAtDesk = `d.state IN ('review', 'quarantined')`

// Errors of the desk that a clerk can do something about.
var (
	ErrNoDocument = errors.New("there is no such document")
	// ErrChanged says that the document is no longer what the clerk saw.
	ErrChanged = errors.New("the document was changed in the meantime")
	// ErrClaimed says that somebody else has the document open.
	ErrClaimed = errors.New("somebody else has the document open")
)

// A DeskItem is a document that waits for a person, as the queue lists it.
type DeskItem struct {
	Record    postroom.Record
	Source    string
	Revision  int64  // grows with every decision
	State     string // filing, or a postroom.Status
	ClaimedBy string // "" when nobody has it open
	Until     time.Time
	Why       DeskWhy
	Assigned  string    // the person it was given to; "" for anybody
	Due       time.Time // when it is overdue
}

// A DeskFilter narrows the queue; a zero field narrows nothing.
type DeskFilter struct {
	Type     postroom.TypeCode
	Source   string
	State    postroom.Status // InReview or Quarantined
	Why      DeskWhy         // any of these bits
	Assigned string          // what was given to this person
	Overdue  bool
	Sources  []string // the mailboxes that may be seen; nil for all
	Limit    int      // 50 when it is 0
}

func (f DeskFilter) where(now time.Time) (string, []any) {
	sql, args := waitsAtDesk, []any(nil)
	and := func(condition string, arg ...any) { sql, args = sql+` AND `+condition, append(args, arg...) }
	if f.Type != "" {
		and(`d.type = ?`, string(f.Type))
	}
	if f.Source != "" {
		and(`d.source = ?`, f.Source)
	}
	if f.State != "" {
		and(`d.state = ?`, string(f.State))
	}
	if f.Why != 0 {
		and(`(d.why & ?) <> 0`, f.Why)
	}
	if f.Assigned != "" {
		and(`d.assigned = ?`, f.Assigned)
	}
	if f.Overdue {
		and(`d.due < ?`, micros(now))
	}
	if f.Sources != nil {
		list := []any{}
		for _, s := range f.Sources {
			list = append(list, s)
		}
		and(`d.source IN (''`+strings.Repeat(`, ?`, len(list))+`)`, list...)
	}
	return sql, args
}

const deskColumns = `SELECT d.record, d.state, d.revision, d.claimed_by, d.claimed_until, d.source, d.why, d.assigned, d.due FROM documents d`

func (p *Pipeline) scanDesk(scan func(...any) error) (it DeskItem, err error) {
	var body string
	var until, due int64
	if err := scan(&body, &it.State, &it.Revision, &it.ClaimedBy, &until, &it.Source, &it.Why, &it.Assigned, &due); err != nil {
		return it, err
	}
	it.Due = fromMicros(due)
	if it.Until = fromMicros(until); !it.Until.After(p.now()) {
		it.ClaimedBy = ""
	}
	it.Record, err = recordOf(it.State, body)
	return it, err
}

// Queue returns what waits for a person: urgent first, then in the order of arrival.
func (p *Pipeline) Queue(ctx context.Context, f DeskFilter) ([]DeskItem, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	where, args := f.where(p.now())
	var out []DeskItem
	err := p.db.each(ctx, func(scan func(...any) error) error {
		it, err := p.scanDesk(scan)
		out = append(out, it)
		return err
	}, deskColumns+` WHERE `+where+` ORDER BY d.urgent DESC, d.message_seq, d.number LIMIT ?`, append(args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("load the queue: %w", err)
	}
	return out, nil
}

// NextInQueue returns the first document of the queue that is free for the person,
// after the given one and round again; "" when there is none. What was given to
// somebody else is passed by.
func (p *Pipeline) NextInQueue(ctx context.Context, f DeskFilter, after, who string) (string, error) {
	now := p.now()
	where, args := f.where(now)
	where += ` AND (d.claimed_by = '' OR d.claimed_by = ? OR d.claimed_until <= ?) AND d.id <> ?`
	args = append(args, who, micros(now), after)
	if f.Assigned == "" {
		where, args = where+` AND d.assigned IN ('', ?)`, append(args, who)
	}
	from := []string{``}
	var urgent, seq, number int64
	switch err := p.db.row(ctx, `SELECT urgent, message_seq, number FROM documents WHERE id = ?`, after).scan(&urgent, &seq, &number); {
	case errors.Is(err, errNoRows):
	case err != nil:
		return "", fmt.Errorf("find the next document: %w", err)
	default:
		// One question for each stretch of the index: together they could not use its order.
		from = []string{fmt.Sprintf(` AND d.urgent = %d AND (d.message_seq, d.number) > (%d, %d)`, urgent, seq, number), fmt.Sprintf(` AND d.urgent < %d`, urgent), ``}
	}
	for _, stretch := range from {
		var id string
		err := p.db.row(ctx, `SELECT d.id FROM documents d WHERE `+where+stretch+` ORDER BY d.urgent DESC, d.message_seq, d.number LIMIT 1`, args...).scan(&id)
		if err == nil {
			return id, nil
		}
		if !errors.Is(err, errNoRows) {
			return "", fmt.Errorf("find the next document: %w", err)
		}
	}
	return "", nil
}

// A DeskCount is how many documents of one kind wait.
type DeskCount struct {
	Type   postroom.TypeCode
	Source string
	State  postroom.Status
	Urgent bool
	Why    DeskWhy
	N      int
}

// QueueCounts counts what waits by type, source, state, urgency and why.
func (p *Pipeline) QueueCounts(ctx context.Context) ([]DeskCount, error) {
	var out []DeskCount
	err := p.db.each(ctx, func(scan func(...any) error) error {
		var c DeskCount
		var code, state string
		var urgent int64
		err := scan(&code, &c.Source, &state, &urgent, &c.Why, &c.N)
		c.Type, c.State, c.Urgent = postroom.TypeCode(code), postroom.Status(state), urgent != 0
		out = append(out, c)
		return err
	}, `SELECT d.type, d.source, d.state, d.urgent, d.why, COUNT(*) FROM documents d
		WHERE `+waitsAtDesk+` GROUP BY d.source, d.type, d.state, d.urgent, d.why`)
	if err != nil {
		return nil, fmt.Errorf("count the queue: %w", err)
	}
	return out, nil
}

// QueueCount counts what waits and a filter leaves, whatever its limit.
func (p *Pipeline) QueueCount(ctx context.Context, f DeskFilter) (n int, err error) {
	where, args := f.where(p.now())
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM documents d WHERE `+where, args...).scan(&n); err != nil {
		return 0, fmt.Errorf("count the queue: %w", err)
	}
	return n, nil
}

// Overdue counts what nobody has decided in the time that its priority allows, in
// the mailboxes that may be seen (nil for all).
func (p *Pipeline) Overdue(ctx context.Context, sources []string) (int, error) {
	return p.QueueCount(ctx, DeskFilter{Overdue: true, Sources: sources})
}

// DeskDocument returns one document, whatever its state, or ErrNoDocument.
func (p *Pipeline) DeskDocument(ctx context.Context, id string) (DeskItem, error) {
	it, err := p.scanDesk(p.db.row(ctx, deskColumns+` WHERE d.id = ?`, id).scan)
	if errors.Is(err, errNoRows) {
		return it, ErrNoDocument
	}
	if err != nil {
		return it, fmt.Errorf("load document %s: %w", shortID(id), err)
	}
	return it, nil
}

// Claim keeps the document for the person for five minutes, and again when it
// is theirs already. It returns ErrClaimed when somebody else has it open.
func (p *Pipeline) Claim(ctx context.Context, id, who string) error {
	now := p.now()
	claimed := true
	err := p.db.inTx(ctx, func(t tx) error {
		var opened int64
		err := t.row(ctx, `UPDATE documents SET opened = CASE WHEN claimed_by = ? AND claimed_until > ? THEN opened ELSE ? END, claimed_by = ?, claimed_until = ?
			WHERE id = ? AND (claimed_by = ? OR claimed_by = '' OR claimed_until <= ?) RETURNING opened`,
			who, micros(now), micros(now), who, micros(now.Add(claimTime)), id, who, micros(now)).scan(&opened)
		if claimed = !errors.Is(err, errNoRows); !claimed {
			return nil
		}
		if err == nil && opened == micros(now) { // once for as long as they have it
			p.audit(t, "user:"+who, AuditClaimed, id, "")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("claim document %s: %w", shortID(id), err)
	}
	if !claimed {
		if _, err := p.DeskDocument(ctx, id); err != nil {
			return err
		}
		return ErrClaimed
	}
	return nil
}

// Release gives a claimed document back to the queue.
func (p *Pipeline) Release(ctx context.Context, id, who string) error {
	err := p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE documents SET claimed_by = '', claimed_until = 0 WHERE id = ? AND claimed_by = ?`, id, who)
		if n > 0 {
			p.audit(t, "user:"+who, AuditReleased, id, "")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("release document %s: %w", shortID(id), err)
	}
	return nil
}

// DeskPages returns what was read of the document's pages, in their order.
func (p *Pipeline) DeskPages(ctx context.Context, id string) ([]postroom.Page, error) {
	message, r, err := p.deskRecord(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.pagesOf(ctx, message, r)
}

// DeskPage returns page n of the document, counted from 1 and behind its pages through the record's other pages, with its original on
// this machine; release must be called when err is nil.
func (p *Pipeline) DeskPage(ctx context.Context, id string, n int) (page ReadPage, release func(), err error) {
	message, r, err := p.deskRecord(ctx, id)
	if err != nil {
		return page, nil, err
	}
	if i := n - len(r.Pages) - 1; i >= 0 && i < len(r.OtherPages) && r.OtherPages[i].Page > 0 {
		o := r.OtherPages[i]
		r.Pages, n = []postroom.RecordPage{{Attachment: o.Attachment, Hash: o.Hash, Page: o.Page}}, 1
	}
	if n < 1 || n > len(r.Pages) {
		return page, nil, ErrNoDocument
	}
	r.Pages = r.Pages[n-1 : n]
	pages, release, err := p.readPages(ctx, message, r)
	if err != nil {
		return page, nil, err
	}
	return pages[0], release, nil
}

func (p *Pipeline) deskRecord(ctx context.Context, id string) (message string, r postroom.Record, err error) {
	var state, body string
	err = p.db.row(ctx, `SELECT message, state, record FROM documents WHERE id = ?`, id).scan(&message, &state, &body)
	if errors.Is(err, errNoRows) {
		return "", r, ErrNoDocument
	}
	if err != nil {
		return "", r, fmt.Errorf("load document %s: %w", shortID(id), err)
	}
	r, err = recordOf(state, body)
	return message, r, err
}

// patientByID returns an entry of the practice's list by its key there.
func patientByID(ctx context.Context, q queries, id string) (who postroom.Patient, found bool, err error) {
	var body string
	err = q.row(ctx, `SELECT body FROM patients WHERE id = ?`, id).scan(&body)
	if errors.Is(err, errNoRows) {
		return who, false, nil
	}
	if err != nil {
		return who, false, err
	}
	return who, true, json.Unmarshal([]byte(body), &who)
}
