// Package postroom names the things that Postroom works with and the rules
// that need nothing else: messages, attachments, pages, words, documents,
// fields, patients, records, and the rule for safe filing.
//
// Every other package of the project may import this one; it imports none of
// them. The stages (ingest, ocr, classify, store) take and return these types
// as plain values, so each can be understood, tested and timed alone.
//
// The way of a message:
//
//	receive   a source hands over a Message and its bytes      (ingest)
//	read      its attachments become Pages with Words          (ocr)
//	sort      Pages become Documents with Fields and a Patient (classify)
//	decide    a Document is filed, or held with reasons        (Decide, here)
//	file      a Record and its files go to object storage      (store)
//
// Patient data never belongs in an error text, a log line or an object key.
// The types that hold it print as "[patient data]" through log/slog.
package postroom

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// A Hash is a SHA-256 (FIPS 180-4) in lower-case hexadecimal, 64 characters.
type Hash string

// HashOf returns the hash of b.
func HashOf(b []byte) Hash {
	sum := sha256.Sum256(b)
	return Hash(hex.EncodeToString(sum[:]))
}

// HashReader returns the hash and the length in bytes of what r yields.
func HashReader(r io.Reader) (Hash, int64, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return "", n, err
	}
	return Hash(hex.EncodeToString(h.Sum(nil))), n, nil
}

// ParseHash checks that s is a hash.
func ParseHash(s string) (Hash, error) {
	if len(s) != 2*sha256.Size {
		return "", fmt.Errorf("a SHA-256 has %d hexadecimal characters, not %d", 2*sha256.Size, len(s))
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", fmt.Errorf("a SHA-256 is written in 0-9 and a-f")
		}
	}
	return Hash(s), nil
}

// A Confidence is the probability that something is right, from 0 to 1.
type Confidence float64
