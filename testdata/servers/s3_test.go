package servers_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom/testdata/servers"
)

func TestS3KeepsObjectsOverARestart(t *testing.T) {
	t.Parallel()
	s := servers.S3(t)
	bucket := s.NewBucket("letters", false)
	client := s.Client()
	ctx := context.Background()
	body := bytes.Repeat([]byte("page "), 1000)
	put := func() error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		_, err := client.PutObject(ctx, bucket, "a/b.pdf", bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{UserMetadata: map[string]string{"Sha": "x"}})
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	endpoint := s.Endpoint
	s.Stop()
	if put() == nil {
		t.Error("a stopped server took an object")
	}
	for _, end := range []func(){func() {}, s.Kill, func() {}} {
		end()
		s.Restart()
		if s.Endpoint != endpoint {
			t.Fatalf("the restart moved the server from %s to %s", endpoint, s.Endpoint)
		}
		object, err := client.GetObject(ctx, bucket, "a/b.pdf", minio.GetObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(object)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("after the restart: %d bytes, %v; want %d", len(got), err, len(body))
		}
		info, err := client.StatObject(ctx, bucket, "a/b.pdf", minio.StatObjectOptions{})
		if err != nil || info.UserMetadata["Sha"] != "x" {
			t.Errorf("after the restart: metadata %v, %v", info.UserMetadata, err)
		}
	}
}

func TestS3Buckets(t *testing.T) {
	t.Parallel()
	s := servers.S3(t)
	ctx := context.Background()
	a, b := s.NewBucket("", false), s.NewBucket("", true)
	if a == b {
		t.Fatalf("two new buckets are both called %s", a)
	}
	client := s.Client()
	if lock, _, _, _, err := client.GetObjectLockConfig(ctx, b); err != nil || lock != "Enabled" {
		t.Errorf("object lock of the locked bucket: %q, %v", lock, err)
	}
	info, err := client.PutObject(ctx, b, "kept", bytes.NewReader([]byte("x")), 1, minio.PutObjectOptions{
		Mode: minio.Compliance, RetainUntilDate: time.Now().Add(time.Hour), SendContentMd5: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if info.VersionID == "" {
		t.Error("the locked bucket keeps no versions")
	}
	if err := client.RemoveObject(ctx, b, "kept", minio.RemoveObjectOptions{VersionID: info.VersionID}); err == nil {
		t.Error("a locked version was removed")
	}
	if err := client.EnableVersioning(ctx, a); err != nil {
		t.Errorf("versioning on a plain bucket: %v", err)
	}
}

func TestS3RefusesStrangers(t *testing.T) {
	t.Parallel()
	s := servers.S3(t)
	s.NewBucket("letters", false)
	s.SecretKey = "not it"
	if _, err := s.Client().BucketExists(context.Background(), "letters"); err == nil {
		t.Error("a wrong secret was accepted")
	}
}
