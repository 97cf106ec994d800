package store

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// The consumer that the documentation shows, and nothing else, follows three nights:
// it is killed at random, and an object is altered and put right again.
func TestTheConsumerOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../docs/consumers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, source, ok := strings.Cut(string(page), "```go\n")
	source, _, ok2 := strings.Cut(source, "\n```")
	if !ok || !ok2 {
		t.Fatal("the page shows no consumer")
	}
	dir := t.TempDir()
	file, program, kept := filepath.Join(dir, "main.go"), filepath.Join(dir, "consumer"), filepath.Join(dir, "kept")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("the consumer on the page does not build: %v\n%s", err, out)
	}
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	server := servers.S3(t)
	config := s3Config(server, server.NewBucket("", false))
	objects := mustOpenS3(t, config)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	consumer := func() *exec.Cmd {
		c := exec.Command(program)
		c.Dir = kept
		c.Env = append(os.Environ(), "BUCKET="+config.Bucket, "S3_HOST="+address.Host, "AWS_REGION="+config.Region,
			"AWS_ACCESS_KEY_ID="+config.AccessKey, "AWS_SECRET_ACCESS_KEY="+config.SecretKey, "SSL_CERT_FILE="+config.CAFile)
		return c
	}
	filer := &Filer{Objects: withOriginals(t, objects), FHIR: FHIROptions{BaseURL: "https://files.example"}}
	r := rand.New(rand.NewPCG(3, 3))
	want := map[string][]byte{} // what each file must hold in the end
	run := runOf(60)
	var before []postroom.Record
	for night := range 3 {
		var tonight []postroom.Record
		for _, rec := range run[20*night : 20*night+20] {
			if rec.Objects.Originals = filedRecord().Objects.Originals; rec.Patient.Match != postroom.MatchExact || rec.Urgent {
				rec.DecidedBy = "user:7"
			}
			tonight = append(tonight, rec)
		}
		// Some of the nights before are corrected, moved to another patient, and corrected again.
		for i, rec := range before {
			if r.IntN(4) == 0 {
				rec.Replaces, rec.Version, rec.DecidedBy = rec.Version, rec.Version+1, "user:7"
				if rec.Objects = filedRecord().Objects; i%2 == 0 {
					rec.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000026", Family: "Other", Given: "Bo", BirthDate: "1950-01-02"}
				}
				tonight = append(tonight, rec)
			}
		}
		for i, rec := range tonight {
			body := fmt.Sprintf("%%PDF-1.7 %s %d", rec.DocumentID, rec.Version)
			done, err := filer.file(t.Context(), rec, strings.NewReader(body), int64(len(body)))
			if err != nil {
				t.Fatal(err)
			}
			tonight[i] = done
			want[done.DocumentID+".json"] = mustRead(t, objects, RecordKey(done))
			before = slices.DeleteFunc(before, func(b postroom.Record) bool { return b.DocumentID == done.DocumentID })
			before = append(before, done)
		}
		held := filedRecord()
		held.DocumentID, held.Status = postroom.DocumentID(postroom.HashOf([]byte{byte(night)}), nil), postroom.InReview
		if _, err := WriteManifest(t.Context(), objects, fmt.Sprintf("run-%d", night), day.AddDate(0, 0, night), records(append(tonight, held)...)); err != nil {
			t.Fatal(err)
		}
		// One is purged before anybody has fetched it: the consumer passes over it.
		if err := Purge(t.Context(), objects, RecordKey(tonight[0])); err != nil {
			t.Fatal(err)
		}
		delete(want, tonight[0].DocumentID+".json")
		before = slices.DeleteFunc(before, func(b postroom.Record) bool { return b.DocumentID == tonight[0].DocumentID })
		// The last is altered before anybody has fetched it: the consumer stops there, and keeps nothing of it.
		last := tonight[len(tonight)-1]
		write := func(b []byte) {
			t.Helper()
			if _, err := server.Client().PutObject(t.Context(), config.Bucket, RecordKey(last), bytes.NewReader(b), int64(len(b)), minio.PutObjectOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		write([]byte(`{"version":99}`))
		for range 4 {
			c := consumer()
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(5+r.IntN(60)) * time.Millisecond)
			c.Process.Kill()
			c.Wait()
		}
		if out, err := consumer().CombinedOutput(); err == nil || !strings.Contains(string(out), "is not what was written") {
			t.Errorf("night %d: an altered record: %v, %s", night, err, out)
		}
		write(want[last.DocumentID+".json"])
		if out, err := consumer().CombinedOutput(); err != nil {
			t.Fatalf("night %d: %v, %s", night, err, out)
		}
	}
	got := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(kept, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if got[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	if !maps.EqualFunc(got, want, bytes.Equal) || len(want) != 57 {
		t.Errorf("the consumer has %d records, filed were %d", len(got), len(want))
	}
}
