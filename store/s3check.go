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
	s.encrypted = false // look again
	s.mu.Unlock()
	if err := s.ensureEncrypted(ctx); err != nil {
		return err
	}
	if err := s.checkLock(ctx); err != nil {
		return err
	}
	_, err := checkPromises(ctx, s)
	return err
}

func (s *S3) checkBucket(ctx context.Context) error {
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	there, err := s.core.Client.BucketExists(ctx, s.config.Bucket)
	if err == nil && !there {
		err = minio.ErrorResponse{Code: minio.NoSuchBucket, StatusCode: 404}
	}
	if err = s.problem(ctx, err); err != nil {
		return fmt.Errorf("look for the bucket: %w", err)
	}
	return nil
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

// ensureEncrypted sees to it that nothing is written before a test object
// was seen to be encrypted: there are servers that accept the wish and ignore it.
func (s *S3) ensureEncrypted(ctx context.Context) error {
	if s.encryption == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.encrypted {
		return nil
	}
	err := s.probe(ctx, func(*minio.PutObjectOptions) {}, func(key string) error {
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
	if err != nil {
		return fmt.Errorf("look whether objects are encrypted: %w", err)
	}
	s.encrypted = true
	return nil
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
		return fmt.Errorf("look whether the bucket locks objects: %w", err)
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
		reading, cancel := s.limit(ctx, 0)
		defer cancel()
		got, end, err := s.core.Client.GetObjectRetention(reading, s.config.Bucket, s.name(key), "")
		if err != nil {
			return none(s.problem(reading, err))
		}
		if got == nil || *got != mode || end == nil || end.Before(until.Add(-time.Second)) {
			return none(nil)
		}
		return nil
	})
}
