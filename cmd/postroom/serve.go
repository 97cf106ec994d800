package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
	"github.com/postroom/postroom/review/api"
	"github.com/postroom/postroom/store"
)

// A deskConfig says where the review desk is served to people who sign in.
type deskConfig struct {
	// Listen is host:port; the desk is not served without it.
	Listen string `yaml:"listen"`
	// URL is the desk as browsers name it, such as https://desk.practice.example. It answers to no other name.
	URL     string         `yaml:"url"`
	TLS     *deskTLSConfig `yaml:"tls"`
	Session sessionConfig  `yaml:"session"`
	OIDC    *oidcConfig    `yaml:"oidc"`
}

// A deskTLSConfig names PEM files; they are read again when they change.
type deskTLSConfig struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

type sessionConfig struct {
	Idle    time.Duration `yaml:"idle"`    // without a request; 15 minutes
	Longest time.Duration `yaml:"longest"` // 12 hours
}

func (c sessionConfig) limits() pipeline.SessionLimits {
	l := pipeline.SessionLimits{Idle: c.Idle, Longest: c.Longest}
	if l.Idle <= 0 {
		l.Idle = 15 * time.Minute
	}
	if l.Longest <= 0 {
		l.Longest = 12 * time.Hour
	}
	return l
}

// An oidcConfig names the OpenID provider at which people sign in.
type oidcConfig struct {
	Name         string   `yaml:"name"` // on the button: "Sign in with NAME"
	Issuer       string   `yaml:"issuer"`
	ClientID     string   `yaml:"client_id"`
	ClientSecret string   `yaml:"client_secret"`
	Scopes       []string `yaml:"scopes"`
	Claim        string   `yaml:"claim"`  // preferred_username
	Groups       string   `yaml:"groups"` // the claim: groups
	// Roles gives the role that each of the provider's groups has. With it, accounts
	// are made at the first sign-in; without it, postroom user add makes them.
	Roles  map[string]review.Role `yaml:"roles"`
	CAFile string                 `yaml:"ca_file"`
}

// address is the desk as browsers name it.
func (c deskConfig) address() string {
	if c.URL != "" {
		return c.URL
	}
	if c.TLS != nil {
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}

// check says what is wrong with the part desk of the configuration.
func (c deskConfig) check() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return &settingError{"$.desk.listen", errors.New("write an address such as 0.0.0.0:8443")}
	}
	u, err := url.Parse(c.address())
	if err != nil || u.Host == "" || u.Path != "" && u.Path != "/" || u.Scheme != "https" && u.Scheme != "http" {
		return &settingError{"$.desk.url", errors.New("write the address of the desk as browsers name it, such as https://desk.practice.example")}
	}
	ip := net.ParseIP(host)
	local := ip != nil && ip.IsLoopback()
	switch {
	case c.TLS == nil && !local:
		return &settingError{"$.desk.tls", errors.New("without a certificate the desk is served to this machine only: give cert and key, or listen at 127.0.0.1")}
	case c.TLS != nil && u.Scheme != "https":
		return &settingError{"$.desk.url", errors.New("with a certificate the address begins with https://")}
	case c.URL == "" && (ip == nil || ip.IsUnspecified()):
		return &settingError{"$.desk.url", errors.New("write the address of the desk as browsers name it, such as https://desk.practice.example")}
	}
	return nil
}

// serveDeskToPeople serves the desk to who signs in until ctx ends; wait returns after that.
func serveDeskToPeople(ctx context.Context, cfg *config, pl *pipeline.Pipeline, r *ocr.Reader, log *slog.Logger) (address string, wait func() error, err error) {
	address, wait, _, err = listenAndServeDesk(ctx, cfg, pl, r, log)
	return address, wait, err
}

