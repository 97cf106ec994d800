package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/store"
	"github.com/postroom/postroom/testdata/generate"
	"github.com/postroom/postroom/testdata/servers"
)

const batchMails = 28

// A practice is a generated inbox with the list of its patients.
type practice struct {
	mails    []generate.Message
	patients string // CSV file
}

func newPractice(t *testing.T, seed uint64, n int) practice {
	t.Helper()
	g, err := generate.New(generate.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	var p practice
	for i := range n {
		m, err := g.Message(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		p.mails = append(p.mails, m)
	}
	p.patients = filepath.Join(t.TempDir(), "patients.csv")
	f, err := os.Create(p.patients)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := generate.WriteRegister(f, g.Register().People); err != nil {
		t.Fatal(err)
	}
	return p
}

// fill puts the mails into a user's inbox.
func (p practice) fill(d *servers.DovecotServer, user string) {
	d.AddUser(user, "secret")
	for _, m := range p.mails {
		d.Append(user, "INBOX", m.Raw, m.Received)
	}
}

func imapYAML(d *servers.DovecotServer, user string) string {
	host, port, _ := strings.Cut(d.Addr, ":")
	return fmt.Sprintf(`sources:
  - name: fax
    imap: {host: %q, port: %s, user: %q, password: secret, ca_file: %q}
`, host, port, user, d.CAFile)
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "postroom.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// comparable is a record without what may differ between two runs: nothing
// but the message's place would, so nothing is taken out.
func comparable(t *testing.T, records []postroom.Record) []string {
	t.Helper()
	var out []string
	for _, r := range records {
		b, err := store.EncodeRecord(r)
		if err != nil {
			t.Fatalf("record %s: %v", r.DocumentID, err)
		}
		out = append(out, string(b))
	}
	sort.Strings(out)
	return out
}

func same(t *testing.T, what string, a, b []string) {
	t.Helper()
	if len(a) != len(b) {
		t.Errorf("%s: %d and %d records", what, len(a), len(b))
		return
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("%s: record %d differs:\n%s\n%s", what, i, a[i], b[i])
			return
		}
	}
}

// inboxes tells what is left in the inbox and what went to the two folders.
func inboxes(d *servers.DovecotServer, user string) (inbox, processed, problem int) {
	return d.Count(user, "INBOX"), d.Count(user, "Postroom/Processed"), d.Count(user, "Postroom/Problem")
}

// downloadBucket copies a bucket into a folder, so that both stores can be compared.
func downloadBucket(t *testing.T, cfg store.S3Config) string {
	t.Helper()
	s, err := store.OpenS3(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	err = s.List(t.Context(), "", func(o postroom.Object) error {
		r, err := s.Open(context.Background(), o.Key)
		if err != nil {
			return err
		}
		defer r.Close()
		path := filepath.Join(dir, filepath.FromSlash(o.Key))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(f, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBatchOnRealParts is the nightly job as a practice runs it: Dovecot, then
// a folder with SQLite on one side and S3 with PostgreSQL on the other, and a
// third time with the program killed ten times in between.
func TestBatchOnRealParts(t *testing.T) {
	p := newPractice(t, 41, batchMails)
	dovecot := servers.Dovecot(t)
	for _, user := range []string{"folder", "bucket", "killed"} {
		p.fill(dovecot, user)
	}

	data := t.TempDir()
	folderConfig := writeConfig(t, fmt.Sprintf("data: %q\n", data)+imapYAML(dovecot, "folder"))
	must(t, "patients", "import", "--config", folderConfig, p.patients)
	first := must(t, "batch", "--config", folderConfig)
	t.Logf("%s", first.stdout)
	records := exported(t, "--config", folderConfig)
	want := comparable(t, records)

	t.Run("everything that arrived has a fate", func(t *testing.T) {
		inbox, processed, problem := inboxes(dovecot, "folder")
		if inbox != 0 || processed+problem != batchMails {
			t.Errorf("inbox %d, processed %d, problem %d", inbox, processed, problem)
		}
		r := must(t, "reconcile", "--config", folderConfig, "--deep")
		if !strings.Contains(r.stdout, fmt.Sprintf("messages   %d (%d done", batchMails, batchMails)) || !strings.Contains(r.stdout, "everything is accounted for") {
			t.Errorf("reconcile says:\n%s", r.stdout)
		}
		checkAgainstTruth(t, p.mails, records)
	})

	t.Run("filed PDFs are sound and hold their originals", func(t *testing.T) {
		checkFiledPDFs(t, filepath.Join(data, "store"), records)
	})

	t.Run("a second run does nothing", func(t *testing.T) {
		before := filedObjects(tree(t, filepath.Join(data, "store")))
		r := must(t, "batch", "--config", folderConfig)
		if !strings.Contains(r.stdout, "0 new messages, 0 pages read; nothing arrived") {
			t.Errorf("the second run says:\n%s", r.stdout)
		}
		after := filedObjects(tree(t, filepath.Join(data, "store")))
		if len(before) != len(after) {
			t.Errorf("%d objects before, %d after", len(before), len(after))
		}
		same(t, "second run", want, comparable(t, exported(t, "--config", folderConfig)))
	})

	t.Run("S3 with PostgreSQL holds the same bytes", func(t *testing.T) {
		s3 := servers.S3(t)
		bucket := s3.NewBucket("records", false)
		pg := servers.Postgres(t)
		config := writeConfig(t, fmt.Sprintf(`data: %q
database: %q
store:
  s3: {endpoint: %q, bucket: %q, access_key: %q, secret_key: %q, ca_file: %q, path_style: true}
`, t.TempDir(), pg.NewDatabase(), s3.Endpoint, bucket, s3.AccessKey, s3.SecretKey, s3.CAFile)+imapYAML(dovecot, "bucket"))
		must(t, "patients", "import", "--config", config, p.patients)
		must(t, "batch", "--config", config)
		must(t, "reconcile", "--config", config, "--deep")
		if inbox, _, _ := inboxes(dovecot, "bucket"); inbox != 0 {
			t.Errorf("%d mails left in the inbox", inbox)
		}
		same(t, "S3", want, comparable(t, exported(t, "--config", config)))
		a := filedObjects(tree(t, filepath.Join(data, "store")))
		b := filedObjects(tree(t, downloadBucket(t, store.S3Config{Endpoint: s3.Endpoint, Bucket: bucket, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey, CAFile: s3.CAFile, PathStyle: true})))
		for key, hash := range a {
			if strings.HasPrefix(key, "manifests/") || strings.HasPrefix(key, "tmp/") || strings.HasPrefix(key, ".") {
				continue // a manifest is named after its run
			}
			if b[key] != hash {
				t.Errorf("%s: folder %.12s, bucket %.12s", key, hash, b[key])
			}
			delete(b, key)
		}
		for key := range b {
			if !strings.HasPrefix(key, "manifests/") {
				t.Errorf("only in the bucket: %s", key)
			}
		}
	})

	t.Run("killed ten times it ends with the same records", func(t *testing.T) {
		data := t.TempDir()
		config := writeConfig(t, fmt.Sprintf("data: %q\n", data)+imapYAML(dovecot, "killed"))
		must(t, "patients", "import", "--config", config, p.patients)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed of the kills: %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		for range 10 {
			cmd := command(t, "batch", "--config", config)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(200+random.IntN(4000)) * time.Millisecond)
			cmd.Process.Signal(syscall.SIGKILL)
			cmd.Wait()
		}
		must(t, "batch", "--config", config)
		must(t, "reconcile", "--config", config, "--deep")
		if inbox, processed, problem := inboxes(dovecot, "killed"); inbox != 0 || processed+problem != batchMails {
			t.Errorf("inbox %d, processed %d, problem %d", inbox, processed, problem)
		}
		same(t, "killed", want, comparable(t, exported(t, "--config", config)))
	})
}

// checkAgainstTruth checks what must hold whatever the quality of reading:
// every page of the truth is accounted for, and nothing was filed to the wrong
// patient or against a reason to hold it.
func checkAgainstTruth(t *testing.T, mails []generate.Message, records []postroom.Record) {
	t.Helper()
	type place struct {
		message    postroom.Hash
		attachment string
		page       int
	}
	listed := map[place]int{}
	owner := map[place]postroom.Record{}
	byMessage := map[postroom.Hash][]postroom.Record{}
	for _, r := range records {
		byMessage[r.Message.Hash] = append(byMessage[r.Message.Hash], r)
		for _, p := range r.Pages {
			at := place{r.Message.Hash, p.Attachment, p.Page}
			listed[at]++
			owner[at] = r
		}
		for _, p := range r.OtherPages {
			listed[place{r.Message.Hash, p.Attachment, p.Page}]++
		}
	}
	filed, documents := 0, 0
	for _, m := range mails {
		hash := postroom.HashOf(m.Raw)
		rs := byMessage[hash]
		if len(rs) == 0 {
			t.Errorf("%s: no record", m.Truth.Message)
			continue
		}
		if m.Truth.Exception != "" {
			for _, r := range rs {
				if r.Status == postroom.Filed {
					t.Errorf("%s: %s, yet a document of it was filed", m.Truth.Message, m.Truth.Exception)
				}
			}
		}
		for _, q := range m.Truth.Quarantined {
			found := false
			for _, r := range rs {
				found = found || r.Status == postroom.Quarantined && len(r.Reasons) > 0
			}
			if !found {
				t.Errorf("%s: %s (%s) is not in quarantine", m.Truth.Message, q.Attachment, q.Why)
			}
		}
		for _, p := range m.Truth.Pages {
			if n := listed[place{hash, p.Attachment, p.Page}]; n != 1 {
				t.Errorf("%s: page %d of %s stands in %d records", m.Truth.Message, p.Page, p.Attachment, n)
			}
		}
		for _, d := range m.Truth.Documents {
			documents++
			for _, p := range d.Pages {
				r := owner[place{hash, p.Attachment, p.Page}]
				if r.Status != postroom.Filed {
					continue
				}
				filed++
				if d.Hold != "" {
					t.Errorf("%s: filed without a person though %s", m.Truth.Message, d.Hold)
				}
				if !d.Patient.InRegister || r.Patient.NHSNumber != d.Patient.NHSNumber {
					t.Errorf("%s: filed to the wrong patient", m.Truth.Message)
				}
			}
		}
	}
	t.Logf("%d documents in truth, %d of their pages filed without a person", documents, filed)
}
