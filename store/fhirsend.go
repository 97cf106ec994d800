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
	"strconv"
	"strings"
	"sync"
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
	tokens *tokens // nil without OAuth
}

// tokens keeps the access token until it ends, or until the server does not take it any
// more: a token can be called back before its time.
type tokens struct {
	source clientcredentials.Config
	client *http.Client

	mu  sync.Mutex
	now oauth2.TokenSource
}

func (t *tokens) Token() (*oauth2.Token, error) {
	t.mu.Lock()
	if t.now == nil {
		t.now = t.source.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, t.client))
	}
	now := t.now
	t.mu.Unlock()
	return now.Token()
}

func (t *tokens) forget() {
	t.mu.Lock()
	t.now = nil
	t.mu.Unlock()
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
	s := &FHIRServer{url: strings.TrimSuffix(c.URL, "/"), client: client}
	if c.TokenURL != "" {
		s.tokens = &tokens{source: clientcredentials.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL, Scopes: c.Scopes}, client: client}
		s.client = &http.Client{Transport: &oauth2.Transport{Source: s.tokens, Base: transport}, Timeout: c.Timeout, CheckRedirect: client.CheckRedirect}
	}
	return s, nil
}

// Check gets a token and reads the server's capability statement; nothing is sent.
func (s *FHIRServer) Check(ctx context.Context) error {
	body, err := s.do(ctx, http.MethodGet, s.url+"/metadata", "", nil, 0)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		err = &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the FHIR server knows no " + s.url + "/metadata (" + refusal.Code + ")", Hint: "correct the address: it is the base of the FHIR interface"}
	}
	if err != nil {
		return err
	}
	var statement struct{ ResourceType, FHIRVersion string }
	if json.Unmarshal(body, &statement) != nil || statement.ResourceType != "CapabilityStatement" {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "what answers there is no FHIR server", Hint: "correct the address: it is the base of the FHIR interface"}
	}
	if !strings.HasPrefix(statement.FHIRVersion, "4.0") {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: fmt.Sprintf("the server speaks FHIR %.20q, and bundles are R4 (4.0.1)", statement.FHIRVersion), Hint: "use its R4 address"}
	}
	return nil
}

// Send posts a document's transaction bundle. A PDF that the bundle links to as a Binary of
// the server's (see [FHIROptions.InlineUpTo]) is put there before. Nil means that the
// server took all of it. A [Refusal] says what it said instead; any other error is to
// be tried again.
func (s *FHIRServer) Send(ctx context.Context, rec postroom.Record, objects Objects) error {
	bundle, err := read(ctx, objects, rec.Objects.FHIR)
	if err != nil {
		return fmt.Errorf("send document %s: %w", rec.DocumentID, err)
	}
	f := &Filer{Objects: objects}
	for version := rec; ; {
		// The version that it replaces is sent along, and its link must hold too.
		if bytes.Contains(bundle, []byte(`"url":"`+binaryURL(version.Objects.PDFHash)+`"`)) {
			if err := s.sendPDF(ctx, version, objects); err != nil {
				return err
			}
		}
		if version.Version != rec.Version || rec.Version == 1 {
			break
		}
		before := rec
		before.Version = rec.Replaces
		if version, err = f.record(ctx, RecordKey(before)); err != nil {
			return fmt.Errorf("send document %s: version %d, which it replaces: %w", rec.DocumentID, rec.Replaces, err)
		}
	}
	body, err := s.do(ctx, http.MethodPost, s.url, "application/fhir+json", bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		return err
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
		return tryAgain("the FHIR server's answer is no FHIR bundle", nil)
	}
	for _, e := range answer.Entry {
		if e.Response.Status != "" && e.Response.Status[0] != '2' {
			return &Refusal{"HTTP " + e.Response.Status, said(e.Response.Outcome)}
		}
	}
	return nil
}

func (s *FHIRServer) sendPDF(ctx context.Context, rec postroom.Record, objects Objects) error {
	body, err := objects.Open(ctx, rec.Objects.PDF)
	if err != nil {
		return fmt.Errorf("send document %s: %w", rec.DocumentID, err)
	}
	defer body.Close()
	_, err = s.do(ctx, http.MethodPut, s.url+"/"+binaryURL(rec.Objects.PDFHash), "application/pdf", body, rec.Objects.PDFSize)
	return err
}

// do sends a request and returns the answer's body.
func (s *FHIRServer) do(ctx context.Context, method, url, kind string, body io.Reader, size int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = size
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	request.Header.Set("Accept", "application/fhir+json")
	response, err := s.client.Do(request)
	var token *oauth2.RetrieveError
	if errors.As(err, &token) {
		return nil, tryAgain("the FHIR server's token service does not accept the client", fmt.Errorf("%s %s", token.ErrorCode, token.Response.Status))
	}
	if err != nil {
		return nil, tryAgain("the FHIR server cannot be reached", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return nil, tryAgain("the FHIR server's answer was cut off", err)
	}
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		if s.tokens != nil {
			s.tokens.forget()
		}
		return nil, tryAgain(fmt.Sprintf("the FHIR server does not let us in (HTTP %d)", code), nil)
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500, code >= 300 && code < 400:
		return nil, tryAgain(fmt.Sprintf("the FHIR server cannot take anything now (HTTP %d)", code), askedToWait(response.Header.Get("Retry-After"), time.Now()))
	case code >= 400:
		return nil, &Refusal{fmt.Sprintf("HTTP %d", code), said(answer)}
	}
	return answer, nil
}

// A waitError is a server's wish not to be asked for so long.
type waitError time.Duration

func (w waitError) Error() string { return "it asks to wait for " + time.Duration(w).String() }

// RetryAfter is how long the server wants to be left alone.
func (w waitError) RetryAfter() time.Duration { return time.Duration(w) }

// askedToWait reads a Retry-After header (RFC 9110, 10.2.3): seconds, or a time. It returns nil
// when there is none that can be read.
func askedToWait(header string, now time.Time) error {
	var wait time.Duration
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(seconds, 24*3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	if wait <= 0 {
		return nil
	}
	return waitError(wait)
}

// tryAgain is for what may pass.
func tryAgain(reason string, err error) error {
	return &postroom.Problem{Kind: postroom.Temporary, Reason: reason, Hint: "nothing is lost: it is sent again", Err: err}
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
