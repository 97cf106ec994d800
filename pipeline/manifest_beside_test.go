package pipeline

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The Parquet file beside a manifest belongs to it; another file there is found.
func TestWhatStandsBesideAManifest(t *testing.T) {
	w := newWorld(filepath.Join(t.TempDir(), "postroom.db"))
	p := w.open(t, Options{Work: true})
	res, err := p.Batch(t.Context(), []Source{newBox("page one")}, time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Manifest == "" { // nothing was filed without a person: a manifest of its own
		if _, err := p.db.exec(t.Context(), `INSERT INTO runs (id, started, manifest) VALUES ('r', 1, 'manifests/2026/03/12/r.ndjson')`); err != nil {
			t.Fatal(err)
		}
		res.Manifest = "manifests/2026/03/12/r.ndjson"
		w.objects.m[res.Manifest] = nil
	}
	for ending, sound := range map[string]bool{".parquet": true, ".other": false} {
		key := strings.TrimSuffix(res.Manifest, ".ndjson") + ending
		w.objects.m[key] = []byte("x")
		account, err := p.Reconcile(t.Context(), ReconcileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range account.Findings {
			found = found || f.What == key
		}
		if found == sound {
			t.Errorf("%s: %+v", ending, account.Findings)
		}
		delete(w.objects.m, key)
	}
}