// listenAndServeDesk also returns where it listens.
func listenAndServeDesk(ctx context.Context, cfg *config, pl *pipeline.Pipeline, r *ocr.Reader, log *slog.Logger) (address string, wait func() error, at string, err error) {
	c := cfg.Desk
	if err := c.check(); err != nil {
		return "", nil, "", err
	}
	u, err := url.Parse(c.address())
	if err != nil {
		return "", nil, "", err
	}
	notes := trail{pl}
	people, err := newAccounts(cfg, pl, notes.note)
	if err != nil {
		return "", nil, "", err
	}
	if all, err := pl.Logins(ctx); err != nil {
		return "", nil, "", err
	} else if len(all) == 0 && len(people.roles) == 0 {
		return "", nil, "", &postroom.Problem{Kind: postroom.Misconfigured, Reason: "there is no account for the review desk yet",
			Hint: "make the first one: postroom user add NAME --role administrator"}
	}
	refused := func(ctx context.Context, f review.Refusal) {
		log.Warn("refused at the review desk", "person", f.Person, "route", f.Route, "document", f.Document, "why", f.Why)
		notes.refused(ctx, f)
	}
	access := &review.SignInAccess{Accounts: people, Host: u.Host, Secure: u.Scheme == "https", Refused: refused}
	if people.oidc != nil {
		access.Provider, access.ProviderName = people, c.OIDC.Name
		if access.ProviderName == "" {
			access.ProviderName = "your organisation"
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return "", nil, "", &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the desk cannot be served at " + c.Listen, Hint: "choose another port in desk.listen", Err: err}
	}
	if _, port, err := net.SplitHostPort(c.Listen); err == nil && port == "0" && c.URL == "" {
		access.Host = l.Addr().String() // a free port was asked for
		u.Host = access.Host
	}
	if c.TLS != nil {
		pair := &keyPair{cert: c.TLS.Cert, key: c.TLS.Key, log: log}
		if _, err := pair.get(nil); err != nil {
			l.Close()
			return "", nil, "", &settingError{"$.desk.tls", err}
		}
		l = tls.NewListener(l, &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	d := &desk{pl: pl, reader: r, images: map[string][]byte{}}
	pages := review.New(review.Config{Desk: d, Access: access, Log: log, Refused: refused, Seen: notes.seen, Trail: notes, People: newAccountBook(cfg, pl), MonthFirst: cfg.Practice.DateOrder == "mdy"})
	other := api.New(api.Config{Desk: d, Trail: notes, State: apiState{pl}, Log: log, Schema: store.Schema(), TempDir: pl.TempDir()})
	srv := deskServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, api.Base+"/"):
			pages.ServeHTTP(w, r)
		case r.Host != access.Host: // as at the desk: whoever tricked a name server gets nothing
			http.Error(w, "This desk answers only at "+access.Host+".", http.StatusMisdirectedRequest)
		default:
			other.ServeHTTP(w, r)
		}
	}))
	return u.String(), serveUntil(ctx, srv, l), l.Addr().String(), nil
}

func deskServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 64 << 10}
}

// serveUntil serves until ctx ends; what it returns waits for that.
func serveUntil(ctx context.Context, srv *http.Server, l net.Listener) func() error {
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	return func() error {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
		}
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return srv.Shutdown(end)
	}
}

// A keyPair is a certificate with its key, read again when the files have changed, so that
// one that is renewed needs no restart.
type keyPair struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	at     [2]time.Time
}

func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var at [2]time.Time
	for i, name := range []string{k.cert, k.key} {
		info, err := os.Stat(name)
		if err != nil {
			return k.old(err)
		}
		at[i] = info.ModTime()
	}
	if k.loaded != nil && at == k.at {
		return k.loaded, nil
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return k.old(err)
	}
	k.loaded, k.at = &pair, at
	return k.loaded, nil
}

// old goes on with what was read before: half of a renewal must not end the desk.
func (k *keyPair) old(err error) (*tls.Certificate, error) {
	if k.loaded == nil {
		return nil, err
	}
	k.log.Warn("the desk's certificate cannot be read again", "error", err)
	return k.loaded, nil
}
