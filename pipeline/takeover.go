package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postroom/postroom"
)

const (
	heartbeatEvery = 5 * time.Second
	// deadAfter is how long a process may be silent before its work is taken
	// over, unless Options.TakeOver says otherwise.
	deadAfter = 30 * time.Second
)

// deadAfter is how long a process may be silent.
func (p *Pipeline) deadAfter() time.Duration {
	if p.opt.TakeOver > 0 {
		return p.opt.TakeOver
	}
	return deadAfter
}

// beatEvery is how often it must speak: several words may get lost.
func (p *Pipeline) beatEvery() time.Duration { return min(heartbeatEvery, p.deadAfter()/5) }

// heartbeat says that this process lives, and hands the jobs of those that
// fell silent back to the queue. River's own rescue goes by the age of a job,
// so it would have to wait longer than the longest job may take.
func (p *Pipeline) heartbeat(ctx context.Context) {
	if !p.opt.Work {
		return
	}
	tick := time.NewTicker(p.beatEvery())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			limited, stop := context.WithTimeout(ctx, 2*p.beatEvery())
			if err := p.beat(limited, false); err != nil && ctx.Err() == nil {
				p.log.Warn("say that this worker lives", "error", err)
			}
			stop()
		}
	}
}

// beat says that this process lives and makes the running jobs of dead ones
// available again. With a database that only one process works on, every
// other process is dead. Times are the database's own: the clocks of several
// machines need not agree.
func (p *Pipeline) beat(ctx context.Context, first bool) error {
	if !p.opt.Work {
		return nil
	}
	clock, exclusive := p.db.clock(), p.db.exclusive()
	// A process that could not say that it lives because the database was away
	// lets the others, which could not either, speak first.
	wasAway := !first && time.Since(p.lastBeat) > 3*p.beatEvery()
	err := p.db.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, `INSERT INTO workers (id, seen) VALUES (?, `+clock+`)
			ON CONFLICT (id) DO UPDATE SET seen = excluded.seen`, p.id); err != nil {
			return err
		}
		if wasAway {
			return nil
		}
		if exclusive {
			for _, q := range []string{`DELETE FROM workers WHERE id <> ?`, `DELETE FROM leases WHERE holder <> ?`,
				`UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP
					WHERE state = 'running' AND COALESCE(json_extract(attempted_by, '$[#-1]'), '') <> ?`} {
				if _, err := t.exec(ctx, q, p.id); err != nil {
					return err
				}
			}
			return nil
		}
		if _, err := t.exec(ctx, `DELETE FROM workers WHERE seen < `+clock+` - ?`, (10 * time.Hour).Microseconds()); err != nil {
			return err
		}
		n, err := t.exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
			WHERE state = 'running' AND NOT EXISTS (
				SELECT 1 FROM workers w WHERE w.id = attempted_by[array_upper(attempted_by, 1)] AND w.seen >= `+clock+` - ?)`, p.deadAfter().Microseconds())
		p.opt.Observer.Count(CountTakenOver, int(n))
		return err
	})
	if err != nil {
		return err
	}
	p.lastBeat = time.Now()
	p.beatAt.Store(p.lastBeat.UnixNano())
	if first {
		// A clock that was moved back must not make waiting jobs wait for the
		// time that it showed before; no job waits longer than minutes.
		latest, state := `now() + interval '10 minutes'`, `now()`
		if exclusive {
			latest, state = `datetime('now', '+10 minutes')`, `CURRENT_TIMESTAMP`
		}
		_, err := p.db.exec(ctx, `UPDATE river_job SET scheduled_at = `+state+` WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > `+latest)
		return err
	}
	return p.handBackLost(ctx)
}

// sayGone lets others take over at once.
func (p *Pipeline) sayGone(ctx context.Context) error {
	if !p.opt.Work {
		return nil
	}
	_, err := p.db.exec(ctx, `DELETE FROM workers WHERE id = ?`, p.id)
	return err
}

// atHand knows the jobs that this process works on.
type atHand struct {
	mu   sync.Mutex
	jobs map[int64]int
	// lost are jobs that the queue believes to be here, since when they were missed.
	lost map[int64]time.Time
}

// begin notes a job; the function that it returns notes its end.
func (a *atHand) begin(job int64) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.jobs == nil {
		a.jobs = map[int64]int{}
	}
	a.jobs[job]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.jobs[job]--; a.jobs[job] == 0 {
			delete(a.jobs, job)
		}
	}
}

// missing returns those of the jobs that have not been here for so long.
func (a *atHand) missing(running []int64, now time.Time, after time.Duration) (out []int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	lost := map[int64]time.Time{}
	for _, id := range running {
		if a.jobs[id] > 0 {
			continue
		}
		since, known := a.lost[id]
		if !known {
			since = now
		}
		lost[id] = since
		if now.Sub(since) >= after {
			out = append(out, id)
		}
	}
	a.lost = lost
	return out
}

// handBackLost hands back the jobs whose end could not be noted because the
// database was away: River tries that for some seconds only, and the job
// would look as if it were being worked on until River's rescue.
func (p *Pipeline) handBackLost(ctx context.Context) error {
	last := `attempted_by[array_upper(attempted_by, 1)]`
	if p.db.exclusive() {
		last = `json_extract(attempted_by, '$[#-1]')`
	}
	var running []int64
	err := p.db.each(ctx, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		running = append(running, id)
		return err
	}, `SELECT id FROM river_job WHERE state = 'running' AND `+last+` = ?`, p.id)
	if err != nil {
		return err
	}
	for _, id := range p.atHand.missing(running, time.Now(), p.deadAfter()) {
		if _, err := p.db.exec(ctx, `UPDATE river_job SET state = 'available' WHERE id = ? AND state = 'running' AND `+last+` = ?`, id, p.id); err != nil {
			return err
		}
	}
	return nil
}

const (
	leaseTime  = 45 * time.Second
	leaseRenew = 15 * time.Second
)

// WithLease runs f while this process holds the lease, so that one process at
// a time reads a mailbox. It returns false at once when another holds it. f's
// context ends when the lease is lost.
func (p *Pipeline) WithLease(ctx context.Context, name string, f func(context.Context) error) (held bool, err error) {
	held, err = p.takeLease(ctx, name)
	if !held || err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var lost atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(leaseRenew)
		defer tick.Stop()
		renewed := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			limited, stop := context.WithTimeout(ctx, leaseRenew/3)
			ok, err := p.takeLease(limited, name)
			stop()
			switch {
			case ok:
				renewed = time.Now()
			case err == nil || time.Since(renewed) > leaseTime-leaseRenew-leaseRenew/3:
				lost.Store(true)
				cancel() // another has it, or the database was silent too long to be sure
				return
			}
		}
	}()
	err = f(ctx)
	cancel()
	<-done
	if lost.Load() {
		err = &postroom.Problem{Kind: postroom.Temporary, Reason: "this process lost the right to read it: the database was away, or another postroom reads it now", Err: err}
	}
	release, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if _, err := p.db.exec(release, `DELETE FROM leases WHERE name = ? AND holder = ?`, name, p.id); err != nil {
		p.log.Warn("give a lease back", "lease", name, "error", err)
	}
	return true, err
}

// takeLease takes or renews a lease. One whose holder is a worker that fell
// silent is free before its time.
func (p *Pipeline) takeLease(ctx context.Context, name string) (bool, error) {
	clock := p.db.clock()
	n, err := p.db.exec(ctx, `INSERT INTO leases (name, holder, expires) VALUES (?, ?, `+clock+` + ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
		WHERE leases.holder = excluded.holder OR leases.expires < `+clock+` OR EXISTS (
			SELECT 1 FROM workers w WHERE w.id = leases.holder AND w.seen < `+clock+` - ?)`,
		name, p.id, leaseTime.Microseconds(), p.deadAfter().Microseconds())
	return n == 1, err
}

// leaseChanges waits until a lease that another holds is renewed, which shows
// that its holder lives, or is free.
func (p *Pipeline) leaseChanges(ctx context.Context, name string) (free bool, err error) {
	look := func() (holder string, expires, left int64, err error) {
		err = p.db.row(ctx, `SELECT holder, expires, expires - `+p.db.clock()+` FROM leases WHERE name = ?`, name).scan(&holder, &expires, &left)
		return holder, expires, left, err
	}
	first, was, _, err := look()
	for err == nil {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(time.Second):
		}
		var holder string
		var expires, left int64
		holder, expires, left, err = look()
		switch {
		case err != nil:
		case holder != first || expires != was:
			return false, nil
		case left < 0:
			return true, nil
		default:
			if gone, err := p.gone(ctx, holder); err != nil || gone {
				return gone, err
			}
		}
	}
	if errors.Is(err, errNoRows) {
		return true, nil
	}
	return false, err
}

// gone reports whether the process has been silent for so long that it counts as dead.
func (p *Pipeline) gone(ctx context.Context, id string) (bool, error) {
	var n int
	err := p.db.row(ctx, `SELECT COUNT(*) FROM workers WHERE id = ? AND seen < `+p.db.clock()+` - ?`, id, p.deadAfter().Microseconds()).scan(&n)
	return n > 0, err
}
