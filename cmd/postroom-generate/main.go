// Postroom-generate makes faxes, scans and e-mails with known truth, for
// evaluation and load: see testdata/README.md for what it writes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

const usage = `Makes faxes, scans and e-mails as a practice receives them, with the truth about
each. All patients are invented. The same flags give the same bytes.

  postroom-generate --docs 300 --seed 7 --out corpus

writes into the folder corpus, which must be new or empty:

  000001.eml ...   the messages (with --form eml), or
  000001_fax.tif   their attachments, the message's number before the name (--form files)
  truth.jsonl      a line for each message: what is in it, page by page
  patients.csv     the practice's patients, for "postroom patients import"

Flags:
  --docs N       the least number of documents (default 100); mails without a
                 document (notices, junk, broken files) come on top
  --seed S       another number gives other patients and documents (default 1)
  --out DIR      where to write (default "corpus")
  --layouts L    train, test or all (default all): train and test share no wording
                 and no look, so learn from one and measure on the other
  --quality Q    clean, typical, bad or mixed (default mixed): how well pages are sent
  --form F       eml or files (default eml)
  --patients N   patients of the practice (default 500)
  --types LIST   only these types, separated by commas: discharge_summary,lab_report
  --plain        one document a message, nothing broken, no notices; for training
  --jobs N       messages made at the same time (default 2)
`

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("postroom-generate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var o generate.Options
	flags.IntVar(&o.Docs, "docs", 100, "")
	flags.Uint64Var(&o.Seed, "seed", 1, "")
	folder := flags.String("out", "corpus", "")
	layouts := flags.String("layouts", "all", "")
	quality := flags.String("quality", "mixed", "")
	form := flags.String("form", "eml", "")
	flags.IntVar(&o.Patients, "patients", 500, "")
	types := flags.String("types", "", "")
	flags.BoolVar(&o.Plain, "plain", false, "")
	jobs := flags.Int("jobs", 2, "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(out, usage)
			return nil
		}
		return fmt.Errorf("%w; postroom-generate --help lists the flags", err)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag; postroom-generate --help lists the flags", flags.Arg(0))
	case o.Docs < 1:
		return fmt.Errorf("--docs must be at least 1, not %d", o.Docs)
	case *jobs < 1:
		return fmt.Errorf("--jobs must be at least 1, not %d", *jobs)
	case *form != "eml" && *form != "files":
		return fmt.Errorf("--form is eml or files, not %q", *form)
	}
	o.Layouts, o.Quality = generate.Split(*layouts), generate.Quality(*quality)
	for t := range strings.SplitSeq(*types, ",") {
		if t = strings.TrimSpace(t); t != "" {
			o.Types = append(o.Types, postroom.TypeCode(t))
		}
	}
	// Without this an interrupt would leave half a file.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	defer signal.Stop(stop)
	w, err := newWriter(*folder, *form)
	if err != nil {
		return err
	}
	if err := makeAll(o, *jobs, w, progress, stop); err != nil {
		return errors.Join(err, w.close())
	}
	if err := w.close(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d messages with %d documents on %d pages in %s\n", w.messages, w.documents, w.pages, *folder)
	return nil
}

// makeAll makes messages in parallel and writes them in order.
func makeAll(o generate.Options, jobs int, w *writer, progress io.Writer, stop <-chan os.Signal) error {
	makers := make([]*generate.Generator, jobs)
	for i := range makers {
		g, err := generate.New(o)
		if err != nil {
			return err
		}
		makers[i] = g
	}
	if err := w.patients(makers[0].Register().People); err != nil {
		return err
	}
	type made struct {
		m   generate.Message
		err error
	}
	// Maker i makes messages i+1, i+1+jobs, ... so that each has its own queue.
	queues := make([]chan made, jobs)
	done := make(chan struct{})
	defer close(done)
	for i, g := range makers {
		queues[i] = make(chan made, 4)
		go func() {
			for n := i + 1; ; n += jobs {
				m, err := g.Message(n)
				select {
				case queues[i] <- made{m, err}:
				case <-done:
					return
				}
			}
		}()
	}
	for n := 1; w.documents < o.Docs; n++ {
		select {
		case <-stop:
			return errors.New("interrupted; the folder holds what was made so far")
		case next := <-queues[(n-1)%jobs]:
			if next.err != nil {
				return next.err
			}
			if err := w.write(next.m); err != nil {
				return err
			}
			if n%200 == 0 {
				fmt.Fprintf(progress, "%d of %d documents\n", w.documents, o.Docs)
			}
		}
	}
	return nil
}
