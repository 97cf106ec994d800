package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A gate is a receiver that takes what it is let take, after a while.
type gate struct {
	sync.Mutex
	name  string
	takes func(postroom.Record) error
	slow  time.Duration
	calls []string
}

func (g *gate) Name() string { return g.name }

func (g *gate) Deliver(_ context.Context, r postroom.Record) error {
	time.Sleep(g.slow)
	g.Lock()
	defer g.Unlock()
	g.calls = append(g.calls, r.DocumentID)
	return g.takes(r)
}

func (g *gate) set(f func(postroom.Record) error) {
	g.Lock()
	defer g.Unlock()
	g.takes = f
}

func taking(postroom.Record) error { return nil }
func downFor(ids ...string) func(postroom.Record) error {
	return func(r postroom.Record) error {
		if len(ids) == 0 || slices.Contains(ids, r.DocumentID) {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "nobody answers"}
		}
		return nil
	}
}

func addLetters(t *testing.T, p *Pipeline, lane string, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		r := postroom.Record{DocumentID: fmt.Sprintf("doc-%02d", i), Version: 1, Status: postroom.Filed, Patient: postroom.RecordPatient{NHSNumber: lane}}
		if err := p.db.inTx(t.Context(), func(t tx) error { return p.addDeliveries(context.Background(), t, r) }); err != nil {
			t.Fatal(err)
		}
	}
}

func deliveryStates(t *testing.T, p *Pipeline) map[string]int {
	t.Helper()
	out := map[string]int{}
	if err := p.Deliveries(t.Context(), "", func(d Delivery) error { out[d.State]++; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// A receiver that is gone for longer than faults are borne with loses nothing: all goes out when
// it is back. What it does not take while it takes other things is given up.
func TestAReceiverIsAway(t *testing.T) {
	w := newWorld(t.TempDir() + "/postroom.db")
	g := &gate{name: "engine", takes: downFor()}
	w.parts.Receivers = []Receiver{g}
	p := w.open(t, Options{Work: true, GiveUp: 1500 * time.Millisecond})
	addLetters(t, p, "9990000018", 0, 3)
	time.Sleep(4 * time.Second) // tried after 0, 1 and 3 seconds
	if got := deliveryStates(t, p); got[DeliveryWaiting] != 3 {
		t.Fatalf("while it is away: %v", got)
	}
	if v, err := p.Vitals(t.Context()); err != nil || v.Undelivered != 3 || v.OldestWaits < 3*time.Second || v.Refused != 0 {
		t.Errorf("vitals: %+v, %v", v, err)
	}
	g.set(downFor("doc-00"))
	// It takes others all the while: on a quick machine a few would be through before the next try.
	others := 3
	waitFor(t, "the one that it does not take being given up", func() bool {
		addLetters(t, p, "9990000026", others, others+1)
		others++
		time.Sleep(200 * time.Millisecond)
		return deliveryStates(t, p)[DeliveryRefused] == 1
	})
	waitFor(t, "all others being taken", func() bool { return deliveryStates(t, p)[DeliverySent] == others-1 })
	if v, err := p.Vitals(t.Context()); err != nil || v.Undelivered != 0 || v.Refused != 1 {
		t.Errorf("vitals: %+v, %v", v, err)
	}
}

// Whoever does not answer holds up nobody else.
func TestASilentReceiverHoldsUpNobody(t *testing.T) {
	w := newWorld(t.TempDir() + "/postroom.db")
	silent := &gate{name: "silent", takes: downFor(), slow: 3 * time.Second}
	prompt := &gate{name: "prompt", takes: taking}
	w.parts.Receivers = []Receiver{silent, prompt}
	p := w.open(t, Options{Work: true})
	began := time.Now()
	for i := range 40 {
		addLetters(t, p, fmt.Sprint("patient ", i), i, i+1)
	}
	waitFor(t, "the prompt receiver having all", func() bool { return deliveryStates(t, p)[DeliverySent] == 40 })
	t.Logf("after %s", time.Since(began))
	silent.Lock()
	defer silent.Unlock()
	if len(silent.calls) > 20 {
		t.Errorf("the silent receiver was tried %d times meanwhile", len(silent.calls))
	}
}

// A delivery that has two jobs is not sent by both at once.
func TestADeliveryIsSentByOneJobSQLite(t *testing.T) {
	testOneJob(t, t.TempDir()+"/postroom.db")
}
func TestADeliveryIsSentByOneJobPostgres(t *testing.T) {
	testOneJob(t, servers.Postgres(t).NewDatabase())
}

func testOneJob(t *testing.T, where string) {
	w := newWorld(where)
	g := &gate{name: "gp", takes: taking, slow: 100 * time.Millisecond}
	w.parts.Receivers = []Receiver{g}
	idle := w.open(t, Options{})
	for i := range 8 {
		addLetters(t, idle, fmt.Sprint("patient ", i), i, i+1)
		// What the end of the one before would do.
		if err := idle.db.inTx(t.Context(), func(t tx) error { return t.enqueue(context.Background(), deliverArgs{int64(i + 1)}) }); err != nil {
			t.Fatal(err)
		}
	}
	idle.Close()
	p := w.open(t, Options{Work: true})
	waitFor(t, "all being sent", func() bool { return deliveryStates(t, p)[DeliverySent] == 8 })
	time.Sleep(300 * time.Millisecond)
	g.Lock()
	defer g.Unlock()
	if len(g.calls) != 8 {
		t.Errorf("it was sent %v", g.calls)
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waiting for %s took too long", what)
		}
	}
}
