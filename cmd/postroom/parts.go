package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/ingest"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// parts are the implementations that the configuration chooses.
type parts struct {
	pipeline.Parts
	objects store.Objects
	reader  *ocr.Reader
	closers []func() error
}

func (p *parts) close() {
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
}

// openParts opens the object store and, with read set, the reader.
func openParts(cfg *config, read bool, verbose bool) (_ *parts, err error) {
	p := &parts{}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if cfg.Store.S3 != nil {
		if p.objects, err = cfg.Store.S3.open(); err != nil {
			return nil, err
		}
	} else {
		folder, err := store.OpenFolder(cfg.storeFolder())
		if err != nil {
			return nil, err
		}
		p.closers = append(p.closers, folder.Close)
		if p.objects, err = cfg.encrypted(folder); err != nil {
			return nil, err
		}
	}
	p.Objects = p.objects
	p.Unpack = unpacker{}
	if p.Rule, err = cfg.Filing.rule(); err != nil {
		return nil, err
	}
	if p.Receivers, err = cfg.receivers(p.objects); err != nil {
		return nil, err
	}
	p.Purge = func(ctx context.Context, key string) error { return store.Purge(ctx, p.objects, key) }
	p.Hidden = func(ctx context.Context, prefix string, f func(string) error) error {
		return store.Hidden(ctx, p.objects, prefix, f)
	}
	p.File = &store.Filer{Objects: p.objects, FHIR: cfg.fhirOptions()}
	p.Sorter = func(patients []postroom.Patient) (pipeline.Sorter, error) { return newSorter(cfg.Practice, patients) }
	p.Taught = taught
	if read {
		if p.reader, err = openReader(cfg, verbose); err != nil {
			return nil, err
		}
		p.closers = append(p.closers, p.reader.Close)
		p.Read = reader{p.reader, cfg.Filing.PDF.keepPages()}
	}
	return p, nil
}

func openReader(cfg *config, verbose bool) (*ocr.Reader, error) {
	rc := cfg.Reading
	rc.CacheDir = filepath.Join(cfg.Data, "cache")
	if cfg.Data == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		rc.CacheDir = filepath.Join(dir, "postroom")
	}
	rc.Log = cfg.logger(verbose)
	return ocr.Open(rc)
}

// openPipeline opens everything that a command needs: the parts and the state.
// With work set it can also read, sort and file.
func openPipeline(ctx context.Context, cfg *config, work, verbose bool) (*pipeline.Pipeline, *parts, error) {
	p, err := openParts(cfg, work, verbose)
	if err != nil {
		return nil, nil, err
	}
	pl, err := openState(ctx, cfg, p, work, verbose)
	if err != nil {
		p.close()
		return nil, nil, err
	}
	return pl, p, nil
}

// openState opens the state over parts that are open.
func openState(ctx context.Context, cfg *config, p *parts, work, verbose bool) (*pipeline.Pipeline, error) {
	opt := pipeline.Options{Database: cfg.databaseAddress(), Work: work, GiveUp: cfg.Filing.GiveUp, Log: cfg.logger(verbose)}
	opt.MonthFirst = cfg.Practice.DateOrder == "mdy"
	cfg.Workers.apply(&opt)
	cfg.Operating.Patience.apply(&opt)
	cfg.Filing.PDF.apply(&opt)
	opt.Observer, opt.Nightly = cfg.observer, cfg.nightly
	if cfg.Data != "" {
		opt.TempDir = filepath.Join(cfg.Data, "tmp")
	}
	if work {
		opt.Readers = cfg.readers()
	}
	return pipeline.Open(ctx, p.Parts, opt)
}

// stateExists refuses a folder in which nothing was ever kept: commands that
// only look must not make an empty state there and call it sound.
func stateExists(cfg *config) error {
	if cfg.Database != "" {
		return nil
	}
	_, err := os.Stat(cfg.databaseAddress())
	if errors.Is(err, fs.ErrNotExist) {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "nothing is kept in the folder " + cfg.Data,
			Hint: "check the path; the first run of postroom batch or postroom patients import makes it"}
	}
	return err
}

