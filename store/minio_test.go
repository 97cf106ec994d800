//go:build minio

package store

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// The longer run, "make minio": the same suites against another server that is
// used for real, and what versitygw cannot do.
func TestMinIO(t *testing.T) {
	server := servers.MinIO(t)
	t.Run("objects", func(t *testing.T) { onServer(t, server, testObjects, func(*S3Config) {}) })
	t.Run("objects with a prefix", func(t *testing.T) {
		onServer(t, server, testObjects, func(c *S3Config) { c.Prefix = "practice/a" })
	})
	t.Run("objects, encrypted", func(t *testing.T) {
		onServer(t, server, testObjects, func(c *S3Config) { c.Encryption = "sse-s3" })
	})
	t.Run("filing", func(t *testing.T) { onServer(t, server, testFiler, func(*S3Config) {}) })
	t.Run("prefixes", func(t *testing.T) { testS3PrefixesAreApart(t, server) })
	t.Run("foreign objects", func(t *testing.T) { testS3ForeignObject(t, server) })
	t.Run("faults", func(t *testing.T) { testS3Faults(t, server) })
	t.Run("object lock", func(t *testing.T) { testS3ObjectLock(t, server) })
	t.Run("versions", func(t *testing.T) { testS3VersioningIsReadBack(t, server) })
	t.Run("encryption", func(t *testing.T) { testEncryption(t, server) })
	t.Run("two writers of one large object", func(t *testing.T) { testMultipartCondition(t, server) })
}

// What is encrypted is so on the disk.
func testEncryption(t *testing.T, server *servers.S3Server) {
	secret := bytes.Repeat([]byte("a secret of the patient "), 1000)
	large := bytes.Repeat(secret, 1+big/len(secret))
	for _, c := range []struct {
		encryption, key, header string
		encrypted               bool
	}{{"", "", "", false}, {"sse-s3", "", "AES256", true}, {"sse-kms", "postroom-test", "aws:kms", true}} {
		config := s3Config(server, server.NewBucket("", false))
		config.Encryption, config.KMSKey = c.encryption, c.key
		s := mustOpenS3(t, config)
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("%q: %v", c.encryption, err)
		}
		for key, body := range map[string][]byte{"originals/small": secret, "documents/large": large} {
			// As a stream, so that the large one goes up in parts.
			if err := s.Put(t.Context(), key, struct{ *bytes.Reader }{bytes.NewReader(body)}, int64(len(body)), postroom.HashOf(body)); err != nil {
				t.Fatalf("%q: %v", c.encryption, err)
			}
			info, err := server.Client().StatObject(t.Context(), config.Bucket, key, minio.StatObjectOptions{})
			if err != nil || info.Metadata.Get("X-Amz-Server-Side-Encryption") != c.header {
				t.Errorf("%q: %s says %v, %v", c.encryption, key, info.Metadata, err)
			}
			if got := mustRead(t, s, key); !bytes.Equal(got, body) {
				t.Errorf("%q: %s is not read back", c.encryption, key)
			}
		}
		plain := false
		err := filepath.WalkDir(filepath.Join(server.Dir, config.Bucket), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			plain = plain || bytes.Contains(b, []byte("a secret of the patient a secret"))
			return err
		})
		if err != nil || plain == c.encrypted {
			t.Errorf("%q: plain on the disk: %v, %v", c.encryption, plain, err)
		}
	}
	config := s3Config(server, server.NewBucket("", false))
	config.Encryption, config.KMSKey = "sse-kms", "no-such-key"
	if err := mustOpenS3(t, config).Check(t.Context()); kindOf(err) != postroom.Misconfigured {
		t.Errorf("a key that the server does not have: %v", err)
	}
}

// Of two that write different large bodies under one key in the same moment one
// wins, and the other is told.
func testMultipartCondition(t *testing.T, server *servers.S3Server) {
	s := mustOpenS3(t, s3Config(server, server.NewBucket("", false)))
	for round := range 5 {
		key := "documents/large" + string(rune('a'+round))
		bodies := [2][]byte{bytes.Repeat([]byte("a"), big), bytes.Repeat([]byte("b"), big)}
		var errs [2]error
		var both sync.WaitGroup
		for i := range bodies {
			both.Go(func() {
				errs[i] = s.Put(t.Context(), key, struct{ *bytes.Reader }{bytes.NewReader(bodies[i])}, big, postroom.HashOf(bodies[i]))
			})
		}
		both.Wait()
		won := 0
		if errs[0] != nil {
			won = 1
		}
		if errs[won] != nil || !errors.Is(errs[1-won], ErrExists) {
			t.Errorf("round %d: %v", round, errs)
		} else if got := mustRead(t, s, key); !bytes.Equal(got, bodies[won]) {
			t.Errorf("round %d: the loser's bytes are there", round)
		}
	}
	// Without Postroom's own looks before and after: the server itself refuses.
	core := minio.Core{Client: server.Client()}
	bucket := server.NewBucket("", false)
	upload := func() error {
		id, err := core.NewMultipartUpload(t.Context(), bucket, "x", minio.PutObjectOptions{})
		if err != nil {
			return err
		}
		part, err := core.PutObjectPart(t.Context(), bucket, "x", id, 1, bytes.NewReader([]byte("x")), 1, minio.PutObjectPartOptions{})
		if err != nil {
			return err
		}
		options := minio.PutObjectOptions{}
		options.SetMatchETagExcept("*")
		_, err = core.CompleteMultipartUpload(t.Context(), bucket, "x", id, []minio.CompletePart{{PartNumber: 1, ETag: part.ETag}}, options)
		return err
	}
	if err := upload(); err != nil {
		t.Error(err)
	}
	if err := upload(); minio.ToErrorResponse(err).StatusCode != http.StatusPreconditionFailed {
		t.Errorf("the condition on the upload in parts: %v", err)
	}
}
