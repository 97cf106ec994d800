package review

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// A memoryDesk is a state of two documents, for the pages' sake.
type memoryDesk struct {
	memoryAfter
	memoryArranging
	items   []Item
	pages   []postroom.Page
	files   []Decision
	refuse  error
	claimed string
	asked   Filter // of the queue, the last time
	views   []View
}

func (m *memoryDesk) Next(_ context.Context, f Filter, after, who string) (string, error) {
	m.asked = f
	from := 1 + slices.IndexFunc(m.items, func(it Item) bool { return it.Record.DocumentID == after })
	for i := range m.items {
		it := m.items[(from+i)%len(m.items)]
		if it.Record.DocumentID != after && (it.ClaimedBy == "" || it.ClaimedBy == who) && (it.Assigned == "" || it.Assigned == who) {
			return it.Record.DocumentID, nil
		}
	}
	return "", nil
}
func (m *memoryDesk) QueueCount(_ context.Context, f Filter) (int, error) { return 17, nil }
func (m *memoryDesk) Views(context.Context, string) ([]View, error)       { return m.views, nil }
func (m *memoryDesk) SaveView(_ context.Context, who string, v View) error {
	if v.Name == "" {
		return postroom.Bad(nil, "the view has no name", "give it a short name")
	}
	m.views = append(m.views, v)
	return nil
}
func (m *memoryDesk) DropView(_ context.Context, _ string, drop View) error {
	m.views = slices.DeleteFunc(m.views, func(v View) bool { return v.Name == drop.Name && v.Shared == drop.Shared })
	return nil
}
func (m *memoryDesk) Normal(name postroom.FieldName, value string) (string, error) {
	if name == postroom.NHSNumberField {
		n, err := postroom.ParseNHSNumber(value)
		return n.Digits(), err
	}
	return value, nil
}

func (m *memoryDesk) Queue(_ context.Context, f Filter) ([]Item, error) {
	m.asked = f
	if f.Limit > 0 && f.Limit < len(m.items) {
		return m.items[:f.Limit], nil
	}
	return m.items, nil
}
func (m *memoryDesk) Counts(context.Context) ([]Count, error) {
	return []Count{{Type: postroom.LabReport, Source: "inbox", State: postroom.InReview, Urgent: true, Why: 1, N: len(m.items)}}, nil
}
func (m *memoryDesk) Document(_ context.Context, id string) (Item, error) {
	for _, it := range m.items {
		if it.Record.DocumentID == id {
			return it, nil
		}
	}
	return Item{}, ErrNoDocument
}
func (m *memoryDesk) Pages(context.Context, string) ([]postroom.Page, error) { return m.pages, nil }
func (m *memoryDesk) Image(context.Context, string, int, int) ([]byte, error) {
	return []byte("\x89PNG\r\n\x1a\n"), nil
}
func (m *memoryDesk) Claim(_ context.Context, _, who string) error {
	if m.claimed != "" && m.claimed != who {
		return ErrClaimed
	}
	return nil
}
func (m *memoryDesk) Release(context.Context, string, string) error { return nil }
func (m *memoryDesk) File(_ context.Context, d Decision) error {
	if m.refuse == nil {
		m.files = append(m.files, d)
	}
	return m.refuse
}
func (m *memoryDesk) Discard(context.Context, Decision, string) error { return m.refuse }
func (m *memoryDesk) Patients(context.Context, string) ([]postroom.Patient, error) {
	return []postroom.Patient{{ID: "p1", Number: "9990000018", Family: "<b>Ash</b>", Given: "Eve", BirthDate: "1950-02-03"}}, nil
}

