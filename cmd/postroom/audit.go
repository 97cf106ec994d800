package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
)

func newAudit(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Check and export the audit trail: who saw, changed, filed or exported what",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var asJSON bool
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Check that no row of the trail was altered, removed, put in or moved",
		Long: `Each row of the trail carries the hash of all before it, and the hash of its end stands in
the object store after every run and every hour. Both are checked. It ends with status 1
when anything is wrong, and names the rows.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				r, err := pl.CheckAudit(ctx, atShell())
				if err != nil {
					return err
				}
				out := cmd.OutOrStdout()
				if asJSON {
					b, err := json.Marshal(r)
					if err != nil {
						return err
					}
					fmt.Fprintf(out, "%s\n", b)
				} else {
					fmt.Fprintf(out, "%d rows, %d marks in the object store that agree, the last hash %s\n", r.Rows, r.Marks, r.Head)
					for _, w := range r.Wrong {
						fmt.Fprintln(out, w)
					}
				}
				if len(r.Wrong) > 0 {
					return postroom.Bad(nil, "the audit trail is not as it was written", "keep the database as it is, and compare it with a backup")
				}
				return nil
			})
		},
	}
	verify.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")

	var filter pipeline.AuditFilter
	var from, to string
	export := &cobra.Command{
		Use:     "export",
		Short:   "Print the trail, the first row first, one JSON object a line",
		Example: `  postroom audit export --person user:ann --from 2026-11-01 > ann.ndjson`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, day := range []struct {
				text  string
				to    *time.Time
				after int
			}{{from, &filter.From, 0}, {to, &filter.To, 1}} {
				if day.text == "" {
					continue
				}
				at, err := time.Parse(time.DateOnly, day.text)
				if err != nil {
					return &usageError{fmt.Errorf("write a day as 2026-12-31, not %q", day.text)}
				}
				*day.to = at.AddDate(0, 0, day.after)
			}
			return withState(cmd.Context(), o, func(ctx context.Context, pl *pipeline.Pipeline) error {
				// Written down first, so that it is in what is exported.
				if err := pl.Audit(ctx, atShell(), pipeline.AuditTrail, "", "exported"); err != nil {
					return err
				}
				enc := json.NewEncoder(cmd.OutOrStdout())
				return pl.AuditEvents(ctx, filter, func(e pipeline.AuditEvent) error { return enc.Encode(e) })
			})
		},
	}
	f := export.Flags()
	f.StringVar(&filter.Person, "person", "", "rows of one `person`: user:NAME, shell:NAME, token:NAME or postroom")
	f.StringVar(&filter.Action, "action", "", "rows of one `action`")
	f.StringVar(&filter.Document, "document", "", "rows about one document, by its `id`")
	f.StringVar(&from, "from", "", "from this `day` on, in UTC")
	f.StringVar(&to, "to", "", "to this `day`, included")
	cmd.AddCommand(verify, export)
	return cmd
}

// trail joins the desk to the audit trail.
type trail struct{ pl *pipeline.Pipeline }

// Events implements review.Trail.
func (t trail) Events(ctx context.Context, q review.TrailQuery) (out []review.TrailEvent, err error) {
	err = t.pl.AuditEvents(ctx, pipeline.AuditFilter(q), func(e pipeline.AuditEvent) error {
		out = append(out, review.TrailEvent{Seq: e.Seq, At: e.At, Person: e.Person, Action: e.Action, Document: e.Document, Detail: e.Detail})
		return nil
	})
	return out, err
}

// Verify implements review.Trail.
func (t trail) Verify(ctx context.Context, who review.Person) error {
	_, err := t.pl.CheckAudit(ctx, "user:"+who.ID)
	return err
}

// seen writes down what somebody at the desk sees.
func (t trail) seen(ctx context.Context, who review.Person, action, document string) error {
	return t.pl.Audit(ctx, "user:"+who.ID, action, document, "")
}

// refused writes down what somebody was not allowed.
func (t trail) refused(ctx context.Context, f review.Refusal) {
	person := ""
	if f.Person != "" {
		person = "user:" + f.Person
	}
	// What cannot be written is not allowed either way.
	t.pl.Audit(context.WithoutCancel(ctx), person, pipeline.AuditRefused, f.Document, f.Route+": "+f.Why)
}

// note writes down who came and went.
func (t trail) note(ctx context.Context, person, action, why string) error {
	if person != "" {
		person = "user:" + person
	}
	return t.pl.Audit(context.WithoutCancel(ctx), person, action, "", why)
}
