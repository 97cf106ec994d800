// Package api is what the review desk does, and handing in of documents, for other systems:
// JSON over HTTP, described in openapi.json (OpenAPI 3.1) and docs/api.md. A token acts for an
// account, within its role and its mailboxes and for what its scopes name.
package api

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/review"
)

// Base is the path that all addresses of the API begin with.
const Base = "/api/v1"

//go:embed openapi.json
var openAPI []byte

// A Scope is what a token is for.
type Scope string

// The scopes.
const (
	Upload     Scope = "upload"     // hand documents in, and ask what became of them
	Read       Scope = "read"       // documents, the queue, search, the practice's list
	Decide     Scope = "decide"     // what waits: file, put away, arrange pages; correct what is filed
	Refile     Scope = "refile"     // give what is filed to another patient, or withdraw it
	Statistics Scope = "statistics" // how the desk does
	Audit      Scope = "audit"      // the audit trail
)

// Scopes are all of them.
var Scopes = []Scope{Upload, Read, Decide, Refile, Statistics, Audit}

// action is what the account's role must allow for the scope.
func (s Scope) action() review.Action {
	switch s {
	case Refile:
		return review.Refile
	case Statistics:
		return review.Watch
	case Audit:
		return review.Audit
	}
	return review.Check
}

// A Caller is who asks.
type Caller struct {
	Token  string // its name, for the audit trail
	Person review.Person
	Scopes []string
}

// ErrNoToken says that a token is unknown, expired or revoked.
var ErrNoToken = errors.New("the token is not good")

// A Message is something that was handed in.
type Message struct {
	ID        postroom.Hash `json:"id"` // SHA-256 of its bytes
	Mailbox   string        `json:"mailbox"`
	Received  time.Time     `json:"received"`
	State     string        `json:"state"` // taken, reading, read, sorted, filing or done
	Problem   bool          `json:"problem"`
	Documents []Summary     `json:"documents"`
}

// A Summary names a document.
type Summary struct {
	ID      string            `json:"document_id"`
	Version int               `json:"version"`
	Status  postroom.Status   `json:"status"`
	Type    postroom.TypeCode `json:"type"`
	Urgent  bool              `json:"urgent"`
}

// State is what the API asks beyond the desk.
type State interface {
	// Caller returns who has a token, or ErrNoToken.
	Caller(ctx context.Context, secret string) (Caller, error)
	// Take makes a message durable; its reading follows. Taking the same bytes again changes nothing.
	Take(ctx context.Context, a postroom.Arrival, body Body) error
	// Message returns how far a message has come, or review.ErrNoDocument.
	Message(ctx context.Context, id postroom.Hash) (Message, error)
	// Note writes into the audit trail; when it fails, nothing is done.
	Note(ctx context.Context, person, action, document, detail string) error
}

// Config is what the API is made of.
type Config struct {
	Desk  review.Desk
	Trail review.Trail // nil for none
	State State
	Log   *slog.Logger
	Now   func() time.Time
	// Schema is the JSON Schema of records, to which openapi.json refers.
	Schema []byte
	// TempDir holds what is handed in until it is whole.
	TempDir string
	// Rate is how many requests a second a token may make in the long run, and Burst at once.
	Rate  float64
	Burst int
	// LargestUpload is in bytes.
	LargestUpload int64
}

type server struct {
	Config
	mux      *http.ServeMux
	describe map[string]Scope // the scope that each route needs; "" for none

	tokens  limits // what each token may do
	strange limits // how often each address may come without a good token
}

type callerKey struct{}

func caller(r *http.Request) Caller {
	c, _ := r.Context().Value(callerKey{}).(Caller)
	return c
}

// mostBody bounds what is asked for in JSON, in bytes.
const mostBody = 1 << 20

// New makes the API's handler for the addresses below Base.
func New(c Config) http.Handler { return newServer(c) }

func newServer(c Config) *server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rate <= 0 {
		c.Rate = 20
	}
	if c.Burst <= 0 {
		c.Burst = 60
	}
	if c.LargestUpload <= 0 {
		c.LargestUpload = 100 << 20
	}
	s := &server{Config: c, mux: http.NewServeMux(), describe: map[string]Scope{},
		tokens: limits{rate: rate.Limit(c.Rate), burst: c.Burst}, strange: limits{rate: 1, burst: 20}}
	s.route("GET /openapi.json", "", s.static(openAPI, "application/vnd.oai.openapi+json"))
	s.route("GET /record.schema.json", "", s.static(c.Schema, "application/schema+json"))
	s.routesDocuments()
	s.routesDecide()
	s.route("POST /messages", Upload, s.upload)
	s.route("GET /messages/{id}", Upload, s.message)
	return s
}

