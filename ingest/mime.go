package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
)

// A mail is read once, line by line, whatever its size. go-message reads its
// header fields and character sets; its parts are cut here, because a reader
// that keeps to the standard ends at the first part with a fault (a header line
// without a colon, a boundary in another form, a first line with a space) and
// everything that follows is lost. Here
//
//   - a boundary of any multipart that is still open ends what is inside it;
//   - a part may follow the closing boundary;
//   - a multipart without a boundary, or with one that never comes, has the one
//     that its first part begins with;
//   - a header may hold lines that are none, and may lack the empty line below.

// mailPlace is where a mail stands.
type mailPlace struct {
	within []string
	depth  int
	zips   int
}

// A multipartLevel is a multipart (RFC 2046 section 5.1) that is being read.
type multipartLevel struct {
	boundary    string
	kind        string // "mixed", "alternative"
	begun       bool   // its first boundary has come
	closed      bool
	alternative *multipartLevel // the innermost alternative at or around it
	related     bool            // it or one around it is related
}

type mailReader struct {
	u     *unpacker
	in    *lineReader
	place mailPlace
	mail  *mailContent
	stack []*multipartLevel

	leaf   *part // being read; nil between parts
	decode decoder
	raw    []byte // first bytes of a leaf whose encoding is not settled
	encode string // what the header says of it; only while decode is nil
	held   []byte // the end of the line before, which may belong to a boundary
	cut    bool   // the mail ends within a line
	mbox   bool   // the mail begins with a line of the mbox format (RFC 4155)
}

// takeMail takes one mail apart.
func (u *unpacker) takeMail(r io.Reader, place mailPlace) error {
	m := &mailReader{u: u, in: newLineReader(r), place: place, mail: &mailContent{}}
	u.mails = append(u.mails, m.mail)
	if place.depth == 0 {
		u.outer = m.mail
	}
	return m.read()
}

// openMail takes a mail apart that is a part of another, or a file in a zip.
func (u *unpacker) openMail(p *part) error {
	name := u.nameOf(p, formatOfMedia(mediaMail))
	if p.depth >= u.limits.Depth {
		u.problem(p, name, mediaMail, p.data.size, p.data.hash(), fmt.Sprintf("it lies more than %d mails and archives deep and was not opened; open it by hand", u.limits.Depth))
		return nil
	}
	if p.damage != "" {
		u.problem(nil, name, mediaMail, p.data.size, p.data.hash(), p.damage)
	}
	return u.takeMail(p.data.reader(), mailPlace{within: inside(p.within, name), depth: p.depth + 1, zips: p.zips})
}

func inside(within []string, name string) []string {
	return append(append([]string{}, within...), name)
}

func (m *mailReader) read() error {
	h, err := m.readHeader(true)
	if err != nil {
		return err
	}
	m.mail.header = h
	if err := m.begin(h); err != nil {
		return err
	}
	for {
		line, start, err := m.in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if m.mbox && start && isMbox(line) {
			line = bytes.Clone(line) // looking ahead moves the buffer
		}
		if m.mbox && start && isMbox(line) && m.in.peekMail() {
			m.tell("it is a mailbox file with several mails, of which only the first was opened; open it by hand")
			break
		}
		if !start || !bytes.HasPrefix(line, []byte("--")) {
			if err := m.body(line); err != nil {
				return err
			}
			continue
		}
		line = bytes.Clone(line) // looking ahead moves the buffer
		level, closing := m.boundary(line)
		if level < 0 {
			if err := m.body(line); err != nil {
				return err
			}
			continue
		}
		l := m.stack[level]
		l.begun, l.closed = true, closing
		if err := m.end(); err != nil {
			return err
		}
		if err := m.pop(level + 1); err != nil {
			return err
		}
		if closing {
			continue
		}
		h, err := m.readHeader(false)
		if err != nil {
			return err
		}
		if err := m.begin(h); err != nil {
			return err
		}
	}
	// A mail ends with the end of a line (RFC 5322 section 2.1). Base64 that
	// ends neither so nor with its padding was cut off.
	m.cut = len(m.stack) == 0 && len(m.held) == 0
	if err := m.end(); err != nil {
		return err
	}
	cut := len(m.stack) > 0 && m.stack[0].begun && !m.stack[0].closed
	if err := m.pop(0); err != nil {
		return err
	}
	if cut {
		m.tell("the mail ends in the middle: something may be missing; ask the sender to send it again")
	}
	return nil
}

