//go:build cgo

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A collectorServer takes traces as an OpenTelemetry collector does.
type collectorServer struct {
	*httptest.Server
	mu    sync.Mutex
	spans map[string][]string // by trace: names of spans
	raw   []byte
}

func newCollector(t *testing.T) *collectorServer {
	c := &collectorServer{spans: map[string][]string{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		b, _ := io.ReadAll(body)
		var request collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(b, &request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw = append(c.raw, b...)
		for _, rs := range request.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					id := fmt.Sprintf("%x", s.TraceId)
					c.spans[id] = append(c.spans[id], s.Name)
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// started runs the program and returns where it answers.
func started(t *testing.T, stderr *syncBuffer, args ...string) (cmd *exec.Cmd, base string) {
	t.Helper()
	cmd = command(t, args...)
	cmd.Stderr = stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	at := regexp.MustCompile(`http://(\S+)/metrics`)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		if m := at.FindStringSubmatch(stderr.String()); m != nil {
			return cmd, "http://" + m[1]
		}
	}
	t.Fatalf("it does not say where it answers:\n%s", stderr.String())
	return nil, ""
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *syncBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := (&http.Client{Timeout: 30 * time.Second}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// waitFor asks until ok, for a minute at the most.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen within three minutes", what)
		}
	}
}

// Metrics, traces, logs, health and readiness of a worker at its work, on PostgreSQL and S3.
func TestOperating(t *testing.T) {
	mails, patients := tortureMails(t, 21, 4)
	dovecot, s3, pg, traces := servers.Dovecot(t), servers.S3(t), servers.OwnPostgres(t), newCollector(t)
	dovecot.AddUser("operate", "secret")
	config := writeConfig(t, fmt.Sprintf(`data: %q
database: %q
store:
  s3: {endpoint: %q, bucket: %q, access_key: %q, secret_key: %q, ca_file: %q, path_style: true, timeout: 5s}
log: {level: debug, format: json}
filing: {sample: 0}
operating: {listen: "127.0.0.1:0", traces: {endpoint: %q}}
`, t.TempDir(), pg.NewDatabase(), s3.Endpoint, s3.NewBucket("operate", false), s3.AccessKey, s3.SecretKey, s3.CAFile, traces.URL)+imapYAML(dovecot, "operate"))
	must(t, "patients", "import", "--config", config, patients)
	var stderr syncBuffer
	cmd, base := started(t, &stderr, "run", "--config", config)
	for _, m := range mails {
		dovecot.Append("operate", "INBOX", m.raw, m.received)
	}
	waitFor(t, "the mail being done", func() bool {
		_, processed, problem := inboxes(dovecot, "operate")
		return processed+problem == len(mails)
	})
	time.Sleep(vitalsEvery) // what the database is asked for is as old as that
	code, text := get(t, base+"/metrics")
	value := func(name string) string {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		return m[1]
	}
	for name, want := range map[string]string{
		"postroom_messages_total": "4", `postroom_steps_total{end="done",stage="read_message"}`: "4",
		"postroom_now_database_up": "1", "postroom_now_workers": "1", "postroom_now_open_messages": "0",
		`postroom_now_queue_waiting{queue="pages"}`: "0", `postroom_step_seconds_count{stage="sort_message"}`: "4", "postroom_now_unsettled_mails": "0",
	} {
		if got := value(name); code != 200 || got != want {
			t.Errorf("%s is %q, not %s", name, got, want)
		}
	}
	for _, name := range []string{"postroom_pages_total", "postroom_filed_total", `postroom_step_seconds_count{stage="read_page"}`, `postroom_step_wait_seconds_count{stage="file_document"}`} {
		if got := value(name); got == "" || got == "0" {
			t.Errorf("%s is %q", name, got)
		}
	}
	promtool(t, strings.NewReader(text), "check", "metrics")

	if code, text := get(t, base+"/healthz"); code != 200 {
		t.Errorf("healthz: %d %s", code, text)
	}
	if code, text := get(t, base+"/readyz"); code != 200 || !strings.Contains(text, `"object store":"ok"`) {
		t.Errorf("readyz: %d %s", code, text)
	}
	s3.Stop()
	waitFor(t, "not being ready without the object store", func() bool {
		code, text = get(t, base+"/readyz")
		return code == 503
	})
	if !strings.Contains(text, `"database":"ok"`) || strings.Contains(text, `"object store":"ok"`) {
		t.Errorf("without the object store: %s", text)
	}
	s3.Restart()
	pg.Stop()
	waitFor(t, "not being ready without the database", func() bool {
		code, text = get(t, base+"/readyz")
		return code == 503 && !strings.Contains(text, `"database":"ok"`)
	})
	waitFor(t, "the metrics saying that the database is away", func() bool {
		_, text := get(t, base+"/metrics")
		return strings.Contains(text, "\npostroom_now_database_up 0\n")
	})
	pg.Restart()
	waitFor(t, "being ready again", func() bool { code, _ = get(t, base+"/readyz"); return code == 200 })

	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr.String())
	}
	for _, m := range mails {
		id := string(postroom.HashOf(m.raw))[:32]
		names := strings.Join(traces.spans[id], " ")
		if !strings.Contains(names, "read_message") || !strings.Contains(names, "sort_message") || m.pages > 0 && !strings.Contains(names, "read_page") {
			t.Errorf("the trace of a message holds %q", names)
		}
	}
	// Whatever was told, nothing of it is about a patient.
	for _, r := range exported(t, "--config", config) {
		for what, told := range map[string]string{"log": stderr.String(), "metrics": text, "traces": string(traces.raw)} {
			for _, secret := range []string{r.Patient.NHSNumber, r.Patient.Family, r.Message.Subject} {
				if len(secret) > 4 && strings.Contains(told, secret) {
					t.Errorf("the %s hold what is about a patient", what)
				}
			}
		}
	}
	for _, line := range strings.Split(stderr.String(), "\n") {
		if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
}

// promtool runs Prometheus's own checker.
func promtool(t *testing.T, in io.Reader, args ...string) {
	t.Helper()
	program, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("promtool is missing; Debian's prometheus has it (scripts/setup test installs it): %v", err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertRules(t *testing.T) {
	dir := filepath.Join("..", "..", "deploy", "prometheus")
	promtool(t, nil, "check", "rules", filepath.Join(dir, "postroom.rules.yml"))
	promtool(t, nil, "test", "rules", filepath.Join(dir, "postroom.rules_test.yml"))
	promtool(t, nil, "check", "config", filepath.Join(dir, "prometheus.yml"))
}

// A mailTaker is an SMTP server that demands STARTTLS and a password.
type mailTaker struct {
	mu    sync.Mutex
	mails []string
	to    []string
}

type mailSession struct {
	*mailTaker
	ok bool
	to []string
}

func (m *mailTaker) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &mailSession{mailTaker: m}, nil
}
func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "postroom" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.ok = true
		return nil
	}), nil
}
func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	if !s.ok {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = append(s.to, to); return nil }
func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.mailTaker.to = append(s.mails, string(b)), append(s.mailTaker.to, s.to...)
	return err
}
func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

