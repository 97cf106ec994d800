package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A tokenServer is a token endpoint (RFC 6749) and, for the mail server, an
// introspection endpoint (RFC 7662). It makes the tokens up, takes them back,
// and changes the refresh token with each use.
type tokenServer struct {
	*httptest.Server
	mu      sync.Mutex
	good    map[string]bool
	made    int
	refresh string
	asked   []url.Values
	fail    func(w http.ResponseWriter) bool // answers instead, if true
}

func newTokenServer(t *testing.T) *tokenServer {
	s := &tokenServer{good: map[string]bool{}, refresh: "refresh-0"}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /introspect", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		json.NewEncoder(w).Encode(map[string]any{"active": s.good[r.FormValue("token")], "email": testUser})
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.ParseForm()
	s.asked = append(s.asked, r.PostForm)
	if s.fail != nil && s.fail(w) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	refuse := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":%q,"error_description":"of secret thing"}`, code)
	}
	answer := map[string]any{"token_type": "Bearer", "expires_in": 3600}
	switch form := r.PostForm; {
	case form.Get("client_id") != "app" || form.Get("client_secret") != "app secret":
		refuse("invalid_client")
		return
	case form.Get("grant_type") == "client_credentials":
	case form.Get("grant_type") == "refresh_token" && form.Get("refresh_token") == s.refresh:
		s.refresh = fmt.Sprintf("refresh-%d", s.made+1)
		answer["refresh_token"] = s.refresh
	default:
		refuse("invalid_grant")
		return
	}
	s.made++
	// As long as real ones, and with the characters that they have.
	token := fmt.Sprintf("token-%d.%s-_~+/=", s.made, strings.Repeat("eyJ0eXAiOiJKV1Qi", 120))
	s.good[token] = true
	answer["access_token"] = token
	json.NewEncoder(w).Encode(answer)
}

// withdraw makes every token worthless that was given so far.
func (s *tokenServer) withdraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.good)
}

func (s *tokenServer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *tokenServer) accepts(user, token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return user == testUser && s.good[token]
}

// An oauthOpener starts a mail server that asks the token server.
type oauthOpener func(t *testing.T, tokens *tokenServer) MailboxConfig

func openDovecotOAuth(t *testing.T, tokens *tokenServer) MailboxConfig {
	return openDovecotAs("tls", servers.WithOAuth2(servers.OAuth2{IntrospectionURL: tokens.URL + "/introspect"}))(t).config
}

func openMemoryOAuth(t *testing.T, tokens *tokenServer) MailboxConfig {
	m := newMemory(t)
	m.session = func(s imapserver.SessionIMAP4rev2) imapserver.Session { return &oauthSession{s, tokens} }
	return m.serve(t, "tls")
}

// An oauthSession accepts tokens in place of passwords.
type oauthSession struct {
	imapserver.SessionIMAP4rev2
	tokens *tokenServer
}

func (s *oauthSession) AuthenticateMechanisms() []string { return []string{"XOAUTH2", "OAUTHBEARER"} }

func (s *oauthSession) Authenticate(mechanism string) (sasl.Server, error) {
	if mechanism == "XOAUTH2" {
		return &xoauth2Server{check: s.check}, nil
	}
	return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
		if !s.check(o.Username, o.Token) {
			return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
		}
		return nil
	}), nil
}

func (s *oauthSession) check(user, token string) bool { return s.tokens.accepts(user, token) }

// An xoauth2Server answers as Google does: a challenge with the reason, then
// the refusal.
type xoauth2Server struct {
	check  func(user, token string) bool
	failed bool
}

