package ingest

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/postroom/postroom"
)

// folderNames is how a server writes the names of folders. The configuration
// parts levels with "/" whatever the server does.
type folderNames struct {
	delim  string // "" when the server has no levels
	prefix string // what the user's own folders begin with (RFC 2342), such as "INBOX."
}

// candidates are the names on the server that a name in the configuration may
// mean, the likeliest last.
func (n folderNames) candidates(name string) []string {
	if strings.EqualFold(name, "INBOX") {
		return []string{"INBOX"}
	}
	if n.delim != "" && n.delim != "/" {
		name = strings.ReplaceAll(name, "/", n.delim)
	}
	if head, rest, ok := strings.Cut(name, n.delim); ok && n.delim != "" && strings.EqualFold(head, "INBOX") {
		name = "INBOX" + n.delim + rest // the one name that has no case
	}
	if n.prefix == "" || strings.HasPrefix(name, n.prefix) {
		return []string{name}
	}
	return []string{name, n.prefix + name}
}

func (s *session) askNames(ctx context.Context) (n folderNames, _ error) {
	err := s.command(ctx, "tell how folders are named", func() error {
		root, err := s.client.List("", "", nil).Collect()
		if err == nil && len(root) > 0 && root[0].Delim != 0 {
			n.delim = string(root[0].Delim)
		}
		return err
	})
	if err != nil || !s.caps.Has(imap.CapNamespace) {
		return n, err
	}
	err = s.command(ctx, "tell how folders are named", func() error {
		spaces, err := s.client.Namespace().Wait()
		if err == nil && len(spaces.Personal) > 0 {
			n.prefix = spaces.Personal[0].Prefix
			if n.delim == "" && spaces.Personal[0].Delim != 0 {
				n.delim = string(spaces.Personal[0].Delim)
			}
		}
		return err
	})
	return n, err
}

// find returns the name on the server of a folder that exists and holds mail,
// or "".
func (s *session) find(ctx context.Context, name string) (found string, err error) {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX", nil // it always exists (RFC 9051 section 5.1), even where LIST hides it
	}
	for _, candidate := range s.names.candidates(name) {
		err := s.command(ctx, "look for the folder "+name, func() error {
			list, err := s.client.List("", candidate, nil).Collect()
			for _, data := range list {
				// A name with * or % in it is a pattern, and finds others too.
				if data.Mailbox == candidate && !slices.Contains(data.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(data.Attrs, imap.MailboxAttrNonExistent) {
					found = candidate
				}
			}
			return err
		})
		if err != nil || found != "" {
			return found, err
		}
	}
	return "", nil
}

// folder returns the name on the server of a folder that it makes if need be.
func (s *session) folder(ctx context.Context, name string) (string, error) {
	if known, ok := s.folders[name]; ok {
		return known, nil
	}
	full, err := s.find(ctx, name)
	if err != nil {
		return "", err
	}
	if full == "" {
		if s.config.NoCreate {
			return "", &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the mailbox has no folder " + name, Hint: "make it, or remove no_create"}
		}
		candidates := s.names.candidates(name)
		full = candidates[len(candidates)-1]
		err := s.command(ctx, "make the folder "+name, func() error { return s.client.Create(full, nil).Wait() })
		if err != nil && !refusedWith(err, imap.ResponseCodeAlreadyExists) {
			return "", withHint(err, "make the folder by hand, or set settle: keyword")
		}
		// Many mail programs show only folders that are subscribed to. A server
		// that refuses does no harm.
		if err := s.command(ctx, "show the folder "+name, func() error { return s.client.Subscribe(full).Wait() }); isBroken(err) {
			return "", err
		}
	}
	s.folders[name] = full
	return full, nil
}
