package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/postroom/postroom"
)

// S3Config says where the bucket is and how objects are kept in it.
type S3Config struct {
	// Endpoint is "s3.eu-west-2.amazonaws.com", "minio.practice.example:9000" or
	// the same as a URL. Without TLS ("http://") only this machine is accepted.
	Endpoint string
	Region   string // needed for AWS only
	Bucket   string // must exist
	Prefix   string // put before each key; empty or "postroom/"

	// Without an access key the keys come from the environment (AWS_ACCESS_KEY_ID
	// ...), ~/.aws/credentials or the machine's role, in this order.
	AccessKey    string
	SecretKey    string
	SessionToken string

	CAFile    string // PEM file of the authority that signed the server's certificate; empty for the system's
	PathStyle bool   // always https://host/bucket/key; else AWS gets https://bucket.host/key

	// Encryption is "", "sse-s3" or "sse-kms" (with KMSKey). When it is set, or
	// Retention is, nothing is written before a test object was seen to be kept so.
	Encryption string
	KMSKey     string

	// Retention is "", "governance" or "compliance": originals, documents and
	// manifests cannot be removed by anybody for RetentionDays days. The bucket
	// needs object lock.
	Retention     string
	RetentionDays int
	LegalHold     bool // until somebody lifts it
	Versioning    bool // refused unless the bucket really keeps versions

	// Timeout is the longest that a request without a body may take, tries
	// together; bodies get more by their size. 0 means one minute.
	Timeout time.Duration
	Tries   int // of each request; 0 means 5

	AllowRemoval bool // lets Remove remove what is kept; for the retention job
}

// An S3 keeps objects in a bucket of an S3 server.
//
// Put sends the SHA-256 for the server to check and the condition that the key
// is free, in one request. Only bodies too large for one request go up in
// parts; not every server honours the condition for these (versitygw does
// not), so Put also looks before and after. Two writers that complete different
// large bodies under one key in the same moment could overwrite each other
// there: such keys should be made from the contents, as those of originals are.
type S3 struct {
	config     S3Config
	core       minio.Core
	secure     bool
	encryption encrypt.ServerSide

	mu   sync.Mutex
	safe bool // a test object was seen to be encrypted and locked as asked
}

const (
	// memoryBody is how much of a body that cannot be read twice is held in memory.
	memoryBody = 16 << 20
	// singleBody is the largest body that goes up in one request.
	singleBody = 128 << 20
	// slowest is the transfer rate, in bytes a second, below which a request is given up.
	slowest = 128 << 10
)

// OpenS3 checks the configuration. It does not connect, so that a program can
// start while the server is away; Check does.
func OpenS3(config S3Config) (*S3, error) {
	bad := func(err error, reason, hint string) (*S3, error) {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: hint, Err: err}
	}
	host, secure, err := endpoint(config.Endpoint)
	if err != nil {
		return bad(err, "the endpoint of the object store is not understood", `write it as host:port or as https://host:port`)
	}
	if !secure && !loopback(host) {
		return bad(nil, "the object store would be used without encryption in transit", "write https:// in the endpoint")
	}
	if config.Bucket == "" {
		return bad(nil, "no bucket is named for the object store", "write the bucket's name")
	}
	if config.Prefix = strings.TrimSuffix(config.Prefix, "/"); config.Prefix != "" {
		config.Prefix += "/"
	}
	if err := checkPrefix(config.Prefix); err != nil {
		return bad(err, "the prefix of the object store cannot be used", `write a prefix such as "postroom/"`)
	}
	if (config.AccessKey == "") != (config.SecretKey == "") {
		return bad(nil, "only one of access key and secret key of the object store is given", "give both, or none to use the machine's role")
	}
	s := &S3{secure: secure}
	switch config.Encryption {
	case "":
	case "sse-s3":
		s.encryption = encrypt.NewSSE()
	case "sse-kms":
		if s.encryption, err = encrypt.NewSSEKMS(config.KMSKey, nil); err != nil || config.KMSKey == "" {
			return bad(err, "no key is named for the encryption sse-kms", "write the key's id")
		}
	default:
		return bad(nil, fmt.Sprintf("the encryption %q is not known", config.Encryption), `write "sse-s3" or "sse-kms", or leave it out`)
	}
	switch config.Retention {
	case "":
	case "governance", "compliance":
		if config.RetentionDays <= 0 {
			return bad(nil, "retention is asked for without a number of days", "write for how many days objects are kept")
		}
	default:
		return bad(nil, fmt.Sprintf("the retention %q is not known", config.Retention), `write "governance" or "compliance", or leave it out`)
	}
	if config.Timeout == 0 {
		config.Timeout = time.Minute
	}
	if config.Tries == 0 {
		config.Tries = 5
	}

	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: config.Timeout,
		ExpectContinueTimeout: 10 * time.Second,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       time.Minute,
		DisableCompression:    true, // an object is what was put, not what it unpacks to
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if config.CAFile != "" {
		pem, err := os.ReadFile(config.CAFile)
		if err != nil {
			return bad(err, "the CA file of the object store cannot be read", "write the path of a PEM file")
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return bad(nil, "the CA file of the object store holds no certificate", "write the path of a PEM file")
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	creds := credentials.NewStaticV4(config.AccessKey, config.SecretKey, config.SessionToken)
	if config.AccessKey == "" {
		creds = credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{},
			&credentials.IAM{Client: &http.Client{Timeout: 10 * time.Second}},
		})
	}
	options := &minio.Options{
		Creds: creds, Secure: secure, Transport: transport, Region: config.Region,
		MaxRetries: config.Tries, TrailingHeaders: true,
	}
	if config.PathStyle {
		options.BucketLookup = minio.BucketLookupPath
	}
	if options.Region == "" && !strings.HasSuffix(host, ".amazonaws.com") {
		options.Region = "us-east-1" // else each start asks, which a narrow policy forbids
	}
	client, err := minio.New(host, options)
	if err != nil {
		return bad(err, "the endpoint of the object store is not understood", `write it as host:port or as https://host:port`)
	}
	client.SetAppInfo("postroom", "1")
	s.config, s.core = config, minio.Core{Client: client}
	return s, nil
}

// endpoint splits "https://host:port" or "host:port".
func endpoint(s string) (host string, secure bool, err error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", false, errors.New("not a URL") // url.Error would repeat keys written into it
	}
	if u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", false, errors.New("not the URL of a server")
	}
	return u.Host, u.Scheme == "https", nil
}

func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

func (s *S3) name(key string) string { return s.config.Prefix + key }

// errSlow is the cause of a context that this package ended.
var errSlow = errors.New("the object store took too long")

// limit bounds one call that moves so many bytes.
func (s *S3) limit(ctx context.Context, bytes int64) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.config.Timeout+time.Duration(bytes/slowest)*time.Second, errSlow)
}