// tell adds something that is wrong with the mail as a whole.
func (m *mailReader) tell(reason string) {
	name := ""
	if n := len(m.place.within); n > 0 {
		name = m.place.within[n-1]
	}
	m.u.problem(nil, name, mediaMail, 0, "", reason)
}

// pop leaves the multiparts from level n inwards.
func (m *mailReader) pop(n int) error {
	for _, l := range m.stack[n:] {
		if !l.begun {
			m.tell("its parts could not be told apart: the line that parts them is missing; ask the sender to send it again")
		}
	}
	m.stack = m.stack[:n]
	return nil
}

// boundary finds the multipart to which a line that begins with "--" belongs;
// -1 for none.
func (m *mailReader) boundary(line []byte) (level int, closing bool) {
	s := string(bytes.TrimRight(line, " \t\r\n"))[2:]
	for i := len(m.stack) - 1; i >= 0; i-- {
		switch b := m.stack[i].boundary; {
		case b == "":
		case s == b:
			return i, false
		case s == b+"--":
			return i, true
		}
	}
	for i := len(m.stack) - 1; i >= 0; i-- {
		if b := m.stack[i].boundary; b != "" && strings.HasPrefix(s, b+"--") {
			return i, true // with something behind it
		}
	}
	if top := len(m.stack) - 1; top >= 0 && !m.stack[top].begun && s != "" && len(s) < 200 && m.in.peekPart() {
		m.stack[top].boundary = strings.TrimSuffix(s, "--")
		return top, false
	}
	return -1, false
}

// readHeader reads a header to the empty line below it. It stops before a
// boundary and before a line with which the body must have begun.
func (m *mailReader) readHeader(first bool) (message.Header, error) {
	var block []byte
	fields := 0
	for {
		line, start, err := m.in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return message.Header{}, err
		}
		if !start {
			continue // the rest of a line that is too long for any header
		}
		line = bytes.Clone(line) // looking ahead moves the buffer
		trimmed := bytes.TrimRight(line, "\r\n")
		if first && fields == 0 && len(block) == 0 {
			trimmed = bytes.TrimPrefix(trimmed, []byte("\xEF\xBB\xBF"))
			if len(trimmed) == 0 && m.in.peekHeader() {
				continue // empty lines above the mail
			}
		}
		switch {
		case len(trimmed) == 0:
			return parseHeader(block), nil
		case bytes.HasPrefix(line, []byte("--")):
			if level, _ := m.boundary(line); level >= 0 {
				m.in.unread()
				return parseHeader(block), nil
			}
		}
		folded := trimmed[0] == ' ' || trimmed[0] == '\t'
		switch {
		case first && fields == 0 && isMbox(trimmed):
			m.mbox = true
			continue
		case folded && fields > 0:
			if len(bytes.TrimSpace(trimmed)) == 0 && m.in.peekBody() {
				// A line of spaces in place of the empty one.
				return parseHeader(block), nil
			}
		case headerLine.Match(bytes.TrimLeft(trimmed, " \t")):
			trimmed = bytes.TrimLeft(trimmed, " \t")
			fields++
		case fields == 0 && !(m.in.peekPart() || first && m.in.peekMail()), base64Line.Match(trimmed), m.in.peekBody():
			// No header field, and neither is what follows: the body.
			m.in.unread()
			return parseHeader(block), nil
		default:
			// A stray line within the header. Where it looks like the rest of
			// the field above, whose indentation was lost, it is taken for that.
			if fields == 0 || bytes.IndexByte(trimmed, '=') < 0 {
				continue
			}
			trimmed = append([]byte(" "), trimmed...)
		}
		if len(block)+len(trimmed) < maxHeader {
			block = append(append(block, trimmed...), "\r\n"...)
		}
	}
	return parseHeader(block), nil
}

