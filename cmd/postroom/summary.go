package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"
	gomail "github.com/wneessen/go-mail"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// summaryConfig says to whom the nightly summary goes and through which mail server.
type summaryConfig struct {
	To   []string `yaml:"to"`
	From string   `yaml:"from"`
	// At is when postroom run sends it, such as 06:30; postroom batch sends it at
	// its end. Empty is 06:30.
	At   string     `yaml:"at"`
	SMTP smtpConfig `yaml:"smtp"`
}

type smtpConfig struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"` // 0 is 587, 465 with tls, 25 with none
	User     string `yaml:"user"`
	Password string `yaml:"password"`
	TLS      string `yaml:"tls"` // starttls (the default), tls, or none (this machine only)
	CAFile   string `yaml:"ca_file"`
}

func (c summaryConfig) on() bool { return len(c.To) > 0 }

func (c summaryConfig) check() error {
	if !c.on() {
		return nil
	}
	bad := func(path, format string, args ...any) error {
		return &settingError{"$.operating.summary." + path, fmt.Errorf(format, args...)}
	}
	for i, to := range c.To {
		if _, err := mail.ParseAddress(to); err != nil {
			return bad(fmt.Sprintf("to[%d]", i), "write a mail address, such as manager@practice.example")
		}
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return bad("from", "write the mail address that it comes from")
	}
	if _, err := c.at(); err != nil {
		return bad("at", "write a time of day, such as 06:30")
	}
	switch c.SMTP.TLS {
	case "", "starttls", "tls":
	case "none":
		if c.SMTP.Host != "localhost" && c.SMTP.Host != "127.0.0.1" && c.SMTP.Host != "::1" {
			return bad("smtp.tls", "none is accepted for this machine only; write starttls or tls")
		}
	default:
		return bad("smtp.tls", "write starttls, tls or none, not %q", c.SMTP.TLS)
	}
	if c.SMTP.Host == "" {
		return bad("smtp.host", "name the mail server")
	}
	return nil
}

// at is the time of day at which it is sent.
func (c summaryConfig) at() (time.Time, error) {
	if c.At == "" {
		return time.Parse("15:04", "06:30")
	}
	return time.Parse("15:04", c.At)
}

// client connects to the mail server when something is sent.
func (c smtpConfig) client() (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithTimeout(30 * time.Second)}
	t := &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, err
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", c.CAFile)
		}
	}
	options = append(options, gomail.WithTLSConfig(t))
	port := c.Port
	switch c.TLS {
	case "tls":
		options = append(options, gomail.WithSSL())
		port = orPort(port, 465)
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
		port = orPort(port, 25)
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
		port = orPort(port, 587)
	}
	options = append(options, gomail.WithPort(port))
	if c.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	return gomail.NewClient(c.Host, options...)
}

func orPort(port, otherwise int) int {
	if port != 0 {
		return port
	}
	return otherwise
}

// smtpProblem says in plain words why a mail did not go.
func smtpProblem(c smtpConfig, err error) error {
	if err == nil {
		return nil
	}
	p := &postroom.Problem{Kind: postroom.Temporary, Reason: "the mail server " + c.Host + " does not take the summary",
		Hint: "check operating.summary.smtp: host, port, tls, user and password", Err: err}
	var unknown *tls.CertificateVerificationError
	if errors.As(err, &unknown) {
		p.Reason, p.Hint = "the certificate of the mail server "+c.Host+" is not trusted", "check that host is the name in the certificate, or give its authority with ca_file"
	}
	return p
}

//go:embed summary.html
var summaryHTML string

//go:embed summary.txt
var summaryText string

var (
	summaryPage  = htmltemplate.Must(htmltemplate.New("summary").Parse(summaryHTML))
	summaryPlain = template.Must(template.New("summary").Parse(summaryText))
)

type summaryFact struct{ Label, Value string }

type summaryType struct {
	Title                    string
	Documents, Filed, Urgent int
}

