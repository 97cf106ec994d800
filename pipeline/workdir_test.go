package pipeline

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFoldersOfTheDeadAreRemoved(t *testing.T) {
	parent := t.TempDir()
	alive, remove, err := makeWorkDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	dead, unlocked := filepath.Join(parent, workPrefix+"dead"), filepath.Join(parent, workPrefix+"unlocked")
	foreign := filepath.Join(parent, "postroom-demo-1")
	for _, dir := range []string{dead, unlocked, foreign} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "page"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A killed process leaves its lock's file, unlocked.
	if err := os.WriteFile(filepath.Join(dead, workLock), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other, removeOther, err := makeWorkDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{alive: true, other: true, foreign: true, dead: false, unlocked: false} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
	if info, err := os.Stat(alive); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	remove()
	removeOther()
	if _, err := os.Stat(alive); err == nil {
		t.Error("the folder is still there after it was removed")
	}
}
