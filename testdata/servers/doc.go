// Package servers starts the real programs that Postroom works with, for
// tests: Dovecot (the mailbox), versitygw (object storage that speaks S3) and
// PostgreSQL (state and jobs).
//
//	mail := servers.Dovecot(t)
//	mail.AddUser("inbox", "secret")
//	mail.Append("inbox", "INBOX", raw, time.Now())
//
//	bucket := servers.S3(t)
//	bucket.NewBucket("letters", false)
//
//	url := servers.Postgres(t).NewDatabase()
//
// Every server listens on loopback only, on free ports, and keeps its files in
// a directory of its own. It is stopped and its directory removed when the
// test ends, whether it passed or not. When the test process itself dies, by a
// time limit, by Ctrl-C or by kill -9, a small shell that holds the other end
// of a pipe notices and does the same, so nothing is left running.
//
// A test never skips because a program is missing: it fails with a sentence
// that says which command installs it. All functions must be called from the
// goroutine that runs the test, since they end it with t.Fatal.
//
// The package works as root, as in most containers, and as an ordinary user.
// Dovecot and PostgreSQL refuse to handle data as root, so there they run as
// accounts that their Debian packages made, or as nobody.
package servers
