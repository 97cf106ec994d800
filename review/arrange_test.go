package review

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

type memoryArranging struct {
	moved    []PageChange
	siblings []Item
	refused  error
}

func (m *memoryArranging) Siblings(context.Context, string) ([]Item, error) { return m.siblings, nil }
func (m *memoryArranging) ChangePages(_ context.Context, c PageChange) (string, error) {
	if m.refused != nil {
		return "", m.refused
	}
	m.moved = append(m.moved, c)
	return c.Document, nil
}

func TestPagesArePutRight(t *testing.T) {
	m, a, srv, c := newTestDesk(t)
	if code, _ := get(t, c, a.Link()); code != http.StatusOK {
		t.Fatal(code)
	}
	one := &m.items[0].Record
	one.Pages = []postroom.RecordPage{{Page: 1}, {Page: 2}, {Page: 3}}
	one.OtherPages = []postroom.OtherPage{{Attachment: "x.tif", Page: 4, Fate: postroom.FateQuarantined}, {Attachment: `<b>y</b>.tif`, Page: 5, Fate: postroom.FateCover}}
	other := "0123456789abcdef0123456789abcdef"
	m.siblings = []Item{{Record: postroom.Record{DocumentID: other, Pages: []postroom.RecordPage{{Page: 9}}}, Revision: 7, State: "review"}, {Record: postroom.Record{DocumentID: "filed"}, State: "filed"}}
	address := srv.URL + "/document/one/pages"
	_, body := get(t, c, address)
	for _, want := range []string{"Split before page 2", "Split before page 3", "Move page 1 there", "&lt;b&gt;y&lt;/b&gt;.tif", other + " 7", `src="/document/one/page/3?v=3&amp;size=small"`, `src="/document/one/page/5?v=3&amp;size=small"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"Split before page 1", "x.tif", "filed 0"} {
		if strings.Contains(body, not) {
			t.Errorf("the page has %q", not)
		}
	}
	for form, want := range map[string]PageChange{
		"do=split&page=2":                         {Action: "split", Page: 2},
		"do=up&page=3&count=3":                    {Action: "order", Page: 3, Order: []int{1, 3, 2}},
		"do=down&page=1&count=3":                  {Action: "order", Page: 1, Order: []int{2, 1, 3}},
		"do=cover&page=1":                         {Action: "mark", Page: 1, Fate: postroom.FateCover},
		"do=junk&page=1":                          {Action: "mark", Page: 1, Fate: postroom.FateJunk},
		"do=blank&page=2":                         {Action: "mark", Page: 2, Fate: postroom.FateBlank},
		"do=left&page=2":                          {Action: "turn", Page: 2, Turn: 270},
		"do=over&page=2":                          {Action: "turn", Page: 2, Turn: 180},
		"do=right&page=2":                         {Action: "turn", Page: 2, Turn: 90},
		"do=move&page=1&with=" + other + "+7":     {Action: "move", Page: 1, With: other, WithRevision: 7},
		"do=merge&with=" + other + "+7":           {Action: "merge", With: other, WithRevision: 7},
		"do=take&other=1":                         {Action: "take", Other: 1},
		"do=split&page=2&document=two&by=bob&x=1": {Action: "split", Page: 2},
	} {
		v, _ := url.ParseQuery(form)
		v.Set("token", a.Token(t.Context()))
		v.Set("revision", "3")
		m.moved = nil
		want.Document, want.By, want.Revision = "one", "ann", 3
		if code, _ := post(t, c, address, v); code != http.StatusOK || len(m.moved) != 1 || fmt.Sprint(m.moved[0]) != fmt.Sprint(want) {
			t.Errorf("%s: %d, %+v", form, code, m.moved)
		}
	}
	m.moved = nil
	for _, form := range []string{"", "do=burn&page=1", "do=split&page=x", "do=up&page=1&count=3", "do=down&page=3&count=3", "do=up&page=4&count=3", "do=up&page=2&count=99999999", "do=merge", "do=move&page=1&with=nonsense", "do=take"} {
		v, _ := url.ParseQuery(form)
		v.Set("token", a.Token(t.Context()))
		v.Set("revision", "3")
		if code, _ := post(t, c, address, v); code != http.StatusUnprocessableEntity || len(m.moved) != 0 {
			t.Errorf("%q: %d, %+v", form, code, m.moved)
		}
	}
	v := url.Values{"token": {a.Token(t.Context())}, "revision": {"3"}, "do": {"split"}, "page": {"2"}}
	m.refused = ErrChanged
	if code, body := post(t, c, address, v); code != http.StatusConflict || !strings.Contains(body, "Nothing of yours was applied") {
		t.Errorf("%d %s", code, body)
	}
	m.claimed = "bob"
	if _, body := get(t, c, address); strings.Contains(body, `name="do"`) || !strings.Contains(body, "Somebody else") {
		t.Error("what somebody else has open can be changed")
	}
}
