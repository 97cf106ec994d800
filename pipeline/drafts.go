package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/postroom/postroom"
)

// A draft is a record without the decision, with what the decision needs. It
// is kept until it is the message's turn to be decided.
type draft struct {
	Record postroom.Record `json:"record"`
	// Document is nil for the record of what gave no document.
	Document *postroom.Document `json:"document"`
	// Pages carry what Decide asks of them, without their words.
	Pages []postroom.Page `json:"pages"`
	// Held says why the message as a whole makes its documents wait for a person.
	Held []string `json:"held"`
}

// fewDrafts is how many drafts of a message are kept together; of one with more, each is kept by itself.
const fewDrafts = postroom.ManyPages

// saveDrafts writes down the drafts that are put.
func (p *Pipeline) saveDrafts(ctx context.Context, id postroom.Hash, from string, drafts func(t tx, put func(draft) error) error) error {
	err := p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE messages SET state = ? WHERE id = ? AND state = ?`, stateSorted, string(id), from)
		if err != nil {
			return err
		}
		if n == 0 {
			return errAlreadyDone
		}
		if err := dropDrafts(ctx, t, string(id)); err != nil {
			return err
		}
		few, parts := []draft{}, 0
		err = drafts(t, func(d draft) error {
			few = append(few, d)
			if parts == 0 && len(few) <= fewDrafts {
				return nil
			}
			for _, d := range few {
				body, err := json.Marshal(d)
				if err != nil {
					return err
				}
				parts++
				if _, err := t.exec(ctx, `INSERT INTO draft_parts (message, number, body) VALUES (?, ?, ?)`, string(id), parts, string(body)); err != nil {
					return err
				}
			}
			few = few[:0]
			return nil
		})
		if err != nil || parts > 0 {
			return err
		}
		body, err := json.Marshal(few)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO drafts (message, body) VALUES (?, ?)`, string(id), string(body))
		return err
	})
	return ignoreDone(err)
}

// eachDraft hands over the drafts of a message one by one.
func eachDraft(ctx context.Context, t tx, id string, f func(*draft) error) error {
	var body string
	err := t.row(ctx, `SELECT body FROM drafts WHERE message = ?`, id).scan(&body)
	if err == nil {
		var drafts []draft
		if err := json.Unmarshal([]byte(body), &drafts); err != nil {
			return err
		}
		for i := range drafts {
			if err := f(&drafts[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !errors.Is(err, errNoRows) {
		return fmt.Errorf("load drafts of message %s: %w", id, err)
	}
	for number := 1; ; number++ {
		err := t.row(ctx, `SELECT body FROM draft_parts WHERE message = ? AND number = ?`, id, number).scan(&body)
		if errors.Is(err, errNoRows) && number > 1 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("load drafts of message %s: %w", id, err)
		}
		var d draft
		if err := json.Unmarshal([]byte(body), &d); err != nil {
			return err
		}
		if err := f(&d); err != nil {
			return err
		}
	}
}

func dropDrafts(ctx context.Context, t tx, id string) error {
	for _, table := range []string{"drafts", "draft_parts"} {
		if _, err := t.exec(ctx, `DELETE FROM `+table+` WHERE message = ?`, id); err != nil {
			return err
		}
	}
	return nil
}
