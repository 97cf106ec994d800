package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"
)

// doors keep a receiver that lets its callers wait for nothing from holding up the others:
// after it has done so only one delivery at a time tries it, after a pause, until it
// takes one.
type doors struct {
	mu   sync.Mutex
	slow map[string]*slowDoor // by the receiver's name
}

type slowDoor struct {
	until  time.Time
	pause  time.Duration
	trying bool
}

const (
	slowAfter    = 2 * time.Second // a failure that took less holds nobody up
	longestPause = time.Minute
	longestWish  = time.Hour // a receiver may ask to be left alone for so long
)

// wishOf is how long a receiver asked to be left alone; 0 when it did not.
func wishOf(err error) time.Duration {
	var wish interface{ RetryAfter() time.Duration }
	if !errors.As(err, &wish) {
		return 0
	}
	return max(0, min(wish.RetryAfter(), longestWish))
}

// enter says whether a delivery may be tried now; leave is to be told how it ended.
func (d *doors) enter(name string) (leave func(error), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.slow[name]
	if s != nil {
		if s.trying || time.Now().Before(s.until) {
			return nil, false
		}
		s.trying = true
	}
	began := time.Now()
	return func(err error) { d.leave(name, s, time.Since(began), err) }, true
}

func (d *doors) leave(name string, mine *slowDoor, took time.Duration, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if mine != nil {
		mine.trying = false
	}
	var refusal interface{ Refusal() string }
	switch {
	case err == nil || errors.As(err, &refusal):
		delete(d.slow, name)
	case errors.Is(err, context.Canceled): // this process ends
	case took >= slowAfter || mine != nil || wishOf(err) > 0:
		s := d.slow[name]
		if s == nil {
			s = &slowDoor{pause: time.Second / 2}
			if d.slow == nil {
				d.slow = map[string]*slowDoor{}
			}
			d.slow[name] = s
		}
		s.pause = min(2*s.pause, longestPause)
		s.until = time.Now().Add(max(s.pause, wishOf(err)))
	}
}
