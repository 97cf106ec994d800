package pipeline

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestRetentionRules(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rules := DefaultRetention()
	deaths := map[string]string{"9990000018": "2016-11-22", "9990000026": "2016-11-23"}
	record := func(number string, code postroom.TypeCode, status postroom.Status, received string) postroom.Record {
		at, _ := time.Parse(time.DateOnly, received)
		return postroom.Record{DocumentID: "d", Version: 1, Status: status, Type: postroom.TypeGuess{Code: code}, Patient: postroom.RecordPatient{NHSNumber: number}, Message: postroom.RecordMessage{Received: at}, DecidedAt: at}
	}
	for name, c := range map[string]struct {
		r    postroom.Record
		held []Hold
		due  bool
	}{
		"ten years after death":                 {record("9990000018", postroom.DischargeSummary, postroom.Filed, "2010-01-01"), nil, true},
		"the tenth year's last day":             {record("9990000026", postroom.DischargeSummary, postroom.Filed, "2010-01-01"), nil, false},
		"alive":                                 {record("9990000034", postroom.DischargeSummary, postroom.Filed, "1990-01-01"), nil, false},
		"nobody's":                              {record("", postroom.DischargeSummary, postroom.Filed, "1990-01-01"), nil, false},
		"a request for access":                  {record("9990000034", postroom.SubjectAccessRequest, postroom.Filed, "2020-11-22"), nil, true},
		"a younger one":                         {record("9990000034", postroom.SubjectAccessRequest, postroom.Filed, "2020-11-23"), nil, false},
		"discarded":                             {record("", postroom.UnknownType, postroom.Discarded, "2025-01-01"), nil, true},
		"waits for a person":                    {record("9990000018", postroom.DischargeSummary, postroom.InReview, "2010-01-01"), nil, false},
		"could not be read":                     {record("9990000018", postroom.DischargeSummary, postroom.Quarantined, "2010-01-01"), nil, false},
		"a type without a rule":                 {record("9990000018", "practice_new", postroom.Filed, "1990-01-01"), nil, false},
		"held":                                  {record("9990000018", postroom.DischargeSummary, postroom.Filed, "2010-01-01"), []Hold{{Seq: 1, Document: "d"}}, false},
		"held by patient":                       {record("9990000018", postroom.DischargeSummary, postroom.Filed, "2010-01-01"), []Hold{{Seq: 1, Patient: "9990000018"}}, false},
		"all is held":                           {record("9990000018", postroom.DischargeSummary, postroom.Filed, "2010-01-01"), []Hold{{Seq: 1}}, false},
		"a hold for another document, not this": {record("9990000018", postroom.DischargeSummary, postroom.Filed, "2010-01-01"), []Hold{{Seq: 1, Document: "e"}, {Seq: 2, Patient: "9990000026"}}, true},
	} {
		if k := rules.kept(c.r, deaths, c.held, now); k.Due != c.due || k.Why == "" {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

func TestPurgeSQLite(t *testing.T) { testPurge(t, filepath.Join(t.TempDir(), "postroom.db")) }

func TestPurgePostgres(t *testing.T) { testPurge(t, servers.Postgres(t).NewDatabase()) }

func testPurge(t *testing.T, where string) {
	w := newWorld(where)
	w.parts.Rule.Sample = 0
	w.parts.Receivers = []Receiver{&doorway{}}
	failures := 0
	w.parts.Purge = func(_ context.Context, key string) error {
		w.objects.mu.Lock()
		defer w.objects.mu.Unlock()
		// The store breaks down in the middle of the first purge.
		if failures++; failures == 3 {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the store is down"}
		}
		delete(w.objects.m, key)
		return nil
	}
	p := w.open(t, Options{Work: true})
	ctx := t.Context()
	if _, err := p.ImportPatients(ctx, []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
		t.Fatal(err)
	}
	mail := []string{"page xylographic letter", "page remaining letter", "page shared one\npage shared two"}
	if _, err := p.Batch(ctx, []Source{newBox(mail...)}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	var all []postroom.Record
	if err := p.Records(ctx, func(r postroom.Record) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(all) != 4 {
		t.Fatalf("%d documents", len(all))
	}
	for _, r := range all {
		if r.Status != postroom.Filed {
			t.Fatalf("%s is %s: %v", r.DocumentID, r.Status, r.Reasons)
		}
	}
	// Two years on, with a rule of one year.
	old := w.open(t, Options{Now: func() time.Time { return time.Now().AddDate(2, 0, 0) }})
	rules := Retention{Types: map[postroom.TypeCode]RetentionRule{}}
	for _, r := range all {
		rules.Types[r.Type.Code] = RetentionRule{AfterReceived, 1}
	}
	if run, err := p.Purge(ctx, rules, "user:7", "before its time"); err != nil || run.Documents != 0 {
		t.Fatalf("nothing is old enough: %+v, %v", run, err)
	}
	if _, err := old.Purge(ctx, rules, "user:7", " "); !postroom.IsBadInput(err) {
		t.Error("a purge without a reason:", err)
	}
	held, err := old.AddHold(ctx, Hold{Document: all[1].DocumentID, By: "user:7", Why: "a claim"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.AddHold(ctx, Hold{Document: all[3].DocumentID, By: "user:7", Why: "another"}); err != nil {
		t.Fatal(err)
	}
	due := 0
	if err := old.Retained(ctx, rules, func(k Kept) error {
		if k.Due {
			due++
		}
		return nil
	}); err != nil || due != 2 {
		t.Fatalf("%d are due, %v", due, err)
	}
	if _, err := old.Purge(ctx, rules, "user:7", "the rules say so"); err == nil {
		t.Fatal("the store was down")
	}
	if _, err := old.Purge(ctx, rules, "user:7", "the rules say so"); err != nil {
		t.Fatal(err)
	}
	runs, err := old.PurgeRuns(ctx)
	if err != nil || len(runs) != 3 {
		t.Fatal(runs, err)
	}
	documents, messages, objects := 0, 0, 0
	for _, r := range runs {
		documents, messages, objects = documents+r.Documents, messages+r.Messages, objects+r.Objects
	}
	// Each has a PDF, a bundle and a record; the first message its original and its attachment, too.
	if documents != 2 || messages != 1 || objects < 7 {
		t.Errorf("%d documents, %d messages, %d objects: %+v", documents, messages, objects, runs)
	}
	for _, r := range []postroom.Record{all[0], all[2]} {
		if keys := w.keys("documents/" + r.Message.Received.Format("2006/01/02") + "/" + r.DocumentID); len(keys) > 0 {
			t.Error("left behind:", keys)
		}
	}
	original := postroom.OriginalKey(all[0].Message.Hash)
	if keys := w.keys(original); len(keys) > 0 {
		t.Error("left behind:", keys)
	}
	if keys := w.keys(postroom.OriginalKey(all[2].Message.Hash)); len(keys) != 1 {
		t.Error("half of what it holds is still kept:", keys)
	}
	for _, b := range w.objects.m {
		if bytes.Contains(b, []byte("xylographic")) {
			t.Error("an object still holds the text")
		}
	}
	if hits, err := old.Search(ctx, DeskSearch{Words: "xylographic"}); err != nil || len(hits) > 0 {
		t.Error(hits, err)
	}
	var n int
	for _, q := range []string{`SELECT COUNT(*) FROM deliveries WHERE document = ?`, `SELECT COUNT(*) FROM fingerprints WHERE document = ?`, `SELECT COUNT(*) FROM documents WHERE id = ?`} {
		if err := p.db.row(ctx, q, all[0].DocumentID).scan(&n); err != nil || n != 0 {
			t.Error(q, n, err)
		}
	}
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM readings WHERE sha256 = ?`, string(all[0].Pages[0].Hash)).scan(&n); err != nil || n != 0 {
		t.Error("what was read is still there:", n, err)
	}
	if !strings.HasPrefix(where, "postgres") {
		files, _ := filepath.Glob(where + "*")
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"xylographic", all[0].DocumentID + "\",\"version"} {
				if bytes.Contains(b, []byte(word)) {
					t.Errorf("%s still holds %q", filepath.Base(f), word)
				}
			}
		}
	}
	sound := func() {
		t.Helper()
		account, err := p.Reconcile(ctx, ReconcileOptions{Deep: true})
		if err != nil || !account.Sound() {
			t.Errorf("%+v, %v", account.Findings, err)
		}
	}
	sound()
	// The same mail comes again: it is known, and nothing of it is kept.
	again := newBox(mail[0])
	again.name = "another inbox"
	if _, err := p.Batch(ctx, []Source{again}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	if len(again.mail) != 0 || again.done[1] != postroom.ArrivalProcessed {
		t.Errorf("the mail that came again: %v, %v", again.mail, again.done)
	}
	if keys := w.keys(original); len(keys) > 0 {
		t.Error("it was stored again:", keys)
	}
	sound()
	// A hold that is lifted lets the next purge take it, and nothing else.
	if err := old.LiftHold(ctx, held, "user:8"); err != nil {
		t.Fatal(err)
	}
	if err := old.LiftHold(ctx, held, "user:8"); !postroom.IsBadInput(err) {
		t.Error("lifted twice:", err)
	}
	run, err := old.Purge(ctx, rules, "user:7", "the claim is settled")
	if err != nil || run.Documents != 1 || run.Messages != 1 {
		t.Errorf("%+v, %v", run, err)
	}
	sound()
	left := 0
	if err := p.Records(ctx, func(r postroom.Record) error { left++; return nil }); err != nil || left != 1 {
		t.Error(left, err)
	}
}

// What a correction leaves of earlier versions is explained, the link to the next one too.
func TestReplacedIsOfAnEarlierVersion(t *testing.T) {
	for name, want := range map[string]bool{"record.replaced.json": true, "record.v2.replaced.json": true, "document.v2.0123456789ab.pdf": true, "notes.json": false} {
		if got := earlierFile.MatchString(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
