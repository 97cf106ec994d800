package ingest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// UnpackInput is one arrival to take apart.
type UnpackInput struct {
	// Raw yields the arrival's bytes: a mail (RFC 5322) or the file itself. It
	// is read to its end. When it is nil the file at Path is read.
	Raw  io.Reader
	Path string
	// Name is the file's name as it arrived; empty for mail.
	Name     string
	Source   string
	Received time.Time
	Limits   Limits
}

// Limits bound what one arrival may unfold into. A zero field has its default.
// What goes beyond is named in the Contents and not opened.
type Limits struct {
	Depth    int   // containers within containers: mails, zips and winmail.dat together; 10 by default
	Zips     int   // zips within each other; 2 by default
	Nesting  int   // multiparts within each other in one mail; 50 by default
	Parts    int   // parts in all; 2000 by default
	Bytes    int64 // everything unpacked; 1 GiB by default
	ZipRatio int64 // how many times a zipped file of more than 64 MiB may grow; 200 by default
}

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = 10
	}
	if l.Zips <= 0 {
		l.Zips = 2
	}
	if l.Nesting <= 0 {
		l.Nesting = 50
	}
	if l.Parts <= 0 {
		l.Parts = 2000
	}
	if l.Bytes <= 0 {
		l.Bytes = 1 << 30
	}
	if l.ZipRatio <= 0 {
		l.ZipRatio = 200
	}
	return l
}

// Unpack takes an arrival apart. Mail or file is decided by the bytes. Each
// attachment is written into the folder dir, which must exist, as a file named
// by its SHA-256; nothing else is left there. Memory stays bounded whatever the
// size, and the same bytes always give the same Contents.
//
// Every part ends as an attachment, as a leftover with a reason, or, being the
// mail's own text, in Message.Body. Whatever is wrong with the input is told in
// the Contents; an error means that the surroundings failed (a full disk, a
// reader that broke, a cancelled context), so that another try may succeed.
func Unpack(ctx context.Context, in UnpackInput, dir string) (postroom.Contents, error) {
	raw := in.Raw
	if raw == nil {
		f, err := os.Open(in.Path)
		if err != nil {
			return postroom.Contents{}, fmt.Errorf("unpack: %w", err)
		}
		defer f.Close()
		raw = f
	}
	u := &unpacker{ctx: ctx, dir: dir, limits: in.Limits.withDefaults(), written: map[postroom.Hash]bool{}, open: map[*spool]bool{}}
	u.left = u.limits.Bytes
	contents, err := u.unpack(in, raw)
	if err != nil {
		for h := range u.written {
			os.Remove(filepath.Join(dir, string(h)))
		}
		err = fmt.Errorf("unpack: %w", err)
	}
	for s := range u.open {
		s.discard()
	}
	return contents, err
}

// An unpacker holds the state of taking one arrival apart. Its methods return
// errors of the surroundings only.
type unpacker struct {
	ctx    context.Context
	dir    string
	limits Limits
	left   int64 // bytes that may still be unpacked

	parts   int // seen so far
	skipped int // not opened because there are too many
	found   []*finding
	outer   *mailContent           // the arrival itself, when it is a mail
	mails   []*mailContent         // all mails, in the order in which they begin
	written map[postroom.Hash]bool // files in dir
	open    map[*spool]bool        // that hold a temporary file
}

// A part is one file or leaf of a mail before it is judged.
type part struct {
	n       int    // counted from 1 over the whole arrival
	name    string // as sent, path removed; may be empty
	within  []string
	depth   int // containers around it
	zips    int // zips around it
	claimed string
	// What the mail says of it; zero for files out of archives.
	mail        *mailContent
	disposition string
	contentID   string
	location    string
	related     bool
	alternative *multipartLevel // the innermost multipart/alternative around it
	charset     string
	damage      string // what was wrong with its encoding; empty for nothing
	hidden      bool   // marked as part of the text by winmail.dat

	data *spool
}

// A finding is what became of a part. Pictures that may be decoration are only
// decided when the whole arrival is known.
type finding struct {
	part       *part // nil for findings about a container
	attachment *postroom.Attachment
	picture    *picture // of an attachment that may be decoration
	leftover   *postroom.Leftover
	title      string // what it is, for the sentence about the whole message: "a Word document"
	secured    bool   // an envelope that only opens on a web site
}