func newMemoryDesk() *memoryDesk {
	rec := func(id string) postroom.Record {
		return postroom.Record{DocumentID: id, Type: postroom.TypeGuess{Code: postroom.LabReport, Confidence: 0.8}, Urgent: true,
			Reasons: []string{"<script>alert(1)</script> is unsure"}, Pages: []postroom.RecordPage{{Page: 1}},
			Message: postroom.RecordMessage{From: `"><img src=x onerror=alert(1)>`, Received: time.Now()},
			Fields: map[postroom.FieldName]postroom.Field{
				postroom.NHSNumberField: {Value: "9990000018", Text: "999 000 0018", Confidence: 0.99, Valid: true, Page: 1, Box: postroom.Box{10, 10, 60, 20}},
				postroom.PatientName:    {Value: "Ash", Text: "Ash", Confidence: 0.99, Valid: true, Page: 1, Box: postroom.Box{10, 40, 60, 50}},
				postroom.LetterDate:     {Value: "2026-01-02", Text: "2.1.26", Confidence: 0.5, Valid: true},
				postroom.BirthDate:      {Value: "1950-02-03", Text: "3.2.50", Confidence: 0.99, Valid: true},
			}}
	}
	return &memoryDesk{items: []Item{{Record: rec("one"), Revision: 3, State: "review", Source: "inbox"}, {Record: rec("two"), Revision: 1, State: "review"}},
		pages: []postroom.Page{{Width: 100, Height: 200, Words: []postroom.Word{
			{Text: "9990000018", Other: "9990000013", Box: postroom.Box{10, 10, 60, 20}}, {Text: "Ash", Box: postroom.Box{10, 40, 60, 50}}}}}}
}

func newTestDesk(t *testing.T) (*memoryDesk, *LocalAccess, *httptest.Server, *http.Client) {
	m := newMemoryDesk()
	var h http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	a := NewLocalAccess(strings.TrimPrefix(srv.URL, "http://"), Person{ID: "ann", Name: "Ann"})
	h = New(Config{Desk: m, Access: a})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return m, a, srv, &http.Client{Jar: jar}
}

