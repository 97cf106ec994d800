package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// An adoption takes originals in that no message refers to: a crash came
// between storing and committing them, or the state is that of a backup and the
// store has gone on since.
type adoption struct {
	p       *Pipeline
	orphans map[postroom.Hash]postroom.Object
	// within says which of them another one contains: it is no message of its own.
	within map[postroom.Hash]postroom.Hash
	// known is what filed records in the store say of their messages.
	known map[postroom.Hash]postroom.RecordMessage
}

// adopt mends what it can of the findings about orphaned objects, whose keys
// are their What.
func (p *Pipeline) adopt(ctx context.Context, findings []Finding, stored *listing) error {
	a := &adoption{p: p, orphans: map[postroom.Hash]postroom.Object{}, within: map[postroom.Hash]postroom.Hash{}, known: map[postroom.Hash]postroom.RecordMessage{}}
	at := map[postroom.Hash]*Finding{}
	for i := range findings {
		f := &findings[i]
		if f.Kind != Orphaned || f.Mended != "" {
			continue
		}
		switch h, original := strings.CutPrefix(f.What, "originals/"); {
		case original:
			o := stored.find(f.What)
			a.orphans[postroom.Hash(h)], at[postroom.Hash(h)] = postroom.Object{Key: f.What, Size: o.size, Modified: fromMicros(o.modified)}, f
		case strings.HasPrefix(f.What, "manifests/"):
			// Its run is not known: the state is older than it. Nothing can be lost by it.
			if err := p.note(ctx, f.What); err != nil {
				return err
			}
			f.Mended = "noted: it lists what a run filed that the state does not know"
		case strings.HasPrefix(filepath.Base(f.What), "record"):
			if err := a.learn(ctx, f.What); err != nil {
				return err
			}
		}
	}
	if len(a.orphans) == 0 {
		return nil
	}
	var order []postroom.Hash
	for h := range a.orphans {
		if err := a.look(ctx, h); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			at[h].Why += "; it could not be taken in: " + postroom.ReasonOf(err, err.Error())
			continue
		}
		order = append(order, h)
	}
	// As they arrived, as far as that can be told.
	sort.Slice(order, func(i, j int) bool {
		x, y := a.received(order[i]), a.received(order[j])
		if !x.Equal(y) {
			return x.Before(y)
		}
		return order[i] < order[j]
	})
	for _, h := range order {
		if owner, ok := a.within[h]; ok {
			at[h].Mended = "it belongs to message " + string(owner) + ", which is taken in"
			continue
		}
		if err := a.take(ctx, h); err != nil {
			return err
		}
		at[h].Mended = "taken in as a message; it is read with the next run"
	}
	return nil
}

// learn reads a filed record that the state does not know.
func (a *adoption) learn(ctx context.Context, key string) error {
	body, err := a.p.parts.Objects.Open(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	defer body.Close()
	var r postroom.Record
	if json.NewDecoder(io.LimitReader(body, 64<<20)).Decode(&r) == nil && r.Message.Hash != "" {
		a.known[r.Message.Hash] = r.Message
	}
	return nil
}

// look checks an original's bytes and notes what it contains.
func (a *adoption) look(ctx context.Context, h postroom.Hash) error {
	if _, err := postroom.ParseHash(string(h)); err != nil {
		return errors.New("its key is no SHA-256")
	}
	path, release, err := a.p.files.get(ctx, h)
	if err != nil {
		return err
	}
	defer release()
	dir, err := os.MkdirTemp(a.p.files.dir, "adopt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := a.p.parts.Unpack.Unpack(ctx, postroom.Message{Hash: h, Source: "reconcile", Received: a.received(h), Size: a.orphans[h].Size}, f, dir)
	if err != nil {
		return err
	}
	for _, attachment := range c.Attachments {
		if _, orphan := a.orphans[attachment.Hash]; orphan && attachment.Hash != h {
			a.within[attachment.Hash] = h
		}
	}
	return nil
}

func (a *adoption) received(h postroom.Hash) time.Time {
	if m, ok := a.known[h]; ok {
		return m.Received
	}
	return a.orphans[h].Modified.UTC()
}

func (a *adoption) take(ctx context.Context, h postroom.Hash) error {
	o, source := a.orphans[h], "reconcile"
	if m, ok := a.known[h]; ok {
		source = m.Source // so that what is filed of it is the same record again
	}
	return a.p.db.inTx(ctx, func(t tx) error {
		_, err := a.p.takeTx(ctx, t, postroom.Arrival{ID: postroom.ArrivalID{Source: source, Folder: "reconcile", Path: o.Key}, Received: a.received(h), Size: o.Size}, h, o.Size)
		if err != nil {
			return err
		}
		// Nothing stands in a source that would have to be moved.
		_, err = t.exec(ctx, `UPDATE arrivals SET settled = 1 WHERE source = ? AND folder = 'reconcile' AND path = ?`, source, o.Key)
		return err
	})
}
