package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/review"
)

func (s *server) routesDecide() {
	s.route("PUT /documents/{id}/claim", Decide, s.claim)
	s.route("DELETE /documents/{id}/claim", Decide, s.release)
	s.route("POST /documents/{id}/file", Decide, s.file)
	s.route("POST /documents/{id}/discard", Decide, s.discard)
	s.route("POST /documents/{id}/return", Decide, s.sendBack)
	s.route("POST /documents/{id}/keep", Decide, s.about(s.Desk.KeepBoth))
	s.route("POST /documents/{id}/retry", Decide, s.about(s.Desk.Retry))
	s.route("POST /documents/{id}/release", Decide, s.releaseAsItIs)
	s.route("POST /documents/{id}/arrange", Decide, s.arrange)
	s.route("POST /documents/{id}/correct", Decide, s.change("correct"))
	s.route("POST /documents/{id}/refile", Refile, s.change("refile"))
	s.route("POST /documents/{id}/withdraw", Refile, s.change("withdraw"))
	s.route("POST /documents/{id}/undo", Decide, s.undo)
	s.route("POST /documents/{id}/notes", Decide, s.note)
	s.route("PUT /documents/{id}/assigned", Decide, s.assign)
	s.route("POST /returns/{id}/sent", Decide, s.returnSent)
}

// seen is the decision of a request about the revision that its If-Match names.
func seen(r *http.Request) (review.Decision, error) {
	d := review.Decision{Document: r.PathValue("id"), By: caller(r).Person.ID}
	text := r.Header.Get("If-Match")
	if text == "" {
		return d, errNoMatch
	}
	revision, quoted := strings.CutPrefix(text, `"`)
	revision, ended := strings.CutSuffix(revision, `"`)
	var err error
	if d.Revision, err = strconv.ParseInt(revision, 10, 64); err != nil || !quoted || !ended {
		return d, review.ErrChanged // another document's, or one that was never given
	}
	return d, nil
}

// decision adds the type, patient and values that a person or system decided.
type decision struct {
	Type    postroom.TypeCode             `json:"type"`
	Patient string                        `json:"patient"` // the id in the practice's list
	Fields  map[postroom.FieldName]string `json:"fields"`
	Reason  string                        `json:"reason"` // a code, of what is filed
	// Again are values keyed a second time, of those that two readings disagree about.
	Again map[postroom.FieldName]string `json:"again"`
}

// of joins what was decided to the revision that it is about. A type that is left out is the
// one that the document has: another revision's decision is refused in any case.
func (s *server) of(ctx context.Context, d decision, seen review.Decision) (review.Decision, error) {
	if d.Type == "" {
		it, err := s.Desk.Document(ctx, seen.Document)
		if err != nil {
			return seen, err
		}
		d.Type = it.Record.Type.Code
	}
	seen.Type, seen.Patient, seen.Fields = d.Type, d.Patient, d.Fields
	if seen.Fields == nil {
		seen.Fields = map[postroom.FieldName]string{}
	}
	if _, known := postroom.TypeOf(d.Type); !known {
		return seen, postroom.Bad(nil, "there is no such type", "the record schema lists them")
	}
	for name := range d.Fields {
		known := false
		for _, f := range postroom.FieldNames {
			known = known || f == name
		}
		if !known {
			return seen, postroom.Bad(nil, "there is a field of a name that there is none of", "the record schema lists them")
		}
	}
	return seen, nil
}

func (s *server) claim(w http.ResponseWriter, r *http.Request) error {
	if err := s.Desk.Claim(r.Context(), r.PathValue("id"), caller(r).Person.ID); err != nil {
		return err
	}
	return s.give(w, r, r.PathValue("id"))
}

func (s *server) release(w http.ResponseWriter, r *http.Request) error {
	if err := s.Desk.Release(r.Context(), r.PathValue("id"), caller(r).Person.ID); err != nil {
		return err
	}
	return s.give(w, r, r.PathValue("id"))
}

func (s *server) file(w http.ResponseWriter, r *http.Request) error {
	d, err := seen(r)
	if err != nil {
		return err
	}
	var asked decision
	if err := s.ask(r, &asked); err != nil {
		return err
	}
	if asked.Reason != "" {
		return postroom.Bad(nil, "what waits is filed without a reason", "leave it out")
	}
	if d, err = s.of(r.Context(), asked, d); err != nil {
		return err
	}
	if err := review.Keyed(r.Context(), s.Desk, &d, asked.Again); err != nil {
		return err
	}
	if err := s.Desk.File(r.Context(), d); err != nil {
		return err
	}
	return s.give(w, r, d.Document)
}

// reason reads a reason's code.
func (s *server) reason(r *http.Request) (string, error) {
	var asked struct {
		Reason string `json:"reason"`
	}
	err := s.ask(r, &asked)
	return asked.Reason, err
}

