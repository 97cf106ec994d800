package pipeline

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom/testdata/servers"
)

func TestClaimsSQLite(t *testing.T) { testClaims(t, filepath.Join(t.TempDir(), "state.db")) }

func TestClaimsPostgres(t *testing.T) { testClaims(t, servers.Postgres(t).NewDatabase()) }

// Who opened a document to decide about it, and who gave it back, stands in the trail once; and so
// does what came of verifying it.
func testClaims(t *testing.T, where string) {
	p, _ := deskOf(t, where, Options{}, "a letter")
	queue, err := p.Queue(t.Context(), DeskFilter{})
	if err != nil || len(queue) != 1 {
		t.Fatal(len(queue), err)
	}
	id := queue[0].Record.DocumentID
	for range 3 {
		if err := p.Claim(t.Context(), id, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Claim(t.Context(), id, "bob"); !errors.Is(err, ErrClaimed) {
		t.Error(err)
	}
	if err := p.Release(t.Context(), id, "bob"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Release(t.Context(), id, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Claim(t.Context(), id, "bob"); err != nil {
		t.Fatal(err)
	}
	var told []string
	if err := p.AuditEvents(t.Context(), AuditFilter{Document: id}, func(e AuditEvent) error {
		if e.Action == AuditClaimed || e.Action == AuditReleased {
			told = append(told, e.Person+" "+e.Action)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"user:ann claimed", "user:ann released", "user:bob claimed"}; !slices.Equal(told, want) {
		t.Errorf("the trail tells %q", told)
	}
	if r, err := p.CheckAudit(t.Context(), "user:dave"); err != nil || len(r.Wrong) > 0 {
		t.Fatal(r, err)
	}
	var last AuditEvent
	if err := p.AuditEvents(t.Context(), AuditFilter{Action: AuditVerified, Limit: 1}, func(e AuditEvent) error { last = e; return nil }); err != nil ||
		last.Person != "user:dave" || !strings.HasPrefix(last.Detail, "rows 1 to ") {
		t.Errorf("%+v, %v", last, err)
	}
}
