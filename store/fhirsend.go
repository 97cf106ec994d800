package store

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/postroom/postroom"
)

// FHIRServerConfig says where bundles are sent.
type FHIRServerConfig struct {
	URL          string // base of the server's FHIR R4 interface, https
	TokenURL     string // OAuth 2.0 client credentials (RFC 6749, 4.4); empty for none
	ClientID     string
	ClientSecret string
	Scopes       []string
	CAFile       string // PEM; the system's authorities when empty
	Timeout      time.Duration
}

// A FHIRServer takes transaction bundles.
type FHIRServer struct {
	url    string
	client *http.Client
}

// OpenFHIRServer checks the configuration; it does not connect yet.
func OpenFHIRServer(c FHIRServerConfig) (*FHIRServer, error) {
	wrong := func(reason string, err error) (*FHIRServer, error) {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: "correct it in the configuration", Err: err}
	}
	for _, address := range []string{c.URL, c.TokenURL} {
		u, err := url.Parse(address)
		if address == c.TokenURL && address == "" {
			continue
		}
		local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost")
		if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local) {
			return wrong("a FHIR server's address must begin with https://", nil)
		}
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(pem) {
			return wrong("the certificate of the FHIR server's authority cannot be read", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	// A redirect would carry the patient's data to an address that nobody configured.
	client := &http.Client{Transport: transport, Timeout: c.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.TokenURL != "" {
		credentials := clientcredentials.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL, Scopes: c.Scopes}
		source := credentials.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, client))
		client = &http.Client{Transport: &oauth2.Transport{Source: source, Base: transport}, Timeout: c.Timeout, CheckRedirect: client.CheckRedirect}
	}
	return &FHIRServer{strings.TrimSuffix(c.URL, "/"), client}, nil
}

// Send posts a transaction bundle. Nil means that the server took all of it. A
// [Refusal] says what it said instead; any other error is to be tried again.
func (s *FHIRServer) Send(ctx context.Context, bundle []byte) error {
	again := func(reason string, err error) error {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: reason, Hint: "nothing is lost: it is sent again", Err: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(bundle))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/fhir+json")
	request.Header.Set("Accept", "application/fhir+json")
	response, err := s.client.Do(request)
	var token *oauth2.RetrieveError
	if errors.As(err, &token) {
		return again("the FHIR server's token service does not accept the client", fmt.Errorf("%s %s", token.ErrorCode, token.Response.Status))
	}
	if err != nil {
		return again("the FHIR server cannot be reached", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return again("the FHIR server's answer was cut off", err)
	}
	code := response.StatusCode
	switch {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return again(fmt.Sprintf("the FHIR server does not let us in (HTTP %d)", code), nil)
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500, code >= 300 && code < 400:
		return again(fmt.Sprintf("the FHIR server cannot take anything now (HTTP %d)", code), nil)
	case code >= 400:
		return &Refusal{fmt.Sprintf("HTTP %d", code), said(body)}
	}
	// A transaction answers for each entry; a server that treats it as a batch
	// answers 200 and can have refused some.
	var answer struct {
		ResourceType string
		Entry        []struct {
			Response struct {
				Status  string
				Outcome json.RawMessage
			}
		}
	}
	if json.Unmarshal(body, &answer) != nil || answer.ResourceType != "Bundle" {
		return again("the FHIR server's answer is no FHIR bundle", nil)
	}
	for _, e := range answer.Entry {
		if e.Response.Status != "" && e.Response.Status[0] != '2' {
			return &Refusal{"HTTP " + e.Response.Status, said(e.Response.Outcome)}
		}
	}
	return nil
}

// said takes the sentences out of an OperationOutcome.
func said(body []byte) string {
	var outcome struct {
		Issue []struct {
			Code        string
			Diagnostics string
			Details     struct{ Text string }
			Expression  []string
		}
	}
	var out []string
	if json.Unmarshal(body, &outcome) == nil {
		for _, i := range outcome.Issue {
			out = append(out, strings.Join(strings.Fields(strings.Join([]string{i.Code, i.Details.Text, i.Diagnostics, strings.Join(i.Expression, ", ")}, " ")), " "))
		}
	}
	s := strings.Join(out, "; ")
	if s == "" {
		s = clean(string(body))
	}
	if r := []rune(s); len(r) > 2000 {
		s = string(r[:2000])
	}
	return s
}
