package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/postroom/postroom"
)

// Backup writes a copy of the whole state to a new file, as it is at one moment,
// while work goes on. Only an SQLite file is copied so: PostgreSQL has pg_dump.
func (p *Pipeline) Backup(ctx context.Context, path string) error {
	if !p.db.exclusive() {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the state is in PostgreSQL, which has its own backup", Hint: "use pg_dump, or the archiving of its log"}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: path + " exists already", Hint: "name a file that does not", Err: err}
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the backup: %w", err)
	}
	// Made first, so that nobody else can read it at any moment.
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	defer f.Close()
	if _, err := p.db.exec(ctx, `VACUUM INTO ?`, part); err != nil {
		os.Remove(part)
		return fmt.Errorf("write the backup: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	// The name appears when the copy is whole.
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	defer dir.Close()
	return dir.Sync()
}
