package review

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// memoryAccounts is one account, "ann" with the password "three random words".
type memoryAccounts struct {
	sessions map[string]Session
	n        int
	wait     bool
}

func (m *memoryAccounts) SignIn(_ context.Context, account, password, _ string) (string, error) {
	if m.wait {
		return "", &postroom.Problem{Kind: postroom.Temporary, Reason: "too many tries", Hint: "wait a minute"}
	}
	if account != "ann" || password != "three random words" {
		return "", postroom.Bad(nil, "the account or the password is wrong", "")
	}
	return m.begin(), nil
}

func (m *memoryAccounts) begin() string {
	m.n++
	key := fmt.Sprint("key", m.n)
	m.sessions[key] = Session{Person: Person{ID: "ann", Name: "Ann", Role: Clerk}, Token: fmt.Sprint("token", m.n), Password: true}
	return key
}

func (m *memoryAccounts) Session(_ context.Context, key string) (Session, error) {
	s, ok := m.sessions[key]
	if !ok {
		return s, ErrNoSession
	}
	return s, nil
}
func (m *memoryAccounts) SignOut(_ context.Context, key string) error {
	delete(m.sessions, key)
	return nil
}
func (m *memoryAccounts) ChangePassword(_ context.Context, _, old, _ string) error {
	if old != "three random words" {
		return postroom.Bad(nil, "the password until now is wrong", "")
	}
	return nil
}

// memoryProvider lets in whoever brings back the state "7".
type memoryProvider struct{ accounts *memoryAccounts }

func (memoryProvider) Begin(context.Context) (string, []byte, error) {
	return "https://login.example/?state=7", []byte("7"), nil
}
func (p memoryProvider) Finish(_ context.Context, flow []byte, q url.Values, _ string) (string, error) {
	if q.Get("state") != string(flow) {
		return "", postroom.Bad(nil, "this sign-in was not begun in this browser", "")
	}
	return p.accounts.begin(), nil
}

type signInVisit struct {
	t       *testing.T
	srv     *httptest.Server
	access  *SignInAccess
	desk    *memoryDesk
	state   *memoryAccounts
	client  *http.Client
	refused []Refusal
}

func visitSignIn(t *testing.T) *signInVisit {
	v := &signInVisit{t: t, desk: newMemoryDesk(), state: &memoryAccounts{sessions: map[string]Session{}}}
	var h http.Handler
	v.srv = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(v.srv.Close)
	note := func(_ context.Context, f Refusal) { v.refused = append(v.refused, f) }
	v.access = &SignInAccess{Accounts: v.state, Provider: memoryProvider{v.state}, ProviderName: "NHSmail", Host: strings.TrimPrefix(v.srv.URL, "https://"), Secure: true, Refused: note}
	h = New(Config{Desk: v.desk, Access: v.access, Refused: note})
	v.client = v.srv.Client()
	v.client.Jar, _ = cookiejar.New(nil)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return v
}

func (v *signInVisit) do(method, path string, form url.Values, header ...string) (*http.Response, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res, string(b)
}

func (v *signInVisit) signIn() {
	v.t.Helper()
	if res, _ := v.do("POST", "/signin", url.Values{"account": {" Ann "}, "password": {"three random words"}}); res.StatusCode != http.StatusSeeOther {
		v.t.Fatal(res.StatusCode)
	}
}

func (v *signInVisit) session() string {
	u, _ := url.Parse(v.srv.URL)
	for _, c := range v.client.Jar.Cookies(u) {
		if strings.HasSuffix(c.Name, "postroom_session") {
			return c.Value
		}
	}
	return ""
}

