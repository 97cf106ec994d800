package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

	mu    sync.Mutex
	token *oauth2.Token
}

func newTokenSource(c MailboxConfig) *tokenSource {
	return &tokenSource{config: *c.OAuth, client: &http.Client{Timeout: c.Timeout}, save: c.SaveRefreshToken}
}

// get returns a token; with fresh set not the one that was refused.
func (s *tokenSource) get(ctx context.Context, fresh bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !fresh && s.token.Valid() {
		return s.token.AccessToken, nil
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.client)
	var source oauth2.TokenSource
	if s.config.Flow == flowClient {
		cc := clientcredentials.Config{ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, TokenURL: s.config.tokenURL(), Scopes: s.config.scopes()}
		source = cc.TokenSource(ctx)
	} else {
		oc := oauth2.Config{ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret,
			Endpoint: oauth2.Endpoint{TokenURL: s.config.tokenURL()}, Scopes: s.config.scopes()}
		source = oc.TokenSource(ctx, &oauth2.Token{RefreshToken: s.config.RefreshToken, Expiry: time.Unix(1, 0)})
	}
	token, err := source.Token()
	if err != nil {
		return "", tokenProblem(ctx, err)
	}
	if s.config.Flow == flowRefresh && token.RefreshToken != "" && token.RefreshToken != s.config.RefreshToken {
		if s.save != nil {
			if err := s.save(ctx, token.RefreshToken); err != nil {
				return "", fmt.Errorf("keep the new refresh token: %w", err)
			}
		}
		s.config.RefreshToken = token.RefreshToken
	}
	s.token = token
	return token.AccessToken, nil
}

// tokenProblem says what to do about a refusal, without quoting what was sent.
func tokenProblem(ctx context.Context, err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500 && refused.Response.StatusCode != http.StatusTooManyRequests {
		hint := "check tenant, client_id and client_secret, and that the secret has not run out"
		if refused.ErrorCode == "invalid_grant" {
			hint = "the refresh token has run out or was revoked: let the mailbox's owner grant access again"
		}
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the sign-in service refused to give a token", Hint: hint,
			Err: fmt.Errorf("%s %s", refused.Response.Status, refused.ErrorCode)}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // its text would repeat the address with all parameters
	}
	return &postroom.Problem{Kind: postroom.Temporary, Reason: "the sign-in service cannot be reached", Hint: "check the network; it is tried again", Err: err}
}

// xoauth2 is Google's and Microsoft's mechanism from before RFC 7628
// (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol).
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next is called only when the server refuses: the challenge says why. An
// empty answer, which the mechanism wants, would go out as "=" and make the
// server complain of that instead of the reason, so the exchange ends here.
func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	var why struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(challenge, &why) == nil && why.Status != "" {
		return nil, fmt.Errorf("the server refused the token (status %s)", why.Status)
	}
	return nil, errors.New("the server refused the token")
}

// oauthClient chooses the mechanism by what the server offers.
func oauthClient(c MailboxConfig, offers func(mechanism string) bool, token string) (sasl.Client, error) {
	mechanism := c.OAuth.Mechanism
	if mechanism == "" {
		switch {
		case offers("XOAUTH2"):
			mechanism = "xoauth2"
		case offers("OAUTHBEARER"):
			mechanism = "oauthbearer"
		default:
			return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mail server offers no sign-in with OAuth2", Hint: "use a password, or ask the mail server's owner to enable XOAUTH2"}
		}
	}
	if strings.EqualFold(mechanism, "oauthbearer") {
		return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: c.User, Token: token, Host: c.Host, Port: c.Port}), nil
	}
	return &xoauth2{c.User, token}, nil
}
