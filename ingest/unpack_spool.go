package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/postroom/postroom"
)

const (
	headSize   = 16 << 10 // bytes that deciding what a part is may look at
	spoolSize  = 64 << 10 // bytes of a part kept in memory before a file is made
	lineBuffer = 64 << 10
)

// A spool takes the bytes of one part: a small one stays in memory, a large
// one goes to a temporary file. Its errors are those of the surroundings.
type spool struct {
	u     *unpacker
	first []byte // the first headSize bytes, once there is a file
	buf   []byte // not yet in the file
	file  *os.File
	sum   hash.Hash
	size  int64
	over  bool // the limit of the whole arrival was reached: its bytes are incomplete
	done  bool
}

func (u *unpacker) newSpool() *spool { return &spool{u: u, sum: sha256.New()} }

// Write takes all of p, or as much as the limit leaves.
func (s *spool) Write(p []byte) (int, error) {
	all := len(p)
	if int64(len(p)) > s.u.left {
		p = p[:s.u.left]
		s.over = true
	}
	s.u.left -= int64(len(p))
	s.size += int64(len(p))
	for len(p) > 0 {
		if len(s.buf) == spoolSize {
			if err := s.flush(); err != nil {
				return 0, err
			}
		}
		n := min(len(p), spoolSize-len(s.buf))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
	}
	return all, nil
}

func (s *spool) flush() error {
	if err := s.u.ctx.Err(); err != nil {
		return err
	}
	if s.file == nil {
		f, err := os.CreateTemp(s.u.dir, ".part-*")
		if err != nil {
			return err
		}
		s.file = f
		s.u.open[s] = true
		s.first = bytes.Clone(s.buf[:min(len(s.buf), headSize)])
	}
	s.sum.Write(s.buf)
	if _, err := s.file.Write(s.buf); err != nil {
		return err
	}
	s.buf = s.buf[:0]
	return nil
}

// close ends the writing. Reading is allowed after it.
func (s *spool) close() error {
	if s.done {
		return nil
	}
	s.done = true
	if s.file != nil {
		return s.flush()
	}
	s.sum.Write(s.buf)
	return nil
}

func (s *spool) hash() postroom.Hash { return postroom.Hash(hex.EncodeToString(s.sum.Sum(nil))) }

// head returns the first bytes, at most headSize.
func (s *spool) head() []byte {
	if s.file != nil {
		return s.first
	}
	return s.buf[:min(len(s.buf), headSize)]
}

func (s *spool) reader() *io.SectionReader {
	if s.file != nil {
		return io.NewSectionReader(s.file, 0, s.size)
	}
	return io.NewSectionReader(bytes.NewReader(s.buf), 0, s.size)
}

// keep makes the bytes the file at path.
func (s *spool) keep(path string) error {
	if s.file == nil {
		return os.WriteFile(path, s.buf, 0o600)
	}
	if err := os.Rename(s.file.Name(), path); err != nil {
		return err
	}
	delete(s.u.open, s)
	return s.file.Close()
}

// discard forgets the bytes, unless they were kept.
func (s *spool) discard() {
	if s.u.open[s] {
		delete(s.u.open, s)
		s.file.Close()
		os.Remove(s.file.Name())
	}
	s.buf, s.first = nil, nil
}

// fill copies r into the spool. The first error is that of r, for the caller
// to judge; the second one is of the surroundings. It stops at the limit.
func (s *spool) fill(r io.Reader) (readErr, err error) {
	buf := make([]byte, 32<<10)
	for !s.over {
		n, readErr := r.Read(buf)
		if _, err := s.Write(buf[:n]); err != nil {
			return nil, fmt.Errorf("write a part: %w", err)
		}
		if readErr == io.EOF {
			return nil, nil
		}
		if readErr != nil {
			return readErr, nil
		}
	}
	return nil, nil
}
