package pipeline

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"sort"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

var quiet = slog.New(slog.DiscardHandler)

// migrate brings the schema up to date: River's tables, then ours. Each of our
// migrations runs once, in the order of its file name, in a transaction of its own.
func migrate(ctx context.Context, db database) error {
	if err := db.migrateJobs(ctx); err != nil {
		return fmt.Errorf("prepare the job queue's tables: %w", err)
	}
	if _, err := db.exec(ctx, `CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)`); err != nil {
		return fmt.Errorf("prepare the tables: %w", err)
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	known := map[string]bool{}
	err = db.each(ctx, func(scan func(...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		known[name] = true
		return nil
	}, `SELECT name FROM migrations`)
	if err != nil {
		return err
	}
	for _, name := range names {
		base := strings.TrimPrefix(name, "migrations/")
		if known[base] {
			continue
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		err = db.inTx(ctx, func(t tx) error {
			// Two processes that start together both come here: the one whose
			// insert waits finds the row and leaves the work to the other.
			n, err := t.exec(ctx, `INSERT INTO migrations (name) VALUES (?) ON CONFLICT DO NOTHING`, base)
			if err != nil || n == 0 {
				return err
			}
			for _, statement := range statements(string(text), db) {
				if _, err := t.exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("bring the tables up to date (%s): %w", base, err)
		}
	}
	return nil
}

// statements cuts a migration at its semicolons, comments taken out.
func statements(text string, db database) []string {
	text = strings.NewReplacer("{{serial}}", db.serialType(), "{{blob}}", db.blobType()).Replace(text)
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	var out []string
	for _, s := range strings.Split(strings.Join(lines, "\n"), ";") {
		if strings.TrimSpace(s) != "" {
			out = append(out, s)
		}
	}
	return out
}
