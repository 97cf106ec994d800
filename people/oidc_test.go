package people_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/people"
	"github.com/postroom/postroom/testdata/servers"
)

// A person signs in at a provider of others; what is altered, late, repeated or meant for
// somebody else lets nobody in.
func TestOIDC(t *testing.T) {
	desk := httptest.NewServer(http.NotFoundHandler())
	defer desk.Close()
	provider := servers.OIDC(t, desk.URL+"/signin/oidc")
	config := people.OIDCConfig{Issuer: provider.Issuer, ClientID: provider.ClientID, ClientSecret: provider.ClientSecret, RedirectURL: desk.URL + "/signin/oidc"}
	o, err := people.OpenOIDC(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	sign := func(o *people.OIDC, name string) (people.OIDCFlow, url.Values) {
		t.Helper()
		address, flow, err := o.Begin(ctx, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return flow, provider.SignIn(t, address, name).Query()
	}
	flow, back := sign(o, "clerk-ann")
	who, err := o.Finish(ctx, flow, back, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if who.Subject != "clerk-ann" || who.Account != "clerk-ann" || who.Name != "Name of clerk-ann" || !slices.Equal(who.Groups, []string{"staff", "clerk"}) {
		t.Errorf("%+v", who)
	}
	refuse := func(what string, o *people.OIDC, f people.OIDCFlow, back url.Values, at time.Time) {
		t.Helper()
		if who, err := o.Finish(ctx, f, back, at); !postroom.IsBadInput(err) || who.Subject != "" {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
	refuse("the same answer again", o, flow, back, time.Now())
	flow, back = sign(o, "clerk-bob")
	other, _ := sign(o, "clerk-eve")
	refuse("the answer to another browser's sign-in", o, other, back, time.Now())
	refuse("an answer without a sign-in", o, people.OIDCFlow{}, back, time.Now())
	mixed := flow
	mixed.Verifier = other.Verifier
	refuse("another verifier", o, mixed, back, time.Now())
	flow, back = sign(o, "clerk-bob")
	mixed = flow
	mixed.Nonce = other.Nonce
	refuse("another nonce", o, mixed, back, time.Now())
	flow, back = sign(o, "clerk-bob")
	refuse("much later", o, flow, back, time.Now().Add(people.OIDCTime+time.Minute))
	denied := url.Values{"state": {flow.State}, "error": {"access_denied"}}
	refuse("not let in by the provider", o, flow, denied, time.Now())
	back.Set("iss", "https://evil.example")
	refuse("the answer of another provider", o, flow, back, time.Now())

	config.Claim = "email"
	byMail, err := people.OpenOIDC(config)
	if err != nil {
		t.Fatal(err)
	}
	flow, back = sign(byMail, "lead-carol")
	if who, err := byMail.Finish(ctx, flow, back, time.Now()); err != nil || who.Account != "lead-carol@practice.example" {
		t.Errorf("%+v, %v", who, err)
	}
	flow, back = sign(byMail, "lead-unverified")
	refuse("an address that is not verified", byMail, flow, back, time.Now())

	config.ClientSecret = "wrong"
	wrong, err := people.OpenOIDC(config)
	if err != nil {
		t.Fatal(err)
	}
	flow, back = sign(wrong, "clerk-ann")
	refuse("a wrong secret", wrong, flow, back, time.Now())
	config.Issuer = "http://127.0.0.1:1"
	gone, err := people.OpenOIDC(config)
	if err != nil {
		t.Fatal(err)
	}
	var p *postroom.Problem
	if _, _, err := gone.Begin(ctx, time.Now()); !errors.As(err, &p) || p.Kind != postroom.Temporary {
		t.Errorf("a provider that is not there: %v", err)
	}
	config.Issuer = "http://login.example"
	if _, err := people.OpenOIDC(config); err == nil {
		t.Error("passwords would go over the network in the clear")
	}
}
