package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// winmail.dat is what Outlook sends to people who have no Outlook: the mail's
// attachments within one part, in the form of MS-OXTNEF. This reader takes the
// files out, those of embedded messages too, and the text where the mail has
// none. Checksums are not looked at: what is there is worth reading, and the
// files are judged by their bytes in any case.

const tnefSignature = 0x223E9F78

// Attributes (MS-OXTNEF section 2.1.3.3).
const (
	tnefLevelMessage    = 1
	tnefLevelAttachment = 2

	attSubject        = 0x00018004
	attBody           = 0x0002800C
	attAttachTitle    = 0x00018010
	attMsgProps       = 0x00069003
	attAttachRendData = 0x00069002
	attAttachment     = 0x00069005
	attOemCodepage    = 0x00069007
	attAttachData     = 0x0006800F
)

// Properties (MS-OXPROPS) and their types (MS-OXCDATA section 2.11.1).
const (
	propBody            = 0x1000
	propHTML            = 0x1013
	propDisplayName     = 0x3001
	propAttachData      = 0x3701
	propAttachFilename  = 0x3704
	propAttachMethod    = 0x3705
	propAttachLongName  = 0x3707
	propAttachMIME      = 0x370E
	propAttachContentID = 0x3712
	propAttachHidden    = 0x7FFE

	typeObject  = 0x000D
	typeString8 = 0x001E
	typeUnicode = 0x001F
	typeBinary  = 0x0102

	attachEmbedded = 5
)

// A span is a place in the stream.
type span struct{ at, n int64 }

type tnefFile struct {
	title    string // the short name
	name     string // the long one
	media    string
	cid      string
	hidden   bool
	data     *span
	object   *span // the value of propAttachData in attAttachment
	embedded bool  // object is a message
}

type tnefMessage struct {
	files  []*tnefFile
	body   string
	html   []byte
	damage bool // the stream ends early or goes astray
}

// tnefText is how much of a name or a text is read.
const tnefText = 256 << 10

// readTNEF reads the attributes of a stream of the given size.
func readTNEF(r io.ReaderAt, size int64) (tnefMessage, error) {
	var m tnefMessage
	t := tnefReader{r: r, end: size}
	if sig, err := t.uint32(); err != nil || sig != tnefSignature {
		return m, errors.New("it has not the signature of TNEF")
	}
	t.at += 2 // the key
	codepage := "windows-1252"
	var file *tnefFile
	next := func() *tnefFile {
		file = &tnefFile{}
		m.files = append(m.files, file)
		return file
	}
	for t.at < t.end {
		head, err := t.bytes(9)
		if err != nil {
			m.damage = true
			break
		}
		level, id := head[0], binary.LittleEndian.Uint32(head[1:])
		at := span{t.at, int64(binary.LittleEndian.Uint32(head[5:]))}
		if level != tnefLevelMessage && level != tnefLevelAttachment {
			m.damage = true // what follows is no attribute
			break
		}
		if at.n > t.end-t.at {
			m.damage = true
			at.n = t.end - t.at
		}
		if len(m.files) > 10_000 {
			m.damage = true
			break
		}
		switch id {
		case attOemCodepage:
			if b, err := t.part(at, 4); err == nil && len(b) == 4 {
				codepage = codepageName(binary.LittleEndian.Uint32(b))
			}
		case attBody:
			if b, err := t.part(at, tnefText); err == nil {
				m.body = decodeCharset(codepage, trimZero(b))
			}
		case attMsgProps:
			err := t.properties(at, func(p tnefProperty) error {
				switch p.id {
				case propBody:
					if m.body == "" {
						m.body = t.text(p, codepage)
					}
				case propHTML:
					b, err := t.part(p.value, tnefText)
					m.html = b
					return err
				}
				return nil
			})
			m.damage = m.damage || err != nil
		case attAttachRendData:
			next()
		case attAttachTitle:
			if file == nil || file.title != "" {
				next()
			}
			if b, err := t.part(at, 4096); err == nil {
				file.title = decodeCharset(codepage, trimZero(b))
			}
		case attAttachData:
			if file == nil || file.data != nil {
				next()
			}
			file.data = &span{at.at, at.n}
		case attAttachment:
			if file == nil {
				next()
			}
			f, method := file, uint32(0)
			err := t.properties(at, func(p tnefProperty) error {
				switch p.id {
				case propAttachLongName:
					f.name = t.text(p, codepage)
				case propAttachFilename:
					if f.title == "" {
						f.title = t.text(p, codepage)
					}
				case propDisplayName:
					if f.title == "" {
						f.title = t.text(p, codepage)
					}
				case propAttachMIME:
					f.media = t.text(p, codepage)
				case propAttachContentID:
					f.cid = t.text(p, codepage)
				case propAttachHidden:
					b, err := t.part(p.value, 2)
					f.hidden = err == nil && len(b) > 0 && b[0] != 0
				case propAttachMethod:
					if b, err := t.part(p.value, 4); err == nil && len(b) == 4 {
						method = binary.LittleEndian.Uint32(b)
					}
				case propAttachData:
					v := p.value
					if p.kind == typeObject && v.n >= 16 {
						// An interface identifier stands before the object.
						iid, err := t.part(v, 16)
						if err != nil {
							return err
						}
						f.embedded = isMessageIID(iid)
						v = span{v.at + 16, v.n - 16}
					}
					f.object = &v
				}
				return nil
			})
			f.embedded = f.embedded || method == attachEmbedded && f.object != nil
			m.damage = m.damage || err != nil
		}
		t.at = at.at + at.n + 2 // the checksum
	}
	return m, nil
}