func (x *xoauth2Server) Next(response []byte) ([]byte, bool, error) {
	if x.failed {
		return nil, false, imapserver.ErrAuthFailed
	}
	if response == nil {
		return []byte{}, false, nil
	}
	var user, token string
	for _, part := range strings.Split(string(response), "\x01") {
		if v, ok := strings.CutPrefix(part, "user="); ok {
			user = v
		}
		if v, ok := strings.CutPrefix(part, "auth=Bearer "); ok {
			token = v
		}
	}
	if x.check(user, token) {
		return nil, true, nil
	}
	x.failed = true
	return []byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`), false, nil
}

func TestOAuthMemory(t *testing.T)  { testOAuth(t, openMemoryOAuth) }
func TestOAuthDovecot(t *testing.T) { testOAuth(t, openDovecotOAuth) }

func testOAuth(t *testing.T, open oauthOpener) {
	tokens := newTokenServer(t)
	config := open(t, tokens)
	config.Password = ""
	with := func(flow, mechanism string) MailboxConfig {
		c := config
		c.OAuth = &OAuthConfig{Flow: flow, ClientID: "app", ClientSecret: "app secret", TokenURL: tokens.URL + "/token", Scopes: []string{"mail", "offline"}, Mechanism: mechanism}
		if flow == flowRefresh {
			tokens.mu.Lock()
			c.OAuth.RefreshToken = tokens.refresh
			tokens.mu.Unlock()
		}
		return c
	}
	for _, flow := range []string{flowClient, flowRefresh} {
		for _, mechanism := range []string{"xoauth2", "oauthbearer", ""} {
			t.Run(flow+" "+mechanism, func(t *testing.T) {
				m, d := mailbox(t, with(flow, mechanism)), newDesk()
				before := tokens.requests()
				receive(t, m, d)
				receive(t, m, d)
				if n := tokens.requests() - before; n != 1 {
					t.Errorf("two sign-ins asked for %d tokens, want one", n)
				}
				if form := tokens.asked[before]; form.Get("scope") != "mail offline" && flow == flowClient {
					t.Errorf("asked with %v", form)
				}
				tokens.withdraw()
				receive(t, m, d)
				if n := tokens.requests() - before; n != 2 {
					t.Errorf("a token that was withdrawn led to %d requests in all, want two", n)
				}
			})
		}
	}

	t.Run("a token that ran out is not used", func(t *testing.T) {
		m := mailbox(t, with(flowClient, ""))
		receive(t, m, newDesk())
		m.tokens.token.Expiry = time.Now().Add(-time.Second)
		before := tokens.requests()
		receive(t, m, newDesk())
		if tokens.requests() != before+1 {
			t.Error("no new token was asked for")
		}
	})

	t.Run("a refresh token that was exchanged is kept", func(t *testing.T) {
		c := with(flowRefresh, "")
		var kept []string
		down := errors.New("the database is down")
		c.SaveRefreshToken = func(_ context.Context, token string) error {
			if down != nil {
				return down
			}
			kept = append(kept, token)
			return nil
		}
		m := mailbox(t, c)
		receive(t, m, newDesk()) // saving fails: the mail is read all the same
		down = nil
		receive(t, m, newDesk()) // saved now
		tokens.withdraw()
		receive(t, m, newDesk()) // exchanged and saved
		if len(kept) != 2 || kept[0] == kept[1] || kept[1] != tokens.refresh {
			t.Errorf("kept %q; the one that is good is %q", kept, tokens.refresh)
		}
	})

	t.Run("refused tokens", func(t *testing.T) {
		for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
			c := with(flowClient, mechanism)
			c.User = "other@practice.example"
			before := tokens.requests()
			wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Misconfigured, "refused the sign-in", "user is its address")
			if n := tokens.requests() - before; n != 1 {
				t.Errorf("a refused new token led to %d requests", n)
			}
		}
	})

	t.Run("refused by the token endpoint", func(t *testing.T) {
		c := with(flowClient, "")
		c.OAuth.ClientSecret = "wrong"
		err := mailbox(t, c).Check(t.Context())
		wantProblem(t, err, postroom.Misconfigured, "refused to give a token", "client_secret")
		c = with(flowRefresh, "")
		c.OAuth.RefreshToken = "revoked"
		err = errors.Join(err, mailbox(t, c).Check(t.Context()))
		wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Misconfigured, "refused to give a token", "grant access again")
		if text := err.Error(); strings.Contains(text, "wrong") || strings.Contains(text, "revoked ") || strings.Contains(text, "secret thing") {
			t.Errorf("the error repeats what was sent or said: %v", err)
		}
		for answer, hint := range map[string]string{
			`{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app 'x' are expired."}`: "run out",
			`{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found."}`:       "client_id",
		} {
			tokens.fail = func(w http.ResponseWriter) bool {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprint(w, answer)
				return true
			}
			wantProblem(t, mailbox(t, with(flowClient, "")).Check(t.Context()), postroom.Misconfigured, "refused to give a token", hint)
		}
		for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusTemporaryRedirect} {
			tokens.fail = func(w http.ResponseWriter) bool {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
				return true
			}
			wantProblem(t, mailbox(t, with(flowClient, "")).Check(t.Context()), postroom.Temporary, "gave no token", "tried again")
		}
		tokens.fail = nil
	})

	t.Run("no token endpoint", func(t *testing.T) {
		c := with(flowClient, "")
		c.OAuth.TokenURL = "http://127.0.0.1:1/token"
		wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Temporary, "cannot be reached", "network")
	})
}

