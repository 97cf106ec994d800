package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/postroom/postroom"
)

// A purgedPage is a page of which only this is left.
type purgedPage struct {
	Hash postroom.Hash `json:"sha256"`
	Page int           `json:"page"`
}

// Purge removes every document that the rules let go and no hold keeps: its
// objects in every version, its record, what was read on its pages, its entry in the
// search, its fingerprints, what was decided and noted about it, and what waits to be
// handed on. The original goes with the last document of its message. What is left
// accounts for the pages, and keeps the same mail from being taken in again.
//
// The state forgets a document before its objects are removed; a purge that was
// interrupted is completed by the next. by is the person, as "user:<id>".
func (p *Pipeline) Purge(ctx context.Context, rules Retention, by, why string) (PurgeRun, error) {
	run := PurgeRun{By: by, Why: why, At: p.now().UTC()}
	if by == "" || strings.TrimSpace(why) == "" {
		return run, postroom.Bad(nil, "a purge needs a reason and a name", "say who asked for it and why")
	}
	if p.parts.Purge == nil {
		return run, errors.New("this process cannot remove objects")
	}
	err := p.db.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, `INSERT INTO purges (at, by_whom, why, documents, messages, objects) VALUES (?, ?, ?, 0, 0, 0)`, micros(run.At), by, why); err != nil {
			return err
		}
		if err := t.row(ctx, `SELECT MAX(seq) FROM purges`).scan(&run.Seq); err != nil {
			return err
		}
		p.audit(t, by, AuditPurgeBegun, "", fmt.Sprintf("purge %d", run.Seq))
		return nil
	})
	if err != nil {
		return run, fmt.Errorf("begin to purge: %w", err)
	}
	deaths, err := p.deaths(ctx)
	if err != nil {
		return run, err
	}
	if err := p.Retained(ctx, rules, func(k Kept) error {
		if !k.Due {
			return nil
		}
		gone, whole, err := p.purgeDocument(ctx, run.Seq, k, rules, deaths)
		if err != nil {
			return fmt.Errorf("purge document %s: %w", k.DocumentID, err)
		}
		if gone {
			run.Documents++
		}
		if whole {
			run.Messages++
		}
		return p.purgeObjects(ctx, &run)
	}); err != nil {
		return run, err
	}
	// Also what an earlier purge left undone.
	if err := p.purgeObjects(ctx, &run); err != nil {
		return run, err
	}
	if err := p.scrub(ctx); err != nil {
		return run, fmt.Errorf("end the purge: %w", err)
	}
	return run, nil
}

