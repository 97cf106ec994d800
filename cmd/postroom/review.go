package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

func newReview(o *options) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "review",
		Short: "Serve the review desk: check in a browser what waits for a person",
		Long: `Serves the pages at which a clerk checks what Postroom was not sure of: to people who
sign in, where the configuration has a part desk (docs/people.md); otherwise, or with
--listen, to one person at this machine, by a link that lets in whoever has it. With SQLite it also
files what is decided, so postroom run cannot work on the same folder meanwhile; with
PostgreSQL the workers do that.`,
		Example: `  postroom review --data postroom-data`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if err := stateExists(cfg); err != nil {
				return err
			}
			work := cfg.Database == ""
			p, err := openParts(cfg, true, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			pl, err := openState(ctx, cfg, p, work, o.verbose)
			if err != nil {
				return err
			}
			defer pl.Close()
			if work {
				if err := pl.Start(ctx); err != nil {
					return err
				}
			}
			var link string
			var wait func() error
			if cfg.Desk.Listen != "" && !cmd.Flags().Changed("listen") {
				link, wait, err = serveDeskToPeople(ctx, cfg, pl, p.reader, cfg.logger(o.verbose))
			} else {
				link, wait, err = serveDesk(ctx, cfg, pl, p.reader, listen)
			}
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), "The review desk:", link)
				fmt.Fprintln(cmd.ErrOrStderr(), "Ctrl-C ends it.")
				err = wait()
			}
			if work {
				err = errors.Join(err, stopWorking(pl))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8480", "serve the desk at this `address` of this machine; port 0 takes a free one")
	return cmd
}

// serveDesk serves the desk until ctx ends; wait returns after that.
func serveDesk(ctx context.Context, cfg *config, pl *pipeline.Pipeline, r *ocr.Reader, listen string) (link string, wait func() error, err error) {
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return "", nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "without sign-in the desk is served to this machine only",
			Hint: "write an address such as 127.0.0.1:8480, or configure desk: for people who sign in"}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return "", nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the desk cannot be served at " + listen, Hint: "choose another port with --listen", Err: err}
	}
	access := review.NewLocalAccess(l.Addr().String(), review.Person{ID: "local", Name: "This machine"})
	srv := deskServer(review.New(review.Config{Desk: &desk{pl: pl, reader: r, images: map[string][]byte{}}, Access: access, Log: cfg.logger(false),
		Refused: trail{pl}.refused, Seen: trail{pl}.seen, Trail: trail{pl}, People: newAccountBook(cfg, pl), MonthFirst: cfg.Practice.DateOrder == "mdy"}))
	return access.Link(), serveUntil(ctx, srv, l), nil
}

// desk joins the review desk to the pipeline.
type desk struct {
	pl     *pipeline.Pipeline
	reader *ocr.Reader

	mu     sync.Mutex
	images map[string][]byte // the last pages that were shown, as they are shown
	order  []string
}

// keptImages bounds the pages kept in memory, each well under a megabyte as a rule.
const keptImages = 64

func deskError(err error) error {
	switch {
	case errors.Is(err, pipeline.ErrChanged):
		return review.ErrChanged
	case errors.Is(err, pipeline.ErrClaimed):
		return review.ErrClaimed
	case errors.Is(err, pipeline.ErrNoDocument):
		return review.ErrNoDocument
	}
	return err
}

func (d *desk) Queue(ctx context.Context, f review.Filter) ([]review.Item, error) {
	items, err := d.pl.Queue(ctx, pipeline.DeskFilter(f))
	out := make([]review.Item, len(items))
	for i, it := range items {
		out[i] = review.Item(it)
	}
	return out, err
}

func (d *desk) Next(ctx context.Context, f review.Filter, after, who string) (string, error) {
	return d.pl.NextInQueue(ctx, pipeline.DeskFilter(f), after, who)
}

func (d *desk) Counts(ctx context.Context) ([]review.Count, error) {
	counts, err := d.pl.QueueCounts(ctx)
	out := make([]review.Count, len(counts))
	for i, c := range counts {
		out[i] = review.Count(c)
	}
	return out, err
}

func (d *desk) QueueCount(ctx context.Context, f review.Filter) (int, error) {
	return d.pl.QueueCount(ctx, pipeline.DeskFilter(f))
}

