package servers

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A DovecotOption changes the Dovecot that is about to start.
type DovecotOption func(*dovecotSettings)

type dovecotSettings struct {
	without []string
	oauth2  *OAuth2
	quota   int64
	extra   []string
}

// WithoutCapability leaves names, such as MOVE or UIDPLUS, out of what the
// server says it can do.
func WithoutCapability(names ...string) DovecotOption {
	return func(s *dovecotSettings) { s.without = append(s.without, names...) }
}

// WithQuota limits the mail of each user to a number of bytes; a mail over it
// is refused with OVERQUOTA (RFC 9208 section 4.3).
func WithQuota(bytes int64) DovecotOption { return func(s *dovecotSettings) { s.quota = bytes } }

// WithSettings adds lines to dovecot.conf.
func WithSettings(lines string) DovecotOption {
	return func(s *dovecotSettings) { s.extra = append(s.extra, lines) }
}

// OAuth2 says where Dovecot asks whether a token is good. A user who logs in
// so must have been made with AddUser.
type OAuth2 struct {
	// TokenInfoURL gets the token appended, and answers 200 with a JSON object
	// that has the user's name when the token is good.
	TokenInfoURL string
	// IntrospectionURL gets the token in a POST form, as in RFC 7662.
	IntrospectionURL string
	// UsernameField of the answer names the user; "email" if empty.
	UsernameField string
}

// WithOAuth2 lets users log in by XOAUTH2 and OAUTHBEARER (RFC 7628) too.
func WithOAuth2(o OAuth2) DovecotOption { return func(s *dovecotSettings) { s.oauth2 = &o } }

func (o *OAuth2) configuration() string {
	var b strings.Builder
	if o.TokenInfoURL != "" {
		fmt.Fprintf(&b, "tokeninfo_url = %s\n", o.TokenInfoURL)
	}
	if o.IntrospectionURL != "" {
		fmt.Fprintf(&b, "introspection_url = %s\nintrospection_mode = post\n", o.IntrospectionURL)
	}
	field := o.UsernameField
	if field == "" {
		field = "email"
	}
	fmt.Fprintf(&b, "username_attribute = %s\n", field)
	return b.String()
}

// capabilities is what Dovecot 2.3.19 says after log-in.
const capabilities = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT " +
	"MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES " +
	"WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"

// configuration is dovecot.conf. The comments in it are for whoever looks at
// the directory of a failed test.
func (d *DovecotServer) configuration() string {
	in := func(name string) string { return filepath.Join(d.dir, name) }
	port := func(addr string) string {
		_, p, _ := net.SplitHostPort(addr)
		return p
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("base_dir = %s", in("run"))
	line("state_dir = %s", in("state"))
	line("instance_name = %s", filepath.Base(d.dir))
	line("log_path = %s", d.log())
	line("auth_verbose = yes")
	line("protocols = imap")

	line("ssl = required")
	line("ssl_cert = <%s", d.CA.CertFile)
	line("ssl_key = <%s", d.CA.KeyFile)
	line("disable_plaintext_auth = yes")
	line("auth_mechanisms = plain login%s", ifSet(d.settings.oauth2 != nil, " xoauth2 oauthbearer"))
	line("auth_failure_delay = 0") // two seconds by default, for each wrong password
	line("service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}")
	line("mail_max_userip_connections = 200")

	line("service imap-login {\n  service_count = 0\n  process_limit = 4\n  client_limit = 500")
	line("  inet_listener imap {\n    address = 127.0.0.2\n    port = %s\n  }", port(d.StartTLSAddr))
	line("  inet_listener imaps {\n    address = 127.0.0.1\n    port = %s\n    ssl = yes\n  }\n}", port(d.Addr))
	if os.Getuid() != 0 {
		line("default_login_user = %s", d.owner.name)
		line("default_internal_user = %s", d.owner.name)
		line("default_internal_group = %s", d.owner.group)
		for _, service := range []string{"anvil", "imap-login", "stats", "imap-urlauth-login"} {
			line("service %s {\n  chroot =\n}", service)
		}
		line("service auth-worker {\n  user = %s\n}", d.owner.name)
	}

	if d.settings.oauth2 != nil {
		line("passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = %s\n}", in("oauth2.conf"))
	}
	line("passdb {\n  driver = passwd-file\n  mechanisms = plain login\n  args = %s\n}", in("users/%u"))
	line("userdb {\n  driver = passwd-file\n  args = %s\n}", in("users/%u"))

	line("first_valid_uid = 1\nfirst_valid_gid = 1")
	line("mail_location = maildir:~/Maildir:UTF-8")
	line("namespace inbox {\n  inbox = yes\n  separator = /\n}")
	plugins := ""
	if d.settings.quota > 0 {
		line("mail_plugins = quota")
		line("plugin {\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_grace = 0\n  quota_rule = *:bytes=%d\n}", d.settings.quota)
		plugins = "  mail_plugins = quota imap_quota\n"
	}
	line("protocol imap {\n%s%s}", plugins, d.capabilityLine())
	for _, extra := range d.settings.extra {
		line("%s", extra)
	}
	return b.String()
}

func (d *DovecotServer) capabilityLine() string {
	if len(d.settings.without) == 0 {
		return ""
	}
	kept := slices.DeleteFunc(strings.Fields(capabilities), func(name string) bool { return slices.Contains(d.settings.without, name) })
	return "  imap_capability = " + strings.Join(kept, " ") + "\n"
}

func ifSet(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}
