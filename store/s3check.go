package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
)

// Check implements [Objects]. It also reads back whether objects are encrypted
// and locked, where the configuration asks for it.
func (s *S3) Check(ctx context.Context) error {
	if err := s.checkBucket(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.safe = false // look again
	s.mu.Unlock()
	if err := s.ensureSafe(ctx); err != nil {
		return err
	}
	_, err := checkPromises(ctx, s)
	return err
}

// checkBucket lists one object: unlike the answer to a question about the bucket
// alone, that to a listing says what is wrong.
func (s *S3) checkBucket(ctx context.Context) error {
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	for info := range s.core.Client.ListObjectsIter(ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: s.config.Prefix, Recursive: true, MaxKeys: 1}) {
		if err := s.problem(ctx, info.Err); err != nil {
			return fmt.Errorf("look into the bucket: %w", err)
		}
		break
	}
	return ctx.Err()
}

// probe writes an object without contents worth hiding, lets look look at it, and removes it.
func (s *S3) probe(ctx context.Context, change func(*minio.PutObjectOptions), look func(key string) error) error {
	key := "checks/" + strings.ToLower(rand.Text())
	b := []byte("postroom doctor\n")
	writing, cancel := s.limit(ctx, 0)
	defer cancel()
	options := s.options(key, postroom.HashOf(b), true)
	change(&options)
	if _, err := s.core.Client.PutObject(writing, s.config.Bucket, s.name(key), bytes.NewReader(b), int64(len(b)), options); err != nil {
		return fmt.Errorf("write a test object: %w", s.problem(writing, err))
	}
	defer s.Remove(ctx, key) // a policy may forbid it; the test object then stays
	return look(key)
}

// ensureSafe sees to it that nothing is written before a test object was seen
// to be encrypted and locked as the configuration asks. There are servers that
// accept the wish for encryption and ignore it, and servers that refuse the
// wish for a lock and keep the object all the same.
func (s *S3) ensureSafe(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.safe {
		return nil
	}
	if err := s.checkEncryption(ctx); err != nil {
		return fmt.Errorf("look whether objects are encrypted: %w", err)
	}
	if err := s.checkLock(ctx); err != nil {
		return fmt.Errorf("look whether objects are locked: %w", err)
	}
	if err := s.checkVersioning(ctx); err != nil {
		return fmt.Errorf("look whether versions are kept: %w", err)
	}
	s.safe = true
	return nil
}

// checkEncryption reads back whether an object is encrypted.
func (s *S3) checkEncryption(ctx context.Context) error {
	if s.encryption == nil {
		return nil
	}
	return s.probe(ctx, func(*minio.PutObjectOptions) {}, func(key string) error {
		info, err := s.stat(ctx, key)
		if err != nil {
			return err
		}
		want := "AES256"
		if s.config.Encryption == "sse-kms" {
			want = "aws:kms"
		}
		if got := info.Headers.Get("X-Amz-Server-Side-Encryption"); got != want {
			return &postroom.Problem{Kind: postroom.Misconfigured,
				Reason: fmt.Sprintf("the object store does not encrypt objects as asked (%s)", s.config.Encryption),
				Hint:   "set up encryption on the server, or leave it out of the configuration if the server's disks are encrypted",
				Err:    fmt.Errorf("x-amz-server-side-encryption is %q, not %q", got, want)}
		}
		return nil
	})
}

// checkLock reads back whether an object is locked.
func (s *S3) checkLock(ctx context.Context) error {
	if s.config.Retention == "" && !s.config.LegalHold {
		return nil
	}
	none := func(err error) error {
		return &postroom.Problem{Kind: postroom.Misconfigured, Err: err,
			Reason: "the bucket " + s.config.Bucket + " does not lock objects as asked",
			Hint:   "make a bucket with object lock, or leave retention and legal hold out of the configuration"}
	}
	reading, cancel := s.limit(ctx, 0)
	defer cancel()
	lock, _, _, _, err := s.core.Client.GetObjectLockConfig(reading, s.config.Bucket)
	if err = s.problem(reading, err); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errorCode(err) == "ObjectLockConfigurationNotFoundError" {
			return none(err)
		}
		return err
	}
	if lock != "Enabled" {
		return none(nil)
	}
	if s.config.Retention == "" {
		return nil
	}
	mode := minio.RetentionMode(strings.ToUpper(s.config.Retention))
	until := time.Now().UTC().Add(time.Minute)
	return s.probe(ctx, func(o *minio.PutObjectOptions) { o.Mode, o.RetainUntilDate = mode, until }, func(key string) error {
		info, err := s.stat(ctx, key)
		if err != nil {
			return err
		}
		end, err := time.Parse(time.RFC3339, info.Headers.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		if info.Headers.Get("X-Amz-Object-Lock-Mode") != string(mode) || err != nil || end.Before(until.Truncate(time.Second)) {
			return none(errors.New("the test object carries no retention"))
		}
		return nil
	})
}
