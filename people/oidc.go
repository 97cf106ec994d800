package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/postroom/postroom"
)

// OIDCConfig names the OpenID provider at which people sign in.
type OIDCConfig struct {
	Issuer       string // https, or http to this machine; as its tokens name it
	ClientID     string
	ClientSecret string
	RedirectURL  string   // of the desk, as the provider knows it
	Scopes       []string // beside openid; profile and email when there are none
	// Claim says who signs in: preferred_username when empty. An email counts only
	// when the provider has verified it.
	Claim  string
	Groups string // the claim that lists the person's groups: groups when empty
	CAFile string // PEM; the system's authorities when empty
}

// OIDC signs people in at an OpenID provider by the authorization code flow of OpenID
// Connect Core 1.0 (section 3.1) with PKCE (RFC 7636), state and nonce.
type OIDC struct {
	config OIDCConfig
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil until it was reached
}

// An OIDCFlow is what must be remembered, unseen by others, between the leaving of a
// browser and its coming back.
type OIDCFlow struct {
	State, Nonce, Verifier string
	Begun                  time.Time
}

// OIDCTime is how long somebody may take to sign in.
const OIDCTime = 10 * time.Minute

// An Identity is whom the provider says that it has let in.
type Identity struct {
	Subject string // never given to another person by this provider
	Account string // the value of the configured claim
	Name    string
	Groups  []string
}

// OpenOIDC checks the configuration; the provider is asked when somebody signs in.
func OpenOIDC(c OIDCConfig) (*OIDC, error) {
	wrong := func(reason string, err error) (*OIDC, error) {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: "correct it in the configuration", Err: err}
	}
	for what, address := range map[string]string{"the OpenID provider": c.Issuer, "the way back from the OpenID provider": c.RedirectURL} {
		u, err := url.Parse(address)
		local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost")
		if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local) {
			return wrong("the address of "+what+" must begin with https://", err)
		}
	}
	if c.ClientID == "" {
		return wrong("the OpenID provider's client_id is missing", nil)
	}
	if c.Claim == "" {
		c.Claim = "preferred_username"
	}
	if c.Groups == "" {
		c.Groups = "groups"
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"profile", "email"}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(pem) {
			return wrong("the certificate of the OpenID provider's authority cannot be read", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &OIDC{config: c, client: &http.Client{Transport: transport, Timeout: 20 * time.Second}}, nil
}

// found asks the provider what it offers, once it can be reached.
func (o *OIDC) found(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// The provider keeps the context for the keys that it fetches later.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.config.Issuer)
	if err != nil {
		return nil, &postroom.Problem{Kind: postroom.Temporary, Reason: "the OpenID provider cannot be reached", Hint: "try again, or sign in with a password", Err: err}
	}
	o.provider = p
	return p, nil
}

func (o *OIDC) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.config.ClientID, ClientSecret: o.config.ClientSecret, RedirectURL: o.config.RedirectURL,
		Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, o.config.Scopes...)}
}

// Begin returns the address to send a browser to, and what to remember of it.
func (o *OIDC) Begin(ctx context.Context, now time.Time) (address string, f OIDCFlow, err error) {
	p, err := o.found(ctx)
	if err != nil {
		return "", f, err
	}
	f = OIDCFlow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Begun: now}
	return o.oauth(p).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Finish checks what a browser brought back and returns who it is. Whatever does not
// fit is a bad input: nobody is let in.
func (o *OIDC) Finish(ctx context.Context, f OIDCFlow, query url.Values, now time.Time) (Identity, error) {
	var who Identity
	no := func(reason string, err error) (Identity, error) {
		return Identity{}, postroom.Bad(err, reason, "sign in again")
	}
	switch {
	case f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(query.Get("state"))) != 1:
		return no("this sign-in was not begun in this browser", nil)
	case now.Sub(f.Begun) > OIDCTime:
		return no("the sign-in took too long", nil)
	case query.Get("error") != "":
		return no("the OpenID provider did not let you in", errors.New(query.Get("error")))
	case query.Has("iss") && query.Get("iss") != o.config.Issuer: // RFC 9207: the answer of another provider
		return no("the answer is not from the practice's OpenID provider", nil)
	}
	p, err := o.found(ctx)
	if err != nil {
		return who, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.oauth(p).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return no("the OpenID provider does not accept the sign-in", fmt.Errorf("%s", refused.ErrorCode))
	}
	if err != nil {
		return who, &postroom.Problem{Kind: postroom.Temporary, Reason: "the OpenID provider cannot be reached", Hint: "sign in again", Err: err}
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: o.config.ClientID, Now: func() time.Time { return now }}).Verify(ctx, raw)
	if err != nil {
		return no("the OpenID provider's answer cannot be trusted", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return no("the OpenID provider's answer belongs to another sign-in", nil)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return no("the OpenID provider's answer cannot be read", err)
	}
	// Many providers tell more of a person only when they are asked for it.
	_, account := claims[o.config.Claim]
	_, groups := claims[o.config.Groups]
	if (!account || !groups) && p.UserInfoEndpoint() != "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return who, &postroom.Problem{Kind: postroom.Temporary, Reason: "the OpenID provider does not say who you are", Hint: "sign in again", Err: err}
		}
		if info.Subject != id.Subject { // OpenID Connect Core 1.0, section 5.3.2
			return no("the OpenID provider's answers are about two people", nil)
		}
		if err := info.Claims(&claims); err != nil {
			return no("the OpenID provider's answer cannot be read", err)
		}
	}
	who.Subject = id.Subject
	who.Account, _ = claims[o.config.Claim].(string)
	who.Name, _ = claims["name"].(string)
	if who.Account == "" {
		return no("the OpenID provider does not give the claim "+o.config.Claim, nil)
	}
	if verified, _ := claims["email_verified"].(bool); o.config.Claim == "email" && !verified {
		return no("the OpenID provider has not verified the address", nil)
	}
	switch groups := claims[o.config.Groups].(type) {
	case string:
		who.Groups = []string{groups}
	case []any:
		for _, g := range groups {
			if s, ok := g.(string); ok && !slices.Contains(who.Groups, s) {
				who.Groups = append(who.Groups, s)
			}
		}
	}
	return who, nil
}
