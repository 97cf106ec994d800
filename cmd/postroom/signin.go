package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/people"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

// accounts joins the desk's sign-in to the accounts in the state. It implements
// review.Accounts and review.Provider.
type accounts struct {
	pl     *pipeline.Pipeline
	limits pipeline.SessionLimits
	oidc   *people.OIDC // nil for none
	roles  map[string]review.Role
	note   func(ctx context.Context, person, action, why string) error

	seed maphash.Seed
	one  [64]sync.Mutex // of two tries at one account at once the second waits, so that it is braked
}

func newAccounts(cfg *config, pl *pipeline.Pipeline, note func(ctx context.Context, person, action, why string) error) (*accounts, error) {
	a := &accounts{pl: pl, limits: cfg.Desk.Session.limits(), note: note, seed: maphash.MakeSeed(), roles: map[string]review.Role{}}
	if o := cfg.Desk.OIDC; o != nil {
		var err error
		a.oidc, err = people.OpenOIDC(people.OIDCConfig{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, RedirectURL: strings.TrimSuffix(cfg.Desk.address(), "/") + "/signin/back",
			Scopes: o.Scopes, Claim: o.Claim, Groups: o.Groups, CAFile: o.CAFile})
		if err != nil {
			return nil, &settingError{"$.desk.oidc", err}
		}
		for group, role := range o.Roles {
			if !slices.Contains(review.Roles, role) {
				return nil, &settingError{"$.desk.oidc.roles", fmt.Errorf("there is no role %q: write clerk, lead, administrator or auditor", role)}
			}
			a.roles[group] = role
		}
	}
	return a, nil
}

var errNotIn = postroom.Bad(nil, "the account or the password is wrong", "")

// SignIn implements review.Accounts.
func (a *accounts) SignIn(ctx context.Context, account, password, address string) (string, error) {
	lock := &a.one[maphash.String(a.seed, account)%uint64(len(a.one))]
	lock.Lock()
	defer lock.Unlock()
	wait, err := a.pl.SignInWait(ctx, account, address)
	if err != nil {
		return "", err
	}
	if wait > 0 {
		if err := a.note(ctx, "", pipeline.AuditSignInRefused, "too many tries"); err != nil {
			return "", err
		}
		return "", &postroom.Problem{Kind: postroom.Temporary, Reason: "there were too many tries that failed", Hint: "wait " + waiting(wait) + " and try again"}
	}
	l, err := a.pl.Login(ctx, account)
	if err != nil && !errors.Is(err, pipeline.ErrNoLogin) {
		return "", err
	}
	same, err := people.SamePassword(l.Password, password)
	if err != nil {
		return "", fmt.Errorf("check a password: %w", err)
	}
	if !same || l.Disabled {
		// The name that was typed can be a password in the wrong place: only one that
		// exists is noted.
		if err := errors.Join(a.note(ctx, l.ID, pipeline.AuditSignInRefused, ""), a.pl.SignInFailed(ctx, account, address)); err != nil {
			return "", err
		}
		return "", errNotIn
	}
	if err := a.pl.SignInWorked(ctx, account); err != nil {
		return "", err
	}
	if err := a.note(ctx, l.ID, pipeline.AuditSignIn, ""); err != nil {
		return "", err
	}
	return a.pl.BeginSession(ctx, l.ID, a.limits)
}

func waiting(d time.Duration) string {
	if d > time.Minute {
		return fmt.Sprintf("%d minutes", int(d.Minutes())+1)
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds())+1)
}

// Session implements review.Accounts.
func (a *accounts) Session(ctx context.Context, key string) (review.Session, error) {
	s, err := a.pl.SessionOf(ctx, key, a.limits)
	if errors.Is(err, pipeline.ErrNoSession) {
		return review.Session{}, review.ErrNoSession
	}
	l := s.Login
	return review.Session{Person: review.Person{ID: l.ID, Name: l.Name, Role: review.Role(l.Role), Mailboxes: l.Mailboxes}, Token: s.Token, Password: l.Password != "", // Who also signs in at the provider may not have been told the password.
		Once: l.Once && l.Password != "" && l.Subject == ""}, err
}

// SignOut implements review.Accounts.
func (a *accounts) SignOut(ctx context.Context, key string) error {
	if s, err := a.pl.SessionOf(ctx, key, a.limits); err == nil {
		if err := a.note(ctx, s.Login.ID, pipeline.AuditSignOut, ""); err != nil {
			return err
		}
	}
	return a.pl.EndSession(ctx, key)
}

