package pipeline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestTwoClerksSQLite(t *testing.T) { testTwoClerks(t, filepath.Join(t.TempDir(), "state.db")) }

func TestTwoClerksPostgres(t *testing.T) { testTwoClerks(t, servers.Postgres(t).NewDatabase()) }

// Two clerks accept, correct, split, join, move, mark, discard, correct after filing and
// take back at random, 2,000 times: no decision is lost or doubled, none is applied to a
// version that its clerk did not see, and every page has exactly one fate at the end.
func testTwoClerks(t *testing.T, where string) {
	ctx := t.Context()
	var texts []string
	for i := range 12 {
		texts = append(texts, fmt.Sprintf("a%d first\nb%d second\nblank\nc%d third\nd%d fourth", i, i, i, i))
	}
	p, _ := deskOf(t, where, Options{UndoFor: -1}, texts...)
	// What each action that went through was about, as its clerk saw it.
	type deed struct {
		document, by, action string
		revision             int64
	}
	var mu sync.Mutex
	var deeds []deed
	var undone, refused atomic.Int64
	everything := func() (out []DeskItem, err error) {
		err = p.db.each(ctx, func(scan func(...any) error) error {
			it, err := p.scanDesk(scan)
			out = append(out, it)
			return err
		}, deskColumns+` WHERE d.state IN ('review', 'quarantined', 'filed') ORDER BY d.message_seq, d.number`)
		return out, err
	}
	all := []string{PagesSplit, PagesMerge, PagesMove, PagesMark, PagesTake, "file", FiledCorrect, "discard"}
	few := func() bool {
		mu.Lock()
		defer mu.Unlock()
		count := map[string]int{}
		for _, d := range deeds {
			count[d.action]++
		}
		return len(deeds) < 200 || undone.Load() < 20 || slices.ContainsFunc(all, func(action string) bool { return count[action] < 3 })
	}
	var clerks sync.WaitGroup
	for n, who := range []string{"ann", "bob"} {
		clerks.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 11))
			var seen []DeskItem
			for i := 0; i < 1000 || i < 4000 && few(); i++ { // on a busy machine much is refused: what is being filed cannot be decided
				if len(seen) == 0 || i%8 == 0 {
					var err error
					if seen, err = everything(); err != nil || len(seen) == 0 {
						t.Errorf("%s sees %d documents: %v", who, len(seen), err)
						return
					}
				}
				it := seen[r.IntN(len(seen))]
				c := PageChange{Document: it.Record.DocumentID, Revision: it.Revision, By: who, Page: 1 + r.IntN(max(1, len(it.Record.Pages)))}
				for _, other := range seen {
					if other.Record.Message.Hash == it.Record.Message.Hash && other.Record.DocumentID != c.Document && r.IntN(2) == 0 {
						c.With, c.WithRevision = other.Record.DocumentID, other.Revision
					}
				}
				d := fileAs(it, who)
				if r.IntN(2) == 0 { // a value is put right
					d.Fields[postroom.LetterDate] = fmt.Sprintf("2026-03-%02d", 1+r.IntN(28))
				}
				var err error
				did := ""
				switch action := r.IntN(22); {
				case action < 4:
					did, c.Action = PagesSplit, PagesSplit
					_, err = p.ChangePages(ctx, c)
				case action < 7:
					did, c.Action = PagesMerge, PagesMerge
					_, err = p.ChangePages(ctx, c)
				case action < 9:
					did, c.Action = PagesMove, PagesMove
					_, err = p.ChangePages(ctx, c)
				case action < 10:
					did, c.Action, c.Fate = PagesMark, PagesMark, postroom.FateJunk
					_, err = p.ChangePages(ctx, c)
				case action < 12:
					did, c.Action, c.Other = PagesTake, PagesTake, 0
					_, err = p.ChangePages(ctx, c)
				case action < 14:
					if _, err = p.Undo(ctx, who); err == nil {
						undone.Add(1)
					}
				case action < 15:
					err = p.Claim(ctx, c.Document, who)
				case action < 17:
					err = p.Release(ctx, c.Document, who) // a skip
				case action < 18:
					did = "discard"
					err = p.DiscardByPerson(ctx, d, "it is a test")
				case action < 20:
					did = FiledCorrect
					err = p.ChangeFiled(ctx, FiledChange{DeskDecision: d, Action: FiledCorrect, Why: "it is a test"})
				default:
					did = "file"
					err = p.FileByPerson(ctx, d)
				}
				var problem *postroom.Problem
				switch {
				case err == nil && did != "":
					mu.Lock()
					deeds = append(deeds, deed{c.Document, who, did, it.Revision})
					mu.Unlock()
				case err == nil:
				case errors.Is(err, ErrChanged), errors.Is(err, ErrClaimed), errors.Is(err, ErrNothingToUndo), errors.Is(err, ErrNoDocument), errors.As(err, &problem):
					refused.Add(1)
				default:
					t.Errorf("%s: %s: %v", who, did, err)
					return
				}
			}
		})
	}
	clerks.Wait()
	count := map[string]int{}
	for _, d := range deeds {
		count[d.action]++
	}
	t.Logf("%d decisions were made, %d taken back, %d actions refused: %v", len(deeds), undone.Load(), refused.Load(), count)
	for _, action := range all {
		if count[action] < 3 {
			t.Errorf("%s went through %d times only", action, count[action])
		}
	}
	if len(deeds) < 200 || undone.Load() < 20 {
		t.Errorf("only %d decisions came to something, %d were taken back", len(deeds), undone.Load())
	}
	// No decision is lost or doubled: what went through is what was written down.
	kept := map[deed]int{}
	takenBack := int64(0)
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var d deed
		var undone int64
		if err := scan(&d.document, &d.revision, &d.by, &d.action, &undone); err != nil {
			return err
		}
		takenBack += undone
		kept[d]++
		return nil
	}, `SELECT document, revision, by_whom, action, undone FROM desk_decisions WHERE action <> 'undo'`); err != nil {
		t.Fatal(err)
	}
	for _, d := range deeds {
		if kept[d]--; kept[d] < 0 {
			t.Errorf("a decision was lost: %+v", d)
		}
	}
	for d, n := range kept {
		if n > 0 {
			t.Errorf("a decision was written down that nobody was told of: %+v", d)
		}
	}
	if takenBack != undone.Load() {
		t.Errorf("%d decisions are marked as taken back, %d were", takenBack, undone.Load())
	}
	// Of each document every revision was made by one decision only, about the one before.
	var n int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM (SELECT document, revision FROM desk_decisions WHERE action <> 'undo' GROUP BY document, revision HAVING COUNT(*) > 1) x`).scan(&n); err != nil || n != 0 {
		t.Errorf("%d versions were decided about twice, %v", n, err)
	}
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM (SELECT b.document, b.after FROM desk_befores b JOIN desk_decisions d ON d.seq = b.decision WHERE d.undone = 0 GROUP BY b.document, b.after HAVING COUNT(*) > 1) x`).scan(&n); err != nil || n != 0 {
		t.Errorf("%d revisions come from two decisions, %v", n, err)
	}
	var open []string
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		open = append(open, id)
		return err
	}, `SELECT id FROM documents WHERE state = 'filing'`); err != nil {
		t.Fatal(err)
	}
	for _, id := range open {
		waitState(t, p, id, "filed")
	}
	// Every page stands in exactly one record.
	listed := map[string]int{}
	if err := p.Records(ctx, func(r postroom.Record) error {
		for _, page := range r.Pages {
			listed[fmt.Sprint(r.Message.Hash, page.Hash, page.Page)]++
		}
		for _, page := range r.OtherPages {
			listed[fmt.Sprint(r.Message.Hash, page.Hash, page.Page)]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for page, n := range listed {
		if n != 1 {
			t.Errorf("page %s stands in %d records", page, n)
		}
	}
	if len(listed) != 5*len(texts) {
		t.Errorf("%d pages are listed of %d", len(listed), 5*len(texts))
	}
	soundDesk(t, p)
}
