package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// operating looks at what tells how Postroom is, and at how it is.
func (d *doctor) operating(ctx context.Context, cfg *config, pl *pipeline.Pipeline) {
	if addr := cfg.Operating.Listen; addr != "" {
		d.say("metrics", checkListen(ctx, addr), "answered on "+addr)
	}
	if e := cfg.Operating.Traces.Endpoint; e != "" {
		d.say("traces", checkTraces(ctx, e), "sent to "+e)
	}
	if s := cfg.Operating.Summary; s.on() {
		limited, cancel := context.WithTimeout(ctx, 30*time.Second)
		d.say("nightly summary", checkSMTP(limited, s.SMTP), fmt.Sprintf("%s takes mail for %d people", s.SMTP.Host, len(s.To)))
		cancel()
	}
	if pl == nil {
		return
	}
	if cfg.Database != "" {
		skew, err := pl.ClockSkew(ctx)
		if err == nil && (skew > 30*time.Second || skew < -30*time.Second) {
			err = &postroom.Problem{Reason: fmt.Sprintf("the clocks of this machine and of the database differ by %s", skew.Abs().Round(time.Second)), Hint: "set both clocks (NTP)"}
		}
		d.say("clocks", err, "this machine's and the database's agree")
	}
	v, err := pl.Vitals(ctx)
	if err == nil && v.Workers == 0 && v.OpenMessages > 0 && v.OldestOpen > time.Hour {
		err = &postroom.Problem{Reason: fmt.Sprintf("%d messages wait and no process works on them", v.OpenMessages), Hint: "start postroom run, or postroom batch"}
	}
	if err == nil && v.Unsettled > 0 && v.Workers > 0 && v.OldestOpen > time.Hour {
		err = &postroom.Problem{Reason: fmt.Sprintf("%d mails are done and not moved", v.Unsettled), Hint: "see what is said of their source above"}
	}
	d.say("work at hand", err, fmt.Sprintf("%d processes work, %d messages open, %d documents wait for a person, %d in quarantine", v.Workers, v.OpenMessages, v.Held, v.Quarantined))
}

// checkListen is content with a free address, and with one on which Postroom answers.
func checkListen(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err == nil {
		return l.Close()
	}
	client := &http.Client{Timeout: 3 * time.Second}
	if r, e := client.Get("http://" + addr + "/healthz"); e == nil {
		r.Body.Close()
		if r.Header.Get("Content-Type") == "application/json" {
			return nil
		}
	}
	return &postroom.Problem{Reason: "the address for metrics and health (" + addr + ") cannot be listened on", Hint: "choose another with operating.listen, or stop what uses it", Err: err}
}

// checkTraces looks whether anything listens there; what a collector takes is its own affair.
func checkTraces(ctx context.Context, endpoint string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, endpoint, nil)
	if err != nil {
		return err
	}
	r, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return &postroom.Problem{Reason: "nothing takes traces at " + endpoint, Hint: "check operating.traces.endpoint, or leave it out; work goes on without", Err: err}
	}
	r.Body.Close()
	return nil
}
