package review

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

// hitsAPage is how many documents a page of results shows.
const hitsAPage = 25

type searchPage struct {
	Query SearchQuery
	Asked bool
	Hits  []Hit
	Types []postroom.DocumentType
	More  string          // the address of the next page; "" on the last
	Terms string          // the words to light up, for a document's address
	Blind map[string]bool // whose patient is not shown, by document
}

func searchOf(v url.Values) SearchQuery {
	q := SearchQuery{Words: v.Get("q"), Patient: v.Get("patient"), Sender: v.Get("sender"), Type: postroom.TypeCode(v.Get("type")),
		State: postroom.Status(v.Get("state")), From: v.Get("from"), To: v.Get("to"), Limit: hitsAPage + 1}
	q.Before, _ = strconv.ParseInt(v.Get("before"), 10, 64)
	return q
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	q := searchOf(r.URL.Query())
	q.Sources = s.sources(r)
	data := searchPage{Query: q, Types: postroom.Types}
	data.Asked = q.Words+q.Patient+q.Sender+q.From+q.To+string(q.Type)+string(q.State) != ""
	data.Terms = strings.TrimSpace(q.Words + " " + q.Patient + " " + q.Sender)
	p := page{Title: "Search"}
	status := http.StatusOK
	if data.Asked {
		var err error
		data.Hits, err = s.Desk.Search(r.Context(), q)
		switch {
		case postroom.IsBadInput(err):
			status, p.Error = http.StatusUnprocessableEntity, postroom.ReasonOf(err, "")
		case err != nil:
			s.fail(w, r, err)
			return
		}
	}
	if len(data.Hits) > hitsAPage {
		data.Hits = data.Hits[:hitsAPage]
		v := url.Values{}
		for name, value := range map[string]string{"q": q.Words, "patient": q.Patient, "sender": q.Sender, "type": string(q.Type), "state": string(q.State), "from": q.From, "to": q.To} {
			if value != "" {
				v.Set(name, value)
			}
		}
		v.Set("before", strconv.FormatInt(data.Hits[hitsAPage-1].At, 10))
		data.More = "/search?" + v.Encode()
	}
	data.Blind = map[string]bool{}
	data.Hits = slices.Clone(data.Hits)
	for i, h := range data.Hits {
		shield, err := ShieldOf(r.Context(), s.Desk, h.Item)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if shield.Any() {
			data.Hits[i].Item, data.Hits[i].Excerpt, data.Blind[h.Record.DocumentID] = shield.Item(h.Item), nil, true
		}
	}
	p.Data = data
	s.show(w, r, status, "search", p)
}
