package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/postroom/postroom"
)

// OAuthConfig says how to get access tokens (RFC 6749).
type OAuthConfig struct {
	// Provider is "microsoft" or "google"; empty when TokenURL is given.
	Provider string `yaml:"provider"`
	// Flow is "client_credentials" (an app of its own: Microsoft 365, NHSmail)
	// or "refresh_token" (on behalf of the mailbox's owner).
	Flow         string   `yaml:"flow"`
	Tenant       string   `yaml:"tenant"` // Microsoft's directory id or domain
	ClientID     string   `yaml:"client_id"`
	ClientSecret string   `yaml:"client_secret"`
	RefreshToken string   `yaml:"refresh_token"`
	TokenURL     string   `yaml:"token_url"`
	Scopes       []string `yaml:"scopes"`
	// Mechanism is "xoauth2" or "oauthbearer" (RFC 7628); empty takes what the server offers.
	Mechanism string `yaml:"mechanism"`
}

const (
	flowClient  = "client_credentials"
	flowRefresh = "refresh_token"
)

func (c *OAuthConfig) validate() error {
	switch {
	case c.Provider != "" && c.Provider != "microsoft" && c.Provider != "google":
		return fmt.Errorf("provider: write microsoft or google, or give token_url, not %q", c.Provider)
	case c.Provider == "" && c.TokenURL == "":
		return errors.New("provider: write microsoft or google, or give token_url")
	case c.Flow != flowClient && c.Flow != flowRefresh:
		return errors.New("flow: write client_credentials or refresh_token")
	case c.Flow == flowClient && c.Provider == "google":
		return errors.New("flow: Google knows no client_credentials for mailboxes; write refresh_token")
	case c.Provider == "microsoft" && c.Tenant == "" && c.TokenURL == "":
		return errors.New("tenant: give the directory id of your organisation")
	case c.ClientID == "":
		return errors.New("client_id: give the id of the registered app")
	case c.Flow == flowClient && c.ClientSecret == "":
		return errors.New("client_secret: give the app's secret")
	case c.Flow == flowRefresh && c.RefreshToken == "":
		return errors.New("refresh_token: give the token that the mailbox's owner granted")
	case c.Mechanism != "" && c.Mechanism != "xoauth2" && c.Mechanism != "oauthbearer":
		return fmt.Errorf("mechanism: write xoauth2 or oauthbearer, not %q", c.Mechanism)
	}
	if c.TokenURL != "" {
		u, err := url.Parse(c.TokenURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && !isLoopback(u.Hostname()) {
			return errors.New("token_url: write an https address")
		}
	}
	return nil
}

func (c *OAuthConfig) tokenURL() string {
	switch {
	case c.TokenURL != "":
		return c.TokenURL
	case c.Provider == "google":
		return "https://oauth2.googleapis.com/token"
	default:
		return "https://login.microsoftonline.com/" + url.PathEscape(c.Tenant) + "/oauth2/v2.0/token"
	}
}

func (c *OAuthConfig) scopes() []string {
	switch {
	case len(c.Scopes) > 0:
		return c.Scopes
	case c.Provider == "google":
		return []string{"https://mail.google.com/"}
	case c.Provider != "microsoft":
		return nil
	case c.Flow == flowClient:
		return []string{"https://outlook.office365.com/.default"}
	default:
		return []string{"https://outlook.office365.com/IMAP.AccessAsUser.All", "offline_access"}
	}
}

// A tokenSource gives access tokens and keeps the one at hand until it runs out.
type tokenSource struct {
	config OAuthConfig
	client *http.Client
	save   func(context.Context, string) error
	log    *slog.Logger

	mu      sync.Mutex
	token   *oauth2.Token
	unsaved bool // the refresh token in config is newer than the one that was saved
}

func newTokenSource(c MailboxConfig) *tokenSource {
	return &tokenSource{config: *c.OAuth, save: c.SaveRefreshToken, log: c.Log, client: &http.Client{
		Timeout: c.Timeout,
		// The request holds secrets: they go to the address that was configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// get returns a token, and whether it was at hand already; with fresh set it
// gets a new one, because that one was refused.
func (s *tokenSource) get(ctx context.Context, fresh bool) (token string, cached bool, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(ctx)
	if !fresh && s.token.Valid() {
		return s.token.AccessToken, true, nil
	}
	http := context.WithValue(ctx, oauth2.HTTPClient, s.client)
	var source oauth2.TokenSource
	// Both providers document the secret as a parameter. Left to find out, the
	// library tries each request in two ways, and locks or rotations count twice.
	if s.config.Flow == flowClient {
		cc := clientcredentials.Config{ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, TokenURL: s.config.tokenURL(),
			Scopes: s.config.scopes(), AuthStyle: oauth2.AuthStyleInParams}
		source = cc.TokenSource(http)
	} else {
		oc := oauth2.Config{ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, Scopes: s.config.scopes(),
			Endpoint: oauth2.Endpoint{TokenURL: s.config.tokenURL(), AuthStyle: oauth2.AuthStyleInParams}}
		source = oc.TokenSource(http, &oauth2.Token{RefreshToken: s.config.RefreshToken, Expiry: time.Unix(1, 0)})
	}
	got, err := source.Token()
	if err != nil {
		return "", false, tokenProblem(ctx, err)
	}
	if s.config.Flow == flowRefresh && got.RefreshToken != "" && got.RefreshToken != s.config.RefreshToken {
		s.config.RefreshToken, s.unsaved = got.RefreshToken, true
		s.keep(ctx)
	}
	s.token = got
	return got.AccessToken, false, nil
}

// keep saves a refresh token that the provider gave in exchange. When that
// fails the mail is read all the same, and saving is tried again next time: the
// old token may be worth nothing any more.
func (s *tokenSource) keep(ctx context.Context) {
	if !s.unsaved || s.save == nil {
		return
	}
	if err := s.save(ctx, s.config.RefreshToken); err != nil {
		s.log.Error("the new refresh token could not be kept; without it the mailbox's owner must grant access again after a restart", "error", err)
		return
	}
	s.unsaved = false
}

var microsoftCode = regexp.MustCompile(`AADSTS[0-9]+`)

// microsoftHints are for the refusals that a practice meets
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
var microsoftHints = map[string]string{
	"AADSTS7000215": "client_secret is wrong: use the secret's value, not its id",
	"AADSTS7000222": "client_secret has run out: make a new one for the app",
	"AADSTS700016":  "client_id is not known in this tenant",
	"AADSTS90002":   "tenant is not known: check the directory id",
	"AADSTS900023":  "tenant is not known: check the directory id",
}

// tokenProblem says what to do about a refusal, without quoting what was sent.
func tokenProblem(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		code := microsoftCode.FindString(refused.ErrorDescription)
		answer := errors.New(strings.TrimSpace(refused.Response.Status + " " + refused.ErrorCode + " " + code))
		status := refused.Response.StatusCode
		if status < 400 || status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the sign-in service gave no token", Hint: "it is tried again; check token_url if it goes on", Err: answer}
		}
		hint := "check tenant, client_id and client_secret, and that the secret has not run out"
		if refused.ErrorCode == "invalid_grant" {
			hint = "the refresh token has run out or was revoked: let the mailbox's owner grant access again"
		}
		if known := microsoftHints[code]; known != "" {
			hint = known
		}
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the sign-in service refused to give a token", Hint: hint, Err: answer}
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // its text would repeat the address with all parameters
	}
	return &postroom.Problem{Kind: postroom.Temporary, Reason: "the sign-in service cannot be reached", Hint: "check the network; it is tried again", Err: err}
}

// tokenRefused is the server's no to a token, with the status that it gave.
type tokenRefused struct{ status string }

func (e *tokenRefused) Error() string {
	if e.status == "" {
		return "the server refused the token"
	}
	return "the server refused the token with status " + e.status
}

var plainStatus = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// A bearer ends the exchange when the server refuses the token, which it does
// with a challenge that says why (RFC 7628 section 3.2.3, and the same in
// XOAUTH2). The empty answer that it wants then would go out as "=" and make
// the server complain of that instead.
type bearer struct {
	mechanism string
	first     []byte
}

// Start returns the mechanism and the token.
func (b bearer) Start() (string, []byte, error) { return b.mechanism, b.first, nil }

// Next is called only when the server refuses.
func (bearer) Next(challenge []byte) ([]byte, error) {
	var why struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(challenge, &why) != nil || !plainStatus.MatchString(why.Status) {
		return nil, &tokenRefused{}
	}
	return nil, &tokenRefused{why.Status}
}

// oauthClient chooses the mechanism by what the server offers: OAUTHBEARER
// (RFC 7628) or XOAUTH2, which Google and Microsoft had before it
// (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol).
func oauthClient(c MailboxConfig, offers func(mechanism string) bool, token string) (sasl.Client, error) {
	mechanism := strings.ToUpper(c.OAuth.Mechanism)
	if mechanism == "" {
		switch {
		case offers(sasl.OAuthBearer):
			mechanism = sasl.OAuthBearer
		case offers("XOAUTH2"):
			mechanism = "XOAUTH2"
		}
	}
	if mechanism == "" || !offers(mechanism) {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server " + c.Host + " offers no sign-in with OAuth2 that we know", Hint: "use a password, or ask the mail server's owner to enable XOAUTH2"}
	}
	if mechanism == "XOAUTH2" {
		return bearer{mechanism, []byte("user=" + c.User + "\x01auth=Bearer " + token + "\x01\x01")}, nil
	}
	_, first, err := sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: saslName(c.User), Token: token, Host: c.Host, Port: c.Port}).Start()
	return bearer{mechanism, first}, err
}

// saslName writes a name for the GS2 header (RFC 5801 section 4).
func saslName(name string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name)
}
