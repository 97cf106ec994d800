package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// Whatever was filed and corrected is told to a receiver that fails in every way on the
// first calls: signed, at least once, a document's versions in order, a repeat with the
// id of the first.
func TestWebhooksThroughFaults(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	judge, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	calls, bodies, took := 0, map[string]string{}, map[string][]int{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := judge.Verify(body, r.Header); err != nil {
			t.Errorf("the signature: %v", err)
		}
		var e store.WebhookEvent
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("webhook-id")
		if before, again := bodies[id]; again && before != string(body) {
			t.Errorf("a repeat of %s says something else", id)
		}
		bodies[id] = string(body)
		calls++
		if calls <= 8 {
			switch calls % 4 {
			case 0:
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			case 1:
				panic(http.ErrAbortHandler) // the connection ends without an answer
			case 2:
				if calls == 2 {
					time.Sleep(1200 * time.Millisecond) // past the time limit
				}
				w.WriteHeader(http.StatusNotFound)
				return
			}
			// It was taken, but the answer is lost.
			took[e.Data.DocumentID] = append(took[e.Data.DocumentID], e.Data.Version)
			panic(http.ErrAbortHandler)
		}
		took[e.Data.DocumentID] = append(took[e.Data.DocumentID], e.Data.Version)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()
	cfg, err := parseConfig(fmt.Appendf(nil, `data: %q
deliver:
  - name: portal
    webhook: {url: %q, secret: %q, timeout: 1s}
`, t.TempDir(), receiver.URL, secret))
	if err != nil {
		t.Fatal(err)
	}
	patients := lettersOf(4)
	ctx := t.Context()
	pl, err := pipeline.Open(ctx, letterParts(t, cfg, patients), pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer pl.Close()
	if _, err := pl.ImportPatients(ctx, patients); err != nil {
		t.Fatal(err)
	}
	if err := pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer stopWorking(pl)
	const letters = 12
	for i := range letters {
		takeLetter(t, pl, i, fmt.Sprintf("%s letter %d", patients[i%len(patients)].Number, i))
	}
	wait := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("waiting for %s took too long", what)
			}
		}
	}
	filed := func(version int) (out []postroom.Record) {
		t.Helper()
		if err := pl.Records(ctx, func(r postroom.Record) error {
			if r.Status == postroom.Filed && r.Version >= version {
				out = append(out, r)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	wait("all letters being filed", func() bool { return len(filed(1)) == letters })
	kind := postroom.DischargeSummary
	for _, r := range filed(1)[:3] {
		if _, err := pl.Correct(ctx, r.DocumentID, 1, pipeline.Correction{By: "user:7", Why: "it is of another type", Type: &kind}); err != nil {
			t.Fatal(err)
		}
	}
	wait("the corrections being filed", func() bool { return len(filed(2)) == 3 })
	wait("all deliveries", func() bool {
		waiting := 0
		if err := pl.Deliveries(ctx, pipeline.DeliveryWaiting, func(pipeline.Delivery) error { waiting++; return nil }); err != nil {
			t.Fatal(err)
		}
		return waiting == 0
	})
	mu.Lock()
	defer mu.Unlock()
	for _, r := range filed(1) {
		// A version can be told of twice, but never after a later one.
		got := took[r.DocumentID]
		if !slices.IsSorted(got) || !slices.Contains(got, 1) || got[len(got)-1] != r.Version {
			t.Errorf("version %d of a document was told of as %v", r.Version, got)
		}
	}
	if len(bodies) != letters+3 {
		t.Errorf("%d ids, not %d", len(bodies), letters+3)
	}
}
