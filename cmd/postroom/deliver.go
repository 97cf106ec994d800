package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// A deliverConfig is a system that filed documents are handed to.
type deliverConfig struct {
	Name string             `yaml:"name"`
	FHIR *fhirServerConfig  `yaml:"fhir"`
	HL7  *hl7ReceiverConfig `yaml:"hl7"`
	// Webhook is called with the keys of what was filed.
	Webhook *webhookConfig `yaml:"webhook"`
}

type webhookConfig struct {
	URL     string        `yaml:"url"`
	Secret  string        `yaml:"secret"`
	Before  string        `yaml:"secret_before"` // while a secret is changed
	CAFile  string        `yaml:"ca_file"`
	Timeout time.Duration `yaml:"timeout"`
}

type fhirServerConfig struct {
	URL          string        `yaml:"url"`
	TokenURL     string        `yaml:"token_url"`
	ClientID     string        `yaml:"client_id"`
	ClientSecret string        `yaml:"client_secret"`
	Scopes       []string      `yaml:"scopes"`
	CAFile       string        `yaml:"ca_file"`
	Timeout      time.Duration `yaml:"timeout"`
}

type hl7ReceiverConfig struct {
	Address              string        `yaml:"address"` // host:port
	CAFile               string        `yaml:"ca_file"`
	CertFile             string        `yaml:"cert_file"` // of the client
	KeyFile              string        `yaml:"key_file"`
	Plain                bool          `yaml:"plain"`
	Timeout              time.Duration `yaml:"timeout"`
	SendingApplication   string        `yaml:"sending_application"`
	ReceivingApplication string        `yaml:"receiving_application"`
	ReceivingFacility    string        `yaml:"receiving_facility"`
	Processing           string        `yaml:"processing"`
	Charset              string        `yaml:"charset"`
	BaseURL              string        `yaml:"base_url"`
	Corrections          string        `yaml:"corrections"` // edit (T08, the default) or replace (T10)
}

// receivers makes what the configuration names under deliver.
func (c *config) receivers(objects store.Objects) ([]pipeline.Receiver, error) {
	var out []pipeline.Receiver
	for i, d := range c.Deliver {
		path := fmt.Sprintf("$.deliver[%d]", i)
		switch {
		case d.Name == "":
			return nil, &settingError{path + ".name", errors.New("give the receiver a name; it may not change later")}
		case 1 != boolCount(d.FHIR != nil, d.HL7 != nil, d.Webhook != nil):
			return nil, &settingError{path, errors.New("say one of fhir, hl7 and webhook")}
		}
		for _, before := range out {
			if before.Name() == d.Name {
				return nil, &settingError{path + ".name", fmt.Errorf("two receivers are called %q", d.Name)}
			}
		}
		if f := d.FHIR; f != nil {
			server, err := store.OpenFHIRServer(store.FHIRServerConfig{URL: f.URL, TokenURL: f.TokenURL, ClientID: f.ClientID,
				ClientSecret: f.ClientSecret, Scopes: f.Scopes, CAFile: f.CAFile, Timeout: f.Timeout})
			if err != nil {
				return nil, &settingError{path + ".fhir", err}
			}
			out = append(out, &fhirReceiver{d.Name, objects, server})
			continue
		}
		if w := d.Webhook; w != nil {
			c := store.WebhookConfig{URL: w.URL, Secrets: []string{w.Secret}, CAFile: w.CAFile, Timeout: w.Timeout}
			if w.Before != "" {
				c.Secrets = append(c.Secrets, w.Before)
			}
			hook, err := store.OpenWebhook(c)
			if err != nil {
				return nil, &settingError{path + ".webhook", err}
			}
			out = append(out, &webhookReceiver{d.Name, hook})
			continue
		}
		h := d.HL7
		if h.Corrections != "" && h.Corrections != "edit" && h.Corrections != "replace" {
			return nil, &settingError{path + ".hl7.corrections", fmt.Errorf("write edit or replace, not %q", h.Corrections)}
		}
		wire, err := store.OpenMLLP(store.MLLPConfig{Address: h.Address, CAFile: h.CAFile, CertFile: h.CertFile, KeyFile: h.KeyFile,
			Timeout: h.Timeout, Plain: h.Plain})
		if err != nil {
			return nil, &settingError{path + ".hl7", err}
		}
		out = append(out, &hl7Receiver{name: d.Name, objects: objects, wire: wire, options: store.HL7Options{
			SendingApplication: h.SendingApplication, SendingFacility: c.fhirOptions().PracticeODS, ReceivingApplication: h.ReceivingApplication,
			ReceivingFacility: h.ReceivingFacility, Processing: h.Processing, Charset: h.Charset, BaseURL: h.BaseURL, ReplaceAlways: h.Corrections == "replace"}})
	}
	return out, nil
}

