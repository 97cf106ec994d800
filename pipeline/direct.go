package pipeline

import (
	"context"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/postroom/postroom"
)

// ReadDirect makes the records of one message or file without any state: the
// same calls in the same order as the jobs make, with no queue and no database.
// path holds the raw bytes. At most readers pages are read at once.
func ReadDirect(ctx context.Context, parts Parts, sorter Sorter, m postroom.Message, path string, readers int, to DirectTo) error {
	dir, remove, err := makeWorkDir("")
	if err != nil {
		return err
	}
	defer remove()
	o, err := openAttachments(ctx, parts, m, path, dir)
	if err != nil {
		return err
	}
	var readings []pageReading
	for i := range o.contents.Attachments {
		for n := 1; n <= o.pages[i]; n++ {
			readings = append(readings, pageReading{id: postroom.PageID{Attachment: i, Page: n}})
		}
	}
	pages, done, err := readAll(ctx, parts, o, readings, filepath.Join(dir, "pages-read"), readers)
	if err != nil {
		return err
	}
	defer done()
	if to.Page != nil {
		for next, i := 0, 0; i < len(readings); i++ {
			r := &readings[i]
			p := DirectPage{Attachment: o.contents.Attachments[r.id.Attachment].Name, Number: r.id.Page, Reason: r.reason}
			if r.page != nil {
				page, err := pages.Load(ctx, next)
				if err != nil {
					return err
				}
				p.Page = &page
				next++
			}
			if err := to.Page(p); err != nil {
				return err
			}
		}
	}
	if to.Record == nil {
		return nil
	}
	contents := o.contents
	contents.Message.Received = m.Received
	sorted, err := sorter.Sort(ctx, contents, pages)
	if err != nil {
		return err
	}
	return draftRecords(ctx, m, o, readings, pages, sorted, parts.Read.Version(), func(d draft) error {
		decideDraft(&d, "", parts.Rule)
		d.Record.Objects.Originals = []string{}
		return to.Record(d.Record)
	})
}

// DirectTo is told what ReadDirect finds, one at a time; nil for what nobody wants.
type DirectTo struct {
	Page   func(DirectPage) error // all pages, whatever becomes of them, in their order
	Record func(postroom.Record) error
}

// A DirectPage is a page as it was read.
type DirectPage struct {
	Attachment string // its file's name
	Number     int    // in the attachment, from 1
	Page       *postroom.Page
	Reason     string // why it could not be read; Page is nil then
}

// readAll reads the pages of one message. The words of many pages lie in a file at path; done
// must be called.
func readAll(ctx context.Context, parts Parts, o opened, readings []pageReading, path string, readers int) (pages readable, done func(), err error) {
	many := len(readings) > postroom.ManyPages
	kept, err := newSpool(path)
	if err != nil {
		return readable{}, nil, err
	}
	seen := newImages(kept)
	work, workCtx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, readers))
	for i := range readings {
		r := &readings[i]
		work.Go(func() error {
			a := o.contents.Attachments[r.id.Attachment]
			page, err := parts.Read.Read(workCtx, a, r.id.Page, seen.known)
			if postroom.IsBadInput(err) {
				r.reason = postroom.ReasonOf(err, "")
				return nil
			}
			if err != nil {
				return err
			}
			if r.at, err = kept.put(page); err != nil {
				return err
			}
			seen.add(page.Image, r.at)
			r.keep(page, a, many)
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		kept.close()
		return readable{}, nil, err
	}
	if !many {
		return readableOf(readings, nil), kept.close, nil
	}
	return readableOf(readings, func(_ context.Context, r *pageReading) (postroom.Page, error) { return kept.load(r.at) }), kept.close, nil
}
