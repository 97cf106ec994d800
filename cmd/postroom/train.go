package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/pipeline"
)

func newTrain(o *options) *cobra.Command {
	var from []string
	var rollback, list, dry bool
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Learn from what people confirmed and corrected",
		Long: `Makes a new model of every decision that people have made, compares it with the
model in use on decisions that neither has seen, and takes it over only if it is not
worse. "postroom run" does the same every night (learning.nightly). Every record names
the model that made it.

--from reads decisions: one JSON object a line, either

  {"document_id":"...","type":"lab_report","patient":"9990000018",
   "fields":{"letter_date":"2026-03-02"},"by":"user:jane"}

or a whole record as "postroom export" prints it, put right by a person and with
decided_by set to "user:<id>". Only documents that are in the state can be learned from.

Exit codes: 0 the new model is in use, or there was nothing new to learn; 1 it could not
be done, or the new model is worse and the old one stays.`,
		Example: `  postroom train --config postroom.yaml
  postroom train --config postroom.yaml --from confirmed.ndjson
  postroom train --config postroom.yaml --list
  postroom train --config postroom.yaml --rollback`,
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
			switch {
			case list:
				return listModels(ctx, pl, out)
			case rollback:
				was, now, err := pl.Rollback(ctx)
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "the model %s is in use again, in place of %s; documents that were sorted stay as they are\n", modelName(now), was)
				return nil
			}
			for _, path := range from {
				n, err := importDecisions(ctx, pl, path, cmd.ErrOrStderr())
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%d decisions read from %s\n", n, path)
			}
			taken, said, err := trainOnce(ctx, cfg, pl, dry)
			if err != nil {
				return err
			}
			fmt.Fprintln(out, said)
			if !taken {
				return exitCode(exitError)
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&from, "from", nil, "first read decisions from this `file` (one JSON object a line); may be given several times")
	cmd.Flags().BoolVar(&rollback, "rollback", false, "use the model again that the present one took over from")
	cmd.Flags().BoolVar(&list, "list", false, "print the models that are kept, the newest first")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "compare, but leave the model in use")
	return cmd
}

func modelName(version string) string {
	if version == "" {
		return "that the program ships"
	}
	return version
}

func listModels(ctx context.Context, pl *pipeline.Pipeline, out io.Writer) error {
	models, err := pl.Models(ctx)
	if err != nil {
		return err
	}
	t := table{head: []string{"model", "made", "in use", "how it compared"}}
	shipped := "yes"
	for _, m := range models {
		use := ""
		if m.InUse {
			use, shipped = "yes", ""
		}
		t.add(m.Version, m.Made.Local().Format("2006-01-02 15:04"), use, m.Trial)
	}
	t.add("(shipped)", "", shipped, "part of the program")
	t.print(out, terminalWidth(out))
	return nil
}

// mostDecisions bounds what is learned from, newest first: far fewer make a model.
const mostDecisions = 6000

// trainOnce makes a model and takes it over if it is not worse. taken is true
// when nothing is left to do; said is one sentence.
func trainOnce(ctx context.Context, cfg *config, pl *pipeline.Pipeline, dry bool) (taken bool, said string, err error) {
	use, body, err := pl.Model(ctx)
	if err != nil {
		return false, "", err
	}
	base, err := classify.New(cfg.Practice, nil)
	if err != nil {
		return false, "", err
	}
	if body != nil {
		t, err := classify.ReadTrained(body)
		if err != nil {
			return false, "", err
		}
		base = base.WithTrained(t)
	}
	var decisions []classify.Confirmed
	through, fresh := int64(0), 0
	err = pl.Decisions(ctx, 0, func(d pipeline.Decided) error {
		through = max(through, d.Seq)
		if len(d.Pages) == 0 {
			return nil
		}
		c := classify.Confirmed{Pages: d.Pages, Type: d.Type, Fields: d.Fields, Message: d.Message, New: d.Seq > use.Through}
		if c.New {
			fresh++
		}
		if len(decisions) == mostDecisions {
			decisions = decisions[1:]
		}
		decisions = append(decisions, c)
		return nil
	})
	if err != nil {
		return false, "", err
	}
	if fresh == 0 {
		return true, fmt.Sprintf("there is no new decision to learn from: the model %s stays in use", modelName(use.Version)), nil
	}
	trained, trial, err := base.Teach(ctx, decisions)
	if err != nil {
		return false, "", err
	}
	switch {
	case !trial.Enough():
		return true, trial.String() + ": the model " + modelName(use.Version) + " stays in use", nil
	case !trial.NotWorse():
		return false, trial.String() + ": the new model is worse, so the model " + modelName(use.Version) + " stays in use", nil
	case dry:
		return true, trial.String() + ": the new model is not worse, and was not taken over because of --dry-run", nil
	}
	body, err = trained.Bytes()
	if err != nil {
		return false, "", err
	}
	if err := pl.TakeOver(ctx, pipeline.KeptModel{Version: trained.Version(), Through: through, Trial: trial.String()}, body, cfg.Learning.keep()); err != nil {
		return false, "", err
	}
	return true, trial.String() + ": the model " + trained.Version() + " is in use now", nil
}

