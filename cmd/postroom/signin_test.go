package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/people"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/testdata/servers"
)

// A visitor is a browser at a desk with sign-in.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
}

func (v *visitor) do(method, path string, form url.Values) (int, string, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b), res.Header.Get("Location")
}

func (v *visitor) signIn(account, password string) int {
	v.t.Helper()
	code, _, _ := v.do("POST", "/signin", url.Values{"account": {account}, "password": {password}})
	return code
}

// A peopleDesk is the desk over TLS with the real state, and prepared stages.
type peopleDesk struct {
	pl       *pipeline.Pipeline
	patients []postroom.Patient
	provider *servers.OIDCProvider
	log      *strings.Builder
	visit    func() *visitor
}

const deskPassword = "três moinhos azuis"

// openPeopleDesk serves a desk at which ann and bob (who sees another mailbox) are clerks, carol
// is the auditor, dave the administrator and lou the lead. change may put other stages in.
func openPeopleDesk(t *testing.T, withProvider bool, change func(*peopleDesk, *pipeline.Parts)) *peopleDesk {
	t.Helper()
	d := &peopleDesk{log: &strings.Builder{}, patients: lettersOf(2)}
	ctx, cancel := context.WithCancel(t.Context())
	ca := servers.NewCA(t, t.TempDir())
	text := fmt.Sprintf(`data: %q
desk:
  listen: 127.0.0.1:0
  url: https://desk.test
  tls: {cert: %q, key: %q}
`, t.TempDir(), ca.CertFile, ca.KeyFile)
	if withProvider {
		d.provider = servers.OIDC(t, "https://desk.test/signin/back")
		text += fmt.Sprintf(`  oidc:
    name: NHSmail
    issuer: %q
    client_id: %q
    client_secret: %q
    roles: {clerk: clerk, lead: lead}
`, d.provider.Issuer, d.provider.ClientID, d.provider.ClientSecret)
	}
	cfg, err := parseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	parts := letterParts(t, cfg, d.patients)
	parts.Rule.FileTypes = nil
	if change != nil {
		change(d, &parts)
	}
	if d.pl, err = pipeline.Open(ctx, parts, pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir(), UndoFor: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.pl.Close() })
	if _, err := d.pl.ImportPatients(ctx, d.patients); err != nil {
		t.Fatal(err)
	}
	if err := d.pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopWorking(d.pl) })
	hash, err := people.HashPassword(deskPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []pipeline.Login{{ID: "ann", Name: "Ann", Role: "clerk"}, {ID: "bob", Name: "Bob", Role: "clerk", Mailboxes: []string{"scanner"}},
		{ID: "carol", Name: "Carol", Role: "auditor"}, {ID: "dave", Name: "Dave", Role: "administrator"}, {ID: "lou", Name: "Lou", Role: "lead"}} {
		l.Password = hash
		if err := d.pl.AddLogin(ctx, l, "test"); err != nil {
			t.Fatal(err)
		}
	}
	address, wait, at, err := listenAndServeDesk(ctx, cfg, d.pl, nil, slog.New(slog.NewTextHandler(d.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); wait() })
	if address != "https://desk.test" {
		t.Error(address)
	}
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(ca.CAFile)
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatal(err)
	}
	d.visit = func() *visitor {
		jar, _ := cookiejar.New(nil)
		return &visitor{t, "https://desk.test", &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}}).DialContext(ctx, network, at)
			}}}}
	}
	return d
}

// one waits for the one document that is to be checked.
func (d *peopleDesk) one(t *testing.T) string {
	t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		queue, err := d.pl.Queue(t.Context(), pipeline.DeskFilter{})
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatal("nothing waits", err)
		}
		if len(queue) == 1 {
			return queue[0].Record.DocumentID
		}
	}
}

