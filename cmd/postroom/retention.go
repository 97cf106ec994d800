package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// A retentionConfig changes how long documents are kept. Without it the table of
// the NHS Records Management Code of Practice holds; see docs/retention.md.
type retentionConfig struct {
	// Rules change the table, the last that names a type counts.
	Rules []retentionRuleConfig `yaml:"rules"`
	// Discarded is how many years what holds no document is kept after it arrived; 1. Below zero it is kept for ever.
	Discarded int `yaml:"discarded"`
}

type retentionRuleConfig struct {
	Types []postroom.TypeCode     `yaml:"types"`
	After pipeline.RetentionStart `yaml:"after"` // death, received or decided
	Years int                     `yaml:"years"`
	Keep  bool                    `yaml:"keep"` // for ever
}

// policy is the table with what the configuration changes.
func (c retentionConfig) policy() (pipeline.Retention, error) {
	out := pipeline.DefaultRetention()
	if c.Discarded != 0 {
		out.Discarded.Years = c.Discarded
	}
	for i, r := range c.Rules {
		path := fmt.Sprintf("$.retention.rules[%d]", i)
		if len(r.Types) == 0 {
			return out, &settingError{path + ".types", errors.New("name the types that the rule is for")}
		}
		if !r.Keep {
			switch r.After {
			case pipeline.AfterDeath, pipeline.AfterReceived, pipeline.AfterDecided:
			default:
				return out, &settingError{path + ".after", fmt.Errorf("write death, received or decided, not %q", r.After)}
			}
			if r.Years < 1 || r.Years > 200 {
				return out, &settingError{path + ".years", errors.New("write the years that the documents are kept, 1 to 200, or keep: true")}
			}
		}
		for _, code := range r.Types {
			if _, ok := postroom.TypeOf(code); !ok {
				return out, &settingError{path + ".types", fmt.Errorf("there is no type %q", code)}
			}
			delete(out.Types, code)
			if !r.Keep {
				out.Types[code] = pipeline.RetentionRule{After: r.After, Years: r.Years}
			}
		}
	}
	return out, nil
}

