package review

import (
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
)

// original hands a file over as it arrived. It is never shown: what strangers send may
// hold scripts, so it is only saved.
func (s *server) original(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	o, f, err := s.Desk.Original(r.Context(), id, postroom.Hash(r.PathValue("hash")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer f.Close()
	download(w, safeName(o.Name), "application/octet-stream")
	if _, err := io.Copy(w, f); err != nil {
		s.Log.Warn("a download broke off", "document", id, "error", err)
	}
}

// download sets the headers of a file that is saved and not shown.
func download(w http.ResponseWriter, name, mediaType string) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'self'; sandbox")
	h.Set("Cache-Control", "no-store")
}

// safeName is a sender's name for a file without what could lead anywhere, hide its
// ending or start a program by itself on a careless click.
func safeName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._-()", r) {
			return r
		}
		return '_'
	}, name)
	name = strings.Trim(name, ". ")
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[len(runes)-100:])
	}
	if name == "" {
		name = "file"
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".eml", ".txt", ".zip", ".docx", ".rtf":
		return name
	}
	return name + ".bin"
}
