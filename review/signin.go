package review

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	pathpkg "path"
	"strings"
	"sync"
	"time"

	"github.com/postroom/postroom"
)

// A Session is somebody who is signed in.
type Session struct {
	Person Person
	Token  string // that each form carries
	// Password says that the account has one that can be changed here.
	Password bool
	// Once says that somebody else chose it: before all else another must be chosen.
	Once bool
}

// ErrNoSession says that nobody is signed in with that key, or no more.
var ErrNoSession = errors.New("nobody is signed in")

// Accounts is what signing in asks of the state. What a person must be told is a Problem; it
// is the same for a wrong password and for an account that does not exist.
type Accounts interface {
	// SignIn checks a password and returns the key of a new session.
	SignIn(ctx context.Context, account, password, address string) (key string, err error)
	// Session returns who is signed in, or ErrNoSession.
	Session(ctx context.Context, key string) (Session, error)
	SignOut(ctx context.Context, key string) error
	// ChangePassword also signs the account out everywhere else.
	ChangePassword(ctx context.Context, key, old, password string) error
}

// A Provider signs people in elsewhere.
type Provider interface {
	Begin(ctx context.Context) (address string, flow []byte, err error)
	// Finish returns the key of a new session.
	Finish(ctx context.Context, flow []byte, query url.Values, address string) (key string, err error)
}

// SignInAccess lets in people with an account. It implements Access.
type SignInAccess struct {
	Accounts Accounts
	Provider Provider // nil for none
	// ProviderName is what the button says: "Sign in with NHSmail".
	ProviderName string
	Host         string // as browsers name the desk: the only one that it answers to
	Secure       bool   // it is served over TLS; without it, to this machine only
	Refused      func(ctx context.Context, f Refusal)

	server *server

	reportMu sync.Mutex
	reportAt map[string]time.Time // by person
}

type signedIn struct{}

// Who implements Access.
func (a *SignInAccess) Who(ctx context.Context) Person {
	s, _ := ctx.Value(signedIn{}).(Session)
	return s.Person
}

// Token implements Access.
func (a *SignInAccess) Token(ctx context.Context) string {
	s, _ := ctx.Value(signedIn{}).(Session)
	return s.Token
}

// cookie names a cookie so that no other host and no page without TLS can set it.
func (a *SignInAccess) cookie(name, value string, age int) *http.Cookie {
	c := &http.Cookie{Name: "postroom_" + name, Value: value, Path: "/", HttpOnly: true, MaxAge: age,
		SameSite: http.SameSiteLaxMode} // Strict would lose it on the way back from the provider
	if a.Secure {
		c.Name, c.Secure = "__Host-"+c.Name, true
	}
	return c
}

func (a *SignInAccess) cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(a.cookie(name, "", 0).Name)
	if err != nil {
		return ""
	}
	return c.Value
}

// mostForm bounds what a form of the desk can hold, in bytes.
const mostForm = 1 << 20

