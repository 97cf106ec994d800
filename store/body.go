package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/postroom/postroom"
)

// A contextReader ends reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// A checkedReader passes a body on and replaces its EOF by an ErrBody when the
// size or the SHA-256 is not as announced. It never passes on more than size bytes.
type checkedReader struct {
	r    io.Reader
	size int64
	sum  postroom.Hash
	n    int64
	h    hash.Hash
}

func newCheckedReader(ctx context.Context, r io.Reader, size int64, sum postroom.Hash) *checkedReader {
	return &checkedReader{r: contextReader{ctx, r}, size: size, sum: sum, h: sha256.New()}
}

func (c *checkedReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if left := c.size - c.n; left == 0 {
		return 0, c.end()
	} else if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := c.r.Read(p)
	c.h.Write(p[:n])
	c.n += int64(n)
	switch {
	case err == io.EOF && c.n < c.size:
		return n, fmt.Errorf("%w: %d bytes of %d came", ErrBody, c.n, c.size)
	case err == io.EOF && n == 0:
		return 0, c.end()
	case err == io.EOF:
		return n, nil
	}
	return n, err
}

// end looks for a byte too many, then compares.
func (c *checkedReader) end() error {
	var one [1]byte
	for range 100 {
		n, err := c.r.Read(one[:])
		if n > 0 {
			return fmt.Errorf("%w: more than %d bytes came", ErrBody, c.size)
		}
		if err == io.EOF {
			if got := postroom.Hash(hex.EncodeToString(c.h.Sum(nil))); got != c.sum {
				return fmt.Errorf("%w: their SHA-256 is %s, not %s", ErrBody, got, c.sum)
			}
			return io.EOF
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// checkPut checks what Put is asked to write.
func checkPut(key string, size int64, sum postroom.Hash) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("%w: a size of %d", ErrBody, size)
	}
	if _, err := postroom.ParseHash(string(sum)); err != nil {
		return fmt.Errorf("%w: %w", ErrBody, err)
	}
	return nil
}
