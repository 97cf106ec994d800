package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// WebhookConfig says who is told of what was filed.
type WebhookConfig struct {
	URL string // https, or http to this machine
	// Secrets sign each call: "whsec_" and 24 to 64 bytes in base64. While a secret is
	// changed there can be two; a call carries a signature of each.
	Secrets []string
	CAFile  string // PEM; the system's authorities when empty
	Timeout time.Duration
}

// A Webhook tells one address what was filed, in the form of the Standard Webhooks
// specification, version 1.0.0: the headers webhook-id, webhook-timestamp and
// webhook-signature (v1, HMAC-SHA256), and a small body without patient data.
type Webhook struct {
	url    string
	keys   [][]byte
	client *http.Client
	now    func() time.Time
}

// OpenWebhook checks the configuration; it does not connect yet.
func OpenWebhook(c WebhookConfig) (*Webhook, error) {
	wrong := func(reason string, err error) (*Webhook, error) {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: "correct it in the configuration", Err: err}
	}
	u, err := url.Parse(c.URL)
	local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost")
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return wrong("a webhook's address must begin with https://", nil)
	}
	if u.User != nil {
		return wrong("a webhook's address must not hold a password: the signature says who calls", nil)
	}
	w := &Webhook{url: c.URL, now: time.Now}
	for _, secret := range c.Secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 {
			return wrong("a webhook's secret must be whsec_ and 24 to 64 random bytes in base64", nil)
		}
		w.keys = append(w.keys, key)
	}
	if len(w.keys) == 0 {
		return wrong("a webhook needs a secret, so that its receiver can tell who calls", nil)
	}
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		pool := x509.NewCertPool()
		if err != nil || !pool.AppendCertsFromPEM(pem) {
			return wrong("the certificate of the webhook's authority cannot be read", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	w.client = &http.Client{Transport: transport, Timeout: c.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w, nil
}

// What a WebhookEvent tells of.
const (
	WebhookFiled     = "document.filed"
	WebhookCorrected = "document.corrected" // another version, of the same or another patient
	WebhookWithdrawn = "document.withdrawn" // it was about none of the practice's patients
)

// A WebhookEvent is what a receiver is told: where to find the document, and nothing of
// what stands in it.
type WebhookEvent struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"` // of the decision, UTC
	Data      WebhookData `json:"data"`
}

// WebhookData names a version of a document and its objects.
type WebhookData struct {
	DocumentID string `json:"document_id"`
	Version    int    `json:"version"`
	Replaces   int    `json:"replaces,omitempty"` // the version before
	Record     string `json:"record"`             // keys in the object store
	FHIR       string `json:"fhir"`
	PDF        string `json:"pdf"`
}

// NewWebhookEvent makes the event of a record that was filed.
func NewWebhookEvent(rec postroom.Record) WebhookEvent {
	e := WebhookEvent{WebhookFiled, rec.DecidedAt.UTC(), WebhookData{rec.DocumentID, rec.Version, rec.Replaces, RecordKey(rec), rec.Objects.FHIR, rec.Objects.PDF}}
	switch {
	case rec.Replaces > 0 && rec.Return != nil:
		e.Type = WebhookWithdrawn
	case rec.Replaces > 0:
		e.Type = WebhookCorrected
	}
	return e
}

// WebhookID is the same for every call about one version of a document, so that its
// receiver can tell a repeat.
func WebhookID(rec postroom.Record) string {
	return fmt.Sprintf("msg_%s_%d", rec.DocumentID, rec.Version)
}

// Send calls the address about a record. Nil means that it answered 2xx. A [Refusal] is
// its answer 410, by which the specification lets a receiver end the calls; after any other
// error the call is to be made again.
func (w *Webhook) Send(ctx context.Context, rec postroom.Record) error {
	body, err := encodeJSON(NewWebhookEvent(rec))
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	id, at := WebhookID(rec), strconv.FormatInt(w.now().Unix(), 10)
	var signatures []string
	for _, key := range w.keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	for header, value := range map[string]string{"Content-Type": "application/json", "User-Agent": "Postroom",
		"webhook-id": id, "webhook-timestamp": at, "webhook-signature": strings.Join(signatures, " ")} {
		request.Header.Set(header, value)
	}
	again := func(reason string, err error) error {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: reason, Hint: "nothing is lost: it is called again", Err: err}
	}
	response, err := w.client.Do(request)
	if err != nil {
		return again("the webhook's receiver cannot be reached", err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		return &Refusal{"HTTP 410", said(answer)}
	default:
		return again(fmt.Sprintf("the webhook's receiver did not take the call (HTTP %d)", code), nil)
	}
}