// ChangePassword implements review.Accounts.
func (a *accounts) ChangePassword(ctx context.Context, key, old, password string) error {
	s, err := a.pl.SessionOf(ctx, key, a.limits)
	if err != nil {
		return err
	}
	lock := &a.one[maphash.String(a.seed, s.Login.ID)%uint64(len(a.one))]
	lock.Lock()
	defer lock.Unlock()
	same, err := people.SamePassword(s.Login.Password, old)
	if err != nil {
		return err
	}
	if !same {
		// Somebody at an unlocked desk could try on.
		if err := errors.Join(a.note(ctx, s.Login.ID, pipeline.AuditSignInRefused, "the password to be changed was wrong"),
			a.pl.SignInFailed(ctx, s.Login.ID, ""), a.pl.EndSession(ctx, key)); err != nil {
			return err
		}
		return postroom.Bad(nil, "the password until now is wrong, so you are signed out", "sign in again")
	}
	if password == old {
		return postroom.Bad(nil, "the new password is the one until now", "choose another")
	}
	hash, err := people.HashPassword(password)
	if err != nil {
		return err
	}
	if err := a.pl.ChangePassword(ctx, s.Login.ID, key, hash); err != nil {
		return err
	}
	return a.note(ctx, s.Login.ID, pipeline.AuditPasswordChanged, "")
}

// Begin implements review.Provider.
func (a *accounts) Begin(ctx context.Context) (string, []byte, error) {
	address, flow, err := a.oidc.Begin(ctx, time.Now())
	if err != nil {
		return "", nil, err
	}
	kept, err := json.Marshal(flow)
	return address, kept, err
}

// Finish implements review.Provider.
func (a *accounts) Finish(ctx context.Context, kept []byte, query url.Values, address string) (string, error) {
	var flow people.OIDCFlow
	if err := json.Unmarshal(kept, &flow); err != nil {
		return "", postroom.Bad(err, "this sign-in was not begun in this browser", "sign in again")
	}
	who, err := a.oidc.Finish(ctx, flow, query, time.Now())
	if err != nil {
		return "", errors.Join(err, a.note(ctx, "", pipeline.AuditSignInRefused, "by the OpenID provider"))
	}
	l, err := a.identified(ctx, who)
	if err != nil {
		return "", errors.Join(err, a.note(ctx, l.ID, pipeline.AuditSignInRefused, "let in by the OpenID provider, but not here"))
	}
	if err := a.note(ctx, l.ID, pipeline.AuditSignIn, "by the OpenID provider"); err != nil {
		return "", err
	}
	return a.pl.BeginSession(ctx, l.ID, a.limits)
}

// identified finds or makes the account of whom the provider has let in.
func (a *accounts) identified(ctx context.Context, who people.Identity) (pipeline.Login, error) {
	id := strings.ToLower(who.Account)
	role := a.roleOf(who.Groups)
	if len(a.roles) > 0 && role == "" {
		return pipeline.Login{}, postroom.Bad(nil, "you are in no group that may use Postroom", "ask who looks after it at your practice")
	}
	l, err := a.pl.Login(ctx, id)
	if errors.Is(err, pipeline.ErrNoLogin) && role != "" {
		if err = a.pl.AddLogin(ctx, pipeline.Login{ID: id, Name: who.Name, Role: string(role), Subject: who.Subject}, "the OpenID provider"); err == nil {
			l, err = a.pl.Login(ctx, id)
		}
	}
	switch {
	case errors.Is(err, pipeline.ErrNoLogin):
		return l, postroom.Bad(nil, "there is no account for you yet", "ask who looks after Postroom at your practice")
	case err != nil:
		return l, err
	case l.Disabled:
		return l, postroom.Bad(nil, "your account is switched off", "ask who looks after Postroom at your practice")
	case l.Subject == "" && l.Password != "":
		// At many providers people choose their names: one like a colleague's is no proof.
		return l, postroom.Bad(nil, "the account of this name signs in with its password", "sign in with it, or have an administrator take it away so that you sign in here")
	case l.Subject != "" && l.Subject != who.Subject:
		return l, postroom.Bad(nil, "the account of this name belongs to somebody else at the OpenID provider", "ask who looks after Postroom at your practice")
	}
	if l.Subject != who.Subject || role != "" && l.Role != string(role) {
		err = a.pl.ChangeLogin(ctx, id, "the OpenID provider", func(l *pipeline.Login) {
			l.Subject = who.Subject
			if role != "" {
				l.Role = string(role)
			}
		})
	}
	return l, err
}

// roleOf is what the groups allow, the most that any of them does.
func (a *accounts) roleOf(groups []string) review.Role {
	for _, role := range []review.Role{review.Administrator, review.Lead, review.Clerk, review.Auditor} {
		for _, g := range groups {
			if a.roles[g] == role {
				return role
			}
		}
	}
	return ""
}
