package ingest

import (
	"archive/zip"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/postroom/postroom"
)

// zipEncrypted is bit 0 of the general purpose flags (APPNOTE 4.4.4).
const zipEncrypted = 1

// zip opens an archive and judges each file in it.
func (u *unpacker) zip(p part, f *os.File, hash postroom.Hash, size int64) error {
	archive, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		u.leftover(p, kindZIP, hash, size, true, "the zip archive is damaged and cannot be opened")
		return nil
	}
	archive.RegisterDecompressor(12, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	for _, entry := range archive.File {
		name := entry.Name
		if strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || cleanName(name) == ".DS_Store" {
			continue
		}
		in := part{name: name, attached: true}
		if entry.Flags&zipEncrypted != 0 {
			if !u.count(in) {
				return nil
			}
			u.leftover(in, kindUnknown, "", int64(entry.UncompressedSize64), true, "a file in a zip archive is locked with a password; open it by hand, or ask the sender to send it without")
			continue
		}
		if entry.UncompressedSize64 > maxUnpacked {
			if !u.count(in) {
				return nil
			}
			u.leftover(in, kindUnknown, "", 0, true, fmt.Sprintf("a file in a zip archive unfolds to more than %d MiB and was not read", maxUnpacked>>20))
			continue
		}
		r, err := entry.Open()
		if err != nil {
			if !u.count(in) {
				return nil
			}
			u.leftover(in, kindUnknown, "", 0, true, "a file in a zip archive is packed in a way that is not known, or damaged")
			continue
		}
		err = u.leaf(in, r)
		r.Close()
		if err != nil {
			return err
		}
		if u.parts > maxParts {
			return nil
		}
	}
	return nil
}
