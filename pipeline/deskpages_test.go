package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// One makes one document of all pages.
func (s lineSorter) One(ctx context.Context, c postroom.Contents, pages []postroom.Page) (postroom.Document, error) {
	sorted, err := s.Sort(ctx, c, postroom.PageList(pages[:1]))
	if err != nil || len(sorted.Documents) == 0 {
		return postroom.Document{Pages: []int{0}, Type: postroom.TypeGuess{Code: postroom.UnknownType}}, err
	}
	d := sorted.Documents[0]
	for i := range pages[1:] {
		d.Pages = append(d.Pages, i+1)
	}
	return d, nil
}

// ReadTurned reads a line and says which way it was turned.
func (r *lineReader) ReadTurned(ctx context.Context, a postroom.Attachment, n, turn int) (postroom.Page, error) {
	p, err := r.Read(ctx, a, n, func(postroom.Hash) (postroom.Page, bool) { return postroom.Page{}, false })
	p.Rotation = turn
	p.Words = append(p.Words, postroom.Word{Text: fmt.Sprint("turned", turn), Confidence: 1})
	return p, err
}

func TestPagesSQLite(t *testing.T) { testPages(t, filepath.Join(t.TempDir(), "state.db")) }

func TestPagesPostgres(t *testing.T) { testPages(t, servers.Postgres(t).NewDatabase()) }

