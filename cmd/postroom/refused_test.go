package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom/pipeline"
)

const deskCookie = "__Host-postroom_session"

func (v *visitor) key() string {
	v.t.Helper()
	u, err := url.Parse(v.base)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == deskCookie {
			return c.Value
		}
	}
	return ""
}

func (v *visitor) plant(key string) {
	u, _ := url.Parse(v.base)
	v.client.Jar.SetCookies(u, []*http.Cookie{{Name: deskCookie, Value: key, Path: "/", Secure: true}})
}

// send makes a request that no form of the desk makes.
func (v *visitor) send(method, path, kind string, body io.Reader, header ...string) int {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	if bytes.Contains(b, []byte("Family")) || bytes.Contains(b, []byte("package review")) || bytes.Contains(b, []byte("SQLite format")) {
		v.t.Errorf("%s %s shows what it must not", method, path)
	}
	return res.StatusCode
}

// What must not be done at the desk, tried over the wire with the real state: each is
// refused, changes nothing, and stands in the trail with who tried it, as far as known.
func TestRefusedAndAudited(t *testing.T) {
	d := openPeopleDesk(t, false, nil)
	takeLetter(t, d.pl, 1, d.patients[0].Number+" a letter")
	id := d.one(t)
	form := "application/x-www-form-urlencoded"
	var from int64
	refused := func(what string, code, want int, row string) {
		t.Helper()
		if code != want {
			t.Errorf("%s: %d, want %d", what, code, want)
		}
		var rows []string
		if err := d.pl.AuditEvents(t.Context(), pipeline.AuditFilter{}, func(e pipeline.AuditEvent) error {
			if e.Seq > from {
				rows, from = append(rows, e.Person+" "+e.Action+" "+e.Detail), e.Seq
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(rows, func(r string) bool { return strings.HasPrefix(r, row) }) {
			t.Errorf("%s: the trail does not tell %q but %q", what, row, rows)
		}
		it, err := d.pl.DeskDocument(t.Context(), id)
		if err != nil || it.State != "review" || it.ClaimedBy != "" {
			t.Fatalf("%s changed something: %+v, %v", what, it, err)
		}
	}
	decide := func(token string) io.Reader {
		return strings.NewReader(url.Values{"token": {token}, "revision": {"1"}, "why": {"nothing"}}.Encode())
	}
	discard := "/document/" + id + "/discard"

	// Nobody is signed in.
	eve := d.visit()
	refused("no session", eve.send("POST", discard, form, decide("x")), 401, " refused POST /document/{id}/discard: nobody is signed in")
	refused("no session, reading", eve.send("GET", "/document/"+id, "", nil), 401, " refused GET /document/{id}: nobody is signed in")
	refused("no session, data", eve.send("POST", "/patients", form, strings.NewReader("q=Family")), 401, " refused POST /patients: nobody is signed in")
	eve.plant(strings.Repeat("A", 52))
	refused("a key that was guessed", eve.send("GET", "/document/"+id, "", nil), 401, " refused GET /document/{id}")

	// Signed in, with another role.
	carol := d.visit()
	carol.signIn("carol", deskPassword)
	token := func(v *visitor) string {
		_, body, _ := v.do("GET", "/account", nil)
		m := formToken.FindStringSubmatch(body)
		if m == nil {
			t.Fatal(body)
		}
		return m[1]
	}
	refused("an auditor decides", carol.send("POST", discard, form, decide(token(carol))), 403, "user:carol refused POST /document/{id}/discard: the role auditor")
	ann := d.visit()
	ann.signIn("ann", deskPassword)
	annsToken := token(ann)
	refused("a clerk gives to another patient", ann.send("POST", "/filed/"+id+"/refile", form, decide(annsToken)), 403, "user:ann refused POST /filed/{id}/refile: the role clerk")
	bob := d.visit()
	bob.signIn("bob", deskPassword)
	refused("another mailbox", bob.send("POST", discard, form, decide(token(bob))), 404, "user:bob refused POST /document/{id}/discard: it is of a mailbox that is not theirs")

	// Forms of others.
	for what, header := range map[string][]string{"no token": nil, "another site": {"Sec-Fetch-Site", "cross-site"}, "another site below the same name": {"Sec-Fetch-Site", "same-site"}, "another origin": {"Origin", "https://evil.example"}} {
		given := annsToken
		if header == nil {
			given = ""
		}
		refused(what, ann.send("POST", discard, form, decide(given), header...), 403, "user:ann refused POST /document/{id}/discard: the form is not from this desk")
	}
	refused("another person's token", ann.send("POST", discard, form, decide(token(bob))), 403, "user:ann refused POST /document/{id}/discard: the form")
	refused("a form as JSON", ann.send("POST", discard, "application/json", strings.NewReader(`{"token":"`+annsToken+`"}`)), 403, "user:ann refused POST /document/{id}/discard: the form")
	refused("the token in the address", ann.send("POST", discard+"?token="+annsToken, form, nil), 403, "user:ann refused POST /document/{id}/discard: the form")
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		if code := ann.send(method, discard, form, decide(annsToken)); code != 403 && code != 405 {
			t.Errorf("%s: %d", method, code)
		}
	}

	// More than a form can hold, by its fields, by a file, and without saying how much.
	big := strings.Repeat("x", 3<<20)
	refused("a form of 3 MB", ann.send("POST", discard, form, strings.NewReader("token="+annsToken+"&x="+big)), 403, "user:ann refused POST /document/{id}/discard: the form")
	part := "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + annsToken + "\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.pdf\"\r\n\r\n" + big + "\r\n--b--\r\n"
	refused("an upload of 3 MB", ann.send("POST", discard, "multipart/form-data; boundary=b", struct{ io.Reader }{strings.NewReader(part)}), 403, "user:ann refused POST /document/{id}/discard: the form")
	if code := eve.send("POST", "/signin", form, strings.NewReader("account=ann&password="+big)); code != 401 && code != 403 {
		t.Errorf("a password of 3 MB: %d", code)
	}
	if code := ann.send("GET", "/", "", nil, "X-Long", strings.Repeat("x", 100<<10)); code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 100 kB: %d", code)
	}

	// Ways out of what an address names.
	for _, path := range []string{"/document/..%2f..%2fpostroom.db", "/filed/" + id + "/original/..%2F..%2Fpostroom.db", "/filed/" + id + "/pdf/..%2f1", "/assets/..%2f..%2fserver.go", "/assets/%2e%2e/server.go",
		"/assets/..%5c..%5cserver.go", "/assets/../../server.go", "/document/" + id + "/page/..%2f..%2f1", "/document/%00"} {
		refused(path, ann.send("GET", path, "", nil), 404, "user:ann refused GET: the address leads out of the desk")
	}
	refused("out of the looks, not signed in", d.visit().send("GET", "/assets/..%2f..%2fserver.go", "", nil), 404, " refused GET: the address leads out of the desk")

	// A key that somebody planted is worth nothing once its victim has signed in.
	mallory, victim := d.visit(), d.visit()
	mallory.signIn("bob", deskPassword)
	planted := mallory.key()
	victim.plant(planted)
	victim.signIn("ann", deskPassword)
	if victim.key() == planted || victim.key() == "" {
		t.Error("the planted key is the victim's")
	}
	refused("who planted a key", mallory.send("GET", "/account", "", nil), 401, " refused ")
	made := strings.Repeat("B", 52)
	other := d.visit()
	other.plant(made)
	other.signIn("ann", deskPassword)
	mallory.plant(made)
	refused("who made a key up and planted it", mallory.send("GET", "/account", "", nil), 401, " refused ")

	// Signed out is signed out, whatever was kept.
	kept := victim.key()
	victim.submit("/account", "/signout", url.Values{})
	victim.plant(kept)
	refused("a key after its sign-out", victim.send("GET", "/document/"+id, "", nil), 401, " refused GET /document/{id}")

	// Guessing, at an account that exists and at one that does not, side by side.
	for _, account := range []string{"lou", "nobody"} {
		var codes []int
		for range 7 {
			codes = append(codes, eve.signIn(account, "guess guess guess"))
		}
		if !slices.Equal(codes, []int{401, 401, 401, 401, 401, 429, 429}) {
			t.Errorf("guessing at %s is answered %v", account, codes)
		}
		if account == "lou" { // at once, for the wait goes by
			if code := eve.signIn("lou", deskPassword); code != 429 {
				t.Errorf("the right password among guesses: %d", code)
			}
		}
		known := map[string]string{"lou": "user:lou"}[account]
		refused("guessing at "+account, codes[4], 401, known+" sign_in_refused ")
	}
	// ann, whose desk it is, was hindered by none of it.
	if code := ann.send("POST", "/document/"+id+"/skip", form, decide(annsToken)); code != http.StatusSeeOther {
		t.Errorf("her own form: %d", code)
	}
	if r, err := d.pl.VerifyAudit(t.Context()); err != nil || len(r.Wrong) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
