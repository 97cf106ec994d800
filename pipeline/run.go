package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/postroom/postroom"
)

// errStalled says that work remains but nothing has moved for too long.
var errStalled = errors.New("stalled")

// A BatchResult is what one run of the nightly job came to.
type BatchResult struct {
	Run      string
	Manifest string // object key; empty when nothing was filed
	Before   Progress
	After    Progress
	// Trouble names the sources that could not be drained, and why.
	Trouble map[string]error
	// Busy names the sources that another process is reading.
	Busy []string
	// Stalled is set when work was left because nothing moved for Patience.
	Stalled bool
}

// Batch drains every source, waits for all work to end, settles the mail and
// writes the run's manifest. progress, when not nil, is told now and then.
// Work is left behind only when nothing has moved for patience.
func (p *Pipeline) Batch(ctx context.Context, sources []Source, patience time.Duration, progress func(Progress)) (BatchResult, error) {
	res := BatchResult{Trouble: map[string]error{}}
	var err error
	if res.Before, err = p.Progress(ctx); err != nil {
		return res, err
	}
	tally := &tally{p: p}
	receive := func(ctx context.Context) {
		res.Busy = nil
		for _, s := range sources {
			held, err := p.receiveOnce(ctx, s)
			switch {
			case err != nil:
				res.Trouble[s.Name()] = err
			case !held:
				res.Busy = append(res.Busy, s.Name())
			default:
				delete(res.Trouble, s.Name())
			}
		}
	}
	// Reading goes on while the sources are drained.
	drained := make(chan struct{})
	draining, stopDraining := context.WithCancel(ctx)
	defer stopDraining()
	go func() {
		defer close(drained)
		receive(draining)
	}()
	if err = p.waitUntilDone(ctx, tally, drained, patience, progress); err != nil {
		stopDraining()
	}
	<-drained
	// A further pass settles what now has an outcome. It may also take mail that
	// came in the meantime: that too must end, and be settled.
	for range 3 {
		if err == nil {
			receive(ctx)
			err = p.waitUntilDone(ctx, tally, drained, patience, progress)
		}
		if errors.Is(err, errStalled) {
			res.Stalled, err = true, nil
			break
		}
		if err != nil {
			return res, err
		}
		left := 0
		for _, s := range sources {
			if res.Trouble[s.Name()] != nil || slices.Contains(res.Busy, s.Name()) {
				continue
			}
			n, err := p.Unsettled(ctx, s.Name())
			if err != nil {
				return res, err
			}
			left += n
		}
		if left == 0 {
			break
		}
	}
	if res.Stalled {
		receive(ctx) // settles what has an outcome nevertheless
	}
	if res.Run, res.Manifest, err = p.WriteManifest(ctx); err != nil {
		return res, err
	}
	res.After, err = p.Progress(ctx)
	if progress != nil && err == nil {
		progress(res.After)
	}
	return res, err
}

// receiveOnce makes one pass over a source. Where another process holds its
// lease it waits until that one shows that it lives, or is known to be dead.
func (p *Pipeline) receiveOnce(ctx context.Context, s Source) (held bool, err error) {
	name := "source " + s.Name()
	for {
		held, err = p.WithLease(ctx, name, func(ctx context.Context) error { return s.Receive(ctx, p.Intake()) })
		if held || err != nil {
			return held, err
		}
		free, err := p.leaseChanges(ctx, name)
		if err != nil || !free {
			return false, err
		}
	}
}

