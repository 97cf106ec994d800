package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom/review"
)

// noDesk has nothing to show: what these tests ask never gets so far.
type noDesk struct{ review.Desk }

func (noDesk) KeepBoth(context.Context, review.Decision) error           { return nil }
func (noDesk) Retry(context.Context, review.Decision) error              { return nil }
func (noDesk) Counts(context.Context) ([]review.Count, error)            { return nil, nil }
func (noDesk) Document(context.Context, string) (review.Item, error)     { return review.Item{}, nil }
func (noDesk) Statistics(context.Context, string) ([]review.Stat, error) { return nil, nil }

type oneToken struct {
	State
	notes []string
}

func (o *oneToken) Caller(_ context.Context, secret string) (Caller, error) {
	if secret != "good" {
		return Caller{}, ErrNoToken
	}
	return Caller{Token: "night", Person: review.Person{ID: "ann", Role: review.Clerk}, Scopes: []string{"read", "statistics"}}, nil
}

func (o *oneToken) Note(_ context.Context, person, action, document, detail string) error {
	o.notes = append(o.notes, person+" "+action+" "+detail)
	return nil
}

// A token asks so often and no more, and guessing at tokens is braked sooner, for all tokens
// that come from the same address; both with the time to wait.
func TestRates(t *testing.T) {
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	state := &oneToken{}
	h := New(Config{Desk: noDesk{}, State: state, Now: func() time.Time { return now }, Rate: 10, Burst: 5})
	ask := func(token, from string) int {
		r := httptest.NewRequest("GET", Base+"/counts", nil)
		r.RemoteAddr = from
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
			t.Error("nobody says how long to wait")
		}
		return w.Code
	}
	for range 5 {
		if code := ask("good", "192.0.2.1:1"); code != http.StatusOK {
			t.Fatal(code)
		}
	}
	if code := ask("good", "192.0.2.7:1"); code != http.StatusTooManyRequests {
		t.Errorf("the sixth at once: %d", code)
	}
	now = now.Add(200 * time.Millisecond)
	if code := ask("good", "192.0.2.1:1"); code != http.StatusOK {
		t.Errorf("after the wait: %d", code)
	}
	state.notes = nil
	for i := range 40 {
		want := http.StatusUnauthorized
		if i >= 20 {
			want = http.StatusTooManyRequests
		}
		if code := ask("guess", "192.0.2.2:1"); code != want {
			t.Errorf("guess %d: %d", i, code)
		}
	}
	if len(state.notes) != 20 || !strings.Contains(state.notes[0], "refused") {
		t.Errorf("%d notes of guessing", len(state.notes))
	}
	if code := ask("good", "192.0.2.2:1"); code != http.StatusTooManyRequests {
		t.Errorf("a good token from where somebody guesses: %d", code)
	}
	if code := ask("good", "192.0.2.3:1"); code == http.StatusUnauthorized {
		t.Errorf("from elsewhere: %d", code)
	}
}

// The account's role bounds what the scopes of its token allow.
func TestScopeAndRole(t *testing.T) {
	state := &oneToken{}
	h := New(Config{Desk: noDesk{}, State: state})
	for path, want := range map[string]int{"GET /counts": 200, "GET /statistics": 403, "GET /audit": 403, "POST /documents/x/file": 403, "GET /nowhere": 404, "DELETE /queue": 405, "GET /openapi.json": 200} {
		method, path, _ := strings.Cut(path, " ")
		r := httptest.NewRequest(method, Base+path, nil)
		r.Header.Set("Authorization", "Bearer good")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s %s: %d, not %d: %s", method, path, w.Code, want, w.Body)
		}
		if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", path, w.Header().Get("Content-Type"))
		}
		if w.Header().Get("Set-Cookie") != "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, w.Header())
		}
	}
}

func TestFileName(t *testing.T) {
	for _, c := range []struct{ kind, disposition, want string }{
		{"message/rfc822", `attachment; filename="a.eml"`, ""},
		{"application/pdf", `attachment; filename="letter.pdf"`, "letter.pdf"},
		{"application/pdf", `attachment; filename="../../etc/passwd"`, "passwd"},
		{"application/pdf", `attachment; filename="C:\\scans\\a.pdf"`, "a.pdf"},
		{"application/pdf", "", "document.pdf"},
		{"", "", "document"},
		{"x", `attachment; filename="` + strings.Repeat("x", 300) + `"`, "document"},
	} {
		r := httptest.NewRequest("POST", Base+"/messages", nil)
		r.Header.Set("Content-Type", c.kind)
		r.Header.Set("Content-Disposition", c.disposition)
		if got := fileName(r); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
