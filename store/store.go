// Package store keeps Postroom's objects: the messages as they arrived, the
// filed documents with their records, and the lists that downstream systems
// follow. It also makes what is filed: the record with its JSON Schema, the
// FHIR R4 bundle, the manifest of a run, and exports as JSON lines or CSV.
//
// [Objects] has two implementations with the same keys and the same promises,
// [Folder] and [S3]; one suite of tests runs on both. [Filer] writes a
// document so that its record appears last: a document without a record is
// not filed, and filing it again after a crash at any point completes it.
//
//	originals/<sha256>                                    raw message or attachment
//	documents/<yyyy>/<mm>/<dd>/<document-id>/document.pdf
//	documents/<yyyy>/<mm>/<dd>/<document-id>/fhir.json
//	documents/<yyyy>/<mm>/<dd>/<document-id>/record.json  last
//	manifests/<yyyy>/<mm>/<dd>/<run-id>.ndjson
//
// An object is never overwritten. Keys hold no patient data.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/postroom/postroom"
)

// Objects is a place for objects. It may be used by many goroutines, and by
// many processes on many machines, at once.
type Objects interface {
	// Put writes an object once. The body must have the given size in bytes and
	// the given SHA-256; both are checked while writing, and a body that is
	// short, long or different leaves nothing behind (ErrBody). Readers see the
	// whole object or none. After Put returned nil the object survives a crash.
	//
	// When the key is taken already, Put returns nil if the contents are the
	// same and ErrExists if they are not; the body may then be left unread.
	// Of several writers at once one wins and the others learn of it so.
	Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error

	// Open reads an object from its beginning; fs.ErrNotExist when there is none.
	// The caller closes it. Cancelling ctx ends reading.
	Open(ctx context.Context, key string) (io.ReadCloser, error)

	// Stat tells about an object; fs.ErrNotExist when there is none.
	Stat(ctx context.Context, key string) (postroom.Object, error)

	// List calls each for every object whose key begins with prefix, ordered by
	// key bytewise. It ends with the first error; fs.SkipAll ends it with nil.
	// Objects written while it runs may be missing.
	List(ctx context.Context, prefix string, each func(postroom.Object) error) error

	// Remove removes an object; nil when there is none. It refuses
	// what is kept (ErrKept) unless the store was opened with AllowRemoval.
	Remove(ctx context.Context, key string) error

	// Check writes, reads and removes an object under checks/ and looks whether
	// the store keeps the promises above. Its error says what to do.
	Check(ctx context.Context) error
}

var (
	// ErrExists says that the key is taken by an object with other contents.
	ErrExists = errors.New("an object with this key and other contents is there already")
	// ErrBody says that a body is not what was announced.
	ErrBody = errors.New("the bytes are not the ones that were announced")
	// ErrKept says that an object is not for removing.
	ErrKept = errors.New("the object is kept")
)

func taken(key string) error {
	return &postroom.Problem{
		Kind:   postroom.BadInput,
		Reason: "the object store has other contents under the key " + key,
		Hint:   "nothing was overwritten; run postroom reconcile --deep to see whether it was altered",
		Err:    ErrExists,
	}
}

// Verify reads the whole object and compares it with the hash. A difference is
// an ErrBody, a missing object fs.ErrNotExist.
func Verify(ctx context.Context, objects Objects, key string, want postroom.Hash) error {
	r, err := objects.Open(ctx, key)
	if err != nil {
		return err
	}
	defer r.Close()
	got, n, err := postroom.HashReader(contextReader{ctx, r})
	if err != nil {
		return fmt.Errorf("read %s to verify it: %w", key, err)
	}
	if got != want {
		return postroom.Bad(fmt.Errorf("%s (%d bytes) has SHA-256 %s, not %s: %w", key, n, got, want, ErrBody),
			"the object "+key+" is not what was written", "restore it from a backup or from an earlier version in the bucket")
	}
	return nil
}
