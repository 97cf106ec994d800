package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postroom/postroom/testdata/servers"
)

func TestAuditSQLite(t *testing.T) { testAudit(t, filepath.Join(t.TempDir(), "state.db")) }

func TestAuditPostgres(t *testing.T) { testAudit(t, servers.Postgres(t).NewDatabase()) }

// Many write at once into one chain; what is altered, removed, put in, moved or cut off
// afterwards is found, also by who mends the hashes, since some stand in the object store.
func testAudit(t *testing.T, where string) {
	ctx := t.Context()
	p := newWorld(where).open(t, Options{})
	defer p.Close()
	const writers, each = 4, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if err := p.Audit(ctx, fmt.Sprint("user:", w), AuditViewed, fmt.Sprint("document", i), "x"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := p.db.inTx(ctx, func(x tx) error {
		p.audit(x, "user:9", AuditExported, "", "")
		return context.Canceled
	}); err == nil {
		t.Fatal("the transaction was to fail")
	}
	verify := func(want ...string) {
		t.Helper()
		r, err := p.VerifyAudit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 && (len(r.Wrong) > 0 || r.Rows != writers*each) || len(want) > 0 && !strings.Contains(strings.Join(r.Wrong, "; "), want[0]) {
			t.Errorf("%d rows, %q, not %q", r.Rows, r.Wrong, want)
		}
	}
	verify()
	if err := p.MarkAudit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.MarkAudit(ctx); err != nil {
		t.Fatal(err)
	}
	if r, err := p.VerifyAudit(ctx); err != nil || r.Marks != 1 {
		t.Errorf("%d marks, %v", r.Marks, err)
	}
	for _, q := range []string{`UPDATE audit SET person = 'user:7' WHERE seq = 7`, `DELETE FROM audit WHERE seq = 7`} {
		if _, err := p.db.exec(ctx, q); err == nil || !strings.Contains(err.Error(), "only added to") {
			t.Errorf("%s: %v", q, err)
		}
	}
	// Somebody with all power over the database.
	for _, q := range []string{`DROP TRIGGER audit_no_update`, `DROP TRIGGER audit_no_delete`} {
		if !p.db.exclusive() {
			q = `DROP TRIGGER IF EXISTS audit_only_added_to ON audit`
		}
		if _, err := p.db.exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	change := func(queries ...string) {
		t.Helper()
		for _, q := range queries {
			if n, err := p.db.exec(ctx, q); err != nil || n != 1 {
				t.Fatal(q, n, err)
			}
		}
	}
	change(`UPDATE audit SET person = person || 'x' WHERE seq = 7`)
	verify("row 7 is not what was written")
	change(`UPDATE audit SET person = substr(person, 1, length(person) - 1) WHERE seq = 7`)
	verify()
	change(`UPDATE audit SET at = at + 1 WHERE seq = 8`)
	verify("row 8 is not what was written")
	change(`UPDATE audit SET at = at - 1 WHERE seq = 8`)
	change(`UPDATE audit SET seq = 1000 WHERE seq = 50`, `UPDATE audit SET seq = 50 WHERE seq = 51`, `UPDATE audit SET seq = 51 WHERE seq = 1000`)
	verify("row 50 is not what was written")
	change(`UPDATE audit SET seq = 1000 WHERE seq = 50`, `UPDATE audit SET seq = 50 WHERE seq = 51`, `UPDATE audit SET seq = 51 WHERE seq = 1000`)
	verify()
	change(`DELETE FROM audit WHERE seq = 60`)
	verify("rows 60 to 60 are missing")
	// All after it is gone, and the head says so too.
	if _, err := p.db.exec(ctx, `DELETE FROM audit WHERE seq > 59`); err != nil {
		t.Fatal(err)
	}
	verify("rows 60 to 100 are missing at the end")
	change(`UPDATE audit_head SET seq = 59, hash = (SELECT hash FROM audit WHERE seq = 59)`)
	verify("row 100 is missing: its hash is in the object store")
	// And the rest is written anew, with hashes that fit.
	for range 41 {
		if err := p.Audit(ctx, "user:eve", AuditViewed, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	verify("row 100 is not the one whose hash is in the object store")
}

// trailRows are the rows of the trail that a filter leaves.
func trailRows(t *testing.T, p *Pipeline, f AuditFilter) (rows []AuditEvent) {
	t.Helper()
	if err := p.AuditEvents(t.Context(), f, func(e AuditEvent) error { rows = append(rows, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}