func (s *server) discard(w http.ResponseWriter, r *http.Request) error {
	d, err := seen(r)
	if err != nil {
		return err
	}
	code, err := s.reason(r)
	if err != nil {
		return err
	}
	it, err := s.Desk.Document(r.Context(), d.Document)
	if err != nil {
		return err
	}
	why := review.DiscardReason(code, it.State == string(postroom.Quarantined))
	if why == "" || code == "not_ours" {
		return postroom.Bad(nil, "there is no such reason for putting this away", "openapi.json lists them; what is about none of the practice's patients goes back by return")
	}
	if err := s.Desk.Discard(r.Context(), d, why); err != nil {
		return err
	}
	return s.give(w, r, d.Document)
}

func (s *server) sendBack(w http.ResponseWriter, r *http.Request) error {
	return s.about(s.Desk.SendBack)(w, r)
}

// about carries out what needs only the document.
func (s *server) about(do func(ctx context.Context, d review.Decision) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := seen(r)
		if err != nil {
			return err
		}
		if err := do(r.Context(), d); err != nil {
			return err
		}
		return s.give(w, r, d.Document)
	}
}

func (s *server) releaseAsItIs(w http.ResponseWriter, r *http.Request) error {
	d, err := seen(r)
	if err != nil {
		return err
	}
	first, err := s.Desk.ReleaseAsItIs(r.Context(), d)
	if err != nil {
		return err
	}
	return s.give(w, r, first)
}

func (s *server) arrange(w http.ResponseWriter, r *http.Request) error {
	d, err := seen(r)
	if err != nil {
		return err
	}
	var asked struct {
		Action       string        `json:"action"`
		Page         int           `json:"page"`
		With         string        `json:"with"`
		WithRevision int64         `json:"with_revision"`
		Order        []int         `json:"order"`
		Fate         postroom.Fate `json:"fate"`
		Other        int           `json:"other"`
		Turn         int           `json:"turn"`
	}
	if err := s.ask(r, &asked); err != nil {
		return err
	}
	if asked.With != "" {
		it, err := s.Desk.Document(r.Context(), asked.With)
		if err != nil {
			return err
		}
		if !mayShow(caller(r).Person, it.Source) {
			return review.ErrNoDocument
		}
	}
	next, err := s.Desk.ChangePages(r.Context(), review.PageChange{Document: d.Document, Revision: d.Revision, By: d.By, Action: asked.Action, Page: asked.Page,
		With: asked.With, WithRevision: asked.WithRevision, Order: asked.Order, Fate: asked.Fate, Other: asked.Other, Turn: asked.Turn})
	if err != nil {
		return err
	}
	if next == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return s.give(w, r, next)
}

// change is for what is filed already.
func (s *server) change(action string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := seen(r)
		if err != nil {
			return err
		}
		var asked decision
		if err := s.ask(r, &asked); err != nil {
			return err
		}
		if d, err = s.of(r.Context(), asked, d); err != nil {
			return err
		}
		why := review.ChangeReason(asked.Reason)
		if why == "" {
			return postroom.Bad(nil, "there is no such reason for changing what is filed", "openapi.json lists them")
		}
		if err := s.Desk.ChangeFiled(r.Context(), review.FiledChange{Decision: d, Action: action, Why: why}); err != nil {
			return err
		}
		return s.give(w, r, d.Document)
	}
}

func (s *server) undo(w http.ResponseWriter, r *http.Request) error {
	if err := s.Desk.UndoOf(r.Context(), caller(r).Person.ID, r.PathValue("id")); err != nil {
		return err
	}
	return s.give(w, r, r.PathValue("id"))
}

func (s *server) note(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		Note string `json:"note"`
	}
	if err := s.ask(r, &asked); err != nil {
		return err
	}
	if err := s.Desk.Note(r.Context(), r.PathValue("id"), caller(r).Person.ID, strings.TrimSpace(asked.Note)); err != nil {
		return err
	}
	return s.give(w, r, r.PathValue("id"))
}

func (s *server) assign(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		To string `json:"to"`
	}
	if err := s.ask(r, &asked); err != nil {
		return err
	}
	if len(asked.To) > 100 {
		return postroom.Bad(nil, "there is no account of so long a name", "")
	}
	if err := s.Desk.Assign(r.Context(), r.PathValue("id"), caller(r).Person.ID, asked.To); err != nil {
		return err
	}
	return s.give(w, r, r.PathValue("id"))
}

func (s *server) returnSent(w http.ResponseWriter, r *http.Request) error {
	var asked struct {
		How string `json:"how"`
	}
	if err := s.ask(r, &asked); err != nil {
		return err
	}
	if err := s.Desk.ReturnSent(r.Context(), r.PathValue("id"), caller(r).Person.ID, asked.How); err != nil {
		return err
	}
	return s.give(w, r, r.PathValue("id"))
}
