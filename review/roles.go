package review

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Role is what a person is at the practice. It decides what they may do at the desk;
// docs/people.md has the table.
type Role string

// The roles.
const (
	Clerk         Role = "clerk"         // checks, corrects and searches
	Lead          Role = "lead"          // what a clerk may, and what touches a patient's record after filing
	Administrator Role = "administrator" // what a lead may, and the accounts
	Auditor       Role = "auditor"       // reads the audit trail, and no document
)

// Roles are all of them.
var Roles = []Role{Clerk, Lead, Administrator, Auditor}

// Says tells what a role is, in a line.
func (r Role) Says() string {
	switch r {
	case Clerk:
		return "Clerk: checks, corrects and searches"
	case Lead:
		return "Lead: also gives filed documents to other patients, and sees the statistics"
	case Administrator:
		return "Administrator: also looks after the accounts"
	case Auditor:
		return "Auditor: reads the audit trail, and no document"
	}
	return string(r)
}

// An Action is something for which the roles differ.
type Action string

// The actions.
const (
	Anyone Action = ""       // needs no sign-in
	Enter  Action = "enter"  // be signed in
	Check  Action = "check"  // see documents, and decide about what waits
	Refile Action = "refile" // give a filed document to another patient, or withdraw it
	Watch  Action = "watch"  // see how the desk does
	Share  Action = "share"  // keep views of the queue for all
	Manage Action = "manage" // the accounts
	Audit  Action = "audit"  // the audit trail
)

var permissions = map[Role][]Action{
	Clerk:         {Enter, Check},
	Lead:          {Enter, Check, Refile, Watch, Share},
	Administrator: {Enter, Check, Refile, Watch, Share, Manage, Audit},
	Auditor:       {Enter, Watch, Audit},
}

// May reports whether the role allows the action.
func (r Role) May(a Action) bool { return slices.Contains(permissions[r], a) }

// routeActions says what each route asks of a person. A route that is missing here is
// open to nobody.
var routeActions = map[string]Action{
	"GET /assets/": Anyone,

	"GET /{$}":                    Check,
	"GET /next":                   Check,
	"POST /views":                 Check,
	"POST /views/drop":            Check,
	"GET /document/{id}":          Check,
	"GET /document/{id}/page/{n}": Check,
	"GET /document/{id}/words":    Check,
	"GET /document/{id}/pages":    Check,
	"POST /document/{id}/pages":   Check,
	"POST /document/{id}/file":    Check,
	"POST /document/{id}/discard": Check,
	"POST /document/{id}/skip":    Check,
	"POST /document/{id}/stay":    Check,
	"GET /document/{id}/sheet":    Check,
	"POST /document/{id}/return":  Check,
	"POST /patients":              Check,
	"POST /undo":                  Check,
	"GET /overdue":                Check,

	"GET /search":                     Check,
	"POST /search":                    Check,
	"GET /filed/{id}":                 Check,
	"GET /filed/{id}/pdf/{version}":   Check,
	"GET /filed/{id}/original/{hash}": Check,
	"POST /filed/{id}/look":           Check,
	"GET /filed/{id}/correct":         Check,
	"POST /filed/{id}/correct":        Check,
	"POST /filed/{id}/undo":           Check,
	"POST /filed/{id}/note":           Check,
	"POST /filed/{id}/assign":         Check,
	"GET /filed/{id}/refile":          Refile,
	"POST /filed/{id}/refile":         Refile,
	"POST /filed/{id}/refile/find":    Refile,
	"GET /filed/{id}/withdraw":        Refile,
	"POST /filed/{id}/withdraw":       Refile,

	"GET /returns":            Check,
	"GET /returns/{id}":       Check,
	"POST /returns/{id}/sent": Check,

	"GET /copies":            Check,
	"GET /copies/{id}":       Check,
	"POST /copies/{id}/keep": Check,
	"POST /copies/{id}/copy": Check,

	"GET /quarantine":               Check,
	"GET /quarantine/{id}":          Check,
	"POST /quarantine/{id}/retry":   Check,
	"POST /quarantine/{id}/release": Check,
	"POST /quarantine/{id}/discard": Check,

	"GET /statistics": Watch,
	"GET /audit":      Audit,
	"POST /audit":     Audit,

	"GET /people":                     Manage,
	"POST /people":                    Manage,
	"GET /people/{account}":           Manage,
	"POST /people/{account}":          Manage,
	"POST /people/{account}/password": Manage,
}

// What is written down of the routes by which somebody sees something.
const (
	Viewed     = "viewed"
	Downloaded = "downloaded"
	Searched   = "searched"
	TrailRead  = "trail_read"
	Markup     = "markup" // somebody typed what a browser could have run
)

var routeSeen = map[string]string{
	"GET /document/{id}":              Viewed,
	"GET /document/{id}/page/{n}":     Viewed,
	"GET /document/{id}/words":        Viewed,
	"GET /document/{id}/pages":        Viewed,
	"GET /document/{id}/sheet":        Viewed,
	"GET /filed/{id}":                 Viewed,
	"GET /filed/{id}/correct":         Viewed,
	"GET /filed/{id}/refile":          Viewed,
	"GET /filed/{id}/withdraw":        Viewed,
	"GET /returns/{id}":               Viewed,
	"GET /copies/{id}":                Viewed,
	"GET /quarantine/{id}":            Viewed,
	"GET /filed/{id}/pdf/{version}":   Downloaded,
	"GET /filed/{id}/original/{hash}": Downloaded,
	"GET /search":                     Searched,
	"POST /patients":                  Searched,
	"GET /audit":                      TrailRead,
}

