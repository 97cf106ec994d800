package servers_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/postroom/postroom/testdata/servers"
)

func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func ask(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestPostgresGivesEachTestItsDatabase(t *testing.T) {
	t.Parallel()
	server := servers.Postgres(t)
	var urls []string
	t.Run("in use", func(t *testing.T) {
		same := servers.Postgres(t)
		if same.Addr != server.Addr {
			t.Errorf("two servers, %s and %s, want one", same.Addr, server.Addr)
		}
		urls = append(urls, same.NewDatabase(), same.NewDatabase())
		first, second := open(t, urls[0]), open(t, urls[1])
		if _, err := first.Exec(t.Context(), "CREATE TABLE only_here (n int)"); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Exec(t.Context(), "SELECT n FROM only_here"); err == nil {
			t.Error("a table of one database is seen in another")
		}
		for setting, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "TimeZone": "UTC", "server_encoding": "UTF8"} {
			if got := ask(t, first, "SHOW "+setting); got != want {
				t.Errorf("%s is %s, want %s", setting, got, want)
			}
		}
	})
	conn := open(t, server.URL("postgres"))
	if n := ask(t, conn, "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'test\\_%'"); n != "0" {
		t.Errorf("%s databases are left after their test", n)
	}
	if got := ask(t, open(t, server.SocketURL("postgres")), "SELECT current_user::text"); got != "postroom" {
		t.Errorf("over the socket we are %s", got)
	}
}

func TestOwnPostgresStopsAndRecovers(t *testing.T) {
	t.Parallel()
	server := servers.OwnPostgres(t)
	if server.Addr == servers.Postgres(t).Addr {
		t.Fatal("the server is the shared one")
	}
	url := server.NewDatabase()
	conn := open(t, url)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept (n int)"); err != nil {
		t.Fatal(err)
	}
	for n, end := range []func(){server.Stop, server.Kill, func() {}} {
		if _, err := conn.Exec(t.Context(), "INSERT INTO kept VALUES ($1)", n); err != nil {
			t.Fatal(err)
		}
		end()
		if n < 2 {
			if c, err := pgx.Connect(t.Context(), url); err == nil {
				c.Close(t.Context())
				t.Error("a server that was ended takes connections")
			}
		}
		server.Restart()
		if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
			t.Error("a connection outlived its server")
		}
		conn = open(t, url)
	}
	if got := ask(t, conn, "SELECT count(*)::text FROM kept"); got != "3" {
		t.Errorf("%s rows are left of 3 that were committed", got)
	}
}
