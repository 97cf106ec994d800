package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// ErrNoSession says that nobody is signed in with that key, or no more.
var ErrNoSession = errors.New("nobody is signed in")

// A Session is somebody who is signed in.
type Session struct {
	Login Login
	Token string // that each form carries
}

// SessionLimits say when a session ends by itself.
type SessionLimits struct {
	Idle    time.Duration // without a request
	Longest time.Duration
}

// sessionID is what is kept of a key: who reads the database cannot use it.
func sessionID(key string) string { return string(postroom.HashOf([]byte(key))) }

// BeginSession signs an account in and returns the key for the browser. It is always a new
// one, and the sessions that have ended are swept away.
func (p *Pipeline) BeginSession(ctx context.Context, account string, limits SessionLimits) (key string, err error) {
	key, token := rand.Text()+rand.Text(), rand.Text()
	err = p.db.inTx(ctx, func(t tx) error {
		now := p.now()
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE seen < ? OR begun < ?`, micros(now.Add(-limits.Idle)), micros(now.Add(-limits.Longest))); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO sessions (id, account, token, begun, seen) VALUES (?, ?, ?, ?, ?)`, sessionID(key), account, token, micros(now), micros(now))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return key, nil
}

// seenEvery is how often a session's last request is written down: not with each picture.
const seenEvery = 20 * time.Second

// SessionOf returns who is signed in with a key, or ErrNoSession. It counts as a request.
func (p *Pipeline) SessionOf(ctx context.Context, key string, limits SessionLimits) (s Session, err error) {
	if key == "" {
		return s, ErrNoSession
	}
	id, now := sessionID(key), p.now()
	var account string
	var begun, seen int64
	err = p.db.row(ctx, `SELECT account, token, begun, seen FROM sessions WHERE id = ?`, id).scan(&account, &s.Token, &begun, &seen)
	if errors.Is(err, errNoRows) {
		return s, ErrNoSession
	}
	if err != nil {
		return s, fmt.Errorf("load a session: %w", err)
	}
	if now.Sub(fromMicros(seen)) > limits.Idle || now.Sub(fromMicros(begun)) > limits.Longest {
		if _, err := p.db.exec(ctx, `DELETE FROM sessions WHERE id = ?`, id); err != nil {
			return s, err
		}
		return Session{}, ErrNoSession
	}
	if s.Login, err = p.Login(ctx, account); errors.Is(err, ErrNoLogin) || err == nil && s.Login.Disabled {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, err
	}
	if now.Sub(fromMicros(seen)) >= min(seenEvery, limits.Idle/4) {
		if _, err := p.db.exec(ctx, `UPDATE sessions SET seen = ? WHERE id = ?`, micros(now), id); err != nil {
			return Session{}, err
		}
	}
	return s, nil
}

// EndSession signs out. What the person had open anybody can open again, unless they are
// signed in elsewhere too.
func (p *Pipeline) EndSession(ctx context.Context, key string) error {
	return p.db.inTx(ctx, func(t tx) error {
		var account string
		err := t.row(ctx, `DELETE FROM sessions WHERE id = ? RETURNING account`, sessionID(key)).scan(&account)
		if errors.Is(err, errNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE documents SET claimed_by = '', claimed_until = 0 WHERE claimed_by = ? AND NOT EXISTS (SELECT 1 FROM sessions WHERE account = ?)`, account, account)
		return err
	})
}

// The brake on guessing: after so many failures each further one doubles the wait, up to
// the longest. An address can be that of a whole practice and is given more.
const (
	accountFailures = 5
	addressFailures = 50
	shortestWait    = 2 * time.Second
	longestWait     = 15 * time.Minute
	forgetFailures  = 24 * time.Hour
	// An address is forgiven one failure in this time: a practice types a password wrong
	// every hour of the day, and must not be braked for it by the end of the month.
	forgiveAddress = 5 * time.Minute
	forgiveMicros  = "300000000" // the same, for the database
)

// SignInWait is how long nobody can sign in to the account from the address, because too
// many tries have failed. It is the same for accounts that do not exist.
func (p *Pipeline) SignInWait(ctx context.Context, account, address string) (time.Duration, error) {
	var wait time.Duration
	err := p.db.each(ctx, func(scan func(...any) error) error {
		var what string
		var n, last int64
		if err := scan(&what, &n, &last); err != nil {
			return err
		}
		free := int64(accountFailures)
		if what == "address:"+address {
			free = addressFailures
			n -= int64(p.now().Sub(fromMicros(last)) / forgiveAddress)
		}
		if n < free {
			return nil
		}
		w := longestWait
		if n-free < 9 {
			w = min(shortestWait<<(n-free), longestWait)
		}
		wait = max(wait, fromMicros(last).Add(w).Sub(p.now()))
		return nil
	}, `SELECT what, failures, last FROM sign_in_failures WHERE what IN (?, ?)`, "account:"+account, "address:"+address)
	return wait, err
}

// SignInFailed counts a failure against the account and the address.
func (p *Pipeline) SignInFailed(ctx context.Context, account, address string) error {
	return p.db.inTx(ctx, func(t tx) error {
		now := p.now()
		if _, err := t.exec(ctx, `DELETE FROM sign_in_failures WHERE last < ?`, micros(now.Add(-forgetFailures))); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO sign_in_failures (what, failures, last) VALUES (?, 1, ?)
			ON CONFLICT (what) DO UPDATE SET failures = sign_in_failures.failures + 1, last = excluded.last`, "account:"+account, micros(now)); err != nil {
			return err
		}
		const forgiven = `(excluded.last - sign_in_failures.last) / ` + forgiveMicros
		_, err := t.exec(ctx, `INSERT INTO sign_in_failures (what, failures, last) VALUES (?, 1, ?)
			ON CONFLICT (what) DO UPDATE SET last = excluded.last,
			failures = CASE WHEN sign_in_failures.failures > `+forgiven+` THEN sign_in_failures.failures - `+forgiven+` + 1 ELSE 1 END`, "address:"+address, micros(now))
		return err
	})
}

// SignInWorked forgets the failures of the account; those of the address stay, else who has
// one account could guess at all others.
func (p *Pipeline) SignInWorked(ctx context.Context, account string) error {
	_, err := p.db.exec(ctx, `DELETE FROM sign_in_failures WHERE what = ?`, "account:"+account)
	return err
}

// ChangePassword changes an account's password and signs it out everywhere but where it has
// the key.
func (p *Pipeline) ChangePassword(ctx context.Context, account, key, password string) error {
	return p.db.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, `UPDATE accounts SET password = ?, once = 0, changed = ? WHERE id = ?`, password, micros(p.now()), account); err != nil {
			return fmt.Errorf("change a password: %w", err)
		}
		if _, err := t.exec(ctx, `DELETE FROM sessions WHERE account = ? AND id <> ?`, account, sessionID(key)); err != nil {
			return err
		}
		_, err := t.exec(ctx, `DELETE FROM sign_in_failures WHERE what = ?`, "account:"+account)
		return err
	})
}