// maxDecision bounds a line of decisions: a record with the text of a long document.
const maxDecision = 64 << 20

// importDecisions reads decisions, one JSON object a line. Lines that cannot be
// used are named by their number and left out.
func importDecisions(ctx context.Context, pl *pipeline.Pipeline, path string, say io.Writer) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, &postroom.Problem{Kind: postroom.BadInput, Reason: "the decisions in " + path + " cannot be read", Hint: "check the path and its permissions", Err: err}
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 1<<20), maxDecision)
	line, left := 0, 0
	for in.Scan() {
		line++
		text := strings.TrimSpace(in.Text())
		if text == "" {
			continue
		}
		c, err := parseDecision([]byte(text))
		if err == nil {
			err = pl.Confirm(ctx, c)
		}
		if postroom.IsBadInput(err) {
			if left++; left <= 20 {
				fmt.Fprintf(say, "line %d left out: %s\n", line, postroom.ReasonOf(err, "it cannot be used"))
			}
			continue
		}
		if err != nil {
			return n, err
		}
		n++
	}
	if left > 20 {
		fmt.Fprintf(say, "... and %d more lines\n", left-20)
	}
	if err := in.Err(); err != nil {
		return n, postroom.Bad(err, fmt.Sprintf("line %d of %s cannot be read", line+1, path), "each line holds one JSON object")
	}
	return n, nil
}

// parseDecision reads a decision, or a record that a person put right.
func parseDecision(line []byte) (pipeline.Confirmation, error) {
	bad := func(reason string) (pipeline.Confirmation, error) {
		return pipeline.Confirmation{}, postroom.Bad(nil, reason, "postroom train --help shows the form")
	}
	var form struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(line, &form); err != nil {
		return bad("it is no JSON object")
	}
	if form.Schema == postroom.RecordSchema {
		var r postroom.Record
		if err := json.Unmarshal(line, &r); err != nil {
			return bad("it is no record as postroom export prints it")
		}
		if !strings.HasPrefix(r.DecidedBy, "user:") {
			return bad("the record was not decided by a person: decided_by must be user:<id>")
		}
		c := pipeline.Confirmation{DocumentID: r.DocumentID, Type: r.Type.Code, Patient: r.Patient.NHSNumber, PatientKnown: true, By: r.DecidedBy, At: r.DecidedAt, Fields: map[postroom.FieldName]string{}}
		for name, f := range r.Fields {
			if f.Valid {
				c.Fields[name] = f.Value
			}
		}
		return c, nil
	}
	var d struct {
		Schema     string                        `json:"schema"`
		DocumentID string                        `json:"document_id"`
		Type       postroom.TypeCode             `json:"type"`
		Patient    *string                       `json:"patient"`
		Fields     map[postroom.FieldName]string `json:"fields"`
		By         string                        `json:"by"`
		At         time.Time                     `json:"at"`
	}
	dec := json.NewDecoder(strings.NewReader(string(line)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return bad("it is neither a decision nor a record: something in it is unknown or has the wrong form")
	}
	if d.DocumentID == "" || d.Type == "" {
		return bad("it lacks document_id or type")
	}
	c := pipeline.Confirmation{DocumentID: d.DocumentID, Type: d.Type, Fields: d.Fields, By: d.By, At: d.At}
	if d.Patient != nil {
		c.Patient, c.PatientKnown = *d.Patient, true
	}
	return c, nil
}

// trainNightly learns every night at the configured time until ctx ends. Of
// several processes one does it.
func trainNightly(ctx context.Context, cfg *config, pl *pipeline.Pipeline, log *slog.Logger) {
	at, ok := cfg.Learning.at()
	if !ok {
		return
	}
	for {
		now := time.Now()
		next := time.Date(now.Year(), now.Month(), now.Day(), at.hour, at.minute, 0, 0, now.Location())
		if !next.After(now) {
			next = next.AddDate(0, 0, 1)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(next)):
		}
		_, err := pl.WithLease(ctx, "train", func(ctx context.Context) error {
			_, said, err := trainOnce(ctx, cfg, pl, false)
			if err == nil {
				log.Info("learned from decisions", "result", said)
			}
			return err
		})
		if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			log.Warn("learning went wrong; the model in use stays", "error", err)
		}
		// The same minute is not used twice.
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Minute):
		}
	}
}