// A summaryMail is what the two templates show.
type summaryMail struct {
	Title, Period, Version string
	Attention              []string
	Facts                  []summaryFact
	Types                  []summaryType
	Sources                []pipeline.SourceSummary
}

// inWords writes a time span as people say it.
func inWords(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// summarise makes the mail of a summary; trouble are further sentences that
// somebody must read.
func summarise(s pipeline.Summary, name string, trouble []string) summaryMail {
	m := summaryMail{Title: "Post of the last day", Version: buildVersion(), Attention: trouble, Sources: s.Sources}
	if name != "" {
		m.Title += ", " + name
	}
	const layout = "2 January 2006, 15:04"
	m.Period = fmt.Sprintf("From %s to %s", s.Since.Local().Format(layout), s.Until.Local().Format(layout))
	v := s.Now
	if v.UrgentHeld > 0 {
		m.Attention = append(m.Attention, fmt.Sprintf("%d urgent documents wait for a person.", v.UrgentHeld))
	}
	if s.Overdue > 0 {
		m.Attention = append(m.Attention, fmt.Sprintf("%d documents waited longer than they may: see Overdue at the review desk.", s.Overdue))
	}
	if s.Returns > 0 {
		m.Attention = append(m.Attention, fmt.Sprintf("%d documents about nobody of the practice's have to go back to their senders.", s.Returns))
	}
	if v.Quarantined > 0 {
		m.Attention = append(m.Attention, fmt.Sprintf("%d documents could not be read and wait in quarantine.", v.Quarantined))
	}
	if v.OpenMessages > 0 && v.OldestOpen > time.Hour {
		m.Attention = append(m.Attention, fmt.Sprintf("%d messages are not worked off yet; the oldest came %s ago.", v.OpenMessages, inWords(v.OldestOpen)))
	}
	if v.Workers == 0 && v.OpenMessages > 0 {
		m.Attention = append(m.Attention, "No Postroom process is working.")
	}
	fact := func(label string, n int) { m.Facts = append(m.Facts, summaryFact{label, strconv.Itoa(n)}) }
	fact("Messages that arrived", s.Messages)
	fact("Pages", s.Pages)
	fact("Documents filed", s.Documents[postroom.Filed])
	fact("Documents laid before a person", s.Documents[postroom.InReview])
	fact("Documents put into quarantine", s.Documents[postroom.Quarantined])
	fact("Messages without a document", s.Documents[postroom.Discarded])
	fact("Documents that wait for a person now", v.Held)
	if v.Held > 0 {
		m.Facts = append(m.Facts, summaryFact{"The longest has waited", inWords(v.OldestHeld)})
	}
	for _, t := range s.Types {
		title := string(t.Type)
		if known, ok := postroom.TypeOf(t.Type); ok {
			title = known.Title
		}
		m.Types = append(m.Types, summaryType{title, t.Documents, t.Filed, t.Urgent})
	}
	return m
}

func (m summaryMail) send(ctx context.Context, c summaryConfig) error {
	client, err := c.SMTP.client()
	if err != nil {
		return smtpProblem(c.SMTP, err)
	}
	msg := gomail.NewMsg()
	if err := msg.From(c.From); err != nil {
		return smtpProblem(c.SMTP, err)
	}
	if err := msg.To(c.To...); err != nil {
		return smtpProblem(c.SMTP, err)
	}
	subject := m.Title
	if len(m.Attention) > 0 {
		subject += ": please look"
	}
	msg.Subject(subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's out-of-office answers it
	var text, page strings.Builder
	if err := errors.Join(summaryPlain.Execute(&text, m), summaryPage.Execute(&page, m)); err != nil {
		return err
	}
	msg.SetBodyString(gomail.TypeTextPlain, text.String())
	msg.AddAlternativeString(gomail.TypeTextHTML, page.String())
	return smtpProblem(c.SMTP, client.DialAndSendWithContext(ctx, msg))
}

// checkSMTP connects and signs in, and sends nothing.
func checkSMTP(ctx context.Context, c smtpConfig) error {
	client, err := c.client()
	if err != nil {
		return smtpProblem(c, err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return smtpProblem(c, err)
	}
	return smtpProblem(c, client.Close())
}

func (c *config) practiceName() string {
	if len(c.Practice.PracticeNames) > 0 {
		return c.Practice.PracticeNames[0]
	}
	return ""
}

// sendSummary tells of the last day.
func sendSummary(ctx context.Context, cfg *config, pl *pipeline.Pipeline, trouble []string) error {
	now := time.Now()
	s, err := pl.Summary(ctx, now.Add(-24*time.Hour), now)
	if err != nil {
		return err
	}
	return summarise(s, cfg.practiceName(), trouble).send(ctx, cfg.Operating.Summary)
}

// summaryNightly sends the summary every day until ctx ends. Of several
// processes one does, once.
func summaryNightly(ctx context.Context, cfg *config, pl *pipeline.Pipeline, log *slog.Logger) {
	if !cfg.Operating.Summary.on() {
		return
	}
	at, err := cfg.Operating.Summary.at()
	if err != nil {
		return
	}
	for {
		now := time.Now()
		next := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, now.Location())
		if !next.After(now) {
			next = next.AddDate(0, 0, 1)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(next)):
		}
		if err := summaryOnce(ctx, cfg, pl, next); err != nil && ctx.Err() == nil {
			log.Warn("the nightly summary did not go out", "reason", postroom.ReasonOf(err, "unknown"), "error", err)
		}
	}
}

// summaryOnce sends the summary of a day unless another process has.
func summaryOnce(ctx context.Context, cfg *config, pl *pipeline.Pipeline, day time.Time) error {
	const setting = "summary sent"
	_, err := pl.WithLease(ctx, "summary", func(ctx context.Context) error {
		sent, err := pl.Setting(ctx, setting)
		if err != nil || sent == day.Format(time.DateOnly) {
			return err
		}
		for try := range 4 {
			if err = sendSummary(ctx, cfg, pl, nil); err == nil {
				return pl.SetSetting(ctx, setting, day.Format(time.DateOnly))
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Minute << try):
			}
		}
		return err
	})
	return err
}

