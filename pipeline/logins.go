package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// An Login is somebody who may sign in at the review desk.
type Login struct {
	ID        string // as in "user:<id>"
	Name      string
	Role      string
	Mailboxes []string // nil for all
	Password  string   // as the people package keeps it; "" for none
	Once      bool     // the password is good for choosing another only
	Subject   string   // at the OpenID provider; "" before the first sign-in there
	Disabled  bool
	Created   time.Time
}

var accountID = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// ErrNoLogin says that there is no account of that name.
var ErrNoLogin = errors.New("there is no such account")

const loginColumns = `SELECT id, name, role, mailboxes, password, once, subject, disabled, created FROM accounts`

func scanLogin(scan func(...any) error) (a Login, err error) {
	var mailboxes string
	var disabled, created, once int64
	if err := scan(&a.ID, &a.Name, &a.Role, &mailboxes, &a.Password, &once, &a.Subject, &disabled, &created); err != nil {
		return a, err
	}
	a.Disabled, a.Once, a.Created = disabled != 0, once != 0, fromMicros(created)
	if mailboxes != "" {
		a.Mailboxes = []string{}
		err = json.Unmarshal([]byte(mailboxes), &a.Mailboxes)
	}
	return a, err
}

// Login returns one account, or ErrNoLogin.
func (p *Pipeline) Login(ctx context.Context, id string) (Login, error) {
	a, err := scanLogin(p.db.row(ctx, loginColumns+` WHERE id = ?`, id).scan)
	if errors.Is(err, errNoRows) {
		return a, ErrNoLogin
	}
	return a, err
}

// Logins returns all accounts by their id.
func (p *Pipeline) Logins(ctx context.Context) (out []Login, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		a, err := scanLogin(scan)
		out = append(out, a)
		return err
	}, loginColumns+` ORDER BY id`)
	return out, err
}

// AddLogin adds an account that is not there yet.
func (p *Pipeline) AddLogin(ctx context.Context, a Login, by string) error {
	if !accountID.MatchString(a.ID) {
		return postroom.Bad(nil, "an account's name has to be small letters, figures and . _ @ -, 64 at the most", "choose another")
	}
	if a.Name == "" {
		a.Name = a.ID
	}
	return p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `INSERT INTO accounts (id, name, role, mailboxes, password, once, subject, disabled, created, changed)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING`, a.ID, a.Name, a.Role, mailboxList(a.Mailboxes), a.Password, boolInt(a.Once), a.Subject, micros(p.now()), micros(p.now()))
		if err != nil {
			return fmt.Errorf("add an account: %w", err)
		}
		if n == 0 {
			return postroom.Bad(nil, "there is an account of this name already", "choose another name, or change that account")
		}
		p.audit(t, by, AuditAccount, "", a.ID+" added as "+a.Role)
		return nil
	})
}

func mailboxList(sources []string) string {
	if sources == nil {
		return ""
	}
	return jsonOf(sources)
}

// ChangeLogin changes an account by f. Whoever is signed in with it is signed out when it is
// disabled or has another password. The last administrator who can sign in stays one.
func (p *Pipeline) ChangeLogin(ctx context.Context, id, by string, f func(*Login)) error {
	return p.db.inTx(ctx, func(t tx) error {
		// The update comes first because it makes two changes at once follow each other.
		if _, err := t.exec(ctx, `UPDATE accounts SET changed = ? WHERE role = 'administrator' OR id = ?`, micros(p.now()), id); err != nil {
			return err
		}
		before, err := scanLogin(t.row(ctx, loginColumns+` WHERE id = ?`, id).scan)
		if errors.Is(err, errNoRows) {
			return ErrNoLogin
		}
		if err != nil {
			return err
		}
		a := before
		f(&a)
		runs := func(a Login) bool { return a.Role == "administrator" && !a.Disabled }
		if runs(before) && !runs(a) {
			var others int
			if err := t.row(ctx, `SELECT COUNT(*) FROM accounts WHERE role = 'administrator' AND disabled = 0 AND id <> ?`, id).scan(&others); err != nil {
				return err
			}
			if others == 0 {
				return postroom.Bad(nil, "this is the last administrator", "make somebody else an administrator first")
			}
		}
		if _, err := t.exec(ctx, `UPDATE accounts SET name = ?, role = ?, mailboxes = ?, password = ?, once = ?, subject = ?, disabled = ? WHERE id = ?`,
			a.Name, a.Role, mailboxList(a.Mailboxes), a.Password, boolInt(a.Once), a.Subject, boolInt(a.Disabled), id); err != nil {
			return fmt.Errorf("change an account: %w", err)
		}
		p.audit(t, by, AuditAccount, "", id+": "+changesOf(before, a))
		// What was given to somebody who cannot look at it any more comes to anybody again.
		kept, args := `''`, []any{id}
		if !a.Disabled {
			for _, m := range a.Mailboxes {
				kept, args = kept+`, ?`, append(args, m)
			}
		}
		if a.Disabled || a.Mailboxes != nil {
			if _, err := t.exec(ctx, `UPDATE documents SET assigned = '' WHERE state IN ('review', 'quarantined') AND assigned = ? AND source NOT IN (`+kept+`)`, args...); err != nil {
				return err
			}
		}
		if a.Disabled || a.Password != before.Password {
			if _, err := t.exec(ctx, `DELETE FROM sessions WHERE account = ?`, id); err != nil {
				return err
			}
			// A claim by somebody who cannot come back would hold documents up.
			if _, err := t.exec(ctx, `UPDATE documents SET claimed_by = '', claimed_until = 0 WHERE claimed_by = ?`, id); err != nil {
				return err
			}
		}
		if a.Password != before.Password || before.Disabled && !a.Disabled {
			_, err = t.exec(ctx, `DELETE FROM sign_in_failures WHERE what = ?`, "account:"+id)
		}
		return err
	})
}

// changesOf says what was changed of an account, and nothing secret.
func changesOf(a, b Login) string {
	var out []string
	if a.Role != b.Role {
		out = append(out, "role "+b.Role)
	}
	if mailboxList(a.Mailboxes) != mailboxList(b.Mailboxes) {
		out = append(out, "mailboxes")
	}
	if a.Password != b.Password {
		out = append(out, "password")
	}
	if a.Name != b.Name {
		out = append(out, "name")
	}
	if a.Subject != b.Subject {
		out = append(out, "known at the OpenID provider")
	}
	if a.Disabled != b.Disabled {
		out = append(out, map[bool]string{true: "switched off", false: "switched on"}[b.Disabled])
	}
	return strings.Join(out, ", ")
}