// onceIn is how long somebody's views of one document, and their searches, are written
// down once: a page has many pictures, and a search many letters.
const onceIn = 5 * time.Minute

// noteSeen writes down that somebody sees something, before they do.
func (s *server) noteSeen(r *http.Request, who Person, action, id string) error {
	if action == "" || s.Seen == nil {
		return nil
	}
	key := [3]string{who.ID, action, id}
	now := s.Now()
	if action != Downloaded {
		s.seenMu.Lock()
		defer s.seenMu.Unlock()
		if at, before := s.seenAt[key]; before && now.Sub(at) < onceIn {
			return nil
		}
	}
	if id != "" {
		// Who mistypes an address has seen nothing, and what they typed could be anything.
		if _, err := s.Desk.Document(r.Context(), id); errors.Is(err, ErrNoDocument) {
			return nil
		}
	}
	if err := s.Seen(r.Context(), who, action, id); err != nil {
		return err
	}
	if action != Downloaded {
		if len(s.seenAt) > 10_000 {
			clear(s.seenAt)
		}
		s.seenAt[key] = now
	}
	return nil
}

// holdsMarkup reports whether a form holds markup. It is shown as the text that it is wherever it
// comes to stand; that somebody typed it is told once in a while.
func holdsMarkup(form url.Values) bool {
	for _, values := range form {
		if slices.ContainsFunc(values, postroom.Markup) {
			return true
		}
	}
	return false
}

// A Refusal is a request that was not allowed, for the audit trail.
type Refusal struct {
	Person   string // "" when nobody is signed in
	Route    string // the pattern, never the address, which could hold anything
	Document string // "" when it is about none
	Why      string
}

// handler lets through what the person's role allows, about documents of the mailboxes that
// are theirs. A document of another mailbox is not there for them.
func (s *server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Crooked(r.URL) {
			s.refused(r, Refusal{Person: s.Access.Who(r.Context()).ID, Route: r.Method, Why: "the address leads out of the desk"})
			s.show(w, r, http.StatusNotFound, "message", page{Title: "Not done", Error: "There is no such page."})
			return
		}
		_, route := s.mux.Handler(r)
		if route == "" { // unknown, or asked for with another method
			s.mux.ServeHTTP(w, r)
			return
		}
		who := s.Access.Who(r.Context())
		action, known := routeActions[route]
		if !known || action != Anyone && !who.Role.May(action) {
			s.refuseRole(w, r, who)
			return
		}
		id := pathID(route, r.URL.Path)
		if id != "" && who.Mailboxes != nil {
			it, err := s.Desk.Document(r.Context(), id)
			if err == nil && !slices.Contains(who.Mailboxes, it.Source) {
				s.refused(r, Refusal{Person: who.ID, Route: route, Document: id, Why: "it is of a mailbox that is not theirs"})
				err = ErrNoDocument
			}
			if err != nil {
				s.fail(w, r, err)
				return
			}
		}
		err := s.noteSeen(r, who, routeSeen[route], id)
		if err == nil && holdsMarkup(r.PostForm) {
			err = s.noteSeen(r, who, Markup, id)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.mux.ServeHTTP(w, r)
	})
}

func (s *server) refuseRole(w http.ResponseWriter, r *http.Request, who Person) {
	_, route := s.mux.Handler(r)
	s.refused(r, Refusal{Person: who.ID, Route: route, Why: "the role " + string(who.Role) + " does not allow it"})
	s.show(w, r, http.StatusForbidden, "message", page{Title: "Not for you", Error: "Your role does not allow this. Somebody who leads the desk, or its administrator, can do it."})
}

// Crooked reports whether an address tries to leave the place that it names. Nothing at the
// desk is named by a path of files, so it would lead nowhere; but nobody types one by accident.
func Crooked(u *url.URL) bool {
	coded := strings.ToLower(u.EscapedPath())
	for _, c := range []string{"%2f", "%5c", "%00", "\\"} {
		if strings.Contains(coded, c) {
			return true
		}
	}
	return slices.Contains(strings.Split(u.Path, "/"), "..")
}

// pathID is what stands in a path for {id}; the mux has not filled it in yet.
func pathID(route, path string) string {
	_, pattern, _ := strings.Cut(route, " ")
	have := strings.Split(path, "/")
	for i, part := range strings.Split(pattern, "/") {
		if part == "{id}" && i < len(have) {
			return have[i]
		}
	}
	return ""
}

func (s *server) refused(r *http.Request, f Refusal) {
	if s.Refused != nil {
		s.Refused(r.Context(), f)
	}
}

// sources are the mailboxes that the person may see; nil for all.
func (s *server) sources(r *http.Request) []string { return s.Access.Who(r.Context()).Mailboxes }
