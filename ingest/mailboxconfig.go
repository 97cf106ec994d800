package ingest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// MailboxConfig says which mailbox to read and how to sign in.
type MailboxConfig struct {
	Name string `yaml:"-"` // of the source; it appears in records
	Host string `yaml:"host"`
	Port int    `yaml:"port"` // 0 is 993, or 143 for starttls and none
	// TLS is "tls" (the default), "starttls", or "none", which is accepted for
	// this machine only.
	TLS      string       `yaml:"tls"`
	CAFile   string       `yaml:"ca_file"` // PEM; empty for the system's authorities
	User     string       `yaml:"user"`
	Password string       `yaml:"password"`
	OAuth    *OAuthConfig `yaml:"oauth"` // instead of a password

	Folder          string `yaml:"folder"`           // INBOX by default
	ProcessedFolder string `yaml:"processed_folder"` // Postroom/Processed by default; "/" parts levels
	ProblemFolder   string `yaml:"problem_folder"`   // Postroom/Problem by default
	// NoCreate leaves it to a person to make the two folders.
	NoCreate bool `yaml:"no_create"`
	// Settle is "move" (the default) or "keyword": mail is flagged with
	// $PostroomProcessed or $PostroomProblem and stays where it is. Where a server can't move
	// without the risk of losing mail, it is flagged all the same.
	Settle string `yaml:"settle"`

	// Timeout is how long the server may be silent; 0 is one minute. Work on
	// much mail at once (searching, moving) may take five times as long. A message
	// takes as long as it needs while bytes come.
	Timeout time.Duration `yaml:"timeout"`
	// PollInterval is how often to look on a server without IDLE (RFC 2177); 0 is one minute.
	PollInterval time.Duration `yaml:"poll_interval"`

	// SaveRefreshToken is told the refresh token that a provider gave in
	// exchange for the one used; the old one may stop working.
	SaveRefreshToken func(ctx context.Context, token string) error `yaml:"-"`
	Log              *slog.Logger                                  `yaml:"-"`
}

// Validate reports the first setting that is wrong, with what to write.
func (c *MailboxConfig) Validate() error {
	switch {
	case c.Host == "":
		return errors.New("host: name the mail server, such as outlook.office365.com")
	case c.User == "":
		return errors.New("user: name the mailbox, such as fax@practice.example")
	case c.Port < 0 || c.Port > 65535:
		return fmt.Errorf("port: write a number from 1 to 65535, not %d", c.Port)
	case c.TLS != "" && c.TLS != "tls" && c.TLS != "starttls" && c.TLS != "none":
		return fmt.Errorf("tls: write tls, starttls or none, not %q", c.TLS)
	case c.TLS == "none" && !isLoopback(c.Host):
		return errors.New("tls: none would send the password in the clear; it is accepted for this machine only")
	case c.Settle != "" && c.Settle != "move" && c.Settle != "keyword":
		return fmt.Errorf("settle: write move or keyword, not %q", c.Settle)
	case c.OAuth == nil && c.Password == "":
		return errors.New("password: give a password, or oauth")
	case c.OAuth != nil && c.Password != "":
		return errors.New("oauth: give either a password or oauth")
	case c.Timeout < 0 || c.PollInterval < 0:
		return errors.New("timeout, poll_interval: write a duration such as 60s")
	case strings.ContainsAny(c.Folder+c.ProcessedFolder+c.ProblemFolder, "\r\n\x00"):
		return errors.New("folder, processed_folder, problem_folder: a name has no line breaks")
	case same(c.ProcessedFolder, c.ProblemFolder, ""):
		return errors.New("problem_folder: it must not be the processed folder")
	}
	if same(c.ProcessedFolder, c.Folder, "INBOX") || same(c.ProblemFolder, c.Folder, "INBOX") {
		return errors.New("processed_folder, problem_folder: they must not be the folder that is read")
	}
	if c.CAFile != "" {
		if _, err := loadCA(c.CAFile); err != nil {
			return fmt.Errorf("ca_file: %w", err)
		}
	}
	if c.OAuth != nil {
		if err := c.OAuth.validate(); err != nil {
			return fmt.Errorf("oauth: %w", err)
		}
	}
	return nil
}

// same reports whether a is set and names the same folder as b, or as def when
// b is not set. INBOX has no case.
func same(a, b, def string) bool {
	if b == "" {
		b = def
	}
	return a != "" && (a == b || strings.EqualFold(a, "INBOX") && strings.EqualFold(b, "INBOX"))
}

func (c MailboxConfig) withDefaults() MailboxConfig {
	set := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	set(&c.TLS, "tls")
	set(&c.Folder, "INBOX")
	set(&c.ProcessedFolder, "Postroom/Processed")
	set(&c.ProblemFolder, "Postroom/Problem")
	set(&c.Settle, "move")
	if c.Port == 0 {
		c.Port = 993
		if c.TLS != "tls" {
			c.Port = 143
		}
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.PollInterval == 0 {
		c.PollInterval = time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c MailboxConfig) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

func (c MailboxConfig) tlsConfig() (*tls.Config, error) {
	t := &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pool, err := loadCA(c.CAFile)
		if err != nil {
			return nil, err
		}
		t.RootCAs = pool
	}
	return t, nil
}

func loadCA(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", path)
	}
	return pool, nil
}

func isLoopbackAddr(addr net.Addr) bool {
	a, err := netip.ParseAddrPort(addr.String())
	return err == nil && a.Addr().IsLoopback()
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
