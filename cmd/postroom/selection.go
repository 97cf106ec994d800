package main

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
)

// A selection is which records an export is to hold.
type selection struct {
	kind, source, patient, from, until string
	after                              string // the document that the export before ended with
	settled                            bool   // only what comes before the first message that is being worked on
	found                              bool   // the document of after
}

func (s *selection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.kind, "type", "", "only documents of this `type`, such as lab_report")
	f.StringVar(&s.source, "source", "", "only documents from the source (mailbox or folder) of this `name`")
	f.StringVar(&s.patient, "patient", "", "only documents of the patient with this `number`")
	f.StringVar(&s.from, "from-date", "", "only what was received on this `day` (YYYY-MM-DD, UTC) or later")
	f.StringVar(&s.until, "until-date", "", "only what was received on this `day` or earlier")
	f.StringVar(&s.after, "after", "", "go on behind the document with this `id`, the last one of an export with --settled; means --settled")
	f.BoolVar(&s.settled, "settled", false, "end before the first message that is still being worked on, so that going on with --after misses nothing")
}

func (s *selection) check() error {
	s.settled = s.settled || s.after != ""
	for name, day := range map[string]string{"--from-date": s.from, "--until-date": s.until} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return &usageError{fmt.Errorf("%s is a day such as 2026-03-12, not %q", name, day)}
		}
	}
	if _, ok := postroom.TypeOf(postroom.TypeCode(s.kind)); s.kind != "" && !ok {
		return &usageError{fmt.Errorf("there is no type %q", s.kind)}
	}
	if s.patient != "" {
		n, err := postroom.ParseNHSNumber(s.patient)
		if err != nil {
			return &usageError{errors.New("--patient is no valid NHS, CHI or H&C number")}
		}
		s.patient = n.Digits()
	}
	return nil
}

func (s *selection) has(r postroom.Record) bool {
	day := r.Message.Received.UTC().Format(time.DateOnly)
	return (s.kind == "" || string(r.Type.Code) == s.kind) && (s.source == "" || r.Message.Source == s.source) &&
		(s.patient == "" || r.Patient.NHSNumber == s.patient) && (s.from == "" || day >= s.from) && (s.until == "" || day <= s.until)
}

// of keeps the records that are selected, in their order. A document to go on
// behind that is not there is an error: an empty export would look complete.
func (s *selection) of(records iter.Seq2[postroom.Record, error]) iter.Seq2[postroom.Record, error] {
	return func(yield func(postroom.Record, error) bool) {
		s.found = s.found || s.after == ""
		for r, err := range records {
			switch {
			case err != nil:
				yield(r, err)
				return
			case !s.found:
				s.found = r.DocumentID == s.after
			case s.has(r):
				if !yield(r, nil) {
					return
				}
			}
		}
		if !s.found {
			yield(postroom.Record{}, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the document of --after is not among the records",
				Hint: "leave --after out, or name the last document of the export before, with the same --status"})
		}
	}
}