// isMessageIID recognises IID_IMessage, 00020307-0000-0000-C000-000000000046.
func isMessageIID(b []byte) bool {
	return string(b) == "\x07\x03\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
}

func codepageName(n uint32) string {
	switch n {
	case 65001:
		return "utf-8"
	case 932:
		return "shift_jis"
	case 936:
		return "gbk"
	case 949:
		return "euc-kr"
	case 950:
		return "big5"
	case 874:
		return "windows-874"
	case 437, 850, 852, 855, 858, 860, 862, 863, 865, 866:
		return "ibm" + strconv.FormatUint(uint64(n), 10)
	}
	if n >= 1250 && n <= 1258 {
		return "windows-" + strconv.FormatUint(uint64(n), 10)
	}
	if n >= 28591 && n <= 28605 {
		return "iso-8859-" + strconv.FormatUint(uint64(n-28590), 10)
	}
	return "windows-1252"
}

func trimZero(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

type tnefReader struct {
	r       io.ReaderAt
	at, end int64
}

// bytes reads a few bytes and moves on.
func (t *tnefReader) bytes(n int64) ([]byte, error) {
	if n < 0 || n > t.end-t.at {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	if got, err := t.r.ReadAt(b, t.at); int64(got) < n {
		return nil, err
	}
	t.at += n
	return b, nil
}

func (t *tnefReader) uint32() (uint32, error) {
	b, err := t.bytes(4)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

// part reads at most the first most bytes of a span.
func (t *tnefReader) part(s span, most int64) ([]byte, error) {
	c := tnefReader{t.r, s.at, t.end}
	return c.bytes(min(s.n, most))
}

type tnefProperty struct {
	id, kind uint16
	value    span // its first value
}

// properties reads a list of MAPI properties (MS-OXTNEF section 2.1.3.4).
func (t *tnefReader) properties(s span, each func(tnefProperty) error) error {
	r := tnefReader{t.r, s.at, s.at + s.n}
	count, err := r.uint32()
	if err != nil {
		return err
	}
	for range count {
		tag, err := r.uint32()
		if err != nil {
			return err
		}
		p := tnefProperty{id: uint16(tag >> 16), kind: uint16(tag)}
		if p.id >= 0x8000 {
			if err := r.skipName(); err != nil {
				return err
			}
		}
		many := p.kind&0x1000 != 0 && p.kind != 0x1000
		kind := p.kind &^ 0x1000
		fixed, known := propertySize(kind)
		if !known {
			return fmt.Errorf("a property has the unknown type %#x", p.kind)
		}
		values := uint32(1)
		if many || fixed == 0 {
			if values, err = r.uint32(); err != nil {
				return err
			}
		}
		for i := range values {
			n := fixed
			if n == 0 {
				v, err := r.uint32()
				if err != nil {
					return err
				}
				n = int64(v)
			}
			v := span{r.at, n}
			padded := (n + 3) / 4 * 4
			if n > r.end-r.at {
				return io.ErrUnexpectedEOF
			}
			r.at = min(r.end, r.at+padded)
			if i == 0 {
				p.value = v
			}
			if r.at == r.end && i+1 < values {
				return io.ErrUnexpectedEOF
			}
		}
		p.kind = kind
		if values > 0 {
			if err := each(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// skipName passes over the name of a named property.
func (t *tnefReader) skipName() error {
	b, err := t.bytes(16 + 4)
	if err != nil {
		return err
	}
	n, err := t.uint32() // the number, or the length of the name
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[16:]) == 0 {
		return nil
	}
	if _, err := t.part(span{t.at, int64(n)}, 0); err != nil || int64(n) > t.end-t.at {
		return io.ErrUnexpectedEOF
	}
	t.at = min(t.end, t.at+(int64(n)+3)/4*4)
	return nil
}

// propertySize returns the bytes that a value of the type takes; 0 for one
// that says its own length. Short ones are padded to four bytes.
func propertySize(kind uint16) (n int64, known bool) {
	switch kind {
	case 0x0001: // null
		return 4, true
	case 0x0002, 0x000B: // 16-bit integer, boolean
		return 2, true
	case 0x0003, 0x0004, 0x000A: // 32-bit integer, single, error
		return 4, true
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: // double, currency, time, 64-bit integer, time
		return 8, true
	case 0x0048: // GUID
		return 16, true
	case typeObject, typeString8, typeUnicode, typeBinary:
		return 0, true
	}
	return 0, false
}

// text returns a property's value as text.
func (t *tnefReader) text(p tnefProperty, codepage string) string {
	b, err := t.part(p.value, tnefText)
	if err != nil {
		return ""
	}
	if p.kind == typeUnicode {
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		s, _, _ := strings.Cut(string(utf16.Decode(u)), "\x00")
		return s
	}
	return decodeCharset(codepage, trimZero(b))
}

// openTNEF judges each file of a winmail.dat.
func (u *unpacker) openTNEF(p *part) error {
	name := p.name
	if name == "" {
		name = "winmail.dat"
	}
	if p.damage != "" {
		u.problem(nil, name, mediaTNEF, p.data.size, p.data.hash(), p.damage)
	}
	return u.openTNEFStream(p, name, p.data.reader())
}

func (u *unpacker) openTNEFStream(p *part, name string, in *io.SectionReader) error {
	if p.depth >= u.limits.Depth {
		u.problem(p, name, mediaTNEF, in.Size(), "", fmt.Sprintf("it lies more than %d mails and archives deep and was not opened; open it by hand", u.limits.Depth))
		return nil
	}
	m, err := readTNEF(in, in.Size())
	if err != nil {
		u.problem(p, name, mediaTNEF, in.Size(), "", "the winmail.dat is damaged; ask the sender to send the mail as plain text or HTML").title = "a damaged winmail.dat"
		return nil
	}
	if m.damage {
		u.problem(p, name, mediaTNEF, in.Size(), "", "the winmail.dat is damaged: what could be read was kept, but something may be missing; ask the sender to send it again").title = "a damaged winmail.dat"
	}
	if p.mail != nil && len(p.mail.texts) == 0 {
		switch {
		case strings.TrimSpace(m.body) != "":
			p.mail.add([]byte(m.body), &part{claimed: mediaText, charset: "utf-8"})
		case len(m.html) > 0:
			p.mail.add(m.html, &part{claimed: mediaHTML})
		}
	}
	within := inside(p.within, name)
	for _, f := range m.files {
		data := f.data
		if data == nil || data.n == 0 && f.object != nil {
			data = f.object
		}
		long := cleanName(f.name)
		if long == "" {
			long = cleanName(f.title)
		}
		if data == nil && long == "" {
			continue // a place in the text without a file
		}
		if !u.allow() {
			continue
		}
		q := &part{n: u.parts, name: long, within: within, depth: p.depth + 1, zips: p.zips, claimed: strings.ToLower(f.media),
			mail: p.mail, disposition: "attachment", contentID: strings.Trim(f.cid, "<>"), hidden: f.hidden, data: u.newSpool()}
		if f.hidden || f.cid != "" && p.mail != nil && p.mail.shows[strings.ToLower(q.contentID)] != (shown{}) {
			q.disposition = "inline"
		}
		if f.embedded && data == f.object {
			if q.name == "" {
				q.name = "message"
			}
			if err := u.openTNEFStream(q, q.name, io.NewSectionReader(in, data.at, data.n)); err != nil {
				return err
			}
			continue
		}
		if data != nil {
			readErr, err := q.data.fill(io.NewSectionReader(in, data.at, data.n))
			if err != nil {
				return err
			}
			if readErr != nil {
				return readErr // of our own temporary file
			}
		}
		if err := u.judge(q); err != nil {
			return err
		}
	}
	return nil
}
