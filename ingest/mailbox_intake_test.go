package ingest

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/postroom/postroom"
)

// A desk is an intake that keeps what it is handed in memory and is told its
// outcomes by the test.
type desk struct {
	mu      sync.Mutex
	taken   map[postroom.ArrivalID]arrived
	order   []postroom.ArrivalID // of each Take, also of those that failed
	outcome map[postroom.ArrivalID]postroom.ArrivalState
	settled map[postroom.ArrivalID]int
	asked   int // arrivals that States was asked for

	// take, when set, stands before the storing; its error fails the Take.
	take func(a postroom.Arrival) error
	// store reads the body; io.ReadAll by default.
	store     func(io.Reader) ([]byte, error)
	statesErr error
	news      chan postroom.ArrivalID // told of each arrival taken, when not full
}

type arrived struct {
	postroom.Arrival
	raw string
}

func newDesk() *desk {
	return &desk{taken: map[postroom.ArrivalID]arrived{}, outcome: map[postroom.ArrivalID]postroom.ArrivalState{},
		settled: map[postroom.ArrivalID]int{}, store: io.ReadAll, news: make(chan postroom.ArrivalID, 1000)}
}

func (d *desk) States(_ context.Context, ids []postroom.ArrivalID) ([]postroom.ArrivalState, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked += len(ids)
	states := make([]postroom.ArrivalState, len(ids))
	for i, id := range ids {
		if _, ok := d.taken[id]; ok {
			states[i] = max(postroom.ArrivalTaken, d.outcome[id])
		}
	}
	return states, d.statesErr
}

func (d *desk) Take(_ context.Context, a postroom.Arrival, body io.Reader) error {
	d.mu.Lock()
	d.order = append(d.order, a.ID)
	take, store := d.take, d.store
	d.mu.Unlock()
	if take != nil {
		if err := take(a); err != nil {
			return err
		}
	}
	raw, err := store(body)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.taken[a.ID] = arrived{a, string(raw)}
	d.mu.Unlock()
	select {
	case d.news <- a.ID:
	default:
	}
	return nil
}

func (d *desk) Settled(_ context.Context, ids []postroom.ArrivalID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		d.settled[id]++
	}
	return nil
}

// takes returns how often Take was called.
func (d *desk) takes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.order)
}

func (d *desk) settledCount() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.settled)
}

// raws returns the bytes of what was taken.
func (d *desk) raws() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]int{}
	for _, a := range d.taken {
		out[a.raw]++
	}
	return out
}

// decide gives each arrival that was taken the outcome that f names.
func (d *desk) decide(f func(arrived) postroom.ArrivalState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, a := range d.taken {
		d.outcome[id] = f(a)
	}
}

func all(state postroom.ArrivalState) func(arrived) postroom.ArrivalState {
	return func(arrived) postroom.ArrivalState { return state }
}

// receive makes one pass that must succeed.
func receive(t *testing.T, source interface {
	Receive(context.Context, postroom.Intake) error
}, in postroom.Intake) {
	t.Helper()
	if err := source.Receive(t.Context(), in); err != nil {
		t.Fatalf("receive: %v", err)
	}
}
