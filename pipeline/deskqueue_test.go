package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestQueueSQLite(t *testing.T) { testQueue(t, filepath.Join(t.TempDir(), "state.db")) }

func TestQueuePostgres(t *testing.T) { testQueue(t, servers.Postgres(t).NewDatabase()) }

// deskOf is a pipeline with a message for each text, all of whose documents wait.
func deskOf(t *testing.T, where string, opt Options, texts ...string) (*Pipeline, *world) {
	t.Helper()
	w := newWorld(where)
	w.parts.Rule.FileTypes = nil
	opt.Work = true
	p := w.open(t, opt)
	if _, err := p.ImportPatients(t.Context(), []postroom.Patient{{ID: "1", Number: "9990000018", Family: "Ash", Given: "Eve", BirthDate: "1950-02-03"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Batch(t.Context(), []Source{newBox(texts...)}, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	return p, w
}

// waitFiled waits until a document is what is asked for.
func waitState(t *testing.T, p *Pipeline, id, state string) DeskItem {
	t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		it, err := p.DeskDocument(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if it.State == state {
			return it
		}
		if time.Since(began) > time.Minute { // machines that do much else are slow
			t.Fatalf("document %s is %s, not %s: %v at version %d", id, it.State, state, it.Record.Reasons, it.Record.Version)
		}
	}
}

func fileAs(it DeskItem, by string) DeskDecision {
	return DeskDecision{Document: it.Record.DocumentID, Revision: it.Revision, By: by, Type: postroom.FitNote, Patient: "1",
		Fields: map[postroom.FieldName]string{postroom.BirthDate: "3/2/1950", postroom.PatientName: "Ash", postroom.LetterDate: "2026-03-01"}}
}

func soundDesk(t *testing.T, p *Pipeline) {
	t.Helper()
	a, err := p.Reconcile(t.Context(), ReconcileOptions{Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Findings {
		if f.Kind != Unended {
			t.Errorf("reconcile: %+v", f)
		}
	}
}

// The queue leads from one document to the next without keeping any from others,
// and is narrowed and counted by why, mailbox, person and age.
func testQueue(t *testing.T, where string) {
	ctx := t.Context()
	now := time.Now()
	p, _ := deskOf(t, where, Options{UndoFor: -1, Now: func() time.Time { return now }}, "first letter", "second stranger", "third letter")
	queue, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(queue) != 3 {
		t.Fatalf("%d wait, %v", len(queue), err)
	}
	ids := []string{queue[0].Record.DocumentID, queue[1].Record.DocumentID, queue[2].Record.DocumentID}
	next := func(f DeskFilter, after, who string) string {
		t.Helper()
		id, err := p.NextInQueue(ctx, f, after, who)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if got := []string{next(DeskFilter{}, "", "ann"), next(DeskFilter{}, ids[0], "ann"), next(DeskFilter{}, ids[2], "ann")}; !slices.Equal(got, []string{ids[0], ids[1], ids[0]}) {
		t.Errorf("the way through the queue is %v of %v", got, ids)
	}
	if err := p.Claim(ctx, ids[1], "bob"); err != nil {
		t.Fatal(err)
	}
	if got := next(DeskFilter{}, ids[0], "ann"); got != ids[2] {
		t.Errorf("what bob has open comes to ann: %s", got)
	}
	if it, _ := p.DeskDocument(ctx, ids[1]); it.ClaimedBy != "bob" {
		t.Errorf("the claim is shown as %q's", it.ClaimedBy)
	}
	if err := p.Assign(ctx, ids[1], "ann", "ann"); !errors.Is(err, ErrClaimed) {
		t.Errorf("giving away what bob has open: %v", err)
	}
	now = now.Add(claimTime + time.Second)
	if got := next(DeskFilter{}, ids[0], "ann"); got != ids[1] {
		t.Error("a claim does not expire")
	}
	if err := p.Assign(ctx, ids[1], "ann", "bob"); err != nil {
		t.Fatal(err)
	}
	if got := next(DeskFilter{}, ids[0], "ann"); got != ids[2] {
		t.Error("what was given to bob comes to ann")
	}
	if got := next(DeskFilter{Assigned: "bob"}, "", "bob"); got != ids[1] {
		t.Error("what was given to bob does not come to bob")
	}
	if some, err := p.Queue(ctx, DeskFilter{Why: WhyPatient}); err != nil || len(some) != 1 || some[0].Record.DocumentID != ids[1] {
		t.Errorf("the stranger is not found by why: %d, %v", len(some), err)
	}
	for _, f := range []DeskFilter{{Source: "other"}, {Sources: []string{}}, {Sources: []string{"other"}}, {State: postroom.Quarantined}, {Overdue: true}} {
		if some, err := p.Queue(ctx, f); err != nil || len(some) != 0 {
			t.Errorf("%+v lets %d through, %v", f, len(some), err)
		}
	}
	if some, err := p.Queue(ctx, DeskFilter{Sources: []string{"inbox"}, Source: "inbox", Type: postroom.LabReport}); err != nil || len(some) != 3 {
		t.Errorf("the mailbox holds %d, %v", len(some), err)
	}
	counts, err := p.QueueCounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range counts {
		if c.Why&WhyPatient != 0 {
			n += c.N
		}
	}
	if n != 1 {
		t.Errorf("%d wait because of the patient: %+v", n, counts)
	}
	now = now.Add(9 * time.Hour) // a laboratory report is to be seen on the day
	if n, err := p.Overdue(ctx, nil); err != nil || n != 3 {
		t.Errorf("%d are overdue, %v", n, err)
	}
	if n, err := p.QueueCount(ctx, DeskFilter{Why: WhyPatient, Overdue: true, Limit: 1}); err != nil || n != 1 {
		t.Errorf("%d are overdue because of the patient, %v", n, err)
	}
	if n, err := p.QueueCount(ctx, DeskFilter{Assigned: "nobody"}); err != nil || n != 0 {
		t.Errorf("%d were given to nobody of that name, %v", n, err)
	}

	// Views belong to a person.
	if err := p.SaveView(ctx, "ann", DeskView{Name: "Strangers", Filter: "why=4"}); err != nil {
		t.Fatal(err)
	}
	if err := p.SaveView(ctx, "ann", DeskView{Name: " ", Filter: "x"}); !postroom.IsBadInput(err) {
		t.Errorf("a view without a name: %v", err)
	}
	if v, err := p.Views(ctx, "ann"); err != nil || len(v) != 1 || v[0].Filter != "why=4" {
		t.Errorf("views %v, %v", v, err)
	}
	if v, _ := p.Views(ctx, "bob"); len(v) != 0 {
		t.Error("bob sees ann's views")
	}
	// Or to all, whoever shared it; one's own of the same name is another.
	if err := p.SaveView(ctx, "lou", DeskView{"Strangers", "why=32", true}); err != nil {
		t.Fatal(err)
	}
	if v, _ := p.Views(ctx, "bob"); len(v) != 1 || v[0] != (DeskView{"Strangers", "why=32", true}) {
		t.Errorf("bob sees %v", v)
	}
	if err := p.DropView(ctx, "ann", DeskView{Name: "Strangers"}); err != nil {
		t.Fatal(err)
	}
	if v, _ := p.Views(ctx, "ann"); len(v) != 1 || !v[0].Shared {
		t.Errorf("after hers was taken away ann sees %v", v)
	}
	if err := p.DropView(ctx, "bob", DeskView{Name: "Strangers", Shared: true}); err != nil {
		t.Fatal(err)
	}
	if v, _ := p.Views(ctx, "ann"); len(v) != 0 {
		t.Error("a view that was taken away is still there")
	}
	if err := p.Note(ctx, ids[0], "ann", "asked the hospital"); err != nil {
		t.Fatal(err)
	}
	if h, err := p.History(ctx, ids[0]); err != nil || len(h) != 1 || h[0].Why != "asked the hospital" || h[0].By != "ann" {
		t.Errorf("history %+v, %v", h, err)
	}
	if err := p.Note(ctx, "nothing", "ann", "x"); !errors.Is(err, ErrNoDocument) {
		t.Errorf("a note beside nothing: %v", err)
	}
}

func TestUndoSQLite(t *testing.T) { testUndo(t, filepath.Join(t.TempDir(), "state.db")) }

func TestUndoPostgres(t *testing.T) { testUndo(t, servers.Postgres(t).NewDatabase()) }

// A decision is taken back without a trace while it is not carried out, and as a
// new version after that.
func testUndo(t *testing.T, where string) {
	ctx := t.Context()
	p, w := deskOf(t, where, Options{UndoFor: time.Hour}, "first letter", "second letter")
	queue, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(queue) != 2 {
		t.Fatalf("%d wait, %v", len(queue), err)
	}
	before := queue[0]
	id := before.Record.DocumentID
	if _, err := p.Undo(ctx, "ann"); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("nothing was decided: %v", err)
	}
	if err := p.FileByPerson(ctx, fileAs(before, "ann")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Undo(ctx, "bob"); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("bob takes back what ann decided: %v", err)
	}
	// The job of an earlier decision that was taken back begins nothing before its time.
	var off putOff
	if err := p.fileDocument(ctx, id); !errors.As(err, &off) || time.Duration(off) < 59*time.Minute {
		t.Errorf("filing began while it could still be taken back: %v", err)
	}
	// Who may no longer see the mailbox takes nothing back in it.
	if _, err := p.UndoAmong(ctx, "ann", []string{"another"}); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("a decision in a mailbox that is not ann's was taken back: %v", err)
	}
	if back, err := p.Undo(ctx, "ann"); err != nil || back != id {
		t.Fatalf("undo: %s, %v", back, err)
	}
	it := waitState(t, p, id, "review")
	it.Record.Reasons, before.Record.Reasons = nil, nil
	if jsonOf(it.Record) != jsonOf(before.Record) || it.Revision <= before.Revision+1 {
		t.Errorf("after undo it is %s\nat revision %d", jsonOf(it.Record), it.Revision)
	}
	learned := 0
	if err := p.Decisions(ctx, 0, func(Decided) error { learned++; return nil }); err != nil || learned != 0 {
		t.Errorf("what was taken back is learned from: %d, %v", learned, err)
	}
	if len(w.keys("documents/")) != 0 {
		t.Errorf("something was filed: %v", w.keys("documents/"))
	}
	// What goes away comes back too.
	if err := p.DiscardByPerson(ctx, DeskDecision{Document: id, Revision: it.Revision, By: "ann"}, "it is a test"); err != nil {
		t.Fatal(err)
	}
	if back, err := p.Undo(ctx, "ann"); err != nil || back != id {
		t.Fatalf("undo: %s, %v", back, err)
	}
	it = waitState(t, p, id, "review")

	// Carried out, it comes back as the next version.
	p.opt.UndoFor = -1
	if err := p.FileByPerson(ctx, fileAs(it, "ann")); err != nil {
		t.Fatal(err)
	}
	waitState(t, p, id, "filed")
	if _, err := p.Undo(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	it = waitState(t, p, id, "review")
	if it.Record.Version != 2 || it.Record.Replaces != 1 || it.Record.Type.Code != postroom.LabReport {
		t.Errorf("after undo of what was filed: %s", jsonOf(it.Record))
	}
	if err := p.DiscardByPerson(ctx, DeskDecision{Document: id, Revision: it.Revision, By: "ann"}, "it is a test"); !postroom.IsBadInput(err) {
		t.Errorf("what downstream systems hold is put away: %v", err)
	}
	if err := p.FileByPerson(ctx, fileAs(it, "bob")); err != nil {
		t.Fatal(err)
	}
	it = waitState(t, p, id, "filed")
	if it.Record.Version != 2 || !slices.ContainsFunc(w.keys("documents/"), func(k string) bool { return strings.HasSuffix(k, "record.v2.json") }) {
		t.Errorf("filed again: version %d, %v", it.Record.Version, w.keys("documents/"))
	}
	if _, err := p.Undo(ctx, "ann"); err == nil {
		t.Error("ann takes back what bob decided about since")
	}
	actions := ""
	h, err := p.History(ctx, id)
	for _, e := range h {
		actions += fmt.Sprintf("%s %s %v; ", e.By, e.Action, e.Undone)
	}
	if err != nil || actions != "ann file true; ann undo false; ann discard true; ann undo false; ann file true; ann undo false; bob file false; " {
		t.Errorf("history %q, %v", actions, err)
	}
	soundDesk(t, p)
	var left int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM messages WHERE documents_left <> 0 OR state <> 'done'`).scan(&left); err != nil || left != 0 {
		t.Errorf("%d messages are not done, %v", left, err)
	}
	stats, err := p.Statistics(ctx, "2000-01-01")
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]int64{}
	for _, s := range stats {
		sum[s.Kind+" "+s.Name] += s.N
	}
	if sum["type lab_report"] != 3 || sum["field birth_date"] != 3 || sum["filed "] != 1 {
		t.Errorf("counters %v", sum)
	}
}

func TestSearchSQLite(t *testing.T) { testSearch(t, filepath.Join(t.TempDir(), "state.db")) }

func TestSearchPostgres(t *testing.T) { testSearch(t, servers.Postgres(t).NewDatabase()) }

func testSearch(t *testing.T, where string) {
	ctx := t.Context()
	p, _ := deskOf(t, where, Options{UndoFor: -1}, "Müller's amoxicillin 999 000 0018", "Ash potassium", "Ash sodium")
	queue, err := p.Queue(ctx, DeskFilter{})
	if err != nil || len(queue) != 3 {
		t.Fatalf("%d wait, %v", len(queue), err)
	}
	if err := p.FileByPerson(ctx, fileAs(queue[2], "ann")); err != nil {
		t.Fatal(err)
	}
	waitState(t, p, queue[2].Record.DocumentID, "filed")
	find := func(s DeskSearch) (out string) {
		t.Helper()
		hits, err := p.Search(ctx, s)
		if err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		for _, h := range hits {
			for i, it := range queue {
				if it.Record.DocumentID == h.Record.DocumentID {
					out += fmt.Sprint(i)
				}
			}
		}
		return out
	}
	for _, c := range []struct {
		s    DeskSearch
		want string
	}{
		{DeskSearch{Words: "amoxicillin"}, "0"}, {DeskSearch{Words: "AMOX"}, "0"}, {DeskSearch{Words: "mullers"}, "0"}, {DeskSearch{Words: "MÜLLER’S"}, "0"},
		{DeskSearch{Words: "ash"}, "21"}, {DeskSearch{Words: "ash sodium"}, "2"}, {DeskSearch{Words: "9990000018", State: postroom.InReview}, "10"},
		{DeskSearch{Patient: "ash, eve"}, "2"}, {DeskSearch{Patient: "999 000 0018"}, "210"}, {DeskSearch{Patient: "3/2/1950"}, "2"},
		{DeskSearch{State: postroom.Filed}, "2"}, {DeskSearch{Type: postroom.FitNote}, "2"}, {DeskSearch{Type: postroom.LabReport, Words: "ash"}, "1"},
		{DeskSearch{From: "2026-03-12", To: "2026-03-12"}, "10"}, {DeskSearch{From: "2026-02-27", To: "2026-03-02"}, "2"}, {DeskSearch{From: "2020-01-01"}, "210"}, {DeskSearch{To: "2025-12-31"}, ""},
		{DeskSearch{Words: "ash", Sources: []string{"inbox"}}, "21"}, {DeskSearch{Words: "ash", Sources: []string{}}, ""}, {DeskSearch{Words: "ash", Sources: []string{"other"}}, ""},
		{DeskSearch{Words: `"; DROP TABLE documents -- ' & | ! ( :*`}, ""}, {DeskSearch{Words: "zebra"}, ""}, {DeskSearch{}, ""}, {DeskSearch{Sender: "hospital"}, ""},
	} {
		if got := find(c.s); got != c.want {
			t.Errorf("%+v finds %q, want %q", c.s, got, c.want)
		}
	}
	hits, err := p.Search(ctx, DeskSearch{Words: "ash", Limit: 1})
	if err != nil || len(hits) != 1 {
		t.Fatal(len(hits), err)
	}
	if got := find(DeskSearch{Words: "ash", Before: hits[0].At}); got != "1" {
		t.Errorf("the second page holds %q", got)
	}
	if _, err := p.Search(ctx, DeskSearch{From: "soon"}); !postroom.IsBadInput(err) {
		t.Errorf("no date: %v", err)
	}
	// Documents of an earlier version of the program are found once they are noted.
	if _, err := p.db.exec(ctx, `DELETE FROM desk_search`); err != nil {
		t.Fatal(err)
	}
	if _, err := p.db.exec(ctx, `UPDATE documents SET noted = 0, why = 0`); err != nil {
		t.Fatal(err)
	}
	if err := p.noteEarlier(ctx); err != nil {
		t.Fatal(err)
	}
	if got := find(DeskSearch{Words: "ash"}); got != "21" {
		t.Errorf("earlier documents: %q", got)
	}
}

func TestDaysAreCoveredOnce(t *testing.T) {
	for _, c := range []struct {
		from, to string
		n        int
	}{{"2026-03-12", "2026-03-12", 1}, {"2026-01-01", "2026-12-31", 1}, {"2025-12-31", "2027-02-02", 1 + 1 + 1 + 2}, {"2026-02-01", "2026-02-28", 1}, {"2024-02-01", "2024-02-28", 28}} {
		terms, err := dayTerms(c.from, c.to)
		if err != nil || len(terms) != c.n {
			t.Errorf("%s to %s: %d terms, %v", c.from, c.to, len(terms), err)
		}
	}
	if _, err := dayTerms("2026-02-02", "2026-01-01"); err == nil {
		t.Error("a span that ends before it begins")
	}
}

// The bits of why follow what Decide says, whatever words it will use.
func TestWhyFollowsTheDecision(t *testing.T) {
	good := func() postroom.Document {
		d := postroom.Document{Type: postroom.TypeGuess{Code: postroom.OutpatientLetter, Confidence: 1}, Fields: map[postroom.FieldName]postroom.Field{},
			Match: postroom.Match{Kind: postroom.MatchExact, Patient: &postroom.Patient{}}}
		for _, f := range postroom.RequiredFields(postroom.OutpatientLetter) {
			d.Fields[f] = postroom.Field{Value: "x", Valid: true, Confidence: 1}
		}
		return d
	}
	for name, c := range map[string]struct {
		change func(*postroom.Document, *postroom.Page)
		want   DeskWhy
	}{
		"type unknown": {func(d *postroom.Document, _ *postroom.Page) { d.Type.Code = postroom.UnknownType }, WhyType},
		"type unsure":  {func(d *postroom.Document, _ *postroom.Page) { d.Type.Confidence = 0.5 }, WhyType},
		"type held":    {func(d *postroom.Document, _ *postroom.Page) { d.Type.Code = postroom.PatientLetter }, WhyType},
		"no value":     {func(d *postroom.Document, _ *postroom.Page) { delete(d.Fields, postroom.PatientName) }, WhyValue},
		"value unsure": {func(d *postroom.Document, _ *postroom.Page) {
			d.Fields[postroom.PatientName] = postroom.Field{Valid: true}
		}, WhyValue},
		"value invalid": {func(d *postroom.Document, _ *postroom.Page) {
			d.Fields[postroom.PatientName] = postroom.Field{Confidence: 1}
		}, WhyValue},
		"patient":      {func(d *postroom.Document, _ *postroom.Page) { d.Match.Kind = postroom.MatchProbable }, WhyPatient},
		"hard to read": {func(_ *postroom.Document, p *postroom.Page) { p.Confidence = 0.1 }, WhyHardToRead},
		"urgent":       {func(d *postroom.Document, _ *postroom.Page) { d.Urgent = true }, WhyUrgent},
		"not ours": {func(d *postroom.Document, _ *postroom.Page) {
			d.Return, d.Match.Kind = &postroom.Return{}, postroom.MatchNone
		}, WhyNotOurs | WhyPatient},
		"conflict": {func(d *postroom.Document, _ *postroom.Page) { d.Conflicts = []string{"two dates"} }, WhyOther},
	} {
		d, page := good(), postroom.Page{Confidence: 1}
		c.change(&d, &page)
		decision := postroom.Decide(d, []postroom.Page{page}, "", postroom.SafeRule())
		r := postroom.Record{Pages: []postroom.RecordPage{{}}, Type: d.Type, Urgent: d.Urgent, Return: d.Return, Reasons: decision.Reasons, Status: decision.Status,
			Patient: postroom.RecordPatient{Match: d.Match.Kind}}
		if got := whyOf(r); got != c.want {
			t.Errorf("%s: %b, want %b (%v)", name, got, c.want, decision.Reasons)
		}
	}
}
