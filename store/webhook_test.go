package store

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/postroom/postroom"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// The calls are judged by the specification's own library.
func TestWebhook(t *testing.T) {
	judge, err := standardwebhooks.NewWebhook(webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	code := 204
	var ids []string
	var event WebhookEvent
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := judge.Verify(body, r.Header); err != nil {
			t.Errorf("the signature: %v", err)
		}
		if err := judge.Verify(append(body, ' '), r.Header); err == nil {
			t.Error("an altered body has a good signature")
		}
		ids = append(ids, r.Header.Get("webhook-id"))
		if err := json.Unmarshal(body, &event); err != nil {
			t.Error(err)
		}
		rec := filedRecord()
		for _, secret := range []string{rec.Patient.Family, rec.Patient.NHSNumber, rec.Patient.BirthDate, rec.Message.From, rec.Message.Subject} {
			if secret != "" && strings.Contains(string(body), secret) {
				t.Errorf("the call carries %q", secret)
			}
		}
		w.WriteHeader(code)
	}))
	defer receiver.Close()
	// The new secret comes first while the receiver knows the old one only.
	w, err := OpenWebhook(WebhookConfig{URL: receiver.URL, Secrets: []string{"whsec_" + strings.Repeat("AAAA", 8), webhookSecret}})
	if err != nil {
		t.Fatal(err)
	}
	rec := filedRecord()
	if err := w.Send(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	if event.Type != WebhookFiled || event.Data.DocumentID != rec.DocumentID || event.Data.Record != RecordKey(rec) {
		t.Errorf("%+v", event)
	}
	rec.Version, rec.Replaces = 2, 1
	for _, code = range []int{302, 400, 404, 429, 500} {
		var p *postroom.Problem
		if err := w.Send(t.Context(), rec); !errors.As(err, &p) || p.Kind != postroom.Temporary {
			t.Errorf("HTTP %d: %v", code, err)
		}
	}
	if event.Type != WebhookCorrected || event.Data.Replaces != 1 || ids[1] == ids[0] || ids[1] != ids[2] {
		t.Errorf("%+v, ids %v", event, ids)
	}
	code = 410
	var refusal *Refusal
	if err := w.Send(t.Context(), rec); !errors.As(err, &refusal) {
		t.Error(err)
	}
	rec.Return = &postroom.Return{}
	if e := NewWebhookEvent(rec); e.Type != WebhookWithdrawn {
		t.Error(e.Type)
	}
}

func TestWebhookRefusesToBeOpened(t *testing.T) {
	for name, c := range map[string]WebhookConfig{
		"in the clear":           {URL: "http://example.org/", Secrets: []string{webhookSecret}},
		"no secret":              {URL: "https://example.org/"},
		"a short one":            {URL: "https://example.org/", Secrets: []string{"whsec_AAAA"}},
		"no base64":              {URL: "https://example.org/", Secrets: []string{"secret"}},
		"a password in the link": {URL: "https://a:b@example.org/", Secrets: []string{webhookSecret}},
	} {
		var p *postroom.Problem
		if _, err := OpenWebhook(c); !errors.As(err, &p) || p.Kind != postroom.Misconfigured {
			t.Errorf("%s: %v", name, err)
		}
	}
}
