package ingest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func TestMailboxConfigValidate(t *testing.T) {
	good := MailboxConfig{Host: "mail.example", User: "fax", Password: "secret"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	d := good.withDefaults()
	if d.Port != 993 || d.TLS != "tls" || d.Folder != "INBOX" || d.ProcessedFolder != "Postroom/Processed" || d.ProblemFolder != "Postroom/Problem" || d.Settle != "move" || d.Timeout != time.Minute || d.PollInterval != time.Minute {
		t.Errorf("defaults %+v", d)
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*MailboxConfig){
		"host":                                func(c *MailboxConfig) { c.Host = "" },
		"user":                                func(c *MailboxConfig) { c.User = "" },
		"port":                                func(c *MailboxConfig) { c.Port = 65536 },
		"tls: write":                          func(c *MailboxConfig) { c.TLS = "ssl" },
		"tls: none":                           func(c *MailboxConfig) { c.TLS = "none" },
		"settle":                              func(c *MailboxConfig) { c.Settle = "delete" },
		"password":                            func(c *MailboxConfig) { c.Password = "" },
		"oauth: give":                         func(c *MailboxConfig) { c.OAuth = &OAuthConfig{} },
		"oauth: prov":                         func(c *MailboxConfig) { c.OAuth, c.Password = &OAuthConfig{}, "" },
		"timeout":                             func(c *MailboxConfig) { c.Timeout = -1 },
		"problem_folder":                      func(c *MailboxConfig) { c.ProcessedFolder, c.ProblemFolder = "X", "X" },
		"processed_folder, problem_folder: t": func(c *MailboxConfig) { c.ProcessedFolder = "inbox" },
		"processed_folder, problem_folder":    func(c *MailboxConfig) { c.Folder, c.ProblemFolder = "Faxes", "Faxes" },
		"folder":                              func(c *MailboxConfig) { c.Folder = "a\r\nb" },
		"ca_file: open":                       func(c *MailboxConfig) { c.CAFile = empty + ".not" },
		"ca_file":                             func(c *MailboxConfig) { c.CAFile = empty },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want a complaint about %s, got %v", want, err)
		}
		if _, err := NewMailbox(c); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("a mailbox was made, or the error repeats the password: %v", err)
		}
	}
}

func TestMailboxConfigFromYAML(t *testing.T) {
	var c MailboxConfig
	err := yaml.UnmarshalWithOptions([]byte(`
host: mail.example
port: 1143
tls: starttls
user: fax
password: secret
folder: Faxes
processed_folder: Done
problem_folder: Odd
no_create: true
settle: keyword
ca_file: ca.pem
timeout: 30s
poll_interval: 2m
oauth: {provider: google, flow: refresh_token, tenant: t, client_id: c, client_secret: s, refresh_token: r, token_url: u, scopes: [a, b], mechanism: xoauth2}
`), &c, yaml.Strict())
	if err != nil {
		t.Fatal(err)
	}
	if c.Timeout != 30*time.Second || c.PollInterval != 2*time.Minute || !c.NoCreate || c.OAuth == nil || c.OAuth.RefreshToken != "r" || len(c.OAuth.Scopes) != 2 {
		t.Errorf("%+v %+v", c, c.OAuth)
	}
}

func TestFolderNames(t *testing.T) {
	for _, c := range []struct {
		delim, prefix, name string
		want                []string
	}{
		{"/", "", "Postroom/Processed", []string{"Postroom/Processed"}},
		{".", "", "Postroom/Processed", []string{"Postroom.Processed"}},
		{".", "INBOX.", "Postroom/Processed", []string{"Postroom.Processed", "INBOX.Postroom.Processed"}},
		{".", "INBOX.", "INBOX.Postroom.Processed", []string{"INBOX.Postroom.Processed"}},
		{".", "INBOX.", "Inbox/Postroom", []string{"INBOX.Postroom"}},
		{"/", "", "inbox/Done", []string{"INBOX/Done"}},
		{`\`, "", "a/b", []string{`a\b`}},
		{"", "", "a/b", []string{"a/b"}},
		{".", "INBOX.", "inbox", []string{"INBOX"}},
		{"/", "", "Inboxes/Fax", []string{"Inboxes/Fax"}},
	} {
		if got := (folderNames{c.delim, c.prefix}).candidates(c.name); !slices.Equal(got, c.want) {
			t.Errorf("%q with %q and %q: %q, want %q", c.name, c.delim, c.prefix, got, c.want)
		}
	}
}
