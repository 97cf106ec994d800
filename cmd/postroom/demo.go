package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/spf13/cobra"

	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/ingest"
	"github.com/postroom/postroom/testdata"
)

const (
	demoUser     = "demo"
	demoPassword = "demo"
)

func newDemo(o *options) *cobra.Command {
	var once, keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on a sample inbox; needs nothing else",
		Long: `Starts a mail server inside this program with a sample inbox of faxes, scans and
mails (all patients are invented), then does what Postroom does: fetches them over
IMAP with TLS, reads every page, works out what each document is and whose, and
files the records. State is kept in SQLite and the records in a folder.

Without --once it stays up afterwards, so that the inbox and the files can be looked
at; mail that is put into the inbox is read at once. Ctrl-C ends it.`,
		Example: `  postroom demo --once
  postroom demo --data demo-data   # a second run adds nothing`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			cfg := &config{}
			if o.config != "" {
				var err error
				if cfg, err = o.load(); err != nil {
					return err
				}
				cfg.Sources = nil
			}
			cfg.Data = o.data
			if cfg.Data == "" {
				dir, err := os.MkdirTemp("", "postroom-demo-")
				if err != nil {
					return err
				}
				cfg.Data = dir
				if keep {
					defer fmt.Fprintln(out, "kept:", dir)
				} else {
					defer os.RemoveAll(dir)
				}
			}
			inbox, err := startDemoInbox(cfg.Data)
			if err != nil {
				return err
			}
			defer inbox.close()
			cfg.Sources = []sourceConfig{{Name: "inbox", IMAP: inbox.config()}}
			cfg.Practice = demoPractice()
			cfg.Batch.Patience = 10 * time.Minute
			if err := cfg.validate(); err != nil {
				return err
			}
			pl, p, err := openPipeline(ctx, cfg, true, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()
			list, err := testdata.Inbox.Open("patients.csv")
			if err != nil {
				return err
			}
			defer list.Close()
			patients, problems, err := classify.ReadPatientsCSV(list)
			if err != nil {
				return err
			}
			if len(problems) > 0 {
				return fmt.Errorf("the sample patient list has %d bad lines", len(problems))
			}
			if _, err := pl.ImportPatients(ctx, patients); err != nil {
				return err
			}
			fmt.Fprintf(out, "A sample inbox with %d mails waits on imaps://%s; the practice has %d patients.\n\n", inbox.mails, inbox.addr, len(patients))
			sources, err := openSources(ctx, cfg, pl)
			if err != nil {
				return err
			}
			if err := runBatch(cmd, cfg, pl, sources, true); err != nil {
				return err
			}
			sayWhere(out, cfg)
			if once {
				return nil
			}
			fmt.Fprintf(out, "\nThe inbox stays up: imaps://%s, user %s, password %s, certificate %s\n", inbox.addr, demoUser, demoPassword, inbox.caFile)
			fmt.Fprintln(out, "Mail that arrives there is read at once. Ctrl-C ends the demo.")
			if err := pl.Start(ctx); err != nil {
				return err
			}
			if link, _, err := serveDesk(ctx, cfg, pl, p.reader, "127.0.0.1:0"); err == nil {
				fmt.Fprintln(out, "The review desk, for what waits for a person:", link)
			} else {
				fmt.Fprintln(cmd.ErrOrStderr(), err)
			}
			pl.Watch(ctx, sources)
			return stopWorking(pl)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the summary")
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the data folder when it was made for this run")
	return cmd
}

// sayWhere names the files, with one of each kind to open first.
func sayWhere(out io.Writer, cfg *config) {
	root := cfg.storeFolder()
	fmt.Fprintf(out, "\nWhere things are:\n  records and PDFs   %s\n  originals          %s\n  state              %s\n",
		filepath.Join(root, "documents"), filepath.Join(root, "originals"), cfg.databaseAddress())
	var first string
	filepath.WalkDir(filepath.Join(root, "documents"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "document.pdf" {
			first = filepath.Dir(path)
			return fs.SkipAll
		}
		return nil
	})
	if first != "" {
		fmt.Fprintf(out, "For example:\n  %s\n  %s\n", filepath.Join(first, "document.pdf"), filepath.Join(first, "record.json"))
	}
	fmt.Fprintf(out, "All records: postroom export --data %s\n", cfg.Data)
}

// demoPractice is the practice that the sample inbox belongs to.
func demoPractice() classify.Config {
	return classify.Config{PracticeNames: []string{"Ashcombe Health Centre"}, PracticeCodes: []string{"P99123"}, PracticePostcodes: []string{"AQ4 2RJ"}}
}

// A demoInbox is a mail server in this process that holds the sample inbox.
type demoInbox struct {
	addr   string
	caFile string
	mails  int
	server *imapserver.Server
}

func startDemoInbox(dir string) (*demoInbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	cert, pemCert, err := selfSigned()
	if err != nil {
		return nil, err
	}
	d := &demoInbox{caFile: filepath.Join(dir, "demo-inbox.pem")}
	if err := os.WriteFile(d.caFile, pemCert, 0o600); err != nil {
		return nil, err
	}
	user := imapmemserver.NewUser(demoUser, demoPassword)
	if err := user.Create("INBOX", nil); err != nil {
		return nil, err
	}
	names, err := fs.Glob(testdata.Inbox, "*.eml")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	for _, name := range names {
		raw, err := fs.ReadFile(testdata.Inbox, name)
		if err != nil {
			return nil, err
		}
		opt := &imap.AppendOptions{Time: mailDate(raw)}
		if _, err := user.Append("INBOX", literal{bytes.NewReader(raw), int64(len(raw))}, opt); err != nil {
			return nil, err
		}
	}
	d.mails = len(names)
	memory := imapmemserver.New()
	memory.AddUser(user)
	d.server = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		Caps:      imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}, imap.CapMove: {}, imap.CapUIDPlus: {}, imap.CapIdle: {}},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
		Logger:    log.New(io.Discard, "", 0),
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d.addr = listener.Addr().String()
	go d.server.Serve(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}))
	return d, nil
}

func (d *demoInbox) close() { d.server.Close() }

func (d *demoInbox) config() *ingest.MailboxConfig {
	host, port, _ := net.SplitHostPort(d.addr)
	var n int
	fmt.Sscan(port, &n)
	return &ingest.MailboxConfig{Name: "inbox", Host: host, Port: n, User: demoUser, Password: demoPassword, CAFile: d.caFile}
}

// mailDate is the day that the mail says it was sent, which stands in for the day it came.
func mailDate(raw []byte) time.Time {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return time.Time{}
	}
	t, err := m.Header.Date()
	if err != nil {
		return time.Time{}
	}
	return t
}

type literal struct {
	*bytes.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// selfSigned makes a certificate for this machine that lives as long as the demo.
func selfSigned() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Postroom demo inbox"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