// The nightly summary goes out at the end of a batch, encrypted, to all whom it
// concerns, and holds numbers only.
func TestSummary(t *testing.T) {
	ca := servers.NewCA(t, t.TempDir())
	taker := &mailTaker{}
	server := smtp.NewServer(taker)
	pair, err := tls.LoadX509KeyPair(ca.CertFile, ca.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	_, port, _ := strings.Cut(l.Addr().String(), ":")

	mails, patients := tortureMails(t, 31, 5)
	folder := t.TempDir()
	for i, m := range mails {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.eml", i)), m.raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := t.TempDir()
	summary := func(password string) string {
		return fmt.Sprintf(`data: %q
filing: {sample: 0}
practice: {practice_names: [Riverside Surgery]}
sources:
  - name: post
    folder: {path: %q, settle_time: 100ms}
operating:
  summary:
    to: [manager@practice.example, "Records <records@practice.example>"]
    from: postroom@practice.example
    smtp: {host: 127.0.0.1, port: %s, user: postroom, password: %s, ca_file: %q}
`, data, folder, port, password, ca.CAFile)
	}
	config := writeConfig(t, summary("secret"))
	must(t, "patients", "import", "--config", config, patients)
	must(t, "batch", "--config", config)
	if len(taker.mails) != 1 || len(taker.to) != 2 {
		t.Fatalf("%d mails to %v", len(taker.mails), taker.to)
	}
	m, err := mail.ReadMessage(strings.NewReader(taker.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	if h := m.Header; !strings.Contains(h.Get("Subject"), "Riverside Surgery") || !strings.HasPrefix(h.Get("Content-Type"), "multipart/alternative") || h.Get("Auto-Submitted") != "auto-generated" || h.Get("Message-Id") == "" {
		t.Errorf("headers %v", h)
	}
	text := strings.ReplaceAll(taker.mails[0], "=\r\n", "")
	for _, part := range []string{"text/plain", "text/html", "Messages that arrived", "Documents filed", "Where they came from", "post"} {
		if !strings.Contains(text, part) {
			t.Errorf("it does not hold %q", part)
		}
	}
	for _, r := range exported(t, "--config", config) {
		for _, secret := range []string{r.Patient.NHSNumber, r.Patient.Family, r.Message.Subject} {
			if len(secret) > 4 && strings.Contains(text, secret) {
				t.Error("the summary holds what is about a patient")
			}
		}
	}
	printed := must(t, "summary", "--config", config)
	if !regexp.MustCompile(`Messages that arrived +5\n`).MatchString(printed.stdout) {
		t.Errorf("it prints:\n%s", printed.stdout)
	}
	if page := must(t, "summary", "--config", config, "--html"); !strings.Contains(page.stdout, "</html>") {
		t.Errorf("it prints:\n%s", page.stdout)
	}
	// A wrong password is said in plain words, and doctor says it before.
	wrong := writeConfig(t, summary("wrong"))
	if r := run(t, "summary", "--config", wrong, "--send"); r.code != 1 || !strings.Contains(r.stderr, "does not take the summary") {
		t.Errorf("%d %s", r.code, r.stderr)
	}
	if r := run(t, "doctor", "--config", wrong); r.code != 1 || !strings.Contains(r.stdout, "MEND  nightly summary") {
		t.Errorf("doctor says:\n%s", r.stdout)
	}
	if r := run(t, "doctor", "--config", config); !strings.Contains(r.stdout, "ok    nightly summary") || !strings.Contains(r.stdout, "ok    work at hand") {
		t.Errorf("doctor says:\n%s", r.stdout)
	}
}
