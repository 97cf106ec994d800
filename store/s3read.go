package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
)

// Open implements [Objects]. A reader whose connection breaks goes on where it
// stood, in the same version of the object.
func (s *S3) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	r := &s3Reader{s: s, key: key}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	if err := r.connect(); err != nil {
		r.Close()
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return r, nil
}

type s3Reader struct {
	s      *S3
	key    string
	ctx    context.Context
	cancel context.CancelCauseFunc

	body    io.ReadCloser
	etag    string
	n, size int64
	tries   int
}

// connect asks for the object from byte n on.
func (r *s3Reader) connect() error {
	stop := time.AfterFunc(r.s.config.Timeout, func() { r.cancel(errSlow) })
	defer stop.Stop()
	var options minio.GetObjectOptions
	if r.n > 0 {
		if err := options.SetRange(r.n, 0); err != nil {
			return err
		}
		if err := options.SetMatchETag(r.etag); err != nil {
			return err
		}
	}
	body, info, _, err := r.s.core.GetObject(r.ctx, r.s.config.Bucket, r.s.name(r.key), options)
	if err != nil {
		return r.s.problem(r.ctx, err)
	}
	r.body = body
	if r.n == 0 {
		r.etag, r.size = info.ETag, info.Size
	}
	return nil
}

func (r *s3Reader) Read(p []byte) (int, error) {
	for {
		if r.ctx.Err() != nil { // bytes that wait in a buffer do not count any more
			return 0, fmt.Errorf("read %s: %w", r.key, r.s.problem(r.ctx, r.ctx.Err()))
		}
		if r.n == r.size {
			return 0, io.EOF
		}
		stop := time.AfterFunc(r.s.config.Timeout, func() { r.cancel(errSlow) })
		n, err := r.body.Read(p)
		stop.Stop()
		r.n += int64(n)
		if n > 0 || err == nil {
			r.tries = 0
			return n, nil
		}
		if r.tries++; r.ctx.Err() != nil || r.tries >= r.s.config.Tries {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, fmt.Errorf("read %s: %w", r.key, r.s.problem(r.ctx, err))
		}
		r.body.Close()
		if err := r.connect(); err != nil {
			r.body = io.NopCloser(errorReader{err})
			r.tries = r.s.config.Tries
			return 0, fmt.Errorf("read %s: %w", r.key, err)
		}
	}
}

func (r *s3Reader) Close() error {
	r.cancel(context.Canceled)
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}

type errorReader struct{ err error }

func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

// Stat implements [Objects].
func (s *S3) Stat(ctx context.Context, key string) (postroom.Object, error) {
	if err := checkKey(key); err != nil {
		return postroom.Object{}, err
	}
	info, err := s.stat(ctx, key)
	if err != nil {
		return postroom.Object{}, fmt.Errorf("look for %s: %w", key, err)
	}
	o := postroom.Object{Key: key, Size: info.Size, Modified: info.LastModified.UTC()}
	if sum, err := postroom.ParseHash(info.Metadata.Get("X-Amz-Meta-Sha256")); err == nil {
		o.Hash = sum
	}
	return o, nil
}

func (s *S3) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	info, err := s.core.Client.StatObject(ctx, s.config.Bucket, s.name(key), minio.StatObjectOptions{})
	if err != nil {
		return minio.ObjectInfo{}, s.problem(ctx, err)
	}
	return info, nil
}

// List implements [Objects]. Hashes are left empty: the server's list has none.
func (s *S3) List(ctx context.Context, prefix string, each func(postroom.Object) error) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	listing, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The clock runs while the server is asked, not while each works.
	stop := time.AfterFunc(s.config.Timeout, func() { cancel(errSlow) })
	defer stop.Stop()
	no := false
	for info := range s.core.Client.ListObjectsIter(listing, s.config.Bucket, minio.ListObjectsOptions{
		Prefix: s.name(prefix), Recursive: true, FetchOwner: &no,
	}) {
		stop.Stop()
		if info.Err != nil {
			return fmt.Errorf("list objects: %w", s.problem(listing, info.Err))
		}
		key, ok := strings.CutPrefix(info.Key, s.config.Prefix)
		if ok && checkKey(key) == nil {
			if err := each(postroom.Object{Key: key, Size: info.Size, Modified: info.LastModified.UTC()}); err != nil {
				return skipAll(err)
			}
		}
		stop.Reset(s.config.Timeout)
	}
	if listing.Err() != nil {
		return fmt.Errorf("list objects: %w", s.problem(listing, listing.Err()))
	}
	return nil
}

// Remove implements [Objects].
func (s *S3) Remove(ctx context.Context, key string) error {
	if err := checkRemoval(key, s.config.AllowRemoval); err != nil {
		return err
	}
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	err := s.core.Client.RemoveObject(ctx, s.config.Bucket, s.name(key), minio.RemoveObjectOptions{})
	if err = s.problem(ctx, err); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", key, err)
	}
	return nil
}
