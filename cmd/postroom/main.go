// Command postroom takes faxed and scanned documents out of e-mail inboxes,
// reads them, works out what each is and whose, and files them as structured
// records in object storage.
//
// This is the only place that wires the parts together: one file a command.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
)

// Exit codes. Batch and reconcile document theirs in their help.
const (
	exitError      = 1 // it could not be done
	exitUsage      = 2 // the command line or the configuration is wrong
	exitIncomplete = 3 // batch: something that arrived has no fate yet
	exitUnsound    = 4 // reconcile: something is missing, double, altered or orphaned
)

// version is set by the build.
var version = ""

// An exitCode ends the program with a code after everything was said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	ocr.RunChildIfAsked()
	// Reading is the children's work. What this process clears away is mostly the pages of long faxes: looking for
	// it more often costs little, and waiting costs as much memory again as is in use.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	root := newRoot()
	err := root.ExecuteContext(ctx)
	stop()
	os.Exit(report(err))
}

// report has the last word to the user: what happened, then what to do.
func report(err error) int {
	var code exitCode
	var usage *usageError
	var problem *postroom.Problem
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "error:", err)
		fmt.Fprintln(os.Stderr, "hint: postroom --help lists the commands, postroom COMMAND --help explains one")
		return exitUsage
	case errors.As(err, &problem):
		fmt.Fprintln(os.Stderr, "error:", err)
		if problem.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", problem.Hint)
		}
		if problem.Kind == postroom.Misconfigured {
			return exitUsage
		}
		return exitError
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "stopped: what was begun is kept and goes on with the next start")
		return exitError
	default:
		fmt.Fprintln(os.Stderr, "error:", err)
		return exitError
	}
}

type usageError struct{ error }

// options are what every command takes.
type options struct {
	config  string
	data    string
	from    []string
	verbose bool
}

func newRoot() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:   "postroom",
		Short: "Turns a practice's faxed and scanned post into filed records",
		Long: `Postroom opens a practice's fax and scan inboxes, reads every page, works out
what each document is and whose it is, and files it as a structured record where
other systems can use it. What it is sure of it files by itself; the rest waits
for a records clerk. Nothing that arrives is lost.

Start with:    postroom demo
Then:          postroom doctor --config postroom.yaml
Every night:   postroom batch --config postroom.yaml
All day long:  postroom run --config postroom.yaml`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       buildVersion(),
	}
	root.SetVersionTemplate("postroom {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	f := root.PersistentFlags()
	f.StringVar(&o.config, "config", "", "the configuration `file` (YAML); an annotated example is in docs/postroom.example.yaml")
	f.StringVar(&o.data, "data", "", "keep state and records in this `folder`, without a configuration file")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "write a line for every step to standard error")
	root.AddCommand(
		newDemo(o), newBatch(o), newRun(o), newWorker(o), newRead(o), newExport(o),
		newReconcile(o), newPatients(o), newTrain(o), newEvaluate(o), newDoctor(o), newSummaryCommand(o), newDeliver(o), newSubject(o), newRetention(o), newHealthy(), newBackup(o), newReview(o), newUser(o), newToken(o), newAudit(o), newVersion(), newReader(),
	)
	// Cobra says "unknown command" as a plain error; it is the user's typing.
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return &usageError{fmt.Errorf("there is no command %q", args[0])}
		}
		return cmd.Help()
	}
	return root
}

// fromFlag adds --from to the commands that receive.
func (o *options) fromFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.from, "from", nil, "also take the files of this `folder` (scans, and .eml files as messages); may be given several times")
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(development)"
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  noArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "postroom", buildVersion())
		},
	}
}

// newReader is what the program starts itself as to read pages in isolation.
func newReader() *cobra.Command {
	return &cobra.Command{
		Use:    "reader",
		Short:  "Read pages for a parent process (internal)",
		Hidden: true,
		Args:   noArgs,
		RunE: func(*cobra.Command, []string) error {
			if code := ocr.ServeChild(); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("postroom %s takes no argument, but got %q", cmd.Name(), args[0])}
	}
	return nil
}
