package ingest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"unicode/utf16"

	"github.com/postroom/postroom"
)

// Attributes of a TNEF stream ([MS-OXTNEF] section 2.1.3.2): type and id in one.
const (
	tnefAttachTitle    = 0x00018010 // attAttachTitle
	tnefAttachData     = 0x0006800f // attAttachData
	tnefAttachRendData = 0x00069002 // attAttachRendData: a new attachment begins
	tnefAttachment     = 0x00069005 // attAttachment: MAPI properties
)

// MAPI properties of an attachment ([MS-OXPROPS]).
const (
	mapiLongFilename = 0x3707
	mapiFilename     = 0x3704
	mapiDataObject   = 0x3701 // an embedded message
	mapiDisplayName  = 0x3001
)

const maxTNEF = 256 << 20 // bytes of one winmail.dat

// A tnefFile is an attachment within a TNEF stream.
type tnefFile struct {
	title, long string
	data        []byte
	embedded    []byte // a TNEF stream: a message attached to the message
}

func (t tnefFile) name() string {
	if t.long != "" {
		return t.long
	}
	return t.title
}

var errTNEF = errors.New("the stream breaks off or is no TNEF")

// readTNEF returns the attachments of a TNEF stream: those before a fault, and
// the fault. Checksums are not asked: programs get them wrong, and each file
// is judged by its bytes anyway.
func readTNEF(r io.Reader) (files []tnefFile, err error) {
	in := bufio.NewReader(r)
	var head [6]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || binary.LittleEndian.Uint32(head[:]) != 0x223e9f78 {
		return nil, errTNEF
	}
	var current *tnefFile
	done := func() {
		if current != nil && (len(current.data) > 0 || len(current.embedded) > 0) {
			files = append(files, *current)
		}
	}
	for {
		var attr [9]byte // level, id and type, length
		if _, err := io.ReadFull(in, attr[:]); err != nil {
			done()
			if errors.Is(err, io.EOF) {
				return files, nil
			}
			return files, errTNEF
		}
		id, length := binary.LittleEndian.Uint32(attr[1:]), binary.LittleEndian.Uint32(attr[5:])
		if attr[0] != 1 && attr[0] != 2 || length > maxTNEF {
			done()
			return files, errTNEF
		}
		var value bytes.Buffer
		to := io.Writer(io.Discard)
		switch id {
		case tnefAttachTitle, tnefAttachData, tnefAttachment:
			to = &value
		case tnefAttachRendData:
			done()
			current = &tnefFile{}
		}
		n, err := io.CopyN(to, in, int64(length))
		if current != nil && n > 0 {
			switch id {
			case tnefAttachTitle:
				current.title = text8(value.Bytes())
			case tnefAttachData:
				current.data = value.Bytes()
			case tnefAttachment:
				current.properties(value.Bytes())
			}
		}
		if err == nil {
			_, err = io.CopyN(io.Discard, in, 2) // checksum
		}
		if err != nil {
			done()
			return files, errTNEF
		}
	}
}

// properties reads MAPI properties ([MS-OXTNEF] section 2.1.3.4): count, then
// type, id, and a value whose form the type tells.
func (t *tnefFile) properties(b []byte) {
	p := mapiReader{b: b}
	for count := p.uint32(); count > 0 && !p.bad; count-- {
		kind, id := p.uint16(), p.uint16()
		if id >= 0x8000 { // a named property: GUID, then a number or a name
			p.take(16)
			if p.uint32() == 0 {
				p.take(4)
			} else {
				p.padded(int(p.uint32()))
			}
		}
		values := uint32(1)
		multiple := kind&0x1000 != 0
		kind &^= 0x1000
		variable := kind == 0x1e || kind == 0x1f || kind == 0x0d || kind == 0x102 || kind == 0x48 && multiple
		if multiple || kind == 0x1e || kind == 0x1f || kind == 0x0d || kind == 0x102 {
			values = p.uint32()
		}
		for ; values > 0 && !p.bad; values-- {
			var v []byte
			switch {
			case variable && kind != 0x48:
				v = p.padded(int(p.uint32()))
			case kind == 0x48:
				v = p.take(16)
			case kind == 0x05 || kind == 0x06 || kind == 0x07 || kind == 0x14 || kind == 0x40:
				v = p.take(8)
			default:
				v = p.take(4)
			}
			text := ""
			switch kind {
			case 0x1e:
				text = text8(v)
			case 0x1f:
				text = text16(v)
			}
			switch {
			case id == mapiLongFilename && text != "":
				t.long = text
			case (id == mapiFilename || id == mapiDisplayName) && text != "" && t.title == "":
				t.title = text
			case id == mapiDataObject && len(v) > 16:
				v = v[16:] // the interface's GUID
				if len(v) > 4 && binary.LittleEndian.Uint32(v) == 0x223e9f78 {
					t.embedded = v
				} else if len(t.data) == 0 {
					t.data = v
				}
			}
		}
	}
}

type mapiReader struct {
	b   []byte
	bad bool
}

func (p *mapiReader) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.bad, p.b = true, nil
		return nil
	}
	v := p.b[:n]
	p.b = p.b[n:]
	return v
}

// padded takes n bytes and what fills them up to a multiple of four.
func (p *mapiReader) padded(n int) []byte {
	v := p.take(n)
	if fill := (4 - n%4) % 4; !p.bad {
		p.take(min(fill, len(p.b)))
	}
	return v
}

func (p *mapiReader) uint16() uint16 {
	if v := p.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (p *mapiReader) uint32() uint32 {
	if v := p.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

// text8 reads a name in an 8-bit code page as if it were Latin-1 where it is
// not UTF-8: names only label, they never lead anywhere.
func text8(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if bytes.ContainsFunc(b, func(r rune) bool { return r == 0xfffd }) {
		r := make([]rune, len(b))
		for i, c := range b {
			r[i] = rune(c)
		}
		return string(r)
	}
	return string(b)
}

func text16(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		c := binary.LittleEndian.Uint16(b[i:])
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// tnef opens a winmail.dat and judges each file in it.
func (u *unpacker) tnef(p part, f *os.File, hash postroom.Hash, size int64) error {
	if size > maxTNEF {
		u.leftover(p, kindTNEF, hash, size, true, "the winmail.dat is too large to be opened; open it in Outlook")
		return nil
	}
	files, err := readTNEF(f)
	var disk *os.PathError
	if errors.As(err, &disk) {
		return err
	}
	if err != nil {
		u.leftover(p, kindTNEF, hash, size, true, "the winmail.dat is damaged; what could be taken out of it was read")
	}
	for _, file := range files {
		if err := u.leaf(part{name: file.name(), attached: true}, tnefBody(file)); err != nil {
			return err
		}
	}
	return nil
}

func tnefBody(f tnefFile) io.Reader {
	if len(f.embedded) > 0 {
		return bytes.NewReader(f.embedded)
	}
	return bytes.NewReader(f.data)
}
