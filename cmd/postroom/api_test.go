package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review/api"
)

// A system uses the API as its description says, and holds each answer against it.
type system struct {
	t      *testing.T
	client *http.Client
	base   string
	token  string
	schema *jsonschema.Compiler
	told   map[string]map[string]apiOperation
	asked  map[string]bool // the operations that were answered well
}

type apiOperation struct {
	OperationID string `json:"operationId"`
	Responses   map[string]struct {
		Ref     string                     `json:"$ref"`
		Content map[string]json.RawMessage `json:"content"`
	} `json:"responses"`
}

type answered struct {
	code int
	body []byte
	head http.Header
}

func newSystem(t *testing.T, v *visitor, token string) *system {
	t.Helper()
	s := &system{t: t, client: v.client, base: v.base + api.Base, token: token, schema: jsonschema.NewCompiler(), asked: map[string]bool{}}
	s.schema.AssertFormat()
	for _, name := range []string{"openapi.json", "record.schema.json"} {
		a := s.send("GET", "/"+name, nil, nil)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
		if err != nil || a.code != http.StatusOK {
			t.Fatal(a.code, err)
		}
		if err := s.schema.AddResource("https://desk.test/"+name, doc); err != nil {
			t.Fatal(err)
		}
		if name == "openapi.json" {
			var d struct {
				Paths map[string]map[string]apiOperation `json:"paths"`
			}
			if err := json.Unmarshal(a.body, &d); err != nil {
				t.Fatal(err)
			}
			s.told = d.Paths
		}
	}
	return s
}

func (s *system) as(token string) *system {
	other := *s
	other.token = token
	return &other
}

