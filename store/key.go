package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/postroom/postroom"
)

// maxKey is the longest key in bytes. S3 allows 1,024 with a prefix before it,
// most file systems 255 for each part.
const (
	maxKey  = 900
	maxPart = 200
)

// checkKey refuses keys that would mean different things in different stores.
// A key is parts of A-Z a-z 0-9 . _ = - with a slash between them; no part is
// empty or begins with a dot.
func checkKey(key string) error {
	if err := checkPrefix(key); err != nil {
		return err
	}
	if key == "" || strings.HasSuffix(key, "/") {
		return badKey(key, "it does not name an object")
	}
	return nil
}

// checkPrefix is checkKey for the beginning of a key, which may be empty or
// end anywhere.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	if len(prefix) > maxKey {
		return badKey(prefix, fmt.Sprintf("it is longer than %d bytes", maxKey))
	}
	parts := strings.Split(prefix, "/")
	for i, part := range parts {
		switch {
		case part == "" && i == len(parts)-1:
			continue // "documents/"
		case part == "":
			return badKey(prefix, "it has an empty part")
		case part[0] == '.':
			return badKey(prefix, "a part of it begins with a dot")
		case len(part) > maxPart:
			return badKey(prefix, fmt.Sprintf("a part of it is longer than %d bytes", maxPart))
		}
		for _, c := range []byte(part) {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._=-", c) >= 0) {
				return badKey(prefix, "it has a character other than A-Z a-z 0-9 . _ = - and /")
			}
		}
	}
	return nil
}

var errKey = errors.New("not a key")

// badKey leaves the key itself out of the message when it could hold anything.
func badKey(key, why string) error {
	return postroom.Bad(fmt.Errorf("%w (%d bytes)", errKey, len(key)), "an object cannot be named so: "+why, "")
}

// kept are the parts of the store that Remove leaves alone unless the store
// was opened with AllowRemoval: what arrived, what was filed, and the lists of it.
var kept = []string{"originals/", "documents/", "manifests/"}

func checkRemoval(key string, allowed bool) error {
	if err := checkKey(key); err != nil {
		return err
	}
	for _, prefix := range kept {
		if strings.HasPrefix(key, prefix) && !allowed {
			return postroom.Bad(ErrKept, "objects under "+prefix+" are kept", "only the retention job may remove them")
		}
	}
	return nil
}
