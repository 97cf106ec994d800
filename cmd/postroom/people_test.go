package main

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom/pipeline"
)

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// submit sends a form with the token of the page.
func (v *visitor) submit(page, path string, form url.Values) (int, string, string) {
	v.t.Helper()
	_, body, _ := v.do("GET", page, nil)
	m := formToken.FindStringSubmatch(body)
	if m == nil {
		v.t.Fatalf("%s has no form: %s", page, body)
	}
	form.Set("token", m[1])
	return v.do("POST", path, form)
}

// search looks for something by its form, and returns what was found.
func (v *visitor) search(query string) (int, string) {
	v.t.Helper()
	form, err := url.ParseQuery(query)
	if err != nil {
		v.t.Fatal(err)
	}
	code, body, to := v.submit("/search", "/search", form)
	if code != http.StatusSeeOther {
		return code, body
	}
	code, body, _ = v.do("GET", to, nil)
	return code, body
}

// The administrator makes an account at the desk, changes it, and ends it; each counts at
// once, also for who is signed in, and stands in the trail.
func TestAdministratorAtTheDesk(t *testing.T) {
	d := openPeopleDesk(t, false, nil)
	pl := d.pl
	takeLetter(t, pl, 1, d.patients[0].Number+" a letter") // from the source "test"
	id := d.one(t)
	dave, erin := d.visit(), d.visit()
	dave.signIn("dave", deskPassword)
	form := url.Values{"account": {"erin"}, "name": {"Erin"}, "role": {"clerk"}, "sees": {"these"}, "mailbox": {"scanner"}, "password": {"too short"}}
	if code, body, _ := dave.submit("/people", "/people", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "needs 12 characters") || strings.Contains(body, "too short\"") {
		t.Errorf("a short password: %d", code)
	}
	form.Set("password", deskPassword)
	if code, body, to := dave.submit("/people", "/people", form); code != http.StatusSeeOther || to != "/people?added=erin" {
		t.Fatalf("%d: %s", code, body)
	}
	// The source of what waits is offered, though no configuration names it.
	if _, body, _ := dave.do("GET", "/people/erin", nil); !strings.Contains(body, `value="test"`) || !strings.Contains(body, `value="scanner" checked`) {
		t.Error(body)
	}
	if code := erin.signIn("erin", deskPassword); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	// The administrator knows this password: it is good for choosing another, and for nothing else.
	for _, path := range []string{"/", "/document/" + id, "/search"} {
		if code, _, to := erin.do("GET", path, nil); code != http.StatusSeeOther || to != "/account" {
			t.Errorf("%s with a password that somebody else chose: %d, %s", path, code, to)
		}
	}
	if code, _, _ := erin.submit("/account", "/filed/"+id+"/note", url.Values{"note": {"x"}}); code != http.StatusForbidden {
		t.Errorf("a form with a password that somebody else chose: %d", code)
	}
	if code, body, _ := erin.submit("/account", "/account", url.Values{"old": {deskPassword}, "password": {deskPassword}, "again": {deskPassword}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose one of your own") {
		t.Errorf("the same password again: %d", code)
	}
	const own = "ein eigenes Wort mehr"
	if code, body, _ := erin.submit("/account", "/account", url.Values{"old": {deskPassword}, "password": {own}, "again": {own}}); code != http.StatusOK || strings.Contains(body, "Choose one of your own") {
		t.Errorf("a password of her own: %d", code)
	}
	if code, _, _ := erin.do("GET", "/document/"+id, nil); code != http.StatusNotFound {
		t.Errorf("another mailbox: %d", code)
	}
	dave.submit("/people/erin", "/people/erin", url.Values{"name": {"Erin"}, "role": {"lead"}, "sees": {"these"}, "mailbox": {"scanner", "test"}})
	if code, _, _ := erin.do("GET", "/document/"+id, nil); code != http.StatusOK {
		t.Errorf("her mailbox now: %d", code)
	}
	if code, _, _ := erin.do("GET", "/statistics", nil); code != http.StatusOK {
		t.Errorf("a lead now: %d", code)
	}
	for _, path := range []string{"/people", "/people/dave"} {
		if code, _, _ := erin.do("GET", path, nil); code != http.StatusForbidden {
			t.Errorf("a lead at %s: %d", path, code)
		}
	}
	// Nobody makes themselves more than they are.
	if code, _, _ := erin.submit("/account", "/people/erin", url.Values{"role": {"administrator"}, "sees": {"all"}}); code != http.StatusForbidden {
		t.Errorf("a lead makes herself administrator: %d", code)
	}
	if code, _, _ := erin.submit("/account", "/people/dave/password", url.Values{"password": {"a password of erin's"}}); code != http.StatusForbidden {
		t.Errorf("a lead changes the administrator's password: %d", code)
	}
	if l, err := pl.Login(t.Context(), "erin"); err != nil || l.Role != "lead" || !slices.Equal(l.Mailboxes, []string{"scanner", "test"}) {
		t.Errorf("%+v, %v", l, err)
	}
	if code, _, _ := dave.submit("/people/erin", "/people/erin/password", url.Values{"password": {"vier andere Wörter"}}); code != http.StatusSeeOther {
		t.Errorf("a new password: %d", code)
	}
	if code, _, _ := erin.do("GET", "/", nil); code != http.StatusSeeOther {
		t.Errorf("still signed in with the password before: %d", code)
	}
	if erin.signIn("erin", own) != http.StatusUnauthorized || erin.signIn("erin", "vier andere Wörter") != http.StatusSeeOther {
		t.Error("the password did not change")
	}
	// Her own: the one until now is asked for, and who does not know it is signed out.
	if code, _, _ := erin.submit("/account", "/account", url.Values{"old": {"vier andere Wörter"}, "password": {"noch vier andere"}, "again": {"noch vier andere"}}); code != http.StatusOK {
		t.Errorf("her own password: %d", code)
	}
	erin.submit("/account", "/account", url.Values{"old": {"a guess of somebody"}, "password": {"password of eve"}, "again": {"password of eve"}})
	if code, _, _ := erin.do("GET", "/", nil); code != http.StatusSeeOther {
		t.Errorf("somebody guesses at an unlocked desk: %d", code)
	}
	erin.signIn("erin", "noch vier andere")
	dave.submit("/people/erin", "/people/erin", url.Values{"role": {"lead"}, "disabled": {"1"}})
	if code, _, _ := erin.do("GET", "/", nil); code != http.StatusSeeOther || erin.signIn("erin", "noch vier andere") != http.StatusUnauthorized {
		t.Errorf("switched off, and still in: %d", code)
	}
	if code, body, _ := dave.submit("/people/dave", "/people/dave", url.Values{"role": {"clerk"}, "sees": {"all"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "last administrator") {
		t.Errorf("the last administrator: %d", code)
	}
	var told []string
	if err := pl.AuditEvents(t.Context(), pipeline.AuditFilter{}, func(e pipeline.AuditEvent) error {
		told = append(told, e.Person+" "+e.Action+" "+e.Detail)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"user:dave account erin added as clerk", "user:dave account erin: role lead, mailboxes", "user:dave account erin: password", "user:erin password_changed ",
		"user:erin sign_in_refused the password to be changed was wrong", "user:dave account erin: mailboxes, switched off", "user:erin refused GET /people: the role lead does not allow it",
		"user:erin refused POST /people/{account}: the role lead does not allow it", "user:erin refused POST /people/{account}/password: the role lead does not allow it"} {
		if !slices.Contains(told, want) {
			t.Errorf("the trail does not tell %q:\n%s", want, strings.Join(told, "\n"))
		}
	}
}

// A document is given only to who can look at it, for it comes to nobody else by itself; and it
// comes to anybody again when they cannot any more.
func TestGivenOnlyToWhoCanLook(t *testing.T) {
	d := openPeopleDesk(t, false, nil)
	takeLetter(t, d.pl, 1, d.patients[0].Number+" a letter") // from the source "test"
	id := d.one(t)
	for _, a := range []pipeline.Login{{ID: "fay", Role: "clerk", Mailboxes: []string{"scanner"}}, {ID: "gus", Role: "auditor"}, {ID: "hal", Role: "clerk"}, {ID: "ida", Role: "clerk", Mailboxes: []string{"test", "scanner"}}} {
		if err := d.pl.AddLogin(t.Context(), a, "test"); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.pl.ChangeLogin(t.Context(), "hal", "test", func(a *pipeline.Login) { a.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	dave := d.visit()
	dave.signIn("dave", deskPassword)
	given := func(to string) (int, string, string) {
		t.Helper()
		code, body, _ := dave.submit("/filed/"+id, "/filed/"+id+"/assign", url.Values{"to": {to}})
		it, err := d.pl.DeskDocument(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return code, body, it.Assigned
	}
	for _, to := range []string{"nobody", "fay", "gus", "hal", "Mrs Jones called about her son"} {
		if code, body, has := given(to); code != http.StatusUnprocessableEntity || has != "" || !strings.Contains(body, "nobody of that name checks") {
			t.Errorf("given to %s: %d, %q has it", to, code, has)
		}
	}
	for what, change := range map[string]func(*pipeline.Login){"another mailbox": func(a *pipeline.Login) { a.Mailboxes = []string{"scanner"} }, "switched off": func(a *pipeline.Login) { a.Disabled = true }} {
		if code, _, has := given("Ida"); code != http.StatusSeeOther || has != "ida" {
			t.Errorf("given to Ida: %d, %q has it", code, has)
		}
		if err := d.pl.ChangeLogin(t.Context(), "ida", "test", func(a *pipeline.Login) { a.Name = "Ida" }); err != nil {
			t.Fatal(err)
		}
		if it, err := d.pl.DeskDocument(t.Context(), id); err != nil || it.Assigned != "ida" {
			t.Errorf("taken from Ida by another name: %v", err)
		}
		if err := d.pl.ChangeLogin(t.Context(), "ida", "test", change); err != nil {
			t.Fatal(err)
		}
		if it, err := d.pl.DeskDocument(t.Context(), id); err != nil || it.Assigned != "" {
			t.Errorf("%s: %q still has it", what, it.Assigned)
		}
		if err := d.pl.ChangeLogin(t.Context(), "ida", "test", func(a *pipeline.Login) { a.Mailboxes, a.Disabled = nil, false }); err != nil {
			t.Fatal(err)
		}
	}
}
