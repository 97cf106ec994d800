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
	Lit   string          // what to light up, sealed for a document's address
	Blind map[string]bool // whose patient is not shown, by document
}

func searchOf(v url.Values) SearchQuery {
	q := SearchQuery{Words: v.Get("q"), Patient: v.Get("patient"), Sender: v.Get("sender"), Type: postroom.TypeCode(v.Get("type")),
		State: postroom.Status(v.Get("state")), From: v.Get("from"), To: v.Get("to"), Limit: hitsAPage + 1}
	q.Before, _ = strconv.ParseInt(v.Get("before"), 10, 64)
	return q
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	looked, lost := s.sealed(r)
	q := searchOf(looked)
	q.Sources = s.sources(r)
	data := searchPage{Query: q, Types: postroom.Types}
	data.Asked = q.Words+q.Patient+q.Sender+q.From+q.To+string(q.Type)+string(q.State) != ""
	p := page{Title: "Search"}
	if lost {
		p.Error = lostSearch
	}
	if terms := strings.TrimSpace(q.Words + " " + q.Patient + " " + q.Sender); terms != "" {
		var err error
		if data.Lit, err = s.seal(r, url.Values{"q": {terms}}); err != nil {
			s.fail(w, r, err)
			return
		}
	}
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
		looked.Set("before", strconv.FormatInt(data.Hits[hitsAPage-1].At, 10))
		more, err := s.seal(r, looked)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		data.More = "/search?find=" + more
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

// searchFor takes what is looked for out of the form.
func (s *server) searchFor(w http.ResponseWriter, r *http.Request) {
	s.lookFor(w, r, "/search", "q", "patient", "sender", "type", "state", "from", "to")
}
