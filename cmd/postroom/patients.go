package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
)

func newPatients(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "patients",
		Short: "The practice's patient list",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "import FILE",
		Short: "Replace the patient list that documents are matched against",
		Long: `Loads the practice's patient list, replacing the one before: a CSV file with the
header nhs_number,family,given,dob,address,postcode,phone (more columns and the usual
other names are accepted), or a FHIR Bundle of Patients. Lines that cannot be used are
named by their number and left out.`,
		Example: `  postroom patients import --config postroom.yaml patients.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{errors.New("name the one file that holds the list")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			cfg, err := o.load()
			if err != nil {
				return err
			}
			patients, err := readPatients(args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if len(patients) == 0 {
				return &postroom.Problem{Kind: postroom.BadInput, Reason: "there is no patient in " + args[0], Hint: "the list that was there stays; check the file's first line"}
			}
			pl, p, err := openPipeline(ctx, cfg, false, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			before, err := pl.ImportPatients(ctx, patients)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d patients imported; the list before had %d\n", len(patients), before)
			return nil
		},
	})
	return cmd
}
