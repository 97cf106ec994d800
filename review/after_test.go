package review

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// A memoryAfter is what the pages after filing ask for, from memory.
type memoryAfter struct {
	searched SearchQuery
	hits     []Hit
	changes  []FiledChange
	did      []string
	stats    []Stat
	back     []Returned
	arrival  Arrival
	undo     error
}

func (m *memoryAfter) Search(_ context.Context, q SearchQuery) ([]Hit, error) {
	m.searched = q
	if q.From == "never" {
		return nil, postroom.Bad(nil, "the first day is no date", "write it as 31/12/2026")
	}
	return m.hits[:min(len(m.hits), q.Limit)], nil
}
func (*memoryAfter) Marks(q SearchQuery, pages []postroom.Page) [][]int {
	out := make([][]int, len(pages))
	for i, p := range pages {
		for n, w := range p.Words {
			if strings.EqualFold(w.Text, q.Words) {
				out[i] = append(out[i], n)
			}
		}
	}
	return out
}
func (m *memoryAfter) History(context.Context, string) ([]Event, error) {
	return []Event{{At: time.Now(), By: "bob", Action: "note", Why: "<script>alert(2)</script>"}, {At: time.Now(), By: "ann", Action: "correct", Why: "a value was misread"}}, nil
}
func (*memoryAfter) Versions(_ context.Context, id string) ([]postroom.Record, error) {
	return []postroom.Record{{DocumentID: id, Version: 2, Replaces: 1, DecidedBy: "user:ann"}, {DocumentID: id, Version: 1, DecidedBy: "postroom"}}, nil
}
func (*memoryAfter) Deliveries(context.Context, string) ([]Delivery, error) {
	return []Delivery{{Receiver: "gp system", Version: 1, State: "sent", Done: time.Now()}}, nil
}
func (*memoryAfter) FiledPDF(context.Context, string, int) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("%PDF-1.7")), nil
}
func (m *memoryAfter) ChangeFiled(_ context.Context, c FiledChange) error {
	if c.Fields[postroom.LetterDate] == "never" {
		return postroom.Bad(nil, "letter date: this is no date", "write it as 31/12/1980")
	}
	if c.Revision != 3 {
		return ErrChanged
	}
	m.changes = append(m.changes, c)
	return nil
}
func (m *memoryAfter) Undo(context.Context, string, []string) (string, error) { return "one", m.undo }
func (m *memoryAfter) UndoOf(_ context.Context, by, id string) error {
	m.did = append(m.did, "undo "+by+" "+id)
	return m.undo
}
func (m *memoryAfter) SendBack(_ context.Context, d Decision) error {
	m.did = append(m.did, fmt.Sprintf("back %s %d", d.Document, d.Revision))
	return nil
}
func (m *memoryAfter) Returns(_ context.Context, sent bool, _ []string, _ int) ([]Returned, error) {
	return slices.DeleteFunc(slices.Clone(m.back), func(r Returned) bool { return r.Sent.IsZero() == sent }), nil
}
func (m *memoryAfter) ReturnOf(_ context.Context, id string) (Returned, error) {
	for _, r := range m.back {
		if r.Record.DocumentID == id {
			return r, nil
		}
	}
	return Returned{}, ErrNoDocument
}
func (m *memoryAfter) ReturnSent(_ context.Context, id, by, how string) error {
	m.did = append(m.did, "sent "+id+" "+by+" "+how)
	return nil
}
func (m *memoryAfter) KeepBoth(_ context.Context, d Decision) error {
	m.did = append(m.did, fmt.Sprintf("keep %s %d", d.Document, d.Revision))
	return nil
}
func (m *memoryAfter) Arrival(context.Context, string) (Arrival, error) { return m.arrival, nil }
func (m *memoryAfter) Original(_ context.Context, _ string, h postroom.Hash) (Original, io.ReadCloser, error) {
	for _, o := range m.arrival.Originals {
		if o.Hash == h {
			return o, io.NopCloser(strings.NewReader("<script>alert(3)</script>")), nil
		}
	}
	return Original{}, nil, ErrNoDocument
}
func (m *memoryAfter) Retry(_ context.Context, d Decision) error {
	m.did = append(m.did, fmt.Sprintf("retry %s %d", d.Document, d.Revision))
	return nil
}
func (m *memoryAfter) ReleaseAsItIs(_ context.Context, d Decision) (string, error) {
	m.did = append(m.did, fmt.Sprintf("release %s %d", d.Document, d.Revision))
	return "two", nil
}
func (m *memoryAfter) Note(_ context.Context, id, by, note string) error {
	m.did = append(m.did, "note "+id+" "+by+" "+note)
	return nil
}
func (m *memoryAfter) Assign(_ context.Context, id, by, to string) error {
	m.did = append(m.did, "assign "+id+" "+by+" to "+to)
	return nil
}
func (*memoryAfter) Overdue(context.Context, []string) (int, error) { return 1, nil }
func (m *memoryAfter) Statistics(context.Context, string) ([]Stat, error) {
	return m.stats, nil
}

