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

type refusal string

func (r refusal) Error() string   { return "refused" }
func (r refusal) Refusal() string { return string(r) }

// A doorway is a receiver that loses every third answer and refuses one document.
type doorway struct {
	sync.Mutex
	calls   int
	refuses string
	got     []string
}

func (d *doorway) Name() string { return "gp system" }

func (d *doorway) Deliver(_ context.Context, r postroom.Record) error {
	d.Lock()
	defer d.Unlock()
	d.calls++
	what := fmt.Sprintf("%s/%d", r.DocumentID, r.Version)
	if r.DocumentID == d.refuses {
		return refusal("code 422 is unknown")
	}
	if !slices.Contains(d.got, what) {
		d.got = append(d.got, what)
	}
	if d.calls%3 == 0 {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the answer was lost"}
	}
	return nil
}

func TestDeliveriesSQLite(t *testing.T) { testDeliveries(t, t.TempDir()+"/postroom.db") }
func TestDeliveriesPostgres(t *testing.T) {
	testDeliveries(t, servers.Postgres(t).NewDatabase())
}

func testDeliveries(t *testing.T, where string) {
	w := newWorld(where)
	door := &doorway{refuses: "doc-4"}
	w.parts.Receivers = []Receiver{door}
	p := w.open(t, Options{Work: true})
	ctx := t.Context()
	var want []string
	for i := range 12 {
		r := postroom.Record{DocumentID: fmt.Sprintf("doc-%d", i), Version: 1, Status: postroom.Filed,
			Patient: postroom.RecordPatient{NHSNumber: "9990000018"}}
		for range 2 { // noted twice, as after a crash
			if err := p.db.inTx(ctx, func(t tx) error { return p.addDeliveries(ctx, t, r) }); err != nil {
				t.Fatal(err)
			}
		}
		if r.DocumentID != door.refuses {
			want = append(want, r.DocumentID+"/1")
		}
	}
	in := func(state string) (out []Delivery) {
		if err := p.Deliveries(ctx, state, func(d Delivery) error { out = append(out, d); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	settle := func() {
		t.Helper()
		for end := time.Now().Add(40 * time.Second); len(in(DeliveryWaiting)) > 0; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d deliveries are still waiting", len(in(DeliveryWaiting)))
			}
		}
	}
	settle()
	if !slices.Equal(door.got, want) {
		t.Errorf("got %v, not %v", door.got, want)
	}
	refused := in(DeliveryRefused)
	if len(refused) != 1 || refused[0].Said != "code 422 is unknown" || refused[0].DocumentID != "doc-4" {
		t.Fatalf("refused: %+v", refused)
	}
	// A correction is taken; the version before it must not come after it.
	if err := p.db.inTx(ctx, func(t tx) error {
		return p.addDeliveries(ctx, t, postroom.Record{DocumentID: "doc-4", Version: 2, Replaces: 1, Status: postroom.Filed})
	}); err != nil {
		t.Fatal(err)
	}
	door.Lock()
	door.refuses = ""
	door.Unlock()
	settle()
	for range 3 {
		n, err := p.RetryDeliveries(ctx)
		if err != nil {
			t.Fatal(err)
		}
		settle()
		if n == 0 {
			break
		}
	}
	if slices.Contains(door.got, "doc-4/1") && slices.Index(door.got, "doc-4/2") < slices.Index(door.got, "doc-4/1") {
		t.Error("the replaced version came after the one that replaces it")
	}
	for _, d := range in("") {
		if d.State != DeliverySent && d.State != DeliveryOvertaken {
			t.Errorf("delivery of %s/%d is %s", d.DocumentID, d.Version, d.State)
		}
	}
}
