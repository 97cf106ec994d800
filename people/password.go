// Package people lets people in: it keeps passwords so that nobody can read them, and
// signs people in at an OpenID provider. What they may do then is the review desk's.
package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/postroom/postroom"
)

// The cost of a password: argon2id (RFC 9106) with 64 MiB, three passes and one lane, its
// second recommended option but for the lanes. That is more than the OWASP password storage
// cheat sheet asks at the least.
const (
	passwordMemory = 64 << 10 // KiB
	passwordPasses = 3
	passwordLanes  = 1
	saltSize       = 16 // bytes
	hashSize       = 32
)

// The bounds of a password, in characters (OWASP Application Security Verification Standard
// 4.0.3, 2.1.1), without rules about their kind (NIST SP 800-63B).
const (
	MinPassword = 12
	MaxPassword = 256
)

// atOnce bounds the memory that strangers can make the desk use.
var atOnce = make(chan struct{}, 2)

// HashPassword returns what is kept of a password, in the PHC string format.
func HashPassword(password string) (string, error) {
	if err := checkPassword(password); err != nil {
		return "", err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return encode(salt, derive(password, salt, passwordMemory, passwordPasses, passwordLanes, hashSize)), nil
}

func encode(salt, hash []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, passwordMemory, passwordPasses, passwordLanes, b.EncodeToString(salt), b.EncodeToString(hash))
}

func derive(password string, salt []byte, memory, passes uint32, lanes uint8, size uint32) []byte {
	atOnce <- struct{}{}
	defer func() { <-atOnce }()
	// The same characters can be typed as different bytes on different keyboards.
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, passes, memory, lanes, size)
}

var errNoHash = errors.New("this is no argon2id hash")

// nobody is compared with where there is no account, so that the answer takes as long.
var nobody = encode(make([]byte, saltSize), make([]byte, hashSize))

// SamePassword reports whether kept is the hash of the password. An empty kept is an account
// that does not exist or has no password: the answer is no, after the same time.
func SamePassword(kept, password string) (bool, error) {
	there := kept != ""
	if !there {
		kept = nobody
	}
	if len(password) > 4*MaxPassword {
		password = ""
	}
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errNoHash
	}
	var version, memory, passes uint32
	var lanes uint8
	if n, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || n != 1 || version != argon2.Version {
		return false, errNoHash
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || n != 3 ||
		memory < 8 || memory > 1<<20 || passes < 1 || passes > 64 || lanes < 1 {
		return false, errNoHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return false, errNoHash
	}
	hash, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(hash) < 16 || len(hash) > 64 {
		return false, errNoHash
	}
	same := subtle.ConstantTimeCompare(derive(password, salt, memory, passes, lanes, uint32(len(hash))), hash) == 1
	return same && there, nil
}

// checkPassword says what is wrong with a new password.
func checkPassword(password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return postroom.Bad(nil, "the password is not readable text", "choose another")
	case n < MinPassword:
		return postroom.Bad(nil, fmt.Sprintf("the password is too short: it needs %d characters", MinPassword), "three random words are easy to remember")
	case n > MaxPassword:
		return postroom.Bad(nil, fmt.Sprintf("the password is longer than %d characters", MaxPassword), "choose a shorter one")
	case guessed(password):
		return postroom.Bad(nil, "the password is one of those that are tried first", "three random words are easy to remember")
	}
	return nil
}

// commonest are what passwords that are tried first are made of, besides runs and repeats.
var commonest = []string{"password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "letmein", "welcome", "postroom", "admin", "administrator", "changeme", "surgery", "practice", "nhs", "england", "scotland", "liverpool", "arsenal", "football", "iloveyou", "qwerty", "qwertyuiop", "asdfghjkl", "zxcvbnm", "monkey", "dragon", "master", "hello", "doctor", "clinic", "secret"}

// guessed reports whether a password is nothing but a common word or two, a run of the
// keyboard, the same over and over, and figures.
func guessed(password string) bool {
	left := strings.ToLower(norm.NFKC.String(password))
	distinct := map[rune]bool{}
	for _, r := range left {
		distinct[r] = true
	}
	if len(distinct) < 5 {
		return true
	}
	for _, run := range []string{"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "98765432109876543210", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn"} {
		if strings.Contains(run, left) {
			return true
		}
	}
	for _, word := range commonest {
		left = strings.ReplaceAll(left, word, "")
	}
	rest := strings.Trim(left, "0123456789!?.,-_#@$*&+ ")
	return utf8.RuneCountInString(rest) < 4
}
