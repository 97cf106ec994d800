package store

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

func TestFHIRServer(t *testing.T) {
	checking := false
	tokens, code, answer := 0, 200, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201 Created"}}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			tokens++
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"access_token":"t1","token_type":"Bearer","expires_in":3600}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if checking {
			if r.Method != "GET" || r.URL.Path != "/fhir/metadata" || r.Header.Get("Authorization") != "Bearer t1" {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
			io.WriteString(w, answer)
			return
		}
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
	objects := openFolder(t)
	rec := withObjects()
	if err := put(objects, rec.Objects.FHIR, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	send := func() error { return s.Send(t.Context(), rec, objects) }
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
	code = 200
	for said, want := range map[string]string{
		`{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}`: "",
		`{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}`: "R4",
		"<html>Hello</html>": "no FHIR server",
	} {
		answer, checking = said, true
		if err := s.Check(t.Context()); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", said, err)
		}
	}
	checking = false
	for _, code = range []int{401, 429, 500, 302} {
		var p *postroom.Problem
		if err := send(); !errors.As(err, &p) || p.Kind != postroom.Temporary {
			t.Error(code, err)
		}
	}
	if tokens != 2 {
		t.Errorf("%d tokens were fetched: one at first, one after the server took it no more", tokens)
	}
	if _, err := OpenFHIRServer(FHIRServerConfig{URL: "http://example.org/fhir"}); err == nil {
		t.Error("patient data would go over the network in the clear")
	}
}

// A PDF that the bundle only links to goes to the server as a Binary, before the bundle
// and under its hash; the one of the version that is replaced does, too.
func TestFHIRServerTakesLinkedPDFs(t *testing.T) {
	objects := openFolder(t)
	filer := &Filer{Objects: withOriginals(t, objects), FHIR: FHIROptions{InlineUpTo: 10}}
	file := func(rec postroom.Record, pdf string) postroom.Record {
		t.Helper()
		rec, err := filer.file(t.Context(), rec, strings.NewReader(pdf), int64(len(pdf)))
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	first := file(filedRecord(), "%PDF-1.7 one")
	second := filedRecord()
	second.Version, second.Replaces, second.DecidedBy = 2, 1, "user:7"
	second = file(second, "%PDF-1.7 two")
	var got []string
	var bundle string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == "PUT" {
			if r.Header.Get("Content-Type") != "application/pdf" || r.ContentLength != int64(len(body)) {
				t.Errorf("a PDF is sent with %v", r.Header)
			}
			got = append(got, r.URL.Path+" "+string(body))
			w.WriteHeader(201)
			return
		}
		got, bundle = append(got, r.Method+" "+r.URL.Path), string(body)
		io.WriteString(w, `{"resourceType":"Bundle","entry":[]}`)
	}))
	defer server.Close()
	s, err := OpenFHIRServer(FHIRServerConfig{URL: server.URL + "/R4"})
	if err != nil {
		t.Fatal(err)
	}
	one, two := "/R4/Binary/"+string(first.Objects.PDFHash)+" %PDF-1.7 one", "/R4/Binary/"+string(second.Objects.PDFHash)+" %PDF-1.7 two"
	for _, c := range []struct {
		rec  postroom.Record
		want []string
	}{{first, []string{one, "POST /R4"}}, {second, []string{two, one, "POST /R4"}}} {
		got = nil
		if err := s.Send(t.Context(), c.rec, objects); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("version %d: the server was sent %q, %v", c.rec.Version, got, err)
		}
		if filed := mustRead(t, objects, c.rec.Objects.FHIR); bundle != string(filed) || strings.Contains(bundle, `"data"`) ||
			!strings.Contains(bundle, `"url":"Binary/`+string(c.rec.Objects.PDFHash)+`","size":12`) {
			t.Errorf("version %d: the bundle %s", c.rec.Version, bundle)
		}
	}
}

// A server that is too busy says for how long (RFC 9110, 10.2.3), in seconds or as a time.
func TestFHIRServerAsksToWait(t *testing.T) {
	header, code := "", 503
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", header)
		w.WriteHeader(code)
	}))
	defer server.Close()
	s, err := OpenFHIRServer(FHIRServerConfig{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code        int
		header      string
		least, most time.Duration
	}{
		{503, "120", 2 * time.Minute, 2 * time.Minute},
		{429, "7", 7 * time.Second, 7 * time.Second},
		{503, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 59 * time.Minute, time.Hour},
		{503, "999999999999", 24 * time.Hour, 24 * time.Hour},
		{503, "soon", 0, 0},
		{503, "-5", 0, 0},
		{503, "", 0, 0},
	} {
		code, header = c.code, c.header
		_, err := s.do(t.Context(), http.MethodGet, server.URL, "", nil, 0)
		var problem *postroom.Problem
		if !errors.As(err, &problem) || problem.Kind != postroom.Temporary {
			t.Errorf("%d, %q: %v", c.code, c.header, err)
		}
		var wish interface{ RetryAfter() time.Duration }
		wait := time.Duration(0)
		if errors.As(err, &wish) {
			wait = wish.RetryAfter()
		}
		if wait < c.least || wait > c.most {
			t.Errorf("%d, %q: it waits for %s", c.code, c.header, wait)
		}
	}
}