func (d *desk) Views(ctx context.Context, who string) ([]review.View, error) {
	views, err := d.pl.Views(ctx, who)
	out := make([]review.View, len(views))
	for i, v := range views {
		out[i] = review.View(v)
	}
	return out, err
}

func (d *desk) SaveView(ctx context.Context, who string, v review.View) error {
	return d.pl.SaveView(ctx, who, pipeline.DeskView(v))
}

func (d *desk) DropView(ctx context.Context, who string, v review.View) error {
	return d.pl.DropView(ctx, who, pipeline.DeskView(v))
}

func (d *desk) Normal(name postroom.FieldName, value string) (string, error) {
	return d.pl.TypedValue(name, value)
}

func (d *desk) Document(ctx context.Context, id string) (review.Item, error) {
	it, err := d.pl.DeskDocument(ctx, id)
	return review.Item(it), deskError(err)
}

func (d *desk) Pages(ctx context.Context, id string) ([]postroom.Page, error) {
	pages, err := d.pl.DeskPages(ctx, id)
	return pages, deskError(err)
}

func (d *desk) Claim(ctx context.Context, id, who string) error {
	return deskError(d.pl.Claim(ctx, id, who))
}

func (d *desk) Release(ctx context.Context, id, who string) error {
	return deskError(d.pl.Release(ctx, id, who))
}

func (d *desk) File(ctx context.Context, c review.Decision) error {
	return deskError(d.pl.FileByPerson(ctx, deskDecision(c)))
}

func (d *desk) Discard(ctx context.Context, c review.Decision, why string) error {
	return deskError(d.pl.DiscardByPerson(ctx, deskDecision(c), why))
}

func deskDecision(d review.Decision) pipeline.DeskDecision {
	return pipeline.DeskDecision{Document: d.Document, Revision: d.Revision, By: d.By, Type: d.Type, Patient: d.Patient, Fields: d.Fields}
}

func (d *desk) Image(ctx context.Context, id string, n, maxWidth int) ([]byte, error) {
	// Which page is the nth, and which way up, may change with every decision.
	it, err := d.pl.DeskDocument(ctx, id)
	if err != nil {
		return nil, deskError(err)
	}
	key := fmt.Sprintf("%s/%d/%d/%d", id, it.Revision, n, maxWidth)
	d.mu.Lock()
	body, ok := d.images[key]
	d.mu.Unlock()
	if ok {
		return body, nil
	}
	page, release, err := d.pl.DeskPage(ctx, id, n)
	if err != nil {
		return nil, deskError(err)
	}
	defer release()
	read, err := page.Load(ctx)
	if err != nil {
		return nil, deskError(err)
	}
	body, err = d.reader.Image(ctx, page.Attachment, page.Number, ocr.ImageOptions{MaxWidth: maxWidth, Turn: read.Rotation})
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.images[key]; !ok {
		d.images[key], d.order = body, append(d.order, key)
		if len(d.order) > keptImages {
			delete(d.images, d.order[0])
			d.order = d.order[1:]
		}
	}
	return body, nil
}

// mostPatients is how many patients a search offers.
const mostPatients = 8

func (d *desk) Patients(ctx context.Context, query string) ([]postroom.Patient, error) {
	list, err := d.pl.Register(ctx)
	if err != nil {
		return nil, err
	}
	return findPatients(list, query), nil
}

// findPatients returns the patients of whom each word of the query is the number,
// the birth date, or the beginning of a name.
func findPatients(list []postroom.Patient, query string) []postroom.Patient {
	query = strings.TrimSpace(query)
	if query == "" {
		return nil
	}
	if n, err := postroom.ParseNHSNumber(query); err == nil {
		query = n.Digits()
	} else if date, err := pipeline.NormalValue(postroom.BirthDate, query); err == nil {
		query = date
	}
	terms := strings.Fields(strings.ToLower(strings.ReplaceAll(query, ",", " ")))
	var out []postroom.Patient
	for _, p := range list {
		names := strings.Fields(strings.ToLower(p.Family + " " + p.Given + " " + strings.Join(p.OtherNames, " ")))
		every := true
		for _, term := range terms {
			named := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, term) })
			every = every && (named || term == p.Number || term == strings.ToLower(p.ID) || term == p.BirthDate)
		}
		if every {
			if out = append(out, p); len(out) == mostPatients {
				break
			}
		}
	}
	return out
}
