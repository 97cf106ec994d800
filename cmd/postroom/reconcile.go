package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

func newReconcile(o *options) *cobra.Command {
	var opt pipeline.ReconcileOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Account for every message and every page",
		Long: `Compares the state with the object store: every message has its original bytes,
every page exactly one fate in exactly one record, every filed document its files. It
names what is missing, double, altered or orphaned.

Exit codes:
  0  everything is accounted for
  1  it could not be checked
  2  the command line or the configuration is wrong
  4  something is not accounted for (work that has not ended counts)`,
		Example: `  postroom reconcile --config postroom.yaml
  postroom reconcile --config postroom.yaml --deep   # read every object back`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if err := stateExists(cfg); err != nil {
				return err
			}
			pl, p, err := openPipeline(ctx, cfg, false, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			a, err := pl.Reconcile(ctx, opt)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(out)
				enc.SetIndent("", "  ")
				if err := enc.Encode(a); err != nil {
					return err
				}
			} else {
				printAccount(cmd, a)
			}
			if !a.Sound() {
				return exitCode(exitUnsound)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&opt.Deep, "deep", false, "read every object back and compare its SHA-256")
	cmd.Flags().BoolVar(&opt.Repair, "repair", false, "mend what is safe to mend")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the account as JSON")
	return cmd
}

func printAccount(cmd *cobra.Command, a pipeline.Account) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "messages   %d (%d done, from %d arrivals)\n", a.Messages, a.MessagesDone, a.Arrivals)
	fmt.Fprintf(out, "pages      %d", a.Pages)
	sep := " = "
	for _, f := range []postroom.Fate{postroom.FateDocument, postroom.FateCover, postroom.FateSeparator, postroom.FateBlank, postroom.FateJunk, postroom.FateDuplicate, postroom.FateQuarantined} {
		if n := a.Fates[f]; n > 0 {
			fmt.Fprintf(out, "%s%d %s", sep, n, f)
			sep = " + "
		}
	}
	fmt.Fprintf(out, "\nrecords    ")
	sep = ""
	for _, s := range []postroom.Status{postroom.Filed, postroom.InReview, postroom.Quarantined, postroom.Discarded} {
		fmt.Fprintf(out, "%s%d %s", sep, a.Documents[s], s)
		sep = ", "
	}
	fmt.Fprintf(out, "\nobjects    %d\n", a.Objects)
	for _, f := range a.Findings {
		fmt.Fprintf(out, "%-9s  %s: %s", f.Kind, f.What, f.Why)
		if f.Mended != "" {
			fmt.Fprintf(out, " (mended: %s)", f.Mended)
		}
		fmt.Fprintln(out)
	}
	if a.Sound() {
		fmt.Fprintln(out, "everything is accounted for")
	}
}
