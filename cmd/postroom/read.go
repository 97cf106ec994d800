package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/pipeline"
)

func newRead(o *options) *cobra.Command {
	var patientsFile string
	var text, pages bool
	cmd := &cobra.Command{
		Use:   "read FILE...",
		Short: "Read local files and print their records; nothing is kept",
		Long: `Reads scans (TIFF, PDF, JPEG, PNG), mails (.eml) and archives (.zip, winmail.dat) and
prints one record a line, as "postroom export" does, without touching any state. The
status says what would become of the document; without a patient list everything is held.`,
		Example: `  postroom read fax0012.tif
  postroom read --patients patients.csv letters/*.pdf | jq .fields`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{errors.New("name at least one file")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			cfg := &config{}
			if o.config != "" {
				var err error
				if cfg, err = o.load(); err != nil {
					return err
				}
			}
			if o.data != "" {
				cfg.Data = o.data
			}
			var patients []postroom.Patient
			if patientsFile != "" {
				var err error
				if patients, err = readPatients(patientsFile, cmd.ErrOrStderr()); err != nil {
					return err
				}
			}
			rd, err := openReader(cfg, o.verbose)
			if err != nil {
				return err
			}
			defer rd.Close()
			s, err := newSorter(cfg.Practice, patients)
			if err != nil {
				return err
			}
			rule, err := cfg.Filing.rule()
			if err != nil {
				return err
			}
			ps := pipeline.Parts{Unpack: unpacker{}, Read: reader{Reader: rd}, Rule: rule}
			to := directTo(cmd.OutOrStdout(), text, pages)
			failed := false
			for _, path := range args {
				err := readFile(cmd, ps, s, path, cfg.readers(), to)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				var wrote *writeError
				if errors.As(err, &wrote) {
					return wrote.error
				}
				if err != nil {
					failed = true
					fmt.Fprintf(cmd.ErrOrStderr(), "error: %s: %v\n", path, err)
				}
			}
			if failed {
				return exitCode(exitError)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&patientsFile, "patients", "", "match against this patient list (CSV, or a FHIR Bundle)")
	cmd.Flags().BoolVar(&text, "text", false, "print the text of each page instead of records")
	cmd.Flags().BoolVar(&pages, "pages", false, "print each page, with its words, their boxes and confidences, instead of records")
	cmd.MarkFlagsMutuallyExclusive("text", "pages")
	return cmd
}

// A writeError is that nothing can be printed any more.
type writeError struct{ error }

// directTo prints what is read of a file, as soon as it is known.
func directTo(out io.Writer, text, pages bool) pipeline.DirectTo {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	write := func(v any) error {
		if err := enc.Encode(v); err != nil {
			return &writeError{err}
		}
		return nil
	}
	switch {
	case text:
		return pipeline.DirectTo{Page: func(p pipeline.DirectPage) error { printText(out, p); return nil }}
	case pages:
		return pipeline.DirectTo{Page: func(p pipeline.DirectPage) error {
			if p.Page == nil {
				p.Page = &postroom.Page{Attachment: p.Attachment, Number: p.Number, Words: []postroom.Word{}, Notes: []string{p.Reason}}
			}
			return write(p.Page)
		}}
	}
	return pipeline.DirectTo{Record: func(r postroom.Record) error { return write(r) }}
}

// printText prints what was read of a page, covers and junk too.
func printText(out io.Writer, p pipeline.DirectPage) {
	if p.Page == nil {
		fmt.Fprintf(out, "--- %s, page %d: %s ---\n", p.Attachment, p.Number, p.Reason)
		return
	}
	fmt.Fprintf(out, "--- %s, page %d ---\n%s\n", p.Attachment, p.Number, p.Page.PlainText())
}

func readFile(cmd *cobra.Command, ps pipeline.Parts, s pipeline.Sorter, path string, readers int, to pipeline.DirectTo) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file")
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder: name the files in it")
	}
	if err != nil {
		f.Close()
		return err
	}
	hash, size, err := postroom.HashReader(f)
	f.Close()
	if err != nil {
		return err
	}
	m := postroom.Message{Hash: hash, Source: "command line", Name: filepath.Base(path), Received: info.ModTime().UTC(), Size: size}
	return pipeline.ReadDirect(cmd.Context(), ps, s, m, path, readers, to)
}

// readPatients reads a patient list, CSV or FHIR by its first character, and
// says which lines it could not use.
func readPatients(path string, say io.Writer) ([]postroom.Patient, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &postroom.Problem{Kind: postroom.BadInput, Reason: "the patient list " + path + " cannot be read", Hint: "check the path and its permissions", Err: err}
	}
	defer f.Close()
	in := bufio.NewReader(f)
	parse := classify.ReadPatientsCSV
	if start, _ := in.Peek(512); strings.HasPrefix(strings.TrimLeft(string(start), "\ufeff \t\r\n"), "{") {
		parse = classify.ReadPatientsFHIR
	}
	patients, problems, err := parse(in)
	if err != nil {
		return nil, fmt.Errorf("read the patient list %s: %w", path, err)
	}
	for i, p := range problems {
		if i == 20 {
			fmt.Fprintf(say, "... and %d more lines\n", len(problems)-i)
			break
		}
		what := "left out"
		if p.Taken {
			what = "taken without the value that is wrong"
		}
		fmt.Fprintf(say, "line %d %s: %s\n", p.Line, what, p.Reason)
	}
	return patients, nil
}
