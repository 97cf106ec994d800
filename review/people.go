package review

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// An Account is somebody who may sign in.
type Account struct {
	ID, Name  string
	Role      Role
	Mailboxes []string // nil for all
	Password  bool     // they have one
	Elsewhere bool     // they have signed in at the OpenID provider
	Disabled  bool
}

// All reports whether it sees all mailboxes.
func (a Account) All() bool { return a.Mailboxes == nil }

// ErrNoAccount says that there is no account of that name.
var ErrNoAccount = errors.New("there is no such account")

// People is what the administrator's pages ask of the state. What the administrator can
// put right is a Problem. by is who does it.
type People interface {
	People(ctx context.Context) ([]Account, error)
	Account(ctx context.Context, id string) (Account, error)
	// AddAccount takes an empty password for an account that signs in at the provider only.
	AddAccount(ctx context.Context, by string, a Account, password string) error
	// ChangeAccount changes name, role, mailboxes and whether it is switched off.
	ChangeAccount(ctx context.Context, by string, a Account) error
	// SetPassword takes the password away when it is empty: they sign in at the provider only.
	SetPassword(ctx context.Context, by, id, password string) error
	// Mailboxes are the sources that are known.
	Mailboxes(ctx context.Context) ([]string, error)
}

func (s *server) routesPeople() {
	s.route("GET /people", s.people)
	s.route("POST /people", s.addAccount)
	s.route("GET /people/{account}", s.person)
	s.route("POST /people/{account}", s.changeAccount)
	s.route("POST /people/{account}/password", s.setPassword)
}

type peoplePage struct {
	Accounts []Account
	New      Account
	Form     accountForm
	Done     string
}

// An accountForm is what the templates need for the choices.
type accountForm struct {
	Account   Account
	Roles     []Role
	Mailboxes []string
}

// Sees reports whether the account sees the mailbox.
func (f accountForm) Sees(mailbox string) bool { return slices.Contains(f.Account.Mailboxes, mailbox) }

// All reports whether it sees all of them.
func (f accountForm) All() bool { return f.Account.All() }

// accountForm offers the mailboxes that are known and those that the account has.
func (s *server) accountForm(ctx context.Context, a Account) (accountForm, error) {
	known, err := s.People.Mailboxes(ctx)
	for _, m := range a.Mailboxes {
		if !slices.Contains(known, m) {
			known = append(known, m)
		}
	}
	return accountForm{a, Roles, known}, err
}

// havePeople reports whether there are accounts to look after, and says so if not.
func (s *server) havePeople(w http.ResponseWriter, r *http.Request) bool {
	if s.People == nil {
		s.fail(w, r, postroom.Bad(nil, "this desk has no accounts", ""))
	}
	return s.People != nil
}

func (s *server) people(w http.ResponseWriter, r *http.Request) {
	if s.havePeople(w, r) {
		s.showPeople(w, r, http.StatusOK, Account{Role: Clerk}, "")
	}
}

func (s *server) showPeople(w http.ResponseWriter, r *http.Request, status int, typed Account, refusal string) {
	all, err := s.People.People(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	form, err := s.accountForm(r.Context(), typed)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, status, "people", page{Title: "People", Error: refusal, Data: peoplePage{Accounts: all, New: typed, Form: form, Done: r.URL.Query().Get("added")}})
}

// accountOf reads a form. Somebody for whom nothing was chosen sees no mailbox.
func accountOf(r *http.Request, id string) (Account, error) {
	a := Account{ID: id, Name: strings.TrimSpace(r.PostFormValue("name")), Role: Role(r.PostFormValue("role")), Disabled: r.PostFormValue("disabled") != "", Mailboxes: []string{}}
	for _, m := range r.PostForm["mailbox"] {
		if m = strings.TrimSpace(m); m != "" && !slices.Contains(a.Mailboxes, m) {
			a.Mailboxes = append(a.Mailboxes, m)
		}
	}
	if r.PostFormValue("sees") == "all" {
		a.Mailboxes = nil
	}
	if !slices.Contains(Roles, a.Role) {
		return a, postroom.Bad(nil, "there is no such role", "choose one of the list")
	}
	if n := len([]rune(a.Name)); n > 100 {
		return a, postroom.Bad(nil, "the name is longer than 100 characters", "write a shorter one")
	}
	return a, nil
}

