package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
)

func newBackup(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the state (SQLite) to a file, while work goes on",
		Long: `Writes the whole state, as it is at one moment, to a new file that only its owner
can read. Copy the object store AFTER it: what is in the store and not in the state is
taken in again by "postroom reconcile --repair", the other way round it would be missing.

To restore: stop postroom, put the file in the place of postroom.db (and remove
postroom.db-wal and postroom.db-shm), put the store back, then run
"postroom reconcile --repair" and "postroom batch". docs/operations.md has it step by step.`,
		Example: `  postroom backup --config postroom.yaml /backup/postroom-$(date +%F).db`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("postroom backup takes one argument: the file to write")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if cfg.Database != "" {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the state is in PostgreSQL, which has its own backup", Hint: "use pg_dump, or the archiving of its log; docs/operations.md shows how"}
			}
			if err := stateExists(cfg); err != nil {
				return err
			}
			pl, p, err := openPipeline(cmd.Context(), cfg, false, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			if err := pl.Backup(cmd.Context(), args[0]); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the state is in", args[0])
			return nil
		},
	}
}
