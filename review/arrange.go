package review

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/postroom/postroom"
)

// A PageChange is what a person does with the pages of a document that waits.
// Pages are counted from 1.
type PageChange struct {
	Document     string
	Revision     int64 // as the person saw it
	By           string
	Action       string // split, merge, order, move, mark, take or turn
	Page         int
	With         string // another document of the same message
	WithRevision int64
	Order        []int
	Fate         postroom.Fate // of a page that is marked: cover, blank or junk
	Other        int           // index into the record's OtherPages
	Turn         int           // degrees clockwise: 90, 180 or 270
}

// Arranging is what the desk asks of the state about which pages make which document.
type Arranging interface {
	// Siblings are the other documents of the message that hold pages.
	Siblings(ctx context.Context, id string) ([]Item, error)
	// ChangePages returns the document to look at next.
	ChangePages(ctx context.Context, c PageChange) (string, error)
}

type arrangePage struct {
	Item     Item
	Siblings []Item
	Others   []otherPage
	Open     bool // for a decision, by this person
	Holder   bool // somebody else has it open
}

// An otherPage is a page of the message that stands in no document and could.
type otherPage struct {
	Index int
	Image int // where its picture is counted: behind the document's pages
	postroom.OtherPage
}

// routesArrange adds the page at which a document's pages are put right.
func (s *server) routesArrange() {
	s.route("GET /document/{id}/pages", s.arrange)
	s.route("POST /document/{id}/pages", s.changePages)
}

func (s *server) arrange(w http.ResponseWriter, r *http.Request) {
	ctx, id := r.Context(), r.PathValue("id")
	it, err := s.Desk.Document(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := arrangePage{Item: it, Open: it.State == string(postroom.InReview) || it.State == string(postroom.Quarantined)}
	if d.Open {
		if err := s.Desk.Claim(ctx, id, s.me(r)); errors.Is(err, ErrClaimed) {
			d.Open, d.Holder = false, true
		} else if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	siblings, err := s.Desk.Siblings(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, x := range siblings {
		if x.State == string(postroom.InReview) || x.State == string(postroom.Quarantined) {
			d.Siblings = append(d.Siblings, x)
		}
	}
	for i, o := range it.Record.OtherPages {
		if o.Page > 0 && o.Fate != postroom.FateQuarantined {
			d.Others = append(d.Others, otherPage{i, len(it.Record.Pages) + 1 + i, o})
		}
	}
	s.show(w, r, http.StatusOK, "arrange", page{Title: "Pages of: " + typeTitle(it.Record.Type.Code), Data: d})
}

func (s *server) changePages(w http.ResponseWriter, r *http.Request) {
	c, err := s.pageChange(r)
	next := ""
	if err == nil {
		next, err = s.Desk.ChangePages(r.Context(), c)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	if next == "" {
		next = "/next"
	} else {
		next = "/document/" + next + "/pages"
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// pageChange reads the form. A button carries what it does as "action" or
// "action:value".
func (s *server) pageChange(r *http.Request) (PageChange, error) {
	unclear := func(err error) error {
		return postroom.Bad(err, "the form does not say what to do with which page", "load the page again")
	}
	c := PageChange{Document: r.PathValue("id"), By: s.me(r)}
	var err error
	if c.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
		return c, postroom.Bad(err, "the form does not say which version it shows", "load the page again")
	}
	if n := r.PostFormValue("page"); n != "" {
		if c.Page, err = strconv.Atoi(n); err != nil {
			return c, unclear(err)
		}
	}
	switch do := r.PostFormValue("do"); do {
	case "split", "merge", "move", "take":
		c.Action = do
	case "up", "down":
		count, err := strconv.Atoi(r.PostFormValue("count"))
		if err != nil || count < 2 || count > 10_000 || c.Page < 1 || c.Page > count {
			return c, unclear(err)
		}
		c.Action = "order"
		for n := range count {
			c.Order = append(c.Order, n+1)
		}
		to := c.Page - 2
		if do == "down" {
			to = c.Page
		}
		if to < 0 || to >= count {
			return c, postroom.Bad(nil, "the page is at the end already", "")
		}
		c.Order = slices.Insert(slices.Delete(c.Order, c.Page-1, c.Page), to, c.Page)
	case "cover", "blank", "junk":
		c.Action, c.Fate = "mark", postroom.Fate(do)
	case "right", "over", "left":
		c.Action, c.Turn = "turn", map[string]int{"right": 90, "over": 180, "left": 270}[do]
	default:
		return c, unclear(nil)
	}
	if c.Action == "merge" || c.Action == "move" {
		if _, err := fmt.Sscanf(r.PostFormValue("with"), "%32s %d", &c.With, &c.WithRevision); err != nil {
			return c, postroom.Bad(err, "no other document was chosen", "choose one of the same message")
		}
	}
	if c.Action == "take" {
		if c.Other, err = strconv.Atoi(r.PostFormValue("other")); err != nil {
			return c, unclear(err)
		}
	}
	return c, nil
}
