package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Stocked source can tell what stands in it now, neither done nor hidden.
type Stocked interface {
	Stock(ctx context.Context) ([]postroom.ArrivalID, error)
}

// An Original source can hand the bytes of an arrival over once more.
type Original interface {
	Again(ctx context.Context, id postroom.ArrivalID) (io.ReadCloser, error)
}

// reconcileSources compares what stands in the sources with what was taken.
func (p *Pipeline) reconcileSources(ctx context.Context, sources []Source, find func(FindingKind, string, string, ...any)) error {
	for _, s := range sources {
		stocked, ok := s.(Stocked)
		if !ok {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, 5*time.Minute)
		ids, err := stocked.Stock(limited)
		cancel()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			find(Unended, "source "+s.Name(), "it cannot be looked into: %s", postroom.ReasonOf(err, "it does not answer"))
			continue
		}
		for len(ids) > 0 {
			batch := ids[:min(500, len(ids))]
			ids = ids[len(batch):]
			states, err := intake{p}.states(ctx, batch)
			if err != nil {
				return err
			}
			fresh, done := 0, 0
			for _, state := range states {
				switch state {
				case postroom.ArrivalNew:
					fresh++
				case postroom.ArrivalProcessed, postroom.ArrivalProblem:
					done++
				}
			}
			if fresh > 0 {
				find(Unended, "source "+s.Name(), "%d arrivals in it are not taken in yet; the next run takes them", fresh)
			}
			// A folder may keep what is done where it is.
			if done > 0 && batch[0].UIDValidity != 0 {
				find(Unended, "source "+s.Name(), "%d mails in it are done and not moved yet; the next run moves them", done)
			}
		}
	}
	return nil
}

// refile writes what is missing of a filed document again. The searchable PDF
// and the bundle are made of what is kept of the pages, and count only if they
// are, to the byte, what the record says. Nothing is overwritten.
func (p *Pipeline) refile(ctx context.Context, r postroom.Record) error {
	if p.parts.Read == nil || p.parts.Refile == nil {
		return errors.New("this process has no reader to make its files again")
	}
	var message string
	if err := p.db.row(ctx, `SELECT message FROM documents WHERE id = ?`, r.DocumentID).scan(&message); err != nil {
		return err
	}
	pages, release, err := p.readPages(ctx, message, r)
	if err != nil {
		return err
	}
	defer release()
	pdf, err := os.CreateTemp(p.files.dir, "document-*.pdf")
	if err != nil {
		return err
	}
	defer os.Remove(pdf.Name())
	defer pdf.Close()
	if _, err := p.parts.Read.Searchable(ctx, pdf, p.documentTitle(r), r.Message.Received, pages); err != nil {
		return err
	}
	if _, err := pdf.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum, _, err := postroom.HashReader(pdf)
	if err != nil {
		return err
	}
	if sum != r.Objects.PDFHash {
		return errors.New("its PDF would not be the same; restore it from a backup")
	}
	if _, err := pdf.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return p.parts.Refile(ctx, r, pdf)
}

// earlierFile matches the names that the files of a document's versions have.
var earlierFile = regexp.MustCompile(`^(?:document|fhir|record)(?:\.v(\d+))?(?:\.[0-9a-f]{12}|\.replaced)?\.(?:pdf|json)$`)

// ofEarlierVersion reports whether a key holds a file of a version of the
// document before the given one: corrections keep them.
func ofEarlierVersion(key string, version int) bool {
	m := earlierFile.FindStringSubmatch(path.Base(key))
	if m == nil {
		return false
	}
	n := 1
	if m[1] != "" {
		n, _ = strconv.Atoi(m[1])
	}
	return n < version
}

// leftOver reports whether an object that no record names belongs to a document
// that has its record all the same: an interrupted filing left it.
func (p *Pipeline) leftOver(ctx context.Context, key string) (earlier, leftover bool, err error) {
	parts := strings.Split(key, "/")
	if parts[0] != "documents" || len(parts) != 6 || !earlierFile.MatchString(parts[5]) {
		return false, false, nil
	}
	var state string
	var version int
	switch err := p.db.row(ctx, `SELECT state, version FROM documents WHERE id = ?`, parts[4]).scan(&state, &version); {
	case errors.Is(err, errNoRows):
		return false, false, nil
	case err != nil:
		return false, false, err
	}
	if ofEarlierVersion(key, version) {
		return true, false, nil
	}
	return false, !strings.HasPrefix(parts[5], "record"), nil
}

func (p *Pipeline) noted(ctx context.Context, key string) (bool, error) {
	var n int
	err := p.db.row(ctx, `SELECT COUNT(*) FROM noted_objects WHERE object_key = ?`, key).scan(&n)
	return n > 0, err
}

func (p *Pipeline) note(ctx context.Context, key string) error {
	_, err := p.db.exec(ctx, `INSERT INTO noted_objects (object_key, noted) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, micros(p.now()))
	return err
}

// restoreOriginal puts back the bytes of a message that are missing from the
// object store, from the mail that still stands in its source.
func (p *Pipeline) restoreOriginal(ctx context.Context, sources []Source, id postroom.Hash) error {
	var arrivals []postroom.ArrivalID
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var a postroom.ArrivalID
		var validity, uid int64
		err := scan(&a.Source, &a.Folder, &validity, &uid, &a.Path)
		a.UIDValidity, a.UID = uint32(validity), uint32(uid)
		arrivals = append(arrivals, a)
		return err
	}, `SELECT source, folder, uidvalidity, uid, path FROM arrivals WHERE message = ?`, string(id)); err != nil {
		return err
	}
	why := errors.New("its mail does not stand in its source any more; restore it from a backup")
	for _, a := range arrivals {
		for _, s := range sources {
			original, ok := s.(Original)
			if !ok || s.Name() != a.Source {
				continue
			}
			body, err := original.Again(ctx, a)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				why = err
				continue
			}
			raw, err := io.ReadAll(body)
			body.Close()
			if err != nil {
				why = err
				continue
			}
			if postroom.HashOf(raw) != id {
				why = fmt.Errorf("what stands in %s is something else now", a.Source)
				continue
			}
			return p.parts.Objects.Put(ctx, postroom.OriginalKey(id), bytes.NewReader(raw), int64(len(raw)), id)
		}
	}
	return why
}