func newRetention(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Show how long what is kept, hold it, and purge what may go",
		Long: `Shows which documents may be purged, and why the others are kept: a dry run that
changes nothing. The rules are those of the NHS Records Management Code of Practice unless the
configuration says otherwise (retention:).`,
		Args: noArgs,
	}
	open := func(cmd *cobra.Command) (*pipeline.Pipeline, *config, func(), error) {
		cfg, err := o.load()
		if err != nil {
			return nil, nil, nil, err
		}
		if err := stateExists(cfg); err != nil {
			return nil, nil, nil, err
		}
		pl, p, err := openPipeline(cmd.Context(), cfg, false, o.verbose)
		if err != nil {
			return nil, nil, nil, err
		}
		return pl, cfg, func() { pl.Close(); p.close() }, nil
	}
	var asJSON, all bool
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		pl, cfg, done, err := open(cmd)
		if err != nil {
			return err
		}
		defer done()
		rules, err := cfg.Retention.policy()
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		encoder := json.NewEncoder(out)
		w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
		if !asJSON {
			fmt.Fprintln(w, "DOCUMENT\tTYPE\tRECEIVED\tKEPT UNTIL\tWHY")
		}
		due, kept := 0, map[string]int{}
		err = pl.Retained(cmd.Context(), rules, func(k pipeline.Kept) error {
			if k.Due {
				due++
			} else {
				kept[k.Why]++
			}
			if !k.Due && !all {
				return nil
			}
			if asJSON {
				return encoder.Encode(k)
			}
			until := "not known"
			if !k.Until.IsZero() {
				until = k.Until.Format(time.DateOnly)
			}
			_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.DocumentID, k.Type, k.Received.Format(time.DateOnly), until, k.Why)
			return err
		})
		if err != nil || asJSON {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
		total := 0
		for _, n := range kept {
			total += n
		}
		fmt.Fprintf(out, "%d may be purged, %d are kept; nothing was changed\n", due, total)
		return nil
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&all, "all", false, "show what is kept, too")

	var by, why string
	person := func() (string, error) {
		if by == "" {
			if u, err := user.Current(); err == nil {
				by = u.Username
			}
		}
		if by == "" || why == "" {
			return "", &usageError{errors.New("say who asks for it and why: --by NAME --why SENTENCE")}
		}
		return "user:" + by, nil
	}
	who := func(c *cobra.Command) {
		c.Flags().StringVar(&by, "by", "", "who asks for it; the user of this machine by default")
		c.Flags().StringVar(&why, "why", "", "why, in one sentence without patient data")
	}
	var yes bool
	purge := &cobra.Command{
		Use:   "purge --why SENTENCE --yes",
		Short: "Remove for good what the rules let go and no hold keeps",
		Long: `Removes the documents that the dry run lists: their files with all versions, what
was read on their pages, and every index entry. The originals go with the last document of
their message. What remains says that they were there, and keeps the same mail out.
Backups, and what was handed to other systems, have to be seen to there.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, err := person()
			if err != nil {
				return err
			}
			if !yes {
				return &usageError{errors.New("look at postroom retention first; then say --yes")}
			}
			pl, cfg, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			rules, err := cfg.Retention.policy()
			if err != nil {
				return err
			}
			run, err := pl.Purge(cmd.Context(), rules, name, why)
			if run.Seq > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "purge %d: %d documents, %d messages, %d objects removed\n", run.Seq, run.Documents, run.Messages, run.Objects)
			}
			return err
		},
	}
	who(purge)
	purge.Flags().BoolVar(&yes, "yes", false, "remove it for good")
	history := &cobra.Command{
		Use: "history", Short: "List the purges that were made", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pl, _, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			runs, err := pl.PurgeRuns(cmd.Context())
			if err != nil {
				return err
			}
			for _, r := range runs {
				fmt.Fprintf(cmd.OutOrStdout(), "%d  %s  %s: %d documents, %d messages, %d objects; %s\n", r.Seq, r.At.Format(time.RFC3339), printable(r.By), r.Documents, r.Messages, r.Objects, printable(r.Why))
			}
			return nil
		},
	}

	hold := &cobra.Command{Use: "hold", Short: "Keep documents whatever their age", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var document, patient string
	var everything bool
	add := &cobra.Command{
		Use: "add (--document ID | --patient NUMBER | --everything) --why SENTENCE", Short: "Keep a document, a patient's documents, or all", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, err := person()
			if err != nil {
				return err
			}
			if n := count(document != "", patient != "", everything); n != 1 {
				return &usageError{errors.New("name one of --document, --patient and --everything")}
			}
			h := pipeline.Hold{Document: document, By: name, Why: why}
			if patient != "" {
				number, err := postroom.ParseNHSNumber(patient)
				if err != nil {
					return &usageError{errors.New("that is no valid NHS, CHI or H&C number")}
				}
				h.Patient = number.Digits()
			}
			pl, _, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			seq, err := pl.AddHold(cmd.Context(), h)
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "hold %d\n", seq)
			}
			return err
		},
	}
	who(add)
	add.Flags().StringVar(&document, "document", "", "the id of a document")
	add.Flags().StringVar(&patient, "patient", "", "the number of a patient")
	add.Flags().BoolVar(&everything, "everything", false, "all that is kept, as for an inquiry")
	lift := &cobra.Command{
		Use: "lift NUMBER --why SENTENCE", Short: "End a hold",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{errors.New("name one hold; postroom retention hold list shows them")}
			}
			seq, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return &usageError{fmt.Errorf("%q is no number of a hold", args[0])}
			}
			name, err := person()
			if err != nil {
				return err
			}
			pl, _, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			return pl.LiftHold(cmd.Context(), seq, name+": "+why)
		},
	}
	who(lift)
	list := &cobra.Command{
		Use: "list", Short: "List the holds, with those that were lifted", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pl, _, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			holds, err := pl.Holds(cmd.Context())
			if err != nil {
				return err
			}
			for _, h := range holds {
				what := "everything"
				switch {
				case h.Document != "":
					what = "document " + h.Document
				case h.Patient != "":
					what = "patient " + h.Patient
				}
				end := ""
				if !h.Lifted.IsZero() {
					end = fmt.Sprintf("; lifted %s by %s", h.Lifted.Format(time.DateOnly), printable(h.LiftedBy))
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d  %s since %s by %s: %s%s\n", h.Seq, what, h.At.Format(time.DateOnly), printable(h.By), printable(h.Why), end)
			}
			return nil
		},
	}
	hold.AddCommand(add, lift, list)
	cmd.AddCommand(purge, history, hold)
	return cmd
}

func count(in ...bool) (n int) {
	for _, v := range in {
		if v {
			n++
		}
	}
	return n
}
