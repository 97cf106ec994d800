package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/postroom/postroom"
)

// defaultUndo is how long a person's decision to file waits before it is carried out.
const defaultUndo = 10 * time.Second

// fileLaterArgs is fileDocumentArgs for a document whose filing can still be taken
// back: the same job, worked some seconds later.
type fileLaterArgs struct {
	Document string `json:"document"`
	at       time.Time
}

func (fileLaterArgs) Kind() string { return fileDocumentArgs{}.Kind() }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (a fileLaterArgs) InsertOpts() river.InsertOpts {
	o := fileDocumentArgs{}.InsertOpts()
	o.ScheduledAt = a.at
	return o
}

// beginFiling closes the time in which a decision to file leaves no trace when it
// is taken back, and returns what is to be filed and its message; false when nothing
// is. Both are one step: between them the decision could be taken back and
// another one made, and files be stored of the one under the name of the other.
//
// A decision that was taken back and made again finds the job of the first one waiting:
// that job is put off until the time to take the second one back is over too.
func (p *Pipeline) beginFiling(ctx context.Context, id string) (r postroom.Record, message string, ok bool, err error) {
	err = p.db.inTx(ctx, func(t tx) error {
		var body string
		var begun int64
		err := t.row(ctx, `SELECT record, message, begun FROM documents WHERE id = ? AND state = ?`, id, stateDocumentFiling).scan(&body, &message, &begun)
		if errors.Is(err, errNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return err
		}
		if left := r.DecidedAt.Add(p.opt.UndoFor).Sub(p.now()); begun == 0 && p.opt.UndoFor > 0 && r.Status == postroom.Filed && strings.HasPrefix(r.DecidedBy, "user:") && left > 0 {
			return putOff(left)
		}
		n, err := t.exec(ctx, `UPDATE documents SET begun = 1 WHERE id = ? AND state = ? AND record = ?`, id, stateDocumentFiling, body)
		if err != nil {
			return err
		}
		if n == 0 {
			return putOff(time.Second) // decided anew between the two
		}
		ok = true
		return nil
	})
	return r, message, ok, err
}

// ErrNothingToUndo says that the person has decided nothing that could be taken back.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// Undo takes back the last decision of a person that was not taken back yet, and
// returns the document to look at again. A document that was filed meanwhile
// comes back as the next version of itself: what was filed stays until that is filed.
// ErrChanged is returned when somebody has decided about it since.
func (p *Pipeline) Undo(ctx context.Context, by string) (id string, err error) {
	return p.undo(ctx, by, "", nil)
}

// UndoAmong is Undo for a person who may see the mailboxes only, nil for all: a decision
// about a document of another one is no longer theirs to take back.
func (p *Pipeline) UndoAmong(ctx context.Context, by string, sources []string) (id string, err error) {
	return p.undo(ctx, by, "", sources)
}