func newSummaryCommand(o *options) *cobra.Command {
	var send, page bool
	var since time.Duration
	cmd := &cobra.Command{
		Use:   "summary",
		Short: "Say in numbers what happened in the last day, or mail it",
		Long: `Prints what arrived, what was filed and what waits, in numbers only: nothing of any
patient. With --send it goes by mail to the addresses of operating.summary, as it does
every day at the time set there (postroom run) and at the end of each postroom batch.`,
		Example: `  postroom summary --config postroom.yaml
  postroom summary --config postroom.yaml --send`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if err := stateExists(cfg); err != nil {
				return err
			}
			if send && !cfg.Operating.Summary.on() {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "nobody is named to send the summary to", Hint: "set operating.summary in the configuration; " + filepath.Join("docs", "operations.md") + " shows how"}
			}
			pl, p, err := openPipeline(ctx, cfg, false, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			now := time.Now()
			s, err := pl.Summary(ctx, now.Add(-since), now)
			if err != nil {
				return err
			}
			m := summarise(s, cfg.practiceName(), nil)
			if send {
				if err := m.send(ctx, cfg.Operating.Summary); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "sent to", strings.Join(cfg.Operating.Summary.To, ", "))
				return nil
			}
			var out interface {
				Execute(io.Writer, any) error
			} = summaryPlain
			if page {
				out = summaryPage
			}
			return out.Execute(cmd.OutOrStdout(), m)
		},
	}
	cmd.Flags().BoolVar(&send, "send", false, "mail it instead of printing it")
	cmd.Flags().BoolVar(&page, "html", false, "print it as an HTML page")
	cmd.Flags().DurationVar(&since, "last", 24*time.Hour, "of how long")
	return cmd
}
