package review

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/postroom/postroom"
)

// What is looked for says who a patient is, and addresses are kept: by browsers in their history,
// by proxies in their logs. So it comes in a form, and stands in the address of what was found
// sealed with a key of the session: going back and loading again work, and to anybody else, and
// after the session, it says nothing.

// mostSealed bounds what can be looked for, in bytes: an address has to hold it.
const mostSealed = 3000

func (s *server) sealer(r *http.Request) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(s.Access.Token(r.Context())), nil, "what is looked for", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal makes what is looked for fit to stand in an address.
func (s *server) seal(r *http.Request, v url.Values) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if len(plain) > mostSealed {
		return "", postroom.Bad(nil, "that is too much to look for", "use fewer words")
	}
	sealer, err := s.sealer(r)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealer.Seal(nil, nil, plain, nil)), nil
}

// sealed is what an address says was looked for; nothing when there is none, and lost when it is
// of another session.
func (s *server) sealed(r *http.Request) (v url.Values, lost bool) {
	in := r.URL.Query().Get("find")
	if in == "" {
		return url.Values{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(in)
	if err != nil {
		return url.Values{}, true
	}
	sealer, err := s.sealer(r)
	if err != nil {
		return url.Values{}, true
	}
	plain, err := sealer.Open(nil, nil, b, nil)
	if err != nil {
		return url.Values{}, true
	}
	if err := json.Unmarshal(plain, &v); err != nil {
		return url.Values{}, true
	}
	return v, false
}

// lookFor leads from a form to the page that shows what it asks for.
func (s *server) lookFor(w http.ResponseWriter, r *http.Request, path string, names ...string) {
	v := url.Values{}
	for _, name := range names {
		if value := r.PostFormValue(name); value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		done(w, r, path)
		return
	}
	sealed, err := s.seal(r, v)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	done(w, r, path+"?find="+sealed)
}

const lostSearch = "What was looked for is kept only until the sign-in ends. Look for it again."