func (u *unpacker) unpack(in UnpackInput, raw io.Reader) (postroom.Contents, error) {
	sum := sha256.New()
	counted := &countedReader{ctx: u.ctx, r: raw, sum: sum}
	r := bufio.NewReaderSize(counted, lineBuffer)
	head, err := r.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return postroom.Contents{}, err
	}
	name := cleanName(in.Name)
	isMail := isMailFile(head, name)
	if in.Name == "" {
		// A mailbox gives mail, however odd; but a file is known by its bytes.
		f := sniff(head)
		isMail = isMail || f == nil || f.text
	}
	if isMail {
		err = u.takeMail(r, mailPlace{})
	} else {
		err = u.takeFile(r, name)
	}
	if err != nil {
		return postroom.Contents{}, err
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return postroom.Contents{}, err
	}
	if u.skipped > 0 {
		u.problem(nil, name, "", 0, "", fmt.Sprintf("it has more than %d parts: the other %d were not opened; open it by hand", u.limits.Parts, u.skipped))
	}
	c := postroom.Contents{Message: postroom.Message{
		Hash:   postroom.Hash(hex.EncodeToString(sum.Sum(nil))),
		Size:   counted.n,
		Source: in.Source,
		Name:   in.Name,
	}}
	if !in.Received.IsZero() {
		c.Message.Received = in.Received.UTC()
	}
	if err := u.settle(&c); err != nil {
		return postroom.Contents{}, err
	}
	u.describe(&c)
	return c, nil
}

// takeFile judges an arrival that is no mail.
func (u *unpacker) takeFile(r io.Reader, name string) error {
	s := u.newSpool()
	if readErr, err := s.fill(r); err != nil {
		return err
	} else if readErr != nil {
		return readErr
	}
	u.parts++
	return u.judge(&part{n: u.parts, name: name, data: s})
}

