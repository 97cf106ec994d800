package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
)

func newDoctor(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the configuration and every connection, and say what to do",
		Long: `Looks at everything that Postroom needs: the configuration, Tesseract and its
languages, the disk, the database, the object store, each mailbox and folder, and the
patient list. It changes nothing but a small test object, which it removes, and
compiles the PDF renderer, so that the first PDF need not wait for it.
Exit code 1 when something must be mended.`,
		Example: `  postroom doctor --config postroom.yaml`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &doctor{cmd: cmd}
			d.examine(cmd.Context(), o)
			if d.ill {
				return exitCode(exitError)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "\nAll is well.")
			return nil
		},
	}
	o.fromFlag(cmd)
	return cmd
}

// A doctor asks one thing after the other and goes on after bad news.
type doctor struct {
	cmd *cobra.Command
	ill bool
}

func (d *doctor) say(what string, err error, good string) bool {
	out := d.cmd.OutOrStdout()
	if err == nil {
		fmt.Fprintf(out, "  ok    %-18s %s\n", what, good)
		return true
	}
	d.ill = true
	var p *postroom.Problem
	if errors.As(err, &p) {
		fmt.Fprintf(out, "  MEND  %-18s %s\n", what, p.Reason)
		if p.Hint != "" {
			fmt.Fprintf(out, "        %-18s what to do: %s\n", "", p.Hint)
		}
		if p.Err != nil {
			fmt.Fprintf(out, "        %-18s (%v)\n", "", p.Err)
		}
		return false
	}
	fmt.Fprintf(out, "  MEND  %-18s %v\n", what, err)
	return false
}

func (d *doctor) examine(ctx context.Context, o *options) {
	cfg, err := o.load()
	from := "from --data"
	if o.config != "" {
		from = o.config
	}
	if !d.say("configuration", err, from) {
		return
	}
	rd, err := openReader(cfg, o.verbose)
	if d.say("reading", err, "") {
		d.isolation(ctx, rd)
		d.say("PDF renderer", rd.Prepare(ctx), "compiled and kept")
		rd.Close()
	}
	if cfg.Data != "" {
		said := cfg.Data
		if stateExists(cfg) != nil {
			said += " (new: nothing is kept there yet)"
		}
		d.say("data folder", checkFolder(cfg.Data), said)
	}
	p, err := openParts(cfg, false, o.verbose)
	where := "folder " + cfg.storeFolder()
	if cfg.Store.S3 != nil {
		where = "bucket " + cfg.Store.S3.Bucket + " at " + cfg.Store.S3.Endpoint
	}
	if err == nil {
		defer p.close()
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		err = p.objects.Check(ctx)
		cancel()
	}
	if !d.say("object store", err, where) && p == nil {
		return
	}
	pl, err := pipeline.Open(ctx, p.Parts, pipeline.Options{Database: cfg.databaseAddress(), Log: cfg.logger(o.verbose)})
	kind := "PostgreSQL"
	if cfg.Database == "" {
		kind = "SQLite, " + cfg.databaseAddress()
	}
	if d.say("database", err, kind) {
		defer pl.Close()
		patients, err := pl.Patients(ctx)
		if err == nil && len(patients) == 0 {
			err = &postroom.Problem{Reason: "the patient list is empty, so every document is held for a person", Hint: "postroom patients import FILE"}
		}
		d.say("patient list", err, fmt.Sprintf("%d patients", len(patients)))
	}
	if len(cfg.Sources) == 0 {
		d.say("sources", &postroom.Problem{Reason: "there is no source to take documents from", Hint: "add sources to the configuration, or name a folder with --from"}, "")
	}
	for i := range cfg.Sources {
		one := *cfg
		one.Sources = cfg.Sources[i : i+1]
		sources, err := openSources(ctx, &one, pl)
		if err == nil {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			err = sources[0].(interface{ Check(context.Context) error }).Check(ctx)
			cancel()
		}
		d.say("source "+cfg.Sources[i].Name, err, "can be read and tidied")
	}
	for _, r := range p.Receivers {
		c, ok := r.(interface{ Check(context.Context) error })
		if !ok {
			continue // a webhook cannot be called for nothing
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		d.say("receiver "+r.Name(), c.Check(ctx), "answers; nothing was sent")
		cancel()
	}
	d.operating(ctx, cfg, pl)
	if y := time.Now().Year(); y < 2025 {
		d.say("clock", fmt.Errorf("this machine thinks it is %d: set its clock", y), "")
	}
}

// isolation says what keeps a hostile file where it is read. What the system does
// not give is worth knowing and no illness.
func (d *doctor) isolation(ctx context.Context, rd *ocr.Reader) {
	p, err := rd.Protections(ctx)
	good := "reading processes reach no file, network or program"
	if len(p.Missing) > 0 {
		good = "limits on memory and time hold; but " + strings.Join(p.Missing, "; ")
	}
	d.say("isolation", err, good)
}

// leastFree is what a practice's busiest night needs, with a margin.
const leastFree = 2 << 30

func checkFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &postroom.Problem{Reason: "the data folder cannot be made", Hint: "check the path and its permissions", Err: err}
	}
	probe := filepath.Join(dir, ".postroom-doctor")
	if err := os.WriteFile(probe, []byte("x"), 0o600); err != nil {
		return &postroom.Problem{Reason: "the data folder cannot be written", Hint: "give it to the user who runs postroom, and check that the disk is not full or read-only", Err: err}
	}
	os.Remove(probe)
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err == nil {
		if free := st.Bavail * uint64(st.Bsize); free < leastFree {
			return &postroom.Problem{Reason: fmt.Sprintf("only %d MiB are free on the disk of %s", free>>20, dir), Hint: "free at least 2 GiB"}
		}
	}
	return nil
}
