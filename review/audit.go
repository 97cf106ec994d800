package review

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A TrailEvent is one row of the audit trail.
type TrailEvent struct {
	Seq      int64
	At       time.Time
	Person   string
	Action   string
	Document string
	Detail   string
}

// A TrailQuery narrows what is shown of the trail; a zero field narrows nothing.
type TrailQuery struct {
	Person, Action, Document string
	From, To                 time.Time // To is not included
	Before                   int64
	Limit                    int
}

// A Trail is the audit trail, the last row first.
type Trail interface {
	Events(ctx context.Context, q TrailQuery) ([]TrailEvent, error)
	// Verify checks the whole trail and writes into it, as TrailVerified, what came of it.
	Verify(ctx context.Context, who Person) error
}

// TrailVerified is the action of the rows that say up to where the trail was verified.
const TrailVerified = "trail_verified"

type auditPage struct {
	Query    url.Values
	Events   []TrailEvent
	Next     string // the address of the rows before these
	Searched bool
	Verified *TrailEvent // the last time; nil for never
}

// trailRows is how many rows a page of the trail has.
const trailRows = 100

func (s *server) audit(w http.ResponseWriter, r *http.Request) {
	if s.Trail == nil {
		s.fail(w, r, postroom.Bad(nil, "this desk keeps no audit trail", ""))
		return
	}
	v := r.URL.Query()
	d := auditPage{Query: v, Searched: v.Get("person")+v.Get("action")+v.Get("document")+v.Get("from")+v.Get("to") != ""}
	q := TrailQuery{Person: strings.TrimSpace(v.Get("person")), Action: strings.TrimSpace(v.Get("action")), Document: strings.TrimSpace(v.Get("document")), Limit: trailRows + 1}
	refusal := ""
	day := func(name string, after int) (at time.Time) {
		if text := strings.TrimSpace(v.Get(name)); text != "" {
			var err error
			for _, form := range []string{time.DateOnly, "2/1/2006"} {
				if at, err = time.Parse(form, text); err == nil {
					return at.AddDate(0, 0, after)
				}
			}
			refusal = "A day is no date: write it as 31/12/2026."
		}
		return at
	}
	q.From, q.To = day("from", 0), day("to", 1)
	q.Before, _ = strconv.ParseInt(v.Get("before"), 10, 64)
	status := http.StatusOK
	if refusal != "" {
		status = http.StatusUnprocessableEntity
	} else {
		var err error
		if d.Events, err = s.Trail.Events(r.Context(), q); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	last, err := s.Trail.Events(r.Context(), TrailQuery{Action: TrailVerified, Limit: 1})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(last) > 0 {
		d.Verified = &last[0]
	}
	if len(d.Events) > trailRows {
		d.Events = d.Events[:trailRows]
		next := url.Values{}
		for name, value := range v {
			next[name] = value
		}
		next.Set("before", strconv.FormatInt(d.Events[trailRows-1].Seq, 10))
		d.Next = "/audit?" + next.Encode()
	}
	s.show(w, r, status, "audit", page{Title: "Audit trail", Error: refusal, Data: d})
}

func (s *server) verifyAudit(w http.ResponseWriter, r *http.Request) {
	if s.Trail == nil {
		s.fail(w, r, postroom.Bad(nil, "this desk keeps no audit trail", ""))
		return
	}
	if err := s.Trail.Verify(r.Context(), s.Access.Who(r.Context())); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/audit", http.StatusSeeOther)
}