// undo takes the person's last decision back, where only is "" or names its document, and
// its mailbox is among the sources.
func (p *Pipeline) undo(ctx context.Context, by, only string, sources []string) (id string, err error) {
	err = p.db.inTx(ctx, func(t tx) error {
		var seq int64
		var action string
		err := t.row(ctx, `SELECT seq, document, action FROM desk_decisions WHERE by_whom = ? AND undone = 0 AND action <> 'undo' ORDER BY seq DESC LIMIT 1`, by).
			scan(&seq, &id, &action)
		if errors.Is(err, errNoRows) {
			return ErrNothingToUndo
		}
		if err != nil {
			return err
		}
		if only != "" && id != only {
			return ErrNothingToUndo
		}
		if sources != nil {
			var source string
			if err := t.row(ctx, `SELECT source FROM documents WHERE id = ?`, id).scan(&source); err != nil {
				return err
			}
			if !slices.Contains(sources, source) {
				return ErrNothingToUndo
			}
		}
		n, err := t.exec(ctx, `UPDATE desk_decisions SET undone = 1 WHERE seq = ? AND undone = 0`, seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrChanged
		}
		befores, err := loadBefores(ctx, t, seq)
		if err != nil {
			return err
		}
		if len(befores) == 0 {
			return ErrNothingToUndo // a decision of an earlier version of the program
		}
		var changed []deskBefore // as it is now, to write down what is undone
		for _, b := range befores {
			now, err := p.takeBack(ctx, t, b, by, action)
			if err != nil {
				return err
			}
			changed = append(changed, now)
		}
		if err := p.settleFates(ctx, t, befores); err != nil {
			return err
		}
		switch action {
		case "file", FiledCorrect, FiledRefile, FiledWithdraw:
			if _, err := t.exec(ctx, `DELETE FROM confirmations WHERE seq = (SELECT MAX(seq) FROM confirmations WHERE document = ? AND by_whom = ?)`, id, "user:"+by); err != nil {
				return err
			}
		}
		if action == "discard" || action == FiledWithdraw {
			if _, err := t.exec(ctx, `DELETE FROM desk_returns WHERE document = ? AND sent = 0`, id); err != nil {
				return err
			}
		}
		if _, err = p.keepDecision(ctx, t, DeskDecision{Document: id, Revision: changed[0].after - 1, By: by}, "undo", "took back: "+action, nil); err != nil {
			return err
		}
		for _, c := range changed {
			if c.id != id {
				p.audit(t, "user:"+by, "desk_undo", c.id, "together with "+id)
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("undo: %w", err)
	}
	return id, nil
}

func loadBefores(ctx context.Context, t tx, seq int64) (out []deskBefore, err error) {
	err = t.each(ctx, func(scan func(...any) error) error {
		var b deskBefore
		var record, engines string
		if err := scan(&b.id, &b.saw, &b.after, &b.state, &record, &engines, &b.run); err != nil {
			return err
		}
		if engines != "" {
			if err := json.Unmarshal([]byte(engines), &b.engines); err != nil {
				return err
			}
		}
		out = append(out, b)
		return json.Unmarshal([]byte(record), &out[len(out)-1].record)
	}, `SELECT document, saw, after, state, record, engines, run FROM desk_befores WHERE decision = ? ORDER BY document`, seq)
	return out, err
}

// takeBack makes a document again what it was before a decision.
func (p *Pipeline) takeBack(ctx context.Context, t tx, b deskBefore, by, action string) (now deskBefore, err error) {
	n, err := t.exec(ctx, `UPDATE documents SET revision = revision + 1, claimed_by = '', claimed_until = 0
		WHERE id = ? AND revision = ? AND (claimed_by = ? OR claimed_by = '' OR claimed_until <= ?)`, b.id, b.after, by, micros(p.now()))
	if err != nil {
		return now, err
	}
	var body string
	var begun int
	if err := t.row(ctx, `SELECT record, state, revision, begun FROM documents WHERE id = ?`, b.id).scan(&body, &now.state, &now.after, &begun); err != nil {
		return now, err
	}
	if n == 0 {
		if now.after == b.after {
			return now, ErrClaimed
		}
		return now, ErrChanged
	}
	// What was decided before that can be taken back after it.
	if _, err := t.exec(ctx, `UPDATE desk_befores SET after = ? WHERE document = ? AND after = ?`, now.after, b.id, b.saw); err != nil {
		return now, err
	}
	now.id = b.id
	if err := json.Unmarshal([]byte(body), &now.record); err != nil {
		return now, err
	}
	r := b.record
	switch {
	case now.state == stateDocumentFiling && begun != 0:
		return now, &postroom.Problem{Kind: postroom.Temporary, Reason: "it is being filed at this moment", Hint: "try again in a few seconds"}
	case now.state == stateDocumentFiling:
		// What was about to be filed may itself be what an undo made of a filed document.
		r.Replaces, r.Version = now.record.Replaces, now.record.Version
		if _, err := t.exec(ctx, `UPDATE messages SET documents_left = documents_left - 1 WHERE id = (SELECT message FROM documents WHERE id = ?)`, b.id); err != nil {
			return now, err
		}
		if _, err := t.exec(ctx, `UPDATE messages SET state = ?, done = ?, outcome = CASE problem WHEN 1 THEN 'problem' ELSE 'processed' END
			WHERE id = (SELECT message FROM documents WHERE id = ?) AND state = ? AND documents_left = 0`, stateDone, micros(p.now()), b.id, stateFiling); err != nil {
			return now, err
		}
	case now.state == string(postroom.Filed):
		open, err := p.inOpenManifest(ctx, t, b.id)
		if err != nil {
			return now, err
		}
		if open {
			return now, &postroom.Problem{Kind: postroom.Temporary, Reason: "the list of the night's documents is being written", Hint: "try again in a minute"}
		}
		r.Replaces, r.Version = now.record.Version, now.record.Version+1
	default:
		r.Replaces, r.Version = now.record.Replaces, now.record.Version // it may have been filed and taken back since
	}
	if b.state == string(postroom.Filed) {
		return now, p.takeBackFiled(ctx, t, b, now, by)
	}
	if r.Replaces > 0 && len(r.Pages) == 0 {
		return now, postroom.Bad(nil, "the document was filed since, so it cannot vanish", "correct it instead")
	}
	return now, p.putBack(ctx, t, b.state, r)
}

func (p *Pipeline) inOpenManifest(ctx context.Context, t tx, id string) (bool, error) {
	var open int
	err := t.row(ctx, `SELECT COUNT(*) FROM runs JOIN documents d ON d.run = runs.id WHERE d.id = ? AND runs.manifest = ''`, id).scan(&open)
	return open > 0, err
}

// putBack writes a record with the columns that follow from it.
func (p *Pipeline) putBack(ctx context.Context, t tx, state string, r postroom.Record) error {
	if _, err := t.exec(ctx, `UPDATE documents SET state = ?, record = ?, version = ?, type = ?, urgent = ?, run = '', begun = 1 WHERE id = ?`,
		state, jsonOf(r), r.Version, string(r.Type.Code), boolInt(r.Urgent), r.DocumentID); err != nil {
		return err
	}
	return p.noteDocument(ctx, t, state, r)
}

// settleFates writes the fates of the pages of documents of one message again, and
// which reading of them counts.
func (p *Pipeline) settleFates(ctx context.Context, t tx, of []deskBefore) error {
	message := string(of[0].record.Message.Hash)
	for _, b := range of {
		if _, err := t.exec(ctx, `UPDATE pages SET fate = '', document = '' WHERE message = ? AND document = ?`, message, b.id); err != nil {
			return err
		}
		for _, e := range b.engines {
			if _, err := t.exec(ctx, `UPDATE pages SET engine = ?, state = ? WHERE message = ? AND attachment = ? AND page = ?`, e.Engine, e.State, message, e.Attachment, e.Page); err != nil {
				return err
			}
		}
	}
	for _, b := range of {
		if err := markFates(ctx, t, message, b.record); err != nil {
			return err
		}
	}
	return nil
}

// A DeskEvent is one thing that a person did to a document, or a note.
type DeskEvent struct {
	At     time.Time
	By     string
	Action string // file, discard, undo, note, assign, split, ...
	Why    string
	Undone bool
}

// History returns what people did to a document, the earliest first.
func (p *Pipeline) History(ctx context.Context, id string) (out []DeskEvent, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var e DeskEvent
		var at, undone int64
		err := scan(&at, &e.By, &e.Action, &e.Why, &undone)
		e.At, e.Undone = fromMicros(at), undone != 0
		out = append(out, e)
		return err
	}, `SELECT d.at, d.by_whom, d.action, d.why, d.undone FROM desk_decisions d WHERE d.document = ?
		UNION ALL SELECT n.at, n.by_whom, 'note', n.note, 0 FROM desk_notes n WHERE n.document = ? ORDER BY 1`, id, id)
	if err != nil {
		return nil, fmt.Errorf("load what was done to document %s: %w", shortID(id), err)
	}
	return out, nil
}

// mostNote bounds a note, in bytes.
const mostNote = 2000

// Note keeps a note beside a document. It changes no version: notes get into nobody's way.
func (p *Pipeline) Note(ctx context.Context, id, by, note string) error {
	if note == "" || len(note) > mostNote {
		return postroom.Bad(nil, "the note is empty or longer than 2,000 letters", "write a short one")
	}
	if _, err := p.DeskDocument(ctx, id); err != nil {
		return err
	}
	err := p.db.inTx(ctx, func(t tx) error {
		p.audit(t, "user:"+by, AuditNoted, id, "")
		_, err := t.exec(ctx, `INSERT INTO desk_notes (document, by_whom, at, note) VALUES (?, ?, ?, ?)`, id, by, micros(p.now()), note)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a note: %w", err)
	}
	return nil
}

// Assign gives a document that waits to a person, or with "" to anybody, and gives it
// back to the queue. Others can still open it, but it does not come to them by itself.
func (p *Pipeline) Assign(ctx context.Context, id, by, to string) error {
	err := p.db.inTx(ctx, func(t tx) error {
		p.audit(t, "user:"+by, AuditAssigned, id, "to "+to)
		n, err := t.exec(ctx, `UPDATE documents SET assigned = ?, claimed_by = '', claimed_until = 0
			WHERE id = ? AND state IN ('review', 'quarantined') AND (claimed_by = ? OR claimed_by = '' OR claimed_until <= ?)`, to, id, by, micros(p.now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrClaimed
		}
		why := "to " + to
		if to == "" {
			why = "to anybody"
		}
		_, err = t.exec(ctx, `INSERT INTO desk_notes (document, by_whom, at, note) VALUES (?, ?, ?, ?)`, id, by, micros(p.now()), "given "+why)
		return err
	})
	if errors.Is(err, ErrClaimed) {
		if it, err := p.DeskDocument(ctx, id); err != nil {
			return err
		} else if it.State != string(postroom.InReview) && it.State != string(postroom.Quarantined) {
			return ErrChanged
		}
		return ErrClaimed
	}
	if err != nil {
		return fmt.Errorf("give document %s to somebody: %w", shortID(id), err)
	}
	return nil
}