// purgeDocument makes the state forget a document; whole says that it was the last of its message.
func (p *Pipeline) purgeDocument(ctx context.Context, purge int64, k Kept, rules Retention, deaths map[string]string) (gone, whole bool, err error) {
	err = p.db.inTx(ctx, func(t tx) error {
		gone, whole = false, false
		var message, state, body string
		var seq, number int64
		err := t.row(ctx, `SELECT message, message_seq, number, state, record FROM documents WHERE id = ?`, k.DocumentID).scan(&message, &seq, &number, &state, &body)
		if errors.Is(err, errNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		// It may have been corrected or held since it was looked at.
		r, err := recordOf(state, body)
		if err != nil {
			return err
		}
		held, err := p.holding(ctx, t)
		if err != nil {
			return err
		}
		var busy int
		if err := t.row(ctx, `SELECT (SELECT COUNT(*) FROM runs JOIN documents d ON d.run = runs.id WHERE d.id = ? AND runs.manifest = '')
			+ (SELECT COUNT(*) FROM messages WHERE id = ? AND state <> ?)`, k.DocumentID, message, stateDone).scan(&busy); err != nil {
			return err
		}
		if busy > 0 || r.Version != k.Version || !rules.kept(r, deaths, held, p.now()).Due {
			return nil
		}
		pages := []purgedPage{}
		for _, q := range r.Pages {
			pages = append(pages, purgedPage{q.Hash, q.Page})
		}
		for _, q := range r.OtherPages {
			if q.Page > 0 {
				pages = append(pages, purgedPage{q.Hash, q.Page})
			}
		}
		list, err := json.Marshal(pages)
		if err != nil {
			return err
		}
		prefix := path.Dir(postroom.DocumentKey(r.Message.Received, r.DocumentID, "x")) + "/"
		if _, err := t.exec(ctx, `INSERT INTO purged (document, message, message_seq, type, status, version, prefix, pages, purge, at, gone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
			r.DocumentID, message, seq, string(r.Type.Code), string(r.Status), r.Version, prefix, string(list), purge, micros(p.now())); err != nil {
			return err
		}
		p.audit(t, "postroom", AuditPurged, r.DocumentID, fmt.Sprintf("by purge %d", purge))
		for _, q := range r.Pages {
			// Another message can hold the same file, and needs what was read there.
			if _, err := t.exec(ctx, `DELETE FROM readings WHERE sha256 = ? AND page = ? AND NOT EXISTS
				(SELECT 1 FROM attachments a JOIN messages m ON m.id = a.message WHERE a.sha256 = readings.sha256 AND m.purged = 0 AND m.id <> ?)`,
				string(q.Hash), q.Page, message); err != nil {
				return err
			}
		}
		for _, table := range []string{"fingerprints", "confirmations", "desk_decisions", "desk_befores", "desk_notes", "desk_returns", "deliveries"} {
			if _, err := t.exec(ctx, `DELETE FROM `+table+` WHERE document = ?`, r.DocumentID); err != nil {
				return err
			}
		}
		for _, q := range []struct {
			text string
			arg  any
		}{
			{`DELETE FROM desk_search WHERE rowid = ?`, searchID(seq, number)},
			{`DELETE FROM noted_objects WHERE object_key LIKE ?`, prefix + "%"},
			{`DELETE FROM documents WHERE id = ?`, r.DocumentID},
			{`UPDATE purges SET documents = documents + 1 WHERE seq = ?`, purge},
		} {
			if _, err := t.exec(ctx, q.text, q.arg); err != nil {
				return err
			}
		}
		gone = true
		var left int
		if err := t.row(ctx, `SELECT COUNT(*) FROM documents WHERE message = ?`, message).scan(&left); err != nil || left > 0 {
			return err
		}
		whole = true
		return p.forgetMessage(ctx, t, purge, message)
	})
	return gone, whole, err
}

// forgetMessage takes out of the state what a message said. Its hash stays, so
// that it is known when it comes again.
func (p *Pipeline) forgetMessage(ctx context.Context, t tx, purge int64, message string) error {
	if _, err := t.exec(ctx, `UPDATE messages SET purged = 1, name = '', contents = '' WHERE id = ?`, message); err != nil {
		return err
	}
	// The name of a scan can be a patient's.
	if _, err := t.exec(ctx, `DELETE FROM arrivals WHERE message = ? AND path <> ''`, message); err != nil {
		return err
	}
	for _, text := range []string{
		`DELETE FROM readings WHERE sha256 IN (SELECT sha256 FROM attachments WHERE message = ?) AND NOT EXISTS
			(SELECT 1 FROM attachments a JOIN messages m ON m.id = a.message WHERE a.sha256 = readings.sha256 AND m.purged = 0)`,
		`UPDATE attachments SET name = '' WHERE message = ?`,
		`UPDATE pages SET reason = '' WHERE message = ?`,
		`DELETE FROM drafts WHERE message = ?`,
		`DELETE FROM draft_parts WHERE message = ?`,
	} {
		if _, err := t.exec(ctx, text, message); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `UPDATE purges SET messages = messages + 1 WHERE seq = ?`, purge)
	return err
}

// purgeObjects removes the objects of what the state has forgotten.
func (p *Pipeline) purgeObjects(ctx context.Context, run *PurgeRun) error {
	column := func(query string, args ...any) (out []string, err error) {
		err = p.db.each(ctx, func(scan func(...any) error) error {
			var s string
			err := scan(&s)
			out = append(out, s)
			return err
		}, query, args...)
		return out, err
	}
	remove := func(key string) error {
		if err := p.parts.Purge(ctx, key); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		run.Objects++
		_, err := p.db.exec(ctx, `UPDATE purges SET objects = objects + 1 WHERE seq = ?`, run.Seq)
		return err
	}
	hidden := func(prefix string, f func(key string) error) error {
		if p.parts.Hidden == nil {
			return nil
		}
		if err := p.parts.Hidden(ctx, prefix, f); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		return nil
	}
	prefixes, err := column(`SELECT prefix FROM purged WHERE gone = 0 ORDER BY document`)
	if err != nil {
		return err
	}
	for _, prefix := range prefixes {
		var keys []string
		if err := p.parts.Objects.List(ctx, prefix, func(o postroom.Object) error { keys = append(keys, o.Key); return nil }); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if err := hidden(prefix, func(key string) error { keys = append(keys, key); return nil }); err != nil {
			return err
		}
		for _, key := range keys {
			if err := remove(key); err != nil {
				return err
			}
		}
		if _, err := p.db.exec(ctx, `UPDATE purged SET gone = 1 WHERE prefix = ?`, prefix); err != nil {
			return err
		}
	}
	messages, err := column(`SELECT id FROM messages WHERE purged = 1 ORDER BY seq`)
	if err != nil {
		return err
	}
	for _, message := range messages {
		hashes, err := column(`SELECT DISTINCT sha256 FROM attachments WHERE message = ?`, message)
		if err != nil {
			return err
		}
		for _, h := range append(hashes, message) {
			// A file can be an attachment of one message and a message itself.
			var others int
			if err := p.db.row(ctx, `SELECT (SELECT COUNT(*) FROM messages WHERE id = ? AND purged = 0)
				+ (SELECT COUNT(*) FROM attachments a JOIN messages m ON m.id = a.message WHERE a.sha256 = ? AND m.purged = 0)`, h, h).scan(&others); err != nil {
				return err
			}
			if others > 0 {
				continue
			}
			key := postroom.OriginalKey(postroom.Hash(h))
			if _, err := p.parts.Objects.Stat(ctx, key); err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("purge: %w", err)
				}
				if err := hidden(key, remove); err != nil {
					return err
				}
				continue
			}
			if err := remove(key); err != nil {
				return err
			}
		}
		if _, err := p.db.exec(ctx, `UPDATE messages SET purged = 2 WHERE id = ?`, message); err != nil {
			return err
		}
	}
	return nil
}

// scrub makes SQLite write its file anew, so that nothing that was deleted is left in
// it; PostgreSQL's own vacuum sees to that.
func (p *Pipeline) scrub(ctx context.Context) error {
	if _, ok := p.db.(*sqliteDB); !ok {
		return nil
	}
	// The words of a deleted entry stand in the index until its parts are merged.
	for _, q := range []string{`INSERT INTO desk_search (desk_search) VALUES ('optimize')`, `VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := p.db.exec(ctx, q); err != nil {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the documents are purged, but the database's file could not be written anew",
				Hint: "run the purge once more while nothing else is at work", Err: err}
		}
	}
	return nil
}
