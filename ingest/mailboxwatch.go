package ingest

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/postroom/postroom"
)

const (
	// idlePass is the longest time between two passes while a server idles: an
	// announcement that got lost costs no more than this. It is also what begins
	// IDLE anew in time (RFC 2177 asks for under 29 minutes).
	idlePass = 9 * time.Minute
	// gatherWakes is how long further outcomes are waited for after one.
	gatherWakes = 200 * time.Millisecond
	// The waits before connecting again grow from the first to the last, and
	// begin with the third when something is set wrongly: servers lock accounts
	// that try a wrong password again and again.
	firstWait, lastWait, wrongWait = time.Second, 5 * time.Minute, time.Minute
)

// Watch makes passes until ctx ends: at once, whenever the server tells of new
// mail, and whenever wake says that outcomes became known. After a fault it
// connects again, with growing and jittered waits of five minutes at the most.
func (m *Mailbox) Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	log := m.config.Log.With("source", m.config.Name)
	wait, troubled := firstWait, false
	for ctx.Err() == nil {
		began := time.Now()
		worked, err := m.watchOnce(ctx, in, wake)
		if ctx.Err() != nil {
			return nil
		}
		var problem *postroom.Problem
		switch {
		case worked && time.Since(began) > time.Minute:
			wait, troubled = firstWait, false
		case errors.As(err, &problem) && problem.Kind == postroom.Misconfigured:
			wait = max(wait, wrongWait)
		}
		pause := wait/2 + rand.N(wait)
		say := log.Info // servers end connections now and then; that alone is no trouble
		if troubled || !worked {
			say = log.Warn
		}
		say("the mailbox is connected to again", "in", pause.Round(time.Millisecond).String(), "reason", postroom.ReasonOf(err, "unknown"), "error", err)
		troubled = true
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		wait = min(2*wait, lastWait)
	}
	return nil
}

// watchOnce watches over one connection. worked says that at least one pass
// came to its end.
func (m *Mailbox) watchOnce(ctx context.Context, in postroom.Intake, wake <-chan struct{}) (worked bool, _ error) {
	s, err := connect(ctx, m.config, m.tokens)
	if err != nil {
		return false, err
	}
	defer s.close()
	stops, said := 0, ""
	for {
		began := time.Now()
		p, err := m.pass(ctx, s, in)
		if isBroken(err) || ctx.Err() != nil {
			return worked, err
		}
		worked = true
		if err != nil { // the intake is in trouble; the connection is not
			stops++
			p.retryAt(time.Now().Add(min(time.Second<<min(stops, 7), time.Minute)))
		} else {
			stops = 0
		}
		if err := p.faults.with(err); err == nil {
			said = ""
		} else if err.Error() != said {
			said = err.Error()
			m.config.Log.Warn("some mail was left where it is; it is tried again", "source", m.config.Name, "error", err)
		}
		// However often outcomes come, most of the time is not spent on looking.
		rest := time.Now().Add(min(4*time.Since(began), time.Minute))
		if err := m.await(ctx, s, wake, rest, p.retry); err != nil {
			return worked, err
		}
	}
}

// An alarm is what ends a wait for something to do.
type alarm struct {
	wake  <-chan struct{}  // outcomes became known,
	rest  time.Time        // but it is not answered before this,
	woken <-chan time.Time // which comes through here
	up    <-chan time.Time // the wait has been long enough
}

// await returns when there may be something to do: nil, or the fault that
// ended the connection. A wake is not answered before rest.
func (m *Mailbox) await(ctx context.Context, s *session, wake <-chan struct{}, rest, retry time.Time) error {
	idles := s.caps.Has(imap.CapIdle)
	longest := m.config.PollInterval
	if idles {
		longest = idlePass
	}
	if !retry.IsZero() {
		longest = min(longest, max(time.Until(retry), 0))
	}
	up := time.NewTimer(longest)
	defer up.Stop()
	a := &alarm{wake: wake, rest: rest, up: up.C}
	if !idles {
		if _, err := s.wait(ctx, a, nil); err != nil {
			return err
		}
		return s.command(ctx, "tell of changes", func() error { return s.client.Noop().Wait() })
	}
	// Some servers do not announce what came just before IDLE began, but do
	// when it ends. So the first one is short.
	for length := time.Second; ; length *= 4 {
		done, err := s.idle(ctx, a, length)
		if done || err != nil {
			return err
		}
	}
}

// idle waits in IDLE, for no longer than length; done says that there may be
// something to do.
func (s *session) idle(ctx context.Context, a *alarm, length time.Duration) (done bool, _ error) {
	var idle *imapclient.IdleCommand
	if err := s.command(ctx, "wait for mail", func() (err error) { idle, err = s.client.Idle(); return err }); err != nil {
		return false, err
	}
	timer := time.NewTimer(length)
	defer timer.Stop()
	done, err := s.wait(ctx, a, timer.C)
	if err != nil {
		return false, err // the connection is closed; there is nobody to end IDLE for
	}
	err = s.command(ctx, "stop waiting for mail", func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
	return done || len(s.exists) > 0, err
}

// wait returns true when there may be something to do, and false after the
// interlude.
func (s *session) wait(ctx context.Context, a *alarm, interlude <-chan time.Time) (bool, error) {
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-s.client.Closed():
			return false, s.problem(ctx, "wait for mail", io.ErrUnexpectedEOF)
		case <-s.exists:
			return true, nil
		case <-a.up:
			return true, nil
		case <-a.wake:
			if a.woken == nil {
				a.woken = time.After(max(gatherWakes, time.Until(a.rest)))
			}
		case <-a.woken:
			return true, nil
		case <-interlude:
			return false, nil
		}
	}
}
