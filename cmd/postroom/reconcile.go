package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

func newReconcile(o *options) *cobra.Command {
	var opt pipeline.ReconcileOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Account for every message and every page",
		Long: `Compares the sources, the state and the object store: every mail that stands in a
source is known, every message has its original bytes, every page exactly one fate in
exactly one record, every filed document its files. It names what is missing, double,
altered or orphaned.

With --repair it mends what is safe to mend: work that nothing leads on gets its job
again, an original without a message is taken in, files that are missing are made again
if they come out the same to the byte, an original that is missing is fetched once more
from its source. It never overwrites and never removes anything.

Exit codes:
  0  everything is accounted for
  1  it could not be checked
  2  the command line or the configuration is wrong
  4  something is not accounted for (work that has not ended counts)`,
		Example: `  postroom reconcile --config postroom.yaml
  postroom reconcile --config postroom.yaml --deep   # read every object back
  postroom reconcile --config postroom.yaml --repair # mend what is safe to mend`,
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
			pl, p, err := openToReconcile(cmd, o, cfg, opt.Repair)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			if opt.Sources, err = openSources(ctx, cfg, pl); err != nil {
				return err
			}
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

// openToReconcile opens the state to look at it; to mend it takes a reader too,
// since missing files are made again.
func openToReconcile(cmd *cobra.Command, o *options, cfg *config, repair bool) (*pipeline.Pipeline, *parts, error) {
	p, err := openParts(cfg, repair, o.verbose)
	if err != nil {
		return nil, nil, err
	}
	if repair {
		p.Refile = refiler(p.objects, cfg.fhirOptions())
	}
	opt := pipeline.Options{Database: cfg.databaseAddress(), Log: cfg.logger(o.verbose)}
	cfg.Workers.apply(&opt)
	pl, err := pipeline.Open(cmd.Context(), p.Parts, opt)
	if err != nil {
		p.close()
		return nil, nil, err
	}
	return pl, p, nil
}

// withoutRecord hides a document's record, so that filing it writes what is
// missing instead of finding that all is done. Its last step, writing the record,
// then finds the same bytes there, or changes nothing and says so.
type withoutRecord struct {
	store.Objects
	key string
}

func (w withoutRecord) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if key == w.key {
		return nil, fs.ErrNotExist
	}
	return w.Objects.Open(ctx, key)
}

// refiler writes what is missing of a filed document's files.
func refiler(objects store.Objects, fhir store.FHIROptions) func(context.Context, postroom.Record, *os.File) error {
	return func(ctx context.Context, r postroom.Record, pdf *os.File) error {
		done, err := (&store.Filer{Objects: withoutRecord{objects, store.RecordKey(r)}, FHIR: fhir}).File(ctx, r, pdf)
		if err == nil && (done.Objects.PDF != r.Objects.PDF || done.Objects.FHIR != r.Objects.FHIR) {
			err = errors.New("its files got other names")
		}
		return err
	}
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
