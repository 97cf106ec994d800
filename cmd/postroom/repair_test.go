//go:build cgo

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// Whatever is taken away from the store or altered in it is named; what can be
// made again to the byte is, and nothing else is touched.
func TestReconcileRepairs(t *testing.T) {
	mails, patients := tortureMails(t, 11, 14)
	dovecot := servers.Dovecot(t)
	dovecot.AddUser("repair", "secret")
	for _, m := range mails {
		dovecot.Append("repair", "INBOX", m.raw, m.received)
	}
	data := t.TempDir()
	config := writeConfig(t, fmt.Sprintf("data: %q\nfiling: {sample: 0}\n", data)+imapYAML(dovecot, "repair"))
	must(t, "patients", "import", "--config", config, patients)
	must(t, "batch", "--config", config)
	storeDir := filepath.Join(data, "store")
	before := tree(t, storeDir)
	var filed []postroom.Record
	for _, r := range exported(t, "--config", config) {
		if r.Status == postroom.Filed {
			filed = append(filed, r)
		}
	}
	if len(filed) < 3 {
		t.Fatalf("%d documents are filed, the test needs three", len(filed))
	}
	object := func(key string) string { return filepath.Join(storeDir, filepath.FromSlash(key)) }
	remove := func(key string) {
		t.Helper()
		if err := os.Remove(object(key)); err != nil {
			t.Fatal(err)
		}
	}
	reconcile := func(code int, args ...string) string {
		t.Helper()
		r := run(t, append([]string{"reconcile", "--config", config}, args...)...)
		if r.code != code {
			t.Errorf("reconcile %v ended with %d, not %d\n%s%s", args, r.code, code, r.stdout, r.stderr)
		}
		return r.stdout
	}
	says := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("it does not say %q:\n%s", p, text)
			}
		}
	}
	restored := func() {
		t.Helper()
		after := tree(t, storeDir)
		for key, hash := range before {
			if after[key] != hash && !strings.HasPrefix(key, ".") {
				t.Errorf("%s is not what it was", key)
			}
		}
	}
	reconcile(0, "--deep")

	// The files of filed documents are made again with the same bytes.
	record := postroom.DocumentKey(filed[2].Message.Received, filed[2].DocumentID, "record.json")
	remove(filed[0].Objects.PDF)
	remove(filed[1].Objects.FHIR)
	remove(record)
	says(reconcile(4), "missing", filed[0].Objects.PDF, filed[1].Objects.FHIR, record)
	says(reconcile(0, "--repair"), "made again, with the same bytes")
	reconcile(0, "--deep")
	restored()

	// A message's bytes come back from the mailbox while the mail stands there.
	late := mails[0].raw
	remove(postroom.OriginalKey(postroom.HashOf(late)))
	says(reconcile(4, "--repair"), "does not stand in its source any more")
	if err := os.WriteFile(object(postroom.OriginalKey(postroom.HashOf(late))), late, 0o600); err != nil {
		t.Fatal(err)
	}
	reconcile(0, "--deep")

	// What an interrupted filing left does no harm and is told of once.
	stray := strings.Replace(filed[0].Objects.PDF, "document.pdf", "document.0123456789ab.pdf", 1)
	if err := os.WriteFile(object(stray), []byte("half a thing"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(reconcile(4), "orphaned", stray)
	says(reconcile(0, "--repair"), "noted")
	reconcile(0)
	if _, err := os.Stat(object(stray)); err != nil {
		t.Errorf("it was removed: %v", err)
	}

	// What was altered is named and never overwritten.
	if err := os.WriteFile(object(filed[0].Objects.PDF), []byte("another letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(reconcile(4, "--deep", "--repair"), "altered", filed[0].Objects.PDF)
	if b, _ := os.ReadFile(object(filed[0].Objects.PDF)); string(b) != "another letter" {
		t.Error("an altered object was overwritten")
	}

	// Mail that came since is no fault, and is not accounted for either.
	dovecot.Append("repair", "INBOX", []byte(strings.Replace(string(late), "Subject: Letter 0", "Subject: Letter new", 1)), mails[0].received)
	says(reconcile(4), "unended", "source fax", "1 arrivals in it are not taken in yet")
}