func isMbox(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

// begin starts what the header announces: a multipart or a leaf.
func (m *mailReader) begin(h message.Header) error {
	kind := parseMediaField(h.Get("Content-Type"))
	disposition := parseMediaField(h.Get("Content-Disposition"))
	var around multipartLevel
	if n := len(m.stack); n > 0 {
		around = *m.stack[n-1]
	}
	if sub, ok := strings.CutPrefix(kind.value, "multipart/"); ok {
		if len(m.stack) >= m.u.limits.Nesting {
			m.tell(fmt.Sprintf("its parts lie more than %d deep in each other: the innermost were not opened; open it by hand", m.u.limits.Nesting))
			return nil
		}
		l := &multipartLevel{boundary: strings.TrimRight(kind.params["boundary"], " \t"), kind: sub, alternative: around.alternative, related: around.related || sub == "related"}
		if sub == "alternative" {
			l.alternative = l
		}
		if sub == "report" && len(m.stack) == 0 {
			m.mail.report = strings.ToLower(kind.params["report-type"])
			if m.mail.report == "" {
				m.mail.report = "unknown"
			}
		}
		m.stack = append(m.stack, l)
		return m.open(&part{claimed: mediaText, mail: m.mail, data: m.u.newSpool()}, "")
	}
	if !m.u.allow() {
		return nil
	}
	p := &part{
		n: m.u.parts, name: partName(h, kind, disposition), within: m.place.within, depth: m.place.depth, zips: m.place.zips,
		claimed: kind.value, mail: m.mail, disposition: disposition.value,
		contentID: strings.Trim(strings.TrimSpace(h.Get("Content-Id")), "<>"),
		location:  strings.TrimSpace(h.Get("Content-Location")),
		related:   around.related, alternative: around.alternative, charset: kind.params["charset"],
		data: m.u.newSpool(),
	}
	encoding := strings.ToLower(strings.TrimSpace(withoutComments(h.Get("Content-Transfer-Encoding"))))
	return m.open(p, strings.Trim(encoding, `"`))
}

// open starts a leaf. The text before the first part of a multipart is one
// too, with the number 0, for the case that no part comes.
func (m *mailReader) open(p *part, encoding string) error {
	m.leaf, m.decode, m.encode, m.raw, m.held = p, nil, encoding, nil, nil
	return nil
}

// body takes a line, or a piece of a long one, of the leaf that is open.
func (m *mailReader) body(line []byte) error {
	if m.leaf == nil {
		return nil
	}
	if len(m.held) > 0 {
		if string(m.held) == "\r" && string(line) == "\n" {
			m.held = []byte("\r\n")
			return nil
		}
		if err := m.write(m.held); err != nil {
			return err
		}
	}
	content := line
	switch {
	case bytes.HasSuffix(line, []byte("\r\n")):
		content = line[:len(line)-2]
	case bytes.HasSuffix(line, []byte("\n")), bytes.HasSuffix(line, []byte("\r")):
		content = line[:len(line)-1]
	}
	m.held = append(m.held[:0], line[len(content):]...)
	return m.write(content)
}

// settleAt is how many bytes of a leaf decide whether its encoding can be true.
const settleAt = 1024

func (m *mailReader) write(b []byte) error {
	if m.decode == nil {
		m.raw = append(m.raw, b...)
		if len(m.raw) < settleAt {
			return nil
		}
		b = m.raw
		m.settle()
	}
	_, err := m.decode.Write(b)
	return err
}

// settle chooses the decoder by what the header says, unless the bytes show
// that it is wrong.
func (m *mailReader) settle() {
	encoding := m.encode
	if encoding == "base64" && len(m.raw) > 0 {
		if f := sniff(m.raw); f != nil && !f.text || !likeBase64(m.raw) {
			encoding = "binary"
		}
	}
	m.decode, _ = decoderFor(encoding, m.leaf.data)
	m.raw = nil
}

// likeBase64 reports whether at least some line of b could be base64.
func likeBase64(b []byte) bool {
	any := false
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		any = true
		odd := 0
		for _, c := range line {
			if base64Values[c] == 0xFF && c != '=' || c == ' ' {
				odd++
			}
		}
		if odd*20 <= len(line) {
			return true
		}
	}
	return !any
}

