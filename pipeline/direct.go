package pipeline

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/postroom/postroom"
)

// ReadDirect makes the records of one message or file without any state: the
// same calls in the same order as the jobs make, with no queue and no database.
// path holds the raw bytes. At most readers pages are read at once.
func ReadDirect(ctx context.Context, parts Parts, sorter Sorter, m postroom.Message, path string, readers int) (Direct, error) {
	dir, remove, err := makeWorkDir("")
	if err != nil {
		return Direct{}, err
	}
	defer remove()
	o, err := openAttachments(ctx, parts, m, path, dir)
	if err != nil {
		return Direct{}, err
	}
	var readings []pageReading
	for i := range o.contents.Attachments {
		for n := 1; n <= o.pages[i]; n++ {
			readings = append(readings, pageReading{id: postroom.PageID{Attachment: i, Page: n}})
		}
	}
	seen := newImages()
	work, workCtx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, readers))
	for i := range readings {
		r := &readings[i]
		work.Go(func() error {
			page, err := parts.Read.Read(workCtx, o.contents.Attachments[r.id.Attachment], r.id.Page, seen.known)
			if postroom.IsBadInput(err) {
				r.reason = postroom.ReasonOf(err, "")
				return nil
			}
			if err != nil {
				return err
			}
			seen.add(page)
			r.page = &page
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return Direct{}, err
	}
	var pages []postroom.Page
	for _, r := range readings {
		if r.page != nil {
			pages = append(pages, *r.page)
		}
	}
	contents := o.contents
	contents.Message.Received = m.Received
	sorted, err := sorter.Sort(ctx, contents, pages)
	if err != nil {
		return Direct{}, err
	}
	drafts, err := draftRecords(m, o, readings, sorted, parts.Read.Version())
	if err != nil {
		return Direct{}, err
	}
	out := Direct{Records: make([]postroom.Record, len(drafts))}
	for i := range drafts {
		decideDraft(&drafts[i], "", parts.Rule)
		out.Records[i] = drafts[i].Record
		out.Records[i].Objects.Originals = []string{}
	}
	for _, r := range readings {
		out.Pages = append(out.Pages, DirectPage{Attachment: o.contents.Attachments[r.id.Attachment].Name, Number: r.id.Page, Page: r.page, Reason: r.reason})
	}
	return out, nil
}

// Direct is what ReadDirect found.
type Direct struct {
	Records []postroom.Record
	Pages   []DirectPage // all, whatever became of them, in their order
}

// A DirectPage is a page as it was read.
type DirectPage struct {
	Attachment string // its file's name
	Number     int    // in the attachment, from 1
	Page       *postroom.Page
	Reason     string // why it could not be read; Page is nil then
}