func TestSigningInAndOut(t *testing.T) {
	v := visitSignIn(t)
	res, _ := v.do("GET", "/document/one?x=1", nil)
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "/signin?to=%2Fdocument%2Fone%3Fx%3D1" {
		t.Fatal(res.StatusCode, to)
	}
	res, body := v.do("GET", "/signin?to=%2Fdocument%2Fone", nil)
	if res.StatusCode != 200 || !strings.Contains(body, `name="to" value="/document/one"`) || strings.Contains(body, `href="/overdue"`) || !strings.Contains(body, "Sign in with NHSmail") {
		t.Errorf("%d: %s", res.StatusCode, body)
	}
	if res, _ := v.do("GET", "/assets/desk.css", nil); res.StatusCode != 200 {
		t.Error("the sign-in page is without its looks", res.StatusCode)
	}
	res, body = v.do("POST", "/signin", url.Values{"account": {"ann"}, "password": {"wrong"}, "to": {"/document/one"}})
	if res.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "the account or the password is wrong") || strings.Contains(body, "wrong\"") || v.session() != "" {
		t.Errorf("%d: %s", res.StatusCode, body)
	}
	v.state.wait = true
	if res, _ := v.do("POST", "/signin", url.Values{"account": {"ann"}, "password": {"three random words"}}); res.StatusCode != http.StatusTooManyRequests {
		t.Error(res.StatusCode)
	}
	v.state.wait = false
	res, _ = v.do("POST", "/signin", url.Values{"account": {"ann"}, "password": {"three random words"}, "to": {"/document/one"}})
	if res.Header.Get("Location") != "/document/one" {
		t.Error(res.Header)
	}
	cookie := res.Header.Values("Set-Cookie")[0]
	for _, want := range []string{"__Host-postroom_session=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q has no %s", cookie, want)
		}
	}
	res, body = v.do("GET", "/document/one", nil)
	if res.StatusCode != 200 || !strings.Contains(body, "Sign out") {
		t.Error(res.StatusCode)
	}
	for _, want := range []string{"Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "Cache-Control"} {
		if res.Header.Get(want) == "" {
			t.Errorf("no %s", want)
		}
	}
	if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
		t.Error(csp)
	}
	// What somebody planted before is worth nothing after: the key is new.
	before := v.session()
	v.signIn()
	if v.session() == before || v.session() == "" {
		t.Error("the session's key did not change")
	}
	if _, there := v.state.sessions[before]; there {
		t.Error("the earlier session lives on")
	}
	token := v.state.sessions[v.session()].Token
	if res, body := v.do("POST", "/account", url.Values{"token": {token}, "old": {"three random words"}, "password": {"a"}, "again": {"b"}}); res.StatusCode != 422 || !strings.Contains(body, "not the same") {
		t.Error(res.StatusCode)
	}
	if res, body := v.do("POST", "/account", url.Values{"token": {token}, "old": {"three random words"}, "password": {"b"}, "again": {"b"}}); res.StatusCode != 200 || !strings.Contains(body, "is changed") {
		t.Error(res.StatusCode)
	}
	key := v.session()
	res, _ = v.do("POST", "/signout", url.Values{"token": {token}})
	if _, there := v.state.sessions[key]; there || res.StatusCode != http.StatusSeeOther || v.session() != "" {
		t.Error("still signed in", res.StatusCode)
	}
}

// Whose password somebody else chose does nothing before they have one of their own.
func TestPasswordOfSomebodyElse(t *testing.T) {
	v := visitSignIn(t)
	v.signIn()
	s := v.state.sessions[v.session()]
	s.Once = true
	v.state.sessions[v.session()] = s
	if res, _ := v.do("GET", "/document/one", nil); res.Header.Get("Location") != "/account" {
		t.Error(res.StatusCode)
	}
	if res, body := v.do("GET", "/account", nil); res.StatusCode != 200 || !strings.Contains(body, "Choose one of your own") {
		t.Error(res.StatusCode)
	}
	for _, r := range [][2]string{{"POST", "/document/one/file"}, {"POST", "/patients"}} {
		v.refused = nil
		if res, _ := v.do(r[0], r[1], url.Values{"token": {s.Token}, "revision": {"3"}}, "Accept", "application/json"); res.StatusCode != 403 || len(v.desk.files) > 0 || len(v.refused) != 1 {
			t.Errorf("%s: %d, %+v", r, res.StatusCode, v.refused)
		}
	}
	if res, _ := v.do("GET", "/assets/desk.css", nil); res.StatusCode != 200 {
		t.Error(res.StatusCode)
	}
	if res, _ := v.do("POST", "/signout", url.Values{"token": {s.Token}}); res.StatusCode != http.StatusSeeOther || v.session() != "" {
		t.Error(res.StatusCode)
	}
}

func TestSigningInElsewhere(t *testing.T) {
	v := visitSignIn(t)
	res, _ := v.do("GET", "/signin/provider?to=%2Fsearch", nil)
	if res.Header.Get("Location") != "https://login.example/?state=7" {
		t.Fatal(res.Header)
	}
	if res, _ := v.do("GET", "/signin/back?state=8", nil); res.StatusCode != http.StatusUnauthorized || v.session() != "" {
		t.Error("another browser's sign-in", res.StatusCode)
	}
	if res, _ := v.do("GET", "/signin/back?state=7", nil); res.StatusCode != http.StatusUnauthorized || v.session() != "" {
		t.Error("a second try with what was refused", res.StatusCode)
	}
	v.do("GET", "/signin/provider?to=%2Fsearch", nil)
	if res, _ := v.do("GET", "/signin/back?state=7", nil); res.Header.Get("Location") != "/search" || v.session() == "" {
		t.Error(res.StatusCode, res.Header)
	}
}

