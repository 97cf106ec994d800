package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/postroom/postroom"
)

// Intake returns what sources hand their arrivals to.
func (p *Pipeline) Intake() postroom.Intake { return intake{p} }

// TempDir is the folder of this process's own for what is worked on; it goes with the process.
func (p *Pipeline) TempDir() string { return p.files.dir }

type intake struct{ *Pipeline }

// States returns how far each arrival has come. When some are new it waits
// until there is room for them.
func (p intake) States(ctx context.Context, ids []postroom.ArrivalID) ([]postroom.ArrivalState, error) {
	states, err := p.states(ctx, ids)
	if err == nil && slices.Contains(states, postroom.ArrivalNew) {
		err = p.awaitRoom(ctx)
	}
	return states, err
}

func (p intake) states(ctx context.Context, ids []postroom.ArrivalID) ([]postroom.ArrivalState, error) {
	states := make([]postroom.ArrivalState, len(ids))
	for i, id := range ids {
		var outcome string
		err := p.db.row(ctx, `SELECT m.outcome FROM arrivals a JOIN messages m ON m.id = a.message
			WHERE a.source = ? AND a.folder = ? AND a.uidvalidity = ? AND a.uid = ? AND a.path = ?`,
			id.Source, id.Folder, int64(id.UIDValidity), int64(id.UID), id.Path).scan(&outcome)
		switch {
		case errors.Is(err, errNoRows):
			states[i] = postroom.ArrivalNew
		case err != nil:
			return nil, fmt.Errorf("look up arrivals of %s: %w", id.Source, err)
		case outcome == outcomeProcessed:
			states[i] = postroom.ArrivalProcessed
		case outcome == outcomeProblem:
			states[i] = postroom.ArrivalProblem
		default:
			states[i] = postroom.ArrivalTaken
		}
	}
	return states, nil
}

// Take stores the bytes under their hash, then commits the message with the
// job that reads it. A crash in between leaves an original that the next Take
// of the same bytes adopts.
func (p intake) Take(ctx context.Context, a postroom.Arrival, body io.Reader) error {
	spool, err := os.CreateTemp(p.files.dir, "message-*")
	if err != nil {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	hash, size, err := postroom.HashReader(io.TeeReader(body, spool))
	if reason := machineFault(err); reason != "" {
		// Not this message's fault: it is tried again as soon as any.
		return &postroom.Problem{Kind: postroom.Temporary, Reason: reason, Hint: "make room, or mend it; taking in goes on by itself", Err: err}
	}
	if err != nil {
		return fmt.Errorf("fetch a message of %s: %w", a.ID.Source, err)
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	purged, err := p.wasPurged(ctx, hash)
	if err != nil {
		return fmt.Errorf("look up message %s: %w", hash, err)
	}
	// What was purged does not come back: the arrival is noted as that of a message that is done.
	if !purged {
		if err := p.parts.Objects.Put(ctx, postroom.OriginalKey(hash), spool, size, hash); err != nil {
			return fmt.Errorf("store message %s: %w", hash, err)
		}
	}
	first := false
	err = p.db.inTx(ctx, func(t tx) (err error) {
		first, err = p.takeTx(ctx, t, a, hash, size)
		return err
	})
	if err != nil {
		return fmt.Errorf("record message %s: %w", hash, err)
	}
	if first {
		p.opt.Observer.Count(CountMessages, 1)
	}
	return nil
}

// takeTx notes an arrival; first says that its message was not known.
func (p *Pipeline) takeTx(ctx context.Context, t tx, a postroom.Arrival, hash postroom.Hash, size int64) (first bool, err error) {
	n, err := t.exec(ctx, `INSERT INTO messages (id, source, name, received, size, state, outcome, pages_left, documents_left, waits, problem, contents, taken, done, priority)
		VALUES (?, ?, ?, ?, ?, ?, '', 0, 0, 1, 0, '', ?, 0, ?) ON CONFLICT (id) DO NOTHING`,
		string(hash), a.ID.Source, a.Name, micros(a.Received), size, stateTaken, micros(p.now()), p.takenPriority())
	if err != nil {
		return false, err
	}
	if n == 1 {
		if err := t.enqueueAt(ctx, p.takenPriority(), readMessageArgs{string(hash)}); err != nil {
			return false, err
		}
	}
	_, err = t.exec(ctx, `INSERT INTO arrivals (source, folder, uidvalidity, uid, path, message, settled)
		VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`,
		a.ID.Source, a.ID.Folder, int64(a.ID.UIDValidity), int64(a.ID.UID), a.ID.Path, string(hash))
	return n == 1, err
}

// Settled notes that the arrivals were moved or flagged in their source.
func (p intake) Settled(ctx context.Context, ids []postroom.ArrivalID) error {
	return p.db.inTx(ctx, func(t tx) error {
		for _, id := range ids {
			if _, err := t.exec(ctx, `UPDATE arrivals SET settled = 1
				WHERE source = ? AND folder = ? AND uidvalidity = ? AND uid = ? AND path = ?`,
				id.Source, id.Folder, int64(id.UIDValidity), int64(id.UID), id.Path); err != nil {
				return err
			}
		}
		return nil
	})
}