func (s *system) send(method, path string, body io.Reader, head map[string]string) answered {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range head {
		r.Header.Set(k, v)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered{res.StatusCode, b, res.Header}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// do asks and holds the answer against the description.
func (s *system) do(method, path string, body any, head map[string]string) answered {
	s.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		in = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	a := s.send(method, path, in, head)
	plain, _, _ := strings.Cut(path, "?")
	for pattern, methods := range s.told {
		if !regexp.MustCompile("^" + placeholder.ReplaceAllString(pattern, "[^/]+") + "$").MatchString(plain) {
			continue
		}
		o, known := methods[strings.ToLower(method)]
		if !known {
			continue
		}
		at := "https://desk.test/openapi.json#/paths/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(pattern) + "/" + strings.ToLower(method) + "/responses/" + fmt.Sprint(a.code)
		res, told := o.Responses[fmt.Sprint(a.code)]
		if !told {
			s.t.Errorf("%s %s: the description does not tell of %d: %s", method, pattern, a.code, a.body)
			return a
		}
		kind, _, _ := strings.Cut(a.head.Get("Content-Type"), ";")
		if res.Ref != "" {
			at = "https://desk.test/openapi.json" + res.Ref
			res.Content = map[string]json.RawMessage{"application/problem+json": nil}
		}
		if _, ok := res.Content[kind]; !ok && len(a.body) > 0 {
			s.t.Errorf("%s %s: %d is said to be %q", method, pattern, a.code, kind)
			return a
		}
		if strings.HasSuffix(kind, "json") {
			schema, err := s.schema.Compile(at + "/content/" + strings.ReplaceAll(kind, "/", "~1") + "/schema")
			if err != nil {
				s.t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
			if err == nil {
				err = schema.Validate(v)
			}
			if err != nil {
				s.t.Errorf("%s %s: %v: %.400s", method, pattern, err, a.body)
			}
		}
		if a.code < 300 {
			s.asked[o.OperationID] = true
		}
		return a
	}
	if a.code != http.StatusNotFound && a.code != http.StatusMethodNotAllowed {
		s.t.Errorf("%s %s is not described and answers %d", method, plain, a.code)
	}
	return a
}

// must is do for what has to work.
func (s *system) must(method, path string, body any, head map[string]string, into any) answered {
	s.t.Helper()
	a := s.do(method, path, body, head)
	if a.code >= 300 {
		s.t.Fatalf("%s %s: %d: %s", method, path, a.code, a.body)
	}
	if into != nil {
		if err := json.Unmarshal(a.body, into); err != nil {
			s.t.Fatalf("%s %s: %v: %s", method, path, err, a.body)
		}
	}
	return a
}

type apiDocument struct {
	Revision  int64  `json:"revision"`
	State     string `json:"state"`
	Mailbox   string `json:"mailbox"`
	ClaimedBy string `json:"claimed_by"`
	Assigned  string `json:"assigned"`
	Record    postroom.Record
}

func (d *apiDocument) match() map[string]string {
	return map[string]string{"If-Match": fmt.Sprintf(`"%d"`, d.Revision)}
}

func tokenFor(t *testing.T, d *peopleDesk, id, account string, mailboxes []string, scopes ...string) string {
	t.Helper()
	secret, err := d.pl.AddToken(t.Context(), pipeline.Token{ID: id, Account: account, Scopes: scopes, Mailboxes: mailboxes, Expires: time.Now().Add(24 * time.Hour)}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// waitFor asks until a document is in a state.
func (s *system) waitFor(id, state string) (d apiDocument) {
	s.t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		s.must("GET", "/documents/"+id, nil, nil, &d)
		if d.State == state {
			return d
		}
		if time.Since(began) > 20*time.Second {
			s.t.Fatalf("document %s is %s, not %s", id, d.State, state)
		}
	}
}

// handIn hands a letter in and waits for its document.
func (s *system) handIn(text string, head map[string]string) (message string, d apiDocument) {
	s.t.Helper()
	var m api.Message
	h := map[string]string{"Content-Type": "image/tiff", "Content-Disposition": `attachment; filename="letter.tif"`}
	for k, v := range head {
		h[k] = v
	}
	a := s.must("POST", "/messages?mailbox=scanner", strings.NewReader(text), h, &m)
	if a.code != http.StatusAccepted || a.head.Get("Location") != api.Base+"/messages/"+string(m.ID) || m.ID != postroom.HashOf([]byte(text)) || m.Mailbox != "scanner" {
		s.t.Fatalf("%d %v %+v", a.code, a.head, m)
	}
	for began := time.Now(); m.State != "done" && len(m.Documents) == 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			s.t.Fatalf("%+v", m)
		}
		s.must("GET", "/messages/"+string(m.ID), nil, nil, &m)
	}
	s.must("GET", "/documents/"+m.Documents[0].ID, nil, nil, &d)
	return string(m.ID), d
}

// A system hands letters in, and does with them all that a clerk can; each answer is as the
// description says, and the audit trail tells who it was.
func TestAPI(t *testing.T) {
	d := openPeopleDesk(t, false, nil)
	token := tokenFor(t, d, "night", "lou", nil, "upload", "read", "decide", "refile", "statistics")
	s := newSystem(t, d.visit(), token)
	number := d.patients[0].Number

	message, doc := s.handIn(number+" a letter about the heart", nil)
	if doc.State != "review" || doc.Mailbox != "scanner" || doc.Record.Message.Source != "scanner" {
		t.Fatalf("%+v", doc)
	}
	id := doc.Record.DocumentID
	// The same bytes are one message, however often they come.
	var again api.Message
	s.must("POST", "/messages?mailbox=scanner", strings.NewReader(number+" a letter about the heart"), map[string]string{"Content-Type": "image/tiff"}, &again)
	if string(again.ID) != message || len(again.Documents) != 1 || again.Documents[0].ID != id {
		t.Errorf("handed in again: %+v", again)
	}

	var queue struct{ Documents []apiDocument }
	s.must("GET", "/queue?mailbox=scanner&limit=10", nil, nil, &queue)
	if len(queue.Documents) != 1 || queue.Documents[0].Record.DocumentID != id {
		t.Errorf("%+v", queue)
	}
	var counts struct{ Counts []struct{ N int } }
	if s.must("GET", "/counts", nil, nil, &counts); len(counts.Counts) != 1 || counts.Counts[0].N != 1 {
		t.Errorf("%+v", counts)
	}
	var found struct {
		Documents []apiDocument
		Next      int64
	}
	if s.must("POST", "/search", map[string]any{"words": "heart", "limit": 1}, nil, &found); len(found.Documents) != 1 {
		t.Errorf("%+v", found)
	}
	var patients struct{ Patients []struct{ ID, Family string } }
	if s.must("POST", "/patients/search", map[string]any{"query": number}, nil, &patients); len(patients.Patients) != 1 {
		t.Fatalf("%+v", patients)
	}
	var pages struct{ Pages []postroom.Page }
	if s.must("GET", "/documents/"+id+"/pages", nil, nil, &pages); len(pages.Pages) != 1 || len(pages.Pages[0].Words) != 6 {
		t.Errorf("%+v", pages)
	}
	s.must("GET", "/documents/"+id+"/siblings", nil, nil, nil)
	var originals struct {
		Originals []struct {
			Hash string `json:"sha256"`
		}
	}
	s.must("GET", "/documents/"+id+"/originals", nil, nil, &originals)
	if len(originals.Originals) == 0 {
		t.Fatal("no originals")
	}
	if a := s.must("GET", "/documents/"+id+"/originals/"+originals.Originals[0].Hash, nil, nil, nil); string(a.body) != number+" a letter about the heart" {
		t.Errorf("%q", a.body)
	}

	// Two at once: who has it open, and who saw an older revision, hears so.
	s.must("PUT", "/documents/"+id+"/claim", nil, nil, &doc)
	if doc.ClaimedBy != "lou" {
		t.Errorf("%+v", doc)
	}
	ann := s.as(tokenFor(t, d, "ann-token", "ann", nil, "decide", "read"))
	decision := map[string]any{"type": doc.Record.Type.Code, "patient": patients.Patients[0].ID, "fields": map[string]string{}}
	if a := ann.do("POST", "/documents/"+id+"/file", decision, doc.match()); a.code != http.StatusConflict {
		t.Errorf("open with somebody else: %d %s", a.code, a.body)
	}
	s.must("DELETE", "/documents/"+id+"/claim", nil, nil, &doc)
	s.must("PUT", "/documents/"+id+"/assigned", map[string]string{"to": "lou"}, nil, &doc)
	if doc.Assigned != "lou" {
		t.Errorf("%+v", doc)
	}
	s.must("POST", "/documents/"+id+"/notes", map[string]string{"note": "from the night job"}, nil, nil)
	if a := s.do("POST", "/documents/"+id+"/file", decision, nil); a.code != http.StatusPreconditionRequired {
		t.Errorf("without a revision: %d", a.code)
	}
	for _, tag := range []string{`"999"`, `W/"1"`, "1", "*", `"x"`} {
		if a := s.do("POST", "/documents/"+id+"/file", decision, map[string]string{"If-Match": tag}); a.code != http.StatusPreconditionFailed {
			t.Errorf("of the revision %s: %d", tag, a.code)
		}
	}
	// The number in the letter is another's than that of the patient chosen.
	if a := s.do("POST", "/documents/"+id+"/file", map[string]any{"type": doc.Record.Type.Code, "patient": d.patients[1].ID, "fields": map[string]string{"nhs_number": number}}, doc.match()); a.code != http.StatusUnprocessableEntity {
		t.Errorf("to another patient: %d %s", a.code, a.body)
	}
	s.must("POST", "/documents/"+id+"/file", decision, doc.match(), &doc)
	doc = s.waitFor(id, "filed")
	if doc.Record.DecidedBy != "user:lou" || doc.Record.Patient.NHSNumber != number {
		t.Errorf("%+v", doc.Record)
	}
	if a := s.must("GET", "/documents/"+id+"/versions/1/pdf", nil, nil, nil); !bytes.HasPrefix(a.body, []byte("%PDF-")) {
		t.Errorf("%.20q", a.body)
	}
	var versions struct{ Versions []postroom.Record }
	if s.must("GET", "/documents/"+id+"/versions", nil, nil, &versions); len(versions.Versions) != 1 {
		t.Errorf("%+v", versions)
	}
	s.must("GET", "/documents/"+id+"/deliveries", nil, nil, nil)

	// What is filed is corrected, given to another patient, withdrawn.
	s.must("POST", "/documents/"+id+"/correct", map[string]any{"type": "discharge_summary", "patient": patients.Patients[0].ID, "reason": "type"}, doc.match(), nil)
	if doc = s.waitFor(id, "filed"); doc.Record.Version != 2 || doc.Record.Type.Code != "discharge_summary" {
		t.Errorf("%+v", doc.Record)
	}
	other := d.patients[1]
	s.must("POST", "/documents/"+id+"/refile", map[string]any{"patient": other.ID, "reason": "wrong_patient",
		"fields": map[string]string{"nhs_number": other.Number}}, doc.match(), nil)
	if doc = s.waitFor(id, "filed"); doc.Record.Version != 3 || doc.Record.Patient.NHSNumber != other.Number {
		t.Errorf("%+v", doc.Record)
	}
	s.must("POST", "/documents/"+id+"/withdraw", map[string]any{"reason": "not_ours"}, doc.match(), nil)
	for began := time.Now(); doc.Record.Version != 4 || doc.State != "filed"; doc = s.waitFor(id, "filed") {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("not withdrawn: %+v", doc)
		}
	}
	if doc.Record.Patient.NHSNumber != "" {
		t.Errorf("withdrawn: %+v", doc.Record)
	}
	var returns struct{ Returns []struct{ By string } }
	if s.must("GET", "/returns", nil, nil, &returns); len(returns.Returns) != 1 || returns.Returns[0].By != "lou" {
		t.Errorf("%+v", returns)
	}
	s.must("POST", "/returns/"+id+"/sent", map[string]string{"how": "post"}, nil, nil)
	var history struct {
		Events []struct{ By, Action string }
	}
	s.must("GET", "/documents/"+id+"/history", nil, nil, &history)
	var did []string
	for _, e := range history.Events {
		did = append(did, e.Action)
		if e.By != "lou" {
			t.Errorf("%+v", e)
		}
	}
	for _, action := range []string{"file", "correct", "refile", "withdraw", "note"} {
		if !slices.Contains(did, action) {
			t.Errorf("%s is not in the history %v", action, did)
		}
	}

	// Put away, and taken back.
	_, doc = s.handIn(number+" another letter", nil)
	id = doc.Record.DocumentID
	s.must("POST", "/documents/"+id+"/discard", map[string]string{"reason": "nothing"}, doc.match(), &doc)
	if doc.State != "discarded" {
		t.Errorf("%+v", doc)
	}
	s.must("POST", "/documents/"+id+"/undo", nil, nil, &doc)
	if doc.State != "review" {
		t.Errorf("%+v", doc)
	}
	s.must("POST", "/documents/"+id+"/return", nil, doc.match(), nil)
	s.must("GET", "/statistics", nil, nil, nil)

	// The trail tells which token asked, and the rows of the decisions say whose account.
	var trail struct {
		Events []struct{ Person, Action, Document, Detail string }
	}
	auditor := s.as(tokenFor(t, d, "inspect", "carol", nil, "audit"))
	auditor.must("GET", "/audit?limit=1000", nil, nil, &trail)
	rows := map[string]int{}
	for _, e := range trail.Events {
		rows[e.Person+" "+e.Action]++
		if strings.Contains(e.Detail, token) || strings.Contains(e.Detail, number) {
			t.Errorf("the trail holds what it must not: %+v", e)
		}
	}
	for _, want := range []string{"token:night uploaded", "token:night asked", "token:night viewed", "token:night searched", "token:night downloaded", "user:lou desk_file", "user:lou desk_refile", "token:inspect trail_read"} {
		if rows[want] == 0 {
			t.Errorf("no row %q in %v", want, rows)
		}
	}
	if strings.Contains(d.log.String(), token) {
		t.Error("the log holds a token")
	}
	// All that the description tells of was tried, but for what needs a real reader or two documents.
	for path, methods := range s.told {
		for method, o := range methods {
			if !s.asked[o.OperationID] && !slices.Contains([]string{"describe", "describeRecord", "pageImage", "keep", "retry", "releaseAsItIs", "arrange"}, o.OperationID) {
				t.Errorf("%s %s was not tried", method, path)
			}
		}
	}
}

// What must not be done is refused, and the trail tells of it.
func TestAPIRefuses(t *testing.T) {
	d := openPeopleDesk(t, false, nil)
	good := tokenFor(t, d, "good", "lou", nil, "upload", "read", "decide", "refile")
	s := newSystem(t, d.visit(), good)
	_, doc := s.handIn(d.patients[0].Number+" a letter", nil)
	id := doc.Record.DocumentID
	refusals := func() (n int) {
		if err := d.pl.AuditEvents(t.Context(), pipeline.AuditFilter{Action: "refused"}, func(pipeline.AuditEvent) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	refused := func(what string, s *system, method, path string, body any, head map[string]string, want int) {
		t.Helper()
		before := refusals()
		a := s.do(method, path, body, head)
		if a.code != want {
			t.Errorf("%s: %d, not %d: %s", what, a.code, want, a.body)
		}
		if (want == 401 || want == 403 || want == 413 || strings.Contains(what, "another mailbox") && body != nil) && refusals() != before+1 {
			t.Errorf("%s: the trail does not tell of it", what)
		}
		for _, hidden := range []string{d.patients[0].Family, d.patients[0].Number, d.patients[0].BirthDate} {
			if strings.Contains(string(a.body), hidden) {
				t.Errorf("%s: the answer holds patient data: %s", what, a.body)
			}
		}
	}
	at := "/documents/" + id
	refused("no token", s.as(""), "GET", "/queue", nil, nil, 401)
	refused("another's token", s.as("postroom_"+strings.Repeat("A", 52)), "GET", at, nil, nil, 401)
	refused("a password", s.as(""), "GET", at, nil, map[string]string{"Authorization": "Basic bG91OnRyw6pz"}, 401)
	refused("a token in a cookie", s.as(""), "GET", at, nil, map[string]string{"Cookie": "__Host-postroom_session=" + good}, 401)
	reader := s.as(tokenFor(t, d, "reader", "lou", nil, "read"))
	refused("a scope that it has not", reader, "POST", at+"/discard", map[string]string{"reason": "nothing"}, doc.match(), 403)
	refused("handing in without the scope", reader, "POST", "/messages", strings.NewReader("x"), map[string]string{"Content-Type": "image/tiff"}, 403)
	clerk := s.as(tokenFor(t, d, "clerk", "ann", nil, "read", "decide", "refile", "audit", "statistics"))
	refused("a role that it has not", clerk, "POST", at+"/refile", map[string]any{"reason": "merged", "patient": "1"}, doc.match(), 403)
	refused("the trail as a clerk", clerk, "GET", "/audit", nil, nil, 403)
	refused("the statistics as a clerk", clerk, "GET", "/statistics", nil, nil, 403)
	auditor := s.as(tokenFor(t, d, "auditor", "carol", nil, "read", "audit"))
	refused("a document as an auditor", auditor, "GET", at, nil, nil, 403)

	// bob sees the mailbox scanner; a token of his for another sees nothing at all, and one of
	// lou's for another mailbox no document of this one, by whichever address.
	bob := s.as(tokenFor(t, d, "bob", "bob", []string{"fax"}, "read", "upload"))
	var queue struct{ Documents []apiDocument }
	if bob.must("GET", "/queue", nil, nil, &queue); len(queue.Documents) != 0 {
		t.Errorf("%+v", queue)
	}
	refused("handing in to another mailbox", bob, "POST", "/messages?mailbox=scanner", strings.NewReader("x"), map[string]string{"Content-Type": "image/tiff"}, 422)
	narrow := s.as(tokenFor(t, d, "narrow", "lou", []string{"fax"}, "read", "upload", "decide", "refile"))
	for path, methods := range s.told {
		if !strings.Contains(path, "{id}") || strings.HasPrefix(path, "/messages") {
			continue
		}
		for method := range methods {
			p := strings.NewReplacer("{id}", id, "{page}", "1", "{version}", "1", "{hash}", string(doc.Record.Message.Hash)).Replace(path)
			if a := narrow.do(strings.ToUpper(method), p, map[string]string{}, doc.match()); a.code != 404 && a.code != 429 {
				t.Errorf("%s %s of another mailbox: %d %s", method, p, a.code, a.body)
			}
			time.Sleep(30 * time.Millisecond) // within the rate
		}
	}
	if narrow.must("GET", "/queue", nil, nil, &queue); len(queue.Documents) != 0 {
		t.Errorf("%+v", queue)
	}
	refused("another mailbox's message", narrow, "GET", "/messages/"+string(doc.Record.Message.Hash), nil, nil, 404)
	if narrow.must("POST", "/search", map[string]string{"words": "letter"}, nil, &queue); len(queue.Documents) != 0 {
		t.Errorf("%+v", queue)
	}

	// Bad input is told, and changes nothing.
	json := map[string]string{"If-Match": doc.match()["If-Match"]}
	for _, bad := range []struct {
		what, path string
		body       any
		head       map[string]string
		want       int
	}{
		{"no JSON", "/file", strings.NewReader("{"), json, 422},
		{"a field that there is none of", "/file", strings.NewReader(`{"patent": "1"}`), json, 422},
		{"a value that there is none of", "/file", map[string]any{"fields": map[string]string{"shoe_size": "9"}}, json, 422},
		{"a type that there is none of", "/file", map[string]any{"type": "shopping_list"}, json, 422},
		{"two values", "/file", strings.NewReader("{}{}"), json, 422},
		{"a form", "/file", strings.NewReader("type=x"), map[string]string{"If-Match": json["If-Match"], "Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"too large", "/notes", strings.NewReader(`{"note": "` + strings.Repeat("x", 2<<20) + `"}`), nil, 413},
		{"no note", "/notes", map[string]string{"note": " "}, nil, 422},
		{"no reason", "/discard", map[string]string{"reason": ""}, json, 422},
		{"a reason of another list", "/discard", map[string]string{"reason": "unwanted"}, json, 422},
		{"an arrangement that there is none of", "/arrange", map[string]any{"action": "burn"}, json, 422},
		{"a page that there is none of", "/arrange", map[string]any{"action": "split", "page": 99}, json, 422},
		{"correcting what is not filed", "/correct", map[string]any{"reason": "misread"}, json, 412},
	} {
		refused(bad.what, s, "POST", at+bad.path, bad.body, bad.head, bad.want)
	}
	for _, path := range []string{"/queue?limit=0", "/queue?limit=x", "/returns?limit=99999"} {
		refused(path, s, "GET", path, nil, nil, 422)
	}
	refused("nothing handed in", s, "POST", "/messages", strings.NewReader(""), map[string]string{"Content-Type": "image/tiff"}, 422)
	for _, path := range []string{"/documents/..%2f..%2fpeople", "/documents/" + strings.Repeat("0", 32), "/documents/%00", "/messages/..%2f..", "/messages/" + strings.Repeat("0", 64), "/nothing"} {
		before := refusals()
		if a := s.send("GET", path, nil, nil); a.code != 404 {
			t.Errorf("%s: %d %s", path, a.code, a.body)
		}
		if strings.ContainsAny(path, "%") && refusals() != before+1 {
			t.Errorf("%s: the trail does not tell of it", path)
		}
	}
	var now apiDocument
	if s.must("GET", at, nil, nil, &now); now.Revision != doc.Revision || now.State != "review" {
		t.Errorf("something of this was applied: %+v", now)
	}

	// Another host's name reaches nothing, and no other site may read what comes.
	r, _ := http.NewRequestWithContext(t.Context(), "GET", s.base+"/openapi.json", nil)
	r.Host = "evil.example"
	if res, err := s.client.Do(r); err != nil || res.StatusCode != http.StatusMisdirectedRequest {
		t.Error(err)
	}
	if a := s.send("GET", at, nil, map[string]string{"Origin": "https://evil.example"}); a.head.Get("Access-Control-Allow-Origin") != "" {
		t.Error(a.head)
	}

	// A token ends with its time, when it is revoked, and with its account.
	if _, err := d.pl.AddToken(t.Context(), pipeline.Token{ID: "past", Account: "lou", Scopes: []string{"read"}, Expires: time.Now().Add(-time.Hour)}, "test"); err == nil {
		t.Error("a token of the past was made")
	}
	if _, err := d.pl.AddToken(t.Context(), pipeline.Token{ID: "ever", Account: "lou", Scopes: []string{"read"}, Expires: time.Now().AddDate(2, 0, 0)}, "test"); err == nil {
		t.Error("a token for two years was made")
	}
	if err := d.pl.RevokeToken(t.Context(), "reader", "test"); err != nil {
		t.Fatal(err)
	}
	refused("revoked", reader, "GET", at, nil, nil, 401)
	if err := d.pl.ChangeLogin(t.Context(), "ann", "test", func(l *pipeline.Login) { l.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	refused("of an account that is switched off", clerk, "GET", at, nil, nil, 401)
	time.Sleep(300 * time.Millisecond) // within the rate
	short, err := d.pl.AddToken(t.Context(), pipeline.Token{ID: "short", Account: "lou", Scopes: []string{"read"}, Expires: time.Now().Add(200 * time.Millisecond)}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if a := s.as(short).do("GET", at, nil, nil); a.code != 200 {
		t.Errorf("%d", a.code)
	}
	time.Sleep(250 * time.Millisecond)
	refused("expired", s.as(short), "GET", at, nil, nil, 401)
}