// Guard implements Access.
func (a *SignInAccess) Guard(next http.Handler) http.Handler {
	own := http.NewServeMux()
	own.HandleFunc("GET /signin", a.form)
	own.HandleFunc("POST /signin", a.signIn)
	own.HandleFunc("GET /signin/provider", a.begin)
	own.HandleFunc("GET /signin/back", a.finish)
	own.HandleFunc("POST /signout", a.signOut)
	own.HandleFunc("POST "+reportPath, a.reported)
	own.HandleFunc("GET /account", a.account)
	own.HandleFunc("POST /account", a.changePassword)
	var sameOrigin http.CrossOriginProtection
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		if a.Secure {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		if r.Host != a.Host {
			http.Error(w, "This desk answers only at "+a.Host+".", http.StatusMisdirectedRequest)
			return
		}
		_, mine := own.Handler(r)
		session, err := Session{}, ErrNoSession
		if key := a.cookieValue(r, "session"); key != "" {
			session, err = a.Accounts.Session(r.Context(), key)
		}
		if err != nil && !errors.Is(err, ErrNoSession) {
			a.server.fail(w, r, err)
			return
		}
		if err == nil {
			r = r.WithContext(context.WithValue(r.Context(), signedIn{}, session))
		}
		changes := r.Method != http.MethodGet && r.Method != http.MethodHead
		if changes {
			r.Body = http.MaxBytesReader(w, r.Body, mostForm)
			foreign := sameOrigin.Check(r) != nil
			if !foreign && mine != "POST /signin" && mine != "POST "+reportPath && err == nil {
				foreign = subtle.ConstantTimeCompare([]byte(r.PostFormValue("token")), []byte(session.Token)) != 1
			}
			if foreign {
				a.refuse(r, "the form is not from this desk, or too large")
				a.server.show(w, r, http.StatusForbidden, "message", page{Title: "Not done", Error: "This form is not from this desk, or too large. Load the page again."})
				return
			}
		}
		switch {
		case strings.HasPrefix(mine, "GET /signin"), mine == "POST /signin":
			own.ServeHTTP(w, r)
		case err == nil && session.Once && mine == "" && !strings.HasPrefix(r.URL.Path, "/assets/"):
			if !changes && strings.Contains(r.Header.Get("Accept"), "text/html") {
				http.Redirect(w, r, "/account", http.StatusSeeOther)
				return
			}
			a.refuse(r, "they have not chosen a password of their own yet")
			a.server.show(w, r, http.StatusForbidden, "message", page{Title: "Not done", Error: "Choose a password of your own first, under your name at the top."})
		case err == nil && mine != "":
			own.ServeHTTP(w, r)
		case err == nil, strings.HasPrefix(r.URL.Path, "/assets/"):
			next.ServeHTTP(w, r)
		case changes:
			a.refuse(r, "nobody is signed in")
			a.server.show(w, r, http.StatusUnauthorized, "message", page{Title: "Not done", Error: "You are not signed in any more, so nothing was changed. Sign in, and what you had typed about a document is there again.",
				Data: "/signin?" + url.Values{"to": {a.whence(r)}}.Encode()})
		case strings.Contains(r.Header.Get("Accept"), "text/html"):
			// Not told to the trail: this is how everybody's day begins.
			http.Redirect(w, r, "/signin?"+url.Values{"to": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		default:
			a.refuse(r, "nobody is signed in")
			http.Error(w, "Sign in first.", http.StatusUnauthorized)
		}
	})
}

// whence is the page that a form was on: the part of its address that is one.
func (a *SignInAccess) whence(r *http.Request) string {
	for path := r.URL.Path; path != "/"; path = pathpkg.Dir(path) {
		asked := &http.Request{Method: http.MethodGet, Host: r.Host, URL: &url.URL{Path: path}}
		if _, route := a.server.mux.Handler(asked); strings.HasPrefix(route, "GET ") {
			return (&url.URL{Path: path, RawQuery: r.URL.RawQuery}).RequestURI()
		}
	}
	return "/"
}

func (a *SignInAccess) refuse(r *http.Request, why string) {
	if a.Refused != nil {
		_, route := a.server.mux.Handler(r)
		if route == "" { // the sign-in's own, or none
			route = r.Method
		}
		a.Refused(r.Context(), Refusal{Person: a.Who(r.Context()).ID, Route: route, Why: why})
	}
}

// reportPath is where browsers tell what the content policy made them refuse.
const reportPath = "/refused-content"

// reported notes that a browser refused what stood in a page: script that somebody stored where the
// desk shows it, if it was ever shown as more than text. What the browser says of it could hold
// anything, so only that it happened is written down, once in a while.
func (a *SignInAccess) reported(w http.ResponseWriter, r *http.Request) {
	who, now := a.Who(r.Context()).ID, a.server.Now()
	a.reportMu.Lock()
	at, before := a.reportAt[who]
	again := before && now.Sub(at) < onceIn
	if !again {
		if a.reportAt == nil || len(a.reportAt) > 10_000 {
			a.reportAt = map[string]time.Time{}
		}
		a.reportAt[who] = now
	}
	a.reportMu.Unlock()
	if !again && a.Refused != nil {
		a.Refused(r.Context(), Refusal{Person: who, Route: "POST " + reportPath, Why: "the browser refused script or content that is not the desk's"})
	}
	w.WriteHeader(http.StatusNoContent)
}

// protect sets what keeps a browser from doing with the pages what they are not for.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

type signInPage struct {
	Account, To, Provider string
}

// localPath is where to go after signing in: somewhere at this desk, never elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") ||
		strings.HasPrefix(u.Path, "/sign") {
		return "/"
	}
	return to
}

func (a *SignInAccess) form(w http.ResponseWriter, r *http.Request) {
	a.showForm(w, r, http.StatusOK, "", "")
}

func (a *SignInAccess) showForm(w http.ResponseWriter, r *http.Request, status int, account, refusal string) {
	d := signInPage{Account: account, To: localPath(r.FormValue("to"))}
	if a.Provider != nil {
		d.Provider = a.ProviderName
	}
	a.server.show(w, r, status, "signin", page{Title: "Sign in", Error: refusal, Data: d})
}

