package ingest

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// zipDirectory is how much of a zip's table of contents is read: more than
// any scanner writes, and little enough to keep in memory.
const zipDirectory = 4 << 20

// zipFloor is how large an unpacked file may be however well it was packed. A
// blank page without compression of its own shrinks a thousand times.
const zipFloor = 64 << 20

var errDirectoryTooLarge = errors.New("the table of contents is too large")

// openZip judges each file of a zip (PKWARE APPNOTE 6.3).
func (u *unpacker) openZip(p *part) error {
	name := u.nameOf(p, &zipFormat)
	refuse := func(title, reason string) error {
		u.problem(p, name, mediaZip, p.data.size, p.data.hash(), reason).title = title
		return nil
	}
	in := &frugalReader{r: p.data.reader(), left: zipDirectory + 128<<10}
	z, err := zip.NewReader(in, p.data.size)
	switch {
	case errors.Is(err, errDirectoryTooLarge):
		return refuse("a zip archive with too many files", "a zip archive with too many files; open it by hand")
	case err != nil && z == nil:
		return refuse("a damaged zip archive", "the zip archive is damaged; ask the sender to send it again")
	}
	in.left = math.MaxInt64
	if f := zipContents(z.File); f != nil {
		f.page = false
		u.leave(p, f)
		return nil
	}
	if p.zips >= u.limits.Zips {
		return refuse("a zip archive", fmt.Sprintf("it lies more than %d zip archives deep and was not opened; open it by hand", u.limits.Zips))
	}
	if p.depth >= u.limits.Depth {
		return refuse("a zip archive", fmt.Sprintf("it lies more than %d mails and archives deep and was not opened; open it by hand", u.limits.Depth))
	}
	u.tellDamage(p, name, mediaZip)
	within := inside(p.within, name)
	files := 0
	for _, f := range z.File {
		entry := zipName(f)
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		files++
		if !u.allow() {
			continue
		}
		q := &part{n: u.parts, name: entry, within: within, depth: p.depth + 1, zips: p.zips + 1, data: u.newSpool()}
		if zipNoise.MatchString(f.Name) {
			u.noise(q, mediaRaw, "a file that a computer keeps for itself")
			continue
		}
		if err := u.openZipped(q, f); err != nil {
			return err
		}
	}
	if files == 0 {
		return refuse("an empty zip archive", "the zip archive is empty; ask the sender to send it again")
	}
	return nil
}

// zipNoise are the files that systems put into archives unasked.
var zipNoise = regexp.MustCompile(`(?i)(^|/)(__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)$`)

func (u *unpacker) openZipped(q *part, f *zip.File) error {
	defer func() { q.data.discard() }()
	problem := func(title, reason string) error {
		u.problem(q, q.name, mediaRaw, min(int64(f.UncompressedSize64), math.MaxInt64), "", reason).title = title
		return nil
	}
	if f.Flags&1 != 0 {
		return problem("a zip archive with a password", "it is locked with the zip archive's password; open it by hand, or ask the sender for it without a password")
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return problem("a file packed in an unusual way", fmt.Sprintf("it is packed in a way that is not supported (zip method %d); open it by hand", f.Method))
	}
	if err != nil {
		return problem("a damaged file", "the zip archive is damaged at this file; ask the sender to send it again")
	}
	defer r.Close()
	most := max(zipFloor, int64(min(f.CompressedSize64, 1<<40))*u.limits.ZipRatio)
	growing := &io.LimitedReader{R: r, N: most + 1}
	readErr, err := q.data.fill(growing)
	if err != nil {
		return err
	}
	if growing.N == 0 {
		u.left += q.data.size // it is thrown away
		return problem("a file that unfolds far beyond its size", fmt.Sprintf("it unfolds to more than %s, more than %d times its size in the zip archive, and was not opened", inMiB(most), u.limits.ZipRatio))
	}
	var corrupt flate.CorruptInputError
	switch {
	case readErr == nil:
	case errors.Is(readErr, zip.ErrChecksum), errors.Is(readErr, zip.ErrFormat), errors.Is(readErr, io.ErrUnexpectedEOF), errors.As(readErr, &corrupt):
		q.damage = "the zip archive is damaged at this file: what could be read was kept, but something may be missing; ask the sender to send it again"
	default:
		return readErr
	}
	if q.damage != "" && q.data.size == 0 {
		return problem("a damaged file", "the zip archive is damaged at this file; ask the sender to send it again")
	}
	return u.judge(q)
}

// zipName returns a file's base name. Names without the mark for UTF-8 are in
// the code page of MS-DOS (APPNOTE appendix D).
func zipName(f *zip.File) string {
	s := f.Name
	if f.NonUTF8 && !utf8.ValidString(s) {
		if t, err := charmap.CodePage437.NewDecoder().String(s); err == nil {
			s = t
		}
	}
	return cleanName(s)
}

// frugalReader reads no more than it is allowed to.
type frugalReader struct {
	r    io.ReaderAt
	left int64
}

func (f *frugalReader) ReadAt(p []byte, off int64) (int, error) {
	if f.left -= int64(len(p)); f.left < 0 {
		return 0, errDirectoryTooLarge
	}
	return f.r.ReadAt(p, off)
}
