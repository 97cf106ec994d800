package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/postroom/postroom/testdata/servers"
)

// policyOf reads a policy of deploy/s3 for a bucket, and gives it to a user: policies of users
// name nobody, those of buckets must.
func policyOf(t *testing.T, name, bucket, user string) (statements []map[string]any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "deploy", "s3", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(b), "practice-post", bucket)), &policy); err != nil {
		t.Fatalf("%s.json: %v", name, err)
	}
	if policy.Version != "2012-10-17" || len(policy.Statement) == 0 {
		t.Fatalf("%s.json is no policy", name)
	}
	for _, s := range policy.Statement {
		s["Principal"] = map[string]any{"AWS": []string{user}}
	}
	return policy.Statement
}

// Workers, the desk, readers and the retention job can do on a real S3 server what they are
// for by the policies of deploy/s3, and nothing else.
func TestPoliciesOfLeastPrivilege(t *testing.T) {
	server := servers.S3(t)
	bucket := server.NewBucket("", false)
	other := server.NewBucket("", false)
	users := []string{"worker", "desk", "reader", "retention"}
	clients := map[string]*minio.Client{}
	configs := map[string]S3Config{}
	var statements []map[string]any
	for _, u := range users {
		secret := server.NewUser(u)
		clients[u] = server.ClientOf(u, secret)
		configs[u] = s3Config(server, bucket)
		c := configs[u]
		c.AccessKey, c.SecretKey = u, secret
		configs[u] = c
		statements = append(statements, policyOf(t, u, bucket, u)...)
	}
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Client().SetBucketPolicy(t.Context(), bucket, string(policy)); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	n := 0
	// What a user does, on an object that is there; root makes it anew each time.
	actions := map[string]func(c *minio.Client, key string) error{
		"read": func(c *minio.Client, key string) error {
			_, err := c.StatObject(ctx, bucket, key, minio.StatObjectOptions{})
			return err
		},
		"write": func(c *minio.Client, key string) error {
			n++
			_, err := c.PutObject(ctx, bucket, fmt.Sprintf("%s-%d", key, n), strings.NewReader("x"), 1, minio.PutObjectOptions{})
			return err
		},
		"remove": func(c *minio.Client, key string) error {
			return c.RemoveObject(ctx, bucket, key, minio.RemoveObjectOptions{})
		},
		"list": func(c *minio.Client, key string) error {
			prefix, _, _ := strings.Cut(key, "/")
			for o := range c.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{Prefix: prefix + "/", Recursive: true}) {
				return o.Err
			}
			return fmt.Errorf("nothing is listed")
		},
	}
	keys := []string{"originals/a", "documents/2026/03/12/a/record.json", "manifests/2026/03/12/a.ndjson", "audit/a", "checks/a", "elsewhere/a"}
	may := map[string]map[string]string{ // to the first folders of the keys
		"worker":    {"read": "originals documents manifests audit checks", "write": "originals documents manifests audit checks", "remove": "checks", "list": "originals documents manifests audit checks elsewhere"},
		"desk":      {"read": "originals documents audit checks", "write": "originals audit checks", "remove": "checks", "list": "originals documents manifests audit checks elsewhere"},
		"reader":    {"read": "documents manifests", "list": "documents manifests"},
		"retention": {"read": "originals documents audit checks", "write": "audit checks", "remove": "originals documents checks", "list": "originals documents manifests audit checks elsewhere"},
	}
	tried := 0
	for _, u := range users {
		for _, key := range keys {
			for what, do := range actions {
				if _, err := server.Client().PutObject(ctx, bucket, key, strings.NewReader("x"), 1, minio.PutObjectOptions{}); err != nil {
					t.Fatal(err)
				}
				folder, _, _ := strings.Cut(key, "/")
				want := strings.Contains(" "+may[u][what]+" ", " "+folder+" ")
				err := do(clients[u], key)
				if (err == nil) != want {
					t.Errorf("%s may %s %s: %v, not %v: %v", u, what, key, err == nil, want, err)
				}
				if err != nil && minio.ToErrorResponse(err).StatusCode != 403 {
					t.Errorf("%s: %s %s: %v", u, what, key, err)
				}
				tried++
			}
		}
		// Nobody touches the bucket itself, or another.
		for what, err := range map[string]error{
			"change the policy":    clients[u].SetBucketPolicy(ctx, bucket, string(policy)),
			"take the policy away": clients[u].SetBucketPolicy(ctx, bucket, ""),
			"remove the bucket":    clients[u].RemoveBucket(ctx, bucket),
			"change versioning":    clients[u].EnableVersioning(ctx, bucket),
			"make a bucket":        clients[u].MakeBucket(ctx, "of-"+u, minio.MakeBucketOptions{}),
			"write elsewhere": func() error {
				_, err := clients[u].PutObject(ctx, other, "a", strings.NewReader("x"), 1, minio.PutObjectOptions{})
				return err
			}(),
		} {
			tried++
			if err == nil {
				t.Errorf("%s may %s", u, what)
			}
		}
	}
	t.Logf("%d requests by %d users, each allowed or refused as it should be", tried, len(users))

	// Postroom itself is content with what each may do.
	for _, u := range []string{"worker", "desk"} {
		if err := mustOpenS3(t, configs[u]).Check(ctx); err != nil {
			t.Errorf("postroom doctor as %s: %v", u, err)
		}
	}
	worker := mustOpenS3(t, configs["worker"])
	mustPut(t, worker, "documents/2026/03/13/b/record.json", []byte("b"))
	if err := Purge(ctx, worker, "documents/2026/03/13/b/record.json"); err == nil {
		t.Error("a worker can purge")
	}
	if err := Purge(ctx, mustOpenS3(t, configs["retention"]), "documents/2026/03/13/b/record.json"); err != nil {
		t.Error("the retention job cannot purge:", err)
	}
	if keys := list(t, worker, "documents/2026/03/13/"); len(keys) != 0 {
		t.Errorf("%v is left", keys)
	}
}

// The examples of settings are what S3 takes: the lifecycle never removes what is kept.
func TestBucketSettings(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "deploy", "s3", "lifecycle.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lifecycle struct {
		Rules []struct {
			ID, Status string
			Filter     struct{ Prefix string }
			Expiration, NoncurrentVersionExpiration,
			AbortIncompleteMultipartUpload map[string]int
		}
	}
	if err := json.Unmarshal(b, &lifecycle); err != nil || len(lifecycle.Rules) != 2 {
		t.Fatal(lifecycle, err)
	}
	for _, r := range lifecycle.Rules {
		if r.Status != "Enabled" || r.Filter.Prefix != "checks/" && (r.Expiration != nil || r.NoncurrentVersionExpiration != nil) {
			t.Errorf("%+v removes what is kept", r)
		}
	}
}
