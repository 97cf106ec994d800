package review

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A seat is an Access that lets in whoever the test says.
type seat struct{ who Person }

func (s *seat) Guard(next http.Handler) http.Handler { return next }
func (s *seat) Who(context.Context) Person           { return s.who }
func (s *seat) Token(context.Context) string         { return "token" }

// Every route there is is open to exactly the roles of the table, to nobody without a role,
// and a route that the table does not name is open to nobody.
func TestRoutesAndRoles(t *testing.T) {
	at := &seat{}
	var refused []Refusal
	s := newServer(Config{Desk: newMemoryDesk(), Access: at, Refused: func(_ context.Context, f Refusal) { refused = append(refused, f) }})
	seen := map[string]bool{}
	for _, route := range s.routes {
		seen[route] = true
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{$}", "", "{id}", "absent", "{n}", "1", "{version}", "1", "{hash}", "x").Replace(path)
		action, known := routeActions[route]
		if !known {
			t.Errorf("%s is in no table", route)
		}
		for _, role := range append([]Role{"", "chief"}, Roles...) {
			at.who, refused = Person{ID: "ann", Name: "Ann", Role: role}, nil
			w := httptest.NewRecorder()
			s.handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("")))
			want := action == Anyone || role.May(action)
			if got := w.Code != http.StatusForbidden; got != want {
				t.Errorf("%s as %q: %d", route, role, w.Code)
			}
			if want == (len(refused) > 0) || !want && (refused[0].Person != "ann" || refused[0].Route != route) {
				t.Errorf("%s as %q: refusals %+v", route, role, refused)
			}
		}
	}
	for route := range routeActions {
		if !seen[route] {
			t.Errorf("%s is no route", route)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d routes were tried", len(seen))
	}
	delete(routeActions, "GET /overdue")
	defer func() { routeActions["GET /overdue"] = Check }()
	at.who = Person{ID: "ann", Role: Administrator}
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/overdue", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("a route that nobody thought of: %d", w.Code)
	}
}

// A document of a mailbox that is not theirs is not there for a person, whichever way they
// ask for it.
func TestMailboxesOfOthers(t *testing.T) {
	desk := newMemoryDesk()
	const id = "one"
	desk.items[0].Source = "fax"
	at := &seat{Person{ID: "ann", Name: "Ann", Role: Administrator, Mailboxes: []string{"scanner"}}}
	var refused []Refusal
	s := newServer(Config{Desk: desk, Access: at, Refused: func(_ context.Context, f Refusal) { refused = append(refused, f) }})
	for _, route := range s.routes {
		if !strings.Contains(route, "{id}") {
			continue
		}
		refused = nil
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", id, "{n}", "1", "{version}", "1", "{hash}", "x").Replace(path)
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("revision=1")))
		if w.Code != http.StatusNotFound || len(refused) != 1 || refused[0].Document != id {
			t.Errorf("%s: %d, refusals %+v", route, w.Code, refused)
		}
		if strings.Contains(w.Body.String(), "Ash") {
			t.Errorf("%s shows the patient", route)
		}
	}
	at.who.Mailboxes = []string{"scanner", "fax"}
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/document/"+id, nil))
	if w.Code != http.StatusOK {
		t.Errorf("their own: %d", w.Code)
	}
	at.who.Mailboxes = []string{}
	desk.asked = Filter{}
	s.handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if desk.asked.Sources == nil || len(desk.asked.Sources) != 0 {
		t.Errorf("somebody without mailboxes is shown the queue of %v", desk.asked.Sources)
	}
}
