package review

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// What two readings of a document that waits disagree about is in no answer of the desk, whichever
// way somebody comes to it: neither where it was read nor where else it stands.
func TestNoAnswerTellsWhatIsToBeKeyed(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	get(t, c, a.Link())
	at := postroom.Box{10, 10, 60, 20}
	two := "two"
	for i := range m.items {
		r := &m.items[i].Record
		r.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000018", Family: "Ash", Given: "Eve", BirthDate: "1950-02-03"}
		r.Text = []string{"NHS number 999 000 0018"}
		r.Fields[postroom.NHSNumberField] = postroom.Field{Value: "9990000018", Text: "999 000 0018", Confidence: 0.99, Valid: true, Page: 1, Box: at,
			Why: "a label; a second reading says 999 000 0026", Proposal: "9990000026"}
	}
	m.items[0].Record.DuplicateOf = &two
	m.pages[0].Words = []postroom.Word{{Text: "999", Box: postroom.Box{10, 10, 25, 20}}, {Text: "000", Box: postroom.Box{26, 10, 40, 20}}, {Text: "0018", Other: "0026", Box: postroom.Box{41, 10, 60, 20}},
		// It stands once more at the foot of the page, where nobody doubts it.
		{Text: "No.", Box: postroom.Box{10, 90, 15, 99}, Line: 3}, {Text: "999", Box: postroom.Box{16, 90, 25, 99}, Line: 3}, {Text: "000", Box: postroom.Box{26, 90, 40, 99}, Line: 3}, {Text: "0018", Box: postroom.Box{41, 90, 60, 99}, Line: 3},
		{Text: "Ash", Box: postroom.Box{10, 40, 60, 50}, Line: 1}}
	for _, it := range m.items {
		m.hits = append(m.hits, Hit{Item: it, Excerpt: []Part{{Text: "NHS number"}, {Text: "999 000 0018", Hit: true}}})
	}
	m.back = []Returned{{Item: m.items[1]}}
	tells := regexp.MustCompile(`999[^0-9<]{0,6}000[^0-9<]{0,6}00(18|26)|"t":"00(18|26)"`)
	if !tells.MatchString("999\u00a0000\u00a00018") {
		t.Fatal("nothing is proved")
	}
	asked := 0
	for route := range routeActions {
		method, path, _ := strings.Cut(route, " ")
		if method != "GET" || path == "/patients" { // the practice's list says nothing of a document
			continue
		}
		path = strings.NewReplacer("{$}", "", "{id}", "one", "{n}", "1", "{version}", "1", "{hash}", "x", "{account}", "ann").Replace(path)
		for _, q := range []string{"", "?q=0018", "?q=ash&patient=ash", "?ahead=1"} {
			_, body := get(t, c, srv.URL+path+q)
			if found := tells.FindString(body); found != "" {
				t.Errorf("%s%s tells %q", path, q, found)
			}
			asked++
		}
	}
	if asked < 100 {
		t.Errorf("only %d answers", asked)
	}
	if _, body := get(t, c, srv.URL+"/document/one/words"); !strings.Contains(body, "Ash") || strings.Contains(body, "000") {
		t.Errorf("the words to pick from: %s", body)
	}
	if _, body := look(t, c, a, srv.URL+"/search?q=ash"); !strings.Contains(body, "Not shown before the values are keyed") {
		t.Error("the search does not say why there is no patient")
	}
	// A refusal tells nothing either.
	v := url.Values{"token": {a.Token(t.Context())}, "revision": {"3"}, "type": {"fit_note"}, "field.nhs_number": {"999 000 0034"}}
	if code, body := post(t, c, srv.URL+"/document/one/file", v); code != http.StatusUnprocessableEntity || tells.MatchString(body) {
		t.Errorf("a refusal: %d", code)
	}
	// Once it was decided it is shown as any other.
	for i := range m.items {
		m.items[i].State = string(postroom.Filed)
		m.hits[i].Item = m.items[i]
	}
	for _, path := range []string{"/filed/one", "/search?q=ash"} {
		if _, body := look(t, c, a, srv.URL+path); !tells.MatchString(body) {
			t.Errorf("%s still hides it", path)
		}
	}
}