func boolCount(all ...bool) (n int) {
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

type webhookReceiver struct {
	name string
	hook *store.Webhook
}

func (r *webhookReceiver) Name() string { return r.name }

func (r *webhookReceiver) Deliver(ctx context.Context, rec postroom.Record) error {
	return r.hook.Send(ctx, rec)
}

type fhirReceiver struct {
	name    string
	objects store.Objects
	server  *store.FHIRServer
}

func (r *fhirReceiver) Name() string { return r.name }

func (r *fhirReceiver) Deliver(ctx context.Context, rec postroom.Record) error {
	return r.server.Send(ctx, rec, r.objects)
}

func (r *fhirReceiver) Check(ctx context.Context) error { return r.server.Check(ctx) }

type hl7Receiver struct {
	name    string
	objects store.Objects
	options store.HL7Options
	one     sync.Mutex // MLLP sends one message at a time
	wire    *store.MLLP
}

func (r *hl7Receiver) Name() string { return r.name }

func (r *hl7Receiver) Deliver(ctx context.Context, rec postroom.Record) error {
	pdf, err := r.objects.Open(ctx, rec.Objects.PDF)
	if err != nil {
		return err
	}
	defer pdf.Close()
	lineage, err := store.LineageOf(ctx, r.objects, rec)
	if err != nil {
		return err
	}
	message, err := store.MDM(rec, lineage, pdf, r.options)
	if err != nil {
		return err
	}
	r.one.Lock()
	defer r.one.Unlock()
	return r.wire.Send(ctx, message, store.ControlID(rec))
}

func (r *hl7Receiver) Check(ctx context.Context) error { return r.wire.Check(ctx) }

func newDeliver(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deliver",
		Short: "Show what was handed to other systems, and send again what they refused",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	open := func(cmd *cobra.Command) (*pipeline.Pipeline, func(), error) {
		cfg, err := o.load()
		if err != nil {
			return nil, nil, err
		}
		if err := stateExists(cfg); err != nil {
			return nil, nil, err
		}
		pl, p, err := openPipeline(cmd.Context(), cfg, false, o.verbose)
		if err != nil {
			return nil, nil, err
		}
		return pl, func() { pl.Close(); p.close() }, nil
	}
	var state string
	var asJSON bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List what a receiver refused, with what it said (or, with --state, what waits or was sent)",
		Long: `Lists deliveries in the order of filing. What a receiver said can hold patient
data: it is shown here and never logged.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch state {
			case "all", pipeline.DeliveryWaiting, pipeline.DeliverySent, pipeline.DeliveryRefused, pipeline.DeliveryOvertaken:
			default:
				return &usageError{fmt.Errorf("--state is all, waiting, sent, refused or overtaken, not %q", state)}
			}
			pl, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			want := state
			if want == "all" {
				want = ""
			}
			out := cmd.OutOrStdout()
			if asJSON {
				encoder := json.NewEncoder(out)
				return pl.Deliveries(cmd.Context(), want, func(d pipeline.Delivery) error { return encoder.Encode(d) })
			}
			w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "NUMBER\tRECEIVER\tDOCUMENT\tVERSION\tSTATE\tSAID")
			err = pl.Deliveries(cmd.Context(), want, func(d pipeline.Delivery) error {
				_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", d.Seq, d.Receiver, d.DocumentID, d.Version, d.State, printable(d.Said))
				return err
			})
			return errors.Join(err, w.Flush())
		},
	}
	list.Flags().StringVar(&state, "state", pipeline.DeliveryRefused, "all, waiting, sent, refused or overtaken")
	list.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	retry := &cobra.Command{
		Use:   "retry [NUMBER...]",
		Short: "Send again what was refused: the deliveries with these numbers, or all",
		Long: `Puts refused deliveries back among those that wait. The daemon, the workers or
the next batch send them, under the same identity as before.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var numbers []int64
			for _, a := range args {
				n, err := strconv.ParseInt(a, 10, 64)
				if err != nil {
					return &usageError{fmt.Errorf("%q is no number of a delivery; postroom deliver list shows them", a)}
				}
				numbers = append(numbers, n)
			}
			pl, done, err := open(cmd)
			if err != nil {
				return err
			}
			defer done()
			n, err := pl.RetryDeliveries(cmd.Context(), numbers...)
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%d will be sent again\n", n)
			}
			return err
		},
	}
	cmd.AddCommand(list, retry)
	return cmd
}

// printable keeps what a receiver said from steering the terminal.
func printable(s string) string {
	out := []rune(s)
	for i, r := range out {
		if !strconv.IsPrint(r) {
			out[i] = ' '
		}
	}
	return string(out)
}
