package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
)

// unfinished is something that has not ended, with the job that must lead on.
type unfinished struct {
	what  string
	job   river.JobArgs
	still string // a query for its state, by args
	args  []any
	state string
}

// leadOn finds what is unfinished though no job leads on, and with mend puts
// such a job into the queue. Every change of state commits with the job that
// follows from it, so there should be nothing to find; but a queue can be
// meddled with, and a document that waits for ever is a document lost.
func (p *Pipeline) leadOn(ctx context.Context, mend bool) ([]Finding, error) {
	// The order matters where others work meanwhile: what is unfinished, then
	// the jobs, then whether it is unfinished in the same way still. A job
	// ends only after the change of state that it makes.
	all, err := p.unfinished(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	live, err := p.liveJobs(ctx)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, u := range all {
		if live[jobKey(u.job)] {
			continue
		}
		found := false
		err := p.db.inTx(ctx, func(t tx) error {
			var state string
			if err := t.row(ctx, u.still, u.args...).scan(&state); err != nil || state != u.state {
				return err
			}
			found = true
			if !mend {
				return nil
			}
			return t.enqueue(ctx, u.job)
		})
		if err != nil {
			return findings, err
		}
		if !found {
			continue
		}
		f := Finding{Kind: Stuck, What: u.what, Why: fmt.Sprintf("it is not finished (%s) and nothing in the queue leads on", u.state)}
		if mend {
			f.Mended = "its job is in the queue again"
			p.log.Warn("unfinished work without a job was put into the queue again", "what", u.what)
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (p *Pipeline) unfinished(ctx context.Context) (all []unfinished, err error) {
	const stateOfMessage = `SELECT state FROM messages WHERE id = ?`
	message := func(id, state string, job river.JobArgs) {
		all = append(all, unfinished{"message " + id, job, stateOfMessage, []any{id}, state})
	}
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var id, state string
		var waits int
		if err := scan(&id, &state, &waits); err != nil {
			return err
		}
		switch {
		case state == stateTaken:
			message(id, state, readMessageArgs{id})
		case state == stateRead, waits == waitsApart:
			message(id, state, sortMessageArgs{id})
		}
		return nil
	}, `SELECT id, state, waits FROM messages WHERE state <> 'done' AND state IN ('taken', 'read', 'sorted') ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	// A sorted message waits for its turn without a job of its own; only when
	// it is its turn somebody's job must decide it.
	var id, state string
	switch err := p.db.row(ctx, nextInTurn).scan(&id, &state); {
	case errors.Is(err, errNoRows):
	case err != nil:
		return nil, err
	case state == stateSorted:
		message(id, state, turnOf{sortMessageArgs{id}})
	}
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var a readPageArgs
		if err := scan(&a.Message, &a.Attachment, &a.Page); err != nil {
			return err
		}
		all = append(all, unfinished{fmt.Sprintf("page %d of attachment %d of message %s", a.Page, a.Attachment+1, a.Message), a,
			`SELECT state FROM pages WHERE message = ? AND attachment = ? AND page = ?`, []any{a.Message, a.Attachment, a.Page}, "waiting"})
		return nil
	}, `SELECT p.message, p.attachment, p.page FROM messages m JOIN pages p ON p.message = m.id
		WHERE m.state = 'reading' AND p.state = 'waiting' ORDER BY m.seq, p.attachment, p.page`)
	if err != nil {
		return nil, err
	}
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var id string
		if err := scan(&id); err != nil {
			return err
		}
		all = append(all, unfinished{"document " + id, fileDocumentArgs{id}, `SELECT state FROM documents WHERE id = ?`, []any{id}, stateDocumentFiling})
		return nil
	}, `SELECT id FROM documents WHERE run = '' AND state = 'filing' ORDER BY message_seq, number`)
	return all, err
}

// turnOf is a sort_message job that stands for any: each of them decides what is next.
type turnOf struct{ sortMessageArgs }

const anyMessage = "*"

func jobKey(job river.JobArgs) string {
	switch a := job.(type) {
	case readMessageArgs:
		return a.Kind() + " " + a.Message
	case sortMessageArgs:
		return a.Kind() + " " + a.Message
	case turnOf:
		return a.Kind() + " " + anyMessage
	case readPageArgs:
		return fmt.Sprintf("%s %s %d %d", a.Kind(), a.Message, a.Attachment, a.Page)
	case fileDocumentArgs:
		return a.Kind() + " " + a.Document
	}
	return job.Kind()
}

// liveJobs returns the keys of all jobs that will still be worked.
func (p *Pipeline) liveJobs(ctx context.Context) (map[string]bool, error) {
	args := "CAST(args AS TEXT)"
	if p.db.exclusive() {
		args = "json(args)"
	}
	live := map[string]bool{}
	err := p.db.each(ctx, func(scan func(...any) error) error {
		var kind, raw string
		if err := scan(&kind, &raw); err != nil {
			return err
		}
		var a struct {
			Message    string `json:"message"`
			Attachment int    `json:"attachment"`
			Page       int    `json:"page"`
			Document   string `json:"document"`
		}
		if err := json.Unmarshal([]byte(raw), &a); err != nil {
			return err
		}
		for _, job := range []river.JobArgs{readMessageArgs{a.Message}, sortMessageArgs{a.Message}, readPageArgs{a.Message, a.Attachment, a.Page}, fileDocumentArgs{a.Document}} {
			if job.Kind() == kind {
				live[jobKey(job)] = true
			}
		}
		if kind == (sortMessageArgs{}).Kind() {
			live[jobKey(turnOf{})] = true
		}
		return nil
	}, `SELECT kind, `+args+` FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`)
	return live, err
}
