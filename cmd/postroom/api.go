package main

import (
	"context"
	"errors"
	"io"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
	"github.com/postroom/postroom/review/api"
)

// apiState joins the API to the state. It implements api.State.
type apiState struct{ pl *pipeline.Pipeline }

func (s apiState) Caller(ctx context.Context, secret string) (api.Caller, error) {
	t, l, err := s.pl.TokenOf(ctx, secret)
	if errors.Is(err, pipeline.ErrNoToken) {
		return api.Caller{Token: t.ID}, api.ErrNoToken
	}
	if err != nil {
		return api.Caller{}, err
	}
	return api.Caller{Token: t.ID, Person: review.Person{ID: l.ID, Name: l.Name, Role: review.Role(l.Role), Mailboxes: l.Mailboxes}, Scopes: t.Scopes}, nil
}

func (s apiState) Take(ctx context.Context, a postroom.Arrival, body api.Body) error {
	in := s.pl.Intake()
	states, err := in.States(ctx, []postroom.ArrivalID{a.ID}) // waits until there is room
	if err != nil || states[0] != postroom.ArrivalNew {
		return err
	}
	if err := in.Take(ctx, a, io.Reader(body)); err != nil {
		return err
	}
	// There is nothing to move or flag where it came from.
	return in.Settled(ctx, []postroom.ArrivalID{a.ID})
}

func (s apiState) Message(ctx context.Context, id postroom.Hash) (api.Message, error) {
	m, err := s.pl.MessageState(ctx, id)
	if err != nil {
		return api.Message{}, deskError(err)
	}
	out := api.Message{ID: m.ID, Mailbox: m.Source, Received: m.Received.UTC(), State: m.State, Problem: m.Problem}
	for _, r := range m.Documents {
		out.Documents = append(out.Documents, api.Summary{ID: r.DocumentID, Version: r.Version, Status: r.Status, Type: r.Type.Code, Urgent: r.Urgent})
	}
	return out, nil
}

func (s apiState) Note(ctx context.Context, person, action, document, detail string) error {
	return s.pl.Audit(ctx, person, action, document, detail)
}
