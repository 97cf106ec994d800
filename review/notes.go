package review

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

type overduePage struct {
	Items []Item
	Total int
	Now   time.Time
}

// Late says for how long it has been overdue.
func (q overduePage) Late(it Item) string { return age(q.Now, it.Due) }

// Age says how long it has waited.
func (q overduePage) Age(it Item) string { return age(q.Now, it.Record.Message.Received) }

// Priority is the item's, in words.
func (q overduePage) Priority(it Item) string {
	return priorityTitle(postroom.Priority(it.Record.Type.Code, it.Record.Urgent))
}

const mostOverdue = 100

// overdue lists what nobody has decided in the time that its priority allows, what is
// overdue for longest first.
func (s *server) overdue(w http.ResponseWriter, r *http.Request) {
	sources := s.sources(r)
	items, err := s.Desk.Queue(r.Context(), Filter{Overdue: true, Sources: sources, Limit: mostOverdue})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := overduePage{Items: items, Now: s.Now()}
	if d.Total, err = s.Desk.Overdue(r.Context(), sources); err != nil {
		s.fail(w, r, err)
		return
	}
	slices.SortStableFunc(d.Items, func(a, b Item) int { return a.Due.Compare(b.Due) })
	s.show(w, r, http.StatusOK, "overdue", page{Title: "Overdue", Data: d})
}

func (s *server) note(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.Desk.Note(r.Context(), id, s.me(r), strings.TrimSpace(r.PostFormValue("note"))); err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, filedPath(id)+"#history")
}

// assign gives a document to the person themselves, to somebody by their id, or to anybody.
func (s *server) assign(w http.ResponseWriter, r *http.Request) {
	id, me := r.PathValue("id"), s.me(r)
	to := strings.TrimSpace(r.PostFormValue("to"))
	switch r.PostFormValue("whom") {
	case "me":
		to = me
	case "anybody":
		to = ""
	default:
		if to == "" || len(to) > 100 {
			s.fail(w, r, postroom.Bad(nil, "it is not said whom it is given to", "write the name that they sign in with"))
			return
		}
	}
	if err := s.Desk.Assign(r.Context(), id, me, to); err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, filedPath(id))
}
