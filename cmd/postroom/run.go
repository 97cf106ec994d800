package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// stopTime bounds a shutdown: work at hand is finished or handed back by then.
const stopTime = 30 * time.Second

// stopWorking lets the jobs at hand end, and hands back those that do not in time.
func stopWorking(pl *pipeline.Pipeline) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	return pl.Stop(ctx)
}

func newRun(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run all day: take each document as it arrives",
		Long: `Watches every source (IMAP IDLE, so that a mail is read as it arrives; folders by
the system's own notices) and works until it is told to stop. SIGTERM or Ctrl-C lets
the work at hand end within 30 seconds and hands back the rest.`,
		Example: `  postroom run --config postroom.yaml`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if len(cfg.Sources) == 0 {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "there is no source to watch",
					Hint: "name a folder with --from, or add sources to the configuration"}
			}
			return serve(cmd, o, cfg, true)
		},
	}
	o.fromFlag(cmd)
	return cmd
}

func newWorker(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Work only, beside others: as many machines as wanted, on PostgreSQL and S3",
		Long: `Reads, sorts and files what other processes have taken in. Any number of workers
share the work through PostgreSQL; they need no configuration of their own. One that
dies is noticed, and its work is taken over, within a minute.`,
		Example: `  postroom worker --config postroom.yaml`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if cfg.Database == "" {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "workers need PostgreSQL: an SQLite file is worked on by one process",
					Hint: "set database: postgres://... in the configuration, or use postroom run"}
			}
			return serve(cmd, o, cfg, false)
		},
	}
}

func serve(cmd *cobra.Command, o *options, cfg *config, watch bool) error {
	ctx := cmd.Context()
	watching, err := newOperation(ctx, cfg)
	if err != nil {
		return err
	}
	defer watching.close()
	cfg.observer = watching.observer()
	pl, p, err := openPipeline(ctx, cfg, true, o.verbose)
	if err != nil {
		return err
	}
	defer p.close()
	defer pl.Close()
	listening, err := watching.listen(ctx, cfg, pl, p.objects)
	if err != nil {
		return err
	}
	var sources []pipeline.Source
	if watch {
		if sources, err = openSources(ctx, cfg, pl); err != nil {
			return err
		}
	}
	if err := pl.Start(ctx); err != nil {
		return err
	}
	if watch && cfg.Desk.Listen != "" {
		desk, wait, err := serveDeskToPeople(ctx, cfg, pl, p.reader, cfg.logger(o.verbose))
		if err != nil {
			return errors.Join(err, stopWorking(pl))
		}
		defer wait()
		fmt.Fprintln(cmd.ErrOrStderr(), "the review desk:", desk)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "postroom %s works; %d sources; Ctrl-C stops it\n", buildVersion(), len(sources))
	if listening != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "metrics and health: http://%s/metrics /healthz /readyz\n", listening)
	}
	go summaryNightly(ctx, cfg, pl, cfg.logger(o.verbose))
	if watch {
		go trainNightly(ctx, cfg, pl, cfg.logger(o.verbose))
		pl.Watch(ctx, sources)
	} else {
		<-ctx.Done()
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "stopping: the work at hand is finished or handed back")
	return stopWorking(pl)
}
