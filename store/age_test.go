package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/postroom/postroom"
)

func newIdentity(t *testing.T) (identity, recipient string) {
	t.Helper()
	i, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return i.String(), i.Recipient().String()
}

func encryptedFolder(t *testing.T, dir string, c AgeConfig) *Encrypted {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	e, err := NewEncrypted(f, c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func openEncrypted(t *testing.T) Objects {
	identity, recipient := newIdentity(t)
	_, safe := newIdentity(t)
	return encryptedFolder(t, filepath.Join(t.TempDir(), "store"), AgeConfig{Recipients: []string{recipient, safe}, Identities: []string{"# a comment\n" + identity + "\n"}, TempDir: t.TempDir()})
}

func TestEncryptedFolder(t *testing.T) { testObjects(t, openEncrypted) }
func TestFilerEncrypted(t *testing.T)  { testFiler(t, openEncrypted) }

// What lies on the disk tells nothing; what was altered there is found, and
// whoever has another identity reads nothing.
func TestEncryptedOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	identity, recipient := newIdentity(t)
	safe, safeRecipient := newIdentity(t)
	other, otherRecipient := newIdentity(t)
	both := AgeConfig{Recipients: []string{recipient, safeRecipient}, Identities: []string{identity}}
	e := encryptedFolder(t, dir, both)
	secret := bytes.Repeat([]byte("Mrs Example, born 2 March 1948. "), 10_000)
	mustPut(t, e, "documents/a", secret)
	path := filepath.Join(dir, "documents", "a")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("Example")) || !bytes.HasPrefix(raw, []byte("age-encryption.org/v1\n")) {
		t.Error("it lies there in the clear")
	}
	if o, err := e.Stat(t.Context(), "documents/a"); err != nil || o.Size != int64(len(secret)) || o.Hash != "" {
		t.Errorf("%+v, %v", o, err)
	}
	inSafe := encryptedFolder(t, dir, AgeConfig{Recipients: both.Recipients, Identities: []string{safe}})
	if got := mustRead(t, inSafe, "documents/a"); !bytes.Equal(got, secret) {
		t.Error("the identity in the safe does not read it")
	}
	stranger := encryptedFolder(t, dir, AgeConfig{Recipients: []string{otherRecipient}, Identities: []string{other}})
	if _, err := stranger.Open(t.Context(), "documents/a"); kindOf(err) != postroom.Misconfigured {
		t.Errorf("a stranger: %v", err)
	}
	// After a change of keys the earlier identity still reads what it could.
	mustPut(t, encryptedFolder(t, dir, AgeConfig{Recipients: []string{otherRecipient}, Identities: []string{other, identity}}), "documents/a", secret)
	for _, at := range []int{10, 60, 300, len(raw) / 2, len(raw) - 1} {
		altered := append([]byte(nil), raw...)
		altered[at] ^= 1
		if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, altered, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := Verify(t.Context(), e, "documents/a", postroom.HashOf(secret)); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("altered at %d: %v", at, err)
		}
	}
	if err := os.WriteFile(path, raw[:len(raw)-100_000], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Verify(t.Context(), e, "documents/a", postroom.HashOf(secret)); !errors.Is(err, ErrBody) {
		t.Errorf("cut: %v", err)
	}
}

func TestNewEncryptedRefuses(t *testing.T) {
	identity, recipient := newIdentity(t)
	_, other := newIdentity(t)
	for what, c := range map[string]AgeConfig{
		"nothing":      {},
		"no identity":  {Recipients: []string{recipient}},
		"no recipient": {Identities: []string{identity}},
		"no key":       {Recipients: []string{"age1x"}, Identities: []string{identity}},
		"swapped":      {Recipients: []string{identity}, Identities: []string{recipient}},
		"not ours":     {Recipients: []string{other}, Identities: []string{identity}},
	} {
		_, err := NewEncrypted(nil, c)
		if kindOf(err) != postroom.Misconfigured {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), identity) {
			t.Errorf("%s: the error quotes the secret key", what)
		}
	}
}

// The header is read as the format says, and garbage is no header.
func FuzzAgeHeader(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> X25519 x\ny\n--- mac\npayload"))
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := headerLength(bytes.NewReader(b))
		if err == nil && (n <= 0 || n > int64(len(b)) || b[n-1] != '\n') {
			t.Errorf("%d of %d bytes", n, len(b))
		}
		if plainSize(int64(len(b))-n) < 0 {
			t.Error("a size below zero")
		}
	})
}
