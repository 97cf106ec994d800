package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// A keptReader keeps what a reader reads in a folder, by content and engine,
// so that scoring a corpus again does not recognise it again.
type keptReader struct {
	pipeline.Reader
	dir string
}

// A keptReading is one file of the folder. What cannot be read is kept as well.
type keptReading struct {
	Page   *postroom.Page `json:"page,omitempty"`
	Pages  int            `json:"pages,omitempty"`
	Reason string         `json:"reason,omitempty"`
}

func newKeptReader(r pipeline.Reader, dir string) (*keptReader, error) {
	dir = filepath.Join(dir, string(postroom.HashOf([]byte(r.Version()))[:16]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the folder " + dir + " cannot be made", Hint: "name another with --cache", Err: err}
	}
	return &keptReader{r, dir}, nil
}

func (k *keptReader) path(a postroom.Attachment, what string) string {
	return filepath.Join(k.dir, string(a.Hash[:2]), fmt.Sprintf("%s-%s.json.gz", a.Hash, what))
}

func (k *keptReader) load(path string) (r keptReading, ok bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return r, false
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return r, false
	}
	return r, json.NewDecoder(z).Decode(&r) == nil
}

// save writes under another name first: a reading is whole or not there. A
// full disk costs the reading, not the run.
func (k *keptReader) save(path string, r keptReading) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if json.NewEncoder(z).Encode(r) != nil || z.Close() != nil {
		return
	}
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return
	}
	_, err = f.Write(b.Bytes())
	if errors.Join(err, f.Close()) != nil || os.Rename(f.Name(), path) != nil {
		os.Remove(f.Name())
	}
}

func (k *keptReader) Count(ctx context.Context, a postroom.Attachment) (int, error) {
	path := k.path(a, "count")
	if r, ok := k.load(path); ok {
		if r.Reason != "" {
			return 0, postroom.Bad(nil, r.Reason, "")
		}
		return r.Pages, nil
	}
	n, err := k.Reader.Count(ctx, a)
	switch {
	case err == nil:
		k.save(path, keptReading{Pages: n})
	case postroom.IsBadInput(err):
		k.save(path, keptReading{Reason: postroom.ReasonOf(err, "it cannot be opened")})
	}
	return n, err
}

func (k *keptReader) Read(ctx context.Context, a postroom.Attachment, n int, known func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	path := k.path(a, fmt.Sprint(n))
	if r, ok := k.load(path); ok && (r.Page != nil || r.Reason != "") {
		if r.Page == nil {
			return postroom.Page{}, postroom.Bad(nil, r.Reason, "")
		}
		// The same bytes may have been read under another name.
		r.Page.Attachment = a.Name
		return *r.Page, nil
	}
	page, err := k.Reader.Read(ctx, a, n, known)
	switch {
	case err == nil:
		k.save(path, keptReading{Page: &page})
	case postroom.IsBadInput(err):
		k.save(path, keptReading{Reason: postroom.ReasonOf(err, "it cannot be read")})
	}
	return page, err
}
