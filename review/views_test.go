package review

import (
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

func TestFilterAddress(t *testing.T) {
	f := Filter{Type: postroom.LabReport, Source: `in"box & co`, State: postroom.InReview, Why: 4, Assigned: "ann", Overdue: true}
	v, err := url.ParseQuery(f.Address())
	if err != nil {
		t.Fatal(err)
	}
	if got := filterFrom(v, "ann"); got.Address() != f.Address() || got.Source != f.Source || got.Assigned != "ann" || got.Why != 4 || !got.Overdue {
		t.Errorf("%q became %+v", f.Address(), got)
	}
	// What a person keeps as "given to me" is about whoever asks for it.
	if got := filterFrom(v, "bob"); got.Assigned != "bob" {
		t.Errorf("for bob it is %+v", got)
	}
	if a := (Filter{Sources: []string{"x"}}).Address(); a != "" {
		t.Errorf("the mailboxes that may be seen are in the address: %q", a)
	}
	for _, in := range []string{"why=x", "why=", "given=bob", "limit=5", "%zz"} {
		v, _ := url.ParseQuery(in)
		if got := filterFrom(v, "ann"); got.Address() != "" {
			t.Errorf("%s is %+v", in, got)
		}
	}
}

func TestViews(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	get(t, c, a.Link())
	if _, body := get(t, c, srv.URL+"/"); strings.Contains(body, `aria-label="Views"`) || strings.Contains(body, "Keep this view") {
		t.Error("there is something to keep where nothing is narrowed")
	}
	narrow := "/?source=inbox&type=lab_report&why=1"
	_, body := get(t, c, srv.URL+narrow)
	for _, want := range []string{`action="/views?source=inbox&amp;type=lab_report&amp;why=1"`, `href="/next?source=inbox&amp;type=lab_report&amp;why=1"`, `href="/document/one?source=inbox&amp;type=lab_report&amp;why=1"`, "It is urgent (2)", "2 of 2"} {
		if !strings.Contains(body, want) {
			t.Errorf("the queue lacks %s", want)
		}
	}
	token := a.Token(t.Context())
	status, body := post(t, c, srv.URL+"/views?source=inbox&type=lab_report&why=1", url.Values{"token": {token}, "name": {`<i>Mine</i>`}})
	if status != 200 || len(m.views) != 1 || m.views[0].Filter != "source=inbox&type=lab_report&why=1" {
		t.Fatalf("%d, kept %+v", status, m.views)
	}
	if !strings.Contains(body, `<a href="/?source=inbox&amp;type=lab_report&amp;why=1" aria-current="true">&lt;i&gt;Mine&lt;/i&gt; (2)</a>`) {
		t.Errorf("the view is not shown: %s", body)
	}
	// One that asks for what is overdue is counted by the state; nothing else of what it holds matters.
	m.views = append(m.views, View{Name: "Late", Filter: "overdue=1&limit=9&x=%22"}, View{Name: "Damaged", Filter: "%zz"}, View{Name: "Elsewhere", Filter: "source=other"})
	if _, body = get(t, c, srv.URL+"/"); !strings.Contains(body, `<a href="/?overdue=1">Late (17)</a>`) || strings.Contains(body, "Damaged (") || !strings.Contains(body, "Elsewhere (0)") {
		t.Errorf("the views are not shown: %s", body)
	}
	if status, body = post(t, c, srv.URL+"/views?why=1", url.Values{"token": {token}, "name": {" "}}); status != 422 || !strings.Contains(body, "There is a problem") || !strings.Contains(body, "Documents to check") {
		t.Errorf("a view without a name: %d", status)
	}
	if status, _ = post(t, c, srv.URL+"/views?why=1", url.Values{"name": {"No token"}}); status != 403 || len(m.views) != 4 {
		t.Errorf("a view without the form's token: %d, %+v", status, m.views)
	}
	if status, _ = post(t, c, srv.URL+"/views/drop?why=1", url.Values{"token": {token}, "name": {"Late"}}); status != 200 || len(m.views) != 3 {
		t.Errorf("%d, left %+v", status, m.views)
	}

	// Who opens a document of a view goes on with the view's documents.
	_, body = get(t, c, srv.URL+"/document/one?why=1")
	if !strings.Contains(body, `action="/document/one/file?why=1"`) || m.asked.Why != 1 {
		t.Errorf("the document has left its view; the next one was asked for by %+v", m.asked)
	}
	m.items[1].Assigned = "bob"
	if _, body = get(t, c, srv.URL+"/next?why=1&after=one"); strings.Contains(body, "/document/two/file") {
		t.Error("what was given to bob comes to ann")
	}
	if m.asked.Why != 1 {
		t.Errorf("the next document was asked for by %+v", m.asked)
	}
}

// The next document is the first of the queue that is free, not the one after the last: something
// urgent may have come meanwhile. What the person has skipped comes when there is nothing else.
func TestNextIsTheFirstThatIsFree(t *testing.T) {
	m := newMemoryDesk()
	three := m.items[1]
	three.Record.DocumentID = "three"
	m.items = append(m.items, three)
	s := newServer(Config{Desk: m, Access: &seat{who: Person{ID: "ann", Role: Clerk}}})
	skip := func(id string) { s.skips[[2]string{"ann", id}] = s.Now() }
	expect := func(from, want string) {
		t.Helper()
		r := httptest.NewRequest("GET", "/next", nil)
		if got, err := s.after(r, s.filterOf(r), from); err != nil || got != want {
			t.Errorf("after %q comes %q, not %q: %v", from, got, want, err)
		}
	}
	expect("", "one")
	expect("two", "one")
	expect("one", "two")
	skip("one")
	expect("one", "two")
	expect("two", "three")
	m.items[2].ClaimedBy = "bob"
	expect("two", "one")
	skip("two")
	expect("two", "one")
	expect("one", "two")
	m.items = m.items[:1]
	expect("one", "")
	m.items = nil
	expect("one", "")
}

// Views for all are the leads' to keep and to remove; everybody sees them, but of one about a
// mailbox that is not theirs not even the name.
func TestViewsForAll(t *testing.T) {
	m := newMemoryDesk()
	at := &seat{who: Person{ID: "ann", Name: "Ann", Role: Clerk}}
	var refused []Refusal
	s := newServer(Config{Desk: m, Access: at, Refused: func(_ context.Context, f Refusal) { refused = append(refused, f) }})
	send := func(path string, form url.Values) int {
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, r)
		return w.Code
	}
	page := func() string {
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/?why=1", nil))
		return w.Body.String()
	}
	if code := send("/views?source=inbox", url.Values{"name": {"Faxes"}, "shared": {"yes"}}); code != 403 || len(m.views) > 0 || len(refused) != 1 || refused[0].Route != "POST /views" || refused[0].Person != "ann" {
		t.Errorf("a clerk: %d, %+v, refusals %+v", code, m.views, refused)
	}
	if body := page(); strings.Contains(body, "For all") {
		t.Error("a clerk is offered it")
	}
	at.who.Role = Lead
	if code := send("/views?source=inbox", url.Values{"name": {"Faxes"}, "shared": {"yes"}}); code != 303 || len(m.views) != 1 || m.views[0] != (View{"Faxes", "source=inbox", true}) {
		t.Errorf("a lead: %d, %+v", code, m.views)
	}
	if body := page(); !strings.Contains(body, "Remove “Faxes” for all") || !strings.Contains(body, "For all") {
		t.Error("a lead cannot remove it")
	}
	at.who.Role = Clerk
	if body := page(); !strings.Contains(body, "Faxes (2)") || strings.Contains(body, "Remove “Faxes”") {
		t.Error("a clerk does not see it, or could remove it")
	}
	if code := send("/views/drop", url.Values{"shared": {"Faxes"}}); code != 403 || len(m.views) != 1 {
		t.Errorf("a clerk removes it: %d", code)
	}
	at.who.Mailboxes = []string{"scanner"}
	if strings.Contains(page(), "Faxes") {
		t.Error("somebody who does not see the mailbox sees the view")
	}
	at.who = Person{ID: "lou", Role: Lead}
	if code := send("/views/drop", url.Values{"shared": {"Faxes"}}); code != 303 || len(m.views) != 0 {
		t.Errorf("a lead removes it: %d, %+v", code, m.views)
	}
}