// Documents are split, joined and put in order by hand; each page keeps one fate,
// and everything can be taken back in turn.
func testPages(t *testing.T, where string) {
	ctx := t.Context()
	p, w := deskOf(t, where, Options{UndoFor: -1}, "alpha one\nbeta two\nblank\ngamma three", "delta")
	shape := func() string {
		t.Helper()
		var out []string
		if err := p.Records(ctx, func(r postroom.Record) error {
			var s []string
			for i, page := range r.Pages {
				s = append(s, fmt.Sprint(page.Page, strings.Fields(r.Text[i])[0][:1]))
			}
			for _, o := range r.OtherPages {
				s = append(s, fmt.Sprint(o.Page, o.Fate))
			}
			out = append(out, strings.Join(s, "+"))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(out, " ")
	}
	const begin = "1a+3blank 2b 4g 1d"
	if got := shape(); got != begin {
		t.Fatalf("the documents are %s", got)
	}
	queue, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(queue) != 4 {
		t.Fatal(len(queue), err)
	}
	ids := make([]string, len(queue))
	for i, it := range queue {
		ids[i] = it.Record.DocumentID
	}
	change := func(c PageChange) (string, error) {
		t.Helper()
		revision := func(id string) int64 {
			it, err := p.DeskDocument(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return it.Revision
		}
		c.By, c.Revision = "ann", revision(c.Document)
		if c.With != "" {
			c.WithRevision = revision(c.With)
		}
		return p.ChangePages(ctx, c)
	}
	steps := []struct {
		c    PageChange
		want string
	}{
		{PageChange{Document: ids[0], Action: PagesMerge, With: ids[1]}, "1a+2b+3blank  4g 1d"},
		{PageChange{Document: ids[0], Action: PagesMerge, With: ids[2]}, "1a+2b+4g+3blank   1d"},
		{PageChange{Document: ids[0], Action: PagesOrder, Order: []int{3, 1, 2}}, "4g+1a+2b+3blank   1d"},
		{PageChange{Document: ids[0], Action: PagesMark, Page: 2, Fate: postroom.FateCover}, "4g+2b+3blank+1cover   1d"},
		{PageChange{Document: ids[0], Action: PagesTake, Other: 1}, "4g+2b+1a+3blank   1d"},
		{PageChange{Document: ids[0], Action: PagesTurn, Page: 3, Turn: 180}, "4g+2b+1a+3blank   1d"},
		{PageChange{Document: ids[0], Action: PagesSplit, Page: 3}, "4g+2b+3blank 1a   1d"},
	}
	before := []string{shape()}
	for _, s := range steps {
		if _, err := change(s.c); err != nil {
			t.Fatalf("%s: %v", s.c.Action, err)
		}
		got := shape()
		if s.c.Action == PagesSplit {
			// The new document stands after those of its message.
			got = strings.Replace(got, "   1a 1d", " 1a   1d", 1)
		}
		if got != s.want {
			t.Fatalf("%s makes %q, want %q", s.c.Action, got, s.want)
		}
		before = append(before, shape())
		soundDesk(t, p)
	}
	it, err := p.DeskDocument(ctx, ids[0])
	if err != nil || it.State != "review" || it.Record.Reasons[0] == "" {
		t.Errorf("a changed document is %s, %v", it.State, err)
	}
	// Behind the document's own pages the others of its message can be looked at.
	page, release, err := p.DeskPage(ctx, ids[0], 3)
	if err != nil || page.Number != 3 {
		t.Fatalf("the first page in no document: page %d, %v", page.Number, err)
	}
	release()
	if _, _, err := p.DeskPage(ctx, ids[0], 4); !errors.Is(err, ErrNoDocument) {
		t.Errorf("a page that is not there: %v", err)
	}
	siblings, err := p.Siblings(ctx, ids[0])
	if err != nil || len(siblings) != 1 || siblings[0].Record.Pages[0].Rotation != 180 || !strings.Contains(siblings[0].Record.Text[0], "turned180") {
		t.Fatalf("the document split off: %+v, %v", siblings, err)
	}
	if hits, err := p.Search(ctx, DeskSearch{Words: "turned180"}); err != nil || len(hits) != 1 || hits[0].Record.DocumentID != siblings[0].Record.DocumentID {
		t.Errorf("what was read again is not found: %d, %v", len(hits), err)
	}
	// What cannot be, is refused and changes nothing.
	for name, c := range map[string]PageChange{
		"split at 1": {Document: ids[0], Action: PagesSplit, Page: 1}, "no page": {Document: ids[0], Action: PagesMark, Page: 9, Fate: postroom.FateJunk},
		"fate": {Document: ids[0], Action: PagesMark, Page: 1, Fate: postroom.FateDuplicate}, "order": {Document: ids[0], Action: PagesOrder, Order: []int{1, 1}},
		"another message": {Document: ids[0], Action: PagesMerge, With: ids[3]}, "itself": {Document: ids[0], Action: PagesMove, Page: 1, With: ids[0]},
		"turn": {Document: ids[0], Action: PagesTurn, Page: 1, Turn: 45}, "action": {Document: ids[0], Action: "burn"}, "other": {Document: ids[0], Action: PagesTake, Other: 7},
	} {
		if _, err := change(c); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.ChangePages(ctx, PageChange{Document: ids[0], Revision: 1, By: "ann", Action: PagesSplit, Page: 2}); !errors.Is(err, ErrChanged) {
		t.Errorf("a version that nobody saw: %v", err)
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if _, err := p.Undo(ctx, "ann"); err != nil {
			t.Fatalf("undo %s: %v", steps[i].c.Action, err)
		}
		if got := strings.TrimSpace(strings.Join(strings.Fields(shape()), " ")); got != strings.Join(strings.Fields(before[i]), " ") {
			t.Fatalf("undo %s makes %q, want %q", steps[i].c.Action, got, before[i])
		}
		soundDesk(t, p)
	}
	// The trail tells of every document that was taken back with another.
	together := func(action string) (n int) {
		for _, e := range trailRows(t, p, AuditFilter{Action: action}) {
			if strings.HasPrefix(e.Detail, "together with ") {
				n++
			}
		}
		return n
	}
	if done, undone := together("desk_split")+together("desk_merge")+together("desk_move")+together("desk_take"), together("desk_undo"); undone < done || undone == 0 {
		t.Errorf("%d documents were changed together with others, %d taken back", done, undone)
	}
	var engine string
	if err := p.db.row(ctx, `SELECT engine FROM pages WHERE attachment = 0 AND page = 1 AND document = ?`, ids[0]).scan(&engine); err != nil || engine != "lines/1" {
		t.Errorf("the reading that counts is %q, %v", engine, err)
	}
	// What was split and joined is filed with its pages.
	if _, err := change(PageChange{Document: ids[0], Action: PagesMerge, With: ids[1]}); err != nil {
		t.Fatal(err)
	}
	it, _ = p.DeskDocument(ctx, ids[0])
	if err := p.FileByPerson(ctx, fileAs(it, "ann")); err != nil {
		t.Fatal(err)
	}
	waitState(t, p, ids[0], "filed")
	pdf := ""
	for _, k := range w.keys("documents/") {
		if strings.Contains(k, ids[0]) && strings.HasSuffix(k, ".pdf") {
			pdf = string(w.objects.m[k])
		}
	}
	if !strings.Contains(pdf, "alpha one\nbeta two") {
		t.Errorf("the document is filed as %q", pdf)
	}
	soundDesk(t, p)
}
