package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"

	"github.com/postroom/postroom"
)

// An Encrypted keeps objects in another store, each encrypted with age
// (age-encryption.org/v1): keys and promises are the same, and whoever gets hold
// of the disk or its backups has nothing without the identity. What the keys tell
// (days, hashes, numbers of documents) stays readable.
//
// Encrypting twice gives different bytes, so what is compared is always what
// the objects hold. Sizes are those of the contents.
type Encrypted struct {
	objects    Objects
	recipients []age.Recipient
	identities []age.Identity
	temp       string // folder for ciphertexts on their way
}

// AgeConfig says for whom objects are encrypted and what reads them.
type AgeConfig struct {
	// Recipients are public keys, "age1...": any of their identities can read
	// what is written. Name one whose identity lies in a safe, too.
	Recipients []string
	// Identities are secret keys, "AGE-SECRET-KEY-1...". Earlier ones stay in the
	// list as long as there is something that was written for them.
	Identities []string
	// TempDir holds ciphertexts of large objects on their way; the system's by default.
	TempDir string
}

// NewEncrypted encrypts what is put into objects and decrypts what is read.
func NewEncrypted(objects Objects, c AgeConfig) (*Encrypted, error) {
	bad := func(reason, hint string) (*Encrypted, error) { // the error of age could quote a secret key
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: hint}
	}
	e := &Encrypted{objects: objects, temp: c.TempDir}
	for _, text := range c.Recipients {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
		if err != nil {
			return bad("a recipient of the object store's encryption is not understood", `write public keys as age-keygen prints them: "age1..."`)
		}
		e.recipients = append(e.recipients, r)
	}
	for _, text := range c.Identities {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			i, err := age.ParseX25519Identity(line)
			if err != nil {
				return bad("an identity of the object store's encryption is not understood", `give secret keys as age-keygen prints them: "AGE-SECRET-KEY-1..."`)
			}
			e.identities = append(e.identities, i)
		}
	}
	if len(e.recipients) == 0 || len(e.identities) == 0 {
		return bad("encryption of the object store needs a recipient and an identity", "make them with age-keygen")
	}
	for _, r := range e.recipients {
		for _, i := range e.identities {
			if x, ok := i.(*age.X25519Identity); ok && x.Recipient().String() == r.(*age.X25519Recipient).String() {
				return e, nil
			}
		}
	}
	return bad("none of the identities can read what is written for the recipients", "name the recipient that belongs to the identity, too")
}

// memoryCiphertext is how much of a ciphertext is held in memory.
const memoryCiphertext = 8 << 20

// Put implements [Objects].
func (e *Encrypted) Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error {
	if err := checkPut(key, size, sum); err != nil {
		return err
	}
	if _, err := e.objects.Stat(ctx, key); err == nil {
		return e.compare(ctx, key, sum)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	spool := &ciphertext{h: sha256.New(), temp: e.temp}
	defer spool.close()
	w, err := age.Encrypt(spool, e.recipients...)
	if err != nil {
		return fmt.Errorf("encrypt %s: %w", key, err)
	}
	if _, err := io.Copy(w, newCheckedReader(ctx, body, size, sum)); err != nil {
		return fmt.Errorf("write %s: %w", key, diskProblem(err))
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("encrypt %s: %w", key, diskProblem(err))
	}
	sealed, err := spool.reader()
	if err != nil {
		return fmt.Errorf("write %s: %w", key, diskProblem(err))
	}
	err = e.objects.Put(ctx, key, sealed, spool.n, postroom.Hash(hex.EncodeToString(spool.h.Sum(nil))))
	if errors.Is(err, ErrExists) {
		return e.compare(ctx, key, sum) // somebody was faster; other bytes may hold the same
	}
	return err
}

func (e *Encrypted) compare(ctx context.Context, key string, sum postroom.Hash) error {
	err := Verify(ctx, e, key, sum)
	if errors.Is(err, ErrBody) {
		return taken(key)
	}
	return err
}

// Open implements [Objects].
func (e *Encrypted) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	sealed, err := e.objects.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(bufio.NewReaderSize(sealed, 64<<10), e.identities...)
	if err != nil {
		sealed.Close()
		return nil, ageProblem(ctx, key, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{&openedAge{ctx, key, plain}, sealed}, nil
}

// An openedAge says in plain words what is wrong with what it reads.
type openedAge struct {
	ctx context.Context
	key string
	r   io.Reader
}

func (o *openedAge) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	if err != nil && err != io.EOF {
		err = ageProblem(o.ctx, o.key, err)
	}
	return n, err
}

func ageProblem(ctx context.Context, key string, err error) error {
	var none *age.NoIdentityMatchError
	var known *postroom.Problem
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known):
		return err
	case errors.As(err, &none):
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the object " + key + " was encrypted for somebody else",
			Hint: "add the identity that it was encrypted for", Err: errors.New("no identity fits")}
	}
	return postroom.Bad(fmt.Errorf("%w: %w", ErrBody, err), "the object "+key+" is not what was written: it cannot be decrypted", "restore it from a backup")
}