// end closes the leaf that is open and has it judged.
func (m *mailReader) end() error {
	p := m.leaf
	if p == nil {
		return nil
	}
	if m.decode == nil {
		raw := m.raw
		m.settle()
		if _, err := m.decode.Write(raw); err != nil {
			return err
		}
	}
	if d, ok := m.decode.(*base64Decoder); ok && m.cut && !d.ended {
		d.bad++
	}
	if err := m.decode.Close(); err != nil {
		return err
	}
	p.damage = m.decode.damage()
	m.leaf, m.decode, m.held = nil, nil, nil
	if p.n == 0 {
		// What stands before the first part is for programs that know no
		// MIME; where no part ever came it is all that there is.
		if top := m.stack[len(m.stack)-1]; top.begun {
			p.data.discard()
			return nil
		}
		if !m.u.allow() {
			p.data.discard()
			return nil
		}
		p.n = m.u.parts
	}
	return m.u.judge(p)
}

// lineReader reads lines, each with its end, and looks ahead.
type lineReader struct {
	r       *bufio.Reader
	last    []byte
	again   bool
	start   bool // of the last one
	partial bool // the last one was the piece of a long line
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, lineBuffer)}
}

// next returns a line, or a piece of one that is longer than the buffer, and
// whether it stands at the start of the line. It is good until the next call.
func (l *lineReader) next() (line []byte, start bool, err error) {
	if l.again {
		l.again = false
		return l.last, l.start, nil
	}
	line, err = l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	if err != nil {
		return nil, false, err
	}
	l.last, l.start = line, !l.partial
	l.partial = line[len(line)-1] != '\n'
	return line, l.start, nil
}

// unread makes next return the same line once more.
func (l *lineReader) unread() { l.again = true }

// ahead returns the beginning of the next line. What next returned is not good
// any more after it; unread still is.
func (l *lineReader) ahead() []byte {
	l.last = bytes.Clone(l.last)
	b, _ := l.r.Peek(256)
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i+1]
	}
	return b
}

var partHeader = regexp.MustCompile(`(?i)^content-[a-z-]+[ \t]*:`)

// peekPart reports whether a part's header follows.
func (l *lineReader) peekPart() bool { return partHeader.Match(l.ahead()) }

// peekHeader reports whether a header line follows.
func (l *lineReader) peekHeader() bool {
	b := l.ahead()
	return headerLine.Match(b) || isMbox(b)
}

// peekMail reports whether a mail's header follows, beginning with a field that only mails have.
func (l *lineReader) peekMail() bool { return mailField.Match(l.ahead()) }

// peekBody reports whether what follows can't belong to a header.
func (l *lineReader) peekBody() bool {
	b := l.ahead()
	return len(b) == 0 || len(bytes.TrimRight(b, "\r\n")) > 0 && !headerLine.Match(b) && b[0] != ' ' && b[0] != '\t'
}

// peekUU reports whether a line of uuencode follows.
func (l *lineReader) peekUU() bool {
	b := bytes.TrimRight(l.ahead(), "\r\n")
	if len(b) == 0 || b[0] < ' ' || b[0] > '`' {
		return false
	}
	n := int(b[0]-' ') & 63
	return len(b) <= 1+(n+2)/3*4+4 && (n > 0 || b[0] == '`' || b[0] == ' ')
}
