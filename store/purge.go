package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
)

// Purge removes an object for good, with every version that the store keeps of
// it; nil when there is none. It is for the retention job alone, which has looked
// at rules and holds: no AllowRemoval is asked for.
func Purge(ctx context.Context, objects Objects, key string) error {
	p, ok := objects.(interface {
		purge(ctx context.Context, key string) error
	})
	if !ok {
		return fmt.Errorf("purge %s: this store cannot", key)
	}
	if err := checkKey(key); err != nil {
		return err
	}
	return p.purge(ctx, key)
}

func (f *Folder) purge(ctx context.Context, key string) error {
	return f.remove(ctx, key, true)
}

func (e *Encrypted) purge(ctx context.Context, key string) error { return Purge(ctx, e.objects, key) }

func (s *S3) purge(ctx context.Context, key string) error {
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	name := s.name(key)
	var versions []string
	for info := range s.core.Client.ListObjectsIter(ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: name, Recursive: true, WithVersions: true}) {
		if info.Err != nil {
			return fmt.Errorf("list the versions of %s: %w", key, s.problem(ctx, info.Err))
		}
		if info.Key == name {
			versions = append(versions, info.VersionID)
		}
	}
	for _, v := range versions {
		err := s.problem(ctx, s.core.Client.RemoveObject(ctx, s.config.Bucket, name, minio.RemoveObjectOptions{VersionID: v}))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			if answer := minio.ToErrorResponse(err); answer.Code == "AccessDenied" || answer.Code == "InvalidRequest" {
				return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the object store does not let " + key + " go",
					Hint: "the bucket still holds it (object lock, legal hold), or the policy lacks s3:DeleteObjectVersion", Err: err}
			}
			return fmt.Errorf("remove a version of %s: %w", key, err)
		}
	}
	return nil
}

// Hidden calls f with every key under the prefix of which the store still keeps a version below
// a removal: no listing shows it, and a purge must take it all the same.
func Hidden(ctx context.Context, objects Objects, prefix string, f func(key string) error) error {
	switch s := objects.(type) {
	case *Encrypted:
		return Hidden(ctx, s.objects, prefix, f)
	case *S3:
		return s.hidden(ctx, prefix, f)
	}
	return nil // a folder keeps no versions
}

func (s *S3) hidden(ctx context.Context, prefix string, f func(key string) error) error {
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	seen := map[string]bool{}
	for info := range s.core.Client.ListObjectsIter(ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: s.name(prefix), Recursive: true, WithVersions: true}) {
		if info.Err != nil {
			return fmt.Errorf("list the versions under %s: %w", prefix, s.problem(ctx, info.Err))
		}
		if info.IsDeleteMarker && info.IsLatest && !seen[info.Key] {
			seen[info.Key] = true
			if err := f(strings.TrimPrefix(info.Key, s.name(""))); err != nil {
				return err
			}
		}
	}
	return nil
}
