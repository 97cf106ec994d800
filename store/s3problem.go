package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom"
)

// problem says what an error of the server or of the way to it means. ctx is
// the one that the request had.
func (s *S3) problem(ctx context.Context, err error) error {
	say := func(kind postroom.ProblemKind, reason, hint string) error {
		return &postroom.Problem{Kind: kind, Reason: reason, Hint: hint, Err: err}
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		if context.Cause(ctx) == errSlow {
			err = errSlow
			return say(postroom.Temporary, "the object store does not answer in time", "look at the server and at the line to it; the work goes on by itself")
		}
		return ctx.Err()
	}

	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		switch answer.Code {
		case minio.NoSuchKey:
			return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
		case minio.NoSuchBucket:
			return say(postroom.Misconfigured, "the bucket "+s.config.Bucket+" does not exist", "make the bucket or correct its name")
		case "InvalidAccessKeyId", "InvalidAccessKeyID", "XAdminNoSuchUser", "XAdminUserNotFound", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "AuthorizationHeaderMalformed":
			return say(postroom.Misconfigured, "the object store does not accept the access key", "correct the access key and secret key, and the region")
		case "RequestTimeTooSkewed":
			return say(postroom.Misconfigured, "the clocks of this machine and of the object store differ", "set both clocks (NTP)")
		case "InvalidBucketName", "PermanentRedirect", "IllegalLocationConstraintException":
			return say(postroom.Misconfigured, "the bucket "+s.config.Bucket+" cannot be used at this endpoint", "correct the bucket's name, the endpoint or the region")
		case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody", "RequestTimeout":
			return say(postroom.Temporary, "an object was damaged or cut off on its way to the object store", "the work goes on by itself")
		case "InvalidRequest":
			if strings.Contains(answer.Message, "bject") && strings.Contains(answer.Message, "ock") {
				return say(postroom.Misconfigured, "the bucket "+s.config.Bucket+" has no object lock", "make a bucket with object lock, or leave retention out of the configuration")
			}
		case "InvalidArgument", "NotImplemented":
			return say(postroom.Misconfigured, "the object store refuses what it is asked for", "correct the settings for encryption and retention")
		case "XMinioStorageFull", "QuotaExceeded", "InsufficientStorage":
			return say(postroom.Temporary, "the object store is full", "free some space; the work goes on by itself")
		case "SlowDown", "SlowDownWrite", "SlowDownRead":
			return say(postroom.Temporary, "the object store is overloaded", "the work goes on by itself")
		}
		switch status := answer.StatusCode; {
		case strings.HasPrefix(strings.ToLower(answer.Code), "kms") && status < 500:
			// KMS.NotFoundException with AWS, kms:KeyNotFound with MinIO, and their like.
			return say(postroom.Misconfigured, "the object store cannot encrypt with the key that it is asked for", "correct the settings for encryption, and look whether the server has the key and may use it")
		case status == http.StatusForbidden || answer.Code == minio.AccessDenied:
			return say(postroom.Misconfigured, "the access key may not do this in the bucket "+s.config.Bucket, "compare the key's policy with the one in docs/storage.md")
		case status == http.StatusUnauthorized:
			return say(postroom.Misconfigured, "the object store does not accept the access key", "correct the access key and secret key")
		case status == http.StatusInsufficientStorage:
			return say(postroom.Temporary, "the object store is full", "free some space; the work goes on by itself")
		case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
			return say(postroom.Temporary, "the object store has trouble of its own", "look at the server; the work goes on by itself")
		}
		return err
	}

	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return say(postroom.Misconfigured, "the object store's certificate is signed by an authority that is not known here", "name the authority's certificate as the CA file")
	case errors.As(err, &name), errors.As(err, &invalid):
		return say(postroom.Misconfigured, "the object store's certificate does not hold for this endpoint", "use the name in the certificate, or renew it")
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return say(postroom.Misconfigured, "the object store does not speak TLS at this endpoint", "correct the port")
	}
	var dns *net.DNSError
	var network net.Error
	var request *url.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return say(postroom.Temporary, "the name of the object store's server is not found", "correct the endpoint, or look at this machine's name service")
	case errors.As(err, &network), errors.As(err, &request), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return say(postroom.Temporary, "the object store cannot be reached", "look at the server and at the line to it; the work goes on by itself")
	}
	return err
}

func errorCode(err error) string {
	var answer minio.ErrorResponse
	errors.As(err, &answer)
	return answer.Code
}

// conflict reports whether the key is, or is just being, written by somebody.
func conflict(err error) bool {
	var answer minio.ErrorResponse
	return errors.As(err, &answer) && (answer.StatusCode == http.StatusPreconditionFailed ||
		answer.Code == "PreconditionFailed" || answer.Code == "ConditionalRequestConflict" || answer.Code == "OperationAborted")
}
