//go:build cgo

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/testdata/servers"
)

// What the rules let go is gone from a bucket that keeps versions, from the state and from the
// search, by the command that an administrator gives; the trail says who gave it, and
// what the rules keep is untouched.
func TestPurgeOfABucketWithVersions(t *testing.T) {
	ctx := t.Context()
	s3 := servers.S3(t)
	bucket := s3.NewBucket("records", true)
	data := t.TempDir()
	config := writeConfig(t, fmt.Sprintf(`data: %q
store:
  s3: {endpoint: %q, bucket: %q, access_key: %q, secret_key: %q, ca_file: %q, path_style: true}
retention: {rules: [{types: [outpatient_letter], after: received, years: 3}]}
`, data, s3.Endpoint, bucket, s3.AccessKey, s3.SecretKey, s3.CAFile))
	raw, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := parseConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	patients := lettersOf(2)
	parts := letterParts(t, cfg, patients)
	real, err := openParts(cfg, false, false)
	if err != nil {
		t.Fatal(err)
	}
	defer real.close()
	parts.Objects, parts.File, parts.Purge, parts.Hidden = real.Objects, real.File, real.Purge, real.Hidden
	pl, err := pipeline.Open(ctx, parts, pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir(), UndoFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pl.ImportPatients(ctx, patients); err != nil {
		t.Fatal(err)
	}
	if err := pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for i, year := range []int{2020, 2026} {
		text := patients[i].Number + " a letter about " + []string{"xylographic", "lithographic"}[i] + " matters"
		at := time.Date(year, 3, 12, 9, 0, 0, 0, time.UTC)
		if err := pl.Intake().Take(ctx, postroom.Arrival{ID: postroom.ArrivalID{Source: "test", Path: fmt.Sprint(i)}, Received: at}, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	found := func(pl *pipeline.Pipeline, word string) int {
		t.Helper()
		hits, err := pl.Search(ctx, pipeline.DeskSearch{Words: word})
		if err != nil {
			t.Fatal(err)
		}
		return len(hits)
	}
	records := map[int]postroom.Record{}
	waitFor(t, "both letters being filed and found", func() bool {
		err := pl.Records(ctx, func(r postroom.Record) error {
			if r.Status == postroom.Filed && r.Objects.PDF != "" {
				records[r.Message.Received.Year()] = r
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(records) == 2 && found(pl, "xylographic") == 1 && found(pl, "lithographic") == 1
	})
	stopWorking(pl)
	pl.Close()

	// The bucket holds a second version of one file, and another was removed once by hand: its
	// version lies below a marker.
	old, young := records[2020], records[2026]
	client := s3.Client()
	if _, err := client.PutObject(ctx, bucket, old.Objects.PDF, strings.NewReader("xylographic"), 11, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := client.RemoveObject(ctx, bucket, old.Objects.FHIR, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	versions := func() map[string]int {
		t.Helper()
		out := map[string]int{}
		for o := range client.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			out[o.Key]++
		}
		return out
	}
	before := versions()
	if before[old.Objects.PDF] != 2 || before[old.Objects.FHIR] != 2 {
		t.Fatalf("the bucket keeps no versions: %v", before)
	}
	originals := func(r postroom.Record) []string {
		return append([]string{postroom.OriginalKey(r.Message.Hash)}, r.Objects.Originals...)
	}
	gone := map[string]bool{}
	for _, key := range originals(old) {
		gone[key] = true
	}

	if r := must(t, "retention", "--config", config); !strings.Contains(r.stdout, "1 may be purged, 1 are kept") {
		t.Errorf("the dry run says %s", r.stdout)
	}
	if after := versions(); len(after) != len(before) {
		t.Error("the dry run changed the bucket")
	}
	if r := must(t, "retention", "purge", "--config", config, "--why", "three years are over", "--by", "ann", "--yes"); !strings.Contains(r.stdout, "1 documents, 1 messages") {
		t.Errorf("the purge says %s", r.stdout)
	}
	after := versions()
	for key, n := range before {
		purged := gone[key] || strings.Contains(key, old.DocumentID)
		switch {
		case purged && after[key] != 0:
			t.Errorf("%d versions of %s are left", after[key], key)
		case !purged && after[key] != n:
			t.Errorf("%s had %d versions and has %d", key, n, after[key])
		}
	}
	for _, key := range append(originals(young), young.Objects.PDF, young.Objects.FHIR) {
		if after[key] != 1 {
			t.Errorf("%s of the letter that is kept has %d versions", key, after[key])
		}
	}
	err = filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("xylographic")) || bytes.Contains(b, []byte(patients[0].Number+" a")) {
			t.Errorf("%s still holds the text", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if pl, err = pipeline.Open(ctx, parts, pipeline.Options{Database: cfg.databaseAddress(), TempDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if found(pl, "xylographic") != 0 || found(pl, "lithographic") != 1 {
		t.Error("the search finds what was purged, or not what is kept")
	}
	pl.Close()
	if r := must(t, "retention", "history", "--config", config); !strings.Contains(r.stdout, "user:ann: 1 documents") {
		t.Errorf("the history says %s", r.stdout)
	}
	if r := must(t, "audit", "export", "--config", config); !strings.Contains(r.stdout, "purge") || !strings.Contains(r.stdout, "user:ann") {
		t.Errorf("the trail says %s", r.stdout)
	}
	if r := must(t, "reconcile", "--config", config, "--deep"); !strings.Contains(r.stdout, "everything is accounted for") {
		t.Errorf("reconcile says %s", r.stdout)
	}
}
