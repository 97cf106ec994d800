package store

import (
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

// A bucket that does not keep versions is refused, before anything is written.
func TestS3VersioningIsReadBack(t *testing.T) { testS3VersioningIsReadBack(t, servers.S3(t)) }

func testS3VersioningIsReadBack(t *testing.T, server *servers.S3Server) {
	for _, withLock := range []bool{false, true} { // object lock brings versioning with it
		config := s3Config(server, server.NewBucket("", withLock))
		config.Versioning = true
		s := mustOpenS3(t, config)
		err := s.Check(t.Context())
		if withLock && err != nil || !withLock && kindOf(err) != postroom.Misconfigured {
			t.Errorf("with versions %v: %v", withLock, err)
		}
		if err := put(s, "work/x", []byte("x")); (err == nil) != withLock {
			t.Errorf("with versions %v: put says %v", withLock, err)
		}
	}
}
