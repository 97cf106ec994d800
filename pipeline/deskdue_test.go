package pipeline

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestPatienceSQLite(t *testing.T) { testPatience(t, filepath.Join(t.TempDir(), "state.db")) }

func TestPatiencePostgres(t *testing.T) { testPatience(t, servers.Postgres(t).NewDatabase()) }

// What is overdue follows the configured patience, also for what waited before it was set.
func testPatience(t *testing.T, where string) {
	ctx := t.Context()
	p, _ := deskOf(t, where, Options{}, "first letter", "second letter", "bad")
	var created int64
	for i, code := range []postroom.TypeCode{postroom.ReferralUrgentCancer, postroom.FitNote} {
		queue, err := p.Queue(ctx, DeskFilter{State: postroom.InReview})
		if err != nil || len(queue) != 2 {
			t.Fatal(err, len(queue))
		}
		if _, err := p.db.exec(ctx, `UPDATE documents SET type = ?, urgent = 0 WHERE id = ?`, string(code), queue[i].Record.DocumentID); err != nil {
			t.Fatal(err)
		}
	}
	p.opt.Patience = map[string]time.Duration{"at_once": time.Minute, "routine": 5 * time.Hour}
	if err := p.renewDue(ctx); err != nil {
		t.Fatal(err)
	}
	seen := 0
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var code string
		var urgent, due int64
		if err := scan(&code, &urgent, &created, &due); err != nil {
			return err
		}
		seen++
		want := p.patience(postroom.Priority(postroom.TypeCode(code), urgent != 0))
		if got := time.Duration(due-created) * time.Microsecond; got != want {
			t.Errorf("a %s is overdue after %s, want %s", code, got, want)
		}
		return nil
	}, `SELECT type, urgent, created, due FROM documents WHERE state IN ('review', 'quarantined')`); err != nil || seen != 3 {
		t.Fatal(err, seen)
	}
	if p.patience("same_day") != 8*time.Hour || p.patience("at_once") != time.Minute {
		t.Error("the patience is not what was set")
	}
}