func get(t *testing.T, c *http.Client, address string) (int, string) {
	t.Helper()
	res, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

func post(t *testing.T, c *http.Client, address string, v url.Values) (int, string) {
	t.Helper()
	res, err := c.PostForm(address, v)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

// look opens an address; what is looked for is sent as the forms do, and leads to its page.
func look(t *testing.T, c *http.Client, a *LocalAccess, address string) (int, string) {
	t.Helper()
	path, query, _ := strings.Cut(address, "?")
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Has("q") && !v.Has("find") && !strings.HasSuffix(path, "/search") {
		return get(t, c, address)
	}
	v.Set("token", a.Token(t.Context()))
	switch {
	case strings.HasSuffix(path, "/refile"):
		path += "/find"
	case strings.Contains(path, "/filed/"):
		path += "/look"
	}
	return post(t, c, path, v)
}

func read(t *testing.T, res *http.Response) (int, string) {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("%s has no content security policy", res.Request.URL.Path)
	}
	return res.StatusCode, string(b)
}

func TestNobodyComesInWithoutTheLink(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	for _, path := range []string{"/", "/document/one", "/document/one/page/1", "/document/one/words", "/search?find=ash", "/assets/desk.js", "/?key=wrong", "/?key="} {
		if code, body := get(t, c, srv.URL+path); code != http.StatusUnauthorized || strings.Contains(body, "Ash") {
			t.Errorf("%s answers %d", path, code)
		}
	}
	if code, _ := get(t, c, a.Link()); code != http.StatusOK {
		t.Fatalf("the link answers %d", code)
	}
	for _, token := range []string{"", "wrong"} {
		if code, _ := post(t, c, srv.URL+"/document/one/file", url.Values{"token": {token}, "revision": {"3"}}); code != http.StatusForbidden || len(m.files) > 0 {
			t.Errorf("a form with the token %q answers %d", token, code)
		}
	}
	req, _ := http.NewRequest("GET", srv.URL+"/", nil)
	req.Host = "evil.example"
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := read(t, res); code != http.StatusMisdirectedRequest {
		t.Errorf("another host name answers %d", code)
	}
}

func TestADocumentIsShownAndFiled(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	if code, body := get(t, c, a.Link()); code != http.StatusOK || !strings.Contains(body, "<strong>2</strong> wait") || strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
		t.Fatalf("the queue answers %d:\n%s", code, body)
	}
	_, body := get(t, c, srv.URL+"/next")
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "<b>Ash") {
		t.Error("markup of a document reaches the page")
	}
	// The number was read two ways: neither reading is shown, anywhere.
	if strings.Contains(body, "999 000 0018") || strings.Contains(body, `value="9990000018"`) || !strings.Contains(body, "data-blind") {
		t.Error("the disputed number is shown")
	}
	if _, words := get(t, c, srv.URL+"/document/one/words"); strings.Contains(words, "9990000018") || !strings.Contains(words, "Ash") {
		t.Errorf("words: %s", words)
	}
	// Doubtful values come first.
	if strings.Index(body, "field.letter_date") > strings.Index(body, "field.patient_name") {
		t.Error("a sure value stands before a doubtful one")
	}
	v := url.Values{"token": {a.Token(t.Context())}, "revision": {"3"}, "type": {"fit_note"}, "patient": {"p1"}, "field.patient_name": {"Ash"}, "field.nhs_number": {"999 000 0018"}}
	if code, body := post(t, c, srv.URL+"/document/one/file", v); code != http.StatusOK || !strings.Contains(body, `data-document="two"`) {
		t.Errorf("filing answers %d and does not show the next document", code)
	}
	if len(m.files) != 1 || m.files[0].Revision != 3 || m.files[0].By != "ann" || m.files[0].Type != postroom.FitNote || m.files[0].Fields[postroom.PatientName] != "Ash" {
		t.Errorf("filed %+v", m.files)
	}
	m.refuse = ErrChanged
	if code, body := post(t, c, srv.URL+"/document/one/file", v); code != http.StatusConflict || !strings.Contains(body, "in the meantime") {
		t.Errorf("a changed document answers %d", code)
	}
	m.refuse = postroom.Bad(nil, "the birth date is another's", "")
	v.Set("field.patient_name", "What I typed")
	if code, body := post(t, c, srv.URL+"/document/one/file", v); code != http.StatusUnprocessableEntity || !strings.Contains(body, "the birth date is another") || !strings.Contains(body, "What I typed") {
		t.Errorf("a refusal answers %d and loses what was typed", code)
	}
	m.claimed = "bob"
	if _, body := get(t, c, srv.URL+"/document/one"); strings.Contains(body, `id="accept"`) || !strings.Contains(body, "Somebody else has this document open") {
		t.Error("a document that is open elsewhere can be decided")
	}
	m.items[0].ClaimedBy, m.items[0].Until = "bob", time.Now().Add(90*time.Second)
	if _, body := get(t, c, srv.URL+"/document/one"); !strings.Contains(body, "bob has this document open, for 2 min more") {
		t.Error("who has it open, and how long, is not shown")
	}
	if code, _ := get(t, c, srv.URL+"/document/nothing"); code != http.StatusNotFound {
		t.Errorf("no such document answers %d", code)
	}
}

