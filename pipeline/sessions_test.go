package pipeline

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func TestLoginsSQLite(t *testing.T) { testLogins(t, filepath.Join(t.TempDir(), "state.db")) }

func TestLoginsPostgres(t *testing.T) { testLogins(t, servers.Postgres(t).NewDatabase()) }

func testLogins(t *testing.T, where string) {
	ctx := t.Context()
	p := newWorld(where).open(t, Options{})
	defer p.Close()
	at := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	p.now = func() time.Time { return at }
	for _, a := range []Login{{ID: "ann", Name: "Ann", Role: "administrator", Password: "x"}, {ID: "bob", Role: "clerk", Mailboxes: []string{"fax"}, Password: "y"}} {
		if err := p.AddLogin(ctx, a, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"ann", "Ann", "", "a b", "x\n"} {
		if err := p.AddLogin(ctx, Login{ID: id}, "test"); !postroom.IsBadInput(err) {
			t.Errorf("account %q: %v", id, err)
		}
	}
	bob, err := p.Login(ctx, "bob")
	if err != nil || bob.Name != "bob" || len(bob.Mailboxes) != 1 {
		t.Errorf("%+v, %v", bob, err)
	}
	if err := p.ChangeLogin(ctx, "ann", "test", func(a *Login) { a.Role = "clerk" }); !postroom.IsBadInput(err) {
		t.Errorf("the last administrator: %v", err)
	}
	if err := p.ChangeLogin(ctx, "ann", "test", func(a *Login) { a.Disabled = true }); !postroom.IsBadInput(err) {
		t.Errorf("the last administrator: %v", err)
	}
	if err := p.ChangeLogin(ctx, "eve", "test", func(*Login) {}); !errors.Is(err, ErrNoLogin) {
		t.Error(err)
	}

	limits := SessionLimits{Idle: 10 * time.Minute, Longest: time.Hour}
	begin := func() string {
		t.Helper()
		key, err := p.BeginSession(ctx, "bob", limits)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	in := func(key string, want bool) {
		t.Helper()
		s, err := p.SessionOf(ctx, key, limits)
		if want && (err != nil || s.Login.ID != "bob" || s.Token == "") || !want && !errors.Is(err, ErrNoSession) {
			t.Errorf("signed in: %+v, %v", s, err)
		}
	}
	key := begin()
	in(key, true)
	in(key+"x", false)
	in("", false)
	in(sessionID(key), false) // what the database holds is no key
	for range 6 {
		at = at.Add(9 * time.Minute)
		in(key, true)
	}
	at = at.Add(7 * time.Minute)
	in(key, false) // an hour is over
	key = begin()
	at = at.Add(11 * time.Minute)
	in(key, false)
	if err := p.ChangeLogin(ctx, "bob", "test", func(a *Login) { a.Once = true }); err != nil {
		t.Fatal(err)
	}
	key, other := begin(), begin()
	if s, err := p.SessionOf(ctx, key, limits); err != nil || !s.Login.Once {
		t.Errorf("%+v, %v", s, err)
	}
	if err := p.ChangePassword(ctx, "bob", key, "new"); err != nil {
		t.Fatal(err)
	}
	in(key, true)
	in(other, false)
	if s, err := p.SessionOf(ctx, key, limits); err != nil || s.Login.Once {
		t.Errorf("a password of their own: %+v, %v", s, err)
	}
	if err := p.EndSession(ctx, key); err != nil {
		t.Fatal(err)
	}
	in(key, false)
	for what, change := range map[string]func(*Login){"disabled": func(a *Login) { a.Disabled = true }, "another password": func(a *Login) { a.Disabled, a.Password = false, a.Password+"z" }} {
		if err := p.ChangeLogin(ctx, "bob", "test", func(a *Login) { a.Disabled = false }); err != nil {
			t.Fatal(err)
		}
		key := begin()
		in(key, true)
		if err := p.ChangeLogin(ctx, "bob", "test", change); err != nil {
			t.Fatal(what, err)
		}
		in(key, false)
	}
}

func TestGuessingSQLite(t *testing.T) { testGuessing(t, filepath.Join(t.TempDir(), "state.db")) }

func TestGuessingPostgres(t *testing.T) { testGuessing(t, servers.Postgres(t).NewDatabase()) }

// Whoever guesses waits longer and longer, for an account that exists as for one that does
// not; a practice behind one address is let in meanwhile.
func testGuessing(t *testing.T, where string) {
	ctx := t.Context()
	p := newWorld(where).open(t, Options{})
	defer p.Close()
	at := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	p.now = func() time.Time { return at }
	wait := func(account, address string) time.Duration {
		t.Helper()
		w, err := p.SignInWait(ctx, account, address)
		if err != nil {
			t.Fatal(err)
		}
		return max(w, 0)
	}
	tries, began := 0, at
	for at.Sub(began) < 24*time.Hour {
		at = at.Add(wait("bob", "10.0.0.1"))
		if err := p.SignInFailed(ctx, "bob", "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
		tries++
	}
	if tries > 130 {
		t.Errorf("%d passwords can be tried in a day", tries)
	}
	if w := wait("bob", "10.0.0.2"); w != longestWait {
		t.Errorf("from another address: %s", w)
	}
	if w := wait("ann", "10.0.0.1"); w != 0 { // somebody of the same practice
		t.Errorf("at another account from that address: %s", w)
	}
	if w := wait("ann", "10.0.0.2"); w != 0 {
		t.Errorf("an account that nobody guesses at: %s", w)
	}
	if err := p.SignInWorked(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	if w := wait("bob", "10.0.0.2"); w != 0 {
		t.Errorf("after signing in: %s", w)
	}
	// A practice behind one address, where somebody errs all the time, is never braked.
	for i := range 500 {
		at = at.Add(6 * time.Minute)
		account := fmt.Sprint("clerk", i%40)
		if w := wait(account, "10.0.0.9"); w != 0 {
			t.Fatalf("after %d errors of many people: %s", i, w)
		}
		if err := errors.Join(p.SignInFailed(ctx, account, "10.0.0.9"), p.SignInWorked(ctx, account)); err != nil {
			t.Fatal(err)
		}
	}
	// One password tried at all accounts is, however it is spread.
	for i := range addressFailures {
		if err := p.SignInFailed(ctx, fmt.Sprint("person", i), "10.0.0.8"); err != nil {
			t.Fatal(err)
		}
	}
	if w := wait("person99", "10.0.0.8"); w != shortestWait {
		t.Errorf("after a try at each of %d accounts: %s", addressFailures, w)
	}
	tries, began = 0, at
	for at.Sub(began) < 24*time.Hour {
		at = at.Add(wait(fmt.Sprint("next", tries), "10.0.0.8"))
		if err := p.SignInFailed(ctx, fmt.Sprint("next", tries), "10.0.0.8"); err != nil {
			t.Fatal(err)
		}
		tries++
	}
	if tries > 400 {
		t.Errorf("an address tries %d passwords in a day", tries)
	}
}