// Stat implements [Objects].
func (e *Encrypted) Stat(ctx context.Context, key string) (postroom.Object, error) {
	o, err := e.objects.Stat(ctx, key)
	if err != nil {
		return o, err
	}
	return e.plain(ctx, o)
}

// plain tells of the contents what the store tells of the ciphertext.
func (e *Encrypted) plain(ctx context.Context, o postroom.Object) (postroom.Object, error) {
	sealed, err := e.objects.Open(ctx, o.Key)
	if err != nil {
		return o, err
	}
	defer sealed.Close()
	header, err := headerLength(sealed)
	if err != nil {
		return o, ageProblem(ctx, o.Key, err)
	}
	o.Hash = "" // it would be the ciphertext's
	o.Size = plainSize(o.Size - header)
	return o, nil
}

// headerLength returns how many bytes stand before the payload: lines, the
// last of which begins with "---" (age-encryption.org/v1, "Header").
func headerLength(r io.Reader) (n int64, err error) {
	lines := bufio.NewReaderSize(io.LimitReader(r, 64<<10), 4096)
	for first := true; ; first = false {
		line, err := lines.ReadString('\n')
		n += int64(len(line))
		if err != nil || first && line != "age-encryption.org/v1\n" {
			return 0, errors.New("it has no age header")
		}
		if strings.HasPrefix(line, "--- ") {
			return n, nil
		}
	}
}

// plainSize is the size of the contents of a payload: a nonce of 16 bytes, then
// chunks of 64 KiB with a tag of 16 bytes each.
func plainSize(payload int64) int64 {
	const chunk, tag, nonce = 64 << 10, 16, 16
	sealed := max(0, payload-nonce)
	chunks := (sealed + chunk + tag - 1) / (chunk + tag)
	return max(0, sealed-chunks*tag)
}

// List implements [Objects]. It reads the beginning of each object, for its size.
func (e *Encrypted) List(ctx context.Context, prefix string, each func(postroom.Object) error) error {
	return e.objects.List(ctx, prefix, func(o postroom.Object) error {
		o, err := e.plain(ctx, o)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if errors.Is(err, ErrBody) {
			o.Size, err = 0, nil // it is listed all the same; reading it says what is wrong
		}
		if err != nil {
			return err
		}
		return each(o)
	})
}

// Remove implements [Objects].
func (e *Encrypted) Remove(ctx context.Context, key string) error { return e.objects.Remove(ctx, key) }

// Check implements [Objects]. It also looks whether what lies in the store is
// really encrypted.
func (e *Encrypted) Check(ctx context.Context) error {
	if err := e.objects.Check(ctx); err != nil {
		return err
	}
	_, err := checkPromises(ctx, e)
	return err
}

// A ciphertext is held in memory, or in a file once it is large.
type ciphertext struct {
	temp string
	h    hash.Hash
	n    int64
	b    bytes.Buffer
	file *os.File
}

func (c *ciphertext) Write(p []byte) (int, error) {
	c.h.Write(p)
	c.n += int64(len(p))
	if c.file == nil && c.b.Len()+len(p) > memoryCiphertext {
		f, err := os.CreateTemp(c.temp, "postroom-sealed-*")
		if err != nil {
			return 0, err
		}
		os.Remove(f.Name()) // it goes with the process
		c.file = f
		if _, err := f.Write(c.b.Bytes()); err != nil {
			return 0, err
		}
		c.b = bytes.Buffer{}
	}
	if c.file != nil {
		return c.file.Write(p)
	}
	return c.b.Write(p)
}

func (c *ciphertext) reader() (io.Reader, error) {
	if c.file == nil {
		return bytes.NewReader(c.b.Bytes()), nil
	}
	_, err := c.file.Seek(0, io.SeekStart)
	return c.file, err
}

func (c *ciphertext) close() {
	if c.file != nil {
		c.file.Close()
	}
}
