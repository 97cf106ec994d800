package main

import (
	"context"
	"errors"
	"slices"

	"github.com/postroom/postroom/people"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

// accountBook joins the administrator's pages to the accounts in the state. It implements
// review.People.
type accountBook struct {
	pl      *pipeline.Pipeline
	sources []string
}

func newAccountBook(cfg *config, pl *pipeline.Pipeline) accountBook {
	b := accountBook{pl: pl}
	for _, s := range cfg.Sources {
		b.sources = append(b.sources, s.Name)
	}
	return b
}

func bookError(err error) error {
	if errors.Is(err, pipeline.ErrNoLogin) {
		return review.ErrNoAccount
	}
	return err
}

func accountOf(l pipeline.Login) review.Account {
	return review.Account{ID: l.ID, Name: l.Name, Role: review.Role(l.Role), Mailboxes: l.Mailboxes, Password: l.Password != "", Elsewhere: l.Subject != "", Disabled: l.Disabled}
}

func (b accountBook) People(ctx context.Context) ([]review.Account, error) {
	all, err := b.pl.Logins(ctx)
	out := make([]review.Account, len(all))
	for i, l := range all {
		out[i] = accountOf(l)
	}
	return out, err
}

func (b accountBook) Account(ctx context.Context, id string) (review.Account, error) {
	l, err := b.pl.Login(ctx, id)
	return accountOf(l), bookError(err)
}

func (b accountBook) AddAccount(ctx context.Context, by string, a review.Account, password string) error {
	l := pipeline.Login{ID: a.ID, Name: a.Name, Role: string(a.Role), Mailboxes: a.Mailboxes}
	if password != "" {
		var err error
		if l.Password, err = people.HashPassword(password); err != nil {
			return err
		}
		l.Once = true
	}
	return b.pl.AddLogin(ctx, l, "user:"+by)
}

func (b accountBook) ChangeAccount(ctx context.Context, by string, a review.Account) error {
	return bookError(b.pl.ChangeLogin(ctx, a.ID, "user:"+by, func(l *pipeline.Login) {
		l.Name, l.Role, l.Mailboxes, l.Disabled = a.Name, string(a.Role), a.Mailboxes, a.Disabled
	}))
}

func (b accountBook) SetPassword(ctx context.Context, by, id, password string) error {
	hash := ""
	if password != "" {
		var err error
		if hash, err = people.HashPassword(password); err != nil {
			return err
		}
	}
	return bookError(b.pl.ChangeLogin(ctx, id, "user:"+by, func(l *pipeline.Login) { l.Password, l.Once = hash, hash != "" }))
}

// Mailboxes are those of the configuration, those in which something waits, and those that
// somebody was given.
func (b accountBook) Mailboxes(ctx context.Context) ([]string, error) {
	out := slices.Clone(b.sources)
	counts, err := b.pl.QueueCounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		out = append(out, c.Source)
	}
	all, err := b.pl.Logins(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		out = append(out, l.Mailboxes...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
