package postroom

import "time"

// An Object is what an object store tells about one of its objects.
type Object struct {
	Key  string
	Size int64 // bytes
	// Hash is the SHA-256 of the contents. It is empty when the store does not
	// know it without reading the object.
	Hash     Hash
	Modified time.Time // UTC, when it was written
}