func (s *server) route(pattern string, scope Scope, h func(w http.ResponseWriter, r *http.Request) error) {
	method, path, _ := strings.Cut(pattern, " ")
	pattern = method + " " + Base + path
	s.describe[pattern] = scope
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *server) static(body []byte, kind string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", kind)
		w.Write(body)
		return nil
	}
}

// ServeHTTP lets through what the token is for.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	_, route := s.mux.Handler(r)
	scope, known := s.describe[route]
	if known && scope == "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	secret, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	who, err := Caller{}, ErrNoToken
	if bearer && strings.TrimSpace(secret) != "" {
		if !s.strange.take(peer(r), 0, s.Now()) {
			s.tooMany(w, r)
			return
		}
		who, err = s.State.Caller(r.Context(), strings.TrimSpace(secret))
	}
	if errors.Is(err, ErrNoToken) {
		// Guessing is braked by address, and so is what it writes into the trail.
		if !s.strange.take(peer(r), 1, s.Now()) {
			s.tooMany(w, r)
			return
		}
		s.refused(r, who, route, "", "no good token")
		h.Set("WWW-Authenticate", `Bearer realm="postroom"`)
		s.problem(w, http.StatusUnauthorized, "no-token", "The request carries no token that is good.", "Send it as: Authorization: Bearer TOKEN. An administrator makes one with postroom token add.")
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.tokens.take(who.Token, 1, s.Now()) {
		s.tooMany(w, r)
		return
	}
	if review.Crooked(r.URL) {
		s.refused(r, who, r.Method, "", "the address leads out of the API")
		s.problem(w, http.StatusNotFound, "not-found", "There is no such address.", "openapi.json tells which there are.")
		return
	}
	if !known {
		s.mux.ServeHTTP(notFound{w, s}, r)
		return
	}
	if !slices.Contains(who.Scopes, string(scope)) || !who.Person.Role.May(scope.action()) {
		why := "its scopes do not allow it"
		if slices.Contains(who.Scopes, string(scope)) {
			why = "the role of its account does not allow it"
		}
		s.refused(r, who, route, "", why)
		s.problem(w, http.StatusForbidden, "not-allowed", "The token may not do this: "+why+".", "It needs the scope "+string(scope)+".")
		return
	}
	id := ""
	if strings.Contains(route, "/documents/{id}") || strings.Contains(route, "/returns/{id}") {
		id = strings.Split(r.URL.Path, "/")[4]
		it, err := s.Desk.Document(r.Context(), id)
		if err == nil && !mayShow(who.Person, it.Source) {
			s.refused(r, who, route, id, "it is of a mailbox that is not theirs")
			err = review.ErrNoDocument
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	if r.Method != http.MethodGet && scope != Upload {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if kind != "application/json" && r.ContentLength != 0 {
			s.problem(w, http.StatusUnsupportedMediaType, "not-json", "The request's body is not said to be JSON.", "Send it with Content-Type: application/json.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
	}
	if scope != Upload { // that is noted with what came, and asking what became of it shows nothing of a patient
		if err := s.State.Note(r.Context(), "token:"+who.Token, noteOf(route, scope), id, route+" for "+who.Person.ID); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
}

// noteOf is what the audit trail calls a request.
func noteOf(route string, scope Scope) string {
	switch {
	case strings.HasSuffix(route, "/pdf"), strings.Contains(route, "/originals/"):
		return review.Downloaded
	case strings.HasSuffix(route, "/search"), strings.HasSuffix(route, "/queue"):
		return review.Searched
	case strings.HasSuffix(route, "/audit"):
		return review.TrailRead
	case scope == Read && strings.HasPrefix(route, "GET "):
		return review.Viewed
	}
	return "asked"
}

func mayShow(p review.Person, mailbox string) bool {
	return p.Mailboxes == nil || slices.Contains(p.Mailboxes, mailbox)
}

// limits are how much each of many may do.
type limits struct {
	rate  rate.Limit
	burst int

	mu sync.Mutex
	of map[string]*rate.Limiter
}

// mostLimits bounds how many are remembered.
const mostLimits = 10_000

// take takes n from what somebody may do, and says whether it was there; with 0 it only looks.
func (l *limits) take(who string, n int, now time.Time) bool {
	l.mu.Lock()
	one, ok := l.of[who]
	if !ok {
		if l.of == nil || len(l.of) >= mostLimits {
			l.of = map[string]*rate.Limiter{}
		}
		one = rate.NewLimiter(l.rate, l.burst)
		l.of[who] = one
	}
	l.mu.Unlock()
	if n == 0 {
		return one.TokensAt(now) >= 1
	}
	return one.AllowN(now, n)
}

func (s *server) tooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "5")
	s.problem(w, http.StatusTooManyRequests, "too-many", "There are too many requests at once.", "Wait, and send fewer.")
}

// peer is the address that a request comes from. Forwarding headers are not looked at:
// anybody can write them.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// refused tells the trail what was not allowed. What cannot be written is not allowed either way.
func (s *server) refused(r *http.Request, who Caller, route, document, why string) {
	person := ""
	if who.Token != "" {
		person = "token:" + who.Token
	}
	if route == "" {
		route = "an address that there is none of"
	}
	s.Log.Warn("refused at the API", "token", who.Token, "route", route, "document", document, "why", why)
	s.State.Note(context.WithoutCancel(r.Context()), person, "refused", document, route+": "+why)
}

// A problem is RFC 9457's.
type problem struct {
	Type   string `json:"type"` // urn:postroom:problem:<kind>
	Title  string `json:"title"`
	Status int    `json:"status"`
	Hint   string `json:"hint,omitempty"` // what to do
}

func (s *server) problem(w http.ResponseWriter, status int, kind, title, hint string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(problem{"urn:postroom:problem:" + kind, title, status, hint})
}

var errNoMatch = errors.New("the request does not say which revision it means")

// fail answers with what went wrong.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var known *postroom.Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		_, route := s.mux.Handler(r)
		s.refused(r, caller(r), route, r.PathValue("id"), "it is too large")
		s.problem(w, http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("The request is larger than %d bytes.", large.Limit), "Send less at once.")
	case errors.Is(err, errNoMatch):
		s.problem(w, http.StatusPreconditionRequired, "no-revision", "The request does not say which revision of the document it decides about.", `Send the ETag of the document that you saw as If-Match.`)
	case errors.Is(err, review.ErrNoDocument):
		s.problem(w, http.StatusNotFound, "not-found", "There is no such thing, or it is of a mailbox that the token may not see.", "")
	case errors.Is(err, review.ErrChanged):
		s.problem(w, http.StatusPreconditionFailed, "changed", "The document was changed in the meantime. Nothing was applied.", "Get it again and decide anew.")
	case errors.Is(err, review.ErrClaimed):
		s.problem(w, http.StatusConflict, "claimed", "Somebody else has the document open. Nothing was applied.", "Try again when they have decided, or after five minutes.")
	case errors.Is(err, review.ErrNothingToUndo):
		s.problem(w, http.StatusConflict, "nothing-to-undo", "The account's last decision was about something else.", "")
	case errors.As(err, &known) && known.Kind == postroom.Temporary:
		w.Header().Set("Retry-After", "60")
		s.problem(w, http.StatusServiceUnavailable, "later", postroom.ReasonOf(err, ""), known.Hint)
	case errors.As(err, &known) && postroom.IsBadInput(err):
		s.problem(w, http.StatusUnprocessableEntity, "refused", postroom.ReasonOf(err, ""), known.Hint)
	default:
		s.Log.Error("the API", "error", err)
		s.problem(w, http.StatusInternalServerError, "failed", "Something went wrong. Nothing was changed.", "Try again; when it goes on, whoever runs Postroom finds more in its log.")
	}
}

// notFound makes the multiplexer's own answers problems too.
type notFound struct {
	http.ResponseWriter
	s *server
}

func (n notFound) WriteHeader(status int) {
	if status == http.StatusMethodNotAllowed {
		n.s.problem(n.ResponseWriter, status, "method", "The address knows no such method.", "openapi.json tells which it knows.")
		return
	}
	n.s.problem(n.ResponseWriter, http.StatusNotFound, "not-found", "There is no such address.", "openapi.json tells which there are.")
}

func (n notFound) Write(b []byte) (int, error) { return len(b), nil }

func answer(w http.ResponseWriter, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
	return nil
}

// ask reads what is asked for. Markup in it stays the text that it is; that it came is told.
func (s *server) ask(r *http.Request, into any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var whole any
	if json.Unmarshal(body, &whole) == nil && holdsMarkup(whole) {
		_, route := s.mux.Handler(r)
		if err := s.State.Note(r.Context(), "token:"+caller(r).Token, review.Markup, r.PathValue("id"), route); err != nil {
			return err
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return postroom.Bad(err, "the request's body is not what this address takes", "compare it with openapi.json")
	}
	if d.More() {
		return postroom.Bad(nil, "the request's body holds more than one value", "send one")
	}
	return nil
}

func holdsMarkup(v any) bool {
	switch v := v.(type) {
	case string:
		return postroom.Markup(v)
	case []any:
		return slices.ContainsFunc(v, holdsMarkup)
	case map[string]any:
		for _, one := range v {
			if holdsMarkup(one) {
				return true
			}
		}
	}
	return false
}
