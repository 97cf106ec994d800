package pipeline

import (
	"context"
	"time"
)

const (
	heartbeatEvery = 5 * time.Second
	// deadAfter is how long a process may be silent before its work is taken over.
	deadAfter = 30 * time.Second
)

// heartbeat says that this process lives, and hands the jobs of those that
// fell silent back to the queue. River's own rescue goes by the age of a job,
// so it would have to wait longer than the longest job may take.
func (p *Pipeline) heartbeat(ctx context.Context) {
	if !p.opt.Work {
		return
	}
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := p.takeOverJobs(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("say that this worker lives", "error", err)
			}
		}
	}
}

// takeOverJobs makes the running jobs of dead processes available again. With
// a database that only one process works on, every other process is dead.
func (p *Pipeline) takeOverJobs(ctx context.Context) error {
	if !p.opt.Work {
		return nil
	}
	now := p.now()
	alive := micros(now.Add(-deadAfter))
	return p.db.inTx(ctx, func(t tx) error {
		if p.db.exclusive() {
			if _, err := t.exec(ctx, `DELETE FROM workers WHERE id <> ?`, p.id); err != nil {
				return err
			}
		} else if _, err := t.exec(ctx, `DELETE FROM workers WHERE seen < ? AND id <> ?`, alive-10*micros(time.Unix(3600, 0)), p.id); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO workers (id, seen) VALUES (?, ?)
			ON CONFLICT (id) DO UPDATE SET seen = excluded.seen`, p.id, micros(now)); err != nil {
			return err
		}
		var err error
		if p.db.exclusive() {
			_, err = t.exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP
				WHERE state = 'running' AND COALESCE(json_extract(attempted_by, '$[#-1]'), '') <> ?`, p.id)
		} else {
			_, err = t.exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
				WHERE state = 'running' AND NOT EXISTS (
					SELECT 1 FROM workers w WHERE w.id = attempted_by[array_upper(attempted_by, 1)] AND w.seen >= ?)`, alive)
		}
		return err
	})
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
			ok, err := p.takeLease(ctx, name)
			switch {
			case ok:
				renewed = time.Now()
			case err == nil || time.Since(renewed) > leaseTime-leaseRenew:
				cancel() // another has it, or the database was silent too long to be sure
				return
			}
		}
	}()
	err = f(ctx)
	cancel()
	<-done
	release, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if _, err := p.db.exec(release, `DELETE FROM leases WHERE name = ? AND holder = ?`, name, p.id); err != nil {
		p.log.Warn("give a lease back", "lease", name, "error", err)
	}
	return true, err
}

func (p *Pipeline) takeLease(ctx context.Context, name string) (bool, error) {
	now := p.now()
	n, err := p.db.exec(ctx, `INSERT INTO leases (name, holder, expires) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
		WHERE leases.holder = excluded.holder OR leases.expires < ?`,
		name, p.id, micros(now.Add(leaseTime)), micros(now))
	return n == 1, err
}
