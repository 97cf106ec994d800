package ingest

import (
	"errors"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// A hold is why an arrival is not tried again for a while: a large message
// that can't be stored should not be fetched again whenever another has its
// outcome.
type hold struct {
	err   error
	cuts  int // how often the connection ended while it was fetched
	tries int
	until time.Time
}

// holds are the arrivals that failed, by what tells them apart in their source.
type holds[K comparable] map[K]hold

// blocked returns why and until when an arrival is not tried, if so.
func (h holds[K]) blocked(key K) (hold, bool) {
	found, ok := h[key]
	return found, ok && found.err != nil && time.Now().Before(found.until)
}

// put puts an arrival off that failed, for longer each time, up to an hour.
func (h holds[K]) put(key K, err error) (until time.Time) {
	held := h[key]
	held.tries++
	held.err = err
	held.until = time.Now().Add(min(time.Minute<<min(held.tries-1, 6), time.Hour))
	h[key] = held
	return held.until
}

// cut counts the connections that ended in a message: one that a server
// cannot deliver must not keep us from those behind it.
func (h holds[K]) cut(key K, err error) {
	held := h[key]
	held.cuts++
	h[key] = held
	if held.cuts >= 2 {
		h.put(key, err)
	}
}

// prune keeps what is still there.
func (h holds[K]) prune(there func(K) bool) {
	for key := range h {
		if !there(key) {
			delete(h, key)
		}
	}
}

// A pass is what came of one look at everything that a source holds.
type pass struct {
	faults   faults    // of single arrivals, and of moving them
	progress bool      // something was taken or settled
	retry    time.Time // when something that failed is worth another try; zero for none
	refused  map[string]bool
	inARow   int // arrivals in a row that could not be taken
}

func (p *pass) retryAt(t time.Time) {
	if p.retry.IsZero() || t.Before(p.retry) {
		p.retry = t
	}
}

// fail notes that one arrival could not be taken. It returns the error that
// ends the pass when the intake itself is in trouble, and nil when the next
// arrival may fare better.
func (p *pass) fail(err error) error {
	var problem *postroom.Problem
	if errors.As(err, &problem) && problem.Kind != postroom.BadInput && !errors.Is(err, errNotGiven) {
		return err
	}
	if p.inARow++; p.inARow == 10 {
		return fmt.Errorf("ten in a row could not be taken, the last: %w", err)
	}
	p.faults.add(err)
	return nil
}

// errNotGiven says that a message is there and its server hands no body over:
// the source's trouble with one message, not the intake's with all.
var errNotGiven = errors.New("no body came")

// faults are errors of single arrivals. Of many alike the first say enough.
type faults struct {
	errs []error
	more int
}

func (f *faults) add(err error) {
	if len(f.errs) == 20 {
		f.more++
		return
	}
	f.errs = append(f.errs, err)
}

// with joins the faults and what ended the pass, if anything did.
func (f faults) with(err error) error {
	errs := f.errs[:len(f.errs):len(f.errs)]
	if f.more > 0 {
		errs = append(errs, fmt.Errorf("and %d more", f.more))
	}
	return errors.Join(append(errs, err)...)
}