// address is the peer's. Forwarding headers are not looked at: anybody can write them.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (a *SignInAccess) signIn(w http.ResponseWriter, r *http.Request) {
	account := strings.ToLower(strings.TrimSpace(r.PostFormValue("account")))
	key, err := a.Accounts.SignIn(r.Context(), account, r.PostFormValue("password"), address(r))
	if err != nil {
		a.notIn(w, r, account, err)
		return
	}
	a.in(w, r, key, r.PostFormValue("to"))
}

// in gives the browser the new session; one that it had before ends, so that a key that
// somebody else planted or saw is worth nothing.
func (a *SignInAccess) in(w http.ResponseWriter, r *http.Request, key, to string) {
	if before := a.cookieValue(r, "session"); before != "" {
		if err := a.Accounts.SignOut(r.Context(), before); err != nil {
			a.server.Log.Warn("end an earlier session", "error", err)
		}
	}
	http.SetCookie(w, a.cookie("session", key, 0))
	http.SetCookie(w, a.cookie("flow", "", -1))
	http.Redirect(w, r, localPath(to), http.StatusSeeOther)
}

func (a *SignInAccess) notIn(w http.ResponseWriter, r *http.Request, account string, err error) {
	var problem *postroom.Problem
	switch {
	case errors.As(err, &problem) && problem.Kind == postroom.Temporary:
		a.showForm(w, r, http.StatusTooManyRequests, account, postroom.ReasonOf(err, ""))
	case postroom.IsBadInput(err):
		a.showForm(w, r, http.StatusUnauthorized, account, postroom.ReasonOf(err, ""))
	default:
		a.server.Log.Error("sign in", "error", err)
		a.showForm(w, r, http.StatusInternalServerError, account, "Something went wrong. Try again.")
	}
}

// A flow is what a browser keeps while its person signs in elsewhere.
type flow struct {
	Flow []byte
	To   string
}

func (a *SignInAccess) begin(w http.ResponseWriter, r *http.Request) {
	if a.Provider == nil {
		a.form(w, r)
		return
	}
	to, state, err := a.Provider.Begin(r.Context())
	if err != nil {
		a.notIn(w, r, "", err)
		return
	}
	kept, err := json.Marshal(flow{state, localPath(r.FormValue("to"))})
	if err != nil {
		a.notIn(w, r, "", err)
		return
	}
	http.SetCookie(w, a.cookie("flow", base64.RawURLEncoding.EncodeToString(kept), 600))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (a *SignInAccess) finish(w http.ResponseWriter, r *http.Request) {
	var f flow
	kept, err := base64.RawURLEncoding.DecodeString(a.cookieValue(r, "flow"))
	if a.Provider == nil || err != nil || json.Unmarshal(kept, &f) != nil {
		a.notIn(w, r, "", postroom.Bad(nil, "this sign-in was not begun in this browser", "sign in again"))
		return
	}
	key, err := a.Provider.Finish(r.Context(), f.Flow, r.URL.Query(), address(r))
	if err != nil {
		http.SetCookie(w, a.cookie("flow", "", -1))
		a.notIn(w, r, "", err)
		return
	}
	a.in(w, r, key, f.To)
}

func (a *SignInAccess) signOut(w http.ResponseWriter, r *http.Request) {
	if err := a.Accounts.SignOut(r.Context(), a.cookieValue(r, "session")); err != nil {
		a.server.fail(w, r, err)
		return
	}
	http.SetCookie(w, a.cookie("session", "", -1))
	// Not what is stored: it holds the person's own keys. What they had typed desk.js takes away.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

type accountPage struct {
	Password, Once, Changed, All bool
	Mailboxes                    []string
}

func (a *SignInAccess) account(w http.ResponseWriter, r *http.Request) {
	a.showAccount(w, r, http.StatusOK, "", false)
}

func (a *SignInAccess) showAccount(w http.ResponseWriter, r *http.Request, status int, refusal string, changed bool) {
	s, _ := r.Context().Value(signedIn{}).(Session)
	a.server.show(w, r, status, "account", page{Title: "Your account", Error: refusal, Data: accountPage{s.Password, s.Once && !changed, changed, s.Person.Mailboxes == nil, s.Person.Mailboxes}})
}

func (a *SignInAccess) changePassword(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("password") != r.PostFormValue("again") {
		a.showAccount(w, r, http.StatusUnprocessableEntity, "The two new passwords are not the same.", false)
		return
	}
	err := a.Accounts.ChangePassword(r.Context(), a.cookieValue(r, "session"), r.PostFormValue("old"), r.PostFormValue("password"))
	if err != nil {
		var problem *postroom.Problem
		if errors.As(err, &problem) {
			a.showAccount(w, r, http.StatusUnprocessableEntity, postroom.ReasonOf(err, ""), false)
			return
		}
		a.server.fail(w, r, err)
		return
	}
	a.showAccount(w, r, http.StatusOK, "", true)
}