// countedReader hashes and counts what passes, and stops when the context ends.
type countedReader struct {
	ctx context.Context
	r   io.Reader
	sum io.Writer
	n   int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// allow reports whether one more part may be opened.
func (u *unpacker) allow() bool {
	if u.parts >= u.limits.Parts {
		u.skipped++
		return false
	}
	u.parts++
	return true
}

// judge decides by its bytes what becomes of a part, and closes its data.
func (u *unpacker) judge(p *part) error {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	if err := p.data.close(); err != nil {
		return err
	}
	defer func() { p.data.discard() }()
	if p.data.over {
		u.problem(p, p.name, p.claimed, p.data.size, "", fmt.Sprintf("what is in the message unfolds to more than %s: this part was not opened; open it by hand", inMiB(u.limits.Bytes)))
		return nil
	}
	if p.data.size == 0 {
		return u.judgeEmpty(p)
	}
	if strings.HasPrefix(p.claimed, "message/external-body") || p.claimed == "message/partial" {
		u.judgeReference(p)
		return nil
	}
	f := sniff(p.data.head())
	if f == nil && strings.HasPrefix(p.claimed, "text/") && strings.HasPrefix(strings.ToLower(p.charset), "utf-16") {
		f = &textFormat // without the mark that would show it
	}
	switch {
	case p.isMailFile():
		return u.openMail(p)
	case f != nil && f.media == mediaZip:
		return u.openZip(p)
	case f != nil && f.media == mediaTNEF:
		return u.openTNEF(p)
	case f != nil && f.page:
		return u.keep(p, f)
	case f == nil || f.text:
		if rescued, err := u.rescueBase64(p); rescued || err != nil {
			return err
		}
		if f != nil {
			return u.judgeText(p, f)
		}
	}
	u.leave(p, f)
	return nil
}

// judgeEmpty says of a part without bytes whether anybody misses them.
func (u *unpacker) judgeEmpty(p *part) error {
	text := strings.HasPrefix(p.claimed, "text/") || p.claimed == ""
	if p.mail != nil && text && p.name == "" && p.disposition != "attachment" {
		return nil // a mail without words
	}
	l := u.problem(p, p.name, p.claimed, 0, p.data.hash(), "the file is empty; ask the sender to send it again")
	l.title = "an empty file"
	return nil
}

// judgeReference names the parts that stand for something which is elsewhere.
func (u *unpacker) judgeReference(p *part) {
	reason := "the mail only says where the document is (RFC 2046 section 5.2.3); fetch it by hand"
	if p.claimed == "message/partial" {
		reason = "the mail was sent in pieces (RFC 2046 section 5.2.2) and this is one of them; ask the sender to send it whole"
	}
	l := u.problem(p, p.name, p.claimed, p.data.size, p.data.hash(), reason)
	l.title = "a reference to a document"
	l.secured = p.claimed != "message/partial"
}

// keep makes a part an attachment.
func (u *unpacker) keep(p *part, f *format) error {
	h := p.data.hash()
	path := filepath.Join(u.dir, string(h))
	a := &postroom.Attachment{Hash: h, Name: u.nameOf(p, f), Path: path, MediaType: f.media, Size: p.data.size, Within: p.within}
	found := &finding{part: p, attachment: a, title: f.title}
	if f.picture {
		found.picture = pictureOf(p.data.reader())
	}
	if !u.written[h] {
		if err := p.data.keep(path); err != nil {
			return err
		}
		u.written[h] = true
	}
	u.found = append(u.found, found)
	u.tellDamage(p, a.Name, f.media)
	return nil
}

// tellDamage adds, beside what was kept of a part, that it arrived damaged.
func (u *unpacker) tellDamage(p *part, name, media string) {
	if p.damage != "" {
		u.problem(nil, name, media, p.data.size, p.data.hash(), p.damage)
	}
}

// leave makes a part a leftover by what its bytes are.
func (u *unpacker) leave(p *part, f *format) {
	if f == nil {
		f = &unknownFormat
		if strings.HasSuffix(strings.ToLower(p.name), ".efx") {
			f = &efaxFormat
		}
	}
	f = f.closer(p)
	found := &finding{part: p, title: f.title, leftover: &postroom.Leftover{
		Name: u.nameOf(p, f), MediaType: f.media, Hash: p.data.hash(), Size: p.data.size, Problem: !f.noise, Reason: f.reason(),
	}}
	if f.picture {
		found.picture = pictureOf(p.data.reader())
	}
	found.secured = f.secured
	u.found = append(u.found, found)
}

// noise names a part that nobody needs to see.
func (u *unpacker) noise(p *part, media, reason string) {
	f := formatOfMedia(media)
	u.found = append(u.found, &finding{part: p, leftover: &postroom.Leftover{
		Name: u.nameOf(p, f), MediaType: media, Hash: p.data.hash(), Size: p.data.size, Reason: reason,
	}})
}

// problem names something that a person should know. The name may be empty
// for the message itself.
func (u *unpacker) problem(p *part, name, media string, size int64, h postroom.Hash, reason string) *finding {
	if p != nil && name == "" {
		name = u.nameOf(p, formatOfMedia(media))
	}
	if name == "" {
		name = "message"
	}
	if media == "" {
		media = "application/octet-stream"
	}
	l := &finding{part: p, leftover: &postroom.Leftover{Name: name, MediaType: media, Hash: h, Size: size, Problem: true, Reason: reason}}
	u.found = append(u.found, l)
	return l
}

// settle decides about pictures and repeated files and fills in the lists.
func (u *unpacker) settle(c *postroom.Contents) error {
	real := false // is there a document that is surely no decoration?
	for _, f := range u.found {
		real = real || f.attachment != nil && (f.picture == nil || !f.picture.inline(f.part))
	}
	kept := map[postroom.Hash]string{}
	for _, f := range u.found {
		if f.picture != nil {
			if reason := f.picture.decoration(f.part, real); reason != "" {
				if a := f.attachment; a != nil {
					f.leftover = &postroom.Leftover{Name: a.Name, MediaType: a.MediaType, Hash: a.Hash, Size: a.Size}
					f.attachment = nil
				}
				f.leftover.Problem, f.leftover.Reason = false, reason
			}
		}
		if a := f.attachment; a != nil {
			if first, ok := kept[a.Hash]; ok {
				f.leftover = &postroom.Leftover{Name: a.Name, MediaType: a.MediaType, Hash: a.Hash, Size: a.Size, Reason: "the same bytes as " + first}
				f.attachment = nil
			} else {
				kept[a.Hash] = a.Name
				c.Attachments = append(c.Attachments, *a)
			}
		}
		if f.leftover != nil {
			c.Leftovers = append(c.Leftovers, *f.leftover)
		}
	}
	for h := range u.written {
		if _, ok := kept[h]; !ok {
			if err := os.Remove(filepath.Join(u.dir, string(h))); err != nil {
				return err
			}
		}
	}
	return nil
}

func inMiB(n int64) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
