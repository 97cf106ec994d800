package ingest

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/postroom/postroom"
)

// Stock tells what stands in the mailbox's folder now and carries no mark of
// being done. It takes nothing and changes nothing.
func (m *Mailbox) Stock(ctx context.Context) ([]postroom.ArrivalID, error) {
	s, err := connect(ctx, m.config, m.tokens)
	if err != nil {
		return nil, err
	}
	defer s.logout()
	uids, err := s.search(ctx, &imap.SearchCriteria{NotFlag: []imap.Flag{keywordProcessed, keywordProblem, imap.FlagDeleted}})
	if err != nil {
		return nil, err
	}
	return m.arrivals(s, uids), nil
}

// Stock tells which files stand in the folder now and are neither hidden nor
// in the folders for what is done.
func (f *Folder) Stock(ctx context.Context) ([]postroom.ArrivalID, error) {
	root, err := f.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []postroom.ArrivalID
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return ctx.Err() // what cannot be read is told of by Receive
		}
		if d.IsDir() {
			if name != "." && (!f.config.Recursive || strings.HasPrefix(path.Base(name), ".") || name == folderProcessed || name == folderProblem) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || unfinished(path.Base(name)) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		out = append(out, dropped{name, info.Size(), info.ModTime()}.id(f.config))
		return nil
	})
	return out, err
}

// Again hands a message over once more, if it still stands where it arrived;
// fs.ErrNotExist when it does not.
func (m *Mailbox) Again(ctx context.Context, id postroom.ArrivalID) (io.ReadCloser, error) {
	s, err := connect(ctx, m.config, m.tokens)
	if err != nil {
		return nil, err
	}
	defer s.logout()
	if id.Folder != m.config.Folder || id.UIDValidity != s.validity {
		return nil, fs.ErrNotExist
	}
	keep := &keeper{}
	taken, err := s.takeOne(ctx, keep, imap.UID(id.UID), postroom.Arrival{ID: id})
	if err != nil {
		return nil, err
	}
	if !taken {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(keep.raw)), nil
}

// A keeper is an intake that holds one message in memory.
type keeper struct{ raw []byte }

func (k *keeper) States(_ context.Context, ids []postroom.ArrivalID) ([]postroom.ArrivalState, error) {
	return make([]postroom.ArrivalState, len(ids)), nil
}

func (k *keeper) Take(_ context.Context, _ postroom.Arrival, body io.Reader) (err error) {
	k.raw, err = io.ReadAll(body)
	return err
}

func (k *keeper) Settled(context.Context, []postroom.ArrivalID) error { return nil }

// Again opens a file once more, if it still stands there as it was.
func (f *Folder) Again(_ context.Context, id postroom.ArrivalID) (io.ReadCloser, error) {
	at := strings.LastIndexByte(id.Path, '@')
	if at < 0 || id.Folder != f.config.Path {
		return nil, fs.ErrNotExist
	}
	root, err := f.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.Open(id.Path[:at])
	if err != nil {
		return nil, fs.ErrNotExist
	}
	info, err := file.Stat()
	if err != nil || (dropped{id.Path[:at], info.Size(), info.ModTime()}).key() != id.Path {
		file.Close()
		return nil, fs.ErrNotExist
	}
	return file, nil
}
