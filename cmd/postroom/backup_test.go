//go:build cgo

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A state that is restored from a backup of yesterday is brought up to today
// from the object store: the mail is long out of the inbox.
func TestRestoreFromBackup(t *testing.T) {
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			mails, patients := tortureMails(t, 61, 10)
			dovecot := servers.Dovecot(t)
			dovecot.AddUser("backup", "secret")
			data := t.TempDir()
			text, database := fmt.Sprintf("data: %q\nfiling: {sample: 0}\n", data), ""
			var pg *servers.PostgresServer
			if kind == "PostgreSQL" {
				pg = servers.OwnPostgres(t)
				database = pg.NewDatabase()
				text += fmt.Sprintf("database: %q\n", database)
			}
			config := writeConfig(t, text+imapYAML(dovecot, "backup"))
			deliver := func(from, to int) {
				for _, m := range mails[from:to] {
					dovecot.Append("backup", "INBOX", m.raw, m.received)
				}
				must(t, "batch", "--config", config)
			}
			must(t, "patients", "import", "--config", config, patients)
			deliver(0, 5)
			copied := filepath.Join(t.TempDir(), "yesterday")
			if pg == nil {
				must(t, "backup", "--config", config, copied)
				if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%v, %v", err, info)
				}
				if r := run(t, "backup", "--config", config, copied); r.code != 2 {
					t.Errorf("a backup over another ended with %d", r.code)
				}
			} else {
				pgTool(t, "pg_dump", "--format=custom", "--file="+copied, database)
			}
			deliver(5, 10)
			want := map[string]string{}
			for _, r := range exported(t, "--config", config) {
				want[r.DocumentID] = string(r.Status)
			}
			before := tree(t, filepath.Join(data, "store"))

			// The state is lost; yesterday's comes back, the store is today's.
			if pg == nil {
				for _, name := range []string{"postroom.db", "postroom.db-wal", "postroom.db-shm"} {
					os.Remove(filepath.Join(data, name))
				}
				b, err := os.ReadFile(copied)
				if err == nil {
					err = os.WriteFile(filepath.Join(data, "postroom.db"), b, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			} else {
				u, err := url.Parse(database)
				if err != nil {
					t.Fatal(err)
				}
				admin, err := pgx.Connect(t.Context(), pg.URL("postgres"))
				if err != nil {
					t.Fatal(err)
				}
				for _, sql := range []string{"DROP DATABASE " + strings.TrimPrefix(u.Path, "/") + " WITH (FORCE)", "CREATE DATABASE " + strings.TrimPrefix(u.Path, "/")} {
					if _, err := admin.Exec(t.Context(), sql); err != nil {
						t.Fatal(err)
					}
				}
				admin.Close(t.Context())
				pgTool(t, "pg_restore", "--no-owner", "--dbname="+database, copied)
			}
			if r := run(t, "reconcile", "--config", config); r.code != 4 || !strings.Contains(r.stdout, "orphaned") {
				t.Errorf("reconcile ended with %d\n%s", r.code, r.stdout)
			}
			run(t, "reconcile", "--config", config, "--repair")
			must(t, "batch", "--config", config)
			run(t, "reconcile", "--config", config, "--repair") // yesterday's manifest of today is told of once
			must(t, "reconcile", "--config", config, "--deep")
			got := exported(t, "--config", config)
			for _, r := range got {
				if want[r.DocumentID] == "" && r.Status != postroom.Quarantined && r.Status != postroom.Discarded {
					t.Errorf("document %s (%s) was not there before", r.DocumentID, r.Status)
				}
				delete(want, r.DocumentID)
			}
			if len(want) > 0 {
				t.Errorf("not restored: %v", want)
			}
			for key, hash := range before {
				if after := tree(t, filepath.Join(data, "store")); after[key] != hash {
					t.Errorf("%s is not what it was", key)
				}
				break
			}
		})
	}
}

func pgTool(t *testing.T, name string, args ...string) {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Fatalf("%s is missing; Debian's postgresql-client has it (scripts/setup test installs it)", name)
	}
	if out, err := exec.Command(found[len(found)-1], args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
