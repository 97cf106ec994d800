package store

import (
	"context"
	"errors"
	"io/fs"

	"github.com/postroom/postroom"
)

// checkVersioning reads back whether the bucket keeps versions. Postroom never
// overwrites; versions keep what somebody else removes or overwrites.
func (s *S3) checkVersioning(ctx context.Context) error {
	if !s.config.Versioning {
		return nil
	}
	none := func(err error) error {
		return &postroom.Problem{Kind: postroom.Misconfigured, Err: err,
			Reason: "the bucket " + s.config.Bucket + " does not keep versions as asked",
			Hint:   "turn versioning on for the bucket, or leave it out of the configuration"}
	}
	reading, cancel := s.limit(ctx, 0)
	defer cancel()
	v, err := s.core.Client.GetBucketVersioning(reading, s.config.Bucket)
	if err = s.problem(reading, err); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errorCode(err) == "NotImplemented" {
			return none(err)
		}
		return err
	}
	if !v.Enabled() {
		return none(errors.New("versioning is " + v.Status))
	}
	return nil
}
