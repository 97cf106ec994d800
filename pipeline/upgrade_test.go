package pipeline

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// While a new version brings the tables up to date, processes of the one before
// still finish their work: a migration may add, and nothing else.
func TestMigrationsOnlyAdd(t *testing.T) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) < 3 {
		t.Fatal(err, names)
	}
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements(string(text), &sqliteDB{}) {
			s = strings.Join(strings.Fields(s), " ")
			switch up := strings.ToUpper(s); {
			case strings.HasPrefix(up, "CREATE TABLE"), strings.HasPrefix(up, "CREATE INDEX"), strings.HasPrefix(up, "CREATE VIRTUAL TABLE"):
			case strings.HasPrefix(up, "CREATE UNIQUE INDEX"), strings.HasPrefix(up, "DROP INDEX"): // without an index it is slower for a while
			case strings.HasPrefix(up, "ALTER TABLE") && strings.Contains(up, "ADD COLUMN"):
				if strings.Contains(up, "NOT NULL") && !strings.Contains(up, "DEFAULT") {
					t.Errorf("%s: the version before cannot insert without a default: %s", name, s)
				}
			case strings.HasPrefix(up, "INSERT"), strings.HasPrefix(up, "UPDATE"):
			default:
				t.Errorf("%s: the version before may not bear this: %s", name, s)
			}
		}
	}
}

// Statements name their columns, or a column that the next version adds would break them.
func TestStatementsNameTheirColumns(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all, bare := regexp.MustCompile(`(?i)select\s+\*`), regexp.MustCompile(`(?i)insert\s+into\s+\w+\s+(values|select)`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil && (all.MatchString(s) || bare.MatchString(s)) {
					t.Errorf("%s: %s", file, s)
				}
			}
			return true
		})
	}
}

// firstSchema makes a database as the first release left it: migrations 1 to 3.
func firstSchema(t *testing.T, where string) database {
	t.Helper()
	ctx := t.Context()
	db, err := openDatabase(ctx, where, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.migrateJobs(ctx); err != nil {
		t.Fatal(err)
	}
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.exec(ctx, sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(`CREATE TABLE migrations (name TEXT NOT NULL PRIMARY KEY)`)
	for _, name := range []string{"0001_first.sql", "0002_images.sql", "0003_learning.sql"} {
		text, err := migrations.ReadFile("migrations/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements(string(text), db) {
			run(s)
		}
		run(`INSERT INTO migrations (name) VALUES (?)`, name)
	}
	return db
}

func testUpgrade(t *testing.T, where string) {
	ctx := t.Context()
	db := firstSchema(t, where)
	// The statement of the first release, with the columns that it knew.
	insert := func(text string) {
		t.Helper()
		if _, err := db.exec(ctx, `INSERT INTO messages (id, source, name, received, size, state, outcome, pages_left, documents_left, waits, problem, contents, taken, done)
			VALUES (?, 'inbox', '', 1, 3, 'taken', '', 0, 0, 1, 0, '', 1, 0)`, string(postroom.HashOf([]byte(text)))); err != nil {
			t.Fatal(err)
		}
	}
	insert("old")
	w := newWorld(where)
	put := func(text string) {
		t.Helper()
		if err := w.objects.Put(ctx, postroom.OriginalKey(postroom.HashOf([]byte(text))), strings.NewReader(text), int64(len(text)), postroom.HashOf([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	put("old")
	put("meanwhile")
	p := w.open(t, Options{Work: true})
	// The process of the version before is still there, and takes something in.
	insert("meanwhile")
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.leadOn(ctx, true); err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if res, err := p.Batch(limited, nil, time.Minute, nil); err != nil || res.Stalled {
		t.Fatal(err, res.Stalled)
	}
	if a, err := p.Reconcile(ctx, ReconcileOptions{}); err != nil || !a.Sound() || a.MessagesDone != 2 {
		t.Errorf("%v, %+v", err, a)
	}
}

func TestUpgradeSQLite(t *testing.T)   { testUpgrade(t, filepath.Join(t.TempDir(), "state.db")) }
func TestUpgradePostgres(t *testing.T) { testUpgrade(t, servers.Postgres(t).NewDatabase()) }
