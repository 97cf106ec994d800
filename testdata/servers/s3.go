package servers

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// An S3Server is a running versitygw or MinIO that keeps its objects in a folder,
// and speaks S3 over TLS only.
type S3Server struct {
	Endpoint  string // host:port, as minio-go wants it
	URL       string // https://host:port
	Region    string // us-east-1
	AccessKey string
	SecretKey string
	CA        *CA
	CAFile    string // the certificate that a client must trust, PEM
	Dir       string // one folder for each bucket, one file for each object

	t       testing.TB
	dir     string
	admin   string // the program that makes users; versitygw only
	health  string // the path that says whether it is ready
	command func() *exec.Cmd
	process *process
	keeper  *keeper
	running bool // it has been ready once
}

// S3 starts an S3 server with versioning available, and stops it when the test
// ends. It has no buckets yet.
//
// What it does not do, though it accepts it: server-side encryption, and
// "If-None-Match: *" on a multipart upload.
func S3(t testing.TB) *S3Server {
	t.Helper()
	s, program := newS3Server(t), goProgram(t, versitygwModule)
	versions, metadata := filepath.Join(s.dir, "versions"), filepath.Join(s.dir, "metadata")
	users := filepath.Join(s.dir, "users")
	s.makeDirs(s.Dir, versions, metadata, users)
	s.admin = program
	sidecar := !keepsAttributes(s.Dir)
	s.health = "/health"
	s.command = func() *exec.Cmd {
		args := []string{"--quiet", "--access", s.AccessKey, "--secret", s.SecretKey, "--region", s.Region, "--port", s.Endpoint,
			"--cert", s.CA.CertFile, "--key", s.CA.KeyFile, "--health", s.health, "--iam-dir", users, "posix", "--versioning-dir", versions}
		if sidecar {
			args = append(args, "--sidecar", metadata)
		}
		return exec.Command(program, append(args, s.Dir)...)
	}
	s.startAnywhere()
	return s
}

// MinIO starts a MinIO server with a key for server-side encryption named
// "postroom-test", and stops it when the test ends. It has no buckets yet. It does
// what S3 does not, and takes minutes to be built.
func MinIO(t testing.TB) *S3Server {
	t.Helper()
	s, program := newS3Server(t), goProgram(t, minioModule)
	certs := filepath.Join(s.dir, "certs")
	s.makeDirs(s.Dir, certs)
	for from, to := range map[string]string{s.CA.CertFile: "public.crt", s.CA.KeyFile: "private.key"} {
		if err := os.Symlink(from, filepath.Join(certs, to)); err != nil {
			t.Fatal(err)
		}
	}
	s.health = "/minio/health/ready"
	s.command = func() *exec.Cmd {
		cmd := exec.Command(program, "server", "--quiet", "--address", s.Endpoint, "--certs-dir", certs, s.Dir)
		cmd.Env = append(environment(s.dir), "MINIO_ROOT_USER="+s.AccessKey, "MINIO_ROOT_PASSWORD="+s.SecretKey, "MINIO_REGION="+s.Region,
			"MINIO_KMS_SECRET_KEY=postroom-test:"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32)), "MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_CI_CD=on")
		return cmd
	}
	s.startAnywhere()
	return s
}

func newS3Server(t testing.TB) *S3Server {
	t.Helper()
	s := &S3Server{t: t, Region: "us-east-1", AccessKey: "postroom", SecretKey: "postroom-test-secret", dir: newDir(t, "s3")}
	s.keeper = newKeeper(t, s.dir, "TERM")
	t.Cleanup(s.end)
	s.CA = NewCA(t, s.dir)
	s.CAFile = s.CA.CAFile
	s.Dir = filepath.Join(s.dir, "objects")
	return s
}

func (s *S3Server) makeDirs(dirs ...string) {
	s.t.Helper()
	for _, dir := range dirs {
		if err := os.Mkdir(dir, 0o755); err != nil {
			s.t.Fatalf("make the folders of the S3 server: %v", err)
		}
	}
}

