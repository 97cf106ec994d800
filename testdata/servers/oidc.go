package servers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// An OIDCProvider is an OpenID provider by others that lets in whoever gives a name.
// The client is "postroom" with the secret "a secret of the test".
type OIDCProvider struct {
	Issuer, ClientID, ClientSecret string
	callback                       string
}

// OIDC starts an OpenID provider that sends browsers back to callback, and stops it when
// the test ends.
func OIDC(t testing.TB, callback string) *OIDCProvider {
	t.Helper()
	judge := Judge(t, "oidc.mjs", callback)
	judge.Stderr = os.Stderr
	if os.Getenv("POSTROOM_TEST_OUTPUT") == "" {
		judge.Stderr = io.Discard
	}
	stdout, err := judge.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := judge.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { judge.Process.Kill(); judge.Wait() })
	port := make(chan int, 1)
	go func() {
		defer close(port)
		for scan := bufio.NewScanner(stdout); scan.Scan(); {
			var line struct{ Port int }
			if json.Unmarshal(scan.Bytes(), &line) == nil && line.Port > 0 {
				port <- line.Port
			}
		}
	}()
	select {
	case n, ok := <-port:
		if !ok {
			t.Fatal("the OpenID provider did not start")
		}
		return &OIDCProvider{fmt.Sprintf("http://127.0.0.1:%d", n), "postroom", "a secret of the test", callback}
	case <-time.After(time.Minute):
		t.Fatal("the OpenID provider did not start in a minute")
	}
	return nil
}

var (
	formAction = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
	formPrompt = regexp.MustCompile(`name="prompt" value="([^"]*)"`)
)

// SignIn does what a person does in a browser that was sent to the address: gives the
// name, agrees, and comes back. It returns the address that the provider sends back to.
func (p *OIDCProvider) SignIn(t testing.TB, address, name string) *url.URL {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	var back *url.URL
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.callback) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Get(address)
	for step := 0; ; step++ {
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if back != nil {
			return back
		}
		action, prompt := formAction.FindSubmatch(b), formPrompt.FindSubmatch(b)
		if action == nil || prompt == nil || step > 3 {
			t.Fatalf("the OpenID provider answers %d: %.600s", res.StatusCode, b)
		}
		to, err2 := res.Request.URL.Parse(html.UnescapeString(string(action[1])))
		if err2 != nil {
			t.Fatal(err2)
		}
		res, err = client.PostForm(to.String(), url.Values{"prompt": {string(prompt[1])}, "login": {name}, "password": {"any"}})
	}
}
