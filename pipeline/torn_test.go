package pipeline

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// A power cut leaves any beginning of what was being written, and a torn
// page at its end. Whatever was committed before is there, nothing is half there,
// and the file opens without help.
func TestTornSQLiteFiles(t *testing.T) {
	dir := t.TempDir()
	p := newWorld(filepath.Join(dir, "state.db")).open(t, Options{})
	type commit struct {
		wal   int64
		count int
	}
	var commits []commit
	size := func(name string) int64 {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if _, err := p.db.exec(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	for n := range 60 {
		if err := p.SetSetting(t.Context(), fmt.Sprintf("commit %d", n), fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
		if n%10 == 0 {
			newBox(fmt.Sprintf("mail %d", n)).fill(t, p)
		}
		commits = append(commits, commit{size("state.db-wal"), n + 1})
	}
	database, wal := read(t, filepath.Join(dir, "state.db")), read(t, filepath.Join(dir, "state.db-wal"))
	random := rand.New(rand.NewPCG(5, 5))
	for try := range 40 {
		cut := int64(random.IntN(len(wal) + 1))
		torn := append([]byte(nil), wal[:cut]...)
		if try%2 == 1 { // the last sector holds something else
			for i := max(0, len(torn)-512); i < len(torn); i++ {
				torn[i] = byte(random.IntN(256))
			}
			cut = max(0, cut-512)
		}
		at := t.TempDir()
		for name, b := range map[string][]byte{"state.db": database, "state.db-wal": torn} {
			if err := os.WriteFile(filepath.Join(at, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		after := newWorld(filepath.Join(at, "state.db")).open(t, Options{Work: false})
		var ok string
		if err := after.db.row(t.Context(), `PRAGMA integrity_check`).scan(&ok); err != nil || ok != "ok" {
			t.Fatalf("cut after %d of %d bytes: %v %s", cut, len(wal), err, ok)
		}
		want := 0
		for _, c := range commits {
			if c.wal <= cut {
				want = c.count
			}
		}
		var got, messages, jobs int
		if err := after.db.row(t.Context(), `SELECT (SELECT COUNT(*) FROM settings WHERE name LIKE 'commit %'), (SELECT COUNT(*) FROM messages), (SELECT COUNT(*) FROM river_job)`).scan(&got, &messages, &jobs); err != nil {
			t.Fatal(err)
		}
		// The mail of a round is committed after its setting, within the same bounds.
		if got < want || got > want+1 || messages != jobs {
			t.Errorf("cut after %d of %d bytes: %d commits are there, %d had ended; %d messages with %d jobs", cut, len(wal), got, want, messages, jobs)
		}
		after.Close()
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