// What was read two ways is keyed by somebody who saw neither: it must be keyed, what is neither
// reading is keyed twice, and no page shows either before.
func TestBlindKeying(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	get(t, c, a.Link())
	m.pages[0].Words = []postroom.Word{{Text: "999", Box: postroom.Box{10, 10, 25, 20}}, {Text: "000", Box: postroom.Box{26, 10, 40, 20}}, {Text: "0018", Other: "0026", Box: postroom.Box{41, 10, 60, 20}},
		{Text: "Ash", Box: postroom.Box{10, 40, 60, 50}}}
	for _, path := range []string{"/document/one", "/document/one/words", "/document/one/sheet", "/filed/one", "/filed/one?q=999"} {
		if _, body := get(t, c, srv.URL+path); strings.Contains(body, "0018") || strings.Contains(body, "0026") || strings.Contains(body, "000") && strings.HasSuffix(path, "words") {
			t.Errorf("%s shows a reading: %s", path, body)
		}
	}
	v := url.Values{"token": {a.Token(t.Context())}, "revision": {"3"}, "type": {"fit_note"}, "patient": {"p1"}, "field.patient_name": {"Ash"}}
	refused := func(what, says string) {
		t.Helper()
		if code, body := post(t, c, srv.URL+"/document/one/file", v); code != http.StatusUnprocessableEntity || !strings.Contains(body, says) || len(m.files) > 0 {
			t.Errorf("%s: %d, filed %+v", what, code, m.files)
		}
	}
	filed := func(what, number string) {
		t.Helper()
		if code, _ := post(t, c, srv.URL+"/document/one/file", v); code != http.StatusOK || len(m.files) != 1 || m.files[0].Fields[postroom.NHSNumberField] != number {
			t.Errorf("%s: %d, filed %+v", what, code, m.files)
		}
		m.files = nil
	}
	refused("nothing", "was not keyed")
	v.Set("field.nhs_number", " ")
	refused("next to nothing", "was not keyed")
	v.Set("field.nhs_number", "999 000 0034")
	refused("neither reading", `name="keyed.nhs_number" value="9990000034"`)
	v.Set("keyed.nhs_number", "9990000042")
	refused("another one the second time", "neither of the two readings")
	v.Set("keyed.nhs_number", "9990000034")
	filed("the same twice", "999 000 0034")
	v.Del("keyed.nhs_number")
	for _, reading := range []string{"9990000018", "999-000-0026"} {
		v.Set("field.nhs_number", reading)
		filed("a reading", reading)
	}
	v.Set("field.nhs_number", "-")
	filed("what cannot be read", "")
}

func TestBoxesAreTurnedWithThePage(t *testing.T) {
	for turn, want := range map[int][4]float64{0: {.1, .2, .3, .4}, 90: {.6, .1, .8, .3}, 180: {.7, .6, .9, .8}, 270: {.2, .7, .4, .9}} {
		got := shares(postroom.Page{Width: 100, Height: 1000, Rotation: turn}, postroom.Box{10, 200, 30, 400})
		for i := range got {
			if d := got[i] - want[i]; d > 1e-9 || d < -1e-9 {
				t.Errorf("turned by %d: %v, want %v", turn, got, want)
				break
			}
		}
	}
}

func TestDatesAsPeopleHereWriteThem(t *testing.T) {
	for monthFirst, want := range map[bool][2]string{false: {`data-dates="dmy"`, `value="03/02/1950"`}, true: {`data-dates="mdy"`, `value="02/03/1950"`}} {
		s := newServer(Config{Desk: newMemoryDesk(), Access: &seat{who: Person{ID: "ann", Role: Clerk}}, MonthFirst: monthFirst})
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/document/one", nil))
		for _, part := range want {
			if !strings.Contains(w.Body.String(), part) {
				t.Errorf("month first %t: no %s", monthFirst, part)
			}
		}
	}
}

func TestByWhatPatientsAreFound(t *testing.T) {
	p := postroom.Patient{ID: "L77", Number: "9990000018", Family: "Ash Grove", Given: "Eve Mary", BirthDate: "1950-02-03", OtherNames: []string{"Elm"}}
	for query, want := range map[string]string{"999 000 0018": "by the number", "l77": "by the number", "ash": "by family name", "grove, eve": "by family name and given name", "3/2/1950": "by birth date", "elm": "by another name: Elm",
		"mary 1950-02-03": "by given name and birth date"} {
		if got := whyFound(p, query); got != want {
			t.Errorf("%q: %q", query, got)
		}
	}
}
