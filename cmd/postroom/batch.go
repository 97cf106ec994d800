package main

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

func newBatch(o *options) *cobra.Command {
	var names bool
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "The nightly job: take, read, sort and file everything that has arrived",
		Long: `Drains every source, works until nothing is left to do, moves the mail out of
the inbox, writes the manifest of what was filed, checks that every message and
page is accounted for, and prints a summary. A run that is interrupted, even by a
power cut, is simply started again: it goes on where it was and does nothing twice.

Exit codes:
  0  everything that arrived has a fate (held for a clerk counts as one)
  1  it could not be done
  2  the command line or the configuration is wrong
  3  something has no fate yet: a source could not be reached, or work was left
  4  the accounts do not add up: run "postroom reconcile"`,
		Example: `  postroom batch --config postroom.yaml
  postroom batch --data postroom-data --from ~/scans`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if len(cfg.Sources) == 0 {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "there is no source to take documents from",
					Hint: "name a folder with --from, or add sources to the configuration"}
			}
			watching, err := newOperation(ctx, cfg)
			if err != nil {
				return err
			}
			defer watching.close()
			cfg.observer, cfg.nightly = watching.observer(), true
			pl, p, err := openPipeline(ctx, cfg, true, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			sources, err := openSources(ctx, cfg, pl)
			if err != nil {
				return err
			}
			return runBatch(cmd, cfg, pl, sources, names)
		},
	}
	o.fromFlag(cmd)
	cmd.Flags().BoolVar(&names, "show-patients", false, "show subjects and patients' names in the summary (do not use where the output is mailed or logged)")
	return cmd
}

// runBatch works everything off and says what became of it.
func runBatch(cmd *cobra.Command, cfg *config, pl *pipeline.Pipeline, sources []pipeline.Source, names bool) error {
	ctx, out, errOut := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	before, err := pl.Progress(ctx)
	if err != nil {
		return err
	}
	// What this run brings to an end is told from what there was before.
	mark, err := pl.Mark(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	if err := pl.RecordsSince(ctx, mark, func(r postroom.Record) error { known[r.DocumentID] = true; return nil }); err != nil {
		return err
	}
	if err := pl.Start(ctx); err != nil {
		return err
	}
	show, end := newProgress(errOut, before)
	res, err := pl.Batch(ctx, sources, cfg.Batch.Patience, show)
	end()
	if stopErr := stopWorking(pl); err == nil {
		err = stopErr
	}
	if err != nil {
		return err
	}
	s := newSummary(names)
	if err := pl.RecordsSince(ctx, mark, func(r postroom.Record) error {
		if !known[r.DocumentID] {
			s.record(r)
		}
		return nil
	}); err != nil {
		return err
	}
	if len(s.rows) > 0 {
		s.print(out, terminalWidth(out))
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "%s: %d new messages, %d pages read; %s\n", res.Run, res.After.Messages-res.Before.Messages, res.After.PagesDone-res.Before.PagesDone, s.total())
	if res.Manifest != "" {
		fmt.Fprintln(out, "manifest:", res.Manifest)
	}
	if n := res.After.Documents[postroom.InReview]; n > 0 {
		fmt.Fprintf(out, "%d documents in all wait for a clerk\n", n)
	}
	incomplete := sayTrouble(errOut, res)
	a, err := pl.Reconcile(ctx, pipeline.ReconcileOptions{Sources: sources})
	if err != nil {
		return err
	}
	faults := 0
	var trouble []string
	for _, f := range a.Findings {
		if f.Kind == pipeline.Unended {
			incomplete = true
			continue
		}
		faults++
		fmt.Fprintf(errOut, "error: %s: %s: %s\n", f.Kind, f.What, f.Why)
	}
	if faults > 0 {
		trouble = append(trouble, fmt.Sprintf("The accounts do not add up in %d places: run postroom reconcile.", faults))
	}
	if incomplete {
		trouble = append(trouble, "Something that arrived has no fate yet; the next run goes on with it.")
	}
	if cfg.Operating.Summary.on() {
		if err := sendSummary(ctx, cfg, pl, trouble); err != nil {
			fmt.Fprintln(errOut, "error: the summary did not go out:", postroom.ReasonOf(err, err.Error()))
		}
	}
	switch {
	case faults > 0:
		return exitCode(exitUnsound)
	case incomplete:
		return exitCode(exitIncomplete)
	}
	return nil
}

func sayTrouble(w io.Writer, res pipeline.BatchResult) (incomplete bool) {
	var names []string
	for name := range res.Trouble {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		incomplete = true
		fmt.Fprintf(w, "error: source %s: %s\n", name, postroom.ReasonOf(res.Trouble[name], res.Trouble[name].Error()))
	}
	if len(res.Busy) > 0 {
		incomplete = true
		fmt.Fprintf(w, "error: another postroom is reading %s\nhint: let it finish, or stop it\n", strings.Join(res.Busy, ", "))
	}
	if res.Stalled {
		incomplete = true
		fmt.Fprintf(w, "error: %d messages are not done, and nothing has moved for a while; the next run goes on with them\n", res.After.Left())
	}
	return incomplete
}
