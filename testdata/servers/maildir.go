package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// AddUser makes a user with an empty inbox, or changes the password of one,
// which may take a second.
func (d *DovecotServer) AddUser(user, password string) {
	d.t.Helper()
	if strings.ContainsAny(user, ":/%\n") || strings.ContainsAny(password, ":\n") {
		d.t.Fatalf("the user %q or the password holds a character that a password file cannot", user)
	}
	old, known := d.users[user]
	if known && old == password {
		return
	}
	// One file for each user, since Dovecot looks at most once a second
	// whether a file that it has read has changed.
	if known {
		time.Sleep(1100 * time.Millisecond)
	}
	d.users[user] = password
	entry := fmt.Sprintf("%s:{PLAIN}%s:%d:%d::%s::\n", user, password, d.owner.uid, d.owner.gid, filepath.Join(d.homes(), user))
	d.write(filepath.Join("users", user), entry, 0o644)
	d.mailDirs(d.Maildir(user))
}

// Maildir returns the folder that holds the user's inbox, in cur, new and tmp.
// Other mail folders are beside those, with a dot before their name.
func (d *DovecotServer) Maildir(user string) string {
	return filepath.Join(d.homes(), user, "Maildir")
}

// folder returns the Maildir of a mail folder, named as IMAP does.
func (d *DovecotServer) folder(user, name string) string {
	if strings.EqualFold(name, "INBOX") {
		return d.Maildir(user)
	}
	return filepath.Join(d.Maildir(user), "."+strings.ReplaceAll(name, "/", "."))
}

// mailDirs makes the three folders of a Maildir, owned by the mail's account
// from the user's home down.
func (d *DovecotServer) mailDirs(path string) {
	d.t.Helper()
	d.mkdir(path)
	for _, name := range []string{"cur", "new", "tmp"} {
		d.mkdir(filepath.Join(path, name))
		d.own(filepath.Join(path, name))
	}
	for ; path != d.homes(); path = filepath.Dir(path) {
		d.own(path)
	}
}

func (d *DovecotServer) own(path string) {
	d.t.Helper()
	if err := d.owner.own(path); err != nil {
		d.t.Fatalf("give a mail folder to its account: %v", err)
	}
}

// Append delivers a mail as a mail server does: into new, by a rename, without
// flags. received is its INTERNALDATE, of which a Maildir keeps whole seconds.
// Mails get their UIDs in the order of delivery. The folder is made if it is
// missing. Lines that end in LF are served with CRLF, as IMAP demands; other
// bytes are served as they are.
func (d *DovecotServer) Append(user, folder string, raw []byte, received time.Time) {
	d.t.Helper()
	dir := d.folder(user, folder)
	if _, err := os.Stat(filepath.Join(dir, "new")); err != nil {
		d.mailDirs(dir)
		if dir != d.Maildir(user) {
			d.writeOwned(filepath.Join(dir, "maildirfolder"), nil)
		}
	}
	d.delivered++
	// Dovecot orders new mail by the time in its name: seconds, then M.
	name := fmt.Sprintf("%d.M%06dP%dQ%d.localhost", deliveryEpoch+int64(d.delivered/1000000), d.delivered%1000000, os.Getpid(), d.delivered)
	tmp := filepath.Join(dir, "tmp", name)
	d.writeOwned(tmp, raw)
	err := os.Chtimes(tmp, received, received)
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, "new", name))
	}
	if err != nil {
		d.t.Fatalf("deliver a mail to %s of %s: %v", folder, user, err)
	}
}

// deliveryEpoch begins the names of delivered mails: 2020-01-01.
const deliveryEpoch = 1577836800

func (d *DovecotServer) writeOwned(path string, content []byte) {
	d.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		d.t.Fatalf("write a mail: %v", err)
	}
	d.own(path)
}

// Mails returns the bytes of every mail in a folder as it lies on disk now, in
// no promised order; nil when the folder does not exist.
func (d *DovecotServer) Mails(user, folder string) [][]byte {
	d.t.Helper()
	var mails [][]byte
	for _, path := range d.mailFiles(user, folder) {
		b, err := os.ReadFile(path)
		if err != nil {
			d.t.Fatalf("read a mail of %s of %s: %v", folder, user, err)
		}
		mails = append(mails, b)
	}
	return mails
}

// Count returns how many mails a folder holds on disk now; 0 when it does not
// exist.
func (d *DovecotServer) Count(user, folder string) int { return len(d.mailFiles(user, folder)) }

func (d *DovecotServer) mailFiles(user, folder string) []string {
	var files []string
	for _, part := range []string{"cur", "new"} {
		found, _ := filepath.Glob(filepath.Join(d.folder(user, folder), part, "*"))
		files = append(files, found...)
	}
	sort.Strings(files)
	return files
}

// NewUIDValidity makes the server forget the UIDs of a folder, as after a
// restored backup or a folder that was made again: its mails get new UIDs, under
// another UIDVALIDITY (RFC 9051 section 2.3.1.1). The server restarts.
func (d *DovecotServer) NewUIDValidity(user, folder string) {
	d.t.Helper()
	d.Stop()
	dir := d.folder(user, folder)
	for _, pattern := range []string{"dovecot-uidlist*", "dovecot.index*"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range found {
			if err := os.Remove(path); err != nil {
				d.t.Fatalf("forget the UIDs of %s of %s: %v", folder, user, err)
			}
		}
	}
	d.Restart()
}
