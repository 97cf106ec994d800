package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // sizes of logos
	_ "image/jpeg" // the same
	_ "image/png"  // the same
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/postroom/postroom"
)

// Bounds on what one message may unfold to. They are far above what a practice
// gets; a message beyond them was made to do harm or is broken.
const (
	maxDepth    = 8        // containers within containers
	maxParts    = 2000     // parts, zip entries and attachments together
	maxUnpacked = 1 << 30  // bytes written for one message
	maxBody     = 64 << 10 // bytes kept of the mail's own text
)

// UnpackInput is a message to take apart.
type UnpackInput struct {
	Raw      io.Reader
	Name     string // the file's name; empty for mail
	Source   string
	Received time.Time
}

// Unpack takes a message apart: an e-mail, or a single file. What becomes pages
// is written into dir, named by its SHA-256; every other part is named among the
// leftovers with the reason. Faults of the input end in the Contents; an error
// is a fault of this machine, such as a full disk.
//
// The same bytes give the same Contents.
func Unpack(ctx context.Context, in UnpackInput, dir string) (postroom.Contents, error) {
	u := &unpacker{ctx: ctx, dir: dir, seen: map[postroom.Hash]string{}}
	raw := bufio.NewReaderSize(in.Raw, sniffLength)
	head, err := raw.Peek(sniffLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return postroom.Contents{}, fmt.Errorf("unpack a message of %s: %w", in.Source, err)
	}
	u.c.Message = postroom.Message{Source: in.Source, Name: in.Name, Received: in.Received}
	// What came from a mailbox is a mail, whatever it looks like.
	isMail := in.Name == "" || sniff(head) == kindMail
	if isMail {
		err = u.mail(raw, true)
	} else {
		err = u.leaf(part{name: in.Name, attached: true}, raw)
	}
	if err != nil {
		return postroom.Contents{}, fmt.Errorf("unpack a message of %s: %w", in.Source, err)
	}
	if isMail {
		u.judge()
	} else if len(u.c.Attachments) == 0 && !u.hasProblem() {
		u.c.Exception, u.c.Reason = postroom.NoDocument, "the file holds no document"
	}
	return u.c, nil
}

// deepen and rise count multiparts within multiparts.
func (u *unpacker) deepen() bool {
	u.depth++
	if u.depth > 4*maxDepth {
		u.depth--
		return false
	}
	return true
}

func (u *unpacker) rise() { u.depth-- }

// An unpacker gathers the contents of one message.
type unpacker struct {
	ctx    context.Context
	dir    string
	c      postroom.Contents
	within []string // the containers around what is looked at, outermost first
	seen   map[postroom.Hash]string
	parts  int
	depth  int // of multiparts
	total  int64
	over   bool // a bound was passed, and said

	head     mailHead // of the outermost mail
	html     []string // HTML bodies, for the references to inline pictures
	links    int
	text     strings.Builder
	pictures []picture
}

// A part is what its container says of it.
type part struct {
	name      string
	attached  bool   // named an attachment, or a file of its own
	inline    bool   // named inline, or within multipart/related
	contentID string // without the angle brackets
	damaged   string // what was wrong with its encoding, in plain words
}

// A picture is an image that may be a logo: known when the whole mail was seen.
type picture struct {
	attachment postroom.Attachment
	part       part
}

func (u *unpacker) leftover(p part, kind string, hash postroom.Hash, size int64, problem bool, reason string) {
	name := cleanName(p.name)
	if name == "" {
		name = "(without a name)"
	}
	u.c.Leftovers = append(u.c.Leftovers, postroom.Leftover{Name: name, MediaType: kind, Hash: hash, Size: size, Problem: problem, Reason: reason})
}

// count notes one more part; it returns false when there are too many.
func (u *unpacker) count(p part) bool {
	u.parts++
	if u.parts <= maxParts {
		return true
	}
	if !u.over {
		u.over = true
		u.leftover(p, kindUnknown, "", 0, true, fmt.Sprintf("the message has more than %d parts; the rest was not looked at", maxParts))
	}
	return false
}

var errTooMuch = errors.New("too much")

