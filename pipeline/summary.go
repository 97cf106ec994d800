package pipeline

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/postroom/postroom"
)

// A Summary says what happened between two times, in numbers: it goes out by
// mail, so it holds nothing of any patient.
type Summary struct {
	Since, Until time.Time
	Sources      []SourceSummary
	Messages     int // taken in
	Done         int // of those
	Pages        int
	Documents    map[postroom.Status]int // decided
	Types        []TypeSummary           // of the documents, the most frequent first
	Now          Vitals                  // how things stand at its end
	Overdue      int                     // documents that waited longer than their priority allows
	Returns      int                     // documents that have to go back to their senders
}

// A SourceSummary is one source's share.
type SourceSummary struct {
	Name           string
	Messages, Done int
	Problems       int // messages of which something is in quarantine
}

// A TypeSummary is one type's share of the documents.
type TypeSummary struct {
	Type                     postroom.TypeCode
	Documents, Filed, Urgent int
}

// Summary counts what was taken in and decided from since on and before until.
func (p *Pipeline) Summary(ctx context.Context, since, until time.Time) (s Summary, err error) {
	s = Summary{Since: since.UTC(), Until: until.UTC(), Documents: map[postroom.Status]int{}}
	from, to := micros(since), micros(until)
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var one SourceSummary
		if err := scan(&one.Name, &one.Messages, &one.Done, &one.Problems); err != nil {
			return err
		}
		s.Messages += one.Messages
		s.Done += one.Done
		s.Sources = append(s.Sources, one)
		return nil
	}, `SELECT source, COUNT(*), SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END), SUM(CASE WHEN outcome = 'problem' THEN 1 ELSE 0 END)
		FROM messages WHERE taken >= ? AND taken < ? GROUP BY source ORDER BY source`, from, to)
	if err != nil {
		return s, fmt.Errorf("count messages: %w", err)
	}
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM messages m JOIN pages p ON p.message = m.id WHERE m.taken >= ? AND m.taken < ?`, from, to).scan(&s.Pages); err != nil {
		return s, fmt.Errorf("count pages: %w", err)
	}
	types := map[postroom.TypeCode]*TypeSummary{}
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var code, state string
		var n, urgent int
		if err := scan(&code, &state, &n, &urgent); err != nil {
			return err
		}
		status := postroom.Status(state)
		if state == stateDocumentFiling {
			status = postroom.InReview // as everywhere until its files are there
		}
		s.Documents[status] += n
		if status != postroom.Filed && status != postroom.InReview {
			return nil
		}
		t := types[postroom.TypeCode(code)]
		if t == nil {
			t = &TypeSummary{Type: postroom.TypeCode(code)}
			types[t.Type] = t
		}
		t.Documents += n
		t.Urgent += urgent
		if status == postroom.Filed {
			t.Filed += n
		}
		return nil
	}, `SELECT type, state, COUNT(*), COALESCE(SUM(urgent), 0) FROM documents WHERE created >= ? AND created < ? GROUP BY type, state`, from, to)
	if err != nil {
		return s, fmt.Errorf("count documents: %w", err)
	}
	for _, t := range types {
		s.Types = append(s.Types, *t)
	}
	sort.Slice(s.Types, func(i, j int) bool {
		if s.Types[i].Documents != s.Types[j].Documents {
			return s.Types[i].Documents > s.Types[j].Documents
		}
		return s.Types[i].Type < s.Types[j].Type
	})
	if s.Overdue, err = p.Overdue(ctx, nil); err != nil {
		return s, err
	}
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM desk_returns WHERE sent = 0`).scan(&s.Returns); err != nil {
		return s, fmt.Errorf("count what goes back: %w", err)
	}
	s.Now, err = p.Vitals(ctx)
	return s, err
}
