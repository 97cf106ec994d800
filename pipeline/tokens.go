package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Token lets another system do at the API what an account may do at the desk, and no more.
type Token struct {
	ID        string // as in "token:<id>"
	Account   string
	Scopes    []string
	Mailboxes []string // nil for all that the account sees
	Created   time.Time
	Expires   time.Time
	Used      time.Time // to the hour; zero for never
	Revoked   bool
}

// ErrNoToken says that there is no such token, or that it is not good any more.
var ErrNoToken = errors.New("there is no such token")

// LongestToken is how long a token can be good for.
const LongestToken = 366 * 24 * time.Hour

// tokenPrefix makes a token known for what it is where it lies about.
const tokenPrefix = "postroom_"

const tokenColumns = `SELECT id, account, scopes, mailboxes, created, expires, used, revoked FROM tokens`

func scanToken(scan func(...any) error) (t Token, err error) {
	var scopes, mailboxes string
	var created, expires, used, revoked int64
	if err := scan(&t.ID, &t.Account, &scopes, &mailboxes, &created, &expires, &used, &revoked); err != nil {
		return t, err
	}
	t.Created, t.Expires, t.Revoked = fromMicros(created), fromMicros(expires), revoked != 0
	if used > 0 {
		t.Used = fromMicros(used)
	}
	if mailboxes != "" {
		t.Mailboxes = []string{}
		if err := json.Unmarshal([]byte(mailboxes), &t.Mailboxes); err != nil {
			return t, err
		}
	}
	return t, json.Unmarshal([]byte(scopes), &t.Scopes)
}

// AddToken makes a token and returns its secret, which is kept nowhere else.
func (p *Pipeline) AddToken(ctx context.Context, t Token, by string) (secret string, err error) {
	now := p.now()
	switch {
	case !accountID.MatchString(t.ID):
		return "", postroom.Bad(nil, "a token's name has to be small letters, figures and . _ @ -, 64 at the most", "choose another")
	case len(t.Scopes) == 0:
		return "", postroom.Bad(nil, "it is not said what the token is for", "name its scopes")
	case !t.Expires.After(now) || t.Expires.Sub(now) > LongestToken:
		return "", postroom.Bad(nil, "a token is good for a day at least and for 366 at the most", "choose another time")
	}
	secret = tokenPrefix + rand.Text() + rand.Text()
	err = p.db.inTx(ctx, func(tx tx) error {
		var disabled int64
		err := tx.row(ctx, `SELECT disabled FROM accounts WHERE id = ?`, t.Account).scan(&disabled)
		if errors.Is(err, errNoRows) {
			return ErrNoLogin
		}
		if err != nil {
			return err
		}
		n, err := tx.exec(ctx, `INSERT INTO tokens (id, account, secret, scopes, mailboxes, created, expires, used, revoked)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING`, t.ID, t.Account, sessionID(secret), jsonOf(t.Scopes), mailboxList(t.Mailboxes), micros(now), micros(t.Expires))
		if err != nil {
			return fmt.Errorf("add a token: %w", err)
		}
		if n == 0 {
			return postroom.Bad(nil, "there is or was a token of this name", "choose another name: the audit trail tells tokens apart by it")
		}
		p.audit(tx, by, AuditToken, "", fmt.Sprintf("%s added for %s, for %s, until %s", t.ID, t.Account, strings.Join(t.Scopes, " "), t.Expires.UTC().Format(time.DateOnly)))
		return nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// Tokens returns all tokens, also those that are not good any more.
func (p *Pipeline) Tokens(ctx context.Context) (out []Token, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		t, err := scanToken(scan)
		out = append(out, t)
		return err
	}, tokenColumns+` ORDER BY id`)
	return out, err
}

// RevokeToken ends a token at once.
func (p *Pipeline) RevokeToken(ctx context.Context, id, by string) error {
	return p.db.inTx(ctx, func(tx tx) error {
		n, err := tx.exec(ctx, `UPDATE tokens SET revoked = ? WHERE id = ? AND revoked = 0`, micros(p.now()), id)
		if err != nil {
			return fmt.Errorf("revoke a token: %w", err)
		}
		if n == 0 {
			return ErrNoToken
		}
		p.audit(tx, by, AuditToken, "", id+" revoked")
		return nil
	})
}

// TokenOf returns the token with a secret and the account that it acts for, or ErrNoToken when
// it is unknown, expired or revoked, or the account is switched off.
func (p *Pipeline) TokenOf(ctx context.Context, secret string) (Token, Login, error) {
	t, err := scanToken(p.db.row(ctx, tokenColumns+` WHERE secret = ?`, sessionID(secret)).scan)
	if errors.Is(err, errNoRows) {
		return Token{}, Login{}, ErrNoToken
	}
	if err != nil {
		return Token{}, Login{}, fmt.Errorf("load a token: %w", err)
	}
	now := p.now()
	if t.Revoked || !now.Before(t.Expires) {
		return t, Login{}, ErrNoToken
	}
	l, err := p.Login(ctx, t.Account)
	if errors.Is(err, ErrNoLogin) || err == nil && l.Disabled {
		return t, Login{}, ErrNoToken
	}
	if err != nil {
		return t, Login{}, err
	}
	switch {
	case l.Mailboxes == nil:
		l.Mailboxes = t.Mailboxes
	case t.Mailboxes != nil:
		l.Mailboxes = slices.DeleteFunc(l.Mailboxes, func(m string) bool { return !slices.Contains(t.Mailboxes, m) })
	}
	if now.Sub(t.Used) >= time.Hour {
		if _, err := p.db.exec(ctx, `UPDATE tokens SET used = ? WHERE id = ?`, micros(now), t.ID); err != nil {
			return t, l, err
		}
	}
	return t, l, nil
}

// A MessageState is how far a message has come that was handed over.
type MessageState struct {
	ID        postroom.Hash
	Source    string
	Received  time.Time
	State     string // taken, reading, read, sorted, filing or done
	Problem   bool   // part of it was quarantined
	Documents []postroom.Record
}

// MessageState returns how far a message has come, or ErrNoDocument.
func (p *Pipeline) MessageState(ctx context.Context, id postroom.Hash) (MessageState, error) {
	m := MessageState{ID: id}
	var received, problem int64
	err := p.db.row(ctx, `SELECT source, received, state, problem FROM messages WHERE id = ?`, string(id)).scan(&m.Source, &received, &m.State, &problem)
	if errors.Is(err, errNoRows) {
		return m, ErrNoDocument
	}
	if err != nil {
		return m, fmt.Errorf("load a message: %w", err)
	}
	m.Received, m.Problem = fromMicros(received), problem != 0
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var state, body string
		if err := scan(&state, &body); err != nil {
			return err
		}
		r, err := recordOf(state, body)
		m.Documents = append(m.Documents, r)
		return err
	}, `SELECT state, record FROM documents WHERE message = ? ORDER BY number`, string(id))
	return m, err
}
