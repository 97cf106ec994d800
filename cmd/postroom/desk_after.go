package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // the forms in which pages are shown
	_ "image/png"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

// What comes after the decision, joined to the pipeline.

func afterError(err error) error {
	if errors.Is(err, pipeline.ErrNothingToUndo) {
		return review.ErrNothingToUndo
	}
	return deskError(err)
}

func deskSearch(q review.SearchQuery) pipeline.DeskSearch {
	return pipeline.DeskSearch{Words: q.Words, Patient: q.Patient, Sender: q.Sender, Type: q.Type, State: q.State,
		From: q.From, To: q.To, Sources: q.Sources, Before: q.Before, Limit: q.Limit}
}

func (d *desk) Search(ctx context.Context, q review.SearchQuery) ([]review.Hit, error) {
	s := deskSearch(q)
	hits, err := d.pl.Search(ctx, s)
	out := make([]review.Hit, len(hits))
	for i, h := range hits {
		out[i] = review.Hit{Item: review.Item(h.DeskItem), At: h.At}
		for _, part := range s.Excerpt(h.Record) {
			out[i].Excerpt = append(out[i].Excerpt, review.Part(part))
		}
	}
	return out, err
}

func (d *desk) Marks(q review.SearchQuery, pages []postroom.Page) [][]int {
	return deskSearch(q).Marks(pages)
}

func (d *desk) History(ctx context.Context, id string) ([]review.Event, error) {
	events, err := d.pl.History(ctx, id)
	out := make([]review.Event, len(events))
	for i, e := range events {
		out[i] = review.Event(e)
	}
	return out, err
}

func (d *desk) Versions(ctx context.Context, id string) ([]postroom.Record, error) {
	versions, err := d.pl.Versions(ctx, id)
	return versions, deskError(err)
}

func (d *desk) Deliveries(ctx context.Context, id string) ([]review.Delivery, error) {
	deliveries, err := d.pl.DeliveriesOf(ctx, id)
	out := make([]review.Delivery, len(deliveries))
	for i, x := range deliveries {
		out[i] = review.Delivery{Seq: x.Seq, Receiver: x.Receiver, DocumentID: x.DocumentID, Version: x.Version, State: x.State, Said: x.Said, Created: x.Created, Done: x.Done}
	}
	return out, err
}

func (d *desk) FiledPDF(ctx context.Context, id string, version int) (io.ReadCloser, error) {
	f, err := d.pl.FiledPDF(ctx, id, version)
	return f, deskError(err)
}

func (d *desk) ChangeFiled(ctx context.Context, c review.FiledChange) error {
	return afterError(d.pl.ChangeFiled(ctx, pipeline.FiledChange{DeskDecision: deskDecision(c.Decision), Action: c.Action, Why: c.Why}))
}

func (d *desk) Undo(ctx context.Context, by string, sources []string) (string, error) {
	id, err := d.pl.UndoAmong(ctx, by, sources)
	return id, afterError(err)
}

func (d *desk) UndoOf(ctx context.Context, by, id string) error {
	return afterError(d.pl.UndoOf(ctx, by, id))
}

func (d *desk) SendBack(ctx context.Context, c review.Decision) error {
	return afterError(d.pl.SendBack(ctx, deskDecision(c)))
}

func returned(r pipeline.DeskReturn) review.Returned {
	return review.Returned{Item: review.Item(r.DeskItem), By: r.By, At: r.At, SendBy: r.SendBy, Sent: r.Sent, SentBy: r.SentBy, How: r.How}
}

func (d *desk) Returns(ctx context.Context, sent bool, sources []string, limit int) ([]review.Returned, error) {
	all, err := d.pl.Returns(ctx, sent, sources, limit)
	out := make([]review.Returned, len(all))
	for i, r := range all {
		out[i] = returned(r)
	}
	return out, err
}

func (d *desk) ReturnOf(ctx context.Context, id string) (review.Returned, error) {
	r, err := d.pl.ReturnOf(ctx, id)
	return returned(r), deskError(err)
}

func (d *desk) ReturnSent(ctx context.Context, id, by, how string) error {
	return afterError(d.pl.ReturnSent(ctx, id, by, how))
}

func (d *desk) KeepBoth(ctx context.Context, c review.Decision) error {
	return afterError(d.pl.KeepBoth(ctx, deskDecision(c)))
}

func (d *desk) Arrival(ctx context.Context, id string) (review.Arrival, error) {
	m, err := d.pl.MessageOf(ctx, id)
	out := review.Arrival{Contents: m.Contents}
	for _, o := range m.Originals {
		out.Originals = append(out.Originals, review.Original(o))
	}
	return out, deskError(err)
}

func (d *desk) Original(ctx context.Context, id string, hash postroom.Hash) (review.Original, io.ReadCloser, error) {
	o, f, err := d.pl.OpenOriginal(ctx, id, hash)
	return review.Original(o), f, deskError(err)
}

func (d *desk) Retry(ctx context.Context, c review.Decision) error {
	return afterError(d.pl.RetryQuarantined(ctx, deskDecision(c)))
}

func (d *desk) ReleaseAsItIs(ctx context.Context, c review.Decision) (string, error) {
	id, err := d.pl.ReleaseQuarantined(ctx, deskDecision(c))
	return id, afterError(err)
}

func (d *desk) Note(ctx context.Context, id, by, note string) error {
	return afterError(d.pl.Note(ctx, id, by, note))
}

// Assign gives a document only to who can look at it: it comes to nobody else by itself, so one
// that is given to a mistyped name would lie there.
func (d *desk) Assign(ctx context.Context, id, by, to string) error {
	to = strings.ToLower(to)
	if to != "" && to != by {
		it, err := d.pl.DeskDocument(ctx, id)
		if err != nil {
			return afterError(err)
		}
		a, err := d.pl.Login(ctx, to)
		if err != nil && !errors.Is(err, pipeline.ErrNoLogin) {
			return err
		}
		if err != nil || a.Disabled || !review.Role(a.Role).May(review.Check) || a.Mailboxes != nil && !slices.Contains(a.Mailboxes, it.Source) {
			return postroom.Bad(nil, "nobody of that name checks the documents of this mailbox", "write the name that they sign in with")
		}
	}
	return afterError(d.pl.Assign(ctx, id, by, to))
}

func (d *desk) Overdue(ctx context.Context, sources []string) (int, error) {
	return d.pl.Overdue(ctx, sources)
}

func (d *desk) Statistics(ctx context.Context, from string) ([]review.Stat, error) {
	stats, err := d.pl.Statistics(ctx, from)
	out := make([]review.Stat, len(stats))
	for i, s := range stats {
		out[i] = review.Stat(s)
	}
	return out, err
}

// widthOfA4 is in inches: what a page that nobody could read is taken to be.
const widthOfA4 = 8.27

// Look implements pipeline.PageLooker.
func (r reader) Look(ctx context.Context, a postroom.Attachment, n int) (postroom.Page, error) {
	body, err := r.Image(ctx, a, n, ocr.ImageOptions{})
	if err != nil {
		return postroom.Page{}, err
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return postroom.Page{}, postroom.Bad(err, "the page cannot be shown", "ask the sender to send it again")
	}
	dpi := math.Round(float64(c.Width) / widthOfA4)
	return postroom.Page{Width: c.Width, Height: c.Height, DPIX: dpi, DPIY: dpi, Frame: postroom.Frame{Width: c.Width, Height: c.Height, DPI: dpi}}, nil
}

var _ pipeline.PageLooker = reader{}
