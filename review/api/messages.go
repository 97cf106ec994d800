package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/review"
)

// A Body is what was handed in, whole.
type Body io.Reader

// Mailbox is where documents stand that are handed in without the name of one.
const Mailbox = "api"

// roomFor is how long a request waits while the pipeline takes in nothing new, and how long
// it may take to send a document.
const (
	roomFor   = 20 * time.Second
	uploadFor = 10 * time.Minute
)

// mailboxFor is the mailbox that a document is handed in to.
func mailboxFor(r *http.Request) (string, error) {
	p := caller(r).Person
	m := r.URL.Query().Get("mailbox")
	if m == "" {
		m = Mailbox
		if len(p.Mailboxes) == 1 {
			m = p.Mailboxes[0]
		}
	}
	if !mayShow(p, m) || len(m) > 100 || strings.ContainsFunc(m, func(c rune) bool { return c < ' ' }) {
		return "", postroom.Bad(nil, "the token may not hand documents in to this mailbox", "name another with ?mailbox=")
	}
	return m, nil
}

// upload takes one file: a mail, or a document. Handing the same bytes in again changes nothing.
func (s *server) upload(w http.ResponseWriter, r *http.Request) error {
	mailbox, err := mailboxFor(r)
	if err != nil {
		s.refused(r, caller(r), "POST "+Base+"/messages", "", "it names a mailbox that is not theirs")
		return err
	}
	control := http.NewResponseController(w)
	// What cannot be set stays as the server has it.
	control.SetReadDeadline(time.Now().Add(uploadFor))
	control.SetWriteDeadline(time.Now().Add(uploadFor + time.Minute))
	spool, err := os.CreateTemp(s.TempDir, "upload-*")
	if err != nil {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	hash, size, err := postroom.HashReader(io.TeeReader(http.MaxBytesReader(w, r.Body, s.LargestUpload), spool))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return err
	case err != nil:
		return postroom.Bad(err, "the document did not arrive whole", "send it again")
	case size == 0:
		return postroom.Bad(nil, "the request holds no document", "send its bytes as the request's body")
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	a := postroom.Arrival{ID: postroom.ArrivalID{Source: mailbox, Folder: Mailbox, Path: string(hash)}, Received: s.Now().UTC(), Name: fileName(r), Size: size}
	ctx, cancel := context.WithTimeout(r.Context(), roomFor)
	defer cancel()
	if err := s.State.Take(ctx, a, spool); err != nil {
		if ctx.Err() != nil {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "there is no room for more documents just now", Hint: "hand it in again later", Err: err}
		}
		return err
	}
	if err := s.State.Note(r.Context(), "token:"+caller(r).Token, "uploaded", "", "message "+string(hash)); err != nil {
		return err
	}
	w.Header().Set("Location", Base+"/messages/"+string(hash))
	m, err := s.State.Message(r.Context(), hash)
	if err != nil && !errors.Is(err, review.ErrNoDocument) {
		return err
	}
	if err != nil || !mayShow(caller(r).Person, m.Mailbox) {
		// It came by another way before, or was purged: that much the sender may know.
		m = Message{ID: hash, Mailbox: mailbox, Received: a.Received, State: "taken"}
	}
	if m.Documents == nil {
		m.Documents = []Summary{}
	}
	return answer(w, http.StatusAccepted, m)
}

// fileName is the name of what is handed in; "" for a mail.
func fileName(r *http.Request) string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "message/rfc822" {
		return ""
	}
	name := ""
	if _, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); err == nil {
		name = path.Base(strings.ReplaceAll(params["filename"], `\`, "/"))
	}
	name = strings.Map(func(c rune) rune {
		if c < ' ' {
			return -1
		}
		return c
	}, name)
	if name == "" || name == "." || name == "/" || len(name) > 255 {
		name = "document"
		if all, err := mime.ExtensionsByType(kind); err == nil && len(all) > 0 {
			name += all[0]
		}
	}
	return name
}

func (s *server) message(w http.ResponseWriter, r *http.Request) error {
	m, err := s.State.Message(r.Context(), postroom.Hash(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !mayShow(caller(r).Person, m.Mailbox) {
		s.refused(r, caller(r), r.Pattern, "", "it is of a mailbox that is not theirs")
		return review.ErrNoDocument
	}
	if m.Documents == nil {
		m.Documents = []Summary{}
	}
	return answer(w, http.StatusOK, m)
}
