package review

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// memoryPeople are accounts, with their passwords.
type memoryPeople struct {
	accounts  []Account
	passwords map[string]string
	by        []string
}

func (m *memoryPeople) People(context.Context) ([]Account, error) { return m.accounts, nil }
func (m *memoryPeople) at(id string) int {
	return slices.IndexFunc(m.accounts, func(a Account) bool { return a.ID == id })
}
func (m *memoryPeople) Account(_ context.Context, id string) (Account, error) {
	if i := m.at(id); i >= 0 {
		return m.accounts[i], nil
	}
	return Account{}, ErrNoAccount
}
func (m *memoryPeople) AddAccount(_ context.Context, by string, a Account, password string) error {
	if m.at(a.ID) >= 0 {
		return postroom.Bad(nil, "there is an account of this name already", "")
	}
	m.accounts, m.by, m.passwords[a.ID] = append(m.accounts, a), append(m.by, by), password
	return nil
}
func (m *memoryPeople) ChangeAccount(_ context.Context, by string, a Account) error {
	if a.ID == "dave" && a.Role != Administrator {
		return postroom.Bad(nil, "this is the last administrator", "")
	}
	m.accounts[m.at(a.ID)], m.by = a, append(m.by, by)
	return nil
}
func (m *memoryPeople) SetPassword(_ context.Context, by, id, password string) error {
	m.passwords[id], m.by = password, append(m.by, by)
	return nil
}
func (m *memoryPeople) Mailboxes(context.Context) ([]string, error) {
	return []string{"fax", `"><script>alert(4)</script>`}, nil
}

// The administrator adds people, changes what they may do and sees, switches them off and
// gives them passwords, by plain forms.
func TestAdministratorsPages(t *testing.T) {
	m := &memoryPeople{accounts: []Account{{ID: "dave", Name: "Dave", Role: Administrator, Password: true}, {ID: "bob", Name: "<script>alert(5)</script>", Role: Clerk, Mailboxes: []string{"old"}}}, passwords: map[string]string{}}
	s := newServer(Config{Desk: newMemoryDesk(), Access: &seat{Person{ID: "dave", Role: Administrator}}, People: m})
	do := func(method, path string, form url.Values) (int, string, string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%s %s holds a script of others", method, path)
		}
		return w.Code, w.Body.String(), w.Header().Get("Location")
	}
	if code, body, _ := do("GET", "/people", nil); code != 200 || !strings.Contains(body, `href="/people/bob"`) || !strings.Contains(body, "<td>all</td>") || !strings.Contains(body, "<td>old</td>") {
		t.Errorf("%d: %s", code, body)
	}
	form := url.Values{"account": {" Ann "}, "name": {"Ann Ash"}, "role": {"lead"}, "sees": {"these"}, "mailbox": {"fax"}}
	if code, body, _ := do("POST", "/people", form); code != 422 || !strings.Contains(body, "has no password") || !strings.Contains(body, `value="Ann Ash"`) || !strings.Contains(body, `<option value="lead" selected>`) {
		t.Errorf("without a password: %d", code)
	}
	form.Set("password", "three random words")
	if code, body, to := do("POST", "/people", form); code != http.StatusSeeOther || to != "/people?added=ann" {
		t.Errorf("%d, %s: %s", code, to, body)
	}
	if a, err := m.Account(t.Context(), "ann"); err != nil || a.Role != Lead || !slices.Equal(a.Mailboxes, []string{"fax"}) || a.Disabled || m.passwords["ann"] != "three random words" {
		t.Errorf("%+v, %v", a, err)
	}
	if code, body, _ := do("POST", "/people", form); code != 422 || strings.Contains(body, "three random words") || !strings.Contains(body, "already") {
		t.Errorf("twice the same: %d", code)
	}
	form = url.Values{"account": {"kim"}, "role": {"clerk"}, "elsewhere": {"1"}}
	if code, _, _ := do("POST", "/people", form); code != http.StatusSeeOther {
		t.Errorf("who signs in elsewhere: %d", code)
	}
	if a, _ := m.Account(t.Context(), "kim"); a.Mailboxes == nil || len(a.Mailboxes) > 0 {
		t.Errorf("nothing was chosen, and they see %v", a.Mailboxes)
	}

	code, body, _ := do("GET", "/people/bob", nil)
	if code != 200 || !strings.Contains(body, `value="old" checked`) || !strings.Contains(body, `value="these" checked`) || strings.Contains(body, `value="fax" checked`) {
		t.Errorf("%d: %s", code, body)
	}
	if code, _, to := do("POST", "/people/bob", url.Values{"role": {"auditor"}, "sees": {"all"}, "mailbox": {"fax"}, "disabled": {"1"}}); code != http.StatusSeeOther || to != "/people/bob?done=1" {
		t.Error(code, to)
	}
	if a, _ := m.Account(t.Context(), "bob"); a.Role != Auditor || a.Mailboxes != nil || !a.Disabled || a.Name != "<script>alert(5)</script>" {
		t.Errorf("%+v", a)
	}
	for what, form := range map[string]url.Values{"no role": {"role": {"chief"}}, "a long name": {"role": {"clerk"}, "name": {strings.Repeat("x", 101)}}} {
		if code, _, _ := do("POST", "/people/bob", form); code != 422 {
			t.Errorf("%s: %d", what, code)
		}
	}
	if code, body, _ := do("POST", "/people/dave", url.Values{"role": {"clerk"}}); code != 422 || !strings.Contains(body, "last administrator") {
		t.Errorf("the last administrator: %d", code)
	}
	if code, _, _ := do("POST", "/people/bob/password", url.Values{"password": {"another three words"}}); code != http.StatusSeeOther || m.passwords["bob"] != "another three words" {
		t.Errorf("a password for bob: %d", code)
	}
	for what, form := range map[string]url.Values{"nothing typed": {}, "typed and to be taken away": {"password": {"more three words"}, "none": {"1"}}} {
		if code, _, _ := do("POST", "/people/bob/password", form); code != 422 || m.passwords["bob"] != "another three words" {
			t.Errorf("%s: %d", what, code)
		}
	}
	if code, _, _ := do("POST", "/people/bob/password", url.Values{"none": {"1"}}); code != http.StatusSeeOther || m.passwords["bob"] != "" {
		t.Errorf("bob's password is taken away: %d", code)
	}
	// Without the one until now nobody changes the own password, at whatever desk they left unlocked.
	if code, _, _ := do("POST", "/people/dave/password", url.Values{"password": {"another three words"}}); code != 422 || m.passwords["dave"] != "" {
		t.Errorf("the own password: %d", code)
	}
	for _, r := range [][2]string{{"GET", "/people/nobody"}, {"POST", "/people/nobody"}, {"POST", "/people/nobody/password"}, {"GET", "/people/..%2Fbob"}} {
		if code, _, _ := do(r[0], r[1], url.Values{"role": {"clerk"}}); code != http.StatusNotFound {
			t.Errorf("%s: %d", r, code)
		}
	}
	for _, by := range m.by {
		if by != "dave" {
			t.Errorf("done by %q", by)
		}
	}
	s.People = nil
	if code, _, _ := do("GET", "/people", nil); code != 422 {
		t.Errorf("a desk without accounts: %d", code)
	}
}