// afterDesk is a desk with a filed document "one" and a copy of it, "two", which waits.
func afterDesk(t *testing.T) (m *memoryDesk, a *LocalAccess, at string, c *http.Client) {
	m, a, srv, c := newTestDesk(t)
	m.items[0].State = "filed"
	m.items[0].Record.Version = 2
	m.items[0].Record.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000026", Family: "Elm", Given: "Bo", BirthDate: "1950-02-03"}
	one := "one"
	m.items[1].Record.DuplicateOf = &one
	m.arrival = Arrival{Contents: postroom.Contents{Message: postroom.Message{Body: "<script>alert(4)</script>"}},
		Originals: []Original{{Hash: "aa", Name: `..\..\"><script>alert(5)</script>.html`, MediaType: "text/html", Size: 1500, Problem: "it is no document"}}}
	if code, _ := get(t, c, a.Link()); code != http.StatusOK {
		t.Fatal(code)
	}
	return m, a, srv.URL, c
}

// Every page can be read, carries its token in each form, has one heading and names each
// of its inputs; what strangers wrote is text and nothing else.
func TestAfterPagesShowWhatStrangersWroteAsText(t *testing.T) {
	m, a, at, c := afterDesk(t)
	m.items[0].Record.Type.Code = postroom.FitNote
	m.back = []Returned{{Item: m.items[0], By: "ann", At: time.Now(), SendBy: time.Now().Add(-time.Hour)}}
	m.hits = []Hit{{Item: m.items[0], At: 7, Excerpt: []Part{{"<b>not bold</b>", true}}}}
	m.stats = []Stat{{time.Now().UTC().Format(time.DateOnly), "field", "<i>name</i>", 10, 1}}
	for _, path := range []string{"/search", "/search?q=ash", "/filed/one", "/filed/one?q=Ash", "/filed/two", "/filed/one/correct", "/filed/one/refile", "/filed/one/refile?find=ash",
		"/filed/one/withdraw", "/returns", "/returns?sent=1", "/returns/one", "/copies", "/copies/two", "/quarantine", "/quarantine/two", "/overdue", "/statistics", "/statistics?days=90"} {
		code, body := look(t, c, a, at+path)
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
		for _, bad := range []string{"<script>alert", "<img src=x", "<b>Ash", "<b>not bold", "<i>name", "javascript:", " style=", " onclick="} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%s has %d headings", path, n)
		}
		for _, form := range strings.Split(body, "<form")[1:] {
			form, _, _ = strings.Cut(form, "</form>")
			if strings.Contains(form, `method="post"`) && !strings.Contains(form, `name="token" value="`) {
				t.Errorf("%s: a form without its token: %.80s", path, form)
			}
		}
		ids := map[string]int{}
		for _, id := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if ids[id[1]]++; ids[id[1]] > 1 {
				t.Errorf("%s has the id %s twice", path, id[1])
			}
		}
		for _, in := range regexp.MustCompile(`<(?:input|select|textarea)\b[^>]*>`).FindAllString(body, -1) {
			if strings.Contains(in, `type="hidden"`) {
				continue
			}
			id := regexp.MustCompile(`\sid="([^"]*)"`).FindStringSubmatch(in)
			if id == nil || !strings.Contains(body, `for="`+id[1]+`"`) {
				t.Errorf("%s: an input without a label: %s", path, in)
			}
		}
	}
	for _, path := range []string{"/filed/none", "/copies/none", "/copies/one", "/quarantine/none", "/returns/none", "/filed/one/pdf/x", "/filed/one/original/bb", "/filed/two/correct"} {
		if code, _ := get(t, c, at+path); code != http.StatusNotFound && code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// What nobody has touched stands on top of the queue.
func TestOverdueStandsOnTop(t *testing.T) {
	_, _, at, c := afterDesk(t)
	if _, body := get(t, c, at+"/"); !strings.Contains(body, "waited longer than their priority allows") || strings.Index(body, "/overdue\">see") > strings.Index(body, "<table") {
		t.Error("the queue does not begin with what is overdue")
	}
	if _, body := get(t, c, at+"/overdue"); !strings.Contains(body, "waited longer than its priority allows") {
		t.Error("what is overdue is not listed")
	}
}

func TestSearchLeadsOnAndLightsUp(t *testing.T) {
	m, a, at, c := afterDesk(t)
	for i := range hitsAPage + 3 {
		m.hits = append(m.hits, Hit{Item: m.items[0], At: int64(1000 - i)})
	}
	_, body := look(t, c, a, at+"/search?q=ash&patient=9990000018&type=fit_note&from=1%2F2%2F2026")
	if m.searched.Words != "ash" || m.searched.Patient != "9990000018" || m.searched.Type != postroom.FitNote || m.searched.From != "1/2/2026" {
		t.Errorf("asked for %+v", m.searched)
	}
	if n := strings.Count(body, `<td><a href="/filed/`); n != hitsAPage {
		t.Errorf("%d hits on the page", n)
	}
	next := regexp.MustCompile(`href="(/search\?find=[^"]*)"`).FindStringSubmatch(body)
	if next == nil {
		t.Fatal("nothing leads to the next page")
	}
	get(t, c, at+strings.ReplaceAll(next[1], "&amp;", "&"))
	if m.searched.Before != 976 || m.searched.Words != "ash" {
		t.Errorf("the next page asks for %+v", m.searched)
	}
	if code, body := look(t, c, a, at+"/search?from=never"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "31/12/2026") {
		t.Errorf("a wrong date: %d", code)
	}
	// The word Ash stands at 10,40 to 60,50 of a page of 100 by 200.
	if _, body := look(t, c, a, at+"/filed/one?q=ash"); !strings.Contains(body, `<rect x="0.1" y="0.2" width="0.5" height="0.05"`) {
		t.Error("what was looked for is not lit up")
	}
}

// What is looked for is a patient's: it stands in no address, neither of the page that shows what
// was found nor of any to which that leads, and outlives no session.
func TestWhatIsLookedForStandsInNoAddress(t *testing.T) {
	m, a, at, c := afterDesk(t)
	for range hitsAPage + 1 {
		m.hits = append(m.hits, Hit{Item: m.items[0], At: 7})
	}
	var seen []string
	c.CheckRedirect = func(r *http.Request, _ []*http.Request) error { seen = append(seen, r.URL.String()); return nil }
	tells := regexp.MustCompile(`(?i)ashworth|9990000018`)
	for path, field := range map[string]string{"/search": "patient", "/filed/one/look": "q", "/filed/one/refile/find": "find"} {
		for _, what := range []string{"Ashworth", "9990000018", "أشوورث"} {
			code, body := post(t, c, at+path, url.Values{"token": {a.Token(t.Context())}, field: {what}})
			if code != http.StatusOK || !strings.Contains(body, `value="`+what+`"`) {
				t.Errorf("%s of %s: %d", path, what, code)
			}
			for _, link := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
				seen = append(seen, link[1])
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d addresses", len(seen))
	}
	for _, address := range seen {
		if plain, err := url.QueryUnescape(address); err != nil || tells.MatchString(plain) || strings.Contains(plain, "أشوورث") {
			t.Errorf("%s tells whom somebody looked for", address)
		}
	}
	if code, body := post(t, c, at+"/search", url.Values{"token": {a.Token(t.Context())}, "q": {strings.Repeat("ash ", 1000)}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "use fewer words") {
		t.Errorf("more than an address holds: %d", code)
	}
	found := ""
	for _, address := range seen {
		if strings.Contains(address, "/search?find=") {
			found = address
		}
	}
	a.token += "of another session"
	if _, body := get(t, c, at+"/search?"+strings.SplitN(found, "?", 2)[1]); !strings.Contains(body, lostSearch) || tells.MatchString(body) {
		t.Error("another session can read it")
	}
}

// Another patient needs two steps, and only the second changes something.
func TestAnotherPatientTakesTwoSteps(t *testing.T) {
	m, a, at, c := afterDesk(t)
	form := url.Values{"token": {a.Token(t.Context())}, "revision": {"3"}, "type": {"fit_note"}, "patient": {"p1"}, "field.birth_date": {"3/2/1950"}}
	if code, body := post(t, c, at+"/filed/one/refile", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "reason is missing") || len(m.changes) != 0 {
		t.Errorf("without a reason: %d", code)
	}
	form.Set("why", "wrong_patient")
	code, body := post(t, c, at+"/filed/one/refile", form)
	if code != http.StatusOK || len(m.changes) != 0 {
		t.Fatalf("the first step changes something: %d, %v", code, m.changes)
	}
	for _, want := range []string{"Elm, Bo", "999\u00a0000\u00a00026", "&lt;b&gt;Ash&lt;/b&gt;, Eve", "999 000 0018", "gp system", `name="confirmed" value="yes"`, `name="field.birth_date" value="3/2/1950"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the second step does not show %q", want)
		}
	}
	form.Set("confirmed", "yes")
	form.Set("revision", "2")
	if code, _ := post(t, c, at+"/filed/one/refile", form); code != http.StatusConflict || len(m.changes) != 0 {
		t.Errorf("a version that was not seen: %d", code)
	}
	form.Set("revision", "3")
	if code, _ := post(t, c, at+"/filed/one/refile", form); code != http.StatusOK || len(m.changes) != 1 {
		t.Fatalf("confirmed: %d, %v", code, m.changes)
	}
	if g := m.changes[0]; g.Action != "refile" || g.Patient != "p1" || g.By != "ann" || g.Why != "it was filed to the wrong patient" || g.Document != "one" {
		t.Errorf("%+v", g)
	}
	form.Set("patient", "stranger")
	form.Del("confirmed")
	if code, body := post(t, c, at+"/filed/one/refile", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "No patient is chosen") {
		t.Errorf("nobody of the list: %d", code)
	}
}

func TestFormsAfterFiling(t *testing.T) {
	m, a, at, c := afterDesk(t)
	m.back = []Returned{{Item: m.items[0]}}
	form := func(pairs ...string) url.Values {
		v := url.Values{"token": {a.Token(t.Context())}, "revision": {"3"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	// What was typed stays, beside what is wrong with it.
	code, body := post(t, c, at+"/filed/one/correct", form("type", "fit_note", "patient", "p1", "why", "misread", "field.letter_date", "never"))
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "this is no date") || !strings.Contains(body, `value="never"`) {
		t.Errorf("a wrong date: %d", code)
	}
	if code, _ := post(t, c, at+"/filed/one/correct", form("type", "fit_note", "patient", "p1", "why", "misread", "field.letter_date", "1/2/2026")); code != http.StatusOK || len(m.changes) != 1 {
		t.Errorf("a correction: %d", code)
	}
	if code, _ := post(t, c, at+"/filed/one/withdraw", form()); code != http.StatusUnprocessableEntity || len(m.changes) != 1 {
		t.Errorf("a withdrawal that was not confirmed: %d", code)
	}
	if code, _ := post(t, c, at+"/filed/one/withdraw", form("confirmed", "yes")); code != http.StatusOK || len(m.changes) != 2 || m.changes[1].Action != "withdraw" || m.changes[1].Why == "" {
		t.Errorf("a withdrawal: %d", code)
	}
	for path, v := range map[string]url.Values{"/filed/one/undo": form(), "/filed/one/note": form("note", " look here "), "/filed/one/assign": form("whom", "me"), "/document/two/return": form(),
		"/returns/one/sent": form("how", "post"), "/copies/two/keep": form(), "/copies/two/copy": form(), "/quarantine/two/retry": form(), "/quarantine/two/release": form(), "/quarantine/two/discard": form("why", "again")} {
		without := url.Values{}
		for k, x := range v {
			if k != "token" {
				without[k] = x
			}
		}
		before := len(m.did)
		if code, _ := post(t, c, at+path, without); code != http.StatusForbidden || len(m.did) != before {
			t.Errorf("%s without its token: %d", path, code)
		}
		if code, _ := post(t, c, at+path, v); code != http.StatusOK && code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
		if strings.HasPrefix(path, "/copies") || strings.HasPrefix(path, "/quarantine") || strings.HasPrefix(path, "/document") {
			v.Set("revision", "x")
			if code, _ := post(t, c, at+path, v); code != http.StatusUnprocessableEntity {
				t.Errorf("%s without a version: %d", path, code)
			}
		}
	}
	slices.Sort(m.did)
	if got, want := strings.Join(m.did, "\n"), "assign one ann to ann\nback two 3\nkeep two 3\nnote one ann look here\nrelease two 3\nretry two 3\nsent one ann post\nundo ann one"; got != want {
		t.Errorf("was done:\n%s\nwant:\n%s", got, want)
	}
	m.undo = ErrNothingToUndo
	if code, _ := post(t, c, at+"/filed/one/undo", form()); code != http.StatusConflict {
		t.Errorf("nothing to undo: %d", code)
	}
	if code, _ := post(t, c, at+"/filed/one/assign", form("to", " ")); code != http.StatusUnprocessableEntity {
		t.Errorf("given to nobody: %d", code)
	}
}

// What strangers sent is saved, never shown.
func TestOriginalsAreOnlySaved(t *testing.T) {
	_, _, at, c := afterDesk(t)
	res, err := c.Get(at + "/filed/one/original/aa")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	h := res.Header
	if h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%v", h)
	}
	if d := h.Get("Content-Disposition"); strings.ContainsAny(d, `<>\`) || strings.Contains(d, "..") || !strings.Contains(d, ".bin") {
		t.Errorf("the name: %s", d)
	}
	res, err = c.Get(at + "/filed/one/pdf/2")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if d := res.Header.Get("Content-Disposition"); d != "attachment; filename=document-one-v2.pdf" {
		t.Errorf("the PDF: %s", d)
	}
}

func TestNamesOfOriginals(t *testing.T) {
	for in, want := range map[string]string{"Letter (2).PDF": "Letter (2).PDF", "../../etc/passwd": "passwd.bin", `C:\x\run.exe`: "run.exe.bin", "": "file.bin", "a\r\nb.pdf": "a__b.pdf", "x.html": "x.html.bin",
		"x.svg": "x.svg.bin", "résumé.tif": "résumé.tif", "\u202efdp.exe": "_fdp.exe.bin", "...": "file.bin"} {
		if got := safeName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("../x.html")
	f.Fuzz(func(t *testing.T, name string) {
		if got := safeName(name); got == "" || strings.ContainsAny(got, "/\\\"<>\r\n\x00") || strings.HasPrefix(got, ".") {
			t.Errorf("%q becomes %q", name, got)
		}
	})
}

// The letter that goes back names nobody.
func TestTheLetterBackNamesNoPatient(t *testing.T) {
	rec := postroom.Record{DocumentID: "0123456789abcdef", Type: postroom.TypeGuess{Code: postroom.LabReport}, Pages: make([]postroom.RecordPage, 2),
		Patient: postroom.RecordPatient{Family: "Ash", Given: "Eve", NHSNumber: "9990000018"}, Fields: map[postroom.FieldName]postroom.Field{postroom.PatientName: {Value: "Eve Ash"}},
		Message: postroom.RecordMessage{Received: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Subject: "Ash"},
		Return:  &postroom.Return{Why: "left", Organisation: "A Hospital", Department: "Cardiology", LetterDate: "2026-02-27", Priority: "same_day"}}
	text := returnText(rec, "Ann")
	for _, want := range []string{"Cardiology, A Hospital", "27 February 2026", "2 pages", "2 March 2026", "no longer a patient", "today", "01234567", "Ann"} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter does not say %q:\n%s", want, text)
		}
	}
	for _, never := range []string{"Ash", "Eve", "9990000018", "999 000"} {
		if strings.Contains(text, never) {
			t.Errorf("the letter says %q", never)
		}
	}
}