// waitUntilDone waits until the sources are drained and no message is without
// an outcome. A database that is away is waited for as long as anything else.
func (p *Pipeline) waitUntilDone(ctx context.Context, tally *tally, drained <-chan struct{}, patience time.Duration, progress func(Progress)) error {
	var last Progress
	moved := time.Now()
	for {
		started := time.Now()
		all := false // asked first: what came in the last moment must be counted
		select {
		case <-drained:
			all = true
		default:
		}
		g, err := tally.progress(ctx)
		if err != nil && (ctx.Err() != nil || !isTemporary(err) || time.Since(moved) > patience) {
			return err
		}
		// Counting costs at most a tenth of the time.
		pause := max(200*time.Millisecond, 10*time.Since(started))
		if err == nil {
			if g.MessagesDone != last.MessagesDone || g.PagesDone != last.PagesDone || g.Messages != last.Messages {
				moved = time.Now()
			}
			last = g
			if progress != nil {
				progress(g)
			}
			if all && g.Left() == 0 {
				return nil
			}
			if time.Since(moved) > patience {
				return errStalled
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// WriteManifest lists the documents that were filed since the last manifest
// in a new one. A run's documents are fixed in the database before the
// manifest is written, so that a crash leads to the same manifest again.
func (p *Pipeline) WriteManifest(ctx context.Context) (run, key string, err error) {
	now := p.now().UTC()
	run = now.Format("20060102T150405.000000Z")
	err = p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE documents SET run = ? WHERE run = '' AND state = 'filed'`, run)
		if err != nil || n == 0 {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO runs (id, started, manifest) VALUES (?, ?, '')`, run, micros(now))
		return err
	})
	if err != nil {
		return run, "", fmt.Errorf("begin a manifest: %w", err)
	}
	type open struct {
		id      string
		started int64
	}
	var waiting []open
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var o open
		err := scan(&o.id, &o.started)
		waiting = append(waiting, o)
		return err
	}, `SELECT id, started FROM runs WHERE manifest = '' ORDER BY id`)
	if err != nil {
		return run, "", err
	}
	for _, o := range waiting {
		k, err := p.parts.File.Manifest(ctx, o.id, fromMicros(o.started), p.recordsOfRun(ctx, o.id))
		if err != nil {
			return run, "", fmt.Errorf("write the manifest of run %s: %w", o.id, err)
		}
		if _, err := p.db.exec(ctx, `UPDATE runs SET manifest = ? WHERE id = ?`, k, o.id); err != nil {
			return run, "", err
		}
		key = k
	}
	return run, key, p.MarkAudit(ctx)
}

// recordsOfRun goes through the records of a run in their order.
func (p *Pipeline) recordsOfRun(ctx context.Context, run string) iter.Seq2[postroom.Record, error] {
	return func(yield func(postroom.Record, error) bool) {
		enough := errors.New("no more is asked for")
		err := p.db.each(ctx, func(scan func(...any) error) error {
			var body string
			if err := scan(&body); err != nil {
				return err
			}
			var r postroom.Record
			if err := json.Unmarshal([]byte(body), &r); err != nil {
				return err
			}
			if !yield(r, nil) {
				return enough
			}
			return nil
		}, `SELECT record FROM documents WHERE run = ? ORDER BY message_seq, number`, run)
		if err != nil && !errors.Is(err, enough) {
			yield(postroom.Record{}, err)
		}
	}
}

// Watch keeps reading the sources until ctx ends: the daemon's part. Of
// several processes one reads a source at a time; the others stand by.
func (p *Pipeline) Watch(ctx context.Context, sources []Source) {
	var all sync.WaitGroup
	wakes := make([]chan struct{}, len(sources))
	for i, s := range sources {
		wakes[i] = make(chan struct{}, 1)
		all.Add(1)
		go func() {
			defer all.Done()
			p.watchOne(ctx, s, wakes[i])
		}()
	}
	tell := func() {
		for _, w := range wakes {
			select {
			case w <- struct{}{}:
			default:
			}
		}
	}
	// Outcomes that another process brought about are noticed by the tick.
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-p.wake:
			tell()
		case <-tick.C:
			for i, s := range sources {
				if n, err := p.Unsettled(ctx, s.Name()); err == nil && n > 0 {
					select {
					case wakes[i] <- struct{}{}:
					default:
					}
				}
			}
		}
	}
	all.Wait()
}

func (p *Pipeline) watchOne(ctx context.Context, s Source, wake <-chan struct{}) {
	for ctx.Err() == nil {
		held, err := p.WithLease(ctx, "source "+s.Name(), func(ctx context.Context) error { return s.Watch(ctx, p.Intake(), wake) })
		if err != nil && ctx.Err() == nil {
			p.log.Warn("source stopped; it is started again", "source", s.Name(), "error", err)
		}
		pause := time.Second
		if !held {
			pause = leaseRenew
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
