package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
)

// Put implements [Objects].
func (s *S3) Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error {
	if err := checkPut(key, size, sum); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	if err := s.ensureSafe(ctx); err != nil {
		return err
	}
	if size > memoryBody {
		// Not to send what is there already, and for want of a condition on parts.
		if done, err := s.compare(ctx, key, size, sum); done || err != nil {
			return err
		}
	}
	seeker, twice := body.(interface {
		io.ReaderAt
		io.Seeker
	})
	var err error
	switch {
	case twice && size > memoryBody && size <= singleBody:
		var from int64
		if from, err = seeker.Seek(0, io.SeekCurrent); err != nil {
			return fmt.Errorf("write %s: %w", key, err)
		}
		if _, err = io.Copy(io.Discard, newCheckedReader(ctx, body, size, sum)); err == nil {
			err = s.putWhole(ctx, key, io.NewSectionReader(seeker, from, size), size, sum)
		}
	case size > memoryBody:
		err = s.putParts(ctx, key, newCheckedReader(ctx, body, size, sum), size, sum)
	default:
		b := make([]byte, size)
		checked := newCheckedReader(ctx, body, size, sum)
		if _, err = io.ReadFull(checked, b); err == nil || size == 0 {
			if _, err = checked.Read(make([]byte, 1)); err == io.EOF {
				err = s.putWhole(ctx, key, bytes.NewReader(b), size, sum)
			}
		}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

// options are those of a new object. The hash is kept with the object, so that
// Stat knows it; part of a request header, the server checks it too.
func (s *S3) options(key string, sum postroom.Hash, whole bool) minio.PutObjectOptions {
	o := minio.PutObjectOptions{
		ContentType:          contentType(key),
		UserMetadata:         map[string]string{"sha256": string(sum)},
		ServerSideEncryption: s.encryption,
		DisableMultipart:     true,
		DisableContentSha256: s.secure,
	}
	if whole {
		raw, _ := hex.DecodeString(string(sum))
		o.UserMetadata["x-amz-checksum-sha256"] = base64.StdEncoding.EncodeToString(raw)
	}
	for _, prefix := range kept {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if s.config.Retention != "" {
			o.Mode = minio.RetentionMode(strings.ToUpper(s.config.Retention))
			o.RetainUntilDate = time.Now().UTC().AddDate(0, 0, s.config.RetentionDays)
		}
		if s.config.LegalHold {
			o.LegalHold = minio.LegalHoldEnabled
		}
	}
	o.SetMatchETagExcept("*")
	return o
}

func contentType(key string) string {
	switch path.Ext(key) {
	case ".pdf":
		return "application/pdf"
	case ".json":
		return "application/json"
	case ".ndjson":
		return "application/x-ndjson"
	}
	return "application/octet-stream"
}

// putWhole sends an object in one request, which the server accepts only if
// the key is free and the hash is right.
func (s *S3) putWhole(ctx context.Context, key string, body io.ReadSeeker, size int64, sum postroom.Hash) error {
	const rounds = 4
	for round := 1; ; round++ {
		err := s.putOnce(ctx, key, body, size, sum)
		if err == nil || !conflict(err) {
			return err
		}
		// Somebody has written it, or this very call did and the answer was lost.
		done, compared := s.compare(ctx, key, size, sum)
		if done || compared != nil {
			return compared
		}
		if round == rounds {
			return &postroom.Problem{Kind: postroom.Temporary, Err: err,
				Reason: "the object store says that the object is there and does not show it", Hint: "the work goes on by itself"}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(round) * 100 * time.Millisecond):
		}
	}
}

func (s *S3) putOnce(ctx context.Context, key string, body io.ReadSeeker, size int64, sum postroom.Hash) error {
	ctx, cancel := s.limit(ctx, size)
	defer cancel()
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	info, err := s.core.Client.PutObject(ctx, s.config.Bucket, s.name(key), body, size, s.options(key, sum, true))
	if conflict(err) {
		return err
	}
	if err != nil {
		return s.problem(ctx, err)
	}
	if info.ChecksumSHA256 != "" {
		return nil // the server has computed it and found it right
	}
	return s.confirm(ctx, key, size, sum)
}

// putParts sends an object part by part. Nothing appears before the last step,
// which is taken only when the whole body was right.
func (s *S3) putParts(ctx context.Context, key string, body *checkedReader, size int64, sum postroom.Hash) error {
	options := s.options(key, sum, false)
	begin, cancel := s.limit(ctx, 0)
	defer cancel()
	id, err := s.core.NewMultipartUpload(begin, s.config.Bucket, s.name(key), options)
	if err != nil {
		return s.problem(begin, err)
	}
	completed := false
	defer func() {
		if completed {
			return
		}
		// The bucket's lifecycle rule removes what this cannot.
		end, cancel := s.limit(context.WithoutCancel(ctx), 0)
		defer cancel()
		s.core.AbortMultipartUpload(end, s.config.Bucket, s.name(key), id)
	}()

	partSize := int64(memoryBody)
	for size > partSize*10_000 { // S3 allows no more parts
		partSize *= 2
	}
	buffer := make([]byte, min(partSize, size))
	var parts []minio.CompletePart
	for number := 1; ; number++ {
		n, err := io.ReadFull(body, buffer)
		last := err == io.EOF || err == io.ErrUnexpectedEOF && body.n == size
		if err != nil && !last {
			return err
		}
		if n > 0 {
			part, err := s.putPart(ctx, key, id, number, buffer[:n])
			if err != nil {
				return err
			}
			parts = append(parts, part)
		}
		if last {
			break
		}
	}
	if _, err := body.Read(make([]byte, 1)); err != io.EOF {
		return err
	}

	if done, err := s.compare(ctx, key, size, sum); done || err != nil {
		return err
	}
	complete := minio.PutObjectOptions{}
	complete.SetMatchETagExcept("*")
	end, cancel2 := s.limit(ctx, size) // servers may copy the parts together now
	defer cancel2()
	_, err = s.core.CompleteMultipartUpload(end, s.config.Bucket, s.name(key), id, parts, complete)
	completed = err == nil
	if err != nil && !conflict(err) && errorCode(err) != minio.NoSuchUpload {
		return s.problem(end, err)
	}
	// NoSuchUpload is the answer to a repeat whose first answer was lost.
	switch done, compared := s.compare(ctx, key, size, sum); {
	case done || compared != nil:
		return compared
	case err != nil:
		return s.problem(end, err)
	default:
		return notThere(nil)
	}
}

func (s *S3) putPart(ctx context.Context, key, id string, number int, b []byte) (minio.CompletePart, error) {
	ctx, cancel := s.limit(ctx, int64(len(b)))
	defer cancel()
	part, err := s.core.PutObjectPart(ctx, s.config.Bucket, s.name(key), id, number, bytes.NewReader(b), int64(len(b)),
		minio.PutObjectPartOptions{Sha256Hex: string(postroom.HashOf(b))})
	if err != nil {
		return minio.CompletePart{}, s.problem(ctx, err)
	}
	return minio.CompletePart{PartNumber: part.PartNumber, ETag: part.ETag}, nil
}

// compare looks at what is under the key: true when it has these contents,
// false when there is nothing, taken when it has others.
func (s *S3) compare(ctx context.Context, key string, size int64, sum postroom.Hash) (bool, error) {
	there, err := s.Stat(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case there.Size != size, there.Hash != "" && there.Hash != sum:
		return false, taken(key)
	case there.Hash == sum:
		return true, nil
	}
	// Written by something else than this program: read it.
	if err := Verify(ctx, s, key, sum); errors.Is(err, ErrBody) {
		return false, taken(key)
	} else if err != nil {
		return false, err
	}
	return true, nil
}

// confirm is for servers that accept the hash and do not say that they checked it.
func (s *S3) confirm(ctx context.Context, key string, size int64, sum postroom.Hash) error {
	switch done, err := s.compare(ctx, key, size, sum); {
	case err != nil:
		return err
	case !done:
		return notThere(nil)
	}
	return nil
}

func notThere(err error) error {
	return &postroom.Problem{Kind: postroom.Temporary, Err: err,
		Reason: "the object store accepted an object and does not show it", Hint: "look at the server; the work goes on by itself"}
}