// openSources makes the sources of the configuration. A refresh token that a
// provider exchanges for a new one is kept in the state.
func openSources(ctx context.Context, cfg *config, pl *pipeline.Pipeline) ([]pipeline.Source, error) {
	var out []pipeline.Source
	for _, s := range cfg.Sources {
		if s.Folder != nil {
			fc := *s.Folder
			fc.Log = cfg.logger(false)
			f, err := ingest.NewFolder(fc)
			if err != nil {
				return nil, fmt.Errorf("source %s: %w", s.Name, err)
			}
			out = append(out, f)
			continue
		}
		mc := *s.IMAP
		if pl != nil && mc.OAuth != nil && mc.OAuth.RefreshToken != "" {
			key := "refresh token of " + s.Name + " " + string(postroom.HashOf([]byte(mc.OAuth.RefreshToken))[:16])
			if kept, err := pl.Setting(ctx, key); err != nil {
				return nil, err
			} else if kept != "" {
				oauth := *mc.OAuth
				oauth.RefreshToken = kept
				mc.OAuth = &oauth
			}
			mc.SaveRefreshToken = func(ctx context.Context, token string) error { return pl.SetSetting(ctx, key, token) }
		}
		mc.Log = cfg.logger(false)
		m, err := ingest.NewMailbox(mc)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		out = append(out, m)
	}
	return out, nil
}

// The adapters below join the stages' own forms to what the pipeline asks for.

type unpacker struct{}

func (unpacker) Unpack(ctx context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error) {
	return ingest.Unpack(ctx, ingest.UnpackInput{Raw: raw, Name: m.Name, Source: m.Source, Received: m.Received}, dir)
}

type reader struct {
	*ocr.Reader
	keepPages bool // as filing.pdf.archival: false
}

func (r reader) Count(ctx context.Context, a postroom.Attachment) (int, error) {
	info, err := r.Inspect(ctx, a)
	return info.Pages, err
}

func (r reader) Read(ctx context.Context, a postroom.Attachment, n int, known func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	return r.ReadUnlessKnown(ctx, a, n, known)
}

func (r reader) Searchable(ctx context.Context, w io.Writer, title string, created time.Time, pages []pipeline.ReadPage) (map[int]string, error) {
	in := make([]ocr.SearchablePage, len(pages))
	meta := ocr.DocumentMeta{Title: title, Created: created, Language: "en-GB", Keep: r.keepPages}
	var id string
	var sources []string
	for i, p := range pages {
		in[i] = ocr.SearchablePage{Attachment: p.Attachment, Load: p.Load}
		id += fmt.Sprintf("%s/%d ", p.Attachment.Hash, p.Number)
		if key := postroom.OriginalKey(p.Attachment.Hash); !slices.Contains(sources, key) {
			sources = append(sources, key)
			if p.Embed {
				meta.Embed = append(meta.Embed, p.Attachment.Hash)
			}
		}
	}
	meta.ID, meta.Source = string(postroom.HashOf([]byte(id))), strings.Join(sources, "; ")
	pictures, err := r.Reader.Searchable(ctx, w, meta, in)
	drawn := map[int]string{}
	for _, p := range pictures {
		drawn[p.Page-1] = p.Why
	}
	return drawn, err
}

type sorter struct{ *classify.Sorter }

func newSorter(cfg classify.Config, patients []postroom.Patient) (sorter, error) {
	s, err := classify.New(cfg, classify.NewRegister(patients))
	return sorter{s}, err
}

func (s sorter) Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	return s.Sorter.Sort(ctx, classify.Input{Message: c.Message, Pages: pages, Received: c.Message.Received})
}

// One implements pipeline.OneSorter.
func (s sorter) One(ctx context.Context, c postroom.Contents, pages []postroom.Page) (postroom.Document, error) {
	return s.Sorter.One(ctx, classify.Input{Message: c.Message, Pages: postroom.PageList(pages), Received: c.Message.Received})
}

// taught makes a sorter use a model that was taken over.
func taught(s pipeline.Sorter, model []byte) (pipeline.Sorter, error) {
	t, err := classify.ReadTrained(model)
	if err != nil {
		return nil, err
	}
	return sorter{s.(sorter).WithTrained(t)}, nil
}

func (sorter) Similar(a, b []uint64) float64 { return classify.SimilarDocuments(a, b) }

func (sorter) SentAgain(earlier, later postroom.Record) (bool, string) {
	return classify.SentAgain(earlier, later)
}
