package review

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
)

// LocalAccess lets one person in: whoever has the link that the program printed.
// It is meant for an address of this machine only. It implements Access.
type LocalAccess struct {
	host, key, session, token string
	person                    Person
}

// NewLocalAccess makes the access for a desk at host, such as 127.0.0.1:8480. A person
// without a role may do everything: who has the link has the machine.
func NewLocalAccess(host string, p Person) *LocalAccess {
	if p.Role == "" {
		p.Role = Administrator
	}
	return &LocalAccess{host: host, key: rand.Text(), session: rand.Text(), token: rand.Text(), person: p}
}

// Link is the address that lets in.
func (a *LocalAccess) Link() string { return "http://" + a.host + "/?key=" + a.key }

const localCookie = "postroom_desk"

// contentPolicy allows what the desk itself serves and nothing else.
// It tells what a browser refused by it.
const contentPolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'; report-uri " + reportPath

// Guard implements Access.
func (a *LocalAccess) Guard(next http.Handler) http.Handler {
	same := func(x, y string) bool { return subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1 }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		// Another name for this machine would let a foreign page read the desk.
		if r.Host != a.host {
			http.Error(w, "This desk answers only at "+a.host+".", http.StatusMisdirectedRequest)
			return
		}
		if key := r.URL.Query().Get("key"); key != "" && r.Method == http.MethodGet && same(key, a.key) {
			http.SetCookie(w, &http.Cookie{Name: localCookie, Value: a.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		c, err := r.Cookie(localCookie)
		if err != nil || !same(c.Value, a.session) {
			http.Error(w, "Open the link that postroom printed when it started.", http.StatusUnauthorized)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
			if !same(r.PostFormValue("token"), a.token) {
				http.Error(w, "This form is not from this desk, or too large. Load the page again.", http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Who implements Access.
func (a *LocalAccess) Who(context.Context) Person { return a.person }

// Token implements Access.
func (a *LocalAccess) Token(context.Context) string { return a.token }
