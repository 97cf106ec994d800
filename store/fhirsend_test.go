package store

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestFHIRServer(t *testing.T) {
	tokens, code, answer := 0, 200, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201 Created"}}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			tokens++
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"access_token":"t1","token_type":"Bearer","expires_in":3600}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer t1" || r.Header.Get("Content-Type") != "application/fhir+json" || string(body) != "{}" {
			t.Errorf("sent %v", r.Header)
		}
		w.WriteHeader(code)
		io.WriteString(w, answer)
	}))
	defer server.Close()
	s, err := OpenFHIRServer(FHIRServerConfig{URL: server.URL + "/fhir", TokenURL: server.URL + "/token", ClientID: "a", ClientSecret: "b"})
	if err != nil {
		t.Fatal(err)
	}
	send := func() error { return s.Send(t.Context(), []byte("{}")) }
	if err := send(); err != nil {
		t.Fatal(err)
	}
	var refusal *Refusal
	answer = `{"resourceType":"Bundle","entry":[{"response":{"status":"422","outcome":{"resourceType":"OperationOutcome","issue":[{"code":"value","diagnostics":"no such type"}]}}}]}`
	if err := send(); !errors.As(err, &refusal) || refusal.Said != "value no such type" {
		t.Error(err, refusal)
	}
	code, answer = 400, "<html>No</html>"
	if err := send(); !errors.As(err, &refusal) || strings.Contains(err.Error(), "No") || refusal.Refusal() != "HTTP 400 <html>No</html>" {
		t.Error(err, refusal)
	}
	for _, code = range []int{401, 429, 500, 302} {
		var p *postroom.Problem
		if err := send(); !errors.As(err, &p) || p.Kind != postroom.Temporary {
			t.Error(code, err)
		}
	}
	if tokens != 1 {
		t.Errorf("%d tokens were fetched", tokens)
	}
	if _, err := OpenFHIRServer(FHIRServerConfig{URL: "http://example.org/fhir"}); err == nil {
		t.Error("patient data would go over the network in the clear")
	}
}