// What comes without a session, from another site or without the form's token changes
// nothing and is told to the trail.
func TestForeignForms(t *testing.T) {
	v := visitSignIn(t)
	form := url.Values{"revision": {"3"}, "type": {"lab_report"}, "patient": {"p1"}, "field.nhs_number": {"9990000018"}}
	try := func(what string, status int, header ...string) {
		t.Helper()
		v.refused = nil
		res, _ := v.do("POST", "/document/one/file", form, header...)
		if res.StatusCode != status || len(v.desk.files) > 0 || len(v.refused) != 1 || v.refused[0].Route != "POST /document/{id}/file" {
			t.Errorf("%s: %d, refusals %+v", what, res.StatusCode, v.refused)
		}
		v.desk.files = nil
	}
	try("no session", 401)
	v.client.Jar.SetCookies(must(url.Parse(v.srv.URL)), []*http.Cookie{{Name: "__Host-postroom_session", Value: "planted", Path: "/", Secure: true}})
	try("a key that somebody made up", 401)
	v.signIn()
	try("no token", 403)
	form.Set("token", "token0")
	try("another session's token", 403)
	form.Set("token", v.state.sessions[v.session()].Token)
	try("from another site", 403, "Sec-Fetch-Site", "cross-site")
	try("from another origin", 403, "Origin", "https://evil.example")
	form.Set("field.patient_name", strings.Repeat("x", 2*mostForm))
	try("a form of two megabytes", 403)
	form.Del("field.patient_name")
	if res, _ := v.do("POST", "/signin", url.Values{"account": {"ann"}, "password": {"three random words"}}, "Origin", "https://evil.example"); res.StatusCode != 403 {
		t.Error("signed in by another site", res.StatusCode)
	}
	v.client.Transport.(*http.Transport).DisableKeepAlives = true
	r, _ := http.NewRequest("GET", v.srv.URL+"/", nil)
	r.Host = "rebound.example"
	if res, err := v.client.Do(r); err != nil || res.StatusCode != http.StatusMisdirectedRequest {
		t.Error("another name for this machine", err)
	}
	if res, _ := v.do("POST", "/document/one/file", form); res.StatusCode != http.StatusSeeOther || len(v.desk.files) != 1 {
		t.Error("the desk's own form", res.StatusCode)
	}
}

// What browsers refused is noted of who is signed in, not what it was, and not again and again.
func TestReportsOfRefusedContent(t *testing.T) {
	v := visitSignIn(t)
	report := url.Values{"csp-report": {"<script>"}}
	if res, _ := v.do("POST", reportPath, report); res.StatusCode != 401 {
		t.Error("nobody is signed in", res.StatusCode)
	}
	v.signIn()
	v.refused = nil
	for range 3 {
		if res, _ := v.do("POST", reportPath, report); res.StatusCode != 204 {
			t.Error(res.StatusCode)
		}
	}
	if len(v.refused) != 1 || v.refused[0].Person != "ann" || strings.Contains(v.refused[0].Why, "<") {
		t.Errorf("%+v", v.refused)
	}
	if res, _ := v.do("POST", reportPath, report, "Sec-Fetch-Site", "cross-site"); res.StatusCode != 403 {
		t.Error("from another site", res.StatusCode)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhereToAfterSigningIn(t *testing.T) {
	for to, want := range map[string]string{"/": "/", "/search?find=a": "/search?find=a", "": "/", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "/signout": "/", "/signin?to=/": "/", "/a\r\nSet-Cookie: x": "/", "evil": "/"} {
		if got := localPath(to); got != want {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

// Names that hold script are shown as what they are.
func TestScriptInNames(t *testing.T) {
	v := visitSignIn(t)
	v.signIn()
	for _, path := range []string{"/", "/document/one", "/filed/one", "/search?find=%3Cscript%3Ealert(3)%3C/script%3E", "/quarantine", "/signin?to=%22%3E%3Cscript%3E"} {
		_, body := v.do("GET", path, nil)
		if m := regexp.MustCompile(`<script[^>]*>[^<]|<img src=x|onerror=[^&]`).FindString(body); m != "" && !strings.Contains(body, `onerror=alert(1)&gt;`) {
			t.Errorf("%s holds %q", path, m)
		}
	}
}