func (s *server) addAccount(w http.ResponseWriter, r *http.Request) {
	if !s.havePeople(w, r) {
		return
	}
	a, err := accountOf(r, strings.ToLower(strings.TrimSpace(r.PostFormValue("account"))))
	password := r.PostFormValue("password")
	if err == nil && password == "" && r.PostFormValue("elsewhere") == "" {
		err = postroom.Bad(nil, "the account has no password", "type one, or say that they sign in elsewhere")
	}
	if err == nil {
		err = s.People.AddAccount(r.Context(), s.me(r), a, password)
	}
	switch {
	case postroom.IsBadInput(err):
		s.showPeople(w, r, http.StatusUnprocessableEntity, a, postroom.ReasonOf(err, ""))
	case err != nil:
		s.fail(w, r, err)
	default:
		done(w, r, "/people?"+url.Values{"added": {a.ID}}.Encode())
	}
}

type personPage struct {
	Form accountForm
	Self bool
	Done string
}

func (s *server) person(w http.ResponseWriter, r *http.Request) {
	if !s.havePeople(w, r) {
		return
	}
	a, err := s.People.Account(r.Context(), r.PathValue("account"))
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	s.showPerson(w, r, http.StatusOK, a, "")
}

func (s *server) showPerson(w http.ResponseWriter, r *http.Request, status int, a Account, refusal string) {
	form, err := s.accountForm(r.Context(), a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := personPage{Form: form, Self: a.ID == s.me(r), Done: map[string]string{"1": "The account is changed.", "password": "The password is changed; they are signed out everywhere."}[r.URL.Query().Get("done")]}
	s.show(w, r, status, "person", page{Title: "The account " + a.ID, Error: refusal, Data: d})
}

func (s *server) failAccount(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNoAccount) {
		s.show(w, r, http.StatusNotFound, "message", page{Title: "Not done", Error: "There is no such account."})
		return
	}
	s.fail(w, r, err)
}

func (s *server) changeAccount(w http.ResponseWriter, r *http.Request) {
	if !s.havePeople(w, r) {
		return
	}
	id := r.PathValue("account")
	is, err := s.People.Account(r.Context(), id)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	a, err := accountOf(r, id)
	a.Password, a.Elsewhere = is.Password, is.Elsewhere
	if err == nil && a.Name == "" {
		a.Name = is.Name
	}
	if err == nil {
		err = s.People.ChangeAccount(r.Context(), s.me(r), a)
	}
	switch {
	case postroom.IsBadInput(err):
		s.showPerson(w, r, http.StatusUnprocessableEntity, a, postroom.ReasonOf(err, ""))
	case err != nil:
		s.failAccount(w, r, err)
	default:
		done(w, r, "/people/"+url.PathEscape(id)+"?done=1")
	}
}

func (s *server) setPassword(w http.ResponseWriter, r *http.Request) {
	if !s.havePeople(w, r) {
		return
	}
	id := r.PathValue("account")
	a, err := s.People.Account(r.Context(), id)
	if err != nil {
		s.failAccount(w, r, err)
		return
	}
	password, none := r.PostFormValue("password"), r.PostFormValue("none") != ""
	switch {
	case password == "" && !none:
		err = postroom.Bad(nil, "there is no password", "type one")
	case password != "" && none:
		err = postroom.Bad(nil, "there is a password, and it is to be taken away", "choose one of the two")
	case id == s.me(r): // the own one asks for the password until now
		err = postroom.Bad(nil, "this is your own account", "change your password under your name at the top")
	default:
		err = s.People.SetPassword(r.Context(), s.me(r), id, password)
	}
	switch {
	case postroom.IsBadInput(err):
		s.showPerson(w, r, http.StatusUnprocessableEntity, a, postroom.ReasonOf(err, ""))
	case err != nil:
		s.failAccount(w, r, err)
	default:
		done(w, r, "/people/"+url.PathEscape(id)+"?done=password")
	}
}
