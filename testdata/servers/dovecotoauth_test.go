package servers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/postroom/postroom/testdata/servers"
)

// The token server knows one token. It answers as a tokeninfo endpoint and as
// an introspection endpoint (RFC 7662).
func tokenServer(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.FormValue("token")
		if token == "" {
			token = r.FormValue("access_token")
		}
		if token != "good-token" {
			http.Error(w, `{"error":"invalid_token"}`, http.StatusUnauthorized)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"email": "inbox@practice.example", "active": true})
	}))
	t.Cleanup(s.Close)
	return s
}

func TestDovecotOAuth2(t *testing.T) {
	t.Parallel()
	tokens := tokenServer(t)
	for name, option := range map[string]servers.OAuth2{
		"tokeninfo":     {TokenInfoURL: tokens.URL + "/tokeninfo?access_token="},
		"introspection": {IntrospectionURL: tokens.URL + "/introspect"},
	} {
		t.Run(name, func(t *testing.T) {
			d := servers.Dovecot(t, servers.WithOAuth2(option))
			d.AddUser("inbox@practice.example", "secret")
			login := func(client sasl.Client) error {
				t.Helper()
				c, err := imapclient.DialTLS(d.Addr, &imapclient.Options{TLSConfig: d.TLS()})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if err := c.Authenticate(client); err != nil {
					return err
				}
				_, err = c.Select("INBOX", nil).Wait()
				return err
			}
			bearer := func(token string) sasl.Client {
				return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: "inbox@practice.example", Token: token})
			}
			if err := login(bearer("good-token")); err != nil {
				t.Errorf("OAUTHBEARER with a good token: %v", err)
			}
			if err := login(bearer("bad-token")); err == nil {
				t.Error("OAUTHBEARER with a bad token was accepted")
			}
			if err := login(xoauth2{"inbox@practice.example", "good-token"}); err != nil {
				t.Errorf("XOAUTH2 with a good token: %v", err)
			}
			if err := login(sasl.NewPlainClient("", "inbox@practice.example", "secret")); err != nil {
				t.Errorf("the password beside OAuth2: %v", err)
			}
			if err := login(sasl.NewPlainClient("", "inbox@practice.example", "good-token")); err == nil {
				t.Error("a token was accepted as a password")
			}
		})
	}
}

// xoauth2 is Google's and Microsoft's form of the same.
type xoauth2 struct{ user, token string }

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