// The desk over TLS with the real state: passwords, roles, mailboxes, sessions that end with
// the account, guessing that is braked, and people whom an OpenID provider of others lets in.
func TestDeskWithSignIn(t *testing.T) {
	d := openPeopleDesk(t, true, nil)
	ctx, pl, patients, provider, log, visit := t.Context(), d.pl, d.patients, d.provider, d.log, d.visit
	const password = deskPassword
	takeLetter(t, pl, 1, patients[0].Number+" a letter about the heart") // from the source "test"
	id := d.one(t)

	ann := visit()
	if code, _, to := ann.do("GET", "/", nil); code != http.StatusSeeOther || to != "/signin?to=%2F" {
		t.Errorf("without a session: %d, %s", code, to)
	}
	if code := ann.signIn("ann", password+"!"); code != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", code)
	}
	if code := ann.signIn("Ann ", password); code != http.StatusSeeOther {
		t.Fatalf("the right one: %d", code)
	}
	if code, body, _ := ann.do("GET", "/document/"+id, nil); code != 200 || !strings.Contains(body, "Family") {
		t.Errorf("her document: %d", code)
	}
	if code, _, _ := ann.do("GET", "/statistics", nil); code != http.StatusForbidden {
		t.Errorf("a lead's page: %d", code)
	}
	bob := visit()
	bob.signIn("bob", password)
	if code, body, _ := bob.do("GET", "/", nil); code != 200 || strings.Contains(body, id) {
		t.Errorf("another mailbox in the queue: %d", code)
	}
	for _, path := range []string{"/document/" + id, "/document/" + id + "/page/1", "/filed/" + id, "/quarantine/" + id} {
		if code, _, _ := bob.do("GET", path, nil); code != http.StatusNotFound {
			t.Errorf("another mailbox, %s: %d", path, code)
		}
	}
	if _, body := bob.search("q=heart"); strings.Contains(body, id) {
		t.Error("another mailbox is found")
	}
	if _, body := ann.search("q=heart"); !strings.Contains(body, id) {
		t.Error("her own is not found")
	}
	carol := visit()
	carol.signIn("carol", password)
	if code, _, _ := carol.do("GET", "/document/"+id, nil); code != http.StatusForbidden {
		t.Errorf("an auditor at a document: %d", code)
	}

	if err := pl.ChangeLogin(ctx, "ann", "test", func(l *pipeline.Login) { l.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := ann.do("GET", "/document/"+id, nil); code != http.StatusSeeOther {
		t.Errorf("a disabled account: %d", code)
	}
	if code := ann.signIn("ann", password); code != http.StatusUnauthorized {
		t.Errorf("a disabled account signs in: %d", code)
	}
	eve, codes := visit(), map[int]int{}
	for range 8 {
		codes[eve.signIn("dave", "guess guess guess")]++
	}
	if codes[http.StatusUnauthorized] != 5 || codes[http.StatusTooManyRequests] != 3 {
		t.Errorf("guessing is answered %v", codes)
	}
	if code := eve.signIn("dave", password); code != http.StatusTooManyRequests {
		t.Errorf("the right one among guesses: %d", code)
	}

	lead := visit()
	_, _, to := lead.do("GET", "/signin/provider?to=/statistics", nil)
	back := provider.SignIn(t, to, "lead-lucy")
	if code, body, to := lead.do("GET", back.RequestURI(), nil); code != http.StatusSeeOther || to != "/statistics" {
		t.Fatalf("let in by the provider: %d, %s: %s", code, to, body)
	}
	if code, body, _ := lead.do("GET", "/statistics", nil); code != 200 || !strings.Contains(body, "Name of lead-lucy") {
		t.Errorf("a lead's page: %d", code)
	}
	if l, err := pl.Login(ctx, "lead-lucy"); err != nil || l.Role != "lead" || l.Subject != "lead-lucy" || l.Password != "" {
		t.Errorf("%+v, %v", l, err)
	}
	stranger := visit()
	_, _, to = stranger.do("GET", "/signin/provider", nil)
	if code, body, _ := stranger.do("GET", provider.SignIn(t, to, "porter-pete").RequestURI(), nil); code != http.StatusUnauthorized || !strings.Contains(body, "in no group") {
		t.Errorf("in no group: %d", code)
	}
	// Whoever calls themselves there like somebody with a password here is not let in as them,
	// until an administrator says so.
	hash, err := people.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if err := pl.AddLogin(ctx, pipeline.Login{ID: "lead-pat", Role: "administrator", Password: hash}, "test"); err != nil {
		t.Fatal(err)
	}
	_, _, to = stranger.do("GET", "/signin/provider", nil)
	if code, body, _ := stranger.do("GET", provider.SignIn(t, to, "lead-pat").RequestURI(), nil); code != http.StatusUnauthorized || !strings.Contains(body, "signs in with its password") {
		t.Errorf("the account of somebody with a password: %d", code)
	}
	if err := newAccountBook(&config{}, pl).SetPassword(ctx, "dave", "lead-pat", ""); err != nil {
		t.Fatal(err)
	}
	pat := visit()
	_, _, to = pat.do("GET", "/signin/provider", nil)
	if code, _, _ := pat.do("GET", provider.SignIn(t, to, "lead-pat").RequestURI(), nil); code != http.StatusSeeOther {
		t.Errorf("the account without a password: %d", code)
	}
	// The name of an account that belongs to somebody else there.
	if err := pl.AddLogin(ctx, pipeline.Login{ID: "clerk-kim", Role: "clerk", Subject: "another"}, "test"); err != nil {
		t.Fatal(err)
	}
	_, _, to = stranger.do("GET", "/signin/provider", nil)
	if code, _, _ := stranger.do("GET", provider.SignIn(t, to, "clerk-kim").RequestURI(), nil); code != http.StatusUnauthorized {
		t.Errorf("the account of another: %d", code)
	}
	for _, secret := range []string{password, "argon2id", "guess", provider.ClientSecret, "Family", patients[0].Number} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	told := map[string]bool{}
	if err := pl.AuditEvents(ctx, pipeline.AuditFilter{}, func(e pipeline.AuditEvent) error {
		told[e.Person+" "+e.Action+" "+e.Document] = true
		for _, secret := range []string{password, "guess", "Family", "heart", patients[0].Number} {
			if strings.Contains(fmt.Sprint(e), secret) {
				t.Errorf("the trail holds %q", secret)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"user:ann sign_in ", "user:ann sign_in_refused ", "user:ann viewed " + id, "user:ann searched ", "user:bob refused " + id, "user:carol refused ",
		"user:dave sign_in_refused ", " sign_in_refused ", "user:lead-lucy sign_in ", "test account ", "the OpenID provider account "} {
		if !told[want] {
			t.Errorf("the trail does not tell %q", want)
		}
	}
	if told["user:bob viewed "+id] || told["user:carol viewed "+id] {
		t.Error("the trail tells that somebody saw what they did not")
	}
	if r, err := pl.VerifyAudit(ctx); err != nil || len(r.Wrong) > 0 || r.Rows < 15 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, body, _ := carol.do("GET", "/audit?person=user:bob", nil); !strings.Contains(body, "refused") || strings.Contains(body, "<td>user:ann") {
		t.Error("the auditor does not see what bob was refused")
	}
	if code, _, _ := bob.do("GET", "/audit", nil); code != http.StatusForbidden {
		t.Errorf("a clerk at the trail: %d", code)
	}
	if !regexp.MustCompile(`refused at the review desk.*person=bob.*document=` + id).MatchString(log.String()) {
		t.Error("what bob was refused is nowhere")
	}
}

func TestDeskConfig(t *testing.T) {
	for text, want := range map[string]string{
		"listen: 0.0.0.0:8443":                                              "this machine only",
		"{listen: '0.0.0.0:8443', tls: {cert: a, key: b}}":                  "as browsers name it",
		"{listen: '0.0.0.0:8443', url: 'http://a', tls: {cert: a, key: b}}": "https://",
		"{listen: here}":             "such as 0.0.0.0:8443",
		"{listen: '127.0.0.1:8480'}": "",
		"{listen: '0.0.0.0:443', url: 'https://a', tls: {cert: a, key: b}}":    "",
		"{listen: '0.0.0.0:443', url: 'https://a/x/', tls: {cert: a, key: b}}": "such as https://",
	} {
		cfg, err := parseConfig([]byte("data: d\ndesk: " + strings.TrimPrefix(text, "listen") + "\n"))
		if strings.HasPrefix(text, "listen") {
			cfg, err = parseConfig([]byte("data: d\ndesk:\n  " + text + "\n"))
		}
		if err != nil {
			t.Fatal(text, err)
		}
		err = cfg.Desk.check()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