// startAnywhere starts the server at a free port.
func (s *S3Server) startAnywhere() {
	s.t.Helper()
	for range 5 { // somebody may take the port between our look and the start
		s.Endpoint = address(freePort(s.t))
		s.URL = "https://" + s.Endpoint
		err := s.start()
		if err == nil {
			s.running = true
			return
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	s.t.Fatalf("the S3 server did not start; its log ends:\n%s", tail(s.log()))
}

func (s *S3Server) log() string { return filepath.Join(s.dir, "log") }

// keepsAttributes says whether the file system at dir stores the extended
// attributes that versitygw needs; older kernels' tmpfs does not.
func keepsAttributes(dir string) bool {
	return setAttribute(dir, "user.postroom", []byte("x")) == nil
}

func (s *S3Server) start() error {
	cmd := s.command()
	if cmd.Env == nil {
		cmd.Env = environment(s.dir)
	}
	p, err := launch(filepath.Base(cmd.Path), cmd, s.log(), syscall.SIGKILL)
	if err != nil {
		return err
	}
	s.process = p
	s.keeper.watch(p)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: s.CA.TLS(), DisableKeepAlives: true}, Timeout: 5 * time.Second}
	return p.waitReady(func() error {
		answer, err := client.Get(s.URL + s.health)
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("health answers %s", answer.Status)
		}
		return nil
	})
}

// Stop stops the server as an operator would. Its port refuses connections
// until Restart.
func (s *S3Server) Stop() {
	s.process.stop(syscall.SIGTERM)
	s.keeper.forget()
}

// Kill ends the server at once, in the middle of whatever it does.
func (s *S3Server) Kill() {
	s.process.kill()
	s.keeper.forget()
}

// Restart starts the server again with the same port and objects, and stops it
// before if it still runs.
func (s *S3Server) Restart() {
	s.t.Helper()
	s.Stop()
	if err := startAgain(s.start); err != nil {
		s.t.Fatalf("start the S3 server again: %v; its log ends:\n%s", err, tail(s.log()))
	}
}

func (s *S3Server) end() {
	if s.process != nil {
		s.Kill()
	}
	if s.running && s.t.Failed() {
		s.t.Logf("the log of the S3 server ends:\n%s", tail(s.log()))
	}
	s.keeper.close()
}

// TLS returns the configuration of a client that trusts the server.
func (s *S3Server) TLS() *tls.Config { return s.CA.TLS() }

// Client returns a client of the server, to look at what was stored.
func (s *S3Server) Client() *minio.Client { return s.ClientOf(s.AccessKey, s.SecretKey) }

// NewUser makes a user who may do nothing until a bucket's policy allows it, and
// returns the secret key. The server must come from S3.
func (s *S3Server) NewUser(accessKey string) (secretKey string) {
	s.t.Helper()
	secretKey = randomText()
	cmd := exec.Command(s.admin, "admin", "--access", s.AccessKey, "--secret", s.SecretKey, "--region", s.Region, "--endpoint-url", s.URL, "--allow-insecure",
		"create-user", "--access", accessKey, "--secret", secretKey, "--role", "user")
	cmd.Env = environment(s.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("make the user %s of the S3 server: %v: %s", accessKey, err, out)
	}
	return secretKey
}

// ClientOf returns a client of the server for one of its users.
func (s *S3Server) ClientOf(accessKey, secretKey string) *minio.Client {
	s.t.Helper()
	client, err := minio.New(s.Endpoint, &minio.Options{
		Creds:     credentials.NewStaticV4(accessKey, secretKey, ""),
		Secure:    true,
		Region:    s.Region,
		Transport: &http.Transport{TLSClientConfig: s.CA.TLS()},
	})
	if err != nil {
		s.t.Fatalf("connect to the S3 server: %v", err)
	}
	return client
}

// NewBucket makes a bucket and returns its name. An empty name asks for a new
// one. withLock turns on object lock, and with it versioning.
func (s *S3Server) NewBucket(name string, withLock bool) string {
	s.t.Helper()
	if name == "" {
		name = "test-" + strings.ToLower(randomText())
	}
	if err := s.Client().MakeBucket(context.Background(), name, minio.MakeBucketOptions{Region: s.Region, ObjectLocking: withLock}); err != nil {
		s.t.Fatalf("make bucket %s: %v", name, err)
	}
	return name
}