// Every document that waits can be reached from the queue, and how many are of each kind leads to them.
func TestQueueShowsMore(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	get(t, c, a.Link())
	first := m.items[0]
	for len(m.items) < 2*queueStep+5 {
		m.items = append(m.items, first)
	}
	shown := func(path, want string, n int) {
		t.Helper()
		_, body := get(t, c, srv.URL+path)
		if got := strings.Count(body, "<tr id="); got != n {
			t.Errorf("%s shows %d", path, got)
		}
		if want != "" && !strings.Contains(body, `href="`+want+`"`) || want == "" && strings.Contains(body, "Show more") {
			t.Errorf("%s does not lead to %q", path, want)
		}
	}
	shown("/?type=lab_report", "/?show=100&amp;type=lab_report#after50", 50)
	shown("/?show=100", "/?show=150#after100", 100)
	shown("/?show=150", "", 105)
	shown("/?show=-7", "/?show=100#after50", 50)
	_, body := get(t, c, srv.URL+"/")
	for _, want := range []string{`<a href="/?why=1">It is urgent</a> 105`, `<a href="/?type=lab_report">Laboratory report</a> 105`, `<a href="/?source=inbox">inbox</a> 105`} {
		if !strings.Contains(body, want) {
			t.Errorf("the queue lacks %s", want)
		}
	}
}

// Times are those of the clock on the wall.
func TestMoment(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.FixedZone("BST", 3600)
	if got := moment(time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)); got != "1 July 2026, 00:30" {
		t.Error(got)
	}
}