// leaf judges one part that is no multipart by its bytes. r ends with an error
// where the part's encoding is broken; what came before counts.
func (u *unpacker) leaf(p part, r io.Reader) error {
	if !u.count(p) {
		return nil
	}
	if err := u.ctx.Err(); err != nil {
		return err
	}
	f, err := os.CreateTemp(u.dir, "part-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	body := &boundedReader{r: r, left: maxUnpacked - u.total}
	hash, size, err := postroom.HashReader(io.TeeReader(body, writerOnly{f}))
	u.total += size
	var disk *os.PathError
	switch {
	case errors.Is(err, errTooMuch):
		u.leftover(p, kindUnknown, "", size, true, fmt.Sprintf("the message unfolds to more than %d MiB; this part was not read", maxUnpacked>>20))
		return nil
	case errors.As(err, &disk):
		return err
	case err != nil:
		p.damaged = "its encoding is broken; what could be decoded was kept"
		if hash, size, err = rehash(f); err != nil {
			return err
		}
	}
	head := make([]byte, min(size, sniffLength))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return u.file(p, f, hash, size, sniff(head))
}

func rehash(f *os.File) (postroom.Hash, int64, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	return postroom.HashReader(f)
}

// writerOnly hides the file's ReadFrom, which would take the reader's errors for the file's.
type writerOnly struct{ io.Writer }

type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// file deals with one decoded file by its kind.
func (u *unpacker) file(p part, f *os.File, hash postroom.Hash, size int64, kind string) error {
	container := func(open func() error) error {
		if len(u.within) >= maxDepth {
			u.leftover(p, kind, hash, size, true, fmt.Sprintf("it lies within more than %d containers and was not opened", maxDepth))
			return nil
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		name := cleanName(p.name)
		if name == "" {
			name = map[string]string{kindZIP: "archive.zip", kindTNEF: "winmail.dat", kindMail: "message.eml"}[kind]
		}
		u.within = append(u.within, name)
		defer func() { u.within = u.within[:len(u.within)-1] }()
		return open()
	}
	switch kind {
	case postroom.TIFF, postroom.PDF, postroom.JPEG, postroom.PNG:
		return u.attach(p, f, hash, size, kind)
	case kindZIP:
		return container(func() error { return u.zip(p, f, hash, size) })
	case kindTNEF:
		return container(func() error { return u.tnef(p, f, hash, size) })
	case kindMail:
		return container(func() error { return u.mail(bufio.NewReader(f), false) })
	case kindGIF:
		if p.inline || p.contentID != "" || size < 32<<10 {
			u.leftover(p, kind, hash, size, false, "a small or inline GIF picture is a logo or a signature")
			return nil
		}
	}
	if size == 0 && !p.attached {
		return nil // an empty body is nothing that somebody sent
	}
	if signature(p.name) {
		u.leftover(p, kind, hash, size, false, "a signature or a contact card is no document")
		return nil
	}
	u.leftover(p, kind, hash, size, true, fmt.Sprintf("%s: %s", displayName(p.name), unread(kind)))
	return nil
}

func displayName(name string) string {
	if ext := strings.ToLower(path.Ext(cleanName(name))); ext != "" && len(ext) <= 6 {
		return "a file *" + ext // the name itself may name a patient
	}
	return "a file"
}

func signature(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".p7s", ".asc", ".sig", ".vcf", ".ics":
		return true
	}
	return false
}

// attach keeps a file that becomes pages.
func (u *unpacker) attach(p part, f *os.File, hash postroom.Hash, size int64, kind string) error {
	if first, ok := u.seen[hash]; ok {
		u.leftover(p, kind, hash, size, false, "the same bytes as "+first)
		return nil
	}
	target := filepath.Join(u.dir, string(hash))
	if err := os.Link(f.Name(), target); err != nil {
		if err := os.Rename(f.Name(), target); err != nil {
			return err
		}
	}
	name := cleanName(p.name)
	if name == "" {
		name = fmt.Sprintf("attachment-%d.%s", len(u.c.Attachments)+len(u.pictures)+1, map[string]string{postroom.TIFF: "tif", postroom.PDF: "pdf", postroom.JPEG: "jpg", postroom.PNG: "png"}[kind])
	}
	u.seen[hash] = name
	a := postroom.Attachment{Hash: hash, Name: name, Path: target, MediaType: kind, Size: size, Within: append([]string(nil), u.within...)}
	if p.damaged != "" {
		u.leftover(p, kind, hash, size, true, fmt.Sprintf("%s: %s", displayName(name), p.damaged))
	}
	u.c.Attachments = append(u.c.Attachments, a)
	if kind == postroom.JPEG || kind == postroom.PNG {
		u.pictures = append(u.pictures, picture{a, p})
	}
	return nil
}

var logoName = regexp.MustCompile(`(?i)^(image\d{3,}|outlook-[a-z0-9]+|logo.*|signature.*|facebook|twitter|linkedin|banner.*|icon.*|spacer)\.(png|jpe?g|gif)$`)

// dropLogos takes out the pictures that belong to a mail's layout. A picture
// that is large enough to be a page stays, however it was put in: a scan that
// is lost costs more than a logo that is read.
func (u *unpacker) dropLogos() {
	referenced := strings.Join(u.html, "\n")
	for _, pic := range u.pictures {
		inBody := pic.part.contentID != "" && strings.Contains(referenced, "cid:"+pic.part.contentID)
		signals := 0
		for _, sign := range []bool{inBody, pic.part.inline, pic.part.contentID != "" && !pic.part.attached, logoName.MatchString(pic.attachment.Name)} {
			if sign {
				signals++
			}
		}
		if signals == 0 {
			continue
		}
		w, h, ok := pictureSize(pic.attachment.Path)
		if !ok {
			continue // damaged: reading will say so
		}
		short, long := min(w, h), max(w, h)
		small := short < 400 || long > 5*short || short < 550 && signals >= 2
		if !small {
			continue
		}
		for i, a := range u.c.Attachments {
			if a.Hash == pic.attachment.Hash {
				u.c.Attachments = append(u.c.Attachments[:i], u.c.Attachments[i+1:]...)
				break
			}
		}
		os.Remove(pic.attachment.Path)
		u.leftover(part{name: pic.attachment.Name}, pic.attachment.MediaType, pic.attachment.Hash, pic.attachment.Size, false,
			fmt.Sprintf("a picture of %d x %d pixels within the mail's own text is a logo or a signature", w, h))
	}
}

func pictureSize(path string) (w, h int, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(bufio.NewReader(f))
	return c.Width, c.Height, err == nil && c.Width > 0 && c.Height > 0
}

// cleanName is a file's name without its path and without what cannot be shown.
func cleanName(name string) string {
	name = strings.ReplaceAll(name, "\\", "/")
	name = path.Base("/" + name)
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if name == "/" || name == "." || name == ".." {
		return ""
	}
	if r := []rune(name); len(r) > 120 {
		ext := []rune(path.Ext(name))
		if len(ext) > 10 {
			ext = nil
		}
		name = string(r[:120-len(ext)]) + string(ext)
	}
	return name
}
