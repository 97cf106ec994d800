package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// recordsWith yields the records that have the status; all when it is empty. With s.settled it
// ends before the first message that is still being worked on.
func recordsWith(ctx context.Context, pl *pipeline.Pipeline, status postroom.Status, s *selection) iter.Seq2[postroom.Record, error] {
	errStop := errors.New("stop")
	return func(yield func(postroom.Record, error) bool) {
		err := pl.RecordsSettled(ctx, func(r postroom.Record, settled bool) error {
			if !settled && s.settled {
				s.found = s.found || r.DocumentID == s.after
				return nil
			}
			if (status == "" || r.Status == status) && !yield(r, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			yield(postroom.Record{}, err)
		}
	}
}

func newExport(o *options) *cobra.Command {
	var format, status, output string
	var which selection
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the records of all documents, whatever their status",
		Long: `Prints one record for every document in the order of arrival: JSON lines by the
published schema, or CSV for a spreadsheet. A message that gave no document has a
line of its own, so the lines account for every page of every message.`,
		Example: `  postroom export --data postroom-data > records.jsonl
  postroom export --config postroom.yaml --format csv --status review -o review.csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if format != "jsonl" && format != "csv" {
				return &usageError{fmt.Errorf("--format is jsonl or csv, not %q", format)}
			}
			switch postroom.Status(status) {
			case "", postroom.Filed, postroom.InReview, postroom.Quarantined, postroom.Discarded:
			default:
				return &usageError{fmt.Errorf("--status is filed, review, quarantined or discarded, not %q", status)}
			}
			if err := which.check(); err != nil {
				return err
			}
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
			if err := pl.Audit(ctx, atShell(), pipeline.AuditExported, "", ""); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			var file *os.File
			if output != "" {
				// Records are patient data: for the owner's eyes only.
				if file, err = os.OpenFile(output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
					return err
				}
				defer file.Close()
				// A file that was there before keeps its mode otherwise.
				if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
					if err := file.Chmod(0o600); err != nil {
						return err
					}
				}
				out = file
			}
			w := bufio.NewWriter(out)
			records := which.of(recordsWith(ctx, pl, postroom.Status(status), &which))
			if format == "csv" {
				err = store.WriteCSV(w, records)
			} else {
				err = store.WriteJSONL(w, records)
			}
			if err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if file != nil {
				return file.Close()
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "jsonl", "jsonl or csv")
	cmd.Flags().StringVar(&status, "status", "", "only documents that are filed, review, quarantined or discarded")
	which.flags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file, readable by you only, instead of the screen")
	return cmd
}
