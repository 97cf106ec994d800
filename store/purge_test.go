package store

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func testPurge(t *testing.T, open func(*testing.T) Objects) {
	s := open(t)
	mustPut(t, s, "documents/2026/03/12/a/record.json", []byte("one"))
	mustPut(t, s, "documents/2026/03/12/a/record.json2", []byte("another"))
	if err := s.Remove(t.Context(), "documents/2026/03/12/a/record.json"); !errors.Is(err, ErrKept) {
		t.Fatal("what is kept must not go without a purge:", err)
	}
	for range 2 { // a purge may be repeated
		if err := Purge(t.Context(), s, "documents/2026/03/12/a/record.json"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Stat(t.Context(), "documents/2026/03/12/a/record.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is still there:", err)
	}
	if got := mustRead(t, s, "documents/2026/03/12/a/record.json2"); string(got) != "another" {
		t.Error("a key that only begins alike went, too")
	}
	if err := Purge(t.Context(), s, "../passwd"); !postroom.IsBadInput(err) {
		t.Error("no key:", err)
	}
}

func TestPurgeFolder(t *testing.T)          { testPurge(t, openFolder) }
func TestPurgeEncryptedFolder(t *testing.T) { testPurge(t, openEncrypted) }
func TestPurgeS3(t *testing.T)              { onS3(t, testPurge, func(*S3Config) {}) }

// A bucket that keeps versions keeps none of what was purged; what it locks stays, and the problem says so.
func TestPurgeTakesEveryVersion(t *testing.T) {
	server := servers.S3(t)
	config := s3Config(server, server.NewBucket("", true))
	s := mustOpenS3(t, config)
	for _, key := range []string{"originals/a", "originals/b"} {
		mustPut(t, s, key, []byte(key))
		// An earlier removal left a marker and the version behind it.
		if err := server.Client().RemoveObject(t.Context(), config.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Client().PutObject(t.Context(), config.Bucket, key, strings.NewReader(key), int64(len(key)), minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := Purge(t.Context(), s, "originals/a"); err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	for info := range server.Client().ListObjects(t.Context(), config.Bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
		if info.Err != nil {
			t.Fatal(info.Err)
		}
		left[info.Key]++
	}
	if left["originals/a"] != 0 || left["originals/b"] != 3 {
		t.Errorf("versions that are left: %v", left)
	}

	config.Retention, config.RetentionDays = "compliance", 2
	locked := mustOpenS3(t, config)
	mustPut(t, locked, "originals/c", []byte("c"))
	if err := Purge(t.Context(), locked, "originals/c"); kindOf(err) != postroom.Misconfigured {
		t.Error("a locked object:", err)
	}
	if got := mustRead(t, locked, "originals/c"); string(got) != "c" {
		t.Error("the locked object is gone")
	}
}