func TestOAuthNotOffered(t *testing.T) {
	c := newMemory(t).serve(t, "tls")
	tokens := newTokenServer(t)
	c.Password, c.OAuth = "", &OAuthConfig{Flow: flowClient, ClientID: "app", ClientSecret: "app secret", TokenURL: tokens.URL + "/token"}
	wantProblem(t, mailbox(t, c).Check(t.Context()), postroom.Misconfigured, "offers no sign-in with OAuth2", "password")
}

// Where a watched connection ends after its token ran out, the next one has a
// new token.
func TestOAuthWatchOutlivesItsToken(t *testing.T) {
	tokens := newTokenServer(t)
	m := newMemory(t)
	conns := make(chan *imapserver.Conn, 10)
	m.session = func(s imapserver.SessionIMAP4rev2) imapserver.Session { return &oauthSession{s, tokens} }
	m.connected = func(c *imapserver.Conn) { conns <- c }
	c := m.serve(t, "tls")
	c.Password, c.OAuth = "", &OAuthConfig{Flow: flowClient, ClientID: "app", ClientSecret: "app secret", TokenURL: tokens.URL + "/token"}
	m.deliver(t, "INBOX", letter(1), received)
	box, d := mailbox(t, c), newDesk()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- box.Watch(ctx, d, nil) }()
	<-d.news
	tokens.withdraw()
	(<-conns).NetConn().Close()
	m.deliver(t, "INBOX", letter(2), received)
	select {
	case <-d.news:
	case <-time.After(15 * time.Second):
		t.Fatal("the mailbox was not read again")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if tokens.requests() != 2 || d.takes() != 2 {
		t.Errorf("%d tokens and %d bodies were asked for, want 2 each", tokens.requests(), d.takes())
	}
}

func TestOAuthConfigValidate(t *testing.T) {
	good := OAuthConfig{Provider: "microsoft", Flow: flowClient, Tenant: "t", ClientID: "c", ClientSecret: "s"}
	if err := good.validate(); err != nil {
		t.Fatal(err)
	}
	if good.tokenURL() != "https://login.microsoftonline.com/t/oauth2/v2.0/token" || strings.Join(good.scopes(), " ") != "https://outlook.office365.com/.default" {
		t.Errorf("%s %s", good.tokenURL(), good.scopes())
	}
	google := OAuthConfig{Provider: "google", Flow: flowRefresh, ClientID: "c", RefreshToken: "r"}
	if err := google.validate(); err != nil {
		t.Fatal(err)
	}
	if google.tokenURL() != "https://oauth2.googleapis.com/token" || strings.Join(google.scopes(), " ") != "https://mail.google.com/" {
		t.Errorf("%s %s", google.tokenURL(), google.scopes())
	}
	for want, change := range map[string]func(*OAuthConfig){
		"provider":      func(c *OAuthConfig) { c.Provider = "yahoo" },
		"provider: wr":  func(c *OAuthConfig) { c.Provider = "" },
		"flow":          func(c *OAuthConfig) { c.Flow = "" },
		"flow: Google":  func(c *OAuthConfig) { c.Provider = "google" },
		"tenant":        func(c *OAuthConfig) { c.Tenant = "" },
		"client_id":     func(c *OAuthConfig) { c.ClientID = "" },
		"client_secret": func(c *OAuthConfig) { c.ClientSecret = "" },
		"refresh_token": func(c *OAuthConfig) { c.Flow = flowRefresh },
		"mechanism":     func(c *OAuthConfig) { c.Mechanism = "plain" },
		"token_url":     func(c *OAuthConfig) { c.TokenURL = "http://login.example/token" },
	} {
		c := good
		change(&c)
		if err := c.validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want a complaint about %s, got %v", want, err)
		}
	}
}

// wantProblem checks a Problem's kind, and parts of its sentence and its hint.
func wantProblem(t *testing.T, err error, kind postroom.ProblemKind, reason, hint string) {
	t.Helper()
	var p *postroom.Problem
	if !errors.As(err, &p) || p.Kind != kind || !strings.Contains(p.Reason, reason) || !strings.Contains(p.Hint, hint) {
		t.Errorf("want kind %d with %q and %q, got %#v", kind, reason, hint, err)
		if p != nil {
			t.Logf("kind %d, reason %q, hint %q", p.Kind, p.Reason, p.Hint)
		}
	}
}
